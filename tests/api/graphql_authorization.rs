//! Every root field of the schema, asked as every role, against the policy table.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use danbiet::domain::policy::{Action, Caller, Grant, Role, authorize, grant};
use danbiet::error::Language;
use danbiet::graphql::{Asked, Begun, Introspection, Question, begin, schema};
use serde_json::Value;

use crate::support::{PASSWORD, TestApp};

/// Every root field with the action that it stands for; one that reads things of several kinds has a row for each.
const FIELDS: &[(&str, &str, Action)] = &[
    ("head", "head { revision }", Action::FiguresRead),
    ("node", "node(id: \"07792-1\") { id }", Action::FiguresRead),
    ("node", "node(id: \"2024-Q1\") { id }", Action::FiguresRead),
    ("node", "node(id: \"poverty_rate\") { id }", Action::FiguresRead),
    ("node", "node(id: \"nothing at all\") { id }", Action::FiguresRead),
    ("node", "node(id: \"07792-1/2024-Q1\") { id }", Action::PublishedReportRead),
    ("nodes", "nodes(ids: [\"07792-1\", \"2024-Q1\"]) { id }", Action::FiguresRead),
    ("nodes", "nodes(ids: []) { id }", Action::FiguresRead),
    ("nodes", "nodes(ids: [\"07792-1/2024-Q1\"]) { id }", Action::PublishedReportRead),
    ("area", "area(code: \"222\") { id parent { id } successors { area { id } } }", Action::FiguresRead),
    ("areas", "areas { totalCount }", Action::FiguresRead),
    ("wards", "wards { nodes { id } }", Action::FiguresRead),
    ("quarter", "quarter(quarter: \"2024-Q1\") { cutOff }", Action::FiguresRead),
    (
        "quarter",
        "quarter(quarter: \"2024-Q1\") { reports { nodes { document { title } } } }",
        Action::PublishedReportRead,
    ),
    ("progress", "progress(quarter: \"2024-Q1\", area: \"222\") { reporting { expected } }", Action::FiguresRead),
    ("quarters", "quarters { nodes { quarter } }", Action::FiguresRead),
    ("indicator", "indicator(code: \"poverty_rate\") { code }", Action::FiguresRead),
    ("indicators", "indicators { nodes { code } }", Action::FiguresRead),
    ("observations", "observations(ward: \"07792\", quarter: \"2024-Q1\") { nodes { value } }", Action::FiguresRead),
    (
        "aggregates",
        "aggregates(area: \"222\", indicators: [\"poverty_rate\"], quarter: \"2024-Q1\") { value }",
        Action::FiguresRead,
    ),
    ("report", "report(ward: \"07792\", quarter: \"2024-Q1\") { document { title } }", Action::PublishedReportRead),
    ("reports", "reports { nodes { document { title } } }", Action::PublishedReportRead),
    (
        "workingReport",
        "workingReport(ward: \"07792\", quarter: \"2024-Q1\") { etag document { title } findings { id } actions { action } }",
        Action::UnpublishedReportRead,
    ),
    ("history", "history(ward: \"07792\", quarter: \"2024-Q1\") { nodes { action } }", Action::AuditRead),
    ("auditTrail", "auditTrail { nodes { action } }", Action::AuditRead),
    ("deadlines", "deadlines(area: \"222\", quarter: \"2024-Q1\") { etag }", Action::FiguresRead),
    ("lock", "lock(area: \"222\", quarter: \"2024-Q1\") { locked }", Action::FiguresRead),
    ("targets", "targets { items { value } }", Action::FiguresRead),
    ("session", "session { username role area { code } }", Action::OwnAccount),
    (
        "setDeadline",
        "setDeadline(area: \"222\", quarter: \"2024-Q1\", dueOn: \"2024-03-18\", ifMatch: \"*\") { etag }",
        Action::QuarterManage,
    ),
    (
        "clearDeadline",
        "clearDeadline(area: \"222\", quarter: \"2024-Q1\", ifMatch: \"*\") { etag }",
        Action::QuarterManage,
    ),
    (
        "lockQuarter",
        "lockQuarter(area: \"222\", quarter: \"2024-Q1\", reason: \"a test\", ifMatch: \"*\") { etag }",
        Action::QuarterManage,
    ),
    (
        "unlockQuarter",
        "unlockQuarter(area: \"222\", quarter: \"2024-Q1\", reason: \"a test\", ifMatch: \"*\") { etag }",
        Action::QuarterManage,
    ),
    (
        "setTarget",
        "setTarget(area: \"222\", indicator: \"poverty_rate\", referencePeriod: \"2024\", value: 1, ifMatch: \"*\") { etag }",
        Action::QuarterManage,
    ),
    (
        "clearTarget",
        "clearTarget(area: \"222\", indicator: \"poverty_rate\", referencePeriod: \"2024\", ifMatch: \"*\") { etag }",
        Action::QuarterManage,
    ),
    (
        "createSession",
        "createSession(username: \"USERNAME\", password: \"PASSWORD\") { accessToken }",
        Action::SessionOpen,
    ),
    ("refreshSession", "refreshSession(refreshToken: \"REFRESH\") { accessToken }", Action::SessionOpen),
    ("deleteSession", "deleteSession", Action::OwnAccount),
];

