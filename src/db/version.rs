//! The versions of reports that people work on.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::Error as DieselError;

use super::Conn;
use super::account::name_authors;
use super::catalogue::number;
use super::error::{internal, is_unique_violation};
use super::schema::{report_versions, reports};
use crate::domain::finding::Validation;
use crate::domain::quarter::Quarter;
use crate::domain::report::{ReportDocument, ReportStatus};
use crate::domain::workflow::Explanation;
use crate::error::{Code, Error, Result};
use crate::text;

/// A version of a report.
#[derive(Debug, Clone)]
pub struct Version {
    /// The key of the row.
    pub id: i64,
    /// The key of the report.
    pub report: i64,
    /// Which version it is, from 1.
    pub number: i32,
    /// How far it has come.
    pub status: ReportStatus,
    /// How often it was written: with its number, what an ETag names.
    pub edits: i64,
    /// Whether it came from a file.
    pub imported: bool,
    /// The document.
    pub document: ReportDocument,
    /// What the rules said when it was last sent, approved or published.
    pub validation: Validation,
    /// What the ward says of its findings.
    pub explanations: Vec<Explanation>,
    /// Why it was returned, reopened or retracted.
    pub reason: Option<String>,
    /// When it was begun.
    pub created_at: NaiveDateTime,
    /// When it was last written.
    pub updated_at: NaiveDateTime,
    /// Who sent it last.
    pub submitted_by: Option<String>,
    /// When.
    pub submitted_at: Option<NaiveDateTime>,
    /// Who accepted it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<NaiveDateTime>,
    /// When it was published.
    pub published_at: Option<NaiveDateTime>,
    /// The revision that published it.
    pub from_revision: Option<i64>,
    /// The revision at which it ceased to be readable.
    pub until_revision: Option<i64>,
}

#[derive(Queryable)]
struct VersionRow {
    id: i64,
    report: i64,
    version: i32,
    status: String,
    imported: bool,
    edits: i64,
    document: String,
    findings: String,
    reason: Option<String>,
    _created_by: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    submitted_by: Option<String>,
    submitted_at: Option<NaiveDateTime>,
    approved_by: Option<String>,
    approved_at: Option<NaiveDateTime>,
    _published_by: Option<String>,
    published_at: Option<NaiveDateTime>,
    from_revision: Option<i64>,
    until_revision: Option<i64>,
    explanations: String,
}

impl TryFrom<VersionRow> for Version {
    type Error = Error;

    fn try_from(row: VersionRow) -> Result<Self> {
        let status = ReportStatus::parse(&row.status);
        Ok(Self {
            id: row.id,
            report: row.report,
            number: row.version,
            status: status.ok_or_else(|| Error::internal("a version of no known status"))?,
            edits: row.edits,
            imported: row.imported,
            document: serde_json::from_str(&row.document).map_err(Error::internal)?,
            validation: serde_json::from_str(&row.findings).map_err(Error::internal)?,
            explanations: serde_json::from_str(&row.explanations).map_err(Error::internal)?,
            reason: row.reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            submitted_by: row.submitted_by,
            submitted_at: row.submitted_at,
            approved_by: row.approved_by,
            approved_at: row.approved_at,
            published_at: row.published_at,
            from_revision: row.from_revision,
            until_revision: row.until_revision,
        })
    }
}

impl Version {
    /// Whether it is the readable one.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        self.from_revision.is_some() && self.until_revision.is_none()
    }

    /// What names its state, apart from the words in which it is shown.
    #[must_use]
    pub fn tag(&self) -> String {
        tag(self.number, self.edits)
    }
}

/// What names the state of a version.
#[must_use]
pub fn tag(number: i32, edits: i64) -> String {
    format!("{number}-{edits}")
}

/// The versions of a ward's report for a quarter: the one that is being worked on, then the newest first.
pub fn versions(conn: &mut Conn, area: usize, quarter: Quarter) -> Result<Vec<Version>> {
    let rows: Vec<VersionRow> = report_versions::table
        .inner_join(reports::table)
        .filter(reports::area.eq(number(area)?))
        .filter(reports::quarter.eq(quarter.serial()))
        .select(report_versions::all_columns)
        .order(report_versions::version.desc())
        .load(conn)
        .map_err(internal)?;
    let mut versions = rows.into_iter().map(Version::try_from).collect::<Result<Vec<_>>>()?;
    // A file may have been published over a version that is being worked on.
    versions.sort_by_key(|version| !version.status.is_at_work());
    Ok(versions)
}

impl Version {
    /// Says what people call those who explained its findings, for a version that is to be shown.
    ///
    /// # Errors
    /// Where the database is away.
    pub fn name_authors(&mut self, conn: &mut Conn) -> Result<()> {
        name_authors(conn, self.explanations.iter_mut())
    }
}

/// Refuses what was written meanwhile.
fn changed() -> Error {
    let detail = text!(
        "Báo cáo vừa được người khác sửa hoặc chuyển. Hãy đọc lại rồi gửi với ETag mới.",
        "Somebody else has just written or moved this report. Read it again and send the new ETag."
    );
    Error::new(Code::PreconditionFailed, detail)
}

