use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;

fn balance(id: &str, terms: &[(usize, i128)]) -> Constraint {
    Constraint { id: id.to_owned(), terms: terms.to_vec(), bound: 0, operator: Operator::EqualTo }
}

fn subset(part: usize, whole: usize) -> Constraint {
    let terms = vec![(part, 1), (whole, -1)];
    Constraint { id: String::new(), terms, bound: 0, operator: Operator::LessThanOrEqualTo }
}

/// total = done + open, done = early + late, open = waiting + overdue, and a balance that shares nothing with them.
fn constraints() -> Vec<Constraint> {
    vec![
        balance("total", &[(0, 1), (1, -1), (2, -1)]),
        balance("done", &[(1, 1), (3, -1), (4, -1)]),
        balance("open", &[(2, 1), (5, -1), (6, -1)]),
        balance("other", &[(7, 1), (8, -1), (9, -1)]),
        subset(3, 1),
        subset(8, 7),
    ]
}

fn honest(random: &mut ChaCha8Rng) -> Vec<i128> {
    let mut small = || i128::from(random.random_range(1..40_u32));
    let (early, late, waiting, overdue, mine, yours) = (small(), small(), small(), small(), small(), small());
    let (done, open) = (early + late, waiting + overdue);
    [done + open, done, open, early, late, waiting, overdue, mine + yours, mine, yours]
        .map(|value| value * UNIT)
        .to_vec()
}

fn moves(constraints: &[Constraint], values: &[i128]) -> Vec<Move> {
    Bench::new(constraints, |at| values[at]).moves(|_| true, |_, _| true)
}

fn after(values: &[i128], to: &[(usize, i128)]) -> Vec<i128> {
    let mut next = values.to_vec();
    for (at, new) in to {
        next[*at] = *new;
    }
    next
}

fn failing(constraints: &[Constraint], values: &[i128]) -> BTreeSet<usize> {
    let fails = |(at, constraint): (usize, &Constraint)| (!constraint.holds(|figure| values[figure])).then_some(at);
    constraints.iter().enumerate().filter_map(fails).collect()
}

#[test]
fn what_was_exchanged_or_mistyped_is_among_the_repairs_and_every_repair_mends() {
    let (constraints, mut random) = (constraints(), ChaCha8Rng::seed_from_u64(3));
    let (mut exchanges, mut changes) = (0, 0);
    for round in 0..2_000 {
        let values = honest(&mut random);
        assert!(moves(&constraints, &values).is_empty(), "nothing to mend");
        let (one, other) = (random.random_range(0..10_usize), random.random_range(0..10_usize));
        let wrong = if round % 2 == 0 {
            after(&values, &[(one, values[other]), (other, values[one])])
        } else {
            after(&values, &[(one, i128::from(random.random_range(0..80_u32)) * UNIT)])
        };
        let broken = failing(&constraints, &wrong);
        let found = moves(&constraints, &wrong);
        for step in &found {
            let left = failing(&constraints, &after(&wrong, &step.to));
            // What it restores is restored, what held still holds.
            assert!(left.is_subset(&broken) && left.is_disjoint(&step.restores), "{step:?}");
            assert!(!step.restores.is_empty());
            assert!(step.to.iter().all(|(_, new)| *new >= 0 && new.rem_euclid(UNIT) == 0));
        }
        let balances: BTreeSet<usize> = broken.iter().copied().filter(|at| *at < 4).collect();
        if balances.is_empty() {
            assert!(found.is_empty());
            continue;
        }
        // Undoing the slip restores everything, so it is offered.
        let undone = |step: &&Move| after(&wrong, &step.to) == values;
        let undoing = found.iter().find(undone).unwrap_or_else(|| panic!("{values:?} {wrong:?}: {found:?}"));
        assert_eq!(undoing.restores, balances);
        match undoing.kind {
            RepairKind::Exchange => exchanges += 1,
            RepairKind::Change => changes += 1,
        }
    }
    assert!(exchanges > 500 && changes > 500, "{exchanges} {changes}");
}

#[test]
fn faults_that_have_nothing_to_do_with_each_other_keep_their_repairs() {
    let constraints = constraints();
    // done = 10 + 5 printed 15, the late ones printed 9; other = 8 + 3 printed 20.
    let values = [27, 15, 12, 10, 9, 7, 5, 20, 8, 3].map(|value: i128| value * UNIT);
    let found = moves(&constraints, &values);
    let restored: BTreeSet<_> = found.iter().map(|step| step.restores.clone()).collect();
    assert_eq!(restored, BTreeSet::from([BTreeSet::from([1]), BTreeSet::from([3])]));
    let change = |at: usize, new: i128| Move {
        kind: RepairKind::Change,
        to: vec![(at, new * UNIT)],
        restores: BTreeSet::from([if at < 7 { 1 } else { 3 }]),
    };
    // The late ones could be 5 or the early ones 6; the total cannot, because it is a part of another balance.
    assert!(found.contains(&change(4, 5)) && found.contains(&change(3, 6)));
    assert!(!found.iter().any(|step| step.to.iter().any(|(at, _)| [0, 1, 2].contains(at))));
    assert!(found.contains(&change(7, 11)) && found.contains(&change(9, 12)));
}

#[test]
fn repairs_share_a_place_where_they_keep_as_many_rates() {
    let repair = |id: &str, keeps: usize| Repair {
        id: id.to_owned(),
        kind: RepairKind::Change,
        changes: Vec::new(),
        keeps: vec![String::new(); keeps],
        restate: Vec::new(),
        rank: 0,
        tied: 0,
        message: Sentence { vi: String::new(), en: String::new() },
    };
    let ranked = ranked(vec![repair("a", 1), repair("b", 2), repair("c", 1), repair("d", 0)]);
    let places: Vec<_> = ranked.iter().map(|repair| (repair.id.as_str(), repair.rank, repair.tied)).collect();
    assert_eq!(places, [("b", 1, 1), ("a", 2, 2), ("c", 2, 2), ("d", 4, 1)]);
}
