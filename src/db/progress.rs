//! How far the reports of a quarter have come that are not published: without their documents.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::catalogue::position;
use super::error::internal;
use super::schema::{report_versions, reports};
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportStatus;
use crate::error::{Error, Result};

/// The version of a report that is being worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Working {
    /// The position of the ward in the book.
    pub area: usize,
    /// How far it has come: draft, submitted, returned or approved.
    pub status: ReportStatus,
    /// When the ward submitted it last, in UTC.
    pub submitted_at: Option<NaiveDateTime>,
    /// Whether any version of this report was ever submitted or published.
    pub was_submitted: bool,
}

/// The reports of a quarter that somebody works on, by ward.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn working(conn: &mut Conn, quarter: Quarter) -> Result<Vec<Working>> {
    let rows: Vec<(i32, i32, String, Option<NaiveDateTime>)> = reports::table
        .inner_join(report_versions::table)
        .filter(reports::quarter.eq(quarter.serial()))
        .select((reports::area, report_versions::version, report_versions::status, report_versions::submitted_at))
        .order((reports::area, report_versions::version))
        .load(conn)
        .map_err(internal)?;
    let mut found: Vec<Working> = Vec::new();
    let mut before: Option<(i32, bool)> = None;
    for (area, _, status, submitted_at) in rows {
        let status = ReportStatus::parse(&status).ok_or_else(|| Error::internal("a report of no status"))?;
        let went_up = submitted_at.is_some() || status != ReportStatus::Draft;
        let earlier = before.is_some_and(|(known, submitted)| known == area && submitted);
        let was_submitted = went_up || earlier;
        before = Some((area, was_submitted));
        if matches!(status, ReportStatus::Published | ReportStatus::Retracted) {
            continue;
        }
        found.push(Working { area: position(area)?, status, submitted_at, was_submitted });
    }
    Ok(found)
}
