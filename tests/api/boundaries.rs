//! History across the reform of 2025-07-01: added up along mergers, or as it was reported.

use std::fmt::Write as _;

use danbiet::domain::policy::Role;
use serde_json::{Value, json};

use crate::support::TestApp;

const FIVE: [&str; 5] = ["07780", "07786", "07792", "07798", "07804"];

/// A service with some figures beside the real report: ward, quarter, indicator, numerator, denominator, value.
async fn with(rows: &[String]) -> (TestApp, String) {
    let app = TestApp::real().await;
    // The town's officer publishes what came before the reform, the province's what came after it.
    app.add_account("province", Role::TownOfficer, "24-2").await;
    let (after, before): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.contains(",2025-Q3,"));
    for (account, rows) in [("town_officer", before), ("province", after)] {
        let mut file = "ward,quarter,indicator,nature,numerator,denominator,value\n".to_owned();
        for row in &rows {
            let (place, figures) = row.split_once(' ').unwrap();
            writeln!(file, "{place},actual,{figures}").unwrap();
        }
        if !rows.is_empty() {
            app.import(account, file.as_bytes()).unwrap();
        }
    }
    app.app.follow().await.unwrap();
    let token = app.token("viewer").await;
    (app, token)
}

async fn items(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    app.items(token, &format!("/api/v1/aggregates?{query}")).await
}

/// All five predecessors of Vân Hà with 8 of 10 in the last quarter before the reform, and Vân Hà with 45 of 50 after it.
fn before_and_after() -> Vec<String> {
    let mut rows: Vec<_> = FIVE.map(|ward| format!("{ward},2025-Q2,on_time_resolution_rate 8,10,")).into();
    rows.push("07798,2025-Q3,on_time_resolution_rate 45,50,".to_owned());
    rows
}

const VAN_HA: &str = "area=07798&boundaries=2025-07-01&indicator=on_time_resolution_rate";

#[actix_web::test]
async fn a_merged_ward_had_its_predecessors_figures_as_far_as_they_are_known() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let query = "area=07798&boundaries=2025-07-01&indicator=online_submission_rate,satisfaction_rate&quarter=2024-Q1";
    let found = items(&app, &token, query).await;
    let (online, satisfaction) = (&found[0], &found[1]);
    assert_eq!((&online["area"]["id"], &online["area"]["name"]), (&json!("07798-2"), &json!("Phường Vân Hà")));
    assert_eq!((&online["boundaries"], online.get("former")), (&json!("2025-07-01"), None));
    // Quảng Minh, 45 of 58, is one of the five.
    assert_eq!(
        (&online["value"], &online["numerator"], &online["denominator"]),
        (&json!(77.5862), &json!(45), &json!(58))
    );
    let coverage = &online["coverage"];
    assert_eq!(
        [&coverage["expected"], &coverage["reported"], &coverage["included"]],
        [&json!(5), &json!(1), &json!(1)]
    );
    let names: Vec<_> =
        coverage["missing"].as_array().unwrap().iter().map(|ward| ward["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Xã Trung Sơn", "Xã Tiên Sơn", "Phường Ninh Sơn", "Xã Vân Hà"]);
    assert_eq!((&online["status"], &online["rank"], &online["stated"]), (&json!("P"), &Value::Null, &Value::Null));
    // 99 % without respondents is the rate of Quảng Minh, and of nobody else.
    assert_eq!(
        (&satisfaction["value"], &satisfaction["coverage"]["included"]),
        (&Value::Null, &json!(0)),
        "{satisfaction}"
    );
    // A code without the boundaries means its holder then.
    let reported = items(&app, &token, "area=07798&indicator=online_submission_rate&quarter=2024-Q1").await;
    assert_eq!((&reported[0]["area"]["id"], &reported[0]["value"]), (&json!("07798-1"), &Value::Null));
}

#[actix_web::test]
async fn a_series_within_the_new_boundaries_has_no_break() {
    let (app, token) = with(&before_and_after()).await;
    let found = items(&app, &token, &format!("{VAN_HA}&from=2025-Q2&to=2025-Q3")).await;
    let said = |item: &Value| (item["numerator"].clone(), item["denominator"].clone(), item["status"].clone());
    assert_eq!(said(&found[0]), (json!(40), json!(50), json!("A")), "{}", found[0]);
    assert_eq!(said(&found[1]), (json!(45), json!(50), json!("A")), "{}", found[1]);
    let coverage = |item: &Value| (item["coverage"]["expected"].clone(), item["coverage"]["included"].clone());
    assert_eq!((coverage(&found[0]), coverage(&found[1])), ((json!(5), json!(5)), (json!(1), json!(1))));
    let change = &found[1]["change"]["previousQuarter"];
    assert_eq!((&change["from"], &change["difference"], &change["wards"]), (&json!(80), &json!(10), &json!(1)));
    assert_eq!((&change["trend"], change.get("reasons")), (&json!("noSignificantChange"), None));
}

