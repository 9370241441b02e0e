//! Requests that may be sent twice: the first is done, every other with the same key is told what the first was told.
//!
//! The answer is kept in the transaction of what it answers, so that neither can be there without the other: whoever is
//! cut off sends the request again, and it is done once. What is refused is not kept, because nothing was done.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};

use super::App;
use super::actor::Actor;
use crate::auth::hexadecimal;
use crate::db::Conn;
use crate::db::idempotency::{self, Kept, in_progress};
use crate::domain::policy::{Action, Scope, authorize};
use crate::error::{Code, Error, Result};
use crate::text;

pub use crate::db::idempotency::Key;

/// How long answers are kept: over a long weekend, and at least the day that clients may count on.
pub const KEPT: TimeDelta = TimeDelta::days(4);
/// The longest key, in bytes.
const MAX_KEY: usize = 255;

/// A request with its key.
#[derive(Debug, Clone)]
pub struct Idempotent {
    /// The key, of this subject and operation only.
    pub key: Key,
    /// What tells the request from another one with the same key.
    pub digest: String,
}

impl Idempotent {
    /// A request of somebody: `operation` is its method and path, `parts` is all else that it says.
    #[must_use]
    pub fn new(actor: &Actor, operation: impl Into<String>, key: String, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // Each part is preceded by its length, so that no two different requests read the same.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        Self::with_digest(actor, operation, key, hash)
    }

    /// The same for a request whose parts are too much to hold: `said` took them as they went by.
    #[must_use]
    pub fn with_digest(actor: &Actor, operation: impl Into<String>, key: String, said: Sha256) -> Self {
        let subject = actor.id().unwrap_or_default().to_owned();
        let key = Key { subject, operation: operation.into(), key };
        Self { key, digest: hexadecimal(&said.finalize()) }
    }
}

/// What a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The body, byte for byte as the first time.
    pub body: String,
    /// Whether an earlier request did it.
    pub replayed: bool,
}

/// The keys that this process works on.
#[derive(Debug, Default, Clone)]
pub struct Underway(Arc<Mutex<HashSet<Key>>>);

/// A key that is being worked on, until this is dropped.
struct Claim {
    underway: Underway,
    key: Key,
}

impl Underway {
    fn claim(&self, key: &Key) -> Option<Claim> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.clone()).then(|| Claim { underway: self.clone(), key: key.clone() })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.underway.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Reads the header `Idempotency-Key`: a quoted text (draft-ietf-httpapi-idempotency-key-header), or a bare one without
