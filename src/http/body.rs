//! JSON bodies: the right type, not too large, not too slow, UTF-8, and then what the handler expects.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use super::context::Context;
use crate::domain::text::escapes_nul;
use crate::error::{Code, Error, Result};
use crate::text;

const MAX_BYTES: usize = 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads the body of a request.
///
/// # Errors
/// 415, 413, 408, 400 `notUtf8` or `malformedJson`.
pub(super) async fn json<T: DeserializeOwned>(context: &mut Context) -> Result<T> {
    let content_type = context.header(CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let detail = text!("Nội dung phải là application/json.", "The body must be application/json.");
        return Err(Error::new(Code::UnsupportedMediaType, detail));
    }
    let read = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = context.payload.next().await {
            let detail = || text!("Kết nối ngắt giữa chừng.", "The body broke off.");
            let chunk = chunk.map_err(|_| Error::new(Code::MalformedRequest, detail()))?;
            if bytes.len() + chunk.len() > MAX_BYTES {
                let detail = text!("Nội dung tối đa {MAX_BYTES} byte.", "The body may have at most {MAX_BYTES} bytes.");
                return Err(Error::new(Code::PayloadTooLarge, detail));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let bytes = tokio::time::timeout(PATIENCE, read).await.map_err(|_| {
        Error::new(Code::RequestTimeout, text!("Nội dung gửi quá chậm.", "The body arrived too slowly."))
    })??;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Error::new(Code::NotUtf8, text!("Nội dung không phải UTF-8.", "The body is not UTF-8.")))?;
    if escapes_nul(text) {
        let detail = text!("Nội dung có ký tự NUL (\\u0000).", "The body contains the character NUL (\\u0000).");
        return Err(Error::new(Code::MalformedJson, detail.clone()).at("", Code::MalformedJson, detail));
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        // serde names the offending field but never echoes more of the body than that.
        let reason = error.to_string();
        let detail = text!(
            "JSON sai ở dòng {line}, cột {column}: {reason}.",
            "The JSON is wrong at line {line}, column {column}: {reason}."
        );
        Error::new(Code::MalformedJson, detail.clone()).at("", Code::MalformedJson, detail)
    })
}
