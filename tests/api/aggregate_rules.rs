//! What enters an aggregate and what does not: decimals, projects, methods, and stocks over several quarters.

use serde_json::{Value, json};

use crate::aggregates::{published, published_as};

/// The parts of a value that rest on counts.
fn counts(item: &Value) -> [&Value; 4] {
    [&item["value"], &item["numerator"], &item["denominator"], &item["basis"]]
}

fn reasons(item: &Value) -> Vec<&str> {
    let missing = item["coverage"]["missing"].as_array().unwrap();
    missing.iter().map(|ward| ward["reason"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_measure_with_decimals_has_its_value() {
    let rows = [
        "07798,2024-Q1,reform_slot_broadcasts_per_week,actual,,,2.5,",
        "07798,2024-Q2,reform_slot_broadcasts_per_week,actual,,,3.25,",
    ];
    let item = published(&rows, "area=07798&indicator=reform_slot_broadcasts_per_week&quarter=2024-Q2").await;
    assert_eq!((&item["value"], &item["basis"], &item["status"]), (&json!(3.25), &json!("counts"), &json!("A")));
    let change = &item["change"]["previousQuarter"];
    assert_eq!((&change["from"], &change["difference"]), (&json!(2.5), &json!(0.75)), "3.25 less 2.5");
    let town = published(&rows, "area=222&indicator=reform_slot_broadcasts_per_week&quarter=2024-Q1").await;
    assert_eq!((&town["value"], &town["reason"]), (&Value::Null, &json!("notAdditiveOverAreas")));
    let query = "area=07798&indicator=reform_slot_broadcasts_per_week&from=2024-Q1&to=2024-Q2&period=total";
    let both = published(&rows, query).await;
    assert_eq!((&both["value"], &both["reason"]), (&Value::Null, &json!("notAdditiveOverTime")));
}
