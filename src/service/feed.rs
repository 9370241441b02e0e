//! The change feed: everything that was published, in the order in which it was, from wherever a reader stands.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::App;
use super::read::{area, indicator, kept_quarter};
use crate::db::feed::{Changed, FeedRow, changes, published_at};
use crate::db::head::current_head;
use crate::db::publication::PublishedReport;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::deadline::{SetDeadline, SetLock};
use crate::domain::decimal::Decimal;
use crate::domain::feed::{ChangeKind, ChangeVerb, FeedCursor, Position};
use crate::domain::indicator::IndicatorKey;
use crate::domain::policy::{Action, Caller};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::{PublishedFigure, Snapshot};
use crate::text;

/// The longest page of the feed.
pub const MAX_CHANGES: usize = 1_000;
/// The length of a page where the reader does not say.
pub const DEFAULT_CHANGES: usize = 200;

/// What changed. What is nothing was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Areas, indicators or reporting windows.
    Catalogue,
    /// A ward's report for a quarter.
    Report(AreaKey, Quarter, Option<PublishedReport>),
    /// A target of an area, for an indicator and a year.
    Target(AreaKey, IndicatorKey, i32, Option<Decimal>),
    /// A date that an area set for a quarter.
    Deadline(AreaKey, Quarter, Level, Option<SetDeadline>),
    /// A quarter that an area locked.
    Lock(AreaKey, Quarter, Option<SetLock>),
    /// A figure that is published.
    Figure(Box<PublishedFigure>),
    /// A figure as it was until it was withdrawn.
    WithdrawnFigure(Box<PublishedFigure>),
}

impl What {
    /// What the change is about, and what became of it.
    #[must_use]
    pub fn section(&self) -> (ChangeKind, ChangeVerb) {
        let verb = |set: bool| if set { ChangeVerb::Set } else { ChangeVerb::Withdrawn };
        match self {
            Self::Catalogue => (ChangeKind::Catalogue, ChangeVerb::Set),
            Self::Report(.., report) => (ChangeKind::Report, verb(report.is_some())),
            Self::Target(.., value) => (ChangeKind::Target, verb(value.is_some())),
            Self::Deadline(.., set) => (ChangeKind::Deadline, verb(set.is_some())),
            Self::Lock(.., set) => (ChangeKind::Lock, verb(set.is_some())),
            Self::Figure(_) => (ChangeKind::Observation, ChangeVerb::Set),
            Self::WithdrawnFigure(_) => (ChangeKind::Observation, ChangeVerb::Withdrawn),
        }
    }

    fn area(&self) -> Option<AreaKey> {
        match self {
            Self::Catalogue => None,
            Self::Report(area, ..) | Self::Target(area, ..) | Self::Deadline(area, ..) | Self::Lock(area, ..) => {
                Some(*area)
            }
            Self::Figure(figure) | Self::WithdrawnFigure(figure) => Some(figure.ward),
        }
    }

    fn quarter(&self) -> Option<Quarter> {
        match self {
            Self::Catalogue | Self::Target(..) => None,
            Self::Report(_, quarter, _) | Self::Deadline(_, quarter, ..) | Self::Lock(_, quarter, _) => Some(*quarter),
            Self::Figure(figure) | Self::WithdrawnFigure(figure) => Some(figure.quarter),
        }
    }

    fn indicator(&self) -> Option<IndicatorKey> {
        match self {
            Self::Target(_, indicator, ..) => Some(*indicator),
            Self::Figure(figure) | Self::WithdrawnFigure(figure) => Some(figure.indicator),
            _ => None,
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where a reader stands who has taken it.
    pub at: Position,
    /// When its revision was published.
    pub published_at: DateTime<Utc>,
    /// What changed.
    pub what: What,
}

/// What the feed is narrowed by, as written: a change passes that names nothing else.
#[derive(Debug, Clone, Default)]
pub struct FeedQuestion {
    /// Only this ward's, by its code.
    pub ward: Option<String>,
    /// Only this quarter's.
    pub quarter: Option<String>,
    /// Only this indicator's.
    pub indicator: Option<String>,
}

/// The same, as keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeedFilter {
    ward: Option<AreaKey>,
    quarter: Option<Quarter>,
    indicator: Option<IndicatorKey>,
}

impl FeedQuestion {
    /// Reads the names.
    ///
    /// # Errors
    /// What is wrong with a name.
    pub fn read(&self, snapshot: &Snapshot) -> Result<FeedFilter> {
        let quarter = self.quarter.as_deref().map(|text| kept_quarter("quarter", text)).transpose()?;
        let on = quarter.map(|quarter| snapshot.calendar().cut_off(quarter));
        let ward = self.ward.as_deref().map(|code| area(snapshot, "ward", code, on).map(|(_, key)| key)).transpose()?;
        let code = self.indicator.as_deref();
        Ok(FeedFilter {
            ward,
            quarter,
            indicator: code.map(|code| indicator(snapshot, "indicator", code)).transpose()?,
        })
    }
}

impl FeedFilter {
    fn passes(&self, what: &What) -> bool {
        fn same<T: PartialEq>(wanted: Option<T>, named: Option<T>) -> bool {
            wanted.is_none() || named.is_none() || wanted == named
        }
        same(self.ward, what.area()) && same(self.quarter, what.quarter()) && same(self.indicator, what.indicator())
    }
}

/// A page of the feed.
#[derive(Debug)]
pub struct FeedPage {
    /// What names are read from; its revision is the newest that the page knows of.
    pub snapshot: Arc<Snapshot>,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// Where to go on.
    pub next: Position,
    /// Whether there is more by now.
    pub has_more: bool,
    /// The last revision that a reader has whole who took everything up to here.
    pub through: i64,
}

impl FeedPage {
    /// Whether the page ends where a revision does.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.next.is_behind()
    }
}