/// Every field that writes a report, with the actions of which one must be granted; that a scope is kept to is for
/// `graphql_workflow.rs`. Without a precondition nothing is written.
const WRITES: &[(&str, &str, &[Action])] = &[
    ("putReport", "putReport(REPORT, document: {}) { etag }", &[Action::DraftWrite]),
    ("patchReport", "patchReport(REPORT, patch: {}) { etag }", &[Action::DraftWrite]),
    ("explainFinding", "explainFinding(REPORT, finding: \"V08\", text: \"x\") { etag }", &[Action::DraftWrite]),
    ("deleteExplanation", "deleteExplanation(REPORT, finding: \"V08\") { etag }", &[Action::DraftWrite]),
    ("acceptOffers", "acceptOffers(REPORT) { etag }", &[Action::DraftWrite]),
    ("acceptRepair", "acceptRepair(REPORT, repair: \"x\") { etag }", &[Action::DraftWrite]),
    ("moveReport", "moveReport(REPORT, to: retracted) { etag }", &[Action::ReportSubmit, Action::ReportDecide]),
    ("moveReports", "moveReports(quarter: \"2024-Q1\", to: draft, reports: []) { revision }", &[Action::ReportDecide]),
];

/// The root fields that the schema has.
fn declared(roots: &[&str]) -> BTreeSet<String> {
    let sdl = danbiet::graphql::sdl();
    let mut found = BTreeSet::new();
    for root in roots {
        let body = sdl.split_once(&format!("type {root} {{\n")).unwrap().1.split_once("\n}").unwrap().0;
        // What stands between two lines of three quotes is a description.
        let parts = body.split("\t\"\"\"\n").step_by(2);
        let fields = parts.flat_map(str::lines).filter_map(|line| line.strip_prefix('\t'));
        found.extend(fields.map(|line| line.split(['(', ':']).next().unwrap().to_owned()));
    }
    found
}

#[test]
fn every_root_field_has_a_row() {
    let fields = FIELDS.iter().map(|(name, _, _)| *name).chain(WRITES.iter().map(|(name, _, _)| *name));
    assert_eq!(declared(&["Query", "Mutation"]), fields.map(ToOwned::to_owned).collect());
}

fn document(field: &str, username: &str, refresh: &str) -> String {
    let field = field.replace("USERNAME", username).replace("PASSWORD", PASSWORD).replace("REFRESH", refresh);
    let name = field.split(['(', ' ']).next().unwrap();
    if declared(&["Mutation"]).contains(name) { format!("mutation {{ {field} }}") } else { format!("{{ {field} }}") }
}

/// What the table says, as a code: none where it is granted.
fn expected(caller: &Caller, action: Action) -> Vec<String> {
    authorize(caller, action).err().map(|error| error.code().as_str().to_owned()).into_iter().collect()
}

