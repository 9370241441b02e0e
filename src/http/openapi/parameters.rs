//! The parameters, each once, as strict as the handlers are.

mod aggregates;
mod exchange;
mod headers;
mod pushing;

use serde_json::{Map, Value, json};

use crate::domain::area::AreaKind;
use crate::domain::indicator::{IndicatorKind, Nature};
use crate::domain::page::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::domain::report::ReportStatus;
use crate::error::Code;
use crate::http::dashboard::names as dashboard_files;
use crate::http::docs::ASSETS;
use crate::http::report::LISTED;

const AREA: &str = "^[0-9A-Za-z]{1,16}(@[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$";
const QUARTER: &str = "^[0-9]{4}-Q[1-4]$";
const DATE_OR_QUARTER: &str = "^[0-9]{4}-(Q[1-4]|(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))$";
const INDICATOR: &str = "^[a-z][a-z0-9_]*$";
const ABOUT_AREA: &str = "The code of an area. Codes are reused: it means its holder at the cut-off of the quarter asked for, \
    else its latest holder; `07798@2025-07-01` means its holder on that day.";

struct Described {
    name: &'static str,
    place: &'static str,
    required: bool,
    about: &'static str,
    schema: Value,
    example: Value,
    /// Whether the text is JSON of that schema.
    json: bool,
}

impl Described {
    fn query(name: &'static str, about: &'static str, schema: Value, example: impl Into<Value>) -> Self {
        Self { name, place: "query", required: false, about, schema, example: example.into(), json: false }
    }

    fn path(name: &'static str, about: &'static str, schema: Value, example: impl Into<Value>) -> Self {
        Self { place: "path", required: true, ..Self::query(name, about, schema, example) }
    }

    fn header(name: &'static str, about: &'static str, example: &str) -> Self {
        Self { place: "header", ..Self::query(name, about, json!({"type": "string"}), example) }
    }

    fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn json(mut self) -> Self {
        self.json = true;
        self
    }

    fn write(self) -> Value {
        if self.json {
            return json!({
                "name": self.name,
                "in": self.place,
                "required": self.required,
                "description": self.about,
                "content": {"application/json": {"schema": self.schema, "example": self.example}},
            });
        }
        let mut written = json!({
            "name": self.name,
            "in": self.place,
            "required": self.required,
            "description": self.about,
            "schema": self.schema,
            "example": self.example,
        });
        let list = self.schema.get("type").is_some_and(|kind| kind == "array");
        if let (Value::Object(written), true) = (&mut written, list) {
            written.insert("style".to_owned(), json!("form"));
            written.insert("explode".to_owned(), json!(false));
        }
        written
    }
}

