//! The places of wards among comparable ones.

use std::cmp::Ordering;

use super::answer::{Basis, Placed, Rank};
use crate::domain::indicator::Direction;
use crate::domain::statistics::Ratio;

/// Ranks are not given over fewer than this.
const RANKED_DENOMINATOR: i128 = 10;

/// What a row is compared by: counts of everybody who is expected, over a denominator that is not too small.
pub(super) fn comparable(row: &Placed) -> Option<Ratio> {
    let counted = row.basis == Some(Basis::Counts) && row.is_whole();
    row.ratio.filter(|ratio| counted && ratio.denominator >= RANKED_DENOMINATOR)
}

/// Standard competition ranking among the rows of one indicator and period, by their position: 1, 2, 2, 4. Nobody is ranked
/// where neither more nor less is better, or where wards asked in different ways.
pub(super) fn places<'a>(rows: impl Iterator<Item = (usize, &'a Placed)>, direction: Direction) -> Vec<(usize, Rank)> {
    if direction == Direction::Neutral {
        return Vec::new();
    }
    let ranked = rows.filter_map(|(at, row)| Some((comparable(row)?, at, row.method)));
    let mut ranked: Vec<_> = ranked.collect();
    if ranked.iter().any(|(_, _, method)| ranked.first().is_some_and(|(_, _, first)| first != method)) {
        return Vec::new();
    }
    // Best first. Every denominator is positive here, so every two compare.
    let order = |left: &Ratio, right: &Ratio| {
        let ascending = left.compare(*right).unwrap_or(Ordering::Equal);
        if direction == Direction::Higher { ascending.reverse() } else { ascending }
    };
    ranked.sort_unstable_by(|(left, ..), (right, ..)| order(left, right));
    let (mut found, mut position) = (Vec::with_capacity(ranked.len()), 1);
    for tied in ranked.chunk_by(|(left, ..), (right, ..)| order(left, right) == Ordering::Equal) {
        found.extend(tied.iter().map(|(_, at, _)| (*at, Rank { position, of: ranked.len(), tied: tied.len() })));
        position += tied.len();
    }
    found
}
