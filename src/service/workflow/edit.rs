//! What a ward writes: the document, number and date, explanations, repairs.

use std::sync::Arc;

use chrono::SecondsFormat;
use serde_json::Value;

use super::accept::accepted;
use super::changes::changes;
use super::input::{merged, whole};
use super::upload::filled;
use super::view::View;
use super::{Desk, Place, Precondition, no_report};
use crate::db::version::{Version, begin, versions, write};
use crate::db::{Conn, audit};
use crate::domain::finding::Severity;
use crate::domain::policy::{Action, Scope};
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::domain::text::nfc;
use crate::domain::validation::{Stage, apply};
use crate::domain::workflow::Explanation;
use crate::error::{Code, Error, Result};
use crate::service::spreadsheet::SheetFigures;
use crate::service::{Actor, App};
use crate::snapshot::Snapshot;
use crate::text;

/// The longest explanation, in characters.
const MAX_EXPLANATION: usize = 2_000;

/// Something that a ward writes.
#[derive(Debug, Clone)]
pub enum Edit {
    /// The whole document.
    Replace(Value),
    /// Some of it; of what has been submitted, its number and date only.
    Merge(Value),
    /// The figures of a file, in place of the same ones.
    Fill(SheetFigures),
    /// What the ward says of a finding.
    Explain {
        /// The finding's id.
        finding: String,
        /// The explanation; nothing takes it back.
        text: Option<String>,
    },
    /// Figures that agencies sent are taken into the document.
    Accept {
        /// The codes of their indicators; all of them where nothing is said.
        indicators: Option<Vec<String>>,
    },
    /// A repair is accepted.
    Repair {
        /// The repair's id.
        repair: String,
        /// Whether the stated rates that it makes wrong are restated.
        restate: bool,
    },
}

/// Writes, and answers the report as it now is, and whether it was begun by this.
///
/// # Errors
/// 428, 412, 409 with the present state, 403, and whatever is wrong with what was sent; nothing is changed then.
pub async fn edit(
    app: &App,
    snapshot: &Arc<Snapshot>,
    actor: &Actor,
    place: &Place,
    precondition: Precondition,
    edit: Edit,
) -> Result<(View, bool)> {
    let desk = Desk::of(app, snapshot, actor, place);
    let action = Action::DraftWrite;
    let work = move |conn: &mut Conn, scope: &Scope| {
        if !desk.reached_by(scope, true) {
            return Err(desk.not_yours());
        }
        let key = (desk.place.ward.position(), desk.place.quarter);
        let newest = versions(conn, key.0, key.1)?.into_iter().next();
        if newest.is_none() && matches!(edit, Edit::Explain { .. } | Edit::Repair { .. }) {
            return Err(no_report(&desk.place));
        }
        precondition.check(newest.as_ref())?;
        desk.refuse_if_locked(conn)?;
        let begun = newest.is_none();
        match newest {
            None => desk.begin(conn, &edit)?,
            Some(version) => desk.change(conn, version, &edit)?,
        }
        let newest = versions(conn, key.0, key.1)?.into_iter().next().ok_or_else(|| no_report(&desk.place))?;
        Ok((desk.show(conn, newest)?, begun))
    };
    app.store.write(&actor.caller, action, work).await
}

impl Desk {
    fn begin(&self, conn: &mut Conn, edit: &Edit) -> Result<()> {
        let empty = || ReportDocument::of_figures(self.place.code.clone(), self.place.quarter, Vec::new());
        let document = match edit {
            Edit::Replace(body) => whole(&self.snapshot, &self.place, body.clone())?,
            Edit::Merge(body) => merged(&self.snapshot, &self.place, &empty(), body.clone())?,
            Edit::Fill(sheet) => filled(&empty(), sheet)?,
            Edit::Accept { indicators } => accepted(&empty(), &self.pushed(conn)?, indicators.as_deref())?,
            Edit::Explain { .. } | Edit::Repair { .. } => return Err(no_report(&self.place)),
        };
        self.check_origins(conn, None, &document)?;
        let key = (self.place.ward.position(), self.place.quarter);
        begin(conn, key, &document, self.actor.id(), self.actor.instant())?;
        self.record(conn, "begin", None, &document, None)
    }

