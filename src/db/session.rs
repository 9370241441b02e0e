//! Sessions and their refresh tokens, of which only hashes are kept.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::account::move_generation;
use super::error::internal;
use super::schema::{refresh_tokens, sessions};
use crate::error::Result;

/// A refresh token with its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The hash of the token.
    pub hash: String,
    /// The session.
    pub session: String,
    /// The account.
    pub account: String,
    /// Until when it can be used.
    pub expires_at: NaiveDateTime,
    /// When it was used.
    pub used_at: Option<NaiveDateTime>,
    /// Until when the session can be renewed.
    pub session_expires_at: NaiveDateTime,
    /// Whether the session was ended.
    pub session_revoked: bool,
}

impl RefreshToken {
    /// Whether it was taken away unused, when the token before it came again.
    #[must_use]
    pub fn was_withdrawn(&self) -> bool {
        self.used_at == Some(self.expires_at)
    }
}

/// Begins a session.
pub fn insert(conn: &mut Conn, id: &str, account: &str, now: NaiveDateTime, expires_at: NaiveDateTime) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::account.eq(account),
            sessions::created_at.eq(now),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Adds a token to a session.
pub fn insert_token(
    conn: &mut Conn,
    hash: &str,
    session: &str,
    replaces: Option<&str>,
    now: NaiveDateTime,
    expires_at: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(hash),
            refresh_tokens::session.eq(session),
            refresh_tokens::replaces.eq(replaces),
            refresh_tokens::issued_at.eq(now),
            refresh_tokens::expires_at.eq(expires_at),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// The token with a hash.
pub fn find_token(conn: &mut Conn, hash: &str) -> Result<Option<RefreshToken>> {
    type Row = (String, String, String, NaiveDateTime, Option<NaiveDateTime>, NaiveDateTime, Option<NaiveDateTime>);
    let row: Option<Row> = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::hash.eq(hash))
        .select((
            refresh_tokens::hash,
            sessions::id,
            sessions::account,
            refresh_tokens::expires_at,
            refresh_tokens::used_at,
            sessions::expires_at,
            sessions::revoked_at,
        ))
        .first(conn)
        .optional()
        .map_err(internal)?;
    Ok(row.map(|(hash, session, account, expires_at, used_at, session_expires_at, revoked_at)| RefreshToken {
        hash,
        session,
        account,
        expires_at,
        used_at,
        session_expires_at,
        session_revoked: revoked_at.is_some(),
    }))
}

/// Marks a token used. False where it was used already: two requests at once cannot both use it.
pub fn use_token(conn: &mut Conn, hash: &str, now: NaiveDateTime) -> Result<bool> {
    diesel::update(
        refresh_tokens::table.filter(refresh_tokens::hash.eq(hash)).filter(refresh_tokens::used_at.is_null()),
    )
    .set(refresh_tokens::used_at.eq(now))
    .execute(conn)
    .map(|changed| changed == 1)
    .map_err(internal)
}

/// Takes the unused successors of a token away, by ending their time. False where a successor was used.
pub fn withdraw_successors(conn: &mut Conn, hash: &str, now: NaiveDateTime) -> Result<bool> {
    let successors = refresh_tokens::table.filter(refresh_tokens::replaces.eq(hash));
    let used: i64 =
        successors.filter(refresh_tokens::used_at.is_not_null()).count().get_result(conn).map_err(internal)?;
    if used > 0 {
        return Ok(false);
    }
    // They stay on record: whoever comes with one received the reply that was taken for lost, so somebody else asked.
    diesel::update(successors.filter(refresh_tokens::expires_at.gt(now)))
        .set((refresh_tokens::used_at.eq(now), refresh_tokens::expires_at.eq(now)))
        .execute(conn)
        .map_err(internal)?;
    Ok(true)
}

/// Ends a session.
pub fn revoke(conn: &mut Conn, session: &str, because: &str, now: NaiveDateTime) -> Result<()> {
    diesel::update(sessions::table.find(session).filter(sessions::revoked_at.is_null()))
        .set((sessions::revoked_at.eq(now), sessions::revoked_because.eq(because)))
        .execute(conn)
        .map_err(internal)?;
    move_generation(conn)
}

/// The sessions that were ended since an instant.
pub fn revoked_since(conn: &mut Conn, since: NaiveDateTime) -> Result<Vec<String>> {
    sessions::table.filter(sessions::revoked_at.ge(since)).select(sessions::id).load(conn).map_err(internal)
}

/// Deletes sessions whose time is over, with their tokens.
pub fn delete_expired(conn: &mut Conn, now: NaiveDateTime) -> Result<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(conn).map_err(internal)
}
