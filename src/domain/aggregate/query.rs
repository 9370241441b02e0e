//! The aggregation itself.

use std::cmp::Ordering;
use std::sync::Arc;

use chrono::NaiveDate;

use super::answer::{
    Aggregate, Basis, Change, Coverage, Interval, Missing, MissingReason, NullReason, Placed, Rank, StatedMean, Status,
    TargetSource, TargetValue,
};
use super::asked::Asked;
use super::change::Panel;
use super::part::{Amount, Part};
use super::reader::Reader;
use super::sum::Sum;
use super::{Published, ValueKey};
use crate::domain::area::AreaKey;
use crate::domain::decimal::MAX_SAFE_INTEGER;
use crate::domain::indicator::{Direction, IndicatorKey, IndicatorKind, Nature, OverAreas, OverTime};
use crate::domain::observation::SurveyMethod;
use crate::domain::quarter::Quarter;
use crate::domain::statistics::{Fixed4, Ratio, divide_half_even, wilson};
use crate::domain::words::words;

/// Ranks are not given over fewer than this.
const RANKED_DENOMINATOR: i128 = 10;

words! {
    /// How the quarters of a range are put together.
    Period {
        /// One value a quarter.
        Quarter = "quarter",
        /// One value a year.
        Year = "year",
        /// One value.
        Total = "total",
    }
}

/// The quarters that a value is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PeriodSpan {
    /// How they are put together.
    pub kind: Period,
    /// The first.
    pub first: Quarter,
    /// The last, whose cut-off decides which wards belong to the area.
    pub last: Quarter,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct AggregateQuery {
    /// The area.
    pub area: AreaKey,
    /// The indicators, in the order of the answer.
    pub indicators: Vec<IndicatorKey>,
    /// The first quarter.
    pub first: Quarter,
    /// The last quarter.
    pub last: Quarter,
    /// How the quarters are put together.
    pub period: Period,
    /// Whether one value a ward is wanted instead of one for the area.
    pub by_ward: bool,
    /// The nature of the figures; natures never mix.
    pub nature: Nature,
    /// For survey rates: only wards that asked in this way.
    pub method: Option<SurveyMethod>,
}

impl AggregateQuery {
    /// The stretches that the answer has one value for.
    #[must_use]
    pub fn spans(&self) -> Vec<PeriodSpan> {
        let kind = self.period;
        let quarters = self.first.through(self.last);
        match kind {
            Period::Total => vec![PeriodSpan { kind, first: self.first, last: self.last }],
            Period::Quarter => quarters.map(|quarter| PeriodSpan { kind, first: quarter, last: quarter }).collect(),
            Period::Year => quarters.fold(Vec::new(), |mut spans: Vec<PeriodSpan>, quarter| {
                match spans.last_mut().filter(|span| span.last.year() == quarter.year()) {
                    Some(span) => span.last = quarter,
                    None => spans.push(PeriodSpan { kind, first: quarter, last: quarter }),
                }
                spans
            }),
        }
    }
}

/// Answers a query: for each indicator, each stretch of time, and each ward if a breakdown is asked for.
#[must_use]
pub fn aggregate<P: Published>(source: &P, query: &AggregateQuery) -> Vec<Placed> {
    let spans = query.spans();
    let mut answer = Vec::with_capacity(spans.len() * query.indicators.len());
    for key in &query.indicators {
        let Some(reader) = Reader::new(source, *key, query.nature) else { continue };
        let one = One { source, reader: &reader, key: *key, query };
        for span in &spans {
            let cut_off = source.calendar().cut_off(span.last);
            if query.by_ward {
                let wards = source.areas().members(query.area, cut_off);
                let values = wards.iter().map(|ward| one.remembered(*ward, *span, cut_off).into());
                let mut rows: Vec<Placed> = values.collect();
                rank(&mut rows, reader.indicator().direction);
                answer.append(&mut rows);
            } else {
                answer.push(one.remembered(query.area, *span, cut_off).into());
            }
        }
    }
    answer
}

/// One indicator of a query.
struct One<'a, 'q, P: Published> {
    source: &'a P,
    reader: &'q Reader<'a, P>,
    key: IndicatorKey,
    query: &'q AggregateQuery,
}

impl<P: Published> One<'_, '_, P> {
    /// The value, computed once for what is published: single quarters are asked for again and again, in every range
    /// and every company of other indicators.
    fn remembered(&self, area: AreaKey, span: PeriodSpan, cut_off: NaiveDate) -> Arc<Aggregate> {
        if span.kind != Period::Quarter || self.query.method.is_some() {
            return Arc::new(self.value(area, span, cut_off));
        }
        let key = ValueKey { area, indicator: self.key, nature: self.query.nature, quarter: span.last };
        if let Some(known) = self.source.remembered(key) {
            return known;
        }
        let value = Arc::new(self.value(area, span, cut_off));
        self.source.remember(key, &value);
        value
    }

