//! Reports and their documents over GraphQL: the document that REST answers, field by field.

use serde_json::{Value, json};

use crate::graphql::plain;
use crate::support::TestApp;

const OBSERVATION: &str = "indicator nature operator value span origin referencePeriod project method instruction note \
    mentions { section quote printed }";

pub const FINDINGS: &str = "findings { id rule severity message left right difference figures { indicator nature project value pointer } \
    pointers quote repairs explanation { finding left right text by at } } \
    repairs { id kind message changes { indicator pointer from to } keeps restate { indicator pointer from to } rank tied }";

pub fn document() -> String {
    format!(
        "ward quarter title documentKind preamble closing number numberPrinted symbol place date datePrinted \
         window {{ from to }} request {{ symbol date issuer subject quote }} signatory {{ name title authority }} recipients \
         citedActs {{ act date section role quote note }} observations {{ {OBSERVATION} }} \
         claims {{ indicator nature section quote text referencePeriod }} \
         issuedDocuments {{ kind symbol date subject unitNamed section quote note }} \
         projects {{ code name roles status quote note referencePeriod moneyIndicators mentions {{ section role quote }} }} \
         narrative {{ outline heading starred text }} limitations {{ text cause number section }} tasks {{ number text section }}"
    )
}

/// Without what the document's JSON form leaves out because it is the rule: nothing ordered, nothing starred, `=`.
pub fn without_defaults(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(without_defaults).collect(),
        Value::Object(fields) => {
            let is_default = |name: &str, value: &Value| {
                *value == json!(false) || (name == "operator" && *value == json!("=")) || *value == json!([])
            };
            let kept = fields.iter().filter(|(name, value)| !is_default(name, value));
            kept.map(|(name, value)| (name.clone(), without_defaults(value))).collect()
        }
        other => other.clone(),
    }
}

#[actix_web::test]
async fn the_document_is_the_one_that_rest_answers() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let rest = app.get_as(&token, "/api/v1/wards/07792/reports/2024-Q1").await.json();
    let query = format!(
        "{{ report(ward: \"07792\", quarter: \"2024-Q1\") {{ area {{ id code name kind validFrom }} quarter status version \
         imported synthetic revision submittedAt publishedAt inTime document {{ {} }} {FINDINGS} }} }}",
        document()
    );
    let report = app.data(&token, &query).await["report"].take();
    assert_eq!(report["document"]["issuedDocuments"].as_array().unwrap().len(), 14);
    let (report, rest) = (without_defaults(&plain(&report)), without_defaults(&plain(&rest)));
    for (name, part) in rest["document"].as_object().unwrap() {
        assert_eq!(&report["document"][name], part, "{name}");
    }
    assert_eq!(report, rest);
}

#[actix_web::test]
async fn a_project_carries_its_figures() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    let query = "{ report(ward: \"07792\", quarter: \"2024-Q1\") { document { projects { code observations { project indicator } } } } }";
    let mut data = app.data(&token, query).await;
    let projects = data["report"]["document"]["projects"].take();
    let mut figures = 0;
    for project in projects.as_array().unwrap() {
        for figure in project["observations"].as_array().unwrap() {
            assert_eq!(figure["project"], project["code"]);
            figures += 1;
        }
    }
    assert!(figures > 0, "{projects}");
}

#[actix_web::test]
async fn a_page_of_documents_is_read_together_and_each_is_its_own() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let query = "{ reports(quarter: \"2024-Q3\") { nodes { id area { code } quarter document { ward quarter observations { value } } } } }";
    let mut data = app.data(&token, query).await;
    let nodes = data["reports"]["nodes"].take();
    assert!(nodes.as_array().unwrap().len() > 10);
    for node in nodes.as_array().unwrap() {
        assert_eq!(
            (&node["document"]["ward"], &node["document"]["quarter"]),
            (&node["area"]["code"], &node["quarter"])
        );
        assert!(!node["document"]["observations"].as_array().unwrap().is_empty());
    }
    let by_id = format!(
        "{{ nodes(ids: [{}, {}]) {{ ... on Report {{ id document {{ ward }} }} }} }}",
        nodes[3]["id"], nodes[0]["id"]
    );
    let found = app.data(&token, &by_id).await["nodes"].take();
    for (found, listed) in [(&found[0], &nodes[3]), (&found[1], &nodes[0])] {
        assert_eq!((&found["id"], &found["document"]["ward"]), (&listed["id"], &listed["document"]["ward"]));
    }
    let mut data = app
        .data(&token, "{ quarter(quarter: \"2024-Q3\") { publishedReports reports { totalCount nodes { id } } } }")
        .await;
    let quarter = data["quarter"].take();
    assert_eq!(quarter["publishedReports"], quarter["reports"]["totalCount"]);
}
