//! What a file means beside what is published: every row is told to bring something new, to change something, to say what
//! is there, or to be refused.

use std::collections::{BTreeMap, HashSet};

use super::column::Column;
use super::file::{Fault, File, Rejections, Row, rejection};
use super::report::{FigureCounts, ImportReport, Mode, RowCounts};
use super::row::{RowPlace, Said, given};
use crate::db::Conn;
use crate::db::bulk::published_places;
use crate::db::calendar::has_locks;
use crate::db::head::current_head;
use crate::db::report::published_document;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::observation::Observation;
use crate::domain::policy::Scope;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Result};
use crate::service::actor::ensure_reaches;
use crate::service::figure_input::{Figures, excesses};
use crate::service::lock::ensure_open;
use crate::service::publish::{Merged, Outcome, Publication, merged};
use crate::snapshot::Snapshot;

/// A file that was judged: what to publish of it, and what is said of it.
pub(super) struct Judged {
    pub documents: BTreeMap<(AreaKey, Quarter), Publication>,
    pub report: ImportReport,
}

/// Judges every row of a file.
///
/// # Errors
/// Where the database is away.
pub(super) fn judge(conn: &mut Conn, snapshot: &Snapshot, scope: &Scope, file: &File, mode: Mode) -> Result<Judged> {
    let head = current_head(conn)?;
    let quarters = || file.rows.iter().map(|((_, quarter), _)| *quarter);
    let known = match quarters().min().zip(quarters().max()) {
        Some((first, last)) => published_places(conn, first, last)?,
        None => HashSet::new(),
    };
    let locks = has_locks(conn)?;
    let mut judging = Judging {
        file,
        snapshot,
        scope,
        rows: RowCounts { total: file.total, rejected: file.rejected, ..RowCounts::default() },
        figures: FigureCounts::default(),
        rejections: file.rejections.clone(),
        documents: BTreeMap::new(),
        known,
        locks,
    };
    let mut reports = 0;
    for rows in file.rows.chunk_by(|(left, _), (right, _)| left == right) {
        reports += 1;
        if let Some((place, _)) = rows.first() {
            judging.report(conn, *place, rows)?;
        }
    }
    let Judging { rows, figures, mut rejections, documents, .. } = judging;
    rejections.listed.sort_by_key(|rejection| rejection.line);
    let report = ImportReport {
        mode,
        committed: false,
        revision: head.revision,
        epoch: head.epoch,
        rows,
        figures,
        reports,
        changed_reports: documents.len(),
        rejections: rejections.listed,
        more_rejections: rejections.more,
    };
    Ok(Judged { documents, report })
}

struct Judging<'f> {
    file: &'f File,
    snapshot: &'f Snapshot,
    scope: &'f Scope,
    rows: RowCounts,
    figures: FigureCounts,
    rejections: Rejections,
    documents: BTreeMap<(AreaKey, Quarter), Publication>,
    /// Of which wards' quarters something is published.
    known: HashSet<(usize, Quarter)>,
    /// Whether any quarter is locked at all.
    locks: bool,
}

type Rows<'f> = &'f [((AreaKey, Quarter), Row)];

/// The figures of one report's rows.
struct Given {
    figures: Vec<Observation>,
    said: Vec<Said>,
    /// Which row brought which figure, in the order of the rows.
    brought: Vec<(usize, usize)>,
    /// Which rows are refused.
    refused: Vec<bool>,
}

