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

/// A file of each format.
fn files() -> Value {
    let types = Format::ALL.iter().flat_map(|format| format.media_types());
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
             `Content-Encoding: gzip` is taken. The header of CSV and of workbooks is \
             `ward,quarter,indicator,nature,numerator,denominator,value`, then any of `operator`, `span`, `referencePeriod`, \
             `project`, `quote`, `method`, `origin`, `synthetic`, `instruction`, `section`, `printed`, `note`, `mentions`; \
             JSON Lines have members of those names.",
        )
        .takes(&["ImportMode"])
        .needs(Action::FileImport)
        .reads_as(files())
        .refuses(&[Code::MissingParameter, Code::InvalidFile, Code::Unavailable])
        .answers(200, "What became of the file, or would become of it.", of("ImportReport"))
        .answers_with(422, "The file cannot be published.", problem, &["X-Request-Id", "Content-Language"])
}
