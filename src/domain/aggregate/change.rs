//! Comparing two quarters over the wards present in both, so that a change is never a change of reporters.

use super::Published;
use super::answer::{Difference, DifferenceReason, Interval, Trend};
use super::part::{Amount, Part};
use super::reader::Reader;
use super::sum::Sum;
use super::territory::{Territory, Wards};
use crate::domain::area::AreaKey;
use crate::domain::indicator::{Direction, Frequency, IndicatorKind, OverAreas};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::statistics::{Fixed4, Ratio, newcombe};

/// The shares of contributing wards may be that far apart, in hundredths.
const COVERAGE_GAP: usize = 10;

/// The wards of an area in a quarter, with what they contribute.
pub(super) struct Panel<'a, 'p, P: Published> {
    pub territory: &'p Territory<'a, P>,
    pub reader: &'p Reader<'a, P>,
    pub area: AreaKey,
    pub wards: &'p Wards<'a>,
    pub parts: &'p [Part],
    pub quarter: Quarter,
    /// Only wards that asked in this way.
    pub method: Option<SurveyMethod>,
}

/// One side of a comparison.
#[derive(Default)]
struct Side {
    ratio: Option<Ratio>,
    /// In ten-thousandths.
    total: i128,
    stated: Option<i128>,
    estimated: bool,
    wards: usize,
    synthetic: bool,
}

impl<P: Published> Panel<'_, '_, P> {
    /// The change since an earlier quarter; nothing where the earlier quarter has nothing of these wards.
    pub(super) fn compare(&self, earlier: Quarter, a_year_apart: bool) -> Option<Difference> {
        let mut before = self.reader.read_before(self.wards, earlier);
        if let Some(method) = self.method {
            before = Part::asked_by(&before, method);
        }
        if !before.iter().any(|part| part.amount.is_ok()) {
            return self.area_differs(earlier).then(|| self.refuse(earlier, DifferenceReason::AreaDiffers));
        }
        let indicator = self.reader.indicator();
        if indicator.frequency == Frequency::Annual && !a_year_apart {
            return Some(self.refuse(earlier, DifferenceReason::Annual));
        }
        let (from, to) =
            (self.territory.source.calendar().cut_off(earlier), self.territory.source.calendar().cut_off(self.quarter));
        let between = |boundary: Option<chrono::NaiveDate>| boundary.is_some_and(|date| from < date && date <= to);
        if between(indicator.valid_from) || between(indicator.valid_to) {
            return Some(self.refuse(earlier, DifferenceReason::DefinitionDiffers));
        }
        if self.wards.len() > 1 && indicator.over_areas == OverAreas::None {
            return None;
        }
        let several = self.wards.len() > 1;
        if several && Sum::of(&before).too_few_contribute() {
            return Some(self.refuse(earlier, DifferenceReason::TooFewContribute));
        }
        let contributing = |parts: &[Part]| {
            let counts = |amount: Amount| !several || amount != Amount::StatedOnly;
            parts.iter().filter(|part| part.amount.is_ok_and(counts)).count()
        };
        let gap = contributing(self.parts).abs_diff(contributing(&before));
        let (mut now, mut then, mut asked) = (Side::default(), Side::default(), None);
        for (present, past) in self.parts.iter().zip(before.iter()) {
            let (Ok(present_amount), Ok(past_amount)) = (present.amount, past.amount) else { continue };
            // Over several wards a rate without a denominator is no part of the value, so neither of its change.
            if several && (present_amount == Amount::StatedOnly || past_amount == Amount::StatedOnly) {
                continue;
            }
            if std::mem::discriminant(&present_amount) != std::mem::discriminant(&past_amount) {
                return Some(self.refuse(earlier, DifferenceReason::BasisDiffers));
            }
            if indicator.survey && (present.asked != past.asked || *asked.get_or_insert(past.asked) != past.asked) {
                return Some(self.refuse(earlier, DifferenceReason::MethodsDiffer));
            }
            now.add(present_amount, present);
            then.add(past_amount, past);
        }
        if now.wards == 0 {
            return Some(self.refuse(earlier, DifferenceReason::NoCommonWards));
        }
        let (Some(to), Some(from)) = (now.value(), then.value()) else {
            return Some(self.refuse(earlier, DifferenceReason::ZeroDenominator));
        };
        let difference = Fixed4::from_ten_thousandths(to.ten_thousandths() - from.ten_thousandths());
        let interval = now.counts().zip(then.counts()).and_then(|(now, then)| Interval::of(newcombe(now, then)?));
        let mut found = Difference {
            difference: Some(difference),
            from: Some(from),
            wards: now.wards,
            synthetic: then.synthetic,
            interval,
            ..nothing(earlier)
        };
        if self.has_trend() {
            let differs = (gap * 100 > COVERAGE_GAP * self.wards.len()).then_some(DifferenceReason::CoverageDiffers);
            let counts = interval.is_none().then_some(DifferenceReason::NoCounts);
            found.reasons = [differs.or(counts), differs.and(counts)];
            found.trend = Some(match interval {
                Some(interval) if differs.is_none() => trend(interval, indicator.direction),
                _ => Trend::NotComparable,
            });
        }
        Some(found)
    }

