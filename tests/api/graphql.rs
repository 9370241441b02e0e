//! GraphQL says what REST says.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

async fn ask(app: &TestApp, token: Option<&str>, query: &str) -> Answer {
    let mut request = TestRequest::post().uri("/graphql").set_json(json!({ "query": query }));
    if let Some(token) = token {
        request = request.insert_header(("Authorization", format!("Bearer {token}")));
    }
    app.send(request).await
}

const AGGREGATE: &str = "area { id code name kind validFrom } quarter value stated statedMean { value wards } numerator \
    denominator basis status nature synthetic coverage { expected reported included } \
    target { value referencePeriod source } rank { position of tied }";

/// Numbers compare by value: REST writes 45, a GraphQL Float 45.0.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

#[actix_web::test]
async fn aggregates_are_the_same_over_both() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    for (area, by_ward) in [("07792", false), ("222", false), ("222", true)] {
        for indicator in ["online_submission_rate", "on_time_resolution_rate", "satisfaction_rate", "poverty_rate"] {
            let by = if by_ward { "&by=ward" } else { "" };
            let rest = app
                .items(&token, &format!("/api/v1/aggregates?area={area}&indicator={indicator}&quarter=2024-Q1{by}"))
                .await;
            let query = format!(
                "{{ aggregates(area: \"{area}\", indicators: [\"{indicator}\"], quarter: \"2024-Q1\", byWard: {by_ward}) {{ {AGGREGATE} }} }}"
            );
            let answer = ask(&app, Some(&token), &query).await.json();
            let found = answer["data"]["aggregates"].as_array().unwrap_or_else(|| panic!("{answer}"));
            assert_eq!(found.len(), rest.len());
            for (graphql, rest) in found.iter().zip(&rest) {
                for (name, value) in graphql.as_object().unwrap() {
                    let mut expected = rest[name].clone();
                    if name == "coverage" {
                        expected.as_object_mut().unwrap().remove("missing");
                    }
                    assert_eq!(plain(value), plain(&expected), "{area} {indicator} {name}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn the_policy_and_the_codes_are_the_same() {
    let app = TestApp::real().await;
    let token = app.token("admin").await;
    let code =
        |answer: &Answer| answer.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    for field in [
        "head { revision }",
        "area(code: \"222\") { id }",
        "wards { id }",
        "quarter(quarter: \"2024-Q1\") { cutOff }",
        "quarters { quarter }",
        "indicator(code: \"poverty_rate\") { code }",
        "indicators { code }",
        "observations(ward: \"07792\", quarter: \"2024-Q1\") { value }",
        "aggregates(area: \"222\", indicators: [\"poverty_rate\"], quarter: \"2024-Q1\") { value }",
    ] {
        assert_eq!(code(&ask(&app, None, &format!("{{ {field} }}")).await), "unauthenticated", "{field}");
        assert!(ask(&app, Some(&token), &format!("{{ {field} }}")).await.json().get("errors").is_none(), "{field}");
    }
    for (field, expected) in [
        ("area(code: \"99999\") { id }", "areaNotFound"),
        ("quarter(quarter: \"2024-Q9\") { quarter }", "invalidQuarter"),
        ("quarter(quarter: \"2031-Q1\") { quarter }", "quarterInFuture"),
        ("indicator(code: \"happiness\") { code }", "indicatorNotFound"),
    ] {
        assert_eq!(code(&ask(&app, Some(&token), &format!("{{ {field} }}")).await), expected);
    }
    assert_eq!(ask(&app, Some("forged"), "{ head { revision } }").await.refusal(), "401 invalidToken");
}

#[actix_web::test]
async fn a_session_opens_renews_and_ends() {
    let app = TestApp::real().await;
    let open = format!(
        "mutation {{ createSession(username: \"viewer\", password: \"{}\") {{ accessToken refreshToken }} }}",
        crate::support::PASSWORD
    );
    let pair = ask(&app, None, &open).await.json()["data"]["createSession"].clone();
    let renew = format!("mutation {{ refreshSession(refreshToken: {}) {{ accessToken }} }}", pair["refreshToken"]);
    let renewed = ask(&app, None, &renew).await.json();
    let token =
        renewed["data"]["refreshSession"]["accessToken"].as_str().unwrap_or_else(|| panic!("{renewed}")).to_owned();
    assert_eq!(
        ask(&app, Some(&token), "mutation { deleteSession }").await.json()["data"]["deleteSession"],
        json!(true)
    );
    assert_eq!(ask(&app, Some(&token), "{ head { revision } }").await.status, 401);
}

#[actix_web::test]
async fn a_mutation_by_get_is_refused_and_so_is_a_batch() {
    let app = TestApp::real().await;
    let answer = app.get("/graphql?query=mutation%20%7B%20deleteSession%20%7D").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(app.post("/graphql", json!([{"query": "{ __typename }"}])).await.status, 400);
}

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    if std::env::var_os("UPDATE_REVIEWED_FILES").is_some() {
        std::fs::write(path, danbiet::graphql::sdl()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        danbiet::graphql::sdl(),
        committed,
        "run the test with UPDATE_REVIEWED_FILES=1 and review the difference"
    );
}
