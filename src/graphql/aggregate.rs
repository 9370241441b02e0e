//! Aggregates, with REST's names and REST's numbers.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};
use chrono::NaiveDate;

use super::area::Area;
use super::catalogue::IndicatorNode;
use super::scalar::{Count, Word};
use crate::domain::aggregate::Published as _;
use crate::domain::aggregate::{
    self, Basis, Difference, DifferenceReason, MissingReason, NullReason, Period, Placed, Standing, Status,
    TargetSource, Trend,
};
use crate::domain::area::AreaKind;
use crate::domain::indicator::{IndicatorKind, Nature, Unit};
use crate::domain::observation::SurveyMethod;
use crate::domain::statistics::Fixed4;
use crate::service::read;
use crate::snapshot::Snapshot;

/// An aggregate.
pub struct AggregateNode {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) aggregate: Placed,
}

/// The quarters that a value is over.
#[derive(SimpleObject)]
pub struct PeriodSpan {
    /// How they are put together.
    kind: Word<Period>,
    /// The first quarter.
    from: String,
    /// The last quarter.
    to: String,
}

/// The plain mean of the rates of wards, one vote each. Never the value.
#[derive(SimpleObject)]
pub struct StatedMean {
    /// Percent.
    value: f64,
    /// Over how many wards.
    wards: usize,
}

/// A 95 % interval, in percent, or in percentage points for a difference.
#[derive(SimpleObject)]
pub struct Interval {
    /// 0.95.
    level: f64,
    /// `wilson` for a rate, `newcombe` for a difference of two.
    method: &'static str,
    /// The lower end.
    lower: f64,
    /// The upper end.
    upper: f64,
}

impl Interval {
    fn of(method: &'static str, found: aggregate::Interval) -> Self {
        Self { level: 0.95, method, lower: found.lower.to_f64(), upper: found.upper.to_f64() }
    }
}

/// A ward that is expected and does not contribute.
#[derive(SimpleObject)]
pub struct Missing {
    /// The ward.
    area: Area,
    /// Why.
    reason: Word<MissingReason>,
}

/// Đơn vị có số liệu mâu thuẫn / a ward whose figures stand under open errors.
#[derive(SimpleObject)]
pub struct Contested {
    /// The ward.
    area: Area,
    /// The errors, by the ids of the findings of its report.
    finding_ids: Vec<String>,
}

/// Who stands behind a value.
#[derive(SimpleObject)]
pub struct Coverage {
    /// Wards that belong to the area at the cut-off.
    expected: usize,
    /// Of those, wards with a published report.
    reported: usize,
    /// Of those, wards that contribute to this value.
    included: usize,
    /// The rest.
    missing: Vec<Missing>,
}

/// The change against an earlier quarter, over the wards present in both.
#[derive(SimpleObject)]
#[graphql(name = "Difference")]
pub struct DifferenceNode {
    /// The earlier quarter.
    quarter: String,
    /// Present less earlier; percentage points for a rate.
    difference: Option<f64>,
    /// The earlier value over the common wards.
    from: Option<f64>,
    /// How many wards are common.
    wards: usize,
    /// For a rate with counts in both quarters: of the difference, in percentage points.
    interval: Option<Interval>,
    /// For a rate of which more, or less, is better.
    trend: Option<Word<Trend>>,
    /// Why there is no difference, or no trend that can be told from one.
    reasons: Vec<Word<DifferenceReason>>,
}

impl DifferenceNode {
    fn of(difference: Difference) -> Self {
        Self {
            quarter: difference.quarter.to_string(),
            difference: difference.difference.map(Fixed4::to_f64),
            from: difference.from.map(Fixed4::to_f64),
            wards: difference.wards,
            interval: difference.interval.map(|interval| Interval::of("newcombe", interval)),
            trend: difference.trend.map(Word),
            reasons: difference.reasons.into_iter().flatten().map(Word).collect(),
        }
    }
}

/// The changes that every value is shown with.
#[derive(SimpleObject)]
pub struct Change {
    /// Against the quarter before.
    previous_quarter: Option<DifferenceNode>,
    /// Against the same quarter of the year before.
    previous_year: Option<DifferenceNode>,
}

