//! Whatever is wrong is said: status, code, where, in the language asked for.

use actix_web::test::TestRequest;
use danbiet::error::{Code, Error};
use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn every_bad_question_has_its_code() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let a = "/api/v1/aggregates?area=07792&indicator=poverty_rate";
    for (path, expected) in [
        (format!("{a}&quarter=2024-Q5"), "400 invalidQuarter"),
        (format!("{a}&quarter=24-Q1"), "400 invalidQuarter"),
        (format!("{a}&quarter=2019-Q4"), "404 quarterNotFound"),
        (format!("{a}&quarter=2027-Q2"), "422 quarterInFuture"),
        (a.to_owned(), "400 missingParameter"),
        (format!("{a}&quarter=2024-Q1&from=2024-Q1&to=2024-Q2"), "400 invalidParameter"),
        (format!("{a}{}&quarter=2024-Q1", ",x".repeat(50)), "400 invalidParameter"),
        (format!("{a}&quarter=9999-Q1"), "404 quarterNotFound"),
        (format!("{a}&from=2024-Q1"), "400 missingParameter"),
        (format!("{a}&from=2024-Q2&to=2024-Q1"), "400 reversedRange"),
        (format!("{a}&quarter=2024-Q1&colour=red"), "400 unknownParameter"),
        (format!("{a}&quarter=2024-Q1&quarter=2024-Q2"), "400 duplicateParameter"),
        (format!("{a}&quarter=2024-Q1&by=street"), "400 invalidParameter"),
        (format!("{a}&quarter=%FF"), "400 notUtf8"),
        (format!("{a}&quarter=2024-Q1%00"), "400 invalidParameter"),
        ("/api/v1/aggregates?area=99999&indicator=poverty_rate&quarter=2024-Q1".to_owned(), "404 areaNotFound"),
        ("/api/v1/aggregates?area=07792&indicator=happiness&quarter=2024-Q1".to_owned(), "404 indicatorNotFound"),
        ("/api/v1/areas?limit=0".to_owned(), "400 invalidLimit"),
        ("/api/v1/areas?limit=1000000".to_owned(), "400 invalidLimit"),
        ("/api/v1/areas?limit=ten".to_owned(), "400 invalidLimit"),
        ("/api/v1/areas?cursor=nonsense".to_owned(), "400 invalidCursor"),
        ("/api/v1/areas/07798@2025-13-01".to_owned(), "404 areaNotFound"),
        ("/api/v1/wards/222?at=2024-Q1".to_owned(), "404 areaNotFound"),
        ("/api/v1/wards/07792/reports/2023-Q4".to_owned(), "404 reportNotFound"),
        ("/api/v1/nothing".to_owned(), "404 routeNotFound"),
        ("/problems/nothing".to_owned(), "404 problemNotFound"),
        ("/api/v1/areas?minRevision=99".to_owned(), "503 unavailable"),
    ] {
        let answer = app.get_as(&token, &path).await;
        assert_eq!(answer.refusal(), expected, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[actix_web::test]
async fn every_bad_body_has_its_code() {
    let app = TestApp::real().await;
    let send = |kind: &'static str, body: Vec<u8>| {
        let request =
            TestRequest::post().uri("/api/v1/sessions").insert_header(("Content-Type", kind)).set_payload(body);
        app.send(request)
    };
    let json_type = "application/json";
    assert_eq!(send("text/plain", b"{}".to_vec()).await.refusal(), "415 unsupportedMediaType");
    assert_eq!(send(json_type, b"{".to_vec()).await.refusal(), "400 malformedJson");
    assert_eq!(send(json_type, b"{\"username\":\"\xff\"}".to_vec()).await.refusal(), "400 notUtf8");
    assert_eq!(
        send(json_type, br#"{"username":"a","password":"b","role":"admin"}"#.to_vec()).await.refusal(),
        "400 invalidBody"
    );
    for nul in [r#"{"username":"a\u0000","password":"b"}"#, "{\"username\":\"a\0\",\"password\":\"b\"}"] {
        assert_eq!(send(json_type, nul.as_bytes().to_vec()).await.refusal(), "400 malformedJson");
    }
    let no_nul = br#"{"username":"a\\u0000","password":"b"}"#.to_vec();
    assert_eq!(send(json_type, no_nul).await.refusal(), "401 invalidCredentials");
    assert_eq!(send(json_type, vec![b' '; 1024 * 1024 + 1]).await.refusal(), "413 payloadTooLarge");
    assert_eq!(send(json_type, "[".repeat(100_000).into_bytes()).await.refusal(), "400 malformedJson");
}

#[actix_web::test]
async fn an_undeclared_method_is_refused_with_those_that_are() {
    let app = TestApp::real().await;
    for method in ["PUT", "PATCH", "TRACE", "QUERY", "OPTIONS", "FROBNICATE"] {
        let answer = app.method(method, "/api/v1/aggregates").await;
        assert_eq!(answer.refusal(), "405 methodNotAllowed", "{method}");
        assert_eq!(answer.header("allow"), "GET");
        assert_eq!(app.method(method, "/api/v1/sessions").await.header("allow"), "POST, GET, DELETE");
    }
    // Balancers probe with HEAD.
    for path in ["/health/live", "/health/ready", "/version"] {
        assert_eq!(app.method("HEAD", path).await.status, 200, "{path}");
        assert_eq!(app.method("PUT", path).await.header("allow"), "GET, HEAD", "{path}");
    }
    assert_eq!(app.method("HEAD", "/api/v1/areas").await.status, 405);
}

#[actix_web::test]
async fn a_problem_speaks_the_callers_language_and_points() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let ask = |language: &'static str| {
        let request = TestRequest::get().uri("/api/v1/areas?colour=red").insert_header(("Accept-Language", language));
        app.send(request.insert_header(("Authorization", format!("Bearer {token}"))))
    };
    let vietnamese = ask("vi-VN").await;
    assert_eq!(vietnamese.json()["title"], json!("Tham số không tồn tại"));
    let english = ask("fr, en;q=0.8, vi;q=0.3").await;
    assert_eq!(english.json()["title"], json!("Unknown parameter"));
    assert_eq!(english.header("content-language"), "en");
    assert_eq!(english.json()["errors"][0]["pointer"], json!("?colour"));
    let kind = english.json()["type"].as_str().unwrap().to_owned();
    assert_eq!(app.get(&kind).await.status, 200, "the type resolves");
}

