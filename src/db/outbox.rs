//! The deliveries of webhooks: made of revisions, taken by whichever replica is free, tried until they arrive.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::error::internal;
use super::schema::{revisions, webhook_attempts, webhook_deliveries};
use super::{Conn, per_backend};
use crate::domain::webhook::DeliveryStatus;
use crate::error::{Error, Result};

/// Rows per insert statement.
const ROWS_PER_INSERT: usize = 500;

/// An event for one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The header `webhook-id`.
    pub message: String,
    /// Its type.
    pub event: &'static str,
    /// The revision that it tells of.
    pub revision: Option<i64>,
    /// The body, as it is signed and sent.
    pub payload: String,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The key of the row.
    pub id: i64,
    /// Whose.
    pub webhook: String,
    /// The header `webhook-id`.
    pub message: String,
    /// The event's type.
    pub event: String,
    /// The revision that it tells of.
    pub revision: Option<i64>,
    /// The body.
    pub payload: String,
    /// How far it has come.
    pub status: DeliveryStatus,
    /// How often it was sent.
    pub attempts: i32,
    /// When it is sent next, while it is pending.
    pub due_at: NaiveDateTime,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: NaiveDateTime,
    /// How long it took.
    pub milliseconds: i64,
    /// What the receiver answered, where it did.
    pub status_code: Option<i32>,
    /// What went wrong, where it did not.
    pub fault: Option<String>,
    /// The beginning of what it answered.
    pub answer: String,
}

type DeliveryRow = (
    i64,
    String,
    String,
    String,
    Option<i64>,
    String,
    String,
    i32,
    NaiveDateTime,
    Option<NaiveDateTime>,
    NaiveDateTime,
);

fn delivery(row: DeliveryRow) -> Result<Delivery> {
    let (id, webhook, message, event, revision, payload, status, attempts, due_at, _, created_at) = row;
    let status = DeliveryStatus::parse(&status).ok_or_else(|| Error::internal("a delivery of no known status"))?;
    Ok(Delivery { id, webhook, message, event, revision, payload, status, attempts, due_at, created_at })
}

/// A revision, as an event tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Revision {
    /// The number.
    pub revision: i64,
    /// What kind of publication it is.
    pub kind: String,
    /// When it was published, in UTC.
    pub published_at: NaiveDateTime,
}

/// The revisions behind one, up to another, at most so many.
///
/// # Errors
/// Where the database is away.
pub fn revisions_between(conn: &mut Conn, after: i64, until: i64, limit: i64) -> Result<Vec<Revision>> {
    revisions::table
        .filter(revisions::revision.gt(after))
        .filter(revisions::revision.le(until))
        .order(revisions::revision)
        .limit(limit)
        .select((revisions::revision, revisions::kind, revisions::published_at))
        .load(conn)
        .map_err(internal)
}

/// Makes deliveries of events to a webhook, due at once.
///
/// # Errors
/// Where the database is away.
pub fn enqueue(conn: &mut Conn, webhook: &str, events: &[Event], now: NaiveDateTime) -> Result<()> {
    for events in events.chunks(ROWS_PER_INSERT) {
        let rows: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    webhook_deliveries::webhook.eq(webhook),
                    webhook_deliveries::message.eq(&event.message),
                    webhook_deliveries::event.eq(event.event),
                    webhook_deliveries::revision.eq(event.revision),
                    webhook_deliveries::payload.eq(&event.payload),
                    webhook_deliveries::status.eq(DeliveryStatus::Pending.as_str()),
                    webhook_deliveries::attempts.eq(0),
                    webhook_deliveries::due_at.eq(now),
                    webhook_deliveries::created_at.eq(now),
                )
            })
            .collect();
        per_backend!(conn, concrete => diesel::insert_into(webhook_deliveries::table).values(rows).execute(concrete))
            .map_err(internal)?;
    }
    Ok(())
}

/// The deliveries of a webhook, the newest first, behind one.
///
/// # Errors
/// Where the database is away.
pub fn of_webhook(conn: &mut Conn, webhook: &str, before: Option<i64>, limit: i64) -> Result<Vec<Delivery>> {
    let mut wanted = webhook_deliveries::table
        .filter(webhook_deliveries::webhook.eq(webhook))
        .order(webhook_deliveries::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        wanted = wanted.filter(webhook_deliveries::id.lt(before));
    }
    let rows: Vec<DeliveryRow> = wanted.load(conn).map_err(internal)?;
    rows.into_iter().map(delivery).collect()
}

/// The attempts of some deliveries, the oldest first.
///
/// # Errors
/// Where the database is away.
pub fn attempts(conn: &mut Conn, deliveries: &[i64]) -> Result<Vec<(i64, Attempt)>> {
    type Row = (i64, NaiveDateTime, i64, Option<i32>, Option<String>, String);
    let rows: Vec<Row> = webhook_attempts::table
        .filter(webhook_attempts::delivery.eq_any(deliveries))
        .order(webhook_attempts::id)
        .select((
            webhook_attempts::delivery,
            webhook_attempts::at,
            webhook_attempts::milliseconds,
            webhook_attempts::status_code,
            webhook_attempts::fault,
            webhook_attempts::answer,
        ))
        .load(conn)
        .map_err(internal)?;
    let attempt = |(delivery, at, milliseconds, status_code, fault, answer)| {
        (delivery, Attempt { at, milliseconds, status_code, fault, answer })
    };
    Ok(rows.into_iter().map(attempt).collect())
}

