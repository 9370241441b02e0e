//! Automatic persisted queries, as the clients of Apollo and urql speak them: a document is named by its SHA-256, and sent
//! whole only to a replica that does not know it yet.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Pos, ServerError};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::auth::hexadecimal;
use crate::error::{Code, Error, Result};
use crate::text;

/// Bytes of documents that a replica keeps.
const KEPT_TEXT: u64 = 2 * 1024 * 1024;
/// What the shortest document counts as, which bounds their number: 1,024.
const LEAST: u64 = 2_048;
/// Where a request names its document.
const POINTER: &str = "/extensions/persistedQuery";
/// What clients look for, in the message as much as in the code: words of their protocol, not of our table.
const NOT_FOUND: (&str, &str) = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND");

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Arc<str>> for ByLength {
    fn weight(&self, _: &String, text: &Arc<str>) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX).max(LEAST)
    }
}

/// The documents that clients may name by their hash. Each replica has its own: one that does not know a document is sent
/// it again, so nothing depends on them.
pub(super) struct Persisted(Cache<String, Arc<str>, ByLength>);

/// What a request holds in place of a document, or beside one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named(String);

impl Persisted {
    pub fn new() -> Self {
        Self(Cache::with_weighter(256, KEPT_TEXT, ByLength))
    }

    pub fn get(&self, named: &Named) -> Option<Arc<str>> {
        self.0.get(&named.0)
    }

    pub fn keep(&self, named: &Named, text: &str) {
        self.0.insert(named.0.clone(), text.into());
    }
}

impl Named {
    /// The hash that the extensions of a request name its document by.
    ///
    /// # Errors
    /// `invalidBody` with a pointer, where they do so in a form that the protocol does not have.
    pub fn read(extensions: &Map<String, Value>) -> Result<Option<Self>> {
        let refuse = |member: &str, detail| {
            let pointer = format!("{POINTER}{member}");
            Err(Error::parameter(Code::InvalidBody, &pointer, detail))
        };
        let members = match extensions.get("persistedQuery") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(members)) => members,
            Some(_) => {
                return refuse("", text!("persistedQuery phải là đối tượng.", "persistedQuery must be an object."));
            }
        };
        if members.get("version").and_then(Value::as_u64) != Some(1) {
            return refuse("/version", text!("Chỉ có phiên bản 1.", "The only version is 1."));
        }
        let hash = members.get("sha256Hash").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let detail = text!("sha256Hash gồm 64 chữ số thập lục phân.", "sha256Hash has 64 hexadecimal digits.");
            return refuse("/sha256Hash", detail);
        }
        Ok(Some(Self(hash)))
    }

    /// Holds a document against its name.
    ///
    /// # Errors
    /// `invalidBody` where it is another document's.
    pub fn check(&self, text: &str) -> Result<()> {
        if hexadecimal(&Sha256::digest(text.as_bytes())) == self.0 {
            return Ok(());
        }
        let detail = text!(
            "sha256Hash không phải SHA-256 của query đã gửi.",
            "sha256Hash is not the SHA-256 of the query that is sent with it."
        );
        Err(Error::parameter(Code::InvalidBody, &format!("{POINTER}/sha256Hash"), detail))
    }
}

/// What a client is told that names a document which is not known here, so that it sends it.
pub(super) fn not_found() -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", NOT_FOUND.1);
    extensions.set("status", 404);
    let error = ServerError::new(NOT_FOUND.0, Some(Pos::default()));
    ServerError { locations: Vec::new(), extensions: Some(extensions), ..error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Named {
        Named(hexadecimal(&Sha256::digest(text.as_bytes())))
    }

    #[test]
    fn what_is_kept_is_bounded_by_bytes_and_by_number() {
        let (persisted, small) = (Persisted::new(), |at: usize| format!("{{ a{at}: __typename }}"));
        for at in 0..5_000 {
            persisted.keep(&named(&small(at)), &small(at));
        }
        let known = (0..5_000).filter(|at| persisted.get(&named(&small(*at))).is_some()).count();
        assert!((1..=1_024).contains(&known), "{known}");
        let large = |at: usize| format!("{{ a{at}: __typename }}{}", " ".repeat(19_000));
        for at in 0..500 {
            persisted.keep(&named(&large(at)), &large(at));
        }
        let known: usize = (0..500).filter_map(|at| persisted.get(&named(&large(at)))).map(|text| text.len()).sum();
        assert!(known > 0 && known <= usize::try_from(KEPT_TEXT).unwrap(), "{known}");
    }
}