#[actix_web::test]
async fn a_request_id_is_kept_when_it_is_plain_and_replaced_when_not() {
    let app = TestApp::real().await;
    let ask = |id: &'static str| app.send(TestRequest::get().uri("/health/live").insert_header(("X-Request-Id", id)));
    assert_eq!(ask("abc-123").await.header("x-request-id"), "abc-123");
    let uuid = "0193f2a4-7c1e-7b43-9c5b-3f8a2d6e1b90";
    for (id, instance) in [("abc-123", "urn:danbiet:request:abc-123".to_owned()), (uuid, format!("urn:uuid:{uuid}"))] {
        let request = TestRequest::get().uri("/nothing").insert_header(("X-Request-Id", id));
        assert_eq!(app.send(request).await.json()["instance"], json!(instance));
    }
    assert_ne!(ask("abc 123;DROP").await.header("x-request-id"), "abc 123;DROP");
}

#[actix_web::test]
async fn a_nul_character_is_the_callers_fault_on_both_databases() {
    let app = TestApp::real().await;
    for body in
        [json!({"username": "view\u{0}er", "password": "x"}), json!({"username": "viewer", "password": "\u{0}"})]
    {
        assert_eq!(app.post("/api/v1/sessions", body).await.status, 400);
    }
    let token = app.token("viewer").await;
    for path in ["/api/v1/areas/%00", "/api/v1/areas/%FF", "/api/v1/indicators/%00", "/problems/%FF"] {
        let answer = app.get_as(&token, path).await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    let signing_in = |username: &str| {
        format!("mutation ($u: String) {{ createSession(username: {username}, password: \"x\") {{ accessToken }} }}")
    };
    for body in [
        json!({"query": signing_in("$u"), "variables": {"u": "a\u{0}b"}}),
        json!({"query": signing_in("\"a\\u0000b\"")}),
        json!({"query": signing_in("\"a\u{0}b\"")}),
    ] {
        let answer = app.post("/graphql", body.clone()).await.json();
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{body}: {answer}"));
        assert!(["malformedJson", "malformedRequest"].contains(&code), "{body}: {answer}");
    }
}

#[actix_web::test]
async fn every_refusal_says_where_the_mistake_is() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let aggregates = "/api/v1/aggregates?indicator=poverty_rate";
    for (path, refusal, pointer) in [
        ("/api/v1/areas/99999".to_owned(), "404 areaNotFound", "{code}"),
        ("/api/v1/wards/222".to_owned(), "404 areaNotFound", "{code}"),
        ("/api/v1/wards?parent=99999".to_owned(), "404 areaNotFound", "?parent"),
        ("/api/v1/wards?at=2024-02-30".to_owned(), "400 invalidQuarter", "?at"),
        ("/api/v1/observations?ward=99999".to_owned(), "404 areaNotFound", "?ward"),
        ("/api/v1/quarters/abc".to_owned(), "400 invalidQuarter", "{quarter}"),
        ("/api/v1/quarters/9999-Q1".to_owned(), "404 quarterNotFound", "{quarter}"),
        ("/api/v1/quarters/2031-Q1".to_owned(), "422 quarterInFuture", "{quarter}"),
        ("/api/v1/indicators/happiness".to_owned(), "404 indicatorNotFound", "{code}"),
        ("/api/v1/wards/99999/reports/2024-Q1".to_owned(), "404 areaNotFound", "{code}"),
        ("/api/v1/wards/07792/reports/2024-Q2".to_owned(), "404 reportNotFound", "{quarter}"),
        (format!("{aggregates}&quarter=2024-Q1"), "400 missingParameter", "?area"),
        (format!("{aggregates}&area=99999&quarter=2024-Q1"), "404 areaNotFound", "?area"),
        (format!("{aggregates}&area=07798&from=2025-Q1&to=2025-Q4"), "400 ambiguousArea", "?area"),
        (format!("{aggregates}&area=222"), "400 missingParameter", "?quarter"),
        (format!("{aggregates}&area=222&quarter=2024-Q1&from=2024-Q1"), "400 invalidParameter", "?quarter"),
        (format!("{aggregates}&area=222&from=2024-Q2&to=2024-Q1"), "400 reversedRange", "?from"),
        (
            format!("{aggregates}{}&area=222&quarter=2024-Q1", ",poverty_rate".repeat(50)),
            "400 invalidParameter",
            "?indicator",
        ),
        ("/api/v1/areas?limit=0".to_owned(), "400 invalidLimit", "?limit"),
        ("/api/v1/areas?limit=1000000".to_owned(), "400 invalidLimit", "?limit"),
        ("/api/v1/areas?cursor=x".to_owned(), "400 invalidCursor", "?cursor"),
        ("/api/v1/areas?colour=red".to_owned(), "400 unknownParameter", "?colour"),
    ] {
        let answer = app.get_as(&token, &path).await;
        assert_eq!(answer.refusal(), refusal, "{path}");
        assert_eq!(answer.json()["errors"][0]["pointer"], json!(pointer), "{path}");
    }
}

