//! Which findings stand behind the figures of an aggregate.

use std::collections::BTreeSet;

use crate::domain::aggregate::{Aggregate, Published as _};
use crate::domain::area::AreaKey;
use crate::domain::indicator::{Catalogue, IndicatorKey};
use crate::error::Result;
use crate::service::publish::FigureDetail;
use crate::snapshot::Snapshot;

/// A ward whose figures in an aggregate stand under open errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested {
    /// The ward.
    pub ward: AreaKey,
    /// The errors, by the ids of its reports' findings; none where the figures are of wards that became it.
    pub findings: BTreeSet<String>,
}

/// The contested wards of an aggregate with the findings that contest its figures.
///
/// # Errors
/// Where a published figure holds what it cannot.
pub fn contested(snapshot: &Snapshot, aggregate: &Aggregate) -> Result<Vec<Contested>> {
    if aggregate.contested.is_empty() {
        return Ok(Vec::new());
    }
    let parts = counted(snapshot.catalogue(), aggregate.indicator);
    let quarters = || aggregate.period.first.through(aggregate.period.last);
    let of = |ward: &AreaKey| {
        let figures = quarters().flat_map(|quarter| snapshot.figures(*ward, quarter));
        let ours = figures.filter(|figure| {
            figure.contested && figure.nature == aggregate.nature && parts.contains(&figure.indicator)
        });
        let mut findings = BTreeSet::new();
        for figure in ours {
            findings.extend(FigureDetail::read(figure.detail.as_deref())?.findings);
        }
        Ok(Contested { ward: *ward, findings })
    };
    aggregate.contested.iter().map(of).collect()
}

/// An indicator and everything that it is counted from.
fn counted(catalogue: &Catalogue, indicator: IndicatorKey) -> Vec<IndicatorKey> {
    let mut found = vec![indicator];
    let mut at = 0;
    while let Some(key) = found.get(at).copied() {
        if let Some(parts) = catalogue.parts(key) {
            let ratio = parts.ratio.into_iter().flat_map(|(above, below)| [above, below]);
            let next: Vec<_> = ratio.chain(parts.plus.iter().chain(&parts.minus).copied()).collect();
            found.extend(next.into_iter().filter(|part| !found.contains(part)).collect::<Vec<_>>());
        }
        at += 1;
    }
    found
}
