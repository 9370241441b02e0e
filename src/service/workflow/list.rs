//! The reports that people work on.

use std::sync::Arc;

use crate::db::progress::{Working, generated, working};
use crate::domain::area::AreaKey;
use crate::domain::page::CursorContext;
use crate::domain::policy::{Action, Scope};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::Result;
use crate::service::actor::reaches;
use crate::service::{Actor, App};
use crate::snapshot::Snapshot;

/// Which reports, and which page of them.
#[derive(Debug, Clone)]
pub struct WorkingList {
    /// How far they have come.
    pub status: ReportStatus,
    /// Of this quarter; of all where nothing is said.
    pub quarter: Option<Quarter>,
    /// How many at most.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A report of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The ward.
    pub ward: AreaKey,
    /// The version.
    pub working: Working,
    /// Whether any of its figures was generated.
    pub synthetic: bool,
}

/// A page of the reports in a state that the caller may read, by quarter and ward, and where the next page begins. It is as
/// of now: a report that moves on between two pages is missed or met as it then is.
///
/// # Errors
/// What the policy table refuses, and what is wrong with the cursor.
pub async fn working_list(
    app: &App,
    snapshot: &Arc<Snapshot>,
    actor: &Actor,
    wanted: &WorkingList,
) -> Result<(Vec<Listed>, Option<String>)> {
    let filter = format!("reports {} {:?}", wanted.status.as_str(), wanted.quarter);
    let cursors = CursorContext { epoch: &snapshot.epoch, revision: 0, filter: &filter };
    let beyond = wanted.cursor.as_deref().map(|cursor| cursors.decode(cursor)).transpose()?;
    let (known, status, quarter, limit) = (Arc::clone(snapshot), wanted.status, wanted.quarter, wanted.limit);
    let read = move |conn: &mut crate::db::Conn, scope: &Scope| {
        let seen = |found: &Working| found.was_submitted || !matches!(scope, Scope::Submitted(_));
        let rows = working(conn, quarter)?.into_iter().filter(|found| found.status == status && seen(found));
        let keyed = rows.filter_map(|found| Some((AreaKey::new(found.area)?, found)));
        let mut page: Vec<_> = keyed
            .filter(|(ward, found)| reaches(&known, scope, *ward, found.quarter))
            .filter(|(_, found)| beyond.is_none_or(|beyond| order(found) > beyond))
            .take(limit + 1)
            .collect();
        let more = page.len() > limit;
        page.truncate(limit);
        let generated = generated(conn, &page.iter().map(|(_, found)| found.id).collect::<Vec<_>>())?;
        let listed = |(ward, working): (AreaKey, Working)| {
            let synthetic = generated.contains(&working.id);
            Listed { ward, working, synthetic }
        };
        Ok((page.into_iter().map(listed).collect::<Vec<_>>(), more))
    };
    let (page, more) = app.store.read(&actor.caller, Action::UnpublishedReportRead, read).await?;
    let next = page.last().filter(|_| more).map(|last| cursors.encode(order(&last.working)));
    Ok((page, next))
}

/// The place of a report in the list, whatever else is in it.
fn order(found: &Working) -> usize {
    let quarter = usize::try_from(found.quarter.serial()).unwrap_or_default();
    (quarter << 24) | found.area
}
