//! A ward's quarter from draft to publication, as the people of the ward and the town go through it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

pub const REPORT: &str = "/api/v1/wards/07792/reports/2024-Q1";
pub const EXCHANGE: &str = "exchange.dossiers_in_progress_overdue.dossiers_resolved_overdue";

/// The real report, as its ward would send it.
pub fn real_report() -> Value {
    let text = include_str!("../../seed/reports/07792-2024-Q1.toml");
    let document: danbiet::domain::report::ReportDocument = toml::from_str(text).unwrap();
    serde_json::to_value(document).unwrap()
}

fn said(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

async fn moved(app: &TestApp, token: &str, etag: &str, to: &str, comment: Option<&str>) -> Answer {
    let body = json!({ "to": to, "comment": comment });
    app.write(token, "POST", &format!("{REPORT}/transitions"), Some(etag), Some(body)).await
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").to_owned()
}

/// Begins the real report and answers what came of it.
async fn begun(app: &TestApp) -> Answer {
    let officer = app.token("ward_officer").await;
    let answer = app.write(&officer, "PUT", REPORT, Some("*"), Some(real_report())).await;
    said(&answer, 201);
    answer
}

/// Takes the repair and explains every warning; answers the last write.
async fn mended(app: &TestApp, officer: &str, start: &Answer) -> Answer {
    let body = json!({ "repair": EXCHANGE, "restate": true });
    let mut last = app.write(officer, "POST", &format!("{REPORT}/repairs"), Some(&etag(start)), Some(body)).await;
    let findings = said(&last, 200)["findings"].as_array().unwrap().clone();
    for finding in findings.iter().filter(|finding| finding["severity"] == "warning") {
        let path = format!("{REPORT}/findings/{}/explanation", finding["id"].as_str().unwrap());
        let body = json!({ "text": "Số liệu theo sổ theo dõi của phường." });
        last = app.write(officer, "PUT", &path, Some(&etag(&last)), Some(body)).await;
        said(&last, 200);
    }
    last
}

#[actix_web::test]
async fn the_findings_of_the_real_report_are_the_reviewed_ones() {
    let app = TestApp::empty().await;
    let report = begun(&app).await.json();
    let mut text = String::from(
        "| finding | severity | left | right | difference | figures | places |\n|---|---|---|---|---|---|---|\n",
    );
    for finding in report["findings"].as_array().unwrap() {
        let word = |name: &str| finding[name].as_str().unwrap_or("").replace('|', "/");
        let figures: Vec<_> =
            finding["figures"].as_array().unwrap().iter().map(|figure| figure["indicator"].as_str().unwrap()).collect();
        let places: Vec<_> =
            finding["pointers"].as_array().unwrap().iter().map(|place| place.as_str().unwrap()).collect();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            word("id"),
            word("severity"),
            word("left"),
            word("right"),
            word("difference"),
            figures.join(", "),
            places.join(", ")
        )
        .unwrap();
    }
    text.push_str("\n| repair | rank | tied | keeps | restates |\n|---|---|---|---|---|\n");
    for repair in report["repairs"].as_array().unwrap() {
        let keeps: Vec<_> = repair["keeps"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        let restates: Vec<_> = repair["restate"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| format!("{} {} → {}", change["indicator"], change["from"], change["to"]).replace('"', ""))
            .collect();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            repair["id"].as_str().unwrap(),
            repair["rank"],
            repair["tied"],
            keeps.join(", "),
            restates.join(", ")
        )
        .unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/findings.md");
    if std::env::var_os("UPDATE_REVIEWED_FILES").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap_or_default(), "review it, then UPDATE_REVIEWED_FILES=1");
}

