//! A consumer that reads the feed in small pages, from two replicas, while others publish, holds what is published.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use danbiet::db::Store as Db;
use danbiet::service::import::{Format, Mode, import_as};
use danbiet::service::published;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::changes::{HEADER, Store, observations};
use crate::support::TestApp;

const WARDS: [&str; 4] = ["07792", "07783", "07798", "07777"];
const QUARTERS: [&str; 3] = ["2024-Q1", "2024-Q2", "2024-Q3"];
const INDICATORS: [&str; 4] =
    ["edocs_issued", "broadcast_news_items", "dialogue_conferences", "directive_documents_issued"];
const PUBLISHERS: u64 = 3;
const IMPORTS: usize = 14;

/// Rows for some reports; the values are few, so that much of what is published again says the same.
fn rows(rng: &mut ChaCha8Rng) -> String {
    let mut rows = BTreeSet::new();
    for _ in 0..rng.random_range(1..8) {
        let ward = WARDS[rng.random_range(0..WARDS.len())];
        let quarter = QUARTERS[rng.random_range(0..QUARTERS.len())];
        rows.insert((ward, quarter, INDICATORS[rng.random_range(0..INDICATORS.len())]));
    }
    let line = |(ward, quarter, indicator): (&str, &str, &str)| {
        format!("{ward},{quarter},{indicator},actual,,,{}\n", rng.random_range(1..4))
    };
    rows.into_iter().map(line).collect()
}

/// Publishes as the command does, in a process of its own as far as the database can tell.
fn publish(app: &TestApp, seed: u64, running: &Arc<AtomicUsize>) -> std::thread::JoinHandle<()> {
    let (database, clock, running) = (Arc::clone(&app.database), app.clock.clone(), Arc::clone(running));
    running.fetch_add(1, Ordering::SeqCst);
    std::thread::spawn(move || {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let store = Db::new(database.target(), false, 1);
        let snapshots = published(&store, &clock, 0).unwrap();
        for _ in 0..IMPORTS {
            let file = format!("{HEADER}{}", rows(&mut rng));
            let file = (Format::Csv, file.as_bytes());
            let report = import_as(&store, &snapshots, &clock, "town_officer", Mode::Commit, file).unwrap();
            assert!(report.refusal().is_none());
        }
        running.fetch_sub(1, Ordering::SeqCst);
    })
}

/// Takes some report back, if one is there to take back and nobody else was faster.
async fn retract(app: &TestApp, town: &str, rng: &mut ChaCha8Rng) -> bool {
    app.app.follow().await.unwrap();
    let (ward, quarter) = (WARDS[rng.random_range(0..WARDS.len())], QUARTERS[rng.random_range(0..QUARTERS.len())]);
    let path = format!("/api/v1/wards/{ward}/reports/{quarter}");
    let read = app.get_as(town, &path).await;
    if read.status != 200 {
        return false;
    }
    let tag = read.header("etag").to_owned();
    let body = json!({"to": "retracted", "comment": "Số liệu sai."});
    let answer = app.write(town, "POST", &format!("{path}/transitions"), Some(&tag), Some(body)).await;
    assert!([200, 404, 409, 412].contains(&answer.status), "{}", String::from_utf8_lossy(&answer.body));
    answer.status == 200
}

#[actix_web::test]
async fn whoever_reads_along_while_others_publish_holds_what_is_published() {
    let first = TestApp::empty().await;
    let second = first.another();
    let town = first.token_of("town_officer");
    let mut rng = ChaCha8Rng::seed_from_u64(20_240_314);
    let running = Arc::new(AtomicUsize::new(0));
    let publishers: Vec<_> = (0..PUBLISHERS).map(|seed| publish(&first, seed, &running)).collect();

    let (mut store, mut after, mut through, mut retracted) = (Store::default(), "0".to_owned(), 0, 0);
    let (mut told, mut compared, mut withdrawn, mut split) = (BTreeSet::new(), 0, 0, 0);
    loop {
        let over = running.load(Ordering::SeqCst) == 0;
        if !over && rng.random_bool(0.3) {
            retracted += usize::from(retract(&first, &town, &mut rng).await);
        }
        let replica = if rng.random_bool(0.5) { &first } else { &second };
        if over || rng.random_bool(0.5) {
            replica.app.follow().await.unwrap();
        }
        let limit = rng.random_range(1..12);
        let answer = replica.get_as(&town, &format!("/api/v1/changes?after={after}&limit={limit}")).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let page = answer.json();
        for change in page["items"].as_array().unwrap() {
            store.apply(change);
            assert!(told.insert(change["cursor"].to_string()), "told twice: {change}");
            assert!(change["revision"].as_i64().unwrap() > through, "a revision that was whole goes on: {change}");
            withdrawn += usize::from(change["type"] == "observation" && change["change"] == "withdrawn");
        }
        page["nextCursor"].as_str().unwrap().clone_into(&mut after);
        through = page["through"].as_i64().unwrap();
        split += usize::from(page["complete"] == false);
        if page["complete"] == true && (over || rng.random_bool(0.4)) {
            assert_eq!(store.observations(), observations(replica, &town, through).await, "through {through}");
            compared += 1;
        }
        // The replica that answered may not know of the last revision yet, where it was not asked to follow.
        if over && page["hasMore"] == false {
            break;
        }
    }
    for publisher in publishers {
        publisher.join().unwrap();
    }
    first.app.follow().await.unwrap();
    let now = first.get_as(&town, "/api/v1/observations?limit=200").await.json();
    assert_eq!(Value::from(through), now["revision"], "it has everything");
    let mut figures: Vec<_> = now["items"].as_array().unwrap().iter().map(Value::to_string).collect();
    figures.sort();
    assert_eq!(store.observations(), figures);
    assert!(compared > 5 && split > 5 && withdrawn > 0 && retracted > 0, "{compared} {split} {withdrawn} {retracted}");
}