#[actix_web::test]
async fn every_role_gets_from_every_field_what_the_table_says() {
    let app = TestApp::real().await;
    for role in Role::ALL.iter().copied().filter(|role| *role != Role::Agency) {
        for (_, field, action) in FIELDS {
            // Sign-ins are throttled per account, so each role has its own; the public has the viewer's.
            let username = if role == Role::Public { "viewer" } else { role.as_str() };
            let refresh = if field.contains("REFRESH") { app.sign_in(username).await } else { Value::Null };
            let query = document(field, username, refresh["refreshToken"].as_str().unwrap_or_default());
            // Signing out ends a session, so it needs one of its own.
            let token = match role {
                Role::Public => None,
                _ if *action == Action::OwnAccount => Some(app.token(role.as_str()).await),
                _ => Some(app.token_of(role.as_str())),
            };
            let codes = app.ask(token.as_deref(), &query).await.codes();
            let caller = Caller { role, area: Some("222-1".into()), ..Caller::public() };
            assert_eq!(codes, expected(&caller, *action), "{} {query}", role.as_str());
            // The table itself is reviewed in policy.md; here, that it was asked at all.
            assert_eq!(codes.is_empty(), grant(role, *action) != Grant::No, "{} {query}", role.as_str());
        }
    }
}

#[actix_web::test]
async fn every_role_writes_where_the_table_says_and_nowhere_else() {
    let app = TestApp::real().await;
    let before = danbiet::db::audit::verify(&mut app.connect()).unwrap().entries;
    for role in Role::ALL.iter().copied().filter(|role| *role != Role::Agency) {
        for (_, field, actions) in WRITES {
            let token = if role == Role::Public { None } else { Some(app.token_of(role.as_str())) };
            let field = field.replace("REPORT", "ward: \"07792\", quarter: \"2024-Q1\"");
            let codes = app.ask(token.as_deref(), &format!("mutation {{ {field} }}")).await.codes();
            let granted = actions.iter().any(|action| grant(role, *action) != Grant::No);
            let about = format!("{} {field}: {codes:?}", role.as_str());
            match (granted, role) {
                (false, Role::Public) => assert_eq!(codes, ["unauthenticated"], "{about}"),
                (false, _) => assert_eq!(codes, ["forbidden"], "{about}"),
                // Past the policy, what has no precondition or names no report is refused for itself; a step may still be
                // another role's.
                (true, _) if field.starts_with("moveReport(") && role == Role::WardLeader => {
                    assert_eq!(codes, ["forbidden"], "{about}");
                }
                (true, _) => {
                    let own = ["preconditionRequired".to_owned(), "notMeaningful".to_owned()];
                    assert!(codes.len() == 1 && own.contains(&codes[0]), "{about}");
                }
            }
        }
    }
    assert_eq!(danbiet::db::audit::verify(&mut app.connect()).unwrap().entries, before, "nothing was written");
}

/// Agencies have no accounts yet, so theirs are asked below the transport, with every set of scopes.
#[actix_web::test]
async fn an_agency_gets_what_its_scopes_say() {
    let app = TestApp::real().await;
    let schema = schema(Introspection::On);
    let (figures, changes) = ("figures:read".to_owned(), "changes:read".to_owned());
    for scopes in [vec![], vec![figures.clone()], vec![changes.clone()], vec![figures, changes]] {
        let caller = Caller { role: Role::Agency, scopes, ..Caller::public() };
        for (_, field, action) in FIELDS.iter().filter(|(_, field, _)| !field.contains("REFRESH")) {
            let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
            let asked = Asked::new(app.app.clone().into_inner(), caller.clone(), Language::En, address);
            let question = Question { query: document(field, "viewer", ""), may_mutate: true, ..Question::default() };
            let Begun::Answered(_, body) = begin(&schema, asked, &question).await else { panic!("{field}") };
            let answer: Value = serde_json::from_slice(&body).unwrap();
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            let codes: Vec<_> = errors
                .iter()
                .map(|error| error["extensions"]["code"].as_str().unwrap_or_default().to_owned())
                .collect();
            assert_eq!(codes, expected(&caller, *action), "{:?} {field}", caller.scopes);
        }
        assert!(WRITES.iter().all(|(_, _, actions)| actions.iter().all(|action| authorize(&caller, *action).is_err())));
    }
}

/// A token that is no good is refused before the document is read, never taken for no token.
#[actix_web::test]
async fn a_forged_token_gets_nothing_at_all() {
    let app = TestApp::real().await;
    let good = app.token_of("viewer");
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    for (_, field, _) in FIELDS {
        for bad in ["forged", &forged] {
            assert_eq!(
                app.ask(Some(bad), &document(field, "viewer", "")).await.refusal(),
                "401 invalidToken",
                "{field}"
            );
        }
    }
}
