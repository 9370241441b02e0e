//! Deadlines: what a town sets for its wards, and what it gives one of them longer.

use std::sync::Arc;

use chrono::{Months, NaiveDate};

use super::actor::{Actor, ensure_reaches, out_of_reach};
use super::precondition::{hold, tag};
use super::read::{area, kept_quarter};
use super::{App, reason};
use crate::db::Conn;
use crate::db::audit::{self, Entry};
use crate::db::calendar::{deadlines, set_deadline};
use crate::db::head::{open_revision, take_head};
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::calendar::Level;
use crate::domain::deadline::{Deadline, DeadlineSource, SetDeadline};
use crate::domain::policy::{Action, Caller, Scope};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// The kind of a revision that changes deadlines.
pub const KIND: &str = "deadline";

/// The deadlines of an area for a quarter.
#[derive(Debug, Clone)]
pub struct Board {
    /// What names are read from.
    pub snapshot: Arc<Snapshot>,
    /// The area.
    pub area: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// By level, from the lowest.
    pub levels: Vec<(Level, Deadline)>,
    /// Wards within the area that were given longer, with their own deadline; of a ward, none.
    pub extensions: Vec<(AreaKey, Deadline)>,
    /// The revision at which any of this was set or taken back last; nothing where nothing ever was.
    pub revision: Option<i64>,
    /// The entity tag of all this.
    pub etag: String,
}

/// A deadline to be set.
#[derive(Debug, Clone)]
pub struct DeadlineChange {
    /// Code of the area: a town's date is for the wards within it, a ward's is an extension.
    pub area: String,
    /// The quarter.
    pub quarter: String,
    /// Whose reports.
    pub level: Level,
    /// The last day in time; nothing to fall back to what holds without it.
    pub due_on: Option<NaiveDate>,
    /// Why; an extension must say.
    pub reason: Option<String>,
}

/// Reads the day of a deadline as it is written.
///
/// # Errors
/// `invalidBody` at `/dueOn`.
pub fn due_on(text: &str) -> Result<NaiveDate> {
    text.parse().ok().filter(|_| text.len() == 10).ok_or_else(|| {
        let detail = text!(
            "dueOn là một ngày như 2024-03-18, không phải “{text}”.",
            "dueOn is a date like 2024-03-18, not “{text}”."
        );
        Error::parameter(Code::InvalidBody, "/dueOn", detail)
    })
}

/// Reads the deadlines of an area for a quarter.
///
/// # Errors
/// What the policy table refuses, and what is wrong with the area or the quarter.
pub async fn read(app: &App, caller: &Caller, area_code: &str, quarter: &str) -> Result<Board> {
    let snapshot = app.snapshots.read(caller, Action::FiguresRead)?;
    let quarter = kept_quarter("quarter", quarter)?;
    let (_, area) = area(&snapshot, "area", area_code, Some(snapshot.calendar().cut_off(quarter)))?;
    app.store.read(caller, Action::FiguresRead, move |conn, _| board(conn, &snapshot, area, quarter)).await
}

fn version(snapshot: &Snapshot, area: AreaKey, quarter: Quarter) -> Option<&AreaVersion> {
    let cut_off = snapshot.calendar().cut_off(quarter);
    snapshot.areas().get(area).and_then(|area| area.on_or_latest(cut_off))
}

fn reports(snapshot: &Snapshot, area: AreaKey, quarter: Quarter) -> bool {
    version(snapshot, area, quarter).is_some_and(|version| version.kind.reports())
}

