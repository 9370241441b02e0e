//! Optimistic concurrency: whoever replaces something says which state of it they saw.

use std::fmt::Debug;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::{Code, Error, Result};
use crate::text;

/// A strong entity tag (RFC 9110, section 8.8.3) of a state, quotes included. States that print alike are alike.
#[must_use]
pub fn tag(state: &impl Debug) -> String {
    let digest = Sha256::digest(format!("{state:?}"));
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default()))
}

/// Holds a write to the state that its caller saw: `if_match` is what REST's header and GraphQL's argument hold, a list of tags or `*`.
///
/// # Errors
/// `preconditionRequired` without one, `preconditionFailed` where none of its tags is the present state's. Weak tags
/// never match (RFC 9110, section 13.1.1).
pub fn hold(if_match: Option<&str>, present: &str) -> Result<()> {
    let Some(given) = if_match else {
        let detail = text!(
            "Cần If-Match với ETag của bản đang có: hãy đọc trước rồi gửi lại.",
            "If-Match is needed, with the ETag of what is there: read it first."
        );
        return Err(Error::new(Code::PreconditionRequired, detail));
    };
    if given.trim() == "*" || given.split(',').any(|tag| tag.trim() == present) {
        return Ok(());
    }
    let detail = text!(
        "Dữ liệu đã thay đổi sau lần đọc của bạn; không có gì được ghi. Hãy đọc lại, xem chỗ khác rồi gửi với ETag mới.",
        "It has changed since you read it; nothing was written. Read it again, see what differs, and send the new ETag."
    );
    Err(Error::new(Code::PreconditionFailed, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_names_the_state_that_it_replaces() {
        let (now, before) = (tag(&("a", 1)), tag(&("a", 2)));
        assert_ne!(now, before);
        assert!(hold(Some(&now), &now).is_ok() && hold(Some("*"), &now).is_ok());
        assert!(hold(Some(&format!("{before}, {now}")), &now).is_ok());
        let refused = |given: Option<&str>| hold(given, &now).unwrap_err().code();
        assert_eq!(refused(None), Code::PreconditionRequired);
        for stale in [before.as_str(), "", &format!("W/{now}"), now.trim_matches('"')] {
            assert_eq!(refused(Some(stale)), Code::PreconditionFailed, "{stale}");
        }
    }
}
