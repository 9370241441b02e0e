//! A ward's quarter from draft to publication over GraphQL, and that what is refused is refused as over REST.

use serde_json::{Map, Value, json};

use crate::graphql::plain;
use crate::graphql_reports::{FINDINGS, document, without_defaults};
use crate::support::{Answer, TestApp};
use crate::workflow::{EXCHANGE, REPORT, real_report};

const STATE: &str = "etag status version revision reason findings { id severity explanation { text } } \
    actions { action to allowed blockedBy { code finding } } \
    document { number observations { indicator nature value } }";

/// The type of an argument, as the schema has it.
fn kind(argument: &str) -> &'static str {
    match argument {
        "document" | "patch" => "ReportInput!",
        "to" => "ReportStatus!",
        "reports" => "[BulkReport!]!",
        "restate" => "Boolean!",
        "value" => "Float!",
        "level" => "Level",
        "first" => "Int",
        "comment" | "reason" | "ifMatch" | "ifNoneMatch" => "String",
        _ => "String!",
    }
}

/// Calls a root field with arguments, all of them as variables.
pub async fn call(app: &TestApp, token: &str, operation: &str, arguments: &Value, selection: &str) -> Answer {
    let (root, field) = operation.split_once(' ').unwrap();
    let names = || arguments.as_object().unwrap().keys();
    let declared: Vec<_> = names().map(|name| format!("${name}: {}", kind(name))).collect();
    let given: Vec<_> = names().map(|name| format!("{name}: ${name}")).collect();
    let query = format!("{root} ({}) {{ {field}({}) {{ {selection} }} }}", declared.join(", "), given.join(", "));
    app.ask_with(token, &query, arguments.clone()).await
}

/// What a field answers that is not refused.
pub fn answered(answer: &Answer) -> Value {
    let answer = answer.json();
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].as_object().unwrap().values().next().unwrap().clone()
}

/// The arguments of a field about the real report.
fn about(more: Value) -> Value {
    let mut arguments = json!({ "ward": "07792", "quarter": "2024-Q1" });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    arguments
}

async fn write(app: &TestApp, token: &str, field: &str, more: Value) -> Answer {
    call(app, token, &format!("mutation {field}"), &about(more), STATE).await
}

async fn moved(app: &TestApp, token: &str, report: &Value, to: &str, comment: Option<&str>) -> Answer {
    write(app, token, "moveReport", json!({ "to": to, "comment": comment, "ifMatch": report["etag"] })).await
}

async fn working(app: &TestApp, token: &str) -> Answer {
    call(app, token, "query workingReport", &about(json!({})), STATE).await
}

/// Begins the real report.
async fn begun(app: &TestApp, officer: &str) -> Value {
    answered(&write(app, officer, "putReport", json!({ "document": real_report(), "ifNoneMatch": "*" })).await)
}

/// Takes the repair and explains every warning.
async fn mended(app: &TestApp, officer: &str, draft: &Value) -> Value {
    let repair = json!({ "repair": EXCHANGE, "restate": true, "ifMatch": draft["etag"] });
    let mut report = answered(&write(app, officer, "acceptRepair", repair).await);
    for finding in report["findings"].as_array().unwrap().clone() {
        if finding["severity"] == "warning" {
            let text = "Số liệu theo sổ theo dõi của phường.";
            let more = json!({ "finding": finding["id"], "text": text, "ifMatch": report["etag"] });
            report = answered(&write(app, officer, "explainFinding", more).await);
        }
    }
    report
}

fn value<'a>(report: &'a Value, code: &str) -> &'a Value {
    let figures = report["document"]["observations"].as_array().unwrap();
    let figure = figures.iter().find(|figure| figure["indicator"] == code && figure["nature"] == "actual");
    &figure.unwrap()["value"]
}

