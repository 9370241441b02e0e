//! Which wards' figures stand for an area in a quarter: as they reported, or within the boundaries of another day.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use chrono::NaiveDate;

use super::Published;
use crate::domain::area::AreaKey;

/// A list of wards, in the order of the book.
#[derive(Debug, Clone)]
pub(super) enum Wards<'a> {
    /// One that the book keeps.
    Kept(&'a [AreaKey]),
    /// One that was found for the boundaries of a day.
    Carried(Rc<[AreaKey]>),
    /// A ward as it is.
    Itself([AreaKey; 1]),
}

impl Default for Wards<'_> {
    fn default() -> Self {
        Self::Kept(&[])
    }
}

impl Deref for Wards<'_> {
    type Target = [AreaKey];

    fn deref(&self) -> &[AreaKey] {
        match self {
            Self::Kept(wards) => wards,
            Self::Carried(wards) => wards,
            Self::Itself(ward) => ward,
        }
    }
}

/// An area or a ward, and a stretch of time in which no area changes.
type Place = (AreaKey, usize);
/// What was found for a place; nothing where the ground cannot be told apart.
type Found = RefCell<HashMap<Place, Option<Rc<[AreaKey]>>>>;

/// The boundaries of one query.
pub(super) struct Territory<'a, P: Published> {
    pub source: &'a P,
    /// The day whose boundaries hold for every quarter; nothing where each quarter has its own.
    pub boundaries: Option<NaiveDate>,
    areas: Found,
    wards: Found,
}

impl<'a, P: Published> Territory<'a, P> {
    pub(super) fn new(source: &'a P, boundaries: Option<NaiveDate>) -> Self {
        Self { source, boundaries, areas: Found::default(), wards: Found::default() }
    }

    /// The day as of which areas are shown and broken down for a quarter with that cut-off.
    pub(super) fn as_of(&self, cut_off: NaiveDate) -> NaiveDate {
        self.boundaries.unwrap_or(cut_off)
    }

    /// The wards that report for an area at a cut-off; nothing where one of them has more ground than the area.
    pub(super) fn wards(&self, area: AreaKey, cut_off: NaiveDate) -> Option<Wards<'a>> {
        let areas = self.source.areas();
        let members = areas.members(area, self.as_of(cut_off));
        let Some(day) = self.boundaries else { return Some(Wards::Kept(members)) };
        if areas.era(day) == areas.era(cut_off) {
            return Some(Wards::Kept(members));
        }
        self.find(&self.areas, area, members, cut_off)
    }

    /// The wards that had a ward's ground at an earlier cut-off: where quarters have their own boundaries, only itself.
    pub(super) fn before(&self, ward: AreaKey, cut_off: NaiveDate) -> Option<Wards<'a>> {
        let exists = || self.source.areas().get(ward).is_some_and(|area| area.on(cut_off).is_some());
        if self.boundaries.is_none() || exists() {
            return Some(Wards::Itself([ward]));
        }
        self.find(&self.wards, ward, &[ward], cut_off)
    }

    fn find(&self, known: &Found, key: AreaKey, wards: &[AreaKey], cut_off: NaiveDate) -> Option<Wards<'a>> {
        let areas = self.source.areas();
        let place = (key, areas.era(cut_off));
        if let Some(found) = known.borrow().get(&place) {
            return found.clone().map(Wards::Carried);
        }
        let found: Option<Rc<[AreaKey]>> = areas.carried(wards, cut_off).map(Into::into);
        known.borrow_mut().insert(place, found.clone());
        found.map(Wards::Carried)
    }
}
