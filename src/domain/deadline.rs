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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::area::{Area, AreaKind, AreaVersion};
    use crate::domain::calendar::{CalendarRules, DeadlineRule};

    const QUARTER: &str = "2024-Q1";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn area(id: &str, kind: AreaKind, parent: Option<&str>) -> Area {
        let parent = parent.map(str::to_owned);
        let (code, name) = (id.to_owned(), id.to_owned());
        let version = AreaVersion { code, name, kind, parent, valid_from: None, valid_to: None };
        Area { id: id.to_owned(), versions: vec![version] }
    }

    /// A province with two towns of a ward each, in the order province, town, ward, town, ward.
    fn book() -> AreaBook {
        AreaBook::new(
            vec![
                area("province", AreaKind::Province, None),
                area("town", AreaKind::Town, Some("province")),
                area("ward", AreaKind::Ward, Some("town")),
                area("other", AreaKind::Town, Some("province")),
                area("afar", AreaKind::Ward, Some("other")),
            ],
            Vec::new(),
        )
    }

    fn calendar(settings: AreaSettings) -> Calendar {
        let deadlines = BTreeMap::from([
            (Level::Ward, DeadlineRule::WorkingDaysAfterCutOff(1)),
            (Level::Town, DeadlineRule::DayOfLastMonth(20)),
        ]);
        let (holidays, working_saturdays) = (BTreeSet::new(), BTreeSet::new());
        let rules = CalendarRules { window_start: (-1, 15), cut_off: (2, 14), deadlines, holidays, working_saturdays };
        Calendar::new(rules, BTreeMap::new()).with_settings(settings)
    }

    fn set(dates: &[(&str, Level, &str)]) -> AreaSettings {
        let (book, quarter) = (book(), QUARTER.parse().unwrap());
        let row = |(id, level, date): &(&str, Level, &str)| {
            ((quarter, book.find(id).unwrap(), *level), SetDeadline { due_on: day(date), reason: None })
        };
        AreaSettings { deadlines: dates.iter().map(row).collect(), locks: BTreeMap::new() }
    }

    fn due(settings: &AreaSettings, id: &str, level: Level) -> (NaiveDate, DeadlineSource) {
        let (book, quarter) = (book(), QUARTER.parse().unwrap());
        let found = calendar(settings.clone()).deadline_of(&book, book.find(id).unwrap(), quarter, level).unwrap();
        (found.due_on, found.source)
    }

    #[test]
    fn the_nearest_area_that_set_a_date_counts() {
        let decree = (day("2024-03-15"), DeadlineSource::Decree);
        assert_eq!(due(&set(&[]), "ward", Level::Ward), decree);
        let of_province = set(&[("province", Level::Ward, "2024-03-18")]);
        for id in ["ward", "afar", "town", "province"] {
            assert_eq!(due(&of_province, id, Level::Ward), (day("2024-03-18"), DeadlineSource::Area), "{id}");
        }
        let both = set(&[("province", Level::Ward, "2024-03-18"), ("town", Level::Ward, "2024-03-16")]);
        assert_eq!(due(&both, "ward", Level::Ward).0, day("2024-03-16"), "the town's, though it is earlier");
        assert_eq!(due(&both, "afar", Level::Ward).0, day("2024-03-18"));
        assert_eq!(due(&both, "ward", Level::Town), (day("2024-03-20"), DeadlineSource::Decree), "of its own level");
    }

    #[test]
    fn an_extension_is_one_wards_and_never_ends_before_what_it_extends() {
        let extended = set(&[("town", Level::Ward, "2024-03-18"), ("ward", Level::Ward, "2024-03-20")]);
        assert_eq!(due(&extended, "ward", Level::Ward), (day("2024-03-20"), DeadlineSource::Extension));
        assert_eq!(due(&extended, "town", Level::Ward).0, day("2024-03-18"));
        let overtaken = set(&[("town", Level::Ward, "2024-03-22"), ("ward", Level::Ward, "2024-03-20")]);
        assert_eq!(due(&overtaken, "ward", Level::Ward), (day("2024-03-22"), DeadlineSource::Area));
        let vain = set(&[("ward", Level::Ward, "2024-03-15")]);
        assert_eq!(due(&vain, "ward", Level::Ward), (day("2024-03-15"), DeadlineSource::Decree));
    }

    #[test]
    fn a_lock_is_for_all_within_and_for_its_quarter() {
        let (book, quarter): (_, Quarter) = (book(), QUARTER.parse().unwrap());
        let lock = SetLock { reason: "done".to_owned(), locked_at: day("2024-04-01").and_hms_opt(0, 0, 0).unwrap() };
        let locks = BTreeMap::from([((quarter, book.find("town").unwrap()), lock)]);
        let calendar = calendar(AreaSettings { deadlines: BTreeMap::new(), locks });
        let locked = |id: &str, quarter| calendar.is_locked_for(&book, book.find(id).unwrap(), quarter);
        assert!(locked("ward", quarter) && locked("town", quarter));
        assert!(!locked("afar", quarter) && !locked("province", quarter));
        assert!(!locked("ward", quarter.previous().unwrap()));
    }
}
