//! Figures that agencies send: kept whole or not at all, once for every key, beside what the wards write.

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use danbiet::service::idempotency::{Idempotent, KEPT};
use danbiet::service::push::{Source, push};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};
use crate::workflow::REPORT;

const ALL: &str = "/api/v1/observations";
const SENT: &str = "/api/v1/observations/pushed";
const OWNED: [&str; 4] =
    ["dossiers_received_total", "dossiers_received_online", "online_submission_rate", "dossiers_resolved_total"];

/// A token of a new client that owns dossier counts within an area, and the client's id.
async fn client(app: &TestApp, area: &str) -> (String, String) {
    let (id, secret) = app.agency(&["observations:write"], &[area], &OWNED).await;
    let answer = app.token_endpoint(Some((&id, &secret)), "grant_type=client_credentials").await;
    (answer.json()["access_token"].as_str().unwrap().to_owned(), id)
}

fn row(indicator: &str, value: &str) -> Value {
    json!({"ward": "07792", "quarter": "2024-Q1", "indicator": indicator, "value": value})
}

async fn send(app: &TestApp, token: &str, key: Option<&str>, rows: Value) -> Answer {
    let mut request = TestRequest::post().uri(ALL).set_json(json!({ "observations": rows }));
    request = request.insert_header(("Authorization", format!("Bearer {token}")));
    request = request.insert_header(("Accept-Language", "en"));
    if let Some(key) = key {
        request = request.insert_header(("Idempotency-Key", key));
    }
    app.send(request).await
}

fn told(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

/// What the client has sent, as indicator, value and outcome.
async fn sent(app: &TestApp, token: &str) -> Vec<String> {
    let page = told(&app.get_as(token, SENT).await);
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let told = |item: &Value| format!("{} {} {}", word(item, "indicator"), word(item, "value"), word(item, "outcome"));
    page["items"].as_array().unwrap().iter().map(told).collect()
}

/// How many rows were ever kept, those that hold no more included.
fn kept(app: &TestApp) -> i64 {
    use danbiet::db::schema::pushed_observations::dsl::pushed_observations;
    use diesel::prelude::*;
    pushed_observations.count().get_result(&mut app.connect()).unwrap()
}

#[actix_web::test]
async fn figures_are_kept_once_and_a_request_that_is_sent_again_is_told_the_same() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let rows = json!([row("dossiers_received_total", "58"), row("dossiers_received_online", "45")]);
    let first = send(&app, &token, Some("\"night-1\""), rows.clone()).await;
    assert_eq!(told(&first), json!({"rows": 2, "created": 2, "updated": 0, "unchanged": 0}));
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = send(&app, &token, Some("\"night-1\""), rows.clone()).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(again.body, first.body, "byte for byte");
    let other = json!([row("dossiers_received_total", "59")]);
    assert_eq!(send(&app, &token, Some("\"night-1\""), other.clone()).await.refusal(), "422 idempotencyKeyReused");
    assert_eq!(kept(&app), 2);

    let second = send(&app, &token, Some("night-2"), rows.clone()).await;
    assert_eq!(told(&second), json!({"rows": 2, "created": 0, "updated": 0, "unchanged": 2}));
    let third = send(&app, &token, Some("night-3"), other).await;
    assert_eq!(told(&third), json!({"rows": 1, "created": 0, "updated": 1, "unchanged": 0}));
    assert_eq!(kept(&app), 3, "what held before stays on record");
    let expected = ["dossiers_received_online 45 waiting", "dossiers_received_total 59 waiting"];
    assert_eq!(sent(&app, &token).await, expected);

    // Another client's key of the same name is another key.
    let (neighbour, _) = client(&app, "222-1").await;
    let taken = send(&app, &neighbour, Some("night-1"), json!([row("dossiers_received_total", "59")])).await;
    assert_eq!(told(&taken), json!({"rows": 1, "created": 0, "updated": 1, "unchanged": 0}), "its source is another");

    assert_eq!(send(&app, &token, None, rows.clone()).await.refusal(), "400 idempotencyKeyMissing");
    assert_eq!(send(&app, &token, Some("two words"), rows.clone()).await.refusal(), "400 malformedRequest");
    app.clock.advance(KEPT + TimeDelta::seconds(1));
    let (late, _) = client(&app, "222-1").await;
    assert_eq!(send(&app, &late, Some("x"), rows).await.status, 200);
    let left: i64 = {
        use danbiet::db::schema::idempotency_keys::dsl::idempotency_keys;
        use diesel::prelude::*;
        idempotency_keys.count().get_result(&mut app.connect()).unwrap()
    };
    assert_eq!(left, 1, "answers are forgotten when their time is over");
}

