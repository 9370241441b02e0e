//! Texts that hold numbers as reports print them, read as everything else is: by the unit of the indicator.

use std::ops::Range;

use crate::domain::decimal::Decimal;
use crate::domain::indicator::Unit;
use crate::domain::printed_number::{Printed, Unclear, read};

/// How many numbers of a text are looked at; one that holds more is no printed figure.
const MOST_NUMBERS: usize = 16;
/// How many words before a number may belong to it, as in `không ít hơn 5`.
const WORDS_BEFORE: usize = 3;
/// How many words after a number may belong to it, as in `5 tổ dân phố`.
const WORDS_AFTER: usize = 3;

/// The numbers of a printed text, in ten-thousandths: the one that it is, or those that stand in it one after another. What
/// the unit makes unclear, a guess and the two counts of a percentage are none.
pub(super) fn numbers(printed: &str, unit: Unit) -> Vec<i128> {
    if let Some(found) = number(printed, unit) {
        return found;
    }
    let words: Vec<Range<usize>> = words(printed).collect();
    let has_digit = |word: &Range<usize>| printed.get(word.clone()).is_some_and(|word| word.contains(is_digit));
    let places = || words.iter().enumerate().filter(|(_, word)| has_digit(word)).map(|(at, _)| at);
    let nexts = places().skip(1).chain(std::iter::once(words.len()));
    let mut found = Vec::new();
    let mut first = 0;
    for (at, next) in places().zip(nexts).take(MOST_NUMBERS) {
        // Not from before a comma: that word is of another number.
        let apart = |word: &Range<usize>| printed.get(word.clone()).is_some_and(|word| word.ends_with(is_aside));
        let near = first.max(at.saturating_sub(WORDS_BEFORE))..at;
        let before = words.get(near).unwrap_or_default().iter().rev().take_while(|word| !apart(word)).count();
        let starts = at - before..=at;
        let ends = (at..next.min(at + WORDS_AFTER + 1)).rev();
        let stretches = starts.flat_map(|from| ends.clone().map(move |to| (from, to)));
        let text = |(from, to): (usize, usize)| {
            let stretch = words.get(from)?.start..words.get(to)?.end;
            Some(printed.get(stretch)?.trim_matches(is_aside))
        };
        found.extend(stretches.filter_map(text).find_map(|text| number(text, unit)).unwrap_or_default());
        first = at + 1;
    }
    found
}

/// The numbers of a text that is nothing but a number; nothing where it has other words.
fn number(text: &str, unit: Unit) -> Option<Vec<i128>> {
    match read(text, unit) {
        Ok(Printed::Number(_, value)) => Some(vec![value.ten_thousandths()]),
        Err(Unclear::ShareOfCount) => fraction(text).map(|(above, below)| vec![above * 10_000, below * 10_000]),
        Err(Unclear::NotANumber) => None,
        Ok(Printed::Share(..)) | Err(_) => Some(Vec::new()),
    }
}

/// `x/y`, whole numbers.
pub(super) fn fraction(printed: &str) -> Option<(i128, i128)> {
    let whole = |count: Decimal| count.as_integer().map(i128::from);
    match read(printed, Unit::Percent) {
        Ok(Printed::Share(above, below)) => Some((whole(above)?, whole(below)?)),
        _ => None,
    }
}

/// The words of a text, by their places; a sign of percent that stands alone goes with its number.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let begin = rest + text.get(rest..)?.find(|mark: char| !mark.is_whitespace())?;
        let length =
            |from: usize| text.get(from..).map_or(0, |tail| tail.find(char::is_whitespace).unwrap_or(tail.len()));
        let mut end = begin + length(begin);
        if let Some(percent) = text.get(end..).and_then(|tail| tail.trim_start().strip_prefix('%')) {
            end = text.len() - percent.len();
        }
        rest = end;
        Some(begin..end)
    })
}

fn is_digit(mark: char) -> bool {
    mark.is_ascii_digit()
}

/// Marks that stand around a number without being of it.
fn is_aside(mark: char) -> bool {
    matches!(mark, '(' | ')' | ',' | ';' | ':' | '.' | '"' | '“' | '”')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_numbers_are_read_by_their_unit() {
        let one = |value: i128| vec![value];
        for (printed, unit, expected) in [
            ("548.147.000 đồng", Unit::Vnd, one(5_481_470_000_000)),
            ("500 triệu đồng", Unit::Vnd, one(5_000_000_000_000)),
            ("1,5 tỷ", Unit::Vnd, one(15_000_000_000_000)),
            ("06", Unit::Count, one(60_000)),
            ("1.234", Unit::Count, one(12_340_000)),
            ("trên 90 hồ sơ", Unit::Count, one(900_000)),
            ("01 lần/tuần", Unit::PerWeek, one(10_000)),
            ("77,5%", Unit::Percent, one(775_000)),
            ("0.43", Unit::Percent, one(4_300)),
            ("33.333%", Unit::Percent, one(333_330)),
            ("33,333%", Unit::Percent, one(333_330)),
            ("33333%", Unit::Percent, one(333_330_000)),
            ("không", Unit::Count, vec![]),
            // What may be meant in two ways, and what is no number of the unit, is nothing to compare with.
            ("1.234 triệu", Unit::Vnd, vec![]),
            ("khoảng 20", Unit::Count, vec![]),
            ("50%", Unit::Count, vec![]),
            ("45/58", Unit::Percent, vec![]),
        ] {
            assert_eq!(numbers(printed, unit), expected, "{printed}");
        }
    }

    #[test]
    fn several_numbers_of_one_text_are_each_read() {
        for (printed, unit, expected) in [
            ("5/5", Unit::Count, vec![50_000, 50_000]),
            ("5/5 tổ dân phố", Unit::Count, vec![50_000, 50_000]),
            ("13 hồ sơ (68,4%)", Unit::Count, vec![130_000]),
            ("13 hồ sơ (68 %), quá hạn 6", Unit::Count, vec![130_000, 60_000]),
            ("13/19 hồ sơ, đạt 68.421%", Unit::Percent, vec![684_210]),
            ("từ 20 đến không quá 1.030 hồ sơ", Unit::Count, vec![200_000, 10_300_000]),
            ("500 triệu đồng và khoảng 48 triệu", Unit::Vnd, vec![5_000_000_000_000]),
            ("tổng số: 28 tin, 4 bài", Unit::Count, vec![280_000, 40_000]),
        ] {
            assert_eq!(numbers(printed, unit), expected, "{printed}");
        }
        assert_eq!(numbers(&"1 ".repeat(100_000), Unit::Count).len(), MOST_NUMBERS);
        assert_eq!(numbers(&"một ".repeat(100_000), Unit::Count), [0; 0]);
    }

    #[test]
    fn fractions_are_two_counts() {
        assert_eq!(fraction("5/5"), Some((5, 5)));
        assert_eq!(fraction("1.045 / 5.000 hồ sơ"), Some((1_045, 5_000)));
        assert_eq!(fraction("01 lần/tuần"), None);
        assert_eq!(fraction("68,4%"), None);
    }
}
