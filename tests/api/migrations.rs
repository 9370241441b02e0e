//! The schema is what the migrations make, what the migrations unmake, and what `src/db/schema.rs` says.

use std::collections::{BTreeMap, BTreeSet};

use danbiet::db::migrate::{POSTGRES, SQLITE};
use danbiet::db::pool::Target;
use diesel::sql_types::{Bool, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use diesel_migrations::MigrationHarness as _;

use crate::support::Database;

/// One column as a database reports it.
#[derive(QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    data_type: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Bool)]
    is_key: bool,
}

/// Anything that a database has besides tables: indexes and constraints, as text.
#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text)]
    definition: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS name, lower(c.type) AS data_type, \
    c.\"notnull\" = 0 AS nullable, c.pk > 0 AS is_key FROM sqlite_master m, pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
const SQLITE_DEFINITIONS: &str = "SELECT sql AS definition FROM sqlite_master WHERE sql IS NOT NULL \
    AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text AS name, data_type::text, \
    is_nullable = 'YES' AS nullable, false AS is_key FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'";
const POSTGRES_DEFINITIONS: &str = "SELECT (conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid))::text \
    AS definition FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
    AND conrelid::regclass::text NOT LIKE '\\_\\_diesel%' \
    UNION ALL SELECT indexdef::text FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_diesel%' \
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
    UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace";

/// Columns and everything else, in an order of their own.
type Schema = (BTreeSet<String>, BTreeSet<String>);

/// A connection to an empty database of either kind.
enum Empty {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Empty {
    fn of(database: &Database) -> Self {
        match database.target() {
            Target::Sqlite(path) => Self::Sqlite(SqliteConnection::establish(&path.to_string_lossy()).unwrap()),
            Target::Postgres(url) => Self::Postgres(PgConnection::establish(&url).unwrap()),
        }
    }

    fn up(&mut self) {
        match self {
            Self::Sqlite(conn) => drop(conn.run_pending_migrations(SQLITE).unwrap()),
            Self::Postgres(conn) => drop(conn.run_pending_migrations(POSTGRES).unwrap()),
        }
    }

    fn down(&mut self) {
        match self {
            Self::Sqlite(conn) => drop(conn.revert_all_migrations(SQLITE).unwrap()),
            Self::Postgres(conn) => drop(conn.revert_all_migrations(POSTGRES).unwrap()),
        }
    }

    fn columns(&mut self) -> Vec<Column> {
        match self {
            Self::Sqlite(conn) => sql_query(SQLITE_COLUMNS).load(conn).unwrap(),
            Self::Postgres(conn) => sql_query(POSTGRES_COLUMNS).load(conn).unwrap(),
        }
    }

    fn schema(&mut self) -> Schema {
        let definitions: Vec<Definition> = match self {
            Self::Sqlite(conn) => sql_query(SQLITE_DEFINITIONS).load(conn).unwrap(),
            Self::Postgres(conn) => sql_query(POSTGRES_DEFINITIONS).load(conn).unwrap(),
        };
        let columns = self.columns().into_iter().map(|column| format!("{column:?}")).collect();
        (columns, definitions.into_iter().map(|found| found.definition).collect())
    }
}

/// Table and column with type and nullability, as `schema.rs` declares them.
fn declared() -> BTreeMap<(String, String), (String, bool)> {
    let source = include_str!("../../src/db/schema.rs");
    let mut found = BTreeMap::new();
    let mut table = String::new();
    for line in source.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
        } else if let Some((column, kind)) = line.split_once(" -> ").filter(|_| line.ends_with(',')) {
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").and_then(|rest| rest.strip_suffix('>'));
            let entry = (inner.unwrap_or(kind).to_owned(), inner.is_some());
            found.insert((table.clone(), column.to_owned()), entry);
        }
    }
    found
}

/// What Diesel calls a type that a database reports. A generated key of SQLite is declared INTEGER and has 64 bits.
fn diesel_type(column: &Column, generated: bool) -> &'static str {
    match column.data_type.as_str() {
        "integer" if generated => "BigInt",
        "smallint" => "SmallInt",
        "integer" => "Integer",
        "bigint" => "BigInt",
        "text" => "Text",
        "boolean" => "Bool",
        "date" => "Date",
        "timestamp" | "timestamp without time zone" => "Timestamp",
        other => panic!("{other} is not one of the types that both databases share"),
    }
}

#[test]
fn the_declared_schema_is_the_one_that_the_migrations_make() {
    let database = Database::new();
    let mut conn = Empty::of(&database);
    conn.up();
    let declared = declared();
    assert!(declared.len() > 100);
    let mut found = BTreeMap::new();
    for column in conn.columns() {
        let name = (column.table_name.clone(), column.name.clone());
        let is_big = declared.get(&name).is_some_and(|(kind, _)| kind == "BigInt");
        let generated = column.is_key && column.name == "id" && is_big;
        found.insert(name, (diesel_type(&column, generated).to_owned(), column.nullable));
    }
    assert_eq!(found, declared);
}

#[test]
fn migrations_can_be_undone_and_done_again() {
    let database = Database::new();
    let mut conn = Empty::of(&database);
    conn.up();
    let first = conn.schema();
    for name in ["observations_by_report", "audit_entries_stay"] {
        assert!(first.1.iter().any(|definition| definition.contains(name)), "{name}");
    }
    conn.down();
    assert_eq!(conn.schema(), Schema::default(), "something is left behind");
    conn.up();
    assert_eq!(conn.schema(), first);
}

#[test]
fn every_reference_says_what_becomes_of_it() {
    for folder in ["sqlite", "postgres"] {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        for migration in std::fs::read_dir(root).unwrap() {
            let text = std::fs::read_to_string(migration.unwrap().path().join("up.sql")).unwrap();
            for line in text.lines().filter(|line| line.contains("REFERENCES")) {
                assert!(line.contains("ON DELETE"), "{folder}: {line}");
            }
        }
    }
}
