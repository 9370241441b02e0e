//! GraphQL over HTTP, as its specification and its audits ask: POST of JSON, GET for queries only. A browser gets
//! GraphiQL.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::accept::{Precision, quality, wish};
use super::address::client;
use super::answers::Answers;
use super::body;
use super::context::{Context, request_id};
use super::graphiql;
use super::params::Params;
use crate::error::{Code, Error, Result};
use crate::graphql::{Asked, Outcome, Question, Schema, execute, refusal};
use crate::text;

const MODERN: &str = "application/graphql-response+json";
const LEGACY: &str = "application/json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default, rename = "extensions")]
    _extensions: Option<Map<String, Value>>,
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

/// Whether a page is wanted more than an answer: a browser.
fn wants_page(context: &Context) -> bool {
    let html = wish(context.header(ACCEPT).unwrap_or_default(), "text/html");
    let html = html.filter(|(precision, _)| *precision == Precision::Exact);
    html.is_some_and(|(_, quality)| quality > negotiate(context).map_or(0.0, |(known, _)| known))
}

fn answer(status: u16, kind: &str, body: impl Into<Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, format!("{kind}; charset=utf-8")));
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((VARY, "Accept, Accept-Language, Authorization"));
    response.body(body.into())
}

pub(super) async fn post(mut context: Context) -> Result<HttpResponse> {
    let Some((_, kind)) = negotiate(&context) else { return Err(not_acceptable()) };
    let posted: Posted = match body::json(&mut context).await {
        Ok(posted) => posted,
        Err(error) if error.code().status() == 400 => {
            return Ok(answer(400, kind, refusal(&error, context.language)));
        }
        Err(error) => return Err(error),
    };
    let question = Question {
        query: posted.query,
        variables: posted.variables.unwrap_or_default(),
        operation: posted.operation_name,
        may_mutate: true,
    };
    run(context, kind, question).await
}

pub(super) async fn get(context: Context) -> Result<HttpResponse> {
    if wants_page(&context) && !asks(&context) {
        return Ok(graphiql::page());
    }
    let Some((_, kind)) = negotiate(&context) else { return Err(not_acceptable()) };
    match read(&context) {
        Ok(question) => run(context, kind, question).await,
        Err(error) => Ok(answer(400, kind, refusal(&error, context.language))),
    }
}

/// Whether the address holds a query.
fn asks(context: &Context) -> bool {
    context.request.query_string().split('&').any(|pair| pair.split('=').next() == Some("query"))
}

fn read(context: &Context) -> Result<Question> {
    let mut params = Params::parse(context.request.query_string())?;
    let object = |name: &'static str, text: Option<String>| match text {
        None => Ok(Map::new()),
        Some(text) => {
            serde_json::from_str::<Option<Map<String, Value>>>(&text).map(Option::unwrap_or_default).map_err(|_| {
                let detail = text!("{name} phải là đối tượng JSON.", "{name} must be a JSON object.");
                Error::parameter(Code::InvalidParameter, name, detail)
            })
        }
    };
    let query = params.take("query")?.ok_or_else(|| {
        Error::parameter(Code::MissingParameter, "query", text!("Thiếu query.", "The parameter query is missing."))
    })?;
    let variables = object("variables", params.take("variables")?)?;
    object("extensions", params.take("extensions")?)?;
    // The specification has clients send members that a server does not know; they are passed over.
    Ok(Question { query, variables, operation: params.take("operationName")?, may_mutate: false })
}

async fn run(context: Context, kind: &'static str, question: Question) -> Result<HttpResponse> {
    let schema = context.request.app_data::<Data<Schema>>().ok_or_else(|| Error::internal("no schema"))?.clone();
    let address = client(&context.request);
    let asked = Asked::new(context.app.clone().into_inner(), context.caller.clone(), context.language, address)
        .as_request(request_id(&context.request));
    let answers = context.request.app_data::<Data<Answers>>().ok_or_else(|| Error::internal("no store of answers"))?;
    let key = reuse_key(&asked, &question);
    if let Some(body) = key.as_deref().and_then(|key| answers.body(key)) {
        return Ok(answer(200, kind, body));
    }
    let (outcome, body) = execute(&schema, asked, question).await;
    let body = Bytes::from(body);
    Ok(match outcome {
        Outcome::Read => {
            if let Some(key) = key {
                answers.keep(&key, &body);
            }
            answer(200, kind, body)
        }
        Outcome::Executed => answer(200, kind, body),
        Outcome::Refused => answer(if kind == MODERN { 400 } else { 200 }, kind, body),
        Outcome::MutationRefused => {
            let mut response = answer(405, kind, body);
            response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static("POST"));
            response
        }
    })
}

/// What an answer depends on besides the document: what is published, what the caller may see, and the language.
fn reuse_key(asked: &Asked, question: &Question) -> Option<String> {
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
    Some(format!("graphql.{epoch}.{revision}.{}", URL_SAFE_NO_PAD.encode(hash.finalize())))
}

fn not_acceptable() -> Error {
    let detail = text!("Trả lời có dạng {MODERN} hoặc {LEGACY}.", "Answers are {MODERN} or {LEGACY}.");
    Error::new(Code::NotAcceptable, detail)
}