/// The key of a report, which is begun where there is none, and the number that its next version has.
///
/// # Errors
/// `preconditionFailed` where somebody else began it at the same time.
pub(super) fn next_version(
    conn: &mut Conn,
    (area, quarter): (usize, Quarter),
    now: NaiveDateTime,
) -> Result<(i64, i32)> {
    let area = number(area)?;
    let known: Option<i64> = reports::table
        .filter(reports::area.eq(area))
        .filter(reports::quarter.eq(quarter.serial()))
        .select(reports::id)
        .first(conn)
        .optional()
        .map_err(internal)?;
    let Some(report) = known else {
        let begun = diesel::insert_into(reports::table)
            .values((
                reports::area.eq(area),
                reports::quarter.eq(quarter.serial()),
                reports::synthetic.eq(false),
                reports::created_at.eq(now),
            ))
            .returning(reports::id)
            .get_result(conn);
        return Ok((begun.map_err(lost)?, 1));
    };
    let last: Option<i32> = report_versions::table
        .filter(report_versions::report.eq(report))
        .select(diesel::dsl::max(report_versions::version))
        .first(conn)
        .map_err(internal)?;
    Ok((report, last.unwrap_or_default() + 1))
}

/// What a failed write means: a second row where only one may be was written by somebody else meanwhile.
pub(super) fn lost(error: DieselError) -> Error {
    if is_unique_violation(&error) { changed() } else { internal(error) }
}

/// Begins a version and answers its key; the first one begins the report too.
///
/// # Errors
/// `preconditionFailed` where somebody else began one at the same time.
pub fn begin(
    conn: &mut Conn,
    (area, quarter): (usize, Quarter),
    document: &ReportDocument,
    account: Option<&str>,
    now: NaiveDateTime,
) -> Result<i64> {
    let (report, next) = next_version(conn, (area, quarter), now)?;
    diesel::insert_into(report_versions::table)
        .values((
            report_versions::report.eq(report),
            report_versions::version.eq(next),
            report_versions::status.eq(ReportStatus::Draft.as_str()),
            report_versions::imported.eq(false),
            report_versions::edits.eq(1_i64),
            report_versions::document.eq(serde_json::to_string(document).map_err(Error::internal)?),
            report_versions::findings.eq(serde_json::to_string(&Validation::default()).map_err(Error::internal)?),
            report_versions::explanations.eq("[]"),
            report_versions::created_by.eq(account),
            report_versions::created_at.eq(now),
            report_versions::updated_at.eq(now),
        ))
        .returning(report_versions::id)
        .get_result(conn)
        .map_err(lost)
}

/// Writes a version as it now is, where nobody has written it since it was read: its edits move by one.
///
/// # Errors
/// `preconditionFailed` where somebody has.
pub fn write(conn: &mut Conn, version: &Version) -> Result<()> {
    let unchanged = report_versions::table.find(version.id).filter(report_versions::edits.eq(version.edits));
    let written = diesel::update(unchanged)
        .set((
            report_versions::edits.eq(version.edits + 1),
            report_versions::status.eq(version.status.as_str()),
            report_versions::document.eq(serde_json::to_string(&version.document).map_err(Error::internal)?),
            report_versions::findings.eq(serde_json::to_string(&version.validation).map_err(Error::internal)?),
            report_versions::explanations.eq(serde_json::to_string(&version.explanations).map_err(Error::internal)?),
            report_versions::reason.eq(&version.reason),
            report_versions::updated_at.eq(version.updated_at),
            report_versions::submitted_by.eq(&version.submitted_by),
            report_versions::submitted_at.eq(version.submitted_at),
            report_versions::approved_by.eq(&version.approved_by),
            report_versions::approved_at.eq(version.approved_at),
        ))
        .execute(conn)
        .map_err(lost)?;
    if written == 1 { Ok(()) } else { Err(changed()) }
}

/// Makes an approved version the readable one from a revision on, in place of the one before.
///
/// # Errors
/// `preconditionFailed` where somebody has written it since it was read.
pub fn make_readable(
    conn: &mut Conn,
    version: &Version,
    revision: i64,
    account: Option<&str>,
    now: NaiveDateTime,
) -> Result<()> {
    end_readable(conn, version.report, revision)?;
    mark_synthetic(conn, version.report, &version.document)?;
    let mut published = version.clone();
    (published.status, published.updated_at) = (ReportStatus::Published, now);
    write(conn, &published)?;
    diesel::update(report_versions::table.find(version.id))
        .set((
            report_versions::published_by.eq(account),
            report_versions::published_at.eq(now),
            report_versions::from_revision.eq(revision),
        ))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Says of a report whether any figure of the document that becomes readable was generated.
pub(super) fn mark_synthetic(conn: &mut Conn, report: i64, document: &ReportDocument) -> Result<()> {
    let synthetic = document.observations.iter().any(|figure| figure.synthetic);
    diesel::update(reports::table.find(report))
        .set(reports::synthetic.eq(synthetic))
        .execute(conn)
        .map(drop)
        .map_err(internal)
}

/// Ends the readable version of a report at a revision, where there is one.
pub fn end_readable(conn: &mut Conn, report: i64, revision: i64) -> Result<()> {
    let readable = report_versions::table
        .filter(report_versions::report.eq(report))
        .filter(report_versions::from_revision.is_not_null())
        .filter(report_versions::until_revision.is_null());
    diesel::update(readable).set(report_versions::until_revision.eq(revision)).execute(conn).map(drop).map_err(internal)
}
