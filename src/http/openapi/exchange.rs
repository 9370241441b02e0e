//! The operations by which files come in and go out.

use serde_json::{Value, json};

use super::operation::Operation;
use super::operations::{QUARTER, get, of, post};
use crate::domain::policy::Action;
use crate::error::Code;
use crate::service::import::Format;
use crate::service::spreadsheet::MEDIA_TYPE;

pub(super) fn all() -> Vec<Operation> {
    let mut found = exports();
    found.extend(rows());
    found.push(imports());
    found
}

fn exports() -> Vec<Operation> {
    let workbook = || json!({MEDIA_TYPE: {"schema": {"type": "string", "contentMediaType": MEDIA_TYPE}}});
    let headers = ["X-Request-Id", "Content-Disposition"];
    vec![
        get("/api/v1/exports/template.xlsx", "export_template", "exports")
            .says(
                "A sheet to fill in",
                "A workbook for a ward and a quarter: one row an indicator, last quarter's published figure beside it, what is \
                 not to be filled in locked. The figures of the ward's report are filled in, of the version at work for those who \
                 work on it, else of the published one, with what the rules say of them as comments.",
            )
            .takes(&["ExportWard", "ExportQuarter"])
            .answers_with(200, "The workbook.", workbook(), &headers)
            .refuses(&QUARTER)
            .refuses(&[Code::MissingParameter, Code::AreaNotFound])
            .published(Action::FiguresRead),
        get("/api/v1/exports/report.xlsx", "export_report", "exports")
            .says(
                "A report as a workbook",
                "A published report: its figures as printed with the sentences that state them, issued documents, projects, \
                 text, limitations, tasks and cited acts, a sheet each.",
            )
            .takes(&["ExportWard", "ExportQuarter"])
            .answers_with(200, "The workbook.", workbook(), &headers)
            .refuses(&QUARTER)
            .refuses(&[Code::MissingParameter, Code::AreaNotFound, Code::ReportNotFound])
            .published(Action::PublishedReportRead),
        get("/api/v1/exports/quarter.xlsx", "export_quarter", "exports")
            .says(
                "A whole quarter as a workbook",
                "An area's wards down and indicators across, numerators and denominators, and what they add up to with basis, \
                 status and coverage, as `/aggregates` computes it; who is missing and why.",
            )
            .takes(&["Area", "ExportQuarter"])
            .answers_with(200, "The workbook.", workbook(), &headers)
            .refuses(&QUARTER)
            .refuses(&[Code::MissingParameter, Code::AreaNotFound, Code::QueryTooExpensive])
            .published(Action::FiguresRead),
    ]
}

/// Exports of figures one by one.
fn rows() -> Vec<Operation> {
    let headers = ["X-Request-Id", "Content-Disposition"];
    let media = |names: &[&str]| {
        let media = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"schema": {"type": "string", "contentMediaType": name}})));
        Value::Object(media.collect())
    };
    let each = |path, id, summary, names: &[&str], marked: bool| {
        let operation = get(path, id, "figures")
            .says(
                summary,
                "Published figures of any selection, one a row, as printed: a bound keeps its operator, a number its decimals, a \
                 figure its sentences. The header is the one that `POST /imports` takes, so what goes out comes in again and \
                 says nothing new. Texts are sent as they are made, from one revision. In CSV, what a spreadsheet would run as a \
                 formula has an apostrophe in front, which an import takes away again.",
            )
            .takes(&["Ward", "ExportArea", "Quarter", "From", "To", "ExportIndicators", "Nature"])
            .answers_with(200, "The figures.", media(names), &headers)
            .refuses(&QUARTER)
            .refuses(&[Code::MissingParameter, Code::ReversedRange, Code::AmbiguousArea, Code::AreaNotFound])
            .refuses(&[Code::IndicatorNotFound])
            .published(Action::FiguresRead);
        if marked { operation.takes(&["Bom"]) } else { operation }
    };
    let (csv, lines) = ("text/csv", "application/x-ndjson");
    vec![
        each(
            "/api/v1/exports/observations",
            "export_observations",
            "Figures in the form that `Accept` asks for",
            &[csv, lines, MEDIA_TYPE],
            true,
        )
        .refuses(&[Code::NotAcceptable, Code::QueryTooExpensive]),
        each("/api/v1/exports/observations.csv", "export_observations_csv", "Figures as CSV", &[csv], true),
        each(
            "/api/v1/exports/observations.jsonl",
            "export_observations_jsonl",
            "Figures as JSON Lines",
            &[lines],
            false,
        ),
        each(
            "/api/v1/exports/observations.xlsx",
            "export_observations_xlsx",
            "Figures as a workbook",
            &[MEDIA_TYPE],
            false,
        )
        .refuses(&[Code::QueryTooExpensive]),
    ]
}

/// A file of each format, under its own media type; other names of it are taken, too.
fn files() -> Value {
    let types = Format::ALL.iter().filter_map(|format| format.media_types().first());
    let media = types.map(|name| ((*name).to_owned(), json!({"schema": {"type": "string", "contentMediaType": name}})));
    Value::Object(media.collect())
}

fn imports() -> Operation {
    let problem = json!({"application/problem+json": {"schema": of("ImportProblem")}});
    post("/api/v1/imports", "import_file", "figures")
        .says(
            "Import a file",
            "Figures of any wards and quarters of the account's area, a row each, into published reports marked imported: one \
             revision, or nothing. `dryRun` says what `commit` would do, in the same words, and writes nothing. Every row is \
             created, updated, unchanged or rejected; a single rejected row refuses the file. What a file does not name stays: \
             an import withdraws nothing. At most 32 MiB as unpacked and 200,000 rows (a workbook 5 MiB and 50,000); \
             `Content-Encoding: gzip` is taken. With an `Idempotency-Key`, a file that is sent again after a lost answer is \
             taken once, and told what the first was told. The header of CSV and of workbooks is \
             `ward,quarter,indicator,nature,numerator,denominator,value`, then any of `operator`, `span`, `referencePeriod`, \
             `project`, `quote`, `method`, `origin`, `synthetic`, `instruction`, `section`, `printed`, `note`, `mentions`; \
             JSON Lines have members of those names.",
        )
        .takes(&["ImportMode", "IdempotencyKeyOptional"])
        .needs(Action::FileImport)
        .reads_as(files())
        .refuses(&[Code::MissingParameter, Code::InvalidFile, Code::Unavailable])
        .refuses(&[Code::RequestInProgress, Code::IdempotencyKeyReused])
        .answers_with(
            200,
            "What became of the file, or would become of it.",
            json!({"application/json": {"schema": of("ImportReport")}}),
            &["X-Request-Id", "Idempotent-Replayed"],
        )
        .answers_with(422, "The file cannot be published.", problem, &["X-Request-Id", "Content-Language"])
}