impl Judging<'_> {
    /// Takes the rows about one ward's quarter.
    fn report(&mut self, conn: &mut Conn, (ward, quarter): (AreaKey, Quarter), rows: Rows<'_>) -> Result<()> {
        let reached = ensure_reaches(self.snapshot, self.scope, ward, quarter).map_err(|error| (Column::Ward, error));
        let open = if self.locks { ensure_open(conn, self.snapshot, ward, quarter) } else { Ok(()) };
        let open = open.map_err(|error| (Column::Quarter, error));
        if let Err((column, error)) = reached.and(open) {
            return self.refuse_all(column, error, rows);
        }
        let mut given = self.given(rows);
        let published = if self.known.contains(&(ward.position(), quarter)) {
            published_document(conn, ward.position(), quarter)?
        } else {
            None
        };
        let is_new = published.is_none();
        let version = self.snapshot.areas().get(ward);
        let version = version.and_then(|area| area.on_or_latest(self.snapshot.calendar().cut_off(quarter)));
        let code = version.map_or("", |version| &version.code);
        let figures = std::mem::take(&mut given.figures);
        let said = std::mem::take(&mut given.said);
        let merged = merged(published, code, quarter, figures, |at, figure, known| {
            if let Some(said) = said.get(at) {
                said.keep(figure, known);
            }
        });
        self.excesses(&merged, rows, &mut given);
        self.count(&merged, &given, rows.len());
        let changed = merged.outcomes.iter().any(|outcome| *outcome != Outcome::Unchanged);
        if changed || is_new && !merged.outcomes.is_empty() {
            self.documents.insert((ward, quarter), merged.document.into());
        }
        Ok(())
    }

    fn refuse_all(&mut self, column: Column, error: Error, rows: Rows<'_>) -> Result<()> {
        if error.is_fault() {
            return Err(error);
        }
        for (_, row) in rows {
            self.rows.rejected += 1;
            self.reject(row, Fault { column, code: error.code(), detail: error.detail().clone() });
        }
        Ok(())
    }

    fn reject(&mut self, row: &Row, fault: Fault) {
        self.rejections.add(rejection(&self.file.layout, row.line, &row.cells(), fault));
    }

    fn given(&mut self, rows: Rows<'_>) -> Given {
        let mut figures = Figures::new(self.snapshot.catalogue());
        let (mut said, mut brought, mut refused) = (Vec::new(), Vec::new(), vec![false; rows.len()]);
        let mut faults = Vec::new();
        for (at, ((_, row), refused)) in rows.iter().zip(&mut refused).enumerate() {
            let cells = row.cells();
            // Whatever is wrong with the row itself was told when it was read.
            let Ok(input) = given(&cells) else { continue };
            let named = input.indicator.clone();
            figures.add(input, RowPlace { line: row.line }, &mut faults);
            *refused = !faults.is_empty();
            for fault in faults.drain(..) {
                let column = Column::parse(&fault.pointer).unwrap_or(Column::Indicator);
                self.reject(row, Fault { column, code: fault.code, detail: fault.detail });
            }
            if *refused {
                self.rows.rejected += 1;
                continue;
            }
            for position in figures.last() {
                brought.push((at, *position));
                let own = figures.observations().get(*position).is_some_and(|figure| figure.indicator == named);
                match said.get_mut(*position) {
                    Some(known) if own => *known = Said::of(&cells),
                    Some(_) => {}
                    None => said.resize(position + 1, Said::of(&cells)),
                }
            }
        }
        Given { figures: figures.into_observations(), said, brought, refused }
    }

    /// Refuses the rows that put a numerator above its denominator in the document that they become part of, whichever of
    /// the two they bring.
    fn excesses(&mut self, merged: &Merged, rows: Rows<'_>, given: &mut Given) {
        let position_of = |at: usize| merged.given.get(at).copied().flatten();
        for excess in excesses(self.snapshot.catalogue(), &merged.document.observations, position_of) {
            let named = given.brought.iter().filter(|(_, position)| *position == excess.place);
            let own = |(at, _): &&(usize, usize)| {
                rows.get(*at).is_some_and(|(_, row)| row.cells().get(Column::Indicator) == excess.indicator)
            };
            let Some((at, _)) = named.clone().find(own).or_else(|| named.clone().next()) else { continue };
            let (Some((_, row)), Some(refused)) = (rows.get(*at), given.refused.get_mut(*at)) else { continue };
            self.rows.rejected += usize::from(!std::mem::replace(refused, true));
            let is_own = row.cells().get(Column::Indicator) == excess.indicator;
            let count = if excess.of_numerator { Column::Numerator } else { Column::Denominator };
            let column = if is_own { Column::Value } else { count };
            self.reject(row, Fault { column, code: Code::NotMeaningful, detail: excess.detail });
        }
    }

    /// Counts every row once, by the most that it does; and every figure.
    fn count(&mut self, merged: &Merged, given: &Given, rows: usize) {
        let mut most = vec![Outcome::Unchanged; rows];
        let mut seen = vec![false; merged.outcomes.len()];
        for (at, position) in &given.brought {
            let (Some(most), Some(outcome)) = (most.get_mut(*at), merged.outcomes.get(*position)) else { continue };
            *most = (*most).max(*outcome);
            if given.refused.get(*at) == Some(&false)
                && let Some(seen) = seen.get_mut(*position)
                && !std::mem::replace(seen, true)
            {
                *match outcome {
                    Outcome::Created => &mut self.figures.created,
                    Outcome::Updated => &mut self.figures.updated,
                    Outcome::Unchanged => &mut self.figures.unchanged,
                } += 1;
            }
        }
        for (most, _) in most.iter().zip(&given.refused).filter(|(_, refused)| !**refused) {
            *match most {
                Outcome::Created => &mut self.rows.created,
                Outcome::Updated => &mut self.rows.updated,
                Outcome::Unchanged => &mut self.rows.unchanged,
            } += 1;
        }
    }
}
