//! GraphQL says what REST says.

use actix_web::test::TestRequest;
use actix_web::web::Data;
use danbiet::graphql::Introspection;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

const AGGREGATE: &str = "area { id code name kind validFrom } quarter period { kind from to } indicator { code } unit \
    value reason stated statedMean { value wards } numerator denominator estimatedShare denominatorQuarter basis status \
    nature contested { area { code name } findingIds } synthetic method interval { level method lower upper } \
    coverage { expected reported included missing { area { code name } reason } } \
    change { previousQuarter { quarter difference from wards interval { level method lower upper } trend reasons } \
    previousYear { quarter difference from wards interval { level method lower upper } trend reasons } } \
    target { value referencePeriod source } attainment { percent gap met } rank { position of tied } boundaries former \
    peers { kind wards included value standing rank { position of tied } synthetic }";

/// One form for both: numbers compare by value (REST writes 45, a GraphQL Float 45.0), and what REST leaves out is null.
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            // REST leaves these lists out where they are empty.
            let list = |name: &str| matches!(name, "reasons" | "contested");
            let empty = |name: &str, value: &Value| value.is_null() || list(name) && *value == json!([]);
            let kept = fields.iter().filter(|(name, value)| !empty(name, value));
            kept.map(|(name, value)| (name.clone(), plain(value))).collect()
        }
        other => other.clone(),
    }
}

/// A GraphQL aggregate in REST's shape: the indicator by its code, a missing ward flat, the period only beside no quarter.
fn as_rest(mut aggregate: Value) -> Value {
    aggregate["indicator"] = aggregate["indicator"]["code"].take();
    for missing in aggregate["coverage"]["missing"].as_array_mut().unwrap() {
        *missing =
            json!({"code": missing["area"]["code"], "name": missing["area"]["name"], "reason": missing["reason"]});
    }
    for ward in aggregate["contested"].as_array_mut().unwrap() {
        *ward = json!({"code": ward["area"]["code"], "name": ward["area"]["name"], "findingIds": ward["findingIds"]});
    }
    if !aggregate["quarter"].is_null() {
        aggregate["period"] = Value::Null;
    }
    if aggregate["former"] == json!(false) {
        aggregate["former"] = Value::Null;
    }
    plain(&aggregate)
}

#[actix_web::test]
async fn aggregates_are_the_same_over_both() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let indicators = "online_submission_rate,on_time_resolution_rate,satisfaction_rate,poverty_rate,poor_households";
    let listed = format!("[\"{}\"]", indicators.replace(',', "\", \""));
    let (mut missing, mut changes, mut years, mut peers, mut former) = (0, 0, 0, 0, 0);
    for (area, time, by_ward) in [
        ("07792", "quarter=2024-Q1", false),
        ("222", "quarter=2024-Q1", false),
        ("222", "quarter=2024-Q3", true),
        ("222", "from=2023-Q1&to=2024-Q4", true),
        ("222", "from=2022-Q3&to=2025-Q2&period=year", false),
        ("222", "from=2024-Q1&to=2024-Q4&period=total", true),
        ("222", "last=3", false),
        ("07792", "last=2&quarter=2024-Q2&peers=kind", false),
        ("222", "quarter=2024-Q3&peers=kind", true),
        ("24", "from=2024-Q4&to=2025-Q3&boundaries=2025-07-01", true),
        ("07798", "from=2024-Q1&to=2025-Q3&period=year&boundaries=2025-07-01", false),
        ("222", "from=2025-Q2&to=2025-Q3&boundaries=2024-02-01", false),
        ("07792", "quarter=2025-Q3&boundaries=2024-02-01", false),
    ] {
        let by = if by_ward { "&by=ward" } else { "" };
        let rest =
            app.items(&token, &format!("/api/v1/aggregates?area={area}&indicator={indicators}&{time}{by}")).await;
        let arguments: Vec<_> = time
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| match name {
                "period" | "peers" | "last" => format!("{name}: {value}"),
                _ => format!("{name}: \"{value}\""),
            })
            .collect();
        let query = format!(
            "{{ aggregates(area: \"{area}\", indicators: {listed}, {}, byWard: {by_ward}) {{ {AGGREGATE} }} }}",
            arguments.join(", ")
        );
        let mut answer = app.data(&token, &query).await;
        let found = std::mem::take(answer["aggregates"].as_array_mut().unwrap());
        assert_eq!(found.len(), rest.len());
        for (graphql, rest) in found.into_iter().zip(&rest) {
            missing += rest["coverage"]["missing"].as_array().unwrap().len();
            changes += usize::from(rest["change"]["previousYear"]["difference"].is_number());
            years += usize::from(rest["period"]["kind"] == "year");
            peers += usize::from(rest["peers"]["value"].is_number());
            former += usize::from(rest["former"] == json!(true));
            assert_eq!(as_rest(graphql), plain(rest), "{area} {time}");
        }
    }
    // The comparison is worth something only where there was something to compare.
    assert!(missing > 10 && changes > 10 && years > 2, "{missing} {changes} {years}");
    assert!(peers > 10 && former > 4, "{peers} {former}");
}

