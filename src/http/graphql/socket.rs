//! GraphQL over a WebSocket, by the protocol `graphql-transport-ws` (github.com/enisdenjo/graphql-ws, PROTOCOL.md).
//!
//! One task reads what the client sends; each operation is a task of its own that sends its answers, as fast as the socket
//! takes them. Nothing is kept for a client that does not read.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::FromRequest as _;
use actix_web::HttpResponse;
use actix_web::rt::{spawn, task::JoinHandle};
use actix_web::web::{Data, Payload};
use actix_ws::{AggregatedMessage, CloseReason, ProtocolError, Session};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::message::{Close, Received, Reply};
use super::{By, Sent, Unasked, learn, lesson};
use crate::error::{Code, Error, Result};
use crate::graphql::{Asked, Begun, Outcome, Schema, Told, begin, refusal, unknown_document};
use crate::http::context::{Context, request_id, take_one};
use crate::http::listeners::{End, LOOK, Listener};
use crate::text;

const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of a message: a document and its variables.
const MOST_BYTES: usize = 64 * 1024;
/// Operations under way over one connection.
const MOST_OPERATIONS: usize = 20;
/// How long a client may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// After so long without a word a client is asked for a sign of life; after twice as long it is gone.
const QUIET: Duration = Duration::from_secs(25);
/// How long the socket may refuse what is sent to it for the connection itself.
const PATIENCE: Duration = Duration::from_secs(10);

type Operations = Rc<RefCell<HashMap<String, JoinHandle<()>>>>;

struct Socket {
    context: Context,
    schema: Data<Schema>,
    session: Session,
    listener: Rc<Listener>,
    /// Whether the client said who it is.
    is_introduced: bool,
    operations: Operations,
    began: Instant,
    heard: Instant,
    asked: bool,
}

pub(in crate::http) async fn open(mut context: Context) -> Result<HttpResponse> {
    let schema = context.request.app_data::<Data<Schema>>().ok_or_else(|| Error::internal("no schema"))?.clone();
    let payload = Payload::from_request(&context.request, &mut context.payload).await.map_err(no_socket)?;
    let taken = actix_ws::handle_with_protocols(&context.request, payload, &[PROTOCOL]);
    let (response, session, messages) = taken.map_err(no_socket)?;
    let speaks = response.headers().contains_key(actix_web::http::header::SEC_WEBSOCKET_PROTOCOL);
    let listener = Rc::new(Listener::join(&context)?);
    let mut messages = messages.max_frame_size(MOST_BYTES).aggregate_continuations().max_continuation_size(MOST_BYTES);
    let now = Instant::now();
    let mut socket = Socket {
        context,
        schema,
        session,
        listener,
        is_introduced: false,
        operations: Operations::default(),
        began: now,
        heard: now,
        asked: false,
    };
    spawn(async move {
        let mut close = if speaks { None } else { Some(Close::NO_PROTOCOL) };
        while close.is_none() {
            close = match tokio::time::timeout(LOOK, messages.recv()).await {
                Ok(Some(Ok(message))) => socket.receive(message).await.err(),
                // A message in too many pieces is told as a fault of the connection.
                Ok(Some(Err(ProtocolError::Overflow | ProtocolError::Io(_)))) => Some(Close::TOO_BIG),
                Ok(Some(Err(_))) => Some(Close::NO_FRAME),
                Ok(None) => Some(Close::GONE),
                Err(_) => None,
            };
            close = close.or(socket.look().await.err());
        }
        for (_, operation) in socket.operations.borrow_mut().drain() {
            operation.abort();
        }
        if let Some(Close { code, reason }) = close.filter(|close| *close != Close::GONE) {
            let reason = CloseReason { code: code.into(), description: Some(reason.into_owned()) };
            drop(tokio::time::timeout(PATIENCE, socket.session.close(Some(reason))).await);
        }
    });
    Ok(response)
}

fn no_socket(_: actix_web::Error) -> Error {
    let detail = text!(
        "Địa chỉ này chỉ nói WebSocket với giao thức {PROTOCOL}.",
        "This address speaks WebSocket only, by the protocol {PROTOCOL}."
    );
    Error::new(Code::MalformedRequest, detail)
}

impl Socket {
    /// Whether the connection may last.
    async fn look(&mut self) -> Result<(), Close> {
        if !self.is_introduced && self.began.elapsed() > INTRODUCTION {
            return Err(Close::NO_INTRODUCTION);
        }
        self.listener.may_go_on().map_err(Close::from)?;
        if self.heard.elapsed() > QUIET * 2 {
            return Err(Close::SILENT);
        }
        if self.heard.elapsed() > QUIET && !std::mem::replace(&mut self.asked, true) {
            return patient(self.session.ping(b"")).await;
        }
        Ok(())
    }

