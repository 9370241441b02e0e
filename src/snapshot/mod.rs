//! What is published at one revision, in memory: immutable, shared, swapped whole.
//!
//! Reads of published data answer from here and never touch the database. A refresh copies only the quarters that a
//! publication touched; everything else is shared with the snapshot before.

mod current;
mod load;
mod looks;
mod past;
mod progress;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDateTime;
use quick_cache::sync::Cache;

pub use current::{Current, Served};
pub use progress::Progress;

use crate::domain::aggregate::{Aggregate, Published, ValueKey};
use crate::domain::area::{AreaBook, AreaKey};
use crate::domain::calendar::{Calendar, Level, date_in_vietnam};
use crate::domain::deadline::Deadline;
use crate::domain::decimal::Decimal;
use crate::domain::figures::Column;
use crate::domain::indicator::{Catalogue, IndicatorKey, Nature, Span};
use crate::domain::observation::{Operator, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;

/// A published figure as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFigure {
    /// The ward.
    pub ward: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// The indicator.
    pub indicator: IndicatorKey,
    /// What it claims to be.
    pub nature: Nature,
    /// The value or a bound of it.
    pub operator: Operator,
    /// The number as printed.
    pub value: Decimal,
    /// What stretch of time it is about.
    pub span: Span,
    /// Where it comes from.
    pub origin: Origin,
    /// How people were asked.
    pub method: Option<SurveyMethod>,
    /// The year of a figure that is not the quarter's own.
    pub reference_period: Option<Box<str>>,
    /// The project that it is about.
    pub project: Option<Box<str>>,
    /// Whether it was generated.
    pub synthetic: bool,
    /// Whether it stands under an open error.
    pub contested: bool,
    /// Mentions, instruction and note, as JSON.
    pub detail: Option<Box<str>>,
}

/// A published report, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportMark {
    /// The number of the version.
    pub version: i32,
    /// How often it was written.
    pub edits: i64,
    /// Whether it came from a file.
    pub imported: bool,
    /// Whether its figures were generated.
    pub synthetic: bool,
    /// The revision that published it.
    pub revision: i64,
    /// When the ward sent it; nothing where that is not on record.
    pub submitted_at: Option<NaiveDateTime>,
    /// When it was published.
    pub published_at: NaiveDateTime,
}

/// One quarter: the reports, their figures as rows, and the columns that aggregates sum.
#[derive(Debug, Clone, Default)]
pub struct QuarterChunk {
    reports: BTreeMap<AreaKey, ReportMark>,
    reported: Vec<bool>,
    figures: BTreeMap<AreaKey, Arc<[PublishedFigure]>>,
    /// By [`column_index`], so that finding one costs no hashing.
    columns: Vec<Option<Arc<Column>>>,
}

/// Where the column of an indicator and a nature stands.
fn column_index(indicator: IndicatorKey, nature: Nature) -> usize {
    let nature = Nature::ALL.iter().position(|known| *known == nature).unwrap_or_default();
    indicator.position() * Nature::ALL.len() + nature
}

/// Everything published at a revision.
#[derive(Debug)]
pub struct Snapshot {
    /// The line of revisions.
    pub epoch: String,
    /// The revision.
    pub revision: i64,
    /// The last revision at which areas, catalogue or windows changed, as far as these are known here: a past snapshot
    /// has the present's.
    pub catalogue_revision: i64,
    areas: Arc<AreaBook>,
    catalogue: Arc<Catalogue>,
    calendar: Arc<Calendar>,
    targets: HashMap<(AreaKey, IndicatorKey, i32), Decimal>,
    quarters: BTreeMap<Quarter, Arc<QuarterChunk>>,
    /// Values of single quarters that were computed from this snapshot, the most asked for.
    values: Option<Cache<ValueKey, Arc<Aggregate>>>,
}

impl Snapshot {
    /// The same snapshot, remembering so many values of quarters (about a kilobyte each).
    pub(super) fn remembering(self, values: usize) -> Self {
        Self { values: (values > 0).then(|| Cache::new(values)), ..self }
    }

    /// The quarters for which anything is published, in order.
    pub fn quarters(&self) -> impl DoubleEndedIterator<Item = Quarter> {
        self.quarters.keys().copied()
    }

    /// The published report of a ward's quarter.
    #[must_use]
    pub fn report(&self, ward: AreaKey, quarter: Quarter) -> Option<ReportMark> {
        self.quarters.get(&quarter)?.reports.get(&ward).copied()
    }

    /// The published reports of a quarter, by ward.
    pub fn reports(&self, quarter: Quarter) -> impl Iterator<Item = (AreaKey, ReportMark)> {
        self.quarters
            .get(&quarter)
            .into_iter()
            .flat_map(|chunk| chunk.reports.iter().map(|(ward, mark)| (*ward, *mark)))
    }

