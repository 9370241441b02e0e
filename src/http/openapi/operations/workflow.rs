//! Writing reports and moving them on.

use serde_json::json;

use super::{QUARTER, of, post};
use crate::domain::policy::Action;
use crate::error::Code;
use crate::http::openapi::operation::Operation;
use crate::service::spreadsheet::MEDIA_TYPE;

const REPORT: &str = "/api/v1/wards/{code}/reports/{quarter}";

/// What every write of one report can be refused with.
fn written(operation: Operation, action: Action) -> Operation {
    let refusals = [
        Code::AreaNotFound,
        Code::ReportNotFound,
        Code::Conflict,
        Code::PreconditionFailed,
        Code::PreconditionRequired,
        Code::NotMeaningful,
        Code::Unavailable,
    ];
    let told = operation
        .takes(&["AreaCode", "QuarterPath", "IfMatchReport"])
        .needs(action)
        .refuses(&QUARTER)
        .refuses(&refusals);
    told.answers_with(
        200,
        "The report as it now is, with its findings and what may be done next.",
        serde_json::json!({"application/json": {"schema": of("Report")}}),
        &["X-Request-Id", "ETag", "Content-Language"],
    )
}

fn begun(operation: Operation) -> Operation {
    operation.takes(&["IfNoneMatchAny"]).refuses(&[Code::IndicatorNotFound]).answers_with(
        201,
        "The report that was begun.",
        serde_json::json!({"application/json": {"schema": of("Report")}}),
        &["X-Request-Id", "ETag", "Content-Language"],
    )
}

pub(super) fn operations() -> Vec<Operation> {
    let put = Operation::new("put", REPORT, "put_report", "reports")
        .says(
            "Write a report",
            "The whole document; what is left out is gone. A rate's counts are written to its two measures. The first write \
             needs `If-None-Match: *`, every later one `If-Match`.",
        )
        .reads("ReportInput");
    let patch = Operation::new("patch", REPORT, "patch_report", "reports")
        .says(
            "Write some of a report",
            "Members replace members and null takes them away (RFC 7396); figures replace the same figures, or go with \
             `remove`. Until publication `number` and `date` alone may be patched after submission too.",
        )
        .reads("ReportInput");
    let media = |schema: serde_json::Value| json!({"schema": schema});
    let upload = post("/api/v1/wards/{code}/reports/{quarter}/file", "upload_report", "reports")
        .says(
            "Fill a report from a sheet",
            "The figures of an .xlsx workbook (such as the template, filled) or a CSV file replace the same figures; everything \
             else stays. Rows are known by the indicator's code, then by its name. Formulas are taken by their computed values.",
        )
        .refuses(&[Code::InvalidFile])
        .reads_as(json!({
            MEDIA_TYPE: media(json!({"type": "string", "contentMediaType": MEDIA_TYPE})),
            "text/csv": media(json!({"type": "string", "contentMediaType": "text/csv"})),
        }));
    let explanation = "/api/v1/wards/{code}/reports/{quarter}/findings/{finding}/explanation";
    let explain = Operation::new("put", explanation, "explain_finding", "reports")
        .says(
            "Explain a finding",
            "A warning that is explained stands in the way no more, as long as its sides are the same.",
        )
        .takes(&["Finding"])
        .refuses(&[Code::FindingNotFound])
        .reads("ExplanationInput");
    let take_back = Operation::new("delete", explanation, "delete_explanation", "reports")
        .says("Take an explanation back", "The finding is open again.")
        .takes(&["Finding"])
        .refuses(&[Code::FindingNotFound]);
    let accept = post("/api/v1/wards/{code}/reports/{quarter}/offers", "accept_offers", "reports")
        .says(
            "Accept what agencies sent",
            "Takes the figures that agencies sent for this report into the draft, of the indicators that are named or of all: \
             they are of the origin `pushed` there, and replace the same figures. Everything else stays.",
        )
        .reads("AcceptInput");
    let repair = post("/api/v1/wards/{code}/reports/{quarter}/repairs", "accept_repair", "reports")
        .says(
            "Accept a repair",
            "Changes the figures that the repair names, and with `restate` the stated rates that it makes wrong.",
        )
        .reads("RepairInput");
    let step = post("/api/v1/wards/{code}/reports/{quarter}/transitions", "move_report", "reports")
        .says(
            "Move a report on",
            "submitted, draft (withdrawn, or reopened as a new version), returned, approved, published, retracted. Who may do \
             what is the policy; nobody approves what they submitted.",
        )
        .refuses(&[Code::OpenFindings])
        .reads("TransitionInput");
    let bulk = post("/api/v1/reports/transitions", "move_reports", "reports")
        .says(
            "Move many reports on",
            "All of them, as one revision, or none; each that cannot is named under `errors`.",
        )
        .needs(Action::ReportDecide)
        .refuses(&QUARTER)
        .refuses(&[Code::AreaNotFound, Code::Conflict, Code::NotMeaningful, Code::Unavailable])
        .reads("BulkInput")
        .answers(200, "What became of each.", of("BulkAnswer"));
    vec![
        begun(written(put, Action::DraftWrite)),
        begun(written(patch, Action::DraftWrite)),
        begun(written(upload, Action::DraftWrite)),
        written(explain, Action::DraftWrite),
        written(take_back, Action::DraftWrite),
        begun(written(accept, Action::DraftWrite)),
        written(repair, Action::DraftWrite),
        written(step, Action::ReportSubmit),
        bulk,
    ]
}
