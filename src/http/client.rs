//! Clients and their secrets, for administrators.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_MATCH, LOCATION};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::{bytes, listed, only_page, replaced, tagged};
use super::body;
use super::context::Context;
use super::params::Params;
use crate::domain::client::ClientScope;
use crate::domain::policy::{Action, authorize};
use crate::error::Result;
use crate::service::client::{
    self, ClientChange, ClientView, IssuedSecret, NewClient, NewSecret, add, administer, change, revoke, rotate,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = NewClient)]
pub(super) struct NewClientBody {
    /// What people call it.
    #[schema(pattern = r"^[^\u0000]*$")]
    name: String,
    /// What its tokens may let it do.
    #[schema(value_type = Vec<ClientScope>)]
    scopes: Vec<String>,
    /// The ids of the areas within which it owns figures, such as `222-1`.
    #[serde(default)]
    areas: Vec<String>,
    /// The codes of the indicators that it owns there.
    #[serde(default)]
    indicators: Vec<String>,
    /// How long its first secret lives, in days.
    #[schema(minimum = 1, maximum = 730)]
    lifetime_days: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = ClientChange)]
pub(super) struct ClientChangeBody {
    /// What people call it.
    #[schema(pattern = r"^[^\u0000]*$")]
    name: Option<String>,
    /// What its tokens may let it do; those that it has are held to it too.
    #[schema(value_type = Option<Vec<ClientScope>>)]
    scopes: Option<Vec<String>>,
    /// The ids of the areas within which it owns figures.
    areas: Option<Vec<String>>,
    /// The codes of the indicators that it owns there.
    indicators: Option<Vec<String>>,
    /// Whether it gets no tokens; those that it has end within a second.
    disabled: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = NewSecret)]
pub(super) struct NewSecretBody {
    /// How long it lives, in days: 365 where nothing is said.
    #[schema(minimum = 1, maximum = 730)]
    lifetime_days: Option<i64>,
    /// For how many hours the other secret is accepted beside it; as long as it lives where nothing is said.
    #[schema(minimum = 0, maximum = 2160)]
    overlap_hours: Option<i64>,
}

/// Another agency's system.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Client)]
pub(super) struct ClientBody<'a> {
    /// What OAuth calls `client_id`.
    id: &'a str,
    name: &'a str,
    /// What its tokens may let it do.
    scopes: &'a [ClientScope],
    /// The ids of the areas within which it owns figures.
    areas: &'a [String],
    /// The codes of the indicators that it owns there.
    indicators: &'a [String],
    disabled: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Its secrets whose time is not over, without the secrets themselves.
    secrets: Vec<SecretBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClientSecret)]
pub(super) struct SecretBody<'a> {
    id: &'a str,
    created_at: DateTime<Utc>,
    /// From when it is refused.
    expires_at: DateTime<Utc>,
    /// Since when it is refused though its time is not over.
    #[schema(required)]
    revoked_at: Option<DateTime<Utc>>,
}

/// A secret that was made: nobody sees it a second time.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = IssuedSecret)]
pub(super) struct IssuedBody<'a> {
    /// The client.
    client_id: &'a str,
    /// The secret's id.
    id: &'a str,
    /// The secret itself: keep it now.
    secret: &'a str,
    expires_at: DateTime<Utc>,
}

/// A client that was added, with its first secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AddedClient)]
pub(super) struct AddedBody<'a> {
    client: ClientBody<'a>,
    secret: IssuedBody<'a>,
}

impl<'a> From<&'a ClientView> for ClientBody<'a> {
    fn from(ClientView { client, secrets, .. }: &'a ClientView) -> Self {
        let secret = |secret: &'a crate::db::client::Secret| SecretBody {
            id: &secret.id,
            created_at: secret.created_at.and_utc(),
            expires_at: secret.expires_at.and_utc(),
            revoked_at: secret.revoked_at.map(|instant| instant.and_utc()),
        };
        Self {
            id: &client.id,
            name: &client.name,
            scopes: &client.scopes,
            areas: &client.areas,
            indicators: &client.indicators,
            disabled: client.disabled,
            created_at: client.created_at.and_utc(),
            updated_at: client.updated_at.and_utc(),
            secrets: secrets.iter().map(secret).collect(),
        }
    }
}

