//! The documents that a ward says it issued: their days, their numbers, the years in their subjects.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use super::ledger::{Ledger, Raised, Skip};
use super::message::Said;
use super::{Context, History};
use crate::domain::report::IssuedDocument;
use crate::domain::text::fold;

/// The number and the rest of a symbol: `05/KH-UBND` is 5 of `KH-UBND`, `436-CV/BCĐ` 436 of `CV/BCĐ`.
pub(super) fn register(symbol: &str) -> Option<(u32, &str)> {
    let end = symbol.find(|character: char| !character.is_ascii_digit())?;
    let number = symbol.get(..end)?.parse().ok()?;
    Some((number, symbol.get(end..)?.trim_start_matches(['/', '-', ' '])))
}

fn paper(document: &IssuedDocument, words: Vec<(&'static str, Said)>, at: usize, field: &str) -> Raised {
    let mut all = vec![("about", Said::same(&document.symbol)), ("date", Said::date(document.date))];
    all.extend(words);
    Raised {
        about: document.symbol.clone(),
        pointers: vec![format!("/issuedDocuments/{at}/{field}")],
        quote: document.quote.clone(),
        words: all,
        ..Raised::default()
    }
}

fn papers<'a, H: History + ?Sized>(context: &Context<'a, H>) -> impl Iterator<Item = (usize, &'a IssuedDocument)> {
    context.document.issued_documents.iter().enumerate()
}

/// The same day in the year that puts it into the window, where only the year may be wrong.
fn in_window<H: History + ?Sized>(context: &Context<'_, H>, date: NaiveDate) -> Option<NaiveDate> {
    let years: RangeInclusive<i32> = context.window.start.year()..=context.window.cut_off.year();
    years.filter_map(|year| date.with_year(year)).find(|day| context.covers(*day))
}

/// A document of the quarter is dated in the quarter's window; the days from the cut-off to the signing are the milder
/// case (Decree 09/2019/NĐ-CP, article 12).
pub(super) fn window<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    for (at, document) in papers(context) {
        ledger.test();
        if context.covers(document.date) {
            continue;
        }
        let meant = in_window(context, document.date).map_or_else(
            || Said::same(""),
            |day| {
                let written = Said::date(day);
                Said::both(format!(" Có thể là ngày {}.", written.vi()), format!(" Perhaps {} is meant.", written.en()))
            },
        );
        let (start, cut_off) = (context.window.start, context.window.cut_off);
        let words = vec![("from", Said::date(start)), ("to", Said::date(cut_off)), ("other", meant)];
        let late = document.date > context.window.cut_off && document.date <= context.signed_by;
        ledger.raise(Raised {
            lesser: late,
            left: Some(document.date.to_string()),
            right: Some(format!("{start}/{cut_off}")),
            ..paper(document, words, at, "date")
        });
    }
}

/// A day on which offices work.
pub(super) fn working_day<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    for (at, document) in papers(context) {
        ledger.test();
        if context.history.calendar().is_working_day(document.date) {
            continue;
        }
        let day = match document.date.weekday() {
            chrono::Weekday::Sun => Said::both("Chủ nhật", "a Sunday"),
            chrono::Weekday::Sat => Said::both("thứ Bảy", "a Saturday"),
            _ => Said::both("ngày nghỉ lễ", "a public holiday"),
        };
        ledger.raise(Raised {
            left: Some(document.date.to_string()),
            ..paper(document, vec![("other", day)], at, "date")
        });
    }
}

/// The years that a subject names: `năm 2024`.
fn years(subject: &str) -> Vec<i32> {
    let folded = fold(subject);
    let after = folded.match_indices("nam ").filter_map(|(at, found)| folded.get(at + found.len()..));
    let digits = after.filter_map(|rest| rest.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit())));
    digits.filter_map(|year| year.parse().ok()).filter(|year| (1990..2100).contains(year)).collect()
}

/// A plan for a year is dated in that year; in the last months it may be for the next one, and in the first months what
/// looks back may be about the last one.
pub(super) fn year<H: History + ?Sized>(
    context: &Context<'_, H>,
    (next_from, last_until, looking_back): (u32, u32, &[String]),
    ledger: &mut Ledger<'_>,
) {
    for (at, document) in papers(context) {
        let named = years(&document.subject);
        let Some(first) = named.first() else {
            ledger.skip(Skip::Because("subjects that name no year"));
            continue;
        };
        ledger.test();
        let (own, month) = (document.date.year(), document.date.month());
        let lower = document.subject.to_lowercase();
        let looks_back = looking_back.iter().any(|words| lower.contains(words.as_str()));
        let fits = |year: &i32| {
            *year == own
                || *year == own + 1 && month >= next_from
                || *year == own - 1 && month <= last_until && looks_back
        };
        if !named.iter().any(fits) {
            ledger.raise(Raised {
                left: Some(first.to_string()),
                right: Some(own.to_string()),
                ..paper(
                    document,
                    vec![("left", Said::same(&first.to_string())), ("right", Said::same(&own.to_string()))],
                    at,
                    "subject",
                )
            });
        }
    }
}

/// A document as its register has it.
struct Entry<'a> {
    at: usize,
    number: u32,
    document: &'a IssuedDocument,
    inside: bool,
}

