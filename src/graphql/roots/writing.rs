//! Writing reports and moving them on.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};

use super::super::context::{Asked, Refusable, now};
use super::super::scalar::{ReportInput, Word};
use super::super::working::{MovedReports, WorkingReport};
use crate::domain::policy::{Action, authorize};
use crate::domain::report::ReportStatus;
use crate::error::Result;
use crate::service::workflow::{Edit, Place, Precondition, Transition, bulk, edit, place, transition, transition_all};
use crate::snapshot::Snapshot;

/// One report of many that take the same step.
#[derive(InputObject)]
pub struct BulkReport {
    /// The code of the ward.
    ward: String,
    /// The ETag under which it was read.
    etag: String,
}

/// Which report, and in which state it is believed to be.
struct Target {
    ward: String,
    quarter: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
}

impl Target {
    const fn known(ward: String, quarter: String, if_match: Option<String>) -> Self {
        Self { ward, quarter, if_match, if_none_match: None }
    }

    /// What the field before this one published counts, so it is not the request's snapshot that is read.
    fn find(&self, asked: &Asked) -> Result<(Arc<Snapshot>, Place, Precondition)> {
        let snapshot = asked.app.snapshots.read(&asked.caller, Action::PublishedReportRead)?;
        let today = asked.app.clock.today();
        let place = place(&snapshot, today, ("ward", &self.ward), ("quarter", &self.quarter))?;
        Ok((snapshot, place, Precondition::read(self.if_match.as_deref(), self.if_none_match.as_deref())?))
    }
}

async fn write(context: &Context<'_>, target: Target, wanted: Edit) -> Refusable<WorkingReport> {
    now(context, async |asked| {
        authorize(&asked.caller, Action::DraftWrite)?;
        let (snapshot, place, precondition) = target.find(asked)?;
        let (view, _) = edit(&asked.app, &snapshot, &asked.actor(), &place, precondition, wanted).await?;
        Ok(WorkingReport(view))
    })
    .await
}

/// Reports.
#[derive(Default)]
pub struct Writing;

#[Object]
impl Writing {
    /// Writes a whole report; what is left out is gone. A rate's counts are written to its two measures. The first write needs
    /// `ifNoneMatch: "*"`, every later one `ifMatch`.
    async fn put_report(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        document: ReportInput,
        if_match: Option<String>,
        if_none_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        let target = Target { ward, quarter, if_match, if_none_match };
        write(context, target, Edit::Replace(document.0)).await
    }

    /// Writes some of a report: members replace members and null takes them away (RFC 7396); figures replace the same figures,
    /// or go with `remove`. Until publication `number` and `date` alone may be patched after submission too.
    async fn patch_report(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        patch: ReportInput,
        if_match: Option<String>,
        if_none_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        let target = Target { ward, quarter, if_match, if_none_match };
        write(context, target, Edit::Merge(patch.0)).await
    }

    /// Explains a finding: a warning that is explained stands in the way no more, as long as its sides are the same.
    async fn explain_finding(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        finding: String,
        text: String,
        if_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        let wanted = Edit::Explain { finding, text: Some(text) };
        write(context, Target::known(ward, quarter, if_match), wanted).await
    }

    /// Takes an explanation back; the finding is open again.
    async fn delete_explanation(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        finding: String,
        if_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        let wanted = Edit::Explain { finding, text: None };
        write(context, Target::known(ward, quarter, if_match), wanted).await
    }

    /// Takes figures that agencies sent into a draft, of these indicators or of all: they are of the origin `pushed` there. On
    /// the first write with `ifNoneMatch: "*"` it begins the report.
    async fn accept_offers(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        indicators: Option<Vec<String>>,
        if_match: Option<String>,
        if_none_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        let target = Target { ward, quarter, if_match, if_none_match };
        write(context, target, Edit::Accept { indicators }).await
    }

    /// Accepts a repair: changes the figures that it names, and with `restate` the stated rates that it makes wrong.
    async fn accept_repair(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        repair: String,
        #[graphql(default)] restate: bool,
        if_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        write(context, Target::known(ward, quarter, if_match), Edit::Repair { repair, restate }).await
    }

    /// Moves a report on: submitted, draft (withdrawn, or reopened as a new version), returned, approved, published,
    /// retracted. Returning, reopening and retracting need a comment. Who may do what is the policy; nobody approves what they
    /// submitted.
    async fn move_report(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        to: Word<ReportStatus>,
        comment: Option<String>,
        if_match: Option<String>,
    ) -> Refusable<WorkingReport> {
        let (target, wanted) = (Target::known(ward, quarter, if_match), Transition { to: to.0, comment });
        now(context, async |asked| {
            authorize(&asked.caller, Action::ReportSubmit)
                .or_else(|_| authorize(&asked.caller, Action::ReportDecide))?;
            let (snapshot, place, precondition) = target.find(asked)?;
            let moved = transition(&asked.app, &snapshot, &asked.actor(), &place, precondition, wanted).await?;
            Ok(WorkingReport(moved))
        })
        .await
    }

    /// Moves many reports of a quarter on: all of them, as one revision, or none; each that cannot is named under `errors`.
    async fn move_reports(
        &self,
        context: &Context<'_>,
        quarter: String,
        to: Word<ReportStatus>,
        comment: Option<String>,
        reports: Vec<BulkReport>,
    ) -> Refusable<MovedReports> {
        let wanted = Transition { to: to.0, comment };
        now(context, async |asked| {
            authorize(&asked.caller, Action::ReportDecide)?;
            let snapshot = asked.app.snapshots.read(&asked.caller, Action::PublishedReportRead)?;
            let named: Vec<_> = reports.iter().map(|report| (&*report.ward, &*report.etag)).collect();
            let items = bulk(&snapshot, asked.app.clock.today(), &quarter, &named)?;
            let moved = transition_all(&asked.app, &snapshot, &asked.actor(), items, wanted).await?;
            Ok(MovedReports::from(moved))
        })
        .await
    }
}
