//! What files cost: an import of 100,000 figures beside the raw load that the database itself can do, and exports, in one run.
//!
//! ```sh
//! cargo bench --bench import
//! DANBIET_BENCH_POSTGRES=postgres://user@host/postgres cargo bench --bench import    # on PostgreSQL too
//! ```
//!
//! The raw load puts the same rows into the same table, with its indexes and foreign keys, and does nothing else: prepared
//! inserts in one transaction on SQLite, `COPY` on PostgreSQL. The import reads the file, judges every row and every report,
//! and writes documents, findings, figures and the audit trail. Databases are new in every round, the two take turns, and
//! the median is shown. Memory is that of the release binary's `import`, as the kernel counts its peak.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::disallowed_methods,
    reason = "a measurement stops where something is not as it should be, opens databases of its own, and prints"
)]

mod database;

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use danbiet::clock::Clock;
use danbiet::db::Store;
use danbiet::domain::aggregate::Published as _;
use danbiet::domain::indicator::IndicatorKind;
use danbiet::domain::policy::{Action, Caller, Role};
use danbiet::domain::quarter::Quarter;
use danbiet::service::account::{NewAccount, add};
use danbiet::service::export::{Asked, Rows, Selection, TextFormat};
use danbiet::service::import::{Format, Mode, import_as};
use danbiet::service::{migrate, published};
use danbiet::snapshot::{Current, Snapshot};
use database::{Database, MEASURES, QUARTERS, WARDS, ward_code};

const ROUNDS: usize = 3;
const ROWS: usize = WARDS * QUARTERS * MEASURES;
const USER: &str = "town";

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("figures.csv");
    println!("{ROWS} figures of {} reports, median of {ROUNDS} rounds\n", WARDS * QUARTERS);
    println!("| database | raw load, rows/s | import, rows/s | of raw | dry run, rows/s | peak memory, MiB |");
    println!("|---|---|---|---|---|---|");
    let server = std::env::var("DANBIET_BENCH_POSTGRES").ok();
    for server in std::iter::once(None).chain(server.map(Some)) {
        measure(folder.path(), &file, server.as_deref());
    }
    println!();
    export(folder.path(), &file);
}

fn clock() -> Clock {
    Clock::fixed("2026-11-20T05:00:00Z".parse().expect("an instant"))
}

/// A database with its wards and an account, and what is published in it: nothing.
fn prepared(database: &Database) -> (Store, Current) {
    let store = Store::new(database.target(), true, 2);
    migrate(&store, &clock()).expect("a database");
    database.add_wards();
    let snapshots = published(&store, &clock(), 0).expect("a snapshot");
    let new = NewAccount {
        username: USER.to_owned(),
        display_name: USER.to_owned(),
        role: Role::TownOfficer,
        area: Some("222-1".to_owned()),
        password: "a password for the benchmark".to_owned(),
    };
    add(&store, &clock(), &new).expect("an account");
    (store, snapshots)
}

fn snapshot(snapshots: &Current) -> Arc<Snapshot> {
    let admin = Caller { role: Role::Admin, ..Caller::public() };
    snapshots.read(&admin, Action::FiguresRead).expect("an administrator reads")
}

/// The same small count for every measure of a report, so that none is above its denominator.
fn write_file(snapshot: &Snapshot, file: &Path) {
    let measures = snapshot.catalogue().iter().map(|(_, indicator)| indicator);
    let measures = measures.filter(|indicator| indicator.kind == IndicatorKind::Measure && !indicator.per_project);
    let measures: Vec<_> = measures.map(|indicator| &indicator.code).take(MEASURES).collect();
    assert_eq!(measures.len(), MEASURES, "the catalogue has fewer measures");
    let mut text = "ward,quarter,indicator,nature,numerator,denominator,value\n".to_owned();
    let first: Quarter = "2020-Q1".parse().expect("a quarter");
    let last: Quarter = "2024-Q4".parse().expect("a quarter");
    for (at, quarter) in first.through(last).take(QUARTERS).enumerate() {
        for ward in 0..WARDS {
            for measure in &measures {
                let _ = writeln!(text, "{},{quarter},{measure},actual,,,{}", ward_code(ward), 100 + ward * 7 + at);
            }
        }
    }
    std::fs::write(file, text).expect("a file");
}