#[actix_web::test]
async fn twenty_equal_requests_at_once_have_one_effect() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let rows = json!([row("dossiers_received_total", "58"), row("dossiers_received_online", "45")]);
    let another = app.another();
    another.app.follow().await.unwrap();
    let requests = (0..20).map(|at| send(if at % 2 == 0 { &app } else { &another }, &token, Some("k"), rows.clone()));
    let answers = join_all(requests).await;
    let done: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(!done.is_empty());
    assert!(done.iter().all(|answer| answer.body == done[0].body));
    assert!(done.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count() <= 1);
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(refused.refusal(), "409 requestInProgress");
        assert_eq!(refused.header("retry-after"), "1");
    }
    assert_eq!(kept(&app), 2);
    let after = send(&app, &token, Some("k"), rows).await;
    assert_eq!((&after.body, after.header("idempotent-replayed")), (&done[0].body, "true"));
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().broken, []);
}

#[actix_web::test]
async fn what_breaks_off_leaves_nothing_and_is_done_once_when_it_comes_again() {
    let app = TestApp::empty().await;
    let (token, id) = client(&app, "222-1").await;
    let caller = app.app.authenticator.authenticate(Some(&format!("Bearer {token}")), app.clock.unix()).unwrap();
    assert_eq!(caller.subject.as_deref(), Some(id.as_str()));
    let actor = danbiet::service::Actor { caller, request_id: None, now: app.clock.now() };
    let body = json!({"observations": [row("dossiers_received_total", "58")]}).to_string();
    let request = || Idempotent::new(&actor, "POST /api/v1/observations", "k".to_owned(), &[body.as_bytes()]);
    let rows = || serde_json::from_value(json!([row("dossiers_received_total", "58")])).unwrap();
    // The figures are written, and then the process is no more.
    let fails = |_| Err(danbiet::error::Error::internal("cut off"));
    push(&app.app, &actor, (Source::List, rows()), Some(request()), fails).await.unwrap_err();
    assert_eq!((kept(&app), sent(&app, &token).await.len()), (0, 0));
    let before = danbiet::db::audit::verify(&mut app.connect()).unwrap().entries;
    let first = send(&app, &token, Some("k"), json!([row("dossiers_received_total", "58")])).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, ""));
    let again = send(&app, &token, Some("k"), json!([row("dossiers_received_total", "58")])).await;
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&first.body, "true"));
    assert_eq!(kept(&app), 1);
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().entries, before + 1);
}

