//! The change feed: rows in the order of the revisions at which they begin and end. Every statement reads a stretch of one
//! index, so that a page costs what it holds, whatever lies before or behind it.

use std::collections::{BTreeMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Conn;
use super::catalogue::position;
use super::error::internal;
use super::publication::{ObservationRow, Published, PublishedReport, PublishedRow, Row};
use super::schema::{area_deadlines, area_locks, observations, report_versions, reports, revisions, targets};
use crate::domain::calendar::Level;
use crate::domain::deadline::{SetDeadline, SetLock};
use crate::domain::decimal::Decimal;
use crate::domain::feed::{ChangeKind, ChangeVerb, Position, SECTIONS, Section};
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// What changed. Areas and indicators are positions in the book and the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Areas, catalogue or windows.
    Catalogue,
    /// A report: the version that became readable, or nothing.
    Report(usize, Quarter, Option<PublishedReport>),
    /// The target of an area for an indicator and a year.
    Target(usize, usize, String, Option<Decimal>),
    /// The deadline that an area set for a quarter and a level.
    Deadline(usize, Quarter, Level, Option<SetDeadline>),
    /// The lock that an area set for a quarter.
    Lock(usize, Quarter, Option<SetLock>),
    /// A figure as published, or as it was until it was withdrawn, and whether it was.
    Observation(Box<Published>, bool),
}

/// One change, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Where it stands.
    pub at: Position,
    /// What changed.
    pub changed: Changed,
}

/// A stretch of one index.
#[derive(Debug, Clone, Copy)]
enum Stretch {
    /// The rest of a revision, behind a row.
    Rest { revision: i64, row: i64 },
    /// Whole revisions.
    Whole { after: i64, until: i64 },
}

/// Narrows a query of a table to a stretch of the column that says when its rows begin or end, in order.
macro_rules! stretch {
    ($query:expr, $revision:expr, $id:expr, $stretch:expr, $limit:expr) => {{
        let query = $query.order(($revision, $id)).limit($limit).into_boxed();
        match $stretch {
            Stretch::Rest { revision, row } => query.filter($revision.eq(revision)).filter($id.gt(row)),
            Stretch::Whole { after, until } => query.filter($revision.gt(after)).filter($revision.le(until)),
        }
    }};
}

/// The changes behind a position, up to a revision, at most so many, in order.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn changes(conn: &mut Conn, after: Position, until: i64, limit: usize) -> Result<Vec<FeedRow>> {
    let most = i64::try_from(limit).map_err(Error::internal)?;
    let mut found = Vec::new();
    for (section, number) in SECTIONS.into_iter().zip(0_u8..) {
        let mut stretches = Vec::new();
        if number == after.section {
            stretches.push(Stretch::Rest { revision: after.revision, row: after.row });
        }
        // What stands behind the position within its own revision is whole.
        let whole = if number > after.section { after.revision - 1 } else { after.revision };
        stretches.push(Stretch::Whole { after: whole, until });
        for stretch in stretches {
            for (revision, row, changed) in section_rows(conn, section, stretch, most)? {
                found.push(FeedRow { at: Position { revision, section: number, row }, changed });
            }
        }
    }
    found.sort_unstable_by_key(|row| row.at);
    found.truncate(limit);
    Ok(found)
}

type Found = Vec<(i64, i64, Changed)>;

fn section_rows(conn: &mut Conn, section: Section, stretch: Stretch, limit: i64) -> Result<Found> {
    let set = section.1 == ChangeVerb::Set;
    match section.0 {
        ChangeKind::Catalogue => catalogue(conn, stretch, limit),
        ChangeKind::Report if set => published(conn, stretch, limit),
        ChangeKind::Report => retracted(conn, stretch, limit),
        ChangeKind::Target => targets_in(conn, set, stretch, limit),
        ChangeKind::Deadline => deadlines_in(conn, set, stretch, limit),
        ChangeKind::Lock => locks_in(conn, set, stretch, limit),
        ChangeKind::Observation => figures(conn, set, stretch, limit),
    }
}

fn known(revision: Option<i64>) -> Result<i64> {
    revision.ok_or_else(|| Error::internal("a change at no revision"))
}

fn quarter(serial: i32) -> Result<Quarter> {
    Quarter::from_serial(serial).ok_or_else(|| Error::internal("a quarter out of range"))
}

