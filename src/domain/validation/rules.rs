//! The rules as the rule file states them.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::finding::{Finding, Sentence, Severity};

/// DHIS2's operators of validation rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Comparison {
    EqualTo,
    NotEqualTo,
    GreaterThan,
    GreaterThanOrEqualTo,
    LessThan,
    LessThanOrEqualTo,
}

impl Comparison {
    pub(super) const fn holds(self, left: i128, right: i128) -> bool {
        match self {
            Self::EqualTo => left == right,
            Self::NotEqualTo => left != right,
            Self::GreaterThan => left > right,
            Self::GreaterThanOrEqualTo => left >= right,
            Self::LessThan => left < right,
            Self::LessThanOrEqualTo => left <= right,
        }
    }
}

/// DHIS2's strategies for what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Missing {
    #[serde(rename = "SKIP_IF_ANY_VALUE_MISSING")]
    SkipIfAny,
    #[serde(rename = "SKIP_IF_ALL_VALUES_MISSING")]
    SkipIfAll,
    #[serde(rename = "NEVER_SKIP")]
    NeverSkip,
}

/// A comparison of two sums.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Balance {
    pub id: String,
    #[serde(default)]
    pub part: Option<String>,
    pub severity: Severity,
    pub left: Vec<String>,
    pub operator: Comparison,
    pub right: Vec<String>,
    pub missing: Missing,
    text_vi: String,
    text_en: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: Option<String>,
}

impl Balance {
    pub(super) fn finding_id(&self) -> String {
        self.part.as_ref().map_or_else(|| self.id.clone(), |part| format!("{}.{part}", self.id))
    }

    pub(super) fn text(&self, left: &str, right: &str, difference: &str) -> Sentence {
        Sentence {
            vi: fill(&self.text_vi, "", left, right, difference, true),
            en: fill(&self.text_en, "", left, right, difference, false),
        }
    }
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckKind {
    StatedRate,
    TruncatedRate,
    ComplementaryRates,
    RateWithoutCounts,
    UnreachableRate,
    Subset,
    ProjectSubset,
    DocumentOutsideWindow,
    DocumentOrder,
    DocumentSubjectYear,
    DocumentDayOff,
    DocumentUnit,
    Header,
    ActOutOfForce,
    CountOfList,
}

/// A check of a kind that the service knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub id: String,
    pub kind: CheckKind,
    pub severity: Severity,
    #[serde(default)]
    pub rates: Vec<String>,
    /// Nothing is shared out where this measure is zero.
    #[serde(default)]
    pub skip_if_zero: String,
    #[serde(default)]
    pub headline: Vec<String>,
    #[serde(default)]
    pub paid: String,
    #[serde(default)]
    pub approved: String,
    text_vi: String,
    text_en: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: Option<String>,
}

/// The two sides of a check and what it is about; the subject's names in both languages.
pub(super) struct Sides<'a> {
    pub about: (&'a str, &'a str),
    pub left: String,
    pub right: String,
    pub difference: Option<String>,
}

impl Check {
    /// A finding of this check; `key` tells it apart from others of the same rule.
    pub(super) fn finding(&self, key: &str, sides: Sides<'_>) -> Finding {
        let Sides { about: (vi, en), left, right, difference } = sides;
        let off = difference.as_deref().unwrap_or_default();
        Finding {
            id: if key.is_empty() { self.id.clone() } else { format!("{}.{}", self.id, slug(key)) },
            rule: self.id.clone(),
            severity: self.severity,
            message: Sentence {
                vi: fill(&self.text_vi, vi, &left, &right, off, true),
                en: fill(&self.text_en, en, &left, &right, off, false),
            },
            left: Some(left).filter(|side| !side.is_empty()),
            right: Some(right).filter(|side| !side.is_empty()),
            difference,
            figures: Vec::new(),
            pointers: Vec::new(),
            quote: None,
            repairs: Vec::new(),
        }
    }
}

/// An act whose force has ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    pub symbol: String,
    #[expect(dead_code, reason = "for whoever reads the file")]
    name_vi: String,
    pub until: NaiveDate,
    pub replaced_by: String,
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: String,
}

/// The rules and the acts that they know.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) balances: Vec<Balance>,
    pub(super) checks: Vec<Check>,
    pub(super) acts: Vec<Act>,
}

impl Rules {
    /// The check of a kind.
    pub(super) fn check(&self, kind: CheckKind) -> Option<&Check> {
        self.checks.iter().find(|check| check.kind == kind)
    }
}

/// The rule file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    balance: Vec<Balance>,
    check: Vec<Check>,
}

/// The file of acts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActFile {
    act: Vec<Act>,
}

impl From<(RuleFile, ActFile)> for Rules {
    fn from((rules, acts): (RuleFile, ActFile)) -> Self {
        Self { balances: rules.balance, checks: rules.check, acts: acts.act }
    }
}

fn fill(template: &str, about: &str, left: &str, right: &str, difference: &str, vietnamese: bool) -> String {
    let spelt = |text: &str| {
        let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
        if vietnamese && number && text.matches('.').count() == 1 { text.replace('.', ",") } else { text.to_owned() }
    };
    template
        .replace("{left}", &spelt(left))
        .replace("{right}", &spelt(right))
        .replace("{difference}", &spelt(difference))
        .replace("{indicator}", about)
}

/// A text as part of an id, which goes into addresses.
pub(super) fn slug(text: &str) -> String {
    let plain = crate::domain::text::fold(text);
    plain
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_') { letter } else { '-' })
        .collect()
}