#[actix_web::test]
async fn one_figure_has_an_address_and_needs_no_key() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let put = async |path: &str, body: Value| app.put_as(&token, &format!("{ALL}/{path}"), None, body).await;
    let rate = put("07792/2024-Q1/online_submission_rate", json!({"numerator": 45, "denominator": 58})).await;
    assert_eq!(told(&rate), json!({"rows": 1, "created": 2, "updated": 0, "unchanged": 0}), "its two counts");
    let again = put("07792/2024-Q1/online_submission_rate", json!({"numerator": 45, "denominator": 58})).await;
    assert_eq!(told(&again)["unchanged"], 2);
    for (path, body, expected) in [
        ("07792/2024-Q1/dossiers_received_total", json!({}), "422 notMeaningful /value"),
        ("07792/2024-Q1/dossiers_received_total", json!({"value": "many"}), "422 notMeaningful /value"),
        ("07792/2024-Q1/dossiers_received_total", json!({"value": 5, "ward": "07795"}), "400 invalidBody /ward"),
        ("07792/2024-Q1/dossiers_received_total", json!({"value": 5, "origin": "stated"}), "400 invalidBody /origin"),
        ("07792/2024-Q1/dossiers_received_total", json!({"value": 44}), "422 notMeaningful /value"),
        ("07792/2024-Q1/nonsense", json!({"value": 5}), "404 indicatorNotFound {indicator}"),
        ("07792/2024-Q1/edocs_issued", json!({"value": 5}), "403 forbidden {indicator}"),
        ("99999/2024-Q1/dossiers_received_total", json!({"value": 5}), "404 areaNotFound {ward}"),
        ("07792/2024-Q5/dossiers_received_total", json!({"value": 5}), "400 invalidQuarter {quarter}"),
        ("07792/2031-Q1/dossiers_received_total", json!({"value": 5}), "422 quarterInFuture {quarter}"),
    ] {
        let answer = put(path, body).await;
        let place = answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        assert_eq!(format!("{} {place}", answer.refusal()), expected, "{path}");
    }
}

#[actix_web::test]
async fn one_bad_row_refuses_all_of_them_and_every_fault_is_told() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "07792-1").await;
    let rows = json!([
        row("dossiers_received_total", "58"),
        row("edocs_issued", "3"),
        row("dossiers_received_online", "four"),
        row("dossiers_received_total", "58"),
        {"ward": "07795", "quarter": "2024-Q1", "indicator": "dossiers_received_total", "value": 1},
        {"ward": "07792", "quarter": "2026-Q1", "indicator": "dossiers_received_total", "value": 1},
        {"ward": "222", "quarter": "2024-Q1", "indicator": "dossiers_received_total", "value": 1},
    ]);
    let refused = send(&app, &token, Some("k"), rows).await;
    assert_eq!(refused.refusal(), "403 forbidden");
    let body = refused.json();
    let mut faults: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| format!("{} {}", fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            "/observations/1/indicator forbidden",
            "/observations/2/value notMeaningful",
            "/observations/3/indicator notMeaningful",
            "/observations/4/ward forbidden",
            "/observations/5/ward areaNotFound",
            "/observations/6/ward areaNotFound",
        ]
    );
    assert_eq!((kept(&app), sent(&app, &token).await.len()), (0, 0));
    // Nothing was done, so the key is free for the corrected request.
    assert_eq!(send(&app, &token, Some("k"), json!([row("dossiers_received_total", "58")])).await.status, 200);
    let above = send(&app, &token, Some("l"), json!([row("dossiers_received_online", "59")])).await;
    assert_eq!((above.refusal(), kept(&app)), ("422 notMeaningful".to_owned(), 1));
    assert_eq!(above.json()["errors"][0]["pointer"], "/observations/0/value", "above what was sent before");
    for rows in [json!([]), json!(vec![row("dossiers_received_total", "1"); 5_001])] {
        let refused = send(&app, &token, Some("m"), rows).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], "/observations", "{}", refused.refusal());
    }
}

#[actix_web::test]
async fn a_client_of_one_ward_sends_for_no_other_and_no_viewer_sends_at_all() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "07792-1").await;
    assert_eq!(send(&app, &token, Some("a"), json!([row("dossiers_received_total", "58")])).await.status, 200);
    let other = json!([{"ward": "07795", "quarter": "2024-Q1", "indicator": "dossiers_received_total", "value": 1}]);
    assert_eq!(send(&app, &token, Some("b"), other).await.refusal(), "403 forbidden");
    let rows = json!([row("dossiers_received_total", "58")]);
    assert_eq!(send(&app, &app.token_of("viewer"), Some("c"), rows.clone()).await.refusal(), "403 forbidden");
    let (id, secret) = app.agency(&["figures:read"], &["222-1"], &OWNED).await;
    let reads = app.token_endpoint(Some((&id, &secret)), "grant_type=client_credentials").await.json();
    let reads = reads["access_token"].as_str().unwrap();
    assert_eq!(send(&app, reads, Some("d"), rows).await.refusal(), "403 forbidden", "without the scope");
}

