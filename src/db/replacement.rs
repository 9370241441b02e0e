//! Figures in the place of others: what stays, what ends, what begins, and the fastest ways into each database.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Conn;
use super::catalogue::number;
use super::error::internal;
use super::publication::{Identity, Published, Row, figures_of, index_of};
use super::schema::observations;
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Operator, Origin, SurveyMethod};
use crate::domain::quarter::Quarter;
use crate::error::Result;

/// Rows that one statement names by their keys, below the 32,766 binds that SQLite takes.
const ROWS_PER_STATEMENT: usize = 10_000;
/// Rows that are held ready for one copy.
const ROWS_PER_COPY: usize = 20_000;

/// What a new version brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    /// Figures that were not there before.
    pub created: usize,
    /// Figures that say something else than before.
    pub updated: usize,
    /// Figures that say the same.
    pub unchanged: usize,
    /// Figures that are no longer there.
    pub removed: usize,
}

impl Difference {
    /// With what another version brought.
    pub const fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
    }

    /// Whether every figure says the same as before.
    #[must_use]
    pub const fn changes_nothing(&self) -> bool {
        self.created == 0 && self.updated == 0 && self.removed == 0
    }
}

/// What becomes of the figures of a ward's quarter.
pub(super) struct Compared<'f> {
    pub difference: Difference,
    pub begin: Vec<&'f Published>,
    /// The rows that others replace.
    pub end: Vec<i64>,
    /// The rows that nothing replaces, which the change feed tells as withdrawn.
    pub withdraw: Vec<i64>,
}

/// Compares the figures that hold with those that shall. A row that says the same stays; one that changed ends and a new
/// one begins; one that is gone ends.
pub(super) fn compare(present: Vec<Row>, figures: &[Published]) -> Compared<'_> {
    let mut present: HashMap<Identity, Row> = present.into_iter().map(|row| (row.figure.identity(), row)).collect();
    let mut difference = Difference::default();
    let (mut begin, mut end) = (Vec::new(), Vec::new());
    for figure in figures {
        match present.remove(&figure.identity()) {
            Some(row) if row.figure == *figure => difference.unchanged += 1,
            Some(row) => {
                difference.updated += 1;
                end.push(row.id);
                begin.push(figure);
            }
            None => {
                difference.created += 1;
                begin.push(figure);
            }
        }
    }
    difference.removed = present.len();
    let withdraw = present.into_values().map(|row| row.id).collect();
    Compared { difference, begin, end, withdraw }
}

/// Makes `figures` the published figures of one ward's quarter from `revision` on.
pub fn replace_figures(
    conn: &mut Conn,
    report_version: i64,
    (area, quarter): (usize, Quarter),
    figures: &[Published],
    revision: i64,
) -> Result<Difference> {
    let Compared { difference, begin, end, withdraw } = compare(figures_of(conn, area, quarter)?, figures);
    end_figures(conn, &end, &withdraw, revision)?;
    let begin: Vec<_> = begin.into_iter().map(|figure| (report_version, figure)).collect();
    insert_figures(conn, &begin, revision)?;
    Ok(difference)
}

/// Ends rows at a revision: those that others replace, and those that nothing does.
pub(super) fn end_figures(conn: &mut Conn, replaced: &[i64], withdrawn: &[i64], revision: i64) -> Result<()> {
    for (ids, withdrawn) in [(replaced, false), (withdrawn, true)] {
        for ids in ids.chunks(ROWS_PER_STATEMENT) {
            diesel::update(observations::table.filter(observations::id.eq_any(ids)))
                .set((observations::until_revision.eq(revision), observations::withdrawn.eq(withdrawn)))
                .execute(conn)
                .map_err(internal)?;
        }
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = observations, treat_none_as_default_value = false)]
struct NewRow<'f> {
    report_version: i64,
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
    reference_period: &'f str,
    project: &'f str,
    synthetic: bool,
    contested: bool,
    detail: Option<String>,
    from_revision: i64,
    withdrawn: bool,
}

impl<'f> NewRow<'f> {
    fn of((report_version, figure): &(i64, &'f Published), revision: i64) -> Result<Self> {
        let method = figure.method.as_ref().map(|method| index_of(SurveyMethod::ALL, method));
        Ok(Self {
            report_version: *report_version,
            area: number(figure.area)?,
            quarter: figure.quarter.serial(),
            indicator: number(figure.indicator)?,
            nature: index_of(Nature::ALL, &figure.nature)?,
            operator: index_of(Operator::ALL, &figure.operator)?,
            mantissa: figure.value.mantissa(),
            scale: i16::from(figure.value.scale()),
            span: index_of(Span::ALL, &figure.span)?,
            origin: index_of(Origin::ALL, &figure.origin)?,
            method: method.transpose()?,
            reference_period: &figure.reference_period,
            project: &figure.project,
            synthetic: figure.synthetic,
            contested: figure.contested,
            detail: figure.detail.clone(),
            from_revision: revision,
            withdrawn: false,
        })
    }
}

/// Begins rows at a revision, each with the key of its report's version: by `COPY` on PostgreSQL, by one prepared statement
/// on SQLite, which are the fastest ways into each.
pub(super) fn insert_figures(conn: &mut Conn, figures: &[(i64, &Published)], revision: i64) -> Result<()> {
    for chunk in figures.chunks(ROWS_PER_COPY) {
        let rows = chunk.iter().map(|figure| NewRow::of(figure, revision)).collect::<Result<Vec<_>>>()?;
        match conn {
            Conn::Postgres(postgres) => {
                diesel::copy_from(observations::table).from_insertable(rows).execute(postgres).map_err(internal)?;
            }
            Conn::Sqlite(sqlite) => {
                for row in rows {
                    diesel::insert_into(observations::table).values(row).execute(sqlite).map_err(internal)?;
                }
            }
        }
    }
    Ok(())
}
