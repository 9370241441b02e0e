//! Reports that are worked on, by state, and what the rules say of one.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

fn path(quarter: &str) -> String {
    format!("/api/v1/wards/07792/reports/{quarter}")
}

/// Three counts that balance where six were resolved late, about which no other rule has anything to say.
async fn begun(app: &TestApp, officer: &str, quarter: &str, resolved: u32) -> Answer {
    let figures =
        [("dossiers_resolved_total", 19), ("dossiers_resolved_on_time", 13), ("dossiers_resolved_overdue", resolved)];
    let figures: Vec<_> =
        figures.iter().map(|(indicator, value)| json!({"indicator": indicator, "value": value})).collect();
    let answer = app.write(officer, "PUT", &path(quarter), Some("*"), Some(json!({"observations": figures}))).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer
}

fn quarters(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["quarter"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn those_who_work_on_reports_list_them_by_state() {
    let app = TestApp::empty().await;
    let [officer, leader, town, viewer] =
        &["ward_officer", "ward_leader", "town_officer", "viewer"].map(|name| app.token_of(name));
    let first = begun(&app, officer, "2023-Q4", 6).await;
    begun(&app, officer, "2024-Q1", 6).await;

    let drafts = app.items(officer, "/api/v1/reports?status=draft").await;
    assert_eq!(quarters(&drafts), ["2023-Q4", "2024-Q1"]);
    assert_eq!(drafts[0]["area"]["code"], "07792");
    assert_eq!((&drafts[0]["status"], drafts[0].get("document")), (&json!("draft"), None));
    assert_eq!(quarters(&app.items(officer, "/api/v1/reports?status=draft&quarter=2024-Q1").await), ["2024-Q1"]);
    let page = app.get_as(officer, "/api/v1/reports?status=draft&limit=1").await;
    assert_eq!((page.header("cache-control"), page.header("content-language")), ("private, no-cache", "vi"));
    let again = actix_web::test::TestRequest::get().uri("/api/v1/reports?status=draft&limit=1");
    let again = again.insert_header(("Authorization", format!("Bearer {officer}")));
    assert_eq!(app.send(again.insert_header(("If-None-Match", page.header("etag")))).await.status, 304);
    let cursor = page.json()["nextCursor"].as_str().unwrap().to_owned();
    assert!(page.header("link").contains(&cursor));
    let next = format!("/api/v1/reports?status=draft&limit=1&cursor={cursor}");
    assert_eq!(quarters(&app.items(officer, &next).await), ["2024-Q1"]);
    let other = format!("/api/v1/reports?status=approved&cursor={cursor}");
    assert_eq!(app.get_as(officer, &other).await.refusal(), "400 invalidCursor", "a cursor is of its own list");

    assert!(app.items(town, "/api/v1/reports?status=draft").await.is_empty(), "never sent, so not for the town");
    assert_eq!(app.get_as(viewer, "/api/v1/reports?status=draft").await.refusal(), "403 forbidden");
    assert_eq!(app.get_as(town, "/api/v1/reports?status=sent").await.refusal(), "400 invalidParameter");
    assert!(app.items(viewer, "/api/v1/reports?status=published").await.is_empty());

    let steps = format!("{}/transitions", path("2023-Q4"));
    let submit = json!({"to": "submitted"});
    let sent = app.write(leader, "POST", &steps, Some(first.header("etag")), Some(submit)).await;
    assert_eq!(sent.status, 200, "{}", String::from_utf8_lossy(&sent.body));
    let submitted = app.items(town, "/api/v1/reports?status=submitted").await;
    assert_eq!(quarters(&submitted), ["2023-Q4"]);
    assert!(submitted[0]["submittedAt"].is_string());
    // The list's tag is what the next step takes.
    let reports = json!([{"ward": "07792", "etag": submitted[0]["etag"]}]);
    let approve = json!({"quarter": "2023-Q4", "to": "approved", "reports": reports});
    assert_eq!(app.write(town, "POST", "/api/v1/reports/transitions", None, Some(approve)).await.status, 200);
    assert!(app.items(town, "/api/v1/reports?status=submitted").await.is_empty());
    assert_eq!(quarters(&app.items(leader, "/api/v1/reports?status=approved").await), ["2023-Q4"]);
    assert_eq!(quarters(&app.items(officer, "/api/v1/reports?status=draft").await), ["2024-Q1"]);
}

#[actix_web::test]
async fn findings_are_read_without_the_document_they_are_about() {
    let app = TestApp::real().await;
    let viewer = app.token_of("viewer");
    let of = path("2024-Q1");
    let (report, findings) = (app.get_as(&viewer, &of).await, app.get_as(&viewer, &format!("{of}/findings")).await);
    assert_eq!(findings.status, 200);
    let (report, told) = (report.json(), findings.json());
    assert!(told["findings"].as_array().unwrap().len() > 30);
    for name in ["area", "quarter", "status", "version", "findings", "repairs"] {
        assert_eq!(told[name], report[name], "{name}");
    }
    assert_eq!(told.get("document"), None);
    let again = actix_web::test::TestRequest::get().uri(&format!("{of}/findings"));
    let again = again.insert_header(("Authorization", format!("Bearer {viewer}")));
    assert_eq!(app.send(again.insert_header(("If-None-Match", findings.header("etag")))).await.status, 304);

    let officer = app.token_of("ward_officer");
    let draft = begun(&app, &officer, "2023-Q4", 5).await.json();
    let told = app.get_as(&officer, &format!("{}/findings", path("2023-Q4"))).await.json();
    let ids = |told: &Value| -> Vec<Value> {
        told["findings"].as_array().unwrap().iter().map(|finding| finding["id"].clone()).collect()
    };
    assert_eq!(ids(&told), [json!("V02"), json!("V04.V02")]);
    assert_eq!(ids(&told), ids(&draft));
    let unseen = app.get_as(&viewer, &format!("{}/findings", path("2023-Q4"))).await;
    assert_eq!(unseen.refusal(), "404 reportNotFound");
}

#[actix_web::test]
async fn an_explanation_names_who_gave_it() {
    let app = TestApp::real().await;
    let [officer, town] = [app.token_of("ward_officer"), app.token_of("town_officer")];
    let of = path("2024-Q1");
    let readable = app.get_as(&town, &of).await;
    let reopen = json!({"to": "draft", "comment": "Giải trình."});
    let steps = format!("{of}/transitions");
    let open = app.write(&town, "POST", &steps, Some(readable.header("etag")), Some(reopen)).await;
    let explain = format!("{of}/findings/V08/explanation");
    let body = Some(json!({"text": "Hai số quá hạn ghi lẫn."}));
    let told = app.write(&officer, "PUT", &explain, Some(open.header("etag")), body).await;
    assert_eq!(told.status, 200, "{}", String::from_utf8_lossy(&told.body));
    let account = app.account("ward_officer");
    for report in [told.json(), app.get_as(&officer, &of).await.json()] {
        let explained: Vec<_> =
            report["findings"].as_array().unwrap().iter().filter(|finding| !finding["explanation"].is_null()).collect();
        assert_eq!(explained.len(), 1);
        let by = json!({"id": account.id, "displayName": account.display_name});
        assert_eq!((&explained[0]["id"], &explained[0]["explanation"]["by"]), (&json!("V08"), &by));
    }
}
