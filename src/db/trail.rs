//! Reading the audit trail.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::catalogue::{number, position};
use super::error::internal;
use super::schema::{accounts, audit_entries, clients};
use crate::domain::quarter::Quarter;
use crate::error::Result;

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its id; later entries have larger ones.
    pub id: i64,
    /// When, in UTC.
    pub at: NaiveDateTime,
    /// The account or client; nothing for the service itself.
    pub actor: Option<String>,
    /// What people call the account or client, where there is one.
    pub actor_name: Option<String>,
    /// What the actor was.
    pub role: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub subject: String,
    /// The position of the area in the book.
    pub area: Option<usize>,
    /// The quarter.
    pub quarter: Option<Quarter>,
    /// What it was.
    pub before: Option<String>,
    /// What it became.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The request that did it.
    pub request_id: Option<String>,
    /// The hash of the entry before it in its chain.
    pub previous_hash: Option<String>,
    /// The hash.
    pub hash: String,
}

/// Which way a list goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What entries are narrowed by.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Only about these areas (positions in the book); nothing for all, and for entries about no area.
    pub areas: Option<Vec<usize>>,
    /// Only about this quarter.
    pub quarter: Option<Quarter>,
    /// Only by this account or client.
    pub actor: Option<String>,
    /// Only of this action.
    pub action: Option<String>,
    /// Only from this instant on, in UTC.
    pub from: Option<NaiveDateTime>,
    /// Only before this instant, in UTC.
    pub until: Option<NaiveDateTime>,
    /// Only these.
    pub ids: Option<Vec<i64>>,
}

type Row = (
    (i64, NaiveDateTime, Option<String>, Option<String>, Option<String>, String, String, String),
    (Option<i32>, Option<i32>, Option<String>, Option<String>),
    (Option<String>, Option<String>, Option<String>, String),
);

/// So many entries that pass a filter, beyond one of them in the order asked for.
///
/// # Errors
/// Where the database is away.
pub fn entries(
    conn: &mut Conn,
    filter: &TrailFilter,
    order: Order,
    beyond: Option<i64>,
    limit: usize,
) -> Result<Vec<Recorded>> {
    let mut wanted = audit_entries::table
        .left_join(accounts::table.on(audit_entries::actor.eq(accounts::id.nullable())))
        .left_join(clients::table.on(audit_entries::actor.eq(clients::id.nullable())))
        .select((
            (
                audit_entries::id,
                audit_entries::at,
                audit_entries::actor,
                accounts::display_name.nullable(),
                clients::name.nullable(),
                audit_entries::role,
                audit_entries::action,
                audit_entries::subject,
            ),
            (audit_entries::area, audit_entries::quarter, audit_entries::before_state, audit_entries::after_state),
            (audit_entries::reason, audit_entries::request_id, audit_entries::previous_hash, audit_entries::hash),
        ))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .into_boxed();
    wanted = match order {
        Order::Newest => wanted.order(audit_entries::id.desc()),
        Order::Oldest => wanted.order(audit_entries::id),
    };
    if let Some(beyond) = beyond {
        wanted = match order {
            Order::Newest => wanted.filter(audit_entries::id.lt(beyond)),
            Order::Oldest => wanted.filter(audit_entries::id.gt(beyond)),
        };
    }
    if let Some(areas) = &filter.areas {
        let numbers = areas.iter().map(|area| number(*area).map(Some)).collect::<Result<Vec<_>>>()?;
        wanted = wanted.filter(audit_entries::area.eq_any(numbers));
    }
    if let Some(quarter) = filter.quarter {
        wanted = wanted.filter(audit_entries::quarter.eq(quarter.serial()));
    }
    if let Some(actor) = &filter.actor {
        wanted = wanted.filter(audit_entries::actor.eq(actor));
    }
    if let Some(action) = &filter.action {
        wanted = wanted.filter(audit_entries::action.eq(action));
    }
    if let Some(from) = filter.from {
        wanted = wanted.filter(audit_entries::at.ge(from));
    }
    if let Some(until) = filter.until {
        wanted = wanted.filter(audit_entries::at.lt(until));
    }
    if let Some(ids) = &filter.ids {
        wanted = wanted.filter(audit_entries::id.eq_any(ids));
    }
    let rows: Vec<Row> = wanted.load(conn).map_err(internal)?;
    rows.into_iter().map(recorded).collect()
}

/// The ids of the entries beyond one, in their order.
///
/// # Errors
/// Where the database is away.
pub fn ids_beyond(conn: &mut Conn, beyond: i64) -> Result<Vec<i64>> {
    let ids = audit_entries::table.filter(audit_entries::id.gt(beyond)).order(audit_entries::id);
    ids.select(audit_entries::id).load(conn).map_err(internal)
}

/// The ids of so many of the newest entries.
///
/// # Errors
/// Where the database is away.
pub fn newest_ids(conn: &mut Conn, limit: usize) -> Result<Vec<i64>> {
    let ids = audit_entries::table.order(audit_entries::id.desc()).limit(i64::try_from(limit).unwrap_or(i64::MAX));
    ids.select(audit_entries::id).load(conn).map_err(internal)
}

fn recorded(row: Row) -> Result<Recorded> {
    let (
        (id, at, actor, account, client, role, action, subject),
        (area, quarter, before, after),
        (reason, request_id, previous_hash, hash),
    ) = row;
    Ok(Recorded {
        id,
        at,
        actor,
        actor_name: account.or(client),
        role,
        action,
        subject,
        area: area.map(position).transpose()?,
        quarter: quarter.and_then(Quarter::from_serial),
        before,
        after,
        reason,
        request_id,
        previous_hash,
        hash,
    })
}
