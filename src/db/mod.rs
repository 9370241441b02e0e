//! The database, and the only user of Diesel.
//!
//! One binary speaks to SQLite and to PostgreSQL through [`Conn`]. Rows are private to this module: functions take and
//! give domain types. No SQL here computes a statistic, so the two databases cannot disagree about one.

pub mod account;
pub mod audit;
pub mod bulk;
pub mod calendar;
pub mod catalogue;
pub mod client;
mod connection;
pub mod error;
pub mod feed;
pub mod head;
pub mod idempotency;
pub mod integrity;
pub mod migrate;
pub mod outbox;
pub mod past;
pub mod pool;
pub mod progress;
pub mod publication;
pub mod pushed;
pub mod replacement;
pub mod report;
pub mod schema;
pub mod session;
pub mod signing_key;
mod slow;
pub mod store;
pub mod target;
pub mod throttle;
pub mod trail;
pub mod version;
pub mod webhook;

pub use connection::Conn;
pub use store::{Connections, Store};

/// Runs one expression on the concrete connection, for the few constructs that Diesel cannot express through the
/// enum: batch inserts and `on_conflict`.
macro_rules! per_backend {
    ($conn:expr, $concrete:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($concrete) => $body,
            $crate::db::Conn::Sqlite($concrete) => $body,
        }
    };
}
pub(crate) use per_backend;
