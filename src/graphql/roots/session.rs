//! Signing in and out.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::super::context::asked;
use super::super::error::refuse;
use super::super::scalar::Count;
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
