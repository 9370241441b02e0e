//! How a replica has followed the database since it began.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::telemetry::metrics::ByWord;

/// When it last looked, when it last had something new, and what came.
#[derive(Debug)]
pub struct Progress {
    instants: Mutex<Instants>,
    /// Revisions that this replica came to serve since its start, by their kind.
    pub revisions: ByWord,
}

#[derive(Debug, Clone, Copy)]
struct Instants {
    confirmed: Instant,
    replaced: Instant,
}

impl Default for Progress {
    fn default() -> Self {
        let now = Instant::now();
        Self { instants: Mutex::new(Instants { confirmed: now, replaced: now }), revisions: ByWord::new("kind", &[]) }
    }
}

impl Progress {
    /// Notes that the snapshot was found to be the newest, or was replaced by what has revisions of these kinds more.
    pub(super) fn note(&self, replaced: Option<&[String]>) {
        let now = Instant::now();
        let mut instants = self.instants.lock().unwrap_or_else(PoisonError::into_inner);
        instants.confirmed = now;
        if let Some(kinds) = replaced {
            instants.replaced = now;
            for kind in kinds {
                self.revisions.add(kind, 1);
            }
        }
    }

    /// How long ago the snapshot was known to be the newest, and how long ago it was loaded.
    #[must_use]
    pub fn ages(&self) -> (Duration, Duration) {
        let instants = *self.instants.lock().unwrap_or_else(PoisonError::into_inner);
        (instants.confirmed.elapsed(), instants.replaced.elapsed())
    }
}
