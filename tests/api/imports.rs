//! Files of figures: all or nothing, every fault with its line and column.

use danbiet::error::Error;
use danbiet::service::import::ImportReport;
use serde_json::json;

use crate::support::TestApp;

const HEADER: &str = "ward,quarter,indicator,nature,numerator,denominator,value";

fn import(app: &TestApp, text: &str) -> Result<ImportReport, Error> {
    app.import("town_officer", text.as_bytes())
}

#[actix_web::test]
async fn a_file_is_published_as_one_revision_and_read_at_once() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let before = app.get_as(&token, "/api/v1/quarters").await.json()["revision"].as_i64().unwrap();
    let file = format!(
        "\u{feff}{HEADER}\r\n07798,2024-Q1,online_submission_rate,actual,30,40,75\r\n07798,2024-Q1,edocs_issued,,,,12\r\n07795,2024-Q1,satisfaction_rate,actual,,,98.5\r\n"
    );
    let report = import(&app, &file).unwrap();
    assert_eq!((report.rows.total, report.reports, report.revision), (3, 2, before + 1));
    assert_eq!(report.figures.created, 5, "two counts and a rate, a count, a rate");
    app.app.follow().await.unwrap();
    let path = "/api/v1/aggregates?area=222&indicator=online_submission_rate&quarter=2024-Q1";
    let item = app.items(&token, path).await.remove(0);
    // 45 + 30 of 58 + 40.
    assert_eq!((&item["numerator"], &item["denominator"], &item["value"]), (&json!(75), &json!(98), &json!(76.5306)));
    assert_eq!(item["coverage"]["reported"], json!(3));
}

#[actix_web::test]
async fn a_file_that_says_nothing_new_makes_no_revision() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let rows = "07798,2024-Q1,online_submission_rate,actual,30,40,75\n07795,2024-Q1,edocs_issued,,,,12\n";
    let first = import(&app, &format!("{HEADER}\n{rows}")).unwrap();
    app.app.follow().await.unwrap();
    let (path, report) = ("/api/v1/reports?quarter=2024-Q1", "/api/v1/wards/07798/reports/2024-Q1");
    let (list, before) = (app.get_as(&token, path).await, app.get_as(&token, report).await);

    let again = import(&app, &format!("{HEADER}\n{rows}")).unwrap();
    assert_eq!((again.rows.total, again.reports, again.revision), (2, 2, first.revision));
    let figures = again.figures;
    assert_eq!((figures.unchanged, figures.created, figures.updated, again.changed_reports), (4, 0, 0, 0));
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(&token, path).await.header("etag"), list.header("etag"));
    assert_eq!(app.get_as(&token, report).await.body, before.body);

    // One report of the two changes: the other keeps its version.
    let rows = rows.replace(",12", ",13");
    let changed = import(&app, &format!("{HEADER}\n{rows}")).unwrap();
    assert_eq!((changed.reports, changed.changed_reports, changed.revision), (2, 1, first.revision + 1));
    assert_eq!((changed.figures.unchanged, changed.figures.updated), (3, 1));
    app.app.follow().await.unwrap();
    let versions: Vec<_> = app.items(&token, path).await.iter().map(|item| item["version"].clone()).collect();
    assert_eq!(versions.iter().filter(|version| **version == json!(2)).count(), 1, "{versions:?}");
}

