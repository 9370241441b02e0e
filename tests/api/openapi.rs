//! The OpenAPI document says what the service does, and the documentation page stands on its own.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use danbiet::http::openapi::{document, document_3_0};
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Every operation with its path and method.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter()
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path.clone(), method, operation))
    };
    paths.iter().flat_map(each).collect()
}

/// What a reference inside the document leads to.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(target) => {
            document.pointer(target.trim_start_matches('#')).unwrap_or_else(|| panic!("{target} leads nowhere"))
        }
        None => value,
    }
}

fn parameters(document: &Value, operation: &Value) -> Vec<Value> {
    let list = operation["parameters"].as_array().unwrap();
    let whole = |parameter: &Value| {
        let mut parameter = resolve(document, parameter).clone();
        // One that is JSON has its schema and its example there.
        for name in ["schema", "example"] {
            if let Some(inner) = parameter["content"]["application/json"].get(name).cloned() {
                parameter[name] = inner;
            }
        }
        parameter
    };
    list.iter().map(whole).collect()
}

/// A path with the examples of its parameters in it, and those of its required query parameters after it.
fn example_path(document: &Value, path: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in parameters(document, operation) {
        let name = parameter["name"].as_str().unwrap();
        let example = match &parameter["example"] {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(","),
            other => other.to_string(),
        };
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &example),
            // Either a quarter or both ends of a range: no schema of one parameter can say so.
            "query" if parameter["required"] == true || path.contains("/aggregates") && name == "quarter" => {
                query.push(format!("{name}={}", example.replace(' ', "%20")));
            }
            _ => {}
        }
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// A schema of the document, with what it refers to, and with every object closed: what is sent and not declared is found.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut components = document["components"].clone();
    for schema in components["schemas"].as_object_mut().unwrap().values_mut() {
        if schema["properties"].is_object() {
            schema["additionalProperties"] = json!(false);
        }
    }
    let mut root = schema.clone();
    root["components"] = components;
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true).build(&root).unwrap()
}

fn holds(document: &Value, schema: &Value, value: &Value, about: &str) {
    let faults: Vec<_> = validator(document, schema)
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{about}: {faults:#?}");
}

/// An answer is one of those declared, with the headers and the body declared for it.
fn answered_as_declared(document: &Value, operation: &Value, answer: &Answer, about: &str) {
    let declared = &operation["responses"][answer.status.to_string()];
    assert!(
        declared.is_object(),
        "{about}: {} is not declared: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    for (name, header) in declared["headers"].as_object().unwrap() {
        let header = resolve(document, header);
        let value = answer.headers.get(name.as_str()).map(|value| value.to_str().unwrap());
        assert!(value.is_some() || header["required"] == false, "{about}: no {name}");
        if let Some(value) = value {
            let value = value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number));
            holds(document, &header["schema"], &value, &format!("{about}: {name}"));
        }
    }
    let Some(content) = declared["content"].as_object() else {
        assert!(answer.body.is_empty(), "{about}: a body is not declared");
        return;
    };
    let kind = answer.header("content-type").split(';').next().unwrap().to_owned();
    let media = content.get(&kind).unwrap_or_else(|| panic!("{about}: {kind} is not declared"));
    if kind == "application/json" || kind.ends_with("+json") {
        holds(document, &media["schema"], &answer.json(), about);
    }
    if let Some(codes) = media["examples"].as_object() {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        assert!(codes.contains_key(&code), "{about}: the code {code} is not declared");
    }
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/openapi.json");
    let written = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE_REVIEWED_FILES").is_some() {
        std::fs::write(path, &written).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == reviewed,
        "the document changed: run the test with UPDATE_REVIEWED_FILES=1, then review the difference"
    );
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/mod.rs")).unwrap();
    let mut routed = BTreeSet::new();
    for resource in source.split("resource!(\"").skip(1) {
        let (path, rest) = resource.split_once('"').unwrap();
        if path == "/graphql/ws" {
            // What is said over a socket is no answer to a request; the document tells of it in words.
            let about = &document()["paths"]["/graphql"]["post"]["description"];
            assert!(about.as_str().unwrap().contains(path), "{about}");
            continue;
        }
        let methods = rest.split_once('{').unwrap().1.split_once('}').unwrap().0;
        let arms: Vec<_> = methods.split(',').filter_map(|arm| arm.split_once("=>")).collect();
        for (method, handler) in &arms {
            if method.trim() == "HEAD" {
                // It is GET without the body, so it is told with GET.
                assert!(arms.iter().any(|arm| arm.0.trim() == "GET" && arm.1.trim() == handler.trim()), "{path}");
                let about = &document()["paths"][path]["get"]["description"];
                assert!(about.as_str().unwrap().contains("HEAD"), "{path}");
                continue;
            }
            routed.insert((path.to_owned(), method.trim().to_lowercase()));
        }
    }
    let described: BTreeSet<_> = operations(&document()).into_iter().map(|(path, method, _)| (path, method)).collect();
    assert!(routed.len() > 20);
    assert_eq!(routed, described);
}

