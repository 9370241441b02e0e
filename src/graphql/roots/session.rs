//! Signing in and out, and who is signed in.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::super::area::Area;
use super::super::context::{Refusable, asked, now};
use super::super::error::refuse;
use super::super::scalar::{Count, Word};
use crate::domain::aggregate::Published as _;
use crate::domain::policy::{Action, Role};
use crate::service::session;

/// A signed-in session.
#[derive(SimpleObject)]
pub struct TokenPair {
    /// The access token.
    access_token: String,
    /// Bearer.
    token_type: &'static str,
    /// Seconds that it lives.
    expires_in: Count,
    /// The refresh token, to be used once.
    refresh_token: String,
}

impl From<session::TokenPair> for TokenPair {
    fn from(pair: session::TokenPair) -> Self {
        Self {
            access_token: pair.access_token,
            token_type: "Bearer",
            expires_in: Count(pair.expires_in),
            refresh_token: pair.refresh_token,
        }
    }
}

/// Phiên đăng nhập / who is signed in: what a page needs to greet somebody and to know what to offer.
#[derive(SimpleObject)]
pub struct Session {
    /// The user name.
    username: String,
    /// What people call the account.
    display_name: String,
    /// What it may do, as the policy table says.
    role: Word<Role>,
    /// The area that the account belongs to, as it was last.
    area: Option<Area>,
}

/// Who is signed in.
#[derive(Default)]
pub struct SignedIn;

#[Object]
impl SignedIn {
    /// Who is signed in, as of now.
    async fn session(&self, context: &Context<'_>) -> Refusable<Session> {
        now(context, async |asked| {
            let account = session::account(&asked.app, &asked.caller).await?;
            let snapshot = asked.snapshot(Action::OwnAccount)?;
            let key = account.area.as_deref().and_then(|id| snapshot.areas().find(id));
            let area = key.map(|key| Area { snapshot: Arc::clone(&snapshot), key, on: None });
            let (username, display_name) = (account.username, account.display_name);
            Ok(Session { username, display_name, role: account.role.into(), area })
        })
        .await
    }
}

/// Sessions.
#[derive(Default)]
pub struct Sessions;

#[Object]
impl Sessions {
    /// Signs in.
    async fn create_session(&self, context: &Context<'_>, username: String, password: String) -> Result<TokenPair> {
        let asked = asked(context)?;
        let opened = session::open(&asked.app, &username, &password, asked.address).await;
        opened.map(Into::into).map_err(|error| refuse(&error, asked.language))
    }

    /// Renews a session; the old refresh token is spent.
    async fn refresh_session(&self, context: &Context<'_>, refresh_token: String) -> Result<TokenPair> {
        let asked = asked(context)?;
        let renewed = session::refresh(&asked.app, &refresh_token).await;
        renewed.map(Into::into).map_err(|error| refuse(&error, asked.language))
    }

    /// Ends the caller's session.
    async fn delete_session(&self, context: &Context<'_>) -> Result<bool> {
        let asked = asked(context)?;
        let closed = session::close(&asked.app, &asked.caller).await;
        closed.map(|()| true).map_err(|error| refuse(&error, asked.language))
    }
}
