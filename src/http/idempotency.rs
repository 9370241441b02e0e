//! `Idempotency-Key`, and answers that may be an earlier request's.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName};

use super::context::Context;
use crate::error::{Error, Result};
use crate::service::idempotency::{Answered, read_key};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key under which a request may be sent again.
///
/// # Errors
/// `malformedRequest`.
pub(super) fn key(context: &Context) -> Result<Option<String>> {
    let given = context.request.headers().get_all(IDEMPOTENCY_KEY);
    read_key(&given.map(|value| value.to_str().unwrap_or_default()).collect::<Vec<_>>())
}

/// Answers what was done now, or by an earlier request with the same key, and says which.
pub(super) fn replayable(answered: Answered) -> Result<HttpResponse> {
    let status = StatusCode::from_u16(answered.status).map_err(Error::internal)?;
    let mut response = HttpResponse::build(status);
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    if answered.replayed {
        response.insert_header((REPLAYED, "true"));
    }
    Ok(response.body(answered.body))
}
