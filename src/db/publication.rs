//! Published figures and reports, each with the revisions from which and until which it holds.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Conn;
use super::catalogue::{number, position};
use super::error::internal;
use super::schema::{observations, report_versions, reports};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Operator, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// A figure to publish, or published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The position of the ward in the book.
    pub area: usize,
    /// The quarter.
    pub quarter: Quarter,
    /// The position of the indicator in the catalogue.
    pub indicator: usize,
    /// What it claims to be.
    pub nature: Nature,
    /// The value or a bound of it.
    pub operator: Operator,
    /// The number.
    pub value: Decimal,
    /// What stretch of time.
    pub span: Span,
    /// Where it comes from.
    pub origin: Origin,
    /// How people were asked.
    pub method: Option<SurveyMethod>,
    /// The year of a figure that is not the quarter's own; empty otherwise.
    pub reference_period: String,
    /// The project; empty otherwise.
    pub project: String,
    /// Whether it was generated.
    pub synthetic: bool,
    /// Whether it stands under an open error.
    pub contested: bool,
    /// Mentions and notes, as JSON.
    pub detail: Option<String>,
}

/// What makes two figures the same figure.
pub type Identity = (usize, Nature, Span, String, String);

impl Published {
    /// Indicator, nature, span, reference period and project; ward and quarter are the report's.
    #[must_use]
    pub fn identity(&self) -> Identity {
        (self.indicator, self.nature, self.span, self.reference_period.clone(), self.project.clone())
    }
}

/// A published figure with its row and the revisions between which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key of the row.
    pub id: i64,
    /// The figure.
    pub figure: Published,
    /// The first revision at which it does not hold any more.
    pub until_revision: Option<i64>,
}

#[derive(Queryable)]
pub(super) struct ObservationRow {
    id: i64,
    _report_version: i64,
    area: i32,
    quarter: i32,
    indicator: i32,
    nature: i16,
    operator: i16,
    mantissa: i64,
    scale: i16,
    span: i16,
    origin: i16,
    method: Option<i16>,
    reference_period: String,
    project: String,
    synthetic: bool,
    contested: bool,
    detail: Option<String>,
    _from_revision: i64,
    until_revision: Option<i64>,
    _withdrawn: bool,
}

pub(super) fn listed<T: Copy>(list: &[T], index: i16) -> Result<T> {
    let found = usize::try_from(index).ok().and_then(|index| list.get(index));
    found.copied().ok_or_else(|| Error::internal("the database holds a number outside its list"))
}

pub(super) fn index_of<T: PartialEq>(list: &[T], value: &T) -> Result<i16> {
    let index = list.iter().position(|listed| listed == value).and_then(|at| i16::try_from(at).ok());
    index.ok_or_else(|| Error::internal("a value outside its list"))
}

impl TryFrom<ObservationRow> for Row {
    type Error = Error;

    fn try_from(row: ObservationRow) -> Result<Self> {
        let value = u8::try_from(row.scale).ok().and_then(|scale| Decimal::new(row.mantissa, scale));
        let figure = Published {
            area: position(row.area)?,
            quarter: Quarter::from_serial(row.quarter).ok_or_else(|| Error::internal("a quarter out of range"))?,
            indicator: position(row.indicator)?,
            nature: listed(Nature::ALL, row.nature)?,
            operator: listed(Operator::ALL, row.operator)?,
            value: value.ok_or_else(|| Error::internal("a figure out of range"))?,
            span: listed(Span::ALL, row.span)?,
            origin: listed(Origin::ALL, row.origin)?,
            method: row.method.map(|method| listed(SurveyMethod::ALL, method)).transpose()?,
            reference_period: row.reference_period,
            project: row.project,
            synthetic: row.synthetic,
            contested: row.contested,
            detail: row.detail,
        };
        Ok(Self { id: row.id, figure, until_revision: row.until_revision })
    }
}

type Figures<'q> = observations::BoxedQuery<'q, <Conn as Connection>::Backend>;

/// The rows that hold at the current revision, in the order in which they came.
fn holding<'q>() -> Figures<'q> {
    observations::table.filter(observations::until_revision.is_null()).order(observations::id).into_boxed()
}

fn load(conn: &mut Conn, wanted: Figures<'_>) -> Result<Vec<Row>> {
    let rows: Vec<ObservationRow> = wanted.load(conn).map_err(internal)?;
    rows.into_iter().map(Row::try_from).collect()
}

/// Every figure that holds at the current revision.
pub fn current_figures(conn: &mut Conn) -> Result<Vec<Row>> {
    load(conn, holding())
}