/// Every list of REST, field by field: what GraphQL calls by the same name is the same.
#[actix_web::test]
async fn lists_are_the_same_over_both() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let area = "id code name kind validFrom";
    let area_all = format!(
        "{area} validTo parent {{ {area} }} successors {{ area {{ {area} }} kind effectiveOn instrument }} \
         predecessors {{ area {{ {area} }} kind effectiveOn instrument }}"
    );
    let indicator = "code kind family section name nameVi nameEn definition unit direction overAreas overTime opening inflow \
        frequency span nature decimals numerator denominator statedRateUsesDenominator survey perProject plus minus \
        validFrom validTo source note";
    let quarter = "quarter windowStart cutOff deadlines { ward town province } locked publishedReports";
    let observation = format!(
        "area {{ {area} }} quarter indicator {{ code }} unit nature operator value span origin status synthetic \
         referencePeriod project method"
    );
    let report =
        format!("area {{ {area} }} quarter status version imported synthetic revision submittedAt publishedAt inTime");
    for (path, field, selection) in [
        ("/areas", "areas", area_all.as_str()),
        ("/areas?at=2025-Q3&kind=ward&q=nenh", "areas(at: \"2025-Q3\", kind: ward, q: \"nenh\")", &area_all),
        ("/wards?at=2024-03-14&parent=222", "wards(at: \"2024-03-14\", parent: \"222\")", &area_all),
        ("/indicators", "indicators", indicator),
        ("/indicators?kind=rate&q=ngheo", "indicators(kind: rate, q: \"ngheo\")", indicator),
        ("/indicators?family=poverty", "indicators(family: \"poverty\")", indicator),
        ("/quarters", "quarters", quarter),
        (
            "/observations?ward=07792&quarter=2024-Q1",
            "observations(ward: \"07792\", quarter: \"2024-Q1\")",
            &observation,
        ),
        (
            "/observations?indicator=poverty_rate&nature=target",
            "observations(indicator: \"poverty_rate\", nature: target)",
            &observation,
        ),
        ("/reports?quarter=2024-Q1", "reports(quarter: \"2024-Q1\")", &report),
    ] {
        let rest = app.items(&token, &format!("/api/v1{path}")).await;
        let data = app.data(&token, &format!("{{ {field} {{ nodes {{ {selection} }} }} }}")).await;
        let nodes = data.as_object().unwrap().values().next().unwrap()["nodes"].as_array().unwrap();
        assert!(!rest.is_empty() && rest.len() == nodes.len(), "{path}: {} and {}", rest.len(), nodes.len());
        for (rest, node) in rest.iter().zip(nodes) {
            let (mut rest, mut node) = (rest.clone(), node.clone());
            if path.starts_with("/observations") {
                node["indicator"] = node["indicator"]["code"].take();
                rest.as_object_mut().unwrap().remove("detail");
            }
            assert_eq!(plain(&node), plain(&rest), "{path}");
        }
    }
}