#[actix_web::test]
async fn a_report_goes_from_draft_to_publication_with_every_contradiction_dealt_with() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let (town, viewer) = (app.token("town_officer").await, app.token("viewer").await);
    let draft = begun(&app).await;

    // Nobody but the ward sees a draft that was never sent.
    assert_eq!(app.get_as(&viewer, REPORT).await.refusal(), "404 reportNotFound");
    assert_eq!(app.get_as(&town, REPORT).await.refusal(), "404 reportNotFound");
    assert_eq!(app.get_as(&leader, REPORT).await.status, 200);
    assert_eq!(moved(&app, &town, "\"9-9\"", "approved", None).await.refusal(), "404 reportNotFound");

    // As printed it does not add up, so it is not sent.
    let refused = moved(&app, &leader, &etag(&draft), "submitted", None).await;
    assert_eq!(refused.refusal(), "409 openFindings");
    let named = refused.json()["errors"].to_string();
    assert!(named.contains("V02") && named.contains("V03"), "{named}");

    let ready = mended(&app, &officer, &draft).await;
    let report = ready.json();
    let value = |code: &str| {
        let figures = report["document"]["observations"].as_array().unwrap();
        figures.iter().find(|figure| figure["indicator"] == code).unwrap()["value"].clone()
    };
    // 13 + 6 = 19 and 26 + 13 = 39; 6 of 19 is 31.6 %.
    assert_eq!(value("dossiers_resolved_overdue"), "6");
    assert_eq!(value("dossiers_in_progress_overdue"), "13");
    assert_eq!(value("overdue_resolution_rate"), "31.6");
    assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding["severity"] != "error"));

    // The officer may not send it; the chairman may.
    assert_eq!(moved(&app, &officer, &etag(&ready), "submitted", None).await.refusal(), "403 forbidden");
    let sent = moved(&app, &leader, &etag(&ready), "submitted", None).await;
    assert_eq!(said(&sent, 200)["status"], "submitted");
    let edit = app.write(&officer, "PATCH", REPORT, Some(&etag(&sent)), Some(json!({"title": "Khác"}))).await;
    assert_eq!(edit.refusal(), "409 conflict");

    // The town returns it once, and must say why.
    let seen = app.get_as(&town, REPORT).await;
    assert_eq!(said(&seen, 200)["status"], "submitted");
    let silent = moved(&app, &town, &etag(&seen), "returned", None).await;
    assert_eq!(
        (silent.refusal().as_str(), &silent.json()["errors"][0]["pointer"]),
        ("422 notMeaningful", &json!("/comment"))
    );
    let returned = moved(&app, &town, &etag(&seen), "returned", Some("Bổ sung người ký.")).await;
    assert_eq!(said(&returned, 200)["reason"], "Bổ sung người ký.");
    assert_eq!(moved(&app, &leader, &etag(&sent), "submitted", None).await.refusal(), "412 preconditionFailed");
    let again = moved(&app, &leader, &etag(&returned), "submitted", None).await;
    said(&again, 200);

    let approved = moved(&app, &town, &etag(&again), "approved", None).await;
    said(&approved, 200);
    // It is not readable before the clerk has given it its number and date.
    assert_eq!(moved(&app, &town, &etag(&approved), "published", None).await.refusal(), "409 openFindings");
    let body = json!({"number": "25", "date": "2024-03-15"});
    let registered = app.write(&officer, "PATCH", REPORT, Some(&etag(&approved)), Some(body)).await;
    said(&registered, 200);
    let before =
        app.items(&viewer, "/api/v1/aggregates?area=07792&indicator=overdue_resolution_rate&quarter=2024-Q1").await;
    assert_eq!(before[0]["value"], Value::Null);
    let published = moved(&app, &town, &etag(&registered), "published", None).await;
    let revision = said(&published, 200)["revision"].as_i64().unwrap();
    let answer = app
        .get_as(&viewer, "/api/v1/aggregates?area=07792&indicator=overdue_resolution_rate&quarter=2024-Q1")
        .await
        .json();
    assert_eq!(answer["revision"], revision);
    assert_eq!(answer["items"][0]["value"], json!(31.5789));
    assert_eq!(answer["items"][0]["status"], "A");
    let read = said(&app.get_as(&viewer, REPORT).await, 200);
    assert_eq!((&read["status"], &read["document"]["number"]), (&json!("published"), &json!("25")));
    assert_eq!(published.json().get("reason"), None, "why it was once returned is history");
    assert!(read["findings"].as_array().unwrap().iter().any(|finding| finding["explanation"]["text"].is_string()));

    // Reopened as a new version; the published one stays readable until it is replaced, and is taken back by itself.
    let reopened = moved(&app, &town, &etag(&published), "draft", Some("Sửa số hộ nghèo.")).await;
    assert_eq!(said(&reopened, 200)["version"], 2);
    assert_eq!(said(&app.get_as(&viewer, REPORT).await, 200)["version"], 1);
    let retracted = moved(&app, &town, &etag(&reopened), "retracted", Some("Công bố nhầm.")).await;
    said(&retracted, 200);
    assert_eq!(app.get_as(&viewer, REPORT).await.refusal(), "404 reportNotFound");
    let gone = app.items(&viewer, "/api/v1/observations?ward=07792&quarter=2024-Q1").await;
    assert!(gone.is_empty());
}

