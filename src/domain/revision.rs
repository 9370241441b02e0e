//! Revisions by name: what `asOf` says.

use crate::error::{Code, Error, Result};
use crate::text;

/// A revision that somebody asks for: its number, and the epoch that it counts in, where they say which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsOf {
    /// The epoch; nothing for the present one.
    pub epoch: Option<String>,
    /// The number, from 1.
    pub revision: i64,
}

impl AsOf {
    /// Reads `12`, or `k3v9a1b2.12` with the epoch.
    ///
    /// # Errors
    /// `invalidParameter` for anything else; before the first revision nothing was published.
    pub fn read(parameter: &str, text: &str) -> Result<Self> {
        let (epoch, number) = text.split_once('.').map_or((None, text), |(epoch, number)| (Some(epoch), number));
        let named = epoch.is_none_or(|epoch| {
            (1..=32).contains(&epoch.len()) && epoch.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        let plain = number.len() <= 18 && !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
        let revision = number.parse().ok().filter(|revision| plain && named && *revision >= 1);
        revision.map(|revision| Self { epoch: epoch.map(ToOwned::to_owned), revision }).ok_or_else(|| {
            let detail = text!(
                "{parameter} là số của một lần công bố, từ 1, hoặc có dòng công bố đứng trước như k3v9a1b2.12; “{text}” không phải.",
                "{parameter} is the number of a revision, from 1, or with its epoch like k3v9a1b2.12, which “{text}” is not."
            );
            Error::parameter(Code::InvalidParameter, parameter, detail)
        })
    }

    /// Whether it counts in that epoch.
    #[must_use]
    pub fn is_in(&self, epoch: &str) -> bool {
        self.epoch.as_deref().is_none_or(|named| named == epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_a_number_with_or_without_its_epoch() {
        let read = |text: &str| AsOf::read("asOf", text).ok().map(|as_of| (as_of.epoch, as_of.revision));
        assert_eq!(read("12"), Some((None, 12)));
        assert_eq!(read("k3v9a1b2.12"), Some((Some("k3v9a1b2".to_owned()), 12)));
        for text in
            ["", "0", "-1", "+1", "1.0", "1.", ".1", "a.b", "a b.1", "1e3", "a.1.2", "1000000000000000000", "012", "１"]
        {
            assert!(AsOf::read("asOf", text).is_err(), "{text}");
        }
        assert!(AsOf::read("asOf", "7.1").unwrap().is_in("7"), "an epoch may be digits only");
    }
}
