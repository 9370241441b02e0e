//! Other agencies' systems: how they prove themselves, what their tokens let them do, and how they are managed.

use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{AUDIENCE, Answer, ISSUER, TestApp};

const GRANT: &str = "grant_type=client_credentials";
const READ: &str = "/api/v1/areas";

fn refused(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.json()["error"].as_str().unwrap_or_default())
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn claims(token: &str) -> (Value, Value) {
    let part =
        |at| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap();
    (part(0), part(1))
}

#[actix_web::test]
async fn a_client_gets_a_token_of_the_standard_by_either_way_of_proving_itself() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read", "changes:read"], &[], &[]).await;
    let by_basic = app.token_endpoint(Some((&client, &secret)), GRANT).await;
    assert_eq!((by_basic.header("cache-control"), by_basic.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(by_basic.header("content-type"), "application/json");
    let body = by_basic.json();
    assert_eq!(body["scope"], "figures:read changes:read", "all that it has where it asks for none");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(600)));
    let form = format!("{GRANT}&client_id={client}&client_secret={secret}&scope=figures%3Aread&tea=green");
    let by_form = app.token_endpoint(None, &form).await;
    assert_eq!(by_form.json()["scope"], "figures:read", "what the protocol does not know is passed over");

    let (header, told) = claims(&token(&by_form));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    assert_eq!((&told["sub"], &told["client_id"]), (&json!(client), &json!(client)));
    assert_eq!((&told["iss"], &told["aud"]), (&json!(ISSUER), &json!(AUDIENCE)));
    assert_eq!((&told["scope"], &told["roles"]), (&json!("figures:read"), &json!(["agency"])));
    assert_eq!(app.get_as(&token(&by_form), READ).await.status, 200);
}

#[actix_web::test]
async fn names_and_secrets_are_form_encoded_in_the_header_as_the_standard_asks() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read"], &[], &[]).await;
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let answer = app.token_endpoint(Some((&encoded(&client), &encoded(&secret))), GRANT).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn a_scope_opens_what_the_policy_says_and_nothing_else() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read", "changes:read"], &[], &[]).await;
    let get = async |scope: &str| {
        token(&app.token_endpoint(Some((&client, &secret)), &format!("{GRANT}&scope={scope}")).await)
    };
    let (figures, changes) = (get("figures:read").await, get("changes:read").await);
    assert_eq!(app.get_as(&figures, READ).await.status, 200);
    assert_eq!(app.get_as(&changes, READ).await.refusal(), "403 forbidden");
    for path in ["/api/v1/wards/07792/reports/2024-Q1", "/api/v1/clients", "/api/v1/audit", "/api/v1/sessions"] {
        assert_eq!(app.get_as(&figures, path).await.refusal(), "403 forbidden", "{path}");
    }
}

#[actix_web::test]
async fn every_refusal_is_in_the_words_of_the_protocol() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read"], &[], &[]).await;
    let basic = Some((client.as_str(), secret.as_str()));
    for (form, expected) in [
        ("", "400 invalid_request"),
        ("scope=figures:read", "400 invalid_request"),
        ("grant_type=", "400 invalid_request"),
        ("grant_type=password&username=viewer", "400 unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "400 invalid_request"),
        ("grant_type=client_credentials&scope=figures:read&scope=changes:read", "400 invalid_request"),
        ("grant_type=client_credentials&scope=changes:read", "400 invalid_scope"),
        ("grant_type=client_credentials&scope=figures:read%20admin", "400 invalid_scope"),
        ("grant_type=client_credentials&scope=%22", "400 invalid_scope"),
        ("grant_type=client_credentials&scope=%20", "400 invalid_scope"),
        ("grant_type=client_credentials%ff", "400 invalid_request"),
        ("grant_type=client_credentials&client_id=another", "400 invalid_request"),
        ("grant_type=client_credentials&client_id=a&client_secret=b", "400 invalid_request"),
    ] {
        let answer = app.token_endpoint(basic, form).await;
        assert_eq!(refused(&answer), expected, "{form}");
        assert_eq!(answer.header("cache-control"), "no-store", "{form}");
        let told = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(told.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte)), "{told}");
    }
    let named = format!("{GRANT}&client_id={client}");
    assert_eq!(app.token_endpoint(basic, &named).await.status, 200, "named twice alike says nothing new");
    let json = TestRequest::post().uri("/oauth/token").set_json(json!({"grant_type": "client_credentials"}));
    assert_eq!(app.send(json).await.refusal(), "415 unsupportedMediaType");
    let big = "x=".to_owned() + &"x".repeat(20_000);
    assert_eq!(app.token_endpoint(None, &big).await.refusal(), "413 payloadTooLarge");
    assert_eq!(app.get("/oauth/token").await.status, 405);
}

