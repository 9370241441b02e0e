//! Reading the audit trail: what was done, by whom, when and why; to whom the policy tells it.

use actix_web::test::TestRequest;
use danbiet::domain::policy::Role;
use serde_json::{Value, json};

use crate::support::TestApp;

const AUDIT: &str = "/api/v1/audit";

/// Sets an extension by a request with an id of its own.
async fn extend(app: &TestApp, token: &str, ward: &str, day: &str, id: &str) {
    let body = json!({"area": ward, "quarter": "2024-Q1", "dueOn": day, "reason": "Mất điện."});
    let request = TestRequest::put().uri("/api/v1/deadlines").set_json(body).insert_header(("If-Match", "*"));
    let request =
        request.insert_header(("X-Request-Id", id)).insert_header(("Authorization", format!("Bearer {token}")));
    assert_eq!(app.send(request).await.status, 200);
}

async fn put(app: &TestApp, token: &str, path: &str, body: Value) {
    assert_eq!(app.put_as(token, path, Some("*"), body).await.status, 200);
}

fn actions(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn an_entry_says_who_what_when_why_and_by_which_request() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    extend(&app, &officer, "07792", "2024-03-20", "my-request").await;
    let entries = app.items(&officer, "/api/v1/audit?ward=07792&quarter=2024-Q1").await;
    assert_eq!(actions(&entries), ["extendDeadline", "import"], "the newest first");
    let entry = &entries[0];
    assert_eq!((&entry["at"], &entry["role"]), (&json!("2026-11-20T05:00:00Z"), &json!("town_officer")));
    assert_eq!(entry["actor"]["displayName"], json!("town_officer"));
    assert_eq!((&entry["subject"], &entry["quarter"]), (&json!("deadline"), &json!("2024-Q1")));
    assert_eq!(entry["area"]["id"], json!("07792-1"));
    assert_eq!((&entry["before"], &entry["after"]), (&Value::Null, &json!("ward: 2024-03-20")));
    assert_eq!((&entry["reason"], &entry["requestId"]), (&json!("Mất điện."), &json!("my-request")));
    assert_eq!((&entry["previousHash"], &entries[1]["previousHash"]), (&entries[1]["hash"], &Value::Null));
    assert_eq!((&entries[1]["actor"], &entries[1]["role"]), (&Value::Null, &json!("service")));
    let history = app.items(&officer, "/api/v1/wards/07792/reports/2024-Q1/history").await;
    assert_eq!(actions(&history), ["import", "extendDeadline"], "the oldest first");
    let answer = app.get_as(&officer, AUDIT).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().broken, []);
}

#[actix_web::test]
async fn each_sees_what_the_policy_lets_them() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    extend(&app, &officer, "07792", "2024-03-20", "one").await;
    extend(&app, &officer, "07798", "2024-03-21", "two").await;
    let town = json!({"area": "222", "quarter": "2024-Q1", "dueOn": "2024-03-18"});
    put(&app, &officer, "/api/v1/deadlines", town).await;
    let target = json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": 0.4});
    put(&app, &officer, "/api/v1/targets", target).await;
    let own = json!({"area": "07792", "indicator": "poverty_rate", "referencePeriod": "2024", "value": 0.4});
    put(&app, &officer, "/api/v1/targets", own).await;
    // Something about no area, and something about another town's ward of that time.
    for (area, action) in [("NULL", "'ofNobody'"), ("(SELECT number FROM areas WHERE id = '07798-2')", "'ofOthers'")] {
        let quarter = if area == "NULL" { "NULL" } else { "8102" };
        app.execute(&format!(
            "INSERT INTO audit_entries (at, role, action, subject, area, quarter, previous_hash, hash) VALUES \
             ('2026-11-20 05:00:00', 'service', {action}, 'test', {area}, {quarter}, 'none', 'none')"
        ))
        .unwrap();
    }
    let of_town = ["setTarget", "setTarget", "setDeadline", "extendDeadline", "extendDeadline", "import"];
    assert_eq!(actions(&app.items(&officer, AUDIT).await), of_town);
    for role in [Role::WardOfficer, Role::WardLeader] {
        let token = app.token_of(role.as_str());
        let entries = app.items(&token, AUDIT).await;
        assert_eq!(actions(&entries), ["setTarget", "extendDeadline", "import"], "{}", role.as_str());
        assert!(entries.iter().all(|entry| entry["area"]["id"] == json!("07792-1")));
        let history = app.items(&token, "/api/v1/wards/07792/reports/2024-Q1/history").await;
        assert_eq!(history.len(), 2);
        for path in [
            "/api/v1/audit?ward=07798@2024-02-01",
            "/api/v1/audit?ward=222",
            "/api/v1/wards/07798/reports/2024-Q1/history",
        ] {
            assert_eq!(app.get_as(&token, path).await.refusal(), "403 forbidden", "{path}");
        }
    }
    let admin = app.token_of("admin");
    let all: Vec<_> = ["ofOthers", "ofNobody"].into_iter().chain(of_town).collect();
    assert_eq!(actions(&app.items(&admin, AUDIT).await), all);
    assert_eq!(app.get_as(&app.token_of("viewer"), AUDIT).await.refusal(), "403 forbidden");
    assert_eq!(app.get_as(&officer, "/api/v1/audit?ward=07798&quarter=2025-Q3").await.refusal(), "403 forbidden");
    // Whoever belongs to what Quảng Minh went into has its papers, and no other's.
    app.add_account("heir", Role::WardOfficer, "07798-2").await;
    let heir = app.token("heir").await;
    let seen = ["ofOthers", "setTarget", "extendDeadline", "extendDeadline", "import"];
    assert_eq!(actions(&app.items(&heir, AUDIT).await), seen, "Quảng Minh and Ninh Sơn both went into Vân Hà");
}

