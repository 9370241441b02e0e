//! Signing in, renewing and ending a session.

use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};

use super::App;
use super::account::{MAX_PASSWORD, normalise_username};
use crate::auth::{NewToken, random_token, token_digest};
use crate::db::account::{self, Account};
use crate::db::throttle::{self, Rate};
use crate::db::{Conn, session};
use crate::domain::policy::{Action, Caller};
use crate::domain::text::nfc;
use crate::error::{Code, Error, Result};
use crate::text;

/// A session that is not renewed ends after this.
const SLIDING: TimeDelta = TimeDelta::days(14);
/// A session ends after this, however often it is renewed.
const ABSOLUTE: TimeDelta = TimeDelta::days(90);
/// Guesses at one account.
const PER_ACCOUNT: Rate = Rate { burst: 10, interval: 6_000 };
/// Guesses from one address.
const PER_ADDRESS: Rate = Rate { burst: 60, interval: 1_000 };

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPair {
    /// The access token.
    pub access_token: String,
    /// Seconds that it lives.
    pub expires_in: i64,
    /// The refresh token, to be used once.
    pub refresh_token: String,
}

/// Signs in.
///
/// # Errors
/// `invalidCredentials` for an unknown or disabled account and a wrong password alike, after the same work;
/// `tooManyRequests` past the throttles.
pub async fn open(app: &App, username: &str, password: &str, address: IpAddr) -> Result<TokenPair> {
    let opened = attempt(app, username, password, address).await;
    let outcome = match &opened {
        Ok(_) => "accepted",
        Err(error) => match error.code() {
            Code::InvalidCredentials => "refused",
            Code::TooManyRequests => "throttled",
            _ => "failed",
        },
    };
    app.sign_ins.add(outcome, 1);
    opened
}

async fn attempt(app: &App, username: &str, password: &str, address: IpAddr) -> Result<TokenPair> {
    let username = normalise_username(username);
    let now = app.clock.now();
    let (name, millis) = (username.clone(), now.timestamp_millis());
    let public = Caller::public();
    let found = app
        .store
        .write(&public, Action::SessionOpen, move |conn, _| {
            // A refused attempt must still be counted, so the throttle commits and the refusal comes after.
            let by_account = throttle::take(conn, &format!("account:{}", token_digest(&name)), PER_ACCOUNT, millis)?;
            let by_address = throttle::take(conn, &format!("address:{address}"), PER_ADDRESS, millis)?;
            match by_account.max(by_address) {
                Some(wait) => Ok(Err(wait)),
                None => account::find_by_username(conn, &name).map(Ok),
            }
        })
        .await?;
    let account = found.map_err(|wait| {
        let detail = text!(
            "Đăng nhập quá nhiều lần. Hãy thử lại sau {wait} giây.",
            "Too many attempts to sign in. Try again in {wait} seconds."
        );
        Error::new(Code::TooManyRequests, detail).retry_after_seconds(wait)
    })?;
    let usable = account.filter(|account| !account.disabled);
    let password = if password.len() > MAX_PASSWORD { String::new() } else { nfc(password) };
    let matches = app.passwords.verify(password, usable.as_ref().map(|account| account.password_hash.clone())).await?;
    let Some(account) = usable.filter(|_| matches) else {
        tracing::info!(address = %address, "sign-in refused");
        let detail = text!("Sai tên đăng nhập hoặc mật khẩu.", "Wrong user name or password.");
        return Err(Error::new(Code::InvalidCredentials, detail));
    };
    let (session_id, refresh_token) = (uuid::Uuid::new_v4().to_string(), random_token()?);
    let (id, hash, owner) = (session_id.clone(), token_digest(&refresh_token), account.id.clone());
    let instant = now.naive_utc();
    app.store
        .write(&public, Action::SessionOpen, move |conn, _| {
            session::delete_expired(conn, instant)?;
            throttle::sweep(conn, instant.and_utc().timestamp_millis())?;
            session::insert(conn, &id, &owner, instant, instant + ABSOLUTE)?;
            session::insert_token(conn, &hash, &id, None, instant, instant + SLIDING)
        })
        .await?;
    pair(app, &account, &session_id, refresh_token)
}

