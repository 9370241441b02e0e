//! The rules and the acts as their files state them.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde::Deserialize;

use super::check::{Check, Missing};
use super::message::Template;
use crate::domain::area::AreaKind;
use crate::domain::finding::Severity;
use crate::domain::text::nfc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleLine {
    id: String,
    #[serde(default)]
    part: Option<String>,
    severity: Severity,
    #[serde(default)]
    lesser: Option<Severity>,
    #[serde(default)]
    at_publication: Option<Severity>,
    vi: String,
    en: String,
    #[serde(default)]
    lesser_vi: Option<String>,
    #[serde(default)]
    lesser_en: Option<String>,
    source: String,
    check: Check,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    kinds: BTreeMap<AreaKind, String>,
    /// Denominators that wards use beside the catalogue's, by rate.
    #[serde(default)]
    also_divides_by: HashMap<String, Vec<String>>,
    rule: Vec<RuleLine>,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub id: String,
    /// Tells the comparisons of one rule apart.
    pub part: Option<String>,
    pub severity: Severity,
    /// The milder severity, where the kind knows a milder case.
    pub lesser: Option<Severity>,
    pub at_publication: Option<Severity>,
    pub says: Template,
    pub says_less: Template,
    pub source: String,
    pub check: Check,
}

/// An act that reports cite.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Act {
    /// Number and symbol.
    pub symbol: String,
    pub kind: String,
    pub name_vi: String,
    pub name_en: String,
    #[serde(default, rename = "dated")]
    pub _dated: Option<NaiveDate>,
    /// The first day in force.
    #[serde(default)]
    pub in_force_from: Option<NaiveDate>,
    /// The first day no longer in force.
    #[serde(default)]
    pub in_force_until: Option<NaiveDate>,
    #[serde(default)]
    pub superseded_by: Option<String>,
    #[serde(rename = "source")]
    pub _source: String,
    #[serde(default, rename = "note")]
    pub _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActFile {
    act: Vec<Act>,
}

/// Every rule and every act, parsed once.
#[derive(Debug)]
pub struct Rules {
    pub(super) list: Vec<Rule>,
    pub(super) acts: HashMap<String, Act>,
    /// What a kind of area is called in Vietnamese, lower case.
    pub(super) kinds: BTreeMap<AreaKind, String>,
    pub(super) also_divides_by: HashMap<String, Vec<String>>,
}

const PLACEHOLDERS: &[&str] = &[
    "left",
    "right",
    "difference",
    "name",
    "about",
    "count",
    "date",
    "other",
    "from",
    "to",
    "project",
    "words",
    "ratio",
];

impl Rules {
    /// Reads the rules and the acts.
    ///
    /// # Errors
    /// Where a file has not the form of its header, a rule is given twice, an `error` could rest on a figure that is
    /// missing, or a sentence has a placeholder that nothing fills.
    pub fn parse(rules_toml: &str, acts_toml: &str) -> Result<Self, String> {
        let file: RuleFile = toml::from_str(&nfc(rules_toml)).map_err(|error| format!("rules: {error}"))?;
        let acts: ActFile = toml::from_str(&nfc(acts_toml)).map_err(|error| format!("acts: {error}"))?;
        let mut rules: Vec<Rule> = Vec::with_capacity(file.rule.len());
        for line in file.rule {
            let says = Template { vi: line.vi, en: line.en };
            let says_less = Template {
                vi: line.lesser_vi.unwrap_or_else(|| says.vi.clone()),
                en: line.lesser_en.unwrap_or_else(|| says.en.clone()),
            };
            let id = line.id;
            if rules.iter().any(|rule| rule.id == id && rule.part == line.part) {
                return Err(format!("rules: {id} is given twice"));
            }
            if let Check::Compare(comparison) = &line.check
                && line.severity == Severity::Error
                && comparison.missing != Missing::SkipIfAny
            {
                return Err(format!("rules: {id} would call an error what rests on a missing figure"));
            }
            for name in says.placeholders().chain(says_less.placeholders()) {
                if !PLACEHOLDERS.contains(&name) {
                    return Err(format!("rules: {id} has the placeholder {name}, which nothing fills"));
                }
            }
            rules.push(Rule {
                id,
                part: line.part,
                severity: line.severity,
                lesser: line.lesser,
                at_publication: line.at_publication,
                says,
                says_less,
                source: line.source,
                check: line.check,
            });
        }
        let mut known = HashMap::new();
        for act in acts.act {
            if let Some(twice) = known.insert(act.symbol.clone(), act) {
                return Err(format!("acts: {} is given twice", twice.symbol));
            }
        }
        Ok(Self { list: rules, acts: known, kinds: file.kinds, also_divides_by: file.also_divides_by })
    }

    /// The ids of the rules, each once, in the order of the file, with the source that each stands on.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let first = |at: usize, rule: &Rule| !self.list.iter().take(at).any(|earlier| earlier.id == rule.id);
        let firsts = self.list.iter().enumerate().filter(move |(at, rule)| first(*at, rule));
        firsts.map(|(_, rule)| (rule.id.as_str(), rule.source.as_str()))
    }

    /// Every indicator that a rule names.
    pub fn indicators(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        for rule in &self.list {
            codes.extend(rule.check.indicators());
        }
        codes.extend(
            self.also_divides_by
                .iter()
                .flat_map(|(rate, others)| std::iter::once(rate).chain(others))
                .map(String::as_str),
        );
        codes
    }
}