    /// Whether more, or less, of the indicator is better, and its difference has an interval that could show it.
    fn has_trend(&self) -> bool {
        let indicator = self.reader.indicator();
        indicator.kind == IndicatorKind::Rate && indicator.direction != Direction::Neutral
    }

    fn refuse(&self, quarter: Quarter, reason: DifferenceReason) -> Difference {
        let trend = self.has_trend().then_some(Trend::NotComparable);
        Difference { trend, reasons: [Some(reason), None], ..nothing(quarter) }
    }

    /// Whether the area came out of others between the two quarters, each of which has its own boundaries.
    fn area_differs(&self, earlier: Quarter) -> bool {
        if self.territory.boundaries.is_some() {
            return false;
        }
        let areas = self.territory.source.areas();
        let date = self.territory.source.calendar().cut_off(earlier);
        areas.get(self.area).is_some_and(|area| area.on(date).is_none()) && !areas.predecessors(self.area).is_empty()
    }
}

impl Side {
    fn add(&mut self, amount: Amount, part: &Part) {
        self.wards += 1;
        self.synthetic |= part.synthetic;
        self.estimated |= matches!(amount, Amount::Estimated(_));
        match amount {
            Amount::Counts(share) | Amount::Estimated(share) => {
                self.ratio = Some(self.ratio.unwrap_or_default().plus(share.ratio()));
            }
            Amount::Total(total) => self.total += total.in_ten_thousandths(),
            Amount::StatedOnly => self.stated = part.stated.map(|stated| stated.ten_thousandths()),
        }
    }

    /// Successes and trials, where every ward has counted them.
    fn counts(&self) -> Option<(i64, i64)> {
        self.ratio.filter(|_| !self.estimated)?.as_counts()
    }

    /// The value; nothing where there is nothing to divide by, which is not zero.
    fn value(&self) -> Option<Fixed4> {
        match (self.ratio, self.stated) {
            (Some(ratio), _) => ratio.percent(),
            (None, Some(stated)) => Some(Fixed4::from_ten_thousandths(stated)),
            (None, None) => Some(Fixed4::from_ten_thousandths(self.total)),
        }
    }
}

/// A comparison that has not found anything yet.
const fn nothing(quarter: Quarter) -> Difference {
    Difference {
        quarter,
        difference: None,
        from: None,
        wards: 0,
        synthetic: false,
        interval: None,
        trend: None,
        reasons: [None; 2],
    }
}

/// By the ends as they are shown, so that a reader who looks at them says the same.
fn trend(interval: Interval, direction: Direction) -> Trend {
    let zero = Fixed4::default();
    match (interval.lower > zero, interval.upper < zero) {
        (false, false) => Trend::NoSignificantChange,
        (rises, _) if rises == (direction == Direction::Higher) => Trend::Better,
        _ => Trend::Worse,
    }
}
