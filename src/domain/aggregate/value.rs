//! One value: what its wards' contributions add up to, and what must be known beside it.

use std::sync::Arc;

use chrono::NaiveDate;

use super::answer::{
    Aggregate, Basis, Change, Coverage, Interval, Missing, MissingReason, NullReason, StatedMean, Status, TargetSource,
    TargetValue,
};
use super::asked::Asked;
use super::attainment::attainment;
use super::change::Panel;
use super::part::{Amount, Part};
use super::query::{AggregateQuery, Period, PeriodSpan};
use super::reader::Reader;
use super::sum::Sum;
use super::territory::Territory;
use super::{Published, ValueKey};
use crate::domain::area::AreaKey;
use crate::domain::decimal::MAX_SAFE_INTEGER;
use crate::domain::indicator::{IndicatorKey, IndicatorKind, OverAreas, OverTime};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::statistics::{Fixed4, Ratio, divide_half_even, wilson};

/// One indicator of a query.
pub(super) struct One<'a, 'q, P: Published> {
    pub territory: &'q Territory<'a, P>,
    pub reader: &'q Reader<'a, P>,
    pub key: IndicatorKey,
    pub query: &'q AggregateQuery,
}

impl<P: Published> One<'_, '_, P> {
    /// The value, computed once for what is published: single quarters are asked for again and again, in every range
    /// and every company of other indicators.
    pub(super) fn remembered(&self, area: AreaKey, span: PeriodSpan, cut_off: NaiveDate) -> Arc<Aggregate> {
        if span.kind != Period::Quarter || self.query.method.is_some() {
            return Arc::new(self.value(area, span, cut_off));
        }
        let key = ValueKey {
            area,
            indicator: self.key,
            nature: self.query.nature,
            quarter: span.last,
            boundaries: self.query.boundaries,
        };
        if let Some(known) = self.territory.source.remembered(key) {
            return known;
        }
        let value = Arc::new(self.value(area, span, cut_off));
        self.territory.source.remember(key, &value);
        value
    }

    fn value(&self, area: AreaKey, span: PeriodSpan, cut_off: NaiveDate) -> Aggregate {
        let found = self.territory.wards(area, cut_off);
        let divided = found.is_none();
        let wards = &found.unwrap_or_default();
        let quarters: Vec<Quarter> = span.first.through(span.last).collect();
        let mut parts = self.reader.read(wards, &quarters);
        if let Some(method) = self.query.method.filter(|_| self.reader.indicator().survey) {
            parts = Part::asked_by(&parts, method);
        }
        let mut aggregate = self.empty(area, span, cut_off);
        aggregate.coverage = self.coverage(wards, &parts, &quarters);
        aggregate.target = self.target(area, wards, span);
        aggregate.former = self.query.boundaries.is_some_and(|day| day <= cut_off) && !self.existed(area, cut_off);
        let single = **wards == [area];
        if single {
            aggregate.stated = parts.first().and_then(|part| part.stated);
        }
        let sum = Sum::of(&parts);
        // Within the boundaries of another day an area has figures where anything reported for its ground.
        let recast = self.query.boundaries.is_some();
        aggregate.reason = if divided {
            Some(NullReason::AreaDivided)
        } else if (recast && !wards.is_empty()) || (!recast && self.existed(area, cut_off)) {
            self.put(&mut aggregate, &sum, &parts, single, quarters.len())
        } else {
            Some(NullReason::AreaDidNotExist)
        };
        if aggregate.reason.is_some() {
            (aggregate.value, aggregate.basis) = (None, None);
        }
        aggregate.attainment = attainment(&aggregate, self.reader.indicator());
        if sum.contested {
            let contested = wards.iter().zip(parts.iter()).filter(|(_, part)| part.contested && part.amount.is_ok());
            aggregate.contested = contested.map(|(ward, _)| *ward).collect();
        }
        (aggregate.value_synthetic, aggregate.synthetic) = (sum.synthetic, sum.synthetic);
        let mixed = aggregate.reason == Some(NullReason::MethodsDiffer);
        if !single && !mixed && self.reader.indicator().kind == IndicatorKind::Rate {
            aggregate.stated_mean = stated_mean(&parts);
        }
        aggregate.status = self.status(&aggregate, &sum);
        if span.kind == Period::Quarter && aggregate.value.is_some() {
            let method = self.query.method.filter(|_| self.reader.indicator().survey);
            let (territory, reader, quarter) = (self.territory, self.reader, span.last);
            let panel = Panel { territory, reader, area, wards, parts: &parts, quarter, method };
            let change = |quarter: Option<Quarter>, annual| quarter.and_then(|earlier| panel.compare(earlier, annual));
            aggregate.change = Change {
                previous_quarter: change(quarter.previous(), false),
                previous_year: change(quarter.previous_year(), true),
            };
            let compared = [aggregate.change.previous_quarter, aggregate.change.previous_year];
            aggregate.synthetic |= compared.iter().flatten().any(|difference| difference.synthetic);
        }
        aggregate
    }