/// A target and the period that it is set for.
#[derive(SimpleObject)]
pub struct Target {
    /// In the indicator's unit.
    value: f64,
    /// The year.
    reference_period: String,
    /// Who set it.
    source: Word<TargetSource>,
}

/// How far a value is towards its target.
#[derive(SimpleObject)]
pub struct Attainment {
    /// Percent of the way: value over target where more is better, target over value where less is; null where that would
    /// divide by zero.
    percent: Option<f64>,
    /// The value less the target; percentage points for a rate.
    gap: f64,
    /// Whether the value is at the target or past it.
    met: bool,
}

/// What the others of a ward's kind come to, and its place among them all.
#[derive(SimpleObject)]
pub struct Peers {
    /// Their kind, and the ward's.
    kind: Word<AreaKind>,
    /// How many others there are.
    wards: usize,
    /// How many of them contribute to the value: those with counts that asked in the same way.
    included: usize,
    /// Percent: the sum of their numerators over the sum of their denominators; null where less than 80 % of those that
    /// report the rate in any form contribute.
    value: Option<f64>,
    /// Where the ward stands beside that, from the 95 % interval of its own rate; null where neither more nor less is better.
    standing: Option<Word<Standing>>,
    /// Its place among the wards of its kind.
    rank: Option<Rank>,
    /// Whether what it is compared with was generated, be it in part.
    synthetic: bool,
}

/// The place among comparable wards.
#[derive(SimpleObject)]
pub struct Rank {
    /// 1 is best; equal values share a place.
    position: usize,
    /// How many wards are ranked.
    of: usize,
    /// How many wards share the place.
    tied: usize,
}

impl Rank {
    const fn at(rank: aggregate::Rank) -> Self {
        Self { position: rank.position, of: rank.of, tied: rank.tied }
    }
}

/// Số liệu tổng hợp / a value with everything that it takes to understand it.
#[expect(clippy::unused_async, reason = "the library takes asynchronous resolvers only")]
#[Object(name = "Aggregate")]
impl AggregateNode {
    /// The area, at the cut-off, or on the day of the boundaries.
    async fn area(&self) -> Area {
        let on = Some(self.aggregate.as_of());
        Area { snapshot: Arc::clone(&self.snapshot), key: self.aggregate.area, on }
    }

    /// The day within whose boundaries the figures are added up, where that is asked for.
    async fn boundaries(&self) -> Option<NaiveDate> {
        self.aggregate.boundaries
    }

    /// Whether the area had ended by the cut-off, so that what stands on its ground since is added up.
    async fn former(&self) -> bool {
        self.aggregate.former
    }

    /// The quarter, where the value is of one.
    async fn quarter(&self) -> Option<String> {
        (self.aggregate.period.kind == Period::Quarter).then(|| self.aggregate.period.last.to_string())
    }

    /// The quarters that it is over.
    async fn period(&self) -> PeriodSpan {
        let span = self.aggregate.period;
        PeriodSpan { kind: span.kind.into(), from: span.first.to_string(), to: span.last.to_string() }
    }

    /// The indicator.
    async fn indicator(&self) -> IndicatorNode {
        IndicatorNode { snapshot: Arc::clone(&self.snapshot), key: self.aggregate.indicator }
    }

    /// What it is counted in.
    async fn unit(&self) -> Option<Word<Unit>> {
        Some(self.snapshot.catalogue().get(self.aggregate.indicator)?.unit.into())
    }

    /// Percent for a rate, else the indicator's unit.
    async fn value(&self) -> Option<f64> {
        self.aggregate.value.map(Fixed4::to_f64)
    }

    /// Why there is none.
    async fn reason(&self) -> Option<Word<NullReason>> {
        self.aggregate.reason.map(Word)
    }

    /// For a single ward: the rate that its report states.
    async fn stated(&self) -> Option<f64> {
        let indicator = self.snapshot.catalogue().get(self.aggregate.indicator)?;
        self.aggregate.stated.filter(|_| indicator.kind == IndicatorKind::Rate).map(|stated| stated.to_f64())
    }

    /// For several wards: the mean of their rates.
    async fn stated_mean(&self) -> Option<StatedMean> {
        self.aggregate.stated_mean.map(|mean| StatedMean { value: mean.value.to_f64(), wards: mean.wards })
    }