    async fn receive(&mut self, message: AggregatedMessage) -> Result<(), Close> {
        (self.heard, self.asked) = (Instant::now(), false);
        let text = match message {
            AggregatedMessage::Text(text) => text,
            AggregatedMessage::Ping(bytes) => return patient(self.session.pong(&bytes)).await,
            AggregatedMessage::Pong(_) => return Ok(()),
            AggregatedMessage::Close(_) => return Err(Close::LEFT),
            AggregatedMessage::Binary(_) => return Err(Close::NO_MESSAGE),
        };
        match Received::read(&text)? {
            Received::ConnectionInit { payload } => self.introduce(payload.as_ref()).await,
            Received::Ping { payload } => {
                let pong = Reply::Pong { payload: payload.as_ref() }.text();
                patient(self.session.text(pong)).await
            }
            Received::Pong {} => Ok(()),
            Received::Subscribe { id, payload } => self.subscribe(id, payload).await,
            Received::Complete { id } => {
                if let Some(operation) = self.operations.borrow_mut().remove(&id) {
                    operation.abort();
                }
                Ok(())
            }
        }
    }

    /// Who the client is: by the token in its first message, as browsers cannot send a header, or by that of the request.
    async fn introduce(&mut self, payload: Option<&Value>) -> Result<(), Close> {
        if self.is_introduced {
            return Err(Close::INTRODUCED_TWICE);
        }
        let member = |name| payload.and_then(|payload| payload.get(name)).and_then(Value::as_str);
        if let Some(authorization) = member("Authorization").or_else(|| member("authorization")) {
            let listener = self.listener.signed_in(authorization.to_owned()).map_err(|error| match error.code() {
                Code::InvalidToken => Close::FORBIDDEN,
                _ => Close::BUSY,
            })?;
            self.listener = Rc::new(listener);
        }
        if self.listener.caller().subject.is_none() {
            return Err(Close::FORBIDDEN);
        }
        self.is_introduced = true;
        patient(self.session.text(Reply::ConnectionAck.text())).await
    }

    async fn subscribe(&mut self, id: String, sent: Sent) -> Result<(), Close> {
        if !self.is_introduced {
            return Err(Close::NOT_INTRODUCED);
        }
        if self.operations.borrow().contains_key(&id) {
            return Err(Close::SAME_ID);
        }
        let language = self.context.language;
        let asking = match self.ensure_place().map(|()| sent.asking(&self.schema, By::Post)) {
            Ok(Ok(asking)) => asking,
            Ok(Err(Unasked::UnknownDocument)) => return self.refuse(&id, unknown_document()).await,
            Ok(Err(Unasked::Refused(error))) | Err(error) => return self.refuse(&id, refusal(&error, language)).await,
        };
        let caller = self.listener.caller().clone();
        let asked = Asked::new(self.context.app.clone().into_inner(), caller, language, self.context.address());
        let asked = asked.as_request(request_id(&self.context.request));
        let (schema, session, listener) = (self.schema.clone(), self.session.clone(), Rc::clone(&self.listener));
        let (operations, name) = (Rc::clone(&self.operations), id.clone());
        let operation = spawn(async move {
            let lesson = lesson(asking.named, &asked);
            let begun = begin(&schema, asked, &asking.question).await;
            if let Begun::Answered(outcome, _) = &begun {
                learn(&schema, lesson.as_ref(), &asking.question, *outcome);
            }
            drop(answer(&name, begun, session, &listener).await);
            operations.borrow_mut().remove(&name);
        });
        self.operations.borrow_mut().insert(id, operation);
        Ok(())
    }

    fn ensure_place(&self) -> Result<()> {
        take_one(&self.context.request, self.listener.caller().subject.as_deref())?;
        if self.operations.borrow().len() < MOST_OPERATIONS {
            return Ok(());
        }
        let detail = text!(
            "Tối đa {MOST_OPERATIONS} thao tác cùng lúc trên một kết nối.",
            "At most {MOST_OPERATIONS} operations at a time over one connection."
        );
        Err(Error::new(Code::TooManyRequests, detail))
    }

    async fn refuse(&mut self, id: &str, body: Vec<u8>) -> Result<(), Close> {
        patient(self.session.text(Reply::refused(id, &body))).await
    }
}

/// Sends what an operation answers until it is over, the socket closed, or the listener may not go on, which the connection
/// says.
async fn answer(id: &str, begun: Begun, mut session: Session, listener: &Listener) -> Result<(), actix_ws::Closed> {
    let mut told = match begun {
        Begun::Answered(Outcome::Refused | Outcome::MutationRefused, body) => {
            return session.text(Reply::refused(id, &body)).await;
        }
        Begun::Answered(_, body) => {
            session.text(Reply::next(id, &body)).await?;
            return session.text(Reply::Complete { id }.text()).await;
        }
        Begun::Listening(told) => told,
    };
    while let Some(told) = told.next().await {
        if listener.may_go_on().is_err() {
            return Ok(());
        }
        match told {
            Told::Event(body) => session.text(Reply::next(id, &body)).await?,
            Told::Refused(body) => return session.text(Reply::refused(id, &body)).await,
        }
    }
    session.text(Reply::Complete { id }.text()).await
}

/// Waits for the socket to take something, but not for ever.
async fn patient(sending: impl Future<Output = Result<(), actix_ws::Closed>>) -> Result<(), Close> {
    match tokio::time::timeout(PATIENCE, sending).await {
        Ok(sent) => sent.map_err(|_| Close::GONE),
        Err(_) => Err(Close::SILENT),
    }
}

impl From<End> for Close {
    fn from(end: End) -> Self {
        match end {
            End::Draining => Self::GOING_AWAY,
            End::Credentials => Self::FORBIDDEN,
        }
    }
}
