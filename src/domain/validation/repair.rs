//! Repairs: every exchange of two figures and every change of one that restores the failing balances and breaks none.

use std::collections::BTreeSet;

use super::History;
use super::balance::{sides, term};
use super::figures::{Figures, UNIT, pointer};
use super::rates::{Truth, restated, truth};
use super::rules::{Balance, Comparison, Rules};
use crate::domain::decimal::Decimal;
use crate::domain::finding::{FigureChange, Repair, RepairKind, Sentence, Severity};
use crate::domain::indicator::{Catalogue, IndicatorKind};
use crate::domain::report::ReportDocument;

/// Figures given other values, as ten-thousandths.
type Changed<'a> = Vec<(&'a str, i128)>;

struct Workshop<'a> {
    catalogue: &'a Catalogue,
    figures: &'a Figures<'a>,
    /// The error rules over this quarter's figures that are not skipped.
    rules: Vec<&'a Balance>,
}

impl Workshop<'_> {
    fn value(&self, code: &str, changed: &[(&str, i128)]) -> Option<i128> {
        let found = changed.iter().find(|(known, _)| *known == code).map(|(_, value)| *value);
        found.or_else(|| self.figures.measure(self.catalogue, code))
    }

    fn holds(&self, rule: &Balance, changed: &[(&str, i128)]) -> bool {
        let value = |code: &str, _previous: bool| self.value(code, changed);
        sides(rule, &value).is_none_or(|(left, right)| rule.operator.holds(left, right))
    }

    /// Whether no count is above what it is a part of.
    fn parts_fit(&self, changed: &[(&str, i128)]) -> bool {
        self.catalogue.iter().filter(|(_, indicator)| indicator.kind == IndicatorKind::Rate).all(|(_, rate)| {
            let count = |code: &Option<String>| code.as_deref().and_then(|code| self.value(code, changed));
            match (count(&rate.numerator), count(&rate.denominator)) {
                (Some(above), Some(below)) => above <= below,
                _ => true,
            }
        })
    }

    /// Whether a change mends some failing rules and leaves every rule that holds.
    fn mends(&self, failing: &[&Balance], changed: &[(&str, i128)]) -> bool {
        let kept = |rule: &&&Balance| !self.holds(rule, &[]) || self.holds(rule, changed);
        failing.iter().all(|rule| self.holds(rule, changed))
            && self.rules.iter().all(|rule| kept(&rule))
            && self.parts_fit(changed)
    }

    fn candidates(&self, failing: &[&Balance]) -> Vec<(RepairKind, Changed<'_>)> {
        let codes: BTreeSet<&str> = self
            .rules
            .iter()
            .flat_map(|rule| rule.left.iter().chain(&rule.right))
            .map(|text| term(text).2)
            .filter(|code| self.figures.value(code).is_some())
            .collect();
        let codes: Vec<(&str, i128)> =
            codes.into_iter().filter_map(|code| Some((code, self.value(code, &[])?))).collect();
        let mut found = Vec::new();
        for (index, (one, first)) in codes.iter().enumerate() {
            for (other, second) in codes.iter().skip(index + 1).filter(|(_, second)| second != first) {
                let changed = vec![(*one, *second), (*other, *first)];
                if self.mends(failing, &changed) {
                    found.push((RepairKind::Exchange, changed));
                }
            }
        }
        for (code, now) in &codes {
            let wanted: BTreeSet<i128> = failing.iter().filter_map(|rule| self.wanted(rule, code, *now)).collect();
            for value in wanted.into_iter().filter(|value| *value >= 0 && value % UNIT == 0) {
                let changed = vec![(*code, value)];
                if self.mends(failing, &changed) {
                    found.push((RepairKind::Change, changed));
                }
            }
        }
        found
    }

    /// The value of a figure at which a balance holds.
    fn wanted(&self, rule: &Balance, code: &str, now: i128) -> Option<i128> {
        let (left, right) = sides(rule, &|code: &str, _| self.value(code, &[]))?;
        let weight = |side: &[String]| {
            side.iter()
                .map(|text| term(text))
                .filter(|(_, _, known)| *known == code)
                .map(|(sign, ..)| sign)
                .sum::<i128>()
        };
        let weight = weight(&rule.left) - weight(&rule.right);
        // Every figure stands in a balance at most once.
        (weight.abs() == 1).then(|| now - weight * (left - right))
    }
}

