//! Targets that a town sets for a year: over those that wards state in their reports, an aggregate shows these.

use std::sync::Arc;

use serde_json::Number;

use super::actor::{Actor, out_of_reach};
use super::deadline::ensure_manages;
use super::precondition::{hold, tag};
use super::read::{area_reference, indicator};
use super::{App, reason};
use crate::db::Conn;
use crate::db::audit::{self, Entry};
use crate::db::head::{open_revision, take_head};
use crate::db::target::{InForce, TargetFilter, in_force, set_target};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::decimal::{Decimal, DecimalError};
use crate::domain::indicator::{Indicator, IndicatorKey, IndicatorKind, Unit};
use crate::domain::policy::{Action, Caller, Scope};
use crate::domain::quarter::Quarter;
use crate::domain::revision::AsOf;
use crate::error::{Code, Error, Result, Text};
use crate::snapshot::Snapshot;
use crate::text;

/// The kind of a revision that changes targets.
pub const KIND: &str = "target";

/// A target in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The area.
    pub area: AreaKey,
    /// The indicator.
    pub indicator: IndicatorKey,
    /// The year.
    pub year: i32,
    /// The value, in the indicator's unit.
    pub value: Decimal,
    /// The revision that set it.
    pub revision: i64,
}

/// The targets that a question finds.
#[derive(Debug, Clone)]
pub struct Board {
    /// What names are read from.
    pub snapshot: Arc<Snapshot>,
    /// By year, area and indicator.
    pub targets: Vec<Target>,
    /// The revision at which any of them was set or taken back last; nothing where none ever was.
    pub revision: Option<i64>,
    /// The entity tag of all this.
    pub etag: String,
}

/// What targets are asked for, as written.
#[derive(Debug, Clone, Default)]
pub struct TargetQuestion {
    /// Only this area's, by its code.
    pub area: Option<String>,
    /// Only this indicator's.
    pub indicator: Option<String>,
    /// Only this year's.
    pub year: Option<String>,
}

/// A target to be set or taken back.
#[derive(Debug, Clone)]
pub struct TargetChange {
    /// Code of the area.
    pub area: String,
    /// Code of the indicator.
    pub indicator: String,
    /// The year.
    pub reference_period: String,
    /// The number as written; nothing to take the target back.
    pub value: Option<String>,
    /// Why, where somebody says.
    pub reason: Option<String>,
}

/// A number as people write it, for [`TargetChange::value`]: the parser's form of very large and very small ones has an
/// exponent.
#[must_use]
pub fn written(number: &Number) -> String {
    let text = number.to_string();
    // A transport of floating-point numbers writes a whole one so.
    let text = text.strip_suffix(".0").map_or_else(|| text.clone(), ToOwned::to_owned);
    match number.as_f64().filter(|_| text.contains(['e', 'E'])) {
        Some(large) if large.abs() >= 1.0 => format!("{large:.0}"),
        Some(small) => format!("{small:.20}"),
        None => text,
    }
}

/// Reads targets, of today or as of a revision. The tag is for [`set`] where area, indicator and year are all given, of today.
///
/// # Errors
/// What the policy table refuses, and what is wrong with a name or the revision.
pub async fn read(app: &App, caller: &Caller, question: &TargetQuestion, as_of: Option<&AsOf>) -> Result<Board> {
    let snapshot = match as_of {
        Some(as_of) => app.snapshots.read_as_of(&app.store, caller, Action::FiguresRead, as_of).await?,
        None => app.snapshots.read(caller, Action::FiguresRead)?,
    };
    let until = as_of.map(|as_of| as_of.revision);
    let year = question.year.as_deref().map(|text| read_year("year", text)).transpose()?;
    let find = |code: &String| match year {
        Some(year) => area_in(&snapshot, "area", code, year).map(|(key, _)| key),
        None => super::read::area(&snapshot, "area", code, None).map(|(_, key)| key),
    };
    let filter = TargetFilter {
        area: question.area.as_ref().map(find).transpose()?.map(AreaKey::position),
        indicator: indicator_position(&snapshot, question.indicator.as_deref())?,
        year,
    };
    app.store.read(caller, Action::FiguresRead, move |conn, _| board(conn, &snapshot, filter, until)).await
}

fn indicator_position(snapshot: &Snapshot, code: Option<&str>) -> Result<Option<usize>> {
    code.map(|code| indicator(snapshot, "indicator", code).map(IndicatorKey::position)).transpose()
}

fn board(conn: &mut Conn, snapshot: &Arc<Snapshot>, filter: TargetFilter, as_of: Option<i64>) -> Result<Board> {
    let InForce { targets: rows, revision } = in_force(conn, filter, as_of)?;
    let mut targets = Vec::new();
    for (set, revision) in rows {
        let area = AreaKey::new(set.area).ok_or_else(|| Error::internal("too many areas"))?;
        let indicator = IndicatorKey::new(set.indicator).ok_or_else(|| Error::internal("too many indicators"))?;
        let year = set.reference_period.parse().map_err(Error::internal)?;
        targets.push(Target { area, indicator, year, value: set.value, revision });
    }
    let names: Vec<_> = targets.iter().map(|target| snapshot.areas().get(target.area)).collect();
    let etag = tag(&(&snapshot.epoch, format!("{filter:?}"), &targets, revision, names));
    Ok(Board { snapshot: Arc::clone(snapshot), targets, revision, etag })
}

