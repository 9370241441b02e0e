//! The audit trail.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LINK};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{bytes, limit_and_cursor, next_link};
use super::context::Context;
use super::params::Params;
use super::wire::AreaBody;
use crate::db::trail::Recorded;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::date_in_vietnam;

use crate::domain::quarter::Quarter;
use crate::error::Result;
use crate::service::trail::{Trail, TrailPage, TrailQuestion, history as read_history, trail};
use crate::snapshot::Snapshot;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntryList)]
pub(super) struct TrailBody<'a> {
    items: Vec<EntryBody<'a>>,
    /// For the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
struct EntryBody<'a> {
    /// Later entries have larger ones.
    id: i64,
    at: DateTime<Utc>,
    /// Who did it; null for the service itself.
    #[schema(required)]
    actor: Option<ActorBody<'a>>,
    /// What the actor was: a role, or the service.
    role: &'a str,
    /// What was done.
    action: &'a str,
    /// To what kind of thing.
    subject: &'a str,
    /// The ward or other area that it is about.
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(required, value_type = Option<Quarter>)]
    quarter: Option<String>,
    #[schema(required)]
    before: Option<&'a str>,
    #[schema(required)]
    after: Option<&'a str>,
    #[schema(required)]
    reason: Option<&'a str>,
    /// The `X-Request-Id` of the request that did it.
    #[schema(required)]
    request_id: Option<&'a str>,
    /// The hash of the entry before it in its chain: that of an area's quarter, or of all that is about none.
    #[schema(required)]
    previous_hash: Option<&'a str>,
    /// SHA-256 over this entry and `previousHash`.
    hash: &'a str,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditActor)]
pub(super) struct ActorBody<'a> {
    /// The id of the account or client.
    pub id: &'a str,
    /// What people call the account or client.
    #[schema(required)]
    pub display_name: Option<&'a str>,
}

impl<'a> EntryBody<'a> {
    fn of(snapshot: &'a Snapshot, entry: &'a Recorded) -> Self {
        let made = date_in_vietnam(entry.at.and_utc());
        let on = entry.quarter.map_or(made, |quarter| snapshot.calendar().cut_off(quarter));
        let actor = entry.actor.as_deref();
        Self {
            id: entry.id,
            at: entry.at.and_utc(),
            actor: actor.map(|id| ActorBody { id, display_name: entry.actor_name.as_deref() }),
            role: &entry.role,
            action: &entry.action,
            subject: &entry.subject,
            area: entry.area.and_then(AreaKey::new).and_then(|key| AreaBody::on(snapshot, key, on)),
            quarter: entry.quarter.map(|quarter| quarter.to_string()),
            before: entry.before.as_deref(),
            after: entry.after.as_deref(),
            reason: entry.reason.as_deref(),
            request_id: entry.request_id.as_deref(),
            previous_hash: entry.previous_hash.as_deref(),
            hash: &entry.hash,
        }
    }
}

fn page(params: &mut Params) -> Result<TrailPage> {
    let (limit, cursor) = limit_and_cursor(params)?;
    Ok(TrailPage { limit, cursor: cursor.map(|cursor| ("cursor", cursor)) })
}

fn answer(context: &Context, found: &Trail) -> Result<HttpResponse> {
    let items = found.entries.iter().map(|entry| EntryBody::of(&found.snapshot, entry)).collect();
    let body = bytes(&TrailBody { items, next_cursor: found.next.as_deref() })?;
    let mut response = HttpResponse::Ok();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    if let Some(cursor) = &found.next {
        response.insert_header((LINK, next_link(context, "cursor", cursor)));
    }
    Ok(response.body(body))
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let question = TrailQuestion {
        ward: params.take("ward")?,
        quarter: params.take("quarter")?,
        actor: params.take("actor")?,
        action: params.take("action")?,
        from: params.take("from")?,
        to: params.take("to")?,
    };
    let page = page(&mut params)?;
    params.finish()?;
    answer(&context, &trail(&context.app, &context.caller, &question, page).await?)
}

pub(super) async fn history(context: Context) -> Result<HttpResponse> {
    let mut params = Params::parse(context.request.query_string())?;
    let page = page(&mut params)?;
    params.finish()?;
    let (code, quarter) = (("{code}", context.path("code")), ("{quarter}", context.path("quarter")));
    answer(&context, &read_history(&context.app, &context.caller, code, quarter, page).await?)
}
