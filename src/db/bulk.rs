//! Publishing many reports at once, in few statements: a file may hold thousands.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::catalogue::{number, position};
use super::error::internal;
use super::publication::{Published, Row, current_figures_of};
use super::replacement::{Difference, compare, end_figures, insert_figures};
use super::schema::{report_versions, reports};
use super::version::lost;
use super::{Conn, per_backend};
use crate::domain::finding::Validation;
use crate::domain::quarter::Quarter;
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::error::{Error, Result};

/// A version to publish at once, without the workflow: from a file.
#[derive(Debug)]
pub struct NewPublished<'a> {
    /// The position of the ward in the book.
    pub area: usize,
    /// The quarter.
    pub quarter: Quarter,
    /// The document.
    pub document: &'a ReportDocument,
    /// What the rules say of it.
    pub validation: Validation,
    /// Its figures.
    pub figures: Vec<Published>,
    /// When the ward sent it; nothing where that is not on record.
    pub submitted_at: Option<NaiveDateTime>,
}

/// What publishes them.
#[derive(Debug, Clone, Copy)]
pub struct Publishing<'a> {
    /// In whose name; nothing for the service itself.
    pub account: Option<&'a str>,
    /// The revision that publishes them.
    pub revision: i64,
    /// When.
    pub now: NaiveDateTime,
}

/// A ward's quarter, by its stored numbers.
type Key = (i32, i32);

fn key(new: &NewPublished<'_>) -> Result<Key> {
    Ok((number(new.area)?, new.quarter.serial()))
}

/// The quarters from the first to the last, and the areas, of some reports.
struct Range {
    areas: Vec<i32>,
    first: i32,
    last: i32,
}

impl Range {
    fn of(keys: &[Key]) -> Self {
        let areas: HashSet<i32> = keys.iter().map(|(area, _)| *area).collect();
        let quarters = || keys.iter().map(|(_, quarter)| *quarter);
        Self {
            areas: areas.into_iter().collect(),
            first: quarters().min().unwrap_or_default(),
            last: quarters().max().unwrap_or_default(),
        }
    }
}

/// Publishes versions that came from a file, each in place of the published one if there is one, with their figures. No two
/// are of the same ward's quarter.
///
/// # Errors
/// Where the database is away; `preconditionFailed` where somebody began one of them at the same time.
pub fn insert_published(conn: &mut Conn, by: Publishing<'_>, new: &[NewPublished<'_>]) -> Result<Difference> {
    let keys = new.iter().map(key).collect::<Result<Vec<_>>>()?;
    let range = Range::of(&keys);
    let known = known_reports(conn, &range)?;
    begin_reports(conn, by.now, new, &known)?;
    let ids = known_reports(conn, &range)?;
    let id = |key: &Key| ids.get(key).copied().ok_or_else(|| Error::internal("a report that was begun is not there"));
    let replaced: Vec<i64> = keys.iter().filter_map(|key| known.get(key).copied()).collect();
    let last = last_versions(conn, &replaced)?;
    mark_synthetic(conn, new, &known)?;
    let readable = report_versions::table
        .filter(report_versions::report.eq_any(&replaced))
        .filter(report_versions::from_revision.is_not_null())
        .filter(report_versions::until_revision.is_null());
    diesel::update(readable).set(report_versions::until_revision.eq(by.revision)).execute(conn).map_err(internal)?;
    let mut rows = Vec::with_capacity(new.len());
    for (new, key) in new.iter().zip(&keys) {
        let report = id(key)?;
        rows.push((
            report_versions::report.eq(report),
            report_versions::version.eq(last.get(&report).copied().unwrap_or_default() + 1),
            report_versions::status.eq(ReportStatus::Published.as_str()),
            report_versions::imported.eq(true),
            report_versions::edits.eq(1_i64),
            report_versions::document.eq(serde_json::to_string(new.document).map_err(Error::internal)?),
            report_versions::findings.eq(serde_json::to_string(&new.validation).map_err(Error::internal)?),
            report_versions::explanations.eq("[]"),
            report_versions::created_by.eq(by.account),
            report_versions::created_at.eq(by.now),
            report_versions::updated_at.eq(by.now),
            report_versions::submitted_at.eq(new.submitted_at),
            report_versions::published_by.eq(by.account),
            report_versions::published_at.eq(by.now),
            report_versions::from_revision.eq(by.revision),
        ));
    }
    per_backend!(conn, concrete => diesel::insert_into(report_versions::table).values(rows).execute(concrete))
        .map_err(lost)?;
    let all: Vec<i64> = ids.values().copied().collect();
    let versions: Vec<(i64, i64)> = report_versions::table
        .filter(report_versions::from_revision.eq(by.revision))
        .filter(report_versions::report.eq_any(&all))
        .select((report_versions::report, report_versions::id))
        .load(conn)
        .map_err(internal)?;
    let versions: HashMap<i64, i64> = versions.into_iter().collect();
    let mut present = present_figures(conn, &known, &range)?;
    let mut total = Difference::default();
    let (mut begin, mut end, mut withdraw) = (Vec::new(), Vec::new(), Vec::new());
    for (new, key) in new.iter().zip(&keys) {
        let version = versions.get(&id(key)?).copied();
        let version = version.ok_or_else(|| Error::internal("a version that was written is not there"))?;
        let compared = compare(present.remove(key).unwrap_or_default(), &new.figures);
        total.add(compared.difference);
        end.extend(compared.end);
        withdraw.extend(compared.withdraw);
        begin.extend(compared.begin.into_iter().map(|figure| (version, figure)));
    }
    end_figures(conn, &end, &withdraw, by.revision)?;
    insert_figures(conn, &begin, by.revision)?;
    Ok(total)
}

