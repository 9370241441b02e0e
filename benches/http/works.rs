//! What is asked.

use serde_json::json;

use crate::client::{ask, request};
use crate::server::{Running, static_token};

const INDICATORS: [&str; 3] = ["satisfaction_rate", "online_submission_rate", "poverty_rate"];
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
const QUARTERS: [&str; 6] = ["2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2", "2024-Q3"];
const FIELDS: &str = "area { code name } quarter indicator { code } value numerator denominator basis status synthetic \
    coverage { expected reported included }";

/// One kind of request.
#[derive(Clone)]
pub struct Work {
    pub name: &'static str,
    pub status: u16,
    pub bytes: usize,
    paths: Vec<Ask>,
    /// Whether the static route that it stands beside checks a token, too.
    checked: bool,
}

#[derive(Clone)]
enum Ask {
    Get(String),
    GetIfChanged(String, String),
    GraphQl(String),
}

impl Ask {
    fn request(&self, token: &str) -> Vec<u8> {
        let bearer = format!("Bearer {token}");
        let authorization = ("Authorization", bearer.as_str());
        match self {
            Self::Get(path) => request("GET", path, &[authorization], None),
            Self::GetIfChanged(path, etag) => {
                request("GET", path, &[authorization, ("If-None-Match", etag.as_str())], None)
            }
            Self::GraphQl(query) => {
                request("POST", "/graphql", &[authorization], Some(&json!({ "query": query }).to_string()))
            }
        }
    }
}

impl Work {
    /// The requests, to be sent in turn; for the static server, its route of the same size.
    pub fn requests(&self, fixed: bool, token: &str) -> Vec<Vec<u8>> {
        if fixed {
            let route = if self.checked { "checked" } else { "static" };
            return vec![Ask::Get(format!("/{route}/{}", self.bytes)).request(&static_token())];
        }
        self.paths.iter().map(|ask| ask.request(token)).collect()
    }
}

fn headline(order: [usize; 3]) -> String {
    order.map(|at| INDICATORS[at]).join(",")
}

/// The works, each with the size of its answer as the server gives it.
pub fn works(server: &Running, token: &str) -> Vec<Work> {
    let rest = ORDERS.map(|order| {
        Ask::Get(format!("/api/v1/aggregates?area=222&indicator={}&from=2022-Q3&to=2025-Q2", headline(order)))
    });
    let compact = rest.clone().map(|ask| match ask {
        Ask::Get(path) => Ask::Get(format!("{path}&compact=true")),
        other => other,
    });
    let table = QUARTERS.map(|quarter| {
        Ask::Get(format!("/api/v1/aggregates?area=222&indicator={}&quarter={quarter}&by=ward", headline(ORDERS[0])))
    });
    let graphql = |arguments: String| {
        let indicators: Vec<String> = INDICATORS.iter().map(|code| format!("\"{code}\"")).collect();
        let indicators = indicators.join(", ");
        Ask::GraphQl(format!("{{ aggregates(area: \"222\", indicators: [{indicators}], {arguments}) {{ {FIELDS} }} }}"))
    };
    let graphql_headline = graphql("from: \"2022-Q3\", to: \"2025-Q2\"".to_owned());
    let graphql_table = QUARTERS.map(|quarter| graphql(format!("quarter: \"{quarter}\", byWard: true")));
    let unchanged = rest.clone().map(|ask| {
        let etag = ask_server(server, &ask, token).etag.expect("an ETag");
        match ask {
            Ask::Get(path) => Ask::GetIfChanged(path, etag),
            other => other,
        }
    });
    let work = |name, status, paths: Vec<Ask>| {
        let answers: Vec<_> = paths.iter().map(|path| ask_server(server, path, token)).collect();
        assert!(answers.iter().all(|answer| answer.status == status), "{name}");
        let bytes = answers.iter().map(|answer| answer.body.len()).sum::<usize>() / answers.len();
        Work { name, status, bytes, paths, checked: false }
    };
    let mut works = vec![
        work("REST, headline of the town, 3 × 12", 200, rest.to_vec()),
        work("REST, the same, `compact=true`", 200, compact.to_vec()),
        work("REST, ward table, 17 × 3", 200, table.to_vec()),
        work("GraphQL, headline, 3 × 12", 200, vec![graphql_headline]),
        work("GraphQL, ward table, 17 × 3", 200, graphql_table.to_vec()),
        work("REST, headline, `304`", 304, unchanged.to_vec()),
    ];
    let name = "REST, headline, beside a static route that checks HS256";
    works.push(Work { name, checked: true, ..works[0].clone() });
    works
}

fn ask_server(server: &Running, ask_for: &Ask, token: &str) -> crate::client::Answer {
    ask(server.address, &ask_for.request(token)).expect("an answer")
}