/// The entries of one register: the same unit, the same symbol, the same year of the report. The year is the report's
/// and not the date's own, since the date is what is in doubt; the December before the first quarter has its own.
fn registers<'a, H: History + ?Sized>(context: &Context<'a, H>) -> Vec<Vec<Entry<'a>>> {
    type Key<'k> = (Option<NaiveDate>, &'k str, i32);
    let mut found: Vec<(Key<'a>, Vec<Entry<'a>>)> = Vec::new();
    let area = context.history.areas().get(context.ward);
    for (at, document) in papers(context) {
        let Some((number, symbol)) = register(&document.symbol) else { continue };
        let inside = context.covers(document.date);
        let likely = if inside { document.date } else { in_window(context, document.date).unwrap_or(document.date) };
        let year = if inside { document.date.year() } else { context.quarter.year() };
        let unit = area.and_then(|area| area.on(likely)).and_then(|version| version.valid_from);
        let key = (unit, symbol, year);
        let entry = Entry { at, number, document, inside };
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, entries)) => entries.push(entry),
            None => found.push((key, vec![entry])),
        }
    }
    let mut entries: Vec<Vec<Entry<'a>>> = found.into_iter().map(|(_, entries)| entries).collect();
    for register in &mut entries {
        register.sort_by_key(|entry| (entry.number, entry.at));
    }
    entries
}

/// The positions of a longest run of days that do not fall; the rest are out of order.
fn in_order(dates: &[(usize, NaiveDate)]) -> Vec<usize> {
    let mut tails: Vec<(NaiveDate, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(dates.len());
    for (position, (_, date)) in dates.iter().enumerate() {
        let length = tails.partition_point(|(tail, _)| tail <= date);
        before.push(length.checked_sub(1).and_then(|shorter| tails.get(shorter)).map(|(_, at)| *at));
        match tails.get_mut(length) {
            Some(tail) => *tail = (*date, position),
            None => tails.push((*date, position)),
        }
    }
    let mut kept = Vec::with_capacity(tails.len());
    let mut next = tails.last().map(|(_, at)| *at);
    while let Some(position) = next {
        kept.extend(dates.get(position).map(|(at, _)| *at));
        next = before.get(position).copied().flatten();
    }
    kept
}

/// Within a register, a higher number is not of an earlier day (Decree 30/2020/NĐ-CP, article 15).
pub(super) fn order<H: History + ?Sized>(context: &Context<'_, H>, ledger: &mut Ledger<'_>) {
    for register in registers(context).iter().filter(|register| register.len() > 1) {
        ledger.test();
        // Days outside the window are in doubt already; the others say what the order is.
        let sure: Vec<(usize, NaiveDate)> =
            register.iter().filter(|entry| entry.inside).map(|entry| (entry.at, entry.document.date)).collect();
        let kept = in_order(&sure);
        let is_kept = |entry: &&Entry<'_>| kept.contains(&entry.at);
        for (position, entry) in register.iter().enumerate() {
            if kept.contains(&entry.at) {
                continue;
            }
            let lower = register.iter().take(position).rfind(is_kept);
            let higher = register.iter().skip(position + 1).find(is_kept);
            let date = entry.document.date;
            let falls = lower.is_some_and(|lower| date < lower.document.date)
                || higher.is_some_and(|higher| date > higher.document.date);
            let Some(other) = lower.filter(|lower| date < lower.document.date).or(higher).filter(|_| falls) else {
                continue;
            };
            let fits = in_window(context, date).filter(|day| {
                *day != date
                    && lower.is_none_or(|lower| *day >= lower.document.date)
                    && higher.is_none_or(|higher| *day <= higher.document.date)
            });
            let meant = fits.map_or_else(
                || Said::same(""),
                |day| {
                    let written = Said::date(day);
                    Said::both(
                        format!(" Ngày {} thì đúng thứ tự.", written.vi()),
                        format!(" {} would be in order.", written.en()),
                    )
                },
            );
            let words = vec![
                ("left", Said::date(date)),
                ("other", Said::same(&other.document.symbol)),
                ("right", Said::date(other.document.date)),
                ("words", meant),
            ];
            let mut raised = paper(entry.document, words, entry.at, "date");
            raised.left = Some(date.to_string());
            raised.right = Some(other.document.date.to_string());
            raised.pointers.push(format!("/issuedDocuments/{}/date", other.at));
            ledger.raise(raised);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_a_number_in_a_register() {
        assert_eq!(register("05/KH-UBND"), Some((5, "KH-UBND")));
        assert_eq!(register("436-CV/BCĐ"), Some((436, "CV/BCĐ")));
        assert_eq!(register("KH-UBND"), None);
        assert_eq!(register("99999999999/KH"), None);
    }

    #[test]
    fn a_subject_names_its_years() {
        assert_eq!(years("Cải cách hành chính Nhà nước năm 2024"), [2024]);
        assert_eq!(years("giai đoạn 2021 - 2025"), [0; 0]);
        assert_eq!(years("Năm 2023 và NĂM 2024, năm học"), [2023, 2024]);
    }

    #[test]
    fn the_longest_run_of_days_is_the_order() {
        let day = |day| NaiveDate::from_ymd_opt(2024, 1, day).unwrap();
        let dates: Vec<_> = [3, 8, 8, 2, 9].into_iter().map(day).enumerate().collect();
        let mut kept = in_order(&dates);
        kept.sort_unstable();
        assert_eq!(kept, [0, 1, 2, 4]);
    }
}
