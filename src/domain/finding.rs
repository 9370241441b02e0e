//! What the rules say about a report, and the repairs that would mend it.
//!
//! A finding never changes a figure: it names both sides and their difference, and people decide.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decimal::Decimal;
use super::indicator::Nature;
use super::words::words;

words! {
    /// How much a finding weighs.
    Severity {
        /// Blocks submission: a balance of whole numbers or a subset, all of whose terms are stated.
        Error = "error",
        /// Needs an explanation before submission.
        Warning = "warning",
        /// Informs.
        Hint = "hint",
    }
}

words! {
    /// What a repair does.
    RepairKind {
        /// Two figures change places.
        Exchange = "exchange",
        /// One figure takes the value that restores the balances.
        Change = "change",
    }
}

/// A sentence in both languages of the service, as it is kept with a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sentence {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// A figure that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FigureInvolved {
    /// The indicator's code.
    pub indicator: String,
    /// What the figure claims to be.
    pub nature: Nature,
    /// The project that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The figure as the report has it; nothing where the rule misses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub value: Option<Decimal>,
    /// RFC 6901 pointer to the observation in the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// What a rule says about a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// Names the finding within its report for as long as it is about the same thing: the rule and what it is about, such
    /// as `V02` or `V25.08-KH-UBND`.
    pub id: String,
    /// The rule, such as `V02`.
    pub rule: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, with both sides and what to do.
    pub message: Sentence,
    /// The left side of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The right side of the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// The left side less the right one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// The figures involved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<FigureInvolved>,
    /// RFC 6901 pointers into the document to whatever else it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pointers: Vec<String>,
    /// The words of the report that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The repairs that would mend it, by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<String>,
}

/// One figure that a repair changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FigureChange {
    /// The indicator's code.
    pub indicator: String,
    /// RFC 6901 pointer to the observation in the document.
    pub pointer: String,
    /// The figure now.
    #[schema(value_type = String)]
    pub from: Decimal,
    /// The figure afterwards.
    #[schema(value_type = String)]
    pub to: Decimal,
}

/// A change that restores every failing balance without breaking another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repair {
    /// Names the repair within its report, by the figures that it changes.
    pub id: String,
    /// What it does.
    pub kind: RepairKind,
    /// The figures that it changes.
    pub changes: Vec<FigureChange>,
    /// The indicators whose stated rates it leaves true.
    pub keeps: Vec<String>,
    /// The stated rates that it makes wrong, with what they would have to say.
    pub restate: Vec<FigureChange>,
    /// 1 keeps the most stated rates; repairs that keep as many share a place.
    pub rank: u32,
    /// How many repairs share the place.
    pub tied: u32,
    /// What it does, in words.
    pub message: Sentence,
}

/// What the rules say about a report as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Validation {
    /// Errors first, then warnings, then hints, each in the order of the rules.
    pub findings: Vec<Finding>,
    /// The best first.
    pub repairs: Vec<Repair>,
}

impl Validation {
    /// The findings that block.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The findings that need an explanation.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Warning)
    }
}
