//! Signing in, staying signed in, and being put out.

use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use danbiet::service::account;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, ISSUER, TestApp};

const PROTECTED: &str = "/api/v1/areas";

async fn renew(app: &TestApp, pair: &Value) -> crate::support::Answer {
    app.post("/api/v1/sessions/refresh", json!({"refreshToken": pair["refreshToken"]})).await
}

#[actix_web::test]
async fn an_unknown_account_a_wrong_password_and_a_disabled_account_look_alike() {
    let app = TestApp::real().await;
    account::set_disabled(&app.app.store, &app.clock, "admin", true).unwrap();
    let mut answers = Vec::new();
    for (username, password) in [("nobody", "x"), ("viewer", "x"), ("admin", crate::support::PASSWORD)] {
        let answer = app.post("/api/v1/sessions", json!({"username": username, "password": password})).await;
        let mut body = answer.json();
        body["instance"] = Value::Null;
        answers.push((answer.status, body));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[actix_web::test]
async fn a_refresh_token_works_once_and_a_lost_reply_is_forgiven() {
    let app = TestApp::real().await;
    let first = app.sign_in("viewer").await;
    renew(&app, &first).await.json();
    let second = renew(&app, &first).await;
    assert_eq!(second.status, 200, "the first reply was lost");
    let second = second.json();
    let third = renew(&app, &second).await.json();
    assert_eq!(app.get_as(third["accessToken"].as_str().unwrap(), PROTECTED).await.status, 200);
    let fourth = renew(&app, &third).await.json();
    assert_eq!(renew(&app, &second).await.refusal(), "401 invalidRefreshToken", "its successor was used: a theft");
    assert_eq!(renew(&app, &fourth).await.refusal(), "401 invalidRefreshToken", "the whole session has ended");
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(fourth["accessToken"].as_str().unwrap(), PROTECTED).await.refusal(), "401 invalidToken");
}

#[actix_web::test]
async fn whoever_renews_with_a_stolen_token_loses_the_session_when_its_owner_comes() {
    let app = TestApp::real().await;
    let stolen = app.sign_in("viewer").await;
    let owners = renew(&app, &stolen).await.json();
    let thiefs = renew(&app, &stolen).await.json();
    app.clock.advance(TimeDelta::seconds(5));
    assert_eq!(renew(&app, &owners).await.refusal(), "401 invalidRefreshToken", "the owner learns of it");
    assert_eq!(renew(&app, &thiefs).await.refusal(), "401 invalidRefreshToken", "and the thief is out");
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(thiefs["accessToken"].as_str().unwrap(), PROTECTED).await.refusal(), "401 invalidToken");
}

#[actix_web::test]
async fn signing_out_ends_the_session_at_once() {
    let app = TestApp::real().await;
    let pair = app.sign_in("viewer").await;
    let token = pair["accessToken"].as_str().unwrap();
    let request =
        TestRequest::delete().uri("/api/v1/sessions").insert_header(("Authorization", format!("Bearer {token}")));
    assert_eq!(app.send(request).await.status, 204);
    assert_eq!(app.get_as(token, PROTECTED).await.refusal(), "401 invalidToken");
    assert_eq!(renew(&app, &pair).await.refusal(), "401 invalidRefreshToken");
}

#[actix_web::test]
async fn time_ends_tokens_and_sessions() {
    let app = TestApp::real().await;
    let pair = app.sign_in("viewer").await;
    let token = pair["accessToken"].as_str().unwrap();
    assert_eq!(app.get_as(token, PROTECTED).await.status, 200);
    app.clock.advance(TimeDelta::seconds(601));
    assert_eq!(app.get_as(token, PROTECTED).await.refusal(), "401 invalidToken", "also when it was remembered");
    app.clock.advance(TimeDelta::days(15));
    assert_eq!(renew(&app, &pair).await.refusal(), "401 invalidRefreshToken");
}

#[actix_web::test]
async fn disabling_an_account_and_changing_its_password_stop_its_tokens() {
    let app = TestApp::real().await;
    let (viewer, officer) = (app.token("viewer").await, app.token("ward_officer").await);
    assert_eq!(app.get_as(&viewer, PROTECTED).await.status, 200);
    account::set_disabled(&app.app.store, &app.clock, "viewer", true).unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    account::set_password(&app.app.store, &app.clock, "ward_officer", "another long password").unwrap();
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(&viewer, PROTECTED).await.refusal(), "401 invalidToken");
    assert_eq!(app.get_as(&officer, PROTECTED).await.refusal(), "401 invalidToken");
}

