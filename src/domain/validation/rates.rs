//! Stated rates against their counts, counts against one another, and counts against lists.

use super::figures::{Figures, UNIT, pointer, spelt};
use super::rules::{CheckKind, Rules, Sides};
use super::{History, Subject};
use crate::domain::decimal::{Decimal, MAX_SCALE};
use crate::domain::finding::{FigureInvolved, Finding, Severity};
use crate::domain::indicator::{Indicator, IndicatorKind, Nature, Span};
use crate::domain::observation::Observation;
use crate::domain::report::ProjectRole;

/// A rate in ten-thousandths of a percent is numerator × this ÷ denominator.
const WHOLE: i128 = 100 * UNIT;

/// How a stated rate stands to its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// Within half a unit of its last printed digit.
    Rounded,
    /// Cut off instead of rounded.
    Truncated,
    /// Neither.
    Wrong,
}

/// One unit of the last digit that a number is printed with, in ten-thousandths.
fn last_digit(value: Decimal) -> i128 {
    10_i128.pow(u32::from(MAX_SCALE - value.scale().min(MAX_SCALE)))
}

/// Holds a stated rate against two counts (in any one unit); the denominator is positive.
pub(super) fn truth(stated: Decimal, numerator: i128, denominator: i128) -> Truth {
    let unit = last_digit(stated);
    // Both sides times the denominator, so that nothing is divided.
    let above = WHOLE * numerator - stated.ten_thousandths() * denominator;
    if 2 * above.abs() <= unit * denominator {
        Truth::Rounded
    } else if (0..unit * denominator).contains(&above) {
        Truth::Truncated
    } else {
        Truth::Wrong
    }
}

/// A rate computed from its counts, half-up at the decimals that it was printed with.
pub(super) fn restated(stated: Decimal, numerator: i128, denominator: i128) -> Option<Decimal> {
    let unit = last_digit(stated);
    let units = (2 * WHOLE * numerator + unit * denominator).checked_div(2 * unit * denominator)?;
    Decimal::new(i64::try_from(units).ok()?, stated.scale())
}

/// Whether some whole count over a denominator gives a stated rate: the GRIM test, cut-off rates accepted.
fn reachable(stated: Decimal, denominator: i128) -> bool {
    let (unit, rate) = (last_digit(stated), stated.ten_thousandths());
    // The smallest count that is not below the rate less half a unit: ceil((2 × rate − unit) × denominator ÷ (2 × WHOLE)).
    let lowest = ((2 * rate - unit) * denominator + 2 * WHOLE - 1).div_euclid(2 * WHOLE).max(0);
    lowest <= denominator && WHOLE * lowest < (rate + unit) * denominator
}

pub(super) fn findings<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    subject: &Subject<'_>,
    figures: &Figures<'_>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (_, indicator) in history.catalogue().iter().filter(|(_, indicator)| indicator.kind == IndicatorKind::Rate) {
        if !indicator.per_project {
            of_counts(rules, history, figures, indicator, &mut found);
        }
    }
    without_counts(rules, history, subject, figures, &mut found);
    complementary(rules, figures, &mut found);
    projects(rules, subject, &mut found);
    lists(rules, history, subject, figures, &mut found);
    found
}

fn names(indicator: &Indicator) -> (&str, &str) {
    (&indicator.name_vi, &indicator.name_en)
}

