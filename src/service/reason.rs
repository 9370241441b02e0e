//! Reasons that people give for what they do.

use crate::domain::text::nfc;
use crate::error::{Code, Error, Result};
use crate::text;

/// The longest reason, in characters.
pub const MAX_REASON: usize = 1_000;

/// Reads the reason of a body: trimmed, in NFC, nothing where it is blank.
///
/// # Errors
/// `invalidBody` at `/reason` where one is needed and there is none, or it is too long.
pub fn read(given: Option<&str>, needed: bool) -> Result<Option<String>> {
    let refuse = |detail: crate::error::Text| {
        Err(Error::new(Code::InvalidBody, detail.clone()).at("/reason", Code::InvalidBody, detail))
    };
    let reason = given.map(|text| nfc(text.trim())).filter(|text| !text.is_empty());
    if needed && reason.is_none() {
        return refuse(text!(
            "Cần reason: nói rõ vì sao, để người sau đọc lại.",
            "A reason is needed: say why, for whoever reads this later."
        ));
    }
    if reason.as_ref().is_some_and(|text| text.chars().count() > MAX_REASON) {
        return refuse(text!(
            "reason tối đa {MAX_REASON} ký tự.",
            "The reason may have at most {MAX_REASON} characters."
        ));
    }
    Ok(reason)
}
