//! Accounts, as administrators manage them, and people's own passwords.

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, TestApp};

const ALL: &str = "/api/v1/accounts";
const NEXT: &str = "another long password";

fn person(username: &str) -> Value {
    json!({"username": username, "displayName": "Nguyễn Thị Lan", "role": "ward_officer", "area": "07792-1", "password": PASSWORD})
}

async fn opens(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/api/v1/sessions", json!({"username": username, "password": password})).await
}

#[actix_web::test]
async fn an_administrator_adds_changes_and_stops_an_account() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    let made = app.write(&admin, "POST", ALL, None, Some(person("lan.nguyen"))).await;
    assert_eq!((made.status, made.header("location")), (201, "/api/v1/accounts/lan.nguyen"));
    let body = made.json();
    assert_eq!((&body["role"], &body["area"]["id"]), (&json!("ward_officer"), &json!("07792-1")));
    assert!(!body.to_string().contains("argon2") && !body.to_string().contains(PASSWORD));
    assert_eq!(app.write(&admin, "POST", ALL, None, Some(person("lan.nguyen"))).await.refusal(), "409 conflict");

    let pair = opens(&app, "lan.nguyen", PASSWORD).await.json();
    let token = pair["accessToken"].as_str().unwrap();
    let one = "/api/v1/accounts/lan.nguyen";
    let shown = app.get_as(&admin, one).await;
    assert_eq!(shown.json(), body);
    let patch = async |tag: Option<&str>, body: Value| app.write(&admin, "PATCH", one, tag, Some(body)).await;
    assert_eq!(patch(None, json!({"disabled": true})).await.refusal(), "428 preconditionRequired");
    let renamed = patch(Some(shown.header("etag")), json!({"displayName": "Lan"})).await;
    assert_eq!((renamed.status, &renamed.json()["displayName"]), (200, &json!("Lan")));
    assert_eq!(app.get_as(token, "/api/v1/areas").await.status, 200, "a name is no right");
    let stale = patch(Some(shown.header("etag")), json!({"disabled": true})).await;
    assert_eq!(stale.refusal(), "412 preconditionFailed");

    let moved = patch(Some(renamed.header("etag")), json!({"role": "viewer", "area": null})).await;
    assert_eq!((&moved.json()["role"], &moved.json()["area"]), (&json!("viewer"), &Value::Null));
    assert_eq!(app.get_as(token, "/api/v1/areas").await.refusal(), "401 invalidToken", "other rights, other sessions");
    let stopped = patch(Some(moved.header("etag")), json!({"disabled": true})).await;
    assert_eq!(stopped.status, 200);
    assert_eq!(opens(&app, "lan.nguyen", PASSWORD).await.refusal(), "401 invalidCredentials");
    let back = patch(Some(stopped.header("etag")), json!({"disabled": false, "password": NEXT})).await;
    assert_eq!(back.status, 200);
    assert_eq!(opens(&app, "lan.nguyen", NEXT).await.status, 200);

    let trail = app.get_as(&admin, "/api/v1/audit").await.json();
    let done: Vec<_> = trail["items"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(done[..5], ["changeAccount", "changeAccount", "changeAccount", "changeAccount", "addAccount"]);
    assert_eq!(trail["items"][0]["actor"]["displayName"], "admin");
    assert!(trail.to_string().contains("\\\"password\\\":\\\"set\\\"") && !trail.to_string().contains(NEXT));
}

#[actix_web::test]
async fn accounts_are_listed_page_by_page() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    let first = app.get_as(&admin, &format!("{ALL}?limit=3")).await;
    let next = first.json()["nextCursor"].as_str().unwrap().to_owned();
    assert!(first.header("link").contains("rel=\"next\""));
    let second = app.get_as(&admin, &format!("{ALL}?limit=3&cursor={next}")).await.json();
    let names = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|account| account["username"].clone()).collect()
    };
    let all = [names(&first.json()), names(&second)].concat();
    assert_eq!(all, ["admin", "town_officer", "viewer", "ward_leader", "ward_officer"]);
    assert_eq!(second["nextCursor"], Value::Null);
}