fn known_reports(conn: &mut Conn, range: &Range) -> Result<HashMap<Key, i64>> {
    let rows: Vec<(i32, i32, i64)> = reports::table
        .filter(reports::area.eq_any(&range.areas))
        .filter(reports::quarter.between(range.first, range.last))
        .select((reports::area, reports::quarter, reports::id))
        .load(conn)
        .map_err(internal)?;
    Ok(rows.into_iter().map(|(area, quarter, id)| ((area, quarter), id)).collect())
}

fn is_synthetic(document: &ReportDocument) -> bool {
    document.observations.iter().any(|figure| figure.synthetic)
}

fn begin_reports(
    conn: &mut Conn,
    now: NaiveDateTime,
    new: &[NewPublished<'_>],
    known: &HashMap<Key, i64>,
) -> Result<()> {
    let mut rows = Vec::new();
    for new in new {
        let (area, quarter) = key(new)?;
        if !known.contains_key(&(area, quarter)) {
            rows.push((
                reports::area.eq(area),
                reports::quarter.eq(quarter),
                reports::synthetic.eq(is_synthetic(new.document)),
                reports::created_at.eq(now),
            ));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    per_backend!(conn, concrete => diesel::insert_into(reports::table).values(rows).execute(concrete))
        .map(drop)
        .map_err(lost)
}

/// Says of reports that were there already whether any figure of what becomes readable was generated.
fn mark_synthetic(conn: &mut Conn, new: &[NewPublished<'_>], known: &HashMap<Key, i64>) -> Result<()> {
    let mut marked: [Vec<i64>; 2] = [Vec::new(), Vec::new()];
    for new in new {
        let [real, synthetic] = &mut marked;
        let ids = if is_synthetic(new.document) { synthetic } else { real };
        ids.extend(known.get(&key(new)?));
    }
    for (ids, synthetic) in marked.iter().zip([false, true]).filter(|(ids, _)| !ids.is_empty()) {
        diesel::update(reports::table.filter(reports::id.eq_any(ids)))
            .set(reports::synthetic.eq(synthetic))
            .execute(conn)
            .map_err(internal)?;
    }
    Ok(())
}

/// The number of each report's last version.
fn last_versions(conn: &mut Conn, reports: &[i64]) -> Result<HashMap<i64, i32>> {
    if reports.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, Option<i32>)> = report_versions::table
        .filter(report_versions::report.eq_any(reports))
        .group_by(report_versions::report)
        .select((report_versions::report, diesel::dsl::max(report_versions::version)))
        .load(conn)
        .map_err(internal)?;
    Ok(rows.into_iter().filter_map(|(report, version)| Some((report, version?))).collect())
}

/// The figures that hold now, of the reports that were there already.
fn present_figures(conn: &mut Conn, known: &HashMap<Key, i64>, range: &Range) -> Result<HashMap<Key, Vec<Row>>> {
    let areas: HashSet<i32> = known.keys().map(|(area, _)| *area).collect();
    let areas: Vec<i32> = areas.into_iter().collect();
    let mut found: HashMap<Key, Vec<Row>> = HashMap::new();
    if areas.is_empty() {
        return Ok(found);
    }
    for row in current_figures_of(conn, &areas, (range.first, range.last))? {
        found.entry((number(row.figure.area)?, row.figure.quarter.serial())).or_default().push(row);
    }
    Ok(found)
}

/// The wards' quarters from one to another of which a report is published.
///
/// # Errors
/// Where the database is away.
pub fn published_places(conn: &mut Conn, first: Quarter, last: Quarter) -> Result<HashSet<(usize, Quarter)>> {
    let rows: Vec<(i32, i32)> = reports::table
        .inner_join(report_versions::table)
        .filter(reports::quarter.between(first.serial(), last.serial()))
        .filter(report_versions::from_revision.is_not_null())
        .filter(report_versions::until_revision.is_null())
        .select((reports::area, reports::quarter))
        .load(conn)
        .map_err(internal)?;
    let place = |(area, quarter): (i32, i32)| {
        let quarter = Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a report of no quarter"))?;
        Ok((position(area)?, quarter))
    };
    rows.into_iter().map(place).collect()
}
