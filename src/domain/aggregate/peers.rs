//! A ward beside the others of its kind: wards with wards, communes with communes.

use super::answer::{Basis, Peers, Placed, Rank, Standing};
use super::rank::{comparable, places};
use super::sum::too_few;
use super::value::interval;
use crate::domain::area::AreaKind;
use crate::domain::indicator::{Direction, Indicator, IndicatorKind};
use crate::domain::observation::SurveyMethod;
use crate::domain::statistics::{Fixed4, Ratio};

/// What the rows of one kind and one way of asking add up to.
struct Group {
    kind: AreaKind,
    method: Option<SurveyMethod>,
    ratio: Ratio,
    counted: usize,
    /// How many of those were generated.
    synthetic: usize,
}

/// How many rows of a kind there are, and how many of them report the indicator in any form.
struct Company {
    kind: AreaKind,
    wards: usize,
    reporters: usize,
}

/// Puts beside every row what the other rows of its kind come to. `kinds` are those of the rows, in their order; a row
/// whose kind is not on record has no peers, and neither has an indicator that is no rate.
pub(super) fn put(rows: &mut [Placed], kinds: &[Option<AreaKind>], indicator: &Indicator) {
    if indicator.kind != IndicatorKind::Rate {
        return;
    }
    let (mut groups, mut companies): (Vec<Group>, Vec<Company>) = (Vec::new(), Vec::new());
    for (row, kind) in rows.iter().zip(kinds) {
        let Some(kind) = *kind else { continue };
        let known = companies.iter().position(|company| company.kind == kind);
        let at = known.unwrap_or(companies.len());
        if known.is_none() {
            companies.push(Company { kind, wards: 0, reporters: 0 });
        }
        if let Some(company) = companies.get_mut(at) {
            company.wards += 1;
            company.reporters += usize::from(reports(row));
        }
        let Some(ratio) = counted(row) else { continue };
        let same = |group: &Group| group.kind == kind && group.method == row.method;
        let at = groups.iter().position(same).unwrap_or_else(|| {
            groups.push(Group { kind, method: row.method, ratio: Ratio::default(), counted: 0, synthetic: 0 });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.ratio = group.ratio.plus(ratio);
            group.counted += 1;
            group.synthetic += usize::from(row.value_synthetic);
        }
    }
    let mut ranks: Vec<Option<Rank>> = vec![None; rows.len()];
    for company in &companies {
        let same = rows.iter().zip(kinds).enumerate().filter(|(_, (_, kind))| **kind == Some(company.kind));
        for (at, rank) in places(same.map(|(at, (row, _))| (at, row)), indicator.direction) {
            if let Some(place) = ranks.get_mut(at) {
                *place = Some(rank);
            }
        }
    }
    for ((row, kind), rank) in rows.iter_mut().zip(kinds).zip(ranks) {
        let company = companies.iter().find(|company| Some(company.kind) == *kind);
        row.peers = company.map(|company| {
            let group = groups.iter().find(|group| group.kind == company.kind && group.method == row.method);
            peers(row, company, group, rank, indicator.direction)
        });
        row.synthetic |= row.peers.is_some_and(|peers| peers.synthetic);
    }
}

/// What a row adds to the others: its counts, however few.
fn counted(row: &Placed) -> Option<Ratio> {
    row.ratio.filter(|_| row.basis == Some(Basis::Counts))
}

/// Whether a row reports the indicator in any form, as for every sum.
fn reports(row: &Placed) -> bool {
    row.coverage.included > 0 || row.coverage.missing.iter().any(|missing| missing.reason.reports())
}

fn peers(row: &Placed, company: &Company, group: Option<&Group>, rank: Option<Rank>, direction: Direction) -> Peers {
    let own = counted(row);
    let others = company.wards - 1;
    let reporters = company.reporters - usize::from(reports(row));
    let included = group.map_or(0, |group| group.counted - usize::from(own.is_some()));
    // As for every sum: one ward's counts do not stand for four that only state a rate, or a bound.
    let enough = included > 0 && !too_few(included, reporters);
    let ratio = group.filter(|_| enough).map(|group| match own {
        Some(own) => group.ratio.less(own),
        None => group.ratio,
    });
    let value = ratio.and_then(Ratio::percent);
    let standing = (direction != Direction::Neutral).then(|| standing(row, value, direction));
    let generated = group.map_or(0, |group| group.synthetic - usize::from(own.is_some() && row.value_synthetic));
    let synthetic = generated > 0 && (value.is_some() || rank.is_some());
    Peers { kind: company.kind, wards: others, included, value, standing, rank, synthetic }
}

/// Where a ward's 95 % interval lies beside what its peers come to, by the ends as they are shown.
fn standing(row: &Placed, peers: Option<Fixed4>, direction: Direction) -> Standing {
    let Some((peers, interval)) = peers.zip(comparable(row).and_then(interval)) else { return Standing::NotComparable };
    match (interval.lower > peers, interval.upper < peers) {
        (false, false) => Standing::Similar,
        (above, _) if above == (direction == Direction::Higher) => Standing::Better,
        _ => Standing::Worse,
    }
}
