//! What is seen of the service from outside: metrics, traces, logs; and that no secret or person is in any of them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::dev::Service as _;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use danbiet::http::{Exposition, inner};
use danbiet::service::webhook::deliver_due;
use serde_json::{Value, json};

use crate::process::{Process, Raw, ask, danbiet, key};
use crate::support::{Database, PASSWORD, TestApp};
use crate::workflow::{EXCHANGE, REPORT, real_report};

/// A line of the page of metrics as a whole number.
fn value(page: &str, name_and_labels: &str) -> i64 {
    let found = page.lines().find_map(|line| line.strip_prefix(name_and_labels)?.strip_prefix(' '));
    let found = found.unwrap_or_else(|| panic!("no {name_and_labels} in\n{page}"));
    found.split('.').next().unwrap().parse().unwrap()
}

fn answered(method: &str, route: &str, status: u16, error: &str) -> String {
    format!(
        "http_server_request_duration_seconds_count{{http_request_method=\"{method}\",http_route=\"{route}\",\
         http_response_status_code=\"{status}\",url_scheme=\"http\",error_type=\"{error}\"}}"
    )
}

#[actix_web::test]
async fn metrics_count_what_happens() {
    let app = TestApp::real().await;
    let page = Exposition::new(&app.shared());
    let before = page.text().unwrap();
    // What did not happen yet is told as nought, so that its first time is seen as growth.
    for (counter, outcome) in [("tokens", "refused"), ("imports", "published"), ("webhooks", "putOff")] {
        assert_eq!(value(&before, &format!("danbiet_{counter}_total{{outcome=\"{outcome}\"}}")), 0);
    }
    let token = app.token("viewer").await;
    let wrong = json!({"username": "viewer", "password": "wrong"});
    assert_eq!(app.post("/api/v1/sessions", wrong).await.status, 401);
    for code in ["07792", "07798", "07792"] {
        app.get_as(&token, &format!("/api/v1/areas/{code}?at=2024-Q1")).await;
    }
    assert_eq!(app.get("/no/such/page/07792").await.status, 404);
    assert_eq!(app.method("BREW", "/api/v1/areas").await.status, 405);
    let file = "ward,quarter,indicator,nature,numerator,denominator,value\n07798,2024-Q2,edocs_issued,actual,,,3\n";
    app.import("town_officer", file.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    app.database.take_away();
    assert_eq!(app.get_as(&token, REPORT).await.status, 503);
    assert!(app.app.follow().await.is_err());

    let text = page.text().unwrap();
    let difference = |name: &str| value(&text, name) - value(&before, name);
    assert_eq!(value(&text, &answered("GET", "/api/v1/areas/{code}", 200, "")), 3);
    assert_eq!(value(&text, &answered("GET", "", 404, "")), 1);
    assert_eq!(value(&text, &answered("_OTHER", "/api/v1/areas", 405, "")), 1);
    let route = "/api/v1/wards/{code}/reports/{quarter}";
    assert_eq!(value(&text, &answered("GET", route, 503, "unavailable")), 1);
    assert_eq!(value(&text, "danbiet_problems_total{code=\"invalidCredentials\"}"), 1);
    assert_eq!(value(&text, "danbiet_problems_total{code=\"unavailable\"}"), 1);
    assert_eq!(value(&text, "danbiet_sign_ins_total{outcome=\"accepted\"}"), 1);
    assert_eq!(value(&text, "danbiet_sign_ins_total{outcome=\"refused\"}"), 1);
    assert_eq!(difference("danbiet_revisions_served_total{kind=\"import\"}"), 1);
    assert_eq!(difference("danbiet_snapshot_revision"), 1);
    assert_eq!(difference("danbiet_snapshot_figures"), 1);
    assert!(difference("danbiet_snapshot_size_bytes") > 0);
    assert_eq!((value(&before, "danbiet_following"), value(&text, "danbiet_following")), (1, 0));
    assert_eq!((difference("danbiet_answers_reused_total"), difference("danbiet_answers_made_total")), (1, 2));
    assert!(difference("db_client_connection_timeouts_total") > 0, "{text}");
    assert!(difference("danbiet_transaction_write_seconds_count") > 0);
    assert_eq!(value(&text, "http_server_active_requests{http_request_method=\"GET\",url_scheme=\"http\"}"), 0);
    assert!(!text.contains("07792") && !text.contains("viewer"), "only templates and words of ours");
    app.database.bring_back();
}

#[actix_web::test]
async fn what_other_systems_do_is_counted_by_what_came_of_it() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read"], &[], &[]).await;
    for secret in [secret.as_str(), "wrong"] {
        app.token_endpoint(Some((&client, secret)), "grant_type=client_credentials").await;
    }
    let town = app.token_of("town_officer");
    let made = json!({"url": "http://127.0.0.1:1/"});
    assert_eq!(app.write(&town, "POST", "/api/v1/webhooks", None, Some(made)).await.status, 201);
    let head = "ward,quarter,indicator,nature,numerator,denominator,value\n07798,2024-Q2,edocs_issued,actual,,,";
    for (mode, rest) in [("dryRun", "3"), ("commit", "3"), ("commit", "3"), ("commit", "none")] {
        let request = TestRequest::post().uri(&format!("/api/v1/imports?mode={mode}"));
        let request = request.insert_header(("Authorization", format!("Bearer {town}")));
        let request = request.insert_header(("Content-Type", "text/csv"));
        let request = request.insert_header(("Idempotency-Key", format!("of-{rest}")));
        app.send(request.set_payload(format!("{head}{rest}\n"))).await;
    }
    app.import_as(&town, "commit", "text/csv", b"no table").await;
    deliver_due(&app.app).await.unwrap();
    let text = Exposition::new(&app.shared()).text().unwrap();
    for (name, outcomes) in [
        ("tokens", &["accepted", "refused"][..]),
        ("imports", &["judged", "published", "replayed", "refused", "failed"]),
        ("webhooks", &["putOff"]),
    ] {
        for outcome in outcomes {
            assert_eq!(value(&text, &format!("danbiet_{name}_total{{outcome=\"{outcome}\"}}")), 1, "{name} {outcome}");
        }
    }
}

