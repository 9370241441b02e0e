//! `/webhooks`: whom the caller wants to have told of every revision.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_MATCH, LINK, LOCATION};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::answer::{bytes, fresh, limit_and_cursor, matches, next_link, not_modified, tagged};
use super::body;
use super::context::Context;
use super::params::Params;
use crate::auth::WebhookSecret;
use crate::db::outbox::{Attempt, Delivery};
use crate::domain::policy::{Action, authorize};
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::error::{Code, Error, Result};
use crate::service::webhook::{self, Shown, WebhookChange};
use crate::text;

/// A webhook to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = WebhookInput)]
pub(super) struct WebhookInput {
    /// Where events are sent: https, at a public address.
    #[schema(format = "uri", max_length = 2000)]
    url: String,
    /// What it is for.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 500)]
    description: Option<String>,
    /// Whether events are sent; they are, unless said.
    #[serde(default, deserialize_with = "given")]
    enabled: Option<bool>,
}

/// What is to be changed of a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = WebhookPatch)]
pub(super) struct WebhookPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(format = "uri", max_length = 2000)]
    url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 500)]
    description: Option<String>,
    /// What was published while it was false is sent once it is true.
    #[serde(default, deserialize_with = "given")]
    enabled: Option<bool>,
}

/// What is left out is not said; null says nothing that is known here.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What is to be sent again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = ReplayInput)]
pub(super) struct ReplayInput {
    /// The events of the revisions behind this one, at most 1,000 of them.
    #[schema(minimum = 0)]
    after: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub(super) struct WebhookBody<'a> {
    id: &'a str,
    url: &'a str,
    description: &'a str,
    enabled: bool,
    /// Why the service disabled it.
    #[schema(required, value_type = Option<DisabledBecause>)]
    disabled_because: Option<&'static str>,
    /// The last revision for which an event was made.
    told_revision: i64,
    /// Until when events are signed under the secret before this one too.
    #[schema(required)]
    previous_secret_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// What `If-Match` takes.
    etag: &'a str,
    /// Under which events are signed; shown where it is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl<'a> WebhookBody<'a> {
    fn of(Shown { webhook, etag }: &'a Shown, secret: Option<&WebhookSecret>) -> Self {
        Self {
            id: &webhook.id,
            url: &webhook.url,
            description: &webhook.description,
            enabled: webhook.enabled,
            disabled_because: webhook.disabled_because.map(DisabledBecause::as_str),
            told_revision: webhook.told_revision,
            previous_secret_until: webhook.previous.as_ref().map(|(_, until)| until.and_utc()),
            created_at: webhook.created_at.and_utc(),
            updated_at: webhook.updated_at.and_utc(),
            etag,
            secret: secret.map(WebhookSecret::shown),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookList)]
pub(super) struct WebhooksBody<'a> {
    /// The oldest first.
    items: Vec<WebhookBody<'a>>,
}

/// One attempt to deliver an event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryAttempt)]
struct AttemptBody<'a> {
    at: DateTime<Utc>,
    milliseconds: i64,
    /// What the receiver answered.
    #[schema(required)]
    status_code: Option<i32>,
    /// What kept it from answering: `noAddress`, `privateAddress`, `connect`, `tls`, `timeout` or `protocol`.
    #[schema(required)]
    fault: Option<&'a str>,
    /// The beginning of what it answered.
    answer: &'a str,
}

/// An event on its way to a webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDelivery)]
struct DeliveryBody<'a> {
    /// The header `webhook-id`: the same however often the event is sent.
    message: &'a str,
    /// `revision.published` or `webhook.test`.
    event: &'a str,
    /// The revision that it tells of.
    #[schema(required)]
    revision: Option<i64>,
    #[schema(value_type = DeliveryStatus)]
    status: &'static str,
    created_at: DateTime<Utc>,
    /// When it is sent next.
    #[schema(required)]
    due_at: Option<DateTime<Utc>>,
    attempts: Vec<AttemptBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDeliveryList)]
pub(super) struct DeliveriesBody<'a> {
    /// The newest first.
    items: Vec<DeliveryBody<'a>>,
    /// For the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl<'a> DeliveryBody<'a> {
    fn of((delivery, attempts): &'a (Delivery, Vec<Attempt>)) -> Self {
        let attempt = |attempt: &'a Attempt| AttemptBody {
            at: attempt.at.and_utc(),
            milliseconds: attempt.milliseconds,
            status_code: attempt.status_code,
            fault: attempt.fault.as_deref(),
            answer: &attempt.answer,
        };
        let pending = delivery.status == DeliveryStatus::Pending;
        Self {
            message: &delivery.message,
            event: &delivery.event,
            revision: delivery.revision,
            status: delivery.status.as_str(),
            created_at: delivery.created_at.and_utc(),
            due_at: pending.then(|| delivery.due_at.and_utc()),
            attempts: attempts.iter().map(attempt).collect(),
        }
    }
}

