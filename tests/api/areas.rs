//! Areas keep their identity; codes do not.

use danbiet::domain::aggregate::Published as _;
use danbiet::domain::policy::{Action, Caller, Role, Scope};
use danbiet::service::actor::reaches;
use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn a_reused_code_means_the_area_that_held_it_at_the_cut_off() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    for (at, id, name) in [
        ("2023-Q4", "07798-1", "Xã Ninh Sơn"),
        ("2024-Q1", "07798-1", "Phường Ninh Sơn"),
        ("2025-Q3", "07798-2", "Phường Vân Hà"),
    ] {
        let ward = app.get_as(&token, &format!("/api/v1/wards/07798?at={at}")).await.json();
        assert_eq!((&ward["id"], &ward["name"]), (&json!(id), &json!(name)), "{at}");
    }
    let latest = app.get_as(&token, "/api/v1/wards/07798").await.json();
    assert_eq!(latest["id"], json!("07798-2"));
    let merged = |before: &&serde_json::Value| before["kind"] == json!("merged");
    assert_eq!(latest["predecessors"].as_array().unwrap().iter().filter(merged).count(), 5, "five units became Vân Hà");
}

#[actix_web::test]
async fn a_range_over_a_reuse_must_say_which_area_it_means() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let path = |area: &str| format!("/api/v1/aggregates?area={area}&indicator=poverty_rate&from=2025-Q1&to=2025-Q4");
    assert_eq!(app.get_as(&token, &path("07798")).await.refusal(), "400 ambiguousArea");
    let items = app.items(&token, &path("07798@2025-07-01")).await;
    assert!(items.iter().all(|item| item["area"]["id"] == json!("07798-2")));
    assert_eq!(items[0]["status"], json!("M"), "Vân Hà did not exist in 2025-Q1");
}

#[actix_web::test]
async fn nenh_and_tu_lan_keep_code_name_and_kind_and_are_new_areas_all_the_same() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    for code in ["07795", "07774"] {
        let before = app.get_as(&token, &format!("/api/v1/wards/{code}?at=2025-Q2")).await.json();
        let after = app.get_as(&token, &format!("/api/v1/wards/{code}?at=2025-Q3")).await.json();
        assert_eq!((&before["name"], &before["kind"]), (&after["name"], &after["kind"]));
        assert_ne!(before["id"], after["id"]);
        assert!(before["successors"].as_array().unwrap().iter().any(|next| next["area"]["id"] == after["id"]));
    }
}

#[actix_web::test]
async fn the_town_has_nine_wards_and_eight_communes() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let wards = app.items(&token, "/api/v1/wards?parent=222&at=2024-Q1").await;
    let count = |kind: &str| wards.iter().filter(|ward| ward["kind"] == json!(kind)).count();
    assert_eq!((wards.len(), count("ward"), count("commune")), (17, 9, 8));
    let before = app.items(&token, "/api/v1/wards?parent=222&at=2023-Q4").await;
    assert_eq!(before.iter().filter(|ward| ward["kind"] == json!("township")).count(), 2);
}

#[actix_web::test]
async fn names_are_found_without_accents() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    for search in ["quang%20minh", "Qu%E1%BA%A3ng%20Minh", "QUANG+MINH"] {
        let found = app.items(&token, &format!("/api/v1/wards?q={search}&at=2024-Q1")).await;
        assert_eq!(found.len(), 1, "{search}");
        assert_eq!(found[0]["code"], json!("07792"));
    }
    let decomposed = app.items(&token, "/api/v1/wards?q=Minh%20%C4%90%E1%BB%A9c&at=2024-Q1").await;
    assert_eq!(decomposed[0]["name"], json!("Xã Minh Đức"));
}

#[actix_web::test]
async fn pages_cover_a_list_once_and_refuse_another_filter() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let mut seen = Vec::new();
    let mut path = "/api/v1/indicators?limit=30".to_owned();
    loop {
        let page = app.get_as(&token, &path).await;
        let body = page.json();
        seen.extend(body["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()));
        let Some(cursor) = body["nextCursor"].as_str() else { break };
        assert!(page.header("link").contains("rel=\"next\""));
        let other = format!("/api/v1/indicators?limit=30&kind=rate&cursor={cursor}");
        assert_eq!(app.get_as(&token, &other).await.refusal(), "400 invalidCursor");
        path = format!("/api/v1/indicators?limit=30&cursor={cursor}");
    }
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(seen.len(), unique.len());
    assert!(seen.len() > 90);
}

#[actix_web::test]
async fn a_quarter_carries_the_window_of_the_decree() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    // Decree 09/2019/NĐ-CP, article 12, as Circular 06/2025/TT-TTCP, article 7 spells it out quarter by quarter.
    for (quarter, start, cut_off) in [
        ("2024-Q1", "2023-12-15", "2024-03-14"),
        ("2024-Q2", "2024-03-15", "2024-06-14"),
        ("2024-Q3", "2024-06-15", "2024-09-14"),
        ("2024-Q4", "2024-09-15", "2024-12-14"),
    ] {
        let body = app.get_as(&token, &format!("/api/v1/quarters/{quarter}")).await.json();
        assert_eq!((&body["windowStart"], &body["cutOff"]), (&json!(start), &json!(cut_off)));
    }
    // 14 March 2024 is a Thursday; 14 December 2024 a Saturday, so the next working day is Monday the 16th.
    let due = |body: serde_json::Value| body["deadlines"]["ward"].clone();
    assert_eq!(due(app.get_as(&token, "/api/v1/quarters/2024-Q1").await.json()), json!("2024-03-15"));
    assert_eq!(due(app.get_as(&token, "/api/v1/quarters/2024-Q4").await.json()), json!("2024-12-16"));
}

