//! Targets that areas set.

use actix_web::HttpResponse;
use actix_web::http::header::IF_MATCH;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Number as JsonNumber;
use utoipa::ToSchema;

use super::answer::{replaced, tagged};
use super::body;
use super::context::Context;
use super::deadline::given;
use super::params::Params;
use super::wire::{AreaBody, Number};
use crate::domain::aggregate::Published as _;
use crate::domain::indicator::Unit;
use crate::domain::policy::{Action, authorize};
use crate::domain::revision::AsOf;
use crate::error::Result;
use crate::service::target::{self, Board, TargetChange, TargetQuestion};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = TargetChange)]
pub(super) struct TargetChangeBody {
    /// The code of the area.
    #[schema(pattern = "^[0-9A-Za-z]{1,16}(@[0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    area: String,
    /// The code of the indicator.
    indicator: String,
    /// The year.
    #[schema(pattern = "^20[2-9][0-9]$")]
    reference_period: String,
    /// In the indicator's unit, with at most four decimals; null to take the target back.
    #[serde(deserialize_with = "given")]
    #[schema(required, value_type = Option<f64>, minimum = 0)]
    value: Option<JsonNumber>,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TargetList)]
pub(super) struct TargetsBody<'a> {
    /// By year, area and indicator.
    items: Vec<TargetBody<'a>>,
    /// The revision at which any of these was set or taken back last; null where none ever was.
    #[schema(required)]
    revision: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AreaTarget)]
struct TargetBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    indicator: &'a str,
    #[schema(value_type = Unit)]
    unit: &'static str,
    /// The year.
    reference_period: String,
    value: Number,
    /// The revision that set it.
    revision: i64,
}

impl<'a> TargetsBody<'a> {
    fn of(board: &'a Board) -> Self {
        let snapshot = &board.snapshot;
        let item = |target: &target::Target| {
            let indicator = snapshot.catalogue().get(target.indicator)?;
            // As the area was at the end of the year, or was last.
            let on = NaiveDate::from_ymd_opt(target.year, 12, 31).unwrap_or(NaiveDate::MAX);
            Some(TargetBody {
                area: AreaBody::on(snapshot, target.area, on),
                indicator: &indicator.code,
                unit: indicator.unit.as_str(),
                reference_period: target.year.to_string(),
                value: target.value.into(),
                revision: target.revision,
            })
        };
        Self { items: board.targets.iter().filter_map(item).collect(), revision: board.revision }
    }
}

pub(super) async fn read(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let question =
        TargetQuestion { area: params.take("area")?, indicator: params.take("indicator")?, year: params.take("year")? };
    let as_of = params.take("asOf")?.map(|text| AsOf::read("asOf", &text)).transpose()?;
    params.finish()?;
    let board = target::read(&context.app, &context.caller, &question, as_of.as_ref()).await?;
    tagged(&context, &board.etag, &TargetsBody::of(&board))
}

pub(super) async fn set(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    authorize(&context.caller, Action::QuarterManage)?;
    let sent: TargetChangeBody = body::json(&mut context).await?;
    let change = TargetChange {
        area: sent.area,
        indicator: sent.indicator,
        reference_period: sent.reference_period,
        value: sent.value.as_ref().map(target::written),
        reason: sent.reason,
    };
    let board = target::set(&context.app, &context.actor(), &change, context.header(IF_MATCH)).await?;
    replaced(&board.etag, &TargetsBody::of(&board))
}
