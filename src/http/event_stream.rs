//! Answers as server-sent events (WHATWG HTML, section 9.2), whatever they tell.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderName, VARY};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::answer::VARIES;

/// The media type.
pub(super) const EVENT_STREAM: &str = "text/event-stream";
/// A sign of life, which keeps proxies from closing a quiet connection.
pub(super) const ALIVE: &[u8] = b":\n\n";
/// Looks (`listeners::LOOK`) between two of them.
pub(super) const LOOKS_PER_SIGN: u32 = 7;
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The head of such an answer.
pub(super) fn head() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.content_type(EVENT_STREAM).insert_header((CACHE_CONTROL, "no-store")).insert_header((VARY, VARIES));
    // Compression would hold events back, and so would a proxy that buffers.
    response.insert_header((CONTENT_ENCODING, "identity")).insert_header((ACCEL_BUFFERING, "no"));
    response
}
