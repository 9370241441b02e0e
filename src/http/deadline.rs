//! Deadlines and locks of areas.

use actix_web::HttpResponse;
use actix_web::http::header::IF_MATCH;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{replaced, tagged};
use super::body;
use super::context::Context;
use super::params::{Params, required};
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::calendar::Level;
use crate::domain::deadline::DeadlineSource;
use crate::domain::policy::{Action, authorize};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::service::deadline::{self, DeadlineChange};
use crate::service::lock::{self, LockChange};
use crate::text;

/// Area and quarter, both needed.
fn place(context: &Context) -> Result<(String, String)> {
    let mut params = Params::parse(context.request.query_string())?;
    let (area, quarter) = (params.take("area")?, params.take("quarter")?);
    params.finish()?;
    Ok((required("area", area)?, required("quarter", quarter)?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = DeadlineChange)]
pub(super) struct DeadlineChangeBody {
    /// The code of a town, whose date is for the wards within it, or of a ward, whose date is an extension.
    #[schema(pattern = "^[0-9A-Za-z]{1,16}(@[0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    area: String,
    #[schema(value_type = Quarter)]
    quarter: String,
    /// Whose reports: the wards', unless said.
    #[serde(default)]
    #[schema(value_type = Option<Level>)]
    level: Option<String>,
    /// The last day in time; null for what holds without it.
    #[serde(deserialize_with = "given")]
    #[schema(required, value_type = Option<NaiveDate>)]
    due_on: Option<String>,
    /// Why; an extension must say.
    #[serde(default)]
    reason: Option<String>,
}

/// What must be there and may be null: leaving it out is no way to take something back.
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AreaDeadlines)]
pub(super) struct DeadlinesBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    /// By level, from the lowest.
    deadlines: Vec<DeadlineBody<'a>>,
    /// Wards within the area that were given longer.
    extensions: Vec<ExtensionBody<'a>>,
    /// The revision at which any of this was set or taken back last; null where nothing ever was.
    #[schema(required)]
    revision: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Deadline)]
struct DeadlineBody<'a> {
    #[schema(value_type = Level)]
    level: &'static str,
    /// The last day in time.
    due_on: NaiveDate,
    /// Where it comes from.
    #[schema(value_type = DeadlineSource)]
    source: &'static str,
    /// The area that set it, or the ward that was given it.
    #[schema(required)]
    set_by: Option<AreaBody<'a>>,
    #[schema(required)]
    reason: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeadlineExtension)]
struct ExtensionBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    due_on: NaiveDate,
    #[schema(required)]
    reason: Option<&'a str>,
}

impl<'a> DeadlinesBody<'a> {
    fn of(board: &'a deadline::Board) -> Self {
        let snapshot = &board.snapshot;
        let cut_off = snapshot.calendar().cut_off(board.quarter);
        let named = |key| AreaBody::on(snapshot, key, cut_off);
        let levels = board.levels.iter().map(|(level, deadline)| DeadlineBody {
            level: level.as_str(),
            due_on: deadline.due_on,
            source: deadline.source.as_str(),
            set_by: deadline.area.and_then(named),
            reason: deadline.reason.as_deref(),
        });
        let extensions = board.extensions.iter().map(|(ward, deadline)| ExtensionBody {
            area: named(*ward),
            due_on: deadline.due_on,
            reason: deadline.reason.as_deref(),
        });
        Self {
            area: named(board.area),
            quarter: board.quarter.to_string(),
            deadlines: levels.collect(),
            extensions: extensions.collect(),
            revision: board.revision,
        }
    }
}

pub(super) async fn read(context: Context) -> Result<HttpResponse> {
    let (area, quarter) = place(&context)?;
    let board = deadline::read(&context.app, &context.caller, &area, &quarter).await?;
    tagged(&context, &board.etag, &DeadlinesBody::of(&board))
}

pub(super) async fn set(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    authorize(&context.caller, Action::QuarterManage)?;
    let sent: DeadlineChangeBody = body::json(&mut context).await?;
    let level = sent.level.as_deref().map_or(Ok(Level::Ward), |word| {
        Level::parse(word).ok_or_else(|| {
            let detail = text!("level là ward hoặc town, không phải “{word}”.", "level is ward or town, not “{word}”.");
            Error::parameter(Code::InvalidBody, "/level", detail)
        })
    })?;
    let due_on = sent.due_on.as_deref().map(deadline::due_on).transpose()?;
    let change = DeadlineChange { area: sent.area, quarter: sent.quarter, level, due_on, reason: sent.reason };
    let board = deadline::set(&context.app, &context.actor(), &change, context.header(IF_MATCH)).await?;
    replaced(&board.etag, &DeadlinesBody::of(&board))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = LockChange)]
pub(super) struct LockChangeBody {
    /// The code of a town, whose lock is for every ward within it, or of a ward.
    #[schema(pattern = "^[0-9A-Za-z]{1,16}(@[0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    area: String,
    #[schema(value_type = Quarter)]
    quarter: String,
    /// Whether its reports may no longer change.
    locked: bool,
    /// Why.
    reason: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AreaLock)]
pub(super) struct LockBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    /// Whether reports may no longer change.
    locked: bool,
    /// The area that locked it: this one or one above it; null where it is open, or locked for everybody.
    #[schema(required)]
    locked_by: Option<AreaBody<'a>>,
    #[schema(required)]
    locked_at: Option<DateTime<Utc>>,
    #[schema(required)]
    reason: Option<&'a str>,
    /// The revision at which it was locked or opened last; null where it never was.
    #[schema(required)]
    revision: Option<i64>,
}

impl<'a> LockBody<'a> {
    fn of(board: &'a lock::Board) -> Self {
        let cut_off = board.snapshot.calendar().cut_off(board.quarter);
        let named = |key| AreaBody::on(&board.snapshot, key, cut_off);
        let lock = board.lock.as_ref();
        Self {
            area: named(board.area),
            quarter: board.quarter.to_string(),
            locked: board.locked,
            locked_by: lock.and_then(|(by, _)| named(*by)),
            locked_at: lock.map(|(_, lock)| lock.locked_at.and_utc()),
            reason: lock.map(|(_, lock)| lock.reason.as_str()),
            revision: board.revision,
        }
    }
}

pub(super) async fn read_lock(context: Context) -> Result<HttpResponse> {
    let (area, quarter) = place(&context)?;
    let board = lock::read(&context.app, &context.caller, &area, &quarter).await?;
    tagged(&context, &board.etag, &LockBody::of(&board))
}

pub(super) async fn set_lock(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    authorize(&context.caller, Action::QuarterManage)?;
    let LockChangeBody { area, quarter, locked, reason } = body::json(&mut context).await?;
    let change = LockChange { area, quarter, locked, reason };
    let board = lock::set(&context.app, &context.actor(), &change, context.header(IF_MATCH)).await?;
    replaced(&board.etag, &LockBody::of(&board))
}
