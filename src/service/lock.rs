//! Locks: a quarter of an area whose reports may no longer change.

use std::sync::Arc;

use super::actor::Actor;
use super::deadline::ensure_manages;
use super::precondition::{hold, tag};
use super::read::{area, quarter as read_quarter};
use super::{App, reason};
use crate::db::Conn;
use crate::db::audit::{self, Entry};
use crate::db::calendar::{locked, locks, set_lock};
use crate::db::head::{open_revision, take_head};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::deadline::SetLock;
use crate::domain::policy::{Action, Caller, Scope};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// The kind of a revision that locks or opens a quarter.
pub const KIND: &str = "lock";

/// Whether a quarter is locked for an area.
#[derive(Debug, Clone)]
pub struct Board {
    /// What names are read from.
    pub snapshot: Arc<Snapshot>,
    /// The area.
    pub area: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// Whether it is locked, by whomever.
    pub locked: bool,
    /// The nearest lock with the area that set it: the area itself or one above it. Nothing where all quarters alike are
    /// locked for everybody.
    pub lock: Option<(AreaKey, SetLock)>,
    /// The revision at which a lock of these areas was set or taken back last; nothing where none ever was.
    pub revision: Option<i64>,
    /// The entity tag of all this.
    pub etag: String,
}

/// A lock to be set or taken back.
#[derive(Debug, Clone)]
pub struct LockChange {
    /// Code of the area: a town's lock is for every ward within it.
    pub area: String,
    /// The quarter.
    pub quarter: String,
    /// Whether its reports may no longer change.
    pub locked: bool,
    /// Why.
    pub reason: String,
}

/// Reads whether a quarter is locked for an area.
///
/// # Errors
/// What the policy table refuses, and what is wrong with the area or the quarter.
pub async fn read(app: &App, caller: &Caller, area_code: &str, quarter: &str) -> Result<Board> {
    let snapshot = app.snapshots.read(caller, Action::FiguresRead)?;
    let quarter = read_quarter(&snapshot, app.clock.today(), "quarter", quarter)?;
    let (_, area) = area(&snapshot, "area", area_code, Some(snapshot.calendar().cut_off(quarter)))?;
    app.store.read(caller, Action::FiguresRead, move |conn, _| board(conn, &snapshot, area, quarter)).await
}

fn lineage(snapshot: &Snapshot, area: AreaKey, quarter: Quarter) -> Vec<usize> {
    let lineage = snapshot.areas().lineage(area, snapshot.calendar().cut_off(quarter));
    lineage.into_iter().map(AreaKey::position).collect()
}

fn board(conn: &mut Conn, snapshot: &Arc<Snapshot>, area: AreaKey, quarter: Quarter) -> Result<Board> {
    let book = snapshot.areas();
    let found = locks(conn, &lineage(snapshot, area, quarter), quarter)?;
    let calendar = snapshot.calendar().clone().with_settings(found.settings);
    let lock = calendar.locks_of(book, area, quarter).into_iter().next().map(|(key, lock)| (key, lock.clone()));
    let locked = lock.is_some() || calendar.is_locked(quarter);
    let names = [Some(area), lock.as_ref().map(|(key, _)| *key)].map(|key| key.and_then(|key| book.get(key)));
    let etag = tag(&(&snapshot.epoch, quarter, locked, &lock, found.revision, names));
    Ok(Board { snapshot: Arc::clone(snapshot), area, quarter, locked, lock, revision: found.revision, etag })
}

