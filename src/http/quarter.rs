//! Quarters: their windows and deadlines, and how far reporting has come.

use actix_web::HttpResponse;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{bytes, fresh, from_snapshot, page};
use super::context::Context;
use super::params::{Params, required};
use super::wire::{AreaBody, Number};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::policy::Action;
use crate::domain::progress::{Reporting, Share};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::Result;
use crate::service::progress::{Progress, WardProgress, progress as read_progress, published_reporting};
use crate::service::read::{area as read_area, quarter as read_quarter, quarters as find_quarters};
use crate::snapshot::Snapshot;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportingQuarter)]
pub(super) struct QuarterBody<'a> {
    #[schema(value_type = Quarter)]
    quarter: String,
    /// The first day that reports are about.
    window_start: NaiveDate,
    /// The last day that reports are about.
    cut_off: NaiveDate,
    /// The day by which each level reports: for the area asked for, else where no area set another.
    deadlines: Deadlines,
    /// Whether reports may no longer change: those of the area asked for, else all.
    locked: bool,
    /// How many reports are published.
    published_reports: usize,
    /// The area asked for, as it was at the cut-off.
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    /// The reporting of the area asked for.
    #[schema(required)]
    reporting: Option<ReportingBody>,
}

#[derive(Serialize, ToSchema)]
struct Deadlines {
    #[schema(required)]
    ward: Option<NaiveDate>,
    #[schema(required)]
    town: Option<NaiveDate>,
    #[schema(required)]
    province: Option<NaiveDate>,
}

/// Counts of the wards that belong to an area at the cut-off. `expected = reported + missing`, and
/// `reported = inTime + late + undated`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reporting)]
pub(super) struct ReportingBody {
    expected: usize,
    /// With a published report.
    reported: usize,
    /// Published reports that came by their ward's deadline.
    in_time: usize,
    /// Published reports that came after it.
    late: usize,
    /// Published reports of which it is not on record when they came.
    undated: usize,
    /// Without a published report.
    missing: usize,
    /// `reported` of `expected`.
    completeness: ShareBody,
    /// `inTime` of `expected`.
    timeliness: ShareBody,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Share)]
struct ShareBody {
    /// Percent; null where nobody is expected.
    #[schema(required)]
    value: Option<Number>,
    numerator: usize,
    denominator: usize,
}

impl From<Share> for ShareBody {
    fn from(share: Share) -> Self {
        Self { value: share.value.map(Number::from), numerator: share.numerator, denominator: share.denominator }
    }
}

impl From<Reporting> for ReportingBody {
    fn from(found: Reporting) -> Self {
        Self {
            expected: found.expected,
            reported: found.reported,
            in_time: found.in_time,
            late: found.late,
            undated: found.undated,
            missing: found.missing,
            completeness: found.completeness.into(),
            timeliness: found.timeliness.into(),
        }
    }
}

impl<'a> QuarterBody<'a> {
    fn of(snapshot: &'a Snapshot, quarter: Quarter, area: Option<AreaKey>) -> Self {
        let calendar = snapshot.calendar();
        let window = calendar.window(quarter);
        let due = |level| match area {
            Some(area) => snapshot.deadline(area, quarter, level).map(|deadline| deadline.due_on),
            None => calendar.deadline(quarter, level),
        };
        Self {
            quarter: quarter.to_string(),
            window_start: window.start,
            cut_off: window.cut_off,
            deadlines: Deadlines { ward: due(Level::Ward), town: due(Level::Town), province: due(Level::Province) },
            locked: area.map_or_else(|| calendar.is_locked(quarter), |area| snapshot.locked(area, quarter)),
            published_reports: snapshot.reports(quarter).count(),
            area: area.and_then(|area| AreaBody::on(snapshot, area, window.cut_off)),
            reporting: area.map(|area| published_reporting(snapshot, area, quarter).into()),
        }
    }
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, mut params| {
        let (code, from, to) = (params.take("area")?, params.take("from")?, params.take("to")?);
        let filter = format!("{code:?} {from:?} {to:?}");
        let today = context.app.clock.today();
        let (found, area) = find_quarters(snapshot, today, code.as_deref(), from.as_deref(), to.as_deref())?;
        page(context, snapshot, params, found, &filter, |quarter| QuarterBody::of(snapshot, quarter, area))
    })
    .await
}

pub(super) async fn one(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, mut params| {
        let code = params.take("area")?;
        params.finish()?;
        let quarter = read_quarter(snapshot, context.app.clock.today(), "{quarter}", context.path("quarter"))?;
        let on = Some(snapshot.calendar().cut_off(quarter));
        let area = code.map(|code| read_area(snapshot, "area", &code, on).map(|(_, key)| key)).transpose()?;
        Ok(bytes(&QuarterBody::of(snapshot, quarter, area))?.into())
    })
    .await
}

/// What follows the clock and the caller, beside the counts that everybody gets.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Progress)]
pub(super) struct ProgressBody<'a> {
    epoch: &'a str,
    /// The revision that the counts are as of.
    revision: i64,
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    reporting: ReportingBody,
    /// Every expected ward.
    wards: Vec<WardBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WardProgress)]
struct WardBody<'a> {
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    /// The last day in time.
    #[schema(required)]
    deadline: Option<NaiveDate>,
    /// Whether the ward was given longer than the others.
    extended: bool,
    /// Days until the deadline, negative once it has passed; null once the report has come, as far as you may know.
    #[schema(required)]
    days_left: Option<i64>,
    published: bool,
    /// How far the report has come, as far as you may know; of one that is reopened, how far its new version has.
    #[schema(required, value_type = Option<ReportStatus>)]
    status: Option<&'static str>,
    /// When the ward submitted it, as far as you may know.
    #[schema(required)]
    submitted_at: Option<DateTime<Utc>>,
    /// Whether that was by the deadline.
    #[schema(required)]
    in_time: Option<bool>,
    /// Whether it came late, or is still to come past its deadline; null where it is not on record when it came.
    #[schema(required)]
    late: Option<bool>,
}

impl<'a> WardBody<'a> {
    fn of(found: &'a Progress, ward: &'a WardProgress) -> Self {
        let cut_off = found.snapshot.calendar().cut_off(found.quarter);
        Self {
            area: AreaBody::on(&found.snapshot, ward.ward, cut_off),
            deadline: ward.deadline.as_ref().map(|deadline| deadline.due_on),
            extended: ward.extended(),
            days_left: ward.days_left,
            published: ward.published,
            status: ward.status.map(|status| status.as_str()),
            submitted_at: ward.submitted_at.map(|instant| instant.and_utc()),
            in_time: ward.in_time,
            late: ward.late,
        }
    }
}

pub(super) async fn progress(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let area = params.take("area")?;
    params.finish()?;
    let area = required("area", area)?;
    let quarter = ("{quarter}", context.path("quarter"));
    let found = read_progress(&context.app, &context.caller, quarter, &area).await?;
    let snapshot = &found.snapshot;
    let body = ProgressBody {
        epoch: &snapshot.epoch,
        revision: snapshot.revision,
        area: AreaBody::on(snapshot, found.area, snapshot.calendar().cut_off(found.quarter)),
        quarter: found.quarter.to_string(),
        reporting: found.reporting.into(),
        wards: found.wards.iter().map(|ward| WardBody::of(&found, ward)).collect(),
    };
    fresh(&body)
}
