//! Who has reported: the same counts for everybody, over either transport; of drafts, what the policy lets one know.

use danbiet::domain::policy::Role;
use serde_json::{Value, json};

use crate::support::TestApp;

const PATH: &str = "/api/v1/quarters/2024-Q1/progress?area=222";
const FIELDS: &str = "quarter area { id code name kind validFrom } \
    reporting { expected reported inTime late undated missing completeness { value numerator denominator } \
    timeliness { value numerator denominator } } \
    wards { area { id code name kind validFrom } deadline extended daysLeft published status submittedAt inTime late }";

/// Versions that the wards are at work on, as the workflow leaves them; statements of both databases.
fn work(app: &TestApp) {
    let version = |report: i64, version: i32, status: &str, submitted: &str| {
        format!(
            "INSERT INTO report_versions (report, version, status, imported, edits, document, findings, created_at, \
             updated_at, submitted_at) VALUES ({report}, {version}, '{status}', false, 1, '{{}}', '[]', \
             '2024-03-15 01:00:00', '2024-03-15 01:00:00', {submitted});"
        )
    };
    let report = |id: i64, area: &str| {
        format!(
            "INSERT INTO reports (id, area, quarter, synthetic, created_at) SELECT {id}, number, {}, false, \
             '2024-03-15 01:00:00' FROM areas WHERE id = '{area}';",
            2024 * 4
        )
    };
    // 23:30 of 15 March in Vietnam is still in time; half an hour later is not.
    let statements = [
        report(101, "07798-1"),
        version(101, 1, "draft", "NULL"),
        report(102, "07795-1"),
        version(102, 1, "submitted", "'2024-03-15 16:30:00'"),
        report(103, "07774-1"),
        version(103, 1, "returned", "'2024-03-14 01:00:00'"),
        report(104, "07777-1"),
        version(104, 1, "approved", "'2024-03-15 17:00:00'"),
        report(105, "07783-1"),
        version(105, 1, "retracted", "'2024-03-14 01:00:00'"),
        version(105, 2, "draft", "NULL"),
    ];
    app.execute(&statements.concat()).unwrap();
}

async fn wards(app: &TestApp, role: Role) -> Vec<Value> {
    let answer = app.get_as(&app.token_of(role.as_str()), PATH).await;
    assert_eq!((answer.status, answer.header("cache-control"), answer.header("etag")), (200, "no-store", ""));
    answer.json()["wards"].as_array().unwrap().clone()
}

fn of<'a>(wards: &'a [Value], code: &str) -> &'a Value {
    wards.iter().find(|ward| ward["area"]["code"] == json!(code)).unwrap()
}

#[actix_web::test]
async fn what_is_not_published_is_told_only_to_who_may_read_it() {
    let app = TestApp::real().await;
    work(&app);
    let seen = |wards: &[Value]| -> Vec<(String, String)> {
        let shown = wards.iter().filter(|ward| !ward["status"].is_null());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        shown.map(|ward| (text(&ward["area"]["code"]), text(&ward["status"]))).collect()
    };
    let told = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(code, status)| ((*code).to_owned(), (*status).to_owned())).collect()
    };
    let published = told(&[("07792", "published")]);
    for role in [Role::Viewer, Role::Admin] {
        let wards = wards(&app, role).await;
        assert_eq!((wards.len(), seen(&wards)), (17, published.clone()), "{}", role.as_str());
    }
    // Quảng Minh's people see their own; their neighbours' they do not.
    assert_eq!(seen(&wards(&app, Role::WardOfficer).await), published);
    // The town sees from the first submission on: not the draft, but the one that is written again.
    let wards = wards(&app, Role::TownOfficer).await;
    assert_eq!(
        seen(&wards),
        told(&[
            ("07774", "returned"),
            ("07777", "approved"),
            ("07783", "draft"),
            ("07792", "published"),
            ("07795", "submitted")
        ])
    );
    let at = |code: &str, name: &str| of(&wards, code)[name].clone();
    assert_eq!(
        (at("07795", "inTime"), at("07795", "late"), at("07795", "daysLeft")),
        (json!(true), json!(false), Value::Null)
    );
    assert_eq!((at("07777", "inTime"), at("07777", "late")), (json!(false), json!(true)));
    assert_eq!(at("07795", "submittedAt"), json!("2024-03-15T16:30:00Z"));
    // 20 November 2026 is 980 days after 15 March 2024: 291 to the end of 2024, 365, and 324.
    for code in ["07798", "07774", "07783"] {
        assert_eq!((at(code, "daysLeft"), at(code, "late")), (json!(-980), json!(true)), "{code}");
    }
}