#[actix_web::test]
async fn enabling_an_account_brings_no_session_back() {
    let app = TestApp::real().await;
    let pair = app.sign_in("viewer").await;
    for disabled in [true, false] {
        account::set_disabled(&app.app.store, &app.clock, "viewer", disabled).unwrap();
    }
    app.app.follow().await.unwrap();
    assert_eq!(app.get_as(pair["accessToken"].as_str().unwrap(), PROTECTED).await.refusal(), "401 invalidToken");
    assert_eq!(renew(&app, &pair).await.refusal(), "401 invalidRefreshToken");
    app.token("viewer").await;
}

#[actix_web::test]
async fn an_account_belongs_to_an_area_that_suits_its_role() {
    use danbiet::domain::policy::Role;

    let app = TestApp::real().await;
    let add = |role: Role, area: &str| {
        let new = account::NewAccount {
            username: format!("{}.{area}", role.as_str()),
            display_name: role.as_str().to_owned(),
            role,
            area: Some(area.to_owned()),
            password: crate::support::PASSWORD.to_owned(),
        };
        account::add(&app.app.store, &app.clock, &new).map_err(|error| error.code().as_str())
    };
    for role in [Role::WardOfficer, Role::WardLeader] {
        assert_eq!((add(role, "222-1"), add(role, "07795-1")), (Err("notMeaningful"), Ok(())));
    }
    assert_eq!((add(Role::TownOfficer, "07792-1"), add(Role::TownOfficer, "222-1")), (Err("notMeaningful"), Ok(())));
    assert_eq!((add(Role::Viewer, "07792-1"), add(Role::Viewer, "07792")), (Ok(()), Err("areaNotFound")));
}

#[actix_web::test]
async fn guessing_is_throttled_per_account_and_others_are_not_locked_out() {
    let app = TestApp::real().await;
    let guess = || app.post("/api/v1/sessions", json!({"username": "viewer", "password": "wrong"}));
    for _ in 0..10 {
        assert_eq!(guess().await.status, 401);
    }
    let refused = guess().await;
    assert_eq!(refused.refusal(), "429 tooManyRequests");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    let forwarded = TestRequest::post().uri("/api/v1/sessions").insert_header(("X-Forwarded-For", "203.0.113.9"));
    let forwarded = forwarded.set_json(json!({"username": "viewer", "password": "wrong"}));
    assert_eq!(app.send(forwarded).await.status, 429, "a header does not open another bucket");
    app.token("ward_leader").await;
}

#[actix_web::test]
async fn forged_tokens_are_refused_and_never_taken_for_the_public() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let [header, claims, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let decode = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let with = |part: &str, name: &str, value: Value| {
        let mut object = decode(part);
        object[name] = value;
        encode(&object)
    };
    let mut forged =
        vec!["x".to_owned(), "a.b.c".to_owned(), String::new(), format!("{token}x"), token.replace('.', "")];
    for algorithm in ["none", "None", "NONE", "HS256", "ES256", "RS256", "EdDsa"] {
        forged.push(format!("{}.{claims}.", with(header, "alg", json!(algorithm))));
        forged.push(format!("{}.{claims}.{signature}", with(header, "alg", json!(algorithm))));
    }
    for (name, value) in
        [("typ", json!("JWT")), ("typ", Value::Null), ("kid", json!("../../etc/passwd")), ("crit", json!(["b64"]))]
    {
        forged.push(format!("{}.{claims}.{signature}", with(header, name, value)));
    }
    for (name, value) in [
        ("roles", json!(["admin"])),
        ("exp", json!(4_102_444_800_i64)),
        ("exp", json!("never")),
        ("aud", json!("other")),
    ] {
        forged.push(format!("{header}.{}.{signature}", with(claims, name, value)));
    }
    forged.push(format!("{header}.{claims}.{}", "A".repeat(10_000)));
    for token in &forged {
        let answer = app.get_as(token, PROTECTED).await;
        assert_eq!(answer.refusal(), "401 invalidToken", "{token}");
        assert_eq!(app.get_as(token, "/health/live").await.status, 401, "even where the public may read: {token}");
    }
    for header in ["Basic dmlld2VyOng=", "Bearer", token.as_str()] {
        let answer = app.send(TestRequest::get().uri(PROTECTED).insert_header(("Authorization", header))).await;
        assert_eq!(answer.refusal(), "401 invalidToken", "{header}");
    }
}

