//! Who asks, where a balancer stands between.

use actix_web::test::TestRequest;
use actix_web::web::Data;
use danbiet::config::EdgeConfig;
use danbiet::http::Edge;
use serde_json::json;

use crate::support::TestApp;

/// Guesses at an account of its own each time, said to come from an address.
async fn guess(app: &TestApp, number: usize, forwarded: &str) -> u16 {
    let body = json!({"username": format!("nobody-{number}"), "password": "a guess"});
    let request = TestRequest::post().uri("/api/v1/sessions").set_json(body);
    app.send(request.insert_header(("X-Forwarded-For", forwarded))).await.status
}

async fn refused_after(app: &TestApp, forwarded: impl Fn(usize) -> String) -> usize {
    let guesses = (0..64).map(|number| {
        let forwarded = forwarded(number);
        async move { guess(app, number, &forwarded).await }
    });
    // One after the other: so many at once would wait for their passwords to be verified.
    let mut accepted = 0;
    for guess in guesses {
        if guess.await == 429 {
            return accepted;
        }
        accepted += 1;
    }
    accepted
}

#[actix_web::test]
async fn clients_behind_a_trusted_proxy_have_a_throttle_each() {
    let mut app = TestApp::real().await;
    // Nobody is trusted: whatever is said, the guesses come from one address, which may make sixty at once.
    assert!((60..64).contains(&refused_after(&app, |number| format!("198.51.100.{number}")).await));
    let trusted_proxies = vec!["192.0.2.0/24".parse().unwrap()];
    app.edge = Data::new(Edge::new(EdgeConfig { trusted_proxies, ..EdgeConfig::default() }));
    assert_eq!(refused_after(&app, |number| format!("203.0.113.{number}")).await, 64);
    // What a client wrote before what the proxy added does not move it.
    assert!((60..64).contains(&refused_after(&app, |number| format!("10.9.8.{number}, 203.0.113.200")).await));
}
