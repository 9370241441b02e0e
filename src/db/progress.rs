//! How far reports have come that are not published: without their documents.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::catalogue::position;
use super::error::internal;
use super::schema::{report_versions, reports};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::{Error, Result};

/// The version of a report that is being worked on, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Working {
    /// The key of the version.
    pub id: i64,
    /// The position of the ward in the book.
    pub area: usize,
    /// The quarter.
    pub quarter: Quarter,
    /// The number of the version.
    pub version: i32,
    /// How often it was written.
    pub edits: i64,
    /// How far it has come: draft, submitted, returned or approved.
    pub status: ReportStatus,
    /// Whether it came from a file.
    pub imported: bool,
    /// When the ward submitted it last, in UTC.
    pub submitted_at: Option<NaiveDateTime>,
    /// Why it was returned or reopened.
    pub reason: Option<String>,
    /// Whether any version of this report was ever submitted or published.
    pub was_submitted: bool,
}

/// How a document of ours writes that a figure was generated; within a text the quotation marks would be escaped.
const SYNTHETIC: &str = "%\"synthetic\":true%";

type Row = ((i64, i32, i32), (i64, i32, i64, String, bool), (Option<NaiveDateTime>, Option<i64>, Option<String>));

/// The reports that somebody works on, of a quarter or of all, by quarter and ward.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn working(conn: &mut Conn, quarter: Option<Quarter>) -> Result<Vec<Working>> {
    let at_work = ReportStatus::ALL.iter().filter(|status| status.is_at_work()).map(|status| status.as_str());
    let worked_on = diesel::alias!(report_versions as worked_on);
    let reports_at_work = worked_on
        .filter(worked_on.field(report_versions::status).eq_any(at_work.collect::<Vec<_>>()))
        .select(worked_on.field(report_versions::report));
    let mut wanted = reports::table
        .inner_join(report_versions::table)
        .filter(reports::id.eq_any(reports_at_work))
        .select((
            (reports::id, reports::area, reports::quarter),
            (
                report_versions::id,
                report_versions::version,
                report_versions::edits,
                report_versions::status,
                report_versions::imported,
            ),
            (report_versions::submitted_at, report_versions::from_revision, report_versions::reason),
        ))
        .order((reports::quarter, reports::area, report_versions::version))
        .into_boxed();
    if let Some(quarter) = quarter {
        wanted = wanted.filter(reports::quarter.eq(quarter.serial()));
    }
    let rows: Vec<Row> = wanted.load(conn).map_err(internal)?;
    rows.chunk_by(|one, next| one.0.0 == next.0.0).filter_map(|versions| at_work_of(versions).transpose()).collect()
}

/// Which of some versions have a figure that was generated.
///
/// # Errors
/// Where the database is away.
pub fn generated(conn: &mut Conn, versions: &[i64]) -> Result<HashSet<i64>> {
    let found = report_versions::table
        .filter(report_versions::id.eq_any(versions))
        .filter(report_versions::document.like(SYNTHETIC))
        .select(report_versions::id)
        .load(conn);
    found.map(|ids: Vec<i64>| ids.into_iter().collect()).map_err(internal)
}

/// Of the versions of one report, the one that is being worked on.
fn at_work_of(versions: &[Row]) -> Result<Option<Working>> {
    let was_submitted =
        versions.iter().any(|(_, _, (submitted_at, published, _))| submitted_at.is_some() || published.is_some());
    for ((_, area, quarter), (id, version, edits, status, imported), (submitted_at, _, reason)) in versions {
        let status = ReportStatus::parse(status).ok_or_else(|| Error::internal("a report of no status"))?;
        if status.is_at_work() {
            return Ok(Some(Working {
                id: *id,
                area: position(*area)?,
                quarter: Quarter::from_serial(*quarter).ok_or_else(|| Error::internal("a report of no quarter"))?,
                version: *version,
                edits: *edits,
                status,
                imported: *imported,
                submitted_at: *submitted_at,
                reason: reason.clone(),
                was_submitted,
            }));
        }
    }
    Ok(None)
}