/// Locks or opens a quarter: one revision and one audit entry, or neither where it is so already.
///
/// # Errors
/// What the policy table refuses, `preconditionRequired` and `preconditionFailed` by the tag of [`read`], `conflict` for
/// opening what an area above has locked, and what is wrong with the change.
pub async fn set(app: &App, actor: &Actor, change: &LockChange, if_match: Option<&str>) -> Result<Board> {
    let snapshot = app.snapshots.read(&actor.caller, Action::QuarterManage)?;
    let quarter = read_quarter(&snapshot, actor.today(), "/quarter", &change.quarter)?;
    let (_, key) = area(&snapshot, "/area", &change.area, Some(snapshot.calendar().cut_off(quarter)))?;
    let reason = reason::read("/reason", Some(&change.reason), true)?.unwrap_or_default();
    let set = change.locked.then(|| SetLock { reason: reason.clone(), locked_at: actor.instant() });
    let (caller, actor, if_match) = (actor.caller.clone(), actor.clone(), if_match.map(ToOwned::to_owned));
    let work = move |conn: &mut Conn, scope: &Scope| {
        ensure_manages(&snapshot, scope, key, quarter)?;
        take_head(conn)?;
        let before = board(conn, &snapshot, key, quarter)?;
        hold(if_match.as_deref(), &before.etag)?;
        let is_own = before.lock.as_ref().is_some_and(|(by, _)| *by == key);
        if is_own == set.is_some() {
            return if set.is_none() && before.locked { Err(locked_above(&before)) } else { Ok(before) };
        }
        let (verb, id) = (if set.is_some() { "locked" } else { "opened" }, snapshot.areas().get(key));
        let summary = format!("{quarter} {verb} for {}", id.map_or("", |area| &area.id));
        let revision = open_revision(conn, KIND, actor.id(), &summary, actor.instant())?;
        set_lock(conn, (key.position(), quarter), set.as_ref(), revision)?;
        let word = |locked: bool| if locked { "locked" } else { "open" };
        audit::append(
            conn,
            &Entry {
                report: Some((key.position(), quarter)),
                before: Some(word(is_own)),
                after: Some(word(set.is_some())),
                reason: Some(&reason),
                ..actor.entry(if set.is_some() { "lockQuarter" } else { "unlockQuarter" }, "lock")
            },
        )?;
        board(conn, &snapshot, key, quarter)
    };
    let board = app.store.write(&caller, Action::QuarterManage, work).await?;
    app.take_over().await;
    Ok(board)
}

fn locked_above(board: &Board) -> Error {
    let (book, quarter) = (board.snapshot.areas(), board.quarter);
    let by = board.lock.as_ref().and_then(|(key, _)| book.get(*key)).and_then(|area| area.latest());
    let by = by.map_or("–", |version| &version.name);
    let detail =
        text!("{quarter} do {by} khóa, chỉ mở được ở đó.", "{quarter} is locked by {by} and can be opened there only.");
    Error::new(Code::Conflict, detail)
}

/// Refuses to change a report of a locked quarter: to be asked in the transaction that changes it.
///
/// # Errors
/// `conflict`, saying who locked it and why.
pub fn ensure_open(conn: &mut Conn, snapshot: &Snapshot, ward: AreaKey, quarter: Quarter) -> Result<()> {
    let lineage = lineage(snapshot, ward, quarter);
    if !locked(conn, &lineage, quarter)? {
        return Ok(());
    }
    let calendar = snapshot.calendar().clone().with_settings(locks(conn, &lineage, quarter)?.settings);
    let Some((by, SetLock { reason, .. })) = calendar.locks_of(snapshot.areas(), ward, quarter).into_iter().next()
    else {
        let detail = text!(
            "{quarter} đã khóa; báo cáo không còn sửa được.",
            "{quarter} is locked; its reports can no longer be changed."
        );
        return Err(Error::new(Code::Conflict, detail));
    };
    let by = snapshot.areas().get(by).and_then(|area| area.latest()).map_or("–", |version| &version.name);
    let detail = text!(
        "{by} đã khóa {quarter} ({reason}); báo cáo không còn sửa được. Muốn sửa, hãy đề nghị {by} mở khóa.",
        "{by} has locked {quarter} ({reason}); its reports can no longer be changed. Ask {by} to open it."
    );
    Err(Error::new(Code::Conflict, detail))
}
