//! Writing reports and moving them on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, IF_MATCH, IF_NONE_MATCH};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::bytes;
use super::body;
use super::context::Context;
use super::params::Params;
use super::report::{answer, place_of};
use crate::domain::policy::{Action, authorize};
use crate::domain::report::ReportStatus;
use crate::error::Result;
use crate::service::workflow::{Edit, Precondition, Transition, bulk, edit, transition, transition_all, upload};

/// What is to become of a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct TransitionInput {
    to: ReportStatus,
    /// Why; returning, reopening and retracting need it.
    #[schema(pattern = r"^[^\u0000]*$")]
    comment: Option<String>,
}

/// What the ward says of a finding.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ExplanationInput {
    #[schema(pattern = r"^[^\u0000]*$")]
    text: String,
}

/// The acceptance of a repair.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RepairInput {
    /// The repair's id.
    #[schema(pattern = r"^[^\u0000]*$")]
    repair: String,
    /// Whether the stated rates that it makes wrong are restated.
    #[serde(default)]
    restate: bool,
}

/// Which of the figures that agencies sent are taken into the draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct AcceptInput {
    /// The codes of their indicators; all of them where left out.
    #[schema(max_items = 1000)]
    indicators: Option<Vec<String>>,
}

/// One report of a bulk transition.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct BulkReport {
    /// The code of the ward.
    #[schema(pattern = r"^[^\u0000]*$")]
    ward: String,
    /// The ETag under which it was read.
    #[schema(pattern = r"^[^\u0000]*$")]
    etag: String,
}

/// The same step for many reports of a quarter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct BulkInput {
    #[schema(pattern = r"^[^\u0000]*$")]
    quarter: String,
    to: ReportStatus,
    /// Why, or what else there is to say.
    #[schema(pattern = r"^[^\u0000]*$")]
    comment: Option<String>,
    /// Which reports.
    #[schema(min_items = 1, max_items = 500)]
    reports: Vec<BulkReport>,
}

/// What became of one report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MovedReport)]
pub(super) struct MovedBody<'a> {
    ward: &'a str,
    status: ReportStatus,
    /// What `If-Match` takes now.
    etag: String,
}

/// What became of all of them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BulkAnswer)]
pub(super) struct BulkBody<'a> {
    /// The revision that they are published or retracted by.
    #[schema(required)]
    revision: Option<i64>,
    reports: Vec<MovedBody<'a>>,
}

/// Reads the state in which the caller believes the report to be.
fn precondition(context: &Context) -> Result<Precondition> {
    let one = |name: HeaderName| {
        let mut given = context.request.headers().get_all(name);
        (given.next().map(|value| value.to_str().unwrap_or_default()), given.next().is_some())
    };
    let ((wanted, several), (unwanted, more)) = (one(IF_MATCH), one(IF_NONE_MATCH));
    if several || more {
        return Err(Precondition::malformed());
    }
    Precondition::read(wanted, unwanted)
}

async fn write(context: Context, wanted: Edit) -> Result<HttpResponse> {
    let snapshot = context.app.snapshots.read(&context.caller, Action::PublishedReportRead)?;
    let place = place_of(&context, &snapshot)?;
    let precondition = precondition(&context)?;
    let (view, begun) = edit(&context.app, &snapshot, &context.actor(), &place, precondition, wanted).await?;
    answer(&context, &view, &[], status_of(begun))
}

const fn status_of(begun: bool) -> StatusCode {
    if begun { StatusCode::CREATED } else { StatusCode::OK }
}

/// What is refused before a body is read: who may not write need not send one.
fn may(context: &Context, action: Action) -> Result<()> {
    Params::parse(context.request.query_string())?.finish()?;
    authorize(&context.caller, action).map(drop)
}

pub(super) async fn put(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let body: Value = body::json(&mut context).await?;
    write(context, Edit::Replace(body)).await
}

pub(super) async fn patch(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let body: Value = body::json(&mut context).await?;
    write(context, Edit::Merge(body)).await
}

pub(super) async fn upload_file(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let file = body::sheet(&mut context).await?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::PublishedReportRead)?;
    let place = place_of(&context, &snapshot)?;
    let precondition = precondition(&context)?;
    let done = upload(&context.app, &snapshot, &context.actor(), &place, precondition, file).await?;
    answer(&context, &done.view, &done.ignored_columns, status_of(done.begun))
}

pub(super) async fn explain(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let ExplanationInput { text } = body::json(&mut context).await?;
    let finding = context.path("finding").to_owned();
    write(context, Edit::Explain { finding, text: Some(text) }).await
}

pub(super) async fn take_back(context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let finding = context.path("finding").to_owned();
    write(context, Edit::Explain { finding, text: None }).await
}

pub(super) async fn accept(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let AcceptInput { indicators } = body::json(&mut context).await?;
    write(context, Edit::Accept { indicators }).await
}

pub(super) async fn repair(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::DraftWrite)?;
    let RepairInput { repair, restate } = body::json(&mut context).await?;
    write(context, Edit::Repair { repair, restate }).await
}

pub(super) async fn move_on(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    authorize(&context.caller, Action::ReportSubmit).or_else(|_| authorize(&context.caller, Action::ReportDecide))?;
    let TransitionInput { to, comment } = body::json(&mut context).await?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::PublishedReportRead)?;
    let place = place_of(&context, &snapshot)?;
    let precondition = precondition(&context)?;
    let wanted = Transition { to, comment };
    let view = transition(&context.app, &snapshot, &context.actor(), &place, precondition, wanted).await?;
    answer(&context, &view, &[], StatusCode::OK)
}

pub(super) async fn move_all(mut context: Context) -> Result<HttpResponse> {
    may(&context, Action::ReportDecide)?;
    let BulkInput { quarter, to, comment, reports } = body::json(&mut context).await?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::PublishedReportRead)?;
    let named: Vec<_> = reports.iter().map(|report| (&*report.ward, &*report.etag)).collect();
    let items = bulk(&snapshot, context.app.clock.today(), &quarter, &named)?;
    let wanted = Transition { to, comment };
    let (revision, moved) = transition_all(&context.app, &snapshot, &context.actor(), items, wanted).await?;
    let reports = moved.iter().map(|moved| MovedBody {
        ward: &moved.place.code,
        status: moved.status,
        etag: format!("\"{}\"", moved.tag),
    });
    let body = bytes(&BulkBody { revision, reports: reports.collect() })?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(body))
}
