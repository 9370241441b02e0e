//! Deadlines, locks, targets and the audit trail over GraphQL: what REST says, and refused as REST refuses it.

use serde_json::{Value, json};

use crate::graphql::plain;
use crate::graphql_workflow::{answered, call, graphql_fault, rest_fault};
use crate::support::TestApp;

const AREA: &str = "id code name kind validFrom";

/// A kind of setting, over both transports.
struct Setting {
    path: &'static str,
    field: &'static str,
    selection: String,
}

fn settings() -> [Setting; 3] {
    let area = format!("area {{ {AREA} }}");
    [
        Setting {
            path: "/api/v1/deadlines",
            field: "deadlines",
            selection: format!(
                "{area} quarter deadlines {{ level dueOn source setBy {{ {AREA} }} reason }} \
                 extensions {{ {area} dueOn reason }} revision"
            ),
        },
        Setting {
            path: "/api/v1/locks",
            field: "lock",
            selection: format!("{area} quarter locked lockedBy {{ {AREA} }} lockedAt reason revision"),
        },
        Setting {
            path: "/api/v1/targets",
            field: "targets",
            selection: format!("items {{ {area} indicator unit referencePeriod value revision }} revision"),
        },
    ]
}

impl Setting {
    /// Reads over both, which must agree; answers the state and its tag.
    async fn read(&self, app: &TestApp, token: &str, question: &Value) -> (Value, String) {
        let pairs = question.as_object().unwrap().iter();
        let query: Vec<_> = pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect();
        let rest = app.get_as(token, &format!("{}?{}", self.path, query.join("&"))).await;
        let selection = format!("etag {}", self.selection);
        let read = call(app, token, &format!("query {}", self.field), question, &selection).await;
        let mut graphql = answered(&read);
        let etag = graphql.as_object_mut().unwrap().remove("etag").unwrap();
        assert_eq!(plain(&graphql), plain(&rest.json()));
        assert_eq!(etag, rest.header("etag"), "a tag of one transport is good over the other");
        (graphql, etag.as_str().unwrap().to_owned())
    }

    async fn change(&self, app: &TestApp, token: &str, field: &str, arguments: &Value) -> Value {
        let selection = format!("etag {}", self.selection);
        answered(&call(app, token, &format!("mutation {field}"), arguments, &selection).await)
    }
}