    fn change(&self, conn: &mut Conn, version: Version, edit: &Edit) -> Result<()> {
        let before = version.document.clone();
        let mut after = version;
        after.updated_at = self.actor.instant();
        let (action, reason) = match edit {
            Edit::Merge(body) if after.status.is_at_work() && registers(body) => {
                after.document = merged(&self.snapshot, &self.place, &before, body.clone())?;
                ("register", None)
            }
            // A warning may come up after the report was sent, when an agency sends another figure or a neighbour publishes.
            Edit::Explain { finding, text: Some(text) } if after.status.is_at_work() => {
                let said = self.explain(conn, &mut after, finding, Some(text))?;
                ("explain", Some(said))
            }
            _ if !after.status.is_editable() => return Err(not_editable(after.status)),
            Edit::Replace(body) => {
                after.document = whole(&self.snapshot, &self.place, body.clone())?;
                ("edit", None)
            }
            Edit::Merge(body) => {
                after.document = merged(&self.snapshot, &self.place, &before, body.clone())?;
                ("edit", None)
            }
            Edit::Fill(sheet) => {
                after.document = filled(&before, sheet)?;
                ("upload", None)
            }
            Edit::Explain { finding, text } => {
                let said = self.explain(conn, &mut after, finding, text.as_deref())?;
                ("explain", Some(said))
            }
            Edit::Accept { indicators } => {
                after.document = accepted(&before, &self.pushed(conn)?, indicators.as_deref())?;
                ("accept", None)
            }
            Edit::Repair { repair, restate } => {
                let validation = self.judge(conn, &before, Stage::Submission)?;
                let Some(found) = validation.repairs.iter().find(|known| known.id == *repair) else {
                    let detail = text!(
                        "Không có cách sửa {repair} cho báo cáo lúc này.",
                        "There is no repair {repair} for the report as it is."
                    );
                    return Err(Error::new(Code::NotMeaningful, detail.clone()).at(
                        "/repair",
                        Code::NotMeaningful,
                        detail,
                    ));
                };
                after.document =
                    apply(found, *restate, &before).map_err(|detail| Error::new(Code::NotMeaningful, detail))?;
                ("repair", Some(found.id.clone()))
            }
        };
        self.check_origins(conn, Some(&before), &after.document)?;
        write(conn, &after)?;
        self.record(conn, action, Some(&before), &after.document, reason.as_deref())
    }

    fn explain(&self, conn: &mut Conn, version: &mut Version, id: &str, text: Option<&str>) -> Result<String> {
        let validation = self.findings(conn, version)?;
        let Some(finding) = validation.findings.iter().find(|finding| finding.id == id) else {
            let detail = text!("Báo cáo lúc này không có điểm {id}.", "The report as it is has no finding {id}.");
            return Err(Error::parameter(Code::FindingNotFound, "{finding}", detail));
        };
        if finding.severity == Severity::Error {
            let detail = text!(
                "{id} là lỗi: phải sửa số liệu, giải trình không thay được.",
                "{id} is an error: mend the figures, for an explanation does not stand in for that."
            );
            return Err(Error::parameter(Code::NotMeaningful, "{finding}", detail));
        }
        // What was sent with the report stands as it was sent.
        if !version.status.is_editable() && version.explanations.iter().any(|given| given.explains(finding)) {
            return Err(not_editable(version.status));
        }
        let text = text.map(nfc).map(|text| text.trim().to_owned());
        let too_long = |text: &String| text.chars().count() > MAX_EXPLANATION || text.contains('\0');
        if text.as_ref().is_some_and(|text| text.is_empty() || too_long(text)) {
            let detail = text!(
                "Giải trình có từ 1 đến {MAX_EXPLANATION} ký tự, không có ký tự NUL.",
                "An explanation has 1 to {MAX_EXPLANATION} characters and no NUL."
            );
            return Err(Error::new(Code::NotMeaningful, detail.clone()).at("/text", Code::NotMeaningful, detail));
        }
        version.explanations.retain(|known| known.finding != id);
        let said = format!("{id}: {}", text.as_deref().unwrap_or("–"));
        version.explanations.extend(text.map(|text| Explanation {
            finding: finding.id.clone(),
            left: finding.left.clone(),
            right: finding.right.clone(),
            text,
            by: self.actor.id().unwrap_or_default().to_owned(),
            by_name: None,
            at: self.actor.now.to_rfc3339_opts(SecondsFormat::Secs, true),
        }));
        Ok(said)
    }

    fn record(
        &self,
        conn: &mut Conn,
        action: &str,
        before: Option<&ReportDocument>,
        after: &ReportDocument,
        reason: Option<&str>,
    ) -> Result<()> {
        let (before, after) = changes(before, after)?;
        let entry = audit::Entry {
            report: Some((self.place.ward.position(), self.place.quarter)),
            before: before.as_deref(),
            after: Some(&after),
            reason,
            ..self.actor.entry(action, "report")
        };
        audit::append(conn, &entry)
    }
}

/// Whether a body holds nothing but what the clerk enters after signing.
fn registers(body: &Value) -> bool {
    let clerks = |name: &String| matches!(name.as_str(), "number" | "date" | "numberPrinted" | "datePrinted");
    body.as_object().is_some_and(|members| !members.is_empty() && members.keys().all(clerks))
}

fn not_editable(status: ReportStatus) -> Error {
    let state = status.as_str();
    let detail = match status {
        ReportStatus::Submitted => text!(
            "Báo cáo đã trình ({state}): thủ trưởng rút lại hoặc thị xã trả lại thì mới sửa được; riêng số và ngày thì PATCH.",
            "The report is {state}: its leader can withdraw it or the town return it; only number and date may still be patched."
        ),
        ReportStatus::Approved => text!(
            "Báo cáo đã duyệt ({state}): thị xã trả lại thì mới sửa được; riêng số và ngày thì PATCH.",
            "The report is {state}: the town can return it; only number and date may still be patched."
        ),
        _ => text!(
            "Báo cáo ở trạng thái {state}: thị xã mở lại thì mới sửa được.",
            "The report is {state}: the town can reopen it as a new version."
        ),
    };
    Error::new(Code::Conflict, detail)
}
