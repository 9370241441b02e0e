//! Numbers that a report gives twice: in figures, in words, as `x/y`, as a list.

use std::collections::BTreeMap;

use chrono::{Datelike, Weekday};

use super::check::Listed;
use super::ledger::{Ledger, Raised, Skip};
use super::message::{Said, plain};
use super::printed::{fraction, numbers};
use super::rates::name;
use super::scan::{Part, excerpt, find};
use super::sheet::Pick;
use super::{Context, History};
use crate::domain::finding::FigureInvolved;
use crate::domain::indicator::{IndicatorKind, Nature, Span};
use crate::domain::observation::{Observation, Operator};

const UNIT: i128 = 10_000;
const ELLIPSES: [&str; 2] = ["...", "…"];

/// The chairman receives citizens on at least one day a week (Law on Citizen Reception, article 15). The day is not on
/// record, so it is the weekday that lost the most days to holidays that decides; a session is half a day and not a
/// day, so this is never more than a hint.
pub(super) fn reception_weeks<H: History + ?Sized>(context: &Context<'_, H>, code: &str, ledger: &mut Ledger<'_>) {
    let Some((at, sessions)) = context.sheet.actual(code) else {
        ledger.skip(Skip::Missing(vec![code.to_owned()]));
        return;
    };
    let calendar = context.history.calendar();
    let days = || context.window.start.iter_days().take_while(|day| *day <= context.window.cut_off);
    let worked =
        |weekday: Weekday| days().filter(|day| day.weekday() == weekday && calendar.is_working_day(*day)).count();
    let weekdays = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let Some(least) = weekdays.into_iter().map(worked).min() else { return };
    ledger.test();
    let (left, right) = (sessions.ten_thousandths(), i128::try_from(least).unwrap_or_default() * UNIT);
    if left < right {
        ledger.raise(Raised {
            left: Some(plain(left)),
            right: Some(plain(right)),
            difference: Some(plain(left - right)),
            figures: context.sheet.involved(at).into_iter().collect(),
            words: vec![("count", Said::count(days().count().div_euclid(7)))],
            ..Raised::default()
        });
    }
}

/// Where a count is printed `x/y`, y is what the report states of the whole, for the same time.
pub(super) fn printed_fraction<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let sheet = &context.sheet;
    let rates: Vec<_> =
        sheet.catalogue.iter().map(|(_, rate)| rate).filter(|rate| rate.kind == IndicatorKind::Rate).collect();
    for (at, figure) in sheet.observations.iter().enumerate() {
        let printed = figure
            .mentions
            .iter()
            .enumerate()
            .filter_map(|(place, mention)| Some((place, mention.printed.as_deref().and_then(fraction)?)));
        for (place, (_, below)) in printed {
            let part = |rate: &&&crate::domain::indicator::Indicator| {
                rate.numerator.as_deref() == Some(figure.indicator.as_str())
            };
            let Some(whole) = rates.iter().find(part).and_then(|rate| rate.denominator.as_deref()) else { continue };
            let pick = Pick { nature: figure.nature, span: None, project: figure.project.as_deref() };
            let stated = sheet.find(whole, pick);
            // Titles of a year are counted among what there was then.
            let Some((whole_at, total)) = stated.filter(|_| figure.span != Span::Year) else {
                ledger.skip(Skip::Missing(vec![format!("{whole} of the same time as {}", figure.indicator)]));
                continue;
            };
            ledger.test();
            let (left, right) = (below * UNIT, total.value.ten_thousandths());
            if left != right {
                ledger.raise(Raised {
                    about: figure.indicator.clone(),
                    left: Some(plain(left)),
                    right: Some(plain(right)),
                    difference: Some(plain(left - right)),
                    figures: [at, whole_at].into_iter().filter_map(|at| sheet.involved(at)).collect(),
                    pointers: vec![format!("/observations/{at}/mentions/{place}/printed")],
                    quote: figure.mentions.get(place).map(|mention| mention.quote.clone()),
                    words: vec![("name", sheet.indicator(whole).map_or_else(|| Said::same(whole), name))],
                    ..Raised::default()
                });
            }
        }
    }
}

