//! Reporting windows, deadlines and working days.
//!
//! The default is Decree 09/2019/NĐ-CP, articles 8.5, 12 and 13; a town may set its own dates, which are kept per
//! quarter and win. All dates are Vietnam's.

use std::collections::{BTreeMap, BTreeSet};

use super::deadline::AreaSettings;
use super::quarter::Quarter;
use super::words::words;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

/// Vietnam has kept UTC+7 since 1975 and no daylight saving time.
const VIETNAM_OFFSET_SECONDS: i32 = 7 * 3600;

/// The date in Vietnam at an instant.
#[must_use]
pub fn date_in_vietnam(instant: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(VIETNAM_OFFSET_SECONDS)
        .map_or_else(|| instant.date_naive(), |vietnam| instant.with_timezone(&vietnam).date_naive())
}

/// The instant, in UTC, at which a day begins in Vietnam.
#[must_use]
pub fn start_of_day_in_vietnam(date: NaiveDate) -> NaiveDateTime {
    let midnight = date.and_time(NaiveTime::MIN);
    midnight.checked_sub_signed(TimeDelta::seconds(i64::from(VIETNAM_OFFSET_SECONDS))).unwrap_or(midnight)
}

words! {
    /// To whom a report is due.
    Level {
        /// From the ward to the town.
        Ward = "ward",
        /// From the town to the province.
        Town = "town",
        /// From the province to the Government.
        Province = "province",
    }
}

/// How a deadline follows from the quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadlineRule {
    /// That many working days after the cut-off.
    WorkingDaysAfterCutOff(u32),
    /// That day of the quarter's last month.
    DayOfLastMonth(u32),
}

/// The days over which a quarter's figures are taken, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub start: NaiveDate,
    /// The last day, the cut-off.
    pub cut_off: NaiveDate,
}

/// The rules that dates follow from, as the calendar file states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarRules {
    /// Day and month, counted from the quarter's first month, on which the window opens.
    pub window_start: (i32, u32),
    /// Day and month, counted alike, of the cut-off.
    pub cut_off: (i32, u32),
    /// The deadline of each level.
    pub deadlines: BTreeMap<Level, DeadlineRule>,
    /// Public holidays.
    pub holidays: BTreeSet<NaiveDate>,
    /// Saturdays that are worked to make up for a holiday bridge.
    pub working_saturdays: BTreeSet<NaiveDate>,
}

/// The dates that somebody set for a quarter instead of the decree's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarterOverride {
    /// The window.
    pub window: Option<Window>,
    /// Deadlines by level.
    pub deadlines: BTreeMap<Level, NaiveDate>,
    /// Whether edits are refused.
    pub locked: bool,
}

/// The rules and what overrides them.
#[derive(Debug, Clone)]
pub struct Calendar {
    rules: CalendarRules,
    overrides: BTreeMap<Quarter, QuarterOverride>,
    settings: AreaSettings,
    /// The window of every quarter that the service keeps: aggregates ask for them by the dozen.
    windows: Vec<Window>,
}

fn by_rule(rules: &CalendarRules, quarter: Quarter) -> Window {
    let (start, cut_off) = (rules.window_start, rules.cut_off);
    Window { start: quarter.day_of(start.0, start.1), cut_off: quarter.day_of(cut_off.0, cut_off.1) }
}

impl Calendar {
    /// A calendar of the rules, with the dates that were set per quarter.
    #[must_use]
    pub fn new(rules: CalendarRules, overrides: BTreeMap<Quarter, QuarterOverride>) -> Self {
        let window = |quarter: Quarter| {
            overrides.get(&quarter).and_then(|set| set.window).unwrap_or_else(|| by_rule(&rules, quarter))
        };
        let windows = Quarter::FIRST.through(Quarter::LAST).map(window).collect();
        Self { rules, overrides, settings: AreaSettings::default(), windows }
    }

    /// The same calendar with what areas set.
    #[must_use]
    pub fn with_settings(self, settings: AreaSettings) -> Self {
        Self { settings, ..self }
    }

    /// What areas set.
    #[must_use]
    pub const fn settings(&self) -> &AreaSettings {
        &self.settings
    }

    /// The reporting window of a quarter.
    #[must_use]
    pub fn window(&self, quarter: Quarter) -> Window {
        let position = usize::try_from(quarter.serial() - Quarter::FIRST.serial()).ok();
        let known = position.and_then(|position| self.windows.get(position)).copied();
        known.unwrap_or_else(|| by_rule(&self.rules, quarter))
    }

    /// The last day of the reporting window: the day that decides which areas a quarter is about.
    #[must_use]
    pub fn cut_off(&self, quarter: Quarter) -> NaiveDate {
        self.window(quarter).cut_off
    }

    /// The last day on which a report of a level is in time where no area set another.
    #[must_use]
    pub fn deadline(&self, quarter: Quarter, level: Level) -> Option<NaiveDate> {
        if let Some(date) = self.overrides.get(&quarter).and_then(|set| set.deadlines.get(&level)) {
            return Some(*date);
        }
        Some(match self.rules.deadlines.get(&level)? {
            DeadlineRule::WorkingDaysAfterCutOff(days) => self.working_days_after(self.cut_off(quarter), *days),
            DeadlineRule::DayOfLastMonth(day) => quarter.day_of(2, *day),
        })
    }

    /// Whether a date was set for everybody instead of the decree's.
    #[must_use]
    pub fn is_set(&self, quarter: Quarter, level: Level) -> bool {
        self.overrides.get(&quarter).is_some_and(|set| set.deadlines.contains_key(&level))
    }

    /// Whether somebody locked the quarter for everybody.
    #[must_use]
    pub fn is_locked(&self, quarter: Quarter) -> bool {
        self.overrides.get(&quarter).is_some_and(|set| set.locked)
    }

    /// Whether offices work on that day.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        match date.weekday() {
            Weekday::Sun => false,
            Weekday::Sat => self.rules.working_saturdays.contains(&date),
            _ => !self.rules.holidays.contains(&date),
        }
    }

    /// The date that many working days after another.
    #[must_use]
    pub fn working_days_after(&self, date: NaiveDate, days: u32) -> NaiveDate {
        let mut later = date.iter_days().skip(1).filter(|day| self.is_working_day(*day));
        days.checked_sub(1).and_then(|rest| later.nth(usize::try_from(rest).ok()?)).unwrap_or(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_vietnam_seven_hours_before_it_does_in_utc() {
        let date: NaiveDate = "2024-03-15".parse().unwrap();
        let begins = start_of_day_in_vietnam(date);
        assert_eq!(begins, "2024-03-14T17:00:00".parse().unwrap());
        assert_eq!(date_in_vietnam(begins.and_utc()), date);
        assert_eq!(date_in_vietnam((begins - TimeDelta::seconds(1)).and_utc()), date.pred_opt().unwrap());
        assert_eq!(start_of_day_in_vietnam(NaiveDate::MIN), NaiveDate::MIN.and_time(NaiveTime::MIN));
    }
}
