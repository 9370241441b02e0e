//! Figures against what was published before.

use std::cmp::Ordering;

use super::check::Continued;
use super::ledger::{Ledger, Raised, Skip};
use super::message::{Said, plain};
use super::rates::name;
use super::sheet::Pick;
use super::{Context, History};
use crate::domain::indicator::{Frequency, IndicatorKey, IndicatorKind, Nature, OverAreas, OverTime, Span, Unit};
use crate::domain::observation::{Observation, Operator};
use crate::domain::quarter::Quarter;

/// How far back the latest figure of a yearly indicator is looked for.
const YEAR: i32 = 4;

impl<H: History + ?Sized> Context<'_, H> {
    /// What the ward published for a quarter, in ten-thousandths. Before the ward began, it is the sum of the units that
    /// had its ground: codes pass from one area to another, areas do not.
    pub(super) fn past(&self, quarter: Quarter, indicator: IndicatorKey) -> Option<i128> {
        let figure = |ward| Some(self.history.figure(ward, quarter, indicator)?.ten_thousandths());
        let cut_off = self.history.calendar().cut_off(quarter);
        let wards = self.history.areas().carried(&[self.ward], cut_off)?;
        let (first, rest) = wards.split_first()?;
        if !rest.is_empty() && self.history.catalogue().get(indicator)?.over_areas != OverAreas::Sum {
            return None;
        }
        rest.iter().try_fold(figure(*first)?, |sum, ward| Some(sum + figure(*ward)?))
    }

    /// The latest published figure of at most so many quarters ago.
    pub(super) fn latest(&self, indicator: IndicatorKey, quarters: i32) -> Option<(Quarter, i128)> {
        let back = |count| {
            let quarter = self.quarter.earlier(count)?;
            Some((quarter, self.past(quarter, indicator)?))
        };
        (1..=quarters).find_map(back)
    }
}

/// A stock at the beginning is the stock at the end of the time before.
pub(super) fn continued_stock<H: History + ?Sized>(
    context: &Context<'_, H>,
    stocks: &[Continued],
    ledger: &mut Ledger<'_>,
) {
    let sheet = &context.sheet;
    for stock in stocks {
        let Some((at, opening)) = sheet.actual(&stock.opening) else {
            ledger.skip(Skip::Missing(vec![stock.opening.clone()]));
            continue;
        };
        let before = sheet.catalogue.find(&stock.closing).and_then(|key| context.latest(key, stock.quarters));
        let Some((quarter, closing)) = before else {
            ledger.skip(Skip::Because("the ward published no earlier figure"));
            continue;
        };
        ledger.test();
        let opening = opening.ten_thousandths();
        let named = |code: &str| sheet.indicator(code).map_or_else(|| Said::same(code), name);
        if opening != closing {
            ledger.raise(Raised {
                about: stock.opening.clone(),
                left: Some(plain(opening)),
                right: Some(plain(closing)),
                difference: Some(plain(opening - closing)),
                figures: sheet.involved(at).into_iter().collect(),
                words: vec![
                    ("name", named(&stock.opening)),
                    ("other", named(&stock.closing)),
                    ("date", Said::same(&quarter.to_string())),
                ],
                ..Raised::default()
            });
        }
    }
}

/// What is told from the beginning of the year is the sum of the year's quarters.
pub(super) fn year_to_date<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let sheet = &context.sheet;
    for (at, figure) in sheet.observations.iter().enumerate() {
        let flow = sheet.indicator(&figure.indicator).filter(|indicator| {
            indicator.over_time == OverTime::Sum
                && indicator.span == Span::Period
                && indicator.kind != IndicatorKind::Rate
        });
        let Some((indicator, key)) = flow.zip(sheet.catalogue.find(&figure.indicator)) else { continue };
        let usable = figure.span == Span::YearToDate && figure.nature == Nature::Actual && !figure.operator.is_bound();
        if !usable || figure.instruction || !sheet.is_current(figure) {
            continue;
        }
        let pick = Pick { project: figure.project.as_deref(), ..Pick::ACTUAL };
        let own = sheet.find(&figure.indicator, pick);
        let earlier = (1..context.quarter.index())
            .try_fold(0, |sum, count| Some(sum + context.past(context.quarter.earlier(count)?, key)?));
        let Some(((own_at, own), earlier)) = own.zip(earlier.filter(|_| figure.project.is_none())) else {
            ledger.skip(Skip::Missing(vec![format!("the quarters of {}", figure.indicator)]));
            continue;
        };
        ledger.test();
        let (left, right) = (figure.value.ten_thousandths(), earlier + own.value.ten_thousandths());
        if left != right {
            ledger.raise(Raised {
                about: figure.indicator.clone(),
                left: Some(plain(left)),
                right: Some(plain(right)),
                difference: Some(plain(left - right)),
                figures: [at, own_at].into_iter().filter_map(|at| sheet.involved(at)).collect(),
                words: vec![("name", name(indicator))],
                ..Raised::default()
            });
        }
    }
}