#[actix_web::test]
async fn every_bad_row_is_named_and_nothing_is_changed() {
    let app = TestApp::real().await;
    let rows = [
        ("99999,2024-Q1,edocs_issued,actual,,,1", "2:1"),
        ("07792,2024-Q9,edocs_issued,actual,,,1", "3:2"),
        ("07792,2031-Q1,edocs_issued,actual,,,1", "4:2"),
        ("07792,2024-Q1,happiness,actual,,,1", "5:3"),
        ("07792,2024-Q1,edocs_issued,hoped,,,1", "6:4"),
        ("07792,2024-Q1,online_submission_rate,actual,60,58,", "7:5"),
        ("07792,2024-Q1,edocs_issued,actual,,,-1", "8:7"),
        ("07792,2024-Q1,edocs_issued,actual,,,9007199254740992", "9:7"),
        ("07792,2024-Q1,edocs_issued,actual,,,1.5", "10:7"),
        ("07792,2024-Q1,edocs_issued,actual,,,NaN", "11:7"),
        ("07792,2024-Q1,edocs_issued,actual,,,", "12:7"),
        ("07792,2024-Q1,online_submission_rate,actual,45,,", "13:6"),
        ("07792,2024-Q1,satisfaction_rate,actual,,,101", "14:7"),
        ("07792,2024-Q1,petitions_eligible,actual,,,1", "15:3"),
        ("222,2024-Q1,edocs_issued,actual,,,1", "16:1"),
        ("07798,2024-Q1,edocs_issued,actual,,,7", ""),
        ("07798,2024-Q1,edocs_issued,actual,,,7", "18:3"),
        ("too,few", "19:1"),
    ];
    let body = rows.iter().map(|(row, _)| *row).collect::<Vec<_>>().join("\n");
    let error = import(&app, &format!("{HEADER}\n{body}")).unwrap_err();
    assert_eq!(error.code().as_str(), "invalidFile");
    let places: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
    let expected: Vec<_> = rows.iter().map(|(_, place)| *place).filter(|place| !place.is_empty()).collect();
    assert_eq!(places, expected);
    let token = app.token("viewer").await;
    assert_eq!(app.items(&token, "/api/v1/reports").await.len(), 1);
}

#[actix_web::test]
async fn counts_given_twice_must_agree() {
    let app = TestApp::real().await;
    let file = |online: i64| {
        format!(
            "{HEADER}\n07798,2024-Q1,dossiers_received_online,actual,,,{online}\n07798,2024-Q1,online_submission_rate,actual,30,40,\n"
        )
    };
    assert!(import(&app, &file(31)).is_err());
    assert!(import(&app, &file(30)).is_ok());
}

#[actix_web::test]
async fn a_file_that_is_none_is_refused() {
    let app = TestApp::real().await;
    for (bytes, code) in [
        (&b"ward,quarter\n"[..], "invalidFile"),
        (b"ward,quarter,indicator,nature,numerator,denominator,value\n", "invalidFile"),
        (
            b"ward,quarter,indicator,nature,numerator,denominator,value\n07792,2024-Q1,edocs_issued,actual,,,\xff\n",
            "notUtf8",
        ),
        (b"", "invalidFile"),
    ] {
        assert_eq!(app.import("town_officer", bytes).unwrap_err().code().as_str(), code);
    }
}

#[actix_web::test]
async fn only_who_may_publish_imports() {
    let app = TestApp::real().await;
    let file = format!("{HEADER}\n07792,2024-Q1,edocs_issued,actual,,,1\n");
    for username in ["viewer", "ward_officer", "ward_leader", "admin"] {
        assert_eq!(app.import(username, file.as_bytes()).unwrap_err().code().as_str(), "forbidden", "{username}");
    }
    // After the reform the ward belongs to the province: outside the town.
    let file = format!("{HEADER}\n07798,2025-Q3,edocs_issued,actual,,,1\n");
    let error = import(&app, &file).unwrap_err();
    assert_eq!((error.fields()[0].pointer.as_str(), error.fields()[0].code.as_str()), ("2:1", "forbidden"));
}

#[actix_web::test]
async fn lines_are_counted_as_an_editor_counts_them() {
    let app = TestApp::real().await;
    for (end, blank) in [("\n", ""), ("\r\n", ""), ("\n", "\n\n"), ("\r\n", "\r\n")] {
        let good = "07798,2024-Q1,edocs_issued,actual,,,1";
        let bad = "07795,2024-Q1,edocs_issued,actual,,,-1";
        let file = format!("\u{feff}{HEADER}{end}{good}{end}{blank}{bad}{end}{good}{end}");
        let line = |row: usize| row + blank.matches('\n').count();
        let error = import(&app, &file).unwrap_err();
        let places: Vec<_> = error.fields().iter().map(|field| field.pointer.clone()).collect();
        assert_eq!(places, [format!("{}:7", line(3)), format!("{}:3", line(4))], "{end:?} {blank:?}");
        assert!(error.fields()[1].detail.en.contains("line 2"), "{}", error.fields()[1].detail.en);
    }
}

