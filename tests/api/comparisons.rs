//! What is better, what is worse, and what cannot be told.

use serde_json::{Value, json};

use crate::aggregates::{published, published_as};
use crate::support::TestApp;

/// The change of a ward's rate from 2024-Q2 to 2024-Q3.
async fn change_of(indicator: &str, then: &str, now: &str) -> Value {
    let rows =
        [format!("07798,2024-Q2,{indicator},actual,{then},"), format!("07798,2024-Q3,{indicator},actual,{now},")];
    let item = published(&[&rows[0], &rows[1]], &format!("area=07798&indicator={indicator}&quarter=2024-Q3")).await;
    item["change"]["previousQuarter"].clone()
}

fn interval(lower: f64, upper: f64) -> Value {
    json!({"level": 0.95, "method": "newcombe", "lower": lower, "upper": upper})
}

/// Golden values: statsmodels 0.15 `confint_proportions_2indep(method="newcomb")`, in points.
#[actix_web::test]
async fn a_trend_is_what_the_interval_of_the_difference_says() {
    let rise = change_of("on_time_resolution_rate", "430,520,", "450,500,").await;
    assert_eq!((&rise["difference"], &rise["interval"]), (&json!(7.3077), &interval(3.0995, 11.5038)), "{rise}");
    assert_eq!((&rise["trend"], rise.get("reasons")), (&json!("better"), None));
    let fall = change_of("on_time_resolution_rate", "450,500,", "430,520,").await;
    assert_eq!((&fall["interval"], &fall["trend"]), (&interval(-11.5038, -3.0995), &json!("worse")), "{fall}");
    let chance = change_of("on_time_resolution_rate", "15,22,", "8,20,").await;
    assert_eq!(chance["interval"], interval(-51.9988, 1.6636), "{chance}");
    assert_eq!((&chance["difference"], &chance["trend"]), (&json!(-28.1818), &json!("noSignificantChange")));
}

#[actix_web::test]
async fn where_less_is_better_a_rise_is_worse() {
    let rise = change_of("overdue_resolution_rate", "430,520,", "450,500,").await;
    assert_eq!((&rise["interval"], &rise["trend"]), (&interval(3.0995, 11.5038), &json!("worse")), "{rise}");
}

#[actix_web::test]
async fn a_difference_of_rates_without_counts_has_no_trend() {
    let change = change_of("satisfaction_rate", ",,98", ",,99").await;
    assert_eq!((&change["difference"], &change["interval"]), (&json!(1), &Value::Null), "{change}");
    assert_eq!((&change["trend"], &change["reasons"]), (&json!("notComparable"), &json!(["noCounts"])));
}

#[actix_web::test]
async fn a_total_has_a_difference_and_no_trend() {
    let change = change_of("edocs_issued", ",,98", ",,99").await;
    assert_eq!((&change["difference"], change.get("trend"), change.get("reasons")), (&json!(1), None, None));
}

#[actix_web::test]
async fn quarters_of_which_many_more_wards_contribute_to_one_have_no_trend() {
    // Two wards of seventeen more is a gap of 11.8 points, one of 5.9.
    let now = [
        "07798,2024-Q3,on_time_resolution_rate,actual,450,500,,",
        "07795,2024-Q3,on_time_resolution_rate,actual,9,10,,",
    ];
    let more = "07777,2024-Q3,on_time_resolution_rate,actual,9,10,,";
    let then = "07798,2024-Q2,on_time_resolution_rate,actual,430,520,,";
    let query = "area=222&indicator=on_time_resolution_rate&quarter=2024-Q3";
    let change = published(&[now[0], now[1], then], query).await["change"]["previousQuarter"].clone();
    assert_eq!((&change["wards"], &change["trend"], change.get("reasons")), (&json!(1), &json!("better"), None));
    let change = published(&[now[0], now[1], more, then], query).await["change"]["previousQuarter"].clone();
    assert_eq!((&change["difference"], &change["interval"]), (&json!(7.3077), &interval(3.0995, 11.5038)), "{change}");
    assert_eq!((&change["trend"], &change["reasons"]), (&json!("notComparable"), &json!(["coverageDiffers"])));
}

/// Wards and communes with counts of the on-time rate, 13 of 19 of the real report beside them.
const COMPANY: [&str; 4] = [
    "07795,2024-Q1,on_time_resolution_rate,actual,450,500,,",
    "07777,2024-Q1,on_time_resolution_rate,actual,430,520,,",
    "07759,2024-Q1,on_time_resolution_rate,actual,10,20,,",
    "07762,2024-Q1,on_time_resolution_rate,actual,12,22,,",
];

