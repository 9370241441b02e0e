//! Which exchange of two figures, or which change of one, would mend what does not balance.
//!
//! Only figures of balances are moved, and only whole ones. A repair restores every failing balance that it touches and
//! breaks no balance and no subset that held. Of all repairs those are offered that restore the most: where one restores
//! two balances together, those that restore only one of the two are not; faults that no repair mends together do not
//! hide each other's repairs.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Operator;
use super::compare::Constraint;
use super::counts::{Counts, Verdict, counts_of, percent, verdict};
use super::rule::Rules;
use super::sheet::{Sheet, pointer, position};
use crate::domain::decimal::Decimal;
use crate::domain::finding::{FigureChange, Repair, RepairKind, Sentence};
use crate::domain::indicator::{IndicatorKind, Nature};
use crate::domain::observation;
use crate::domain::report::ReportDocument;
use crate::error::Text;
use crate::text;

const UNIT: i128 = 10_000;

/// A stated rate with its counts.
struct Stated {
    at: usize,
    value: Decimal,
    counts: Counts,
}

/// What a repair moves: figures with their new values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Move {
    kind: RepairKind,
    to: Vec<(usize, i128)>,
    /// The balances that it restores, by their positions.
    restores: BTreeSet<usize>,
}

/// Repairs that restore the same balances, the best first.
#[derive(Debug)]
pub(super) struct Group {
    /// The ids of the findings that they mend.
    pub findings: Vec<String>,
    pub repairs: Vec<Repair>,
}

/// The figures and the constraints upon them.
struct Bench<'b> {
    constraints: &'b [Constraint],
    values: BTreeMap<usize, i128>,
    touching: BTreeMap<usize, Vec<usize>>,
}

impl<'b> Bench<'b> {
    fn new(constraints: &'b [Constraint], value: impl Fn(usize) -> i128) -> Self {
        let (mut values, mut touching) = (BTreeMap::new(), BTreeMap::<usize, Vec<usize>>::new());
        for (position, constraint) in constraints.iter().enumerate() {
            for (at, _) in &constraint.terms {
                values.insert(*at, value(*at));
                let known = touching.entry(*at).or_default();
                if known.last() != Some(&position) {
                    known.push(position);
                }
            }
        }
        Self { constraints, values, touching }
    }

    fn value(&self, at: usize) -> i128 {
        self.values.get(&at).copied().unwrap_or_default()
    }

    fn failing(&self) -> BTreeSet<usize> {
        let fails = |constraint: &Constraint| {
            constraint.operator == Operator::EqualTo && !constraint.holds(|at| self.value(at))
        };
        self.constraints.iter().enumerate().filter(|(_, constraint)| fails(constraint)).map(|(at, _)| at).collect()
    }

    /// What a move restores; nothing where it breaks something or leaves what it touches failing.
    fn outcome(&self, to: &[(usize, i128)], failing: &BTreeSet<usize>) -> BTreeSet<usize> {
        let after =
            |at: usize| to.iter().find(|(moved, _)| *moved == at).map_or_else(|| self.value(at), |(_, new)| *new);
        let touched: BTreeSet<usize> =
            to.iter().filter_map(|(at, _)| self.touching.get(at)).flatten().copied().collect();
        let mut restores = BTreeSet::new();
        for position in touched {
            let Some(constraint) = self.constraints.get(position) else { continue };
            let failed = failing.contains(&position);
            match (constraint.holds(after), failed) {
                (true, true) => {
                    restores.insert(position);
                }
                (true, false) => {}
                (false, true) => return BTreeSet::new(),
                (false, false) => {
                    if constraint.holds(|at| self.value(at)) {
                        return BTreeSet::new();
                    }
                }
            }
        }
        restores
    }

