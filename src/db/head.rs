//! The head row and the revision: everything that a published read can see changes in one transaction that advances it by
//! one.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::error::internal;
use super::schema::{head, revisions};
use crate::error::Result;

/// Where the published state stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The line of revisions.
    pub epoch: String,
    /// The last revision.
    pub revision: i64,
    /// Moves whenever rights change.
    pub authorization_generation: i64,
}

/// The head row.
pub fn current_head(conn: &mut Conn) -> Result<Head> {
    let (epoch, revision, authorization_generation) = head::table
        .find(1_i16)
        .select((head::epoch, head::revision, head::authorization_generation))
        .first(conn)
        .map_err(internal)?;
    Ok(Head { epoch, revision, authorization_generation })
}

/// Takes the head row: publications queue behind one another, and each reads what the one before it wrote. Whoever builds
/// on what is published takes it before reading.
pub fn take_head(conn: &mut Conn) -> Result<()> {
    let row = diesel::update(head::table.find(1_i16)).set(head::revision.eq(head::revision));
    row.execute(conn).map(drop).map_err(internal)
}

/// Takes the head row and opens the next revision.
pub fn open_revision(
    conn: &mut Conn,
    kind: &str,
    actor: Option<&str>,
    summary: &str,
    now: NaiveDateTime,
) -> Result<i64> {
    diesel::update(head::table.find(1_i16))
        .set(head::revision.eq(head::revision + 1))
        .execute(conn)
        .map_err(internal)?;
    let Head { epoch, revision, .. } = current_head(conn)?;
    diesel::insert_into(revisions::table)
        .values((
            revisions::revision.eq(revision),
            revisions::epoch.eq(epoch),
            revisions::kind.eq(kind),
            revisions::actor.eq(actor),
            revisions::summary.eq(summary),
            revisions::published_at.eq(now),
        ))
        .execute(conn)
        .map_err(internal)?;
    Ok(revision)
}

/// The kind of a revision that changes areas, windows or catalogue, and so what every figure before it means. Deadlines,
/// locks and targets are read anew with every revision and have kinds of their own.
pub const CATALOGUE: &str = "catalogue";

/// The kinds of the revisions after one.
pub fn kinds_after(conn: &mut Conn, revision: i64) -> Result<Vec<String>> {
    let later = revisions::table.filter(revisions::revision.gt(revision)).order(revisions::revision);
    later.select(revisions::kind).load(conn).map_err(internal)
}

/// The last revision, up to one, at which areas, windows or catalogue changed; 0 before any.
pub fn catalogue_revision(conn: &mut Conn, until: i64) -> Result<i64> {
    let last: Option<i64> = revisions::table
        .filter(revisions::revision.le(until))
        .filter(revisions::kind.eq(CATALOGUE))
        .select(diesel::dsl::max(revisions::revision))
        .first(conn)
        .map_err(internal)?;
    Ok(last.unwrap_or_default())
}

/// Begins a new line of revisions: after a restore, nothing that clients remember may be taken for current.
pub fn new_epoch(conn: &mut Conn) -> Result<String> {
    let epoch = super::migrate::new_epoch();
    diesel::update(head::table.find(1_i16)).set(head::epoch.eq(&epoch)).execute(conn).map_err(internal)?;
    Ok(epoch)
}
