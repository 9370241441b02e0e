//! What the service says of itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE};
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::bytes;
use super::context::Context;
use super::params::Params;
use crate::domain::policy::{Action, authorize};
use crate::error::{Code, Error, Result};
use crate::text;

/// How long the database may take to answer the readiness check.
const PING: Duration = Duration::from_secs(1);

/// Whether the service is on its way out: ready turns off before the listener closes.
#[derive(Debug, Default)]
pub struct Draining(AtomicBool);

impl Draining {
    /// Says that no new work should come.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether that was said, so that what lasts should end.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn json<T: Serialize>(status: u16, body: &T) -> Result<HttpResponse> {
    let status = actix_web::http::StatusCode::from_u16(status).map_err(Error::internal)?;
    Ok(HttpResponse::build(status)
        .content_type("application/json; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(bytes(body)?))
}

pub(super) fn plain(context: &Context) -> Result<()> {
    authorize(&context.caller, Action::ServiceDescribe)?;
    Params::parse(context.request.query_string())?.finish()
}

#[derive(Serialize, ToSchema)]
pub(super) struct Live {
    status: &'static str,
}

pub(super) async fn live(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    json(200, &Live { status: "ok" })
}

#[derive(Serialize, ToSchema)]
#[schema(as = Readiness)]
pub(super) struct Ready {
    status: &'static str,
    checks: Checks,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReadinessChecks)]
struct Checks {
    database: &'static str,
    following: bool,
    draining: bool,
}

pub(super) async fn ready(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let database = matches!(tokio::time::timeout(PING, context.app.ping()).await, Ok(Ok(())));
    let draining = context.request.app_data::<Data<Draining>>().is_some_and(|draining| draining.has_begun());
    let following = context.app.is_following();
    let ready = database && following && !draining;
    let checks = Checks { database: if database { "ok" } else { "unreachable" }, following, draining };
    json(if ready { 200 } else { 503 }, &Ready { status: if ready { "ok" } else { "unavailable" }, checks })
}

#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    name: &'static str,
    version: &'static str,
}

pub(super) async fn version(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    json(200, &Version { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") })
}

#[derive(Serialize, ToSchema)]
pub(super) struct ProblemType<'a> {
    code: &'a str,
    status: u16,
    title: &'a str,
}

pub(super) async fn problem_type(context: Context) -> Result<HttpResponse> {
    plain(&context)?;
    let name = context.path("code");
    let code = Code::ALL.iter().find(|code| code.as_str() == name).ok_or_else(|| {
        Error::new(Code::ProblemNotFound, text!("Không có loại lỗi “{name}”.", "There is no problem type “{name}”."))
    })?;
    let body = ProblemType { code: code.as_str(), status: code.status(), title: code.title(context.language) };
    let mut response = json(200, &body)?;
    response
        .headers_mut()
        .insert(CONTENT_LANGUAGE, actix_web::http::header::HeaderValue::from_static(context.language.tag()));
    Ok(response)
}
