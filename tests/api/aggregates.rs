//! The town's figures: equal to what anyone can add up from the published observations.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::TestApp;

/// Numerator and denominator of every ward of a quarter, read one figure at a time.
async fn counts(
    app: &TestApp,
    token: &str,
    quarter: &str,
    numerator: &str,
    denominator: &str,
) -> BTreeMap<String, (i64, i64)> {
    let mut wards: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (code, first) in [(numerator, true), (denominator, false)] {
        let path = format!("/api/v1/observations?quarter={quarter}&indicator={code}&nature=actual&limit=200");
        for figure in app.items(token, &path).await {
            let entry = wards.entry(figure["area"]["code"].as_str().unwrap().to_owned()).or_insert((-1, -1));
            let value = figure["value"].as_i64().unwrap();
            if first { entry.0 = value } else { entry.1 = value }
        }
    }
    wards.retain(|_, (above, below)| *above >= 0 && *below >= 0);
    wards
}

#[actix_web::test]
async fn a_town_rate_is_the_ratio_of_sums_over_all_quarters_and_families() {
    let app = TestApp::demo().await;
    let token = app.token("town_officer").await;
    for (rate, numerator, denominator) in [
        ("online_submission_rate", "dossiers_received_online", "dossiers_received_total"),
        ("on_time_resolution_rate", "dossiers_resolved_on_time", "dossiers_resolved_total"),
        ("satisfaction_rate", "respondents_satisfied", "survey_respondents"),
        ("poverty_rate", "poor_households", "households_total"),
    ] {
        for quarter in ["2022-Q4", "2024-Q1", "2024-Q4"] {
            let wards = counts(&app, &token, quarter, numerator, denominator).await;
            let (above, below) = wards.values().fold((0, 0), |sum, ward| (sum.0 + ward.0, sum.1 + ward.1));
            let path = format!("/api/v1/aggregates?area=222&indicator={rate}&quarter={quarter}");
            let item = app.items(&token, &path).await.remove(0);
            if below == 0 {
                assert_eq!(item["value"], Value::Null, "{rate} {quarter}");
                continue;
            }
            assert_eq!(
                (item["numerator"].as_i64(), item["denominator"].as_i64()),
                (Some(above), Some(below)),
                "{rate} {quarter}"
            );
            #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "small counts")]
            let expected = 100.0 * above as f64 / below as f64;
            assert!((item["value"].as_f64().unwrap() - expected).abs() <= 0.00005 + 1e-9, "{rate} {quarter}");
            assert_eq!(item["coverage"]["included"], json!(wards.len()));
            assert_eq!(item["coverage"]["expected"], json!(17));
            assert_eq!(item["synthetic"], json!(true));
        }
    }
}

#[actix_web::test]
async fn missing_wards_are_named_with_their_reason() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let item =
        app.items(&token, "/api/v1/aggregates?area=222&indicator=satisfaction_rate&quarter=2024-Q1").await.remove(0);
    let coverage = &item["coverage"];
    let missing = coverage["missing"].as_array().unwrap();
    let count = |name: &str| coverage[name].as_u64().unwrap();
    assert_eq!(count("expected") - count("included"), u64::try_from(missing.len()).unwrap());
    let own = missing.iter().find(|ward| ward["code"] == json!("07792")).unwrap();
    assert_eq!(own["reason"], json!("noDenominator"), "99 % without respondents");
    assert_eq!(item["status"], json!("P"));
    assert!(item["statedMean"]["wards"].as_u64().unwrap() > count("included"), "the stated 99 has a vote in the mean");
    assert_eq!(item["method"], json!("questionnaire"));
    assert!(item["interval"]["lower"].as_f64() < item["value"].as_f64());
}

