//! Sheets sent as drafts.

use std::io::Cursor;

use actix_web::test::TestRequest;
use calamine::{Reader as _, Xlsx};
use danbiet::service::spreadsheet::MEDIA_TYPE;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const REPORT: &str = "/api/v1/wards/07792/reports/2024-Q1";
const TEMPLATE: &str = "/api/v1/exports/template.xlsx?ward=07792&quarter=2024-Q1";

async fn sent(app: &TestApp, token: &str, tag: Option<&str>, (kind, bytes): (&str, &[u8])) -> Answer {
    sent_to(app, token, REPORT, tag, (kind, bytes)).await
}

async fn sent_to(app: &TestApp, token: &str, report: &str, tag: Option<&str>, file: (&str, &[u8])) -> Answer {
    let request = TestRequest::post().uri(&format!("{report}/file"));
    let request = request.insert_header(("Authorization", format!("Bearer {token}")));
    let request = request.insert_header(("Accept-Language", "en")).insert_header(("Content-Type", file.0));
    let request = match tag {
        Some("*") => request.insert_header(("If-None-Match", "*")),
        Some(tag) => request.insert_header(("If-Match", tag)),
        None => request,
    };
    app.send(request.set_payload(file.1.to_vec())).await
}

fn csv(text: &str) -> (&'static str, &[u8]) {
    ("text/csv; charset=utf-8", text.as_bytes())
}

fn etag(answer: &Answer) -> &str {
    answer.header("etag")
}

/// The values of a report by indicator, of actual figures without a project.
fn value<'a>(report: &'a Value, indicator: &str) -> &'a Value {
    let figures = report["document"]["observations"].as_array().unwrap();
    figures.iter().find(|figure| figure["indicator"] == indicator).map_or(&Value::Null, |figure| &figure["value"])
}

const SHEET: &str = "indicator,value,numerator,denominator,remark\n\
    dossiers_received_total,58,,,\n\
    Số hồ sơ đã giải quyết,19,,,as counted\n\
    dossiers_in_progress_total,39,,,\n\
    online_submission_rate,\"77,5\",45,58,\n";

#[actix_web::test]
async fn a_sheet_begins_a_report_and_a_later_one_fills_it() {
    let app = TestApp::empty().await;
    let officer = app.token("ward_officer").await;
    let begun = sent(&app, &officer, Some("*"), csv(SHEET)).await;
    assert_eq!(begun.status, 201, "{}", String::from_utf8_lossy(&begun.body));
    let report = begun.json();
    assert_eq!(report["status"], "draft");
    assert_eq!(report["ignoredColumns"], json!(["remark"]));
    assert_eq!(value(&report, "dossiers_resolved_total"), "19");
    assert_eq!(value(&report, "dossiers_received_online"), "45");
    let findings: Vec<_> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["id"]).collect();
    assert!(findings.contains(&&json!("V05.online_submission_rate")), "{findings:?}");

    let more = "indicator;value\nedocs_issued;280\ndossiers_received_total;60\n";
    let filled = sent(&app, &officer, Some(etag(&begun)), csv(more)).await;
    assert_eq!(filled.status, 200, "{}", String::from_utf8_lossy(&filled.body));
    let report = filled.json();
    assert_eq!(report.get("ignoredColumns"), None);
    assert_eq!(value(&report, "dossiers_received_total"), "60", "the same figure is replaced");
    assert_eq!(value(&report, "dossiers_resolved_total"), "19", "the others stay");
    assert_eq!(value(&report, "edocs_issued"), "280");

    let leader = app.token("ward_leader").await;
    let history = app.items(&leader, &format!("{REPORT}/history")).await;
    let actions: Vec<_> = history.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"upload"), "{actions:?}");
}

