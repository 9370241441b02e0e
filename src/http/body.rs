//! Bodies: the right type, not too large, not too slow; JSON also UTF-8, and then what the handler expects.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::mpsc;

use super::context::Context;
use super::edge::Edge;
use crate::domain::text::escapes_nul;
use crate::error::{Code, Error, Result};
use crate::service::json::{invalid, unfit};
use crate::service::spreadsheet::{self, Kind, MEDIA_TYPE};
use crate::text;

const MAX_BYTES: usize = 1024 * 1024;
const MAX_FORM: usize = 16 * 1024;
/// How long a body may take, and how long a large file may say nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a large file may take.
const LONG_PATIENCE: Duration = Duration::from_mins(5);
/// Parts of a large file that wait to be read.
const CHUNKS: usize = 8;

/// The rest of a body that nobody will read.
struct Unread(Payload);

/// An answer that holds the rest of the request: the server reads on where that is dropped, without end if need be,
/// and closes where it is held.
struct Holding {
    body: BoxBody,
    _rest: Payload,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.get_mut().body.as_pin_mut().poll_next(cx)
    }
}

/// Keeps a body that nobody reads because its request is refused before it comes to that.
pub(super) fn leave_unread(request: &HttpRequest, payload: Payload) {
    request.extensions_mut().insert(Unread(payload));
}

/// Has an answer hold what is left of its request's body.
pub(super) fn hold_unread(request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    match request.extensions_mut().remove::<Unread>() {
        Some(Unread(rest)) => response.map_body(|_, body| BoxBody::new(Holding { body, _rest: rest })),
        None => response,
    }
}

/// Reads the body of a request.
///
/// # Errors
/// 415, 413, 408, 400 `notUtf8`, `malformedJson` or `invalidBody`.
pub(super) async fn json<T: DeserializeOwned>(context: &mut Context) -> Result<T> {
    json_of(context, MAX_BYTES).await.map(|(body, _)| body)
}

/// Reads the body of a request, which may have so many bytes, and gives its text too.
///
/// # Errors
/// As [`json`].
pub(super) async fn json_of<T: DeserializeOwned>(context: &mut Context, most: usize) -> Result<(T, String)> {
    let text = written(context, "application/json", most).await?;
    if escapes_nul(&text) {
        let detail = text!("Nội dung có ký tự NUL (\\u0000).", "The body contains the character NUL (\\u0000).");
        return Err(Error::new(Code::MalformedJson, detail.clone()).at("", Code::MalformedJson, detail));
    }
    Ok((object(&text)?, text))
}

/// Reads the bytes of a spreadsheet, and its kind by its media type.
///
/// # Errors
/// 415, 413, 408.
pub(super) async fn sheet(context: &mut Context) -> Result<(Vec<u8>, Kind)> {
    let Some(kind) = context.header(CONTENT_TYPE).and_then(Kind::of_media_type) else {
        let detail = text!(
            "Tệp phải là sổ tính .xlsx ({MEDIA_TYPE}) hoặc text/csv.",
            "The file must be an .xlsx workbook ({MEDIA_TYPE}) or text/csv."
        );
        return Err(Error::new(Code::UnsupportedMediaType, detail));
    };
    Ok((whole(context, spreadsheet::MAX_BYTES).await?, kind))
}

/// A body as it arrives, for whoever reads it on a thread that may block.
pub(super) struct Arriving {
    chunks: mpsc::Receiver<Chunk>,
    current: Bytes,
    ended: bool,
}

enum Chunk {
    Bytes(Bytes),
    /// The body is whole. A sender that goes away without saying so leaves no file that could be taken for one.
    End,
    Failed(Error),
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.chunks.blocking_recv() {
                Some(Chunk::Bytes(bytes)) => self.current = bytes,
                Some(Chunk::End) => self.ended = true,
                Some(Chunk::Failed(error)) => return Err(io::Error::other(error)),
                None => return Err(io::Error::other(broken_off())),
            }
        }
        let count = self.current.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(self.current.split_to(count)) {
            *place = byte;
        }
        Ok(count)
    }
}

fn broken_off() -> Error {
    Error::new(Code::MalformedRequest, text!("Kết nối ngắt giữa chừng.", "The body broke off."))
}