/// The deadlines as a transaction sees them, whatever the snapshot knows.
fn board(conn: &mut Conn, snapshot: &Arc<Snapshot>, area: AreaKey, quarter: Quarter) -> Result<Board> {
    let cut_off = snapshot.calendar().cut_off(quarter);
    let book = snapshot.areas();
    let is_ward = reports(snapshot, area, quarter);
    let members: Vec<AreaKey> = if is_ward { Vec::new() } else { book.members(area, cut_off).to_vec() };
    let concerned: Vec<_> = book.lineage(area, cut_off).iter().chain(&members).map(|key| key.position()).collect();
    let found = deadlines(conn, &concerned, quarter)?;
    let calendar = snapshot.calendar().clone().with_settings(found.settings);
    let of = |area, level| calendar.deadline_of(book, area, quarter, level);
    let levels: Vec<_> = Level::ALL.iter().filter_map(|level| Some((*level, of(area, *level)?))).collect();
    let extended = |ward: AreaKey| {
        let deadline = of(ward, Level::Ward).filter(|deadline| deadline.source == DeadlineSource::Extension)?;
        Some((ward, deadline))
    };
    let extensions: Vec<_> = members.into_iter().filter_map(extended).collect();
    let named = |key: AreaKey| (book.get(key).map(|area| area.id.as_str()), version(snapshot, key, quarter));
    let setters = levels.iter().filter_map(|(_, deadline)| deadline.area.map(named));
    let names: Vec<_> = extensions.iter().map(|(ward, _)| named(*ward)).chain([named(area)]).chain(setters).collect();
    let etag = tag(&(&snapshot.epoch, quarter, &levels, &extensions, found.revision, names));
    Ok(Board { snapshot: Arc::clone(snapshot), area, quarter, levels, extensions, revision: found.revision, etag })
}

/// Sets a deadline or takes one back: one revision and one audit entry, or neither where nothing changes.
///
/// # Errors
/// What the policy table refuses, `preconditionRequired` and `preconditionFailed` by the tag of [`read`], and what is
/// wrong with the change.
pub async fn set(app: &App, actor: &Actor, change: &DeadlineChange, if_match: Option<&str>) -> Result<Board> {
    let snapshot = app.snapshots.read(&actor.caller, Action::QuarterManage)?;
    let quarter = kept_quarter("/quarter", &change.quarter)?;
    let cut_off = snapshot.calendar().cut_off(quarter);
    let (_, key) = area(&snapshot, "/area", &change.area, Some(cut_off))?;
    let is_ward = reports(&snapshot, key, quarter);
    // An extension decides on one ward's report, as returning it does; a date for all is part of managing the quarter.
    let action = if is_ward { Action::ReportDecide } else { Action::QuarterManage };
    let reason = reason::read("/reason", change.reason.as_deref(), is_ward)?;
    let (level, due_on) = (change.level, change.due_on);
    check_level(level, is_ward)?;
    let set = due_on.map(|due_on| SetDeadline { due_on, reason: reason.clone() });
    if let Some(due_on) = due_on {
        check_date(&snapshot, quarter, due_on)?;
    }
    let (caller, actor, if_match) = (actor.caller.clone(), actor.clone(), if_match.map(ToOwned::to_owned));
    let work = move |conn: &mut Conn, scope: &Scope| {
        ensure_manages(&snapshot, scope, key, quarter)?;
        take_head(conn)?;
        let before = board(conn, &snapshot, key, quarter)?;
        hold(if_match.as_deref(), &before.etag)?;
        let present = own(conn, key, quarter, level)?;
        if present == set {
            return Ok(before);
        }
        if let (true, Some(due_on)) = (is_ward, due_on) {
            check_extension(conn, &before, due_on)?;
        }
        let summary = format!("deadline of {} for {quarter}", snapshot.areas().get(key).map_or("", |area| &area.id));
        let revision = open_revision(conn, KIND, actor.id(), &summary, actor.instant())?;
        set_deadline(conn, (key.position(), quarter, level), set.as_ref(), revision)?;
        let told = |set: Option<&SetDeadline>| set.map(|set| format!("{}: {}", level.as_str(), set.due_on));
        let (was, is) = (told(present.as_ref()), told(set.as_ref()));
        let done = if is_ward { "extendDeadline" } else { "setDeadline" };
        audit::append(
            conn,
            &Entry {
                report: Some((key.position(), quarter)),
                before: was.as_deref(),
                after: is.as_deref(),
                reason: reason.as_deref(),
                ..actor.entry(done, "deadline")
            },
        )?;
        board(conn, &snapshot, key, quarter)
    };
    let board = app.store.write(&caller, action, work).await?;
    app.take_over().await;
    Ok(board)
}