#[actix_web::test]
async fn rows_are_the_same_however_their_fields_are_asked_for() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let table =
        "aggregates(area: \"222\", indicators: [\"online_submission_rate\"], quarter: \"2024-Q2\", byWard: true)";
    let fields = "area { code } value status rank { position }";
    let plainly = app.ask(Some(&token), &format!("{{ {table} {{ {fields} }} }}")).await.json();
    assert_eq!(plainly["data"]["aggregates"].as_array().map(Vec::len), Some(17), "{plainly}");
    // Written out, in fragments, twice, and only if it is wanted.
    for query in [
        format!(
            "{{ {table} {{ ... {{ area {{ code }} }} ... on Aggregate {{ value status rank {{ position }} }} }} }}"
        ),
        format!(
            "{{ {table} {{ ...A rank {{ position }} }} }} fragment A on Aggregate {{ area {{ code }} value ...B }} \
            fragment B on Aggregate {{ status }}"
        ),
        format!("{{ {table} {{ {fields} value rank {{ position }} }} }}"),
        format!(
            "{{ {table} {{ basis @skip(if: true) area @include(if: true) {{ code }} value status rank {{ position }} }} }}"
        ),
    ] {
        let answer = app.ask(Some(&token), &query).await.json();
        assert_eq!(answer["data"], plainly["data"], "{query}");
    }
    let named = app.ask(Some(&token), &format!("{{ {table} {{ __typename share: value }} }}")).await.json();
    for (row, known) in std::iter::zip(
        named["data"]["aggregates"].as_array().unwrap(),
        plainly["data"]["aggregates"].as_array().unwrap(),
    ) {
        assert_eq!(*row, json!({"__typename": "Aggregate", "share": known["value"]}));
    }
}

#[actix_web::test]
async fn the_codes_are_the_same() {
    let app = TestApp::real().await;
    let token = app.token("admin").await;
    for (field, expected) in [
        ("area(code: \"99999\") { id }", "areaNotFound"),
        ("wards(at: \"yesterday\") { totalCount }", "invalidQuarter"),
        ("quarter(quarter: \"2024-Q9\") { quarter }", "invalidQuarter"),
        ("quarter(quarter: \"2031-Q1\") { quarter }", "quarterInFuture"),
        ("indicator(code: \"happiness\") { code }", "indicatorNotFound"),
        ("observations(ward: \"99999\") { totalCount }", "areaNotFound"),
        ("report(ward: \"07792\", quarter: \"2023-Q4\") { version }", "reportNotFound"),
    ] {
        assert_eq!(app.ask(Some(&token), &format!("{{ {field} }}")).await.codes(), [expected], "{field}");
    }
}

/// A document that passed the library's rules is not judged again; what is sent for its variables is, wherever they matter.
#[actix_web::test]
async fn what_was_right_with_other_variables_is_still_refused() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let query = "query ($k: AreaKind, $n: Int, $q: String, $a: String!) { areas(kind: $k, first: $n, q: $q) { totalCount } \
                 area(code: $a) { id } }";
    let good = json!({"k": "ward", "n": 5, "q": "quang", "a": "222"});
    let answer = app.ask_with(&token, query, good.clone()).await;
    assert_eq!(answer.codes(), [""; 0]);
    assert_eq!(app.ask_with(&token, query, good.clone()).await.body, answer.body);
    let another = app.ask_with(&token, query, json!({"k": "ward", "n": 5, "q": "nenh", "a": "01"})).await;
    assert_eq!(another.codes(), ["areaNotFound"]);
    for (name, bad) in [
        ("k", json!("no kind")),
        ("k", json!(1)),
        ("n", json!("5")),
        ("n", json!(9_999_999_999_i64)),
        ("n", json!(0)),
        ("q", json!(1)),
        ("q", json!(["a"])),
        ("a", json!(null)),
        ("a", json!({})),
    ] {
        let mut variables = good.clone();
        variables[name] = bad;
        let fresh = app.another().ask_with(&token, query, variables.clone()).await;
        let known = app.ask_with(&token, query, variables.clone()).await;
        assert!(!fresh.codes().is_empty(), "{variables}");
        assert_eq!((known.status, known.json()), (fresh.status, fresh.json()), "{variables}");
    }
    assert_eq!(app.ask_with(&token, query, good).await.body, answer.body);
}

