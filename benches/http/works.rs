//! What is asked.

use chrono::{Days, NaiveDate};
use serde_json::json;

use crate::client::{ask, request};
use crate::server::{Running, static_token};

const INDICATORS: [&str; 3] = ["satisfaction_rate", "online_submission_rate", "poverty_rate"];
/// One curve of a chart: five fields a point.
const LEAN: &str = "quarter value numerator denominator status";
const FULL: &str = "area { code name } indicator { code } quarter value stated statedMean { value wards } numerator denominator \
    basis status synthetic coverage { expected reported included } target { value referencePeriod }";
/// What a screen opens with: where we are, how far reporting has come, the three families now and over three years.
const HOME: &str = "query Home($area: String!) { head { epoch revision } area(code: $area) { id code name kind } \
    quarter(quarter: \"2024-Q2\") { quarter cutOff deadlines { ward } reporting(area: \"222\") { expected reported } } \
    now: aggregates(area: $area, indicators: [\"satisfaction_rate\", \"online_submission_rate\", \"poverty_rate\"], \
    quarter: \"2024-Q2\") { indicator { code nameVi unit decimals } value numerator denominator basis status synthetic \
    coverage { expected reported included } change { previousQuarter { difference trend } previousYear { difference trend } } \
    target { value referencePeriod } } \
    series: aggregates(area: $area, indicators: [\"satisfaction_rate\", \"online_submission_rate\", \"poverty_rate\"], \
    from: \"2022-Q3\", to: \"2025-Q2\") { quarter value status } }";
/// Different ways to say the same: more answers than a small store can keep.
const WAYS: u64 = 1_000;

/// One kind of request.
#[derive(Clone)]
pub struct Work {
    pub name: &'static str,
    pub status: u16,
    pub bytes: usize,
    /// The same work in so many words that no finished answer can be kept for the next time.
    varied: Vec<Ask>,
    /// One and the same request.
    same: Ask,
    /// Whether the static route that it stands beside checks a token, too.
    checked: bool,
}

/// Which of a work's requests a server gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Static,
    Varied,
    Same,
}

#[derive(Clone)]
enum Ask {
    Get(String),
    GetIfChanged(String, String),
    GraphQl { query: String, area: String },
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
            Self::GraphQl { query, area } => {
                let body = json!({"query": query, "variables": {"area": area}}).to_string();
                request("POST", "/graphql", &[authorization], Some(&body))
            }
        }
    }
}

impl Work {
    /// The requests, to be sent in turn; for the static server, its route of the same size.
    pub fn requests(&self, column: Column, token: &str) -> Vec<Vec<u8>> {
        match column {
            Column::Static => {
                let route = if self.checked { "checked" } else { "static" };
                vec![Ask::Get(format!("/{route}/{}", self.bytes)).request(&static_token())]
            }
            Column::Varied => self.varied.iter().map(|ask| ask.request(token)).collect(),
            Column::Same => vec![self.same.request(token)],
        }
    }
}

/// The town, named by a day on which it had its code: one of many names of one thing.
fn town(way: u64) -> String {
    let day = NaiveDate::from_ymd_opt(2022, 8, 1).and_then(|first| first.checked_add_days(Days::new(way % WAYS)));
    format!("222@{}", day.expect("a day"))
}

/// The works, each with the size of its answer as the server gives it.
pub fn works(server: &Running, token: &str) -> Vec<Work> {
    let codes = INDICATORS.join(",");
    let headline = |town: &str| format!("/api/v1/aggregates?area={town}&indicator={codes}&from=2022-Q3&to=2025-Q2");
    let table = |town: &str| format!("/api/v1/aggregates?area={town}&indicator={codes}&quarter=2024-Q2&by=ward");
    // As a dashboard asks: one document, one alias a curve, the area as a variable.
    let graphql = |town: &str, rest: &str, fields: &str| {
        let curves = INDICATORS
            .map(|code| format!("{code}: aggregates(area: $area, indicators: [\"{code}\"], {rest}) {{ {fields} }}"));
        let query = format!("query Dashboard($area: String!) {{ {} }}", curves.join(" "));
        Ask::GraphQl { query, area: town.to_owned() }
    };
    let home = |town: &str| Ask::GraphQl { query: HOME.to_owned(), area: town.to_owned() };
    let range = "from: \"2022-Q3\", to: \"2025-Q2\"";
    let work = |name, make: &dyn Fn(&str) -> Ask| {
        let (varied, same) = ((0..WAYS).map(|way| make(&town(way))).collect(), make("222"));
        let answer = ask_server(server, &same, token);
        assert_eq!(answer.status, 200, "{name}");
        Work { name, status: 200, bytes: answer.body.len(), varied, same, checked: false }
    };
    let mut works = vec![
        work("REST, headline of the town, 3 × 12", &|town| Ask::Get(headline(town))),
        work("REST, the same, `compact=true`", &|town| Ask::Get(headline(town) + "&compact=true")),
        work("REST, ward table, 17 × 3", &|town| Ask::Get(table(town))),
        work("GraphQL, headline, 3 × 12, 5 fields each", &|town| graphql(town, range, LEAN)),
        work("GraphQL, headline, 3 × 12, 22 fields each", &|town| graphql(town, range, FULL)),
        work("GraphQL, ward table, 17 × 3, 5 fields each", &|town| {
            graphql(town, "quarter: \"2024-Q2\", byWard: true", LEAN)
        }),
        work("GraphQL, home screen", &home),
    ];
    let etag = ask_server(server, &works[0].same, token).etag.expect("an ETag");
    let unchanged = Ask::GetIfChanged(headline("222"), etag);
    let name = "REST, headline, `304`";
    works.push(Work { name, status: 304, bytes: 0, varied: vec![unchanged.clone()], same: unchanged, checked: false });
    let name = "REST, headline, beside a static route that checks HS256";
    works.push(Work { name, checked: true, ..works[0].clone() });
    works
}

fn ask_server(server: &Running, ask_for: &Ask, token: &str) -> crate::client::Answer {
    ask(server.address, &ask_for.request(token)).expect("an answer")
}