    /// Every exchange and every change that restores something.
    fn moves(&self, movable: impl Fn(usize) -> bool, alike: impl Fn(usize, usize) -> bool) -> Vec<Move> {
        let failing = self.failing();
        let balanced = self.constraints.iter().filter(|constraint| constraint.operator == Operator::EqualTo);
        let figures: BTreeSet<usize> = balanced
            .flat_map(|constraint| constraint.terms.iter().map(|(at, _)| *at))
            .filter(|at| movable(*at))
            .collect();
        let fails = |at: &usize| self.touching.get(at).is_some_and(|known| known.iter().any(|at| failing.contains(at)));
        let mut moves: Vec<Move> = Vec::new();
        let mut offer = |kind, to: Vec<(usize, i128)>| {
            let restores = self.outcome(&to, &failing);
            let new = Move { kind, to, restores };
            if !new.restores.is_empty() && !moves.contains(&new) {
                moves.push(new);
            }
        };
        for first in &figures {
            for second in figures.range(first + 1..) {
                let (one, other) = (self.value(*first), self.value(*second));
                if one != other && (fails(first) || fails(second)) && alike(*first, *second) {
                    offer(RepairKind::Exchange, vec![(*first, other), (*second, one)]);
                }
            }
        }
        for at in &figures {
            for position in self.touching.get(at).into_iter().flatten().filter(|position| failing.contains(position)) {
                let Some(constraint) = self.constraints.get(*position) else { continue };
                let factor: i128 = constraint.terms.iter().filter(|(known, _)| known == at).map(|(_, sign)| sign).sum();
                let lack = constraint.lack(|at| self.value(at));
                if factor == 0 || lack.rem_euclid(factor) != 0 {
                    continue;
                }
                let new = self.value(*at) + lack.div_euclid(factor);
                if new >= 0 && new.rem_euclid(UNIT) == 0 {
                    offer(RepairKind::Change, vec![(*at, new)]);
                }
            }
        }
        let all: BTreeSet<BTreeSet<usize>> = moves.iter().map(|known| known.restores.clone()).collect();
        let is_less =
            |restores: &BTreeSet<usize>| all.iter().any(|more| more.len() > restores.len() && restores.is_subset(more));
        moves.retain(|known| !is_less(&known.restores));
        moves
    }
}

/// The repairs of a document, by what they restore.
pub(super) fn repairs(rules: &Rules, sheet: &Sheet<'_>, constraints: &[Constraint]) -> Vec<Group> {
    if constraints.iter().all(|constraint| constraint.operator != Operator::EqualTo || constraint.id.is_empty()) {
        return Vec::new();
    }
    let figure = |at: usize| sheet.get(at).map_or(0, |observation| observation.value.ten_thousandths());
    let bench = Bench::new(constraints, figure);
    let movable = |at: usize| sheet.get(at).is_some_and(|observation| observation.value.as_integer().is_some());
    let alike = |one: usize, other: usize| {
        let (one, other) = (sheet.get(one), sheet.get(other));
        let unit =
            |figure: Option<&observation::Observation>| sheet.indicator(&figure?.indicator).map(|known| known.unit);
        unit(one) == unit(other) && one.map(|one| &one.project) == other.map(|other| &other.project)
    };
    let rates = rates(rules, sheet);
    let mut groups: BTreeMap<BTreeSet<usize>, Vec<Repair>> = BTreeMap::new();
    for step in bench.moves(movable, alike) {
        if let Some(repair) = describe(sheet, &bench, &rates, &step) {
            groups.entry(step.restores).or_default().push(repair);
        }
    }
    let finding = |position: &usize| constraints.get(*position).map(|constraint| constraint.id.clone());
    groups
        .into_iter()
        .map(|(restores, repairs)| Group {
            findings: restores.iter().filter_map(finding).collect(),
            repairs: ranked(repairs),
        })
        .collect()
}

