//! Whether a database is whole, as far as that can be told from its tables alone: after a restore, before it is served.

use std::collections::BTreeSet;

use diesel::migration::Migration as _;
use diesel::prelude::*;
use diesel_migrations::MigrationHarness as _;

use super::Conn;
use super::error::internal;
use super::head::current_head;
use super::migrate::{POSTGRES, SQLITE};
use super::schema::revisions;
use crate::error::{Error, Result};

/// How the schema stands to this version of the service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaState {
    /// The last migration that was applied.
    pub last: Option<String>,
    /// Those that this version has and the database has not.
    pub pending: Vec<String>,
    /// Those that the database has and this version does not know: it was served by a later one.
    pub unknown: Vec<String>,
}

/// Compares the migrations that were applied with those of this version.
///
/// # Errors
/// Where the database is away.
pub(super) fn schema(conn: &mut Conn) -> Result<SchemaState> {
    let (applied, known) = match conn {
        Conn::Postgres(conn) => {
            let known = diesel::migration::MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES);
            let known = known.map_err(Error::internal)?;
            let known: Vec<_> = known.iter().map(|migration| migration.name().version().to_string()).collect();
            (conn.applied_migrations().map_err(Error::internal)?, known)
        }
        Conn::Sqlite(conn) => {
            let known = diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE);
            let known = known.map_err(Error::internal)?;
            let known: Vec<_> = known.iter().map(|migration| migration.name().version().to_string()).collect();
            (conn.applied_migrations().map_err(Error::internal)?, known)
        }
    };
    let applied: BTreeSet<String> = applied.iter().map(ToString::to_string).collect();
    let known: BTreeSet<String> = known.into_iter().collect();
    Ok(SchemaState {
        last: applied.last().cloned(),
        pending: known.difference(&applied).cloned().collect(),
        unknown: applied.difference(&known).cloned().collect(),
    })
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Dangling {
    #[diesel(sql_type = diesel::sql_types::Text)]
    table: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    parent: String,
}

/// What SQLite itself says of its file; a PostgreSQL server says nothing without extensions, and checks what a dump
/// brings while it is restored.
///
/// # Errors
/// Where the database is away.
pub fn file(conn: &mut Conn) -> Result<Vec<String>> {
    let Conn::Sqlite(sqlite) = conn else { return Ok(Vec::new()) };
    let said: Vec<Integrity> = diesel::sql_query("PRAGMA integrity_check").load(sqlite).map_err(internal)?;
    let said = said.into_iter().map(|row| row.integrity_check).filter(|sentence| sentence != "ok");
    let mut faults: Vec<String> = said.map(|sentence| format!("SQLite: {sentence}")).collect();
    let dangling: Vec<Dangling> = diesel::sql_query("PRAGMA foreign_key_check").load(sqlite).map_err(internal)?;
    let dangling: BTreeSet<_> = dangling.into_iter().map(|row| (row.table, row.parent)).collect();
    faults.extend(
        dangling.into_iter().map(|(table, parent)| format!("a row of {table} names a missing row of {parent}")),
    );
    Ok(faults)
}

/// How many revisions there are, and what is wrong with their numbers: they count from 1 to the head's, without a gap.
///
/// # Errors
/// Where the database is away.
pub fn revision_numbers(conn: &mut Conn) -> Result<(usize, Vec<String>)> {
    let head = current_head(conn)?;
    let numbers: Vec<i64> =
        revisions::table.select(revisions::revision).order(revisions::revision).load(conn).map_err(internal)?;
    let mut faults = Vec::new();
    let mut expected = 1;
    for number in &numbers {
        if *number > expected {
            faults.push(format!("revisions {expected} to {} are missing", number - 1));
        }
        expected = number + 1;
    }
    if expected != head.revision + 1 {
        faults.push(format!("the head is at revision {}, the last revision is {}", head.revision, expected - 1));
    }
    Ok((numbers.len(), faults))
}
