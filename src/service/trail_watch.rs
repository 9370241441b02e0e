//! What is done to reports, told to whoever listens at the time, whichever replica did it.
//!
//! The audit trail is what is told: every replica with listeners looks for entries that it has not told yet. Nothing is
//! read where nobody listens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard, broadcast};

use super::App;
use super::trail::{Place, sees};
use crate::db::Store;
use crate::db::trail::{Order, Recorded, TrailFilter, entries, ids_beyond, newest_ids};
use crate::domain::area::AreaKey;
use crate::domain::policy::{Action, Caller, authorize};
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// Entries that are kept for a listener who is slow to take them.
const KEPT: usize = 1_024;
/// Entries told at a time.
const AT_A_TIME: usize = 500;
/// How long an entry that was told is remembered. PostgreSQL numbers an entry before its transaction commits, so a smaller
/// number may show up after a larger one; an entry is written last, so it does within moments.
const OVERTAKEN: Duration = Duration::from_secs(10);
/// Entries that are looked at when the first listener comes, for the same reason.
const LOOK_BACK: usize = 200;

/// The entries as they are made.
pub struct TrailWatch {
    told: broadcast::Sender<Arc<Recorded>>,
    known: Mutex<Option<Known>>,
}

/// Which entries were told: all up to one, and some behind it, each with when that was.
#[derive(Debug, Default)]
struct Known {
    floor: i64,
    behind: BTreeMap<i64, Instant>,
}

impl Known {
    fn add(&mut self, id: i64, now: Instant) {
        self.behind.insert(id, now);
        self.settle(now);
    }

    /// Forgets the entries behind which nothing is on its way any more.
    fn settle(&mut self, now: Instant) {
        while let Some(first) = self.behind.first_entry() {
            if now.duration_since(*first.get()) < OVERTAKEN {
                break;
            }
            self.floor = first.remove_entry().0;
        }
    }
}

impl Default for TrailWatch {
    fn default() -> Self {
        Self { told: broadcast::Sender::new(KEPT), known: Mutex::default() }
    }
}

/// Entries that were found and are not told yet. What is dropped instead is found again.
pub(super) struct Found<'w> {
    told: &'w broadcast::Sender<Arc<Recorded>>,
    /// Nothing where nobody listens.
    known: Option<MutexGuard<'w, Option<Known>>>,
    entries: Vec<Recorded>,
}

impl Found<'_> {
    /// Tells them.
    pub fn tell(self) {
        let Some(mut known) = self.known else { return };
        let now = Instant::now();
        for entry in self.entries {
            if let Some(known) = known.as_mut() {
                known.add(entry.id, now);
            }
            // Where nobody listens any more there is nobody to tell.
            drop(self.told.send(Arc::new(entry)));
        }
    }
}

impl TrailWatch {
    /// Looks for entries that were not told yet, where anybody listens.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn look(&self, store: &Store) -> Result<Found<'_>> {
        let mut known = self.known.lock().await;
        if self.told.receiver_count() == 0 {
            *known = None;
        }
        let Some(told) = known.as_mut() else {
            return Ok(Found { told: &self.told, known: None, entries: Vec::new() });
        };
        told.settle(Instant::now());
        let (floor, behind) = (told.floor, told.behind.keys().copied().collect::<Vec<_>>());
        let work = move |conn: &mut _| {
            let mut fresh = ids_beyond(conn, floor)?;
            fresh.retain(|id| behind.binary_search(id).is_err());
            fresh.truncate(AT_A_TIME);
            if fresh.is_empty() {
                return Ok(Vec::new());
            }
            let filter = TrailFilter { ids: Some(fresh), ..TrailFilter::default() };
            entries(conn, &filter, Order::Oldest, None, AT_A_TIME)
        };
        let entries = store.read_as_service(work).await?;
        Ok(Found { told: &self.told, known: Some(known), entries })
    }

    /// Whatever is written from now on.
    async fn join(&self, store: &Store) -> Result<broadcast::Receiver<Arc<Recorded>>> {
        let mut known = self.known.lock().await;
        if known.is_none() {
            let ids = store.read_as_service(|conn| newest_ids(conn, LOOK_BACK)).await?;
            let now = Instant::now();
            let floor = ids.iter().min().map_or(0, |first| first - 1);
            *known = Some(Known { floor, behind: ids.into_iter().map(|id| (id, now)).collect() });
        }
        // Under the lock, or a look in between would find nobody and forget where telling begins.
        Ok(self.told.subscribe())
    }

    /// How many listen.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.told.receiver_count()
    }
}

