//! Figures going out: whole, as printed, and back in again.

use std::io::Cursor;

use actix_web::test::TestRequest;
use calamine::{DataType as _, Reader as _, Xlsx};
use danbiet::service::spreadsheet::MEDIA_TYPE;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const CSV: &str = "text/csv";
const LINES: &str = "application/x-ndjson";
const ROWS: &str = "/api/v1/exports/observations";

async fn all_figures(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get_as(token, &format!("/api/v1/observations?limit=200{query}{cursor}")).await.json();
        found.extend(page["items"].as_array().unwrap().clone());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn counts(report: &Value) -> [i64; 5] {
    ["total", "created", "updated", "unchanged", "rejected"].map(|name| report["rows"][name].as_i64().unwrap())
}

#[actix_web::test]
async fn what_goes_out_comes_in_again_and_says_nothing_new() {
    let app = TestApp::demo().await;
    let town = app.token_of("town_officer");
    // A bound, a sentence that looks like a formula, several sentences, and decimals that a spreadsheet drops.
    let lines = [
        json!({"ward": "07783", "quarter": "2024-Q2", "indicator": "satisfaction_rate", "value": "90.00", "operator": ">",
            "mentions": [{"section": "I", "quote": "=trên 90%", "printed": "trên 90%"}, {"section": "II", "quote": "hơn, \"90\""}]}),
        json!({"ward": "07783", "quarter": "2024-Q2", "indicator": "poverty_rate", "nature": "target", "value": "0.50",
            "referencePeriod": "2024", "quote": "-0,5%\nhai dòng", "note": "@chú ý", "origin": "counted", "instruction": true}),
    ];
    let file = lines.map(|line| line.to_string()).join("\n");
    let done = app.import_as(&town, "commit", LINES, file.as_bytes()).await;
    assert_eq!(counts(&done.json()), [2, 2, 0, 0, 0], "{}", String::from_utf8_lossy(&done.body));
    let figures = all_figures(&app, &town, "").await;
    let total = i64::try_from(figures.len()).unwrap();
    assert!(total > 4_000, "{total}");
    for (ending, media_type) in [("csv", CSV), ("csv?bom=true", CSV), ("jsonl", LINES), ("xlsx", MEDIA_TYPE)] {
        let out = app.get_as(&town, &format!("{ROWS}.{ending}")).await;
        assert_eq!(out.status, 200, "{ending}");
        assert_eq!(out.body.starts_with(b"\xef\xbb\xbf"), ending.contains("bom"));
        let back = app.import_as(&town, "dryRun", media_type, &out.body).await;
        assert_eq!(back.status, 200, "{ending}: {}", String::from_utf8_lossy(&back.body));
        let report = back.json();
        assert_eq!(counts(&report), [total, 0, 0, total, 0], "{ending}: {}", report["rejections"]);
    }
    let out =
        app.get_as(&town, &format!("{ROWS}.csv?ward=07783&quarter=2024-Q2&indicator=poverty_rate&nature=target")).await;
    let text = String::from_utf8(out.body).unwrap();
    assert!(text.contains("'@chú ý") && text.contains("\"'-0,5%\nhai dòng\""), "{text}");
}

#[actix_web::test]
async fn what_goes_out_is_all_that_another_service_needs() {
    let app = TestApp::demo().await;
    let out = app.get_as(&app.token_of("viewer"), &format!("{ROWS}.jsonl")).await;
    let other = TestApp::empty().await;
    let town = other.token_of("town_officer");
    let taken = other.import_as(&town, "commit", LINES, &out.body).await;
    assert_eq!(taken.status, 200, "{}", String::from_utf8_lossy(&taken.body));
    let strip = |mut figure: Value| {
        if let Some(detail) = figure["detail"].as_object_mut() {
            detail.remove("findings");
        }
        figure
    };
    let figures = async |app: &TestApp| {
        let token = app.token_of("viewer");
        let all = all_figures(app, &token, "").await;
        all.into_iter().map(strip).collect::<Vec<_>>()
    };
    let (here, there) = (figures(&app).await, figures(&other).await);
    assert_eq!(here.len(), there.len());
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there);
    }
}

