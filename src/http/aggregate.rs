//! `GET /aggregates`: the dashboard's call.

mod body;
mod request;

use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use body::{
    AttainmentBody, ChangeBody, ContestedBody, CoverageBody, IntervalBody, MeanBody, PeersBody, PeriodBody, RankBody,
    TargetBody,
};

use super::answer::{Made, bytes, bytes_of_about, from_snapshot};
use super::chart;
use super::context::Context;
use super::params::Params;
use super::wire::{AreaBody, Number};
use crate::domain::aggregate::{Basis, NullReason, Period, Placed, Published as _, Status, aggregate};
use crate::domain::indicator::{IndicatorKind, Nature, Unit};
use crate::domain::observation::SurveyMethod;
use crate::domain::policy::Action;
use crate::domain::quarter::Quarter;
use crate::error::Result;
use crate::service::read::{AggregateRequest, aggregate_query};
use crate::snapshot::Snapshot;
pub(super) use request::{compact, peers, request};

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
    let request = AggregateRequest { peers: peers(&mut params)?, ..request(&mut params)? };
    let compact = compact(&mut params)?.unwrap_or(false);
    chart::refuse_options(&mut params)?;
    params.finish()?;
    let query = aggregate_query(snapshot, context.app.clock.today(), &request)?;
    let found = aggregate(snapshot, &query);
    let items =
        found.iter().filter_map(|aggregate| Item::of(snapshot, aggregate).transpose()).collect::<Result<Vec<_>>>()?;
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
    /// The area, as it was at the cut-off, or on the day of the boundaries.
    area: AreaBody<'a>,
    /// The day within whose boundaries the figures are added up, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    boundaries: Option<NaiveDate>,
    /// The area had ended by the cut-off; what stands on its ground since is added up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    former: bool,
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
    /// The wards in it whose figures stand under an open error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    contested: Vec<ContestedBody<'a>>,
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
    /// How far the value is towards that.
    #[serde(skip_serializing_if = "Option::is_none")]
    attainment: Option<AttainmentBody>,
    /// In a breakdown by ward.
    #[schema(required)]
    rank: Option<RankBody>,
    /// Where peers are asked for, of a ward's rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<PeersBody>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    boundaries: Option<NaiveDate>,
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
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    contested: &'b [ContestedBody<'a>],
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
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<&'b PeersBody>,
}

impl<'a, 'b> Compact<'a, 'b> {
    fn of(item: &'b Item<'a>) -> Self {
        let coverage = &item.coverage;
        Self {
            area: item.area.id,
            quarter: item.quarter,
            period: item.period.as_ref(),
            boundaries: item.boundaries,
            indicator: item.indicator,
            value: item.value,
            reason: item.reason,
            stated: item.stated,
            stated_mean: item.stated_mean.as_ref(),
            numerator: item.numerator,
            denominator: item.denominator,
            basis: item.basis,
            status: item.status,
            contested: &item.contested,
            synthetic: item.synthetic,
            interval: item.interval.as_ref(),
            coverage: [coverage.expected, coverage.reported, coverage.included],
            target: item.target.as_ref(),
            rank: item.rank.as_ref(),
            peers: item.peers.as_ref(),
        }
    }
}

impl<'a> Item<'a> {
    fn of(snapshot: &'a Snapshot, aggregate: &'a Placed) -> Result<Option<Self>> {
        let (indicator, area) =
            (snapshot.catalogue().get(aggregate.indicator), AreaBody::on(snapshot, aggregate.area, aggregate.as_of()));
        let Some((indicator, area)) = indicator.zip(area) else { return Ok(None) };
        let quarterly = aggregate.period.kind == Period::Quarter;
        Ok(Some(Self {
            area,
            boundaries: aggregate.boundaries,
            former: aggregate.former,
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
            contested: ContestedBody::all(snapshot, aggregate)?,
            synthetic: aggregate.synthetic,
            method: aggregate.method.map(|method| method.as_str()),
            interval: aggregate.interval.map(|interval| IntervalBody::of("wilson", interval)),
            coverage: CoverageBody::of(snapshot, aggregate, &aggregate.coverage),
            change: ChangeBody::of(aggregate.change),
            target: aggregate.target.as_ref().map(TargetBody::of),
            attainment: aggregate.attainment.map(AttainmentBody::of),
            rank: aggregate.rank.map(RankBody::of),
            peers: aggregate.peers.map(PeersBody::of),
        }))
    }
}
