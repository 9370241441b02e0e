//! The figures of a document that rules compute with.

use std::collections::HashMap;

use crate::domain::decimal::Decimal;
use crate::domain::finding::FigureInvolved;
use crate::domain::indicator::{Catalogue, IndicatorKind, Nature};
use crate::domain::observation::Observation;
use crate::domain::report::ReportDocument;

/// Ten-thousandths in a unit.
pub(super) const UNIT: i128 = 10_000;

/// Figures that happened, are no bounds, are of the whole ward and of their indicator's own span: one an indicator.
#[derive(Debug, Clone)]
pub(super) struct Figures<'a> {
    document: &'a ReportDocument,
    at: HashMap<&'a str, usize>,
}

impl<'a> Figures<'a> {
    pub(super) fn of(catalogue: &Catalogue, document: &'a ReportDocument) -> Self {
        let counts = |observation: &Observation| {
            let own_span = catalogue
                .find(&observation.indicator)
                .and_then(|key| catalogue.get(key))
                .is_some_and(|indicator| indicator.span == observation.span);
            own_span
                && observation.nature == Nature::Actual
                && !observation.operator.is_bound()
                && observation.project.is_none()
        };
        let mut at = HashMap::new();
        for (index, observation) in document.observations.iter().enumerate().filter(|(_, figure)| counts(figure)) {
            at.entry(observation.indicator.as_str()).or_insert(index);
        }
        Self { document, at }
    }

    pub(super) fn place(&self, code: &str) -> Option<usize> {
        self.at.get(code).copied()
    }

    pub(super) fn value(&self, code: &str) -> Option<Decimal> {
        self.document.observations.get(self.place(code)?).map(|figure| figure.value)
    }

    /// A measure; a derived one from its parts, all of which must be there.
    pub(super) fn measure(&self, catalogue: &Catalogue, code: &str) -> Option<i128> {
        if let Some(value) = self.value(code) {
            return Some(value.ten_thousandths());
        }
        let indicator = catalogue.find(code).and_then(|key| catalogue.get(key))?;
        if indicator.kind != IndicatorKind::Derived {
            return None;
        }
        let part = |code: &String| self.value(code).map(Decimal::ten_thousandths);
        let plus: Option<i128> = indicator.plus.iter().map(part).sum();
        let minus: Option<i128> = indicator.minus.iter().map(part).sum();
        Some(plus? - minus?)
    }

    /// Whether a measure is stated; of a derived one, whether what it takes away from is. What is taken away may be none,
    /// which a report seldom says.
    pub(super) fn is_counted(&self, catalogue: &Catalogue, code: &str) -> bool {
        let derived = catalogue.find(code).and_then(|key| catalogue.get(key)).map_or(&[][..], |measure| &measure.plus);
        self.value(code).is_some() || !derived.is_empty() && derived.iter().all(|part| self.value(part).is_some())
    }

    pub(super) fn involved(&self, code: &str) -> FigureInvolved {
        FigureInvolved {
            indicator: code.to_owned(),
            nature: Nature::Actual,
            project: None,
            value: self.value(code),
            pointer: self.place(code).map(pointer),
        }
    }
}

/// The pointer to the number of an observation.
pub(super) fn pointer(at: usize) -> String {
    format!("/observations/{at}/value")
}

/// Ten-thousandths as people write them, without needless decimals.
pub(super) fn spelt(ten_thousandths: i128) -> String {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let size = ten_thousandths.unsigned_abs();
    let (whole, rest) = (size.div_euclid(UNIT.unsigned_abs()), size.rem_euclid(UNIT.unsigned_abs()));
    let decimals = format!("{rest:04}");
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}