#[actix_web::test]
async fn a_selection_is_the_one_that_the_list_makes() {
    let app = TestApp::demo().await;
    let token = app.token_of("viewer");
    let lines = |answer: &Answer| String::from_utf8(answer.body.clone()).unwrap().lines().count();
    for query in ["ward=07783", "quarter=2024-Q1", "ward=07792&quarter=2024-Q1&nature=target", "indicator=poverty_rate"]
    {
        let out = app.get_as(&token, &format!("{ROWS}.jsonl?{query}")).await;
        let listed = all_figures(&app, &token, &format!("&{query}")).await;
        assert!(!listed.is_empty());
        assert_eq!(lines(&out), listed.len(), "{query}");
    }
    let range = app
        .get_as(&token, &format!("{ROWS}.jsonl?area=222&from=2023-Q4&to=2024-Q1&indicator=edocs_issued,poverty_rate"))
        .await;
    let found: Vec<Value> = range
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert!(found.len() > 20);
    for line in &found {
        assert!(["2023-Q4", "2024-Q1"].contains(&line["quarter"].as_str().unwrap()), "{line}");
        assert!(["edocs_issued", "poverty_rate"].contains(&line["indicator"].as_str().unwrap()), "{line}");
        assert!(line["value"].is_number());
    }
    let empty = app.get_as(&token, &format!("{ROWS}.csv?quarter=2020-Q1")).await;
    assert_eq!((empty.status, lines(&empty)), (200, 1), "a header alone");
    for (query, refusal) in [
        ("ward=99999", "404 areaNotFound"),
        ("ward=07798&from=2025-Q1&to=2025-Q4", "400 ambiguousArea"),
        ("ward=07792&area=222", "400 invalidParameter"),
        ("from=2024-Q1", "400 missingParameter"),
        ("from=2024-Q2&to=2024-Q1", "400 reversedRange"),
        ("quarter=2024-Q1&to=2024-Q1", "400 invalidParameter"),
        ("indicator=happiness", "404 indicatorNotFound"),
        ("bom=perhaps", "400 invalidParameter"),
    ] {
        assert_eq!(app.get_as(&token, &format!("{ROWS}.csv?{query}")).await.refusal(), refusal, "{query}");
    }
}

#[actix_web::test]
async fn the_form_is_chosen_by_name_or_by_accept() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let ask = async |accept: &str| {
        let request = TestRequest::get().uri(ROWS).insert_header(("Authorization", format!("Bearer {token}")));
        app.send(request.insert_header(("Accept", accept.to_owned()))).await
    };
    let kind = |answer: &Answer| answer.header("content-type").split(';').next().unwrap().to_owned();
    for (accept, expected) in [
        ("*/*", CSV),
        ("text/*", CSV),
        (LINES, LINES),
        (MEDIA_TYPE, MEDIA_TYPE),
        ("text/csv;q=0.1, application/jsonl", LINES),
    ] {
        let answer = ask(accept).await;
        assert_eq!((answer.status, kind(&answer).as_str()), (200, expected), "{accept}");
    }
    assert_eq!(ask("application/json").await.refusal(), "406 notAcceptable");
    let named = app.get_as(&token, &format!("{ROWS}.csv")).await;
    assert_eq!(named.body, ask(CSV).await.body);
    assert!(named.header("content-disposition").contains("so-lieu.csv"), "{}", named.header("content-disposition"));
    let request = TestRequest::get().uri(&format!("{ROWS}.csv")).insert_header(("If-None-Match", named.header("etag")));
    assert_eq!(app.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await.status, 304);
    let book = app.get_as(&token, &format!("{ROWS}.xlsx")).await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(book.body)).unwrap();
    let sheet = book.worksheet_range("Số liệu").unwrap();
    assert_eq!(sheet.get((0, 6)).unwrap().to_string(), "value");
    assert!(sheet.get((1, 6)).unwrap().get_float().is_some(), "numbers are numbers");
}