    const fn empty(&self, area: AreaKey, period: PeriodSpan, cut_off: NaiveDate) -> Aggregate {
        Aggregate {
            area,
            cut_off,
            boundaries: self.query.boundaries,
            former: false,
            period,
            indicator: self.key,
            nature: self.query.nature,
            value: None,
            reason: None,
            stated: None,
            stated_mean: None,
            ratio: None,
            estimated_share: None,
            denominator_quarter: None,
            basis: None,
            status: Status::Missing,
            contested: Vec::new(),
            value_synthetic: false,
            synthetic: false,
            method: None,
            interval: None,
            coverage: Coverage { expected: 0, reported: 0, included: 0, missing: Vec::new() },
            change: Change { previous_quarter: None, previous_year: None },
            target: None,
            attainment: None,
        }
    }

    fn existed(&self, area: AreaKey, cut_off: NaiveDate) -> bool {
        self.territory.source.areas().get(area).is_some_and(|found| found.on(cut_off).is_some())
    }

    /// Whether the value's ground is other than that of the quarter before, so that the two make no series.
    fn breaks(&self, aggregate: &Aggregate) -> bool {
        let calendar = self.territory.source.calendar();
        let before = aggregate.period.first.previous().filter(|_| self.query.boundaries.is_none());
        let differs = |earlier: Quarter| {
            let earlier = calendar.cut_off(earlier);
            self.territory.source.areas().ground_differs(aggregate.area, earlier, aggregate.cut_off)
        };
        before.is_some_and(differs)
    }

    fn status(&self, aggregate: &Aggregate, sum: &Sum) -> Status {
        match aggregate.reason {
            Some(NullReason::AreaDidNotExist | NullReason::ZeroDenominator) => Status::CannotExist,
            Some(NullReason::NoData) if aggregate.coverage.reported == 0 => Status::NotCollected,
            Some(_) => Status::Missing,
            None if self.breaks(aggregate) => Status::Break,
            None if sum.estimated => Status::Estimated,
            None if !aggregate.is_whole() => Status::Provisional,
            None if sum.contested => Status::LowReliability,
            None => Status::Normal,
        }
    }

    fn coverage(&self, wards: &[AreaKey], parts: &[Part], quarters: &[Quarter]) -> Coverage {
        let reported = self.reader.reporters(wards, quarters);
        let mut coverage = Coverage { expected: wards.len(), reported, ..Coverage::default() };
        for (ward, part) in wards.iter().zip(parts) {
            match part.amount {
                // A rate without a denominator cannot enter a ratio, but it is the value of its own ward.
                Ok(Amount::StatedOnly) if wards.len() > 1 => {
                    coverage.missing.push(Missing { ward: *ward, reason: MissingReason::NoDenominator });
                }
                Ok(_) => coverage.included += 1,
                Err(reason) => coverage.missing.push(Missing { ward: *ward, reason }),
            }
        }
        coverage
    }

