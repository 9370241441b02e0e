//! The audit trail. It grows while it is read and is read forward only, so its lists have no length.

use std::sync::Arc;

use async_graphql::SimpleObject;
use async_graphql::connection::{Connection, Edge};

use super::area::Area;
use super::context::Asked;
use super::scalar::{Count, Instant};
use crate::db::trail::Recorded;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::date_in_vietnam;
use crate::domain::page::{DEFAULT_LIMIT, size};
use crate::error::Result;
use crate::service::trail::{TrailPage, TrailQuestion, history, trail};
use crate::snapshot::Snapshot;

/// A stretch of the trail.
pub type AuditEntries = Connection<String, AuditEntry>;

/// Who did something.
#[derive(SimpleObject)]
pub struct AuditActor {
    /// The id of the account or client.
    pub(super) id: String,
    /// What people call the account.
    pub(super) display_name: Option<String>,
}

/// Nhật ký / one thing that was done: who, what, when and why.
#[derive(SimpleObject)]
pub struct AuditEntry {
    /// Later entries have larger ones.
    id: Count,
    /// When.
    at: Instant,
    /// Who did it; null for the service itself.
    actor: Option<AuditActor>,
    /// What the actor was: a role, or the service.
    role: String,
    /// What was done.
    action: String,
    /// To what kind of thing.
    subject: String,
    /// The ward or other area that it is about.
    area: Option<Area>,
    /// The quarter that it is about.
    quarter: Option<String>,
    /// What it was.
    before: Option<String>,
    /// What it became.
    after: Option<String>,
    /// Why.
    reason: Option<String>,
    /// The `X-Request-Id` of the request that did it.
    request_id: Option<String>,
    /// The hash of the entry before it in its chain: that of an area's quarter, or of all that is about none.
    previous_hash: Option<String>,
    /// SHA-256 over this entry and `previousHash`.
    hash: String,
}

impl AuditEntry {
    pub(super) fn of(snapshot: &Arc<Snapshot>, entry: &Recorded) -> Self {
        let made = date_in_vietnam(entry.at.and_utc());
        let on = entry.quarter.map_or(made, |quarter| snapshot.calendar().cut_off(quarter));
        let entry = entry.clone();
        let area = |key| Area { snapshot: Arc::clone(snapshot), key, on: Some(on) };
        Self {
            id: Count(entry.id),
            at: Instant(entry.at.and_utc()),
            actor: entry.actor.map(|id| AuditActor { id, display_name: entry.actor_name }),
            role: entry.role,
            action: entry.action,
            subject: entry.subject,
            area: entry.area.and_then(AreaKey::new).map(area),
            quarter: entry.quarter.map(|quarter| quarter.to_string()),
            before: entry.before,
            after: entry.after,
            reason: entry.reason,
            request_id: entry.request_id,
            previous_hash: entry.previous_hash,
            hash: entry.hash,
        }
    }
}

/// Which entries are asked for.
pub(super) enum Entries<'a> {
    /// Those of the trail, the newest first.
    Trail(&'a TrailQuestion),
    /// Those of a ward's report for a quarter, the oldest first.
    History(&'a str, &'a str),
}

/// The first page of entries, or the one after a cursor.
pub(super) async fn entries(
    asked: &Asked,
    which: Entries<'_>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<AuditEntries> {
    let (app, caller) = (&asked.app, &asked.caller);
    let limit = size("first", first)?.unwrap_or(DEFAULT_LIMIT);
    let follows = after.is_some();
    let mut cursor = after;
    // A page of entries that are all somebody else's is empty and not the last; a connection without edges would have no
    // cursor to go on from.
    let found = loop {
        let page = TrailPage { limit, cursor: cursor.map(|cursor| ("after", cursor)) };
        let found = match which {
            Entries::Trail(question) => trail(app, caller, question, page).await?,
            Entries::History(ward, quarter) => history(app, caller, ("ward", ward), ("quarter", quarter), page).await?,
        };
        if !found.entries.is_empty() || found.next.is_none() {
            break found;
        }
        cursor = found.next;
    };
    let mut connection = Connection::new(follows, found.next.is_some());
    let edge = |entry: &Recorded| Edge::new(found.cursor(entry), AuditEntry::of(&found.snapshot, entry));
    connection.edges.extend(found.entries.iter().map(edge));
    Ok(connection)
}