/// What was put in turn to be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = Queued)]
pub(super) struct QueuedBody {
    /// How many events.
    deliveries: usize,
}

/// Nothing but what is declared, for whoever may have webhooks at all.
fn plain(context: &Context) -> Result<()> {
    authorize(&context.caller, Action::ChangesRead)?;
    Params::parse(context.request.query_string())?.finish()
}

fn answer<T: Serialize>(status: StatusCode, etag: Option<&str>, body: &T) -> Result<HttpResponse> {
    let mut response = HttpResponse::build(status);
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    if let Some(etag) = etag {
        response.insert_header((ETAG, etag));
    }
    Ok(response.body(bytes(body)?))
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let found = webhook::list(&context.app, &context.caller).await?;
    fresh(&WebhooksBody { items: found.iter().map(|shown| WebhookBody::of(shown, None)).collect() })
}

pub(super) async fn create(mut context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let sent: WebhookInput = body::json(&mut context).await?;
    let change = WebhookChange { url: Some(sent.url), description: sent.description, enabled: sent.enabled };
    let (shown, secret) = webhook::create(&context.app, &context.actor(), &change).await?;
    let mut response = answer(StatusCode::CREATED, Some(&shown.etag), &WebhookBody::of(&shown, Some(&secret)))?;
    let place = format!("/api/v1/webhooks/{}", shown.webhook.id);
    response.headers_mut().insert(LOCATION, place.parse().map_err(Error::internal)?);
    Ok(response)
}

pub(super) async fn read(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let shown = webhook::read(&context.app, &context.caller, context.path("id")).await?;
    if matches(&context, &shown.etag) {
        return Ok(not_modified(shown.etag));
    }
    tagged(&context, &shown.etag, &WebhookBody::of(&shown, None))
}

pub(super) async fn change(mut context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let sent: WebhookPatch = body::json(&mut context).await?;
    let change = WebhookChange { url: sent.url, description: sent.description, enabled: sent.enabled };
    let if_match = context.header(IF_MATCH);
    let shown = webhook::change(&context.app, &context.actor(), context.path("id"), &change, if_match).await?;
    answer(StatusCode::OK, Some(&shown.etag), &WebhookBody::of(&shown, None))
}

pub(super) async fn delete(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    webhook::delete(&context.app, &context.actor(), context.path("id"), context.header(IF_MATCH)).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn rotate(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let (shown, secret) = webhook::rotate(&context.app, &context.actor(), context.path("id")).await?;
    answer(StatusCode::OK, Some(&shown.etag), &WebhookBody::of(&shown, Some(&secret)))
}

pub(super) async fn test(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    webhook::test(&context.app, &context.actor(), context.path("id")).await?;
    answer(StatusCode::ACCEPTED, None, &QueuedBody { deliveries: 1 })
}

pub(super) async fn replay(mut context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let sent: ReplayInput = body::json(&mut context).await?;
    let deliveries = webhook::replay(&context.app, &context.actor(), context.path("id"), sent.after).await?;
    answer(StatusCode::ACCEPTED, None, &QueuedBody { deliveries })
}

pub(super) async fn deliveries(context: Context) -> Result<HttpResponse> {
    authorize(&context.caller, Action::ChangesRead)?;
    let mut params = Params::parse(context.request.query_string())?;
    let (limit, cursor) = limit_and_cursor(&mut params)?;
    params.finish()?;
    let before = cursor.map(|text| position(&text)).transpose()?;
    let id = context.path("id");
    let (found, more) = webhook::deliveries(&context.app, &context.caller, id, before, limit).await?;
    let next_cursor = found.last().filter(|_| more).map(|(last, _)| last.id.to_string());
    let link = next_cursor.as_ref().map(|cursor| next_link(&context, "cursor", cursor));
    let mut response = fresh(&DeliveriesBody { items: found.iter().map(DeliveryBody::of).collect(), next_cursor })?;
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link.parse().map_err(Error::internal)?);
    }
    Ok(response)
}

/// A delivery that a page ended with.
fn position(text: &str) -> Result<i64> {
    let plain = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or_else(|| {
        let detail = text!(
            "Con trỏ không đúng với danh sách này. Hãy lấy lại từ trang đầu.",
            "The cursor does not belong to this list. Start again from the first page."
        );
        Error::parameter(Code::InvalidCursor, "cursor", detail)
    })
}