#[actix_web::test]
async fn a_locked_quarter_takes_no_figures() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let town = app.token_of("town_officer");
    let lock = json!({"area": "222", "quarter": "2024-Q1", "locked": true, "reason": "Đã chốt."});
    assert_eq!(app.put_as(&town, "/api/v1/locks", Some("*"), lock).await.status, 200);
    let refused = send(&app, &token, Some("k"), json!([row("dossiers_received_total", "58")])).await;
    assert_eq!(refused.refusal(), "409 conflict");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/observations/0/quarter");
    assert_eq!(kept(&app), 0);
}

fn figure<'a>(report: &'a Value, code: &str) -> &'a Value {
    let figures = report["document"]["observations"].as_array().unwrap();
    figures.iter().find(|figure| figure["indicator"] == code).unwrap_or(&Value::Null)
}

fn finding<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id).unwrap_or(&Value::Null)
}

#[actix_web::test]
async fn a_draft_is_offered_what_was_sent_and_takes_it_when_its_ward_accepts() {
    let app = TestApp::empty().await;
    let (token, id) = client(&app, "222-1").await;
    let officer = app.token_of("ward_officer");
    let offers = format!("{REPORT}/offers");
    let early = app.write(&officer, "POST", &offers, Some("*"), Some(json!({}))).await;
    assert_eq!(early.refusal(), "422 notMeaningful", "nothing was sent yet");
    let rows = json!([row("dossiers_received_total", "58"), row("dossiers_received_online", "45")]);
    told(&send(&app, &token, Some("k"), rows).await);

    let own = json!({"observations": [{"indicator": "dossiers_received_total", "value": "60"}]});
    let draft = app.write(&officer, "PUT", REPORT, Some("*"), Some(own)).await;
    let report = draft.json();
    assert_eq!(figure(&report, "dossiers_received_total")["value"], "60", "nothing is copied");
    let offered: Vec<_> = report["offers"].as_array().unwrap().iter().map(|offer| offer["value"].clone()).collect();
    assert_eq!(offered, ["58", "45"]);
    let offer = &report["offers"][0];
    assert_eq!((&offer["source"], &offer["sentBy"]["id"]), (&json!("pushed"), &json!(id)));
    let warning = finding(&report, "N11.dossiers_received_total");
    assert_eq!(
        (&warning["severity"], &warning["left"], &warning["right"]),
        (&json!("warning"), &json!("60"), &json!("58"))
    );
    assert_eq!(finding(&report, "N11.dossiers_received_online")["severity"], "hint", "what is left out");

    let query = "query($w: String!, $q: String!) { workingReport(ward: $w, quarter: $q) \
        { offers { source indicator value sentBy { id } } findings { id left right } } }";
    let shown = app.ask_with(&officer, query, json!({"w": "07792", "q": "2024-Q1"})).await.json();
    let shown = &shown["data"]["workingReport"];
    assert_eq!(shown["offers"][0]["sentBy"]["id"], json!(id));
    assert!(shown["findings"].to_string().contains("N11.dossiers_received_total"), "{shown}");

    let named = json!({"indicators": ["dossiers_received_online", "edocs_issued"]});
    let unknown = app.write(&officer, "POST", &offers, Some(draft.header("etag")), Some(named)).await;
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/indicators/1");
    let some = json!({"indicators": ["dossiers_received_online"]});
    let taken = app.write(&officer, "POST", &offers, Some(draft.header("etag")), Some(some)).await;
    let report = told(&taken);
    let figure_taken = figure(&report, "dossiers_received_online");
    assert_eq!((&figure_taken["value"], &figure_taken["origin"]), (&json!("45"), &json!("pushed")));
    assert_eq!(figure(&report, "dossiers_received_total")["value"], "60", "the other one stays");
    assert_eq!(report["offers"].as_array().unwrap().len(), 1);
    let stale = app.write(&officer, "POST", &offers, Some(draft.header("etag")), Some(json!({}))).await;
    assert_eq!(stale.refusal(), "412 preconditionFailed");

    // The whole may be read and sent back; a figure that nobody sent is not called pushed.
    let mut document = report["document"].clone();
    let whole = app.write(&officer, "PUT", REPORT, Some(taken.header("etag")), Some(document.clone())).await;
    assert_eq!(figure(&told(&whole), "dossiers_received_online")["origin"], "pushed");
    let at = document["observations"].as_array().unwrap().iter().position(|figure| figure["value"] == "45").unwrap();
    document["observations"][at]["value"] = json!("44");
    let false_origin = app.write(&officer, "PUT", REPORT, Some(whole.header("etag")), Some(document)).await;
    assert_eq!(false_origin.json()["errors"][0]["pointer"], format!("/observations/{at}/origin"));

    assert_eq!(sent(&app, &token).await[0], "dossiers_received_total 58 waiting", "of a draft it is told nothing");
    let trail = told(&app.get_as(&officer, &format!("{REPORT}/history")).await);
    let entries = trail["items"].as_array().unwrap();
    let done: Vec<_> = entries.iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(done, ["push", "begin", "accept", "edit"]);
    assert_eq!(entries[0]["actor"]["id"], json!(id));
    assert!(entries[0]["actor"]["displayName"].as_str().unwrap().starts_with("agency "));
    assert!(entries[0]["after"].as_str().unwrap().contains("dossiers_received_total actual period\":\"58"));
}

