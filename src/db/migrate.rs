//! Embedded migrations, run by one replica at a time.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::internal;
use super::schema::head;
use super::{Conn, per_backend};
use crate::error::{Error, Result};

/// For SQLite.
pub const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// For PostgreSQL; the same names, the same tables.
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock that whoever migrates a PostgreSQL database holds; any constant that nobody else uses.
const ADVISORY_LOCK: i64 = 0x6461_6e62_6965_7401;
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    locked: bool,
}

/// Applies what is missing and makes sure that the head row exists.
pub(super) fn run(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Postgres(postgres) => {
            take_advisory_lock(postgres)?;
            let migrated = postgres.run_pending_migrations(POSTGRES).map(drop);
            // Closing the connection releases the lock as well; an error here must not hide the migration's.
            let released = postgres.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})"));
            migrated.map_err(Error::internal)?;
            released.map_err(internal)?;
        }
        Conn::Sqlite(sqlite) => {
            // Diesel wraps each migration in a deferred transaction; holding the write lock around all of them
            // keeps a second process out, which then finds nothing left to do.
            sqlite.batch_execute("BEGIN IMMEDIATE; COMMIT").map_err(internal)?;
            sqlite
                .immediate_transaction(|sqlite| {
                    sqlite.run_pending_migrations(SQLITE).map(drop).map_err(MigrationFailure::Migration)
                })
                .map_err(|error| match error {
                    MigrationFailure::Migration(error) => Error::internal(error),
                    MigrationFailure::Database(error) => internal(error),
                })?;
        }
    }
    ensure_head(conn)
}

enum MigrationFailure {
    Migration(Box<dyn std::error::Error + Send + Sync>),
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for MigrationFailure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

/// A lock that is tried for, not waited for: a waiting session would hold a snapshot open and block concurrent index
/// builds of the very migration that it waits for.
fn take_advisory_lock(conn: &mut PgConnection) -> Result<()> {
    let started = Instant::now();
    loop {
        let query = format!("SELECT pg_try_advisory_lock({ADVISORY_LOCK}) AS locked");
        let row: Locked = diesel::sql_query(query).get_result(conn).map_err(internal)?;
        if row.locked {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            return Err(Error::unavailable(5, "another replica has been migrating for a minute"));
        }
        #[expect(clippy::disallowed_methods, reason = "runs before the service starts, on a thread of its own")]
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn ensure_head(conn: &mut Conn) -> Result<()> {
    let row = (
        head::id.eq(1_i16),
        head::epoch.eq(new_epoch()),
        head::revision.eq(0_i64),
        head::authorization_generation.eq(0_i64),
    );
    per_backend!(conn, concrete => diesel::insert_into(head::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(concrete))
    .map(drop)
    .map_err(internal)
}

/// A new name for a line of revisions: eight letters and digits, drawn at random.
#[must_use]
pub fn new_epoch() -> String {
    uuid::Uuid::new_v4().simple().to_string().chars().take(8).collect()
}

/// Whether nothing is left to apply.
pub(super) fn is_current(conn: &mut Conn) -> Result<bool> {
    let pending = match conn {
        Conn::Postgres(postgres) => postgres.has_pending_migration(POSTGRES),
        Conn::Sqlite(sqlite) => sqlite.has_pending_migration(SQLITE),
    };
    pending.map(|pending| !pending).map_err(Error::internal)
}
