//! From a request's text to the bytes of its answer, without a transport.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{ErrorExtensionValues, Name, Request, Response, ServerError, Variables};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde::Serialize;

use super::guard::Refusal;
use super::{Asked, Introspection, Schema};
use crate::error::{Code, Error, Language};
use crate::text;

/// How long a document may be executed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Errors in one answer: a document of many mistakes must not make an answer of many times its length.
const MAX_ERRORS: usize = 50;

/// What a client asks.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The document.
    pub query: String,
    /// Its variables.
    pub variables: serde_json::Map<String, serde_json::Value>,
    /// Which of its operations.
    pub operation: Option<String>,
    /// Whether mutations may be executed.
    pub may_mutate: bool,
}

/// How far a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was read from what is published, whole: whoever may ask the same gets the same until something is published.
    Read,
    /// It was executed otherwise: it wrote, was answered as of now, or a field was refused.
    Executed,
    /// It was refused before anything was executed: there is no `data`.
    Refused,
    /// It is a mutation, where none may be.
    MutationRefused,
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

/// The body of a refusal.
#[must_use]
pub fn refusal(error: &Error, language: Language) -> Vec<u8> {
    let server = super::error::refuse(error, language).into_server_error(async_graphql::Pos::default());
    bytes(&Errors { errors: &[ServerError { locations: Vec::new(), ..server }] })
}

/// The body that asks a client for the document which it names.
#[must_use]
pub fn unknown_document() -> Vec<u8> {
    bytes(&Errors { errors: &[super::persisted::not_found()] })
}

fn bytes<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_else(|_| br#"{"errors":[{"message":"internal"}]}"#.to_vec())
}

/// What a listener is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something happened: the body of an answer.
    Event(Vec<u8>),
    /// It cannot listen, or no longer: the body of a refusal, after which nothing comes.
    Refused(Vec<u8>),
}

/// What became of a question.
pub enum Begun {
    /// It was answered: how far it came, and the body.
    Answered(Outcome, Vec<u8>),
    /// It is a subscription: what it is told from now on.
    Listening(BoxStream<'static, Told>),
}

/// Executes a question that the guard lets pass.
pub async fn begin(schema: &Schema, asked: Asked, question: &Question) -> Begun {
    let language = asked.language;
    let guarded = match schema.documents.guard(&question.query, question.operation.as_deref(), &question.variables) {
        Ok(guarded) => guarded,
        Err(Refusal::Cost(error)) => return Begun::Answered(Outcome::Refused, refusal(&error, language)),
        Err(Refusal::Syntax(error)) => {
            let error = coded(ServerError::from(*error));
            return Begun::Answered(Outcome::Refused, bytes(&Errors { errors: &[error] }));
        }
    };
    if guarded.kind == OperationType::Mutation && !question.may_mutate {
        let detail = text!("Thao tác ghi phải gửi bằng POST.", "Mutations must be sent by POST.");
        let error = Error::new(Code::MethodNotAllowed, detail);
        return Begun::Answered(Outcome::MutationRefused, refusal(&error, language));
    }
    if guarded.introspects && schema.introspection == Introspection::Off {
        // The library would answer null, which looks like a fault.
        let detail = text!(
            "Hệ thống này không cho hỏi lược đồ; hãy dùng tệp schema.graphql của dự án.",
            "This service does not describe its schema; use the project's file schema.graphql."
        );
        return Begun::Answered(Outcome::Refused, refusal(&Error::new(Code::Forbidden, detail), language));
    }
    let variables = Variables::from_json(serde_json::Value::Object(question.variables.clone()));
    let as_of_now = asked.as_of_now();
    let mut request = Request::new(question.query.as_str()).variables(variables).data(asked);
    request.set_parsed_query(guarded.document);
    if let Some(operation) = &question.operation {
        request = request.operation_name(Name::new(operation).to_string());
    }
    if guarded.kind == OperationType::Subscription {
        return Begun::Listening(schema.executor.execute_stream(request).map(tell).boxed());
    }
    let passed = guarded.judged.as_ref().is_some_and(|judged| judged.passed());
    let executor = if passed { &schema.trusting } else { &schema.executor };
    let (outcome, body) = match tokio::time::timeout(PATIENCE, executor.execute(request)).await {
        Ok(response) => finish(response, guarded.kind == OperationType::Mutation || as_of_now.load(Ordering::Relaxed)),
        Err(_) => (Outcome::Refused, refusal(&Error::unavailable(5, "a query took too long"), language)),
    };
    if outcome != Outcome::Refused
        && !passed
        && let Some(judged) = guarded.judged
    {
        judged.pass();
    }
    Begun::Answered(outcome, body)
}

/// No field of an event can be null by itself: without data, it is a refusal.
fn tell(mut response: Response) -> Told {
    response.errors = response.errors.into_iter().take(MAX_ERRORS).map(coded).collect();
    if response.data == async_graphql::Value::Null {
        Told::Refused(bytes(&Errors { errors: &response.errors }))
    } else {
        Told::Event(bytes(&response))
    }
}

fn finish(mut response: Response, is_passing: bool) -> (Outcome, Vec<u8>) {
    response.errors = response.errors.into_iter().take(MAX_ERRORS).map(coded).collect();
    // Only a fault found before execution has no path: parsing, validation, variables, the choice of operation.
    let refused =
        response.data == async_graphql::Value::Null && response.errors.iter().any(|error| error.path.is_empty());
    if refused {
        (Outcome::Refused, bytes(&Errors { errors: &response.errors }))
    } else {
        let outcome = if is_passing || !response.errors.is_empty() { Outcome::Executed } else { Outcome::Read };
        (outcome, bytes(&response))
    }
}

/// What the library finds wrong with a document has no code of ours; clients branch on codes all the same.
fn coded(mut error: ServerError) -> ServerError {
    if error.extensions.is_none() {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", Code::MalformedRequest.as_str());
        extensions.set("status", i32::from(Code::MalformedRequest.status()));
        error.extensions = Some(extensions);
    }
    error
}