#[actix_web::test]
async fn a_document_that_is_none_has_a_code_as_well() {
    let app = TestApp::real().await;
    for query in ["{", "{ nothing }", "{ area { id } }", "query A { __typename } query B { __typename }"] {
        let answer = app.ask(None, query).await;
        assert_eq!(answer.codes(), ["malformedRequest"], "{query}");
        assert!(answer.json().get("data").is_none(), "{query}");
    }
}

#[actix_web::test]
async fn a_refusal_of_one_field_leaves_the_others_answered() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let answer = app.ask(Some(&token), "{ head { revision } area(code: \"99999\") { id } }").await;
    assert_eq!((answer.status, answer.codes()), (200, vec!["areaNotFound".to_owned()]));
    let data = answer.json()["data"].take();
    assert!(data["head"]["revision"].is_i64(), "{data}");
    assert_eq!(data.get("area"), Some(&Value::Null), "{data}");
    let alone = app.ask(Some(&token), "{ area(code: \"99999\") { id } }").await.json();
    assert_eq!(alone["data"], json!({"area": null}), "{alone}");
}

#[actix_web::test]
async fn a_session_opens_renews_and_ends() {
    let app = TestApp::real().await;
    let open = format!(
        "mutation {{ createSession(username: \"viewer\", password: \"{PASSWORD}\") {{ accessToken refreshToken expiresIn }} }}"
    );
    let pair = app.ask(None, &open).await.json()["data"]["createSession"].clone();
    assert_eq!(pair["expiresIn"], json!(600));
    let renew = format!("mutation {{ refreshSession(refreshToken: {}) {{ accessToken }} }}", pair["refreshToken"]);
    let renewed = app.ask(None, &renew).await.json();
    let token =
        renewed["data"]["refreshSession"]["accessToken"].as_str().unwrap_or_else(|| panic!("{renewed}")).to_owned();
    let ended = app.ask(Some(&token), "mutation { deleteSession }").await.json();
    assert_eq!(ended["data"]["deleteSession"], json!(true));
    assert_eq!(app.ask(Some(&token), "{ head { revision } }").await.status, 401);
}

#[actix_web::test]
async fn who_is_signed_in_is_the_same_over_both() {
    let app = TestApp::real().await;
    for username in ["viewer", "ward_officer", "ward_leader", "town_officer", "admin"] {
        let token = app.token_of(username);
        let rest = app.get_as(&token, "/api/v1/sessions").await.json();
        let query = "{ session { username displayName role area { id code name kind validFrom } } }";
        let session = app.data(&token, query).await["session"].take();
        assert_eq!((&session["username"], plain(&session)), (&json!(username), plain(&rest)), "{rest}");
    }
    assert_eq!(app.ask(None, "{ session { username } }").await.codes(), ["unauthenticated"]);
}

/// Who is signed in is as of now: nothing of it may be answered from what was answered before.
#[actix_web::test]
async fn who_is_signed_in_is_not_kept() {
    let app = TestApp::real().await;
    let token = app.token_of("viewer");
    let query = "{ session { displayName } }";
    let before = app.data(&token, query).await;
    app.execute("UPDATE accounts SET display_name = 'Trần Thị Mới' WHERE username = 'viewer'").unwrap();
    let after = app.data(&token, query).await;
    assert_eq!(after["session"]["displayName"], json!("Trần Thị Mới"), "{before}");
}

