//! The table of operations, in the order of the routes.

mod workflow;

use serde_json::{Value, json};

use super::operation::{Operation, reference};
use super::{agencies, changes, management, pushing};
use crate::domain::policy::Action;
use crate::error::Code;
use crate::service::chart::MEDIA_TYPE as MEDIA_TYPE_OF_PICTURES;

/// A quarter, wherever one is named.
pub(super) const QUARTER: [Code; 3] = [Code::InvalidQuarter, Code::QuarterNotFound, Code::QuarterInFuture];
/// Everything that names what is added up; a picture has further bounds.
const AGGREGATE: [Code; 7] = [
    Code::MissingParameter,
    Code::ReversedRange,
    Code::AmbiguousArea,
    Code::QueryTooExpensive,
    Code::AreaNotFound,
    Code::IndicatorNotFound,
    Code::NotMeaningful,
];
/// A page of a list.
pub(super) const PAGE: [Code; 3] = [Code::InvalidLimit, Code::InvalidCursor, Code::ResyncRequired];

pub(super) fn get(path: &'static str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new("get", path, id, tag)
}

pub(super) fn post(path: &'static str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new("post", path, id, tag)
}

pub(super) fn of(schema: &str) -> Value {
    reference("schemas", schema)
}

impl Operation {
    /// Answered from the snapshot, so by ETag, in a language, and no older than asked for.
    pub(super) fn published(self, action: Action) -> Self {
        let asked = self.needs(action).takes(&["MinRevision", "AsOf"]);
        asked.refuses(&[Code::ResyncRequired, Code::Unavailable]).cached(&["Content-Language"])
    }

    fn page(self, action: Action) -> Self {
        let paged = self.needs(action).takes(&["Limit", "Cursor", "MinRevision", "AsOf"]);
        paged.refuses(&PAGE).refuses(&[Code::Unavailable]).cached(&["Content-Language", "Link"])
    }
}