#[actix_web::test]
async fn a_series_as_reported_breaks_where_the_area_begins() {
    let (app, token) = with(&before_and_after()).await;
    let query = "area=07798@2025-07-01&indicator=on_time_resolution_rate&from=2025-Q2&to=2025-Q3&boundaries=asReported";
    let found = items(&app, &token, query).await;
    assert_eq!((&found[0]["value"], &found[0]["reason"]), (&Value::Null, &json!("areaDidNotExist")));
    assert_eq!((&found[1]["value"], &found[1]["status"]), (&json!(90), &json!("B")), "{}", found[1]);
    assert_eq!(found[1]["change"]["previousQuarter"]["reasons"], json!(["areaDiffers"]));
    assert_eq!(found[1].get("boundaries"), None);
}

#[actix_web::test]
async fn a_ward_that_changes_its_kind_has_no_break() {
    // Quảng Minh was a commune until 2024-02-01; the Q1 window ends after that day.
    let (app, token) = with(&["07792,2023-Q4,on_time_resolution_rate 8,10,".to_owned()]).await;
    let found = items(&app, &token, "area=07792&indicator=on_time_resolution_rate&from=2023-Q4&to=2024-Q1").await;
    assert_eq!((&found[0]["area"]["kind"], &found[1]["area"]["kind"]), (&json!("commune"), &json!("ward")));
    assert_ne!(found[1]["status"], json!("B"));
    assert_eq!(found[1]["change"]["previousQuarter"]["from"], json!(80));
}

#[actix_web::test]
async fn a_predecessor_that_is_missing_leaves_nothing_to_compare_with() {
    let rows: Vec<_> = before_and_after().into_iter().filter(|row| !row.starts_with("07804")).collect();
    let (app, token) = with(&rows).await;
    let found = items(&app, &token, &format!("{VAN_HA}&from=2025-Q2&to=2025-Q3")).await;
    assert_eq!((&found[0]["numerator"], &found[0]["status"]), (&json!(32), &json!("P")));
    assert_eq!((&found[1]["value"], &found[1]["change"]["previousQuarter"]), (&json!(90), &Value::Null));
    let over = items(&app, &token, &format!("{VAN_HA}&from=2025-Q2&to=2025-Q3&period=total")).await;
    assert_eq!(
        (&over[0]["value"], &over[0]["coverage"]["missing"][0]["reason"]),
        (&Value::Null, &json!("incompletePeriod"))
    );
}

#[actix_web::test]
async fn over_a_year_of_the_reform_flows_add_and_stocks_are_the_last() {
    let mut rows = before_and_after();
    for ward in FIVE {
        rows.push(format!("{ward},2025-Q2,dossiers_carried_over ,,1"));
        rows.push(format!("{ward},2025-Q2,dossiers_received_in_period ,,10"));
        rows.push(format!("{ward},2025-Q2,dossiers_received_online ,,6"));
        rows.push(format!("{ward},2025-Q2,households_total ,,1000"));
    }
    for (code, value) in
        [("dossiers_received_in_period", 50), ("dossiers_received_online", 44), ("poor_households", 20)]
    {
        rows.push(format!("07798,2025-Q3,{code} ,,{value}"));
    }
    let (app, token) = with(&rows).await;
    let indicators = "indicator=on_time_resolution_rate,online_submission_rate,poor_households,poverty_rate";
    let query = format!("area=07798&boundaries=2025-07-01&{indicators}&from=2025-Q2&to=2025-Q3&period=total");
    let found = items(&app, &token, &query).await;
    let counts = |item: &Value| (item["numerator"].clone(), item["denominator"].clone());
    // 5 × 8 + 45 of 5 × 10 + 50.
    assert_eq!(counts(&found[0]), (json!(85), json!(100)), "{}", found[0]);
    assert_eq!((&found[0]["value"], &found[0]["coverage"]["expected"]), (&json!(85), &json!(1)));
    // 5 × 6 + 44 online, of 5 that were there and 5 × 10 + 50 that came in.
    assert_eq!(counts(&found[1]), (json!(74), json!(105)), "{}", found[1]);
    assert_eq!(found[2]["value"], json!(20));
    // The households of the five are carried forward to the ward that they became.
    assert_eq!(counts(&found[3]), (json!(20), json!(5000)), "{}", found[3]);
    assert_eq!(found[3]["denominatorQuarter"], json!("2025-Q2"));
}

