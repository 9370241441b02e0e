//! What is told to whoever listens.

use std::sync::Arc;

use async_graphql::{Context, Subscription};
use futures_util::Stream;
use futures_util::stream::unfold;

use super::super::context::asked;
use super::super::error::refuse;
use super::super::trail::AuditEntry;
use super::published::Head;
use crate::domain::policy::Action;
use crate::service::trail_watch::Listener;

/// What one may listen to.
#[derive(Default)]
pub struct Listening;

/// Listening, over `graphql-transport-ws` at `/graphql/ws` or as server-sent events of a request to `/graphql`: one field an
/// operation. A subscription ends with the credentials that it began with, and where it fell behind; what was told may be
/// told again. So whoever subscribes reads first, and again whenever a subscription begins anew.
#[expect(clippy::unused_async, reason = "the library asks for it")]
#[Subscription(name = "Subscription")]
impl Listening {
    /// Công bố / where the published state stands: now, and whenever something was published. Revisions may be passed over;
    /// the change feed (`GET /api/v1/changes`) passes over none.
    async fn published(&self, context: &Context<'_>) -> async_graphql::Result<impl Stream<Item = Head> + use<>> {
        let asked = asked(context)?;
        let watched = asked.app.snapshots.watch(&asked.caller, Action::FiguresRead);
        let mut served = watched.map_err(|error| refuse(&error, asked.language))?;
        served.mark_changed();
        Ok(unfold(served, |mut served| async move {
            served.changed().await.ok()?;
            let head = Head::of(&served.borrow_and_update());
            Some((head, served))
        }))
    }

    /// Báo cáo thay đổi / what is done to reports, and set for their quarters, from now on: as the audit trail tells it, to
    /// whom it does. Of one ward or other area, of one quarter, or of all that the caller may know of.
    async fn report_changed(
        &self,
        context: &Context<'_>,
        ward: Option<String>,
        quarter: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<AuditEntry>> + use<>> {
        let asked = asked(context)?;
        let (app, caller, language) = (Arc::clone(&asked.app), asked.caller.clone(), asked.language);
        let joined = Listener::join(app, caller, ward.as_deref(), quarter.as_deref()).await;
        let listener = joined.map_err(|error| refuse(&error, language))?;
        Ok(unfold(Some(listener), move |listener| async move {
            let mut listener = listener?;
            match listener.next().await? {
                Ok(heard) => Some((Ok(AuditEntry::of(&heard.snapshot, &heard.entry)), Some(listener))),
                Err(error) => Some((Err(refuse(&error, language)), None)),
            }
        }))
    }
}
