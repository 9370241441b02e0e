//! The two counts of a stated rate, and whether they give it.

use super::rule::Rules;
use super::sheet::{Pick, Sheet};
use crate::domain::decimal::{Decimal, MAX_SCALE};
use crate::domain::indicator::{Indicator, Span};
use crate::domain::observation::Observation;
use crate::domain::statistics::divide_half_even;

/// A denominator that a rate may have been divided by.
#[derive(Debug, Clone)]
pub(super) struct Denominator {
    pub value: i128,
    /// Whether everything that it is made of is stated. Where only something to be taken away is missing, the value is the
    /// largest that it can be.
    pub complete: bool,
    pub terms: Vec<(usize, i128)>,
}

/// What a document states of a rate's parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub numerator: Option<(i128, Vec<(usize, i128)>)>,
    /// The catalogue's first.
    pub denominators: Vec<Denominator>,
}

/// How a stated rate stands to counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Within half a unit of the last printed digit.
    True,
    /// The digits after the last printed one were cut off.
    Truncated,
    /// Neither.
    Wrong,
}

/// Whether two whole numbers give a rate at the digits that it is printed with; nothing where one cannot divide.
pub(super) fn verdict(stated: Decimal, numerator: i128, denominator: i128) -> Option<Verdict> {
    if denominator <= 0 || numerator < 0 {
        return None;
    }
    let unit = 10_i128.pow(u32::from(stated.scale()));
    let mantissa = i128::from(stated.mantissa());
    let exact = numerator.checked_mul(200 * unit)?;
    let printed = mantissa.checked_mul(2)?.checked_mul(denominator)?;
    if (printed - exact).abs() <= denominator {
        return Some(Verdict::True);
    }
    let cut = numerator.checked_mul(100 * unit)?.div_euclid(denominator);
    Some(if cut == mantissa { Verdict::Truncated } else { Verdict::Wrong })
}

/// 100 × numerator ÷ denominator with so many decimals, half up.
pub(super) fn percent(numerator: i128, denominator: i128, scale: u8) -> Option<Decimal> {
    if denominator <= 0 || numerator < 0 {
        return None;
    }
    let unit = 10_i128.pow(u32::from(scale.min(MAX_SCALE)));
    let doubled = numerator.checked_mul(200 * unit)?.checked_add(denominator)?;
    let rounded = doubled.div_euclid(denominator.checked_mul(2)?);
    Decimal::new(i64::try_from(rounded).ok()?, scale.min(MAX_SCALE))
}

/// 100 × numerator ÷ denominator in ten-thousandths, half even.
pub(super) fn fixed_percent(numerator: i128, denominator: i128) -> Option<i128> {
    divide_half_even(numerator.checked_mul(1_000_000)?, denominator)
}

/// Whether some whole number of a denominator's things gives the rate, rounded or cut off; else the printed rates of the
/// two whole numbers beside it.
pub(super) fn reachable(stated: Decimal, denominator: i128) -> Option<Result<(), (Decimal, Decimal)>> {
    if denominator <= 0 {
        return None;
    }
    let unit = 10_i128.pow(u32::from(stated.scale()));
    let below = i128::from(stated.mantissa()).checked_mul(denominator)?.div_euclid(100 * unit);
    for count in [below, below + 1] {
        if count <= denominator && verdict(stated, count, denominator)? != Verdict::Wrong {
            return Some(Ok(()));
        }
    }
    let near = |count: i128| percent(count.min(denominator), denominator, stated.scale());
    Some(Err((near(below)?, near(below + 1)?)))
}

fn whole(ten_thousandths: i128) -> Option<i128> {
    (ten_thousandths.rem_euclid(10_000) == 0).then(|| ten_thousandths.div_euclid(10_000))
}

/// Whether figures over the span of a measure can be the parts of a rate over its own: what came in the quarter does not
/// make a rate "to date", nor the year's titles one of today.
fn same_time(rate: Span, numerator: Span) -> bool {
    let stretch = |span| match span {
        Span::Period => 0,
        Span::YearToDate => 1,
        Span::Cumulative | Span::PointInTime => 2,
        Span::Year => 3,
    };
    stretch(rate) == stretch(numerator)
}