    /// Until when a report of a level is in time for an area: its extension, else its town's date, else the decree's.
    #[must_use]
    pub fn deadline(&self, area: AreaKey, quarter: Quarter, level: Level) -> Option<Deadline> {
        self.calendar.deadline_of(&self.areas, area, quarter, level)
    }

    /// Whether a ward's reports for a quarter may no longer change, as of this revision; a transaction that changes one
    /// asks [`crate::db::calendar::locked`].
    #[must_use]
    pub fn locked(&self, ward: AreaKey, quarter: Quarter) -> bool {
        self.calendar.is_locked_for(&self.areas, ward, quarter)
    }

    /// Whether a report came by its ward's deadline, whose day is Vietnam's; nothing where either is not on record.
    #[must_use]
    pub fn in_time(&self, ward: AreaKey, quarter: Quarter, mark: ReportMark) -> Option<bool> {
        self.came_in_time(ward, quarter, mark.submitted_at?)
    }

    /// Whether an instant, in UTC, is by a ward's deadline.
    #[must_use]
    pub fn came_in_time(&self, ward: AreaKey, quarter: Quarter, submitted_at: NaiveDateTime) -> Option<bool> {
        let due = self.deadline(ward, quarter, Level::Ward)?;
        Some(date_in_vietnam(submitted_at.and_utc()) <= due.due_on)
    }

    /// The published figures of a ward's quarter, in the order of its report.
    #[must_use]
    pub fn figures(&self, ward: AreaKey, quarter: Quarter) -> &[PublishedFigure] {
        self.quarters.get(&quarter).and_then(|chunk| chunk.figures.get(&ward)).map_or(&[], |figures| figures)
    }

    /// The wards that have published figures in a quarter.
    pub fn wards_with_figures(&self, quarter: Quarter) -> impl Iterator<Item = AreaKey> {
        self.quarters.get(&quarter).into_iter().flat_map(|chunk| chunk.figures.keys().copied())
    }

    /// How many figures are published.
    #[must_use]
    pub fn figure_count(&self) -> usize {
        self.quarters.values().flat_map(|chunk| chunk.figures.values()).map(|figures| figures.len()).sum()
    }

    /// About how many bytes the figures take, as rows and as columns, without what the allocator adds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts = |figure: &PublishedFigure| {
            [&figure.reference_period, &figure.project, &figure.detail]
                .into_iter()
                .flatten()
                .map(|text| text.len())
                .sum::<usize>()
        };
        let rows = |figures: &Arc<[PublishedFigure]>| {
            size_of_val::<[PublishedFigure]>(figures) + figures.iter().map(texts).sum::<usize>()
        };
        let chunk = |chunk: &Arc<QuarterChunk>| {
            let columns = chunk.columns.iter().flatten().map(|column| column.bytes()).sum::<usize>();
            columns + chunk.figures.values().map(rows).sum::<usize>()
        };
        self.quarters.values().map(chunk).sum()
    }
}

impl Published for Snapshot {
    fn areas(&self) -> &AreaBook {
        &self.areas
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn column(&self, quarter: Quarter, indicator: IndicatorKey, nature: Nature) -> Option<&Column> {
        self.quarters.get(&quarter)?.columns.get(column_index(indicator, nature))?.as_deref()
    }

    fn reported(&self, quarter: Quarter) -> &[bool] {
        self.quarters.get(&quarter).map_or(&[], |chunk| &chunk.reported)
    }

    fn remembered(&self, key: ValueKey) -> Option<Arc<Aggregate>> {
        self.values.as_ref()?.get(&key)
    }

    fn remember(&self, key: ValueKey, value: &Arc<Aggregate>) {
        if let Some(values) = &self.values {
            values.insert(key, Arc::clone(value));
        }
    }

    fn set_target(&self, area: AreaKey, indicator: IndicatorKey, year: i32) -> Option<Decimal> {
        self.targets.get(&(area, indicator, year)).copied()
    }

    fn reported_target(&self, ward: AreaKey, indicator: IndicatorKey, year: i32) -> Option<Decimal> {
        let year_text = year.to_string();
        let states = |figure: &&PublishedFigure| {
            figure.indicator == indicator
                && figure.nature == Nature::Target
                && !figure.operator.is_bound()
                && figure.project.is_none()
                && figure.reference_period.as_deref() == Some(year_text.as_str())
        };
        // A target is stated once and holds for every quarter of its year; the latest statement counts.
        let (first, last) = (Quarter::new(year, 1)?, Quarter::new(year, 4)?);
        first
            .through(last)
            .rev()
            .filter(|quarter| self.column(*quarter, indicator, Nature::Target).is_some())
            .find_map(|quarter| self.figures(ward, quarter).iter().find(states))
            .map(|figure| figure.value)
    }
}