fn with(base: &Value, more: Value) -> Value {
    let mut all = base.clone();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[actix_web::test]
async fn what_is_set_over_one_transport_is_read_over_both() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let [deadlines, lock, targets] = settings();
    let (town, ward) = (json!({"area": "222", "quarter": "2024-Q1"}), json!({"area": "07792", "quarter": "2024-Q1"}));

    let (_, tag) = deadlines.read(&app, &officer, &town).await;
    let set = with(&town, json!({"dueOn": "2024-03-18", "level": "ward", "ifMatch": tag}));
    let done = deadlines.change(&app, &officer, "setDeadline", &set).await;
    let (state, now) = deadlines.read(&app, &officer, &town).await;
    assert_eq!(with(&state, json!({ "etag": now })), done, "what is answered is what is read afterwards");
    assert_eq!(
        (&state["deadlines"][0]["dueOn"], &state["deadlines"][0]["source"]),
        (&json!("2024-03-18"), &json!("area"))
    );
    let stale = call(&app, &officer, "mutation setDeadline", &set, "etag").await;
    assert_eq!(stale.codes(), ["preconditionFailed"]);
    let (_, tag) = deadlines.read(&app, &officer, &ward).await;
    let extend = with(&ward, json!({"dueOn": "2024-03-20", "reason": "Mất điện.", "ifMatch": tag}));
    let extended = deadlines.change(&app, &officer, "setDeadline", &extend).await;
    assert_eq!(extended["deadlines"][0]["source"], "extension");
    assert_eq!(deadlines.read(&app, &officer, &town).await.0["extensions"][0]["reason"], "Mất điện.");
    let back = with(&ward, json!({"reason": "Có điện.", "ifMatch": extended["etag"]}));
    let cleared = deadlines.change(&app, &officer, "clearDeadline", &back).await;
    assert_eq!(cleared["deadlines"][0]["source"], "area");

    let (_, tag) = lock.read(&app, &officer, &town).await;
    let close = with(&town, json!({"reason": "Đã báo cáo lên tỉnh.", "ifMatch": tag}));
    let locked = lock.change(&app, &officer, "lockQuarter", &close).await;
    assert_eq!((&locked["locked"], &locked["lockedBy"]["code"]), (&json!(true), &json!("222")));
    assert_eq!(lock.read(&app, &officer, &ward).await.0["reason"], "Đã báo cáo lên tỉnh.");
    let open = with(&town, json!({"reason": "Sửa lỗi.", "ifMatch": locked["etag"]}));
    assert_eq!(lock.change(&app, &officer, "unlockQuarter", &open).await["locked"], false);

    let one = json!({"area": "222", "indicator": "poverty_rate", "year": "2024"});
    let (_, tag) = targets.read(&app, &officer, &one).await;
    let named = json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024"});
    let set = with(&named, json!({"value": 0.4, "ifMatch": tag}));
    let done = targets.change(&app, &officer, "setTarget", &set).await;
    assert_eq!((&done["items"][0]["value"], &done["items"][0]["unit"]), (&json!(0.4), &json!("percent")));
    assert_eq!(targets.read(&app, &officer, &json!({"year": "2024"})).await.0["items"].as_array().unwrap().len(), 1);
    let back = with(&named, json!({ "ifMatch": done["etag"] }));
    assert_eq!(targets.change(&app, &officer, "clearTarget", &back).await["items"], json!([]));

    let trail = app.items(&officer, "/api/v1/audit?from=2026-11-20").await;
    let done: Vec<_> = trail.iter().rev().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = [
        "import",
        "setDeadline",
        "extendDeadline",
        "extendDeadline",
        "lockQuarter",
        "unlockQuarter",
        "setTarget",
        "setTarget",
    ];
    assert_eq!(done, expected);
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused_as_over_rest() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let deadline = json!({"area": "222", "quarter": "2024-Q1", "dueOn": "2024-03-18"});
    let lock = json!({"area": "222", "quarter": "2024-Q1", "reason": "x"});
    let target = json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": 1});
    let long = "a".repeat(2_001);
    let cases = [
        ("setDeadline", &deadline, json!({"dueOn": "2024-03-14"})),
        ("setDeadline", &deadline, json!({"dueOn": "18/03/2024"})),
        ("setDeadline", &deadline, json!({"level": "province"})),
        ("setDeadline", &deadline, json!({"quarter": "2024Q1"})),
        ("setDeadline", &deadline, json!({"area": "99999"})),
        ("setDeadline", &deadline, json!({"area": "07792"})),
        ("setDeadline", &deadline, json!({"area": "07792", "reason": "ốm", "dueOn": "2024-03-15"})),
        ("setDeadline", &deadline, json!({"area": "24", "quarter": "2025-Q3", "dueOn": "2025-09-16"})),
        ("lockQuarter", &lock, json!({"reason": " "})),
        ("lockQuarter", &lock, json!({"reason": long})),
        ("lockQuarter", &lock, json!({"quarter": "2027-Q1"})),
        ("unlockQuarter", &lock, json!({"area": "24"})),
        ("setTarget", &target, json!({"value": -0.1})),
        ("setTarget", &target, json!({"value": 100.5})),
        ("setTarget", &target, json!({"value": 0.12345})),
        ("setTarget", &target, json!({"value": 1e300})),
        ("setTarget", &target, json!({"value": 1e-9})),
        ("setTarget", &target, json!({"indicator": "no_such"})),
        ("setTarget", &target, json!({"referencePeriod": "2019"})),
        ("setTarget", &target, json!({"area": "24"})),
    ];
    for (field, base, more) in cases {
        for tag in [Some("*"), Some("\"stale\""), None] {
            let arguments = with(base, more.clone());
            let (path, body) = match field {
                "setDeadline" => ("/api/v1/deadlines", arguments.clone()),
                "setTarget" => ("/api/v1/targets", arguments.clone()),
                _ => ("/api/v1/locks", with(&arguments, json!({"locked": field == "lockQuarter"}))),
            };
            let mut request = actix_web::test::TestRequest::put().uri(path).set_json(body);
            request = request.insert_header(("Authorization", format!("Bearer {officer}")));
            request = request.insert_header(("Accept-Language", "en"));
            let rest =
                app.send(tag.into_iter().fold(request, |request, tag| request.insert_header(("If-Match", tag)))).await;
            let arguments = with(&arguments, json!({ "ifMatch": tag }));
            let graphql = call(&app, &officer, &format!("mutation {field}"), &arguments, "etag").await;
            assert!(rest.status >= 400, "{field} {more} {}", rest.json());
            assert_eq!(graphql_fault(&graphql), rest_fault(&rest), "{field} {more}");
        }
    }
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().entries, 1, "only the report's publication");
}

