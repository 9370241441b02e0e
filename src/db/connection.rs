//! A connection to either database; which one, the pool decides.

#![expect(clippy::disallowed_methods, reason = "the derive writes calls of its own")]

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgres(diesel::PgConnection),
    /// SQLite, one file.
    Sqlite(diesel::SqliteConnection),
}
