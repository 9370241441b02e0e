//! Questions about published reports, as both transports ask them.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::App;
use super::read::{area, quarter as read_quarter};
use crate::db::report::{Readable, published_documents};
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::policy::{Action, Caller};
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::snapshot::{ReportMark, Snapshot};
use crate::text;

/// The published reports of a quarter, or of every quarter, by quarter and ward.
#[must_use]
pub fn reports(snapshot: &Snapshot, quarter: Option<Quarter>) -> Vec<(AreaKey, Quarter, ReportMark)> {
    let quarters = snapshot.quarters().filter(|known| quarter.is_none_or(|wanted| wanted == *known));
    quarters.flat_map(|quarter| snapshot.reports(quarter).map(move |(ward, mark)| (ward, quarter, mark))).collect()
}

/// The published report that a ward's code and a quarter name, each with where it was written.
///
/// # Errors
/// `reportNotFound`, and what is wrong with the code or the quarter.
pub fn report(
    snapshot: &Snapshot,
    today: NaiveDate,
    (ward_parameter, ward): (&str, &str),
    (quarter_parameter, quarter): (&str, &str),
) -> Result<(AreaKey, Quarter, ReportMark)> {
    let quarter = read_quarter(snapshot, today, quarter_parameter, quarter)?;
    let (reference, ward) = area(snapshot, ward_parameter, ward, Some(snapshot.calendar().cut_off(quarter)))?;
    let mark = snapshot.report(ward, quarter).ok_or_else(|| {
        let code = &reference.code;
        let detail = text!(
            "Chưa công bố báo cáo {quarter} của {code}.",
            "No report of {code} for {quarter} has been published."
        );
        Error::parameter(Code::ReportNotFound, quarter_parameter, detail)
    })?;
    Ok((ward, quarter, mark))
}

/// The documents of reports that are published at a revision, read together from the database: with their texts they
/// are too large to hold in memory.
///
/// # Errors
/// What the policy table refuses, and `unavailable` where the database is away.
pub async fn documents(
    app: &App,
    caller: &Caller,
    revision: i64,
    keys: Vec<(AreaKey, Quarter)>,
) -> Result<HashMap<(AreaKey, Quarter), Arc<Readable>>> {
    app.store
        .read(caller, Action::PublishedReportRead, move |conn, _| {
            let rows: Vec<_> = keys.iter().map(|(ward, quarter)| (ward.position(), *quarter)).collect();
            let mut found = published_documents(conn, revision, &rows)?;
            let known = |(key, row)| Some((key, Arc::new(found.remove(&row)?)));
            Ok(keys.into_iter().zip(rows).filter_map(known).collect())
        })
        .await
}