#[actix_web::test]
async fn every_operation_knows_the_parameters_that_it_declares_and_no_others() {
    let app = TestApp::real().await;
    let document = document();
    let id = document["components"]["parameters"]["ClientId"]["example"].as_str().unwrap();
    let tokens = Tokens::of(&app, id).await;
    for (path, method, operation) in operations(&document) {
        // GraphQL over HTTP has servers pass over what they do not know.
        if path == "/graphql" {
            continue;
        }
        let about = format!("{method} {path}");
        let token = tokens.of_who_may(&method, &path);
        let path = example_path(&document, &path, &operation);
        let path = format!("{path}{}colour=red", if path.contains('?') { "&" } else { "?" });
        let request = TestRequest::default().method(method.to_uppercase().parse().unwrap()).uri(&path);
        let request = request.insert_header(("Authorization", format!("Bearer {token}")));
        let answer = app.send(request.insert_header(("Accept-Language", "en"))).await;
        assert_eq!(answer.refusal(), "400 unknownParameter", "{about}");
        answered_as_declared(&document, &operation, &answer, &about);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        let known = detail.split_once("The parameters are: ").unwrap().1.trim_end_matches('.');
        let known: BTreeSet<_> = known.split(", ").filter(|name| *name != "–").map(str::to_owned).collect();
        let declared: BTreeSet<_> = parameters(&document, &operation)
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(known, declared, "{about}");
    }
}

#[test]
fn every_operation_is_told_whole() {
    for document in [document(), document_3_0()] {
        let mut ids = BTreeSet::new();
        for (path, method, operation) in operations(&document) {
            let about = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{about}: its id is taken");
            for name in ["summary", "description"] {
                assert!(operation[name].as_str().is_some_and(|text| !text.is_empty()), "{about} has no {name}");
            }
            let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
            assert!(tags.contains(&&operation["tags"][0]), "{about}");
            for status in ["400", "401", "500"] {
                assert!(operation["responses"][status].is_object(), "{about} has no {status}");
            }
            for parameter in parameters(&document, &operation) {
                assert!(!parameter["example"].is_null(), "{about}: {}", parameter["name"]);
            }
        }
        assert!(references(&document).iter().all(|target| document.pointer(target.trim_start_matches('#')).is_some()));
    }
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let about = format!("{method} {path}");
        for parameter in parameters(&document, &operation) {
            holds(&document, &parameter["schema"], &parameter["example"], &format!("{about}: {}", parameter["name"]));
        }
        let contents = operation["responses"].as_object().unwrap().values().chain([&operation["requestBody"]]);
        for content in contents.filter_map(|response| response["content"].as_object()) {
            for media in content.values().filter(|media| media.get("example").is_some()) {
                holds(&document, &media["schema"], &media["example"], &about);
            }
        }
    }
    for example in document["components"]["examples"].as_object().unwrap().values() {
        holds(&document, &json!({"$ref": "#/components/schemas/Problem"}), &example["value"], "a problem");
    }
}

