//! The policy table, as people review it, and every route against it.

use std::fmt::Write as _;

use danbiet::domain::policy::{Action, Grant, Role, grant};
use serde_json::{Value, json};

use crate::support::TestApp;

/// Every route with the action that it stands for, asked of what the demonstration's accounts reach; `quarters.rs` and
/// `trail.rs` ask beyond that.
const ROUTES: &[(&str, &str, Action)] = &[
    ("GET", "/api/v1/areas", Action::FiguresRead),
    ("GET", "/api/v1/areas/222", Action::FiguresRead),
    ("GET", "/api/v1/wards", Action::FiguresRead),
    ("GET", "/api/v1/wards/07792?at=2024-Q1", Action::FiguresRead),
    ("GET", "/api/v1/quarters", Action::FiguresRead),
    ("GET", "/api/v1/quarters/2024-Q1", Action::FiguresRead),
    ("GET", "/api/v1/quarters/2024-Q1/progress?area=222", Action::FiguresRead),
    ("GET", "/api/v1/deadlines?area=222&quarter=2024-Q1", Action::FiguresRead),
    ("PUT", "/api/v1/deadlines", Action::QuarterManage),
    ("GET", "/api/v1/locks?area=222&quarter=2024-Q1", Action::FiguresRead),
    ("PUT", "/api/v1/locks", Action::QuarterManage),
    ("GET", "/api/v1/targets", Action::FiguresRead),
    ("PUT", "/api/v1/targets", Action::QuarterManage),
    ("GET", "/api/v1/audit", Action::AuditRead),
    ("GET", "/api/v1/indicators", Action::FiguresRead),
    ("GET", "/api/v1/indicators/poverty_rate", Action::FiguresRead),
    ("GET", "/api/v1/observations", Action::FiguresRead),
    ("GET", "/api/v1/observations/pushed", Action::ObservationPush),
    ("GET", "/api/v1/aggregates?area=222&indicator=poverty_rate&quarter=2024-Q1", Action::FiguresRead),
    ("GET", "/api/v1/aggregates.svg?area=222&indicator=poverty_rate&quarter=2024-Q1", Action::FiguresRead),
    ("GET", "/api/v1/changes", Action::ChangesRead),
    ("GET", "/api/v1/webhooks", Action::ChangesRead),
    ("GET", "/api/v1/wards/07792/reports/2024-Q1", Action::PublishedReportRead),
    ("GET", "/api/v1/wards/07792/reports/2024-Q1/history", Action::AuditRead),
    ("GET", "/api/v1/wards/07792/reports/2024-Q1/findings", Action::PublishedReportRead),
    ("GET", "/api/v1/reports", Action::PublishedReportRead),
    ("GET", "/api/v1/reports?status=submitted", Action::UnpublishedReportRead),
    ("GET", "/api/v1/exports/template.xlsx?ward=07792&quarter=2024-Q1", Action::FiguresRead),
    ("GET", "/api/v1/exports/report.xlsx?ward=07792&quarter=2024-Q1", Action::PublishedReportRead),
    ("GET", "/api/v1/exports/quarter.xlsx?area=222&quarter=2024-Q1", Action::FiguresRead),
    ("GET", "/api/v1/exports/observations", Action::FiguresRead),
    ("GET", "/api/v1/exports/observations.csv?ward=07792", Action::FiguresRead),
    ("GET", "/api/v1/exports/observations.jsonl?ward=07792", Action::FiguresRead),
    ("GET", "/api/v1/exports/observations.xlsx?ward=07792", Action::FiguresRead),
    ("GET", "/api/v1/sessions", Action::OwnAccount),
    ("DELETE", "/api/v1/sessions", Action::OwnAccount),
    ("GET", "/api/v1/accounts", Action::Administer),
    ("GET", "/api/v1/accounts/viewer", Action::Administer),
    ("GET", "/api/v1/clients", Action::Administer),
    ("GET", "/.well-known/jwks.json", Action::ServiceDescribe),
    ("GET", "/.well-known/oauth-authorization-server", Action::ServiceDescribe),
    ("GET", "/openapi.json", Action::ServiceDescribe),
    ("GET", "/openapi-3.0.json", Action::ServiceDescribe),
    ("GET", "/", Action::ServiceDescribe),
    ("GET", "/dashboard/app.js", Action::ServiceDescribe),
    ("GET", "/docs", Action::ServiceDescribe),
    ("GET", "/docs/start.js", Action::ServiceDescribe),
    ("GET", "/problems/conflict", Action::ServiceDescribe),
    ("GET", "/health/live", Action::ServiceDescribe),
    ("GET", "/health/ready", Action::ServiceDescribe),
    ("GET", "/version", Action::ServiceDescribe),
];