/// A report whose flows are nearly all those of the last quarter was probably copied.
pub(super) fn copied<H: History + ?Sized>(
    context: &Context<'_, H>,
    (at_least, percent): (u32, u32),
    ledger: &mut Ledger<'_>,
) {
    let sheet = &context.sheet;
    let Some(previous) = context.quarter.previous().filter(|quarter| context.reported(*quarter)) else {
        ledger.skip(Skip::Because("the ward published nothing for the quarter before"));
        return;
    };
    let (mut entered, mut same): (u32, Vec<usize>) = (0, Vec::new());
    for (at, figure) in sheet.observations.iter().enumerate() {
        let own = sheet.find(&figure.indicator, Pick::ACTUAL).is_some_and(|(found, _)| found == at);
        if !own || figure.span != Span::Period || figure.value.mantissa() == 0 {
            continue;
        }
        entered += 1;
        let before = sheet.catalogue.find(&figure.indicator).and_then(|key| context.past(previous, key));
        if before == Some(figure.value.ten_thousandths()) {
            same.push(at);
        }
    }
    ledger.test();
    let count = u32::try_from(same.len()).unwrap_or(u32::MAX);
    if count >= at_least && u64::from(count) * 100 >= u64::from(percent) * u64::from(entered) {
        ledger.raise(Raised {
            left: Some(count.to_string()),
            right: Some(entered.to_string()),
            figures: same.iter().filter_map(|at| sheet.involved(*at)).collect(),
            words: vec![("date", Said::same(&previous.to_string()))],
            ..Raised::default()
        });
    }
}

/// A figure that the report quotes from an earlier time, which its reference period names, is the one published then.
pub(super) fn earlier_value<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let sheet = &context.sheet;
    for (at, figure) in sheet.observations.iter().enumerate() {
        let Some(period) = figure.reference_period.as_deref() else { continue };
        let own = sheet.indicator(&figure.indicator).is_some_and(|indicator| indicator.span == figure.span);
        if figure.nature != Nature::Actual || figure.operator != Operator::Equal || sheet.is_current(figure) || !own {
            continue;
        }
        let Some(key) = sheet.catalogue.find(&figure.indicator).filter(|_| figure.project.is_none()) else { continue };
        let published = match period.parse::<Quarter>() {
            Ok(quarter) if quarter < context.quarter => context.past(quarter, key),
            Ok(_) => None,
            // A year's figure is told with one of its quarters.
            Err(_) => period.parse().ok().and_then(|year: i32| {
                let quarters = Quarter::new(year, 1)?.through(Quarter::new(year, 4)?);
                let yearly = sheet.indicator(&figure.indicator)?.frequency == Frequency::Annual;
                quarters.rev().filter(|_| yearly).find_map(|quarter| context.past(quarter, key))
            }),
        };
        let Some(published) = published else {
            ledger.skip(Skip::Because("nothing is published for the period that is quoted"));
            continue;
        };
        ledger.test();
        let stated = figure.value.ten_thousandths();
        if stated != published {
            ledger.raise(Raised {
                about: format!("{}.{period}", figure.indicator),
                left: Some(plain(stated)),
                right: Some(plain(published)),
                difference: Some(plain(stated - published)),
                figures: sheet.involved(at).into_iter().collect(),
                words: vec![
                    ("name", sheet.indicator(&figure.indicator).map_or_else(|| Said::same(&figure.indicator), name)),
                    ("date", Said::same(period)),
                ],
                ..Raised::default()
            });
        }
    }
}

fn ratio(left: i128, right: i128) -> String {
    crate::domain::statistics::divide_half_even(left.saturating_mul(10_000), right).map_or_else(String::new, plain)
}

/// Money and households do not grow or shrink a hundredfold in a quarter: the unit was mistaken. Money is held per project
/// and published figures are told by ward, so it is compared where the report has one project of the indicator.
pub(super) fn magnitude<H: History + ?Sized>(
    context: &Context<'_, H>,
    (factor, indicators): (u32, &[String]),
    ledger: &mut Ledger<'_>,
) {
    let sheet = &context.sheet;
    for (at, figure) in sheet.observations.iter().enumerate() {
        let Some((indicator, key)) = sheet.indicator(&figure.indicator).zip(sheet.catalogue.find(&figure.indicator))
        else {
            continue;
        };
        let is_about = indicator.unit == Unit::Vnd || indicators.contains(&indicator.code);
        let alone = |figure: &Observation| {
            sheet.all(&figure.indicator).filter(|(_, other)| other.nature == Nature::Actual).count() == 1
        };
        let usable =
            figure.nature == Nature::Actual && figure.operator == Operator::Equal && figure.span == indicator.span;
        if !is_about || !usable || !alone(figure) {
            continue;
        }
        let Some((quarter, before)) = context.latest(key, YEAR).filter(|(_, before)| *before > 0) else {
            ledger.skip(Skip::Because("the ward published no earlier figure"));
            continue;
        };
        ledger.test();
        let (now, factor) = (figure.value.ten_thousandths(), i128::from(factor));
        let wild = now > 0
            && (now.cmp(&before.saturating_mul(factor)) == Ordering::Greater
                || now.saturating_mul(factor).cmp(&before) == Ordering::Less);
        if wild {
            ledger.raise(Raised {
                about: figure.indicator.clone(),
                left: Some(plain(now)),
                right: Some(plain(before)),
                difference: Some(plain(now - before)),
                figures: sheet.involved(at).into_iter().collect(),
                words: vec![
                    ("name", name(indicator)),
                    ("date", Said::same(&quarter.to_string())),
                    ("ratio", Said::number(&ratio(now, before))),
                ],
                ..Raised::default()
            });
        }
    }
}