fn pair(app: &App, account: &Account, session: &str, refresh_token: String) -> Result<TokenPair> {
    let new = NewToken { subject: &account.id, role: account.role, session };
    let (access_token, expires_in) = app.authenticator.issue(&new, app.clock.unix())?;
    Ok(TokenPair { access_token, expires_in, refresh_token })
}

/// What became of a refresh token.
enum Renewal {
    Renewed(Account, String),
    Refused,
}

/// Renews a session. A token that was used already is forgiven while its successor was never used: the reply was
/// lost. Any other second use ends the session, because somebody else may hold the token (RFC 9700, section 4.14.2).
///
/// # Errors
/// `invalidRefreshToken`.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<TokenPair> {
    let (hash, next) = (token_digest(refresh_token), random_token()?);
    let (next_hash, now) = (token_digest(&next), app.clock.now().naive_utc());
    let renewal = app
        .store
        .write(&Caller::public(), Action::SessionOpen, move |conn, _| renew(conn, &hash, &next_hash, now))
        .await?;
    match renewal {
        Renewal::Renewed(account, session) => pair(app, &account, &session, next),
        Renewal::Refused => {
            let detail = text!(
                "Phiên đã hết hạn hoặc đã kết thúc. Hãy đăng nhập lại.",
                "The session has expired or ended. Sign in again."
            );
            Err(Error::new(Code::InvalidRefreshToken, detail))
        }
    }
}

fn renew(conn: &mut Conn, hash: &str, next: &str, now: NaiveDateTime) -> Result<Renewal> {
    let Some(token) = session::find_token(conn, hash)? else { return Ok(Renewal::Refused) };
    if token.session_revoked || token.session_expires_at < now {
        return Ok(Renewal::Refused);
    }
    if token.was_withdrawn() {
        // Its reply was not lost after all: somebody else holds the token before it.
        session::revoke(conn, &token.session, "a refresh token was used after it was withdrawn", now)?;
        return Ok(Renewal::Refused);
    }
    if token.expires_at < now {
        return Ok(Renewal::Refused);
    }
    if !session::use_token(conn, hash, now)? && !session::withdraw_successors(conn, hash, now)? {
        session::revoke(conn, &token.session, "a refresh token was used twice", now)?;
        return Ok(Renewal::Refused);
    }
    let Some(account) = account::find(conn, &token.account)?.filter(|account| !account.disabled) else {
        return Ok(Renewal::Refused);
    };
    let expires_at = (now + SLIDING).min(token.session_expires_at);
    session::insert_token(conn, next, &token.session, Some(hash), now, expires_at)?;
    Ok(Renewal::Renewed(account, token.session))
}

/// Who a caller is.
///
/// # Errors
/// What the policy table refuses; `invalidToken` where the account is gone.
pub async fn account(app: &App, caller: &Caller) -> Result<Account> {
    let subject = caller.subject.clone().unwrap_or_default();
    let found = app.store.read(caller, Action::OwnAccount, move |conn, _| account::find(conn, &subject)).await?;
    found.ok_or_else(|| {
        let detail = text!("Tài khoản của mã truy cập này không còn.", "The account of this token is gone.");
        Error::new(Code::InvalidToken, detail)
    })
}

/// Ends the caller's session: its refresh token at once, its access tokens within a second.
///
/// # Errors
/// What the policy table refuses.
pub async fn close(app: &App, caller: &Caller) -> Result<()> {
    let (session_id, now) = (caller.session.clone(), app.clock.now().naive_utc());
    app.store
        .write(caller, Action::OwnAccount, move |conn, _| match session_id {
            Some(id) => session::revoke(conn, &id, "signed out", now),
            None => Ok(()),
        })
        .await?;
    app.follow().await
}
