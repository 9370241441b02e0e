//! What listeners are told, as events of a GraphQL subscription.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::Service as _;
use actix_web::test::{TestRequest, init_service};
use danbiet::domain::policy::{Action, Caller, Role, authorize};
use danbiet::http::{Shared, application};
use serde_json::{Value, json};

use crate::changes::HEADER;
use crate::support::{Answer, TestApp};
use crate::workflow::{REPORT, real_report};

const PUBLISHED: &str = "subscription { published { epoch revision } }";
const CHANGED: &str = "subscription ($ward: String, $quarter: String) { reportChanged(ward: $ward, quarter: $quarter) \
                       { id action before after area { id } quarter actor { displayName } } }";

/// Every root field of subscriptions, and the action that it is.
const FIELDS: [(&str, &str, Action); 2] = [
    ("published", "published { revision }", Action::FiguresRead),
    ("reportChanged", "reportChanged { id }", Action::AuditRead),
];

/// A request for events.
fn request(token: &str, query: &str, variables: &Value) -> TestRequest {
    let request = TestRequest::post().uri("/graphql").insert_header(("Accept", "text/event-stream"));
    let request = request.insert_header(("Accept-Language", "en")).insert_header(("Accept-Encoding", "gzip, br"));
    let request = request.insert_header(("Authorization", format!("Bearer {token}")));
    request.set_json(json!({ "query": query, "variables": variables }))
}

/// Events as they come.
struct Events<B> {
    body: Pin<Box<B>>,
    /// What came with the event before.
    rest: String,
}

impl<B: MessageBody> Events<B> {
    /// The next event, by its name, and its data; nothing where the connection ends without another.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let text = std::mem::take(&mut self.rest);
            if let Some((event, rest)) = text.split_once("\n\n") {
                rest.clone_into(&mut self.rest);
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                if let Some(name) = field("event: ") {
                    let data = field("data: ").map_or(Value::Null, |data| serde_json::from_str(data).unwrap());
                    return Some((name.to_owned(), data));
                }
                continue;
            }
            let chunk = std::future::poll_fn(|context| self.body.as_mut().poll_next(context));
            let chunk = tokio::time::timeout(Duration::from_secs(20), chunk)
                .await
                .unwrap_or_else(|_| panic!("the stream says nothing"));
            let chunk = chunk?.unwrap_or_else(|_| panic!("a broken stream"));
            self.rest = text + std::str::from_utf8(&chunk).unwrap();
        }
    }

    /// What the next event tells of the one field.
    async fn told(&mut self) -> Value {
        let (name, data) = self.next().await.unwrap_or_else(|| panic!("the stream has ended"));
        assert_eq!((name.as_str(), data.get("errors")), ("next", None), "{data}");
        data["data"].as_object().unwrap().values().next().unwrap().clone()
    }
}