fn issued<'a>(view: &'a ClientView, issued: &'a IssuedSecret) -> IssuedBody<'a> {
    IssuedBody {
        client_id: &view.client.id,
        id: &issued.kept.id,
        secret: &issued.secret,
        expires_at: issued.kept.expires_at.and_utc(),
    }
}

/// What is refused before a body is read.
fn may(context: &Context) -> Result<()> {
    authorize(&context.caller, Action::Administer)?;
    Params::parse(context.request.query_string())?.finish()
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    authorize(&context.caller, Action::Administer)?;
    let asked = only_page(&context)?;
    let now = context.app.clock.now().naive_utc();
    let found = administer(&context.app.store, &context.actor(), move |conn, _| client::list(conn, now)).await?;
    listed(&context, asked, &found, ClientBody::from)
}

pub(super) async fn show(context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let (id, now) = (context.path("id").to_owned(), context.app.clock.now().naive_utc());
    let view = administer(&context.app.store, &context.actor(), move |conn, _| client::show(conn, &id, now)).await?;
    tagged(&context, &view.etag, &ClientBody::from(&view))
}

pub(super) async fn create(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let NewClientBody { name, scopes, areas, indicators, lifetime_days } = body::json(&mut context).await?;
    let new = NewClient { name, scopes, areas, indicators };
    let secret = NewSecret { lifetime_days, overlap_hours: None };
    let work = move |conn: &mut _, actor: &_| add(conn, actor, &new, secret);
    let (view, secret) = administer(&context.app.store, &context.actor(), work).await?;
    let body = bytes(&AddedBody { client: ClientBody::from(&view), secret: issued(&view, &secret) })?;
    let mut response = HttpResponse::Created();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((LOCATION, format!("/api/v1/clients/{}", view.client.id)));
    context.app.take_over_rights().await;
    Ok(response.insert_header((ETAG, view.etag.as_str())).body(body))
}

pub(super) async fn patch(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let ClientChangeBody { name, scopes, areas, indicators, disabled } = body::json(&mut context).await?;
    let wanted = ClientChange { name, scopes, areas, indicators, disabled };
    let (id, if_match) = (context.path("id").to_owned(), context.header(IF_MATCH).map(ToOwned::to_owned));
    let work = move |conn: &mut _, actor: &_| change(conn, actor, &id, &wanted, if_match.as_deref());
    let view = administer(&context.app.store, &context.actor(), work).await?;
    context.app.take_over_rights().await;
    replaced(&view.etag, &ClientBody::from(&view))
}

pub(super) async fn secrets(context: Context) -> Result<HttpResponse> {
    authorize(&context.caller, Action::Administer)?;
    let asked = only_page(&context)?;
    let (id, now) = (context.path("id").to_owned(), context.app.clock.now().naive_utc());
    let view = administer(&context.app.store, &context.actor(), move |conn, _| client::show(conn, &id, now)).await?;
    let bodies = ClientBody::from(&view).secrets;
    listed(&context, asked, &bodies, |secret| secret)
}

pub(super) async fn add_secret(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let NewSecretBody { lifetime_days, overlap_hours } = body::json(&mut context).await?;
    let (id, new) = (context.path("id").to_owned(), NewSecret { lifetime_days, overlap_hours });
    let work = move |conn: &mut _, actor: &_| rotate(conn, actor, &id, new);
    let (view, secret) = administer(&context.app.store, &context.actor(), work).await?;
    let body = bytes(&issued(&view, &secret))?;
    let mut response = HttpResponse::build(StatusCode::CREATED);
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(body))
}

pub(super) async fn revoke_secret(context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let (id, secret) = (context.path("id").to_owned(), context.path("secret").to_owned());
    let work = move |conn: &mut _, actor: &_| revoke(conn, actor, &id, &secret);
    administer(&context.app.store, &context.actor(), work).await?;
    context.app.take_over_rights().await;
    Ok(HttpResponse::NoContent().finish())
}