/// spaces, as many clients send it.
///
/// # Errors
/// `malformedRequest` for several, and for what is no key.
pub fn read_key(given: &[&str]) -> Result<Option<String>> {
    let refuse = || {
        let detail = text!(
            "Idempotency-Key là một chuỗi trong ngoặc kép dài 1 đến {MAX_KEY} ký tự ASCII, chỉ gửi một lần.",
            "Idempotency-Key is one quoted text of 1 to {MAX_KEY} ASCII characters."
        );
        Err(Error::new(Code::MalformedRequest, detail))
    };
    let text = match given {
        [] => return Ok(None),
        [one] => one.trim(),
        _ => return refuse(),
    };
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let fits = |key: &str| (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    match quoted {
        // A quote or a backslash would have to be escaped, which no key needs.
        Some(key) if fits(key) && !key.contains(['"', '\\']) => Ok(Some(key.to_owned())),
        None if fits(text) && !text.contains([' ', '"', '\\', ',']) => Ok(Some(text.to_owned())),
        _ => refuse(),
    }
}

/// The key of a request that cannot do without one.
///
/// # Errors
/// `idempotencyKeyMissing`.
pub fn needed(key: Option<String>) -> Result<String> {
    key.ok_or_else(|| {
        let detail = text!(
            "Cần Idempotency-Key: một mã riêng cho mỗi lần gửi, giữ nguyên khi gửi lại.",
            "Idempotency-Key is needed: a value of its own for every request, and the same when it is sent again."
        );
        Error::new(Code::IdempotencyKeyMissing, detail)
    })
}

/// What work in a transaction comes to: a status and a body to answer and to keep, or a refusal of its own, of which nothing
/// is kept. A refusal wrote nothing.
pub type Worked<R> = std::result::Result<(u16, String), R>;

/// Does the work of a request in one transaction, once for all requests with its key. Without a key it is simply done.
///
/// # Errors
/// `idempotencyKeyReused` where the key belongs to another request, `requestInProgress` where the same is being worked
/// on, and what the policy table and `work` refuse, of which nothing is kept.
pub async fn once<R, W>(
    app: &App,
    actor: &Actor,
    action: Action,
    request: Option<Idempotent>,
    work: W,
) -> Result<std::result::Result<Answered, R>>
where
    R: Send + 'static,
    W: FnOnce(&mut Conn, &Scope) -> Result<Worked<R>> + Send + 'static,
{
    // Nobody learns from a key what they may not do.
    authorize(&actor.caller, action)?;
    let Some(Idempotent { key, digest }) = request else {
        let done = move |conn: &mut Conn, scope: &Scope| {
            let answered = |(status, body)| Answered { status, body, replayed: false };
            Ok(work(conn, scope)?.map(answered))
        };
        return app.store.write(&actor.caller, action, done).await;
    };
    let claim = app.underway.claim(&key).ok_or_else(in_progress)?;
    let now = actor.instant();
    let done = move |conn: &mut Conn, scope: &Scope| {
        // Held until this is over, though whoever asked may be gone.
        let _claim = claim;
        if !idempotency::take(conn, lock(&key))? {
            return Err(in_progress());
        }
        if let Some(kept) = idempotency::find(conn, &key, now)? {
            if kept.digest != digest {
                return Err(reused());
            }
            let status = u16::try_from(kept.status).map_err(Error::internal)?;
            return Ok(Ok(Answered { status, body: kept.body, replayed: true }));
        }
        let (status, body) = match work(conn, scope)? {
            Ok(done) => done,
            Err(refused) => return Ok(Err(refused)),
        };
        let stored = i16::try_from(status).map_err(Error::internal)?;
        let kept = Kept { digest, status: stored, body };
        idempotency::insert(conn, &key, &kept, now, now + KEPT)?;
        idempotency::sweep(conn, now)?;
        Ok(Ok(Answered { status, body: kept.body, replayed: false }))
    };
    app.store.write(&actor.caller, action, done).await
}

/// The number of the lock of a key: those of two keys may be the same, and then one is asked to come back.
fn lock(key: &Key) -> i32 {
    let mut hash = Sha256::new();
    for part in [&key.subject, &key.operation, &key.key] {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    digest.first_chunk::<4>().map_or(0, |bytes| i32::from_be_bytes(*bytes))
}

fn reused() -> Error {
    let detail = text!(
        "Idempotency-Key này đã dùng cho một yêu cầu có nội dung khác. Yêu cầu mới cần mã mới.",
        "This Idempotency-Key was used for a request that says something else. A new request needs a new key."
    );
    Error::new(Code::IdempotencyKeyReused, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_quoted_text_or_a_bare_one() {
        let read = |text: &str| read_key(&[text]).map_err(|error| error.code());
        assert_eq!(read("\"8e03978e-40d5\""), Ok(Some("8e03978e-40d5".to_owned())));
        assert_eq!(read(" 8e03978e-40d5 "), Ok(Some("8e03978e-40d5".to_owned())));
        assert_eq!(read("\"two words\""), Ok(Some("two words".to_owned())));
        assert_eq!(read_key(&[]).ok(), Some(None));
        let long = "x".repeat(256);
        for wrong in ["", "\"\"", "\"a", "a\"", "two words", "a,b", "\"a\\\"b\"", "khóa", long.as_str()] {
            assert_eq!(read(wrong), Err(Code::MalformedRequest), "{wrong}");
        }
        assert!(read_key(&["a", "a"]).is_err());
    }
}
