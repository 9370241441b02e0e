//! What was published at a past revision is answered as it was answered then.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// What every kind of read of published data answers; `R` is left out of those that a newer snapshot may name.
const READS: &[&str] = &[
    "/api/v1/observations?limit=200",
    "/api/v1/observations?ward=07792&quarter=2024-Q1&limit=200",
    "/api/v1/aggregates?area=222&indicator=online_submission_rate,satisfaction_rate,poverty_rate&from=2023-Q1&to=2024-Q4",
    "/api/v1/aggregates?area=222&indicator=online_submission_rate,poverty_rate&quarter=2024-Q1&by=ward&peers=kind",
    "/api/v1/aggregates?area=222&indicator=edocs_issued&last=4&period=total",
    "/api/v1/aggregates.svg?area=222&indicator=online_submission_rate&from=2023-Q1&to=2024-Q4",
    "/api/v1/reports?limit=200",
    "/api/v1/reports?quarter=2024-Q2",
    "/api/v1/wards/07792/reports/2024-Q1",
    "/api/v1/wards/07798/reports/2024-Q2",
    "/api/v1/wards/07792/reports/2024-Q1/findings",
    "/api/v1/areas?limit=200",
    "/api/v1/areas/222",
    "/api/v1/wards?at=2024-Q1&parent=222",
    "/api/v1/indicators?limit=200",
    "/api/v1/indicators/poverty_rate",
    "/api/v1/quarters",
    "/api/v1/quarters?area=222&from=2023-Q1&to=2024-Q4",
    "/api/v1/quarters/2024-Q1?area=07792",
    "/api/v1/targets",
    "/api/v1/targets?area=222&indicator=poverty_rate&year=2024",
];

const HEADER: &str = "ward,quarter,indicator,nature,numerator,denominator,value\n";

fn past(path: &str, as_of: &str) -> String {
    format!("{path}{}asOf={as_of}", if path.contains('?') { '&' } else { '?' })
}

/// What two answers must share: everything but the tag, which names the question.
fn said(answer: &Answer) -> (u16, Vec<u8>, String) {
    // A refusal names its own request.
    let body = if answer.status == 200 { answer.body.clone() } else { answer.refusal().into_bytes() };
    (answer.status, body, answer.header("content-type").to_owned())
}

async fn all(app: &TestApp, token: &str, as_of: Option<i64>) -> Vec<(u16, Vec<u8>, String)> {
    let mut found = Vec::new();
    for path in READS {
        let path = as_of.map_or_else(|| (*path).to_owned(), |revision| past(path, &revision.to_string()));
        found.push(said(&app.get_as(token, &path).await));
    }
    found
}

async fn revision(app: &TestApp, token: &str) -> i64 {
    app.app.follow().await.unwrap();
    app.get_as(token, "/api/v1/quarters").await.json()["revision"].as_i64().unwrap()
}

