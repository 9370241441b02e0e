//! Comparisons of sums.

use super::figures::{Figures, spelt};
use super::rules::{Balance, Missing, Rules};
use super::{History, Subject};
use crate::domain::decimal::Decimal;
use crate::domain::finding::{FigureInvolved, Finding};
use crate::domain::indicator::Nature;

/// A term of a side: its sign, whether it is the last quarter's, and the indicator.
pub(super) fn term(text: &str) -> (i128, bool, &str) {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    rest.strip_prefix("previous:").map_or((sign, false, rest), |code| (sign, true, code))
}

/// Both sides in ten-thousandths; nothing where the rule is to be skipped.
pub(super) fn sides(balance: &Balance, value: &dyn Fn(&str, bool) -> Option<i128>) -> Option<(i128, i128)> {
    let terms = || balance.left.iter().chain(&balance.right);
    let given = terms().filter(|text| {
        let (_, previous, code) = term(text);
        value(code, previous).is_some()
    });
    let (given, all) = (given.count(), terms().count());
    let skipped = match balance.missing {
        Missing::SkipIfAny => given < all,
        Missing::SkipIfAll => given == 0,
        Missing::NeverSkip => false,
    };
    let sum = |side: &[String]| {
        side.iter()
            .map(|text| {
                let (sign, previous, code) = term(text);
                sign * value(code, previous).unwrap_or_default()
            })
            .sum::<i128>()
    };
    (!skipped).then(|| (sum(&balance.left), sum(&balance.right)))
}

pub(super) fn findings<H: History + ?Sized>(
    rules: &Rules,
    history: &H,
    subject: &Subject<'_>,
    figures: &Figures<'_>,
) -> Vec<Finding> {
    let value = |code: &str, previous: bool| {
        if !previous {
            return figures.measure(history.catalogue(), code);
        }
        published(history, subject, code).map(Decimal::ten_thousandths)
    };
    let judge = |balance: &Balance| {
        let (left, right) = sides(balance, &value)?;
        if balance.operator.holds(left, right) {
            return None;
        }
        let involved = balance.left.iter().chain(&balance.right).map(|text| {
            let (_, previous, code) = term(text);
            if previous { before(history, subject, code) } else { figures.involved(code) }
        });
        let (left, right, off) = (spelt(left), spelt(right), spelt(left - right));
        Some(Finding {
            id: balance.finding_id(),
            rule: balance.id.clone(),
            severity: balance.severity,
            message: balance.text(&left, &right, &off),
            left: Some(left),
            right: Some(right),
            difference: Some(off),
            figures: involved.collect(),
            pointers: Vec::new(),
            quote: None,
            repairs: Vec::new(),
        })
    };
    rules.balances.iter().filter_map(judge).collect()
}

fn published<H: History + ?Sized>(history: &H, subject: &Subject<'_>, code: &str) -> Option<Decimal> {
    let key = history.catalogue().find(code)?;
    history.figure(subject.ward, subject.quarter.previous()?, key)
}

fn before<H: History + ?Sized>(history: &H, subject: &Subject<'_>, code: &str) -> FigureInvolved {
    FigureInvolved {
        indicator: code.to_owned(),
        nature: Nature::Actual,
        project: None,
        value: published(history, subject, code),
        pointer: None,
    }
}
