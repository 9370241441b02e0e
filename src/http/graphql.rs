//! GraphQL over HTTP, as its specification and its audits ask: POST of JSON, GET for queries only. A browser gets
//! GraphiQL. Who subscribes is answered by events, here or over a socket.

mod events;
mod message;
pub(super) mod socket;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::accept::{Precision, quality, wish};
use super::answer::{BUILD, matches, not_modified};
use super::answers::Answers;
use super::body;
use super::context::{Context, request_id};
use super::event_stream::EVENT_STREAM;
use super::graphiql;
use super::params::Params;
use crate::error::{Code, Error, Result};
use crate::graphql::{Asked, Begun, Named, Outcome, Question, Schema, begin, refusal, unknown_document};
use crate::text;

const MODERN: &str = "application/graphql-response+json";
const LEGACY: &str = "application/json";

/// What a client sends, by either method.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    extensions: Option<Map<String, Value>>,
}

/// How it is sent: only a POST may write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Get,
    Post,
}

/// A question, and the name of its document where the client gave one.
struct Asking {
    question: Question,
    named: Option<Named>,
}

/// Why there is no question.
enum Unasked {
    Refused(Error),
    /// It names a document that is not known here.
    UnknownDocument,
}

impl From<Error> for Unasked {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Sent {
    fn asking(self, schema: &Schema, by: By) -> Result<Asking, Unasked> {
        let named = self.extensions.as_ref().map(Named::read).transpose()?.flatten();
        let query = match (self.query, &named) {
            (Some(query), Some(named)) => {
                named.check(&query)?;
                query
            }
            (Some(query), None) => query,
            (None, Some(named)) => schema.persisted(named).ok_or(Unasked::UnknownDocument)?.to_string(),
            (None, None) => {
                let (code, place) = match by {
                    By::Get => (Code::MissingParameter, "query"),
                    By::Post => (Code::InvalidBody, "/query"),
                };
                let detail = text!("Thiếu query.", "The document, query, is missing.");
                return Err(Unasked::Refused(Error::parameter(code, place, detail)));
            }
        };
        let (variables, operation) = (self.variables.unwrap_or_default(), self.operation_name);
        Ok(Asking { question: Question { query, variables, operation, may_mutate: by == By::Post }, named })
    }
}

/// The media type to answer in, and how much it is wanted. The newer one is for those who name it and want nothing more;
/// what a client without `Accept`, or one that takes anything, gets is the older one.
fn negotiate(context: &Context) -> Option<(f32, &'static str)> {
    let Some(accept) = context.header(ACCEPT) else { return Some((1.0, LEGACY)) };
    let (newer, older) = (wish(accept, MODERN), quality(accept, LEGACY));
    let named = newer.filter(|(precision, quality)| *precision == Precision::Exact && *quality >= older);
    let (quality, kind) = named.map_or((older, LEGACY), |(_, quality)| (quality, MODERN));
    (quality > 0.0).then_some((quality, kind))
}

/// The same, or events where nothing else is acceptable.
fn kind(context: &Context) -> Option<&'static str> {
    let events = || takes_events(context).then_some(EVENT_STREAM);
    negotiate(context).map(|(_, kind)| kind).or_else(events)
}

/// Whether a client names events among what it takes.
fn takes_events(context: &Context) -> bool {
    let wish = wish(context.header(ACCEPT).unwrap_or_default(), EVENT_STREAM);
    wish.is_some_and(|(precision, quality)| precision == Precision::Exact && quality > 0.0)
}

/// Whether a page is wanted more than an answer: a browser.
fn wants_page(context: &Context) -> bool {
    let html = wish(context.header(ACCEPT).unwrap_or_default(), "text/html");
    let html = html.filter(|(precision, _)| *precision == Precision::Exact);
    html.is_some_and(|(_, quality)| quality > negotiate(context).map_or(0.0, |(known, _)| known))
}

fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> HttpResponse {
    if kind == EVENT_STREAM {
        return events::whole(&body.into());
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, format!("{kind}; charset=utf-8")));
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((VARY, "Accept, Accept-Language, Authorization"));
    response.body(body.into())
}

pub(super) async fn post(mut context: Context) -> Result<HttpResponse> {
    let Some(kind) = kind(&context) else { return Err(not_acceptable()) };
    match body::json(&mut context).await {
        Ok(sent) => run(context, kind, sent, By::Post).await,
        Err(error) if error.code().status() == 400 => Ok(answer(400, kind, refusal(&error, context.language))),
        Err(error) => Err(error),
    }
}

pub(super) async fn get(context: Context) -> Result<HttpResponse> {
    if wants_page(&context) && !asks(&context) {
        return Ok(graphiql::page());
    }
    let Some(kind) = kind(&context) else { return Err(not_acceptable()) };
    match read(&context) {
        Ok(sent) => run(context, kind, sent, By::Get).await,
        Err(error) => Ok(answer(400, kind, refusal(&error, context.language))),
    }
}

/// Whether the address holds a query, or the name of one.
fn asks(context: &Context) -> bool {
    let names = context.request.query_string().split('&').filter_map(|pair| pair.split('=').next());
    names.into_iter().any(|name| matches!(name, "query" | "extensions"))
}

fn read(context: &Context) -> Result<Sent> {
    let mut params = Params::parse(context.request.query_string())?;
    let object = |name: &'static str, text: Option<String>| match text {
        None => Ok(None),
        Some(text) => serde_json::from_str::<Option<Map<String, Value>>>(&text).map_err(|_| {
            let detail = text!("{name} phải là đối tượng JSON.", "{name} must be a JSON object.");
            Error::parameter(Code::InvalidParameter, name, detail)
        }),
    };
    let query = params.take("query")?;
    let variables = object("variables", params.take("variables")?)?;
    let extensions = object("extensions", params.take("extensions")?)?;
    // The specification has clients send members that a server does not know; they are passed over.
    Ok(Sent { query, variables, operation_name: params.take("operationName")?, extensions })
}