#[actix_web::test]
async fn a_token_of_another_issuer_or_for_another_audience_is_refused_though_its_signature_holds() {
    let app = TestApp::real().await;
    let own = app.token_signed_for(ISSUER, AUDIENCE);
    assert_eq!(app.get_as(&own, PROTECTED).await.status, 200, "what the others differ from");
    for (issuer, audience) in [(ISSUER, "another"), ("https://another.test", AUDIENCE)] {
        let token = app.token_signed_for(issuer, audience);
        assert_eq!(app.get_as(&token, PROTECTED).await.refusal(), "401 invalidToken", "{issuer} {audience}");
    }
}

#[actix_web::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let app = TestApp::real().await;
    let keys = app.get("/.well-known/jwks.json").await.json();
    let (kid, public) = (keys["keys"][0]["kid"].as_str().unwrap(), keys["keys"][0]["x"].as_str().unwrap());
    let token = app.token("viewer").await;
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    for secret in [public.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(public).unwrap()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header = jsonwebtoken::Header::new(algorithm);
            header.typ = Some("at+jwt".to_owned());
            header.kid = Some(kid.to_owned());
            let forged = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
            assert_eq!(app.get_as(&forged, PROTECTED).await.refusal(), "401 invalidToken", "{algorithm:?}");
        }
    }
}

#[actix_web::test]
async fn keys_rotate_without_breaking_tokens() {
    let app = TestApp::real().await;
    let before = app.token("viewer").await;
    let sealer = danbiet::auth::Sealer::new(&crate::support::KEY).unwrap();
    let (overlap, lifetime) = (TimeDelta::minutes(5), TimeDelta::minutes(10));
    let kid = account::rotate_signing_key(&app.app.store, &sealer, &app.clock, overlap, lifetime).unwrap();
    app.app.follow().await.unwrap();
    let keys = app.get("/.well-known/jwks.json").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    assert!(keys["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()));
    let signed_by = |token: &str| -> Value {
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
        header["kid"].clone()
    };
    app.clock.advance(TimeDelta::minutes(6));
    let after = app.token("viewer").await;
    assert_eq!(signed_by(&after), json!(kid));
    assert_eq!(app.get_as(&before, PROTECTED).await.status, 200);
    assert_eq!(app.get_as(&after, PROTECTED).await.status, 200);
}

#[actix_web::test]
async fn a_key_sealed_under_another_key_is_not_added_by_rotating_and_stops_nothing() {
    use danbiet::auth::{Sealer, generate};
    use danbiet::db::signing_key;

    let app = TestApp::real().await;
    let (store, now) = (&app.app.store, app.clock.now().naive_utc());
    let (right, wrong) = (Sealer::new(&crate::support::KEY).unwrap(), Sealer::new(&[7; 32]).unwrap());
    let kids = || -> Vec<_> {
        let keys = signing_key::in_use(&mut app.connect(), now).unwrap();
        keys.into_iter().map(|key| (key.kid, key.verifies_until)).collect()
    };
    let before = kids();
    let (overlap, lifetime) = (TimeDelta::minutes(5), TimeDelta::minutes(10));
    let refused = account::rotate_signing_key(store, &wrong, &app.clock, overlap, lifetime).unwrap_err();
    assert!(refused.to_string().contains(&before[0].0), "{refused}");
    assert_eq!(kids(), before);

    // One such key beside a good one, as rotating made it once: the others go on, and so do rights.
    let viewer = app.token("viewer").await;
    let stranger = generate(&wrong, now).unwrap();
    signing_key::insert(&mut app.connect(), &stranger, now).unwrap();
    account::set_disabled(store, &app.clock, "admin", true).unwrap();
    app.app.follow().await.unwrap();
    assert_eq!(app.app.authenticator.jwks(), app.another().app.authenticator.jwks(), "a new process starts as well");
    assert_eq!(app.get_as(&viewer, PROTECTED).await.status, 200);
    assert_eq!(app.get("/health/ready").await.status, 200);

    // None but such a key: nothing can be followed, and ready says so.
    signing_key::retire_others(&mut app.connect(), &stranger.kid, now - lifetime).unwrap();
    let failed = app.app.follow().await.unwrap_err();
    assert!(failed.causes().contains(&stranger.kid), "{}", failed.causes());
    let ready = app.get("/health/ready").await;
    assert_eq!((ready.status, &ready.json()["checks"]["following"]), (503, &json!(false)));
    let key = generate(&right, now).unwrap();
    signing_key::insert(&mut app.connect(), &key, now).unwrap();
    app.app.follow().await.unwrap();
    assert_eq!(app.get("/health/ready").await.status, 200);
}