/// The deliveries that are due at an instant and that nobody is sending.
macro_rules! due {
    ($now:expr) => {
        webhook_deliveries::table
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("status = 'pending'"))
            .filter(webhook_deliveries::due_at.le($now))
            .filter(webhook_deliveries::leased_until.is_null().or(webhook_deliveries::leased_until.le($now)))
    };
}

/// Whether anything is due that nobody is sending.
///
/// # Errors
/// Where the database is away.
pub fn is_due(conn: &mut Conn, now: NaiveDateTime) -> Result<bool> {
    let first: Option<i64> = due!(now).select(webhook_deliveries::id).first(conn).optional().map_err(internal)?;
    Ok(first.is_some())
}

/// Takes deliveries that are due, of each webhook the oldest and of none two at a time, so that nobody else takes them
/// before the lease is over. On PostgreSQL those that another replica is taking are passed over; on SQLite there is one
/// writer at a time.
///
/// # Errors
/// Where the database is away.
pub fn claim(conn: &mut Conn, now: NaiveDateTime, lease: NaiveDateTime, limit: i64) -> Result<Vec<Delivery>> {
    let busy: Vec<String> = webhook_deliveries::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("status = 'pending'"))
        .filter(webhook_deliveries::leased_until.gt(now))
        .select(webhook_deliveries::webhook)
        .distinct()
        .load(conn)
        .map_err(internal)?;
    let firsts: Vec<Option<i64>> = due!(now)
        .filter(webhook_deliveries::webhook.ne_all(busy))
        .group_by(webhook_deliveries::webhook)
        .select(diesel::dsl::min(webhook_deliveries::id))
        .limit(limit)
        .load(conn)
        .map_err(internal)?;
    let firsts: Vec<i64> = firsts.into_iter().flatten().collect();
    macro_rules! taken {
        () => {
            due!(now).filter(webhook_deliveries::id.eq_any(&firsts)).select(webhook_deliveries::all_columns)
        };
    }
    let rows: Vec<DeliveryRow> = match conn {
        Conn::Postgres(postgres) => taken!().for_update().skip_locked().load(postgres),
        Conn::Sqlite(sqlite) => taken!().load(sqlite),
    }
    .map_err(internal)?;
    let taken: Vec<i64> = rows.iter().map(|row| row.0).collect();
    diesel::update(webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(taken)))
        .set(webhook_deliveries::leased_until.eq(lease))
        .execute(conn)
        .map_err(internal)?;
    rows.into_iter().map(delivery).collect()
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// How far it has come.
    pub status: DeliveryStatus,
    /// When it is sent next, where it is still pending.
    pub due_at: NaiveDateTime,
}

/// Notes an attempt and what becomes of its delivery. One that was taken away meanwhile is passed over.
///
/// # Errors
/// Where the database is away.
pub fn record(conn: &mut Conn, delivery: i64, attempt: &Attempt, outcome: Outcome) -> Result<()> {
    let pending = webhook_deliveries::table
        .find(delivery)
        .filter(webhook_deliveries::status.eq(DeliveryStatus::Pending.as_str()));
    let known = diesel::update(pending)
        .set((
            webhook_deliveries::status.eq(outcome.status.as_str()),
            webhook_deliveries::attempts.eq(webhook_deliveries::attempts + 1),
            webhook_deliveries::due_at.eq(outcome.due_at),
            webhook_deliveries::leased_until.eq(None::<NaiveDateTime>),
        ))
        .execute(conn)
        .map_err(internal)?;
    if known == 0 {
        return Ok(());
    }
    diesel::insert_into(webhook_attempts::table)
        .values((
            webhook_attempts::delivery.eq(delivery),
            webhook_attempts::at.eq(attempt.at),
            webhook_attempts::milliseconds.eq(attempt.milliseconds),
            webhook_attempts::status_code.eq(attempt.status_code),
            webhook_attempts::fault.eq(attempt.fault.as_deref()),
            webhook_attempts::answer.eq(&attempt.answer),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Gives up what is still to be sent to a webhook.
///
/// # Errors
/// Where the database is away.
pub fn cancel(conn: &mut Conn, webhook: &str) -> Result<()> {
    let pending = webhook_deliveries::table
        .filter(webhook_deliveries::webhook.eq(webhook))
        .filter(webhook_deliveries::status.eq(DeliveryStatus::Pending.as_str()));
    diesel::update(pending)
        .set(webhook_deliveries::status.eq(DeliveryStatus::Cancelled.as_str()))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Forgets what was made before an instant and is over, at most so much.
///
/// # Errors
/// Where the database is away.
pub fn forget(conn: &mut Conn, before: NaiveDateTime, limit: i64) -> Result<usize> {
    let old: Vec<i64> = webhook_deliveries::table
        .filter(webhook_deliveries::created_at.lt(before))
        .filter(webhook_deliveries::status.ne(DeliveryStatus::Pending.as_str()))
        .limit(limit)
        .select(webhook_deliveries::id)
        .load(conn)
        .map_err(internal)?;
    diesel::delete(webhook_deliveries::table.filter(webhook_deliveries::id.eq_any(old))).execute(conn).map_err(internal)
}
