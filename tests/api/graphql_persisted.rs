//! Documents that clients name by their hash, and answers that they may keep.

use actix_web::test::TestRequest;
use danbiet::auth::hexadecimal;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Answer, PASSWORD, TestApp};

const QUERY: &str = "query ($area: String!) { area(code: $area) { id name } }";

fn hash(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

fn naming(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn post(app: &TestApp, token: Option<&str>, body: Value) -> Answer {
    let request = TestRequest::post().uri("/graphql").insert_header(("Accept-Language", "en")).set_json(body);
    let bearer = token.map(|token| ("Authorization", format!("Bearer {token}")));
    app.send(bearer.into_iter().fold(request, |request, header| request.insert_header(header))).await
}

/// What a browser or a phone asks by GET, its parts coded as their clients do.
fn address(parts: &[(&str, &str)]) -> String {
    let coded = |text: &str| -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric();
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    };
    let pairs: Vec<_> = parts.iter().map(|(name, text)| format!("{name}={}", coded(text))).collect();
    format!("/graphql?{}", pairs.join("&"))
}

fn named(variables: &str) -> String {
    address(&[("extensions", &naming(&hash(QUERY)).to_string()), ("variables", variables)])
}

/// What the clients of Apollo and urql look for before they send the document: both the message and the code.
fn asks_for_the_document(answer: &Answer) {
    let body = answer.json();
    assert_eq!((answer.status, answer.codes()), (200, vec!["PERSISTED_QUERY_NOT_FOUND".to_owned()]), "{body}");
    assert_eq!(body["errors"][0]["message"], json!("PersistedQueryNotFound"));
    assert!(body.get("data").is_none(), "{body}");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_document_is_sent_once_and_named_from_then_on() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let variables = json!({ "area": "222" });
    let unknown = json!({ "variables": variables, "extensions": naming(&hash(QUERY)) });
    asks_for_the_document(&post(&app, Some(&token), unknown.clone()).await);
    asks_for_the_document(&app.get_as(&token, &named(r#"{"area":"222"}"#)).await);
    let modern = TestRequest::post().uri("/graphql").set_json(&unknown);
    let modern = modern.insert_header(("Accept", "application/graphql-response+json"));
    assert_eq!(app.send(modern.insert_header(("Authorization", format!("Bearer {token}")))).await.status, 400);

    let whole = json!({ "query": QUERY, "variables": variables, "extensions": naming(&hash(QUERY)) });
    let taught = post(&app, Some(&token), whole).await;
    assert_eq!(taught.json()["data"]["area"]["id"], json!("222-1"));
    assert_eq!(post(&app, Some(&token), unknown.clone()).await.body, taught.body);
    // The name of a document is no right to what it asks.
    assert_eq!(post(&app, None, unknown.clone()).await.codes(), ["unauthenticated"]);
    // Upper-case digits are the same number, and other variables another question of the same document.
    let other = json!({ "variables": { "area": "07792" }, "extensions": naming(&hash(QUERY).to_uppercase()) });
    assert_eq!(post(&app, Some(&token), other).await.json()["data"]["area"]["id"], json!("07792-1"));
    // Another replica is taught by the same exchange.
    asks_for_the_document(&post(&app.another(), Some(&token), unknown).await);
}

#[actix_web::test]
async fn what_is_named_by_get_may_be_kept_until_the_next_revision() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let whole = json!({ "query": QUERY, "variables": { "area": "222" }, "extensions": naming(&hash(QUERY)) });
    let posted = post(&app, Some(&token), whole).await;
    assert!(posted.header("etag").is_empty() && posted.header("cache-control") == "no-store");
    let path = named(r#"{"area":"222"}"#);
    let first = app.get_as(&token, &path).await;
    assert_eq!((first.status, first.header("cache-control")), (200, "private, no-cache"));
    assert_eq!(first.body, posted.body);
    let tag = first.header("etag").to_owned();
    let again = async |token: &str, path: &str, tag: &str| {
        let request = TestRequest::get().uri(path).insert_header(("If-None-Match", tag));
        app.send(request.insert_header(("Authorization", format!("Bearer {token}")))).await
    };
    let kept = again(&token, &path, &tag).await;
    assert_eq!((kept.status, kept.body.len(), kept.header("etag")), (304, 0, tag.as_str()));
    // The same question in full has the same tag; another one, another language or another caller has not.
    let full = address(&[("query", QUERY), ("variables", r#"{"area":"222"}"#)]);
    assert_eq!(again(&token, &full, &tag).await.status, 304);
    assert_eq!(again(&token, &named(r#"{"area":"07792"}"#), &tag).await.status, 200);
    assert_eq!(again(&app.token_of("admin"), &path, &tag).await.status, 200);
    assert_eq!(again(&token, &path, "*").await.status, 200);
    // What is as of now, or was refused, is nobody's to keep.
    for query in ["{ session { username } }", "{ area(code: \"99999\") { id } }", "{"] {
        let answer = app.get_as(&token, &address(&[("query", query)])).await;
        assert!(answer.header("etag").is_empty() && answer.header("cache-control") == "no-store", "{query}");
    }
    let file = "ward,quarter,indicator,nature,numerator,denominator,value\n07792,2024-Q2,edocs_issued,actual,,,3\n";
    app.import("town_officer", file.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    let later = again(&token, &path, &tag).await;
    assert!(later.status == 200 && later.header("etag") != tag, "{tag}");
}

#[actix_web::test]
async fn a_name_that_is_no_name_is_refused_with_its_place() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let place = |answer: &Answer| answer.json()["errors"][0]["extensions"]["errors"][0]["pointer"].clone();
    for (extension, pointer) in [
        (json!({ "version": 1, "sha256Hash": hash("{ __typename }") }), "/sha256Hash"),
        (json!({ "version": 1, "sha256Hash": "abc" }), "/sha256Hash"),
        (json!({ "version": 1, "sha256Hash": format!("{}é", &hash(QUERY)[..62]) }), "/sha256Hash"),
        (json!({ "version": 1 }), "/sha256Hash"),
        (json!({ "version": 2, "sha256Hash": hash(QUERY) }), "/version"),
        (json!({ "sha256Hash": hash(QUERY) }), "/version"),
        (json!([]), ""),
    ] {
        let body = json!({ "query": QUERY, "extensions": { "persistedQuery": extension } });
        let answer = post(&app, Some(&token), body).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["invalidBody".to_owned()]), "{extension}");
        assert_eq!(place(&answer), json!(format!("/extensions/persistedQuery{pointer}")), "{extension}");
    }
    let nothing = post(&app, Some(&token), json!({ "extensions": {} })).await;
    assert_eq!(
        (nothing.status, nothing.codes(), place(&nothing)),
        (400, vec!["invalidBody".to_owned()], json!("/query"))
    );
    // One that does not name the document with it teaches nothing.
    let unknown = json!({ "extensions": naming(&hash("{ __typename }")) });
    asks_for_the_document(&post(&app, Some(&token), unknown).await);
}

/// Only what was executed, for somebody who is signed in.
#[actix_web::test]
async fn not_every_document_is_remembered() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let forgotten = async |token: Option<&str>, query: &str| {
        let body = json!({ "query": query, "extensions": naming(&hash(query)) });
        let first = post(&app, token, body).await;
        asks_for_the_document(&post(&app, token, json!({ "extensions": naming(&hash(query)) })).await);
        first
    };
    let aliases: String = (0..60).fold(String::new(), |text, at| format!("{text} a{at}: __typename"));
    assert_eq!(forgotten(Some(&token), &format!("{{{aliases}}}")).await.codes(), ["queryTooExpensive"]);
    assert_eq!(forgotten(Some(&token), "{ nothing }").await.codes(), ["malformedRequest"]);
    assert_eq!(forgotten(Some(&token), "{").await.codes(), ["malformedRequest"]);
    assert_eq!(forgotten(None, "{ __typename }").await.json()["data"]["__typename"], json!("Query"));
    let secret =
        format!("mutation {{ createSession(username: \"viewer\", password: \"{PASSWORD}\") {{ expiresIn }} }}");
    assert_eq!(forgotten(Some(&token), &secret).await.json()["data"]["createSession"]["expiresIn"], json!(600));
    let query = "{ head { epoch } }";
    let by_get = address(&[("query", query), ("extensions", &naming(&hash(query)).to_string())]);
    assert_eq!(app.get_as(&token, &by_get).await.status, 200);
    let named = post(&app, Some(&token), json!({ "extensions": naming(&hash(query)) })).await;
    assert_eq!(named.codes(), [""; 0], "urql teaches by GET");

    // A mutation that takes its texts as variables is a document like any other, and by GET it is refused as ever.
    let mutation = "mutation ($u: String!, $p: String!) { createSession(username: $u, password: $p) { expiresIn } }";
    let variables = json!({ "u": "viewer", "p": PASSWORD });
    for query in [Some(mutation), None] {
        let body = json!({ "query": query, "variables": variables, "extensions": naming(&hash(mutation)) });
        assert_eq!(post(&app, Some(&token), body).await.json()["data"]["createSession"]["expiresIn"], json!(600));
    }
    let extensions = naming(&hash(mutation)).to_string();
    let by_get = address(&[("extensions", &extensions), ("variables", &variables.to_string())]);
    assert_eq!(app.get_as(&token, &by_get).await.status, 405);
}
