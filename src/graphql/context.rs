//! What every resolver starts from.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use chrono::NaiveDate;
use tracing::Instrument as _;

use super::error::refuse;
use super::report::Documents;
use super::scalar::Revision;
use crate::domain::policy::{Action, Caller, authorize};
use crate::domain::revision::AsOf;
use crate::error::{Error, Language, Result};
use crate::service::{Actor, App};
use crate::snapshot::Snapshot;

/// One request: who asks, in which language, of which snapshot.
pub struct Asked {
    /// The service.
    pub app: Arc<App>,
    /// Who asks.
    pub caller: Caller,
    /// In which language.
    pub language: Language,
    /// The peer's address.
    pub address: IpAddr,
    request_id: Option<String>,
    as_of_now: Arc<AtomicBool>,
    snapshot: OnceLock<Arc<Snapshot>>,
    documents: OnceLock<DataLoader<Documents>>,
}

impl Asked {
    /// A request that has read nothing yet.
    #[must_use]
    pub fn new(app: Arc<App>, caller: Caller, language: Language, address: IpAddr) -> Self {
        let (request_id, as_of_now) = (None, Arc::default());
        let (snapshot, documents) = (OnceLock::new(), OnceLock::new());
        Self { app, caller, language, address, request_id, as_of_now, snapshot, documents }
    }

    /// Whether any field was answered as of now rather than as of a revision. Such an answer is for nobody to keep.
    pub(super) fn as_of_now(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.as_of_now)
    }

    /// The same, known to the log and the audit trail by that id.
    #[must_use]
    pub fn as_request(self, id: String) -> Self {
        Self { request_id: Some(id), ..self }
    }

    /// The caller as somebody who does something now.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { caller: self.caller.clone(), request_id: self.request_id.clone(), now: self.app.clock.now() }
    }

    /// The snapshot, for an action that the policy grants; the same one for the whole request.
    pub(super) fn snapshot(&self, action: Action) -> Result<Arc<Snapshot>> {
        authorize(&self.caller, action)?;
        if let Some(snapshot) = self.snapshot.get() {
            return Ok(Arc::clone(snapshot));
        }
        let snapshot = self.app.snapshots.read(&self.caller, action)?;
        Ok(Arc::clone(self.snapshot.get_or_init(|| snapshot)))
    }

    /// The snapshot of the past that a field asks for, else the request's.
    pub(super) async fn snapshot_as_of(&self, action: Action, as_of: Option<Revision>) -> Result<Arc<Snapshot>> {
        let Some(Revision(text)) = as_of else { return self.snapshot(action) };
        let as_of = AsOf::read("asOf", &text)?;
        self.app.snapshots.read_as_of(&self.app.store, &self.caller, action, &as_of).await
    }

    /// Epoch and revision of what the request reads, where its caller may read figures at all.
    #[must_use]
    pub fn revision(&self) -> Option<(String, i64)> {
        let snapshot = self.snapshot(Action::FiguresRead).ok()?;
        Some((snapshot.epoch.clone(), snapshot.revision))
    }

    /// The loader of documents, for this request's caller: what a page shows is read together.
    pub(super) fn documents(&self) -> &DataLoader<Documents> {
        self.documents.get_or_init(|| {
            let loader = Documents { app: Arc::clone(&self.app), caller: self.caller.clone() };
            DataLoader::new(loader, |load| tokio::spawn(load.in_current_span()))
        })
    }
}

/// The request behind a resolver.
pub(super) fn asked<'c>(context: &'c Context<'_>) -> async_graphql::Result<&'c Asked> {
    context.data::<Asked>().map_err(|_| refuse(&Error::internal("a resolver without a request"), Language::Vi))
}

/// What a field that may be refused answers: null, with the reason under `errors`, so that a refusal of one leaves the
/// others of the document answered. (The library writes such a field out as null only where the result is inside.)
pub(super) type Refusable<T> = Option<async_graphql::Result<T>>;

/// Answers a field as of now, from the database or by writing.
pub(super) async fn now<'c, T, R>(context: &'c Context<'_>, work: impl FnOnce(&'c Asked) -> R) -> Refusable<T>
where
    R: Future<Output = Result<T>>,
{
    let asked = match asked(context) {
        Ok(asked) => asked,
        Err(error) => return Some(Err(error)),
    };
    asked.as_of_now.store(true, Ordering::Relaxed);
    Some(work(asked).await.map_err(|error| refuse(&error, asked.language)))
}

/// Answers a field from the request's snapshot, or from that of the revision that the field asks for.
pub(super) async fn reading<T>(
    context: &Context<'_>,
    action: Action,
    as_of: Option<Revision>,
    read: impl FnOnce(&Arc<Snapshot>, NaiveDate) -> Result<T>,
) -> Refusable<T> {
    let asked = match asked(context) {
        Ok(asked) => asked,
        Err(error) => return Some(Err(error)),
    };
    let snapshot = asked.snapshot_as_of(action, as_of).await;
    let result = snapshot.and_then(|snapshot| read(&snapshot, asked.app.clock.today()));
    Some(result.map_err(|error| refuse(&error, asked.language)))
}
