//! How far a value is towards its target.

use super::answer::{Aggregate, Attainment};
use super::query::{Period, PeriodSpan};
use crate::domain::indicator::{Direction, Indicator, Nature, OverTime};
use crate::domain::statistics::{Fixed4, divide_half_even};

/// The value against the target, both as they are shown. Nothing without either, and where neither more nor less is
/// better.
///
/// A target is for a year. A rate or a stock can be held against it in every quarter; what adds up over quarters only from
/// the year's first quarter on, and where less is better only over the whole year, because half a year is always less.
pub(super) fn attainment(aggregate: &Aggregate, indicator: &Indicator) -> Option<Attainment> {
    let (value, target) = (aggregate.value?, aggregate.target.as_ref()?);
    let higher = match indicator.direction {
        Direction::Higher => true,
        Direction::Lower => false,
        Direction::Neutral => return None,
    };
    let adds = matches!(indicator.over_time, OverTime::Sum | OverTime::Balance);
    if aggregate.nature != Nature::Actual || !comparable_over(aggregate.period, adds, higher) {
        return None;
    }
    let target = Fixed4::from_ten_thousandths(target.value.ten_thousandths());
    let (above, below) = if higher { (value, target) } else { (target, value) };
    let percent = divide_half_even(above.ten_thousandths() * 1_000_000, below.ten_thousandths());
    Some(Attainment {
        percent: percent.map(Fixed4::from_ten_thousandths),
        gap: Fixed4::from_ten_thousandths(value.ten_thousandths() - target.ten_thousandths()),
        met: if higher { value >= target } else { value <= target },
    })
}

fn comparable_over(period: PeriodSpan, adds: bool, higher: bool) -> bool {
    let (first, last) = (period.first, period.last);
    if first.year() != last.year() {
        return false;
    }
    !adds || (period.kind != Period::Quarter && first.index() == 1 && (higher || last.index() == 4))
}