#[actix_web::test]
async fn a_numerator_above_its_denominator_is_refused_however_it_is_written() {
    let app = TestApp::real().await;
    let row = |indicator: &str, value: i64| format!("07798,2024-Q1,{indicator},actual,,,{value}\n");
    let file = |rows: &[String]| format!("{HEADER}\n{}", rows.concat());
    let refused = |text: &str, place: &str| {
        let error = import(&app, text).unwrap_err();
        let places: Vec<_> = error.fields().iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!((error.code().as_str(), places), ("invalidFile", vec![place]));
    };
    refused(&file(&[row("respondents_satisfied", 11), row("survey_respondents", 10)]), "2:7");
    import(&app, &file(&[row("survey_respondents", 10)])).unwrap();
    refused(&file(&[row("respondents_satisfied", 11)]), "2:7");
    import(&app, &file(&[row("respondents_satisfied", 9)])).unwrap();
    refused(&file(&[row("survey_respondents", 8)]), "2:7");
    let token = app.token("viewer").await;
    app.app.follow().await.unwrap();
    let path = "/api/v1/aggregates?area=07798&indicator=satisfaction_rate&quarter=2024-Q1";
    assert_eq!(app.items(&token, path).await[0]["value"], json!(90));
}

#[actix_web::test]
async fn a_count_of_a_computed_measure_is_refused_and_not_dropped() {
    let app = TestApp::real().await;
    let error =
        import(&app, &format!("{HEADER}\n07798,2024-Q1,petition_resolution_rate,actual,5,10,50\n")).unwrap_err();
    assert_eq!(error.fields()[0].pointer, "2:6");
    assert!(error.fields()[0].detail.en.contains("petitions_transferred"));
}

#[actix_web::test]
async fn a_real_figure_does_not_make_its_generated_neighbours_real() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    import(&app, &format!("{HEADER}\n07783,2024-Q2,edocs_issued,actual,,,7\n")).unwrap();
    app.app.follow().await.unwrap();
    let figures = app.items(&token, "/api/v1/observations?ward=07783&quarter=2024-Q2&limit=200").await;
    assert!(figures.len() > 10);
    for figure in &figures {
        assert_eq!(figure["synthetic"], json!(figure["indicator"] != json!("edocs_issued")), "{figure}");
    }
}

#[actix_web::test]
async fn imports_at_once_lose_nothing_of_one_another() {
    let app = TestApp::real().await;
    let codes =
        ["edocs_issued", "broadcast_news_items", "broadcast_programmes", "mediation_cases", "admin_reform_domains"];
    std::thread::scope(|scope| {
        for code in codes {
            let app = &app;
            scope.spawn(move || import(app, &format!("{HEADER}\n07798,2024-Q1,{code},,,,3\n")).unwrap());
        }
    });
    app.app.follow().await.unwrap();
    let token = app.token("viewer").await;
    let figures = app.items(&token, "/api/v1/observations?ward=07798&quarter=2024-Q1").await;
    assert_eq!(figures.len(), codes.len());
}

#[actix_web::test]
async fn quarters_of_one_file_are_judged_by_one_another() {
    let app = TestApp::real().await;
    let row = |quarter: &str, indicator: &str, value: u32| format!("07798,{quarter},{indicator},,,,{value}\n");
    let file = |carried: u32| {
        let rows = [row("2024-Q1", "dossiers_in_progress_total", 39), row("2024-Q2", "dossiers_carried_over", carried)]
            .concat();
        format!("{HEADER}\n{rows}")
    };
    let token = app.token("viewer").await;
    for (carried, told) in [(40, true), (39, false)] {
        import(&app, &file(carried)).unwrap();
        app.app.follow().await.unwrap();
        let report = app.get_as(&token, "/api/v1/wards/07798/reports/2024-Q2").await.json();
        let rules: Vec<_> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
        assert_eq!(rules.contains(&&json!("N01")), told, "{carried}: {rules:?}");
    }
    let town = app.token("town_officer").await;
    let entries = app.items(&town, "/api/v1/wards/07798/reports/2024-Q2/history").await;
    assert_eq!(entries[0]["role"], "town_officer");
}

#[actix_web::test]
async fn who_inherited_a_ward_publishes_its_earlier_quarters_too() {
    use danbiet::domain::policy::Role;
    let app = TestApp::real().await;
    app.add_account("heir", Role::TownOfficer, "24-2").await;
    let row = format!("{HEADER}\n07798,2024-Q1,edocs_issued,,,,3\n");
    assert!(app.import("heir", row.as_bytes()).unwrap().revision > 0);
}
