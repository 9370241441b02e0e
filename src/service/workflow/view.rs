//! A report as its caller may see it, with what the caller may do next and what stands in the way.

use std::sync::Arc;

use super::{Desk, Place, no_report, was_submitted};
use crate::db::Conn;
use crate::db::version::{Version, versions};
use crate::domain::aggregate::Published as _;
use crate::domain::finding::Validation;
use crate::domain::indicator::{IndicatorKind, Nature, OverTime};
use crate::domain::observation::Observation;
use crate::domain::policy::{Action, Scope, authorize};
use crate::domain::pushed::{OfferSource, PushedFigure, PushedOutcome};
use crate::domain::quarter::Quarter;
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::domain::workflow::{Step, blocking};
use crate::error::{Result, Text};
use crate::service::figure_input::{GivenFigure, shape};
use crate::service::{Actor, App};
use crate::snapshot::Snapshot;
use crate::text;

/// Why an action is not possible for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// `openFindings`, `locked` or `ownSubmission`.
    pub code: &'static str,
    /// The finding that blocks.
    pub finding: Option<String>,
    /// What to do.
    pub detail: Text,
}

/// Something that the caller's role may do with a report in its present state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PossibleAction {
    /// `edit`, or the word of a step.
    pub action: &'static str,
    /// Where the step leads.
    pub to: Option<ReportStatus>,
    /// What stands in the way; empty where it may be done now.
    pub blocked_by: Vec<Blocker>,
}

/// A figure that the report lacks, or states otherwise, and that may serve as a starting point; never copied by the
/// service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Where it comes from.
    pub source: OfferSource,
    /// The figure.
    pub figure: Observation,
    /// The quarter for which it was published, or sent.
    pub quarter: Quarter,
    /// Who sent it, and when.
    pub pushed: Option<PushedFigure>,
}

/// A report as its caller may see it.
#[derive(Debug, Clone)]
pub struct View {
    /// What names were resolved in.
    pub snapshot: Arc<Snapshot>,
    /// Which report.
    pub place: Place,
    /// The version.
    pub version: Version,
    /// What the rules say of it.
    pub validation: Validation,
    /// What the caller may do.
    pub actions: Vec<PossibleAction>,
    /// Where the writer may start from.
    pub offers: Vec<Offer>,
}

/// The newest version of a report that the caller may see.
///
/// # Errors
/// `reportNotFound` where there is none for this caller; what the policy table refuses.
pub async fn view(app: &App, snapshot: &Arc<Snapshot>, actor: &Actor, place: &Place) -> Result<View> {
    let desk = Desk::of(app, snapshot, actor, place);
    let read = move |conn: &mut Conn, scope: &Scope| {
        let versions = versions(conn, desk.place.ward.position(), desk.place.quarter)?;
        let unpublished = desk.reached_by(scope, was_submitted(&versions));
        let seen = versions.into_iter().find(|version| unpublished || version.is_readable());
        desk.show(conn, seen.ok_or_else(|| no_report(&desk.place))?)
    };
    app.store.read(&actor.caller, Action::UnpublishedReportRead, read).await
}

impl Desk {
    pub(super) fn show(&self, conn: &mut Conn, mut version: Version) -> Result<View> {
        version.name_authors(conn)?;
        let validation = self.findings(conn, &version)?;
        let editable = version.status.is_editable();
        let offers = if editable { self.offers(&version.document, self.pushed(conn)?) } else { Vec::new() };
        Ok(View {
            snapshot: Arc::clone(&self.snapshot),
            place: self.place.clone(),
            actions: self.actions(&version, &validation),
            offers,
            validation,
            version,
        })
    }

    fn may(&self, action: Action) -> bool {
        authorize(&self.actor.caller, action).is_ok_and(|scope| self.reached_by(&scope, true))
    }

    /// `validation` is what [`Desk::findings`] says of the version: a step is held to the same.
    fn actions(&self, version: &Version, validation: &Validation) -> Vec<PossibleAction> {
        let mut actions = Vec::new();
        let locked = self.snapshot.locked(self.place.ward, self.place.quarter).then(|| Blocker {
            code: "locked",
            finding: None,
            detail: text!("Quý này đã khóa sổ.", "The quarter is locked."),
        });
        if version.status.is_editable() && self.may(Action::DraftWrite) {
            actions.push(PossibleAction { action: "edit", to: None, blocked_by: locked.iter().cloned().collect() });
        }
        for (step, to) in Step::from(version.status).filter(|(step, _)| self.may(step.action())) {
            let mut blocked_by: Vec<_> = locked.iter().cloned().collect();
            if step == Step::Approve && version.submitted_by.as_deref() == self.actor.id() {
                blocked_by.push(Blocker { code: "ownSubmission", finding: None, detail: own_submission() });
            }
            if step.is_judged() {
                blocked_by.extend(blocking(validation, &version.explanations).map(|finding| Blocker {
                    code: "openFindings",
                    finding: Some(finding.id.clone()),
                    detail: Text { vi: finding.message.vi.clone().into(), en: finding.message.en.clone().into() },
                }));
            }
            actions.push(PossibleAction { action: step.as_str(), to: Some(to), blocked_by });
        }
        actions
    }

    /// What agencies sent and this document does not state alike, then last quarter's stocks that neither has.
    fn offers(&self, document: &ReportDocument, pushed: Vec<PushedFigure>) -> Vec<Offer> {
        let quarter = self.place.quarter;
        let sent: Vec<String> = pushed.iter().map(|sent| sent.figure.indicator.clone()).collect();
        let differs = |sent: &PushedFigure| sent.outcome(&document.observations) != PushedOutcome::Taken;
        let offer = |sent: PushedFigure| Offer {
            source: OfferSource::Pushed,
            figure: sent.figure.clone(),
            quarter,
            pushed: Some(sent),
        };
        let mut offers: Vec<Offer> = pushed.into_iter().filter(differs).map(offer).collect();
        offers.extend(self.last_stocks(document).into_iter().filter(|offer| !sent.contains(&offer.figure.indicator)));
        offers
    }

    /// Last quarter's stocks that this document does not have yet.
    fn last_stocks(&self, document: &ReportDocument) -> Vec<Offer> {
        let Some(before) = self.place.quarter.previous() else { return Vec::new() };
        let catalogue = self.snapshot.catalogue();
        let figures = self.snapshot.figures(self.place.ward, before).iter().filter(|figure| {
            figure.nature == Nature::Actual && !figure.operator.is_bound() && figure.project.is_none()
        });
        let offer = |figure: &crate::snapshot::PublishedFigure| {
            let indicator = catalogue.get(figure.indicator)?;
            let stock = indicator.kind == IndicatorKind::Measure
                && indicator.over_time == OverTime::Last
                && indicator.span == figure.span;
            let given = document.observations.iter().any(|known| {
                known.indicator == indicator.code && known.nature == Nature::Actual && known.project.is_none()
            });
            let stocked = || Offer {
                source: OfferSource::LastQuarter,
                figure: shape(indicator, GivenFigure::of(indicator.code.clone()), figure.value),
                quarter: before,
                pushed: None,
            };
            (stock && !given).then(stocked)
        };
        figures.filter_map(offer).collect()
    }
}

pub(super) fn own_submission() -> Text {
    text!("Người đã trình báo cáo không được tự duyệt.", "Nobody approves what they submitted.")
}