fn rate(started: Instant) -> f64 {
    ROWS as f64 / started.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure(folder: &Path, file: &Path, server: Option<&str>) {
    let (mut raw, mut imported, mut judged, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let name = |use_: &str| format!("{use_}{round}");
        let database = Database::new(folder, server, &name("raw"));
        let (_store, snapshots) = prepared(&database);
        if !file.exists() {
            write_file(&snapshot(&snapshots), file);
        }
        raw.push(ROWS as f64 / database.raw_load().as_secs_f64());

        let database = Database::new(folder, server, &name("import"));
        let (store, snapshots) = prepared(&database);
        for (mode, rates) in [(Mode::DryRun, &mut judged), (Mode::Commit, &mut imported)] {
            let started = Instant::now();
            let source = File::open(file).expect("the file");
            let report = import_as(&store, &snapshots, &clock(), USER, mode, (Format::Csv, source)).expect("an import");
            rates.push(rate(started));
            assert_eq!((report.rows.created, report.rows.rejected), (ROWS, 0), "{:?}", report.rejections.first());
        }
        let database = Database::new(folder, server, &name("memory"));
        drop(prepared(&database));
        peaks.push(peak(&database.url(), file));
    }
    let (raw, imported) = (median(&mut raw), median(&mut imported));
    println!(
        "| {} | {raw:.0} | {imported:.0} | {:.2} | {:.0} | {:.0} |",
        if server.is_some() { "PostgreSQL" } else { "SQLite" },
        imported / raw,
        median(&mut judged),
        median(&mut peaks)
    );
}

/// The most memory that the release binary held while it imported, in MiB.
fn peak(url: &str, file: &Path) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_danbiet"));
    command.args(["import", "--publish", "--as", USER]).arg(file).env_clear().env("DANBIET_DATABASE_URL", url);
    let mut running = command.stdout(Stdio::null()).spawn().expect("the release binary");
    let status = PathBuf::from(format!("/proc/{}/status", running.id()));
    let mut most = 0.0_f64;
    loop {
        // The kernel remembers the peak, so it is enough to ask now and then.
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kibibytes) = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()) {
            most = most.max(kibibytes / 1024.0);
        }
        if let Some(ended) = running.try_wait().expect("a process") {
            assert!(ended.success(), "the import failed");
            return most;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What is imported goes out again, in memory and without a network between.
fn export(folder: &Path, file: &Path) {
    let database = Database::new(folder, None, "export");
    let (store, snapshots) = prepared(&database);
    let source = File::open(file).expect("the file");
    import_as(&store, &snapshots, &clock(), USER, Mode::Commit, (Format::Csv, source)).expect("an import");
    let snapshot = snapshot(&published(&store, &clock(), 0).expect("a snapshot"));
    println!("| export | rows/s | MiB/s | largest part, KiB |");
    println!("|---|---|---|---|");
    for (name, format) in [("CSV", TextFormat::Csv { bom: false }), ("JSON Lines", TextFormat::JsonLines)] {
        let (mut rates, mut bytes, mut largest) = (Vec::new(), 0, 0);
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let selection = Selection::read(&snapshot, clock().today(), &Asked::default()).expect("a selection");
            let mut rows = Rows::new(Arc::clone(&snapshot), selection, format);
            bytes = 0;
            while let Some(part) = rows.next_bytes().expect("rows") {
                largest = largest.max(part.len());
                bytes += part.len();
            }
            rates.push(rate(started));
        }
        let rate = median(&mut rates);
        let mebibytes = bytes as f64 / 1024.0 / 1024.0 * rate / ROWS as f64;
        println!("| {name} | {rate:.0} | {mebibytes:.0} | {} |", largest / 1024);
    }
}
