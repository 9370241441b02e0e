//! Until when a ward's report is in time, and whether its quarter is locked: what areas set, over what the decree gives.
//!
//! Decree 09/2019/NĐ-CP leaves the dates of the lower levels to whoever issues the reporting rule (article 13.2) and only
//! asks for a working day after the cut-off (article 8.5). So a town sets a date for its wards, and may give one of them
//! longer.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::area::{AreaBook, AreaKey};
use super::calendar::{Calendar, Level};
use super::quarter::Quarter;
use super::words::words;

words! {
    /// Where a deadline comes from.
    DeadlineSource {
        /// From the decree's rule.
        Decree = "decree",
        /// Set for everybody.
        Service = "service",
        /// Set by the area or one above it.
        Area = "area",
        /// An extension that the ward was given.
        Extension = "extension",
    }
}

/// A date that an area set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDeadline {
    /// The last day in time.
    pub due_on: NaiveDate,
    /// Why; an extension always says.
    pub reason: Option<String>,
}

/// A lock that an area set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetLock {
    /// Why.
    pub reason: String,
    /// Since when, in UTC.
    pub locked_at: NaiveDateTime,
}

/// What areas set for quarters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaSettings {
    /// Dates. A ward's own is an extension; any other area's is for all within it.
    pub deadlines: BTreeMap<(Quarter, AreaKey, Level), SetDeadline>,
    /// Locks, for the area and all within it.
    pub locks: BTreeMap<(Quarter, AreaKey), SetLock>,
}

/// A deadline with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The last day in time.
    pub due_on: NaiveDate,
    /// Where it comes from.
    pub source: DeadlineSource,
    /// Who set it, where an area did; for an extension the ward that has it.
    pub area: Option<AreaKey>,
    /// Why, where that was said.
    pub reason: Option<String>,
}

impl Calendar {
    /// The last day on which a report of a level is in time for an area: the ward's extension, else what the nearest area
    /// set, else what holds for everybody. An extension never ends before what it extends.
    #[must_use]
    pub fn deadline_of(&self, book: &AreaBook, area: AreaKey, quarter: Quarter, level: Level) -> Option<Deadline> {
        let cut_off = self.cut_off(quarter);
        let set = |key: AreaKey| self.settings().deadlines.get(&(quarter, key, level)).map(|set| (key, set));
        let reports =
            |key: AreaKey| book.get(key).and_then(|area| area.on(cut_off)).is_some_and(|it| it.kind.reports());
        let as_deadline = |source, (key, set): (AreaKey, &SetDeadline)| Deadline {
            due_on: set.due_on,
            source,
            area: Some(key),
            reason: set.reason.clone(),
        };
        let lineage = book.lineage(area, cut_off);
        let nearest = lineage.iter().copied().filter(|key| !reports(*key)).find_map(set);
        let general = || {
            let due_on = self.deadline(quarter, level)?;
            let source = if self.is_set(quarter, level) { DeadlineSource::Service } else { DeadlineSource::Decree };
            Some(Deadline { due_on, source, area: None, reason: None })
        };
        let inherited = nearest.map(|found| as_deadline(DeadlineSource::Area, found)).or_else(general);
        let extension = Some(area).filter(|key| reports(*key)).and_then(set);
        let extension = extension.map(|found| as_deadline(DeadlineSource::Extension, found));
        match (extension, inherited) {
            (Some(extension), Some(inherited)) if inherited.due_on >= extension.due_on => Some(inherited),
            (extension, inherited) => extension.or(inherited),
        }
    }

    /// The areas whose locks lock an area's quarter: itself and those above it, from the nearest.
    #[must_use]
    pub fn locks_of(&self, book: &AreaBook, area: AreaKey, quarter: Quarter) -> Vec<(AreaKey, &SetLock)> {
        let lineage = book.lineage(area, self.cut_off(quarter)).into_iter();
        lineage.filter_map(|key| Some((key, self.settings().locks.get(&(quarter, key))?))).collect()
    }

    /// Whether the reports of an area for a quarter may no longer change.
    #[must_use]
    pub fn is_locked_for(&self, book: &AreaBook, area: AreaKey, quarter: Quarter) -> bool {
        self.is_locked(quarter) || !self.locks_of(book, area, quarter).is_empty()
    }
}
