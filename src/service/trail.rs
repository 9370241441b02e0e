//! Reading the audit trail: a ward's people see their own ward's, the town's people what is within the town.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use super::App;
use super::actor::{ensure_reaches, out_of_reach, reaches};
use super::read::{area, kept_quarter, quarter as read_quarter};
use crate::db::Conn;
use crate::db::account::find_by_username;
use crate::db::trail::{Order, Recorded, TrailFilter, entries};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::{date_in_vietnam, start_of_day_in_vietnam};
use crate::domain::page::{CursorContext, DEFAULT_LIMIT};
use crate::domain::policy::{Action, Caller, Scope, authorize};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::Snapshot;
use crate::text;

/// How often more is read where what was read is not the caller's to see, before a page is given as it is.
const ROUNDS: usize = 20;

/// What entries are asked for, as written.
#[derive(Debug, Clone, Default)]
pub struct TrailQuestion {
    /// Code of a ward or another area.
    pub ward: Option<String>,
    /// The quarter.
    pub quarter: Option<String>,
    /// An account by its user name, or any actor by its id.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// From this day on, in Vietnam.
    pub from: Option<String>,
    /// Until this day, included.
    pub to: Option<String>,
}

/// Which page of a list.
#[derive(Debug, Clone)]
pub struct TrailPage {
    /// How many entries at most.
    pub limit: usize,
    /// Where the page before ended, behind the name of the parameter that says so.
    pub cursor: Option<(&'static str, String)>,
}

/// A stretch of the trail.
#[derive(Debug, Clone)]
pub struct Trail {
    /// What names are read from.
    pub snapshot: Arc<Snapshot>,
    /// The entries.
    pub entries: Vec<Recorded>,
    /// Where the next page begins; nothing on the last.
    pub next: Option<String>,
    name: String,
}

impl Trail {
    /// The cursor of an entry: where a page begins that follows it.
    #[must_use]
    pub fn cursor(&self, entry: &Recorded) -> String {
        encode(&cursors(&self.snapshot, &self.name), entry.id).unwrap_or_default()
    }
}

/// Entries are never renumbered, so a cursor holds over revisions; only a restore takes entries away.
fn cursors<'a>(snapshot: &'a Snapshot, name: &'a str) -> CursorContext<'a> {
    CursorContext { epoch: &snapshot.epoch, revision: 0, filter: name }
}

fn encode(cursors: &CursorContext<'_>, id: i64) -> Option<String> {
    usize::try_from(id).ok().map(|id| cursors.encode(id))
}

/// What entries are about: one ward or other area, one quarter, both, or anything.
pub(super) struct Place {
    ward: Option<AreaKey>,
    quarter: Option<Quarter>,
}

impl Place {
    /// Reads the parameters `ward` and `quarter`.
    ///
    /// # Errors
    /// What is wrong with a name.
    pub fn read(snapshot: &Snapshot, ward: Option<&str>, quarter: Option<&str>) -> Result<Self> {
        let quarter = quarter.map(|text| kept_quarter("quarter", text)).transpose()?;
        let on = quarter.map(|quarter| snapshot.calendar().cut_off(quarter));
        let ward = ward.map(|code| area(snapshot, "ward", code, on).map(|(_, key)| key)).transpose()?;
        Ok(Self { ward, quarter })
    }

    /// Whether an entry about that area and quarter is one of them.
    pub fn holds(&self, area: Option<AreaKey>, quarter: Option<Quarter>) -> bool {
        self.ward.is_none_or(|ward| area == Some(ward)) && self.quarter.is_none_or(|wanted| quarter == Some(wanted))
    }

    /// Refuses a ward about which the scope may see nothing.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn ensure_seen(&self, snapshot: &Snapshot, scope: &Scope, now: NaiveDateTime) -> Result<()> {
        let Some(ward) = self.ward else { return Ok(()) };
        let seen = self.quarter.map_or_else(
            || sees_ever(snapshot, scope).is_none_or(|areas| areas.contains(&ward)),
            |_| sees(snapshot, scope, Some(ward), self.quarter, now),
        );
        if seen { Ok(()) } else { Err(out_of_reach(snapshot, ward, self.quarter)) }
    }
}

