//! What a client has sent, and what became of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::Conn;
use crate::db::pushed::{Filter, Row, current};
use crate::db::version::{Version, versions};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::page::CursorContext;
use crate::domain::policy::Action;
use crate::domain::pushed::PushedOutcome;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::{Error, Result};
use crate::service::read::{area, indicator, kept_quarter};
use crate::service::{Actor, App};
use crate::snapshot::Snapshot;

/// Which figures, as written.
#[derive(Debug, Clone, Default)]
pub struct PushedQuestion {
    /// Code of a ward.
    pub ward: Option<String>,
    /// The quarter.
    pub quarter: Option<String>,
    /// Code of an indicator.
    pub indicator: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A figure that was sent, and what became of it.
#[derive(Debug, Clone)]
pub struct PushedItem {
    /// The ward.
    pub ward: AreaKey,
    /// The figure with its row.
    pub row: Row,
    /// What became of it.
    pub outcome: PushedOutcome,
    /// How far the report has come that decides so; nothing while the ward has not sent one.
    pub status: Option<ReportStatus>,
    /// Why the ward states something else, once that is published.
    pub explanation: Option<String>,
}

/// A page of what a client has sent.
#[derive(Debug, Clone)]
pub struct PushedPage {
    /// What names are read from.
    pub snapshot: Arc<Snapshot>,
    /// In the order in which they came.
    pub items: Vec<PushedItem>,
    /// Where the next page begins; nothing on the last.
    pub next: Option<String>,
}

/// What the caller has sent and holds still. Of a ward's draft it tells nothing: a figure waits until the report is sent.
///
/// # Errors
/// What the policy table refuses, and what is wrong with a filter.
pub async fn pushed(app: &App, actor: &Actor, question: &PushedQuestion) -> Result<PushedPage> {
    let snapshot = app.snapshots.read(&actor.caller, Action::ObservationPush)?;
    let quarter = question.quarter.as_deref().map(|text| kept_quarter("quarter", text)).transpose()?;
    let on = quarter.map(|quarter| snapshot.calendar().cut_off(quarter));
    let ward = question.ward.as_deref().map(|code| area(&snapshot, "ward", code, on)).transpose()?;
    let code = question.indicator.clone();
    code.as_deref().map(|code| indicator(&snapshot, "indicator", code)).transpose()?;
    let subject = actor.id().unwrap_or_default();
    let asked = format!("pushed {subject} {ward:?} {quarter:?} {code:?}");
    let cursors = CursorContext { epoch: &snapshot.epoch, revision: 0, filter: &asked };
    let after = question.cursor.as_deref().map(|cursor| cursors.decode(cursor)).transpose()?;
    let limit = question.limit;
    let filter = Filter {
        client: Some(subject.to_owned()),
        area: ward.map(|(_, key)| key.position()),
        quarter,
        indicator: code,
        after: after.and_then(|after| i64::try_from(after).ok()),
        limit: Some(i64::try_from(limit + 1).map_err(Error::internal)?),
    };
    let (rules, known) = (Arc::clone(&app.rules), Arc::clone(&snapshot));
    let work = move |conn: &mut Conn, _: &_| {
        let mut rows = current(conn, &filter)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let mut sent: HashMap<(usize, Quarter), Option<Version>> = HashMap::new();
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let key = (row.area, row.quarter);
            if let std::collections::hash_map::Entry::Vacant(vacant) = sent.entry(key) {
                vacant.insert(sent_version(versions(conn, key.0, key.1)?));
            }
            let version = sent.get(&key).and_then(Option::as_ref);
            let Some(ward) = AreaKey::new(row.area) else { continue };
            let document = version.map(|version| &version.document);
            let outcome =
                document.map_or(PushedOutcome::Waiting, |document| row.pushed.outcome(&document.observations));
            let published = version.filter(|version| version.status == ReportStatus::Published);
            let explanation = published.and_then(|version| {
                let stated = row.pushed.stated_in(&version.document.observations)?;
                let finding = rules.pushed_finding(known.catalogue(), Some(stated), &row.pushed)?;
                version.explanations.iter().find(|given| given.explains(&finding)).map(|given| given.text.clone())
            });
            items.push(PushedItem { ward, row, outcome, status: version.map(|version| version.status), explanation });
        }
        Ok((items, more))
    };
    let (items, more) = app.store.read(&actor.caller, Action::ObservationPush, work).await?;
    let last = items.last().filter(|_| more).and_then(|item| usize::try_from(item.row.id).ok());
    let next = last.map(|id| cursors.encode(id));
    Ok(PushedPage { snapshot, items, next })
}

/// The newest version that the ward has sent and that was neither taken back nor returned, else the readable one.
fn sent_version(versions: Vec<Version>) -> Option<Version> {
    let sent = |version: &Version| matches!(version.status, ReportStatus::Submitted | ReportStatus::Approved);
    let at = versions.iter().position(sent).or_else(|| versions.iter().position(Version::is_readable))?;
    versions.into_iter().nth(at)
}
