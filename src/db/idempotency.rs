//! Answers that are kept for whoever sends the same request again.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::error::{internal, is_unique_violation};
use super::schema::idempotency_keys;
use crate::error::{Code, Error, Result};
use crate::text;

/// The first of the two numbers of every lock of a key on PostgreSQL.
const LOCK_CLASS: i32 = 0x6964_656d;
/// Rows that are forgotten at a time.
const BATCH: i64 = 500;

/// A key: whose it is, for which operation, and what it was called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The account or client.
    pub subject: String,
    /// Method and path.
    pub operation: String,
    /// As the client chose it.
    pub key: String,
}

/// What a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The digest of the request.
    pub digest: String,
    /// The HTTP status.
    pub status: i16,
    /// The body.
    pub body: String,
}

/// Keeps others from working on a key until the transaction ends. False where somebody else does already; on SQLite
/// there is one writer at a time, so nobody can.
///
/// # Errors
/// Where the database is away.
pub fn take(conn: &mut Conn, lock: i32) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Taken {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        taken: bool,
    }
    let Conn::Postgres(postgres) = conn else { return Ok(true) };
    let row: Taken = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1, $2) AS taken")
        .bind::<diesel::sql_types::Integer, _>(LOCK_CLASS)
        .bind::<diesel::sql_types::Integer, _>(lock)
        .get_result(postgres)
        .map_err(internal)?;
    Ok(row.taken)
}

/// What is kept for a key, and not over yet.
///
/// # Errors
/// Where the database is away.
pub fn find(conn: &mut Conn, key: &Key, now: NaiveDateTime) -> Result<Option<Kept>> {
    let row: Option<(String, i16, String)> = idempotency_keys::table
        .find((&key.subject, &key.operation, &key.key))
        .filter(idempotency_keys::expires_at.gt(now))
        .select((idempotency_keys::request_digest, idempotency_keys::status, idempotency_keys::body))
        .first(conn)
        .optional()
        .map_err(internal)?;
    Ok(row.map(|(digest, status, body)| Kept { digest, status, body }))
}

/// Keeps an answer until an instant, in place of one whose time is over.
///
/// # Errors
/// `requestInProgress` where another transaction has just kept one.
pub fn insert(conn: &mut Conn, key: &Key, kept: &Kept, now: NaiveDateTime, until: NaiveDateTime) -> Result<()> {
    let old = idempotency_keys::table.find((&key.subject, &key.operation, &key.key));
    diesel::delete(old.filter(idempotency_keys::expires_at.le(now))).execute(conn).map_err(internal)?;
    let inserted = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::subject.eq(&key.subject),
            idempotency_keys::operation.eq(&key.operation),
            idempotency_keys::idempotency_key.eq(&key.key),
            idempotency_keys::request_digest.eq(&kept.digest),
            idempotency_keys::status.eq(kept.status),
            idempotency_keys::body.eq(&kept.body),
            idempotency_keys::created_at.eq(now),
            idempotency_keys::expires_at.eq(until),
        ))
        .execute(conn);
    inserted.map(drop).map_err(|error| if is_unique_violation(&error) { in_progress() } else { internal(error) })
}

/// The refusal of a request that is being worked on already.
#[must_use]
pub fn in_progress() -> Error {
    let detail = text!(
        "Yêu cầu với Idempotency-Key này đang được xử lý. Hãy gửi lại sau giây lát để nhận kết quả.",
        "A request with this Idempotency-Key is being worked on. Send it again in a moment for its answer."
    );
    Error::new(Code::RequestInProgress, detail).retry_after_seconds(1)
}

/// Forgets some of the answers whose time is over; on PostgreSQL those that nobody else holds, so that two that forget
/// do not wait for each other.
///
/// # Errors
/// Where the database is away.
pub fn sweep(conn: &mut Conn, now: NaiveDateTime) -> Result<usize> {
    let over = idempotency_keys::table.filter(idempotency_keys::expires_at.le(now));
    let key = (idempotency_keys::subject, idempotency_keys::operation, idempotency_keys::idempotency_key);
    let found: Vec<(String, String, String)> = match conn {
        Conn::Sqlite(sqlite) => over.select(key).limit(BATCH).load(sqlite),
        Conn::Postgres(postgres) => over.select(key).limit(BATCH).for_update().skip_locked().load(postgres),
    }
    .map_err(internal)?;
    for (subject, operation, key) in &found {
        let row = idempotency_keys::table.find((subject, operation, key));
        diesel::delete(row).execute(conn).map_err(internal)?;
    }
    Ok(found.len())
}
