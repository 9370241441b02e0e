//! Targets of the town: over those of reports, in every aggregate of their year.

use serde_json::{Value, json};

use crate::support::TestApp;

const TARGETS: &str = "/api/v1/targets";
const ONE: &str = "/api/v1/targets?area=07792&indicator=poverty_rate&year=2024";

async fn target(app: &TestApp, token: &str, quarter: &str) -> Value {
    let path = format!("/api/v1/aggregates?area=07792&indicator=poverty_rate&quarter={quarter}");
    app.items(token, &path).await.remove(0)["target"].take()
}

#[actix_web::test]
async fn a_target_of_the_town_outranks_the_reports_until_it_is_taken_back() {
    let app = TestApp::real().await;
    let (officer, viewer) = (app.token_of("town_officer"), app.token_of("viewer"));
    // The report of Quảng Minh says 0,43% by the end of 2024.
    let reported = json!({"value": 0.43, "referencePeriod": "2024", "source": "report"});
    assert_eq!(target(&app, &viewer, "2024-Q1").await, reported);
    let empty = app.get_as(&viewer, ONE).await;
    assert_eq!(empty.json(), json!({"items": [], "revision": null}));

    let set =
        |value: Value| json!({"area": "07792", "indicator": "poverty_rate", "referencePeriod": "2024", "value": value});
    let tag = empty.header("etag").to_owned();
    let answer = app.put_as(&officer, TARGETS, Some(&tag), set(json!(0.40))).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let item = &answer.json()["items"][0];
    assert_eq!(
        (&item["value"], &item["unit"], &item["area"]["id"]),
        (&json!(0.4), &json!("percent"), &json!("07792-1"))
    );
    let of_town = json!({"value": 0.4, "referencePeriod": "2024", "source": "town"});
    for quarter in ["2024-Q1", "2024-Q4"] {
        assert_eq!(target(&app, &viewer, quarter).await, of_town, "{quarter}");
    }
    assert_eq!(target(&app, &viewer, "2023-Q4").await, Value::Null);
    let graphql = "{ aggregates(area: \"07792\", indicators: [\"poverty_rate\"], quarter: \"2024-Q1\") { target { value source } } }";
    let data = app.data(&viewer, graphql).await;
    assert_eq!(data["aggregates"][0]["target"], json!({"value": 0.4, "source": "town"}));

    assert_eq!(app.put_as(&officer, TARGETS, Some(&tag), set(json!(0.3))).await.refusal(), "412 preconditionFailed");
    assert_eq!(app.put_as(&officer, TARGETS, None, set(json!(0.3))).await.refusal(), "428 preconditionRequired");
    let current = app.get_as(&viewer, ONE).await.header("etag").to_owned();
    assert_eq!(current, answer.header("etag"));
    let again = app.put_as(&officer, TARGETS, Some(&current), set(json!(0.4))).await;
    assert_eq!((again.status, &again.json()["revision"]), (200, &answer.json()["revision"]), "nothing changed");
    let back = app.put_as(&officer, TARGETS, Some(&current), set(Value::Null)).await;
    assert_eq!((back.status, &back.json()["items"]), (200, &json!([])));
    assert_ne!(back.header("etag"), tag, "it was set in between, which somebody may have seen");
    assert_eq!(target(&app, &viewer, "2024-Q1").await, reported);

    let entries = app.items(&officer, "/api/v1/audit?action=setTarget").await;
    let told: Vec<_> = entries.iter().map(|entry| (&entry["before"], &entry["after"])).collect();
    let (none, value) = (Value::Null, json!("poverty_rate 2024: 0.4"));
    assert_eq!(told, [(&value, &none), (&none, &value)]);
}

