//! Databases that are measured: new ones, with wards enough for a large file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use danbiet::db::Conn;
use danbiet::db::pool::Target;
use danbiet::db::schema::{areas, observations};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::{PgConnection, SqliteConnection};

pub const WARDS: usize = 100;
pub const QUARTERS: usize = 20;
pub const MEASURES: usize = 50;

/// The serial number of 2020-Q1.
const FIRST_QUARTER: i32 = 2_020 * 4;
const FIRST_INDICATOR: i32 = 1;

pub fn ward_code(ward: usize) -> String {
    format!("B{ward:04}")
}

pub enum Database {
    Sqlite(PathBuf),
    Postgres { server: String, name: String },
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            administer(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn administer(server: &str, statement: &str) {
    PgConnection::establish(server).expect("the server").batch_execute(statement).expect("a statement");
}

impl Database {
    pub fn new(folder: &Path, server: Option<&str>, name: &str) -> Self {
        let Some(server) = server else { return Self::Sqlite(folder.join(format!("{name}.db"))) };
        let name = format!("bench_{}_{name}", std::process::id());
        administer(server, &format!("CREATE DATABASE {name}"));
        Self::Postgres { server: server.to_owned(), name }
    }

    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres { server, name } => server.replace("/postgres", &format!("/{name}")),
        }
    }

    pub fn target(&self) -> Target {
        Target::parse(&self.url()).expect("a database")
    }

    fn connect(&self) -> Conn {
        match self.target() {
            Target::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a file");
                let as_the_service = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                    PRAGMA cache_size = -4000";
                conn.batch_execute(as_the_service).expect("settings");
                Conn::Sqlite(conn)
            }
            Target::Postgres(url) => Conn::Postgres(PgConnection::establish(&url).expect("a database")),
        }
    }

    /// Adds wards of the town that were always there; areas are numbered without a gap.
    pub fn add_wards(&self) {
        let mut statements = String::new();
        for (ward, number) in (0..WARDS).zip(last_area(&mut self.connect()) + 1..) {
            let code = ward_code(ward);
            let _ = write!(
                statements,
                "INSERT INTO areas (number, id, origin) VALUES ({number}, '{code}-1', 'administrator');
                 INSERT INTO area_versions (area, ordinal, code, name, kind, parent, valid_from, valid_to)
                 VALUES ({number}, 1, '{code}', 'Phường {code}', 'ward', '222-1', '2019-01-01', NULL);"
            );
        }
        self.connect().batch_execute(&statements).expect("wards");
    }

    /// Loads as many rows as the file has, and nothing but them.
    pub fn raw_load(&self) -> Duration {
        let mut conn = self.connect();
        let first = last_area(&mut conn) - number(WARDS) + 1;
        let parent = format!(
            "INSERT INTO reports (id, area, quarter, synthetic, created_at)
                VALUES (1, {first}, {FIRST_QUARTER}, FALSE, '2026-11-20 05:00:00');
            INSERT INTO report_versions (id, report, version, status, imported, edits, document, findings, explanations,
                created_at, updated_at) VALUES (1, 1, 1, 'published', TRUE, 1, '{{}}', '{{}}', '[]',
                '2026-11-20 05:00:00', '2026-11-20 05:00:00');"
        );
        conn.batch_execute(&parent).expect("a report");
        let started = Instant::now();
        conn.batch_execute(if matches!(conn, Conn::Sqlite(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" }).expect("begun");
        match &mut conn {
            Conn::Sqlite(conn) => {
                for (area, quarter, indicator) in rows(first) {
                    insert(conn, area, quarter, indicator);
                }
            }
            Conn::Postgres(conn) => copy(conn, first),
        }
        conn.batch_execute("COMMIT").expect("committed");
        started.elapsed()
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).expect("a small number")
}

/// The number of the last area.
fn last_area(conn: &mut Conn) -> i32 {
    areas::table.select(areas::number).order(areas::number.desc()).first(conn).expect("an area")
}

/// Area, quarter and indicator of every figure, of the wards from `first` on.
fn rows(first: i32) -> impl Iterator<Item = (i32, i32, i32)> {
    (0..number(QUARTERS)).flat_map(move |quarter| {
        (0..number(WARDS)).flat_map(move |ward| {
            (0..number(MEASURES)).map(move |measure| (first + ward, FIRST_QUARTER + quarter, FIRST_INDICATOR + measure))
        })
    })
}

fn insert(conn: &mut SqliteConnection, area: i32, quarter: i32, indicator: i32) {
    diesel::insert_into(observations::table)
        .values((
            observations::report_version.eq(1_i64),
            observations::area.eq(area),
            observations::quarter.eq(quarter),
            observations::indicator.eq(indicator),
            observations::nature.eq(0_i16),
            observations::operator.eq(0_i16),
            observations::mantissa.eq(100_i64),
            observations::scale.eq(0_i16),
            observations::span.eq(0_i16),
            observations::origin.eq(0_i16),
            observations::reference_period.eq(""),
            observations::project.eq(""),
            observations::synthetic.eq(false),
            observations::contested.eq(false),
            observations::from_revision.eq(2_i64),
        ))
        .execute(conn)
        .expect("a row");
}

fn copy(conn: &mut PgConnection, first: i32) {
    let columns = (
        observations::report_version,
        observations::area,
        observations::quarter,
        observations::indicator,
        observations::nature,
        observations::operator,
        observations::mantissa,
        observations::scale,
        observations::span,
        observations::origin,
        observations::reference_period,
        observations::project,
        observations::synthetic,
        observations::contested,
        observations::from_revision,
    );
    diesel::copy_from(observations::table)
        .from_raw_data(columns, |out| {
            for (area, quarter, indicator) in rows(first) {
                let row = format!("1\t{area}\t{quarter}\t{indicator}\t0\t0\t100\t0\t0\t0\t\t\tf\tf\t2\n");
                out.write_all(row.as_bytes()).map_err(|error| Error::SerializationError(Box::new(error)))?;
            }
            QueryResult::Ok(())
        })
        .execute(conn)
        .expect("rows");
}
