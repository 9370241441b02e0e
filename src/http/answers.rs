//! Answers that were finished before, by their tag.

use actix_web::web::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::telemetry::metrics::Counter;

const MEBIBYTE: u64 = 1024 * 1024;

#[derive(Clone)]
pub(super) struct Finished {
    pub body: Bytes,
    pub link: Option<String>,
    /// The media type and the `Content-Disposition` of what is no JSON.
    pub file: Option<(&'static str, String)>,
}

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Finished> for ByLength {
    fn weight(&self, key: &String, value: &Finished) -> u64 {
        u64::try_from(key.len() + value.body.len() + 64).unwrap_or(u64::MAX)
    }
}

/// Finished answers by ETag, which names everything that an answer depends on.
pub struct Answers {
    kept: Option<Cache<String, Finished, ByLength>>,
    pub(super) found: Counter,
    pub(super) missed: Counter,
}

impl Answers {
    /// A store that holds so many mebibytes; with none, every answer is made afresh.
    #[must_use]
    pub fn holding(mebibytes: u64) -> Self {
        let kept = (mebibytes > 0).then(|| Cache::with_weighter(1_000, mebibytes.saturating_mul(MEBIBYTE), ByLength));
        Self { kept, found: Counter::default(), missed: Counter::default() }
    }

    pub(super) fn get(&self, etag: &str) -> Option<Finished> {
        let found = self.kept.as_ref().and_then(|kept| kept.get(etag));
        if found.is_some() { &self.found } else { &self.missed }.inc();
        found
    }

    /// How many bytes are kept.
    pub(super) fn bytes(&self) -> u64 {
        self.kept.as_ref().map_or(0, Cache::weight)
    }

    /// The body of an answer that has no other part.
    pub(super) fn body(&self, key: &str) -> Option<Bytes> {
        Some(self.get(key)?.body)
    }

    /// Keeps such a body.
    pub(super) fn keep(&self, key: &str, body: &Bytes) {
        self.put(key, &Finished { body: body.clone(), link: None, file: None });
    }

    pub(super) fn put(&self, etag: &str, finished: &Finished) {
        if let Some(kept) = &self.kept {
            kept.insert(etag.to_owned(), finished.clone());
        }
    }
}
