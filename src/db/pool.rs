//! Connections: the kind of database follows from the URL's scheme, never from trying both.

use std::path::PathBuf;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, ConnectionError, ConnectionResult, PgConnection, SqliteConnection};

use super::Conn;
use super::slow::SlowStatements;

/// How long a request waits for a connection before it is told to come back.
const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How often, and after what pause, a connection tries to turn the write-ahead log on while others do.
const WAL_ATTEMPTS: u32 = 250;
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, `postgres://` or `postgresql://`, several hosts allowed.
    Postgres(String),
}

impl Target {
    /// Reads a database URL: `postgres://…`, `sqlite:path` or a plain path.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Some(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        // A colon in what should be a path is a mistyped scheme; it must not become a new, empty file.
        let plausible = !path.is_empty() && !path.contains("://") && !path.starts_with("postgres");
        plausible.then(|| Self::Sqlite(PathBuf::from(path)))
    }
}

/// Opens connections for the pool.
#[derive(Debug, Clone)]
pub(super) struct Manager {
    target: Target,
    create: bool,
    pub slow: SlowStatements,
}

impl Manager {
    /// With `create`, a SQLite file that does not exist is made; otherwise it is an error.
    pub(super) fn new(target: Target, create: bool) -> Self {
        Self { target, create, slow: SlowStatements::default() }
    }

    /// The same, for a file that is there already.
    pub(super) fn of_existing(&self) -> Self {
        Self { create: false, ..self.clone() }
    }

    /// The name of the database in OpenTelemetry's conventions.
    pub(super) const fn system(&self) -> &'static str {
        match self.target {
            Target::Postgres(_) => "postgresql",
            Target::Sqlite(_) => "sqlite",
        }
    }

    /// A file that was moved away can still be read and written by whoever has it open, who must not take it for the
    /// database of the service.
    fn is_in_place(&self) -> ConnectionResult<()> {
        match &self.target {
            Target::Sqlite(path) if !path.exists() => {
                Err(ConnectionError::BadConnection(format!("there is no database file at {}", path.display())))
            }
            _ => Ok(()),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that opens connections")]
    pub(super) fn open(&self) -> ConnectionResult<Conn> {
        let prepare = |result: diesel::QueryResult<()>| result.map_err(ConnectionError::CouldntSetupConfiguration);
        match &self.target {
            Target::Postgres(url) => {
                let mut conn = PgConnection::establish(url)?;
                prepare(conn.batch_execute(
                    "SET application_name = 'danbiet'; SET TIME ZONE 'UTC'; SET lc_messages = 'C'; \
                     SET statement_timeout = '60s'; SET lock_timeout = '5s'; \
                     SET idle_in_transaction_session_timeout = '60s'",
                ))?;
                conn.set_instrumentation(self.slow.watch());
                Ok(Conn::Postgres(conn))
            }
            Target::Sqlite(path) => {
                if !self.create {
                    self.is_in_place()?;
                }
                let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
                prepare(conn.batch_execute("PRAGMA busy_timeout = 5000"))?;
                prepare(write_ahead(&mut conn))?;
                prepare(
                    conn.batch_execute(
                        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -4000",
                    ),
                )?;
                conn.set_instrumentation(self.slow.watch());
                Ok(Conn::Sqlite(conn))
            }
        }
    }
}

/// Turns the write-ahead log on. SQLite refuses that at once while another connection does the same to a new file: no
/// busy timeout is waited for, since two who wait for one another would wait for ever.
#[expect(clippy::disallowed_methods, reason = "a connection is opened on a thread that may block")]
fn write_ahead(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    for _ in 0..WAL_ATTEMPTS {
        match conn.batch_execute("PRAGMA journal_mode = WAL") {
            Err(diesel::result::Error::DatabaseError(_, info)) if info.message().contains("locked") => {
                std::thread::sleep(WAL_PAUSE);
            }
            done => return done,
        }
    }
    conn.batch_execute("PRAGMA journal_mode = WAL")
}

impl diesel::r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, Self::Error> {
        self.open().map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Self::Error> {
        self.is_in_place().map_err(diesel::r2d2::Error::ConnectionError)?;
        conn.batch_execute("SELECT 1").map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use diesel::connection::TransactionManager as _;
        std::thread::panicking()
            || <Conn as diesel::Connection>::TransactionManager::is_broken_transaction_manager(conn)
    }
}

/// A bounded set of connections.
pub(super) type Pool = diesel::r2d2::Pool<Manager>;

/// Builds the pool without opening a connection, so that the service can start while the database is away.
pub(super) fn build(manager: Manager, size: u32) -> Pool {
    diesel::r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .connection_timeout(ACQUIRE_TIMEOUT)
        .error_handler(Box::new(diesel::r2d2::LoggingErrorHandler))
        .build_unchecked(manager)
}
