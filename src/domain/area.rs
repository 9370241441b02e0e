//! Administrative units and their dated history.
//!
//! An area keeps its `id` while its code, name, kind or parent change; only a succession (merged, split) ends it.
//! Codes are reused: `07798` was Ninh Sơn until 2025-07-01 and is Vân Hà since. The key is (code, date), never the code.

mod reference;
mod succession;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

pub use reference::AreaRef;
pub use succession::{Succession, SuccessionKind};

use super::quarter::Quarter;
use super::text::fold;
use super::words::words;
use crate::error::{Code, Error, Result};
use crate::text;

words! {
    /// What kind of administrative unit an area is.
    AreaKind {
        /// Tỉnh.
        Province = "province",
        /// Huyện.
        District = "district",
        /// Thị xã.
        Town = "town",
        /// Phường.
        Ward = "ward",
        /// Xã.
        Commune = "commune",
        /// Thị trấn.
        Township = "township",
    }
}

impl AreaKind {
    /// Whether areas of this kind report: what the API calls a ward.
    #[must_use]
    pub const fn reports(self) -> bool {
        matches!(self, Self::Ward | Self::Commune | Self::Township)
    }
}

/// The position of an area in its [`AreaBook`]; dense, so that figures can be held in arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaKey(u32);

impl AreaKey {
    /// The key at a position.
    #[must_use]
    pub fn new(position: usize) -> Option<Self> {
        u32::try_from(position).ok().map(Self)
    }

    /// The position, for indexing arrays.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "u32 always fits usize on the 64-bit targets we build for")]
    pub const fn position(self) -> usize {
        self.0 as usize
    }
}

/// What an area was called, and what it belonged to, from a date until a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaVersion {
    /// The official code, such as `07792`.
    pub code: String,
    /// The full name, such as `Phường Quảng Minh`.
    pub name: String,
    /// What kind of unit it is.
    pub kind: AreaKind,
    /// The id of the area that it belongs to.
    pub parent: Option<String>,
    /// The first day on which this holds; nothing where the beginning is not on record.
    pub valid_from: Option<NaiveDate>,
    /// The first day on which this no longer holds.
    pub valid_to: Option<NaiveDate>,
}

impl AreaVersion {
    /// Whether this version holds on a date.
    #[must_use]
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date < to)
    }
}

/// An area with its whole history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Stable: the first code held and the ordinal of this holder, such as `07798-2`.
    pub id: String,
    /// In order of time, never overlapping, never empty.
    pub versions: Vec<AreaVersion>,
}

impl Area {
    /// The version that holds on a date.
    #[must_use]
    pub fn on(&self, date: NaiveDate) -> Option<&AreaVersion> {
        self.versions.iter().find(|version| version.holds_on(date))
    }

    /// The version that holds on a date, or the last where none does.
    #[must_use]
    pub fn on_or_latest(&self, date: NaiveDate) -> Option<&AreaVersion> {
        self.on(date).or_else(|| self.latest())
    }

    /// Whether it reports at any time.
    #[must_use]
    pub fn ever_reports(&self) -> bool {
        self.versions.iter().any(|version| version.kind.reports())
    }

    /// The last version, ended or not.
    #[must_use]
    pub fn latest(&self) -> Option<&AreaVersion> {
        self.versions.last()
    }
}

/// Every area, ready to be looked up by id, by code and date, by parent and by name.
#[derive(Debug, Default)]
pub struct AreaBook {
    areas: Vec<Area>,
    folded_names: Vec<Vec<String>>,
    by_id: HashMap<String, AreaKey>,
    by_code: HashMap<String, Vec<AreaKey>>,
    successors: HashMap<AreaKey, Vec<Succession>>,
    predecessors: HashMap<AreaKey, Vec<Succession>>,
    boundaries: Vec<NaiveDate>,
    members: HashMap<(AreaKey, usize), Arc<[AreaKey]>>,
}