/// The snapshot that a cursor's page is told from: one that knows the cursor's revision.
async fn snapshot_for(
    app: &App,
    caller: &Caller,
    snapshot: &Arc<Snapshot>,
    cursor: &FeedCursor,
) -> Result<Arc<Snapshot>> {
    let behind = |snapshot: &Snapshot| cursor.position.revision > snapshot.revision;
    let foreign = |snapshot: &Snapshot| cursor.epoch.as_ref().is_some_and(|epoch| *epoch != snapshot.epoch);
    if !behind(snapshot) && !foreign(snapshot) {
        return Ok(Arc::clone(snapshot));
    }
    app.snapshots.refresh(&app.store).await?;
    let newest = app.snapshots.read(caller, Action::ChangesRead)?;
    if !behind(&newest) && !foreign(&newest) {
        return Ok(newest);
    }
    let (epoch, revision) = (&newest.epoch, newest.revision);
    let detail = text!(
        "Con trỏ thuộc một dòng công bố khác, hoặc đi trước lần mới nhất ({epoch}.{revision}). Hãy đồng bộ lại từ after=0.",
        "The cursor is of another epoch, or ahead of what is published ({epoch}.{revision}). Start again from after=0."
    );
    Err(Error::parameter(Code::ResyncRequired, "after", detail))
}

/// Reads the feed behind a cursor, at most `limit` changes, which a filter thins out.
///
/// # Errors
/// What the policy table refuses, `resyncRequired` for a cursor that this line of revisions does not have, what is wrong with
/// a name, and `unavailable` where the database is away.
pub async fn read(
    app: &App,
    caller: &Caller,
    snapshot: &Arc<Snapshot>,
    cursor: &FeedCursor,
    question: &FeedQuestion,
    limit: usize,
) -> Result<FeedPage> {
    let snapshot = snapshot_for(app, caller, snapshot, cursor).await?;
    let filter = question.read(&snapshot)?;
    let after = cursor.position;
    let (epoch, until) = (snapshot.epoch.clone(), snapshot.revision);
    if after >= Position::behind(until) {
        let next = Position::behind(until);
        return Ok(FeedPage { snapshot, changes: Vec::new(), next, has_more: false, through: until });
    }
    let work = move |conn: &mut crate::db::Conn, _: &_| {
        if current_head(conn)?.epoch != epoch {
            return Err(Error::unavailable(1, "another epoch began meanwhile"));
        }
        let rows = changes(conn, after, until, limit + 1)?;
        let ends = rows.first().zip(rows.last()).map(|(first, last)| (first.at.revision, last.at.revision));
        let times = ends.map(|(first, last)| published_at(conn, first, last)).transpose()?.unwrap_or_default();
        Ok((rows, times))
    };
    let (mut rows, times) = app.store.read(caller, Action::ChangesRead, work).await?;
    let beyond = if rows.len() > limit { rows.pop() } else { None };
    let last = rows.last().map_or(after, |row| row.at);
    let (next, through) = match &beyond {
        None => (Position::behind(until), until),
        Some(beyond) if beyond.at.revision == last.revision => (last, last.revision - 1),
        Some(_) => (Position::behind(last.revision), last.revision),
    };
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let time = times.get(&row.at.revision).ok_or_else(|| Error::internal("a change of no revision"))?;
        let change = Change { at: row.at, published_at: time.and_utc(), what: what(row)? };
        if filter.passes(&change.what) {
            found.push(change);
        }
    }
    Ok(FeedPage { snapshot, changes: found, next, has_more: beyond.is_some(), through })
}

fn what(row: FeedRow) -> Result<What> {
    let area = |position: usize| AreaKey::new(position).ok_or_else(|| Error::internal("too many areas"));
    Ok(match row.changed {
        Changed::Catalogue => What::Catalogue,
        Changed::Report(ward, quarter, report) => What::Report(area(ward)?, quarter, report),
        Changed::Target(of, indicator, year, value) => {
            let indicator = IndicatorKey::new(indicator).ok_or_else(|| Error::internal("too many indicators"))?;
            What::Target(area(of)?, indicator, year.parse().map_err(Error::internal)?, value)
        }
        Changed::Deadline(of, quarter, level, set) => What::Deadline(area(of)?, quarter, level, set),
        Changed::Lock(of, quarter, set) => What::Lock(area(of)?, quarter, set),
        Changed::Observation(figure, true) => What::WithdrawnFigure(Box::new(PublishedFigure::of(*figure)?)),
        Changed::Observation(figure, false) => What::Figure(Box::new(PublishedFigure::of(*figure)?)),
    })
}
