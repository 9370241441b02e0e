//! The operations by which a town runs its quarters, and by which what was done is read.

use super::operation::Operation;
use super::operations::{PAGE, QUARTER, get, of};
use crate::domain::policy::Action;
use crate::error::Code;

/// What a name and a date in a body can be refused with.
const CHANGE: [Code; 6] = [
    Code::InvalidQuarter,
    Code::QuarterNotFound,
    Code::AreaNotFound,
    Code::NotMeaningful,
    Code::PreconditionRequired,
    Code::PreconditionFailed,
];
const SET: &str = "Give the `ETag` of the `GET` with the same names in `If-Match`. Where nothing changes, nothing is written; \
    else it is one revision and one entry of the audit trail.";

fn put(path: &'static str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new("put", path, id, tag)
}

impl Operation {
    /// Replaces a state by its tag, and answers the new one.
    fn replaces(self, body: &str, about: &str, schema: &str) -> Self {
        self.needs(Action::QuarterManage)
            .takes(&["IfMatch"])
            .reads(body)
            .answers(200, about, of(schema))
            .tagged()
            .refuses(&CHANGE)
            .refuses(&[Code::Unavailable])
    }
}

pub(super) fn all() -> Vec<Operation> {
    let mut found = quarters();
    found.extend(audit());
    found
}

fn quarters() -> Vec<Operation> {
    let one = [Code::MissingParameter, Code::AreaNotFound, Code::Unavailable];
    let board = |operation: Operation| {
        operation
            .takes(&["Area", "QuarterNeeded"])
            .refuses(&QUARTER)
            .refuses(&one)
            .needs(Action::FiguresRead)
            .cached(&[])
    };
    vec![
        get("/api/v1/quarters/{quarter}/progress", "get_progress", "quarters")
            .says(
                "Who has reported",
                "Counts of an area's wards from what is published, the same for everybody, and each ward with its deadline and \
                 the days left. How far a report has come that is not published is told only to who may read it. Follows the \
                 clock, so it is never kept.",
            )
            .takes(&["QuarterPath", "Area"])
            .answers(200, "As of now.", of("Progress"))
            .refuses(&QUARTER)
            .refuses(&one)
            .needs(Action::FiguresRead),
        board(
            get("/api/v1/deadlines", "get_deadlines", "quarters")
                .says(
                    "Deadlines of an area",
                    "A ward's extension counts, else what the nearest area above set, else the decree's date (Decree \
                     09/2019/NĐ-CP, articles 8.5 and 13).",
                )
                .answers(200, "The deadlines by level, and who was given longer.", of("AreaDeadlines")),
        ),
        put("/api/v1/deadlines", "set_deadline", "quarters")
            .says("Set a deadline, or extend a ward's", SET)
            .replaces("DeadlineChange", "The deadlines as they are now.", "AreaDeadlines"),
        board(
            get("/api/v1/locks", "get_lock", "quarters")
                .says("Lock of an area's quarter", "Whether reports may no longer change, who locked them, and why.")
                .answers(200, "The lock, or that it is open.", of("AreaLock")),
        ),
        put("/api/v1/locks", "set_lock", "quarters")
            .says("Lock or open a quarter", SET)
            .replaces("LockChange", "The lock as it is now.", "AreaLock")
            .refuses(&[Code::QuarterInFuture, Code::Conflict]),
        get("/api/v1/targets", "list_targets", "figures")
            .says(
                "Targets that areas set",
                "Those that wards state in their reports are figures. For `PUT`, name area, indicator and year: the `ETag` is \
                 then that target's.",
            )
            .takes(&["TargetArea", "Indicator", "Year", "AsOf"])
            .answers(200, "The targets in force.", of("TargetList"))
            .refuses(&[Code::AreaNotFound, Code::IndicatorNotFound, Code::ResyncRequired, Code::Unavailable])
            .needs(Action::FiguresRead)
            .cached(&[]),
        put("/api/v1/targets", "set_target", "figures")
            .says("Set a target, or take it back", SET)
            .replaces("TargetChange", "The target as it is now.", "TargetList")
            .refuses(&[Code::IndicatorNotFound]),
    ]
}

fn audit() -> Vec<Operation> {
    let list = |operation: Operation| {
        operation
            .takes(&["Limit", "Cursor"])
            .answers(200, "A page of entries.", of("AuditEntryList"))
            .with_header("Link")
            .refuses(&PAGE)
            .refuses(&QUARTER)
            .refuses(&[Code::AreaNotFound, Code::Unavailable])
            .needs(Action::AuditRead)
    };
    vec![
        list(get("/api/v1/audit", "list_audit_entries", "audit").says(
            "What was done",
            "The newest first. A ward's people see what is about their ward, the town's what is about the town and the wards \
             within it at each quarter's cut-off; what is about no area only the administrator sees.",
        ))
        .takes(&["TrailWard", "TrailQuarter", "TrailActor", "TrailAction", "FromDay", "ToDay"])
        .refuses(&[Code::ReversedRange]),
        list(get("/api/v1/wards/{code}/reports/{quarter}/history", "get_report_history", "audit").says(
            "The history of one report",
            "Every entry about a ward's report of a quarter, its extensions and locks among them, the oldest first.",
        ))
        .takes(&["AreaCode", "QuarterPath"]),
    ]
}