impl AreaBook {
    /// Builds the book; the order of `areas` fixes their keys.
    #[must_use]
    pub fn new(areas: Vec<Area>, successions: Vec<Succession>) -> Self {
        let mut book = Self { areas, ..Self::default() };
        for (key, area) in book.areas.iter().enumerate().filter_map(|(at, area)| Some((AreaKey::new(at)?, area))) {
            book.by_id.insert(area.id.clone(), key);
            for version in &area.versions {
                let holders = book.by_code.entry(version.code.clone()).or_default();
                if !holders.contains(&key) {
                    holders.push(key);
                }
            }
            book.folded_names.push(area.versions.iter().map(|version| fold(&version.name)).collect());
        }
        for succession in successions {
            if let Some(key) = book.by_id.get(&succession.predecessor) {
                book.successors.entry(*key).or_default().push(succession.clone());
            }
            if let Some(key) = book.by_id.get(&succession.successor) {
                book.predecessors.entry(*key).or_default().push(succession);
            }
        }
        let versions = || book.areas.iter().flat_map(|area| &area.versions);
        let dates: BTreeSet<NaiveDate> =
            versions().flat_map(|version| [version.valid_from, version.valid_to]).flatten().collect();
        book.boundaries = dates.into_iter().collect();
        book.members = book.all_members();
        book
    }

    /// For each stretch of time between two boundary dates, who reports below each area.
    fn all_members(&self) -> HashMap<(AreaKey, usize), Arc<[AreaKey]>> {
        let mut members: HashMap<(AreaKey, usize), Vec<AreaKey>> = HashMap::new();
        for era in 0..=self.boundaries.len() {
            let Some(date) = self.first_day_of(era) else { continue };
            for (key, _) in self.iter().filter(|(_, area)| area.on(date).is_some_and(|version| version.kind.reports()))
            {
                let mut next = Some(key);
                // Depth is bounded so that a cycle in the data cannot hang the build.
                for _ in 0..8 {
                    let Some(ancestor) = next else { break };
                    members.entry((ancestor, era)).or_default().push(key);
                    next = self.parent(ancestor, date);
                }
            }
        }
        members.into_iter().map(|(key, wards)| (key, wards.into())).collect()
    }

    fn first_day_of(&self, era: usize) -> Option<NaiveDate> {
        match era.checked_sub(1) {
            None => self.boundaries.first().and_then(NaiveDate::pred_opt).or(Some(NaiveDate::MIN)),
            Some(boundary) => self.boundaries.get(boundary).copied(),
        }
    }

    fn parent(&self, key: AreaKey, date: NaiveDate) -> Option<AreaKey> {
        self.find(self.get(key)?.on(date)?.parent.as_deref()?)
    }

    /// What an area belonged to on a date, else as its latest version has it, with the date at which to show the parent.
    #[must_use]
    pub fn parent_at(&self, key: AreaKey, date: Option<NaiveDate>) -> Option<(AreaKey, NaiveDate)> {
        let area = self.get(key)?;
        let asked = date.and_then(|date| Some((area.on(date)?, date)));
        let latest = || {
            let version = area.latest()?;
            // Its last day, or any day from which nothing has changed since.
            let last = version.valid_to.and_then(|to| to.pred_opt()).unwrap_or(NaiveDate::MAX);
            Some((version, last))
        };
        let (version, date) = asked.or_else(latest)?;
        Some((self.find(version.parent.as_deref()?)?, date))
    }

