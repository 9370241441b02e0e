//! Snapshots of past revisions: loaded when they are asked for, a few of them kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Current, Snapshot, load};
use crate::db::head::current_head;
use crate::db::{Conn, Store};
use crate::domain::policy::{Action, Caller};
use crate::domain::revision::AsOf;
use crate::error::{Code, Error, Result};
use crate::text;

/// Past snapshots kept at a time. Each shares with the present what did not change since.
const KEPT: usize = 4;

/// What a past snapshot is made of besides the past.
type Key = (String, i64, i64);

/// The past snapshots that were asked for last.
#[derive(Default)]
pub(super) struct Past {
    kept: Mutex<VecDeque<(Key, Arc<Snapshot>)>>,
    /// One is loaded at a time: whoever asks for many holds up the others who do, and nobody else.
    loading: tokio::sync::Mutex<()>,
}

impl Past {
    fn get(&self, key: &Key) -> Option<Arc<Snapshot>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == key)?;
        let found = kept.remove(at)?;
        let snapshot = Arc::clone(&found.1);
        kept.push_front(found);
        Some(snapshot)
    }

    fn put(&self, key: Key, snapshot: &Arc<Snapshot>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((key, Arc::clone(snapshot)));
        kept.truncate(KEPT);
    }
}

impl Current {
    /// What was published at a revision, for a caller whom the policy lets read it.
    ///
    /// Figures, reports, targets, deadlines and locks are those of that revision; areas, catalogue and windows have no past
    /// in the database and are those of today.
    ///
    /// # Errors
    /// As [`Self::read`]; `unavailable` for a revision that this replica cannot reach, `resyncRequired` for one of another
    /// epoch.
    pub async fn read_as_of(
        &self,
        store: &Store,
        caller: &Caller,
        action: Action,
        as_of: &AsOf,
    ) -> Result<Arc<Snapshot>> {
        let mut present = self.read(caller, action)?;
        if present.revision < as_of.revision || !as_of.is_in(&present.epoch) {
            self.refresh(store).await?;
            present = self.read(caller, action)?;
        }
        let (revision, latest, line) = (as_of.revision, present.revision, &present.epoch);
        if let Some(epoch) = as_of.epoch.as_ref().filter(|epoch| *epoch != line) {
            let detail = text!(
                "Lần công bố thuộc dòng {epoch}, nay là dòng {line}. Hãy đồng bộ lại từ đầu.",
                "The revision is of epoch {epoch}; the current one is {line}. Start again from the beginning."
            );
            return Err(Error::parameter(Code::ResyncRequired, "asOf", detail));
        }
        if revision > latest {
            let detail = text!(
                "Chưa có lần công bố {revision}; lần mới nhất là {latest}.",
                "Revision {revision} is not known here; the latest is {latest}."
            );
            return Err(Error::parameter(Code::Unavailable, "asOf", detail).retry_after_seconds(1));
        }
        if revision == latest {
            return Ok(present);
        }
        let key = (line.clone(), present.catalogue_revision, revision);
        if let Some(snapshot) = self.past.get(&key) {
            return Ok(snapshot);
        }
        let _turn = self.past.loading.lock().await;
        if let Some(snapshot) = self.past.get(&key) {
            return Ok(snapshot);
        }
        let rules = Arc::clone(&self.rules);
        let load = move |conn: &mut Conn| {
            if current_head(conn)?.epoch != present.epoch {
                return Err(Error::unavailable(1, "another epoch began meanwhile"));
            }
            load::at(conn, &present, revision, &rules)
        };
        let loaded = store.read_as_service(load).await?;
        let snapshot = Arc::new(loaded);
        self.past.put(key, &snapshot);
        Ok(snapshot)
    }
}
