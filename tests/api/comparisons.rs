//! What is better, what is worse, and what cannot be told.

use serde_json::{Value, json};

use crate::aggregates::published;

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

#[actix_web::test]
async fn a_ward_that_came_out_of_others_is_not_compared_with_one_of_them() {
    let rows = ["07798,2025-Q3,on_time_resolution_rate,actual,9,10,,"];
    let with = [rows[0], "07792,2025-Q2,on_time_resolution_rate,actual,8,10,,"];
    let item = published(&with, "area=07798&indicator=on_time_resolution_rate&quarter=2025-Q3").await;
    let change = &item["change"]["previousQuarter"];
    assert_eq!((&change["trend"], &change["reasons"]), (&json!("notComparable"), &json!(["areaDiffers"])), "{item}");
}