#[actix_web::test]
async fn the_trail_is_narrowed_and_paged() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    for day in 18..25 {
        let body = json!({"area": "222", "quarter": "2024-Q1", "dueOn": format!("2024-03-{day}")});
        put(&app, &officer, "/api/v1/deadlines", body).await;
    }
    let count = |query: &'static str| {
        let (app, officer) = (&app, &officer);
        async move { app.items(officer, &format!("{AUDIT}?{query}")).await.len() }
    };
    assert_eq!((count("action=setDeadline").await, count("action=import").await), (7, 1));
    assert_eq!(
        (count("actor=town_officer").await, count("actor=viewer").await, count("actor=nobody").await),
        (7, 0, 0)
    );
    assert_eq!((count("quarter=2024-Q1").await, count("quarter=2024-Q2").await), (8, 0));
    assert_eq!((count("ward=222&quarter=2024-Q1").await, count("ward=07792").await), (7, 1));
    // All of it happened at noon of 20 November in Vietnam.
    assert_eq!((count("from=2026-11-20&to=2026-11-20").await, count("from=2026-11-21").await), (8, 0));
    assert_eq!(count("to=2026-11-19").await, 0);

    let whole = app.items(&officer, "/api/v1/audit?limit=200").await;
    let (mut path, mut found, mut pages) = (format!("{AUDIT}?limit=3"), Vec::new(), 0);
    loop {
        let answer = app.get_as(&officer, &path).await;
        let page = answer.json();
        found.extend(page["items"].as_array().unwrap().clone());
        pages += 1;
        // What is done meanwhile is newer, so it is on no page that follows, and it moves none.
        put(
            &app,
            &officer,
            "/api/v1/deadlines",
            json!({"area": "222", "quarter": "2024-Q1", "dueOn": format!("2024-04-0{pages}")}),
        )
        .await;
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        assert!(answer.header("link").contains(cursor) && answer.header("link").contains("limit=3"));
        path = format!("{AUDIT}?limit=3&cursor={cursor}");
        assert_eq!(
            app.get_as(&officer, &format!("{AUDIT}?limit=3&action=import&cursor={cursor}")).await.refusal(),
            "400 invalidCursor"
        );
    }
    assert_eq!((found, pages), (whole, 3));
    for (query, refusal) in [
        ("limit=0", "400 invalidLimit"),
        ("limit=201", "400 invalidLimit"),
        ("cursor=x", "400 invalidCursor"),
        ("from=yesterday", "400 invalidParameter"),
        ("to=-9999-01-01", "400 invalidParameter"),
        ("from=2026-11-02&to=2026-11-01", "400 reversedRange"),
        ("quarter=2024", "400 invalidQuarter"),
        ("ward=99999", "404 areaNotFound"),
        ("user=x", "400 unknownParameter"),
    ] {
        assert_eq!(app.get_as(&officer, &format!("{AUDIT}?{query}")).await.refusal(), refusal, "{query}");
    }
    let path = "/api/v1/wards/07792/reports/2027-Q1/history";
    assert_eq!(app.get_as(&officer, path).await.refusal(), "422 quarterInFuture");
}