#[actix_web::test]
async fn targets_are_listed_by_area_indicator_and_year() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    for (area, indicator, year, value) in [
        ("222", "poverty_rate", "2024", json!(0.5)),
        ("222", "online_submission_rate", "2024", json!(90)),
        ("07792", "poverty_rate", "2024", json!(0.25)),
        ("222", "dossiers_received_total", "2025", json!(1200)),
        // The town ended within 2025, and had a first half of it.
        ("222", "poverty_rate", "2025", json!(0.0001)),
    ] {
        let body = json!({"area": area, "indicator": indicator, "referencePeriod": year, "value": value});
        let path = format!("{TARGETS}?area={area}&indicator={indicator}&year={year}");
        let tag = app.get_as(&officer, &path).await.header("etag").to_owned();
        assert_eq!(app.put_as(&officer, TARGETS, Some(&tag), body).await.status, 200, "{area} {indicator} {year}");
    }
    let count = |query: &'static str| {
        let path = format!("{TARGETS}?{query}");
        let (app, officer) = (&app, &officer);
        async move { app.items(officer, &path).await.len() }
    };
    assert_eq!((count("").await, count("year=2024").await, count("area=222").await), (5, 3, 4));
    assert_eq!((count("indicator=poverty_rate").await, count("area=222&year=2025").await), (3, 2));
    assert_eq!(count("area=07798&year=2024").await, 0);
}

#[actix_web::test]
async fn a_target_that_cannot_be_is_refused_and_changes_nothing() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let body = |more: Value| {
        let mut body = json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": 1});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, refusal, pointer) in [
        (json!({"value": -0.1}), "422 notMeaningful", "/value"),
        (json!({"value": 100.5}), "422 notMeaningful", "/value"),
        (json!({"value": 0.12345}), "422 notMeaningful", "/value"),
        (json!({"value": 1e300}), "422 notMeaningful", "/value"),
        (json!({"value": 1e-9}), "422 notMeaningful", "/value"),
        (json!({"value": "0.4"}), "400 invalidBody", "/value"),
        (json!({"indicator": "dossiers_received_total", "value": 1.5}), "422 notMeaningful", "/value"),
        (json!({"indicator": "no_such"}), "404 indicatorNotFound", "/indicator"),
        (json!({"referencePeriod": "24"}), "400 invalidParameter", "/referencePeriod"),
        (json!({"referencePeriod": "2019"}), "400 invalidParameter", "/referencePeriod"),
        (json!({"referencePeriod": "2024-Q1"}), "400 invalidParameter", "/referencePeriod"),
        (json!({"area": "99999"}), "404 areaNotFound", "/area"),
        // The town was no more.
        (json!({"referencePeriod": "2026"}), "404 areaNotFound", "/area"),
    ] {
        let answer = app.put_as(&officer, TARGETS, Some("*"), body(more.clone())).await;
        assert_eq!(answer.refusal(), refusal, "{more}: {}", answer.json());
        assert_eq!(answer.json()["errors"][0]["pointer"], json!(pointer), "{more}");
    }
    assert_eq!(app.put_as(&officer, TARGETS, Some("*"), body(json!({"area": "24"}))).await.refusal(), "403 forbidden");
    assert!(app.items(&officer, TARGETS).await.is_empty());
}

#[actix_web::test]
async fn a_whole_target_is_the_same_over_both() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let set = |value: Value| json!({"area": "07792", "indicator": "online_submission_rate", "referencePeriod": "2024", "value": value});
    let one = "/api/v1/targets?area=07792&indicator=online_submission_rate&year=2024";
    let tag = app.get_as(&officer, one).await.header("etag").to_owned();
    let by_rest = app.put_as(&officer, TARGETS, Some(&tag), set(json!(80))).await;
    assert_eq!(by_rest.status, 200);
    let tag = by_rest.header("etag").replace('"', "\\\"");
    let mutation = format!(
        "mutation {{ setTarget(area: \"07792\", indicator: \"online_submission_rate\", referencePeriod: \"2024\", \
         value: 80, ifMatch: \"{tag}\") {{ etag items {{ value }} }} }}"
    );
    let by_graphql = app.data(&officer, &mutation).await;
    assert_eq!(by_graphql["setTarget"]["etag"], by_rest.header("etag"), "what is there already is nothing new");
}