async fn run(context: Context, kind: &'static str, sent: Sent, by: By) -> Result<HttpResponse> {
    let schema = context.request.app_data::<Data<Schema>>().ok_or_else(|| Error::internal("no schema"))?.clone();
    let Asking { question, named } = match sent.asking(&schema, by) {
        Ok(asking) => asking,
        Err(Unasked::Refused(error)) => return Ok(answer(400, kind, refusal(&error, context.language))),
        Err(Unasked::UnknownDocument) => return Ok(answer(refused(kind), kind, unknown_document())),
    };
    let asked = asked(&context);
    let answers = context.request.app_data::<Data<Answers>>().ok_or_else(|| Error::internal("no store of answers"))?;
    let key = reuse_key(&asked, &question);
    let tag = key.as_ref().filter(|_| by == By::Get && kind != EVENT_STREAM).map(|key| key.tag(kind));
    // Only what was read whole from one revision ever got such a tag, and it is the same for whoever holds it.
    if let Some(tag) = tag.as_ref().filter(|tag| names(&context, tag)) {
        return Ok(not_modified(tag.clone()));
    }
    let lesson = lesson(named, &asked);
    if let Some(body) = key.as_ref().and_then(|key| answers.body(&key.0)) {
        learn(&schema, lesson.as_ref(), &question, Outcome::Read);
        return Ok(published(kind, tag, body));
    }
    let (outcome, body) = match begin(&schema, asked, &question).await {
        Begun::Answered(outcome, body) => (outcome, Bytes::from(body)),
        Begun::Listening(told) if takes_events(&context) => return events::open(&context, told),
        Begun::Listening(_) => {
            let body = refusal(&no_events(), context.language);
            return Ok(answer(refused(kind), kind, body));
        }
    };
    learn(&schema, lesson.as_ref(), &question, outcome);
    Ok(match outcome {
        Outcome::Read => {
            if let Some(key) = key {
                answers.keep(&key.0, &body);
            }
            published(kind, tag, body)
        }
        Outcome::Executed => answer(200, kind, body),
        Outcome::Refused => answer(refused(kind), kind, body),
        Outcome::MutationRefused => {
            let mut response = answer(405, kind, body);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            response
        }
    })
}

/// The name that a document may be remembered by: whoever may read nothing has nothing to be answered faster.
fn lesson(named: Option<Named>, asked: &Asked) -> Option<Named> {
    named.filter(|_| asked.revision().is_some())
}

/// Remembers a document that was executed by the name that it came with.
fn learn(schema: &Schema, lesson: Option<&Named>, question: &Question, outcome: Outcome) {
    if let Some(named) = lesson.filter(|_| matches!(outcome, Outcome::Read | Outcome::Executed)) {
        schema.persist(named, question);
    }
}

/// The request as `graphql` knows it.
fn asked(context: &Context) -> Asked {
    let address = context.address();
    Asked::new(context.app.clone().into_inner(), context.caller.clone(), context.language, address)
        .as_request(request_id(&context.request))
}

/// What a request is answered with that is refused before anything of it is executed.
fn refused(kind: &str) -> u16 {
    if kind == MODERN { 400 } else { 200 }
}

/// Answers what is published. By GET it has a tag, so that a client may keep it until the next revision.
fn published(kind: &str, tag: Option<String>, body: Bytes) -> HttpResponse {
    let mut response = answer(200, kind, body);
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        response.headers_mut().insert(ETAG, tag);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    response
}

/// Whether the client has the answer with a tag. `*` would ask whether there is one at all, which nobody knows yet.
fn names(context: &Context, tag: &str) -> bool {
    context.header(IF_NONE_MATCH).is_some_and(|header| header.trim() != "*") && matches(context, tag)
}

/// The name of an answer by all that it depends on: what is published, the document, what the caller may see, the language.
struct Key(String);

impl Key {
    /// The tag of the answer in a media type, of this build.
    fn tag(&self, kind: &str) -> String {
        let digest = Sha256::digest(format!("{} {kind} {BUILD}", self.0).as_bytes());
        let state = self.0.rsplit_once('.').map_or("", |(state, _)| state).trim_start_matches("graphql.");
        format!("W/\"{state}.{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()))
    }
}

fn reuse_key(asked: &Asked, question: &Question) -> Option<Key> {
    let (epoch, revision) = asked.revision()?;
    let variables = serde_json::to_string(&question.variables).ok()?;
    let caller = &asked.caller;
    let mut hash = Sha256::new();
    for part in [
        question.query.as_str(),
        &variables,
        question.operation.as_deref().unwrap_or_default(),
        caller.role.as_str(),
        caller.area.as_deref().unwrap_or_default(),
        &caller.scopes.join(" "),
        asked.language.tag(),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    Some(Key(format!("graphql.{epoch}.{revision}.{}", URL_SAFE_NO_PAD.encode(hash.finalize()))))
}

fn no_events() -> Error {
    let detail = text!(
        "Subscription cần Accept: {EVENT_STREAM}, hoặc graphql-transport-ws ở /graphql/ws.",
        "A subscription needs Accept: {EVENT_STREAM}, or graphql-transport-ws at /graphql/ws."
    );
    Error::new(Code::NotAcceptable, detail)
}

fn not_acceptable() -> Error {
    let detail = text!("Trả lời có dạng {MODERN} hoặc {LEGACY}.", "Answers are {MODERN} or {LEGACY}.");
    Error::new(Code::NotAcceptable, detail)
}
