//! How far a quarter's reporting has come: for everybody from what is published, and of reports that are not, what the
//! policy lets the caller know.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::App;
use super::actor::reaches;
use super::read::{area, quarter as read_quarter};
use crate::db::progress::{Working, working};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::deadline::{Deadline, DeadlineSource};
use crate::domain::policy::{Action, Caller, Scope, authorize};
use crate::domain::progress::{Reporting, Standing, days_left, reporting};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::Result;
use crate::snapshot::Snapshot;

/// One ward's report.
#[derive(Debug, Clone)]
pub struct WardProgress {
    /// The ward.
    pub ward: AreaKey,
    /// Until when it is in time.
    pub deadline: Option<Deadline>,
    /// Days until then, negative once it has passed; nothing once the report has come, as far as the caller may know.
    pub days_left: Option<i64>,
    /// Whether it is published.
    pub published: bool,
    /// How far it has come: published, or of a version that is not, what the caller may know; nothing otherwise.
    pub status: Option<ReportStatus>,
    /// When the ward submitted it, in UTC; nothing where that is not on record or not for the caller.
    pub submitted_at: Option<NaiveDateTime>,
    /// Whether it came in time; nothing where it has not come, or that is not on record or not for the caller.
    pub in_time: Option<bool>,
    /// Whether it is late: it came late, or has not come and its deadline has passed.
    pub late: Option<bool>,
}

impl WardProgress {
    /// Whether the ward was given longer than the others.
    #[must_use]
    pub fn extended(&self) -> bool {
        self.deadline.as_ref().is_some_and(|deadline| deadline.source == DeadlineSource::Extension)
    }
}

/// A quarter's reporting in an area.
#[derive(Debug, Clone)]
pub struct Progress {
    /// What names are read from.
    pub snapshot: Arc<Snapshot>,
    /// The area.
    pub area: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// The counts, from what is published.
    pub reporting: Reporting,
    /// Every expected ward.
    pub wards: Vec<WardProgress>,
}

/// The counts of an area for a quarter, from what is published.
#[must_use]
pub fn published_reporting(snapshot: &Snapshot, area: AreaKey, quarter: Quarter) -> Reporting {
    let wards = snapshot.areas().members(area, snapshot.calendar().cut_off(quarter));
    let standings: Vec<_> = wards.iter().map(|ward| standing(snapshot, *ward, quarter)).collect();
    reporting(&standings)
}

fn standing(snapshot: &Snapshot, ward: AreaKey, quarter: Quarter) -> Standing {
    let mark = snapshot.report(ward, quarter);
    Standing { published: mark.is_some(), in_time: mark.and_then(|mark| snapshot.in_time(ward, quarter, mark)) }
}

/// Reads how far a quarter's reporting has come, as of now. It follows the clock and the drafts, so nobody may keep it.
///
/// # Errors
/// What the policy table refuses, and what is wrong with the area or the quarter.
pub async fn progress(
    app: &App,
    caller: &Caller,
    (quarter_parameter, quarter): (&str, &str),
    area_code: &str,
) -> Result<Progress> {
    let snapshot = app.snapshots.read(caller, Action::FiguresRead)?;
    let today = app.clock.today();
    let quarter = read_quarter(&snapshot, today, quarter_parameter, quarter)?;
    let cut_off = snapshot.calendar().cut_off(quarter);
    let (_, area) = area(&snapshot, "area", area_code, Some(cut_off))?;
    let members = snapshot.areas().members(area, cut_off);
    let known = unpublished(app, caller, &snapshot, quarter, members).await?;
    let of = |ward: &AreaKey| {
        let deadline = snapshot.deadline(*ward, quarter, Level::Ward);
        let mark = snapshot.report(*ward, quarter);
        let working = known.get(ward);
        let status = working.map(|working| working.status).or(mark.map(|_| ReportStatus::Published));
        // A version that was sent back or is being written has not come, whatever was submitted before.
        let sent = working.filter(|working| matches!(working.status, ReportStatus::Submitted | ReportStatus::Approved));
        let came = mark.is_some() || sent.is_some();
        let submitted_at = match mark {
            Some(mark) => mark.submitted_at,
            None => sent.and_then(|working| working.submitted_at),
        };
        let in_time = submitted_at.and_then(|instant| snapshot.came_in_time(*ward, quarter, instant));
        let left = deadline.as_ref().map(|deadline| days_left(today, deadline.due_on));
        WardProgress {
            ward: *ward,
            days_left: left.filter(|_| !came),
            published: mark.is_some(),
            status,
            submitted_at,
            in_time,
            late: if came { in_time.map(|in_time| !in_time) } else { left.map(|left| left < 0) },
            deadline,
        }
    };
    let wards = members.iter().map(of).collect();
    let reporting = published_reporting(&snapshot, area, quarter);
    Ok(Progress { snapshot, area, quarter, reporting, wards })
}

/// Of the reports that are not published, those that the policy lets the caller read.
async fn unpublished(
    app: &App,
    caller: &Caller,
    snapshot: &Arc<Snapshot>,
    quarter: Quarter,
    members: &[AreaKey],
) -> Result<HashMap<AreaKey, Working>> {
    let action = Action::UnpublishedReportRead;
    let Ok(granted) = authorize(caller, action) else { return Ok(HashMap::new()) };
    if !members.iter().any(|ward| reaches(snapshot, &granted, *ward, quarter)) {
        return Ok(HashMap::new());
    }
    let snapshot = Arc::clone(snapshot);
    let read = move |conn: &mut crate::db::Conn, scope: &Scope| {
        let seen = |found: &Working| !matches!(scope, Scope::Submitted(_)) || found.was_submitted;
        let rows = working(conn, Some(quarter))?.into_iter().filter(seen);
        let keyed = rows.filter_map(|found| Some((AreaKey::new(found.area)?, found)));
        Ok(keyed.filter(|(ward, _)| reaches(&snapshot, scope, *ward, quarter)).collect())
    };
    app.store.read(caller, action, read).await
}
