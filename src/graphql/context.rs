//! What every resolver starts from.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use async_graphql::Context;

use super::error::refuse;
use crate::domain::policy::{Action, Caller, authorize};
use crate::error::{Error, Language, Result};
use crate::service::App;
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
    snapshot: OnceLock<Arc<Snapshot>>,
}

impl Asked {
    /// A request that has read nothing yet.
    #[must_use]
    pub const fn new(app: Arc<App>, caller: Caller, language: Language, address: IpAddr) -> Self {
        Self { app, caller, language, address, snapshot: OnceLock::new() }
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
}

/// The request behind a resolver.
pub(super) fn asked<'c>(context: &'c Context<'_>) -> async_graphql::Result<&'c Asked> {
    context.data::<Asked>().map_err(|_| refuse(&Error::internal("a resolver without a request"), Language::Vi))
}
