//! Reports as those see them who work on them.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::area::Area;
use super::context::{Refusable, asked, now};
use super::document::Document;
use super::finding::{Finding, Repair};
use super::scalar::{Count, Instant, Word};
use super::trail::{AuditActor, AuditEntries, Entries, entries};
use crate::domain::aggregate::Published as _;
use crate::domain::indicator::{Nature, Span};
use crate::domain::pushed::OfferSource;
use crate::domain::report::ReportStatus;
use crate::error::Language;
use crate::service::workflow::{self, Moved, View};

/// Why an action is not possible for now.
#[derive(SimpleObject)]
pub struct Blocker {
    /// `openFindings`, `locked` or `ownSubmission`.
    code: &'static str,
    /// The finding that blocks.
    finding: Option<String>,
    /// What stands in the way.
    detail: String,
}

/// Something that the caller's role may do with the report in its present state.
#[derive(SimpleObject)]
pub struct PossibleAction {
    /// `edit`, or the word of a step.
    action: &'static str,
    /// Where the step leads.
    to: Option<Word<ReportStatus>>,
    /// Whether it may be done now.
    allowed: bool,
    /// What stands in the way.
    blocked_by: Vec<Blocker>,
}

impl PossibleAction {
    fn of(action: &workflow::PossibleAction, language: Language) -> Self {
        let blocker = |blocker: &workflow::Blocker| Blocker {
            code: blocker.code,
            finding: blocker.finding.clone(),
            detail: blocker.detail.get(language).to_owned(),
        };
        Self {
            action: action.action,
            to: action.to.map(Word),
            allowed: action.blocked_by.is_empty(),
            blocked_by: action.blocked_by.iter().map(blocker).collect(),
        }
    }
}

/// A figure that the report lacks or states otherwise: last quarter's stock, or what an agency sent. The service never copies
/// it; `acceptOffers` does, of what was sent.
#[derive(SimpleObject)]
pub struct Offer {
    /// Where it comes from.
    source: Word<OfferSource>,
    /// The indicator's code.
    indicator: String,
    /// What it claims to be.
    nature: Word<Nature>,
    /// What stretch of time it is about.
    span: Word<Span>,
    /// `=`, or `>`, `>=`, `<`, `<=` for a bound: marks that no enum of GraphQL can have.
    operator: &'static str,
    /// The figure as it was published or sent.
    value: String,
    /// The quarter for which it was published or sent.
    quarter: String,
    /// The year or period of a figure that is not the quarter's own.
    reference_period: Option<String>,
    /// The agency's client that sent it.
    sent_by: Option<AuditActor>,
    /// When it was sent.
    sent_at: Option<Instant>,
}

impl From<&workflow::Offer> for Offer {
    fn from(offer: &workflow::Offer) -> Self {
        let (figure, sent) = (&offer.figure, offer.pushed.as_ref());
        Self {
            source: offer.source.into(),
            indicator: figure.indicator.clone(),
            nature: figure.nature.into(),
            span: figure.span.into(),
            operator: figure.operator.as_str(),
            value: figure.value.to_string(),
            quarter: offer.quarter.to_string(),
            reference_period: figure.reference_period.clone(),
            sent_by: sent
                .map(|sent| AuditActor { id: sent.client.clone(), display_name: Some(sent.client_name.clone()) }),
            sent_at: sent.map(|sent| Instant(sent.at.and_utc())),
        }
    }
}

/// A version of a report, as of now.
pub struct WorkingReport(pub(super) View);

/// Báo cáo đang làm / a ward's report for a quarter as those see it who work on it, as of now: what was written, what the
/// rules say of it, what the caller may do next and what stands in the way.
#[expect(clippy::unused_async, reason = "the library takes asynchronous resolvers only")]
#[Object]
impl WorkingReport {
    /// The ward, at the quarter's cut-off.
    async fn area(&self) -> Area {
        let (snapshot, place) = (&self.0.snapshot, &self.0.place);
        let on = Some(snapshot.calendar().cut_off(place.quarter));
        Area { snapshot: Arc::clone(snapshot), key: place.ward, on }
    }

    /// The quarter.
    async fn quarter(&self) -> String {
        self.0.place.quarter.to_string()
    }

