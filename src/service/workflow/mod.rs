//! A ward's report on its way from draft to publication.
//!
//! Everything here reads and writes the database narrowly, by ward and quarter, in one transaction with its audit entry. A
//! version's edits are what concurrent writers are told apart by.

mod accept;
mod changes;
mod edit;
mod input;
mod list;
mod place;
mod transition;
mod upload;
mod view;

pub use edit::{Edit, edit};
pub use list::{Listed, WorkingList, working_list};
pub use place::{BulkItem, MAX_BULK, Place, Precondition, bulk, place};
pub use transition::{Moved, Transition, transition, transition_all};
pub use upload::{Uploaded, upload};
pub use view::{Blocker, Offer, PossibleAction, View, view};

use std::sync::Arc;

use super::App;
use super::actor::{Actor, out_of_reach, reaches};
use super::lock::ensure_open;
use crate::db::Conn;
use crate::db::pushed::of_report;
use crate::db::version::Version;
use crate::domain::finding::{Severity, Validation};
use crate::domain::policy::Scope;
use crate::domain::pushed::PushedFigure;
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::domain::validation::{Beside, Rules, Stage, Subject, validate};
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// What a piece of work on one report has at hand.
#[derive(Clone)]
struct Desk {
    snapshot: Arc<Snapshot>,
    rules: Arc<Rules>,
    actor: Actor,
    place: Place,
}

impl Desk {
    fn of(app: &App, snapshot: &Arc<Snapshot>, actor: &Actor, place: &Place) -> Self {
        Self {
            snapshot: Arc::clone(snapshot),
            rules: Arc::clone(&app.rules),
            actor: actor.clone(),
            place: place.clone(),
        }
    }

    fn judge(&self, conn: &mut Conn, document: &ReportDocument, stage: Stage) -> Result<Validation> {
        let pushed = self.pushed(conn)?;
        let subject = Subject { document, ward: self.place.ward, quarter: self.place.quarter, stage };
        Ok(validate(&self.rules, &Beside::new(&*self.snapshot, &pushed), &subject))
    }

    /// What agencies sent for this report.
    fn pushed(&self, conn: &mut Conn) -> Result<Vec<PushedFigure>> {
        let rows = of_report(conn, self.place.ward.position(), self.place.quarter)?;
        Ok(rows.into_iter().map(|row| row.pushed).collect())
    }

    /// What the rules say of a version now; of one that is readable, what they said when it was published, and what
    /// agencies have sent since.
    fn findings(&self, conn: &mut Conn, version: &Version) -> Result<Validation> {
        match version.status {
            ReportStatus::Draft | ReportStatus::Submitted | ReportStatus::Returned => {
                self.judge(conn, &version.document, Stage::Submission)
            }
            // What is approved has publication before it.
            ReportStatus::Approved => self.judge(conn, &version.document, Stage::Publication),
            ReportStatus::Published => self.since_published(conn, version),
            ReportStatus::Retracted => Ok(version.validation.clone()),
        }
    }

    fn since_published(&self, conn: &mut Conn, version: &Version) -> Result<Validation> {
        let mut kept = version.validation.clone();
        let now = self.judge(conn, &version.document, Stage::Submission)?;
        for finding in now.findings.into_iter().filter(|finding| self.rules.is_of_pushed(finding)) {
            kept.findings.retain(|known| known.id != finding.id);
            kept.findings.push(finding);
        }
        kept.findings.sort_by_key(|finding| Severity::ALL.iter().position(|known| *known == finding.severity));
        Ok(kept)
    }

    /// Whether a scope reaches this ward and quarter.
    fn reached_by(&self, scope: &Scope, was_submitted: bool) -> bool {
        let submitted = was_submitted || !matches!(scope, Scope::Submitted(_));
        submitted && reaches(&self.snapshot, scope, self.place.ward, self.place.quarter)
    }

    /// Refuses what is another ward's.
    fn not_yours(&self) -> Error {
        out_of_reach(&self.snapshot, self.place.ward, Some(self.place.quarter))
    }

    /// Refuses where the quarter is locked, as the database has it now.
    fn refuse_if_locked(&self, conn: &mut Conn) -> Result<()> {
        ensure_open(conn, &self.snapshot, self.place.ward, self.place.quarter)
    }
}

/// Whether a report was submitted at least once.
fn was_submitted(versions: &[Version]) -> bool {
    versions.iter().any(|version| version.submitted_at.is_some() || version.from_revision.is_some())
}

fn no_report(place: &Place) -> Error {
    let (code, quarter) = (&place.code, place.quarter);
    let detail = text!("Chưa có báo cáo {quarter} của {code}.", "There is no report of {code} for {quarter}.");
    Error::parameter(Code::ReportNotFound, "{quarter}", detail)
}
