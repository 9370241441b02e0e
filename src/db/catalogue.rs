//! Areas, indicators, the dates set for quarters, and targets: what changes rarely and is read whole.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::error::internal;
use super::schema::{
    area_versions, areas, deadlines, indicators, quarter_locks, quarter_windows, seeds, successions, targets,
};
use super::{Conn, per_backend};
use crate::domain::area::{Area, AreaKind, AreaVersion, Succession, SuccessionKind};
use crate::domain::calendar::{Level, QuarterOverride, Window};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::Indicator;
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// A target that the town set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetTarget {
    /// The position of the area in the book.
    pub area: usize,
    /// The position of the indicator in the catalogue.
    pub indicator: usize,
    /// The year.
    pub reference_period: String,
    /// The value, in the indicator's unit.
    pub value: Decimal,
}

/// The word of a closed list, as it was stored; anything else is a broken database.
fn word<T>(parsed: Option<T>, text: &str) -> Result<T> {
    parsed.ok_or_else(|| Error::internal(format!("the database holds the unknown word {text:?}")))
}

/// The position that a number in the database stands for; numbers start at one.
pub(super) fn position(number: i32) -> Result<usize> {
    number.checked_sub(1).and_then(|at| usize::try_from(at).ok()).ok_or_else(|| Error::internal("a number below one"))
}

/// The number that a position is stored as.
pub(super) fn number(position: usize) -> Result<i32> {
    i32::try_from(position + 1).map_err(Error::internal)
}

type VersionRow = (i32, i32, String, String, String, Option<String>, Option<NaiveDate>, Option<NaiveDate>);

/// Every area, in the order of their numbers, which are dense.
pub fn areas(conn: &mut Conn) -> Result<Vec<Area>> {
    let rows: Vec<(i32, String)> =
        areas::table.select((areas::number, areas::id)).order(areas::number).load(conn).map_err(internal)?;
    let mut found: Vec<Area> = rows.into_iter().map(|(_, id)| Area { id, versions: Vec::new() }).collect();
    let versions: Vec<VersionRow> = area_versions::table
        .select(area_versions::all_columns)
        .order((area_versions::area, area_versions::ordinal))
        .load(conn)
        .map_err(internal)?;
    for (area, _, code, name, kind, parent, valid_from, valid_to) in versions {
        let kind = word(AreaKind::parse(&kind), &kind)?;
        if let Some(area) = found.get_mut(position(area)?) {
            area.versions.push(AreaVersion { code, name, kind, parent, valid_from, valid_to });
        }
    }
    Ok(found)
}

/// Every succession.
pub fn all_successions(conn: &mut Conn) -> Result<Vec<Succession>> {
    let rows: Vec<(String, String, String, NaiveDate, String)> = successions::table
        .select(successions::all_columns)
        .order((successions::predecessor, successions::successor))
        .load(conn)
        .map_err(internal)?;
    rows.into_iter()
        .map(|(predecessor, successor, kind, effective_on, instrument)| {
            let kind = word(SuccessionKind::parse(&kind), &kind)?;
            Ok(Succession { predecessor, successor, kind, effective_on, instrument })
        })
        .collect()
}

/// Every indicator, in the order of their numbers, which are dense.
pub fn all_indicators(conn: &mut Conn) -> Result<Vec<Indicator>> {
    let rows: Vec<String> =
        indicators::table.select(indicators::definition).order(indicators::number).load(conn).map_err(internal)?;
    rows.iter().map(|definition| serde_json::from_str(definition).map_err(Error::internal)).collect()
}

/// The dates that somebody set instead of the decree's.
pub fn quarter_overrides(conn: &mut Conn) -> Result<BTreeMap<Quarter, QuarterOverride>> {
    let mut overrides: BTreeMap<Quarter, QuarterOverride> = BTreeMap::new();
    let quarter = |serial| Quarter::from_serial(serial).ok_or_else(|| Error::internal("a quarter out of range"));
    let windows: Vec<(i32, NaiveDate, NaiveDate)> =
        quarter_windows::table.select(quarter_windows::all_columns).load(conn).map_err(internal)?;
    for (serial, start, cut_off) in windows {
        overrides.entry(quarter(serial)?).or_default().window = Some(Window { start, cut_off });
    }
    let due: Vec<(i32, String, NaiveDate)> =
        deadlines::table.select(deadlines::all_columns).load(conn).map_err(internal)?;
    for (serial, level, date) in due {
        let level = word(Level::parse(&level), &level)?;
        overrides.entry(quarter(serial)?).or_default().deadlines.insert(level, date);
    }
    let locks: Vec<i32> = quarter_locks::table.select(quarter_locks::quarter).load(conn).map_err(internal)?;
    for serial in locks {
        overrides.entry(quarter(serial)?).or_default().locked = true;
    }
    Ok(overrides)
}

