//! The figures of one document, found by what they are.

use std::collections::{HashMap, HashSet};

use crate::domain::decimal::Decimal;
use crate::domain::finding::FigureInvolved;
use crate::domain::indicator::{Catalogue, Indicator, IndicatorKind, Nature, Span};
use crate::domain::observation::{Observation, Operator};
use crate::domain::quarter::Quarter;

/// The figures of a document by indicator.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    pub catalogue: &'a Catalogue,
    quarter: Quarter,
    pub observations: &'a [Observation],
    by_code: HashMap<&'a str, Vec<usize>>,
}

/// What picks one of several figures of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Pick<'a> {
    pub nature: Nature,
    /// Nothing for the indicator's own span.
    pub span: Option<Span>,
    pub project: Option<&'a str>,
}

impl Pick<'_> {
    /// What happened, over the indicator's own span, of no project.
    pub const ACTUAL: Self = Self { nature: Nature::Actual, span: None, project: None };
}

/// A sum of figures: its value in ten-thousandths, and the figures with their signs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sum<'a> {
    pub value: i128,
    pub terms: Vec<(usize, i128)>,
    /// Codes that the document states nothing usable of.
    pub missing: Vec<&'a str>,
}

impl<'a> Sheet<'a> {
    pub fn new(catalogue: &'a Catalogue, quarter: Quarter, observations: &'a [Observation]) -> Self {
        let mut by_code: HashMap<&str, Vec<usize>> = HashMap::with_capacity(observations.len());
        for (at, observation) in observations.iter().enumerate() {
            by_code.entry(observation.indicator.as_str()).or_default().push(at);
        }
        Self { catalogue, quarter, observations, by_code }
    }

    pub fn get(&self, at: usize) -> Option<&'a Observation> {
        self.observations.get(at)
    }

    pub fn indicator(&self, code: &str) -> Option<&'a Indicator> {
        self.catalogue.find(code).and_then(|key| self.catalogue.get(key))
    }

    /// Every figure of an indicator.
    pub fn all(&self, code: &str) -> impl Iterator<Item = (usize, &'a Observation)> {
        let found = self.by_code.get(code).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|at| Some((*at, self.get(*at)?)))
    }

    /// Whether a figure is of this quarter, or of its year, and not quoted from an earlier one.
    pub fn is_current(&self, observation: &Observation) -> bool {
        observation
            .reference_period
            .as_deref()
            .is_none_or(|period| period == self.quarter.to_string() || period.parse() == Ok(self.quarter.year()))
    }

    /// The figure that a rule may calculate with: no bound, no instruction, no quotation from an earlier time.
    pub fn find(&self, code: &str, pick: Pick<'_>) -> Option<(usize, &'a Observation)> {
        let own = self.indicator(code).map(|indicator| indicator.span);
        let span = pick.span.or(own);
        self.all(code).find(|(_, observation)| {
            observation.nature == pick.nature
                && observation.operator == Operator::Equal
                && Some(observation.span) == span
                && observation.project.as_deref() == pick.project
                && !observation.instruction
                && self.is_current(observation)
        })
    }

    /// The value of what happened, over the indicator's own span.
    pub fn actual(&self, code: &str) -> Option<(usize, Decimal)> {
        self.find(code, Pick::ACTUAL).map(|(at, observation)| (at, observation.value))
    }

    /// Adds indicators; those written `-code` are taken away. A derived measure that is not stated is made of its parts.
    pub fn sum<'c>(&self, codes: &'c [String], pick: Pick<'_>) -> Sum<'c>
    where
        'a: 'c,
    {
        let mut sum = Sum::default();
        for code in codes {
            let (code, sign) = code.strip_prefix('-').map_or((code.as_str(), 1), |code| (code, -1));
            self.add(&mut sum, code, sign, pick);
        }
        sum
    }

    fn add<'c>(&self, sum: &mut Sum<'c>, code: &'c str, sign: i128, pick: Pick<'_>)
    where
        'a: 'c,
    {
        if let Some((at, observation)) = self.find(code, pick) {
            sum.value += sign * observation.value.ten_thousandths();
            sum.terms.push((at, sign));
            return;
        }
        let derived = self.indicator(code).filter(|indicator| indicator.kind == IndicatorKind::Derived);
        let Some(indicator) = derived else {
            sum.missing.push(code);
            return;
        };
        let signed =
            indicator.plus.iter().map(|part| (part, sign)).chain(indicator.minus.iter().map(|part| (part, -sign)));
        for (part, sign) in signed {
            match self.find(part, pick) {
                Some((at, observation)) => {
                    sum.value += sign * observation.value.ten_thousandths();
                    sum.terms.push((at, sign));
                }
                None => sum.missing.push(part),
            }
        }
    }

    /// The projects that figures of these indicators name.
    pub fn projects<'c>(&self, codes: impl Iterator<Item = &'c str>) -> Vec<&'a str> {
        let mut seen = HashSet::new();
        let figures = codes.flat_map(|code| self.all(code).map(|(_, observation)| observation).collect::<Vec<_>>());
        figures
            .filter_map(|observation| observation.project.as_deref())
            .filter(|project| seen.insert(*project))
            .collect()
    }

    /// The figure as a finding names it.
    pub fn involved(&self, at: usize) -> Option<FigureInvolved> {
        let observation = self.get(at)?;
        Some(FigureInvolved {
            indicator: observation.indicator.clone(),
            nature: observation.nature,
            project: observation.project.clone(),
            value: Some(observation.value),
            pointer: Some(pointer(at)),
        })
    }
}

/// The pointer to a figure of the document.
pub(super) fn pointer(at: usize) -> String {
    format!("/observations/{at}/value")
}

/// The position that [`pointer`] names.
pub(super) fn position(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/observations/")?.split('/').next()?.parse().ok()
}