/// The figures of a quarter that hold at the current revision.
pub fn figures_of_quarter(conn: &mut Conn, quarter: Quarter) -> Result<Vec<Row>> {
    load(conn, holding().filter(observations::quarter.eq(quarter.serial())))
}

/// The quarters that any figure holds in at the current revision.
pub fn quarters_with_figures(conn: &mut Conn) -> Result<Vec<Quarter>> {
    let current = observations::table.filter(observations::until_revision.is_null());
    let serials: Vec<i32> = current.select(observations::quarter).distinct().load(conn).map_err(internal)?;
    let quarter = |serial| Quarter::from_serial(serial).ok_or_else(|| Error::internal("a quarter out of range"));
    serials.into_iter().map(quarter).collect()
}

/// The wards and quarters whose figures or reports changed after a revision.
pub fn changed_reports(conn: &mut Conn, after: i64) -> Result<Vec<(usize, Quarter)>> {
    let begun: Vec<(i32, i32)> = reports::table
        .inner_join(report_versions::table)
        .filter(report_versions::from_revision.gt(after))
        .select((reports::area, reports::quarter))
        .distinct()
        .load(conn)
        .map_err(internal)?;
    let ended: Vec<(i32, i32)> = reports::table
        .inner_join(report_versions::table)
        .filter(report_versions::until_revision.gt(after))
        .select((reports::area, reports::quarter))
        .distinct()
        .load(conn)
        .map_err(internal)?;
    let mut changed = begun;
    changed.extend(ended);
    changed.sort_unstable();
    changed.dedup();
    changed
        .into_iter()
        .map(|(area, quarter)| {
            let quarter = Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a quarter out of range"))?;
            Ok((position(area)?, quarter))
        })
        .collect()
}

/// The figures of one ward's quarter that hold at the current revision.
pub fn figures_of(conn: &mut Conn, area: usize, quarter: Quarter) -> Result<Vec<Row>> {
    let of_area = holding().filter(observations::area.eq(number(area)?));
    load(conn, of_area.filter(observations::quarter.eq(quarter.serial())))
}

/// The figures that hold now, of some areas and the quarters from one to another, by their stored numbers.
pub(super) fn current_figures_of(conn: &mut Conn, areas: &[i32], (first, last): (i32, i32)) -> Result<Vec<Row>> {
    let of_areas = holding().filter(observations::area.eq_any(areas));
    load(conn, of_areas.filter(observations::quarter.between(first, last)))
}

/// A published version of a report, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedReport {
    /// The position of the ward in the book.
    pub area: usize,
    /// The quarter.
    pub quarter: Quarter,
    /// The version's number.
    pub version: i32,
    /// How often it was written.
    pub edits: i64,
    /// Whether it came from a file.
    pub imported: bool,
    /// Whether its figures were generated.
    pub synthetic: bool,
    /// The revision that published it.
    pub revision: i64,
    /// When the ward sent it.
    pub submitted_at: Option<NaiveDateTime>,
    /// When it was published.
    pub published_at: NaiveDateTime,
}

pub(super) type PublishedRow =
    (i32, i32, bool, i32, i64, bool, Option<i64>, Option<NaiveDateTime>, Option<NaiveDateTime>);

impl TryFrom<PublishedRow> for PublishedReport {
    type Error = Error;

    fn try_from(row: PublishedRow) -> Result<Self> {
        let (area, quarter, synthetic, version, edits, imported, revision, submitted_at, published_at) = row;
        let quarter = Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a quarter out of range"))?;
        let (revision, published_at) =
            revision.zip(published_at).ok_or_else(|| Error::internal("a publication without a date"))?;
        let area = position(area)?;
        Ok(Self { area, quarter, version, edits, imported, synthetic, revision, submitted_at, published_at })
    }
}

/// The published reports, all of them or those of one ward's quarter.
pub fn published_reports(conn: &mut Conn, of: Option<(usize, Quarter)>) -> Result<Vec<PublishedReport>> {
    let mut query = reports::table
        .inner_join(report_versions::table)
        .filter(report_versions::from_revision.is_not_null())
        .filter(report_versions::until_revision.is_null())
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
        .into_boxed();
    if let Some((area, quarter)) = of {
        query = query.filter(reports::area.eq(number(area)?)).filter(reports::quarter.eq(quarter.serial()));
    }
    let rows: Vec<PublishedRow> = query.load(conn).map_err(internal)?;
    rows.into_iter().map(PublishedReport::try_from).collect()
}