fn rates(rules: &Rules, sheet: &Sheet<'_>) -> Vec<Stated> {
    let stated = |(at, figure): (usize, &observation::Observation)| {
        let rate = sheet.indicator(&figure.indicator).filter(|known| known.kind == IndicatorKind::Rate)?;
        let usable = figure.nature == Nature::Actual && figure.operator == observation::Operator::Equal;
        let counts = counts_of(rules, sheet, rate, figure);
        counts.judge(figure.value).filter(|_| usable)?;
        Some(Stated { at, value: figure.value, counts })
    };
    sheet.observations.iter().enumerate().filter_map(stated).collect()
}

impl Stated {
    fn terms(&self) -> impl Iterator<Item = usize> {
        let above = self.counts.numerator.iter().flat_map(|(_, terms)| terms);
        let below = self.counts.denominators.iter().flat_map(|below| &below.terms);
        above.chain(below).map(|(at, _)| *at)
    }

    /// Whether it is true of other counts, and the rate that they give at its printed decimals.
    fn after(&self, value: impl Fn(usize) -> i128) -> (bool, Option<Decimal>) {
        let total =
            |terms: &[(usize, i128)]| terms.iter().map(|(at, sign)| sign * value(*at)).sum::<i128>().div_euclid(UNIT);
        let above = self.counts.numerator.as_ref().map_or(0, |(_, terms)| total(terms));
        let mut below = self.counts.denominators.iter().map(|below| total(&below.terms));
        let first = below.clone().next().and_then(|below| percent(above, below, self.value.scale()));
        let fits = |below| matches!(verdict(self.value, above, below), Some(Verdict::True | Verdict::Truncated));
        (below.any(fits), first)
    }
}

fn change(sheet: &Sheet<'_>, at: usize, to: Decimal) -> Option<FigureChange> {
    let figure = sheet.get(at)?;
    Some(FigureChange { indicator: figure.indicator.clone(), pointer: pointer(at), from: figure.value, to })
}

fn whole(ten_thousandths: i128) -> Option<Decimal> {
    Decimal::new(i64::try_from(ten_thousandths.div_euclid(UNIT)).ok()?, 0)
}

fn describe(sheet: &Sheet<'_>, bench: &Bench<'_>, rates: &[Stated], step: &Move) -> Option<Repair> {
    let changes: Vec<FigureChange> =
        step.to.iter().map(|(at, new)| change(sheet, *at, whole(*new)?)).collect::<Option<_>>()?;
    let after = |at: usize| {
        let moved = step.to.iter().find(|(moved, _)| *moved == at).map(|(_, new)| *new);
        moved.unwrap_or_else(|| sheet.get(at).map_or(0, |figure| figure.value.ten_thousandths()))
    };
    let restored = step.restores.iter().filter_map(|position| bench.constraints.get(*position));
    let about: BTreeSet<usize> = restored.flat_map(|constraint| constraint.terms.iter().map(|(at, _)| *at)).collect();
    let (mut keeps, mut restate) = (Vec::new(), Vec::new());
    for rate in rates.iter().filter(|rate| rate.terms().any(|at| about.contains(&at))) {
        let moved = rate.terms().any(|at| step.to.iter().any(|(moved, _)| *moved == at));
        match rate.after(after) {
            (true, _) => keeps.push(sheet.get(rate.at)?.indicator.clone()),
            (false, Some(new)) if moved => restate.extend(change(sheet, rate.at, new)),
            (false, _) => {}
        }
    }
    let label = |change: &FigureChange| {
        let project =
            position(&change.pointer).and_then(|at| sheet.get(at)).and_then(|figure| figure.project.as_deref());
        project.map_or_else(
            || change.indicator.clone(),
            |project| format!("{}.{}", change.indicator, super::message::slug(project)),
        )
    };
    let mut parts: Vec<String> = changes.iter().map(label).collect();
    parts.sort_unstable();
    let id = match (step.kind, changes.first()) {
        (RepairKind::Change, Some(only)) => format!("change.{}.{}", parts.join("."), only.to),
        _ => format!("exchange.{}", parts.join(".")),
    };
    let message = sentence(sheet, step.kind, &changes, &restate);
    Some(Repair { id, kind: step.kind, changes, keeps, restate, rank: 0, tied: 0, message })
}