/// Every route that writes, with the actions of which one must be granted; that a scope is kept to is for `workflow.rs`.
const WRITES: &[(&str, &str, &[Action])] = &[
    ("PUT", "/api/v1/wards/07792/reports/2024-Q1", &[Action::DraftWrite]),
    ("PATCH", "/api/v1/wards/07792/reports/2024-Q1", &[Action::DraftWrite]),
    ("PUT", "/api/v1/wards/07792/reports/2024-Q1/findings/V08/explanation", &[Action::DraftWrite]),
    ("DELETE", "/api/v1/wards/07792/reports/2024-Q1/findings/V08/explanation", &[Action::DraftWrite]),
    ("POST", "/api/v1/wards/07792/reports/2024-Q1/file", &[Action::DraftWrite]),
    ("POST", "/api/v1/wards/07792/reports/2024-Q1/offers", &[Action::DraftWrite]),
    ("POST", "/api/v1/observations", &[Action::ObservationPush]),
    ("PUT", "/api/v1/observations/07792/2024-Q1/dossiers_received_total", &[Action::ObservationPush]),
    ("POST", "/api/v1/wards/07792/reports/2024-Q1/repairs", &[Action::DraftWrite]),
    ("POST", "/api/v1/wards/07792/reports/2024-Q1/transitions", &[Action::ReportSubmit, Action::ReportDecide]),
    ("POST", "/api/v1/reports/transitions", &[Action::ReportDecide]),
    ("POST", "/api/v1/webhooks", &[Action::ChangesRead]),
    ("POST", "/api/v1/imports", &[Action::FileImport]),
    ("PUT", "/api/v1/sessions/password", &[Action::OwnAccount]),
    ("POST", "/api/v1/accounts", &[Action::Administer]),
    ("PATCH", "/api/v1/accounts/viewer", &[Action::Administer]),
    ("POST", "/api/v1/clients", &[Action::Administer]),
    // Of a client that there is not: whoever may not know is told so first.
    ("GET", "/api/v1/clients/none", &[Action::Administer]),
    ("PATCH", "/api/v1/clients/none", &[Action::Administer]),
    ("GET", "/api/v1/clients/none/secrets", &[Action::Administer]),
    ("POST", "/api/v1/clients/none/secrets", &[Action::Administer]),
    ("DELETE", "/api/v1/clients/none/secrets/none", &[Action::Administer]),
];

/// What a route that replaces something is sent: something that its caller reaches.
fn body(method: &str, path: &str) -> Option<Value> {
    let body = match (method, path) {
        ("PUT", "/api/v1/deadlines") => json!({"area": "222", "quarter": "2024-Q1", "dueOn": "2024-03-18"}),
        ("PUT", "/api/v1/locks") => json!({"area": "222", "quarter": "2024-Q1", "locked": false, "reason": "a test"}),
        ("PUT", "/api/v1/targets") => {
            json!({"area": "222", "indicator": "poverty_rate", "referencePeriod": "2024", "value": null})
        }
        _ => return None,
    };
    Some(body)
}

/// Routes whose body decides before the policy can be seen from outside, or that are about what one has made oneself;
/// `sessions.rs`, `clients.rs`, `graphql.rs` and
/// `webhooks.rs` test them.
const ELSEWHERE: &[&str] = &[
    "/api/v1/sessions",
    "/api/v1/sessions/refresh",
    "/api/v1/webhooks/{id}",
    "/api/v1/webhooks/{id}/deliveries",
    "/api/v1/webhooks/{id}/replay",
    "/api/v1/webhooks/{id}/secret/rotate",
    "/api/v1/webhooks/{id}/test",
    "/graphql",
    "/graphql/ws",
    "/oauth/token",
];

