//! The way to a connection: name who asks and what for, and the policy table decides before one is lent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::result::Error as DieselError;
use tokio::sync::Semaphore;

use super::error::{RETRY_AFTER_SECONDS, internal};
use super::integrity::{self, SchemaState};
use super::pool::{Manager, Pool, Target, build};
use super::{Conn, migrate};
use crate::domain::policy::{Action, Caller, Scope, authorize};
use crate::error::{Error, Result};
use crate::telemetry::metrics::{Counter, Durations};
use crate::telemetry::trace;

/// The database of the service.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    manager: Manager,
    permits: Arc<Semaphore>,
    meter: Meter,
}

/// What becomes of those who want a connection.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    /// How long they waited for one.
    pub waited: Durations,
    /// How long they had it, for reading.
    pub read: Durations,
    /// How long they had it, for writing.
    pub written: Durations,
    /// Those who got none in time, or were told at once that there are too many of them.
    pub refused: Counter,
}

/// The connections of the pool at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Lent.
    pub used: u32,
    /// Open and not lent.
    pub idle: u32,
    /// The most that are opened.
    pub most: u32,
    /// Requests that wait for one.
    pub pending: u32,
}

/// Whether a transaction may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Read,
    Write,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl Store {
    /// Prepares the pool; opens nothing yet. Only [`Self::migrate`] creates a database file: one that is gone later is
    /// missed, not replaced by an empty one.
    #[must_use]
    pub fn new(target: Target, create: bool, size: u32) -> Self {
        let manager = Manager::new(target, create);
        // Requests queue here, without holding a thread, a little beyond what the pool can serve.
        let permits = queue(size);
        Self {
            pool: build(manager.of_existing(), size),
            manager,
            permits: Arc::new(Semaphore::new(permits)),
            meter: Meter::default(),
        }
    }

    /// Logs statements that take so long or longer, without their values; with nothing, none.
    pub fn log_slow_statements(&self, threshold: Option<Duration>) {
        self.manager.slow.from(threshold);
    }

    /// How many statements were that slow.
    #[must_use]
    pub fn slow_statements(&self) -> &Counter {
        &self.manager.slow.counted
    }

    /// What becomes of those who want a connection.
    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The connections at this moment.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let (state, most) = (self.pool.state(), self.pool.max_size());
        let used = state.connections.saturating_sub(state.idle_connections);
        let asking = queue(most).saturating_sub(self.permits.available_permits());
        let pending = u32::try_from(asking).unwrap_or(u32::MAX).saturating_sub(used);
        Connections { used, idle: state.idle_connections, most, pending }
    }

    /// Its name in OpenTelemetry's conventions: `postgresql` or `sqlite`.
    #[must_use]
    pub const fn system(&self) -> &'static str {
        self.manager.system()
    }

    /// Brings the schema to this binary's state; safe when several replicas start at once.
    ///
    /// # Errors
    /// `unavailable` where the database cannot be reached, `internal` where a migration fails.
    pub fn migrate(&self) -> Result<()> {
        let mut conn = self.manager.open().map_err(|error| Error::unavailable(RETRY_AFTER_SECONDS, error))?;
        migrate::run(&mut conn)
    }

    /// Whether every migration of this binary has been applied.
    ///
    /// # Errors
    /// `unavailable` where the database cannot be reached.
    pub fn is_migrated(&self) -> Result<bool> {
        let mut conn = self.lend()?;
        migrate::is_current(&mut conn)
    }

    /// How the schema stands to this version. Outside of a transaction that only reads: Diesel makes its table of
    /// migrations where there is none.
    ///
    /// # Errors
    /// `unavailable` where the database cannot be reached.
    pub fn schema(&self) -> Result<SchemaState> {
        integrity::schema(&mut *self.lend()?)
    }

    /// Reads for a caller, on a thread that may block, in one transaction that sees one state of the database.
    ///
    /// # Errors
    /// What the policy table refuses, what `work` refuses, and `unavailable` where the database is away.
    pub async fn read<T, F>(&self, caller: &Caller, action: Action, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn, &Scope) -> Result<T> + Send + 'static,
    {
        let scope = authorize(caller, action)?;
        self.run(Mode::Read, move |conn| work(conn, &scope)).await
    }

    /// Writes for a caller, as [`Self::read`]; nothing remains of it if `work` refuses.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn write<T, F>(&self, caller: &Caller, action: Action, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn, &Scope) -> Result<T> + Send + 'static,
    {
        let scope = authorize(caller, action)?;
        self.run(Mode::Write, move |conn| work(conn, &scope)).await
    }

    /// Reads for the service itself: refreshing the snapshot, the keys, the accounts.
    ///
    /// # Errors
    /// What `work` refuses, and `unavailable` where the database is away.
    pub(crate) async fn read_as_service<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.run(Mode::Read, work).await
    }

    /// Writes for the service itself, as [`Self::read_as_service`].
    ///
    /// # Errors
    /// As [`Self::read_as_service`].
    pub(crate) async fn write_as_service<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.run(Mode::Write, work).await
    }

    /// Reads on the present thread, for the command line and the start of the service.
    ///
    /// # Errors
    /// As [`Self::read_as_service`].
    pub(crate) fn read_blocking<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.transact(Mode::Read, work)
    }

    /// Writes on the present thread, for the command line and the start of the service.
    ///
    /// # Errors
    /// As [`Self::read_as_service`].
    pub(crate) fn write_blocking<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.transact(Mode::Write, work)
    }

    async fn run<T, F>(&self, mode: Mode, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            self.meter.refused.inc();
            return Err(Error::unavailable(1, "every database connection is taken"));
        };
        let store = self.clone();
        let (span, traced) = (tracing::Span::current(), trace::current());
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _piece = trace::Piece::transaction(traced.as_ref(), mode.as_str(), store.system());
            span.in_scope(|| store.transact(mode, work))
        });
        task.await.map_err(Error::internal)?
    }

    fn transact<T>(&self, mode: Mode, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.lend()?;
        let begun = Instant::now();
        let done = transact(&mut conn, mode, work);
        let had = if mode == Mode::Read { &self.meter.read } else { &self.meter.written };
        had.observe(begun.elapsed());
        done
    }

    fn lend(&self) -> Result<diesel::r2d2::PooledConnection<Manager>> {
        let asked = Instant::now();
        let lent = self.pool.get();
        self.meter.waited.observe(asked.elapsed());
        lent.map_err(|error| {
            self.meter.refused.inc();
            Error::unavailable(RETRY_AFTER_SECONDS, error)
        })
    }
}