#[actix_web::test]
async fn a_report_may_begin_with_what_was_sent() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let officer = app.token_of("ward_officer");
    told(&send(&app, &token, Some("k"), json!([row("dossiers_received_total", "58")])).await);
    let query = "mutation($w: String!, $q: String!) { acceptOffers(ward: $w, quarter: $q, ifNoneMatch: \"*\") \
        { status document { observations { indicator value origin } } offers { value } } }";
    let begun = app.ask_with(&officer, query, json!({"w": "07792", "q": "2024-Q1"})).await.json();
    let report = &begun["data"]["acceptOffers"];
    let expected = json!([{"indicator": "dossiers_received_total", "value": "58", "origin": "pushed"}]);
    assert_eq!((&report["document"]["observations"], &report["offers"]), (&expected, &json!([])), "{begun}");
}

/// Explains every warning that nobody has explained; answers the last state.
async fn explained(app: &TestApp, token: &str) -> Answer {
    let mut last = app.write(token, "GET", REPORT, None, None).await;
    for finding in told(&last)["findings"].as_array().unwrap().clone() {
        if finding["severity"] == "warning" && finding["explanation"].is_null() {
            let path = format!("{REPORT}/findings/{}/explanation", finding["id"].as_str().unwrap());
            let body = json!({"text": "Theo sổ của phường."});
            last = app.write(token, "PUT", &path, Some(last.header("etag")), Some(body)).await;
            told(&last);
        }
    }
    last
}

async fn moved(app: &TestApp, token: &str, to: &str, comment: Option<&str>) -> Answer {
    let etag = app.write(token, "GET", REPORT, None, None).await.header("etag").to_owned();
    let body = json!({"to": to, "comment": comment});
    app.write(token, "POST", &format!("{REPORT}/transitions"), Some(&etag), Some(body)).await
}

