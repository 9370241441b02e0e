//! The change feed: complete, in order, resumable anywhere, in pages and as a stream.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::Service as _;
use actix_web::test::{TestRequest, init_service};
use chrono::TimeDelta;
use danbiet::db::Conn;
use danbiet::http::{Shared, application};
use diesel::RunQueryDsl as _;
use serde_json::{Value, json};

use crate::support::TestApp;

pub const HEADER: &str = "ward,quarter,indicator,nature,numerator,denominator,value\n";

/// What a consumer holds: whatever is set, by its kind and key.
#[derive(Default, Debug, Clone, PartialEq)]
pub struct Store(pub BTreeMap<String, Value>);

impl Store {
    pub fn apply(&mut self, change: &Value) {
        let mut key = change["key"].clone();
        if let Some(area) = key.get_mut("area") {
            *area = area["id"].take();
        }
        let kind = change["type"].as_str().unwrap();
        let name = format!("{kind} {key}");
        match change["change"].as_str().unwrap() {
            "set" => drop(self.0.insert(name, change[kind].clone())),
            "withdrawn" => assert!(self.0.remove(&name).is_some(), "nothing to withdraw: {change}"),
            other => panic!("{other}"),
        }
    }

    /// The figures, as texts in an order of their own.
    pub fn observations(&self) -> Vec<String> {
        let of = |(name, value): (&String, &Value)| name.starts_with("observation ").then(|| value.to_string());
        let mut found: Vec<_> = self.0.iter().filter_map(of).collect();
        found.sort();
        found
    }
}

/// Every figure that is published as of a revision.
pub async fn observations(app: &TestApp, token: &str, as_of: i64) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = app.get_as(token, &format!("/api/v1/observations?limit=200&asOf={as_of}{cursor}")).await.json();
        found.extend(answer["items"].as_array().unwrap().iter().map(Value::to_string));
        let Some(next) = answer["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    found.sort();
    found
}