#[actix_web::test]
async fn metrics_and_health_are_at_an_address_of_their_own() {
    let app = TestApp::real().await;
    assert_eq!(app.get("/metrics").await.refusal(), "404 routeNotFound");
    let shared = app.shared();
    let page = Data::new(Exposition::new(&shared));
    let service = init_service(inner(shared, page)).await;
    for (path, status, begins) in [
        ("/metrics", 200, "# HELP"),
        ("/metrics?x=1", 400, "{"),
        ("/health/live", 200, "{\"status\":\"ok\""),
        ("/health/ready", 200, "{\"status\":\"ok\""),
        ("/api/v1/areas", 404, "{"),
    ] {
        let answer = service.call(TestRequest::get().uri(path).to_request()).await.unwrap();
        let (found, kind) = (answer.status().as_u16(), answer.headers().get("content-type").cloned());
        let body = to_bytes(answer.into_body()).await.unwrap_or_else(|_| panic!("no body"));
        assert!(found == status && body.starts_with(begins.as_bytes()), "{path}: {found} {kind:?} {body:?}");
    }
}

#[actix_web::test]
async fn a_trace_goes_through() {
    let app = TestApp::real().await;
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = || TestRequest::get().uri("/health/live");
    let answer = app.send(request().insert_header(("traceparent", caller))).await;
    let told = answer.header("traceparent");
    assert!(told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && told != caller, "{told}");
    let (one, other) = (app.send(request()).await, app.send(request()).await);
    assert_eq!(one.header("traceparent").len(), caller.len());
    assert_ne!(one.header("traceparent"), other.header("traceparent"));
}

#[test]
fn slow_statements_are_counted_from_the_configured_time_on() {
    let database = Database::new();
    let store = danbiet::db::Store::new(database.target(), true, 1);
    store.migrate().unwrap();
    assert_eq!(store.slow_statements().get(), 0);
    store.log_slow_statements(Some(Duration::ZERO));
    assert!(store.is_migrated().unwrap());
    let counted = store.slow_statements().get();
    assert!(counted > 0);
    store.log_slow_statements(Some(Duration::from_hours(1)));
    assert!(store.is_migrated().unwrap());
    assert_eq!(store.slow_statements().get(), counted);
}

/// A collector of traces that keeps every byte that it is sent.
fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, kept) = (format!("http://{}", listener.local_addr().unwrap()), Arc::new(Mutex::new(Vec::new())));
    let keeping = Arc::clone(&kept);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut received, mut part) = (stream.unwrap(), Vec::new(), vec![0; 65_536]);
            loop {
                let text = String::from_utf8_lossy(&received).to_lowercase();
                let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
                let head = received.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
                if head.zip(length).is_some_and(|(head, length): (usize, usize)| received.len() >= head + length) {
                    break;
                }
                match stream.read(&mut part) {
                    Ok(read) if read > 0 => received.extend_from_slice(&part[..read]),
                    _ => break,
                }
            }
            keeping.lock().unwrap().extend_from_slice(&received);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, kept)
}

