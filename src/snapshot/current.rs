//! The snapshot that reads answer from, and how it follows the database.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::looks::Looks;
use super::past::Past;
use super::progress::Progress;
use super::{Snapshot, load};
use crate::db::head::{CATALOGUE, Head, current_head, kinds_after};
use crate::db::{Conn, Store};
use crate::domain::calendar::CalendarRules;
use crate::domain::policy::{Action, Caller, authorize};
use crate::error::{Code, Error, Result};
use crate::text;

/// The current snapshot. Reading it costs an atomic load; one refresh runs at a time.
pub struct Current {
    snapshot: ArcSwap<Snapshot>,
    pub(super) rules: Arc<CalendarRules>,
    pub(super) past: Past,
    looks: Looks<Head>,
    served: watch::Sender<Served>,
    remembered_values: usize,
    /// How it has followed the database.
    pub progress: Progress,
}

/// What this replica serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Within which revisions count.
    pub epoch: String,
    /// The newest revision that the snapshot holds.
    pub revision: i64,
}

impl Served {
    fn of(snapshot: &Snapshot) -> Self {
        Self { epoch: snapshot.epoch.clone(), revision: snapshot.revision }
    }
}

impl Current {
    /// Loads what is published now; each snapshot remembers so many values of quarters.
    ///
    /// # Errors
    /// Where the database is away or holds what it cannot.
    pub fn load(store: &Store, rules: CalendarRules, remembered_values: usize) -> Result<Self> {
        let snapshot = store.read_blocking(|conn| {
            let head = current_head(conn)?;
            load::whole(conn, &head, &rules)
        })?;
        Ok(Self {
            served: watch::Sender::new(Served::of(&snapshot)),
            snapshot: ArcSwap::from_pointee(snapshot.remembering(remembered_values)),
            rules: Arc::new(rules),
            past: Past::default(),
            looks: Looks::default(),
            remembered_values,
            progress: Progress::default(),
        })
    }

    /// The snapshot, for a caller whom the policy lets read it.
    ///
    /// # Errors
    /// What the policy table refuses.
    pub fn read(&self, caller: &Caller, action: Action) -> Result<Arc<Snapshot>> {
        authorize(caller, action)?;
        Ok(self.snapshot.load_full())
    }

    /// The snapshot for what the service says of itself, which no request sees.
    pub(crate) fn of_service(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Tells of every revision that this replica comes to serve, after it serves it; whoever is slow is told of the newest.
    ///
    /// # Errors
    /// What the policy table refuses.
    pub fn watch(&self, caller: &Caller, action: Action) -> Result<watch::Receiver<Served>> {
        authorize(caller, action)?;
        Ok(self.served.subscribe())
    }

    /// As [`Self::read`], at `minimum` or later: a client never sees an older state than it has seen.
    ///
    /// # Errors
    /// As [`Self::read`]; `unavailable` where this replica cannot reach that revision.
    pub async fn read_at_least(
        &self,
        store: &Store,
        caller: &Caller,
        action: Action,
        minimum: i64,
    ) -> Result<Arc<Snapshot>> {
        let snapshot = self.read(caller, action)?;
        if snapshot.revision >= minimum {
            return Ok(snapshot);
        }
        self.refresh(store).await?;
        let snapshot = self.snapshot.load_full();
        let revision = snapshot.revision;
        if revision >= minimum {
            return Ok(snapshot);
        }
        let detail = text!(
            "Chưa có lần công bố {minimum}; lần mới nhất là {revision}.",
            "Revision {minimum} is not known here; the latest is {revision}."
        );
        Err(Error::parameter(Code::Unavailable, "minRevision", detail).retry_after_seconds(1))
    }

    /// Brings the snapshot to the head of the database, together with whoever else waits for that. Answers the head that
    /// was found.
    ///
    /// # Errors
    /// Where the database is away; the present snapshot goes on serving.
    pub async fn refresh(&self, store: &Store) -> Result<Head> {
        self.looks.share(|| self.look(store)).await
    }

    async fn look(&self, store: &Store) -> Result<Head> {
        let before = self.snapshot.load_full();
        let rules = Arc::clone(&self.rules);
        let (head, next) = store.read_as_service(move |conn| newer(conn, &before, &rules)).await?;
        self.progress.note(next.as_ref().map(|newer| newer.kinds.as_slice()));
        if let Some(Newer { snapshot: next, .. }) = next {
            tracing::info!(epoch = %next.epoch, revision = next.revision, figures = next.figure_count(), "snapshot refreshed");
            let served = Served::of(&next);
            self.snapshot.store(Arc::new(next.remembering(self.remembered_values)));
            self.served.send_replace(served);
        }
        Ok(head)
    }
}

/// What the head has beyond a snapshot.
struct Newer {
    snapshot: Snapshot,
    /// The kinds of the revisions in between; none of another epoch, which shares nothing with the one before.
    kinds: Vec<String>,
}

fn newer(conn: &mut Conn, before: &Snapshot, rules: &CalendarRules) -> Result<(Head, Option<Newer>)> {
    let head = current_head(conn)?;
    let next = if head.epoch != before.epoch || head.revision < before.revision {
        Some(Newer { snapshot: load::whole(conn, &head, rules)?, kinds: Vec::new() })
    } else if head.revision > before.revision {
        let kinds = kinds_after(conn, before.revision)?;
        // Columns are laid out by the catalogue, so another one shares none of them.
        let anew = kinds.iter().any(|kind| kind == CATALOGUE);
        let snapshot = if anew { load::whole(conn, &head, rules)? } else { load::since(conn, before, &head, rules)? };
        Some(Newer { snapshot, kinds })
    } else {
        None
    };
    Ok((head, next))
}