pub(super) fn all() -> Vec<Operation> {
    [
        sessions(),
        agencies::all(),
        pushing::all(),
        areas(),
        catalogue(),
        workflow::operations(),
        management::all(),
        figures(),
        changes::all(),
        super::exchange::all(),
        graphql(),
        service(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn sessions() -> Vec<Operation> {
    vec![
        post("/api/v1/sessions", "create_session", "sessions")
            .says(
                "Sign in",
                "A wrong name, a wrong password and a disabled account are refused alike. Guessing is throttled per account \
                 and per address.",
            )
            .reads("Credentials")
            .answers(200, "A pair of tokens.", of("TokenPair"))
            .refuses(&[Code::InvalidCredentials, Code::TooManyRequests, Code::Unavailable]),
        get("/api/v1/sessions", "get_session", "sessions")
            .says("Who is signed in", "The account of the token, with its role and its area.")
            .needs(Action::OwnAccount)
            .answers(200, "The account.", of("Session"))
            .refuses(&[Code::Unavailable]),
        Operation::new("delete", "/api/v1/sessions", "delete_session", "sessions")
            .says("Sign out", "Ends the session of the token: its refresh token at once, its access tokens within a second.")
            .needs(Action::OwnAccount)
            .answers_with(204, "The session has ended.", Value::Null, &["X-Request-Id"])
            .refuses(&[Code::Unavailable]),
        post("/api/v1/sessions/refresh", "refresh_session", "sessions")
            .says(
                "Stay signed in",
                "Spends a refresh token for a new pair. A token that is used twice ends its session, unless the new pair was \
                 never used: then the first answer was lost.",
            )
            .reads("Renewal")
            .answers(200, "A new pair of tokens.", of("TokenPair"))
            .refuses(&[Code::InvalidRefreshToken, Code::Unavailable]),
        Operation::new("put", "/api/v1/sessions/password", "change_password", "sessions")
            .says(
                "Change one's password",
                "Every session of the account ends but the one that is answered. Guessing is throttled as at signing in.",
            )
            .needs(Action::OwnAccount)
            .reads("PasswordChange")
            .answers(200, "A new pair of tokens.", of("TokenPair"))
            .refuses(&[Code::NotMeaningful, Code::TooManyRequests, Code::Unavailable]),
    ]
}

fn areas() -> Vec<Operation> {
    let list = ["At", "Parent", "AreaKind", "Search"];
    let one = [Code::AreaNotFound, Code::InvalidQuarter, Code::QuarterNotFound, Code::QuarterInFuture];
    vec![
        get("/api/v1/areas", "list_areas", "areas")
            .says("Areas", "Every administrative unit, those that have ended too unless `at` says when.")
            .takes(&list)
            .answers(200, "A page of areas.", of("AreaList"))
            .refuses(&one)
            .page(Action::FiguresRead),
        get("/api/v1/areas/{code}", "get_area", "areas")
            .says("One area", "With its parent, what it succeeded and what succeeded it.")
            .takes(&["AreaCode", "At"])
            .answers(200, "The area.", of("AreaDetail"))
            .refuses(&one)
            .published(Action::FiguresRead),
        get("/api/v1/wards", "list_wards", "areas")
            .says("Wards", "The areas that report: wards, communes and townships.")
            .takes(&list)
            .answers(200, "A page of wards.", of("AreaList"))
            .refuses(&one)
            .page(Action::FiguresRead),
        get("/api/v1/wards/{code}", "get_ward", "areas")
            .says("One ward", "As an area; refused where the area does not report.")
            .takes(&["AreaCode", "At"])
            .answers(200, "The ward.", of("AreaDetail"))
            .refuses(&one)
            .published(Action::FiguresRead),
    ]
}

fn catalogue() -> Vec<Operation> {
    vec![
        get("/api/v1/wards/{code}/reports/{quarter}", "get_report", "reports")
            .says(
                "One report",
                "The report of a ward for a quarter, the whole document with its findings. Who works on it gets the newest \
                 version, with what may be done next and what stands in the way; everybody else, and `version=published`, \
                 the published one.",
            )
            .takes(&["AreaCode", "QuarterPath", "ReportVersion"])
            .answers(200, "The report.", of("Report"))
            .refuses(&QUARTER)
            .refuses(&[Code::AreaNotFound, Code::ReportNotFound])
            .published(Action::PublishedReportRead),
        get("/api/v1/wards/{code}/reports/{quarter}/findings", "get_findings", "reports")
            .says("What the rules say of a report", "Of the same version as the report itself, without its document.")
            .takes(&["AreaCode", "QuarterPath", "ReportVersion"])
            .answers(200, "The findings, and the repairs that would mend them.", of("ReportFindings"))
            .refuses(&QUARTER)
            .refuses(&[Code::AreaNotFound, Code::ReportNotFound])
            .published(Action::PublishedReportRead),
        get("/api/v1/reports", "list_reports", "reports")
            .says(
                "Reports",
                "Which reports are published, or in another state and the caller's to work on, without their documents.",
            )
            .takes(&["Quarter", "Status"])
            .answers(200, "A page of reports.", of("ReportList"))
            .refuses(&QUARTER)
            .page(Action::PublishedReportRead),
        get("/api/v1/quarters", "list_quarters", "quarters")
            .says(
                "Quarters",
                "The quarters with published reports, the latest first; with `from` and `to`, every quarter of the range. With \
                 `area`, its deadlines and how complete and how timely its reporting is.",
            )
            .takes(&["AreaOfQuarters", "From", "To"])
            .refuses(&QUARTER)
            .refuses(&[Code::MissingParameter, Code::ReversedRange, Code::AmbiguousArea, Code::AreaNotFound])
            .answers(200, "A page of quarters.", of("ReportingQuarterList"))
            .page(Action::FiguresRead),
        get("/api/v1/quarters/{quarter}", "get_quarter", "quarters")
            .says("One quarter", "Its reporting window and its deadlines; with `area`, that area's, and its reporting.")
            .takes(&["QuarterPath", "AreaOfQuarters"])
            .answers(200, "The quarter.", of("ReportingQuarter"))
            .refuses(&QUARTER)
            .refuses(&[Code::AreaNotFound])
            .published(Action::FiguresRead),
        get("/api/v1/indicators", "list_indicators", "indicators")
            .says("Indicators", "The catalogue, in the order of the report.")
            .takes(&["Family", "IndicatorKind", "Search"])
            .answers(200, "A page of indicators.", of("IndicatorList"))
            .page(Action::FiguresRead),
        get("/api/v1/indicators/{code}", "get_indicator", "indicators")
            .says("One indicator", "What it measures, how it adds up, and since when.")
            .takes(&["IndicatorCode"])
            .answers(200, "The indicator.", of("Indicator"))
            .refuses(&[Code::IndicatorNotFound])
            .published(Action::FiguresRead),
    ]
}

fn figures() -> Vec<Operation> {
    vec![
        get("/api/v1/observations", "list_observations", "figures")
            .says("Figures", "Published figures one by one, as printed, with the sentences that state them.")
            .takes(&["Ward", "Quarter", "Indicator", "Nature"])
            .answers(200, "A page of figures.", of("ObservationList"))
            .refuses(&QUARTER)
            .refuses(&[Code::AreaNotFound, Code::IndicatorNotFound])
            .page(Action::FiguresRead),
        get("/api/v1/aggregates", "list_aggregates", "figures")
            .says(
                "Figures added up",
                "One value an indicator for an area (or each of its wards) over a quarter or a range. Give `quarter`, both \
                 `from` and `to`, or `last`. Rates are sums of numerators over sums of denominators. With \
                 `Accept: image/svg+xml`, the picture that `/aggregates.svg` draws.",
            )
            .takes(&["Area", "Indicators", "Quarter", "From", "To", "Last", "Period", "By", "Nature"])
            .takes(&["Method", "Peers", "Boundaries", "Compact", "Theme", "Size"])
            .answers(200, "The values.", of("AggregateAnswer"))
            .answers_also(MEDIA_TYPE_OF_PICTURES)
            .refuses(&QUARTER)
            .refuses(&AGGREGATE)
            .published(Action::FiguresRead),
        get("/api/v1/aggregates.svg", "draw_aggregates", "figures")
            .says(
                "Figures added up, as a picture",
                "What `/aggregates` answers, drawn: lines over several quarters or years, with intervals and targets, broken where \
                 there is no value; ranked bars for the wards of one quarter; else a panel an indicator (or a ward), with the \
                 quarters before. It says its area, quarters, coverage and revision, and whether data were generated; `<desc>` \
                 has the values in words.",
            )
            .takes(&["Area", "Indicators", "Quarter", "From", "To", "Last", "Period", "By", "Nature", "Method"])
            .takes(&["Boundaries", "Theme", "Size"])
            .answers_with(
                200,
                "The picture.",
                json!({MEDIA_TYPE_OF_PICTURES: {"schema": {"type": "string", "contentMediaType": MEDIA_TYPE_OF_PICTURES}}}),
                &["X-Request-Id", "Content-Disposition"],
            )
            .refuses(&QUARTER)
            .refuses(&AGGREGATE)
            .published(Action::FiguresRead),
    ]
}

fn graphql() -> Vec<Operation> {
    let media = || json!({"schema": of("GraphqlAnswer")});
    let content = || json!({"application/json": media(), "application/graphql-response+json": media()});
    let headers = ["X-Request-Id"];
    let about = "The document follows GraphQL over HTTP; `schema.graphql` and `danbiet schema` say what can be asked. What a \
        field may answer, and with which code it refuses, is as over REST. A document may be named by its SHA-256 \
        (`extensions.persistedQuery`, automatic persisted queries): where this replica does not know it, the code is \
        `PERSISTED_QUERY_NOT_FOUND`, and one request with both teaches it. A subscription is answered by server-sent events where \
        `Accept` names `text/event-stream` (GraphQL over SSE, distinct connections), and over a WebSocket at `/graphql/ws` by \
        `graphql-transport-ws`, whose `connection_init` carries `{\"Authorization\": \"Bearer …\"}`.";
    let answers = |operation: Operation| {
        operation
            .answers_with(200, "What was asked, or why not.", content(), &headers)
            .answers_with(400, "The request or its document cannot be read or is too large.", content(), &headers)
            .answers_also("text/event-stream")
            .refuses(&[Code::NotAcceptable, Code::TooManyRequests, Code::Unavailable])
    };
    let page = || json!({"schema": {"type": "string"}});
    let content_or_page =
        json!({"application/json": media(), "application/graphql-response+json": media(), "text/html": page()});
    vec![
        answers(get("/graphql", "query_graphql", "graphql").says("Ask by GET", about))
            .answers_with(
                200,
                "What was asked, or why not; for a browser that asks nothing, GraphiQL.",
                content_or_page,
                &headers,
            )
            .takes(&["GraphqlQuery", "GraphqlVariables", "GraphqlOperation", "GraphqlExtensions"])
            .answers_with(405, "A mutation is sent by POST.", content(), &["X-Request-Id", "Allow"])
            .cached_where_published(),
        answers(post("/graphql", "post_graphql", "graphql").says("Ask by POST", about).reads("GraphqlRequest")),
    ]
}

/// A page that the binary holds.
fn page(path: &'static str, id: &'static str) -> Operation {
    let html = json!({"text/html": {"schema": {"type": "string"}}});
    get(path, id, "service").answers_with(200, "The page.", html, &["X-Request-Id"]).cached(&[])
}

/// A file of such a page; `icon` is the media type of its pictures.
fn page_file(path: &'static str, id: &'static str, parameter: &'static str, icon: &str) -> Operation {
    let text = || json!({"schema": {"type": "string"}});
    let picture = if icon == "image/svg+xml" { text() } else { json!({"schema": {}}) };
    let content = json!({"text/javascript": text(), "text/css": text(), icon: picture});
    get(path, id, "service")
        .takes(&[parameter])
        .answers_with(200, "The file.", content, &["X-Request-Id"])
        .refuses(&[Code::RouteNotFound])
        .cached(&[])
}

fn service() -> Vec<Operation> {
    let json_document = || json!({"application/json": {"schema": {"type": "object"}}});
    let id = ["X-Request-Id"];
    vec![
        get("/.well-known/jwks.json", "get_keys", "sessions")
            .says("Public keys", "The keys that access tokens are verified with (RFC 7517), two while they rotate.")
            .answers(200, "The keys.", of("JsonWebKeySet")),
        get("/openapi.json", "get_openapi", "service")
            .says("This document", "As OpenAPI 3.1.")
            .answers_with(200, "The document.", json_document(), &id)
            .cached(&[]),
        get("/openapi-3.0.json", "get_openapi_3_0", "service")
            .says("This document for older generators", "As OpenAPI 3.0.3, derived from the other.")
            .answers_with(200, "The document.", json_document(), &id)
            .cached(&[]),
        page("/", "get_dashboard").says("The dashboard", "A page over this API that needs nothing from any other host."),
        page_file("/dashboard/{asset}", "get_dashboard_asset", "DashboardAsset", "image/svg+xml")
            .says("A file of the dashboard", "Modules, styles and the icon."),
        page("/docs", "get_docs").says("This document to click through", "A page that needs nothing from any other host."),
        page_file("/docs/{asset}", "get_docs_asset", "Asset", "image/png")
            .says("A file of that page", "Scripts, styles and the icon."),
        get("/problems/{code}", "get_problem_type", "service")
            .says("One kind of problem", "What the `type` of a problem leads to.")
            .takes(&["ProblemCode"])
            .answers(200, "The kind of problem.", of("ProblemType"))
            .refuses(&[Code::ProblemNotFound]),
        get("/health/live", "get_liveness", "service")
            .says("Alive", "Whether the process answers; looks at nothing else. HEAD is answered too.")
            .answers(200, "It does.", of("Live")),
        get("/health/ready", "get_readiness", "service")
            .says(
                "Ready",
                "Whether requests should be sent here: the database answers, what it says of figures and rights is taken \
                 over, and the service is not stopping. HEAD is answered too.",
            )
            .answers(200, "They should.", of("Readiness"))
            .answers(503, "They should not.", of("Readiness")),
        get("/version", "get_version", "service")
            .says("Version", "Which danbiet this is. HEAD is answered too.")
            .answers(200, "The version.", of("Version")),
    ]
}