#[actix_web::test]
async fn a_breakdown_ranks_comparable_wards_with_ties() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let rows = app
        .items(&token, "/api/v1/aggregates?area=222&indicator=on_time_resolution_rate&quarter=2024-Q1&by=ward")
        .await;
    assert_eq!(rows.len(), 17);
    let ranked: Vec<_> = rows.iter().filter(|row| !row["rank"].is_null()).collect();
    for row in &ranked {
        let value = row["value"].as_f64().unwrap();
        let ahead = ranked.iter().filter(|other| other["value"].as_f64().unwrap() > value).count();
        assert_eq!(row["rank"]["position"].as_u64().unwrap(), u64::try_from(ahead).unwrap() + 1);
        assert_eq!(row["rank"]["of"].as_u64().unwrap(), u64::try_from(ranked.len()).unwrap());
    }
    let neutral = app
        .items(&token, "/api/v1/aggregates?area=222&indicator=dossiers_received_total&quarter=2024-Q1&by=ward")
        .await;
    assert!(neutral.iter().all(|row| row["rank"].is_null()));
}

#[actix_web::test]
async fn over_a_year_the_online_rate_counts_the_carried_over_once() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let quarters = ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"];
    let (mut above, mut below, mut included) = (0, 0, 0);
    let mut wards: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for quarter in quarters {
        for (ward, pair) in
            counts(&app, &token, quarter, "dossiers_received_online", "dossiers_received_in_period").await
        {
            wards.entry(ward).or_default().push(pair);
        }
    }
    let opening = counts(&app, &token, "2023-Q1", "dossiers_carried_over", "dossiers_carried_over").await;
    for (ward, pairs) in wards.iter().filter(|(ward, pairs)| pairs.len() == 4 && opening.contains_key(*ward)) {
        above += pairs.iter().map(|pair| pair.0).sum::<i64>();
        below += pairs.iter().map(|pair| pair.1).sum::<i64>() + opening[ward].0.max(opening[ward].1);
        included += 1;
    }
    let path = "/api/v1/aggregates?area=222&indicator=online_submission_rate&from=2023-Q1&to=2023-Q4&period=year";
    let item = app.items(&token, path).await.remove(0);
    assert_eq!((item["numerator"].as_i64(), item["denominator"].as_i64()), (Some(above), Some(below)));
    assert_eq!(item["coverage"]["included"], json!(included));
    assert_eq!(item["period"], json!({"kind": "year", "from": "2023-Q1", "to": "2023-Q4"}));
}

#[actix_web::test]
async fn a_change_is_over_the_wards_present_in_both_quarters() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let now = counts(&app, &token, "2024-Q2", "dossiers_resolved_on_time", "dossiers_resolved_total").await;
    let then = counts(&app, &token, "2024-Q1", "dossiers_resolved_on_time", "dossiers_resolved_total").await;
    let common = now.keys().filter(|ward| then.contains_key(*ward)).count();
    let item = app
        .items(&token, "/api/v1/aggregates?area=222&indicator=on_time_resolution_rate&quarter=2024-Q2")
        .await
        .remove(0);
    assert_eq!(item["change"]["previousQuarter"]["wards"], json!(common));
    assert!(common < now.len() || common < then.len(), "the seed has wards that report only once");
}

#[actix_web::test]
async fn the_same_answer_is_not_sent_twice() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let path = "/api/v1/aggregates?area=07792&indicator=online_submission_rate&quarter=2024-Q1";
    let first = app.get_as(&token, path).await;
    let request = TestRequest::get().uri(path);
    let request = request
        .insert_header(("Authorization", format!("Bearer {token}")))
        .insert_header(("If-None-Match", first.header("etag")));
    let again = app.send(request).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), first.header("etag"));
    let english = TestRequest::get().uri(path).insert_header(("Accept-Language", "en"));
    let english = english
        .insert_header(("Authorization", format!("Bearer {token}")))
        .insert_header(("If-None-Match", first.header("etag")));
    assert_eq!(app.send(english).await.status, 200, "another language is another answer");
}

