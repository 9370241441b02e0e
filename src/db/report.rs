//! Reports and their versions.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::catalogue::{number, position};
use super::error::internal;
use super::schema::{report_versions, reports};
use super::version::{end_readable, mark_synthetic, next_version};
use crate::domain::finding::Validation;
use crate::domain::quarter::Quarter;
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::domain::workflow::Explanation;
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
    pub validation: &'a Validation,
    /// In whose name; nothing for the service itself.
    pub account: Option<&'a str>,
    /// When the ward sent it; nothing where that is not on record.
    pub submitted_at: Option<NaiveDateTime>,
    /// The revision that publishes it.
    pub revision: i64,
    /// When.
    pub now: NaiveDateTime,
}

/// Publishes a version that came from a file, in place of the published one if there is one. Answers its key.
pub fn insert_published(conn: &mut Conn, new: &NewPublished<'_>) -> Result<i64> {
    let (report, next) = next_version(conn, (new.area, new.quarter), new.now)?;
    mark_synthetic(conn, report, new.document)?;
    end_readable(conn, report, new.revision)?;
    let document = serde_json::to_string(new.document).map_err(Error::internal)?;
    let findings = serde_json::to_string(new.validation).map_err(Error::internal)?;
    diesel::insert_into(report_versions::table)
        .values((
            report_versions::report.eq(report),
            report_versions::version.eq(next),
            report_versions::status.eq(ReportStatus::Published.as_str()),
            report_versions::imported.eq(true),
            report_versions::edits.eq(1_i64),
            report_versions::document.eq(document),
            report_versions::findings.eq(findings),
            report_versions::explanations.eq("[]"),
            report_versions::created_by.eq(new.account),
            report_versions::created_at.eq(new.now),
            report_versions::updated_at.eq(new.now),
            report_versions::submitted_at.eq(new.submitted_at),
            report_versions::published_by.eq(new.account),
            report_versions::published_at.eq(new.now),
            report_versions::from_revision.eq(new.revision),
        ))
        .returning(report_versions::id)
        .get_result(conn)
        .map_err(internal)
}

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
    Ok(documents)
}
