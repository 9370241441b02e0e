//! Tokens of clients: the client credentials of OAuth 2.0 (RFC 6749, section 4.4), answered with RFC 9068 tokens.

use std::net::IpAddr;

use super::App;
use crate::auth::{NewClientToken, token_digest};
use crate::db::client;
use crate::db::throttle::{self, Rate};
use crate::domain::client::{ClientScope, written};
use crate::domain::policy::{Action, Caller};
use crate::error::Error;

/// Tokens for one client from one address. A secret has 256 bits and cannot be guessed, so this bounds work; the bucket is
/// of both, so that nobody elsewhere can use up what the client itself needs.
const PER_CLIENT: Rate = Rate { burst: 30, interval: 2_000 };
/// Tokens from one address.
const PER_ADDRESS: Rate = Rate { burst: 60, interval: 1_000 };

/// What a client proves itself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentials {
    /// The client's id.
    pub client: String,
    /// One of its secrets.
    pub secret: String,
}

/// A token that was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The access token.
    pub access_token: String,
    /// Seconds that it lives.
    pub expires_in: i64,
    /// What it lets the client do, with a space between scopes.
    pub scope: String,
}

/// Why no token was granted.
#[derive(Debug)]
pub enum Denied {
    /// No such client, a wrong, expired or revoked secret, or a disabled client: nobody is told which.
    InvalidClient,
    /// The client may not have this scope.
    InvalidScope(String),
    /// Too often; seconds to wait.
    Throttled(u32),
    /// Something of ours.
    Failed(Error),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Grants a token with the scopes asked for, or all that the client has where none are.
///
/// # Errors
/// What is wrong with the credentials or the scope, after the same work whether or not there is such a client.
pub async fn grant(
    app: &App,
    credentials: &ClientCredentials,
    scope: Option<&str>,
    address: IpAddr,
) -> Result<Granted, Denied> {
    let granted = attempt(app, credentials, scope, address).await;
    app.counts.granted(&granted);
    granted
}

async fn attempt(
    app: &App,
    credentials: &ClientCredentials,
    scope: Option<&str>,
    address: IpAddr,
) -> Result<Granted, Denied> {
    let now = app.clock.now();
    let (id, hash) = (credentials.client.clone(), token_digest(&credentials.secret));
    let (instant, millis) = (now.naive_utc(), now.timestamp_millis());
    let work = move |conn: &mut crate::db::Conn, _: &crate::domain::policy::Scope| {
        // A refused attempt must still be counted, so the throttle commits and the refusal comes after.
        let by_client = format!("client:{} from {address}", token_digest(&id));
        let by_client = throttle::take(conn, &by_client, PER_CLIENT, millis)?;
        let by_address = throttle::take(conn, &format!("token:{address}"), PER_ADDRESS, millis)?;
        throttle::sweep(conn, millis)?;
        match by_client.max(by_address) {
            Some(wait) => Ok(Err(Denied::Throttled(wait))),
            None => client::find_by_secret(conn, &id, &hash, instant).map(Ok),
        }
    };
    let found = app.store.write(&Caller::public(), Action::SessionOpen, work).await??;
    let Some((client, secret)) = found else {
        tracing::info!(address = %address, "a client's credentials are refused");
        return Err(Denied::InvalidClient);
    };
    let scopes = granted(&client.scopes, scope)?;
    let scope = written(&scopes);
    let new = NewClientToken { client: &client.id, scope: &scope, secret: &secret };
    let (access_token, expires_in) = app.authenticator.issue_to_client(&new, now.timestamp())?;
    Ok(Granted { access_token, expires_in, scope })
}

/// The scopes of a list that a client has; all of its own without a list.
fn granted(own: &[ClientScope], asked: Option<&str>) -> Result<Vec<ClientScope>, Denied> {
    let Some(asked) = asked else { return Ok(own.to_vec()) };
    let mut scopes = Vec::new();
    for word in asked.split(' ').filter(|word| !word.is_empty()) {
        let scope = ClientScope::parse(word).filter(|scope| own.contains(scope));
        let scope = scope.ok_or_else(|| Denied::InvalidScope(word.to_owned()))?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() { Err(Denied::InvalidScope(String::new())) } else { Ok(scopes) }
}
