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

const MONEY: &str = "area=07798&indicator=land_compensation_paid&quarter=2024-Q1";

/// Rows with the columns `operator` and `project` at the end.
async fn of_projects(rows: &[&str], query: &str) -> Value {
    published_as("operator,project", rows, query).await
}

#[actix_web::test]
async fn a_sum_over_projects_of_which_one_is_a_bound_is_a_bound() {
    let sum = ["07798,2024-Q1,land_compensation_paid,,,,100,,road", "07798,2024-Q1,land_compensation_paid,,,,50,,school"];
    assert_eq!(of_projects(&sum, MONEY).await["value"], json!(150));
    for bound in [
        ["07798,2024-Q1,land_compensation_paid,,,,100,,road", "07798,2024-Q1,land_compensation_paid,,,,50,>,school"],
        ["07798,2024-Q1,land_compensation_paid,,,,100,>,road", "07798,2024-Q1,land_compensation_paid,,,,50,,school"],
    ] {
        let item = of_projects(&bound, MONEY).await;
        assert_eq!((&item["value"], reasons(&item)), (&Value::Null, vec!["boundOnly"]), "{item}");
    }
}

#[actix_web::test]
async fn a_total_of_all_projects_stands_before_their_sum() {
    let rows = ["07798,2024-Q1,land_compensation_paid,,,,100,,road", "07798,2024-Q1,land_compensation_paid,,,,170,,"];
    assert_eq!(of_projects(&rows, MONEY).await["value"], json!(170), "the ward's own figure, not 270");
}

#[actix_web::test]
async fn a_figure_of_a_project_is_not_its_wards() {
    let query = "area=07798&indicator=edocs_issued&quarter=2024-Q1";
    let project = "07798,2024-Q1,edocs_issued,,,,5,,road";
    let item = of_projects(&[project], query).await;
    assert_eq!((&item["value"], reasons(&item)), (&Value::Null, vec!["noValue"]), "{item}");
    assert_eq!(of_projects(&[project, "07798,2024-Q1,edocs_issued,,,,3,,"], query).await["value"], json!(3));
}

#[actix_web::test]
async fn rates_of_projects_are_not_added() {
    let rows = [
        "07798,2024-Q1,land_compensation_approved,,,,100,,road",
        "07798,2024-Q1,land_compensation_approved,,,,300,,school",
        "07798,2024-Q1,land_compensation_paid_rate,,,,60,,road",
        "07798,2024-Q1,land_compensation_paid_rate,,,,30,,school",
    ];
    let query = "area=07798&indicator=land_compensation_paid_rate&quarter=2024-Q1";
    let item = of_projects(&rows, query).await;
    assert_eq!((&item["value"], reasons(&item)), (&Value::Null, vec!["noValue"]), "not 90 % of 400: {item}");
}

#[actix_web::test]
async fn a_bound_is_no_part_of_a_computed_measure() {
    // Eligible are those received less the ineligible and the transferred.
    let rows = [
        "07798,2024-Q1,petitions_received,,,,20,,",
        "07798,2024-Q1,petitions_ineligible,,,,2,,",
        "07798,2024-Q1,petitions_transferred,,,,3,>,",
    ];
    let item = of_projects(&rows, "area=07798&indicator=petitions_eligible&quarter=2024-Q1").await;
    assert_eq!(item["value"], Value::Null, "{item}");
}

