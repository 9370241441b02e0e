//! The dashboard stands on its own: every file that it names is served, nothing else is, and nothing comes from elsewhere.

use std::collections::BTreeSet;
use std::path::PathBuf;

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::support::TestApp;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/dashboard"))
}

/// Every file of the folder with its text.
fn files() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// What stands between quotes right after one of these words.
fn named(text: &str, before: &[&str]) -> Vec<String> {
    let after = before.iter().flat_map(|word| text.split(word).skip(1));
    after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[actix_web::test]
async fn every_file_of_the_folder_is_served_under_the_policy_and_can_be_kept() {
    let app = TestApp::real().await;
    for (name, text) in files() {
        let path = if name == "index.html" { "/".to_owned() } else { format!("/dashboard/{name}") };
        let answer = app.get(&path).await;
        assert_eq!((answer.status, String::from_utf8(answer.body.clone()).unwrap()), (200, text), "{path}");
        let kind = match name.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "html" => "text/html; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(answer.header("content-type"), kind, "{path}");
        let policy = answer.header("content-security-policy");
        for part in
            ["default-src 'none';", "script-src 'self';", "connect-src 'self';", "require-trusted-types-for 'script';"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        let again = TestRequest::get().uri(&path).insert_header(("If-None-Match", answer.header("etag")));
        assert_eq!(app.send(again).await.status, 304, "{path}");
    }
}

#[test]
fn every_file_that_is_named_is_there_and_every_one_that_is_there_is_named() {
    let files = files();
    let there: BTreeSet<_> = files.iter().map(|(name, _)| name.clone()).filter(|name| name != "index.html").collect();
    let mut wanted = BTreeSet::new();
    for (_, text) in &files {
        wanted.extend(named(text, &["from \"./", "import(\"./", "\"/dashboard/"]));
    }
    assert_eq!(wanted, there);
}

#[test]
fn no_file_asks_another_host_makes_markup_of_text_or_is_too_long_to_read() {
    for (name, text) in files() {
        let elsewhere = text.split("://").skip(1).filter(|rest| !rest.starts_with("www.w3.org/2000/svg")).count();
        assert_eq!(elsewhere, 0, "{name} names another host");
        for word in ["innerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=\""] {
            assert!(!text.contains(word), "{name} has {word}");
        }
        assert!(text.lines().count() <= 400, "{name} has {} lines", text.lines().count());
    }
}

#[actix_web::test]
async fn no_other_file_is_reached_through_the_dashboard() {
    let app = TestApp::real().await;
    for name in
        ["index.html", "..", "../dashboard.rs", "..%2Fdashboard.rs", "%2e%2e/dashboard.rs", "app.js%00", "app.js/", ""]
    {
        assert_eq!(app.get(&format!("/dashboard/{name}")).await.refusal(), "404 routeNotFound", "{name}");
    }
}

#[actix_web::test]
async fn a_session_says_whose_it_is() {
    let app = TestApp::real().await;
    let session = async |role: &str| -> Value { app.get_as(&app.token(role).await, "/api/v1/sessions").await.json() };
    let officer = session("ward_officer").await;
    assert_eq!(officer["role"], "ward_officer");
    assert_eq!(officer["username"], "ward_officer");
    let area = json!({"id": "07792-1", "code": "07792", "name": "Phường Quảng Minh", "kind": "ward", "validFrom": "2024-02-01"});
    assert_eq!(officer["area"], area);
    assert_eq!(session("town_officer").await["area"]["code"], "222");
    assert_eq!(session("admin").await["area"], Value::Null);
    assert_eq!(app.get("/api/v1/sessions").await.refusal(), "401 unauthenticated");
    let token = app.token("viewer").await;
    let answer = app.get_as(&token, "/api/v1/sessions").await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!String::from_utf8(answer.body).unwrap().contains("argon2"));
}
