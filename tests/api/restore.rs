//! A backup that is taken while others write, restored, and checked; and that the check finds what is wrong.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use danbiet::db::pool::Target;
use danbiet::service::integrity::verify;
use diesel::connection::SimpleConnection as _;

use crate::process::danbiet;
use crate::support::{Database, TestApp};

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// As deploy/README.md says it: one state of the database, while it is written to.
fn back_up(app: &TestApp, file: &Path) {
    match app.database.target() {
        Target::Sqlite(_) => app.execute(&format!("VACUUM INTO '{}'", file.display())).unwrap(),
        Target::Postgres(url) => {
            let mut dump = Command::new("pg_dump");
            done(&dump.args(["--format=custom", "--file"]).arg(file).arg(url).output().unwrap());
        }
    }
}

fn restore(file: &Path) -> Database {
    let restored = Database::new();
    match restored.target() {
        Target::Sqlite(path) => {
            std::fs::copy(file, path).unwrap();
        }
        Target::Postgres(url) => {
            let mut restore = Command::new("pg_restore");
            done(&restore.args(["--no-owner", "--exit-on-error", "--dbname"]).arg(url).arg(file).output().unwrap());
        }
    }
    restored
}

#[actix_web::test]
async fn a_backup_that_was_taken_while_others_wrote_is_whole() {
    let app = TestApp::demo().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let (enough, imports) = (AtomicBool::new(false), AtomicUsize::new(0));
    let header = "ward,quarter,indicator,nature,numerator,denominator,value";
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                let count = imports.load(Ordering::Relaxed) + 1;
                let rows = format!("{header}\n07798,2024-Q2,edocs_issued,actual,,,{count}\n07792,2024-Q2,edocs_issued,actual,,,{count}\n");
                app.import("town_officer", rows.as_bytes()).unwrap();
                imports.store(count, Ordering::Relaxed);
            }
        });
        while imports.load(Ordering::Relaxed) < 2 {
            std::thread::yield_now();
        }
        back_up(&app, &file);
        let when_taken = imports.load(Ordering::Relaxed);
        // Something was written after it, too, which must not be half in it.
        while imports.load(Ordering::Relaxed) < when_taken + 2 {
            std::thread::yield_now();
        }
        enough.store(true, Ordering::Relaxed);
    });

    let restored = restore(&file);
    let told = done(&danbiet(&restored, &["check"]).output().unwrap());
    assert!(told.contains("migrated: true"), "{told}");
    assert!(told.contains("aggregates recomputed, 0 faults") && told.contains(" 0 breaks"), "{told}");
    let line = |text: &str| text.lines().find(|line| line.starts_with("epoch ")).unwrap().to_owned();
    let (before, all) = (line(&told), line(&done(&danbiet(&app.database, &["check"]).output().unwrap())));
    assert_ne!(before, all, "what was written after the backup is not in it");
    // A restored database is another line of revisions, for what clients remember may be of later than it has.
    done(&danbiet(&restored, &["epoch", "new"]).output().unwrap());
    let after = line(&done(&danbiet(&restored, &["check"]).output().unwrap()));
    assert_ne!(before, after);
    assert_eq!(before.split(' ').next_back(), after.split(' ').next_back(), "the revision goes on");
}

#[actix_web::test]
async fn what_is_wrong_is_found_and_named() {
    let figure = "(SELECT min(id) FROM observations WHERE until_revision IS NULL AND nature = 0)";
    let document = "UPDATE report_versions SET document = replace(document, '\"value\":\"58\"', '\"value\":\"57\"')";
    for (tampered, named) in [
        (format!("UPDATE observations SET mantissa = mantissa + 1 WHERE id = {figure}"), "is published as"),
        (format!("UPDATE observations SET contested = NOT contested WHERE id = {figure}"), "contested"),
        (format!("UPDATE observations SET until_revision = 99 WHERE id = {figure}"), "in its report and not published"),
        (document.to_owned(), "and its report states 57"),
        ("UPDATE report_versions SET until_revision = 99".to_owned(), "is published and in no report"),
        ("DELETE FROM revisions WHERE revision = 1".to_owned(), "revisions 1 to 1 are missing"),
        ("UPDATE head SET revision = revision + 1".to_owned(), "the last revision is 2"),
    ] {
        let app = TestApp::real().await;
        let before = verify(&app.app.store).unwrap();
        assert_eq!(before.faults, Vec::<String>::new());
        assert!(
            before.revisions == 2 && before.reports == 1 && before.figures > 40 && before.aggregates > 50,
            "{before:?}"
        );
        app.execute(&tampered).unwrap();
        let after = verify(&app.app.store).unwrap();
        assert!(after.faults.iter().any(|fault| fault.contains(named)), "{tampered}: {:#?}", after.faults);
        let output = danbiet(&app.database, &["check"]).output().unwrap();
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains(named), "{tampered}");
    }
}

#[actix_web::test]
async fn what_towns_add_up_to_is_recomputed() {
    let app = TestApp::demo().await;
    let before = verify(&app.app.store).unwrap();
    assert_eq!(before.faults, Vec::<String>::new());
    assert!(before.reports > 100 && before.aggregates > 1_000, "{before:?}");
    let indicator = "(SELECT number FROM indicators WHERE code = 'households_total')";
    app.execute(&format!("UPDATE observations SET mantissa = mantissa + 1000 WHERE indicator = {indicator}")).unwrap();
    let after = verify(&app.app.store).unwrap();
    let sums = after.faults.iter().filter(|fault| fault.contains("households_total adds up to"));
    assert!(sums.count() > 0, "{:#?}", after.faults);
}

#[test]
fn a_database_of_an_earlier_version_is_not_checked_further() {
    let database = Database::new();
    done(&danbiet(&database, &["migrate"]).output().unwrap());
    let newest = "(SELECT max(version) FROM __diesel_schema_migrations)";
    let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version = {newest}");
    database.connect().batch_execute(&forget).unwrap();
    let output = danbiet(&database, &["check"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("danbiet migrate applies them"), "{told}");
}
