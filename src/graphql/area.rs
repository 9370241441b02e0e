//! Areas and how they follow one another.

use std::sync::Arc;

use async_graphql::{ID, Object};
use chrono::NaiveDate;

use super::scalar::Word;
use crate::domain::aggregate::Published as _;
use crate::domain::area::{self, AreaKey, AreaKind, AreaVersion, SuccessionKind};
use crate::snapshot::Snapshot;

/// An area as it was at a date.
#[derive(Clone)]
pub struct Area {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) key: AreaKey,
    pub(super) on: Option<NaiveDate>,
}

impl Area {
    fn version(&self) -> Option<&AreaVersion> {
        let area = self.snapshot.areas().get(self.key)?;
        self.on.map_or_else(|| area.latest(), |date| area.on_or_latest(date))
    }

    /// The area with an id, at a date.
    fn beside(&self, id: &str, on: Option<NaiveDate>) -> Option<Self> {
        Some(Self { snapshot: Arc::clone(&self.snapshot), key: self.snapshot.areas().find(id)?, on })
    }

    /// The neighbours that successions name.
    fn successions<'a>(
        &'a self,
        list: &'a [area::Succession],
        id: impl Fn(&'a area::Succession) -> &'a str + 'a,
    ) -> Vec<Succession> {
        let of = |succession: &'a area::Succession| {
            let area = self.beside(id(succession), Some(succession.effective_on))?;
            Some(Succession { area, succession: succession.clone() })
        };
        list.iter().filter_map(of).collect()
    }
}

/// Đơn vị hành chính / an administrative unit as it was at a date. Where a field takes `at`, or is about a quarter, that
/// date decides which code, name, kind and parent are shown; else the latest are.
#[Object]
impl Area {
    /// Stable over every change of code, name and kind.
    pub(super) async fn id(&self) -> ID {
        ID(self.snapshot.areas().get(self.key).map_or_else(String::new, |area| area.id.clone()))
    }

    /// The official code at that date.
    async fn code(&self) -> &str {
        self.version().map_or("", |version| &version.code)
    }

    /// The full name at that date.
    async fn name(&self) -> &str {
        self.version().map_or("", |version| &version.name)
    }

    /// What kind of unit it was.
    async fn kind(&self) -> Option<Word<AreaKind>> {
        Some(self.version()?.kind.into())
    }

    /// The first day of this code, name and kind; null where it is not on record.
    async fn valid_from(&self) -> Option<NaiveDate> {
        self.version()?.valid_from
    }

    /// The first day on which they no longer held.
    async fn valid_to(&self) -> Option<NaiveDate> {
        self.version()?.valid_to
    }

    /// What it belonged to at that date, else when this version last held.
    async fn parent(&self) -> Option<Area> {
        let (key, date) = self.snapshot.areas().parent_at(self.key, self.on)?;
        Some(Self { snapshot: Arc::clone(&self.snapshot), key, on: Some(date) })
    }

    /// What continues it.
    async fn successors(&self) -> Vec<Succession> {
        self.successions(self.snapshot.areas().successors(self.key), |next| &next.successor)
    }

    /// What it continues.
    async fn predecessors(&self) -> Vec<Succession> {
        self.successions(self.snapshot.areas().predecessors(self.key), |next| &next.predecessor)
    }
}

/// A succession, seen from one of its areas.
pub struct Succession {
    area: Area,
    succession: area::Succession,
}

/// The end of one area and the beginning of another.
#[Object]
impl Succession {
    /// The other area: the one that follows, or the one that went before.
    async fn area(&self) -> &Area {
        &self.area
    }

    /// How the earlier area ended.
    async fn kind(&self) -> Word<SuccessionKind> {
        self.succession.kind.into()
    }

    /// The first day of the later area.
    async fn effective_on(&self) -> NaiveDate {
        self.succession.effective_on
    }

    /// The resolution that ordered it.
    async fn instrument(&self) -> &str {
        &self.succession.instrument
    }
}
