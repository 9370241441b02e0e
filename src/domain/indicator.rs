//! The catalogue: what is measured, how it adds up, and since when its definition holds.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Whether an indicator is counted, follows from counts, or divides two of them.
    IndicatorKind {
        /// Entered by a ward.
        Measure = "measure",
        /// A sum or difference of measures.
        Derived = "derived",
        /// One measure divided by another.
        Rate = "rate",
    }
}

words! {
    /// What a value is counted in.
    Unit {
        /// Things, people, documents, dossiers.
        Count = "count",
        /// Hundredths.
        Percent = "percent",
        /// Vietnamese đồng.
        Vnd = "VND",
        /// Times a week.
        PerWeek = "perWeek",
    }
}

words! {
    /// Which way is better.
    Direction {
        /// More is better.
        Higher = "higher",
        /// Less is better.
        Lower = "lower",
        /// Neither.
        Neutral = "neutral",
    }
}

words! {
    /// How values of several areas make one.
    OverAreas {
        /// Added.
        Sum = "sum",
        /// Sum of the numerators over sum of the denominators.
        RatioOfSums = "ratioOfSums",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// How values of several quarters make one.
    OverTime {
        /// Added: a flow.
        Sum = "sum",
        /// The last: a stock.
        Last = "last",
        /// What was there at the beginning plus what came in each quarter.
        Balance = "balance",
        /// Recomputed from its parts.
        RatioOfSums = "ratioOfSums",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// How often an indicator is expected.
    Frequency {
        /// Every quarter.
        Quarterly = "quarterly",
        /// Once a year.
        Annual = "annual",
    }
}

words! {
    /// What stretch of time a value is about.
    Span {
        /// The quarter.
        Period = "period",
        /// From 1 January (or the year's first window) to the cut-off.
        YearToDate = "yearToDate",
        /// Since something began.
        Cumulative = "cumulative",
        /// The day of the cut-off.
        PointInTime = "pointInTime",
        /// A whole year.
        Year = "year",
    }
}

words! {
    /// What a figure claims to be. Natures never mix in an aggregate.
    Nature {
        /// It happened.
        Actual = "actual",
        /// It is aimed at.
        Target = "target",
        /// It was pledged.
        Registered = "registered",
        /// A constant quoted for reference.
        Reference = "reference",
    }
}

/// The position of an indicator in its [`Catalogue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndicatorKey(u16);

impl IndicatorKey {
    /// The key at a position.
    #[must_use]
    pub fn new(position: usize) -> Option<Self> {
        u16::try_from(position).ok().map(Self)
    }

    /// The position, for indexing arrays.
    #[must_use]
    pub fn position(self) -> usize {
        usize::from(self.0)
    }
}

/// One indicator, as the catalogue file states it and as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Stable code, such as `online_submission_rate`.
    pub code: String,
    /// Measure, derived or rate.
    pub kind: IndicatorKind,
    /// The family that it is shown with, such as `dossiers`.
    pub family: String,
    /// The section of the report's outline that it comes from, such as `II.1`.
    pub section: String,
    /// Vietnamese name.
    pub name_vi: String,
    /// English name.
    pub name_en: String,
    /// What it means, in Vietnamese.
    pub definition_vi: String,
    /// What it means, in English.
    pub definition_en: String,
    /// What it is counted in.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// How it adds over areas.
    pub over_areas: OverAreas,
    /// How it adds over time.
    pub over_time: OverTime,
    /// For a balance: the measure of what was there at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<String>,
    /// For a balance: the measure of what came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inflow: Option<String>,
    /// How often it is expected.
    pub frequency: Frequency,
    /// The span that a figure has unless it says otherwise; only figures of this span enter aggregates.
    pub span: Span,
    /// The nature that a figure has unless it says otherwise.
    pub nature: Nature,
    /// Decimals to show.
    pub decimals: u8,
    /// For a rate: the measure above the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerator: Option<String>,
    /// For a rate: the measure below the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<String>,
    /// For a rate: whether the rate that wards state divides by `denominator`, so that it may be multiplied back.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stated_rate_uses_denominator: bool,
    /// Whether its denominator is a sample of people asked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub survey: bool,
    /// Whether it is held per project.
    #[serde(default, skip_serializing_if = "is_false")]
    pub per_project: bool,
    /// For a derived measure: the measures added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plus: Vec<String>,
    /// For a derived measure: the measures taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub minus: Vec<String>,
    /// The first day on which this definition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// The law or form that defines it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What a reader should mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// The codes of an indicator's parts, resolved to keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Of a rate.
    pub ratio: Option<(IndicatorKey, IndicatorKey)>,
    /// Of a balance: opening and inflow.
    pub balance: Option<(IndicatorKey, IndicatorKey)>,
    /// Of a derived measure.
    pub plus: Vec<IndicatorKey>,
    /// Of a derived measure.
    pub minus: Vec<IndicatorKey>,
}

/// Every indicator, with its parts resolved.
#[derive(Debug, Default)]
pub struct Catalogue {
    indicators: Vec<Indicator>,
    parts: Vec<Parts>,
    by_code: HashMap<String, IndicatorKey>,
}

/// Why a list of indicators is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two indicators with one code.
    #[error("the code {0} is given twice")]
    DuplicateCode(String),
    /// A part that does not exist, or is itself a rate.
    #[error("{0} refers to {1}, which is not a measure of this catalogue")]
    UnknownPart(String, String),
    /// A rate without both parts, a balance without both parts, or a derived measure without any.
    #[error("{0} lacks the parts that its kind needs")]
    MissingParts(String),
    /// More than the catalogue can number.
    #[error("a catalogue holds at most 65,535 indicators")]
    TooMany,
}

