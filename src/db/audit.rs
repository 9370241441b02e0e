//! The audit trail: appended to in the transaction of what it tells, never changed.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use super::Conn;
use super::catalogue::number;
use super::error::internal;
use super::schema::audit_entries;
use crate::auth::hexadecimal;
use crate::domain::quarter::Quarter;
use crate::error::Result;

/// One thing done.
#[derive(Debug, Clone, Default)]
pub struct Entry<'a> {
    /// When, in UTC.
    pub at: NaiveDateTime,
    /// The account or client; nothing for the service itself.
    pub actor: Option<&'a str>,
    /// What the actor was.
    pub role: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To what kind of thing.
    pub subject: &'a str,
    /// The ward (its position in the book) and quarter of a report.
    pub report: Option<(usize, Quarter)>,
    /// What it was.
    pub before: Option<&'a str>,
    /// What it became.
    pub after: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
    /// The request that did it.
    pub request_id: Option<&'a str>,
}

/// Appends an entry. The entries of one report form a chain: each holds the hash of the one before.
pub fn append(conn: &mut Conn, entry: &Entry<'_>) -> Result<()> {
    let area = entry.report.map(|(area, _)| number(area)).transpose()?;
    let quarter = entry.report.map(|(_, quarter)| quarter.serial());
    let previous: Option<String> = match (area, quarter) {
        (Some(area), Some(quarter)) => audit_entries::table
            .filter(audit_entries::area.eq(area))
            .filter(audit_entries::quarter.eq(quarter))
            .order(audit_entries::id.desc())
            .select(audit_entries::hash)
            .first(conn)
            .optional()
            .map_err(internal)?,
        _ => None,
    };
    let mut hash = Sha256::new();
    // Each part is preceded by its length, so that no two different entries read the same.
    let mut add = |part: &str| {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    };
    add(previous.as_deref().unwrap_or_default());
    add(&entry.at.and_utc().timestamp_micros().to_string());
    for part in [entry.actor.unwrap_or_default(), entry.role, entry.action, entry.subject] {
        add(part);
    }
    add(&format!("{area:?} {quarter:?}"));
    for part in [entry.before, entry.after, entry.reason, entry.request_id] {
        add(part.unwrap_or_default());
    }
    let digest = hexadecimal(&hash.finalize());
    diesel::insert_into(audit_entries::table)
        .values((
            audit_entries::at.eq(entry.at),
            audit_entries::actor.eq(entry.actor),
            audit_entries::role.eq(entry.role),
            audit_entries::action.eq(entry.action),
            audit_entries::subject.eq(entry.subject),
            audit_entries::area.eq(area),
            audit_entries::quarter.eq(quarter),
            audit_entries::before_state.eq(entry.before),
            audit_entries::after_state.eq(entry.after),
            audit_entries::reason.eq(entry.reason),
            audit_entries::request_id.eq(entry.request_id),
            audit_entries::previous_hash.eq(previous),
            audit_entries::hash.eq(digest),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}