    /// How far it has come.
    async fn status(&self) -> Word<ReportStatus> {
        self.0.version.status.into()
    }

    /// Which version of the document this is.
    async fn version(&self) -> i32 {
        self.0.version.number
    }

    /// What `ifMatch` takes, quotes included; REST's `If-Match` takes it too.
    async fn etag(&self) -> String {
        format!("\"{}\"", self.0.version.tag())
    }

    /// Whether it came from a file.
    async fn imported(&self) -> bool {
        self.0.version.imported
    }

    /// Whether any of its figures was generated.
    async fn synthetic(&self) -> bool {
        self.0.version.document.observations.iter().any(|figure| figure.synthetic)
    }

    /// The revision that published it.
    async fn revision(&self) -> Option<Count> {
        self.0.version.from_revision.map(Count)
    }

    /// When.
    async fn published_at(&self) -> Option<Instant> {
        self.0.version.published_at.map(|instant| Instant(instant.and_utc()))
    }

    /// When the ward submitted it.
    async fn submitted_at(&self) -> Option<Instant> {
        self.0.version.submitted_at.map(|instant| Instant(instant.and_utc()))
    }

    /// Whether that was by the deadline.
    async fn in_time(&self) -> Option<bool> {
        let (place, sent) = (&self.0.place, self.0.version.submitted_at?);
        self.0.snapshot.came_in_time(place.ward, place.quarter, sent)
    }

    /// Why it was returned, reopened or retracted.
    async fn reason(&self) -> Option<&str> {
        self.0.version.reason.as_deref()
    }

    /// What the ward wrote, as it wrote it.
    async fn document(&self) -> Document {
        self.0.version.document.clone().into()
    }

    /// What the rules say of it, and what the ward says to that.
    async fn findings(&self, context: &Context<'_>) -> async_graphql::Result<Vec<Finding>> {
        let language = asked(context)?.language;
        let findings = self.0.validation.findings.iter();
        Ok(findings.map(|finding| Finding::of(finding, &self.0.version.explanations, language)).collect())
    }

    /// What would mend its failing balances, the best first.
    async fn repairs(&self, context: &Context<'_>) -> async_graphql::Result<Vec<Repair>> {
        let language = asked(context)?.language;
        Ok(self.0.validation.repairs.iter().map(|repair| Repair::of(repair, language)).collect())
    }

    /// What the caller's role may do with it now.
    async fn actions(&self, context: &Context<'_>) -> async_graphql::Result<Vec<PossibleAction>> {
        let language = asked(context)?.language;
        Ok(self.0.actions.iter().map(|action| PossibleAction::of(action, language)).collect())
    }

    /// What agencies sent that it does not state alike, and last quarter's stocks that it lacks.
    async fn offers(&self) -> Vec<Offer> {
        self.0.offers.iter().map(Offer::from).collect()
    }

    /// Everything that was done to it, and about it, in all its versions, the oldest first.
    async fn history(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Refusable<AuditEntries> {
        let (place, quarter) = (&self.0.place, self.0.place.quarter.to_string());
        now(context, async |asked| entries(asked, Entries::History(&place.code, &quarter), first, after).await).await
    }
}

/// What became of one report of many.
#[derive(SimpleObject)]
pub struct MovedReport {
    /// The code of the ward.
    ward: String,
    /// How far it has come.
    status: Word<ReportStatus>,
    /// What `ifMatch` takes now.
    etag: String,
}

/// What became of many reports that took the same step.
#[derive(SimpleObject)]
pub struct MovedReports {
    /// The revision that they are published or retracted by.
    revision: Option<Count>,
    /// Each of them, in the order given.
    reports: Vec<MovedReport>,
}

impl From<(Option<i64>, Vec<Moved>)> for MovedReports {
    fn from((revision, moved): (Option<i64>, Vec<Moved>)) -> Self {
        let report = |moved: Moved| MovedReport {
            ward: moved.place.code,
            status: moved.status.into(),
            etag: format!("\"{}\"", moved.tag),
        };
        Self { revision: revision.map(Count), reports: moved.into_iter().map(report).collect() }
    }
}