/// The targets in force at the current revision, or at a past one.
pub fn targets_in_force(conn: &mut Conn, at: Option<i64>) -> Result<Vec<SetTarget>> {
    let wanted = targets::table
        .select((targets::area, targets::indicator, targets::reference_period, targets::mantissa, targets::scale))
        .into_boxed();
    let wanted = match at {
        None => wanted.filter(targets::until_revision.is_null()),
        Some(revision) => wanted
            .filter(targets::from_revision.le(revision))
            .filter(targets::until_revision.is_null().or(targets::until_revision.gt(revision))),
    };
    let rows: Vec<(i32, i32, String, i64, i16)> = wanted.load(conn).map_err(internal)?;
    rows.into_iter()
        .map(|(area, indicator, reference_period, mantissa, scale)| {
            let value = u8::try_from(scale).ok().and_then(|scale| Decimal::new(mantissa, scale));
            let value = value.ok_or_else(|| Error::internal("a target out of range"))?;
            Ok(SetTarget { area: position(area)?, indicator: position(indicator)?, reference_period, value })
        })
        .collect()
}

/// The digest of the seed files that were applied last.
pub fn seed_digest(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    seeds::table.find(name).select(seeds::digest).first(conn).optional().map_err(internal)
}

/// Remembers which seed files were applied.
pub fn set_seed_digest(conn: &mut Conn, name: &str, digest: &str, now: chrono::NaiveDateTime) -> Result<()> {
    let row = (seeds::name.eq(name), seeds::digest.eq(digest), seeds::applied_at.eq(now));
    per_backend!(conn, concrete => diesel::insert_into(seeds::table)
        .values(row)
        .on_conflict(seeds::name)
        .do_update()
        .set((seeds::digest.eq(digest), seeds::applied_at.eq(now)))
        .execute(concrete))
    .map(drop)
    .map_err(internal)
}

/// Writes the areas of the seed files; those that an administrator changed stay as they are.
pub fn apply_areas(conn: &mut Conn, seeded: &[Area], successions_seeded: &[Succession]) -> Result<()> {
    let present: Vec<(i32, String, String)> =
        areas::table.select(areas::all_columns).order(areas::number).load(conn).map_err(internal)?;
    let mut next = present.len();
    for area in seeded {
        let row = match present.iter().find(|(_, id, _)| *id == area.id) {
            Some((_, _, origin)) if origin == "administrator" => continue,
            Some((row, _, _)) => *row,
            None => {
                let row = number(next)?;
                next += 1;
                diesel::insert_into(areas::table)
                    .values((areas::number.eq(row), areas::id.eq(&area.id), areas::origin.eq("seed")))
                    .execute(conn)
                    .map_err(internal)?;
                row
            }
        };
        diesel::delete(area_versions::table.filter(area_versions::area.eq(row))).execute(conn).map_err(internal)?;
        for (ordinal, version) in area.versions.iter().enumerate() {
            diesel::insert_into(area_versions::table)
                .values((
                    area_versions::area.eq(row),
                    area_versions::ordinal.eq(number(ordinal)?),
                    area_versions::code.eq(&version.code),
                    area_versions::name.eq(&version.name),
                    area_versions::kind.eq(version.kind.as_str()),
                    area_versions::parent.eq(version.parent.as_deref()),
                    area_versions::valid_from.eq(version.valid_from),
                    area_versions::valid_to.eq(version.valid_to),
                ))
                .execute(conn)
                .map_err(internal)?;
        }
    }
    for succession in successions_seeded {
        let row = (
            successions::predecessor.eq(&succession.predecessor),
            successions::successor.eq(&succession.successor),
            successions::kind.eq(succession.kind.as_str()),
            successions::effective_on.eq(succession.effective_on),
            successions::instrument.eq(&succession.instrument),
        );
        per_backend!(conn, concrete => diesel::insert_into(successions::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(concrete))
        .map_err(internal)?;
    }
    Ok(())
}

/// Writes the indicators of the seed file; those that an administrator changed stay as they are.
pub fn apply_indicators(conn: &mut Conn, seeded: &[Indicator]) -> Result<()> {
    let present: Vec<(i32, String, String)> = indicators::table
        .select((indicators::number, indicators::code, indicators::origin))
        .order(indicators::number)
        .load(conn)
        .map_err(internal)?;
    let mut next = present.len();
    for indicator in seeded {
        let definition = serde_json::to_string(indicator).map_err(Error::internal)?;
        match present.iter().find(|(_, code, _)| *code == indicator.code) {
            Some((_, _, origin)) if origin == "administrator" => {}
            Some((row, _, _)) => {
                diesel::update(indicators::table.find(row))
                    .set(indicators::definition.eq(definition))
                    .execute(conn)
                    .map_err(internal)?;
            }
            None => {
                diesel::insert_into(indicators::table)
                    .values((
                        indicators::number.eq(number(next)?),
                        indicators::code.eq(&indicator.code),
                        indicators::definition.eq(definition),
                        indicators::origin.eq("seed"),
                    ))
                    .execute(conn)
                    .map_err(internal)?;
                next += 1;
            }
        }
    }
    Ok(())
}