/// How many may ask for a connection of a pool at once: a few more than it can serve.
fn queue(size: u32) -> usize {
    usize::try_from(size).unwrap_or(1).saturating_mul(4).max(1)
}

/// One transaction. SQLite writers take the lock at the beginning: a read that turns into a write fails at once where
/// another wrote in between, whatever the busy timeout. PostgreSQL readers see one snapshot throughout.
fn transact<T>(conn: &mut Conn, mode: Mode, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    let begun = match conn {
        Conn::Sqlite(sqlite) => {
            let begin = if mode == Mode::Write { "BEGIN IMMEDIATE" } else { "BEGIN" };
            AnsiTransactionManager::begin_transaction_sql(sqlite, begin)
        }
        Conn::Postgres(postgres) => {
            let begin = if mode == Mode::Write { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
            AnsiTransactionManager::begin_transaction_sql(postgres, begin)
        }
    };
    begun.map_err(internal)?;
    let guarded =
        (mode == Mode::Read && matches!(conn, Conn::Sqlite(_))).then(|| conn.batch_execute("PRAGMA query_only = ON"));
    let result = guarded.unwrap_or(Ok(())).map_err(internal).and_then(|()| work(conn));
    // Whatever comes of this, the transaction below must end, so its failure joins the result and does not return.
    let reset = if mode == Mode::Read && matches!(conn, Conn::Sqlite(_)) {
        conn.batch_execute("PRAGMA query_only = OFF").map_err(internal)
    } else {
        Ok(())
    };
    match result.and_then(|value| reset.map(|()| value)) {
        Ok(value) => commit(conn).map(|()| value).map_err(internal),
        Err(error) => {
            if let Err(rollback) = rollback(conn) {
                tracing::warn!(error = %rollback, "could not roll a transaction back");
            }
            Err(error)
        }
    }
}

fn commit(conn: &mut Conn) -> Result<(), DieselError> {
    match conn {
        Conn::Sqlite(sqlite) => AnsiTransactionManager::commit_transaction(sqlite),
        Conn::Postgres(postgres) => AnsiTransactionManager::commit_transaction(postgres),
    }
}

fn rollback(conn: &mut Conn) -> Result<(), DieselError> {
    match conn {
        Conn::Sqlite(sqlite) => AnsiTransactionManager::rollback_transaction(sqlite),
        Conn::Postgres(postgres) => AnsiTransactionManager::rollback_transaction(postgres),
    }
}