/// Adds the client that the examples tell of, and answers a token of it.
async fn example_client(app: &TestApp, id: &str) -> String {
    use danbiet::domain::client::ClientScope;
    let now = crate::support::now().naive_utc();
    let client = danbiet::db::client::Client {
        id: id.to_owned(),
        name: "an example".to_owned(),
        scopes: ClientScope::ALL.to_vec(),
        areas: vec!["222-1".to_owned()],
        indicators: vec!["dossiers_received_total".to_owned()],
        disabled: false,
        tokens_valid_after: now - chrono::TimeDelta::days(1),
        created_at: now,
        updated_at: now,
    };
    app.transact(|conn| danbiet::db::client::insert(conn, &client)).unwrap();
    app.app.follow().await.unwrap();
    let new = danbiet::auth::NewClientToken { client: id, scope: "observations:write", secret: "test" };
    app.app.authenticator.issue_to_client(&new, app.clock.unix()).unwrap().0
}

/// Tokens of those who together may ask everything.
struct Tokens {
    officer: String,
    admin: String,
    client: String,
}

impl Tokens {
    async fn of(app: &TestApp, client: &str) -> Self {
        let client = example_client(app, client).await;
        Self { officer: app.token("town_officer").await, admin: app.token("admin").await, client }
    }

    fn of_who_may(&self, method: &str, path: &str) -> &str {
        match path {
            "/api/v1/observations/pushed" => &self.client,
            path if path.starts_with("/api/v1/observations") && method != "get" => &self.client,
            path if path.starts_with("/api/v1/accounts") || path.starts_with("/api/v1/clients") => &self.admin,
            _ => &self.officer,
        }
    }
}

#[actix_web::test]
async fn what_is_answered_is_what_is_declared() {
    let app = TestApp::demo().await;
    let document = document();
    let id = document["components"]["parameters"]["ClientId"]["example"].as_str().unwrap();
    let tokens = Tokens::of(&app, id).await;
    let officer = &tokens.officer;
    let request = TestRequest::post().uri("/api/v1/webhooks").set_json(json!({"url": "https://receiver.example/"}));
    let made = app.send(request.insert_header(("Authorization", format!("Bearer {officer}")))).await;
    answered_as_declared(&document, &document["paths"]["/api/v1/webhooks"]["post"], &made, "a webhook");
    let webhook = made.json()["id"].as_str().unwrap().to_owned();
    for (path, method, operation) in operations(&document) {
        if method != "get" || path == "/graphql" {
            continue;
        }
        // Of these there are only those that one has made.
        let path = path.replace("webhooks/{id}", &format!("webhooks/{webhook}"));
        let token = tokens.of_who_may(&method, &path);
        let example = example_path(&document, &path, &operation);
        let answer = app.get_as(token, &example).await;
        assert_eq!(answer.status, 200, "{example}");
        answered_as_declared(&document, &operation, &answer, &example);
        let etag = answer.header("etag").to_owned();
        if !etag.is_empty() {
            let request = TestRequest::get().uri(&example).insert_header(("If-None-Match", etag));
            let again = app.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await;
            assert_eq!(again.status, 304, "{example}");
            answered_as_declared(&document, &operation, &again, &example);
        }
        answered_as_declared(&document, &operation, &app.get_as("forged", &example).await, &example);
        answered_as_declared(&document, &operation, &app.get(&example).await, &example);
    }
}

