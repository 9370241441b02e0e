//! Sessions of people, and the public keys.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::client;
use super::answer::{bytes, fresh};
use super::body;
use super::context::Context;
use super::params::Params;
use super::service::plain;
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::policy::{Action, Role};
use crate::error::Result;
use crate::service::session::{self, TokenPair};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// Case and surrounding spaces do not matter.
    #[schema(pattern = r"^[^\u0000]*$")]
    username: String,
    #[schema(pattern = r"^[^\u0000]*$", format = Password)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Renewal {
    /// Of the last pair; used once.
    #[schema(pattern = r"^[^\u0000]*$")]
    refresh_token: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TokenPair)]
pub(super) struct PairBody<'a> {
    /// A JWT (RFC 9068), to be sent as `Authorization: Bearer`.
    access_token: &'a str,
    #[schema(pattern = "^Bearer$")]
    token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(minimum = 1)]
    expires_in: i64,
    /// For the next pair.
    refresh_token: &'a str,
}

/// Who is signed in: what a page needs to greet somebody and to know what to offer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(super) struct SessionBody<'a> {
    username: &'a str,
    /// What people call the account.
    display_name: &'a str,
    #[schema(value_type = Role)]
    role: &'static str,
    /// The area that the account belongs to, as it was last.
    #[schema(required)]
    area: Option<AreaBody<'a>>,
}

fn answer(pair: &TokenPair) -> Result<HttpResponse> {
    let body = PairBody {
        access_token: &pair.access_token,
        token_type: "Bearer",
        expires_in: pair.expires_in,
        refresh_token: &pair.refresh_token,
    };
    let bytes = bytes(&body)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(bytes))
}

pub(super) async fn open(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    let credentials: Credentials = body::json(&mut context).await?;
    let address = client(&context.request);
    answer(&session::open(&context.app, &credentials.username, &credentials.password, address).await?)
}

pub(super) async fn refresh(mut context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    let renewal: Renewal = body::json(&mut context).await?;
    answer(&session::refresh(&context.app, &renewal.refresh_token).await?)
}

pub(super) async fn show(context: Context) -> Result<HttpResponse> {
    let params = Params::parse(context.request.query_string())?;
    params.finish()?;
    let account = session::account(&context.app, &context.caller).await?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::OwnAccount)?;
    let areas = snapshot.areas();
    let area = account.area.as_deref().and_then(|id| areas.get(areas.find(id)?));
    let body = SessionBody {
        username: &account.username,
        display_name: &account.display_name,
        role: account.role.as_str(),
        area: area.and_then(|area| Some(AreaBody::of(&area.id, area.latest()?))),
    };
    fresh(&body)
}

pub(super) async fn close(context: Context) -> Result<HttpResponse> {
    Params::parse(context.request.query_string())?.finish()?;
    session::close(&context.app, &context.caller).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn jwks(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let bytes = bytes(&context.app.authenticator.jwks())?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(bytes))
}
