//! The words of a finding: templates of the rules file filled in both languages, and names that are safe in a path.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::finding::Sentence;

/// Longer subjects would make ids that nobody can read.
const MAX_SLUG: usize = 64;

/// What a placeholder stands for, as each language writes it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    vi: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Said {
    /// The same words in both languages: codes, quotes.
    pub fn same(text: &str) -> Self {
        Self { vi: Cow::from(text.to_owned()), en: Cow::from(text.to_owned()) }
    }

    /// Words of their own.
    pub fn both(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }

    /// A plain decimal such as `-1234.5`, as each language groups its digits.
    pub fn number(plain: &str) -> Self {
        Self { vi: grouped(plain, '.', ',').into(), en: grouped(plain, ',', '.').into() }
    }

    /// How many.
    pub fn count(count: usize) -> Self {
        Self::number(&count.to_string())
    }

    /// The Vietnamese form.
    pub fn vi(&self) -> &str {
        &self.vi
    }

    /// The English form.
    pub fn en(&self) -> &str {
        &self.en
    }

    /// A day.
    pub fn date(date: NaiveDate) -> Self {
        let vi = format!("{:02}/{:02}/{}", date.day(), date.month(), date.year());
        Self { vi: vi.into(), en: date.to_string().into() }
    }
}

/// Digits in groups of three; years and the like are no numbers and do not come here.
fn grouped(plain: &str, thousands: char, point: char) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(thousands);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(point);
        text.push_str(fraction);
    }
    text
}

/// What the placeholders of a template stand for.
pub(super) type Words = Vec<(&'static str, Said)>;

/// A template in both languages.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub vi: String,
    pub en: String,
}

impl Template {
    /// The sentence; a placeholder that nothing is said of stays, so that a test finds it.
    pub fn fill(&self, words: &Words) -> Sentence {
        Sentence { vi: fill(&self.vi, words, |said| &said.vi), en: fill(&self.en, words, |said| &said.en) }
    }

    /// The names between braces.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        [self.vi.as_str(), self.en.as_str()]
            .into_iter()
            .flat_map(|text| text.split('{').skip(1).map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name)))
    }
}

fn fill(template: &str, words: &Words, pick: impl Fn(&Said) -> &str) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        if let Some((_, said)) = words.iter().find(|(known, _)| *known == name) {
            text.push_str(pick(said));
        } else {
            text.push('{');
            text.push_str(name);
            text.push('}');
        }
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// The part of an id that says what a finding is about: ASCII letters, digits, `.`, `-` and `_` only.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len().min(MAX_SLUG));
    for character in text.nfd().filter(|character| !is_combining_mark(*character)) {
        if slug.len() >= MAX_SLUG {
            break;
        }
        match character {
            'đ' => slug.push('d'),
            'Đ' => slug.push('D'),
            '_' | '.' => slug.push(character),
            plain if plain.is_ascii_alphanumeric() => slug.push(plain),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    while slug.ends_with('-') {
        slug.pop();
    }
    slug
}

/// Ten-thousandths as a plain decimal without idle zeros.
pub(super) fn plain(ten_thousandths: i128) -> String {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let size = ten_thousandths.unsigned_abs();
    let (whole, fraction) = (size.div_euclid(10_000), size.rem_euclid(10_000));
    let text = format!("{sign}{whole}.{fraction:04}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_writes_numbers_and_days_its_own_way() {
        let template = Template { vi: "{left} ngày {date}".to_owned(), en: "{left} on {date}, {other}".to_owned() };
        let date = NaiveDate::from_ymd_opt(2024, 3, 5).unwrap();
        let sentence = template.fill(&vec![("left", Said::number("-548147000.5")), ("date", Said::date(date))]);
        assert_eq!(sentence.vi, "-548.147.000,5 ngày 05/03/2024");
        assert_eq!(sentence.en, "-548,147,000.5 on 2024-03-05, {other}");
        assert_eq!(template.placeholders().collect::<Vec<_>>(), ["left", "date", "left", "date", "other"]);
    }

    #[test]
    fn a_slug_is_safe_in_a_path() {
        assert_eq!(slug("08/KH-UBND"), "08-KH-UBND");
        assert_eq!(slug("04/2015/NĐ-CP"), "04-2015-ND-CP");
        assert_eq!(slug("  mức độ 3, 4 "), "muc-do-3-4");
        assert_eq!(slug("../../"), "..-..");
        assert!(slug(&"ư".repeat(500)).len() <= MAX_SLUG);
    }

    #[test]
    fn plain_numbers_lose_idle_zeros_only() {
        assert_eq!(
            [190_000, -70_000, 775_000, 5, 0].map(plain),
            ["19", "-7", "77.5", "0.0005", "0"].map(ToOwned::to_owned)
        );
        assert_eq!(plain(1_000_000), "100");
    }
}