#[actix_web::test]
async fn golden_answers_hold_to_their_schemas() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let document = document();
    let aggregates = "/api/v1/aggregates?indicator=online_submission_rate,satisfaction_rate,poverty_rate";
    for path in [
        format!("{aggregates}&area=07792&quarter=2024-Q1"),
        format!("{aggregates}&area=222&quarter=2024-Q1&by=ward"),
        format!("{aggregates}&area=222&from=2023-Q1&to=2024-Q4&period=year"),
        format!("{aggregates}&area=222&from=2023-Q1&to=2024-Q4&by=ward&compact=true"),
        format!("{aggregates}&area=222&quarter=2031-Q1"),
        format!("{aggregates}&area=07798&from=2025-Q1&to=2025-Q4"),
        format!("{aggregates}&area=99999&quarter=2024-Q1"),
        format!("{aggregates}&area=222&from=2024-Q1"),
        "/api/v1/areas?limit=200".to_owned(),
        "/api/v1/areas?limit=3&kind=ward&q=ninh&at=2024-Q1".to_owned(),
        "/api/v1/areas?limit=0".to_owned(),
        "/api/v1/areas?cursor=x".to_owned(),
        "/api/v1/areas?minRevision=9999".to_owned(),
        "/api/v1/observations?limit=200".to_owned(),
        "/api/v1/observations?ward=07792&quarter=2024-Q1&limit=200".to_owned(),
        "/api/v1/indicators?limit=200&kind=rate".to_owned(),
        "/api/v1/reports?quarter=2024-Q1&status=published".to_owned(),
    ] {
        let name = path.split('?').next().unwrap();
        let operation = &document["paths"][name]["get"];
        answered_as_declared(&document, operation, &app.get_as(&token, &path).await, &path);
    }
    for (name, body) in [
        ("/api/v1/sessions", json!({"username": "viewer", "password": crate::support::PASSWORD})),
        ("/api/v1/sessions", json!({"username": "viewer", "password": "wrong"})),
        ("/api/v1/sessions", json!({"username": "viewer"})),
        ("/api/v1/sessions/refresh", json!({"refreshToken": "nonsense"})),
        ("/graphql", json!({"query": "{ head { revision } }"})),
        ("/graphql", json!({"query": "{"})),
        ("/graphql", json!([])),
        ("/graphql", json!({"query": "\u{0}"})),
    ] {
        let operation = &document["paths"][name]["post"];
        answered_as_declared(&document, operation, &app.post(name, body).await, name);
    }
}

#[actix_web::test]
async fn anything_matches_only_where_there_is_something() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let ask = |path: &'static str| {
        let request = TestRequest::get().uri(path).insert_header(("If-None-Match", "*"));
        app.send(request.insert_header(("Authorization", format!("Bearer {token}"))))
    };
    assert_eq!(ask("/api/v1/areas/222").await.status, 304);
    assert_eq!(ask("/api/v1/areas/99999").await.status, 404);
    assert_eq!(ask("/api/v1/areas?colour=red").await.status, 400);
    assert_eq!(ask("/api/v1/wards/07792/reports/2024-Q1").await.status, 304);
}

#[actix_web::test]
async fn the_page_asks_for_nothing_that_the_service_does_not_have() {
    let app = TestApp::real().await;
    let page = app.get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("script-src 'self';") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!policy.contains("http"), "{policy}");
    let html = String::from_utf8(page.body).unwrap();
    assert!(!html.contains("//"), "no other host, no comment");
    let links: Vec<_> = html.split(['"']).filter(|part| part.starts_with('/')).map(str::to_owned).collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        let answer = app.get(&link).await;
        assert_eq!(answer.status, 200, "{link}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let expected = match link.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "png" => "image/png",
            _ => "application/json; charset=utf-8",
        };
        assert_eq!(answer.header("content-type"), expected, "{link}");
        assert!(answer.header("cache-control").starts_with("public"), "{link}");
        let again = TestRequest::get().uri(&link).insert_header(("If-None-Match", answer.header("etag")));
        assert_eq!(app.send(again).await.status, 304, "{link}");
        if link.ends_with("start.js") {
            assert!(!String::from_utf8(answer.body).unwrap().contains("//"));
        }
    }
}

#[actix_web::test]
async fn no_other_file_is_reached_through_the_page() {
    let app = TestApp::real().await;
    for path in [
        "/docs/index.html",
        "/docs/swagger-ui.js",
        "/docs/..",
        "/docs/../Cargo.toml",
        "/docs/..%2FCargo.toml",
        "/docs/%2e%2e%2fCargo.toml",
        "/docs/%2e%2e/Cargo.toml",
        "/docs//etc/passwd",
        "/docs/start.js%00",
        "/docs/start.js/",
        "/docs/",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.refusal(), "404 routeNotFound", "{path}");
    }
}