async fn listen(shared: Shared, token: &str, query: &str, variables: Value) -> Events<impl MessageBody + use<>> {
    let response = init_service(application(shared)).await;
    let response = response.call(request(token, query, &variables).to_request()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream");
    assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
    Events { body: Box::pin(response.into_body()), rest: String::new() }
}

fn written(answer: &Answer) -> String {
    assert!((200..300).contains(&answer.status), "{}", String::from_utf8_lossy(&answer.body));
    answer.header("etag").to_owned()
}

#[actix_web::test]
async fn a_listener_is_told_of_the_revision_and_of_every_later_one() {
    let app = TestApp::real().await;
    let head = app.data(&app.token_of("viewer"), "{ head { epoch revision } }").await["head"].clone();
    let mut events = listen(app.shared(), &app.token_of("viewer"), PUBLISHED, json!({})).await;
    assert_eq!(events.told().await, head);
    let report = app.import("town_officer", format!("{HEADER}07798,2024-Q2,edocs_issued,actual,,,3\n").as_bytes());
    app.app.follow().await.unwrap();
    assert_eq!(events.told().await, json!({"epoch": head["epoch"], "revision": report.unwrap().revision}));
}

#[actix_web::test]
async fn what_becomes_of_a_report_is_told_to_those_who_may_know() {
    let app = TestApp::empty().await;
    app.add_account("other_ward", Role::WardOfficer, "07798-1").await;
    let others = app.another();
    let of = async |who: &str, variables: Value| listen(app.shared(), &app.token_of(who), CHANGED, variables).await;
    let mut own = of("ward_officer", json!({})).await;
    let mut quarter = of("town_officer", json!({"ward": "07792", "quarter": "2024-Q1"})).await;
    let mut elsewhere = listen(others.shared(), &app.token_of("town_officer"), CHANGED, json!({})).await;
    let mut other_quarter = of("town_officer", json!({"quarter": "2024-Q2"})).await;
    let mut other_ward = of("other_ward", json!({})).await;
    for events in [&mut own, &mut quarter, &mut other_quarter, &mut other_ward] {
        begun(events, &app).await;
    }
    begun(&mut elsewhere, &others).await;
    let draft = app.write(&app.token_of("ward_officer"), "PUT", REPORT, Some("*"), Some(real_report())).await;
    written(&draft);
    app.app.follow().await.unwrap();
    others.app.follow().await.unwrap();
    let told = own.told().await;
    assert_eq!((&told["area"]["id"], &told["quarter"]), (&json!("07792-1"), &json!("2024-Q1")), "{told}");
    assert_eq!(quarter.told().await, told);
    assert_eq!(elsewhere.told().await, told, "another replica tells the same");
    // What is done next is told next: those who were told nothing before were passed over.
    let path = "/api/v1/wards/07798/reports/2024-Q2";
    let token = app.token_of("other_ward");
    written(&app.write(&token, "PUT", path, Some("*"), Some(json!({"observations": []}))).await);
    app.app.follow().await.unwrap();
    for events in [&mut other_quarter, &mut other_ward] {
        let told = events.told().await;
        assert_eq!((&told["area"]["id"], &told["quarter"]), (&json!("07798-1"), &json!("2024-Q2")), "{told}");
    }
    app.app.follow().await.unwrap();
    assert_eq!(app.edge.listening(), 4);
    drop((own, quarter, other_quarter, other_ward));
    assert_eq!(app.edge.listening(), 0, "who goes leaves a place");
}

/// Reads until the replica has one more listener: a subscription begins when it is first read.
async fn begun<B: MessageBody>(events: &mut Events<B>, at: &TestApp) {
    let before = at.app.trail_watch.listeners();
    while at.app.trail_watch.listeners() == before {
        let next = tokio::time::timeout(Duration::from_millis(10), events.next()).await;
        assert!(next.is_err(), "{next:?}");
    }
}

#[actix_web::test]
async fn every_field_has_a_row_and_each_role_hears_what_the_table_says() {
    let sdl = danbiet::graphql::sdl();
    let body = sdl.split_once("type Subscription {\n").unwrap().1.split_once("\n}").unwrap().0;
    let lines = body.lines().filter_map(|line| line.strip_prefix('\t')).filter(|line| line.ends_with('!'));
    let declared: BTreeSet<_> = lines.filter_map(|line| line.split(['(', ':']).next()).collect();
    assert_eq!(declared, FIELDS.iter().map(|(name, ..)| *name).collect());
    let app = TestApp::real().await;
    let agency = app.agency_token().await;
    let roles = Role::ALL.iter().filter(|role| !matches!(role, Role::Public | Role::Agency));
    let people = roles.map(|role| {
        (app.token_of(role.as_str()), Caller { role: *role, area: Some("222-1".into()), ..Caller::public() })
    });
    let scopes = ["figures:read", "observations:write", "changes:read"].map(ToOwned::to_owned).to_vec();
    let agency = (agency, Caller { role: Role::Agency, scopes, ..Caller::public() });
    for (token, caller) in people.chain([agency]) {
        for (_, field, action) in FIELDS {
            let mut events = listen(app.shared(), &token, &format!("subscription {{ {field} }}"), json!({})).await;
            let first = tokio::time::timeout(Duration::from_millis(500), events.next()).await;
            let code = match &first {
                Ok(Some((_, data))) => data["errors"][0]["extensions"]["code"].as_str(),
                Ok(None) => panic!("{field} ends at once"),
                Err(_) => None,
            };
            let expected = authorize(&caller, action).err().map(|error| error.code().as_str());
            assert_eq!(code, expected, "{} {field}", caller.role.as_str());
            if code.is_some() {
                assert_eq!(events.next().await.unwrap().0, "complete");
                assert!(events.next().await.is_none());
            }
        }
    }
    // Without credentials nobody is told anything, and over plain JSON nothing can be told.
    let anonymous = TestRequest::post().uri("/graphql").insert_header(("Accept", "text/event-stream"));
    let answer = app.send(anonymous.set_json(json!({ "query": PUBLISHED }))).await;
    assert!(String::from_utf8(answer.body).unwrap().contains("\"unauthenticated\""));
    assert_eq!(app.ask(Some(&app.token_of("viewer")), PUBLISHED).await.codes(), ["notAcceptable"]);
}

#[actix_web::test]
async fn a_request_for_events_is_answered_by_events_whatever_it_asks() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    for (query, code) in [
        ("{ head { revision } }", None),
        ("{ nothing }", Some("malformedRequest")),
        ("subscription { a: published { epoch } b: published { epoch } }", Some("malformedRequest")),
        ("subscription { nothing }", Some("malformedRequest")),
        ("subscription { reportChanged(ward: \"nowhere\") { id } }", Some("forbidden")),
        ("subscription {", Some("malformedRequest")),
    ] {
        let mut events = listen(app.shared(), &token, query, json!({})).await;
        let (name, data) = events.next().await.unwrap();
        assert_eq!(
            (name.as_str(), data["errors"][0]["extensions"]["code"].as_str()),
            ("next", code),
            "{query}: {data}"
        );
        assert_eq!(events.next().await.unwrap().0, "complete", "{query}");
    }
    let town = app.token_of("town_officer");
    for (ward, code) in [("nowhere", "areaNotFound"), ("27", "forbidden")] {
        let mut events = listen(app.shared(), &town, CHANGED, json!({"ward": ward})).await;
        let (_, data) = events.next().await.unwrap();
        assert_eq!(data["errors"][0]["extensions"]["code"], code, "{data}");
    }
}