#[actix_web::test]
async fn equal_wards_share_a_place_and_the_next_is_passed_over() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let mut file = "ward,quarter,indicator,nature,numerator,denominator,value\n".to_owned();
    // The third in twentieths, the fifth below ten: equal by value, and too few to be ranked.
    for (ward, on_time, resolved) in
        [("07795", 9, 10), ("07798", 8, 10), ("07777", 16, 20), ("07774", 7, 10), ("07783", 9, 9)]
    {
        writeln!(file, "{ward},2024-Q1,on_time_resolution_rate,actual,{on_time},{resolved},").unwrap();
    }
    app.import("town_officer", file.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    let path = "/api/v1/aggregates?area=222&indicator=on_time_resolution_rate&quarter=2024-Q1&by=ward";
    let rows = app.items(&token, path).await;
    let rank = |code: &str| rows.iter().find(|row| row["area"]["code"] == json!(code)).unwrap()["rank"].clone();
    // Quảng Minh itself is the fifth: 13 of 19.
    let place = |position: u64, tied: u64| json!({"position": position, "of": 5, "tied": tied});
    assert_eq!(rank("07795"), place(1, 1));
    assert_eq!((rank("07798"), rank("07777")), (place(2, 2), place(2, 2)));
    assert_eq!((rank("07774"), rank("07792")), (place(4, 1), place(5, 1)));
    assert_eq!(rank("07783"), Value::Null);
}

/// A service in which some rows are published beside the real report, and one answer of it.
pub async fn published(rows: &[&str], query: &str) -> Value {
    published_as("method", rows, query).await
}

