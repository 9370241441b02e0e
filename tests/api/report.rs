//! The real report of Quảng Minh, the golden case: every number below is printed in the report or follows by hand.

use serde_json::{Value, json};

use crate::support::TestApp;

async fn headline(indicator: &str) -> Value {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let path = format!("/api/v1/aggregates?area=07792&indicator={indicator}&quarter=2024-Q1");
    app.items(&token, &path).await.remove(0)
}

#[actix_web::test]
async fn online_submission_is_computed_from_counts_beside_the_stated_rate() {
    // 45 of 58 is 77.586…; the report prints 77,5 %.
    assert_eq!(
        headline("online_submission_rate").await,
        json!({
            "area": {"id": "07792-1", "code": "07792", "name": "Phường Quảng Minh", "kind": "ward", "validFrom": "2024-02-01"},
            "quarter": "2024-Q1", "indicator": "online_submission_rate", "unit": "percent",
            "value": 77.5862, "stated": 77.5, "statedMean": null, "numerator": 45, "denominator": 58,
            "basis": "counts", "status": "A", "nature": "actual", "synthetic": false,
            "coverage": {"expected": 1, "reported": 1, "included": 1, "missing": []},
            "change": {"previousQuarter": null, "previousYear": null}, "target": null, "rank": null
        })
    );
}

#[actix_web::test]
async fn on_time_resolution_is_13_of_19() {
    let item = headline("on_time_resolution_rate").await;
    assert_eq!((&item["numerator"], &item["denominator"], &item["value"]), (&json!(13), &json!(19), &json!(68.4211)));
    assert_eq!(item["stated"], json!(68.4));
}

#[actix_web::test]
async fn satisfaction_is_stated_and_carries_no_interval() {
    let item = headline("satisfaction_rate").await;
    assert_eq!((&item["value"], &item["basis"], &item["numerator"]), (&json!(99), &json!("stated"), &Value::Null));
    assert!(item.get("interval").is_none());
}

#[actix_web::test]
async fn the_poverty_target_is_never_an_actual() {
    let item = headline("poverty_rate").await;
    assert_eq!((&item["value"], &item["basis"]), (&Value::Null, &Value::Null));
    assert_eq!(item["target"], json!({"value": 0.43, "referencePeriod": "2024", "source": "report"}));
}

#[actix_web::test]
async fn a_bound_never_becomes_a_value() {
    let item = headline("online_service_dossier_rate").await;
    assert_eq!(item["value"], Value::Null);
    assert_eq!(item["coverage"]["missing"][0]["reason"], json!("boundOnly"));
}

#[actix_web::test]
async fn the_document_is_published_whole_with_its_contradictions() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let report = app.get_as(&token, "/api/v1/wards/07792/reports/2024-Q1").await.json();
    let document = &report["document"];
    assert_eq!(document["issuedDocuments"].as_array().unwrap().len(), 14);
    let conversions = document["projects"].as_array().unwrap().iter();
    let conversions =
        conversions.filter(|project| project["roles"].as_array().unwrap().contains(&json!("landConversion")));
    assert_eq!(conversions.count(), 7);
    let value = |code: &str| {
        let found =
            document["observations"].as_array().unwrap().iter().find(|figure| figure["indicator"] == json!(code));
        found.unwrap()["value"].clone()
    };
    // 13 + 13 is not 19, and 26 + 6 is not 39: as printed.
    for (code, printed) in [
        ("dossiers_resolved_total", "19"),
        ("dossiers_resolved_on_time", "13"),
        ("dossiers_resolved_overdue", "13"),
        ("dossiers_in_progress_total", "39"),
        ("dossiers_in_progress_not_due", "26"),
        ("dossiers_in_progress_overdue", "6"),
        ("land_compensation_approved", "548147000"),
        ("land_compensation_paid", "520697000"),
    ] {
        assert_eq!(value(code), json!(printed), "{code}");
    }
    assert_eq!(document["issuedDocuments"][1]["date"], json!("2023-01-05"));
}

#[actix_web::test]
async fn every_figure_is_published_with_the_sentence_that_states_it() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let figures = app.items(&token, "/api/v1/observations?ward=07792&quarter=2024-Q1&limit=200").await;
    assert!(figures.len() >= 45, "{}", figures.len());
    for figure in &figures {
        let quote = figure["detail"]["mentions"][0]["quote"].as_str();
        assert!(quote.is_some_and(|quote| !quote.is_empty()), "{figure}");
    }
}

#[actix_web::test]
async fn a_title_of_a_year_that_nobody_states_is_no_figure_of_this_one() {
    let item = headline("cultural_groups_rate").await;
    assert_eq!((&item["value"], &item["numerator"]), (&Value::Null, &Value::Null), "{item}");
}

#[actix_web::test]
async fn a_target_is_read_as_a_target() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let path = "/api/v1/aggregates?area=07792&indicator=poverty_rate&quarter=2024-Q1&nature=target";
    let item = app.items(&token, path).await.remove(0);
    assert_eq!((&item["value"], &item["nature"]), (&json!(0.43), &json!("target")));
}

#[actix_web::test]
async fn reports_say_whether_they_came_in_time() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let mut seen = Vec::new();
    for quarter in ["2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3"] {
        for report in app.items(&token, &format!("/api/v1/reports?quarter={quarter}&limit=200")).await {
            assert_eq!(report["submittedAt"].is_null(), report["inTime"].is_null());
            seen.push((report["area"]["code"] == json!("07792"), report["inTime"].as_bool()));
        }
    }
    assert!(seen.contains(&(false, Some(true))) && seen.contains(&(false, Some(false))));
    assert!(seen.contains(&(true, None)), "nobody knows when the real report was sent");
}
