//! Findings, repairs and possible actions, in the language asked for.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::audit::ActorBody;
use crate::domain::finding::{FigureChange, FigureInvolved, RepairKind, Sentence, Severity, Validation};
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Operator, SurveyMethod};
use crate::domain::pushed::OfferSource;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::domain::workflow::Explanation;
use crate::error::Language;
use crate::service::workflow::{Blocker, Offer, PossibleAction};

fn told(sentence: &Sentence, language: Language) -> &str {
    match language {
        Language::Vi => &sentence.vi,
        Language::En => &sentence.en,
    }
}

/// What a rule says about the report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Finding)]
pub(super) struct FindingBody<'a> {
    /// Names the finding within its report.
    id: &'a str,
    /// The rule.
    rule: &'a str,
    severity: Severity,
    /// What is wrong, with both sides.
    message: &'a str,
    /// The left side of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<&'a str>,
    /// The right side.
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<&'a str>,
    /// The left side less the right one.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a str>,
    /// The figures involved.
    figures: &'a [FigureInvolved],
    /// RFC 6901 pointers into the document to whatever else it is about.
    pointers: &'a [String],
    /// The words of the report that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<&'a str>,
    /// The repairs that would mend it, by their ids.
    repairs: &'a [String],
    /// What the ward says of it, as long as its sides are the same.
    #[schema(required)]
    explanation: Option<ExplanationBody<'a>>,
}

/// What the ward says of a finding.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Explanation)]
struct ExplanationBody<'a> {
    /// The explanation.
    text: &'a str,
    /// Who gave it.
    by: ActorBody<'a>,
    /// When, RFC 3339 in UTC.
    #[schema(format = "date-time")]
    at: &'a str,
}

impl<'a> From<&'a Explanation> for ExplanationBody<'a> {
    fn from(given: &'a Explanation) -> Self {
        let by = ActorBody { id: &given.by, display_name: given.by_name.as_deref() };
        Self { text: &given.text, by, at: &given.at }
    }
}

impl<'a> FindingBody<'a> {
    pub(super) fn all(
        validation: &'a Validation,
        explanations: &'a [Explanation],
        language: Language,
    ) -> Vec<FindingBody<'a>> {
        let body = |finding: &'a crate::domain::finding::Finding| FindingBody {
            id: &finding.id,
            rule: &finding.rule,
            severity: finding.severity,
            message: told(&finding.message, language),
            left: finding.left.as_deref(),
            right: finding.right.as_deref(),
            difference: finding.difference.as_deref(),
            figures: &finding.figures,
            pointers: &finding.pointers,
            quote: finding.quote.as_deref(),
            repairs: &finding.repairs,
            explanation: explanations.iter().find(|given| given.explains(finding)).map(ExplanationBody::from),
        };
        validation.findings.iter().map(body).collect()
    }
}

/// A change that restores every failing balance without breaking another.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Repair)]
pub(super) struct RepairBody<'a> {
    /// Names the repair within its report.
    id: &'a str,
    kind: RepairKind,
    /// What it does, in words.
    message: &'a str,
    /// The figures that it changes.
    changes: &'a [FigureChange],
    /// The indicators whose stated rates it leaves true.
    keeps: &'a [String],
    /// The stated rates that it makes wrong, with what they would have to say.
    restate: &'a [FigureChange],
    /// 1 keeps the most stated rates.
    #[schema(minimum = 1)]
    rank: u32,
    /// How many repairs share the place.
    #[schema(minimum = 1)]
    tied: u32,
}

impl<'a> RepairBody<'a> {
    pub(super) fn all(validation: &'a Validation, language: Language) -> Vec<RepairBody<'a>> {
        let body = |repair: &'a crate::domain::finding::Repair| RepairBody {
            id: &repair.id,
            kind: repair.kind,
            message: told(&repair.message, language),
            changes: &repair.changes,
            keeps: &repair.keeps,
            restate: &repair.restate,
            rank: repair.rank,
            tied: repair.tied,
        };
        validation.repairs.iter().map(body).collect()
    }
}

/// Why an action is not possible for now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Blocker)]
pub(super) struct BlockerBody<'a> {
    /// `openFindings`, `locked` or `ownSubmission`.
    code: &'a str,
    /// The finding that blocks.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<&'a str>,
    /// What stands in the way.
    detail: &'a str,
}

/// Something that the caller's role may do with the report in its present state.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PossibleAction)]
pub(super) struct ActionBody<'a> {
    /// `edit`, or the word of a step.
    action: &'a str,
    /// Where the step leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<ReportStatus>,
    /// Whether it may be done now.
    allowed: bool,
    /// What stands in the way.
    blocked_by: Vec<BlockerBody<'a>>,
}

impl<'a> ActionBody<'a> {
    pub(super) fn of(action: &'a PossibleAction, language: Language) -> Self {
        let blocker = |blocker: &'a Blocker| BlockerBody {
            code: blocker.code,
            finding: blocker.finding.as_deref(),
            detail: blocker.detail.get(language),
        };
        Self {
            action: action.action,
            to: action.to,
            allowed: action.blocked_by.is_empty(),
            blocked_by: action.blocked_by.iter().map(blocker).collect(),
        }
    }
}

/// A figure that the report lacks or states otherwise: last quarter's stock, or what an agency sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Offer)]
pub(super) struct OfferBody<'a> {
    /// Where it comes from.
    source: OfferSource,
    /// The indicator's code.
    indicator: &'a str,
    nature: Nature,
    span: Span,
    /// How the number relates to the value, where it is only a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<Operator>,
    /// The figure as it was published or sent.
    value: String,
    /// The quarter for which it was published or sent.
    #[schema(value_type = Quarter)]
    quarter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_period: Option<&'a str>,
    /// For survey figures: how people were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<SurveyMethod>,
    /// What a reader should mind.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    /// The agency's client that sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by: Option<ActorBody<'a>>,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Offer> for OfferBody<'a> {
    fn from(offer: &'a Offer) -> Self {
        let (figure, sent) = (&offer.figure, offer.pushed.as_ref());
        Self {
            source: offer.source,
            indicator: &figure.indicator,
            nature: figure.nature,
            span: figure.span,
            operator: figure.operator.is_bound().then_some(figure.operator),
            value: figure.value.to_string(),
            quarter: offer.quarter.to_string(),
            reference_period: figure.reference_period.as_deref(),
            method: figure.method,
            note: figure.note.as_deref(),
            sent_by: sent.map(|sent| ActorBody { id: &sent.client, display_name: Some(&sent.client_name) }),
            sent_at: sent.map(|sent| sent.at.and_utc()),
        }
    }
}
