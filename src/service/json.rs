//! Reading values out of JSON, with refusals that name the place in our words: serde's are English and name types of ours.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Path;

use crate::domain::text::nfc;
use crate::error::{Code, Error, Result, Text};
use crate::text;

/// Reads a value; `prefix` is the pointer to it.
///
/// # Errors
/// `invalidBody` with a pointer.
pub fn from_value<T: DeserializeOwned>(value: Value, prefix: &str) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| unfit(prefix, error.path(), &error.inner().to_string()))
}

/// Every text of a value in NFC, the names of members included.
#[must_use]
pub fn normalised(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(nfc(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(normalised).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (nfc(&name), normalised(value))).collect())
        }
        other => other,
    }
}

/// A refusal of what a body holds at a pointer.
#[must_use]
pub fn invalid(pointer: &str, detail: Text) -> Error {
    Error::new(Code::InvalidBody, detail.clone()).at(pointer, Code::InvalidBody, detail)
}

/// What does not fit.
#[must_use]
pub fn unfit(prefix: &str, path: &Path, reason: &str) -> Error {
    let parts = path.iter().map(|segment| segment.to_string().trim_matches(['[', ']']).to_owned());
    let mut parts: Vec<_> = parts.filter(|part| part != "?").collect();
    let missing = reason.starts_with("missing field");
    // Neither of these is at the member that it is about.
    if missing || reason.starts_with("duplicate field") {
        parts.extend(reason.split('`').nth(1).map(ToOwned::to_owned));
    }
    let escaped = parts.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1")));
    let pointer = format!("{prefix}{}", escaped.collect::<String>());
    // serde quotes what it found, then every word that it would take.
    let choices = || reason.split('`').skip(3).step_by(2).collect::<Vec<_>>().join(", ");
    let detail = if missing {
        text!("Thiếu {pointer}.", "{pointer} is missing.")
    } else if reason.starts_with("unknown field") {
        text!("Nội dung không có {pointer}.", "There is no {pointer} in this body.")
    } else if reason.starts_with("unknown variant") {
        let choices = choices();
        text!("{pointer} phải là một trong: {choices}.", "{pointer} must be one of: {choices}.")
    } else if reason.starts_with("duplicate field") {
        text!("{pointer} chỉ được viết một lần.", "{pointer} may be given once only.")
    } else if reason.contains("expected a string") {
        text!("{pointer} phải là chuỗi.", "{pointer} must be a string.")
    } else if reason.contains("expected a map") {
        text!("{pointer} phải là đối tượng.", "{pointer} must be an object.")
    } else {
        text!("{pointer} sai kiểu.", "{pointer} has the wrong type.")
    };
    invalid(&pointer, detail)
}