fn catalogue(conn: &mut Conn, stretch: Stretch, limit: i64) -> Result<Found> {
    // A revision of this kind is one change, so that nothing is left behind it.
    let Stretch::Whole { after, until } = stretch else { return Ok(Vec::new()) };
    let rows: Vec<i64> = revisions::table
        .filter(sql::<Bool>("kind = 'catalogue'"))
        .filter(revisions::revision.gt(after))
        .filter(revisions::revision.le(until))
        .order(revisions::revision)
        .limit(limit)
        .select(revisions::revision)
        .load(conn)
        .map_err(internal)?;
    Ok(rows.into_iter().map(|revision| (revision, 0, Changed::Catalogue)).collect())
}

fn published(conn: &mut Conn, stretch: Stretch, limit: i64) -> Result<Found> {
    let query = reports::table.inner_join(report_versions::table).select((
        report_versions::id,
        (
            reports::area,
            reports::quarter,
            reports::synthetic,
            report_versions::version,
            report_versions::edits,
            report_versions::imported,
            report_versions::from_revision,
            report_versions::submitted_at,
            report_versions::published_at,
        ),
    ));
    let rows: Vec<(i64, PublishedRow)> =
        stretch!(query, report_versions::from_revision, report_versions::id, stretch, limit)
            .load(conn)
            .map_err(internal)?;
    rows.into_iter()
        .map(|(id, row)| {
            let report = PublishedReport::try_from(row)?;
            Ok((report.revision, id, Changed::Report(report.area, report.quarter, Some(report))))
        })
        .collect()
}

fn retracted(conn: &mut Conn, stretch: Stretch, limit: i64) -> Result<Found> {
    let query = report_versions::table
        .inner_join(reports::table)
        .filter(sql::<Bool>("report_versions.status = 'retracted'"))
        .select((report_versions::id, report_versions::until_revision, reports::area, reports::quarter));
    let rows: Vec<(i64, Option<i64>, i32, i32)> =
        stretch!(query, report_versions::until_revision, report_versions::id, stretch, limit)
            .load(conn)
            .map_err(internal)?;
    rows.into_iter()
        .map(|(id, until, area, serial)| {
            Ok((known(until)?, id, Changed::Report(position(area)?, quarter(serial)?, None)))
        })
        .collect()
}

type TargetRow = (i64, i32, i32, String, i64, i16, i64, Option<i64>);

fn targets_in(conn: &mut Conn, set: bool, stretch: Stretch, limit: i64) -> Result<Found> {
    let query = || {
        targets::table.select((
            targets::id,
            targets::area,
            targets::indicator,
            targets::reference_period,
            targets::mantissa,
            targets::scale,
            targets::from_revision,
            targets::until_revision,
        ))
    };
    let begun: Vec<TargetRow> =
        stretch!(query(), targets::from_revision, targets::id, stretch, limit).load(conn).map_err(internal)?;
    let key = |row: &TargetRow, revision: i64| (revision, row.1, row.2, row.3.clone());
    let shown = |row: TargetRow, revision: i64| {
        let value = u8::try_from(row.5).ok().and_then(|scale| Decimal::new(row.4, scale));
        let value = value.filter(|_| set);
        Ok((revision, row.0, Changed::Target(position(row.1)?, position(row.2)?, row.3, value)))
    };
    if set {
        return begun.into_iter().map(|row| (row.6, row)).map(|(revision, row)| shown(row, revision)).collect();
    }
    let ended: Vec<TargetRow> =
        stretch!(query(), targets::until_revision, targets::id, stretch, limit).load(conn).map_err(internal)?;
    // One that another replaces at the same revision is told by that one. A revision sets one target at most.
    let replaced: HashSet<_> = replacing(
        conn,
        &ended,
        |row| known(row.7),
        |conn, revisions| {
            let rows = query().filter(targets::from_revision.eq_any(revisions)).load::<TargetRow>(conn);
            rows.map(|rows| rows.iter().map(|row| key(row, row.6)).collect())
        },
    )?;
    let mut found = Vec::new();
    for row in ended {
        let revision = known(row.7)?;
        if !replaced.contains(&key(&row, revision)) {
            found.push(shown(row, revision)?);
        }
    }
    Ok(found)
}

/// The keys that begin at the revisions at which some rows end.
fn replacing<R, K>(
    conn: &mut Conn,
    ended: &[R],
    revision: impl Fn(&R) -> Result<i64>,
    begun: impl Fn(&mut Conn, Vec<i64>) -> QueryResult<HashSet<K>>,
) -> Result<HashSet<K>> {
    let revisions = ended.iter().map(revision).collect::<Result<Vec<_>>>()?;
    if revisions.is_empty() { Ok(HashSet::new()) } else { begun(conn, revisions).map_err(internal) }
}

