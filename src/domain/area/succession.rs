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
