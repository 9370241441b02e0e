//! RFC 9457 problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Error, Language};

#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    /// Where the kind of problem is described.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    /// The kind of problem, in the language of the answer.
    title: &'a str,
    status: u16,
    /// What is wrong and what to do.
    detail: &'a str,
    /// The request, by its id.
    #[schema(format = "uri")]
    instance: String,
    code: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    /// Every fault with its place.
    errors: Vec<Fault<'a>>,
    #[serde(flatten)]
    #[schema(ignore)]
    more: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize, ToSchema)]
struct Fault<'a> {
    /// An RFC 6901 pointer into the body, or `?name` for a query parameter.
    pointer: &'a str,
    code: &'a str,
    detail: &'a str,
}

/// Writes an error as a problem, and logs it once: a fault of ours with its causes, anything else with its code.
pub(super) fn problem(error: &Error, language: Language, request_id: &str) -> HttpResponse {
    problem_with(error, language, request_id, None)
}

/// The same with one more member.
pub(super) fn problem_with(
    error: &Error,
    language: Language,
    request_id: &str,
    more: Option<(&str, serde_json::Value)>,
) -> HttpResponse {
    let code = error.code();
    if error.is_fault() {
        tracing::error!(code = code.as_str(), causes = error.causes(), "request failed");
    } else {
        tracing::info!(code = code.as_str(), "request refused");
    }
    let faults = error.fields().iter().map(|field| Fault {
        pointer: &field.pointer,
        code: field.code.as_str(),
        detail: field.detail.get(language),
    });
    let body = Problem {
        kind: format!("/problems/{}", code.as_str()),
        title: code.title(language),
        status: code.status(),
        detail: error.detail().get(language),
        instance: instance(request_id),
        code: code.as_str(),
        errors: faults.collect(),
        more: more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type("application/problem+json");
    response.insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((VARY, "Accept-Language, Authorization"));
    response.insert_header((CONTENT_LANGUAGE, language.tag()));
    if let Some(seconds) = error.retry_after() {
        response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    match code {
        // The rest of the body is still on its way, and nobody will read it.
        Code::RequestTimeout | Code::PayloadTooLarge => {
            response.force_close();
        }
        Code::InvalidToken => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        Code::Unauthenticated | Code::InvalidCredentials | Code::InvalidRefreshToken => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        _ => {}
    }
    let mut response = match serde_json::to_vec(&body) {
        Ok(bytes) => response.body(bytes),
        Err(_) => response.finish(),
    };
    response.extensions_mut().insert(code);
    response
}

/// Ids that clients make up need not be UUIDs; those have a name space of their own.
fn instance(request_id: &str) -> String {
    let hyphenated = request_id.len() == 36 && uuid::Uuid::try_parse(request_id).is_ok();
    if hyphenated { format!("urn:uuid:{request_id}") } else { format!("urn:danbiet:request:{request_id}") }
}
