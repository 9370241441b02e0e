//! Comparisons of two sums of figures, as the rules file writes them.

use std::cmp::Ordering;

use super::check::{Comparison, Missing, Operator, Side, Tolerance};
use super::ledger::{Ledger, Raised, Skip};
use super::message::{Said, plain};
use super::sheet::{Pick, Sheet, Sum};
use super::{Context, History};
use crate::domain::decimal::Decimal;
use crate::domain::finding::Severity;
use crate::domain::statistics::divide_half_even;

/// A balance or a true subset over figures of the document: Σ sign × figure stands to `bound` as `operator` says.
/// Numbers are in ten-thousandths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Constraint {
    /// The id of the finding that it raises.
    pub id: String,
    pub terms: Vec<(usize, i128)>,
    pub bound: i128,
    pub operator: Operator,
}

impl Constraint {
    /// Whether it holds where the figures have these values.
    pub fn holds(&self, value: impl Fn(usize) -> i128) -> bool {
        let sum: i128 = self.terms.iter().map(|(at, sign)| sign * value(*at)).sum();
        satisfied(self.operator, sum.cmp(&self.bound))
    }

    /// What is missing on the left side.
    pub fn lack(&self, value: impl Fn(usize) -> i128) -> i128 {
        self.bound - self.terms.iter().map(|(at, sign)| sign * value(*at)).sum::<i128>()
    }
}

/// Whether an order of left and right is what an operator asks for.
pub(super) const fn satisfied(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::EqualTo => order.is_eq(),
        Operator::NotEqualTo => order.is_ne(),
        Operator::GreaterThan => order.is_gt(),
        Operator::GreaterThanOrEqualTo => order.is_ge(),
        Operator::LessThan => order.is_lt(),
        Operator::LessThanOrEqualTo => order.is_le(),
        Operator::CompulsoryPair | Operator::ExclusivePair => true,
    }
}

/// A side: a fraction of ten-thousandths, with the figures that made it.
struct Reckoned<'a> {
    value: i128,
    divisor: i128,
    sums: Vec<Sum<'a>>,
}

impl Reckoned<'_> {
    fn has_any(&self) -> bool {
        self.sums.is_empty() || self.sums.iter().any(|sum| !sum.terms.is_empty())
    }

    fn missing(&self) -> impl Iterator<Item = &str> {
        self.sums.iter().flat_map(|sum| sum.missing.iter().copied())
    }

    fn terms(&self) -> impl Iterator<Item = usize> {
        self.sums.iter().flat_map(|sum| sum.terms.iter().map(|(at, _)| *at))
    }

    fn rounded(&self) -> i128 {
        divide_half_even(self.value, self.divisor).unwrap_or(self.value)
    }
}

fn reckon<'c>(sheet: &Sheet<'c>, side: &'c Side, pick: Pick<'_>) -> Option<Reckoned<'c>> {
    Some(match side {
        Side::Sum(codes) => {
            let sum = sheet.sum(codes, pick);
            Reckoned { value: sum.value, divisor: 1, sums: vec![sum] }
        }
        Side::Number { number } => Reckoned { value: number.ten_thousandths(), divisor: 1, sums: Vec::new() },
        Side::Percent { percent_of, over } => {
            let (above, below) = (sheet.sum(percent_of, pick), sheet.sum(over, pick));
            if below.value <= 0 && below.missing.is_empty() {
                return None;
            }
            let divisor = below.value.max(1);
            Reckoned { value: above.value.checked_mul(1_000_000)?, divisor, sums: vec![above, below] }
        }
    })
}

/// Half a unit of the last printed digit, in ten-thousandths.
pub(super) fn half_unit(value: Decimal) -> i128 {
    match value.scale() {
        0 => 5_000,
        1 => 500,
        2 => 50,
        3 => 5,
        // Half of the last digit kept is below what is reckoned with.
        _ => 1,
    }
}

fn applies<H: History + ?Sized>(context: &Context<'_, H>, rule: &Comparison, ledger: &mut Ledger<'_>) -> bool {
    let sheet = &context.sheet;
    let value = |code: &str| sheet.actual(code).map(|(_, value)| value.ten_thousandths());
    if !rule.unless_stated.is_empty() && rule.unless_stated.iter().all(|code| value(code).is_some()) {
        ledger.skip(Skip::Because("another comparison of the rule has the fuller figures"));
        return false;
    }
    if let Some((first, second)) = &rule.unless_equal
        && value(first).is_some()
        && value(first) == value(second)
    {
        ledger.skip(Skip::Because("the total seems to leave out what was carried over"));
        return false;
    }
    if rule.unless_zero.as_ref().is_some_and(|code| value(code) == Some(0)) {
        ledger.skip(Skip::Because("nothing to divide by"));
        return false;
    }
    if let Some(condition) = &rule.when_method {
        let asked = |(_, observation): (usize, &crate::domain::observation::Observation)| observation.method;
        if sheet.find(&condition.indicator, Pick::ACTUAL).and_then(asked) != Some(condition.method) {
            ledger.skip(Skip::Because("only for figures got by the method that the rule is about"));
            return false;
        }
    }
    true
}

