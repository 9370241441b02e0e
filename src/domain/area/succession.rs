//! How areas end and begin, and what became of their ground.

use chrono::NaiveDate;

use super::{Area, AreaBook, AreaKey};
use crate::domain::words::words;

words! {
    /// How an area ended.
    SuccessionKind {
        /// The whole area went into one successor.
        Merged = "merged",
        /// The area was divided among several successors.
        Split = "split",
    }
}

/// The end of one area and the beginning of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// The id of the area that ended.
    pub predecessor: String,
    /// The id of the area that continues it.
    pub successor: String,
    /// How.
    pub kind: SuccessionKind,
    /// The first day of the successor.
    pub effective_on: NaiveDate,
    /// The resolution that ordered it.
    pub instrument: String,
}

impl Area {
    fn begins(&self) -> Option<NaiveDate> {
        self.versions.first()?.valid_from
    }

    fn ends(&self) -> Option<NaiveDate> {
        self.versions.last()?.valid_to
    }
}

impl AreaBook {
    /// The successions that ended an area.
    #[must_use]
    pub fn successors(&self, key: AreaKey) -> &[Succession] {
        self.successors.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The successions that an area began by.
    #[must_use]
    pub fn predecessors(&self, key: AreaKey) -> &[Succession] {
        self.predecessors.get(&key).map_or(&[], Vec::as_slice)
    }

    /// An area and every area that was merged into it, at whatever remove: whose rights it has inherited. A part of an area
    /// that was split inherits nothing, because the whole was more than it is.
    #[must_use]
    pub fn continues(&self, key: AreaKey) -> Vec<AreaKey> {
        let mut found = vec![key];
        let mut next = 0;
        while let Some(area) = found.get(next).copied() {
            next += 1;
            for succession in self.predecessors(area).iter().filter(|known| known.kind == SuccessionKind::Merged) {
                if let Some(before) = self.find(&succession.predecessor)
                    && !found.contains(&before)
                {
                    found.push(before);
                }
            }
        }
        found
    }

    /// The wards that had the ground of some others on another date, in the order of the book: each of those as it is if it
    /// reports then, else what was merged into it, or what it was merged into. Nothing where a ward on the way has more
    /// ground than is asked for, because what it reports cannot be told apart.
    #[must_use]
    pub fn carried(&self, wards: &[AreaKey], date: NaiveDate) -> Option<Vec<AreaKey>> {
        let mut present = wards.to_vec();
        // One day on which areas changed after another, the nearest to the wards first.
        // There are no more steps than such days, so a cycle in the data cannot hang a request.
        for _ in 0..self.boundaries.len() {
            let Some((day, later)) = self.next_step(&present, date) else { break };
            let mut next = Vec::with_capacity(present.len());
            for ward in &present {
                let area = self.get(*ward)?;
                if (if later { area.ends() } else { area.begins() }) != Some(day) {
                    next.push(*ward);
                    continue;
                }
                for neighbour in self.neighbours(*ward, later) {
                    // Whatever else went into it, or came out of it, must be asked for as well.
                    if !self.neighbours(neighbour, !later).iter().all(|other| present.contains(other)) {
                        return None;
                    }
                    next.push(neighbour);
                }
            }
            next.sort_unstable();
            next.dedup();
            present = next;
        }
        present.retain(|ward| self.get(*ward).and_then(|area| area.on(date)).is_some());
        Some(present)
    }

    /// The next day to step over on the way to a date, and whether that is forward: the first end of a ward that has ended by
    /// then, else the last beginning of one that has not begun.
    fn next_step(&self, wards: &[AreaKey], date: NaiveDate) -> Option<(NaiveDate, bool)> {
        let areas = || wards.iter().filter_map(|ward| self.get(*ward));
        let end = areas().filter_map(Area::ends).filter(|end| *end <= date).min();
        let beginning = || areas().filter_map(Area::begins).filter(|begin| *begin > date).max();
        end.map(|day| (day, true)).or_else(|| Some((beginning()?, false)))
    }

    /// What reports and follows an area, or went before it.
    fn neighbours(&self, key: AreaKey, later: bool) -> Vec<AreaKey> {
        let successions = if later { self.successors(key) } else { self.predecessors(key) };
        let id = |known: &Succession| if later { self.find(&known.successor) } else { self.find(&known.predecessor) };
        let reports = |key: &AreaKey| self.get(*key).is_some_and(Area::ever_reports);
        successions.iter().filter_map(id).filter(reports).collect()
    }

    /// Whether an area has other ground on a date than it had on an earlier one. Wards that were merged within it make no
    /// difference.
    #[must_use]
    pub fn ground_differs(&self, key: AreaKey, earlier: NaiveDate, date: NaiveDate) -> bool {
        if self.era(earlier) == self.era(date) {
            return false;
        }
        let (before, now) = (self.members(key, earlier), self.members(key, date));
        before != now && self.carried(now, earlier).as_deref() != Some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::area::{AreaKind, AreaVersion};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ward(id: &str, from: Option<&str>, to: Option<&str>) -> Area {
        let version = AreaVersion {
            code: id.to_owned(),
            name: id.to_owned(),
            kind: AreaKind::Ward,
            parent: None,
            valid_from: from.map(day),
            valid_to: to.map(day),
        };
        Area { id: id.to_owned(), versions: vec![version] }
    }

    /// A and B became C in 2022, C and D became E in 2024, and F was divided into G and H in 2024.
    fn book() -> AreaBook {
        let (first, second) = ("2022-07-01", "2024-07-01");
        let areas = vec![
            ward("A", None, Some(first)),
            ward("B", None, Some(first)),
            ward("C", Some(first), Some(second)),
            ward("D", None, Some(second)),
            ward("E", Some(second), None),
            ward("F", None, Some(second)),
            ward("G", Some(second), None),
            ward("H", Some(second), None),
        ];
        let next = |before: &str, after: &str, kind, date: &str| Succession {
            predecessor: before.to_owned(),
            successor: after.to_owned(),
            kind,
            effective_on: day(date),
            instrument: "made up".to_owned(),
        };
        let merged = [("A", "C", first), ("B", "C", first), ("C", "E", second), ("D", "E", second)];
        let split = [("F", "G", second), ("F", "H", second)];
        let merged = merged.map(|(before, after, date)| next(before, after, SuccessionKind::Merged, date));
        let split = split.map(|(before, after, date)| next(before, after, SuccessionKind::Split, date));
        AreaBook::new(areas, merged.into_iter().chain(split).collect())
    }

    fn carried(from: &str, date: &str) -> Option<String> {
        let book = book();
        let keys: Vec<_> = from.split(' ').map(|id| book.find(id).unwrap()).collect();
        let ids = |keys: Vec<AreaKey>| keys.iter().map(|key| book.get(*key).unwrap().id.clone()).collect::<Vec<_>>();
        book.carried(&keys, day(date)).map(|found| ids(found).join(" "))
    }

    #[test]
    fn the_ground_of_a_merger_is_that_of_all_that_went_into_it() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(carried("E", "2024-07-01"), some("E"));
        assert_eq!(carried("E", "2024-06-30"), some("C D"));
        assert_eq!(carried("E", "2020-01-01"), some("A B D"), "over two mergers");
        assert_eq!(carried("A B D", "2025-01-01"), some("E"), "and forward");
        assert_eq!(carried("A B", "2023-01-01"), some("C"));
    }

    #[test]
    fn ground_that_somebody_else_shares_cannot_be_told_apart() {
        assert_eq!(carried("A", "2023-01-01"), None, "C has the ground of B as well");
        assert_eq!(carried("A B", "2025-01-01"), None, "E has the ground of D as well");
        assert_eq!(carried("G", "2023-01-01"), None, "F had the ground of H as well");
        assert_eq!(carried("G H", "2023-01-01"), Some("F".to_owned()));
        assert_eq!(carried("F", "2025-01-01"), Some("G H".to_owned()), "the parts of a whole are the whole");
    }

    #[test]
    fn wards_that_merge_within_an_area_leave_its_ground_as_it_is() {
        let book = book();
        let differs = |id: &str, from: &str, to: &str| book.ground_differs(book.find(id).unwrap(), day(from), day(to));
        assert!(differs("E", "2024-06-30", "2024-07-01"), "a ward that was not there before");
        assert!(!differs("E", "2024-07-01", "2025-07-01") && !differs("D", "2022-06-30", "2022-07-01"));
    }
}