#[actix_web::test]
async fn what_does_not_add_over_areas_does_not_add_along_a_merger() {
    let mut rows: Vec<_> = FIVE.map(|ward| format!("{ward},2025-Q2,reform_slot_broadcasts_per_week ,,2")).into();
    rows.push("07798,2025-Q3,reform_slot_broadcasts_per_week ,,3".to_owned());
    let (app, token) = with(&rows).await;
    let query = "area=07798&boundaries=2025-07-01&indicator=reform_slot_broadcasts_per_week&from=2025-Q2&to=2025-Q3";
    let found = items(&app, &token, query).await;
    assert_eq!((&found[0]["value"], &found[0]["reason"]), (&Value::Null, &json!("notAdditiveOverAreas")));
    assert_eq!(
        (&found[1]["value"], &found[1]["change"]["previousQuarter"]),
        (&json!(3), &Value::Null),
        "not 3 less 10"
    );
}

#[actix_web::test]
async fn the_old_town_is_a_former_area_whose_ground_is_still_added_up() {
    let mut rows = before_and_after();
    for (ward, on_time) in [("07774", 9), ("07777", 7), ("07795", 9)] {
        rows.push(format!("{ward},2025-Q3,on_time_resolution_rate {on_time},10,"));
    }
    let (app, token) = with(&rows).await;
    let query = "area=222&boundaries=2024-02-01&indicator=on_time_resolution_rate&from=2025-Q2&to=2025-Q3";
    let found = items(&app, &token, query).await;
    assert_eq!((&found[0]["coverage"]["expected"], found[0].get("former")), (&json!(17), None));
    let after = &found[1];
    assert_eq!((&after["area"]["name"], &after["former"]), (&json!("Thị xã Việt Yên"), &json!(true)), "{after}");
    // 45 + 9 + 7 + 9 of 80, over the four wards that the seventeen became.
    assert_eq!((&after["numerator"], &after["denominator"], &after["status"]), (&json!(70), &json!(80), &json!("A")));
    assert_eq!((&after["coverage"]["expected"], &after["coverage"]["included"]), (&json!(4), &json!(4)));
    let reported = items(&app, &token, "area=222&indicator=on_time_resolution_rate&from=2025-Q2&to=2025-Q3").await;
    assert_eq!((&reported[1]["value"], &reported[1]["reason"]), (&Value::Null, &json!("areaDidNotExist")));
}

#[actix_web::test]
async fn what_a_merged_ward_reports_is_not_divided_among_those_that_it_was() {
    let (app, token) = with(&before_and_after()).await;
    let query = "area=07792&boundaries=2024-02-01&indicator=on_time_resolution_rate&from=2025-Q2&to=2025-Q3";
    let found = items(&app, &token, query).await;
    assert_eq!((&found[0]["value"], &found[0]["status"]), (&json!(80), &json!("A")));
    assert_eq!((&found[1]["value"], &found[1]["reason"]), (&Value::Null, &json!("areaDivided")), "{}", found[1]);
    assert_eq!((&found[1]["status"], &found[1]["coverage"]["expected"]), (&json!("O"), &json!(0)));
}