/// One change after the other, each a revision of its own.
async fn change(app: &TestApp, step: usize, town: &str) {
    let set = async |path: &str, query: &str, body: Value| {
        let tag = app.get_as(town, &format!("{path}?{query}")).await.header("etag").to_owned();
        let answer = app.put_as(town, path, Some(&tag), body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    };
    match step {
        0 => drop(
            app.import("town_officer", format!("{HEADER}07798,2024-Q2,edocs_issued,actual,,,3\n").as_bytes()).unwrap(),
        ),
        1 => {
            let target = json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": 0.5});
            set("/api/v1/targets", "area=222&indicator=poverty_rate&year=2024", target).await;
        }
        2 => {
            let file = format!(
                "{HEADER}07798,2024-Q2,edocs_issued,actual,,,4\n07798,2024-Q2,dossiers_received_total,actual,,,9000\n\
                 07783,2024-Q1,edocs_issued,actual,,,7\n"
            );
            app.import("town_officer", file.as_bytes()).unwrap();
        }
        3 => {
            let longer = json!({"area": "07792", "quarter": "2024-Q1", "dueOn": "2024-06-03", "reason": "a flood"});
            set("/api/v1/deadlines", "area=07792&quarter=2024-Q1", longer).await;
        }
        4 => {
            let path = "/api/v1/wards/07798/reports/2024-Q2";
            let tag = app.get_as(town, path).await.header("etag").to_owned();
            let body = json!({"to": "retracted", "comment": "Số liệu sai."});
            let answer = app.write(town, "POST", &format!("{path}/transitions"), Some(&tag), Some(body)).await;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        }
        5 => {
            let lock = json!({"area": "222", "quarter": "2024-Q1", "locked": true, "reason": "closed"});
            set("/api/v1/locks", "area=222&quarter=2024-Q1", lock).await;
        }
        _ => {
            let target = json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": null});
            set("/api/v1/targets", "area=222&indicator=poverty_rate&year=2024", target).await;
        }
    }
}

#[actix_web::test]
async fn every_past_revision_is_answered_as_it_was_then() {
    let app = TestApp::demo().await;
    let (viewer, town) = (app.token_of("viewer"), app.token_of("town_officer"));
    let mut then = vec![(revision(&app, &viewer).await, all(&app, &viewer, None).await)];
    for step in 0..7 {
        change(&app, step, &town).await;
        let now = revision(&app, &viewer).await;
        assert_eq!(now, then.last().unwrap().0 + 1, "step {step} is one revision");
        then.push((now, all(&app, &viewer, None).await));
    }
    // On the replica that saw them all, and on one that never did; the newest first and the oldest first.
    let other = app.another();
    for (replica, order) in [(&app, then.iter().rev().collect::<Vec<_>>()), (&other, then.iter().collect())] {
        for (revision, expected) in order {
            let found = all(replica, &viewer, Some(*revision)).await;
            for ((path, found), expected) in READS.iter().zip(found).zip(expected) {
                assert_eq!(found.0, expected.0, "{path} as of {revision}");
                let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
                assert!(found == *expected, "{path} as of {revision}:\n{}\n{}", text(&found.1), text(&expected.1));
            }
        }
    }
    let differ = |path: &str| {
        let at = READS.iter().position(|known| *known == path).unwrap();
        let mut bodies: Vec<_> = then.iter().map(|(_, answers)| &answers[at].1).collect();
        bodies.dedup();
        bodies.len()
    };
    for path in ["/api/v1/targets", "/api/v1/wards/07798/reports/2024-Q2", "/api/v1/quarters/2024-Q1?area=07792"] {
        assert!(differ(path) > 2, "{path} did not change, so it shows nothing");
    }
}

#[actix_web::test]
async fn a_list_of_the_past_is_read_to_its_end_while_others_publish() {
    let app = TestApp::demo().await;
    let (viewer, town) = (app.token_of("viewer"), app.token_of("town_officer"));
    let first = revision(&app, &viewer).await;
    let whole = app.items(&viewer, "/api/v1/observations?quarter=2024-Q1&limit=200").await;
    let mut path = format!("/api/v1/observations?quarter=2024-Q1&limit=60&asOf={first}");
    let mut found = Vec::new();
    for step in 0..7 {
        let answer = app.get_as(&viewer, &path).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        found.extend(answer.json()["items"].as_array().unwrap().clone());
        change(&app, step, &town).await;
        app.app.follow().await.unwrap();
        let Some(cursor) = answer.json()["nextCursor"].as_str().map(str::to_owned) else { break };
        path = format!("/api/v1/observations?quarter=2024-Q1&limit=60&asOf={first}&cursor={cursor}");
    }
    assert!(found.len() > 120);
    assert_eq!(found[..200.min(found.len())], whole[..200.min(found.len())]);
}

#[actix_web::test]
async fn what_is_no_revision_is_refused() {
    let app = TestApp::real().await;
    let token = app.token_of("town_officer");
    let now = revision(&app, &token).await;
    let epoch = app.get_as(&token, "/api/v1/areas").await.json()["epoch"].as_str().unwrap().to_owned();
    let next = (now + 1).to_string();
    let other = format!("zzzz.{now}");
    for (as_of, refusal) in [
        ("0", "400 invalidParameter"),
        ("-1", "400 invalidParameter"),
        ("now", "400 invalidParameter"),
        ("", "400 invalidParameter"),
        (&next, "503 unavailable"),
        (&other, "410 resyncRequired"),
    ] {
        for path in READS {
            assert_eq!(app.get_as(&token, &past(path, as_of)).await.refusal(), refusal, "{path} as of {as_of:?}");
        }
        let query = format!("{{ observations(asOf: \"{as_of}\") {{ totalCount }} }}");
        assert_eq!(app.ask(Some(&token), &query).await.codes(), [refusal.split(' ').nth(1).unwrap()], "{as_of:?}");
    }
    assert!(!app.get_as(&token, &past("/api/v1/areas", &next)).await.header("retry-after").is_empty());
    let path = past("/api/v1/areas/222", &format!("{epoch}.{now}"));
    assert_eq!(app.get_as(&token, &path).await.status, 200, "with its epoch");
    for path in [
        "/api/v1/areas?asOf=1&minRevision=1",
        "/api/v1/quarters/2024-Q1/progress?area=222&asOf=1",
        "/api/v1/deadlines?area=222&quarter=2024-Q1&asOf=1",
        "/api/v1/audit?asOf=1",
        "/api/v1/reports?status=submitted&asOf=1",
        "/version?asOf=1",
    ] {
        assert_eq!(app.get_as(&token, path).await.status, 400, "{path}: what follows the clock has no past");
    }
    assert_eq!(app.get("/api/v1/observations?asOf=1").await.refusal(), "401 unauthenticated");
}

#[actix_web::test]
async fn another_replicas_revision_is_fetched_and_its_tag_holds_for_ever() {
    let first = TestApp::real().await;
    let second = first.another();
    let token = first.token_of("viewer");
    let file = format!("{HEADER}07798,2024-Q2,edocs_issued,actual,,,3\n");
    let revision = first.import("town_officer", file.as_bytes()).unwrap().revision;
    let path = past("/api/v1/observations?quarter=2024-Q2", &revision.to_string());
    let answer = second.get_as(&token, &path).await;
    assert_eq!((answer.status, answer.json()["revision"].as_i64()), (200, Some(revision)));
    let file = format!("{HEADER}07798,2024-Q2,edocs_issued,actual,,,8\n");
    first.import("town_officer", file.as_bytes()).unwrap();
    for replica in [&first, &second] {
        replica.app.follow().await.unwrap();
        let request = TestRequest::get().uri(&path).insert_header(("If-None-Match", answer.header("etag")));
        let again = replica.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await;
        assert_eq!(again.status, 304);
        assert_eq!(replica.get_as(&token, &path).await.body, answer.body);
    }
}

#[actix_web::test]
async fn one_document_of_graphql_asks_for_several_revisions() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let import = |value: u32| {
        let file = format!("{HEADER}07798,2024-Q2,edocs_issued,actual,,,{value}\n");
        app.import("town_officer", file.as_bytes()).unwrap().revision
    };
    let (first, second) = (import(3), import(5));
    app.app.follow().await.unwrap();
    let fields = "{ revision document { observations { value } } }";
    let figures = "{ nodes { value } }";
    let arguments = "ward: \"07798\", quarter: \"2024-Q2\"";
    let query = format!(
        "{{ a: report({arguments}, asOf: {first}) {fields} b: report({arguments}, asOf: {second}) {fields}
            c: report({arguments}) {fields}
            x: observations({arguments}, asOf: {first}) {figures} y: observations({arguments}, asOf: \"{second}\") {figures}
            n: node(id: \"07798-1/2024-Q2\", asOf: 1) {{ id }} m: nodes(ids: [\"07798-1/2024-Q2\"], asOf: {first}) {{ id }} }}"
    );
    let data = app.data(&token, &query).await;
    let revisions = ["a", "b", "c"].map(|name| data[name]["revision"].as_i64().unwrap());
    assert_eq!(revisions, [first, second, second]);
    let stated = ["a", "b", "c"].map(|name| data[name]["document"]["observations"][0]["value"].to_string());
    assert_eq!(stated.map(|text| text.trim_matches('"').to_owned()), ["3", "5", "5"]);
    assert_eq!((&data["x"]["nodes"][0]["value"], &data["y"]["nodes"][0]["value"]), (&json!(3.0), &json!(5.0)));
    assert_eq!((&data["n"], &data["m"]), (&Value::Null, &json!([{"id": "07798-1/2024-Q2"}])));
}
