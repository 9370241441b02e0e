//! Reasons that people give for what they do.

use crate::domain::text::nfc;
use crate::error::{Code, Error, Result};
use crate::text;

/// The longest reason, in characters.
pub const MAX_REASON: usize = 2_000;

/// Reads the reason that a body holds at `pointer`: trimmed, in NFC, nothing where it is blank.
///
/// # Errors
/// `notMeaningful` at `pointer` where one is needed and there is none, or it is too long.
pub fn read(pointer: &str, given: Option<&str>, needed: bool) -> Result<Option<String>> {
    let refuse = |detail: crate::error::Text| {
        Err(Error::new(Code::NotMeaningful, detail.clone()).at(pointer, Code::NotMeaningful, detail))
    };
    let reason = given.map(|text| nfc(text.trim())).filter(|text| !text.is_empty());
    if needed && reason.is_none() {
        return refuse(text!(
            "Cần lý do: nói rõ vì sao, để người sau đọc lại.",
            "A reason is needed: say why, for whoever reads this later."
        ));
    }
    if reason.as_ref().is_some_and(|text| text.chars().count() > MAX_REASON) {
        return refuse(text!(
            "Lý do dài tối đa {MAX_REASON} ký tự.",
            "The reason may have at most {MAX_REASON} characters."
        ));
    }
    Ok(reason)
}