#[actix_web::test]
async fn figures_of_a_reused_code_are_never_mixed() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let ids = |figures: &[serde_json::Value]| {
        figures
            .iter()
            .map(|figure| figure["area"]["id"].as_str().unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    let latest = app.items(&token, "/api/v1/observations?ward=07798&limit=200").await;
    assert!(ids(&latest).iter().all(|id| id == "07798-2"), "without a quarter, a code is its latest holder");
    let before = app.items(&token, "/api/v1/observations?ward=07798@2024-02-01&limit=200").await;
    assert_eq!(ids(&before).into_iter().collect::<Vec<_>>(), ["07798-1"]);
    let quarter = app.items(&token, "/api/v1/observations?ward=07798&quarter=2024-Q2&limit=200").await;
    assert_eq!(ids(&quarter).into_iter().collect::<Vec<_>>(), ["07798-1"]);
}

#[actix_web::test]
async fn a_scope_reaches_what_its_area_is_at_the_cut_off_or_was_merged_from() {
    let app = TestApp::real().await;
    let reader = Caller { role: Role::Admin, ..Caller::public() };
    let snapshot = app.app.snapshots.read(&reader, Action::FiguresRead).unwrap();
    let reach = |scope: &Scope, ward: &str, quarter: &str| {
        reaches(&snapshot, scope, snapshot.areas().find(ward).unwrap(), quarter.parse().unwrap())
    };
    let (own, heir) = (Scope::Own("07792-1".into()), Scope::Own("07798-2".into()));
    assert!(reach(&own, "07792-1", "2024-Q1") && !reach(&own, "07798-1", "2024-Q1"));
    // Quảng Minh went into Vân Hà whole on 2025-07-01 (1658/NQ-UBTVQH15): its papers are Vân Hà's now, and not the reverse.
    assert!(reach(&heir, "07792-1", "2024-Q1") && reach(&heir, "07798-2", "2025-Q3"));
    assert!(!reach(&heir, "07795-1", "2024-Q1") && !reach(&own, "07798-2", "2025-Q3"));
    let town = Scope::Within("222-1".into());
    assert!(reach(&town, "07792-1", "2024-Q1"));
    assert!(!reach(&town, "07798-2", "2025-Q3"), "the town ended before");
    assert!(!reach(&Scope::Within("07795-2".into()), "07792-1", "2024-Q1"), "a part of the town that was split");
}

#[actix_web::test]
async fn a_parent_is_that_of_the_asked_date_over_both_transports() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    // The commune Tiên Sơn has one version through both of its parents' names and kinds.
    for (code, at, name) in [
        ("07792", Some("2024-Q1"), "Thị xã Việt Yên"),
        ("07792", None, "Thị xã Việt Yên"),
        ("07792", Some("2023-Q4"), "Huyện Việt Yên"),
        ("07786", Some("2023-Q4"), "Huyện Việt Yên"),
        ("07786", Some("2024-Q1"), "Thị xã Việt Yên"),
        ("07786@2024-01-15", None, "Huyện Việt Yên"),
        ("07798", None, "Tỉnh Bắc Ninh"),
    ] {
        let query = at.map_or_else(String::new, |at| format!("?at={at}"));
        let rest = app.get_as(&token, &format!("/api/v1/areas/{code}{query}")).await.json();
        let argument = at.map_or_else(String::new, |at| format!(", at: \"{at}\""));
        let fields = "parent { id code name kind validFrom }";
        let graph = app.data(&token, &format!("{{ area(code: \"{code}\"{argument}) {{ {fields} }} }}")).await;
        assert_eq!(rest["parent"]["name"], json!(name), "{code} {at:?}");
        assert_eq!(graph["area"]["parent"], rest["parent"], "{code} {at:?}");
    }
    let listed = app.items(&token, "/api/v1/areas?at=2023-Q4&q=07786").await;
    assert_eq!(listed[0]["parent"]["name"], json!("Huyện Việt Yên"));
}
