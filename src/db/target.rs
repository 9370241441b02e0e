//! Targets that areas set. Rows are ended, not removed.

use diesel::prelude::*;

use super::Conn;
use super::catalogue::{number, position};
use super::error::internal;
use super::schema::targets;
use crate::db::catalogue::SetTarget;
use crate::domain::decimal::Decimal;
use crate::error::{Error, Result};

/// What targets are narrowed by; positions in the book and the catalogue.
#[derive(Debug, Clone, Copy, Default)]
pub struct TargetFilter {
    /// Only this area's.
    pub area: Option<usize>,
    /// Only this indicator's.
    pub indicator: Option<usize>,
    /// Only this year's.
    pub year: Option<i32>,
}

/// The targets in force that pass a filter.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// Each with the revision that set it, by year, area and indicator.
    pub targets: Vec<(SetTarget, i64)>,
    /// The revision at which any of them was set or taken back last; nothing where none ever was.
    pub revision: Option<i64>,
}

type Row = (i32, i32, String, i64, i16, i64, Option<i64>);

/// Reads the targets in force that pass a filter, of today or as of a revision.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn in_force(conn: &mut Conn, filter: TargetFilter, as_of: Option<i64>) -> Result<InForce> {
    let mut wanted = targets::table
        .select((
            targets::area,
            targets::indicator,
            targets::reference_period,
            targets::mantissa,
            targets::scale,
            targets::from_revision,
            targets::until_revision,
        ))
        .order((targets::reference_period, targets::area, targets::indicator, targets::id))
        .into_boxed();
    if let Some(area) = filter.area {
        wanted = wanted.filter(targets::area.eq(number(area)?));
    }
    if let Some(indicator) = filter.indicator {
        wanted = wanted.filter(targets::indicator.eq(number(indicator)?));
    }
    if let Some(year) = filter.year {
        wanted = wanted.filter(targets::reference_period.eq(year.to_string()));
    }
    if let Some(revision) = as_of {
        wanted = wanted.filter(targets::from_revision.le(revision));
    }
    let rows: Vec<Row> = wanted.load(conn).map_err(internal)?;
    let mut found = InForce::default();
    for (area, indicator, reference_period, mantissa, scale, from, until) in rows {
        let until = until.filter(|until| as_of.is_none_or(|revision| *until <= revision));
        found.revision = found.revision.max(Some(from)).max(until);
        if until.is_some() {
            continue;
        }
        let value = u8::try_from(scale).ok().and_then(|scale| Decimal::new(mantissa, scale));
        let value = value.ok_or_else(|| Error::internal("a target out of range"))?;
        let target = SetTarget { area: position(area)?, indicator: position(indicator)?, reference_period, value };
        found.targets.push((target, from));
    }
    Ok(found)
}

/// Sets a target from a revision on, in place of the one before; with no value, only ends that one.
///
/// # Errors
/// Where the database is away.
pub fn set_target(
    conn: &mut Conn,
    (area, indicator, year): (usize, usize, i32),
    value: Option<Decimal>,
    revision: i64,
) -> Result<()> {
    let (area, indicator, year) = (number(area)?, number(indicator)?, year.to_string());
    diesel::update(
        targets::table
            .filter(targets::area.eq(area))
            .filter(targets::indicator.eq(indicator))
            .filter(targets::reference_period.eq(&year))
            .filter(targets::until_revision.is_null()),
    )
    .set(targets::until_revision.eq(revision))
    .execute(conn)
    .map_err(internal)?;
    let Some(value) = value else { return Ok(()) };
    diesel::insert_into(targets::table)
        .values((
            targets::area.eq(area),
            targets::indicator.eq(indicator),
            targets::reference_period.eq(year),
            targets::mantissa.eq(value.mantissa()),
            targets::scale.eq(i16::from(value.scale())),
            targets::from_revision.eq(revision),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}
