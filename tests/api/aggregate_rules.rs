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
    let sum =
        ["07798,2024-Q1,land_compensation_paid,,,,100,,road", "07798,2024-Q1,land_compensation_paid,,,,50,,school"];
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

#[actix_web::test]
async fn over_a_year_a_yearly_denominator_is_carried_in() {
    let rows = ["07798,2023-Q4,households_total,actual,,,1000,", "07798,2024-Q2,poor_households,actual,,,20,"];
    let year = "area=07798&indicator=poverty_rate&from=2024-Q1&to=2024-Q4&period=year";
    let item = published(&rows, year).await;
    // 20 of 1,000.
    assert_eq!(counts(&item), [&json!(2), &json!(20), &json!(1000), &json!("counts")], "{item}");
    assert_eq!(item["denominatorQuarter"], json!("2023-Q4"));
    // Six quarters before: more than twelve months.
    let rows = ["07798,2022-Q4,households_total,actual,,,1000,", "07798,2024-Q2,poor_households,actual,,,20,"];
    let item = published(&rows, year).await;
    assert_eq!((&item["value"], reasons(&item)), (&Value::Null, vec!["noDenominator"]), "{item}");
}

#[actix_web::test]
async fn over_a_year_a_stated_rate_of_stocks_is_an_estimate() {
    let rows = ["07798,2023-Q4,households_total,actual,,,1000,", "07798,2024-Q3,poverty_rate,actual,,,1.5,"];
    let item = published(&rows, "area=07798&indicator=poverty_rate&from=2024-Q1&to=2024-Q4&period=total").await;
    // 1.5 % of 1,000.
    assert_eq!(counts(&item), [&json!(1.5), &json!(15), &json!(1000), &json!("estimated")], "{item}");
    assert_eq!((&item["denominatorQuarter"], &item["status"]), (&json!("2023-Q4"), &json!("E")));
}

#[actix_web::test]
async fn over_a_year_the_last_quarter_in_which_a_yearly_rate_is_stated_counts() {
    let rows = [
        "07798,2024-Q1,poverty_rate,actual,30,1000,,",
        "07798,2024-Q2,poverty_rate,actual,20,900,,",
        "07798,2024-Q4,edocs_issued,actual,,,1,",
    ];
    let item = published(&rows, "area=07798&indicator=poverty_rate&from=2024-Q1&to=2024-Q4&period=year").await;
    // 20 of 900, the later pair, by hand.
    assert_eq!(counts(&item), [&json!(2.2222), &json!(20), &json!(900), &json!("counts")], "{item}");
    // A denominator that is stated only later in the year is the year's all the same.
    let rows = ["07798,2024-Q1,poor_households,actual,,,30,", "07798,2024-Q3,households_total,actual,,,1000,"];
    let item = published(&rows, "area=07798&indicator=poverty_rate&from=2024-Q1&to=2024-Q4&period=year").await;
    assert_eq!(counts(&item), [&json!(3), &json!(30), &json!(1000), &json!("counts")], "{item}");
    assert_eq!(item["denominatorQuarter"], json!("2024-Q3"));
}

#[actix_web::test]
async fn over_a_period_a_quarterly_stock_needs_the_last_quarter() {
    let rows = [
        "07798,2023-Q4,residential_groups_total,actual,,,8,",
        "07798,2024-Q1,conventions_updated_rate,actual,,,50,",
        "07798,2024-Q2,conventions_updated_rate,actual,,,75,",
        "07798,2024-Q3,edocs_issued,actual,,,1,",
    ];
    let over = |to: &str| format!("area=07798&indicator=conventions_updated_rate&from=2024-Q1&to={to}&period=total");
    let item = published(&rows, &over("2024-Q2")).await;
    // 75 % of 8.
    assert_eq!(counts(&item), [&json!(75), &json!(6), &json!(8), &json!("estimated")], "{item}");
    assert_eq!(item["denominatorQuarter"], json!("2023-Q4"));
    let item = published(&rows, &over("2024-Q3")).await;
    assert_eq!((&item["value"], reasons(&item)), (&Value::Null, vec!["incompletePeriod"]), "{item}");
}

#[actix_web::test]
async fn a_ward_that_changes_its_way_of_asking_has_no_rate_over_both() {
    let rows = [
        "07798,2024-Q1,satisfaction_rate,actual,90,100,,portalRating",
        "07798,2024-Q2,satisfaction_rate,actual,80,100,,questionnaire",
    ];
    let over = "indicator=satisfaction_rate&from=2024-Q1&to=2024-Q2&period=total";
    for area in ["07798", "222"] {
        let item = published(&rows, &format!("area={area}&{over}")).await;
        assert_eq!((&item["value"], &item["reason"]), (&Value::Null, &json!("methodsDiffer")), "{item}");
        assert_eq!((&item["method"], &item["interval"]), (&Value::Null, &Value::Null));
    }
    let item = published(&rows, &format!("area=07798&{over}&method=questionnaire")).await;
    assert_eq!((&item["value"], reasons(&item)), (&Value::Null, vec!["otherMethod"]), "{item}");
    let same = rows.map(|row| row.replace("portalRating", "questionnaire"));
    let item = published(&[&same[0], &same[1]], &format!("area=07798&{over}")).await;
    // 170 of 200.
    assert_eq!((&item["value"], &item["method"]), (&json!(85), &json!("questionnaire")), "{item}");
}

#[actix_web::test]
async fn counts_of_two_ways_of_asking_make_no_rate() {
    let rows = [
        "07798,2024-Q1,respondents_satisfied,actual,,,90,portalRating",
        "07798,2024-Q1,survey_respondents,actual,,,100,questionnaire",
    ];
    let item = published(&rows, "area=07798&indicator=satisfaction_rate&quarter=2024-Q1").await;
    assert_eq!((&item["value"], &item["reason"]), (&Value::Null, &json!("methodsDiffer")), "{item}");
    let rows = rows.map(|row| row.replace(",portalRating", ","));
    let item = published(&[&rows[0], &rows[1]], "area=07798&indicator=satisfaction_rate&quarter=2024-Q1").await;
    assert_eq!((&item["value"], &item["method"]), (&json!(90), &json!("questionnaire")), "{item}");
}
