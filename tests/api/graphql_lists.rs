//! Connections, and anything by its id.

use std::collections::HashSet;

use danbiet::domain::identity::Identity;
use serde_json::{Value, json};

use crate::support::TestApp;

/// Every item of a list with its cursor, read page by page, forward or backward.
async fn walk(app: &TestApp, token: &str, field: &str, arguments: &str, forward: bool) -> Vec<(String, Value)> {
    let (size, at, more, end) = if forward {
        ("first", "after", "hasNextPage", "endCursor")
    } else {
        ("last", "before", "hasPreviousPage", "startCursor")
    };
    let (mut found, mut cursor): (Vec<(String, Value)>, _) = (Vec::new(), String::new());
    loop {
        let query = format!(
            "{{ {field}({arguments} {size}: 7 {cursor}) {{ totalCount edges {{ cursor node {{ __typename }} }} nodes {{ __typename }} \
             pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let list = app.data(token, &query).await[field].take();
        let edges = list["edges"].as_array().unwrap();
        assert_eq!(edges.len(), list["nodes"].as_array().unwrap().len());
        assert_eq!(list["pageInfo"]["startCursor"], edges[0]["cursor"]);
        assert_eq!(list["pageInfo"]["endCursor"], edges[edges.len() - 1]["cursor"]);
        let page = edges.iter().map(|edge| (edge["cursor"].as_str().unwrap().to_owned(), edge["node"].clone()));
        if forward {
            found.extend(page);
        } else {
            found = page.chain(found).collect();
        }
        if list["pageInfo"][more] == json!(false) {
            assert_eq!(list["totalCount"], json!(found.len()));
            return found;
        }
        cursor = format!("{at}: {}", list["pageInfo"][end]);
    }
}

#[actix_web::test]
async fn every_list_reads_the_same_forward_and_backward() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    for (field, arguments) in [
        ("areas", ""),
        ("wards", "parent: \"222\""),
        ("quarters", ""),
        ("indicators", ""),
        ("observations", "ward: \"07792\""),
        ("reports", "quarter: \"2024-Q1\""),
    ] {
        let forward = walk(&app, &token, field, arguments, true).await;
        assert!(forward.len() > 7, "{field}: {}", forward.len());
        assert_eq!(forward, walk(&app, &token, field, arguments, false).await, "{field}");
        let cursors: HashSet<_> = forward.iter().map(|(cursor, _)| cursor).collect();
        assert_eq!(cursors.len(), forward.len(), "{field}");
    }
}

#[actix_web::test]
async fn pages_and_cursors_are_refused_as_over_rest() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let code = async |field: &str| app.ask(Some(&token), &format!("{{ {field} {{ totalCount }} }}")).await.codes();
    for arguments in
        ["first: 0", "first: 201", "first: -1", "last: 0", "last: 201", "first: 1, last: 1", "first: 5000000000"]
    {
        for list in ["areas", "wards", "quarters", "indicators", "observations", "reports"] {
            assert_eq!(code(&format!("{list}({arguments})")).await, ["invalidLimit"], "{list} {arguments}");
        }
    }
    let query = "{ wards(first: 1) { pageInfo { endCursor } } }";
    let cursor = app.data(&token, query).await["wards"]["pageInfo"]["endCursor"].take();
    assert!(code(&format!("wards(after: {cursor})")).await.is_empty());
    for other in ["areas(after: CURSOR)", "wards(after: CURSOR, q: \"minh\")", "wards(before: \"nonsense\")"] {
        assert_eq!(code(&other.replace("CURSOR", &cursor.to_string())).await, ["invalidCursor"], "{other}");
    }
    let csv = "ward,quarter,indicator,nature,numerator,denominator,value\n07792,2024-Q2,poor_households,actual,,,7\n";
    app.import("town_officer", csv.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    assert_eq!(code(&format!("wards(after: {cursor})")).await, ["resyncRequired"]);
}

#[actix_web::test]
async fn a_page_costs_what_it_asks_for() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    app.data(&token, "{ observations(first: 200) { nodes { value area { name } indicator { code } } } }").await;
    let nest = "{ quarters(first: 200) { nodes { reports(first: 200) { nodes { id } } } } }";
    let answer = app.ask(Some(&token), nest).await;
    assert_eq!(answer.codes(), ["queryTooExpensive"]);
    assert!(answer.json().get("data").is_none());
}

/// Every id of the seed and of what is published reads as one kind and answers the thing that it was shown with.
#[actix_web::test]
async fn every_id_names_one_thing() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let (mut ids, mut kinds) = (HashSet::new(), HashSet::new());
    for (list, name) in [("areas", "Area"), ("quarters", "Quarter"), ("indicators", "Indicator"), ("reports", "Report")]
    {
        let mut after = String::new();
        loop {
            let query = format!(
                "{{ {list}(first: 200 {after}) {{ nodes {{ __typename id }} pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let page = app.data(&token, &query).await[list].take();
            let shown = page["nodes"].as_array().unwrap().clone();
            let listed: Vec<_> = shown.iter().map(|node| node["id"].as_str().unwrap()).collect();
            for id in &listed {
                assert!(ids.insert((*id).to_owned()), "{id} names two things");
                let kind = match Identity::parse(id) {
                    Some(Identity::Area(_)) => "Area",
                    Some(Identity::Quarter(_)) => "Quarter",
                    Some(Identity::Indicator(_)) => "Indicator",
                    Some(Identity::Report(..)) => "Report",
                    None => "nothing",
                };
                assert_eq!(kind, name, "{id}");
                kinds.insert(kind);
            }
            let query = format!("{{ nodes(ids: {}) {{ __typename id }} }}", json!(listed));
            assert_eq!(app.data(&token, &query).await["nodes"], json!(shown));
            let one = app.data(&token, &format!("{{ node(id: {}) {{ __typename id }} }}", json!(listed[0]))).await;
            assert_eq!(one["node"], shown[0]);
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = format!("after: {}", page["pageInfo"]["endCursor"]);
        }
    }
    assert_eq!(kinds.len(), 4);
    assert!(ids.len() > 300, "{}", ids.len());
    // Quarters without reports have ids as well.
    assert_eq!(app.data(&token, "{ node(id: \"2020-Q1\") { id } }").await["node"]["id"], json!("2020-Q1"));
}

#[actix_web::test]
async fn an_id_of_nothing_is_null() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    for id in
        ["", "99999-1", "07792", "2019-Q4", "2031-Q1", "happiness", "07792-1/2023-Q4", "99999-1/2024-Q1", "ă", "a/b/c"]
    {
        let data =
            app.data(&token, &format!("{{ node(id: \"{id}\") {{ id }} nodes(ids: [\"{id}\"]) {{ id }} }}")).await;
        assert_eq!(data, json!({"node": null, "nodes": [null]}), "{id}");
    }
    let many = json!(vec!["2024-Q1"; 201]);
    assert_eq!(app.ask(Some(&token), &format!("{{ nodes(ids: {many}) {{ id }} }}")).await.codes(), ["invalidLimit"]);
}