#[test]
fn the_reviewed_grid_is_the_table() {
    let mut grid = String::from("| action |");
    for role in Role::ALL {
        write!(grid, " {} |", role.as_str()).unwrap();
    }
    write!(grid, "\n|{}\n", "---|".repeat(Role::ALL.len() + 1)).unwrap();
    for action in Action::ALL {
        write!(grid, "| {} |", action.as_str()).unwrap();
        for role in Role::ALL {
            write!(grid, " {} |", grant(*role, *action).as_str()).unwrap();
        }
        grid.push('\n');
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/policy.md");
    if std::env::var_os("UPDATE_REVIEWED_FILES").is_some() {
        std::fs::write(path, &grid).unwrap();
    }
    let reviewed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(grid, reviewed, "the policy changed: review it, then run the test with UPDATE_REVIEWED_FILES=1");
}

#[actix_web::test]
async fn every_role_gets_from_every_route_what_the_table_says() {
    let app = TestApp::real().await;
    let agency = app.agency_token().await;
    for role in Role::ALL.iter().copied() {
        for (method, path, action) in ROUTES {
            let mut request = actix_web::test::TestRequest::default().method(method.parse().unwrap()).uri(path);
            if role != Role::Public {
                // Signing out ends the token, so each cell has its own where that matters.
                let token = if role == Role::Agency {
                    agency.clone()
                } else if *action == Action::OwnAccount || path.ends_with("areas") {
                    app.token(role.as_str()).await
                } else {
                    app.token_of(role.as_str())
                };
                request = request.insert_header(("Authorization", format!("Bearer {token}")));
            }
            if let Some(body) = body(method, path) {
                request = request.insert_header(("If-Match", "*")).set_json(body);
            }
            let status = app.send(request).await.status;
            let expected = match grant(role, *action) {
                Grant::No if role == Role::Public => 401..=401,
                Grant::No => 403..=403,
                _ => 200..=204,
            };
            assert!(expected.contains(&status), "{} {method} {path}: {status}", role.as_str());
        }
    }
}

#[actix_web::test]
async fn every_role_writes_where_the_table_says_and_nowhere_else() {
    let app = TestApp::real().await;
    let agency = app.agency_token().await;
    for role in Role::ALL.iter().copied() {
        for (method, path, actions) in WRITES {
            let mut request = actix_web::test::TestRequest::default().method(method.parse().unwrap()).uri(path);
            if role != Role::Public {
                let token = if role == Role::Agency { agency.clone() } else { app.token_of(role.as_str()) };
                request = request.insert_header(("Authorization", format!("Bearer {token}")));
            }
            let status = app.send(request.set_json(serde_json::json!({}))).await.status;
            let granted = actions.iter().any(|action| grant(role, *action) != Grant::No);
            let about = format!("{} {method} {path}: {status}", role.as_str());
            match (granted, role) {
                (false, Role::Public) => assert_eq!(status, 401, "{about}"),
                (false, _) => assert_eq!(status, 403, "{about}"),
                // Past the policy, an empty object without a precondition is refused for itself, or for being no sheet.
                (true, _) => assert!([400, 404, 409, 415, 422, 428].contains(&status), "{about}"),
            }
        }
    }
}

#[test]
fn no_route_is_without_a_row() {
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/mod.rs")).unwrap();
    let declared: Vec<_> =
        source.lines().filter_map(|line| line.trim().strip_prefix("resource!(\"")?.split('"').next()).collect();
    assert!(declared.len() > 15);
    for route in declared {
        let fits = |path: &str| {
            let path = path.split('?').next().unwrap_or_default();
            let (left, right): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
            left.len() == right.len()
                && left.iter().zip(&right).all(|(part, given)| part.starts_with('{') || part == given)
        };
        assert!(
            ELSEWHERE.contains(&route)
                || ROUTES.iter().any(|(_, path, _)| fits(path))
                || WRITES.iter().any(|(_, path, _)| fits(path)),
            "{route} has no cells"
        );
    }
}
