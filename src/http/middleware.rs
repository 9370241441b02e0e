//! What surrounds every request: an id, a span, one line in the log, and the headers that browsers are told.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, VARY};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _};
use futures_util::future::Either;
use opentelemetry::context::FutureExt as _;
use tracing::Instrument as _;

use super::body::{hold_unread, leave_unread};
use super::context::{HEALTH, RequestId, language};
use super::edge::Edge;
use super::pressure::Pressure;
use super::problem::problem;
use super::rates::Left;
use crate::error::{Code, Error as Refusal};
use crate::telemetry::trace::RequestTrace;
use crate::text;

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");
const RATE_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE: HeaderName = HeaderName::from_static("ratelimit");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const HEADERS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
];

/// The id that the client sent, if it is a plain one; else a new one.
fn request_id(request: &ServiceRequest) -> String {
    let plain = |text: &&str| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let sent = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).filter(plain);
    sent.map_or_else(|| uuid::Uuid::now_v7().to_string(), ToOwned::to_owned)
}

/// What the handler said that its answer varies by; there once a handler was reached.
struct Varies(Option<HeaderValue>);

/// Remembers `Vary` before the compression, which overwrites it.
///
/// # Errors
/// Whatever the handlers within answer.
pub(super) async fn remember_vary(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    let varies = Varies(response.headers().get(VARY).cloned());
    response.request().extensions_mut().insert(varies);
    Ok(response)
}

/// Compressed or not, an answer is chosen by `Accept-Encoding` besides what the handler chose it by.
fn varies(handler: Option<&HeaderValue>) -> HeaderValue {
    let both = handler.and_then(|value| value.to_str().ok()).map(|value| format!("{value}, Accept-Encoding"));
    let both = both.and_then(|value| HeaderValue::from_str(&value).ok());
    both.unwrap_or_else(|| HeaderValue::from_static("Accept-Encoding"))
}

fn no_encoding() -> Refusal {
    let detail = text!(
        "Accept-Encoding phải nhận một trong: br, zstd, gzip, identity.",
        "Accept-Encoding must accept one of: br, zstd, gzip, identity."
    );
    Refusal::new(Code::NotAcceptable, detail)
}

/// What the surplus is told, at once.
fn too_many() -> Refusal {
    let detail = text!(
        "Hệ thống đang quá tải. Hãy thử lại sau 1 giây.",
        "The service has more to do than it can. Try again in 1 second."
    );
    Refusal::new(Code::Unavailable, detail).retry_after_seconds(1)
}

/// Tells somebody what is left to them.
fn tell_rates(headers: &mut HeaderMap, left: &Left) {
    for (name, value) in [(RATE_POLICY, left.policy_field()), (RATE, left.field())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Wraps every request.
///
/// # Errors
/// Whatever the handlers within answer.
pub async fn frame(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let edge = request.app_data::<Data<Edge>>().cloned();
    let (method, route) = (request.method().clone(), request.match_pattern().unwrap_or_default());
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let trace = RequestTrace::begin(header(TRACE_PARENT), header(TRACE_STATE), method.as_str(), &route);
    let active = edge.as_ref().map(|edge| edge.requests.begin(method.as_str()));
    let span = tracing::info_span!(
        "request",
        request_id = %id,
        trace_id = %trace.id(),
        method = %method,
        route,
        role = tracing::field::Empty,
        subject = tracing::field::Empty,
    );
    let surplus = request.app_data::<Pressure>().is_some_and(Pressure::refuses) && !request.path().starts_with(HEALTH);
    let response = if surplus {
        if let Some(edge) = &edge {
            edge.shed.inc();
        }
        let refusal = span.in_scope(|| problem(&too_many(), language(request.request()), &id));
        let payload = request.take_payload();
        leave_unread(request.request(), payload);
        let refusal = hold_unread(request.request(), refusal);
        request.into_response(refusal).map_into_right_body()
    } else {
        let answer = next.call(request).instrument(span.clone());
        let answer = match trace.context() {
            Some(context) => Either::Left(answer.with_context(context.clone())),
            None => Either::Right(answer),
        };
        answer.await?.map_into_left_body()
    };
    let known = response.request().extensions_mut().remove::<Varies>();
    // The compression refuses before any handler, and in words of its own.
    let mut response = if known.is_none() && response.status() == StatusCode::NOT_ACCEPTABLE {
        let request = response.into_parts().0;
        let refusal = span.in_scope(|| problem(&no_encoding(), language(&request), &id));
        ServiceResponse::new(request, refusal).map_into_right_body()
    } else {
        response.map_into_left_body()
    };
    let vary = known.map_or_else(|| response.headers().get(VARY).cloned(), |known| known.0);
    let left = response.request().extensions_mut().remove::<Left>();
    let headers = response.headers_mut();
    headers.insert(VARY, varies(vary.as_ref()));
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    if let Some(left) = left {
        tell_rates(headers, &left);
    }
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if let Ok(value) = HeaderValue::from_str(&trace.header()) {
        response.headers_mut().insert(TRACE_PARENT, value);
    }
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    let refused = response.response().extensions().get::<Code>().map(|code| code.as_str());
    if let Some(edge) = edge {
        edge.requests.answered(method.as_str(), route, status, refused, elapsed);
    }
    drop(active);
    trace.end(status, refused);
    span.in_scope(|| tracing::info!(status, milliseconds = elapsed.as_secs_f64() * 1_000.0, "answered"));
    Ok(response)
}
