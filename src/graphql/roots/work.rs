//! What is read from the database as of now: reports at work, the audit trail, deadlines, locks and targets.

use async_graphql::{Context, Object};

use super::super::context::{Refusable, now};
use super::super::progress::ProgressNode;
use super::super::scalar::Revision;
use super::super::setting::{AreaDeadlines, AreaLock, TargetList};
use super::super::trail::{AuditEntries, Entries, entries};
use super::super::working::WorkingReport;
use crate::domain::policy::{Action, authorize};
use crate::domain::revision::AsOf;
use crate::service::progress::progress;
use crate::service::target::TargetQuestion;
use crate::service::trail::TrailQuestion;
use crate::service::workflow::{place, view};
use crate::service::{deadline, lock, target};

/// What is as of now.
#[derive(Default)]
pub struct Work;

#[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
#[Object]
impl Work {
    /// Who of an area has reported for a quarter, as of now.
    async fn progress(&self, context: &Context<'_>, quarter: String, area: String) -> Refusable<ProgressNode> {
        now(context, async |asked| {
            progress(&asked.app, &asked.caller, ("quarter", &quarter), &area).await.map(ProgressNode)
        })
        .await
    }

    /// The newest version of a ward's report for those who work on it, as of now: of what they may see, the draft as much as
    /// what is published.
    async fn working_report(&self, context: &Context<'_>, ward: String, quarter: String) -> Refusable<WorkingReport> {
        now(context, async |asked| {
            authorize(&asked.caller, Action::UnpublishedReportRead)?;
            let snapshot = asked.snapshot(Action::PublishedReportRead)?;
            let place = place(&snapshot, asked.app.clock.today(), ("ward", &ward), ("quarter", &quarter))?;
            view(&asked.app, &snapshot, &asked.actor(), &place).await.map(WorkingReport)
        })
        .await
    }

    /// Everything that was done to a ward's report of a quarter, and about it, the oldest first.
    async fn history(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        first: Option<i32>,
        after: Option<String>,
    ) -> Refusable<AuditEntries> {
        now(context, async |asked| entries(asked, Entries::History(&ward, &quarter), first, after).await).await
    }

    /// The audit trail, the newest entries first: about a ward or another area, a quarter, by an account's user name or an
    /// actor's id, of an action, between two days in Vietnam.
    async fn audit_trail(
        &self,
        context: &Context<'_>,
        ward: Option<String>,
        quarter: Option<String>,
        actor: Option<String>,
        action: Option<String>,
        from: Option<String>,
        to: Option<String>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Refusable<AuditEntries> {
        let question = TrailQuestion { ward, quarter, actor, action, from, to };
        now(context, async |asked| entries(asked, Entries::Trail(&question), first, after).await).await
    }

    /// Until when reports of an area are in time for a quarter, who set that, and who was given longer.
    async fn deadlines(&self, context: &Context<'_>, area: String, quarter: String) -> Refusable<AreaDeadlines> {
        now(context, async |asked| deadline::read(&asked.app, &asked.caller, &area, &quarter).await.map(AreaDeadlines))
            .await
    }

    /// Whether a quarter is locked for an area, by whom and why.
    async fn lock(&self, context: &Context<'_>, area: String, quarter: String) -> Refusable<AreaLock> {
        now(context, async |asked| lock::read(&asked.app, &asked.caller, &area, &quarter).await.map(AreaLock)).await
    }

    /// Targets that areas set, which outrank those of reports: of an area, an indicator, a year. Where all three are given,
    /// the `etag` is the one that setting that target takes.
    async fn targets(
        &self,
        context: &Context<'_>,
        area: Option<String>,
        indicator: Option<String>,
        year: Option<String>,
        as_of: Option<Revision>,
    ) -> Refusable<TargetList> {
        let question = TargetQuestion { area, indicator, year };
        now(context, async |asked| {
            let as_of = as_of.map(|Revision(text)| AsOf::read("asOf", &text)).transpose()?;
            target::read(&asked.app, &asked.caller, &question, as_of.as_ref()).await.map(TargetList)
        })
        .await
    }
}
