//! What was published at a past revision: the rows that had begun by then and had not ended.

use diesel::prelude::*;

use super::Conn;
use super::catalogue::number;
use super::error::internal;
use super::publication::{ObservationRow, PublishedReport, PublishedRow, Row};
use super::schema::{observations, report_versions, reports};
use crate::domain::quarter::Quarter;
use crate::error::Result;

/// Areas that one statement names.
const AREAS_PER_QUERY: usize = 500;

/// The figures of some wards' quarter (positions in the book) at a revision, by ward and in the order of their reports.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn figures(conn: &mut Conn, wards: &[usize], quarter: Quarter, revision: i64) -> Result<Vec<Row>> {
    let mut found = Vec::new();
    for wards in wards.chunks(AREAS_PER_QUERY) {
        let numbers = wards.iter().map(|ward| number(*ward)).collect::<Result<Vec<_>>>()?;
        let rows: Vec<ObservationRow> = observations::table
            .filter(observations::area.eq_any(numbers))
            .filter(observations::quarter.eq(quarter.serial()))
            .filter(observations::from_revision.le(revision))
            .filter(observations::until_revision.is_null().or(observations::until_revision.gt(revision)))
            .select(observations::all_columns)
            .order(observations::id)
            .load(conn)
            .map_err(internal)?;
        for row in rows {
            found.push(Row::try_from(row)?);
        }
    }
    Ok(found)
}

/// The reports of some wards' quarter that were published at a revision.
///
/// # Errors
/// As [`figures`].
pub fn published_reports(
    conn: &mut Conn,
    wards: &[usize],
    quarter: Quarter,
    revision: i64,
) -> Result<Vec<PublishedReport>> {
    let mut found = Vec::new();
    for wards in wards.chunks(AREAS_PER_QUERY) {
        let numbers = wards.iter().map(|ward| number(*ward)).collect::<Result<Vec<_>>>()?;
        let rows: Vec<PublishedRow> = reports::table
            .inner_join(report_versions::table)
            .filter(reports::area.eq_any(numbers))
            .filter(reports::quarter.eq(quarter.serial()))
            .filter(report_versions::from_revision.le(revision))
            .filter(report_versions::until_revision.is_null().or(report_versions::until_revision.gt(revision)))
            .select((
                reports::area,
                reports::quarter,
                reports::synthetic,
                report_versions::version,
                report_versions::edits,
                report_versions::imported,
                report_versions::from_revision,
                report_versions::submitted_at,
                report_versions::published_at,
            ))
            .load(conn)
            .map_err(internal)?;
        for row in rows {
            found.push(PublishedReport::try_from(row)?);
        }
    }
    Ok(found)
}