fn sentence(sheet: &Sheet<'_>, kind: RepairKind, changes: &[FigureChange], restate: &[FigureChange]) -> Sentence {
    let name = |change: &FigureChange| {
        let known = sheet.indicator(&change.indicator);
        known.map_or_else(
            || (change.indicator.clone(), change.indicator.clone()),
            |known| (known.name_vi.clone(), known.name_en.clone()),
        )
    };
    let told: Text = if let (RepairKind::Exchange, [one, other]) = (kind, changes) {
        let ((vi, en), (other_vi, other_en)) = (name(one), name(other));
        let (from, to) = (one.from, one.to);
        text!(
            "Đổi chỗ hai số: “{vi}” {from} thành {to}, “{other_vi}” {to} thành {from}.",
            "Exchange two figures: “{en}” from {from} to {to}, “{other_en}” from {to} to {from}."
        )
    } else {
        let ((vi, en), from, to) = changes.first().map_or_else(
            || ((String::new(), String::new()), String::new(), String::new()),
            |only| (name(only), only.from.to_string(), only.to.to_string()),
        );
        text!("Sửa “{vi}” từ {from} thành {to}.", "Change “{en}” from {from} to {to}.")
    };
    let mut sentence = Sentence { vi: told.vi.into_owned(), en: told.en.into_owned() };
    for rate in restate {
        let ((vi, en), from, to) = (name(rate), rate.from.to_string(), rate.to.to_string());
        let (from_vi, to_vi) = (from.replace('.', ","), to.replace('.', ","));
        let then: Text = text!(
            " Khi đó “{vi}” phải là {to_vi}% thay vì {from_vi}%.",
            " Then “{en}” must be {to}% instead of {from}%."
        );
        sentence.vi.push_str(&then.vi);
        sentence.en.push_str(&then.en);
    }
    sentence
}

/// The repairs that keep the most stated rates first; those that keep as many share a place.
fn ranked(mut repairs: Vec<Repair>) -> Vec<Repair> {
    // Stable: within a place, in the order of the document, exchanges first.
    repairs.sort_by_key(|repair| std::cmp::Reverse(repair.keeps.len()));
    let kept: Vec<usize> = repairs.iter().map(|repair| repair.keeps.len()).collect();
    let count = |test: &dyn Fn(&usize) -> bool| {
        u32::try_from(kept.iter().filter(|known| test(known)).count()).unwrap_or(u32::MAX)
    };
    for repair in &mut repairs {
        let own = repair.keeps.len();
        repair.rank = count(&|known| *known > own) + 1;
        repair.tied = count(&|known| *known == own);
    }
    repairs
}

/// The document after a repair, its stated rates restated where asked for. What the text quotes stays as it is printed.
///
/// # Errors
/// Where a figure is no longer what the repair was found for; nothing is changed then.
pub fn apply(repair: &Repair, restate: bool, document: &ReportDocument) -> Result<ReportDocument, Text> {
    let mut mended = document.clone();
    let rates = repair.restate.iter().filter(|_| restate);
    for change in repair.changes.iter().chain(rates) {
        let FigureChange { indicator, from, .. } = change;
        let figure = position(&change.pointer).and_then(|at| mended.observations.get_mut(at));
        match figure.filter(|figure| figure.indicator == *indicator && figure.value == *from) {
            Some(figure) => figure.value = change.to,
            None => {
                return Err(text!(
                    "Số liệu {indicator} không còn là {from}; hãy xem lại các phát hiện rồi chọn cách sửa khác.",
                    "The figure {indicator} is no longer {from}; read the findings again and choose another repair."
                ));
            }
        }
    }
    Ok(mended)
}

#[cfg(test)]
#[path = "repair_tests.rs"]
mod tests;