/// What the area itself has set, whatever is above it.
fn own(conn: &mut Conn, area: AreaKey, quarter: Quarter, level: Level) -> Result<Option<SetDeadline>> {
    let mut found = deadlines(conn, &[area.position()], quarter)?;
    Ok(found.settings.deadlines.remove(&(quarter, area, level)))
}

/// Refuses an area that is neither the caller's own nor within it at the cut-off.
pub(super) fn ensure_manages(snapshot: &Snapshot, scope: &Scope, area: AreaKey, quarter: Quarter) -> Result<()> {
    if reports(snapshot, area, quarter) {
        return ensure_reaches(snapshot, scope, area, quarter);
    }
    let book = snapshot.areas();
    let lineage = book.lineage(area, snapshot.calendar().cut_off(quarter));
    let manages = match scope {
        Scope::All => true,
        Scope::Within(own) => {
            book.find(own).is_some_and(|own| book.continues(own).iter().any(|own| lineage.contains(own)))
        }
        Scope::Own(_) | Scope::Submitted(_) => false,
    };
    if manages { Ok(()) } else { Err(out_of_reach(snapshot, area, Some(quarter))) }
}

fn refuse(pointer: &str, detail: crate::error::Text) -> Error {
    Error::new(Code::NotMeaningful, detail.clone()).at(pointer, Code::NotMeaningful, detail)
}

fn check_level(level: Level, is_ward: bool) -> Result<()> {
    match level {
        Level::Province => Err(refuse(
            "/level",
            text!(
                "Hạn của tỉnh do Điều 13 khoản 1 Nghị định 09/2019/NĐ-CP ấn định (ngày 25), không đặt lại được.",
                "The province's deadline is fixed by article 13.1 of Decree 09/2019/NĐ-CP (the 25th) and cannot be set."
            ),
        )),
        Level::Town if is_ward => Err(refuse(
            "/level",
            text!("Đơn vị này chỉ có hạn cấp ward.", "This area has a deadline of the level ward only."),
        )),
        _ => Ok(()),
    }
}

/// A date that leaves a working day after the cut-off (Decree 09/2019/NĐ-CP, article 8.5), and is within a year of it.
fn check_date(snapshot: &Snapshot, quarter: Quarter, due_on: NaiveDate) -> Result<()> {
    let calendar = snapshot.calendar();
    let cut_off = calendar.cut_off(quarter);
    let first = calendar.working_days_after(cut_off, 1);
    let last = cut_off.checked_add_months(Months::new(12)).unwrap_or(cut_off);
    if (first..=last).contains(&due_on) {
        return Ok(());
    }
    let detail = text!(
        "Hạn của {quarter} phải từ {first} (một ngày làm việc sau ngày chốt {cut_off}, Điều 8 khoản 5 Nghị định 09/2019/NĐ-CP) đến {last}, không phải {due_on}.",
        "The deadline of {quarter} must be from {first} (one working day after the cut-off {cut_off}: Decree 09/2019/NĐ-CP, article 8.5) to {last}, not {due_on}."
    );
    Err(refuse("/dueOn", detail))
}

/// An extension that would end no later than what the ward has without it is none.
fn check_extension(conn: &mut Conn, before: &Board, due_on: NaiveDate) -> Result<()> {
    let (snapshot, area, quarter) = (&before.snapshot, before.area, before.quarter);
    let lineage = snapshot.areas().lineage(area, snapshot.calendar().cut_off(quarter));
    let above: Vec<_> = lineage.iter().filter(|key| **key != area).map(|key| key.position()).collect();
    let found = deadlines(conn, &above, quarter)?;
    let calendar = snapshot.calendar().clone().with_settings(found.settings);
    let without = calendar.deadline_of(snapshot.areas(), area, quarter, Level::Ward);
    match without.filter(|without| without.due_on >= due_on) {
        None => Ok(()),
        Some(without) => {
            let due = without.due_on;
            let detail = text!(
                "Gia hạn phải sau hạn chung {due}; {due_on} không kéo dài thêm ngày nào.",
                "An extension ends after the deadline that all have, {due}; {due_on} adds no day to it."
            );
            Err(refuse("/dueOn", detail))
        }
    }
}