fn too_slow() -> Error {
    Error::new(Code::RequestTimeout, text!("Nội dung gửi quá chậm.", "The body arrived too slowly."))
}

/// Hands the body on as it arrives; whoever reads may stop before its end.
///
/// # Errors
/// Those of `work`, which is told of 408 and of a body that breaks off.
pub(super) async fn arriving<T, F: Future<Output = Result<T>>>(
    context: &mut Context,
    work: impl FnOnce(Arriving) -> F,
) -> Result<T> {
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let payload = &mut context.payload;
    let send = async move {
        let deadline = tokio::time::Instant::now() + LONG_PATIENCE;
        loop {
            let waited = tokio::time::timeout_at(deadline.min(tokio::time::Instant::now() + PATIENCE), payload.next());
            let chunk = match waited.await {
                Ok(Some(Ok(bytes))) => Chunk::Bytes(bytes),
                Ok(Some(Err(_))) => Chunk::Failed(broken_off()),
                Ok(None) => Chunk::End,
                Err(_) => Chunk::Failed(too_slow()),
            };
            let (whole, last) = (matches!(chunk, Chunk::End), !matches!(chunk, Chunk::Bytes(_)));
            if sender.send(chunk).await.is_err() || last {
                return whole;
            }
        }
    };
    let (whole, done) =
        futures_util::future::join(send, work(Arriving { chunks, current: Bytes::new(), ended: false })).await;
    if !whole {
        let rest = std::mem::replace(&mut context.payload, Payload::None);
        context.request.extensions_mut().insert(Unread(rest));
    }
    done
}

/// Reads a form, which is small.
///
/// # Errors
/// 415, 413, 408, 400 `notUtf8`.
pub(super) async fn form(context: &mut Context) -> Result<String> {
    written(context, "application/x-www-form-urlencoded", MAX_FORM).await
}

/// A text of a media type, of so many bytes at most.
async fn written(context: &mut Context, media_type: &str, most: usize) -> Result<String> {
    let given = context.header(CONTENT_TYPE).unwrap_or_default();
    if !given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type) {
        let detail = text!("Nội dung phải là {media_type}.", "The body must be {media_type}.");
        return Err(Error::new(Code::UnsupportedMediaType, detail));
    }
    let not_utf8 = |_| Error::new(Code::NotUtf8, text!("Nội dung không phải UTF-8.", "The body is not UTF-8."));
    String::from_utf8(whole(context, most).await?).map_err(not_utf8)
}

async fn whole(context: &mut Context, most: usize) -> Result<Vec<u8>> {
    let edge = context.request.app_data::<Data<Edge>>().ok_or_else(|| Error::internal("no edge"))?;
    let mut room = Arc::clone(&edge.bodies).share();
    let read = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = context.payload.next().await {
            let chunk = chunk.map_err(|_| broken_off())?;
            if bytes.len() + chunk.len() > most {
                let detail = text!("Nội dung tối đa {most} byte.", "The body may have at most {most} bytes.");
                return Err(Error::new(Code::PayloadTooLarge, detail));
            }
            if !room.hold(chunk.len()) {
                return Err(Error::unavailable(1, "too many bodies are being received"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let read = tokio::time::timeout(PATIENCE, read).await.unwrap_or_else(|_| Err(too_slow()));
    read.inspect_err(|_| {
        let rest = std::mem::replace(&mut context.payload, Payload::None);
        context.request.extensions_mut().insert(Unread(rest));
    })
}

/// Reads an object: structs would be read from arrays too, which no document says.
fn object<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
    if !text.trim_start().starts_with('{') {
        return Err(invalid("", text!("Nội dung phải là đối tượng JSON.", "The body must be a JSON object.")));
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
        if error.inner().is_data() {
            unfit("", error.path(), &error.inner().to_string())
        } else {
            malformed(error.inner())
        }
    })
}

fn malformed(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let detail =
        text!("JSON viết sai ở dòng {line}, cột {column}.", "The JSON is malformed at line {line}, column {column}.");
    Error::new(Code::MalformedJson, detail.clone()).at("", Code::MalformedJson, detail)
}