/// The repairs, the best first: those that leave the most stated rates true.
pub(super) fn repairs<H: History + ?Sized>(rules: &Rules, history: &H, figures: &Figures<'_>) -> Vec<Repair> {
    let present = |rule: &&Balance| {
        let of_this_quarter = rule.left.iter().chain(&rule.right).all(|text| !term(text).1);
        let value = |code: &str, _: bool| figures.measure(history.catalogue(), code);
        rule.severity == Severity::Error && of_this_quarter && sides(rule, &value).is_some()
    };
    let rules = rules.balances.iter().filter(present).collect();
    let workshop = Workshop { catalogue: history.catalogue(), figures, rules };
    let failing: Vec<&Balance> = workshop
        .rules
        .iter()
        .filter(|rule| rule.operator == Comparison::EqualTo && !workshop.holds(rule, &[]))
        .copied()
        .collect();
    if failing.is_empty() {
        return Vec::new();
    }
    let mut found = workshop.candidates(&failing);
    // Faults that share no repair must not hide each other's.
    if found.is_empty() && failing.len() > 1 {
        found = failing.iter().flat_map(|rule| workshop.candidates(&[*rule])).collect();
    }
    let mut repairs: Vec<Repair> =
        found.into_iter().filter_map(|(kind, changed)| workshop.repair(kind, &changed)).collect();
    repairs.sort_by(|one, other| other.keeps.len().cmp(&one.keeps.len()).then_with(|| one.id.cmp(&other.id)));
    let kept: Vec<usize> = repairs.iter().map(|repair| repair.keeps.len()).collect();
    for repair in &mut repairs {
        let count = |fits: &dyn Fn(usize) -> bool| kept.iter().filter(|kept| fits(**kept)).count();
        let own = repair.keeps.len();
        repair.rank = u32::try_from(1 + count(&|kept| kept > own)).unwrap_or(u32::MAX);
        repair.tied = u32::try_from(count(&|kept| kept == own)).unwrap_or(u32::MAX);
    }
    repairs
}

impl Workshop<'_> {
    fn repair(&self, kind: RepairKind, changed: &[(&str, i128)]) -> Option<Repair> {
        let changes: Option<Vec<FigureChange>> = changed.iter().map(|(code, to)| self.change(code, *to)).collect();
        let changes = changes?;
        let (mut keeps, mut restate) = (Vec::new(), Vec::new());
        for (_, rate) in self.catalogue.iter().filter(|(_, indicator)| indicator.kind == IndicatorKind::Rate) {
            let count = |code: &Option<String>, changed: &[(&str, i128)]| {
                code.as_deref().and_then(|code| self.value(code, changed))
            };
            let Some(stated) = self.figures.value(&rate.code) else { continue };
            let Some(numerator) = count(&rate.numerator, changed) else { continue };
            let Some(denominator) = count(&rate.denominator, changed).filter(|lower| *lower > 0) else { continue };
            if truth(stated, numerator, denominator) != Truth::Wrong {
                keeps.push(rate.code.clone());
                continue;
            }
            let at = self.figures.place(&rate.code)?;
            let to = restated(stated, numerator, denominator)?;
            restate.push(FigureChange { indicator: rate.code.clone(), pointer: pointer(at), from: stated, to });
        }
        let code = |change: &FigureChange| change.indicator.clone();
        let id = match (kind, &*changes) {
            (RepairKind::Exchange, [one, other]) => format!("exchange.{}.{}", code(one), code(other)),
            (_, [one, ..]) => format!("change.{}.{}", code(one), one.to),
            (_, []) => return None,
        };
        let message = self.message(kind, &changes);
        Some(Repair { id, kind, changes, keeps, restate, rank: 1, tied: 1, message })
    }

    fn change(&self, code: &str, to: i128) -> Option<FigureChange> {
        let to = Decimal::new(i64::try_from(to.div_euclid(UNIT)).ok()?, 0)?;
        let (at, from) = (self.figures.place(code)?, self.figures.value(code)?);
        Some(FigureChange { indicator: code.to_owned(), pointer: pointer(at), from, to })
    }

    fn message(&self, kind: RepairKind, changes: &[FigureChange]) -> Sentence {
        let named = |change: &FigureChange| {
            let indicator = self.catalogue.find(&change.indicator).and_then(|key| self.catalogue.get(key));
            indicator.map_or(("", ""), |indicator| (indicator.name_vi.as_str(), indicator.name_en.as_str()))
        };
        if let (RepairKind::Exchange, [one, other]) = (kind, changes) {
            let ((one_vi, one_en), (other_vi, other_en)) = (named(one), named(other));
            let (first, second) = (one.from, other.from);
            return Sentence {
                vi: format!("Đổi chỗ hai số: {one_vi} ({first}) ↔ {other_vi} ({second})."),
                en: format!("Exchange two figures: {one_en} ({first}) ↔ {other_en} ({second})."),
            };
        }
        let parts = changes.iter().map(|change| {
            let ((vi, en), from, to) = (named(change), change.from, change.to);
            (format!("Sửa {vi}: {from} → {to}."), format!("Change {en}: {from} → {to}."))
        });
        let (vi, en): (Vec<_>, Vec<_>) = parts.unzip();
        Sentence { vi: vi.join(" "), en: en.join(" ") }
    }
}

/// The document after a repair; with `restate`, the stated rates that it makes wrong say what their counts give. What is
/// changed keeps its sentence but not the number that was printed in it.
#[must_use]
pub fn apply(repair: &Repair, restate: bool, document: &ReportDocument) -> ReportDocument {
    let mut mended = document.clone();
    let rates = repair.restate.iter().filter(|_| restate);
    for change in repair.changes.iter().chain(rates) {
        let figure = mended.observations.iter_mut().enumerate().find(|(at, _)| pointer(*at) == change.pointer);
        if let Some((_, figure)) = figure {
            figure.value = change.to;
            for mention in &mut figure.mentions {
                mention.printed = None;
            }
        }
    }
    mended
}
