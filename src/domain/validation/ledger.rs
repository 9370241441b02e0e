//! What one rule found in one report, and what it could not look at.

use super::message::{Said, Words, slug};
use super::rule::Rule;
use super::{Context, History, Stage};
use crate::domain::finding::{FigureInvolved, Finding, Severity};

/// What became of a rule in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The rule's id.
    pub rule: String,
    /// Which of the rule's comparisons.
    pub part: Option<String>,
    /// How many comparisons were made.
    pub tested: usize,
    /// The ids of its findings.
    pub raised: Vec<String>,
    /// Why comparisons were not made.
    pub skipped: Vec<String>,
    /// Whether the form holds it, so that there is nothing to find.
    pub form: bool,
}

/// Why a comparison is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Skip {
    /// The report states nothing usable of these indicators.
    Missing(Vec<String>),
    /// The ward has published fewer earlier quarters than the rule asks for.
    FewerQuarters(i32),
    /// Another reason.
    Because(&'static str),
}

/// A finding before it has its words.
#[derive(Debug, Default)]
pub(super) struct Raised {
    /// What it is about, beyond the rule.
    pub about: String,
    /// Whether it is the rule's milder case.
    pub lesser: bool,
    pub left: Option<String>,
    pub right: Option<String>,
    pub difference: Option<String>,
    pub figures: Vec<FigureInvolved>,
    pub pointers: Vec<String>,
    pub quote: Option<String>,
    pub words: Words,
}

/// Collects what one rule finds.
#[derive(Debug)]
pub(super) struct Ledger<'r> {
    pub rule: &'r Rule,
    stage: Stage,
    pub tested: usize,
    pub skipped: Vec<Skip>,
    pub findings: Vec<Finding>,
}

impl<'r> Ledger<'r> {
    pub fn new<H: History + ?Sized>(context: &Context<'_, H>, rule: &'r Rule) -> Self {
        Self::of(rule, context.stage)
    }

    pub fn of(rule: &'r Rule, stage: Stage) -> Self {
        Self { rule, stage, tested: 0, skipped: Vec::new(), findings: Vec::new() }
    }

    /// Notes a comparison that was made.
    pub fn test(&mut self) {
        self.tested += 1;
    }

    pub fn skip(&mut self, why: Skip) {
        if !self.skipped.contains(&why) {
            self.skipped.push(why);
        }
    }

    fn severity(&self, lesser: bool) -> Severity {
        let plain = if lesser { self.rule.lesser.unwrap_or(self.rule.severity) } else { self.rule.severity };
        let staged = match self.stage {
            Stage::Submission => None,
            Stage::Publication => self.rule.at_publication,
        };
        staged.unwrap_or(plain)
    }

    /// Turns what was found into a finding with its sentences.
    pub fn raise(&mut self, raised: Raised) {
        let mut words = raised.words;
        for (name, side) in [("left", &raised.left), ("right", &raised.right), ("difference", &raised.difference)] {
            if let Some(side) = side.as_ref().filter(|_| !words.iter().any(|(known, _)| *known == name)) {
                let is_number = side.bytes().any(|byte| byte.is_ascii_digit())
                    && side.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
                words.push((name, if is_number { Said::number(side) } else { Said::same(side) }));
            }
        }
        let says = if raised.lesser { &self.rule.says_less } else { &self.rule.says };
        let mut id = self.rule.id.clone();
        for about in [self.rule.part.as_deref().unwrap_or_default(), &slug(&raised.about)] {
            if !about.is_empty() {
                id.push('.');
                id.push_str(about);
            }
        }
        let severity = self.severity(raised.lesser);
        self.findings.push(Finding {
            id,
            rule: self.rule.id.clone(),
            severity,
            message: says.fill(&words),
            left: raised.left,
            right: raised.right,
            difference: raised.difference,
            figures: raised.figures,
            pointers: raised.pointers,
            quote: raised.quote,
            repairs: Vec::new(),
        });
    }

    pub fn account(&self) -> Account {
        let why = |skip: &Skip| match skip {
            Skip::Missing(codes) => format!("not stated: {}", codes.join(", ")),
            Skip::FewerQuarters(count) => format!("fewer than {count} earlier quarters of the ward"),
            Skip::Because(reason) => (*reason).to_owned(),
        };
        Account {
            rule: self.rule.id.clone(),
            part: self.rule.part.clone(),
            tested: self.tested,
            raised: self.findings.iter().map(|finding| finding.id.clone()).collect(),
            skipped: self.skipped.iter().map(why).collect(),
            form: matches!(self.rule.check, super::check::Check::Form {}),
        }
    }
}