#[actix_web::test]
async fn of_two_steps_at_once_one_wins() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let draft = begun(&app).await;
    let ready = mended(&app, &officer, &draft).await;
    let tag = etag(&ready);
    let (one, other) = futures_util::join!(
        moved(&app, &leader, &tag, "submitted", None),
        moved(&app, &leader, &tag, "submitted", None)
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[actix_web::test]
async fn bad_writes_are_refused_and_change_nothing() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let draft = begun(&app).await;
    let tag = etag(&draft);
    let figure = |figure: Value| json!({ "observations": [figure] });
    let cases = [
        (figure(json!({"indicator": "no_such"})), "404 indicatorNotFound", "/observations/0/indicator"),
        (
            figure(json!({"indicator": "satisfaction_rate", "numerator": 5})),
            "422 notMeaningful",
            "/observations/0/denominator",
        ),
        (figure(json!({"indicator": "edocs_issued", "value": -1})), "422 notMeaningful", "/observations/0/value"),
        (figure(json!({"indicator": "edocs_issued", "value": 1.5})), "422 notMeaningful", "/observations/0/value"),
        (figure(json!({"indicator": "edocs_issued", "value": "NaN"})), "422 notMeaningful", "/observations/0/value"),
        (
            figure(json!({"indicator": "edocs_issued", "value": "9007199254740992"})),
            "422 notMeaningful",
            "/observations/0/value",
        ),
        (
            figure(json!({"indicator": "satisfaction_rate", "numerator": 6, "denominator": 5})),
            "422 notMeaningful",
            "/observations/0/numerator",
        ),
        (
            figure(json!({"indicator": "poverty_rate", "nature": "target", "value": "0.4"})),
            "422 notMeaningful",
            "/observations/0/referencePeriod",
        ),
        (
            figure(json!({"indicator": "petitions_eligible", "value": 1})),
            "422 notMeaningful",
            "/observations/0/indicator",
        ),
        (
            figure(json!({"indicator": "edocs_issued", "value": 1, "colour": 2})),
            "400 invalidBody",
            "/observations/0/colour",
        ),
        (json!({"ward": "07795"}), "400 invalidBody", "/ward"),
        (json!({"narrative": "text"}), "400 invalidBody", "/narrative"),
    ];
    for (body, refusal, pointer) in cases {
        let answer = app.write(&officer, "PATCH", REPORT, Some(&tag), Some(body.clone())).await;
        assert_eq!(answer.refusal(), refusal, "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    let patch = json!({"title": "Khác"});
    assert_eq!(
        app.write(&officer, "PATCH", REPORT, None, Some(patch.clone())).await.refusal(),
        "428 preconditionRequired"
    );
    assert_eq!(
        app.write(&officer, "PATCH", REPORT, Some("\"9-9\""), Some(patch.clone())).await.refusal(),
        "412 preconditionFailed"
    );
    assert_eq!(
        app.write(&officer, "PUT", REPORT, Some("*"), Some(real_report())).await.refusal(),
        "412 preconditionFailed"
    );
    let other = "/api/v1/wards/07795/reports/2024-Q1";
    assert_eq!(app.write(&officer, "PUT", other, Some("*"), Some(json!({}))).await.refusal(), "403 forbidden");
    // Ninh Sơn's code was Vân Hà's from 2025-07-01 on, and Quảng Minh's is nobody's.
    let later = "/api/v1/wards/07792/reports/2025-Q3";
    assert_eq!(app.write(&officer, "PUT", later, Some("*"), Some(json!({}))).await.refusal(), "404 areaNotFound");
    let many: Vec<_> = (0..10_000).map(|_| json!({"indicator": "edocs_issued", "value": 1})).collect();
    let answer = app.write(&officer, "PATCH", REPORT, Some(&tag), Some(json!({ "observations": many }))).await;
    assert_eq!(answer.refusal(), "400 invalidBody");
    let long = json!({"narrative": [{"outline": "I", "heading": "I", "text": "x".repeat(10_000_000)}]});
    assert_eq!(app.write(&officer, "PATCH", REPORT, Some(&tag), Some(long)).await.status, 413);
    let sent = moved(&app, &leader, &tag, "sent", None).await;
    let detail = "/to must be one of: draft, submitted, returned, approved, published, retracted.";
    assert_eq!((sent.refusal().as_str(), &sent.json()["detail"]), ("400 invalidBody", &json!(detail)));
    let explanation = |finding: &str| format!("{REPORT}/findings/{finding}/explanation");
    let body = Some(json!({"text": "Đã đối chiếu."}));
    let error = app.write(&officer, "PUT", &explanation("V02"), Some(&tag), body.clone()).await;
    assert_eq!(error.refusal(), "422 notMeaningful", "an error is mended, not explained");
    let unknown = app.write(&officer, "PUT", &explanation("V99"), Some(&tag), body).await;
    assert_eq!(unknown.refusal(), "404 findingNotFound");
    assert_eq!(moved(&app, &leader, &tag, "published", None).await.refusal(), "403 forbidden");
    assert_eq!(moved(&app, &leader, &tag, "submitted", None).await.refusal(), "409 openFindings");
    let unchanged = app.get_as(&officer, REPORT).await;
    assert_eq!(unchanged.json()["document"], draft.json()["document"]);
}

#[actix_web::test]
async fn the_town_moves_many_reports_at_once_or_none() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let town = app.token("town_officer").await;
    let ready = mended(&app, &officer, &begun(&app).await).await;
    let body = json!({"number": "25", "date": "2024-03-15"});
    let ready = app.write(&officer, "PATCH", REPORT, Some(&etag(&ready)), Some(body)).await;
    let sent = moved(&app, &leader, &etag(&ready), "submitted", None).await;
    said(&sent, 200);
    let all = |reports: Value, to: &str| json!({"quarter": "2024-Q1", "to": to, "reports": reports});
    let path = "/api/v1/reports/transitions";
    let missing = json!([{"ward": "07792", "etag": etag(&sent)}, {"ward": "07795", "etag": "\"1-1\""}]);
    let refused = app.write(&town, "POST", path, None, Some(all(missing, "approved"))).await;
    assert_eq!(refused.refusal(), "409 conflict");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/reports/1");
    let one = |etag: &str| json!([{"ward": "07792", "etag": etag}]);
    let approved = app.write(&town, "POST", path, None, Some(all(one(&etag(&sent)), "approved"))).await;
    let tag = said(&approved, 200)["reports"][0]["etag"].as_str().unwrap().to_owned();
    let published = app.write(&town, "POST", path, None, Some(all(one(&tag), "published"))).await;
    let published = said(&published, 200);
    assert_eq!(published["reports"][0]["status"], "published");
    assert!(published["revision"].as_i64().unwrap() > 0);
}

#[actix_web::test]
async fn honest_reports_raise_no_error_and_a_contested_figure_is_told_wherever_it_is_read() {
    let app = TestApp::demo().await;
    let viewer = app.token("viewer").await;
    // The generated neighbours add up, so nothing of theirs is contested; of the real report, what V02 and V03 are about is.
    let reader = danbiet::domain::policy::Caller {
        role: danbiet::domain::policy::Role::Admin,
        ..danbiet::domain::policy::Caller::public()
    };
    let snapshot = app.app.snapshots.read(&reader, danbiet::domain::policy::Action::FiguresRead).unwrap();
    let quarters: Vec<_> = snapshot.quarters().collect();
    let mut contested = Vec::new();
    for quarter in quarters {
        for ward in snapshot.wards_with_figures(quarter) {
            contested.extend(snapshot.figures(ward, quarter).iter().filter(|figure| figure.contested));
        }
    }
    assert_eq!(contested.len(), 6);
    assert!(contested.iter().all(|figure| !figure.synthetic));
    let path = "/api/v1/observations?ward=07792&quarter=2024-Q1&indicator=dossiers_resolved_overdue";
    let figure = app.items(&viewer, path).await.remove(0);
    assert_eq!((&figure["status"], &figure["detail"]["findings"]), (&json!("U"), &json!(["V02"])));
    let path = "/api/v1/aggregates?area=07792&indicator=on_time_resolution_rate,online_submission_rate&quarter=2024-Q1";
    let items = app.items(&viewer, path).await;
    assert_eq!((&items[0]["status"], &items[1]["status"]), (&json!("U"), &json!("A")));
    let ward = |finding: &str| json!([{"code": "07792", "name": "Phường Quảng Minh", "findingIds": [finding]}]);
    assert_eq!((&items[0]["contested"], items[1].get("contested")), (&ward("V02"), None));
    // In a town's value the coverage has the stronger status, and the contested ward is named all the same.
    let path = "/api/v1/aggregates?area=222&indicator=dossiers_in_progress_overdue&quarter=2024-Q1";
    let town = app.items(&viewer, path).await.remove(0);
    assert_eq!((&town["status"], &town["contested"]), (&json!("P"), &ward("V03")));
}

#[actix_web::test]
async fn a_generated_report_goes_back_as_it_was_read_and_becomes_real_figure_by_figure() {
    use danbiet::domain::policy::Role;
    let app = TestApp::demo().await;
    let path = "/api/v1/wards/07783/reports/2024-Q2";
    app.add_account("officer", Role::WardOfficer, "07783-1").await;
    let (town, officer) = (app.token("town_officer").await, app.token("officer").await);
    let readable = app.get_as(&town, path).await;
    let reopen = json!({"to": "draft", "comment": "Nhập số thật."});
    let open = app.write(&town, "POST", &format!("{path}/transitions"), Some(&etag(&readable)), Some(reopen)).await;
    let document = said(&open, 200)["document"].clone();
    let back = app.write(&officer, "PUT", path, Some(&etag(&open)), Some(document.clone())).await;
    assert_eq!(said(&back, 200)["document"], document);
    assert_eq!(back.json()["synthetic"], json!(true));

    let body = json!({"observations": [{"indicator": "edocs_issued", "value": "7"}]});
    let real = said(&app.write(&officer, "PATCH", path, Some(&etag(&back)), Some(body)).await, 200);
    for figure in real["document"]["observations"].as_array().unwrap() {
        let generated = figure["synthetic"] == json!(true);
        assert_eq!(generated, figure["indicator"] != "edocs_issued", "{figure}");
    }
    // Nothing generated is left in it, so nothing is marked any more.
    let body = json!({"observations": [{"indicator": "edocs_issued", "value": "7"}]});
    let tag = app.get_as(&officer, path).await;
    let whole = app.write(&officer, "PUT", path, Some(&etag(&tag)), Some(body)).await;
    assert_eq!(said(&whole, 200)["synthetic"], json!(false));
}

#[actix_web::test]
async fn a_report_stays_of_a_size_however_it_grows() {
    let app = TestApp::empty().await;
    let officer = app.token_of("ward_officer");
    let figures = |from: usize, count: usize| -> Value {
        let period = |at: usize| format!("period {at}");
        let figure = |at| json!({"indicator": "edocs_issued", "value": 1, "referencePeriod": period(at)});
        (from..from + count).map(figure).collect()
    };
    let begun = app.write(&officer, "PUT", REPORT, Some("*"), Some(json!({"observations": figures(0, 1_000)}))).await;
    assert_eq!(begun.status, 201);
    let more = json!({"observations": figures(1_000, 1)});
    let refused = app.write(&officer, "PATCH", REPORT, Some(&etag(&begun)), Some(more)).await;
    assert_eq!(
        (refused.refusal().as_str(), &refused.json()["errors"][0]["pointer"]),
        ("422 notMeaningful", &json!("/observations"))
    );
    let again = json!({"observations": figures(0, 1)});
    assert_eq!(app.write(&officer, "PATCH", REPORT, Some(&etag(&begun)), Some(again)).await.status, 200);
}
