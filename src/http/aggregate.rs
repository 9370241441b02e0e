//! `GET /aggregates`: the dashboard's call.

mod request;

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Made, bytes, bytes_of_about, from_snapshot};
use super::chart;
use super::context::Context;
use super::params::Params;
use super::wire::{AreaBody, Number};
use crate::domain::aggregate::{
    Aggregate, Basis, Coverage, Difference, DifferenceReason, MissingReason, NullReason, Period, PeriodSpan, Placed,
    Published as _, Status, TargetSource, aggregate,
};
use crate::domain::indicator::{IndicatorKind, Nature, Unit};
use crate::domain::observation::SurveyMethod;
use crate::domain::policy::Action;
use crate::domain::quarter::Quarter;
use crate::error::Result;
use crate::service::read::aggregate_query;
use crate::snapshot::Snapshot;
pub(super) use request::{compact, request};

/// About what a value takes with everything around it.
const BYTES_PER_ITEM: usize = 700;

/// In JSON, or as a picture for a client that would rather have one.
pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    if chart::is_preferred(&context) {
        return chart::answer(&context).await;
    }
    from_snapshot(&context, Action::FiguresRead, answer).await
}

fn answer(context: &Context, snapshot: &Snapshot, mut params: Params) -> Result<Made<Vec<u8>>> {
    let request = request(&mut params)?;
    let compact = compact(&mut params)?.unwrap_or(false);
    chart::refuse_options(&mut params)?;
    params.finish()?;
    let query = aggregate_query(snapshot, context.app.clock.today(), &request)?;
    let found = aggregate(snapshot, &query);
    let items: Vec<_> = found.iter().filter_map(|aggregate| Item::of(snapshot, aggregate)).collect();
    let body = if compact {
        bytes(&Answer {
            epoch: &snapshot.epoch,
            revision: snapshot.revision,
            items: items.iter().map(Compact::of).collect::<Vec<_>>(),
        })?
    } else {
        let length = items.len() * BYTES_PER_ITEM;
        bytes_of_about(length, &Answer { epoch: &snapshot.epoch, revision: snapshot.revision, items })?
    };
    Ok(body.into())
}

#[derive(Serialize)]
struct Answer<'a, T> {
    epoch: &'a str,
    revision: i64,
    items: Vec<T>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Aggregate)]
pub(super) struct Item<'a> {
    /// The area, as it was at the cut-off.
    area: AreaBody<'a>,
    /// For a value of one quarter.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarter: Option<Quarter>,
    /// For a value over several quarters.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<PeriodBody>,
    /// The indicator's code.
    indicator: &'a str,
    #[schema(value_type = Unit)]
    unit: &'static str,
    /// Percent for a rate, else in the unit; null where it cannot be given.
    #[schema(required)]
    value: Option<Number>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NullReason>)]
    reason: Option<&'static str>,
    /// For a single ward: the rate as its report prints it.
    #[schema(required)]
    stated: Option<Number>,
    /// For several wards: the plain mean of their rates. Never the value.
    #[schema(required)]
    stated_mean: Option<MeanBody>,
    /// Above the line.
    #[schema(required)]
    numerator: Option<Number>,
    /// Below the line.
    #[schema(required)]
    denominator: Option<i64>,
    /// How much of the denominator stands under rates that are only stated, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_share: Option<Number>,
    /// The quarter that a yearly denominator is of, where that is another than the numerator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    denominator_quarter: Option<Quarter>,
    /// What the value rests on.
    #[schema(value_type = Option<Basis>, required)]
    basis: Option<&'static str>,
    /// SDMX observation status.
    #[schema(value_type = Status)]
    status: &'static str,
    /// What every figure in it claims to be.
    #[schema(value_type = Nature)]
    nature: &'static str,
    /// Whether anything in it was generated.
    synthetic: bool,
    /// How people were asked, where every contributor says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SurveyMethod>)]
    method: Option<&'static str>,
    /// For survey rates with counts of a declared sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<IntervalBody>,
    /// Who stands behind it.
    coverage: CoverageBody<'a>,
    /// Against earlier quarters, over the wards present in both.
    change: ChangeBody,
    /// What was aimed at.
    #[schema(required)]
    target: Option<TargetBody<'a>>,
    /// In a breakdown by ward.
    #[schema(required)]
    rank: Option<RankBody>,
}

/// The same without what is null.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CompactAggregate)]
pub(super) struct Compact<'a, 'b> {
    /// The id of the area.
    area: &'b str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Quarter>)]
    quarter: Option<Quarter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<&'b PeriodBody>,
    indicator: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NullReason>)]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stated: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stated_mean: Option<&'b MeanBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numerator: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denominator: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Basis>)]
    basis: Option<&'static str>,
    #[schema(value_type = Status)]
    status: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    synthetic: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<&'b IntervalBody>,
    /// Wards expected, reported, included.
    #[schema(value_type = Vec<usize>, min_items = 3, max_items = 3)]
    coverage: [usize; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'b TargetBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<&'b RankBody>,
}