impl Catalogue {
    /// Builds the catalogue; the order of `indicators` fixes their keys.
    ///
    /// # Errors
    /// Where codes repeat, or a rate, a balance or a derived measure refers to no measure.
    pub fn new(indicators: Vec<Indicator>) -> Result<Self, CatalogueError> {
        let mut by_code = HashMap::new();
        for (position, indicator) in indicators.iter().enumerate() {
            let key = IndicatorKey::new(position).ok_or(CatalogueError::TooMany)?;
            if by_code.insert(indicator.code.clone(), key).is_some() {
                return Err(CatalogueError::DuplicateCode(indicator.code.clone()));
            }
        }
        let mut catalogue = Self { indicators, parts: Vec::new(), by_code };
        catalogue.parts =
            catalogue.indicators.iter().map(|indicator| catalogue.resolve(indicator)).collect::<Result<_, _>>()?;
        Ok(catalogue)
    }

    fn resolve(&self, indicator: &Indicator) -> Result<Parts, CatalogueError> {
        let measure = |code: &String| {
            let key = self.find(code);
            key.filter(|key| self.get(*key).is_some_and(|part| part.kind != IndicatorKind::Rate))
                .ok_or_else(|| CatalogueError::UnknownPart(indicator.code.clone(), code.clone()))
        };
        let pair = |first: &Option<String>, second: &Option<String>| match (first, second) {
            (Some(first), Some(second)) => Ok((measure(first)?, measure(second)?)),
            _ => Err(CatalogueError::MissingParts(indicator.code.clone())),
        };
        let parts = Parts {
            ratio: (indicator.kind == IndicatorKind::Rate)
                .then(|| pair(&indicator.numerator, &indicator.denominator))
                .transpose()?,
            balance: (indicator.over_time == OverTime::Balance)
                .then(|| pair(&indicator.opening, &indicator.inflow))
                .transpose()?,
            plus: indicator.plus.iter().map(measure).collect::<Result<_, _>>()?,
            minus: indicator.minus.iter().map(measure).collect::<Result<_, _>>()?,
        };
        if indicator.kind == IndicatorKind::Derived && parts.plus.is_empty() {
            return Err(CatalogueError::MissingParts(indicator.code.clone()));
        }
        Ok(parts)
    }

    /// Every indicator with its key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (IndicatorKey, &Indicator)> {
        self.indicators.iter().enumerate().filter_map(|(at, indicator)| Some((IndicatorKey::new(at)?, indicator)))
    }

    /// How many indicators there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indicators.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indicators.is_empty()
    }

    /// The indicator with that code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<IndicatorKey> {
        self.by_code.get(code).copied()
    }

    /// The indicator with that key.
    #[must_use]
    pub fn get(&self, key: IndicatorKey) -> Option<&Indicator> {
        self.indicators.get(key.position())
    }

    /// The parts of the indicator with that key.
    #[must_use]
    pub fn parts(&self, key: IndicatorKey) -> Option<&Parts> {
        self.parts.get(key.position())
    }
}
