//! The rules that a report is held against, and the repairs that would mend it.
//!
//! Pure: the same document, history and rules give the same findings, for a draft, a submission and an import alike. An
//! error is raised only where every term of a balance or a subset is stated, so that an honest report raises none.

mod balance;
mod documents;
mod figures;
mod rates;
mod repair;
mod rules;

pub use repair::apply;
pub use rules::{ActFile, RuleFile, Rules};

use super::aggregate::Published;
use super::area::{AreaBook, AreaKey};
use super::calendar::Calendar;
use super::decimal::Decimal;
use super::finding::{Severity, Validation};
use super::indicator::{Catalogue, IndicatorKey, Nature};
use super::quarter::Quarter;
use super::report::ReportDocument;
use figures::Figures;

/// What the document is judged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To be sent, accepted or taken over from a file: number and date may still be missing.
    Submission,
    /// To be published: the header must be complete.
    Publication,
}

/// What was published before.
pub trait History {
    /// Areas and their history.
    fn areas(&self) -> &AreaBook;
    /// Indicators.
    fn catalogue(&self) -> &Catalogue;
    /// Windows and working days.
    fn calendar(&self) -> &Calendar;
    /// What a ward published of an indicator for a quarter: it happened, it is no bound, and it is of the whole ward.
    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal>;
}

impl<P: Published> History for P {
    fn areas(&self) -> &AreaBook {
        Published::areas(self)
    }

    fn catalogue(&self) -> &Catalogue {
        Published::catalogue(self)
    }

    fn calendar(&self) -> &Calendar {
        Published::calendar(self)
    }

    fn figure(&self, ward: AreaKey, quarter: Quarter, indicator: IndicatorKey) -> Option<Decimal> {
        let figure = self.column(quarter, indicator, Nature::Actual)?.get(ward)?;
        (!figure.is_bound()).then(|| figure.value())
    }
}

/// A document, whose it is, and what it is judged for.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The document.
    pub document: &'a ReportDocument,
    /// The ward.
    pub ward: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// What for.
    pub stage: Stage,
}

/// Judges a document: errors first, then warnings, then hints, each in the order of the rules.
#[must_use]
pub fn validate<H: History + ?Sized>(rules: &Rules, history: &H, subject: &Subject<'_>) -> Validation {
    let figures = Figures::of(history.catalogue(), subject.document);
    let mut findings = balance::findings(rules, history, subject, &figures);
    findings.extend(rates::findings(rules, history, subject, &figures));
    if !is_figures_only(subject.document) {
        findings.extend(documents::findings(rules, history, subject));
    }
    let repairs = repair::repairs(rules, history, &figures);
    for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Error) {
        let mends = |repair: &&super::finding::Repair| {
            let changed = |code: &String| repair.changes.iter().any(|change| change.indicator == *code);
            finding.figures.iter().any(|figure| changed(&figure.indicator))
        };
        finding.repairs = repairs.iter().filter(mends).map(|repair| repair.id.clone()).collect();
    }
    // Stable: within a severity the order of the rules stays.
    findings.sort_by_key(|finding| finding.severity);
    Validation { findings, repairs }
}

/// Whether a document came without its text, as figures of a file do: there is nothing to say of its form then.
fn is_figures_only(document: &ReportDocument) -> bool {
    document.title.is_none()
        && document.narrative.is_empty()
        && document.issued_documents.is_empty()
        && document.number.is_none()
        && document.signatory.is_none()
}
