//! Reports and their versions.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Conn;
use super::account::name_authors;
use super::catalogue::{number, position};
use super::error::internal;
use super::schema::{report_versions, reports};
use crate::domain::finding::Validation;
use crate::domain::quarter::Quarter;
use crate::domain::report::ReportDocument;
use crate::domain::workflow::Explanation;
use crate::error::{Error, Result};

/// The document of the published version of a ward's quarter.
pub fn published_document(conn: &mut Conn, area: usize, quarter: Quarter) -> Result<Option<ReportDocument>> {
    let text: Option<String> = reports::table
        .inner_join(report_versions::table)
        .filter(reports::area.eq(number(area)?))
        .filter(reports::quarter.eq(quarter.serial()))
        .filter(report_versions::from_revision.is_not_null())
        .filter(report_versions::until_revision.is_null())
        .select(report_versions::document)
        .first(conn)
        .optional()
        .map_err(internal)?;
    text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

/// A readable version: the document, what the rules said of it, and what the ward said to that.
#[derive(Debug, Clone)]
pub struct Readable {
    /// The document.
    pub document: ReportDocument,
    /// The findings when it was published.
    pub validation: Validation,
    /// What the ward says of them.
    pub explanations: Vec<Explanation>,
}

/// The documents of the reports that are published at a revision, of the wards' quarters named; in one query.
pub fn published_documents(
    conn: &mut Conn,
    revision: i64,
    keys: &[(usize, Quarter)],
) -> Result<HashMap<(usize, Quarter), Readable>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut wanted = reports::table
        .inner_join(report_versions::table)
        .select((
            reports::area,
            reports::quarter,
            report_versions::document,
            report_versions::findings,
            report_versions::explanations,
        ))
        .into_boxed();
    for (area, quarter) in keys {
        let published = report_versions::from_revision
            .le(revision)
            .and(report_versions::until_revision.is_null().or(report_versions::until_revision.gt(revision)));
        let key = reports::area.eq(number(*area)?).and(reports::quarter.eq(quarter.serial()));
        wanted = wanted.or_filter(key.and(published));
    }
    let rows: Vec<(i32, i32, String, String, String)> = wanted.load(conn).map_err(internal)?;
    let mut documents = HashMap::new();
    for (area, quarter, text, findings, explanations) in rows {
        let quarter = Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a report of no quarter"))?;
        let readable = Readable {
            document: serde_json::from_str(&text).map_err(Error::internal)?,
            validation: serde_json::from_str(&findings).map_err(Error::internal)?,
            explanations: serde_json::from_str(&explanations).map_err(Error::internal)?,
        };
        documents.insert((position(area)?, quarter), readable);
    }
    name_authors(conn, documents.values_mut().flat_map(|readable: &mut Readable| &mut readable.explanations))?;
    Ok(documents)
}