#[actix_web::test]
async fn a_subscription_ends_with_its_session_or_with_the_service() {
    let app = TestApp::real().await;
    let session = app.sign_in("viewer").await;
    let token = session["accessToken"].as_str().unwrap();
    let mut events = listen(app.shared(), token, PUBLISHED, json!({})).await;
    events.told().await;
    let shared = app.shared();
    let draining = shared.draining.clone();
    let mut until_the_end = listen(shared, &app.token_of("town_officer"), PUBLISHED, json!({})).await;
    until_the_end.told().await;
    let request =
        TestRequest::delete().uri("/api/v1/sessions").insert_header(("Authorization", format!("Bearer {token}")));
    assert_eq!(app.send(request).await.status, 204);
    assert!(events.next().await.is_none(), "cut off, not completed: the client comes back with another token");
    draining.begin();
    assert!(until_the_end.next().await.is_none());
}

#[actix_web::test]
async fn a_caller_listens_over_so_many_connections_and_no_more() {
    let app = TestApp::real().await;
    let mut open = Vec::new();
    for _ in 0..100 {
        open.push(listen(app.shared(), &app.token_of("viewer"), PUBLISHED, json!({})).await);
    }
    let request =
        request(&app.token_of("viewer"), PUBLISHED, &json!({})).insert_header(("Accept-Encoding", "identity"));
    let refused = app.send(request).await;
    assert_eq!((refused.refusal().as_str(), refused.header("retry-after")), ("429 tooManyRequests", "10"));
    let mut another = listen(app.shared(), &app.token_of("admin"), PUBLISHED, json!({})).await;
    another.told().await;
    open.pop();
    let mut freed = listen(app.shared(), &app.token_of("viewer"), PUBLISHED, json!({})).await;
    freed.told().await;
}

#[actix_web::test]
async fn who_falls_far_behind_is_told_to_read_again() {
    let app = TestApp::real().await;
    let mut events = listen(app.shared(), &app.token_of("town_officer"), CHANGED, json!({})).await;
    begun(&mut events, &app).await;
    let wards = app.items(&app.token_of("viewer"), "/api/v1/wards?at=2024-Q1&parent=222&limit=200").await;
    let quarters = ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2"];
    for round in 0..11 {
        let rows = wards.iter().flat_map(|ward| quarters.map(|quarter| (ward["code"].as_str().unwrap(), quarter)));
        let rows = rows.map(|(ward, quarter)| format!("{ward}@2024-02-02,{quarter},edocs_issued,actual,,,{round}\n"));
        app.import("town_officer", rows.fold(HEADER.to_owned(), |file, row| file + &row).as_bytes()).unwrap();
        app.app.follow().await.unwrap();
    }
    let (_, data) = events.next().await.unwrap();
    assert_eq!(data["errors"][0]["extensions"]["code"], "resyncRequired", "{data}");
    assert_eq!(events.next().await.unwrap().0, "complete");
}