#[actix_web::test]
async fn a_mutation_by_get_is_refused_and_so_is_a_batch() {
    let app = TestApp::real().await;
    let answer = app.get("/graphql?query=mutation%20%7B%20deleteSession%20%7D").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
    assert_eq!(app.post("/graphql", json!([{"query": "{ __typename }"}])).await.status, 400);
}

#[actix_web::test]
async fn a_browser_gets_a_page_and_a_client_an_answer() {
    let app = TestApp::real().await;
    let get =
        async |path: &str, accept: &str| app.send(TestRequest::get().uri(path).insert_header(("Accept", accept))).await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
    let page = get("/graphql", browser).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = String::from_utf8(page.body.clone()).unwrap();
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-") && policy.contains("connect-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("script-src 'unsafe-inline'") && !policy.contains("unsafe-eval"), "{policy}");
    // Every file that is loaded is pinned to a version and a digest, and nothing else may be.
    let urls: Vec<_> = text.split('"').filter(|part| part.starts_with("https://")).collect();
    assert_eq!((urls.len(), text.matches("\"integrity\":\"sha384-").count()), (4, 4));
    assert!(urls.iter().all(|url| policy.contains(url) && url.contains('@')), "{urls:?}");
    for (path, accept) in [
        ("/graphql", "*/*"),
        ("/graphql", "application/json"),
        ("/graphql", "text/html;q=0.5, application/json"),
        ("/graphql?query=%7B__typename%7D", browser),
    ] {
        assert!(get(path, accept).await.header("content-type").starts_with("application/json"), "{path} {accept}");
    }
    assert_eq!(get("/graphql?query=%7B__typename%7D", "text/html").await.refusal(), "406 notAcceptable");
    assert_eq!(
        app.get("/graphql?query=%7B__typename%7D").await.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'"
    );
}

#[actix_web::test]
async fn the_schema_describes_itself_only_where_that_is_on() {
    let mut app = TestApp::real().await;
    let (schema, misspelt) = ("{ __schema { queryType { name } } }", "{ indicator_(code: \"x\") { code } }");
    let message = |answer: Value| answer["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(app.ask(None, schema).await.json()["data"]["__schema"]["queryType"]["name"], json!("Query"));
    assert!(message(app.ask(None, misspelt).await.json()).contains("\"indicator\""));
    app.schema = Data::new(danbiet::graphql::schema(Introspection::Off));
    for query in [schema, "{ __type(name: \"Area\") { name } }"] {
        let answer = app.ask(None, query).await.json();
        assert!(answer.get("data").is_none() && !message(answer.clone()).is_empty(), "{answer}");
    }
    assert!(!message(app.ask(None, misspelt).await.json()).contains("\"indicator\""));
    assert_eq!(app.ask(None, "{ __typename }").await.json()["data"]["__typename"], json!("Query"));
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

/// Every type, field and value says what it is; Relay's own and GraphQL's own come with their words.
/// What a list of words has for a name may be none in GraphQL, and then no client can be made of the schema.
#[test]
fn the_schema_is_one_that_clients_can_read() {
    let sdl = danbiet::graphql::sdl();
    let read = async_graphql::parser::parse_schema(&sdl);
    assert!(read.is_ok(), "{}", read.unwrap_err());
}

#[test]
fn everything_in_the_schema_is_described() {
    let sdl = danbiet::graphql::sdl();
    let mut previous = "";
    for line in sdl.lines() {
        let declares = ["type ", "enum ", "scalar ", "interface ", "input "].iter().any(|word| line.starts_with(word));
        let own = !line.contains("Connection {") && !line.contains("Edge {");
        if declares && own {
            assert_eq!(previous.trim(), "\"\"\"", "{line}");
        }
        previous = line;
    }
}