#[actix_web::test]
async fn whatever_is_wrong_with_the_credentials_looks_alike() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read"], &[], &[]).await;
    let (disabled, its) = app.agency(&["figures:read"], &[], &[]).await;
    set_disabled(&app, &disabled, true);
    let mut bodies = Vec::new();
    for basic in [
        (client.as_str(), "wrong"),
        ("nobody", secret.as_str()),
        (client.as_str(), its.as_str()),
        (disabled.as_str(), its.as_str()),
        (client.as_str(), ""),
        ("", ""),
    ] {
        let answer = app.token_endpoint(Some(basic), GRANT).await;
        assert_eq!(refused(&answer), "401 invalid_client", "{basic:?}");
        assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{basic:?}");
        bodies.push(answer.body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(refused(&app.token_endpoint(None, GRANT).await), "401 invalid_client");
    for header in ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Digest x"] {
        let request = TestRequest::post().uri("/oauth/token").insert_header(("Authorization", header));
        let request = request.insert_header(("Content-Type", "application/x-www-form-urlencoded"));
        assert_eq!(refused(&app.send(request.set_payload(GRANT)).await), "401 invalid_client", "{header}");
    }
}

#[actix_web::test]
async fn asking_too_often_is_throttled_where_it_is_done_and_nowhere_else() {
    let app = TestApp::real().await;
    let (client, secret) = app.agency(&["figures:read"], &[], &[]).await;
    for _ in 0..30 {
        assert_eq!(app.token_endpoint(Some((&client, "wrong")), GRANT).await.status, 401);
    }
    let refusal = app.token_endpoint(Some((&client, &secret)), GRANT).await;
    assert_eq!(refused(&refusal), "429 temporarily_unavailable");
    assert!(refusal.header("retry-after").parse::<u32>().unwrap() >= 1);
    // Somebody who knows a client's id cannot keep the client out from elsewhere.
    let credentials = danbiet::service::token::ClientCredentials { client, secret };
    let elsewhere = "198.51.100.7".parse().unwrap();
    assert!(danbiet::service::token::grant(&app.app, &credentials, None, elsewhere).await.is_ok());
}

fn set_disabled(app: &TestApp, client: &str, disabled: bool) {
    use danbiet::service::client::{ClientChange, as_command, change};
    let wanted = ClientChange { disabled: Some(disabled), ..ClientChange::default() };
    as_command(&app.app.store, app.clock.now(), |conn, actor| change(conn, actor, client, &wanted, Some("*"))).unwrap();
}

#[actix_web::test]
async fn a_disabled_client_is_out_on_every_replica_and_its_tokens_do_not_come_back() {
    let app = TestApp::real().await;
    let other = app.another();
    let (client, secret) = app.agency(&["figures:read"], &[], &[]).await;
    other.app.follow().await.unwrap();
    let before = token(&app.token_endpoint(Some((&client, &secret)), GRANT).await);
    assert_eq!(other.get_as(&before, READ).await.status, 200);
    set_disabled(&app, &client, true);
    for replica in [&app, &other] {
        replica.app.follow().await.unwrap();
        assert_eq!(replica.get_as(&before, READ).await.refusal(), "401 invalidToken");
        assert_eq!(refused(&replica.token_endpoint(Some((&client, &secret)), GRANT).await), "401 invalid_client");
    }
    set_disabled(&app, &client, false);
    app.clock.advance(TimeDelta::seconds(1));
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(&before, READ).await.refusal(), "401 invalidToken");
    let after = token(&app.token_endpoint(Some((&client, &secret)), GRANT).await);
    assert_eq!(app.get_as(&after, READ).await.status, 200);
}

