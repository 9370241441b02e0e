//! The parts of an aggregate, as REST writes them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::aggregate::{
    Aggregate, Attainment, Change, Coverage, Difference, DifferenceReason, Interval, MissingReason, Peers, Period,
    PeriodSpan, Rank, Standing, TargetSource, TargetValue, Trend,
};
use crate::domain::area::AreaKind;
use crate::domain::quarter::Quarter;
use crate::error::Result;
use crate::http::wire::{AreaBody, Number};
use crate::service::read::{Contested, contested};
use crate::snapshot::Snapshot;

#[derive(Serialize, ToSchema)]
#[schema(as = AggregatePeriod)]
pub(super) struct PeriodBody {
    #[schema(value_type = Period)]
    pub kind: &'static str,
    pub from: Quarter,
    pub to: Quarter,
}

impl PeriodBody {
    pub fn of(span: PeriodSpan) -> Self {
        Self { kind: span.kind.as_str(), from: span.first, to: span.last }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = StatedMean)]
pub(super) struct MeanBody {
    pub value: Number,
    pub wards: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Interval)]
pub(super) struct IntervalBody {
    /// 0.95.
    pub level: f64,
    /// `wilson` for a rate, `newcombe` for a difference of two.
    pub method: &'static str,
    pub lower: Number,
    pub upper: Number,
}

impl IntervalBody {
    pub fn of(method: &'static str, interval: Interval) -> Self {
        Self { level: 0.95, method, lower: interval.lower.into(), upper: interval.upper.into() }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Coverage)]
pub(super) struct CoverageBody<'a> {
    /// Wards that belong to the area at the cut-off.
    pub expected: usize,
    /// Those with a published report.
    pub reported: usize,
    /// Those that contribute to this value.
    pub included: usize,
    /// The rest, each with its reason.
    pub missing: Vec<MissingBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MissingWard)]
pub(super) struct MissingBody<'a> {
    pub code: &'a str,
    pub name: &'a str,
    /// Why it does not contribute.
    #[schema(value_type = MissingReason)]
    pub reason: &'static str,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ContestedWard)]
pub(super) struct ContestedBody<'a> {
    pub code: &'a str,
    pub name: &'a str,
    /// The open errors, by the ids of the findings of its report.
    pub finding_ids: Vec<String>,
}

impl<'a> ContestedBody<'a> {
    pub fn all(snapshot: &'a Snapshot, aggregate: &Aggregate) -> Result<Vec<Self>> {
        let body = |found: Contested| {
            let area = AreaBody::on(snapshot, found.ward, aggregate.cut_off)?;
            Some(Self { code: area.code, name: area.name, finding_ids: found.findings.into_iter().collect() })
        };
        Ok(contested(snapshot, aggregate)?.into_iter().filter_map(body).collect())
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Change)]
pub(super) struct ChangeBody {
    #[schema(required)]
    pub previous_quarter: Option<DifferenceBody>,
    #[schema(required)]
    pub previous_year: Option<DifferenceBody>,
}

impl ChangeBody {
    pub fn of(change: Change) -> Self {
        Self {
            previous_quarter: change.previous_quarter.map(DifferenceBody::of),
            previous_year: change.previous_year.map(DifferenceBody::of),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
pub(super) struct DifferenceBody {
    /// The earlier quarter.
    pub quarter: Quarter,
    /// The present value less the earlier one; percentage points for a rate.
    #[schema(required)]
    pub difference: Option<Number>,
    /// The earlier value.
    #[schema(required)]
    pub from: Option<Number>,
    /// Over how many wards.
    pub wards: usize,
    /// For a rate with counts in both quarters: of the difference, in percentage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalBody>,
    /// For a rate of which more, or less, is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Trend>)]
    pub trend: Option<&'static str>,
    /// Why there is no difference, or no trend that can be told from one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<DifferenceReason>, required = false)]
    pub reasons: Vec<&'static str>,
}

impl DifferenceBody {
    pub fn of(difference: Difference) -> Self {
        Self {
            quarter: difference.quarter,
            difference: difference.difference.map(Number::from),
            from: difference.from.map(Number::from),
            wards: difference.wards,
            interval: difference.interval.map(|interval| IntervalBody::of("newcombe", interval)),
            trend: difference.trend.map(|trend| trend.as_str()),
            reasons: difference.reasons.iter().flatten().map(|reason| reason.as_str()).collect(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Target)]
pub(super) struct TargetBody<'a> {
    pub value: Number,
    /// The year.
    pub reference_period: &'a str,
    /// Who set it.
    #[schema(value_type = TargetSource)]
    pub source: &'static str,
}

impl<'a> TargetBody<'a> {
    pub fn of(target: &'a TargetValue) -> Self {
        Self { value: target.value.into(), reference_period: &target.reference_period, source: target.source.as_str() }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Attainment)]
pub(super) struct AttainmentBody {
    /// Percent of the way: value over target where more is better, target over value where less is; null where that would
    /// divide by zero.
    #[schema(required)]
    pub percent: Option<Number>,
    /// The value less the target; percentage points for a rate.
    pub gap: Number,
    /// Whether the value is at the target or past it.
    pub met: bool,
}

impl AttainmentBody {
    pub fn of(attainment: Attainment) -> Self {
        Self { percent: attainment.percent.map(Number::from), gap: attainment.gap.into(), met: attainment.met }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Peers)]
pub(super) struct PeersBody {
    /// Their kind, and the ward's.
    #[schema(value_type = AreaKind)]
    pub kind: &'static str,
    /// How many others there are.
    pub wards: usize,
    /// How many of them contribute to the value: those with counts that asked in the same way.
    pub included: usize,
    /// Percent: the sum of their numerators over the sum of their denominators; null where less than 80 % of those that
    /// report the rate in any form contribute.
    #[schema(required)]
    pub value: Option<Number>,
    /// Where the ward stands beside that, from the 95 % interval of its own rate; nothing where neither more nor less is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Standing>)]
    pub standing: Option<&'static str>,
    /// Its place among the wards of its kind.
    #[schema(required)]
    pub rank: Option<RankBody>,
    /// Whether what it is compared with was generated, be it in part.
    pub synthetic: bool,
}

impl PeersBody {
    pub fn of(peers: Peers) -> Self {
        Self {
            kind: peers.kind.as_str(),
            wards: peers.wards,
            included: peers.included,
            value: peers.value.map(Number::from),
            standing: peers.standing.map(|standing| standing.as_str()),
            rank: peers.rank.map(RankBody::of),
            synthetic: peers.synthetic,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Rank)]
pub(super) struct RankBody {
    /// 1 is best; equal values share a place.
    pub position: usize,
    /// Among how many.
    pub of: usize,
    /// How many share the place.
    pub tied: usize,
}

impl RankBody {
    pub fn of(rank: Rank) -> Self {
        Self { position: rank.position, of: rank.of, tied: rank.tied }
    }
}

impl<'a> CoverageBody<'a> {
    pub fn of(snapshot: &'a Snapshot, aggregate: &Aggregate, coverage: &Coverage) -> Self {
        let missing = coverage.missing.iter().filter_map(|missing| {
            let area = AreaBody::on(snapshot, missing.ward, aggregate.cut_off)?;
            Some(MissingBody { code: area.code, name: area.name, reason: missing.reason.as_str() })
        });
        Self {
            expected: coverage.expected,
            reported: coverage.reported,
            included: coverage.included,
            missing: missing.collect(),
        }
    }
}
