//! What rules do, with their parameters, as the rules file writes them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::area::AreaKind;
use crate::domain::decimal::Decimal;
use crate::domain::observation::SurveyMethod;
use crate::domain::report::ProjectRole;

/// How the two sides of a rule must stand to each other; the names are those of DHIS2's validation rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operator {
    EqualTo,
    NotEqualTo,
    GreaterThan,
    GreaterThanOrEqualTo,
    LessThan,
    LessThanOrEqualTo,
    /// Both sides have a value, or neither.
    CompulsoryPair,
    /// At most one side has a value.
    ExclusivePair,
}

/// What to do where a side lacks a figure; DHIS2's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
pub(super) enum Missing {
    /// No comparison unless everything is stated.
    #[default]
    #[serde(rename = "SKIP_IF_ANY_VALUE_MISSING")]
    SkipIfAny,
    /// A comparison of what is stated, if there is anything.
    #[serde(rename = "SKIP_IF_ALL_VALUES_MISSING")]
    SkipIfAll,
    /// A comparison in any case.
    #[serde(rename = "NEVER_SKIP")]
    NeverSkip,
}

/// By how much the sides may differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tolerance {
    /// Not at all.
    #[default]
    None,
    /// By the sum of half a unit of the last printed digit of every figure involved.
    Printed,
}

/// One side of a comparison.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Side {
    /// Indicators added; those written `-code` taken away.
    Sum(Vec<String>),
    /// 100 × one sum ÷ another.
    Percent { percent_of: Vec<String>, over: Vec<String> },
    /// A number.
    Number { number: Decimal },
}

impl Side {
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let (first, second): (&[String], &[String]) = match self {
            Self::Sum(codes) => (codes, &[]),
            Self::Percent { percent_of, over } => (percent_of, over),
            Self::Number { .. } => (&[], &[]),
        };
        first.iter().chain(second).map(|code| code.strip_prefix('-').unwrap_or(code))
    }
}

/// A rate whose figures must come from people asked in one way.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MethodCondition {
    pub indicator: String,
    pub method: SurveyMethod,
}

/// Two sums and how they must stand to each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Comparison {
    pub left: Side,
    pub operator: Operator,
    pub right: Side,
    #[serde(default)]
    pub missing: Missing,
    #[serde(default)]
    pub tolerance: Tolerance,
    /// Not where all of these are stated.
    #[serde(default)]
    pub unless_stated: Vec<String>,
    /// Not where these two are equal.
    #[serde(default)]
    pub unless_equal: Option<(String, String)>,
    /// Not where this is stated and nought.
    #[serde(default)]
    pub unless_zero: Option<String>,
    #[serde(default)]
    pub when_method: Option<MethodCondition>,
    /// Once for every project instead of once for the report.
    #[serde(default)]
    pub per_project: bool,
}

/// Which rates a rule is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rates {
    /// These only; all that no other rule of the kind names where empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Not these.
    #[serde(default)]
    pub except: Vec<String>,
}

/// Words out of use and what took their place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renamed {
    pub old: Vec<String>,
    pub new: String,
    /// The first day of the new words.
    pub since: NaiveDate,
}

/// What a list of the report is counted against.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub indicator: String,
    /// Projects in this role; the documents issued where absent.
    #[serde(default)]
    pub role: Option<ProjectRole>,
}

/// A stock at the beginning and the stock at an end that it continues.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Continued {
    pub opening: String,
    pub closing: String,
    /// How many quarters back the end may lie.
    pub quarters: i32,
}

/// What a rule does. Each kind is explained where it is carried out.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Check {
    Compare(Comparison),
    Repairs {},
    StatedRate(Rates),
    ReachableRate(Rates),
    NumeratorWithinDenominator(Rates),
    RateWithoutCounts {
        headline: Vec<String>,
    },
    BoundedRate {},
    RatesApart {
        first: String,
        second: String,
        points: u8,
    },
    ReceptionWeeks {
        indicator: String,
    },
    PrintedFraction {},
    OneValue {},
    Claim {
        indicator: String,
        rate: String,
        phrases: Vec<String>,
    },
    ListCount {
        lists: Vec<Listed>,
        nouns: Vec<String>,
        numerals: BTreeMap<String, u32>,
        introduces: Vec<String>,
    },
    DocumentWindow {},
    DocumentOrder {},
    DocumentYear {
        next_year_from_month: u32,
        last_year_until_month: u32,
        looking_back: Vec<String>,
    },
    DocumentWorkingDay {},
    UnitName {
        bodies: Vec<String>,
    },
    ParentName {
        party_committee: String,
    },
    Subunit {
        words: BTreeMap<AreaKind, String>,
    },
    Header {},
    SymbolIssuer {
        issuers: BTreeMap<String, Vec<String>>,
    },
    ActInForce {},
    Vocabulary {
        renamed: Vec<Renamed>,
    },
    PeriodLabel {
        numbered: Vec<String>,
    },
    Addressee {
        bodies: Vec<String>,
    },
    ContinuedStock {
        stocks: Vec<Continued>,
    },
    YearToDate {},
    Copied {
        at_least: u32,
        percent: u32,
    },
    EarlierValue {},
    Magnitude {
        factor: u32,
        indicators: Vec<String>,
    },
    OwnOutlier {
        quarters: i32,
    },
    PeerBand {
        of: String,
        per: String,
        quarters: i32,
        peers: usize,
    },
    /// Against what agencies sent.
    PushedDiffers {},
    /// Held by the form: what breaks it cannot be entered.
    Form {},
}

impl Check {
    /// Every indicator that it names.
    pub fn indicators(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = Vec::new();
        match self {
            Check::Compare(comparison) => {
                codes.extend(comparison.left.codes().chain(comparison.right.codes()));
                codes.extend(comparison.unless_stated.iter().map(String::as_str));
                codes.extend(comparison.unless_zero.as_deref());
                codes.extend(comparison.when_method.iter().map(|condition| condition.indicator.as_str()));
                codes.extend(comparison.unless_equal.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]));
            }
            Check::StatedRate(rates) | Check::ReachableRate(rates) | Check::NumeratorWithinDenominator(rates) => {
                codes.extend(rates.only.iter().chain(&rates.except).map(String::as_str));
            }
            Check::RateWithoutCounts { headline } => codes.extend(headline.iter().map(String::as_str)),
            Check::RatesApart { first, second, .. } => codes.extend([first.as_str(), second.as_str()]),
            Check::ReceptionWeeks { indicator } => codes.push(indicator),
            Check::Claim { indicator, rate, .. } => codes.extend([indicator.as_str(), rate.as_str()]),
            Check::ListCount { lists, .. } => codes.extend(lists.iter().map(|list| list.indicator.as_str())),
            Check::ContinuedStock { stocks } => {
                codes.extend(stocks.iter().flat_map(|stock| [stock.opening.as_str(), stock.closing.as_str()]));
            }
            Check::Magnitude { indicators, .. } => codes.extend(indicators.iter().map(String::as_str)),
            Check::PeerBand { of, per, .. } => codes.extend([of.as_str(), per.as_str()]),
            _ => {}
        }
        codes
    }
}