async fn page(app: &TestApp, token: &str, query: &str) -> Value {
    let answer = app.get_as(token, &format!("/api/v1/changes?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

/// Everything behind a cursor, in pages of that length.
async fn all(app: &TestApp, token: &str, after: &str, limit: usize, filter: &str) -> (Vec<Value>, String) {
    let (mut found, mut after) = (Vec::new(), after.to_owned());
    loop {
        let page = page(app, token, &format!("after={after}&limit={limit}{filter}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        let through = page["through"].as_i64();
        let whole = items.iter().all(|item| item["revision"].as_i64() <= through);
        assert!(page["complete"] == whole || !filter.is_empty(), "a page that ends inside a revision says so: {page}");
        found.extend(items.clone());
        page["nextCursor"].as_str().unwrap().clone_into(&mut after);
        if page["hasMore"] == false {
            assert_eq!((&page["complete"], &page["through"]), (&json!(true), &page["revision"]));
            return (found, after);
        }
    }
}

async fn set(app: &TestApp, town: &str, path: &str, query: &str, body: Value) {
    let tag = app.get_as(town, &format!("{path}?{query}")).await.header("etag").to_owned();
    let answer = app.put_as(town, path, Some(&tag), body).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

pub fn import(app: &TestApp, rows: &str) -> i64 {
    app.import("town_officer", format!("{HEADER}{rows}").as_bytes()).unwrap().revision
}

async fn retract(app: &TestApp, town: &str, path: &str) {
    let tag = app.get_as(town, path).await.header("etag").to_owned();
    let body = json!({"to": "retracted", "comment": "Số liệu sai."});
    let answer = app.write(town, "POST", &format!("{path}/transitions"), Some(&tag), Some(body)).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

/// A year in the life of a town: figures set, changed and withdrawn, targets, deadlines and locks.
async fn live(app: &TestApp, town: &str) {
    let poverty =
        |value: Value| json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": value});
    let one = "area=222&indicator=poverty_rate&year=2024";
    import(app, "07798,2024-Q2,edocs_issued,actual,,,3\n07798,2024-Q2,dossiers_carried_over,actual,,,5\n");
    set(app, town, "/api/v1/targets", one, poverty(json!(0.5))).await;
    import(app, "07798,2024-Q2,edocs_issued,actual,,,4\n");
    set(app, town, "/api/v1/targets", one, poverty(json!(0.4))).await;
    let longer = |due: Value| json!({"area": "07792", "quarter": "2024-Q1", "dueOn": due, "reason": "a flood"});
    set(app, town, "/api/v1/deadlines", "area=07792&quarter=2024-Q1", longer(json!("2024-06-03"))).await;
    set(app, town, "/api/v1/deadlines", "area=07792&quarter=2024-Q1", longer(json!("2024-06-04"))).await;
    retract(app, town, "/api/v1/wards/07798/reports/2024-Q2").await;
    set(app, town, "/api/v1/targets", one, poverty(Value::Null)).await;
    set(app, town, "/api/v1/deadlines", "area=07792&quarter=2024-Q1", longer(Value::Null)).await;
    let lock = |locked: bool| json!({"area": "222", "quarter": "2024-Q1", "locked": locked, "reason": "closed"});
    set(app, town, "/api/v1/locks", "area=222&quarter=2024-Q1", lock(true)).await;
    set(app, town, "/api/v1/locks", "area=222&quarter=2024-Q1", lock(false)).await;
    app.app.follow().await.unwrap();
}

#[actix_web::test]
async fn whoever_applies_the_feed_holds_what_is_published_at_every_revision() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    live(&app, &town).await;
    let (changes, end) = all(&app, &town, "0", 1_000, "").await;
    // Wherever pages end, they are the same changes.
    for limit in [1, 2, 7, 60] {
        assert_eq!(all(&app, &town, "0", limit, "").await, (changes.clone(), end.clone()), "in pages of {limit}");
    }
    let cursors: Vec<_> = changes.iter().map(|change| change["cursor"].as_str().unwrap()).collect();
    for (at, cursor) in cursors.iter().enumerate() {
        let rest = page(&app, &town, &format!("after={cursor}&limit=1000")).await;
        assert_eq!(rest["items"].as_array().unwrap()[..], changes[at + 1..], "behind {cursor}");
    }
    let (mut store, mut revision) = (Store::default(), 0);
    for change in &changes {
        let next = change["revision"].as_i64().unwrap();
        if next != revision {
            assert_eq!(next, revision + 1, "no revision is left out");
            if revision > 0 {
                assert_eq!(store.observations(), observations(&app, &town, revision).await, "at {revision}");
            }
            revision = next;
        }
        store.apply(change);
    }
    assert_eq!(store.observations(), observations(&app, &town, revision).await);
    let told = |kind: &str, change: &str| {
        let of = |item: &&Value| item["type"] == kind && item["change"] == change;
        changes.iter().filter(of).count()
    };
    assert_eq!(told("catalogue", "set"), 1);
    assert_eq!((told("report", "set"), told("report", "withdrawn")), (3, 1));
    assert_eq!((told("target", "set"), told("target", "withdrawn")), (2, 1));
    assert_eq!((told("deadline", "set"), told("deadline", "withdrawn")), (2, 1));
    assert_eq!((told("lock", "set"), told("lock", "withdrawn")), (1, 1));
    assert_eq!(told("observation", "withdrawn"), 2, "those of the report that was retracted");
    assert!(store.0.keys().all(|name| !name.starts_with("target") && !name.starts_with("lock")));
    let withdrawn = changes.iter().find(|change| change["type"] == "observation" && change["change"] == "withdrawn");
    let withdrawn = withdrawn.unwrap();
    assert!(withdrawn.get("observation").is_none());
    assert_eq!((&withdrawn["key"]["area"]["id"], &withdrawn["key"]["quarter"]), (&json!("07798-1"), &json!("2024-Q2")));
    assert_eq!(withdrawn["publishedAt"], "2026-11-20T05:00:00Z");
}

#[actix_web::test]
async fn a_filter_thins_the_feed_out_and_its_cursors_are_the_same() {
    let app = TestApp::demo().await;
    let town = app.token_of("town_officer");
    live(&app, &town).await;
    let (changes, end) = all(&app, &town, "0", 1_000, "").await;
    for (filter, member, named) in [
        ("&ward=07798&quarter=2024-Q2", "/key/area/id", "07798-1"),
        ("&ward=07792", "/key/area/id", "07792-1"),
        ("&quarter=2024-Q1", "/key/quarter", "2024-Q1"),
        ("&indicator=poverty_rate", "/key/indicator", "poverty_rate"),
    ] {
        let (found, stood) = all(&app, &town, "0", 300, filter).await;
        assert_eq!(stood, end, "{filter}");
        let passes = |change: &&Value| change.pointer(member).is_none_or(|value| value == named);
        let quarter = |change: &&Value| {
            !filter.contains("2024-Q2") || change.pointer("/key/quarter").is_none_or(|value| value == "2024-Q2")
        };
        let expected: Vec<_> = changes.iter().filter(passes).filter(quarter).cloned().collect();
        assert!(expected.len() < changes.len() && expected.iter().any(|change| change["type"] == "observation"));
        assert_eq!(found, expected, "{filter}");
    }
}

#[actix_web::test]
async fn cursors_that_this_line_of_revisions_does_not_have_are_refused() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let (_, end) = all(&app, &town, "0", 200, "").await;
    let (epoch, revision) = end.split_once('.').unwrap();
    let next = revision.parse::<i64>().unwrap() + 1;
    for (query, refusal) in [
        (format!("after=zzzz.{revision}"), "410 resyncRequired"),
        (format!("after={epoch}.{next}"), "410 resyncRequired"),
        (format!("after={next}"), "410 resyncRequired"),
        ("after=x".to_owned(), "400 invalidCursor"),
        (format!("after={epoch}.1.11.1"), "400 invalidCursor"),
        ("after=".to_owned(), "400 invalidParameter"),
        ("limit=0".to_owned(), "400 invalidLimit"),
        ("limit=1001".to_owned(), "400 invalidLimit"),
        ("asOf=1".to_owned(), "400 unknownParameter"),
        ("colour=red".to_owned(), "400 unknownParameter"),
        ("ward=99999".to_owned(), "404 areaNotFound"),
        ("indicator=nothing".to_owned(), "404 indicatorNotFound"),
        ("quarter=2024".to_owned(), "400 invalidQuarter"),
        (format!("minRevision={next}"), "503 unavailable"),
    ] {
        for accept in ["application/json", "text/event-stream"] {
            if accept != "application/json" && query.starts_with("limit") {
                continue;
            }
            let request = TestRequest::get().uri(&format!("/api/v1/changes?{query}")).insert_header(("Accept", accept));
            let answer = app.send(request.insert_header(("Authorization", format!("Bearer {town}")))).await;
            assert_eq!(answer.refusal(), refusal, "{query} as {accept}");
        }
    }
    // A restore begins another epoch, and whoever was here before is told.
    app.transact(danbiet::db::head::new_epoch).unwrap();
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(&town, &format!("/api/v1/changes?after={end}")).await.refusal(), "410 resyncRequired");
    assert_eq!(app.get_as(&town, "/api/v1/changes?after=0").await.status, 200);
}

#[actix_web::test]
async fn who_has_the_answer_is_not_sent_it_again_and_the_next_page_is_linked() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let first = app.get_as(&town, "/api/v1/changes?limit=5").await;
    let next = first.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    assert!(next.starts_with("/api/v1/changes?") && next.contains("after=") && next.contains("limit=5"), "{next}");
    assert_eq!(app.get_as(&town, &next).await.json()["items"].as_array().unwrap().len(), 5);
    let (_, end) = all(&app, &town, "0", 200, "").await;
    let path = format!("/api/v1/changes?after={end}");
    let last = app.get_as(&town, &path).await;
    assert_eq!((last.header("link"), &last.json()["nextCursor"]), ("", &json!(end)));
    let again = |etag: String| {
        let request = TestRequest::get().uri(&path).insert_header(("If-None-Match", etag));
        app.send(request.insert_header(("Authorization", format!("Bearer {town}"))))
    };
    assert_eq!(again(last.header("etag").to_owned()).await.status, 304);
    import(&app, "07798,2024-Q2,edocs_issued,actual,,,3\n");
    app.app.follow().await.unwrap();
    let changed = again(last.header("etag").to_owned()).await;
    assert_eq!((changed.status, changed.json()["items"].as_array().unwrap().len()), (200, 2));
}

/// One row of a query plan.
#[derive(diesel::QueryableByName)]
struct Plan {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// Every statement of the feed searches an index by the revision: what lies before the cursor costs nothing.
#[test]
fn the_feed_is_read_from_indexes() {
    let database = crate::support::Database::new();
    drop(TestApp::replica(&database, danbiet::clock::Clock::fixed(crate::support::now())));
    let mut conn = database.connect();
    for (table, column, narrowed, index) in [
        ("observations", "from_revision", "", "observations_begun"),
        ("observations", "until_revision", "AND withdrawn", "observations_withdrawn"),
        ("report_versions", "from_revision", "", "report_versions_begun"),
        ("report_versions", "until_revision", "AND status = 'retracted'", "report_versions_retracted"),
        ("targets", "from_revision", "", "targets_begun"),
        ("targets", "until_revision", "", "targets_ended"),
        ("area_deadlines", "from_revision", "", "area_deadlines_begun"),
        ("area_deadlines", "until_revision", "", "area_deadlines_ended"),
        ("area_locks", "from_revision", "", "area_locks_begun"),
        ("area_locks", "until_revision", "", "area_locks_ended"),
    ] {
        for place in [format!("{column} > 5 AND {column} <= 9"), format!("{column} = 5 AND id > 7")] {
            let statement = format!("SELECT * FROM {table} WHERE {place} {narrowed} ORDER BY {column}, id LIMIT 10");
            let plan: Vec<Plan> = match &mut conn {
                Conn::Sqlite(conn) => diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(conn).unwrap(),
                Conn::Postgres(conn) => {
                    // An empty table is read whole whatever its indexes, unless that is forbidden.
                    diesel::sql_query("SET enable_seqscan = off").execute(conn).unwrap();
                    diesel::sql_query("SET enable_bitmapscan = off").execute(conn).unwrap();
                    explain(conn, &statement)
                }
            };
            let plan = plan.into_iter().map(|row| row.detail).collect::<Vec<_>>().join("\n");
            // Within a revision SQLite may find those that ended by the other index of the same column.
            let found = plan.contains(index) || (place.contains("id >") && plan.contains("report_versions_by_until"));
            assert!(found, "{statement}: {plan}");
            assert!(
                !plan.contains("SCAN ") && !plan.contains("TEMP B-TREE") && !plan.contains("Sort"),
                "{statement}: {plan}"
            );
        }
    }
}

fn explain(conn: &mut diesel::PgConnection, statement: &str) -> Vec<Plan> {
    // EXPLAIN names its column with a space, which no struct can.
    let function = "CREATE OR REPLACE FUNCTION pg_temp.plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS \
        $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN ' || statement; END $$";
    diesel::sql_query(function).execute(conn).unwrap();
    let quoted = statement.replace('\'', "''");
    diesel::sql_query(format!("SELECT plan AS detail FROM pg_temp.plan('{quoted}') AS plan")).load(conn).unwrap()
}

/// A stream that is read a chunk at a time.
struct Stream<B>(Pin<Box<B>>);

impl<B: MessageBody> Stream<B> {
    /// The next chunk; nothing at the end. Waiting for one that never comes is the only way to fail slowly.
    async fn next(&mut self) -> Option<String> {
        let chunk = std::future::poll_fn(|context| self.0.as_mut().poll_next(context));
        let chunk = tokio::time::timeout(Duration::from_secs(20), chunk).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("the stream says nothing"));
        chunk.map(|chunk| String::from_utf8(chunk.unwrap_or_else(|_| panic!("a broken stream")).to_vec()).unwrap())
    }

    /// Events until a revision is whole: names, ids and data.
    async fn revision(&mut self, wanted: i64) -> Vec<(String, String, Value)> {
        let mut found = Vec::new();
        loop {
            let chunk = self.next().await.unwrap_or_else(|| panic!("the stream has ended"));
            for event in chunk.split("\n\n").filter(|event| event.starts_with("id: ")) {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
                let (name, id) = (field("event: "), field("id: "));
                let data: Value = serde_json::from_str(&field("data: ")).unwrap();
                let last = name == "revision" && data["revision"] == wanted;
                found.push((name, id, data));
                if last {
                    return found;
                }
            }
        }
    }
}

async fn open(app: &TestApp, token: &str, query: &str, last: Option<&str>) -> Stream<impl MessageBody + use<>> {
    open_at(app.shared(), token, query, last).await
}

async fn open_at(shared: Shared, token: &str, query: &str, last: Option<&str>) -> Stream<impl MessageBody + use<>> {
    let mut request = TestRequest::get().uri(&format!("/api/v1/changes?{query}"));
    request = request.insert_header(("Accept", "text/event-stream"));
    request = request.insert_header(("Accept-Encoding", "gzip, br"));
    request = request.insert_header(("Authorization", format!("Bearer {token}")));
    if let Some(last) = last {
        request = request.insert_header(("Last-Event-ID", last));
    }
    let response = init_service(application(shared)).await.call(request.to_request()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream");
    assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
    Stream(Box::pin(response.into_body()))
}

#[actix_web::test]
async fn a_stream_tells_what_was_and_then_what_happens_and_goes_on_where_it_broke_off() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let (changes, end) = all(&app, &town, "0", 1_000, "").await;
    let now: i64 = end.split_once('.').unwrap().1.parse().unwrap();
    let mut stream = open(&app, &town, "after=0", None).await;
    assert_eq!(stream.next().await.unwrap(), "retry: 3000\n\n");
    let mut told = stream.revision(now).await;
    let revision = import(&app, "07798,2024-Q2,edocs_issued,actual,,,3\n");
    app.app.follow().await.unwrap();
    told.extend(stream.revision(revision).await);
    let (new, _) = all(&app, &town, &end, 1_000, "").await;
    let expected: Vec<_> = changes.iter().chain(&new).cloned().collect();
    let data: Vec<_> = told.iter().filter(|event| event.0 == "change").map(|event| event.2.clone()).collect();
    assert_eq!(data, expected);
    assert!(told.iter().all(|(name, id, data)| name == "revision" || data["cursor"] == *id));
    // Wherever it breaks off, nothing is lost and nothing is told twice; what the address says is older.
    for at in [0, 1, 40, told.len() - 2] {
        let mut again = open(&app, &town, "after=0", Some(&told[at].1)).await;
        let rest: Vec<_> = again.revision(revision).await.into_iter().filter(|event| event.0 == "change").collect();
        let expected: Vec<_> = told[at + 1..].iter().filter(|event| event.0 == "change").cloned().collect();
        assert_eq!(rest, expected, "behind {}", told[at].1);
    }
    let mut narrow = open(&app, &town, &format!("after={end}&ward=07792"), None).await;
    assert_eq!(narrow.revision(revision).await.len(), 1, "a filter leaves the revisions");
}

#[actix_web::test]
async fn a_stream_ends_with_its_token_and_with_the_right_to_it() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let (_, end) = all(&app, &town, "0", 1_000, "").await;
    let now: i64 = end.split_once('.').unwrap().1.parse().unwrap();
    let mut stream = open(&app, &town, &format!("after={end}"), None).await;
    stream.revision(now).await;
    app.clock.advance(TimeDelta::seconds(601));
    assert_eq!(stream.next().await, None, "the token has expired");
    let town = app.token_of("town_officer");
    let mut stream = open(&app, &town, &format!("after={end}"), None).await;
    stream.revision(now).await;
    danbiet::service::account::set_disabled(&app.app.store, &app.clock, "town_officer", true).unwrap();
    app.app.follow().await.unwrap();
    assert_eq!(stream.next().await, None, "the account is no more");
    let admin = app.token_of("admin");
    let shared = app.shared();
    let draining = shared.draining.clone();
    let mut stream = open_at(shared, &admin, &format!("after={end}"), None).await;
    stream.revision(now).await;
    draining.begin();
    assert_eq!(stream.next().await, None, "the service is on its way out");
}