/// The counts of a rate that the document states, of the rate's own nature, project and time.
pub(super) fn counts_of(rules: &Rules, sheet: &Sheet<'_>, rate: &Indicator, stated: &Observation) -> Counts {
    let mut counts = Counts::default();
    let Some(above) = rate.numerator.as_deref() else { return counts };
    let own = stated.span == rate.span;
    if own && !sheet.indicator(above).is_some_and(|measure| same_time(rate.span, measure.span)) {
        return counts;
    }
    let pick = Pick { nature: stated.nature, span: (!own).then_some(stated.span), project: stated.project.as_deref() };
    let above = [above.to_owned()];
    let sum = sheet.sum(&above, pick);
    counts.numerator = whole(sum.value).filter(|_| sum.missing.is_empty()).map(|value| (value, sum.terms.clone()));
    let others = rules.also_divides_by.get(&rate.code).into_iter().flatten();
    for code in rate.denominator.iter().chain(others) {
        let codes = [code.clone()];
        let sum = sheet.sum(&codes, pick);
        let adds =
            |missing: &&str| sheet.indicator(code).is_none_or(|below| !below.minus.iter().any(|part| part == *missing));
        if sum.terms.is_empty() || sum.missing.iter().any(adds) {
            continue;
        }
        if let Some(value) = whole(sum.value) {
            counts.denominators.push(Denominator { value, complete: sum.missing.is_empty(), terms: sum.terms });
        }
    }
    counts
}

impl Counts {
    /// The best that any declared denominator makes of a stated rate, and the percentage by the first of them.
    pub fn judge(&self, stated: Decimal) -> Option<(Verdict, &Denominator)> {
        let (numerator, _) = self.numerator.as_ref()?;
        let judged = |below: &Denominator| verdict(stated, *numerator, below.value);
        for wanted in [Verdict::True, Verdict::Truncated] {
            if let Some(found) = self.denominators.iter().find(|below| judged(below) == Some(wanted)) {
                return Some((wanted, found));
            }
        }
        let first = self.denominators.first().filter(|below| judged(below).is_some())?;
        // A smaller denominator than the one known might give it.
        self.denominators.iter().all(|below| below.complete).then_some((Verdict::Wrong, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_stated_rate_is_true_cut_off_or_wrong() {
        // 45/58 = 77.586…; 13/19 = 68.421…; 6/19 = 31.578… (the report of Quảng Minh).
        assert_eq!(verdict(decimal("77.6"), 45, 58), Some(Verdict::True));
        assert_eq!(verdict(decimal("77.5"), 45, 58), Some(Verdict::Truncated));
        assert_eq!(verdict(decimal("77.4"), 45, 58), Some(Verdict::Wrong));
        assert_eq!(verdict(decimal("68.4"), 13, 19), Some(Verdict::True));
        assert_eq!(verdict(decimal("68.4"), 6, 19), Some(Verdict::Wrong));
        assert_eq!(percent(6, 19, 1), Some(decimal("31.6")));
        // Exactly half a unit off: 1/8 = 12.5 as 12 or 13.
        assert_eq!(verdict(decimal("12"), 1, 8), Some(Verdict::True));
        assert_eq!(verdict(decimal("13"), 1, 8), Some(Verdict::True));
        assert_eq!(percent(1, 8, 0), Some(decimal("13")));
        assert_eq!(verdict(decimal("0"), 0, 0), None);
        assert_eq!(fixed_percent(45, 58), Some(775_862));
    }

    #[test]
    fn a_rate_that_no_whole_number_gives_is_known_by_its_denominator() {
        // Of 58: 44 is 75.9, 45 is 77.6 or, cut off, 77.5; 76.5 is neither.
        assert_eq!(reachable(decimal("77.6"), 58), Some(Ok(())));
        assert_eq!(reachable(decimal("77.5"), 58), Some(Ok(())));
        assert_eq!(reachable(decimal("76.5"), 58), Some(Err((decimal("75.9"), decimal("77.6")))));
        assert_eq!(reachable(decimal("100"), 5), Some(Ok(())));
        assert_eq!(reachable(decimal("99.9"), 5), Some(Err((decimal("80.0"), decimal("100.0")))));
        // Whatever the counts are, what they give is reachable, rounded and cut off.
        for denominator in 1_i128..60 {
            for numerator in 0..=denominator {
                for scale in 0..=2 {
                    let rounded = percent(numerator, denominator, scale).unwrap();
                    assert_eq!(reachable(rounded, denominator), Some(Ok(())), "{numerator}/{denominator}");
                    let cut = (numerator * 100 * 10_i128.pow(u32::from(scale))).div_euclid(denominator);
                    let cut = Decimal::new(i64::try_from(cut).unwrap(), scale).unwrap();
                    assert_eq!(reachable(cut, denominator), Some(Ok(())), "{numerator}/{denominator} cut");
                }
            }
        }
    }
}