impl<'a, 'b> Compact<'a, 'b> {
    fn of(item: &'b Item<'a>) -> Self {
        let coverage = &item.coverage;
        Self {
            area: item.area.id,
            quarter: item.quarter,
            period: item.period.as_ref(),
            indicator: item.indicator,
            value: item.value,
            reason: item.reason,
            stated: item.stated,
            stated_mean: item.stated_mean.as_ref(),
            numerator: item.numerator,
            denominator: item.denominator,
            basis: item.basis,
            status: item.status,
            synthetic: item.synthetic,
            interval: item.interval.as_ref(),
            coverage: [coverage.expected, coverage.reported, coverage.included],
            target: item.target.as_ref(),
            rank: item.rank.as_ref(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = AggregatePeriod)]
struct PeriodBody {
    #[schema(value_type = Period)]
    kind: &'static str,
    from: Quarter,
    to: Quarter,
}

impl PeriodBody {
    fn of(span: PeriodSpan) -> Self {
        Self { kind: span.kind.as_str(), from: span.first, to: span.last }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = StatedMean)]
struct MeanBody {
    value: Number,
    wards: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Interval)]
struct IntervalBody {
    /// 0.95.
    level: f64,
    method: &'static str,
    lower: Number,
    upper: Number,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Coverage)]
struct CoverageBody<'a> {
    /// Wards that belong to the area at the cut-off.
    expected: usize,
    /// Those with a published report.
    reported: usize,
    /// Those that contribute to this value.
    included: usize,
    /// The rest, each with its reason.
    missing: Vec<MissingBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MissingWard)]
struct MissingBody<'a> {
    code: &'a str,
    name: &'a str,
    /// Why it does not contribute.
    #[schema(value_type = MissingReason)]
    reason: &'static str,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Change)]
struct ChangeBody {
    #[schema(required)]
    previous_quarter: Option<DifferenceBody>,
    #[schema(required)]
    previous_year: Option<DifferenceBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceBody {
    /// The earlier quarter.
    quarter: Quarter,
    /// The present value less the earlier one; percentage points for a rate.
    #[schema(required)]
    difference: Option<Number>,
    /// The earlier value.
    #[schema(required)]
    from: Option<Number>,
    /// Over how many wards.
    wards: usize,
    /// Why they are not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DifferenceReason>)]
    reason: Option<&'static str>,
}

impl DifferenceBody {
    fn of(difference: Difference) -> Self {
        Self {
            quarter: difference.quarter,
            difference: difference.difference.map(Number::from),
            from: difference.from.map(Number::from),
            wards: difference.wards,
            reason: difference.reason.map(|reason| reason.as_str()),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Target)]
struct TargetBody<'a> {
    value: Number,
    /// The year.
    reference_period: &'a str,
    /// Who set it.
    #[schema(value_type = TargetSource)]
    source: &'static str,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Rank)]
struct RankBody {
    /// 1 is best; equal values share a place.
    position: usize,
    /// Among how many.
    of: usize,
    /// How many share the place.
    tied: usize,
}

impl<'a> Item<'a> {
    fn of(snapshot: &'a Snapshot, aggregate: &'a Placed) -> Option<Self> {
        let indicator = snapshot.catalogue().get(aggregate.indicator)?;
        let quarterly = aggregate.period.kind == Period::Quarter;
        Some(Self {
            area: AreaBody::on(snapshot, aggregate.area, aggregate.cut_off)?,
            quarter: quarterly.then_some(aggregate.period.last),
            period: (!quarterly).then(|| PeriodBody::of(aggregate.period)),
            indicator: &indicator.code,
            unit: indicator.unit.as_str(),
            value: aggregate.value.map(Number::from),
            reason: aggregate.reason.map(|reason| reason.as_str()),
            stated: aggregate.stated.filter(|_| indicator.kind == IndicatorKind::Rate).map(Number::from),
            stated_mean: aggregate.stated_mean.map(|mean| MeanBody { value: mean.value.into(), wards: mean.wards }),
            numerator: aggregate.ratio.and_then(|ratio| ratio.numerator_fixed()).map(Number::from),
            denominator: aggregate.ratio.and_then(|ratio| i64::try_from(ratio.denominator).ok()),
            estimated_share: aggregate.estimated_share.map(Number::from),
            denominator_quarter: aggregate.denominator_quarter,
            basis: aggregate.basis.map(|basis| basis.as_str()),
            status: aggregate.status.as_str(),
            nature: aggregate.nature.as_str(),
            synthetic: aggregate.synthetic,
            method: aggregate.method.map(|method| method.as_str()),
            interval: aggregate.interval.map(|interval| IntervalBody {
                level: 0.95,
                method: "wilson",
                lower: interval.lower.into(),
                upper: interval.upper.into(),
            }),
            coverage: CoverageBody::of(snapshot, aggregate, &aggregate.coverage),
            change: ChangeBody {
                previous_quarter: aggregate.change.previous_quarter.map(DifferenceBody::of),
                previous_year: aggregate.change.previous_year.map(DifferenceBody::of),
            },
            target: aggregate.target.as_ref().map(|target| TargetBody {
                value: target.value.into(),
                reference_period: &target.reference_period,
                source: target.source.as_str(),
            }),
            rank: aggregate.rank.map(|rank| RankBody { position: rank.position, of: rank.of, tied: rank.tied }),
        })
    }
}

impl<'a> CoverageBody<'a> {
    fn of(snapshot: &'a Snapshot, aggregate: &Aggregate, coverage: &Coverage) -> Self {
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