/// What the caller may do now.
fn allowed(report: &Value) -> Vec<&str> {
    let actions = report["actions"].as_array().unwrap().iter();
    actions.filter(|action| action["allowed"] == true).map(|action| action["action"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_report_goes_from_draft_to_publication_with_every_contradiction_dealt_with() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let (town, viewer) = (app.token("town_officer").await, app.token("viewer").await);
    let draft = begun(&app, &officer).await;
    assert_eq!((&draft["status"], &draft["version"]), (&json!("draft"), &json!(1)));

    // Nobody but the ward sees a draft that was never sent.
    assert_eq!(working(&app, &viewer).await.codes(), ["forbidden"]);
    assert_eq!(working(&app, &town).await.codes(), ["reportNotFound"]);
    assert_eq!(moved(&app, &town, &json!({ "etag": "\"9-9\"" }), "approved", None).await.codes(), ["reportNotFound"]);
    let seen = answered(&working(&app, &leader).await);
    assert_eq!((&seen["etag"], allowed(&seen)), (&draft["etag"], vec!["edit"]));

    // As printed it does not add up, so it is not sent.
    let submit = seen["actions"].as_array().unwrap().iter().find(|action| action["action"] == "submit").unwrap();
    let blockers: Vec<_> = submit["blockedBy"].as_array().unwrap().iter().map(|by| by["finding"].clone()).collect();
    assert!(blockers.contains(&json!("V02")) && blockers.contains(&json!("V03")), "{blockers:?}");
    let refused = moved(&app, &leader, &draft, "submitted", None).await;
    assert_eq!(refused.codes(), ["openFindings"]);
    let named = refused.json()["errors"][0]["extensions"]["errors"].to_string();
    assert!(named.contains("V02") && named.contains("V03"), "{named}");

    let ready = mended(&app, &officer, &draft).await;
    // 13 + 6 = 19 and 26 + 13 = 39; 6 of 19 is 31.6 %, where 68.4 % was printed.
    assert_eq!(value(&draft, "overdue_resolution_rate"), "68.4");
    assert_eq!(value(&ready, "dossiers_resolved_overdue"), "6");
    assert_eq!(value(&ready, "dossiers_in_progress_overdue"), "13");
    assert_eq!(value(&ready, "overdue_resolution_rate"), "31.6");
    assert!(ready["findings"].as_array().unwrap().iter().all(|finding| finding["severity"] != "error"));

    // An explanation that is taken back leaves its finding open.
    let warning =
        ready["findings"].as_array().unwrap().iter().find(|finding| finding["severity"] == "warning").unwrap();
    let more = json!({ "finding": warning["id"], "ifMatch": ready["etag"] });
    let open = answered(&write(&app, &officer, "deleteExplanation", more).await);
    assert_eq!(moved(&app, &leader, &open, "submitted", None).await.codes(), ["openFindings"]);
    let more = json!({ "finding": warning["id"], "text": "Đã đối chiếu.", "ifMatch": open["etag"] });
    let ready = answered(&write(&app, &officer, "explainFinding", more).await);

    // The officer may not send it; the chairman may.
    assert_eq!(moved(&app, &officer, &ready, "submitted", None).await.codes(), ["forbidden"]);
    let sent = answered(&moved(&app, &leader, &ready, "submitted", None).await);
    assert_eq!(sent["status"], "submitted");
    let edit = write(&app, &officer, "patchReport", json!({"patch": {"title": "Khác"}, "ifMatch": sent["etag"]})).await;
    assert_eq!(edit.codes(), ["conflict"]);

    // The town returns it once, and must say why.
    let seen = answered(&working(&app, &town).await);
    assert_eq!((&seen["status"], &seen["etag"]), (&json!("submitted"), &sent["etag"]));
    let silent = moved(&app, &town, &seen, "returned", None).await;
    let fault = &silent.json()["errors"][0]["extensions"];
    assert_eq!((&fault["code"], &fault["errors"][0]["pointer"]), (&json!("notMeaningful"), &json!("/comment")));
    let returned = answered(&moved(&app, &town, &seen, "returned", Some("Bổ sung người ký.")).await);
    assert_eq!(returned["reason"], "Bổ sung người ký.");
    assert_eq!(moved(&app, &leader, &sent, "submitted", None).await.codes(), ["preconditionFailed"]);
    let again = answered(&moved(&app, &leader, &returned, "submitted", None).await);

    let approved = answered(&moved(&app, &town, &again, "approved", None).await);
    // It is not readable before the clerk has given it its number and date.
    assert_eq!(moved(&app, &town, &approved, "published", None).await.codes(), ["openFindings"]);
    let patch = json!({"patch": {"number": "25", "date": "2024-03-15"}, "ifMatch": approved["etag"]});
    let registered = answered(&write(&app, &officer, "patchReport", patch).await);
    let aggregates = "{ head { revision } aggregates(area: \"07792\", indicators: [\"overdue_resolution_rate\"], \
         quarter: \"2024-Q1\") { value status } report(ward: \"07792\", quarter: \"2024-Q1\") { version } }";
    let before = app.ask(Some(&viewer), aggregates).await;
    assert_eq!(before.codes(), ["reportNotFound"]);
    assert_eq!(before.json()["data"]["aggregates"][0]["value"], Value::Null);
    let published = answered(&moved(&app, &town, &registered, "published", None).await);
    assert_eq!((&published["status"], &published["reason"]), (&json!("published"), &Value::Null));
    let after = app.data(&viewer, aggregates).await;
    assert_eq!(after["head"]["revision"], published["revision"]);
    assert_eq!(after["aggregates"][0], json!({"value": 31.5789, "status": "A"}));
    assert_eq!(after["report"]["version"], 1);

    // Reopened as a new version; the published one stays readable until it is replaced, and is taken back by itself.
    let reopened = answered(&moved(&app, &town, &published, "draft", Some("Sửa số hộ nghèo.")).await);
    assert_eq!(reopened["version"], 2);
    assert_eq!(app.data(&viewer, aggregates).await["report"]["version"], 1);
    let retracted = answered(&moved(&app, &town, &reopened, "retracted", Some("Công bố nhầm.")).await);
    assert_eq!(app.ask(Some(&viewer), aggregates).await.codes(), ["reportNotFound"]);
    assert_ne!(retracted["etag"], published["etag"]);

    // The history says every step, with who and why.
    let step = "nodes { action role actor { displayName } reason requestId }";
    let history = answered(&call(&app, &leader, "query history", &about(json!({"first": 200})), step).await);
    let entries = history["nodes"].as_array().unwrap();
    let told =
        |entry: &Value| (entry["action"].as_str().unwrap().to_owned(), entry["role"].as_str().unwrap().to_owned());
    let mut steps: Vec<_> = entries.iter().map(told).collect();
    let explanations = steps.len();
    steps.retain(|(action, _)| action != "explain");
    assert!(explanations - steps.len() > 3, "every explanation is an entry");
    let expected = [
        ("begin", "ward_officer"),
        ("repair", "ward_officer"),
        ("submit", "ward_leader"),
        ("return", "town_officer"),
        ("submit", "ward_leader"),
        ("approve", "town_officer"),
        ("register", "ward_officer"),
        ("publish", "town_officer"),
        ("reopen", "town_officer"),
        ("retract", "town_officer"),
    ];
    assert_eq!(steps, expected.map(|(action, role)| (action.to_owned(), role.to_owned())));
    let returned = entries.iter().find(|entry| entry["action"] == "return").unwrap();
    assert_eq!(
        (&returned["reason"], &returned["actor"]["displayName"]),
        (&json!("Bổ sung người ký."), &json!("town_officer"))
    );
    assert!(entries.iter().all(|entry| !entry["requestId"].as_str().unwrap().is_empty()));
    let within = format!("history(first: 2) {{ {step} pageInfo {{ hasNextPage }} }}");
    let within = answered(&call(&app, &leader, "query workingReport", &about(json!({})), &within).await);
    assert_eq!(within["history"]["nodes"].as_array().unwrap()[..], entries[..2]);
    assert_eq!(within["history"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().broken, []);
}

/// Whoever reads a report over one transport can write it back over the other.
#[actix_web::test]
async fn a_working_report_is_the_one_that_rest_answers_and_may_be_sent_back() {
    let app = TestApp::real().await;
    let officer = app.token("ward_officer").await;
    let selection = format!(
        "area {{ id code name kind validFrom }} quarter status version imported synthetic revision submittedAt publishedAt \
         inTime reason document {{ {} }} {FINDINGS} actions {{ action to allowed blockedBy {{ code finding detail }} }} \
         offers {{ source indicator nature span value quarter }}",
        document()
    );
    let place = json!({"ward": "07792", "quarter": "2024-Q2"});
    let with = |more: Value| {
        let mut all: Map<String, Value> = place.as_object().unwrap().clone();
        all.extend(more.as_object().unwrap().clone());
        Value::Object(all)
    };
    let path = "/api/v1/wards/07792/reports/2024-Q2";
    let begin = with(json!({"document": {"number": "9"}, "ifNoneMatch": "*"}));
    let draft = answered(&call(&app, &officer, "mutation putReport", &begin, &selection).await);
    assert!(draft["offers"].as_array().unwrap().len() > 2, "last quarter's stocks: {}", draft["offers"]);
    let rest = app.write(&officer, "GET", path, None, None).await;
    let same = |graphql: &Value, rest: &Answer| {
        assert_eq!(without_defaults(&plain(graphql)), without_defaults(&plain(&rest.json())));
    };
    same(&draft, &rest);

    // Over REST the real report is written, over GraphQL it is read and sent back; nothing is lost.
    let real = app.write(&officer, "GET", REPORT, None, None).await.json()["document"].take();
    let mut next = real.clone();
    next["quarter"] = json!("2024-Q2");
    let tag = rest.header("etag").to_owned();
    let rest = app.write(&officer, "PUT", path, Some(&tag), Some(next)).await;
    assert_eq!(rest.status, 200, "{}", rest.json());
    let both = format!("etag {selection}");
    let mut read = answered(&call(&app, &officer, "query workingReport", &place, &both).await);
    let etag = read["etag"].take();
    assert!(rest.header("etag").starts_with(etag.as_str().unwrap().trim_end_matches('"')), "one state, one name");
    read.as_object_mut().unwrap().remove("etag");
    same(&read, &rest);
    let back = with(json!({"document": read["document"], "ifMatch": etag}));
    let written = answered(&call(&app, &officer, "mutation putReport", &back, &selection).await);
    assert_eq!(written, read);
    let removal = json!({"title": null, "observations": [{"indicator": "edocs_issued", "remove": true}]});
    let stale = with(json!({"patch": removal, "ifMatch": etag}));
    assert_eq!(call(&app, &officer, "mutation patchReport", &stale, "etag").await.codes(), ["preconditionFailed"]);
    let now = answered(&call(&app, &officer, "query workingReport", &place, "etag").await);
    assert_ne!(now["etag"], etag, "what is as of now is kept by nobody");
    let patch = with(json!({"patch": removal, "ifMatch": now["etag"]}));
    let selected = "document { title observations { indicator } }";
    let patched = answered(&call(&app, &officer, "mutation patchReport", &patch, selected).await);
    let known = |report: &Value| report["document"]["observations"].as_array().unwrap().len();
    assert_eq!(patched["document"]["title"], Value::Null);
    assert_eq!(known(&patched), known(&written) - 1);
}

#[actix_web::test]
async fn fields_of_one_document_write_one_after_the_other() {
    let app = TestApp::empty().await;
    let officer = app.token("ward_officer").await;
    let draft = begun(&app, &officer).await;
    let one = |name: &str, title: &str| {
        format!(
            "{name}: patchReport(ward: \"07792\", quarter: \"2024-Q1\", patch: {{title: \"{title}\"}}, ifMatch: $tag) \
             {{ document {{ title }} }}"
        )
    };
    let query = format!("mutation ($tag: String) {{ {} {} }}", one("first", "Một"), one("second", "Hai"));
    let answer = app.ask_with(&officer, &query, json!({"tag": draft["etag"]})).await;
    assert_eq!(answer.codes(), ["preconditionFailed"]);
    assert_eq!(answer.json()["data"], json!({"first": {"document": {"title": "Một"}}, "second": null}));
}

/// What a refusal says: status, code, sentence, and each place with its own. A part of REST's path is an argument here.
fn fault(code: &Value, status: &Value, detail: &Value, errors: &Value) -> Value {
    let places = errors.as_array().cloned().unwrap_or_default().into_iter().map(|mut error| {
        let pointer = error["pointer"].as_str().unwrap().replace("{code}", "?ward").replace("{quarter}", "?quarter");
        error["pointer"] = pointer.into();
        error
    });
    json!({"status": status, "code": code, "detail": detail, "errors": places.collect::<Vec<_>>()})
}

pub fn rest_fault(answer: &Answer) -> Value {
    let problem = answer.json();
    fault(&problem["code"], &json!(answer.status), &problem["detail"], &problem["errors"])
}

pub fn graphql_fault(answer: &Answer) -> Value {
    let answer = answer.json();
    let error = &answer["errors"][0];
    let told = &error["extensions"];
    fault(&told["code"], &told["status"], &error["message"], &told["errors"])
}

#[actix_web::test]
async fn bad_writes_are_refused_as_over_rest_and_change_nothing() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let draft = begun(&app, &officer).await;
    let tag = draft["etag"].as_str().unwrap().to_owned();
    let entries = danbiet::db::audit::verify(&mut app.connect()).unwrap().entries;
    let figure = |figure: Value| json!({ "observations": [figure] });
    let many: Vec<_> = (0..10_000).map(|_| json!({"indicator": "edocs_issued", "value": 1})).collect();
    let bodies = [
        figure(json!({"indicator": "no_such"})),
        figure(json!({"indicator": "satisfaction_rate", "numerator": 5})),
        figure(json!({"indicator": "satisfaction_rate", "numerator": 6, "denominator": 5})),
        figure(json!({"indicator": "edocs_issued", "value": -1})),
        figure(json!({"indicator": "edocs_issued", "value": 1.5})),
        figure(json!({"indicator": "edocs_issued", "value": "NaN"})),
        figure(json!({"indicator": "edocs_issued", "value": "1e309"})),
        figure(json!({"indicator": "edocs_issued", "value": 9_007_199_254_740_992_u64})),
        figure(json!({"indicator": "edocs_issued"})),
        figure(json!({"indicator": "edocs_issued", "value": true})),
        figure(json!({"indicator": "edocs_issued", "value": 1, "colour": 2})),
        figure(json!({"indicator": "edocs_issued", "value": 1, "nature": "guess"})),
        figure(json!({"indicator": "edocs_issued", "value": 1, "project": "none"})),
        figure(json!({"indicator": "poverty_rate", "nature": "target", "value": "0.4"})),
        figure(json!({"indicator": "petitions_eligible", "value": 1})),
        json!({"ward": "07795"}),
        json!({"quarter": "2024-Q2"}),
        json!({"narrative": "text"}),
        json!({"narrative": [{"outline": "I"}]}),
        json!({"date": "15/03/2024"}),
        json!({"a/b~c": 1}),
        json!({ "observations": many }),
    ];
    let mut refused = 0;
    for body in bodies {
        for (method, field, argument) in [("PATCH", "patchReport", "patch"), ("PUT", "putReport", "document")] {
            let rest = app.write(&officer, method, REPORT, Some(&tag), Some(body.clone())).await;
            let more = json!({ argument: body, "ifMatch": tag });
            let graphql = write(&app, &officer, field, more).await;
            assert!(rest.status >= 400, "{method} {body}");
            assert_eq!(graphql_fault(&graphql), rest_fault(&rest), "{method}");
            assert_eq!(graphql.json()["data"], json!({ field: null }));
            refused += usize::from(rest_fault(&rest)["errors"].as_array().is_some_and(|places| !places.is_empty()));
        }
    }
    assert!(refused > 40, "nearly all of them say where: {refused}");
    let whole = figure(json!({"indicator": "edocs_issued", "remove": true}));
    for (document, pointer) in [(whole, "/observations/0/remove"), (json!([]), ""), (json!("text"), "")] {
        let answer = write(&app, &officer, "putReport", json!({"document": document, "ifMatch": tag})).await;
        let told = graphql_fault(&answer);
        assert_eq!((&told["code"], &told["errors"][0]["pointer"]), (&json!("invalidBody"), &json!(pointer)));
    }

    // Preconditions, other wards, other quarters.
    let patch = json!({"title": "Khác"});
    for (given, header) in [
        (json!({}), None),
        (json!({"ifMatch": "\"9-9\""}), Some(("If-Match", "\"9-9\""))),
        (json!({"ifMatch": "1-1"}), Some(("If-Match", "1-1"))),
        (json!({"ifNoneMatch": "*"}), Some(("If-None-Match", "*"))),
        (json!({"ifNoneMatch": "\"1-1\""}), Some(("If-None-Match", "\"1-1\""))),
    ] {
        let mut request = actix_web::test::TestRequest::patch().uri(REPORT).set_json(&patch);
        request = request.insert_header(("Authorization", format!("Bearer {officer}")));
        request = request.insert_header(("Accept-Language", "en"));
        let rest = app.send(header.into_iter().fold(request, |request, header| request.insert_header(header))).await;
        let mut more = json!({ "patch": patch });
        more.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        assert_eq!(graphql_fault(&write(&app, &officer, "patchReport", more).await), rest_fault(&rest), "{given}");
    }
    let two = json!({"patch": patch, "ifMatch": tag, "ifNoneMatch": "*"});
    assert_eq!(write(&app, &officer, "patchReport", two).await.codes(), ["malformedRequest"]);
    for (ward, quarter) in [("07795", "2024-Q1"), ("07792", "2025-Q3"), ("99999", "2024-Q1"), ("07792", "2031-Q1")] {
        let path = format!("/api/v1/wards/{ward}/reports/{quarter}");
        let rest = app.write(&officer, "PUT", &path, Some("*"), Some(json!({}))).await;
        let arguments = json!({"ward": ward, "quarter": quarter, "document": {}, "ifNoneMatch": "*"});
        let graphql = call(&app, &officer, "mutation putReport", &arguments, "etag").await;
        assert_eq!(graphql_fault(&graphql), rest_fault(&rest), "{path}");
    }

    // Findings, repairs and steps.
    let long = "x".repeat(2_001);
    for (finding, text) in [("V02", "x"), ("V99", "x"), ("V08", " "), ("V08", &long)] {
        let path = format!("{REPORT}/findings/{finding}/explanation");
        let rest = app.write(&officer, "PUT", &path, Some(&tag), Some(json!({ "text": text }))).await;
        let more = json!({"finding": finding, "text": text, "ifMatch": tag});
        let graphql = write(&app, &officer, "explainFinding", more).await;
        assert_eq!(graphql_fault(&graphql), rest_fault(&rest), "{finding}");
    }
    let path = format!("{REPORT}/repairs");
    let rest = app.write(&officer, "POST", &path, Some(&tag), Some(json!({"repair": "none"}))).await;
    let graphql = write(&app, &officer, "acceptRepair", json!({"repair": "none", "ifMatch": tag})).await;
    assert_eq!(graphql_fault(&graphql), rest_fault(&rest));
    let path = format!("{REPORT}/transitions");
    for (token, to) in [(&leader, "submitted"), (&leader, "published"), (&leader, "draft"), (&officer, "submitted")] {
        let rest = app.write(token, "POST", &path, Some(&tag), Some(json!({ "to": to }))).await;
        let graphql = write(&app, token, "moveReport", json!({"to": to, "ifMatch": tag})).await;
        assert_eq!(graphql_fault(&graphql), rest_fault(&rest), "{to}");
    }

    let unchanged = answered(&working(&app, &officer).await);
    assert_eq!((&unchanged["etag"], &unchanged["document"]), (&draft["etag"], &draft["document"]));
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().entries, entries);
}

#[actix_web::test]
async fn the_town_moves_many_reports_at_once_or_none() {
    let app = TestApp::empty().await;
    let (officer, leader) = (app.token("ward_officer").await, app.token("ward_leader").await);
    let town = app.token("town_officer").await;
    let ready = mended(&app, &officer, &begun(&app, &officer).await).await;
    let patch = json!({"patch": {"number": "25", "date": "2024-03-15"}, "ifMatch": ready["etag"]});
    let ready = answered(&write(&app, &officer, "patchReport", patch).await);
    let sent = answered(&moved(&app, &leader, &ready, "submitted", None).await);
    let all = |reports: Value, to: &str| json!({"quarter": "2024-Q1", "to": to, "reports": reports});
    let own = json!({"ward": "07792", "etag": sent["etag"]});
    let selection = "revision reports { ward status etag }";
    for reports in [
        json!([own, {"ward": "07795", "etag": "\"1-1\""}]),
        json!([own, own]),
        json!([own, {"ward": "99999", "etag": "\"1-1\""}]),
        json!([{"ward": "07792", "etag": "1-1"}]),
        json!([]),
    ] {
        let arguments = all(reports, "approved");
        let rest = app.write(&town, "POST", "/api/v1/reports/transitions", None, Some(arguments.clone())).await;
        let graphql = call(&app, &town, "mutation moveReports", &arguments, selection).await;
        assert_eq!(graphql_fault(&graphql), rest_fault(&rest), "{arguments}");
        assert!(!rest_fault(&rest)["errors"].as_array().unwrap().is_empty(), "{arguments}");
    }
    let other = json!({"quarter": "2031-Q1", "to": "approved", "reports": [own]});
    let rest = app.write(&town, "POST", "/api/v1/reports/transitions", None, Some(other.clone())).await;
    assert_eq!(graphql_fault(&call(&app, &town, "mutation moveReports", &other, selection).await), rest_fault(&rest));

    let step = async |etag: &Value, to: &str| {
        let arguments = all(json!([{"ward": "07792", "etag": etag}]), to);
        answered(&call(&app, &town, "mutation moveReports", &arguments, selection).await)
    };
    let approved = step(&sent["etag"], "approved").await;
    assert_eq!((&approved["revision"], &approved["reports"][0]["status"]), (&Value::Null, &json!("approved")));
    let published = step(&approved["reports"][0]["etag"], "published").await;
    assert_eq!(published["reports"][0]["status"], "published");
    let head = app.data(&town, "{ head { revision } }").await;
    assert_eq!(head["head"]["revision"], published["revision"]);
}
