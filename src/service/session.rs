//! Signing in, renewing and ending a session.

use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};

use super::account::{MAX_PASSWORD, check_password, normalise_username};
use super::{Actor, App};
use crate::auth::{NewToken, random_token, token_digest};
use crate::db::account::{self, Account};
use crate::db::throttle::{self, Rate};
use crate::db::{Conn, audit, session};
use crate::domain::policy::{Action, Caller, authorize};
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
    app.counts.signed_in(&opened);
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
            match counted(conn, &name, address, millis)? {
                Some(wait) => Ok(Err(wait)),
                None => account::find_by_username(conn, &name).map(Ok),
            }
        })
        .await?;
    let account = found.map_err(throttled)?;
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

/// Changes the password of the caller's account. Every session of it ends but the one that is answered.
///
/// # Errors
/// `notMeaningful` for a wrong present password and for one that cannot be taken; `tooManyRequests` past the throttles of
/// signing in; what the policy table refuses.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    (present, next): (&str, &str),
    address: IpAddr,
) -> Result<TokenPair> {
    authorize(&actor.caller, Action::OwnAccount)?;
    check_password(next).map_err(|error| error.placed("/newPassword"))?;
    let refuse = |pointer, detail| Err(Error::parameter(Code::NotMeaningful, pointer, detail));
    if nfc(present) == nfc(next) {
        return refuse("/newPassword", text!("Mật khẩu mới trùng mật khẩu cũ.", "The new password is the old one."));
    }
    let (subject, millis) = (actor.id().unwrap_or_default().to_owned(), actor.now.timestamp_millis());
    let holder = move |conn: &mut Conn, _: &_| {
        let Some(account) = account::find(conn, &subject)? else { return Ok(Ok(None)) };
        match counted(conn, &account.username, address, millis)? {
            Some(wait) => Ok(Err(wait)),
            None => Ok(Ok(Some(account))),
        }
    };
    let found = app.store.write(&actor.caller, Action::OwnAccount, holder).await?;
    let account = found.map_err(throttled)?.ok_or_else(gone)?;
    let present = if present.len() > MAX_PASSWORD { String::new() } else { nfc(present) };
    if !app.passwords.verify(present, Some(account.password_hash.clone())).await? {
        tracing::info!(address = %address, "a change of password is refused");
        return refuse("/currentPassword", text!("Sai mật khẩu hiện tại.", "The present password is wrong."));
    }
    let hash = app.passwords.hash(nfc(next)).await?;
    let (session_id, refresh_token) = (uuid::Uuid::new_v4().to_string(), random_token()?);
    let (id, token, doer, owner) = (session_id.clone(), token_digest(&refresh_token), actor.clone(), account.clone());
    let changed = move |conn: &mut Conn, _: &_| {
        let now = doer.instant();
        account::set_password(conn, &owner.username, &hash, now)?;
        session::insert(conn, &id, &owner.id, now, now + ABSOLUTE)?;
        session::insert_token(conn, &token, &id, None, now, now + SLIDING)?;
        audit::append(conn, &doer.entry("changePassword", "account"))
    };
    app.store.write(&actor.caller, Action::OwnAccount, changed).await?;
    app.take_over_rights().await;
    pair(app, &account, &session_id, refresh_token)
}

/// Counts an attempt at an account's password. Answers the seconds to wait where there were too many.
fn counted(conn: &mut Conn, username: &str, address: IpAddr, millis: i64) -> Result<Option<u32>> {
    let by_account = throttle::take(conn, &format!("account:{}", token_digest(username)), PER_ACCOUNT, millis)?;
    let by_address = throttle::take(conn, &format!("address:{address}"), PER_ADDRESS, millis)?;
    Ok(by_account.max(by_address))
}

fn throttled(wait: u32) -> Error {
    let detail = text!(
        "Đăng nhập quá nhiều lần. Hãy thử lại sau {wait} giây.",
        "Too many attempts to sign in. Try again in {wait} seconds."
    );
    Error::new(Code::TooManyRequests, detail).retry_after_seconds(wait)
}

fn gone() -> Error {
    let detail = text!("Tài khoản của mã truy cập này không còn.", "The account of this token is gone.");
    Error::new(Code::InvalidToken, detail)
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
    found.ok_or_else(gone)
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