#[actix_web::test]
async fn administrators_manage_clients_and_a_secret_is_shown_once() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    let new = json!({
        "name": "  Cổng dịch vụ công  ", "scopes": ["observations:write", "figures:read"],
        "areas": ["222-1"], "indicators": ["dossiers_received_online", "dossiers_received_total"],
    });
    let made = app.write(&admin, "POST", "/api/v1/clients", None, Some(new.clone())).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let (body, one) = (made.json(), made.header("location").to_owned());
    let (id, secret) = (body["client"]["id"].as_str().unwrap(), body["secret"]["secret"].as_str().unwrap());
    assert_eq!(one, format!("/api/v1/clients/{id}"));
    assert_eq!(body["client"]["name"], "Cổng dịch vụ công");
    assert_eq!(body["client"]["scopes"], json!(["figures:read", "observations:write"]));
    assert_eq!(body["client"]["indicators"], json!(["dossiers_received_total", "dossiers_received_online"]));
    assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), 32, "256 bits");
    assert_eq!(app.token_endpoint(Some((id, secret)), GRANT).await.status, 200);
    let shown = app.get_as(&admin, &one).await;
    for answer in [&shown, &app.get_as(&admin, "/api/v1/clients").await] {
        assert!(!String::from_utf8_lossy(&answer.body).contains(secret), "nobody sees it again");
    }
    assert_eq!(app.get_as(&admin, "/api/v1/clients").await.json()["items"][0], shown.json());
    let stored: i64 = {
        use danbiet::db::schema::client_secrets::dsl::{client_secrets, hash};
        use diesel::prelude::*;
        client_secrets.filter(hash.eq(secret)).count().get_result(&mut app.connect()).unwrap()
    };
    assert_eq!(stored, 0, "only its hash is kept");

    let again = app.write(&admin, "POST", "/api/v1/clients", None, Some(new)).await;
    assert_eq!(again.refusal(), "409 conflict", "the name is taken");
    let tag = shown.header("etag");
    let patch = async |tag: Option<&str>, body: Value| app.write(&admin, "PATCH", &one, tag, Some(body)).await;
    assert_eq!(patch(None, json!({"disabled": true})).await.refusal(), "428 preconditionRequired");
    let renamed = patch(Some(tag), json!({"name": "Cổng"})).await;
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Cổng")));
    assert_eq!(patch(Some(tag), json!({"disabled": true})).await.refusal(), "412 preconditionFailed");
    let narrowed = patch(Some(renamed.header("etag")), json!({"scopes": ["figures:read"]})).await;
    assert_eq!(narrowed.json()["scopes"], json!(["figures:read"]));

    let trail = app.get_as(&admin, "/api/v1/audit").await.json();
    let done: Vec<_> = trail["items"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(done[..4], ["changeClient", "changeClient", "addSecret", "addClient"]);
    assert!(!trail.to_string().contains(secret));
}

#[actix_web::test]
async fn a_scope_that_is_taken_away_is_gone_from_living_tokens() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    let (client, secret) = app.agency(&["figures:read", "changes:read"], &[], &[]).await;
    let living = token(&app.token_endpoint(Some((&client, &secret)), GRANT).await);
    assert_eq!(app.get_as(&living, READ).await.status, 200);
    let one = format!("/api/v1/clients/{client}");
    let tag = app.get_as(&admin, &one).await.header("etag").to_owned();
    let narrowed = app.write(&admin, "PATCH", &one, Some(&tag), Some(json!({"scopes": ["changes:read"]}))).await;
    assert_eq!(narrowed.status, 200);
    assert_eq!(app.get_as(&living, READ).await.refusal(), "403 forbidden");
}