    /// Every area with its key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (AreaKey, &Area)> {
        self.areas.iter().enumerate().filter_map(|(position, area)| Some((AreaKey::new(position)?, area)))
    }

    /// How many areas there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The area with that key.
    #[must_use]
    pub fn get(&self, key: AreaKey) -> Option<&Area> {
        self.areas.get(key.position())
    }

    /// The area with that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<AreaKey> {
        self.by_id.get(id).copied()
    }

    /// An area and those above it on a date, from the nearest.
    #[must_use]
    pub fn lineage(&self, key: AreaKey, date: NaiveDate) -> Vec<AreaKey> {
        let above = std::iter::successors(Some(key), |area| self.parent(*area, date));
        // Depth is bounded so that a cycle in the data cannot hang a request.
        above.take(8).collect()
    }

    /// The wards that belong to an area on a date, the area itself if it reports; in the order of the book.
    #[must_use]
    pub fn members(&self, key: AreaKey, date: NaiveDate) -> &[AreaKey] {
        self.members.get(&(key, self.era(date))).map_or(&[], |wards| wards)
    }

    /// The days on which anything about areas changed, in order.
    #[must_use]
    pub fn boundaries(&self) -> &[NaiveDate] {
        &self.boundaries
    }

    /// The stretch of time in which a date lies and nothing about areas changes.
    #[must_use]
    pub fn era(&self, date: NaiveDate) -> usize {
        self.boundaries.partition_point(|boundary| *boundary <= date)
    }

    /// Whether one of the names that an area has had contains the folded text.
    #[must_use]
    pub fn name_matches(&self, key: AreaKey, folded: &str) -> bool {
        self.folded_names.get(key.position()).is_some_and(|names| names.iter().any(|name| name.contains(folded)))
    }

    /// The holder of a code on a date.
    #[must_use]
    pub fn holder(&self, code: &str, date: NaiveDate) -> Option<AreaKey> {
        self.by_code
            .get(code)?
            .iter()
            .copied()
            .find(|key| self.get(*key).and_then(|area| area.on(date)).is_some_and(|version| version.code == code))
    }

    /// The latest area that held a code, ended or not.
    #[must_use]
    pub fn latest_holder(&self, code: &str) -> Option<AreaKey> {
        let begins = |key: &AreaKey| {
            let area = self.get(*key)?;
            area.versions.iter().filter(|version| version.code == code).filter_map(|version| version.valid_from).max()
        };
        self.by_code.get(code)?.iter().copied().max_by_key(begins)
    }

    /// The area that a reference means at a date: the holder on the date it names, else on `date`, else the latest.
    ///
    /// # Errors
    /// `areaNotFound` where nobody held the code then.
    pub fn resolve(&self, reference: &AreaRef, date: Option<NaiveDate>) -> Result<AreaKey> {
        match reference.on.or(date) {
            Some(date) => self.holder(&reference.code, date).ok_or_else(|| not_found(&reference.code, Some(date))),
            None => self.latest_holder(&reference.code).ok_or_else(|| not_found(&reference.code, None)),
        }
    }

    /// The area that a reference means over a range of quarters, given with their cut-off dates.
    ///
    /// # Errors
    /// `ambiguousArea` where the code passed from one area to another inside the range and the reference names no
    /// date; `areaNotFound` where nobody held it in the whole range.
    pub fn resolve_range(&self, reference: &AreaRef, cut_offs: &[(Quarter, NaiveDate)]) -> Result<AreaKey> {
        if reference.on.is_some() {
            return self.resolve(reference, None);
        }
        let mut holders: Vec<(AreaKey, NaiveDate)> = Vec::new();
        for (_, date) in cut_offs {
            if let Some(key) = self.holder(&reference.code, *date)
                && !holders.iter().any(|(holder, _)| *holder == key)
            {
                holders.push((key, *date));
            }
        }
        match holders.as_slice() {
            [] => Err(not_found(&reference.code, cut_offs.last().map(|(_, date)| *date))),
            [(key, _)] => Ok(*key),
            several => {
                let code = &reference.code;
                let choices =
                    several.iter().map(|(key, date)| self.describe(*key, *date)).collect::<Vec<_>>().join(", ");
                Err(Error::new(
                    Code::AmbiguousArea,
                    text!(
                        "Trong khoảng quý này mã {code} lần lượt thuộc nhiều đơn vị. Hãy viết rõ ngày: {choices}.",
                        "Within these quarters the code {code} belonged to several areas. Say which by a date: {choices}."
                    ),
                ))
            }
        }
    }

    fn describe(&self, key: AreaKey, date: NaiveDate) -> String {
        let version = self.get(key).and_then(|area| area.on(date));
        version.map_or_else(String::new, |version| {
            format!("{}@{} ({})", version.code, version.valid_from.unwrap_or(date), version.name)
        })
    }
}

fn not_found(code: &str, date: Option<NaiveDate>) -> Error {
    let detail = date.map_or_else(
        || text!("Không có đơn vị nào mang mã {code}.", "No area has or had the code {code}."),
        |date| text!("Ngày {date} không có đơn vị nào mang mã {code}.", "On {date} no area had the code {code}."),
    );
    Error::new(Code::AreaNotFound, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_area_is_shown_as_it_was_or_as_it_was_last() {
        let version = |name: &str, from: &str, to: &str| AreaVersion {
            code: "07792".to_owned(),
            name: name.to_owned(),
            kind: AreaKind::Ward,
            parent: None,
            valid_from: Some(day(from)),
            valid_to: Some(day(to)),
        };
        let mut area = Area {
            id: "07792-1".to_owned(),
            versions: vec![version("Xã", "1994-01-01", "2024-02-01"), version("Phường", "2024-02-01", "2025-07-01")],
        };
        for (date, name) in [
            ("1993-12-31", "Phường"),
            ("1994-01-01", "Xã"),
            ("2024-01-31", "Xã"),
            ("2024-02-01", "Phường"),
            ("2025-07-01", "Phường"),
        ] {
            assert_eq!(area.on_or_latest(day(date)).map(|version| version.name.as_str()), Some(name), "{date}");
        }
        area.versions.clear();
        assert_eq!(area.on_or_latest(day("2024-02-01")), None);
    }
}