const PEOPLE: [(&str, &str, &str, &str); 3] = [
    ("tran.canbo", "Trần Thị Cán Bộ", "ward_officer", "07792-1"),
    ("le.chutich", "Lê Văn Chủ Tịch", "ward_leader", "07792-1"),
    ("pham.noivu", "Phạm Thị Nội Vụ", "town_officer", "222-1"),
];

struct Story {
    address: String,
    secrets: Vec<String>,
}

impl Story {
    fn ask(&self, token: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Raw {
        let bearer = format!("Bearer {token}");
        let headers: Vec<_> = headers.iter().copied().chain([("Authorization", bearer.as_str())]).collect();
        ask(&self.address, method, path, &headers, body)
    }

    fn sign_in(&mut self, username: &str) -> Value {
        let body = json!({"username": username, "password": PASSWORD}).to_string();
        let pair = ask(&self.address, "POST", "/api/v1/sessions", &[], &body).json();
        self.keep(&pair);
        pair
    }

    fn keep(&mut self, pair: &Value) {
        for name in ["accessToken", "refreshToken"] {
            let token = pair[name].as_str().unwrap_or_else(|| panic!("{pair}"));
            self.secrets.push(token.to_owned());
            self.secrets.push(token.rsplit('.').next().unwrap().to_owned());
        }
    }

    /// The ward's quarter from the first figure to publication, with every way to go wrong that carries a text.
    fn run(&mut self) {
        let [officer, leader, town] = PEOPLE.map(|(username, ..)| self.sign_in(username));
        let token = |pair: &Value| pair["accessToken"].as_str().unwrap().to_owned();
        let (officer_token, leader_token, town_token) = (token(&officer), token(&leader), token(&town));
        let wrong = json!({"username": "tran.canbo", "password": "mật khẩu gõ nhầm"}).to_string();
        assert_eq!(ask(&self.address, "POST", "/api/v1/sessions", &[], &wrong).status, 401);
        let unknown = json!({"username": "vo.danh", "password": "mật khẩu gõ nhầm"}).to_string();
        assert_eq!(ask(&self.address, "POST", "/api/v1/sessions", &[], &unknown).status, 401);

        let written = self.ask(&officer_token, "PUT", REPORT, &[("If-None-Match", "*")], &real_report().to_string());
        assert_eq!(written.status, 201, "{}", written.body);
        let repair = json!({"repair": EXCHANGE, "restate": true}).to_string();
        let tag = written.header("etag").to_owned();
        let mut last = self.ask(&officer_token, "POST", &format!("{REPORT}/repairs"), &[("If-Match", &tag)], &repair);
        let findings = last.json()["findings"].as_array().unwrap().clone();
        for finding in findings.iter().filter(|finding| finding["severity"] == "warning") {
            let path = format!("{REPORT}/findings/{}/explanation", finding["id"].as_str().unwrap());
            let body = json!({"text": "Bà Đỗ Thị Giải Trình xác nhận."}).to_string();
            let tag = last.header("etag").to_owned();
            last = self.ask(&officer_token, "PUT", &path, &[("If-Match", &tag)], &body);
            assert_eq!(last.status, 200, "{}", last.body);
        }
        let numbered = json!({"number": "25", "date": "2024-03-15"}).to_string();
        let tag = last.header("etag").to_owned();
        last = self.ask(&officer_token, "PATCH", REPORT, &[("If-Match", &tag)], &numbered);
        assert_eq!(last.status, 200, "{}", last.body);
        for (token, to) in [(&leader_token, "submitted"), (&town_token, "approved"), (&town_token, "published")] {
            let body = json!({"to": to, "comment": "Ông Hoàng Văn Ghi Chú đồng ý."}).to_string();
            let tag = last.header("etag").to_owned();
            last = self.ask(token, "POST", &format!("{REPORT}/transitions"), &[("If-Match", &tag)], &body);
            assert_eq!(last.status, 200, "{}", last.body);
        }
        self.go_wrong(&officer_token);
        let renewal = json!({"refreshToken": officer["refreshToken"]}).to_string();
        let renewed = ask(&self.address, "POST", "/api/v1/sessions/refresh", &[], &renewal).json();
        self.keep(&renewed);
        assert_eq!(self.ask(&token(&renewed), "DELETE", "/api/v1/sessions", &[], "").status, 204);
    }

    fn go_wrong(&self, token: &str) {
        let document = json!({"query": "{ ward(code: \"Vũ Thị Truy Vấn\") { name } }"}).to_string();
        let variables = json!({
            "query": "mutation($u: String!, $p: String!) { createSession(username: $u, password: $p) { accessToken } }",
            "variables": {"u": "tran.canbo", "p": "mật khẩu gõ nhầm"}
        });
        self.ask(token, "POST", "/graphql", &[], &document);
        self.ask(token, "POST", "/graphql", &[], &variables.to_string());
        self.ask(token, "POST", "/graphql", &[], "{\"query\": \"{ Vũ Thị Truy Vấn }\"}");
        self.ask(token, "PATCH", REPORT, &[("If-Match", "\"1-1\"")], "{\"Bùi Văn Lạc\": [\"Bùi Văn Lạc\"}");
        let csv = [("Content-Type", "text/csv"), ("If-Match", "\"1-1\"")];
        self.ask(token, "POST", &format!("{REPORT}/file"), &csv, "indicator,value\nBùi Văn Lạc,1\n");
        self.ask(token, "GET", "/api/v1/areas?q=canary-in-a-query&canary-in-a-name=1", &[], "");
        self.ask(token, "GET", "/api/v1/areas/canary-in-a-path", &[], "");
        self.ask("canary-in-a-token", "GET", "/api/v1/areas", &[], "");
        self.ask(
            token,
            "GET",
            "/api/v1/areas",
            &[("X-Request-Id", "canary in an id"), ("Cookie", "canary-cookie=1")],
            "",
        );
    }
}

/// Every text in a document that names somebody.
fn named(document: &Value) -> Vec<String> {
    let mut names = Vec::new();
    let mut walk = vec![document];
    while let Some(value) = walk.pop() {
        match value {
            Value::Object(members) => {
                names.extend(members.iter().filter(|(key, _)| *key == "name").filter_map(|(_, name)| name.as_str()));
                walk.extend(members.values());
            }
            Value::Array(items) => walk.extend(items),
            _ => {}
        }
    }
    names.into_iter().map(ToOwned::to_owned).collect()
}

#[test]
fn no_secret_and_nobodys_name_is_in_logs_metrics_or_traces() {
    let database = Database::new();
    assert!(danbiet(&database, &["migrate"]).stderr(Stdio::null()).status().unwrap().success());
    for (username, name, role, area) in PEOPLE {
        let arguments = ["user", "add", username, "--role", role, "--area", area, "--name", name];
        let mut adding = danbiet(&database, &arguments).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        adding.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        assert!(adding.wait().unwrap().success());
    }
    let (endpoint, traces) = collector();
    let variables = [
        ("DANBIET_LOG_FILTER", "debug"),
        ("DANBIET_SLOW_STATEMENT", "0"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
    ];
    let service = Process::serve(&database, &variables);
    let mut story = Story { address: service.address.clone(), secrets: vec![PASSWORD.to_owned(), key()] };
    story.run();
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    ask(&service.address, "GET", "/health/ready", &[("traceparent", caller)], "");
    let metrics = ask(&service.inner, "GET", "/metrics", &[], "").body;
    let (status, log) = service.stop();
    assert!(status.success(), "{log}");
    let traces = String::from_utf8_lossy(&traces.lock().unwrap()).into_owned();

    // What is searched is what was meant to be captured.
    for shown in ["slow statement", "sign-in refused", "UPDATE", "answered", "4bf92f3577b34da6a3ce929d0e0e4736"] {
        assert!(log.contains(shown), "{shown} is not in the log\n{log}");
    }
    for shown in ["/api/v1/wards/{code}/reports/{quarter}", "http.route", "db.system.name", "danbiet"] {
        assert!(traces.contains(shown), "{shown} is not in the traces");
    }
    assert!(value(&metrics, "danbiet_sign_ins_total{outcome=\"accepted\"}") >= 3, "{metrics}");
    let mut secrets = story.secrets;
    secrets.extend(["mật khẩu gõ nhầm", "vo.danh", "canary"].map(ToOwned::to_owned));
    secrets.extend(["Giải Trình", "Ghi Chú", "Truy Vấn", "Bùi Văn"].map(ToOwned::to_owned));
    secrets.extend(PEOPLE.iter().flat_map(|(username, name, ..)| [*username, *name]).map(ToOwned::to_owned));
    let document = real_report();
    let names = named(&document);
    assert!(!names.is_empty(), "the report names its signatory");
    secrets.extend(names);
    for secret in &secrets {
        for (what, text) in [("the log", &log), ("the metrics", &metrics), ("the traces", &traces)] {
            let line = text.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "{secret} is in {what}: {}", line.unwrap_or_default());
        }
    }
}
