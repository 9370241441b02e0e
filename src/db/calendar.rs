//! What areas set for a quarter: deadlines, extensions, locks. Rows are ended, not removed: what held at a revision stays
//! known.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::Conn;
use super::catalogue::{number, position};
use super::error::internal;
use super::schema::{area_deadlines, area_locks, quarter_locks};
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::deadline::{AreaSettings, SetDeadline, SetLock};
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// What is in force, and the last revision at which any of it changed for these areas.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// The settings.
    pub settings: AreaSettings,
    /// The revision; nothing where nothing was ever set.
    pub revision: Option<i64>,
}

fn key(area: i32) -> Result<AreaKey> {
    AreaKey::new(position(area)?).ok_or_else(|| Error::internal("too many areas"))
}

type DeadlineRow = (i32, i32, String, NaiveDate, Option<String>, i64, Option<i64>);
type LockRow = (i32, i32, String, NaiveDateTime, i64, Option<i64>);

fn put_deadline(settings: &mut AreaSettings, row: DeadlineRow) -> Result<()> {
    let (area, quarter, level, due_on, reason, ..) = row;
    let quarter = Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a deadline of no quarter"))?;
    let level = Level::parse(&level).ok_or_else(|| Error::internal("a deadline of no level"))?;
    settings.deadlines.insert((quarter, key(area)?, level), SetDeadline { due_on, reason });
    Ok(())
}

fn put_lock(settings: &mut AreaSettings, row: LockRow) -> Result<()> {
    let (area, quarter, reason, locked_at, ..) = row;
    let quarter = Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a lock of no quarter"))?;
    settings.locks.insert((quarter, key(area)?), SetLock { reason, locked_at });
    Ok(())
}

macro_rules! deadline_rows {
    () => {
        area_deadlines::table.select((
            area_deadlines::area,
            area_deadlines::quarter,
            area_deadlines::level,
            area_deadlines::due_on,
            area_deadlines::reason,
            area_deadlines::from_revision,
            area_deadlines::until_revision,
        ))
    };
}

macro_rules! lock_rows {
    () => {
        area_locks::table.select((
            area_locks::area,
            area_locks::quarter,
            area_locks::reason,
            area_locks::locked_at,
            area_locks::from_revision,
            area_locks::until_revision,
        ))
    };
}

/// Everything in force at the current revision, or at a past one, for the snapshot.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn in_force(conn: &mut Conn, at: Option<i64>) -> Result<AreaSettings> {
    let mut settings = AreaSettings::default();
    let (deadlines, locks) = (deadline_rows!().into_boxed(), lock_rows!().into_boxed());
    let (deadlines, locks) = match at {
        None => {
            let (open, unlocked) = (area_deadlines::until_revision.is_null(), area_locks::until_revision.is_null());
            (deadlines.filter(open), locks.filter(unlocked))
        }
        Some(at) => {
            let set = area_deadlines::from_revision.le(at);
            let held = area_deadlines::until_revision.is_null().or(area_deadlines::until_revision.gt(at));
            let locked = area_locks::from_revision.le(at);
            let kept = area_locks::until_revision.is_null().or(area_locks::until_revision.gt(at));
            (deadlines.filter(set).filter(held), locks.filter(locked).filter(kept))
        }
    };
    let rows: Vec<DeadlineRow> = deadlines.load(conn).map_err(internal)?;
    rows.into_iter().try_for_each(|row| put_deadline(&mut settings, row))?;
    let rows: Vec<LockRow> = locks.load(conn).map_err(internal)?;
    rows.into_iter().try_for_each(|row| put_lock(&mut settings, row))?;
    Ok(settings)
}

/// The deadlines of some areas (positions in the book) for a quarter.
///
/// # Errors
/// As [`in_force`].
pub fn deadlines(conn: &mut Conn, areas: &[usize], quarter: Quarter) -> Result<InForce> {
    let numbers = areas.iter().map(|area| number(*area)).collect::<Result<Vec<_>>>()?;
    let rows: Vec<DeadlineRow> = deadline_rows!()
        .filter(area_deadlines::quarter.eq(quarter.serial()))
        .filter(area_deadlines::area.eq_any(numbers))
        .load(conn)
        .map_err(internal)?;
    let mut found = InForce::default();
    for row in rows {
        found.revision = found.revision.max(Some(row.5)).max(row.6);
        if row.6.is_none() {
            put_deadline(&mut found.settings, row)?;
        }
    }
    Ok(found)
}

