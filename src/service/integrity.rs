//! Whether what is published is what the reports say: every figure made anew from the documents, and every aggregate from
//! those figures, beside what is stored. For whoever restored a backup, and for whoever doubts.

use std::collections::{BTreeMap, HashMap};

use super::publish::figures;
use super::seed;
use crate::db::head::current_head;
use crate::db::publication::{self, Identity, Published, PublishedReport};
use crate::db::report::published_documents;
use crate::db::{Conn, Store, integrity};
use crate::domain::aggregate::{AggregateQuery, Published as _, aggregate};
use crate::domain::area::AreaKey;
use crate::domain::indicator::Nature;
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};
use crate::snapshot::Snapshot;

/// Documents that are read at once.
const BATCH: usize = 100;
/// Faults that are told one by one.
const MOST_TOLD: usize = 100;

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Revisions.
    pub revisions: usize,
    /// Published reports.
    pub reports: usize,
    /// Their figures.
    pub figures: usize,
    /// Aggregates that were computed from documents and from rows.
    pub aggregates: usize,
    /// A sentence for each fault, up to a hundred.
    pub faults: Vec<String>,
}

impl Verified {
    fn fault(&mut self, sentence: String) {
        if self.faults.len() < MOST_TOLD {
            self.faults.push(sentence);
        }
    }
}

/// Looks at everything that is published, in one transaction, so that it may be done while others write.
///
/// # Errors
/// Where the database is away or holds what cannot be read.
pub fn verify(store: &Store) -> Result<Verified> {
    let rules = seed::calendar()?;
    store.read_blocking(|conn| {
        let mut verified = Verified { faults: integrity::file(conn)?, ..Verified::default() };
        let (revisions, faults) = integrity::revision_numbers(conn)?;
        verified.revisions = revisions;
        for fault in faults {
            verified.fault(fault);
        }
        let frame = Snapshot::frame(conn, &rules)?;
        let mut quarters: BTreeMap<Quarter, Vec<PublishedReport>> = BTreeMap::new();
        for report in publication::published_reports(conn, None)? {
            quarters.entry(report.quarter).or_default().push(report);
        }
        for quarter in publication::quarters_with_figures(conn)? {
            quarters.entry(quarter).or_default();
        }
        for (quarter, reports) in quarters {
            of_quarter(conn, &frame, quarter, &reports, &mut verified)?;
        }
        Ok(verified)
    })
}

fn of_quarter(
    conn: &mut Conn,
    frame: &Snapshot,
    quarter: Quarter,
    reports: &[PublishedReport],
    verified: &mut Verified,
) -> Result<()> {
    let stored: Vec<Published> =
        publication::figures_of_quarter(conn, quarter)?.into_iter().map(|row| row.figure).collect();
    let made = made_of_documents(conn, frame, quarter, reports)?;
    verified.reports += reports.len();
    verified.figures += made.len();
    compare_figures(frame, quarter, &stored, &made, verified);
    let (stored, made) = (frame.with_quarter(quarter, reports, stored)?, frame.with_quarter(quarter, reports, made)?);
    compare_aggregates(&stored, &made, quarter, verified);
    Ok(())
}

/// The figures of a quarter as its documents state them.
fn made_of_documents(
    conn: &mut Conn,
    frame: &Snapshot,
    quarter: Quarter,
    reports: &[PublishedReport],
) -> Result<Vec<Published>> {
    let revision = current_head(conn)?.revision;
    let mut made = Vec::new();
    for batch in reports.chunks(BATCH) {
        let keys: Vec<_> = batch.iter().map(|report| (report.area, quarter)).collect();
        for ((area, _), readable) in published_documents(conn, revision, &keys)? {
            let ward = AreaKey::new(area).ok_or_else(|| Error::internal("too many areas"))?;
            made.extend(figures(frame.catalogue(), (ward, quarter), &readable.document, &readable.validation)?);
        }
    }
    Ok(made)
}

fn compare_figures(
    frame: &Snapshot,
    quarter: Quarter,
    stored: &[Published],
    made: &[Published],
    verified: &mut Verified,
) {
    type Key = (usize, Identity);
    let key = |figure: &Published| -> Key { (figure.area, figure.identity()) };
    let mut rows: HashMap<Key, &Published> = HashMap::with_capacity(stored.len());
    for figure in stored {
        if rows.insert(key(figure), figure).is_some() {
            verified.fault(format!("{} is published twice", named(frame, quarter, figure)));
        }
    }
    for figure in made {
        match rows.remove(&key(figure)) {
            Some(row) if row == figure => {}
            Some(row) => {
                let (row, stated) = (told(row), told(figure));
                let what = named(frame, quarter, figure);
                verified.fault(format!("{what} is published as {row}, and its report states {stated}"));
            }
            None => verified.fault(format!("{} is in its report and not published", named(frame, quarter, figure))),
        }
    }
    for figure in rows.into_values() {
        verified.fault(format!("{} is published and in no report", named(frame, quarter, figure)));
    }
}

fn named(frame: &Snapshot, quarter: Quarter, figure: &Published) -> String {
    let ward =
        AreaKey::new(figure.area).and_then(|key| frame.areas().get(key)).map_or("an unknown area", |area| &area.id);
    let mut indicators = frame.catalogue().iter();
    let indicator = indicators.find(|(key, _)| key.position() == figure.indicator);
    let indicator = indicator.map_or("an unknown indicator", |(_, indicator)| &indicator.code);
    format!("{ward} {quarter} {indicator} ({})", figure.nature.as_str())
}

fn told(figure: &Published) -> String {
    let contested = if figure.contested { ", contested" } else { "" };
    let operator = if figure.operator.is_bound() { figure.operator.as_str() } else { "" };
    format!("{operator}{}{contested}", figure.value)
}

/// Every area that others belong to, by every indicator, computed from either.
fn compare_aggregates(stored: &Snapshot, made: &Snapshot, quarter: Quarter, verified: &mut Verified) {
    let cut_off = stored.calendar().cut_off(quarter);
    let indicators: Vec<_> = stored.catalogue().iter().map(|(key, _)| key).collect();
    for (area, of) in stored.areas().iter().filter(|(area, _)| stored.areas().members(*area, cut_off).len() > 1) {
        let query = AggregateQuery::of_quarter(area, indicators.clone(), quarter, Nature::Actual);
        let (left, right) = (aggregate(stored, &query), aggregate(made, &query));
        verified.aggregates += left.len();
        for (left, right) in left.iter().zip(&right).filter(|(left, right)| left != right) {
            let code = stored.catalogue().get(left.indicator).map_or("", |indicator| &indicator.code);
            let shown = |value: Option<crate::domain::statistics::Fixed4>| {
                value.map_or_else(|| "no value".to_owned(), |value| value.to_f64().to_string())
            };
            let (was, is) = (shown(left.value), shown(right.value));
            verified.fault(format!("{} {quarter} {code} adds up to {was}, and the reports to {is}", of.id));
        }
    }
}
