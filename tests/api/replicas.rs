//! Several processes over one database.

use std::sync::Barrier;
use std::time::Duration;

use danbiet::clock::Clock;
use danbiet::db::pool::Target;
use danbiet::db::{Conn, Store};
use danbiet::domain::policy::{Action, Caller, Role};
use danbiet::service::App;
use diesel::RunQueryDsl as _;
use serde_json::json;

use crate::support::{Database, TestApp, now};

#[actix_web::test]
async fn another_replica_answers_with_the_same_bytes_and_sees_what_is_published() {
    let first = TestApp::demo().await;
    let second = first.another();
    let token = first.token("viewer").await;
    let path = "/api/v1/aggregates?area=222&indicator=online_submission_rate,satisfaction_rate&from=2023-Q1&to=2024-Q4";
    let (left, right) = (first.get_as(&token, path).await, second.get_as(&token, path).await);
    assert_eq!(left.body, right.body);
    assert_eq!(left.header("etag"), right.header("etag"));
    let file = "ward,quarter,indicator,nature,numerator,denominator,value\n07792,2024-Q2,edocs_issued,actual,,,3\n";
    let report = first.import("town_officer", file.as_bytes()).unwrap();
    let demanded = format!("{path}&minRevision={}", report.revision);
    let answer = second.get_as(&token, &demanded).await;
    assert_eq!(answer.json()["revision"], json!(report.revision), "asked for a newer revision, it fetches it");
}

#[actix_web::test]
async fn guessing_at_once_at_several_replicas_has_one_burst() {
    let first = TestApp::real().await;
    let second = first.another();
    let replicas = [&first, &second];
    let guesses = (0..12).flat_map(|_| replicas).map(|replica| async move {
        let guess = json!({"username": "viewer", "password": "wrong"});
        replica.post("/api/v1/sessions", guess).await.status
    });
    let statuses = futures_util::future::join_all(guesses).await;
    let of = |status: u16| statuses.iter().filter(|given| **given == status).count();
    assert_eq!((of(401), of(429)), (10, 14), "{statuses:?}");
}

/// One row of a count.
#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn count(conn: &mut Conn, of: &str) -> i64 {
    let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {of}"));
    let rows: Vec<Count> = match conn {
        Conn::Sqlite(conn) => query.load(conn),
        Conn::Postgres(conn) => query.load(conn),
    }
    .unwrap();
    rows[0].count
}

#[test]
fn four_replicas_may_start_at_once() {
    let database = Database::new();
    let together = Barrier::new(4);
    let apps: Vec<App> = std::thread::scope(|scope| {
        let start = || {
            together.wait();
            TestApp::replica(&database, Clock::fixed(now()))
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(Store::new(database.target(), false, 1).is_migrated().unwrap());
    // Areas, calendar and catalogue were applied once, as the first revision, and one signing key was made.
    let mut conn = database.connect();
    assert_eq!((count(&mut conn, "revisions"), count(&mut conn, "signing_keys")), (1, 1));
    let viewer = Caller { role: Role::Viewer, ..Caller::public() };
    let states = apps.iter().map(|app| {
        let snapshot = app.snapshots.read(&viewer, Action::FiguresRead).unwrap();
        (snapshot.epoch.clone(), snapshot.revision, app.authenticator.jwks())
    });
    let states: Vec<_> = states.collect();
    assert_eq!(states[0].1, 1);
    assert!(states.iter().all(|state| *state == states[0]), "{states:?}");
}

#[actix_web::test]
async fn while_the_database_is_away_published_figures_are_still_read() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let path = "/api/v1/aggregates?area=07792&indicator=online_submission_rate&quarter=2024-Q1";
    assert_eq!(app.get("/health/ready").await.status, 200);
    let before = app.get_as(&token, path).await;

    app.database.take_away();
    assert!(app.app.follow().await.is_err());
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status, &ready.json()["checks"]["database"]), (503, &json!("unreachable")));
    assert_eq!(app.get("/health/live").await.status, 200);
    for (path, status) in [(path, 200), ("/api/v1/areas", 200), ("/api/v1/observations?quarter=2024-Q1", 200)] {
        assert_eq!(app.get_as(&token, path).await.status, status, "{path}");
    }
    assert_eq!(app.get_as(&token, path).await.body, before.body);
    let document = app.get_as(&token, "/api/v1/wards/07792/reports/2024-Q1").await;
    assert_eq!(document.refusal(), "503 unavailable", "documents are read by key");
    assert!(!document.header("retry-after").is_empty());

    app.database.bring_back();
    let mut statuses = Vec::new();
    while statuses.last() != Some(&200) && statuses.len() < 20 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let _ = app.app.follow().await;
        statuses.push(app.get("/health/ready").await.status);
    }
    assert_eq!(statuses.last(), Some(&200), "{statuses:?}");
    assert_eq!(app.get_as(&token, "/api/v1/wards/07792/reports/2024-Q1").await.status, 200);
}

#[actix_web::test]
async fn a_database_file_that_is_gone_is_not_made_anew() {
    let app = TestApp::real().await;
    if let Target::Sqlite(path) = app.database.target() {
        app.database.take_away();
        assert!(app.app.follow().await.is_err());
        assert!(!path.exists(), "an empty database would hide that the real one is gone");
    }
}

#[actix_web::test]
async fn a_report_too_is_asked_for_at_a_revision() {
    let first = TestApp::real().await;
    let second = first.another();
    let token = first.token("viewer").await;
    let file = "ward,quarter,indicator,nature,numerator,denominator,value\n07798,2024-Q2,edocs_issued,actual,,,3\n";
    let revision = first.import("town_officer", file.as_bytes()).unwrap().revision;
    let path = "/api/v1/wards/07798/reports/2024-Q2";
    assert_eq!(second.get_as(&token, path).await.refusal(), "404 reportNotFound", "it has not looked yet");
    let answer = second.get_as(&token, &format!("{path}?minRevision={revision}")).await;
    assert_eq!((answer.status, &answer.json()["revision"]), (200, &json!(revision)));
    assert_eq!(second.get_as(&token, &format!("{path}?minRevision=99999")).await.refusal(), "503 unavailable");
    assert_eq!(second.get_as(&token, &format!("{path}?minRevision=x")).await.refusal(), "400 invalidParameter");
}
