//! The files of the repository that the service starts from: areas, calendar, catalogue, the real report.
//!
//! They are inside the binary. At start they are applied where they differ from what was applied last; what an
//! administrator changed in the database stays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::auth::hexadecimal;
use crate::clock::Clock;
use crate::db::head::{CATALOGUE, open_revision, take_head};
use crate::db::{Store, catalogue};
use crate::domain::area::{Area, AreaKind, AreaVersion, Succession, SuccessionKind};
use crate::domain::calendar::{CalendarRules, DeadlineRule, Level};
use crate::domain::indicator::{Catalogue, Indicator};
use crate::domain::report::ReportDocument;
use crate::domain::text::nfc;
use crate::domain::validation::Rules;
use crate::error::{Error, Result};

const AREAS: &str = include_str!("../../seed/areas.csv");
const SUCCESSIONS: &str = include_str!("../../seed/successions.csv");
const CALENDAR: &str = include_str!("../../seed/calendar.toml");
const INDICATORS: &str = include_str!("../../seed/indicators.toml");
const RULES: &str = include_str!("../../seed/rules.toml");
const ACTS: &str = include_str!("../../seed/acts.toml");
const REPORT: &str = include_str!("../../seed/reports/07792-2024-Q1.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaLine {
    id: String,
    code: String,
    name: String,
    kind: AreaKind,
    parent: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuccessionLine {
    predecessor: String,
    successor: String,
    kind: SuccessionKind,
    effective_on: NaiveDate,
    instrument: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorFile {
    indicator: Vec<Indicator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    #[serde(rename = "first_quarter")]
    _first_quarter: String,
    window: WindowLine,
    deadline: Vec<DeadlineLine>,
    #[serde(default)]
    holiday: Vec<HolidayLine>,
    #[serde(default)]
    working_saturday: Vec<SaturdayLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowLine {
    start_month_offset: i32,
    start_day: u32,
    cut_off_month_offset: i32,
    cut_off_day: u32,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlineLine {
    level: Level,
    working_days_after_cut_off: Option<u32>,
    day_of_last_month: Option<u32>,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayLine {
    date: NaiveDate,
    #[serde(rename = "name_vi")]
    _name_vi: String,
    #[serde(rename = "name_en")]
    _name_en: String,
    #[serde(rename = "source")]
    _source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaturdayLine {
    date: NaiveDate,
    #[serde(rename = "source")]
    _source: String,
}

/// The files may begin with lines of explanation.
fn reader(file: &'static str) -> csv::Reader<&'static [u8]> {
    csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file.as_bytes())
}

/// The areas with their history, and the successions between them.
///
/// # Errors
/// Where a file is not what its header says.
pub fn areas() -> Result<(Vec<Area>, Vec<Succession>)> {
    let mut found: Vec<Area> = Vec::new();
    for line in reader(AREAS).deserialize() {
        let AreaLine { id, code, name, kind, parent, valid_from, valid_to, .. } = line.map_err(Error::internal)?;
        let version = AreaVersion { code, name: nfc(&name), kind, parent, valid_from, valid_to };
        match found.iter_mut().find(|area| area.id == id) {
            Some(area) => area.versions.push(version),
            None => found.push(Area { id, versions: vec![version] }),
        }
    }
    let mut successions = Vec::new();
    for line in reader(SUCCESSIONS).deserialize() {
        let SuccessionLine { predecessor, successor, kind, effective_on, instrument } =
            line.map_err(Error::internal)?;
        successions.push(Succession { predecessor, successor, kind, effective_on, instrument });
    }
    Ok((found, successions))
}

/// The indicators.
///
/// # Errors
/// Where the file is not a catalogue.
pub fn indicators() -> Result<Vec<Indicator>> {
    let file: IndicatorFile = toml::from_str(INDICATORS).map_err(Error::internal)?;
    Catalogue::new(file.indicator.clone()).map_err(Error::internal)?;
    Ok(file.indicator)
}

/// The rules of the calendar.
///
/// # Errors
/// Where the file is not a calendar.
pub fn calendar() -> Result<CalendarRules> {
    let file: CalendarFile = toml::from_str(CALENDAR).map_err(Error::internal)?;
    let mut deadlines = BTreeMap::new();
    for line in file.deadline {
        let rule = match (line.working_days_after_cut_off, line.day_of_last_month) {
            (Some(days), None) => DeadlineRule::WorkingDaysAfterCutOff(days),
            (None, Some(day)) => DeadlineRule::DayOfLastMonth(day),
            _ => return Err(Error::internal("a deadline needs one rule")),
        };
        deadlines.insert(line.level, rule);
    }
    Ok(CalendarRules {
        window_start: (file.window.start_month_offset, file.window.start_day),
        cut_off: (file.window.cut_off_month_offset, file.window.cut_off_day),
        deadlines,
        holidays: file.holiday.into_iter().map(|line| line.date).collect(),
        working_saturdays: file.working_saturday.into_iter().map(|line| line.date).collect::<BTreeSet<_>>(),
    })
}

/// The real report of Quảng Minh for the first quarter of 2024.
///
/// # Errors
/// Where the file is not a report.
pub fn report() -> Result<ReportDocument> {
    toml::from_str(REPORT).map_err(Error::internal)
}

/// Brings areas and catalogue to the files' state, as one revision, where the files changed since the last time. The
/// calendar lives in the binary, but what it says is read under a revision, so that a change of it opens one too.
///
/// # Errors
/// Where a file is broken or the database away.
pub fn apply(store: &Store, clock: &Clock) -> Result<()> {
    let mut hash = Sha256::new();
    for file in [AREAS, SUCCESSIONS, CALENDAR, INDICATORS] {
        hash.update(file.as_bytes());
    }
    let digest = hexadecimal(&hash.finalize());
    let applied = store.read_blocking(|conn| catalogue::seed_digest(conn, "catalogue"))?;
    if applied.as_deref() == Some(digest.as_str()) {
        return Ok(());
    }
    let ((areas, successions), indicators) = (areas()?, indicators()?);
    let now = clock.now().naive_utc();
    store.write_blocking(|conn| {
        // Another replica may have been here since the look above, or be here now.
        take_head(conn)?;
        if catalogue::seed_digest(conn, "catalogue")?.as_deref() == Some(digest.as_str()) {
            return Ok(());
        }
        open_revision(conn, CATALOGUE, None, "areas, calendar and catalogue of this version", now)?;
        catalogue::apply_areas(conn, &areas, &successions)?;
        catalogue::apply_indicators(conn, &indicators)?;
        catalogue::set_seed_digest(conn, "catalogue", &digest, now)
    })
}

/// The rules that reports are judged by, and the acts that they cite.
///
/// # Errors
/// Where a file is not what its first lines say.
pub fn rules() -> Result<Rules> {
    Rules::parse(RULES, ACTS).map_err(Error::internal)
}