#[actix_web::test]
async fn wards_stand_beside_wards_and_communes_beside_communes() {
    let app = TestApp::real().await;
    let header = "ward,quarter,indicator,nature,numerator,denominator,value,method";
    app.import("town_officer", format!("{header}\n{}\n", COMPANY.join("\n")).as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    let token = app.token("viewer").await;
    let base = "/api/v1/aggregates?indicator=on_time_resolution_rate&quarter=2024-Q1&peers=kind";
    let rows = app.items(&token, &format!("{base}&area=222&by=ward")).await;
    let of = |code: &str| rows.iter().find(|row| row["area"]["code"] == json!(code)).unwrap();
    let peers = |kind: &str, wards: u64, included: u64, value: f64, standing: &str, rank: Value| json!({"kind": kind, "wards": wards, "included": included, "value": value, "standing": standing, "rank": rank, "synthetic": false});
    let place = |position: u64, of: u64| json!({"position": position, "of": of, "tied": 1});
    // By hand: 13 + 430 of 19 + 520, beside 87.1 to 92.3.
    assert_eq!(of("07795")["peers"], peers("ward", 8, 2, 82.1892, "better", place(1, 3)));
    // 13 + 450 of 19 + 500, beside 79.2 to 85.7.
    assert_eq!(of("07777")["peers"], peers("ward", 8, 2, 89.2100, "worse", place(2, 3)));
    // 12 of 22, beside 29.9 to 70.1.
    assert_eq!(of("07759")["peers"], peers("commune", 7, 1, 54.5455, "similar", place(2, 2)));
    // All of the nine others have nothing of their own to stand beside.
    let without = &of("07783")["peers"];
    assert_eq!(
        (&without["included"], &without["standing"], &without["rank"]),
        (&json!(3), &json!("notComparable"), &Value::Null)
    );
    assert_eq!(of("07795")["rank"], place(1, 5), "the place among all stays what it is");
    // The same of one ward alone, and nothing where it is not asked for.
    let alone = app.items(&token, &format!("{base}&area=07777")).await.remove(0);
    assert_eq!((&alone["peers"], &alone["rank"]), (&of("07777")["peers"], &Value::Null));
    let plain = app.items(&token, &format!("{}&area=07777", base.replace("&peers=kind", ""))).await.remove(0);
    assert_eq!((plain.get("peers"), &plain["value"]), (None, &alone["value"]));
    let compact = app.items(&token, &format!("{base}&area=07777&compact=true")).await.remove(0);
    assert_eq!(compact["peers"], alone["peers"]);
}

#[actix_web::test]
async fn one_peer_with_counts_does_not_stand_for_four_that_only_state_a_rate() {
    let mut rows = vec!["07795,2024-Q1,satisfaction_rate,actual,90,100,,".to_owned()];
    rows.push("07777,2024-Q1,satisfaction_rate,actual,80,100,,".to_owned());
    rows.extend(["07774", "07783", "07798"].map(|ward| format!("{ward},2024-Q1,satisfaction_rate,actual,,,99,")));
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    let item = published(&rows, "area=07795&indicator=satisfaction_rate&quarter=2024-Q1&peers=kind").await;
    let peers = &item["peers"];
    assert_eq!(
        (&peers["included"], &peers["value"], &peers["standing"]),
        (&json!(1), &Value::Null, &json!("notComparable"))
    );
}

/// What the peers of a ward come to, two of which have counts beside one with a figure in another form.
async fn beside_one_more(quarters: &[&str], form: &str, time: &str) -> Value {
    let row = |ward: &str, quarter: &&str, rest: &str| format!("{ward},{quarter},satisfaction_rate,actual,{rest}");
    let mut rows = Vec::new();
    for quarter in quarters {
        rows.extend(["07795", "07777", "07774"].map(|ward| row(ward, quarter, "90,100,,=")));
        rows.push(row("07783", quarter, form));
    }
    let rows: Vec<_> = rows.iter().map(String::as_str).collect();
    published_as("operator", &rows, &format!("area=07795&indicator=satisfaction_rate&{time}&peers=kind")).await
}

#[actix_web::test]
async fn a_peer_that_states_a_bound_or_a_rate_that_cannot_be_added_up_counts_among_those_that_report() {
    // Two of three contribute, which is less than four in five.
    let bound = beside_one_more(&["2024-Q2"], ",,90,>=", "quarter=2024-Q2").await;
    let year = ["2024-Q2", "2024-Q3"];
    let stated = beside_one_more(&year, ",,90,=", "from=2024-Q2&to=2024-Q3&period=total").await;
    for item in [bound, stated] {
        let peers = &item["peers"];
        assert_eq!((&item["value"], &peers["included"]), (&json!(90), &json!(2)), "{item}");
        assert_eq!((&peers["value"], &peers["standing"]), (&Value::Null, &json!("notComparable")), "{item}");
    }
    // A ward whose report has nothing of it is no reporter of it.
    let silent = published(
        &[
            "07795,2024-Q2,satisfaction_rate,actual,90,100,,",
            "07777,2024-Q2,satisfaction_rate,actual,90,100,,",
            "07783,2024-Q2,edocs_issued,actual,,,5,",
        ],
        "area=07795&indicator=satisfaction_rate&quarter=2024-Q2&peers=kind",
    )
    .await;
    assert_eq!((&silent["peers"]["included"], &silent["peers"]["value"]), (&json!(1), &json!(90)));
}

#[actix_web::test]
async fn generated_peers_are_marked_and_so_is_what_is_compared_with_them() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let real = "/api/v1/aggregates?area=07792&quarter=2024-Q1&indicator=on_time_resolution_rate";
    let alone = app.items(&token, real).await.remove(0);
    assert_eq!((&alone["value"], &alone["synthetic"]), (&json!(68.4211), &json!(false)));
    for query in [format!("{real}&peers=kind"), format!("{real}&peers=kind&compact=true")] {
        let beside = app.items(&token, &query).await.remove(0);
        assert_eq!((&beside["value"], &beside["peers"]["synthetic"]), (&alone["value"], &json!(true)), "{beside}");
        assert_eq!(beside["synthetic"], json!(true), "{beside}");
    }
    // Where one ward alone is generated, its peers are not, though the quarters that theirs are compared with are.
    let by_ward = real.replace("area=07792", "area=222&by=ward&peers=kind");
    let is_ward = |row: &&Value| row["area"]["kind"] == json!("ward") && row["area"]["code"] != json!("07792");
    let rows = app.items(&token, &by_ward).await;
    let codes: Vec<_> = rows.iter().filter(is_ward).map(|row| row["area"]["code"].as_str().unwrap()).collect();
    let (generated, others) = codes.split_last().unwrap();
    let mut file = "ward,quarter,indicator,nature,numerator,denominator,value\n".to_owned();
    file.extend(others.iter().map(|ward| format!("{ward},2024-Q1,on_time_resolution_rate,actual,900,1000,\n")));
    app.import("town_officer", file.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    for row in app.items(&token, &by_ward).await.iter().filter(is_ward) {
        let peers = &row["peers"];
        let alone = row["area"]["code"] == json!(generated);
        assert_eq!((&peers["included"], &row["synthetic"]), (&json!(8), &json!(true)), "{row}");
        assert_eq!(peers["synthetic"], json!(!alone), "{row}");
    }
}

#[actix_web::test]
async fn a_total_has_no_peers() {
    let item = published(&COMPANY, "area=07795&indicator=dossiers_resolved_total&quarter=2024-Q1&peers=kind").await;
    assert_eq!((&item["value"], item.get("peers")), (&json!(500), None));
}

/// A ward's values against a target for 2024.
async fn attained(rows: &[&str], query: &str) -> Value {
    published_as("referencePeriod", rows, &format!("area=07798&{query}")).await
}

#[actix_web::test]
async fn attainment_follows_the_direction() {
    let rows = [
        "07798,2024-Q1,online_submission_rate,target,,,80,2024",
        "07798,2024-Q1,online_submission_rate,actual,60,100,,",
    ];
    let item = attained(&rows, "indicator=online_submission_rate&quarter=2024-Q1").await;
    // 60 is three quarters of 80.
    assert_eq!(item["attainment"], json!({"percent": 75, "gap": -20, "met": false}), "{item}");
    let rows = ["07798,2024-Q1,poverty_rate,target,,,0.5,2024", "07798,2024-Q1,poverty_rate,actual,4,1000,,"];
    let item = attained(&rows, "indicator=poverty_rate&quarter=2024-Q1").await;
    // Where less is better, 0.4 is five quarters of the way to 0.5.
    assert_eq!(item["attainment"], json!({"percent": 125, "gap": -0.1, "met": true}), "{item}");
    let rows = ["07798,2024-Q1,poverty_rate,target,,,0.5,2024", "07798,2024-Q1,poverty_rate,actual,0,1000,,"];
    let item = attained(&rows, "indicator=poverty_rate&quarter=2024-Q1").await;
    assert_eq!(item["attainment"], json!({"percent": null, "gap": -0.5, "met": true}), "none poor is no division");
}

#[actix_web::test]
async fn attainment_needs_a_value_and_a_target() {
    let target = "07798,2024-Q1,poverty_rate,target,,,0.5,2024";
    let item = attained(&[target], "indicator=poverty_rate&quarter=2024-Q1").await;
    assert_eq!((&item["target"]["value"], item.get("attainment")), (&json!(0.5), None));
    let item =
        attained(&["07798,2024-Q1,poverty_rate,actual,4,1000,,"], "indicator=poverty_rate&quarter=2024-Q1").await;
    assert_eq!((&item["value"], item.get("attainment")), (&json!(0.4), None));
}

#[actix_web::test]
async fn what_adds_up_over_a_year_is_not_held_against_it_quarter_by_quarter() {
    let rows = [
        "07798,2024-Q1,dossiers_received_online,target,,,200,2024",
        "07798,2024-Q1,dossiers_received_online,actual,,,50,",
        "07798,2024-Q2,dossiers_received_online,actual,,,30,",
    ];
    let quarter = attained(&rows, "indicator=dossiers_received_online&quarter=2024-Q2").await;
    assert_eq!((&quarter["target"]["value"], quarter.get("attainment")), (&json!(200), None));
    let query = "indicator=dossiers_received_online&from=2024-Q1&to=2024-Q2&period=year";
    // 80 of 200 so far.
    assert_eq!(attained(&rows, query).await["attainment"], json!({"percent": 40, "gap": -120, "met": false}));
}