#[actix_web::test]
async fn a_breakdown_within_the_new_boundaries_ranks_what_is_whole() {
    let mut rows: Vec<_> = FIVE.map(|ward| format!("{ward},2024-Q2,on_time_resolution_rate 8,10,")).into();
    for ward in ["07795", "07807", "07801", "07789"] {
        rows.push(format!("{ward},2024-Q2,on_time_resolution_rate 9,10,"));
    }
    rows.push("07774,2024-Q2,on_time_resolution_rate 10,10,".to_owned());
    let (app, token) = with(&rows).await;
    let query = "area=24&by=ward&boundaries=2025-07-01&indicator=on_time_resolution_rate&quarter=2024-Q2&peers=kind";
    let found = items(&app, &token, query).await;
    let ids: Vec<_> = found.iter().map(|row| row["area"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["07774-2", "07777-2", "07795-2", "07798-2"]);
    let places: Vec<_> = found.iter().map(|row| row["rank"]["position"].clone()).collect();
    assert_eq!(places, [Value::Null, Value::Null, json!(1), json!(2)], "one of four is no whole");
    assert_eq!((&found[0]["value"], &found[0]["status"]), (&json!(100), &json!("P")));
    // The others of Vân Hà: 10 of 10 and 36 of 40.
    assert_eq!(found[3]["peers"]["value"], json!(92));
}

#[actix_web::test]
async fn the_last_quarters_are_those_up_to_the_latest_of_the_area() {
    let (app, token) = with(&before_and_after()).await;
    let quarters = async |query: &str| -> Vec<String> {
        let found = items(&app, &token, &format!("indicator=on_time_resolution_rate&{query}")).await;
        found.iter().map(|item| item["quarter"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(quarters("area=07798&boundaries=2025-07-01&last=2").await, ["2025-Q2", "2025-Q3"]);
    assert_eq!(quarters("area=222&last=2").await, ["2025-Q1", "2025-Q2"], "nothing of the town is later");
    assert_eq!(quarters("area=222&last=3&quarter=2024-Q1").await, ["2023-Q3", "2023-Q4", "2024-Q1"]);
    assert_eq!(quarters("area=07792&boundaries=2024-02-01&last=1").await, ["2025-Q2"]);
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused_where_it_stands() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let base = "/api/v1/aggregates?indicator=poverty_rate";
    for (query, refusal, pointer) in [
        ("area=07798&quarter=2024-Q1&boundaries=2025-07-02", "400 invalidParameter", "?boundaries"),
        ("area=07798&quarter=2024-Q1&boundaries=today", "400 invalidParameter", "?boundaries"),
        ("area=07792&quarter=2024-Q1&boundaries=2025-07-01", "422 notMeaningful", "?boundaries"),
        ("area=07798@2025-07-01&quarter=2024-Q1&boundaries=2024-02-01", "422 notMeaningful", "?boundaries"),
        ("area=99999&quarter=2024-Q1&boundaries=2025-07-01", "404 areaNotFound", "?area"),
        ("area=99999&last=4", "404 areaNotFound", "?area"),
        ("area=07759&last=4", "404 quarterNotFound", "?last"),
        ("area=222&last=80&quarter=2024-Q1", "404 quarterNotFound", "?last"),
        ("area=222&last=0", "400 invalidParameter", "?last"),
        ("area=222&last=81", "400 invalidParameter", "?last"),
        ("area=222&last=4&from=2024-Q1&to=2024-Q2", "400 invalidParameter", "?last"),
        ("area=222&last=4&from=2024-Q1", "400 invalidParameter", "?last"),
        ("area=222&quarter=2024-Q1&peers=kind", "422 notMeaningful", "?peers"),
        ("area=222&quarter=2024-Q1&by=ward&peers=age", "400 invalidParameter", "?peers"),
    ] {
        let answer = app.get_as(&token, &format!("{base}&{query}")).await;
        assert_eq!(answer.refusal(), refusal, "{query}: {}", answer.json());
        assert_eq!(answer.json()["errors"][0]["pointer"], json!(pointer), "{query}");
    }
    let answer = app.get_as(&token, &format!("{base}&area=07792&quarter=2024-Q1&boundaries=2025-07-01")).await;
    assert!(
        answer.json()["detail"].as_str().unwrap().contains("07798@2025-07-01 (Phường Vân Hà)"),
        "{}",
        answer.json()
    );
    for (arguments, code) in [
        ("last: 0", "invalidParameter"),
        ("last: -3", "invalidParameter"),
        ("last: 4, boundaries: \"2025-07-02\"", "invalidParameter"),
        ("quarter: \"2024-Q1\", peers: kind", "notMeaningful"),
    ] {
        let query = format!("{{ aggregates(area: \"222\", indicators: [\"poverty_rate\"], {arguments}) {{ value }} }}");
        assert_eq!(app.ask(Some(&token), &query).await.codes(), [code], "{arguments}");
    }
}

#[actix_web::test]
async fn an_area_that_ends_within_a_range_is_bounded_by_the_wards_that_it_had() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let items = app.items(&token, "/api/v1/indicators?kind=measure&limit=50").await;
    let codes: Vec<_> = items.iter().map(|item| item["code"].as_str().unwrap()).collect();
    let indicators = codes.join(",");
    let path = format!("/api/v1/aggregates?area=222&indicator={indicators}&from=2020-Q1&to=2025-Q3&by=ward");
    // 50 indicators, 17 wards in each of 22 quarters, and one row of the quarter in which the town is no more.
    let answer = app.get_as(&token, &path).await;
    assert_eq!(answer.refusal(), "400 queryTooExpensive");
    assert!(answer.json()["detail"].as_str().unwrap().contains("18750"), "{}", answer.json());
}