/// The locks of some areas (positions in the book) for a quarter.
///
/// # Errors
/// As [`in_force`].
pub fn locks(conn: &mut Conn, areas: &[usize], quarter: Quarter) -> Result<InForce> {
    let numbers = areas.iter().map(|area| number(*area)).collect::<Result<Vec<_>>>()?;
    let rows: Vec<LockRow> = lock_rows!()
        .filter(area_locks::quarter.eq(quarter.serial()))
        .filter(area_locks::area.eq_any(numbers))
        .load(conn)
        .map_err(internal)?;
    let mut found = InForce::default();
    for row in rows {
        found.revision = found.revision.max(Some(row.4)).max(row.5);
        if row.5.is_none() {
            put_lock(&mut found.settings, row)?;
        }
    }
    Ok(found)
}

/// Whether a ward's quarter is locked, as this transaction sees it. `lineage` are the positions of the ward and of every
/// area above it at the cut-off ([`crate::domain::area::AreaBook::lineage`]): a lock of any of them locks the ward.
///
/// # Errors
/// Where the database is away.
pub fn locked(conn: &mut Conn, lineage: &[usize], quarter: Quarter) -> Result<bool> {
    let everywhere = quarter_locks::table.find(quarter.serial());
    if diesel::select(diesel::dsl::exists(everywhere)).get_result(conn).map_err(internal)? {
        return Ok(true);
    }
    Ok(!locks(conn, lineage, quarter)?.settings.locks.is_empty())
}

/// Whether any quarter is locked, for whomever.
///
/// # Errors
/// Where the database is away.
pub fn has_locks(conn: &mut Conn) -> Result<bool> {
    let some = diesel::select(diesel::dsl::exists(quarter_locks::table.select(quarter_locks::quarter)))
        .get_result(conn)
        .map_err(internal)?;
    let in_force = area_locks::table.filter(area_locks::until_revision.is_null());
    Ok(some || diesel::select(diesel::dsl::exists(in_force)).get_result(conn).map_err(internal)?)
}

/// Sets a deadline from a revision on, in place of the one before; with no date, only ends that one.
///
/// # Errors
/// Where the database is away.
pub fn set_deadline(
    conn: &mut Conn,
    (area, quarter, level): (usize, Quarter, Level),
    set: Option<&SetDeadline>,
    revision: i64,
) -> Result<()> {
    let area = number(area)?;
    diesel::update(
        area_deadlines::table
            .filter(area_deadlines::area.eq(area))
            .filter(area_deadlines::quarter.eq(quarter.serial()))
            .filter(area_deadlines::level.eq(level.as_str()))
            .filter(area_deadlines::until_revision.is_null()),
    )
    .set(area_deadlines::until_revision.eq(revision))
    .execute(conn)
    .map_err(internal)?;
    let Some(SetDeadline { due_on, reason }) = set else { return Ok(()) };
    diesel::insert_into(area_deadlines::table)
        .values((
            area_deadlines::area.eq(area),
            area_deadlines::quarter.eq(quarter.serial()),
            area_deadlines::level.eq(level.as_str()),
            area_deadlines::due_on.eq(due_on),
            area_deadlines::reason.eq(reason.as_deref()),
            area_deadlines::from_revision.eq(revision),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Locks a quarter for an area from a revision on, or with no lock, opens it.
///
/// # Errors
/// Where the database is away.
pub fn set_lock(
    conn: &mut Conn,
    (area, quarter): (usize, Quarter),
    set: Option<&SetLock>,
    revision: i64,
) -> Result<()> {
    let area = number(area)?;
    diesel::update(
        area_locks::table
            .filter(area_locks::area.eq(area))
            .filter(area_locks::quarter.eq(quarter.serial()))
            .filter(area_locks::until_revision.is_null()),
    )
    .set(area_locks::until_revision.eq(revision))
    .execute(conn)
    .map_err(internal)?;
    let Some(SetLock { reason, locked_at }) = set else { return Ok(()) };
    diesel::insert_into(area_locks::table)
        .values((
            area_locks::area.eq(area),
            area_locks::quarter.eq(quarter.serial()),
            area_locks::reason.eq(reason),
            area_locks::locked_at.eq(locked_at),
            area_locks::from_revision.eq(revision),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}