fn pattern(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> Value {
    json!({"type": "string", "enum": words.collect::<Vec<_>>()})
}

/// Text that may be looked for.
fn text() -> Value {
    json!({"type": "string", "minLength": 1, "pattern": "^[^\\u0000]+$"})
}

/// A quarter asked for.
fn quarter(name: &'static str, about: &'static str) -> Described {
    Described::query(name, about, pattern(QUARTER), "2024-Q1")
}

/// Every parameter by its name among the components.
pub(super) fn all() -> Value {
    let groups = [
        headers::all(),
        paths(),
        filters(),
        figures(),
        aggregates::all(),
        graphql(),
        paging(),
        management(),
        exchange::all(),
        pushing::all(),
        trail(),
    ];
    let all = groups.into_iter().flatten();
    Value::Object(all.map(|(name, described)| (name.to_owned(), described.write())).collect::<Map<_, _>>())
}

/// Parts of paths.
fn paths() -> Vec<(&'static str, Described)> {
    vec![
        ("AreaCode", Described::path("code", ABOUT_AREA, pattern(AREA), "07792")),
        (
            "Username",
            Described::path("username", "What an account signs in with.", json!({"type": "string"}), "viewer"),
        ),
        (
            "ClientId",
            Described::path(
                "id",
                "The id of a client, which OAuth calls `client_id`.",
                json!({"type": "string"}),
                "6f1c2f0e-7a0b-4f0e-9b0a-2b7f0c1d3e4f",
            ),
        ),
        (
            "SecretId",
            Described::path(
                "secret",
                "The id of one of its secrets.",
                json!({"type": "string"}),
                "0d9c8b7a-1e2f-4a3b-8c5d-9e0f1a2b3c4d",
            ),
        ),
        (
            "IndicatorCode",
            Described::path("code", "The code of an indicator.", pattern(INDICATOR), "online_submission_rate"),
        ),
        (
            "ProblemCode",
            Described::path(
                "code",
                "The code of a problem.",
                words(Code::ALL.iter().map(|code| code.as_str())),
                "unknownParameter",
            ),
        ),
        (
            "Asset",
            Described::path("asset", "The name of a file of the documentation.", words(ASSETS.into_iter()), "start.js"),
        ),
        (
            "DashboardAsset",
            Described::path("asset", "The name of a file of the dashboard.", words(dashboard_files()), "app.js"),
        ),
        (
            "QuarterPath",
            Described::path("quarter", "A quarter that has begun, from 2020-Q1 on.", pattern(QUARTER), "2024-Q1"),
        ),
        (
            "WebhookId",
            Described::path(
                "id",
                "The id of a webhook.",
                pattern("^[0-9a-f]{32}$"),
                "0193f2a47c1e7b439c5b3f8a2d6e1b90",
            ),
        ),
        (
            "Finding",
            Described::path("finding", "The id of a finding of the report.", pattern("^[A-Za-z0-9._-]+$"), "V08"),
        ),
    ]
}

/// What lists of areas and indicators are narrowed by.
fn filters() -> Vec<(&'static str, Described)> {
    vec![
        (
            "At",
            Described::query(
                "at",
                "The day on which the areas are looked at, or a quarter for its cut-off; without it, each area as it was last.",
                pattern(DATE_OR_QUARTER),
                "2024-Q1",
            ),
        ),
        (
            "Parent",
            Described::query("parent", "Only areas that belong to this one, at any depth.", pattern(AREA), "222"),
        ),
        (
            "AreaKind",
            Described::query(
                "kind",
                "Only areas of this kind.",
                words(AreaKind::ALL.iter().map(|kind| kind.as_str())),
                "ward",
            ),
        ),
        (
            "Search",
            Described::query(
                "q",
                "Part of a name, with or without accents, or the beginning of a code.",
                text(),
                "quang minh",
            ),
        ),
        ("Family", Described::query("family", "Only indicators of this family.", text(), "dossiers")),
        (
            "IndicatorKind",
            Described::query(
                "kind",
                "Only indicators of this kind.",
                words(IndicatorKind::ALL.iter().map(|kind| kind.as_str())),
                "rate",
            ),
        ),
    ]
}

/// Which figures and reports are asked for.
fn figures() -> Vec<(&'static str, Described)> {
    let nature = Nature::ALL.iter().map(|word| word.as_str());
    vec![
        ("Ward", Described::query("ward", "Only this ward's figures.", pattern(AREA), "07792")),
        ("Quarter", quarter("quarter", "Only this quarter.")),
        ("ExportWard", Described::query("ward", ABOUT_AREA, pattern(AREA), "07792").required()),
        ("ExportQuarter", quarter("quarter", "The quarter.").required()),
        (
            "Indicator",
            Described::query("indicator", "Only this indicator.", pattern(INDICATOR), "dossiers_received_total"),
        ),
        (
            "Nature",
            Described::query("nature", "What the figures claim to be; natures never mix.", words(nature), "actual"),
        ),
        (
            "ReportVersion",
            Described::query(
                "version",
                "The published version, for those too who work on a newer one.",
                words(["published"].into_iter()),
                "published",
            ),
        ),
        (
            "Status",
            Described::query(
                "status",
                "Only reports in this state; those that are not published for those who work on them.",
                words(LISTED.map(ReportStatus::as_str).into_iter()),
                "published",
            ),
        ),
    ]
}

fn graphql() -> Vec<(&'static str, Described)> {
    let object = || json!({"type": ["object", "null"]});
    vec![
        (
            "GraphqlQuery",
            Described::query(
                "query",
                "The document, of queries only; `extensions` may name it instead.",
                json!({"type": "string"}),
                "{ head { revision } }",
            ),
        ),
        ("GraphqlVariables", Described::query("variables", "Its variables.", object(), json!({})).json()),
        ("GraphqlOperation", Described::query("operationName", "Which of its operations.", text(), "Head")),
        ("GraphqlExtensions", Described::query("extensions", "Extensions of the request.", object(), json!({})).json()),
    ]
}

/// Pages, and how fresh they are.
fn paging() -> Vec<(&'static str, Described)> {
    vec![
        (
            "Limit",
            Described::query(
                "limit",
                "How many items a page has at most.",
                json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
                50,
            ),
        ),
        (
            "Cursor",
            Described::query(
                "cursor",
                "Where to go on: the `nextCursor` of the page before, with the same filters.",
                pattern("^[0-9A-Za-z_-]+$"),
                "azN2OWExYjIuMy41MC5YeXpBYkNkRWZHaEk",
            ),
        ),
        (
            "MinRevision",
            Described::query(
                "minRevision",
                "Never answer from an older revision than this.",
                json!({"type": "integer", "format": "int64", "minimum": 0}),
                1,
            ),
        ),
        (
            "AsOf",
            Described::query(
                "asOf",
                "Answer as of this revision, alone or with its epoch (`k3v9a1b2.3`): figures, reports, targets and deadlines as \
                 they were then, areas and indicators as they are known today. One that is not there yet is `503`, one of \
                 another epoch `410`. Not together with `minRevision`.",
                pattern("^([0-9A-Za-z]{1,32}[.])?[1-9][0-9]{0,17}$"),
                "3",
            ),
        ),
    ]
}

/// Which deadline, lock or target is meant.
fn management() -> Vec<(&'static str, Described)> {
    let year = json!({"type": "string", "pattern": "^20[2-9][0-9]$"});
    vec![
        (
            "AreaOfQuarters",
            Described::query(
                "area",
                "The area whose deadlines and reporting are shown; over a range its code must mean one area throughout.",
                pattern(AREA),
                "222",
            ),
        ),
        (
            "QuarterNeeded",
            Described::query(
                "quarter",
                "The quarter; of deadlines, one that has not begun as well.",
                pattern(QUARTER),
                "2024-Q1",
            )
            .required(),
        ),
        ("TargetArea", Described::query("area", "Only this area's.", pattern(AREA), "222")),
        ("Year", Described::query("year", "Only of this year.", year, "2024")),
    ]
}

/// What the audit trail is narrowed by.
fn trail() -> Vec<(&'static str, Described)> {
    let day = || json!({"type": "string", "format": "date"});
    vec![
        ("TrailWard", Described::query("ward", "Only about this ward, or this other area.", pattern(AREA), "07792")),
        ("TrailQuarter", quarter("quarter", "Only about this quarter.")),
        (
            "TrailActor",
            Described::query("actor", "Only by this account: its user name or its id.", text(), "town_officer"),
        ),
        ("TrailAction", Described::query("action", "Only of this action.", text(), "extendDeadline")),
        ("FromDay", Described::query("from", "Only from this day on, in Vietnam.", day(), "2026-11-01")),
        ("ToDay", Described::query("to", "Only until this day, included.", day(), "2026-11-30")),
    ]
}