    fn value(&self, area: AreaKey, span: PeriodSpan, cut_off: NaiveDate) -> Aggregate {
        let wards = self.source.areas().members(area, cut_off);
        let quarters: Vec<Quarter> = span.first.through(span.last).collect();
        let mut parts = self.reader.read(wards, &quarters);
        if let Some(method) = self.query.method.filter(|_| self.reader.indicator().survey) {
            parts = Part::asked_by(&parts, method);
        }
        let mut aggregate = self.empty(area, span, cut_off);
        aggregate.coverage = self.coverage(wards, &parts, &quarters);
        aggregate.target = self.target(area, wards, span);
        let single = wards == [area];
        if single {
            aggregate.stated = parts.first().and_then(|part| part.stated);
        }
        let exists = self.source.areas().get(area).is_some_and(|found| found.on(cut_off).is_some());
        let sum = Sum::of(&parts);
        aggregate.reason = if exists {
            self.put(&mut aggregate, &sum, &parts, single, quarters.len())
        } else {
            Some(NullReason::AreaDidNotExist)
        };
        if aggregate.reason.is_some() {
            (aggregate.value, aggregate.basis) = (None, None);
        }
        aggregate.synthetic = sum.synthetic;
        let mixed = aggregate.reason == Some(NullReason::MethodsDiffer);
        if !single && !mixed && self.reader.indicator().kind == IndicatorKind::Rate {
            aggregate.stated_mean = stated_mean(&parts);
        }
        aggregate.status = status(&aggregate, &sum);
        if span.kind == Period::Quarter && aggregate.value.is_some() {
            let method = self.query.method.filter(|_| self.reader.indicator().survey);
            let (source, reader, quarter) = (self.source, self.reader, span.last);
            let panel = Panel { source, reader, area, wards, parts: &parts, quarter, method };
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
            synthetic: false,
            method: None,
            interval: None,
            coverage: Coverage { expected: 0, reported: 0, included: 0, missing: Vec::new() },
            change: Change { previous_quarter: None, previous_year: None },
            target: None,
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
        if let Some(set) = self.source.set_target(area, self.key, year) {
            return Some(of(set, TargetSource::Town));
        }
        let own = wards == [area];
        own.then(|| self.source.reported_target(area, self.key, year))
            .flatten()
            .map(|value| of(value, TargetSource::Report))
    }
}

fn interval(ratio: Ratio) -> Option<Interval> {
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

fn status(aggregate: &Aggregate, sum: &Sum) -> Status {
    match aggregate.reason {
        Some(NullReason::AreaDidNotExist | NullReason::ZeroDenominator) => Status::CannotExist,
        Some(NullReason::NoData) if aggregate.coverage.reported == 0 => Status::NotCollected,
        Some(_) => Status::Missing,
        None if sum.estimated => Status::Estimated,
        None if !aggregate.coverage.missing.is_empty() => Status::Provisional,
        None if sum.contested => Status::LowReliability,
        None => Status::Normal,
    }
}

/// Standard competition ranking among the rows of one indicator and period: 1, 2, 2, 4.
fn rank(rows: &mut [Placed], direction: Direction) {
    if direction == Direction::Neutral {
        return;
    }
    let comparable = |row: &Placed| {
        row.ratio.filter(|ratio| row.basis == Some(Basis::Counts) && ratio.denominator >= RANKED_DENOMINATOR)
    };
    // Wards that asked in different ways are not comparable.
    let mut methods = rows.iter().filter(|row| comparable(row).is_some()).map(|row| row.method);
    if methods.next().is_some_and(|first| methods.any(|method| method != first)) {
        return;
    }
    let ranked = rows.iter().enumerate().filter_map(|(at, row)| Some((comparable(row)?, at)));
    let mut ranked: Vec<(Ratio, usize)> = ranked.collect();
    // Best first. Every denominator is positive here, so every two compare.
    let order = |left: &Ratio, right: &Ratio| {
        let ascending = left.compare(*right).unwrap_or(Ordering::Equal);
        if direction == Direction::Higher { ascending.reverse() } else { ascending }
    };
    ranked.sort_unstable_by(|(left, _), (right, _)| order(left, right));
    let mut position = 1;
    for tied in ranked.chunk_by(|(left, _), (right, _)| order(left, right) == Ordering::Equal) {
        for (_, at) in tied {
            if let Some(row) = rows.get_mut(*at) {
                row.rank = Some(Rank { position, of: ranked.len(), tied: tied.len() });
            }
        }
        position += tied.len();
    }
}
