//! Findings and repairs, in the language of the request.

use async_graphql::SimpleObject;

use super::scalar::{Count, Word};
use super::trail::AuditActor;
use crate::domain::finding::{self, RepairKind, Sentence, Severity};
use crate::domain::indicator::Nature;
use crate::domain::workflow;
use crate::error::Language;

/// A figure that a finding is about.
#[derive(SimpleObject)]
pub struct FigureInvolved {
    /// The indicator's code.
    indicator: String,
    /// What the figure claims to be.
    nature: Word<Nature>,
    /// The project that it is about.
    project: Option<String>,
    /// The figure as the report has it.
    value: Option<String>,
    /// RFC 6901 pointer to it in the document.
    pointer: Option<String>,
}

/// Giải trình của phường / what the ward says of a finding.
#[derive(SimpleObject)]
pub struct Explanation {
    /// The explanation.
    text: String,
    /// Who gave it.
    by: AuditActor,
    /// When, RFC 3339 in UTC.
    at: String,
}

/// Điểm kiểm tra / what a rule says about a report.
#[derive(SimpleObject)]
pub struct Finding {
    /// Names the finding within its report.
    id: String,
    /// The rule.
    rule: String,
    /// How much it weighs.
    severity: Word<Severity>,
    /// What is wrong, with both sides.
    message: String,
    /// The left side of the rule.
    left: Option<String>,
    /// The right side.
    right: Option<String>,
    /// The left side less the right one.
    difference: Option<String>,
    /// The figures involved.
    figures: Vec<FigureInvolved>,
    /// RFC 6901 pointers into the document to whatever else it is about.
    pointers: Vec<String>,
    /// The words of the report that it is about.
    quote: Option<String>,
    /// The repairs that would mend it, by their ids.
    repairs: Vec<String>,
    /// What the ward says of it.
    explanation: Option<Explanation>,
}

/// One figure that a repair changes.
#[derive(SimpleObject)]
pub struct FigureChange {
    /// The indicator's code.
    indicator: String,
    /// RFC 6901 pointer to it in the document.
    pointer: String,
    /// The figure now.
    from: String,
    /// The figure afterwards.
    to: String,
}

/// Cách sửa / a change that restores every failing balance without breaking another.
#[derive(SimpleObject)]
pub struct Repair {
    /// Names the repair within its report.
    id: String,
    /// What it does.
    kind: Word<RepairKind>,
    /// The same in words.
    message: String,
    /// The figures that it changes.
    changes: Vec<FigureChange>,
    /// The indicators whose stated rates it leaves true.
    keeps: Vec<String>,
    /// The stated rates that it makes wrong, with what they would have to say.
    restate: Vec<FigureChange>,
    /// 1 keeps the most stated rates.
    rank: Count,
    /// How many repairs share the place.
    tied: Count,
}

fn told(sentence: &Sentence, language: Language) -> String {
    match language {
        Language::Vi => sentence.vi.clone(),
        Language::En => sentence.en.clone(),
    }
}

impl Finding {
    pub(super) fn of(finding: &finding::Finding, explanations: &[workflow::Explanation], language: Language) -> Self {
        let figure = |figure: &finding::FigureInvolved| FigureInvolved {
            indicator: figure.indicator.clone(),
            nature: Word(figure.nature),
            project: figure.project.clone(),
            value: figure.value.map(|value| value.to_string()),
            pointer: figure.pointer.clone(),
        };
        let explanation = explanations.iter().find(|given| given.explains(finding)).cloned();
        Self {
            id: finding.id.clone(),
            rule: finding.rule.clone(),
            severity: Word(finding.severity),
            message: told(&finding.message, language),
            left: finding.left.clone(),
            right: finding.right.clone(),
            difference: finding.difference.clone(),
            figures: finding.figures.iter().map(figure).collect(),
            pointers: finding.pointers.clone(),
            quote: finding.quote.clone(),
            repairs: finding.repairs.clone(),
            explanation: explanation.map(|given| Explanation {
                text: given.text,
                by: AuditActor { id: given.by, display_name: given.by_name },
                at: given.at,
            }),
        }
    }
}

impl Repair {
    pub(super) fn of(repair: &finding::Repair, language: Language) -> Self {
        let change = |change: &finding::FigureChange| FigureChange {
            indicator: change.indicator.clone(),
            pointer: change.pointer.clone(),
            from: change.from.to_string(),
            to: change.to.to_string(),
        };
        Self {
            id: repair.id.clone(),
            kind: Word(repair.kind),
            message: told(&repair.message, language),
            changes: repair.changes.iter().map(change).collect(),
            keeps: repair.keeps.clone(),
            restate: repair.restate.iter().map(change).collect(),
            rank: Count(repair.rank.into()),
            tied: Count(repair.tied.into()),
        }
    }
}
