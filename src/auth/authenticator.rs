//! From the `Authorization` header to a caller. A token is checked once and remembered until it expires or rights change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::{Issuer, Jwks, KeySet, NewClientToken, NewToken};
use crate::domain::policy::{Action, Caller, Role, authorize};
use crate::error::{Code, Error, Result};
use crate::text;

/// Tokens remembered at a time.
const REMEMBERED: usize = 10_000;

/// What an account or a client may be, at the present authorization generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// What it is.
    pub role: Role,
    /// The id of the area that it belongs to.
    pub area: Option<Arc<str>>,
    /// Tokens issued before (Unix seconds) are refused.
    pub tokens_valid_after: i64,
    /// What the tokens of a client may still let it do, whatever they say.
    pub scopes: Vec<String>,
}

/// Keys and rights, replaced whole when the authorization generation moves.
pub struct AuthorizationState {
    /// The generation.
    pub generation: i64,
    /// The signing keys.
    pub keys: KeySet,
    /// The accounts and clients that are not disabled, by id.
    pub accounts: HashMap<String, AccountState>,
    /// Sessions, and secrets of clients, that were ended while their access tokens may still live.
    pub revoked_sessions: HashSet<String>,
}

struct Remembered {
    caller: Caller,
    expires_at: i64,
}

struct Epoch {
    state: AuthorizationState,
    tokens: Cache<[u8; 32], Arc<Remembered>>,
}

/// Checks tokens.
pub struct Authenticator {
    issuer: Issuer,
    epoch: ArcSwap<Epoch>,
}

impl Authenticator {
    /// An authenticator that begins with a state.
    #[must_use]
    pub fn new(issuer: Issuer, state: AuthorizationState) -> Self {
        Self { issuer, epoch: ArcSwap::from_pointee(Epoch { state, tokens: Cache::new(REMEMBERED) }) }
    }

    /// Replaces keys and rights; every remembered token is checked anew.
    pub fn replace(&self, state: AuthorizationState) {
        let next = Arc::new(Epoch { state, tokens: Cache::new(REMEMBERED) });
        // Two refreshes may overlap; the one that read earlier must not bring old rights back.
        self.epoch.rcu(|present| {
            if present.state.generation > next.state.generation { Arc::clone(present) } else { Arc::clone(&next) }
        });
    }

    /// The generation of the present state.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.epoch.load().state.generation
    }

    /// Who sends that header. Without one, the public; with a bad one, nobody.
    ///
    /// # Errors
    /// `invalidToken` where the header is not a bearer token that holds now.
    pub fn authenticate(&self, authorization: Option<&str>, now: i64) -> Result<Caller> {
        let Some(header) = authorization else { return Ok(Caller::public()) };
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| !token.is_empty())
            .ok_or_else(refused)?;
        let epoch = self.epoch.load();
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if let Some(remembered) = epoch.tokens.get(&digest) {
            return if now < remembered.expires_at { Ok(remembered.caller.clone()) } else { Err(refused()) };
        }
        let remembered = self.check(&epoch.state, token, now).ok_or_else(refused)?;
        let caller = remembered.caller.clone();
        epoch.tokens.insert(digest, Arc::new(remembered));
        Ok(caller)
    }

    fn check(&self, state: &AuthorizationState, token: &str, now: i64) -> Option<Remembered> {
        let claims = self.issuer.verify(&state.keys, token, now)?;
        let [role] = claims.roles.as_slice() else { return None };
        let role = Role::parse(role)?;
        let account = state.accounts.get(&claims.sub).filter(|account| account.role == role)?;
        let session_holds = claims.sid.as_ref().is_none_or(|session| !state.revoked_sessions.contains(session));
        if !session_holds || claims.issued_at() < account.tokens_valid_after {
            return None;
        }
        let expires_at = claims.expires_at();
        let caller = Caller {
            role,
            area: account.area.clone(),
            scopes: account.scopes.iter().filter(|scope| claims.carries(scope)).cloned().collect(),
            subject: Some(claims.sub),
            session: claims.sid,
        };
        Some(Remembered { caller, expires_at })
    }

    /// Whether an account or a client may do something by now, apart from any token.
    #[must_use]
    pub fn may_still(&self, subject: &str, action: Action) -> bool {
        let epoch = self.epoch.load();
        epoch.state.accounts.get(subject).is_some_and(|account| {
            let (area, scopes) = (account.area.clone(), account.scopes.clone());
            let caller = Caller { role: account.role, subject: Some(subject.to_owned()), area, scopes, session: None };
            authorize(&caller, action).is_ok()
        })
    }

    /// Signs an access token. Answers it with the seconds that it lives.
    ///
    /// # Errors
    /// Where there is no signing key.
    pub fn issue(&self, new: &NewToken<'_>, now: i64) -> Result<(String, i64)> {
        Ok((self.issuer.issue(&self.epoch.load().state.keys, new, now)?, self.issuer.lifetime))
    }

    /// Signs an access token of a client. Answers it with the seconds that it lives.
    ///
    /// # Errors
    /// Where there is no signing key.
    pub fn issue_to_client(&self, new: &NewClientToken<'_>, now: i64) -> Result<(String, i64)> {
        Ok((self.issuer.issue_to_client(&self.epoch.load().state.keys, new, now)?, self.issuer.lifetime))
    }

    /// Who issues the tokens: the public URL of the service.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer.issuer
    }

    /// The published keys.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        self.epoch.load().state.keys.jwks().clone()
    }
}

fn refused() -> Error {
    let detail = text!(
        "Mã truy cập sai, hết hạn hoặc không còn hiệu lực. Hãy đăng nhập lại hoặc làm mới phiên.",
        "The access token is wrong, expired or no longer valid. Sign in again or refresh the session."
    );
    Error::new(Code::InvalidToken, detail)
}