#[actix_web::test]
async fn what_is_wrong_with_a_client_is_told_with_its_place() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    let make = async |body: Value| app.write(&admin, "POST", "/api/v1/clients", None, Some(body)).await;
    let wrong = json!({
        "name": " ", "scopes": ["figures:read", "admin"], "areas": ["222"], "indicators": ["poverty_rate", "x"],
    });
    let refusal = make(wrong).await;
    assert_eq!(refusal.refusal(), "422 notMeaningful");
    let faults = refusal.json()["errors"].clone();
    let told = |at: usize| (faults[at]["pointer"].clone(), faults[at]["code"].clone());
    assert_eq!(told(0), (json!("/name"), json!("notMeaningful")));
    assert_eq!(told(1), (json!("/scopes/1"), json!("notMeaningful")));
    assert_eq!(told(2), (json!("/areas/0"), json!("areaNotFound")));
    assert_eq!(told(3), (json!("/indicators/1"), json!("indicatorNotFound")));
    for (body, pointer) in [
        (json!({"name": "a", "scopes": []}), "/scopes"),
        (json!({"name": "a", "scopes": ["observations:write"], "indicators": ["poverty_rate"]}), "/areas"),
        (json!({"name": "a", "scopes": ["observations:write"], "areas": ["222-1"]}), "/indicators"),
        (json!({"name": "a", "scopes": ["figures:read"], "lifetimeDays": 731}), "/lifetimeDays"),
        (json!({"name": "a", "scopes": ["figures:read"], "areas": vec!["222-1"; 501]}), "/areas"),
    ] {
        let refusal = make(body.clone()).await;
        assert_eq!(refusal.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    assert_eq!(app.get_as(&admin, "/api/v1/clients").await.json()["items"], json!([]), "nothing was written");
    assert_eq!(app.get_as(&admin, "/api/v1/clients/none").await.refusal(), "404 clientNotFound");
}

#[actix_web::test]
async fn secrets_rotate_without_a_moment_in_which_neither_is_accepted() {
    let app = TestApp::real().await;
    let admin = app.token_of("admin");
    let (client, first) = app.agency(&["figures:read"], &[], &[]).await;
    let secrets = format!("/api/v1/clients/{client}/secrets");
    let accepted = async |secret: &str| app.token_endpoint(Some((&client, secret)), GRANT).await.status == 200;
    let before = token(&app.token_endpoint(Some((&client, &first)), GRANT).await);

    app.clock.advance(TimeDelta::minutes(1));
    let second = app.write(&admin, "POST", &secrets, None, Some(json!({"overlapHours": 24, "lifetimeDays": 30}))).await;
    assert_eq!(second.status, 201);
    let second = second.json()["secret"].as_str().unwrap().to_owned();
    assert!(accepted(&first).await && accepted(&second).await, "both, for the time of the change");
    let third = app.write(&admin, "POST", &secrets, None, Some(json!({}))).await;
    assert_eq!(third.refusal(), "409 conflict", "two at a time");

    let kept = app.get_as(&admin, &secrets).await.json();
    let old = kept["items"][0]["id"].as_str().unwrap().to_owned();
    let revoke = async |id: &str| app.write(&admin, "DELETE", &format!("{secrets}/{id}"), None, None).await;
    assert_eq!(revoke(&old).await.status, 204);
    assert!(!accepted(&first).await && accepted(&second).await);
    assert_eq!(app.get_as(&before, READ).await.refusal(), "401 invalidToken", "what it was given for it ends with it");
    assert_eq!(revoke(&old).await.refusal(), "404 secretNotFound");
    app.clock.advance(TimeDelta::days(31));
    assert!(!accepted(&second).await, "its time is over");
}

#[actix_web::test]
async fn the_overlap_ends_by_itself() {
    use danbiet::service::client::{NewSecret, as_command, rotate};

    let app = TestApp::real().await;
    let (client, first) = app.agency(&["figures:read"], &[], &[]).await;
    let new = NewSecret { overlap_hours: Some(2), lifetime_days: None };
    let work = |conn: &mut danbiet::db::Conn, actor: &_| rotate(conn, actor, &client, new);
    let (_, second) = as_command(&app.app.store, app.clock.now(), work).unwrap();
    app.clock.advance(TimeDelta::minutes(119));
    assert_eq!(app.token_endpoint(Some((&client, &first)), GRANT).await.status, 200);
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(app.token_endpoint(Some((&client, &first)), GRANT).await.status, 401);
    assert_eq!(app.token_endpoint(Some((&client, &second.secret)), GRANT).await.status, 200);
}

#[actix_web::test]
async fn the_server_says_where_its_parts_are() {
    let app = TestApp::real().await;
    let answer = app.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let told = answer.json();
    assert_eq!(told["issuer"], ISSUER);
    assert_eq!(told["token_endpoint"], format!("{ISSUER}/oauth/token"));
    assert_eq!(told["jwks_uri"], format!("{ISSUER}/.well-known/jwks.json"));
    assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(told["scopes_supported"], json!(["figures:read", "observations:write", "changes:read"]));
    assert_eq!(told["response_types_supported"], json!([]));
}
