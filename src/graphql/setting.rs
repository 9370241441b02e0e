//! Deadlines, locks and targets that areas set.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};
use chrono::NaiveDate;

use super::area::Area;
use super::scalar::{Count, Instant, Word};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::deadline::DeadlineSource;
use crate::domain::indicator::Unit;
use crate::domain::quarter::Quarter;
use crate::service::{deadline, lock, target};
use crate::snapshot::Snapshot;

/// An area as it was at a quarter's cut-off.
fn named(snapshot: &Arc<Snapshot>, key: AreaKey, quarter: Quarter) -> Area {
    Area { snapshot: Arc::clone(snapshot), key, on: Some(snapshot.calendar().cut_off(quarter)) }
}

/// The last day in time, of one level.
#[derive(SimpleObject)]
pub struct Deadline {
    /// Whose reports.
    level: Word<Level>,
    /// The last day in time.
    due_on: NaiveDate,
    /// Where it comes from.
    source: Word<DeadlineSource>,
    /// The area that set it, or the ward that was given it.
    set_by: Option<Area>,
    /// Why.
    reason: Option<String>,
}

/// A ward that was given longer.
#[derive(SimpleObject)]
pub struct DeadlineExtension {
    /// The ward.
    area: Area,
    /// Its last day in time.
    due_on: NaiveDate,
    /// Why.
    reason: Option<String>,
}

/// The deadlines of an area for a quarter.
pub struct AreaDeadlines(pub(super) deadline::Board);

/// Hạn nộp / the deadlines of an area for a quarter, as of now.
#[Object]
impl AreaDeadlines {
    /// The area, at the quarter's cut-off.
    async fn area(&self) -> Area {
        named(&self.0.snapshot, self.0.area, self.0.quarter)
    }

    /// The quarter.
    async fn quarter(&self) -> String {
        self.0.quarter.to_string()
    }

    /// By level, from the lowest.
    async fn deadlines(&self) -> Vec<Deadline> {
        let board = &self.0;
        let levels = board.levels.iter().map(|(level, deadline)| Deadline {
            level: Word(*level),
            due_on: deadline.due_on,
            source: Word(deadline.source),
            set_by: deadline.area.map(|key| named(&board.snapshot, key, board.quarter)),
            reason: deadline.reason.clone(),
        });
        levels.collect()
    }

    /// Wards within the area that were given longer.
    async fn extensions(&self) -> Vec<DeadlineExtension> {
        let board = &self.0;
        let extensions = board.extensions.iter().map(|(ward, deadline)| DeadlineExtension {
            area: named(&board.snapshot, *ward, board.quarter),
            due_on: deadline.due_on,
            reason: deadline.reason.clone(),
        });
        extensions.collect()
    }

    /// The revision at which any of this was set or taken back last; null where nothing ever was.
    async fn revision(&self) -> Option<Count> {
        self.0.revision.map(Count)
    }

    /// What `ifMatch` takes, quotes included.
    async fn etag(&self) -> &str {
        &self.0.etag
    }
}

/// Whether a quarter is locked for an area.
pub struct AreaLock(pub(super) lock::Board);

/// Khóa sổ / whether a quarter is locked for an area, as of now.
#[Object]
impl AreaLock {
    /// The area, at the quarter's cut-off.
    async fn area(&self) -> Area {
        named(&self.0.snapshot, self.0.area, self.0.quarter)
    }

    /// The quarter.
    async fn quarter(&self) -> String {
        self.0.quarter.to_string()
    }

    /// Whether reports may no longer change.
    async fn locked(&self) -> bool {
        self.0.locked
    }

    /// The area that locked it: this one or one above it; null where it is open, or locked for everybody.
    async fn locked_by(&self) -> Option<Area> {
        self.0.lock.as_ref().map(|(by, _)| named(&self.0.snapshot, *by, self.0.quarter))
    }

    /// Since when.
    async fn locked_at(&self) -> Option<Instant> {
        self.0.lock.as_ref().map(|(_, lock)| Instant(lock.locked_at.and_utc()))
    }

    /// Why.
    async fn reason(&self) -> Option<&str> {
        self.0.lock.as_ref().map(|(_, lock)| lock.reason.as_str())
    }

    /// The revision at which it was locked or opened last; null where it never was.
    async fn revision(&self) -> Option<Count> {
        self.0.revision.map(Count)
    }

    /// What `ifMatch` takes, quotes included.
    async fn etag(&self) -> &str {
        &self.0.etag
    }
}

/// A target that an area set for a year.
#[derive(SimpleObject)]
pub struct AreaTarget {
    /// The area, as it was at the end of the year, or was last.
    area: Area,
    /// The indicator's code.
    indicator: String,
    /// What it is counted in.
    unit: Word<Unit>,
    /// The year.
    reference_period: String,
    /// The target.
    value: f64,
    /// The revision that set it.
    revision: Count,
}

/// Targets that areas set.
pub struct TargetList(pub(super) target::Board);

/// Chỉ tiêu giao / the targets that a question finds, as of now.
#[Object]
impl TargetList {
    /// By year, area and indicator.
    async fn items(&self) -> Vec<AreaTarget> {
        let snapshot = &self.0.snapshot;
        let item = |target: &target::Target| {
            let indicator = snapshot.catalogue().get(target.indicator)?;
            let on = NaiveDate::from_ymd_opt(target.year, 12, 31);
            Some(AreaTarget {
                area: Area { snapshot: Arc::clone(snapshot), key: target.area, on },
                indicator: indicator.code.clone(),
                unit: indicator.unit.into(),
                reference_period: target.year.to_string(),
                value: target.value.to_f64(),
                revision: Count(target.revision),
            })
        };
        self.0.targets.iter().filter_map(item).collect()
    }

    /// The revision at which any of these was set or taken back last; null where none ever was.
    async fn revision(&self) -> Option<Count> {
        self.0.revision.map(Count)
    }

    /// What `ifMatch` takes, quotes included, where area, indicator and year were all given.
    async fn etag(&self) -> &str {
        &self.0.etag
    }
}
