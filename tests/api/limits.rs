//! Rates, the surplus, and bodies that would not fit.

use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::test::TestRequest;
use actix_web::web::Data;
use danbiet::config::EdgeConfig;
use danbiet::http::{Edge, Exposition};
use serde_json::json;

use crate::support::TestApp;

async fn limited(config: EdgeConfig) -> TestApp {
    let mut app = TestApp::real().await;
    app.edge = Data::new(Edge::new(config));
    app
}

#[actix_web::test]
async fn a_caller_has_so_many_requests_a_minute() {
    let app = limited(EdgeConfig { caller_rate: Some(3), ..EdgeConfig::default() }).await;
    let (viewer, officer) = (app.token_of("viewer"), app.token_of("town_officer"));
    let first = app.get_as(&viewer, "/api/v1/areas").await;
    assert_eq!((first.status, first.header("ratelimit-policy")), (200, "\"caller\";q=3;w=60"));
    assert_eq!(first.header("ratelimit"), "\"caller\";r=2;t=20");
    assert_eq!(app.ask(Some(&viewer), "{ quarters(first: 1) { totalCount } }").await.status, 200);
    assert_eq!(app.get_as(&viewer, "/api/v1/no-such-address").await.status, 404);
    assert_eq!(app.get_as(&viewer, "/api/v1/areas?unknown=1").await.refusal(), "400 unknownParameter");
    let refused = app.get_as(&viewer, "/api/v1/areas").await;
    assert_eq!(refused.refusal(), "429 tooManyRequests");
    assert_eq!(refused.header("ratelimit").split(";t=").next(), Some("\"caller\";r=0"));
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(app.get_as(&officer, "/api/v1/areas").await.status, 200, "another caller has as many");
    assert_eq!(app.get("/api/v1/areas").await.refusal(), "401 unauthenticated", "addresses are not limited here");
}

#[actix_web::test]
async fn an_address_without_credentials_has_as_many_together() {
    let app = limited(EdgeConfig { address_rate: Some(2), ..EdgeConfig::default() }).await;
    let viewer = app.token_of("viewer");
    let first = app.get("/version").await;
    assert_eq!((first.status, first.header("ratelimit")), (200, "\"address\";r=1;t=30"));
    assert_eq!(app.get_as("no.such.token", "/api/v1/areas").await.refusal(), "401 invalidToken");
    assert_eq!(app.get("/version").await.refusal(), "429 tooManyRequests");
    assert_eq!(app.get_as("no.such.token", "/api/v1/areas").await.refusal(), "429 tooManyRequests");
    let signed_in = app.get_as(&viewer, "/api/v1/areas").await;
    assert_eq!((signed_in.status, signed_in.header("ratelimit")), (200, ""), "who is known is counted apart");
    for _ in 0..5 {
        assert_eq!(app.get("/health/ready").await.status, 200, "balancers ask as often as they like");
    }
}

#[actix_web::test]
async fn bodies_have_room_together_and_give_it_back() {
    let app = limited(EdgeConfig { body_memory: 1_000, ..EdgeConfig::default() }).await;
    let body = |length: usize| json!({"username": "viewer", "password": "x".repeat(length)});
    for _ in 0..3 {
        let refused = app.post("/api/v1/sessions", body(2_000)).await;
        assert_eq!((&*refused.refusal(), refused.header("retry-after")), ("503 unavailable", "1"));
        assert_eq!(app.post("/api/v1/sessions", body(700)).await.refusal(), "401 invalidCredentials");
    }
}

#[actix_web::test]
async fn the_surplus_is_refused_at_once() {
    let app = limited(EdgeConfig { longest_wait: Some(Duration::from_millis(50)), ..EdgeConfig::default() }).await;
    let service = app.service().await;
    // The worker begins to measure; then something holds its thread.
    tokio::time::sleep(Duration::from_millis(1)).await;
    std::thread::sleep(Duration::from_millis(500));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (mut answered, mut refused) = (0, Vec::new());
    for _ in 0..10 {
        let answer = service.call(TestRequest::get().uri("/version").to_request()).await.unwrap();
        match answer.status().as_u16() {
            200 => answered += 1,
            503 => refused.push(answer.headers().get("retry-after").unwrap().to_str().unwrap().to_owned()),
            status => panic!("{status}"),
        }
    }
    assert!(answered > 0 && !refused.is_empty(), "{answered} answered, {} refused", refused.len());
    assert!(refused.iter().all(|seconds| seconds == "1"));
    let health = service.call(TestRequest::get().uri("/health/live").to_request()).await.unwrap();
    assert_eq!(health.status().as_u16(), 200);
    let page = Exposition::new(&app.shared()).text().unwrap();
    assert!(page.contains(&format!("danbiet_requests_shed_total {}", refused.len())), "{page}");
}