/// Reads the trail, the newest entries first.
///
/// # Errors
/// What the policy table refuses, `forbidden` for a ward out of the caller's reach, and what is wrong with a filter.
pub async fn trail(app: &App, caller: &Caller, question: &TrailQuestion, page: TrailPage) -> Result<Trail> {
    let snapshot = app.snapshots.read(caller, Action::AuditRead)?;
    let place = Place::read(&snapshot, question.ward.as_deref(), question.quarter.as_deref())?;
    let day = |parameter: &str, text: &String| {
        // Ten characters: years before 1 or after 9999 are no dates of this service, nor of every database.
        let date = text.parse::<NaiveDate>().ok().filter(|_| text.len() == 10);
        date.ok_or_else(|| {
            let detail = text!(
                "{parameter} là một ngày như 2024-03-14, không phải “{text}”.",
                "{parameter} is a date like 2024-03-14, not “{text}”."
            );
            Error::parameter(Code::InvalidParameter, parameter, detail)
        })
    };
    let from = question.from.as_ref().map(|text| day("from", text)).transpose()?;
    let to = question.to.as_ref().map(|text| day("to", text)).transpose()?;
    if let (Some(first), Some(last)) = (from, to)
        && last < first
    {
        let detail = text!("from ({first}) đứng sau to ({last}).", "from ({first}) is after to ({last}).");
        return Err(Error::parameter(Code::ReversedRange, "from", detail));
    }
    let filter = TrailFilter {
        areas: place.ward.map(|ward| vec![ward.position()]),
        quarter: place.quarter,
        actor: question.actor.clone(),
        action: question.action.clone(),
        from: from.map(start_of_day_in_vietnam),
        until: to.and_then(|day| day.succ_opt()).map(start_of_day_in_vietnam),
        ids: None,
    };
    place.ensure_seen(&snapshot, &authorize(caller, Action::AuditRead)?, app.clock.now().naive_utc())?;
    stretch(app, caller, snapshot, filter, Order::Newest, page, format!("audit {question:?}")).await
}

/// Reads everything that was done to a ward's report of a quarter, and about it, the oldest first. Each name comes with
/// where it was written.
///
/// # Errors
/// What the policy table refuses, `forbidden` for a ward out of the caller's reach, and what is wrong with a name.
pub async fn history(
    app: &App,
    caller: &Caller,
    (ward_parameter, code): (&str, &str),
    (quarter_parameter, quarter): (&str, &str),
    page: TrailPage,
) -> Result<Trail> {
    let snapshot = app.snapshots.read(caller, Action::AuditRead)?;
    let quarter = read_quarter(&snapshot, app.clock.today(), quarter_parameter, quarter)?;
    let (_, ward) = area(&snapshot, ward_parameter, code, Some(snapshot.calendar().cut_off(quarter)))?;
    ensure_reaches(&snapshot, &authorize(caller, Action::AuditRead)?, ward, quarter)?;
    let areas = Some(vec![ward.position()]);
    let filter = TrailFilter { areas, quarter: Some(quarter), ..TrailFilter::default() };
    let name = format!("history {} {quarter}", ward.position());
    stretch(app, caller, snapshot, filter, Order::Oldest, page, name).await
}