/// One indicator has one value in a report, wherever it repeats it: for the same nature, span, period and project.
pub(super) fn one_value<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    let sheet = &context.sheet;
    let same = |one: &Observation, other: &Observation| one.is_same_figure(other) && one.operator == other.operator;
    for (at, figure) in sheet.observations.iter().enumerate() {
        let twin = sheet.all(&figure.indicator).find(|(other, twin)| {
            *other > at && same(figure, twin) && figure.value.ten_thousandths() != twin.value.ten_thousandths()
        });
        let unit = sheet.indicator(&figure.indicator).map(|indicator| indicator.unit);
        let printed: Vec<(&str, Vec<i128>)> = figure
            .mentions
            .iter()
            .filter_map(|mention| mention.printed.as_deref().zip(unit))
            .map(|(printed, unit)| (printed, numbers(printed, unit)))
            .filter(|(_, numbers)| !numbers.is_empty())
            .collect();
        let apart = printed.first().and_then(|(first, one)| {
            let differs = |numbers: &Vec<i128>| !numbers.iter().any(|number| one.contains(number));
            printed.iter().find(|(_, numbers)| differs(numbers)).map(|(other, _)| (*first, *other))
        });
        if twin.is_some() || printed.len() > 1 {
            ledger.test();
        }
        let involved =
            |ats: &[usize]| -> Vec<FigureInvolved> { ats.iter().filter_map(|at| sheet.involved(*at)).collect() };
        let (left, right, figures) = match (twin, apart) {
            (Some((other, twin)), _) => (figure.value.to_string(), twin.value.to_string(), involved(&[at, other])),
            (None, Some((first, other))) => (first.to_owned(), other.to_owned(), involved(&[at])),
            (None, None) => continue,
        };
        ledger.raise(Raised {
            about: figure.indicator.clone(),
            left: Some(left),
            right: Some(right),
            figures,
            words: vec![(
                "name",
                sheet.indicator(&figure.indicator).map_or_else(|| Said::same(&figure.indicator), name),
            )],
            ..Raised::default()
        });
    }
}

/// Words that say there is nothing left beside a rate that says there is.
pub(super) fn claim<H: History + ?Sized>(
    context: &Context<'_, H>,
    (indicator, rate, phrases): (&str, &str, &[String]),
    ledger: &mut Ledger<'_>,
) {
    let sheet = &context.sheet;
    let says = |text: &str| phrases.iter().any(|phrase| find(&super::scan::lower(text), phrase).next().is_some());
    let claims = &context.document.claims;
    let claimed = claims.iter().enumerate().find(|(_, claim)| claim.indicator == indicator && says(&claim.quote));
    let (pointer, quote, nature) = if let Some((at, claim)) = claimed {
        (format!("/claims/{at}/quote"), claim.quote.clone(), Some(claim.nature))
    } else {
        let place = |part: &Part<'_>| phrases.iter().find_map(|phrase| find(&part.lower, phrase).next());
        let Some((part, place)) = context.parts.iter().find_map(|part| Some((part, place(part)?))) else {
            ledger.skip(Skip::Because("the text does not say so"));
            return;
        };
        (part.pointer.clone(), excerpt(part.text, &place), None)
    };
    let stated = sheet.all(rate).find(|(_, figure)| {
        nature.is_none_or(|nature| figure.nature == nature)
            && figure.nature != Nature::Reference
            && sheet.is_current(figure)
    });
    let Some((at, figure)) = stated else {
        ledger.skip(Skip::Missing(vec![rate.to_owned()]));
        return;
    };
    ledger.test();
    if figure.value.mantissa() > 0 {
        ledger.raise(Raised {
            left: Some(figure.value.to_string()),
            right: Some("0".to_owned()),
            difference: Some(figure.value.to_string()),
            figures: sheet.involved(at).into_iter().collect(),
            pointers: vec![pointer],
            quote: Some(quote),
            words: vec![("name", sheet.indicator(rate).map_or_else(|| Said::same(rate), name))],
            ..Raised::default()
        });
    }
}

fn ends_open(text: &str) -> bool {
    ELLIPSES.iter().any(|dots| text.trim_end().ends_with(dots))
}