type DeadlineRow = (i64, i32, i32, String, NaiveDate, Option<String>, i64, Option<i64>);

fn deadlines_in(conn: &mut Conn, set: bool, stretch: Stretch, limit: i64) -> Result<Found> {
    let query = || {
        area_deadlines::table.select((
            area_deadlines::id,
            area_deadlines::area,
            area_deadlines::quarter,
            area_deadlines::level,
            area_deadlines::due_on,
            area_deadlines::reason,
            area_deadlines::from_revision,
            area_deadlines::until_revision,
        ))
    };
    let key = |row: &DeadlineRow, revision: i64| (revision, row.1, row.2, row.3.clone());
    let shown = |row: DeadlineRow, revision: i64| {
        let level = Level::parse(&row.3).ok_or_else(|| Error::internal("a deadline of no level"))?;
        let deadline = set.then_some(SetDeadline { due_on: row.4, reason: row.5 });
        Ok((revision, row.0, Changed::Deadline(position(row.1)?, quarter(row.2)?, level, deadline)))
    };
    if set {
        let begun: Vec<DeadlineRow> =
            stretch!(query(), area_deadlines::from_revision, area_deadlines::id, stretch, limit)
                .load(conn)
                .map_err(internal)?;
        return begun.into_iter().map(|row| (row.6, row)).map(|(revision, row)| shown(row, revision)).collect();
    }
    let ended: Vec<DeadlineRow> = stretch!(query(), area_deadlines::until_revision, area_deadlines::id, stretch, limit)
        .load(conn)
        .map_err(internal)?;
    let replaced: HashSet<_> = replacing(
        conn,
        &ended,
        |row| known(row.7),
        |conn, revisions| {
            let rows = query().filter(area_deadlines::from_revision.eq_any(revisions)).load::<DeadlineRow>(conn);
            rows.map(|rows| rows.iter().map(|row| key(row, row.6)).collect())
        },
    )?;
    let mut found = Vec::new();
    for row in ended {
        let revision = known(row.7)?;
        if !replaced.contains(&key(&row, revision)) {
            found.push(shown(row, revision)?);
        }
    }
    Ok(found)
}

type LockRow = (i64, i32, i32, String, NaiveDateTime, i64, Option<i64>);

fn locks_in(conn: &mut Conn, set: bool, stretch: Stretch, limit: i64) -> Result<Found> {
    let query = || {
        area_locks::table.select((
            area_locks::id,
            area_locks::area,
            area_locks::quarter,
            area_locks::reason,
            area_locks::locked_at,
            area_locks::from_revision,
            area_locks::until_revision,
        ))
    };
    let rows: Vec<LockRow> = if set {
        stretch!(query(), area_locks::from_revision, area_locks::id, stretch, limit).load(conn).map_err(internal)?
    } else {
        // A lock is opened before another is set, at a revision of its own.
        stretch!(query(), area_locks::until_revision, area_locks::id, stretch, limit).load(conn).map_err(internal)?
    };
    rows.into_iter()
        .map(|(id, area, serial, reason, locked_at, from, until)| {
            let revision = if set { from } else { known(until)? };
            let lock = set.then_some(SetLock { reason, locked_at });
            Ok((revision, id, Changed::Lock(position(area)?, quarter(serial)?, lock)))
        })
        .collect()
}

fn figures(conn: &mut Conn, set: bool, stretch: Stretch, limit: i64) -> Result<Found> {
    let query = observations::table.select((observations::from_revision, observations::all_columns));
    let rows: Vec<(i64, ObservationRow)> = if set {
        stretch!(query, observations::from_revision, observations::id, stretch, limit).load(conn)
    } else {
        let query = query.filter(observations::withdrawn);
        stretch!(query, observations::until_revision, observations::id, stretch, limit).load(conn)
    }
    .map_err(internal)?;
    rows.into_iter()
        .map(|(from, row)| {
            let row = Row::try_from(row)?;
            let revision = if set { from } else { known(row.until_revision)? };
            Ok((revision, row.id, Changed::Observation(Box::new(row.figure), !set)))
        })
        .collect()
}

/// When revisions were published, between two of them, both included.
///
/// # Errors
/// Where the database is away.
pub fn published_at(conn: &mut Conn, first: i64, last: i64) -> Result<BTreeMap<i64, NaiveDateTime>> {
    let rows: Vec<(i64, NaiveDateTime)> = revisions::table
        .filter(revisions::revision.between(first, last))
        .select((revisions::revision, revisions::published_at))
        .load(conn)
        .map_err(internal)?;
    Ok(rows.into_iter().collect())
}