#[actix_web::test]
async fn a_compressed_answer_varies_by_what_the_handler_says_too() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let handlers = "Accept, Accept-Language, Authorization, Accept-Encoding";
    for (path, expected) in [
        ("/api/v1/areas", handlers),
        ("/graphql?query=%7Bhead%7Brevision%7D%7D", handlers),
        ("/api/v1/nothing", "Accept-Language, Authorization, Accept-Encoding"),
        ("/openapi.json", "Accept-Encoding"),
    ] {
        for (sent, answered) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("identity", "")] {
            let request = TestRequest::get().uri(path).insert_header(("Accept-Encoding", sent));
            let answer = app.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await;
            assert_eq!(answer.header("content-encoding"), answered, "{path}");
            assert_eq!(answer.headers.get_all("vary").count(), 1, "{path}");
            assert_eq!(answer.header("vary"), expected, "{path} as {sent}");
        }
    }
}

#[actix_web::test]
async fn no_acceptable_encoding_is_a_problem_like_any_other() {
    let app = TestApp::real().await;
    let answer =
        app.send(TestRequest::get().uri("/health/live").insert_header(("Accept-Encoding", "identity;q=0"))).await;
    assert_eq!(answer.refusal(), "406 notAcceptable");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!answer.header("x-request-id").is_empty());
}

