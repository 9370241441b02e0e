//! What every handler starts from: who asks, in which language, under which request id.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_LANGUAGE, ALLOW, AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{FromRequest as _, HttpMessage as _, HttpRequest, HttpResponse, web};

use super::address::client;
use super::body::hold_unread;
use super::edge::Edge;
use super::problem::problem;
use super::rates::Asking;
use crate::domain::policy::Caller;
use crate::error::{Code, Error, Language, Result};
use crate::service::{Actor, App};
use crate::text;

/// What balancers and monitors ask for.
pub(super) const HEALTH: &str = "/health/";

/// The id of a request, kept in its extensions.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub String);

/// A request on its way to a handler.
pub(super) struct Context {
    pub app: Data<App>,
    pub request: HttpRequest,
    pub payload: Payload,
    pub caller: Caller,
    pub language: Language,
}

impl Context {
    /// A part of the path.
    pub fn path(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// The caller as somebody who does something now.
    pub fn actor(&self) -> Actor {
        Actor { caller: self.caller.clone(), request_id: Some(request_id(&self.request)), now: self.app.clock.now() }
    }

    /// Where the request comes from; headers that a client writes cannot move its throttle.
    pub fn address(&self) -> IpAddr {
        client(&self.request)
    }

    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }
}

/// Turns a use of [`Context`] into an actix handler: authenticates first, writes every refusal as a problem.
pub(super) fn endpoint<F, R>(
    handler: F,
) -> impl Fn(HttpRequest, web::Payload) -> Pin<Box<dyn Future<Output = HttpResponse>>> + Clone + 'static
where
    F: Fn(Context) -> R + Clone + 'static,
    R: Future<Output = Result<HttpResponse>> + 'static,
{
    answering(handler, authenticated)
}

/// The same for an address that reads credentials of its own: the header `Authorization` is no bearer's there.
pub(super) fn own_credentials<F, R>(
    handler: F,
) -> impl Fn(HttpRequest, web::Payload) -> Pin<Box<dyn Future<Output = HttpResponse>>> + Clone + 'static
where
    F: Fn(Context) -> R + Clone + 'static,
    R: Future<Output = Result<HttpResponse>> + 'static,
{
    answering(handler, |_, request| take_one(request, None).map(|()| Caller::public()))
}

fn answering<F, R>(
    handler: F,
    caller: fn(&App, &HttpRequest) -> Result<Caller>,
) -> impl Fn(HttpRequest, web::Payload) -> Pin<Box<dyn Future<Output = HttpResponse>>> + Clone + 'static
where
    F: Fn(Context) -> R + Clone + 'static,
    R: Future<Output = Result<HttpResponse>> + 'static,
{
    move |request: HttpRequest, payload: web::Payload| {
        let handler = handler.clone();
        Box::pin(async move {
            let (language, id, asked) = (language(&request), request_id(&request), request.clone());
            let answered = match context(request, payload.into_inner(), language, caller).await {
                Ok(context) => handler(context).await,
                Err(error) => Err(error),
            };
            answered.unwrap_or_else(|error| hold_unread(&asked, problem(&error, language, &id)))
        })
    }
}

fn authenticated(app: &App, request: &HttpRequest) -> Result<Caller> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let authorization = match (headers.next(), headers.next()) {
        (None, _) => None,
        // A header that is no text, or two of them, is a bad credential, not a missing one.
        (Some(value), None) => Some(value.to_str().unwrap_or_default()),
        (Some(_), Some(_)) => Some(""),
    };
    let authenticated = app.authenticator.authenticate(authorization, app.clock.unix());
    let subject = authenticated.as_ref().ok().and_then(|caller| caller.subject.as_deref());
    take_one(request, subject)?;
    authenticated
}

async fn context(
    request: HttpRequest,
    payload: Payload,
    language: Language,
    caller: fn(&App, &HttpRequest) -> Result<Caller>,
) -> Result<Context> {
    let app = Data::<App>::extract(&request).await.map_err(|error| Error::internal(error.to_string()))?;
    let caller = caller(&app, &request)?;
    let span = tracing::Span::current();
    span.record("role", caller.role.as_str());
    if let Some(subject) = &caller.subject {
        span.record("subject", subject);
    }
    Ok(Context { app, request, payload, caller, language })
}

/// Takes one request of those that a caller may make, or the address where there is none; balancers may ask for health as
/// often as they like.
pub(super) fn take_one(request: &HttpRequest, subject: Option<&str>) -> Result<()> {
    let Some(edge) = request.app_data::<Data<Edge>>().filter(|_| !request.path().starts_with(HEALTH)) else {
        return Ok(());
    };
    let asking = subject.map_or_else(|| Asking::Address(client(request)), Asking::Caller);
    let Some(left) = edge.rates.take(asking) else { return Ok(()) };
    request.extensions_mut().insert(left);
    let (Some(wait), quota) = (left.wait, left.quota) else { return Ok(()) };
    let detail = text!(
        "Tối đa {quota} yêu cầu mỗi phút. Hãy thử lại sau {wait} giây.",
        "At most {quota} requests a minute. Try again in {wait} seconds."
    );
    Err(Error::new(Code::TooManyRequests, detail).retry_after_seconds(wait))
}

pub(super) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone())
}

/// Vietnamese unless the client prefers English.
pub(super) fn language(request: &HttpRequest) -> Language {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let quality = |tag: &str| {
        let ranges = header.split(',').filter_map(|range| {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let name = name.trim().to_ascii_lowercase();
            let matches = name == tag || name.split('-').next() == Some(tag);
            let quality = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |text| text.parse::<f32>().ok());
            quality.filter(|_| matches)
        });
        ranges.fold(0.0_f32, f32::max)
    };
    if quality("en") > quality("vi") { Language::En } else { Language::Vi }
}

pub(super) async fn route_not_found(request: HttpRequest) -> HttpResponse {
    let detail = text!(
        "Không có tài nguyên ở địa chỉ này. Danh sách địa chỉ nằm trong README.",
        "There is nothing at this address. The README lists the addresses."
    );
    problem(&Error::new(Code::RouteNotFound, detail), language(&request), &request_id(&request))
}

/// Answers 405 with the methods that the resource has.
pub(super) fn method_not_allowed(
    methods: &[Method],
) -> impl Fn(HttpRequest) -> Pin<Box<dyn Future<Output = HttpResponse>>> + Clone + 'static {
    let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    move |request: HttpRequest| {
        let allow = allow.clone();
        Box::pin(async move {
            let method = request.method().as_str().to_owned();
            let detail = text!(
                "Địa chỉ này không nhận {method}; hãy dùng {allow}.",
                "This address does not take {method}; use {allow}."
            );
            let mut response =
                problem(&Error::new(Code::MethodNotAllowed, detail), language(&request), &request_id(&request));
            if let Ok(value) = HeaderValue::from_str(&allow) {
                response.headers_mut().insert(ALLOW, value);
            }
            response
        })
    }
}