/// Makes the comparison, for every project where the rule says so.
pub(super) fn compare<'a, H: History + ?Sized>(
    context: &Context<'a, H>,
    rule: &'a Comparison,
    ledger: &mut Ledger<'_>,
    constraints: &mut Vec<Constraint>,
) {
    if !applies(context, rule, ledger) {
        return;
    }
    let sheet = &context.sheet;
    if !rule.per_project {
        one(sheet, rule, Pick::ACTUAL, ledger, constraints);
        return;
    }
    let projects = sheet.projects(rule.left.codes().chain(rule.right.codes()));
    for project in std::iter::once(None).chain(projects.into_iter().map(Some)) {
        one(sheet, rule, Pick { project, ..Pick::ACTUAL }, ledger, constraints);
    }
}

fn one<'a>(
    sheet: &Sheet<'a>,
    rule: &'a Comparison,
    pick: Pick<'_>,
    ledger: &mut Ledger<'_>,
    constraints: &mut Vec<Constraint>,
) {
    let (Some(left), Some(right)) = (reckon(sheet, &rule.left, pick), reckon(sheet, &rule.right, pick)) else {
        ledger.skip(Skip::Because("nothing to divide by"));
        return;
    };
    let (has_left, has_right) = (left.has_any(), right.has_any());
    let paired = match rule.operator {
        Operator::CompulsoryPair => Some(has_left == has_right),
        Operator::ExclusivePair => Some(!(has_left && has_right)),
        _ => None,
    };
    if paired.is_none() {
        let missing: Vec<String> = left.missing().chain(right.missing()).map(ToOwned::to_owned).collect();
        let skips = match rule.missing {
            Missing::SkipIfAny => !missing.is_empty(),
            Missing::SkipIfAll => left.terms().chain(right.terms()).next().is_none(),
            Missing::NeverSkip => false,
        };
        if skips {
            if pick.project.is_none() && rule.per_project && left.terms().chain(right.terms()).next().is_none() {
                return;
            }
            ledger.skip(Skip::Missing(missing));
            return;
        }
    }
    let (Some(scaled_left), Some(scaled_right)) =
        (left.value.checked_mul(right.divisor), right.value.checked_mul(left.divisor))
    else {
        ledger.skip(Skip::Because("the numbers are too large to compare"));
        return;
    };
    ledger.test();
    let about = pick.project.unwrap_or_default();
    let terms: Vec<usize> = left.terms().chain(right.terms()).collect();
    let slack: i128 = match rule.tolerance {
        Tolerance::None => 0,
        Tolerance::Printed => terms.iter().filter_map(|at| sheet.get(*at)).map(|figure| half_unit(figure.value)).sum(),
    };
    let within = (scaled_left - scaled_right).unsigned_abs() <= (slack * left.divisor * right.divisor).unsigned_abs();
    let order = if within { Ordering::Equal } else { scaled_left.cmp(&scaled_right) };
    let holds = paired.unwrap_or_else(|| satisfied(rule.operator, order));
    let before = ledger.findings.len();
    if !holds {
        let (l, r) = (left.rounded(), right.rounded());
        ledger.raise(Raised {
            about: about.to_owned(),
            left: has_left.then(|| plain(l)),
            right: has_right.then(|| plain(r)),
            difference: (has_left && has_right).then(|| plain(l - r)),
            figures: terms.iter().filter_map(|at| sheet.involved(*at)).collect(),
            words: vec![("project", Said::same(about))],
            ..Raised::default()
        });
    }
    let linear = left.divisor == 1 && right.divisor == 1 && slack == 0 && paired.is_none();
    if linear && ledger.rule.severity == Severity::Error {
        let id = ledger.findings.get(before).map_or_else(String::new, |finding| finding.id.clone());
        let signed = |sums: &[Sum<'_>], sign: i128| -> Vec<(usize, i128)> {
            sums.iter().flat_map(|sum| &sum.terms).map(|(at, own)| (*at, own * sign)).collect()
        };
        let mut all = signed(&left.sums, 1);
        all.extend(signed(&right.sums, -1));
        let constant = |sums: &[Sum<'_>], value: i128| if sums.is_empty() { value } else { 0 };
        let bound = constant(&right.sums, right.value) - constant(&left.sums, left.value);
        constraints.push(Constraint { id, terms: all, bound, operator: rule.operator });
    }
}
