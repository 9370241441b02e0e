//! Several processes over one database.

use danbiet::db::Store;
use serde_json::json;

use crate::support::{Database, TestApp};

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

#[test]
fn four_replicas_may_migrate_at_once() {
    let database = Database::new();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let store = Store::new(database.target(), true, 2);
            std::thread::spawn(move || store.migrate())
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert!(Store::new(database.target(), false, 1).is_migrated().unwrap());
}

#[actix_web::test]
async fn while_the_database_is_away_published_figures_are_still_read() {
    let app = TestApp::real().await;
    if let danbiet::db::pool::Target::Sqlite(path) =
        danbiet::db::pool::Target::parse("sqlite:/nonexistent/danbiet.db").unwrap()
    {
        let store = Store::new(danbiet::db::pool::Target::Sqlite(path), false, 1);
        let error = store.read_blocking(danbiet::db::head::current_head).unwrap_err();
        assert_eq!((error.code().status(), error.retry_after().is_some()), (503, true));
    }
    let token = app.token("viewer").await;
    assert_eq!(app.get_as(&token, "/api/v1/areas").await.status, 200);
}