/// An entry, with what its names are read from.
pub struct Heard {
    /// What is published, no older than the entry.
    pub snapshot: Arc<Snapshot>,
    /// The entry.
    pub entry: Arc<Recorded>,
}

/// Somebody who listens to what is done to reports.
pub struct Listener {
    app: Arc<App>,
    caller: Caller,
    place: Place,
    told: broadcast::Receiver<Arc<Recorded>>,
}

impl Listener {
    /// Listens from now on to what is done to reports, and set for their quarters, that the caller may know of: of a ward or
    /// another area, of a quarter, of all.
    ///
    /// # Errors
    /// What the policy table refuses, `forbidden` for a ward out of the caller's reach, and what is wrong with a name.
    pub async fn join(app: Arc<App>, caller: Caller, ward: Option<&str>, quarter: Option<&str>) -> Result<Self> {
        let snapshot = app.snapshots.read(&caller, Action::AuditRead)?;
        let place = Place::read(&snapshot, ward, quarter)?;
        place.ensure_seen(&snapshot, &authorize(&caller, Action::AuditRead)?, app.clock.now().naive_utc())?;
        let told = app.trail_watch.join(&app.store).await?;
        Ok(Self { app, caller, place, told })
    }

    /// The next entry; nothing once the service has stopped telling.
    ///
    /// # Errors
    /// `resyncRequired` where more was done than a slow listener is kept; what the policy refuses by now.
    pub async fn next(&mut self) -> Option<Result<Heard>> {
        loop {
            let entry = match self.told.recv().await {
                Ok(entry) => entry,
                Err(broadcast::error::RecvError::Closed) => return None,
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    let detail = text!(
                        "Đã bỏ lỡ {missed} thay đổi. Hãy đọc lại báo cáo rồi đăng ký lại.",
                        "{missed} changes were missed. Read the reports again, then subscribe again."
                    );
                    return Some(Err(Error::new(Code::ResyncRequired, detail)));
                }
            };
            match self.heard(entry) {
                Ok(None) => {}
                Ok(Some(heard)) => return Some(Ok(heard)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn heard(&self, entry: Arc<Recorded>) -> Result<Option<Heard>> {
        let (area, quarter) = (entry.area.and_then(AreaKey::new), entry.quarter);
        if quarter.is_none() || !self.place.holds(area, quarter) {
            return Ok(None);
        }
        let snapshot = self.app.snapshots.read(&self.caller, Action::AuditRead)?;
        let scope = authorize(&self.caller, Action::AuditRead)?;
        Ok(sees(&snapshot, &scope, area, quarter, entry.at).then_some(Heard { snapshot, entry }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overtaken_for_long_is_forgotten() {
        let (mut known, began) = (Known::default(), Instant::now());
        for (id, after) in [(4, 0), (7, 1), (5, 2)] {
            known.add(id, began + Duration::from_secs(after));
        }
        assert_eq!((known.floor, known.behind.len()), (0, 3), "3 and 6 may still be on their way");
        known.add(8, began + OVERTAKEN + Duration::from_secs(1));
        assert_eq!((known.floor, known.behind.len()), (4, 3));
        known.add(9, began + OVERTAKEN * 3);
        assert_eq!((known.floor, known.behind.keys().copied().collect::<Vec<_>>()), (8, vec![9]));
        known.settle(began + OVERTAKEN * 4);
        assert_eq!((known.floor, known.behind.len()), (9, 0), "whoever listens to silence looks for nothing");
    }
}