fn of_counts<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    figures: &Figures<'_>,
    indicator: &Indicator,
    found: &mut Vec<Finding>,
) {
    let catalogue = history.catalogue();
    let Some((above, below)) = indicator.numerator.as_deref().zip(indicator.denominator.as_deref()) else { return };
    let (numerator, denominator) = (figures.measure(catalogue, above), figures.measure(catalogue, below));
    // A title of another year has another denominator.
    let yearly = |code: &str| {
        catalogue.find(code).and_then(|key| catalogue.get(key)).is_some_and(|measure| measure.span == Span::Year)
    };
    if let (Some(upper), Some(lower)) = (numerator, denominator)
        && upper > lower
        && !yearly(above)
        && let Some(check) = rules.check(CheckKind::Subset)
    {
        let sides = Sides { about: names(indicator), left: spelt(upper), right: spelt(lower), difference: None };
        let mut finding = check.finding(&indicator.code, sides);
        finding.figures = vec![figures.involved(above), figures.involved(below)];
        found.push(finding);
    }
    let (Some(stated), Some(lower)) = (figures.value(&indicator.code), denominator.filter(|lower| *lower > 0)) else {
        return;
    };
    let involved = || [&indicator.code, above, below].map(|code| figures.involved(code)).to_vec();
    let Some(upper) = numerator else {
        if indicator.stated_rate_uses_denominator
            && !reachable(stated, lower.div_euclid(UNIT))
            && let Some(check) = rules.check(CheckKind::UnreachableRate)
        {
            let sides =
                Sides { about: names(indicator), left: stated.to_string(), right: spelt(lower), difference: None };
            let mut finding = check.finding(&indicator.code, sides);
            finding.figures = vec![figures.involved(&indicator.code), figures.involved(below)];
            found.push(finding);
        }
        return;
    };
    let kind = match truth(stated, upper, lower) {
        Truth::Rounded => return,
        Truth::Truncated => CheckKind::TruncatedRate,
        Truth::Wrong => CheckKind::StatedRate,
    };
    let computed = (WHOLE * upper * 2 + lower).div_euclid(2 * lower);
    let Some(check) = rules.check(kind) else { return };
    let sides = Sides {
        about: names(indicator),
        left: stated.to_string(),
        right: spelt(computed),
        difference: Some(spelt(stated.ten_thousandths() - computed)),
    };
    let mut finding = check.finding(&indicator.code, sides);
    finding.figures = involved();
    found.push(finding);
}

/// Rates of every nature that come without their counts.
fn without_counts<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    subject: &Subject<'_>,
    figures: &Figures<'_>,
    found: &mut Vec<Finding>,
) {
    let Some(check) = rules.check(CheckKind::RateWithoutCounts) else { return };
    let catalogue = history.catalogue();
    for (at, observation) in subject.document.observations.iter().enumerate() {
        let indicator = catalogue.find(&observation.indicator).and_then(|key| catalogue.get(key));
        let Some(indicator) = indicator.filter(|indicator| indicator.kind == IndicatorKind::Rate) else { continue };
        let counted = |code: &Option<String>| {
            observation.nature == Nature::Actual
                && code.as_deref().is_some_and(|code| figures.is_counted(catalogue, code))
        };
        if counted(&indicator.numerator) && counted(&indicator.denominator)
            || observation.method.is_some()
            || indicator.per_project
        {
            continue;
        }
        let left = if observation.operator.is_bound() {
            format!("{} {}", observation.operator.as_str(), observation.value)
        } else {
            observation.value.to_string()
        };
        let sides = Sides { about: names(indicator), left, right: String::new(), difference: None };
        let key = match observation.nature {
            Nature::Actual => indicator.code.clone(),
            other => format!("{}.{}", indicator.code, other.as_str()),
        };
        let mut finding = check.finding(&key, sides);
        if check.headline.contains(&indicator.code) {
            finding.severity = Severity::Warning;
        }
        finding.figures = vec![involved(at, observation)];
        found.push(finding);
    }
}

fn involved(at: usize, observation: &Observation) -> FigureInvolved {
    FigureInvolved {
        indicator: observation.indicator.clone(),
        nature: observation.nature,
        project: observation.project.clone(),
        value: Some(observation.value),
        pointer: Some(pointer(at)),
    }
}

/// Rates that share out a whole add up to it, within both half units.
fn complementary(rules: &Rules, figures: &Figures<'_>, found: &mut Vec<Finding>) {
    let Some(check) = rules.check(CheckKind::ComplementaryRates) else { return };
    let Some(rates) = check.rates.iter().map(|code| figures.value(code)).collect::<Option<Vec<_>>>() else { return };
    if figures.value(&check.skip_if_zero).is_some_and(|total| total.mantissa() == 0) {
        return;
    }
    let sum: i128 = rates.iter().map(|rate| rate.ten_thousandths()).sum();
    let tolerance: i128 = rates.iter().map(|rate| last_digit(*rate)).sum();
    if 2 * (sum - WHOLE).abs() <= tolerance {
        return;
    }
    let difference = Some(spelt(sum - WHOLE));
    let sides = Sides { about: ("", ""), left: spelt(sum), right: "100".to_owned(), difference };
    let mut finding = check.finding("", sides);
    finding.figures = check.rates.iter().map(|code| figures.involved(code)).collect();
    found.push(finding);
}