#[actix_web::test]
async fn the_trail_is_the_one_that_rest_answers_page_by_page() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    for day in 18..25 {
        let body = json!({"area": "222", "quarter": "2024-Q1", "dueOn": format!("2024-03-{day}")});
        assert_eq!(app.put_as(&officer, "/api/v1/deadlines", Some("*"), body).await.status, 200);
    }
    let entry = format!(
        "id at actor {{ id displayName }} role action subject area {{ {AREA} }} quarter before after reason requestId \
         previousHash hash"
    );
    let whole = app.items(&officer, "/api/v1/audit?limit=200").await;
    assert_eq!(whole.len(), 8);
    let (mut found, mut cursor, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let selection = format!("pageInfo {{ hasPreviousPage hasNextPage endCursor }} nodes {{ {entry} }}");
        let after = if cursor.is_null() { String::new() } else { format!(", after: {cursor}") };
        let query = format!("{{ auditTrail(first: 3{after}) {{ {selection} }} }}");
        let page = app.data(&officer, &query).await["auditTrail"].take();
        found.extend(page["nodes"].as_array().unwrap().clone());
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(pages > 0));
        pages += 1;
        // What is done meanwhile is newer, so it is on no page that follows, and it moves none.
        let body = json!({"area": "222", "quarter": "2024-Q1", "dueOn": format!("2024-04-0{pages}")});
        assert_eq!(app.put_as(&officer, "/api/v1/deadlines", Some("*"), body).await.status, 200);
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        cursor = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!((plain(&json!(found)), pages), (plain(&json!(whole)), 3));

    for (arguments, query) in [
        ("ward: \"222\", quarter: \"2024-Q1\"", "ward=222&quarter=2024-Q1"),
        ("actor: \"town_officer\"", "actor=town_officer"),
        ("action: \"import\"", "action=import"),
        ("from: \"2026-11-20\", to: \"2026-11-20\"", "from=2026-11-20&to=2026-11-20"),
        ("to: \"2026-11-19\"", "to=2026-11-19"),
    ] {
        let rest = app.items(&officer, &format!("/api/v1/audit?limit=200&{query}")).await;
        let data = app.data(&officer, &format!("{{ auditTrail({arguments}, first: 200) {{ nodes {{ id }} }} }}")).await;
        let ids = |list: &[Value]| list.iter().map(|entry| entry["id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(data["auditTrail"]["nodes"].as_array().unwrap()), ids(&rest), "{query}");
    }
    for (arguments, code) in [
        ("first: 0", "invalidLimit"),
        ("first: 201", "invalidLimit"),
        ("after: \"x\"", "invalidCursor"),
        (&format!("action: \"import\", after: {cursor}"), "invalidCursor"),
        ("from: \"yesterday\"", "invalidParameter"),
        ("from: \"2026-11-02\", to: \"2026-11-01\"", "reversedRange"),
        ("quarter: \"2024\"", "invalidQuarter"),
        ("ward: \"99999\"", "areaNotFound"),
    ] {
        let answer = app.ask(Some(&officer), &format!("{{ auditTrail({arguments}) {{ nodes {{ id }} }} }}")).await;
        assert_eq!(answer.codes(), [code], "{arguments}");
        let places = &graphql_fault(&answer)["errors"];
        let argument = arguments.rsplit(", ").next().unwrap().split(':').next().unwrap();
        let is_range = code == "reversedRange";
        assert!(is_range || places[0]["pointer"] == format!("?{argument}"), "{arguments}: {places}");
    }
    // A ward's people see their own ward's only.
    let ward = app.token_of("ward_officer");
    let data = app.data(&ward, "{ auditTrail { nodes { action area { id } } } }").await;
    assert_eq!(data["auditTrail"]["nodes"], json!([{"action": "import", "area": {"id": "07792-1"}}]));
    for field in ["auditTrail(ward: \"222\")", "history(ward: \"07798\", quarter: \"2024-Q1\")"] {
        let answer = app.ask(Some(&ward), &format!("{{ {field} {{ nodes {{ id }} }} }}")).await;
        assert_eq!(answer.codes(), ["forbidden"], "{field}");
    }
}

/// Where a long stretch is all somebody else's, a page of REST is empty with a cursor; a connection goes on by itself, for
/// without an edge it would have no cursor to be read on from.
#[actix_web::test]
async fn a_page_is_never_empty_before_the_end() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    // Ninh Sơn was the town's until 2025; what is said of it for a later quarter is not.
    let rows: Vec<_> = (0..1_010)
        .map(|at| {
            format!(
                "('2026-11-20 05:00:00', 'service', 'ofOthers', 'test', \
                 (SELECT number FROM areas WHERE id = '07798-1'), 8102, 'hash {at}', 'hash {}')",
                at + 1
            )
        })
        .collect();
    let columns = "at, role, action, subject, area, quarter, previous_hash, hash";
    app.execute(&format!("INSERT INTO audit_entries ({columns}) VALUES {}", rows.join(", "))).unwrap();
    let rest = app.get_as(&officer, "/api/v1/audit?limit=1").await.json();
    assert!(rest["items"] == json!([]) && rest["nextCursor"].is_string(), "{rest}");
    let data = app.data(&officer, "{ auditTrail(first: 1) { nodes { action } pageInfo { endCursor } } }").await;
    assert_eq!(data["auditTrail"]["nodes"], json!([{"action": "import"}]));
    assert!(data["auditTrail"]["pageInfo"]["endCursor"].is_string());
}