#[actix_web::test]
async fn a_template_of_a_draft_goes_out_and_comes_in_again() {
    let app = TestApp::empty().await;
    let officer = app.token("ward_officer").await;
    let text = include_str!("../../seed/reports/07792-2024-Q1.toml");
    let document: danbiet::domain::report::ReportDocument = toml::from_str(text).unwrap();
    let body = serde_json::to_value(document).unwrap();
    let draft = app.write(&officer, "PUT", REPORT, Some("*"), Some(body)).await;
    assert_eq!(draft.status, 201);

    let template = app.get_as(&officer, TEMPLATE).await;
    assert_eq!((template.status, template.header("content-type")), (200, MEDIA_TYPE));
    let cached = TestRequest::get().uri(TEMPLATE).insert_header(("Authorization", format!("Bearer {officer}")));
    assert_eq!(app.send(cached.insert_header(("If-None-Match", etag(&template)))).await.status, 304);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(template.body.clone())).unwrap();
    let findings = book.worksheet_range("Phát hiện").unwrap();
    let told: Vec<_> = findings.rows().map(|row| row[0].to_string()).collect();
    assert_eq!(told.iter().filter(|severity| *severity == "Lỗi").count(), 2, "{told:?}");

    let again = sent(&app, &officer, Some(etag(&draft)), (MEDIA_TYPE, &template.body)).await;
    assert_eq!(again.status, 200, "{}", String::from_utf8_lossy(&again.body));
    let figures = |answer: &Answer| answer.json()["document"]["observations"].as_array().unwrap().len();
    assert_eq!(figures(&again), figures(&draft));
    let other = app.get_as(&officer, TEMPLATE).await;
    assert_ne!(etag(&other), etag(&template), "another state of the draft has another tag");

    // Whoever does not work on it sees no draft in it.
    let viewer = app.token("viewer").await;
    let empty = app.get_as(&viewer, TEMPLATE).await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(empty.body.clone())).unwrap();
    assert!(book.worksheet_range("Phát hiện").is_err());
    let town = app.token("town_officer").await;
    let unseen = app.get_as(&town, TEMPLATE).await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(unseen.body.clone())).unwrap();
    assert!(book.worksheet_range("Phát hiện").is_err(), "the town sees a report from its submission on");
}

#[actix_web::test]
async fn a_sheet_that_cannot_be_taken_changes_nothing() {
    let app = TestApp::empty().await;
    let officer = app.token("ward_officer").await;
    let town = app.token("town_officer").await;
    let draft = sent(&app, &officer, Some("*"), csv(SHEET)).await;
    let tag = etag(&draft).to_owned();

    assert_eq!(sent(&app, &officer, None, csv(SHEET)).await.refusal(), "428 preconditionRequired");
    assert_eq!(sent(&app, &officer, Some("*"), csv(SHEET)).await.refusal(), "412 preconditionFailed");
    assert_eq!(sent(&app, &officer, Some("\"1-99\""), csv(SHEET)).await.refusal(), "412 preconditionFailed");
    assert_eq!(sent(&app, &town, Some(&tag), csv(SHEET)).await.refusal(), "403 forbidden");
    let strange = ("application/vnd.ms-excel", SHEET.as_bytes());
    assert_eq!(sent(&app, &officer, Some(&tag), strange).await.refusal(), "415 unsupportedMediaType");
    let other = "/api/v1/wards/07798/reports/2024-Q1";
    let refused = sent_to(&app, &officer, other, Some("*"), csv("not even a sheet")).await;
    assert_eq!(refused.refusal(), "403 forbidden", "what is not one's own is not even read");
    let large = vec![b'x'; 5 * 1024 * 1024 + 1];
    assert_eq!(sent(&app, &officer, Some(&tag), ("text/csv", &large)).await.refusal(), "413 payloadTooLarge");

    let wrong = "indicator,value,project\nedocs_issued,12.5,\nland_compensation_paid,5,no-such\nhappiness,1,\n";
    let answer = sent(&app, &officer, Some(&tag), csv(wrong)).await;
    assert_eq!(answer.status, 422, "{}", String::from_utf8_lossy(&answer.body));
    let places: Vec<_> = answer.json()["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(places, [json!("2:2"), json!("4:1")]);
    let lost = "indicator,value,project\nland_compensation_paid,5,no-such\n";
    let answer = sent(&app, &officer, Some(&tag), csv(lost)).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "2:3");
    let target = "indicator,value,nature\npoverty_rate,\"0,43\",target\n";
    let answer = sent(&app, &officer, Some(&tag), csv(target)).await;
    assert_eq!(answer.json()["errors"][0]["code"], "missingParameter", "{}", answer.json());
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    let blank = workbook.save_to_buffer().unwrap();
    assert_eq!(sent(&app, &officer, Some(&tag), (MEDIA_TYPE, &blank)).await.refusal(), "422 invalidFile");
    let broken = &blank[..600];
    assert_eq!(sent(&app, &officer, Some(&tag), (MEDIA_TYPE, broken)).await.refusal(), "422 invalidFile");

    let after = app.get_as(&officer, REPORT).await;
    assert_eq!(etag(&after).split('.').next(), tag.split('.').next());
    assert_eq!(after.json()["document"], draft.json()["document"]);
}