    /// Above the line; whole unless it rests on an estimate.
    async fn numerator(&self) -> Option<f64> {
        self.aggregate.ratio?.numerator_fixed().map(Fixed4::to_f64)
    }

    /// Below the line.
    async fn denominator(&self) -> Option<Count> {
        i64::try_from(self.aggregate.ratio?.denominator).ok().map(Count)
    }

    /// How much of the denominator stands under stated rates, in percent.
    async fn estimated_share(&self) -> Option<f64> {
        self.aggregate.estimated_share.map(Fixed4::to_f64)
    }

    /// The quarter that a yearly denominator is of, where that is another than the numerator's.
    async fn denominator_quarter(&self) -> Option<String> {
        self.aggregate.denominator_quarter.map(|quarter| quarter.to_string())
    }

    /// What it rests on.
    async fn basis(&self) -> Option<Word<Basis>> {
        self.aggregate.basis.map(Word)
    }

    /// SDMX observation status.
    async fn status(&self) -> Word<Status> {
        self.aggregate.status.into()
    }

    /// The nature of every figure in it.
    async fn nature(&self) -> Word<Nature> {
        self.aggregate.nature.into()
    }

    /// The wards in it whose figures stand under an open error.
    async fn contested(&self) -> async_graphql::Result<Vec<Contested>> {
        let found = read::contested(&self.snapshot, &self.aggregate)?;
        let on = Some(self.aggregate.cut_off);
        let node = |found: read::Contested| Contested {
            area: Area { snapshot: Arc::clone(&self.snapshot), key: found.ward, on },
            finding_ids: found.findings.into_iter().collect(),
        };
        Ok(found.into_iter().map(node).collect())
    }

    /// Whether anything in it was generated.
    async fn synthetic(&self) -> bool {
        self.aggregate.synthetic
    }

    /// How people were asked.
    async fn method(&self) -> Option<Word<SurveyMethod>> {
        self.aggregate.method.map(Word)
    }

    /// For survey rates with counts from a declared sample.
    async fn interval(&self) -> Option<Interval> {
        self.aggregate.interval.map(|interval| Interval::of("wilson", interval))
    }

    /// Who stands behind it.
    async fn coverage(&self) -> Coverage {
        let coverage = &self.aggregate.coverage;
        let on = Some(self.aggregate.cut_off);
        let missing = coverage.missing.iter().map(|missing| Missing {
            area: Area { snapshot: Arc::clone(&self.snapshot), key: missing.ward, on },
            reason: missing.reason.into(),
        });
        Coverage {
            expected: coverage.expected,
            reported: coverage.reported,
            included: coverage.included,
            missing: missing.collect(),
        }
    }

    /// Against earlier quarters.
    async fn change(&self) -> Change {
        Change {
            previous_quarter: self.aggregate.change.previous_quarter.map(DifferenceNode::of),
            previous_year: self.aggregate.change.previous_year.map(DifferenceNode::of),
        }
    }

    /// What was aimed at.
    async fn target(&self) -> Option<Target> {
        let target = self.aggregate.target.as_ref()?;
        Some(Target {
            value: target.value.to_f64(),
            reference_period: target.reference_period.clone(),
            source: target.source.into(),
        })
    }

    /// How far the value is towards that.
    async fn attainment(&self) -> Option<Attainment> {
        let found = self.aggregate.attainment?;
        Some(Attainment { percent: found.percent.map(Fixed4::to_f64), gap: found.gap.to_f64(), met: found.met })
    }

    /// In a breakdown by ward.
    async fn rank(&self) -> Option<Rank> {
        self.aggregate.rank.map(Rank::at)
    }

    /// Where peers are asked for, of a ward's rate.
    async fn peers(&self) -> Option<Peers> {
        self.aggregate.peers.map(|peers| Peers {
            kind: peers.kind.into(),
            wards: peers.wards,
            included: peers.included,
            value: peers.value.map(Fixed4::to_f64),
            standing: peers.standing.map(Word),
            rank: peers.rank.map(Rank::at),
            synthetic: peers.synthetic,
        })
    }
}