async fn stretch(
    app: &App,
    caller: &Caller,
    snapshot: Arc<Snapshot>,
    mut filter: TrailFilter,
    order: Order,
    page: TrailPage,
    name: String,
) -> Result<Trail> {
    let beyond = page.cursor.as_ref().map(|(from, cursor)| cursors(&snapshot, &name).read(from, cursor)).transpose()?;
    let mut beyond = beyond.and_then(|id| i64::try_from(id).ok());
    let (limit, read) = (page.limit, Arc::clone(&snapshot));
    let work = move |conn: &mut Conn, scope: &Scope| {
        if filter.areas.is_none() {
            filter.areas = sees_ever(&read, scope).map(|areas| areas.into_iter().map(AreaKey::position).collect());
        }
        if let Some(name) = filter.actor.take() {
            filter.actor = Some(find_by_username(conn, &name)?.map_or(name, |account| account.id));
        }
        let mut found = Vec::new();
        // A short page of what is rarely the caller's to see is not read row by row.
        let stretch = (limit + 1).max(DEFAULT_LIMIT);
        for _ in 0..ROUNDS {
            let rows = entries(conn, &filter, order, beyond, stretch)?;
            let is_last = rows.len() < stretch;
            beyond = rows.last().map(|row| row.id).or(beyond);
            found.extend(
                rows.into_iter().filter(|row| sees(&read, scope, row.area.and_then(AreaKey::new), row.quarter, row.at)),
            );
            if found.len() > limit {
                found.truncate(limit);
                let last = found.last().map(|row| row.id);
                return Ok((found, last));
            }
            if is_last {
                return Ok((found, None));
            }
        }
        Ok((found, beyond))
    };
    let (entries, last) = app.store.read(caller, Action::AuditRead, work).await?;
    let next = last.and_then(|id| encode(&cursors(&snapshot, &name), id));
    Ok(Trail { snapshot, entries, next, name })
}

/// The areas about which a scope may see anything at all; nothing where it sees everything.
fn sees_ever(snapshot: &Snapshot, scope: &Scope) -> Option<Vec<AreaKey>> {
    let book = snapshot.areas();
    match scope {
        Scope::All => None,
        Scope::Own(own) => Some(book.find(own).map(|own| book.continues(own)).unwrap_or_default()),
        Scope::Within(within) | Scope::Submitted(within) => {
            let heads = book.find(within).map(|key| book.continues(key)).unwrap_or_default();
            let begins = |key: AreaKey| {
                let versions = book.get(key).map(|area| area.versions.as_slice()).unwrap_or_default();
                versions.iter().flat_map(|version| [version.valid_from, version.valid_to.and_then(|to| to.pred_opt())])
            };
            let now = NaiveDate::MAX;
            let ever = |key: &AreaKey| {
                let dates = begins(*key).map(|date| date.unwrap_or(NaiveDate::MIN)).chain([now]);
                heads.contains(key)
                    || dates.into_iter().any(|date| book.lineage(*key, date).iter().any(|above| heads.contains(above)))
            };
            Some(book.iter().map(|(key, _)| key).filter(ever).collect())
        }
    }
}

/// Whether a scope may see an entry about an area and a quarter, or about an area as it was when the entry was made.
pub(super) fn sees(
    snapshot: &Snapshot,
    scope: &Scope,
    area: Option<AreaKey>,
    quarter: Option<Quarter>,
    at: NaiveDateTime,
) -> bool {
    let book = snapshot.areas();
    match (scope, area) {
        (Scope::All, _) => true,
        (_, None) => false,
        (Scope::Own(_), Some(area)) => quarter.map_or_else(
            || sees_ever(snapshot, scope).is_some_and(|areas| areas.contains(&area)),
            |quarter| reaches(snapshot, scope, area, quarter),
        ),
        (Scope::Within(within) | Scope::Submitted(within), Some(area)) => {
            let heads = book.find(within).map(|key| book.continues(key)).unwrap_or_default();
            let date = quarter.map_or_else(
                || {
                    let made = date_in_vietnam(at.and_utc());
                    let ended = book.get(area).and_then(|area| area.latest()?.valid_to?.pred_opt());
                    ended.map_or(made, |ended| ended.min(made))
                },
                |quarter| snapshot.calendar().cut_off(quarter),
            );
            book.lineage(area, date).iter().any(|above| heads.contains(above))
        }
    }
}