#[actix_web::test]
async fn a_wards_people_see_their_own_draft() {
    let app = TestApp::real().await;
    app.execute(
        "UPDATE report_versions SET status = 'draft', from_revision = NULL, published_at = NULL; DELETE FROM observations;",
    )
    .unwrap();
    let replica = app.another();
    let own = |wards: &[Value]| of(wards, "07792")["status"].clone();
    for role in [Role::WardOfficer, Role::WardLeader] {
        assert_eq!(own(&wards(&replica, role).await), json!("draft"), "{}", role.as_str());
    }
    for role in [Role::TownOfficer, Role::Viewer, Role::Admin] {
        assert_eq!(own(&wards(&replica, role).await), Value::Null, "{}", role.as_str());
    }
}

#[actix_web::test]
async fn the_counts_are_the_same_for_everybody_and_over_both_transports() {
    let app = TestApp::demo().await;
    work_on_missing(&app).await;
    for role in [Role::Viewer, Role::WardLeader, Role::TownOfficer, Role::Admin] {
        let token = app.token_of(role.as_str());
        for quarter in ["2024-Q1", "2023-Q2", "2025-Q1", "2026-Q3"] {
            let mut rest =
                app.get_as(&token, &format!("/api/v1/quarters/{quarter}/progress?area=222@2024-03-01")).await.json();
            let query = format!("{{ progress(quarter: \"{quarter}\", area: \"222@2024-03-01\") {{ {FIELDS} }} }}");
            let mut data = app.data(&token, &query).await;
            let object = rest.as_object_mut().unwrap();
            object.remove("epoch").zip(object.remove("revision")).unwrap();
            // One writes whole percents without a point.
            assert_eq!(crate::graphql::plain(&data["progress"].take()), crate::graphql::plain(&rest), "{quarter}");
        }
    }
    let viewer = app.token_of("viewer");
    let rest = app.get_as(&viewer, PATH).await.json();
    let counts = rest["reporting"].clone();
    let number = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(number("expected"), 17);
    assert_eq!(number("expected"), number("reported") + number("missing"));
    assert_eq!(number("reported"), number("inTime") + number("late") + number("undated"));
    assert_eq!(number("undated"), 1, "nobody knows when the real report was sent");
    assert_eq!(counts["completeness"]["numerator"], counts["reported"]);
    assert_eq!(counts["timeliness"]["numerator"], counts["inTime"]);
    let wards = rest["wards"].as_array().unwrap();
    let of = |wanted: Value| {
        wards.iter().filter(|ward| ward["published"] == json!(true) && ward["inTime"] == wanted).count()
    };
    assert_eq!(json!([of(json!(true)), of(json!(false))]), json!([number("inTime"), number("late")]));
    // The same in the list of quarters, over both transports.
    let path = "/api/v1/quarters?area=222&from=2022-Q3&to=2025-Q2&limit=200";
    let list = app.items(&viewer, path).await;
    assert_eq!(list.len(), 12);
    assert_eq!(list.iter().find(|item| item["quarter"] == json!("2024-Q1")).unwrap()["reporting"], counts);
    let query = "{ quarters(from: \"2022-Q3\", to: \"2025-Q2\") { nodes { quarter reporting(area: \"222\") { expected reported inTime late \
        undated missing completeness { value numerator denominator } timeliness { value numerator denominator } } } } }";
    let data = app.data(&viewer, query).await;
    for (node, item) in data["quarters"]["nodes"].as_array().unwrap().iter().zip(&list) {
        assert_eq!(node["quarter"], item["quarter"]);
        let (left, right) = (crate::graphql::plain(&node["reporting"]), crate::graphql::plain(&item["reporting"]));
        assert_eq!(left, right, "{}", node["quarter"]);
    }
}

