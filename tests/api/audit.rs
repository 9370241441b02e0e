//! The audit trail: nobody changes it, nobody forks it, and what was done to it shows.

use danbiet::db::audit::{Breach, Entry, append, verify};
use danbiet::domain::quarter::Quarter;
use danbiet::service::audit;
use diesel::RunQueryDsl as _;

use crate::support::TestApp;

/// An entry of a report, or of the service.
fn entry(report: Option<(usize, Quarter)>, after: &str) -> Entry<'_> {
    let at = "2026-11-20T05:00:00".parse().unwrap();
    let subject = if report.is_some() { "report" } else { "account" };
    Entry { at, role: "service", action: "test", subject, report, after: Some(after), ..Entry::default() }
}

/// Takes the guard away, as only somebody with the database's own password can.
fn unguard(app: &TestApp) {
    let sqlite = "DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_remain";
    let postgres =
        "DROP TRIGGER audit_entries_stay ON audit_entries; DROP TRIGGER audit_entries_remain ON audit_entries";
    let statement = if app.is_postgres() { postgres } else { sqlite };
    app.execute(statement).unwrap();
}

#[derive(diesel::QueryableByName)]
struct Id {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
}

fn ids(app: &TestApp, query: &'static str) -> Vec<i64> {
    let rows: Vec<Id> = diesel::sql_query(query).load(&mut app.connect()).unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

#[actix_web::test]
async fn the_database_itself_refuses_to_change_an_entry() {
    let app = TestApp::real().await;
    for statement in [
        "UPDATE audit_entries SET reason = 'another'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE id = 1",
    ] {
        let refused = app.execute(statement).unwrap_err();
        assert!(refused.contains("audit entries are never"), "{statement}: {refused}");
    }
    if app.is_postgres() {
        assert!(app.execute("TRUNCATE audit_entries").unwrap_err().contains("audit entries are never"));
    }
    let (found, sentences) = audit::verify(&app.app.store).unwrap();
    assert_eq!((found.entries, found.chains, sentences), (1, 1, Vec::<String>::new()));
}

#[actix_web::test]
async fn what_was_done_to_an_entry_is_named() {
    let app = TestApp::real().await;
    let quarter: Quarter = "2024-Q1".parse().unwrap();
    for (report, after) in [
        (Some((0, quarter)), "one"),
        (Some((0, quarter)), "two"),
        (None, "of the service"),
        (Some((0, quarter)), "three"),
        (None, "of the service again"),
    ] {
        app.transact(|conn| append(conn, &entry(report, after))).unwrap();
    }
    let (found, _) = audit::verify(&app.app.store).unwrap();
    assert_eq!((found.entries, found.chains, found.broken.len()), (6, 3, 0));
    unguard(&app);
    let written = ids(&app, "SELECT id FROM audit_entries ORDER BY id");

    app.execute("UPDATE audit_entries SET after_state = 'another' WHERE after_state = 'two'").unwrap();
    let (found, sentences) = audit::verify(&app.app.store).unwrap();
    assert_eq!(found.broken.iter().map(|it| (it.id, it.breach)).collect::<Vec<_>>(), [(written[2], Breach::Altered)]);
    assert!(sentences[0].contains(&format!("audit entry {}", written[2])), "{sentences:?}");
    assert!(sentences[0].contains("2024-Q1") && sentences[0].contains("altered"), "{sentences:?}");
    app.execute("UPDATE audit_entries SET after_state = 'two' WHERE after_state = 'another'").unwrap();
    assert_eq!(verify(&mut app.connect()).unwrap().broken, []);

    app.execute("DELETE FROM audit_entries WHERE after_state = 'two'").unwrap();
    let (found, _) = audit::verify(&app.app.store).unwrap();
    assert_eq!(found.broken.iter().map(|it| (it.id, it.breach)).collect::<Vec<_>>(), [(written[4], Breach::Unlinked)]);

    app.execute("DELETE FROM audit_entries WHERE after_state = 'of the service'").unwrap();
    let (found, sentences) = audit::verify(&app.app.store).unwrap();
    let broken: Vec<_> = found.broken.iter().map(|it| (it.id, it.breach)).collect();
    assert_eq!(broken, [(written[4], Breach::Unlinked), (written[5], Breach::Unlinked)]);
    assert!(sentences[1].contains("of the service"), "{sentences:?}");
}

#[actix_web::test]
async fn writers_at_once_make_one_chain_each() {
    let app = TestApp::real().await;
    let quarter: Quarter = "2024-Q1".parse().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let app = &app;
            scope.spawn(move || {
                for turn in 0..10 {
                    let report = (turn % 2 == 0).then_some((1, quarter));
                    let after = format!("{writer} {turn}");
                    app.transact(|conn| append(conn, &entry(report, &after))).unwrap();
                }
            });
        }
    });
    let found = verify(&mut app.connect()).unwrap();
    assert_eq!((found.entries, found.chains, found.broken), (41, 3, vec![]));
}

#[actix_web::test]
async fn a_second_entry_behind_the_same_one_is_refused() {
    let app = TestApp::real().await;
    for after in ["one", "two"] {
        app.transact(|conn| append(conn, &entry(None, after))).unwrap();
    }
    let fork = "INSERT INTO audit_entries (at, role, action, subject, previous_hash, hash) \
        SELECT at, role, action, 'fork', previous_hash, 'fork' FROM audit_entries WHERE after_state = 'two'";
    let refused = app.execute(fork).unwrap_err();
    assert!(refused.to_lowercase().contains("unique"), "{refused}");
    let first = "INSERT INTO audit_entries (at, role, action, subject, hash) \
        SELECT at, role, action, 'a second first', 'fork' FROM audit_entries WHERE after_state = 'one'";
    assert!(app.execute(first).unwrap_err().to_lowercase().contains("unique"));
}

#[actix_web::test]
async fn the_command_names_the_broken_entry_and_fails() {
    let app = TestApp::real().await;
    let check = || {
        let command = std::process::Command::new(env!("CARGO_BIN_EXE_danbiet"))
            .args(["check", "--database-url", &app.database_url()])
            .env_clear()
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (command.status.success(), text(command.stdout), text(command.stderr))
    };
    let (passed, told, error) = check();
    assert!(passed && told.contains("audit trail: 1 entries in 1 chains, 0 breaks"), "{told}{error}");
    unguard(&app);
    app.execute("UPDATE audit_entries SET role = 'somebody'").unwrap();
    let (passed, _, error) = check();
    assert!(!passed && error.contains("(of 07792-1, 2024-Q1)") && error.contains("altered"), "{error}");
}