/// Sets a target or takes one back: one revision and one audit entry, or neither where nothing changes.
///
/// # Errors
/// What the policy table refuses, `preconditionRequired` and `preconditionFailed` by the tag of [`read`], and what is
/// wrong with the change.
pub async fn set(app: &App, actor: &Actor, change: &TargetChange, if_match: Option<&str>) -> Result<Board> {
    let snapshot = app.snapshots.read(&actor.caller, Action::QuarterManage)?;
    let year = read_year("/referencePeriod", &change.reference_period)?;
    let (area, quarter) = area_in(&snapshot, "/area", &change.area, year)?;
    let key = indicator(&snapshot, "/indicator", &change.indicator)?;
    let known = snapshot.catalogue().get(key).ok_or_else(|| Error::internal("an indicator without a definition"))?;
    let value = change.value.as_deref().map(|text| read_value(known, text)).transpose()?;
    let reason = reason::read("/reason", change.reason.as_deref(), false)?;
    let code = change.indicator.clone();
    let (caller, actor, if_match) = (actor.caller.clone(), actor.clone(), if_match.map(ToOwned::to_owned));
    let work = move |conn: &mut Conn, scope: &Scope| {
        ensure_manages_in(&snapshot, scope, area, year, quarter)?;
        take_head(conn)?;
        let filter = TargetFilter { area: Some(area.position()), indicator: Some(key.position()), year: Some(year) };
        let before = board(conn, &snapshot, filter, None)?;
        hold(if_match.as_deref(), &before.etag)?;
        let present = before.targets.first().map(|target| target.value);
        if present == value {
            return Ok(before);
        }
        let id = snapshot.areas().get(area).map_or("", |area| &area.id);
        let summary = format!("target of {id} for {code}, {year}");
        let revision = open_revision(conn, KIND, actor.id(), &summary, actor.instant())?;
        set_target(conn, (area.position(), key.position(), year), value, revision)?;
        let told = |value: Option<Decimal>| value.map(|value| format!("{code} {year}: {value}"));
        let (was, is) = (told(present), told(value));
        audit::append(
            conn,
            &Entry {
                area: Some(area.position()),
                before: was.as_deref(),
                after: is.as_deref(),
                reason: reason.as_deref(),
                ..actor.entry("setTarget", "target")
            },
        )?;
        board(conn, &snapshot, filter, None)
    };
    let board = app.store.write(&caller, Action::QuarterManage, work).await?;
    app.take_over().await;
    Ok(board)
}

fn refuse(code: Code, pointer: &str, detail: Text) -> Error {
    Error::parameter(code, pointer, detail)
}

fn read_year(parameter: &str, text: &str) -> Result<i32> {
    let plain = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let kept = Quarter::FIRST.year()..=Quarter::LAST.year();
    text.parse().ok().filter(|year| plain && kept.contains(year)).ok_or_else(|| {
        let (first, last) = (kept.start(), kept.end());
        let detail = text!(
            "Chỉ tiêu giao theo năm, từ {first} đến {last}; “{text}” không phải.",
            "A target is for a year from {first} to {last}, which “{text}” is not."
        );
        refuse(Code::InvalidParameter, parameter, detail)
    })
}

/// The quarters of a year, the last first.
fn quarters(year: i32) -> impl Iterator<Item = Quarter> {
    (1..=4).rev().filter_map(move |index| Quarter::new(year, index))
}

/// The area that a code means in a year: its holder at the latest cut-off at which it has one, with that quarter.
fn area_in(snapshot: &Snapshot, parameter: &str, code: &str, year: i32) -> Result<(AreaKey, Quarter)> {
    let reference = area_reference(code).map_err(|error| error.placed(parameter))?;
    let on = |quarter: Quarter| snapshot.calendar().cut_off(quarter);
    let holder = quarters(year).find_map(|quarter| {
        let key = snapshot.areas().resolve(&reference, Some(on(quarter))).ok()?;
        // A date in the reference picks the holder whatever the quarter, which must then have been there.
        snapshot.areas().get(key)?.on(on(quarter)).map(|_| (key, quarter))
    });
    holder.ok_or_else(|| {
        let detail =
            text!("Năm {year} không có đơn vị nào mang mã “{code}”.", "No area had the code “{code}” in {year}.");
        refuse(Code::AreaNotFound, parameter, detail)
    })
}

/// Refuses an area that was within the caller's own at no cut-off of the year.
fn ensure_manages_in(snapshot: &Snapshot, scope: &Scope, area: AreaKey, year: i32, shown: Quarter) -> Result<()> {
    let mut quarters = quarters(year);
    if quarters.any(|quarter| ensure_manages(snapshot, scope, area, quarter).is_ok()) {
        return Ok(());
    }
    Err(out_of_reach(snapshot, area, Some(shown)))
}

fn read_value(indicator: &Indicator, text: &str) -> Result<Decimal> {
    let code = &indicator.code;
    let value: Decimal = text.parse().map_err(|error: DecimalError| {
        let detail = match error {
            DecimalError::NotANumber => text!("value không phải số: {text}.", "The value is no number: {text}."),
            DecimalError::Negative => text!("Chỉ tiêu không thể âm: {text}.", "A target is never negative: {text}."),
            DecimalError::TooLarge => text!("Số quá lớn: {text}.", "The number is too large: {text}."),
            DecimalError::TooPrecise => {
                text!("Tối đa bốn chữ số thập phân: {text}.", "At most four decimals: {text}.")
            }
        };
        refuse(Code::NotMeaningful, "/value", detail)
    })?;
    if indicator.kind == IndicatorKind::Rate && value.ten_thousandths() > 1_000_000 {
        let detail = text!("{code} là tỷ lệ, tối đa 100%.", "{code} is a rate, at most 100 %.");
        return Err(refuse(Code::NotMeaningful, "/value", detail));
    }
    if matches!(indicator.unit, Unit::Count | Unit::Vnd) && value.as_integer().is_none() {
        let detail = text!("{code} phải là số nguyên.", "{code} must be a whole number.");
        return Err(refuse(Code::NotMeaningful, "/value", detail));
    }
    Ok(value)
}