#[actix_web::test]
async fn after_submission_another_figure_must_be_explained_and_never_changes_the_report() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let (officer, leader, town) =
        (app.token_of("ward_officer"), app.token_of("ward_leader"), app.token_of("town_officer"));
    let own = json!({"observations": [
        {"indicator": "dossiers_received_total", "value": "58"}, {"indicator": "dossiers_resolved_total", "value": "19"},
    ]});
    assert_eq!(app.write(&officer, "PUT", REPORT, Some("*"), Some(own)).await.status, 201);
    told(&send(&app, &token, Some("a"), json!([row("dossiers_received_total", "58")])).await);
    explained(&app, &officer).await;
    assert_eq!(told(&moved(&app, &leader, "submitted", None).await)["status"], "submitted");
    assert_eq!(sent(&app, &token).await, ["dossiers_received_total 58 taken"]);

    let rows = json!([row("dossiers_received_total", "61"), row("dossiers_received_online", "45")]);
    told(&send(&app, &token, Some("b"), rows).await);
    let expected = ["dossiers_received_total 61 differs", "dossiers_received_online 45 leftOut"];
    assert_eq!(sent(&app, &token).await, expected);
    let report = told(&app.write(&officer, "GET", REPORT, None, None).await);
    assert_eq!(figure(&report, "dossiers_received_total")["value"], "58", "never an edit");
    assert_eq!(finding(&report, "N11.dossiers_received_total")["right"], "61");
    let blocked = moved(&app, &town, "approved", None).await;
    assert_eq!(blocked.refusal(), "409 openFindings");
    assert!(blocked.json()["errors"].to_string().contains("N11.dossiers_received_total"));

    explained(&app, &officer).await;
    let path = format!("{REPORT}/findings/N11.dossiers_received_total/explanation");
    let etag = app.write(&officer, "GET", REPORT, None, None).await.header("etag").to_owned();
    for (method, body) in [("PUT", Some(json!({"text": "Khác."}))), ("DELETE", None)] {
        let refused = app.write(&officer, method, &path, Some(&etag), body).await;
        assert_eq!(refused.refusal(), "409 conflict", "what was said of a report that was sent stands");
    }
    assert_eq!(told(&moved(&app, &town, "approved", None).await)["status"], "approved");
    explained(&app, &officer).await;
    let published = moved(&app, &town, "published", None).await;
    assert_eq!(told(&published)["status"], "published");
    let page = told(&app.get_as(&token, &format!("{SENT}?ward=07792&quarter=2024-Q1&limit=1")).await);
    let item = &page["items"][0];
    assert_eq!((&item["outcome"], &item["reportStatus"]), (&json!("differs"), &json!("published")));
    assert_eq!(item["explanation"], "Theo sổ của phường.");
    let next = page["nextCursor"].as_str().unwrap();
    let rest = told(&app.get_as(&token, &format!("{SENT}?ward=07792&quarter=2024-Q1&limit=1&cursor={next}")).await);
    assert_eq!((&rest["items"][0]["value"], &rest["nextCursor"]), (&json!("45"), &Value::Null));

    // A figure that comes after publication is shown to those who work on the report; what is published stays.
    told(&send(&app, &token, Some("c"), json!([row("dossiers_received_total", "62")])).await);
    let seen = told(&app.write(&town, "GET", REPORT, None, None).await);
    assert_eq!(finding(&seen, "N11.dossiers_received_total")["right"], "62");
    let public = told(&app.get_as(&app.token_of("viewer"), REPORT).await);
    assert_eq!(finding(&public, "N11.dossiers_received_total")["right"], "61");
}

#[actix_web::test]
async fn rates_agree_to_the_decimals_that_both_have() {
    let app = TestApp::empty().await;
    let (token, _) = client(&app, "222-1").await;
    let officer = app.token_of("ward_officer");
    told(&send(&app, &token, Some("k"), json!([row("online_submission_rate", "77.5862")])).await);
    let mut etag = "*".to_owned();
    for (stated, differs) in [("77.6", false), ("77.5", true), ("78", false), ("77.5862", false)] {
        let body = json!({"observations": [{"indicator": "online_submission_rate", "value": stated}]});
        let answer = app.write(&officer, "PUT", REPORT, Some(&etag), Some(body)).await;
        assert!([200, 201].contains(&answer.status));
        let report = answer.json();
        assert_eq!(!finding(&report, "N11.online_submission_rate").is_null(), differs, "{stated}");
        answer.header("etag").clone_into(&mut etag);
    }
}