    /// Fills in the value, or says why there is none.
    fn put(
        &self,
        aggregate: &mut Aggregate,
        sum: &Sum,
        parts: &[Part],
        single: bool,
        quarters: usize,
    ) -> Option<NullReason> {
        let indicator = self.reader.indicator();
        if quarters > 1 && indicator.over_time == OverTime::None {
            return Some(NullReason::NotAdditiveOverTime);
        }
        if !single && indicator.over_areas == OverAreas::None {
            return Some(NullReason::NotAdditiveOverAreas);
        }
        if indicator.kind != IndicatorKind::Rate {
            if sum.contributors == 0 {
                return Some(NullReason::NoData);
            }
            if sum.total > i128::from(MAX_SAFE_INTEGER) * 10_000 {
                return Some(NullReason::TooLarge);
            }
            aggregate.value = Some(Fixed4::from_ten_thousandths(sum.total));
            aggregate.basis = Some(Basis::Counts);
            return None;
        }
        if sum.asked == Asked::Mixed {
            return Some(NullReason::MethodsDiffer);
        }
        aggregate.method = sum.asked.method();
        if sum.contributors == 0 {
            let Some(stated) = parts.first().filter(|_| single).and_then(|part| part.stated) else {
                return Some(if sum.reporters > 0 { NullReason::TooFewContribute } else { NullReason::NoData });
            };
            aggregate.value = Some(Fixed4::from_ten_thousandths(stated.ten_thousandths()));
            aggregate.basis = Some(Basis::Stated);
            aggregate.method = parts.first().and_then(|part| part.asked.method());
            return None;
        }
        if sum.ratio.denominator > i128::from(MAX_SAFE_INTEGER) {
            return Some(NullReason::TooLarge);
        }
        aggregate.ratio = Some(sum.ratio);
        aggregate.denominator_quarter = sum.denominator_quarter;
        if sum.too_few_contribute() {
            return Some(NullReason::TooFewContribute);
        }
        let Some(value) = sum.ratio.percent() else { return Some(NullReason::ZeroDenominator) };
        aggregate.value = Some(value);
        aggregate.basis = Some(if sum.estimated { Basis::Estimated } else { Basis::Counts });
        if sum.estimated {
            aggregate.estimated_share = divide_half_even(sum.estimated_denominator * 1_000_000, sum.ratio.denominator)
                .map(Fixed4::from_ten_thousandths);
        } else if indicator.survey && aggregate.method.is_some_and(SurveyMethod::is_sample) {
            aggregate.interval = interval(sum.ratio);
        }
        None
    }

    fn target(&self, area: AreaKey, wards: &[AreaKey], span: PeriodSpan) -> Option<TargetValue> {
        let year = span.last.year();
        let of = |value, source| TargetValue { value, reference_period: year.to_string(), source };
        if let Some(set) = self.territory.source.set_target(area, self.key, year) {
            return Some(of(set, TargetSource::Town));
        }
        let own = wards == [area];
        own.then(|| self.territory.source.reported_target(area, self.key, year))
            .flatten()
            .map(|value| of(value, TargetSource::Report))
    }
}

/// The Wilson 95 % interval of a rate whose two sides are counts.
pub(super) fn interval(ratio: Ratio) -> Option<Interval> {
    let (successes, trials) = ratio.as_counts()?;
    Interval::of(wilson(successes, trials)?)
}

/// One vote a ward: the rate from its counts where it has them, else the rate that it states. Bounds have no vote.
fn stated_mean(parts: &[Part]) -> Option<StatedMean> {
    let rate = |part: &Part| match part.amount {
        Ok(Amount::Counts(share)) => share.ratio().percent().map(Fixed4::ten_thousandths),
        Ok(Amount::Estimated(_) | Amount::StatedOnly) => part.stated.map(|stated| stated.ten_thousandths()),
        Ok(Amount::Total(_)) | Err(_) => None,
    };
    let rates: Vec<i128> = parts.iter().filter_map(rate).collect();
    let value = divide_half_even(rates.iter().sum(), i128::try_from(rates.len()).ok()?)?;
    Some(StatedMean { value: Fixed4::from_ten_thousandths(value), wards: rates.len() })
}
