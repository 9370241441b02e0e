//! Figures that agencies send, and what became of them.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LINK};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::answer::{bytes, limit_and_cursor, next_link};
use super::body;
use super::context::Context;
use super::idempotency::{key, replayable};
use super::params::Params;
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::entry::PushInput;
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Operator, SurveyMethod};
use crate::domain::policy::{Action, authorize};
use crate::domain::pushed::PushedOutcome;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::{Error, Result};
use crate::service::idempotency::{Idempotent, needed};
use crate::service::json::{from_value, invalid, normalised};
use crate::service::push::{MAX_ROWS, Pushed, PushedItem, PushedQuestion, Source, push, pushed};
use crate::snapshot::Snapshot;
use crate::text;

/// Five thousand figures with everything that can be said of them.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Figures that an agency sends: all of them are kept, or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct PushBody {
    #[schema(min_items = 1, max_items = 5000)]
    observations: Vec<PushInput>,
}

/// What became of the figures of a request. A rate that brings its counts is three figures.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pushed)]
pub(super) struct DoneBody {
    /// How many rows the request had.
    #[schema(minimum = 1)]
    rows: usize,
    /// Figures that were not sent before.
    created: usize,
    /// Figures that say something else than before.
    updated: usize,
    /// Figures that say the same.
    unchanged: usize,
}

/// A figure that the client has sent, and what became of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PushedObservation)]
pub(super) struct SentBody<'a> {
    /// The ward, at the quarter's cut-off.
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    indicator: &'a str,
    nature: Nature,
    span: Span,
    /// How the number relates to the value.
    operator: Operator,
    value: String,
    #[schema(required)]
    reference_period: Option<&'a str>,
    #[schema(required)]
    method: Option<SurveyMethod>,
    #[schema(required)]
    note: Option<&'a str>,
    sent_at: DateTime<Utc>,
    /// The `X-Request-Id` of the request that brought it.
    #[schema(required)]
    request_id: Option<&'a str>,
    outcome: PushedOutcome,
    /// How far the report has come that decides so; null while the ward has not sent one.
    #[schema(required)]
    report_status: Option<ReportStatus>,
    /// Why the ward states something else, once its report is published.
    #[schema(required)]
    explanation: Option<&'a str>,
}

impl<'a> SentBody<'a> {
    fn of(snapshot: &'a Snapshot, item: &'a PushedItem) -> Self {
        let (row, figure) = (&item.row, &item.row.pushed.figure);
        Self {
            area: AreaBody::on(snapshot, item.ward, snapshot.calendar().cut_off(row.quarter)),
            quarter: row.quarter.to_string(),
            indicator: &figure.indicator,
            nature: figure.nature,
            span: figure.span,
            operator: figure.operator,
            value: figure.value.to_string(),
            reference_period: figure.reference_period.as_deref(),
            method: figure.method,
            note: figure.note.as_deref(),
            sent_at: row.pushed.at.and_utc(),
            request_id: row.request_id.as_deref(),
            outcome: item.outcome,
            report_status: item.status,
            explanation: item.explanation.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentList<'a> {
    items: Vec<SentBody<'a>>,
    next_cursor: Option<&'a str>,
}

fn done(pushed: Pushed) -> Result<String> {
    let Pushed { rows, created, updated, unchanged } = pushed;
    serde_json::to_string(&DoneBody { rows, created, updated, unchanged }).map_err(Error::internal)
}

/// What is refused before a body is read.
fn may(context: &Context) -> Result<()> {
    authorize(&context.caller, Action::ObservationPush)?;
    Params::parse(context.request.query_string())?.finish()
}

/// Keeps the figures of a list.
pub(super) async fn list(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let key = needed(key(&context)?)?;
    let (PushBody { observations }, text) = body::json_of(&mut context, MAX_BYTES).await?;
    if observations.is_empty() || observations.len() > MAX_ROWS {
        let detail = text!("Mỗi lần gửi từ 1 đến {MAX_ROWS} số liệu.", "A request has 1 to {MAX_ROWS} figures.");
        return Err(invalid("/observations", detail));
    }
    let actor = context.actor();
    let request = Idempotent::new(&actor, "POST /api/v1/observations", key, &[text.as_bytes()]);
    replayable(push(&context.app, &actor, (Source::List, observations), Some(request), done).await?)
}

/// Keeps the one figure that the address names.
pub(super) async fn one(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let key = key(&context)?;
    let (mut members, text): (Map<String, Value>, String) = body::json_of(&mut context, MAX_BYTES).await?;
    for name in ["ward", "quarter", "indicator"] {
        if members.contains_key(name) {
            let detail =
                text!("{name} đứng ở địa chỉ, không ở nội dung.", "{name} stands in the address, not in the body.");
            return Err(invalid(&format!("/{name}"), detail));
        }
        members.insert(name.to_owned(), context.path(name).into());
    }
    let input: PushInput = from_value(normalised(Value::Object(members)), "")?;
    let actor = context.actor();
    let operation = format!("PUT {}", context.request.path());
    let request = key.map(|key| Idempotent::new(&actor, operation, key, &[text.as_bytes()]));
    replayable(push(&context.app, &actor, (Source::Address, vec![input]), request, done).await?)
}

/// What the client has sent and holds still.
pub(super) async fn sent(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let (ward, quarter, indicator) = (params.take("ward")?, params.take("quarter")?, params.take("indicator")?);
    let (limit, cursor) = limit_and_cursor(&mut params)?;
    params.finish()?;
    let question = PushedQuestion { ward, quarter, indicator, limit, cursor };
    let page = pushed(&context.app, &context.actor(), &question).await?;
    let items = page.items.iter().map(|item| SentBody::of(&page.snapshot, item)).collect();
    let body = bytes(&SentList { items, next_cursor: page.next.as_deref() })?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    if let Some(cursor) = &page.next {
        response.insert_header((LINK, next_link(&context, "cursor", cursor)));
    }
    Ok(response.body(body))
}