/// A submitted version for a ward that has not reported.
async fn work_on_missing(app: &TestApp) {
    let wards = wards(app, Role::Viewer).await;
    if let Some(ward) = wards.iter().find(|ward| ward["published"] == json!(false)) {
        let id = ward["area"]["id"].as_str().unwrap();
        app.execute(&format!(
            "INSERT INTO reports (id, area, quarter, synthetic, created_at) SELECT 9001, number, {}, false, \
             '2024-03-15 01:00:00' FROM areas WHERE id = '{id}'; INSERT INTO report_versions (report, version, status, \
             imported, edits, document, findings, created_at, updated_at, submitted_at) VALUES (9001, 1, 'submitted', \
             false, 1, '{{}}', '[]', '2024-03-15 01:00:00', '2024-03-15 01:00:00', '2024-03-15 01:00:00');",
            2024 * 4
        ))
        .unwrap();
    }
}

#[actix_web::test]
async fn days_pass_and_nothing_keeps_an_answer_from_following() {
    let app = TestApp::real().await;
    let query = "{ progress(quarter: \"2026-Q4\", area: \"07795\") { wards { daysLeft late } } }";
    let path = "/api/v1/quarters/2026-Q4/progress?area=07795";
    // The cut-off, 14 December 2026, is a Monday: the deadline is the 15th, 25 days after 20 November.
    for (days, late) in [(25, false), (24, false), (0, false), (-1, true)] {
        // Tokens live for ten minutes.
        let viewer = app.token_of("viewer");
        let expected = json!({"daysLeft": days, "late": late});
        let data = app.data(&viewer, query).await;
        assert_eq!(data["progress"]["wards"][0], expected);
        let rest = app.get_as(&viewer, path).await.json();
        let ward = &rest["wards"][0];
        assert_eq!(json!({"daysLeft": ward["daysLeft"], "late": ward["late"]}), expected);
        app.clock.advance(chrono::TimeDelta::days(if days == 24 { 24 } else { 1 }));
    }
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused() {
    let app = TestApp::real().await;
    let viewer = app.token_of("viewer");
    for (path, refusal) in [
        ("/api/v1/quarters/2024-Q1/progress", "400 missingParameter"),
        ("/api/v1/quarters/2024-Q1/progress?area=99999", "404 areaNotFound"),
        ("/api/v1/quarters/2027-Q1/progress?area=222", "422 quarterInFuture"),
        ("/api/v1/quarters/2024/progress?area=222", "400 invalidQuarter"),
        ("/api/v1/quarters?from=2024-Q1", "400 missingParameter"),
        ("/api/v1/quarters?from=2024-Q2&to=2024-Q1", "400 reversedRange"),
        ("/api/v1/quarters?from=2025-Q1&to=2025-Q4&area=07798", "400 ambiguousArea"),
        ("/api/v1/quarters/2024-Q1?area=99999", "404 areaNotFound"),
    ] {
        assert_eq!(app.get_as(&viewer, path).await.refusal(), refusal, "{path}");
    }
    let query = "{ quarter(quarter: \"2024-Q1\") { reporting(area: \"99999\") { expected } } }";
    assert_eq!(app.ask(Some(&viewer), query).await.codes(), ["areaNotFound"]);
}