/// The same with a last column of another name.
pub async fn published_as(column: &str, rows: &[&str], query: &str) -> Value {
    let app = TestApp::real().await;
    let header = format!("ward,quarter,indicator,nature,numerator,denominator,value,{column}");
    app.import("town_officer", format!("{header}\n{}\n", rows.join("\n")).as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    let token = app.token("viewer").await;
    app.items(&token, &format!("/api/v1/aggregates?{query}")).await.remove(0)
}

#[actix_web::test]
async fn over_a_period_too_one_ward_does_not_stand_for_four_that_only_state_a_rate() {
    let mut rows = Vec::new();
    for quarter in ["2024-Q2", "2024-Q3"] {
        rows.push(format!("07795,{quarter},satisfaction_rate,actual,40,100,,"));
        let stating = ["07798", "07777", "07774", "07783"];
        rows.extend(stating.map(|ward| format!("{ward},{quarter},satisfaction_rate,actual,,,99,")));
    }
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    let item = published(&rows, "area=222&indicator=satisfaction_rate&from=2024-Q2&to=2024-Q3&period=total").await;
    assert_eq!((&item["value"], &item["reason"]), (&Value::Null, &json!("tooFewContribute")), "{item}");
    let missing = item["coverage"]["missing"].as_array().unwrap();
    let without = missing.iter().filter(|ward| ward["reason"] == json!("noDenominator"));
    assert_eq!(without.count(), 4);
}

#[actix_web::test]
async fn a_ward_that_asked_in_another_way_has_no_value_for_this_one() {
    let rows = ["07798,2024-Q1,satisfaction_rate,actual,,,99,portalRating"];
    let query = "area=07798&indicator=satisfaction_rate&quarter=2024-Q1";
    let item = published(&rows, &format!("{query}&method=questionnaire")).await;
    assert_eq!((&item["value"], &item["stated"], &item["basis"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(item["coverage"]["missing"][0]["reason"], json!("otherMethod"));
    let item = published(&rows, &format!("{query}&method=portalRating")).await;
    assert_eq!((&item["value"], &item["method"]), (&json!(99), &json!("portalRating")));
}

#[actix_web::test]
async fn wards_that_asked_in_different_ways_are_neither_added_nor_ranked() {
    let rows = [
        "07798,2024-Q1,satisfaction_rate,actual,90,100,,portalRating",
        "07795,2024-Q1,satisfaction_rate,actual,80,100,,questionnaire",
        "07777,2024-Q1,satisfaction_rate,actual,80,100,,questionnaire",
        "07774,2024-Q1,satisfaction_rate,actual,80,100,,questionnaire",
        "07783,2024-Q1,satisfaction_rate,actual,80,100,,questionnaire",
    ];
    let query = "area=222&indicator=satisfaction_rate&quarter=2024-Q1";
    let item = published(&rows, query).await;
    assert_eq!((&item["reason"], &item["statedMean"]), (&json!("methodsDiffer"), &Value::Null), "{item}");
    assert_eq!(published(&rows, &format!("{query}&by=ward")).await["rank"], Value::Null);
}

#[actix_web::test]
async fn a_change_from_nothing_to_divide_by_is_no_change_from_zero() {
    let rows =
        ["07798,2024-Q1,on_time_resolution_rate,actual,0,0,,", "07798,2024-Q2,on_time_resolution_rate,actual,9,10,,"];
    let item = published(&rows, "area=07798&indicator=on_time_resolution_rate&quarter=2024-Q2").await;
    let change = &item["change"]["previousQuarter"];
    assert_eq!((&item["value"], &change["difference"]), (&json!(90), &Value::Null));
    assert_eq!((&change["from"], &change["reasons"]), (&Value::Null, &json!(["zeroDenominator"])));
}

#[actix_web::test]
async fn a_change_is_of_the_common_wards_only() {
    // 8/10 and 5/10 then, 9/10 now beside a ward that is new: 90 % against 80 %.
    let rows = [
        "07798,2024-Q2,on_time_resolution_rate,actual,8,10,,",
        "07795,2024-Q2,on_time_resolution_rate,actual,5,10,,",
        "07798,2024-Q3,on_time_resolution_rate,actual,9,10,,",
        "07777,2024-Q3,on_time_resolution_rate,actual,1,10,,",
    ];
    let item = published(&rows, "area=222&indicator=on_time_resolution_rate&quarter=2024-Q3").await;
    let change = &item["change"]["previousQuarter"];
    assert_eq!((&item["value"], &change["wards"]), (&json!(50), &json!(1)));
    assert_eq!((&change["from"], &change["difference"]), (&json!(80), &json!(10)));
}

#[actix_web::test]
async fn a_stated_rate_over_a_published_denominator_is_an_estimate_that_says_so() {
    let rows =
        ["07798,2024-Q1,dossiers_resolved_total,actual,,,42,", "07798,2024-Q1,on_time_resolution_rate,actual,,,50,"];
    let item = published(&rows, "area=222&indicator=on_time_resolution_rate&quarter=2024-Q1").await;
    // Quảng Minh counts 13 of 19 and the other states 50 % of 42: 34 of 61, of which 42 rest on the estimate.
    assert_eq!(
        (&item["basis"], &item["numerator"], &item["denominator"]),
        (&json!("estimated"), &json!(34), &json!(61))
    );
    assert_eq!(
        (&item["value"], &item["estimatedShare"], &item["status"]),
        (&json!(55.7377), &json!(68.8525), &json!("E"))
    );
}

/// What a phone shows first: the town's three families over twelve quarters, and its wards, one call each.
#[actix_web::test]
async fn a_home_screen_takes_less_than_four_kilobytes_however_it_is_packed() {
    let app = TestApp::demo().await;
    let token = app.token_of("viewer");
    let families = "area=222&indicator=satisfaction_rate,online_submission_rate,poverty_rate&compact=true";
    for what in ["from=2022-Q3&to=2025-Q2", "quarter=2024-Q2&by=ward"] {
        for coding in ["br", "zstd", "gzip"] {
            let request = TestRequest::get().uri(&format!("/api/v1/aggregates?{families}&{what}"));
            let request = request.insert_header(("Accept-Encoding", coding));
            let answer = app.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await;
            assert_eq!((answer.status, answer.header("content-encoding")), (200, coding));
            assert!(answer.body.len() < 4_096, "{what} as {coding}: {} bytes", answer.body.len());
        }
    }
}