#[actix_web::test]
async fn a_body_that_does_not_fit_is_pointed_into_in_our_words() {
    let app = TestApp::real().await;
    let send = |path: &'static str, body: &'static str, language: &'static str| {
        let request = TestRequest::post().uri(path).insert_header(("Accept-Language", language));
        app.send(request.insert_header(("Content-Type", "application/json")).set_payload(body))
    };
    for (body, pointer, vi, en) in [
        (r#"["viewer","x"]"#, "", "Nội dung phải là đối tượng JSON.", "The body must be a JSON object."),
        (r#"{"username":"a"}"#, "/password", "Thiếu /password.", "/password is missing."),
        (
            r#"{"username":"a","password":"b","a/b":1}"#,
            "/a~1b",
            "Nội dung không có /a~1b.",
            "There is no /a~1b in this body.",
        ),
        (r#"{"username":"a","password":1}"#, "/password", "/password phải là chuỗi.", "/password must be a string."),
        (
            r#"{"username":"a","username":"b"}"#,
            "/username",
            "/username chỉ được viết một lần.",
            "/username may be given once only.",
        ),
    ] {
        for (language, detail) in [("vi", vi), ("en", en)] {
            let answer = send("/api/v1/sessions", body, language).await;
            assert_eq!(answer.refusal(), "400 invalidBody", "{body}");
            assert_eq!(answer.json()["errors"][0]["pointer"], json!(pointer), "{body}");
            assert_eq!(answer.json()["detail"], json!(detail), "{body}");
        }
    }
    let broken = send("/api/v1/sessions", r#"{"role":1,"#, "vi").await;
    assert_eq!(broken.refusal(), "400 malformedJson");
    assert_eq!(broken.json()["detail"], json!("JSON viết sai ở dòng 1, cột 10."));
    for body in [r#"["{head{revision}}"]"#, r#"{"query":"{head{revision}}","variables":"none"}"#] {
        let answer = send("/graphql", body, "en").await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["invalidBody".to_owned()]), "{body}");
    }
}

#[actix_web::test]
async fn a_question_out_of_bounds_is_told_the_bounds() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    for (path, part) in [("/api/v1/quarters/9999-Q1", "2099-Q4"), ("/api/v1/areas?at=2024-02-30", "2024-03-14")] {
        let answer = app.get_as(&token, path).await.json();
        assert!(answer["detail"].as_str().unwrap().contains(part), "{answer}");
    }
    let answer = app.get_as(&token, "/api/v1/areas?minRevision=99").await;
    assert_eq!(answer.json()["errors"][0]["pointer"], json!("?minRevision"));
}

#[test]
fn only_a_fault_of_ours_is_an_error_of_the_log() {
    let text = danbiet::text!("Chưa có.", "Not yet.");
    assert!(!Error::new(Code::Unavailable, text).is_fault());
    assert!(Error::unavailable(1, "the database is away").is_fault());
    assert!(Error::internal("a bug").is_fault());
}