/// Money paid against money approved, project by project: a sum over projects would hide an overpayment.
fn projects(rules: &Rules, subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some(check) = rules.check(CheckKind::ProjectSubset) else { return };
    let of = |code: &str| {
        let code = code.to_owned();
        let figures = subject.document.observations.iter().enumerate();
        figures.filter(move |(_, figure)| {
            figure.indicator == code && figure.nature == Nature::Actual && !figure.operator.is_bound()
        })
    };
    for (at, paid) in of(&check.paid) {
        let same = |(_, other): &(usize, &Observation)| other.project == paid.project && other.span == paid.span;
        let Some((approved_at, approved)) = of(&check.approved).find(same) else { continue };
        if paid.value.ten_thousandths() <= approved.value.ten_thousandths() {
            continue;
        }
        let project = paid.project.as_deref().unwrap_or("–");
        let (left, right) = (paid.value.to_string(), approved.value.to_string());
        let difference = Some(spelt(paid.value.ten_thousandths() - approved.value.ten_thousandths()));
        let mut finding = check.finding(project, Sides { about: (project, project), left, right, difference });
        finding.figures = vec![involved(at, paid), involved(approved_at, approved)];
        found.push(finding);
    }
}

/// A number in words against the list that it counts.
fn lists<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    subject: &Subject<'_>,
    figures: &Figures<'_>,
    found: &mut Vec<Finding>,
) {
    let Some(check) = rules.check(CheckKind::CountOfList) else { return };
    let document = subject.document;
    let conversions = document.projects.iter().filter(|project| project.roles.contains(&ProjectRole::LandConversion));
    let listed = [
        ("directive_documents_issued", document.issued_documents.len(), "/issuedDocuments"),
        ("land_conversion_projects_registered", conversions.count(), "/projects"),
    ];
    for (code, count, place) in listed.into_iter().filter(|(_, count, _)| *count > 0) {
        let catalogue = history.catalogue();
        let Some(indicator) = catalogue.find(code).and_then(|key| catalogue.get(key)) else { continue };
        let Some(stated) = figures.value(code).filter(|stated| usize::try_from(stated.mantissa()) != Ok(count)) else {
            continue;
        };
        let sides =
            Sides { about: names(indicator), left: stated.to_string(), right: count.to_string(), difference: None };
        let mut finding = check.finding(code, sides);
        finding.figures = vec![figures.involved(code)];
        finding.pointers = vec![place.to_owned()];
        found.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_rate_is_true_cut_off_or_wrong() {
        // 45/58 = 77.586…: 77.6 rounded, 77.5 cut off. 13/19 = 68.421…; 6/19 = 31.578….
        assert_eq!(truth(decimal("77.6"), 45, 58), Truth::Rounded);
        assert_eq!(truth(decimal("77.5"), 45, 58), Truth::Truncated);
        assert_eq!(truth(decimal("68.4"), 13, 19), Truth::Rounded);
        assert_eq!(truth(decimal("68.4"), 6, 19), Truth::Wrong);
        assert_eq!(restated(decimal("68.4"), 6, 19), Some(decimal("31.6")));
        assert_eq!(restated(decimal("12.5"), 1, 16), Some(decimal("6.3")), "6.25 is half-up");
        assert_eq!(truth(decimal("25"), 1, 4), Truth::Rounded);
    }

    #[test]
    fn some_rates_no_whole_count_can_give() {
        // Over 58: 44 gives 75.86, 45 gives 77.59; so 76.5 is out of reach, 77.5 is 45 cut off.
        assert!(!reachable(decimal("76.5"), 58));
        assert!(reachable(decimal("77.5"), 58));
        assert!(reachable(decimal("100"), 5));
        assert!(!reachable(decimal("99"), 5));
        assert!(reachable(decimal("0"), 5));
    }
}