/// A count that the report states is the length of the list that it gives; at least as long where the list ends with dots.
pub(super) fn list_count<H: History + ?Sized>(
    context: &Context<'_, H>,
    (lists, nouns, numerals, introduces): (&[Listed], &[String], &BTreeMap<String, u32>, &[String]),
    ledger: &mut Ledger<'_>,
) {
    let (sheet, document) = (&context.sheet, context.document);
    for list in lists {
        let length = match list.role {
            None => document.issued_documents.len(),
            Some(role) => document.projects.iter().filter(|project| project.roles.contains(&role)).count(),
        };
        let stated = sheet.all(&list.indicator).find(|(_, figure)| {
            matches!(figure.nature, Nature::Actual | Nature::Registered) && sheet.is_current(figure)
        });
        let Some((at, figure)) = stated.filter(|_| length > 0) else {
            ledger.skip(Skip::Missing(vec![format!("{} or its list", list.indicator)]));
            continue;
        };
        ledger.test();
        let listed = i128::try_from(length).unwrap_or_default() * UNIT;
        let said = figure.value.ten_thousandths();
        let open = figure.mentions.iter().any(|mention| ends_open(&mention.quote));
        let agrees = match figure.operator {
            Operator::Equal => said == listed || open && said > listed,
            // A bound is at odds with the list only where the list is longer than it may be.
            Operator::Greater | Operator::GreaterOrEqual => true,
            Operator::Less | Operator::LessOrEqual => listed <= said,
        };
        if !agrees {
            ledger.raise(Raised {
                about: list.indicator.clone(),
                left: Some(plain(said)),
                right: Some(plain(listed)),
                difference: Some(plain(said - listed)),
                figures: sheet.involved(at).into_iter().collect(),
                words: vec![(
                    "name",
                    sheet.indicator(&list.indicator).map_or_else(|| Said::same(&list.indicator), name),
                )],
                ..Raised::default()
            });
        }
    }
    for part in &context.parts {
        in_words(part, (nouns, numerals, introduces), ledger);
    }
}

/// "03 dự án sau:" and the marked lines below it.
fn in_words(
    part: &Part<'_>,
    (nouns, numerals, introduces): (&[String], &BTreeMap<String, u32>, &[String]),
    ledger: &mut Ledger<'_>,
) {
    let marked = |line: &str| {
        let line = line.trim_start();
        let number = line.trim_start_matches(|character: char| character.is_ascii_digit());
        line.starts_with(['-', '+', '•', '*']) || number.len() < line.len() && number.starts_with(['.', ')'])
    };
    // As they are written and in lower case, which breaks lines at the same places.
    let lines: Vec<(&str, &str)> =
        part.text.lines().zip(part.lower.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    // How many marked lines follow one another from each line on: a marked line may itself introduce those below it.
    let mut runs = vec![0; lines.len() + 1];
    for (at, (_, line)) in lines.iter().enumerate().rev() {
        if marked(line)
            && let [run, next, ..] = runs.get_mut(at..).unwrap_or_default()
        {
            *run = *next + 1;
        }
    }
    for (at, (quote, line)) in lines.iter().enumerate() {
        let Some(opening) = line.trim_end().strip_suffix(':') else { continue };
        let opening =
            introduces.iter().find_map(|word| opening.strip_suffix(word.as_str())).unwrap_or(opening).trim_end();
        let counted = nouns.iter().find_map(|noun| opening.strip_suffix(noun.as_str()));
        let Some(word) = counted.and_then(|before| before.trim_end().rsplit(' ').next()) else { continue };
        let Some(said) = word.parse::<u32>().ok().or_else(|| numerals.get(word).copied()) else { continue };
        let items = runs.get(at + 1).copied().unwrap_or_default();
        if items == 0 {
            continue;
        }
        ledger.test();
        let listed = u32::try_from(items).unwrap_or(u32::MAX);
        let open = lines.get(at + items).is_some_and(|(_, line)| ends_open(line));
        if said == listed || open && said > listed {
            continue;
        }
        ledger.raise(Raised {
            about: format!("{}.{}", part.pointer, at + 1),
            left: Some(said.to_string()),
            right: Some(listed.to_string()),
            difference: Some((i64::from(said) - i64::from(listed)).to_string()),
            pointers: vec![part.pointer.clone()],
            quote: Some(quote.trim().to_owned()),
            words: vec![("name", Said::same(quote.trim()))],
            ..Raised::default()
        });
    }
}