#[actix_web::test]
async fn what_cannot_be_is_refused_with_its_place() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    for (member, value, expected) in [
        ("username", json!("Lan Nguyễn"), "422 notMeaningful /username"),
        ("displayName", json!(" "), "422 notMeaningful /displayName"),
        ("role", json!("agency"), "422 notMeaningful /role"),
        ("role", json!("king"), "400 invalidBody /role"),
        ("area", Value::Null, "422 notMeaningful /area"),
        ("area", json!("222-1"), "422 notMeaningful /area"),
        ("area", json!("07792"), "404 areaNotFound /area"),
        ("password", json!("short"), "422 notMeaningful /password"),
    ] {
        let mut body = person("lan");
        body[member] = value;
        let answer = app.write(&admin, "POST", ALL, None, Some(body)).await;
        let place = answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        assert_eq!(format!("{} {place}", answer.refusal()), expected);
    }
    assert_eq!(app.get_as(&admin, "/api/v1/accounts/lan").await.refusal(), "404 accountNotFound");
}

#[actix_web::test]
async fn nobody_locks_themselves_out() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    for body in [json!({"disabled": true}), json!({"role": "viewer"})] {
        let own = "/api/v1/accounts/admin";
        let tag = app.get_as(&admin, own).await.header("etag").to_owned();
        let answer = app.write(&admin, "PATCH", own, Some(&tag), Some(body)).await;
        assert_eq!(answer.refusal(), "409 conflict");
    }
    assert_eq!(app.get_as(&admin, ALL).await.status, 200);
}

#[actix_web::test]
async fn people_change_their_own_password_and_stay_signed_in_here_only() {
    let app = TestApp::real().await;
    let (here, elsewhere) = (app.sign_in("viewer").await, app.sign_in("viewer").await);
    let token = |pair: &Value| pair["accessToken"].as_str().unwrap().to_owned();
    let change = async |token: &str, present: &str, next: &str| {
        let body = json!({"currentPassword": present, "newPassword": next});
        app.write(token, "PUT", "/api/v1/sessions/password", None, Some(body)).await
    };
    let wrong = change(&token(&here), "wrong", NEXT).await;
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["pointer"]), (422, &json!("/currentPassword")));
    let short = change(&token(&here), PASSWORD, "short").await;
    assert_eq!((short.status, &short.json()["errors"][0]["pointer"]), (422, &json!("/newPassword")));
    assert_eq!(change(&token(&here), PASSWORD, PASSWORD).await.refusal(), "422 notMeaningful");
    let changed = change(&token(&here), PASSWORD, NEXT).await;
    assert_eq!(changed.status, 200, "{}", String::from_utf8_lossy(&changed.body));
    let areas = "/api/v1/areas";
    assert_eq!(app.get_as(&token(&changed.json()), areas).await.status, 200);
    for ended in [&here, &elsewhere] {
        assert_eq!(app.get_as(&token(ended), areas).await.refusal(), "401 invalidToken");
        let renewed = app.post("/api/v1/sessions/refresh", json!({"refreshToken": ended["refreshToken"]})).await;
        assert_eq!(renewed.refusal(), "401 invalidRefreshToken");
    }
    assert_eq!(opens(&app, "viewer", PASSWORD).await.status, 401);
    assert_eq!(opens(&app, "viewer", NEXT).await.status, 200);
}

#[actix_web::test]
async fn guessing_at_the_present_password_is_throttled() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let guess = async || {
        let body = json!({"currentPassword": "wrong", "newPassword": NEXT});
        app.write(&token, "PUT", "/api/v1/sessions/password", None, Some(body)).await
    };
    for _ in 0..10 {
        assert_eq!(guess().await.status, 422);
    }
    assert_eq!(guess().await.refusal(), "429 tooManyRequests");
}
