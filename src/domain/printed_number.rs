//! Numbers as Vietnamese reports print them: `548.147.000`, `77,5%`, `06`, `500 triệu đồng`, `5/5`, `trên 90%`.
//!
//! The unit decides what a mark means. In a **count** or an amount of money a dot, a comma or a blank between groups of
//! three digits is a thousands mark (`1.234` is 1234), and there are no decimals. In a **percentage** there are no
//! thousands, so a dot and a comma are both the decimal mark (`77.5` is `77,5`). Before a word such as `triệu` both could
//! be meant, so `1.234 triệu` is refused. What is refused says what to write instead.

#[cfg(test)]
mod tests;

use super::decimal::{Decimal, DecimalError};
use super::indicator::Unit;
use super::observation::Operator;
use super::text::{fold, nfc};
use crate::error::Text;
use crate::text;

/// A number as it was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// One number, or a bound.
    Number(Operator, Decimal),
    /// `5/5`: a numerator and a denominator.
    Share(Decimal, Decimal),
}

/// Why a text is not taken for a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclear {
    /// No number at all, or letters that are no unit of ours.
    NotANumber,
    /// A dash, which may mean nothing or zero.
    Dash,
    /// About so many.
    Approximate,
    /// Marks that may be thousands or decimals.
    Ambiguous,
    /// A percentage where things are counted.
    PercentOfCount,
    /// A numerator over a denominator where one number is wanted.
    ShareOfCount,
    /// A word such as `triệu` in a percentage.
    MultipliedPercent,
    /// Below zero.
    Negative,
    /// Decimals where there are none.
    NotWhole,
    /// Above 2⁵³ − 1.
    TooLarge,
    /// More than four decimals.
    TooPrecise,
}

/// The words before a number that make it a bound, folded; the longer ones first.
const BOUNDS: [(&str, Operator); 19] = [
    ("khong duoi", Operator::GreaterOrEqual),
    ("khong it hon", Operator::GreaterOrEqual),
    ("it nhat", Operator::GreaterOrEqual),
    ("toi thieu", Operator::GreaterOrEqual),
    ("at least", Operator::GreaterOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("≥", Operator::GreaterOrEqual),
    ("khong qua", Operator::LessOrEqual),
    ("nhieu nhat", Operator::LessOrEqual),
    ("toi da", Operator::LessOrEqual),
    ("at most", Operator::LessOrEqual),
    ("<=", Operator::LessOrEqual),
    ("≤", Operator::LessOrEqual),
    ("tren", Operator::Greater),
    ("hon", Operator::Greater),
    (">", Operator::Greater),
    ("chua den", Operator::Less),
    ("duoi", Operator::Less),
    ("<", Operator::Less),
];
/// The words before a number that make it a guess, folded.
const GUESSES: [&str; 5] = ["khoang", "gan", "xap xi", "about", "~"];
/// The words after a number that multiply it, folded, with the zeros that they stand for.
const MULTIPLIERS: [(&str, u32); 6] = [("nghin", 3), ("ngan", 3), ("trieu", 6), ("ty", 9), ("ti", 9), ("million", 6)];
/// The words after a number that change nothing, folded.
const COUNTED: [&str; 34] = [
    "dong",
    "d",
    "vnd",
    "ho so",
    "vu",
    "vu viec",
    "don",
    "nguoi",
    "luot",
    "luot nguoi",
    "ho",
    "van ban",
    "buoi",
    "cuoc",
    "to",
    "to dan pho",
    "tin",
    "tin, bai",
    "tin bai",
    "chuong trinh",
    "truong hop",
    "cong trinh",
    "du an",
    "thu tuc",
    "dich vu",
    "linh vuc",
    "lan",
    "lan/tuan",
    "lan moi tuan",
    "buoi/tuan",
    "hoi nghi",
    "nha",
    "y kien",
    "phieu",
];

/// Reads a text, in whatever form it stands there, as a number of a unit.
///
/// # Errors
/// What is unclear about it.
pub fn read(text: &str, unit: Unit) -> Result<Printed, Unclear> {
    let folded = fold(&nfc(text).replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ")).replace(['\u{2212}', '–', '—'], "-");
    if !folded.is_empty() && folded.chars().all(|mark| matches!(mark, '-' | '.' | '…' | '/')) {
        return Err(Unclear::Dash);
    }
    if GUESSES.iter().any(|word| folded.starts_with(word)) {
        return Err(Unclear::Approximate);
    }
    let (operator, rest) = bound(&folded);
    if rest.starts_with('-') && rest.contains(|mark: char| mark.is_ascii_digit()) {
        return Err(Unclear::Negative);
    }
    let end = rest.rfind(|mark: char| mark.is_ascii_digit()).map(|at| at + 1).ok_or(Unclear::NotANumber)?;
    let (digits, words) = rest.split_at(end);
    let words = words.trim();
    if let Some((above, below)) = digits.split_once('/') {
        let counted = words.is_empty() || COUNTED.contains(&words);
        return match unit {
            Unit::Percent if counted && operator == Operator::Equal => {
                Ok(Printed::Share(whole(above.trim())?, whole(below.trim())?))
            }
            Unit::Percent => Err(Unclear::NotANumber),
            _ => Err(Unclear::ShareOfCount),
        };
    }
    let value = match (unit, words) {
        (Unit::Percent, "" | "%" | "phan tram" | "percent") | (Unit::PerWeek, "") => decimal(digits)?,
        (Unit::PerWeek, counted) if COUNTED.contains(&counted) => decimal(digits)?,
        (Unit::Percent, words) if multiplier(words).is_some() => return Err(Unclear::MultipliedPercent),
        (_, "%" | "phan tram" | "percent") => return Err(Unclear::PercentOfCount),
        (Unit::Count | Unit::Vnd, words) => match multiplier(words) {
            Some(zeros) => multiplied(digits, zeros)?,
            None if words.is_empty() || COUNTED.contains(&words) => whole(digits)?,
            None => return Err(Unclear::NotANumber),
        },
        _ => return Err(Unclear::NotANumber),
    };
    Ok(Printed::Number(operator, value))
}

/// Reads the number of a spreadsheet's cell, which is binary: to the fifteen digits that spreadsheets keep and show.
///
/// # Errors
/// What is unclear about it.
pub fn read_binary(number: f64, unit: Unit) -> Result<Decimal, Unclear> {
    if !number.is_finite() {
        return Err(Unclear::NotANumber);
    }
    if number < 0.0 {
        return Err(Unclear::Negative);
    }
    if number >= 1e16 {
        return Err(Unclear::TooLarge);
    }
    // A whole number below 2^53 is exact as it is; anything else has fifteen digits that mean something.
    let mut text = if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        let before = format!("{:.0}", number.floor()).trim_start_matches('0').len();
        format!("{number:.*}", 15_usize.saturating_sub(before))
    };
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    let value = parse(&text)?;
    let whole = matches!(unit, Unit::Count | Unit::Vnd);
    if whole && value.as_integer().is_none() { Err(Unclear::NotWhole) } else { Ok(value) }
}

fn bound(text: &str) -> (Operator, &str) {
    for (word, operator) in BOUNDS {
        if let Some(rest) = text.strip_prefix(word) {
            return (operator, rest.trim_start());
        }
    }
    if let Some(rest) = text.strip_suffix("tro len") {
        return (Operator::GreaterOrEqual, rest.trim_start_matches("tu ").trim_end());
    }
    (Operator::Equal, text)
}

/// The zeros of `triệu` in `triệu đồng`.
fn multiplier(words: &str) -> Option<u32> {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    let money = matches!(rest, "" | "dong" | "d" | "vnd");
    MULTIPLIERS.iter().find(|(word, _)| *word == first && money).map(|(_, zeros)| *zeros)
}

fn parse(text: &str) -> Result<Decimal, Unclear> {
    text.parse().map_err(|error| match error {
        DecimalError::NotANumber => Unclear::NotANumber,
        DecimalError::Negative => Unclear::Negative,
        DecimalError::TooLarge => Unclear::TooLarge,
        DecimalError::TooPrecise => Unclear::TooPrecise,
    })
}

/// A number in which one dot or comma may be the decimal mark, and nothing is a thousands mark.
fn decimal(digits: &str) -> Result<Decimal, Unclear> {
    match digits.matches(['.', ',']).count() {
        0 | 1 => parse(&digits.replace(',', ".")),
        _ => Err(Unclear::Ambiguous),
    }
}

/// A whole number: plain, or in groups of three by one kind of mark, with nothing but zeros after another kind.
fn whole(digits: &str) -> Result<Decimal, Unclear> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // `06` is 6, however many zeros people put before it.
        return parse(digits);
    }
    let mark = digits.chars().find(|character| !character.is_ascii_digit()).ok_or(Unclear::NotANumber)?;
    if !matches!(mark, '.' | ',' | ' ' | '\'') {
        return Err(Unclear::NotANumber);
    }
    if grouped(digits, mark) {
        return parse(&digits.replace(mark, ""));
    }
    // `1.234,00`: what stands after the last mark of another kind are decimals.
    let Some((before, after)) = digits.rsplit_once(['.', ',']) else { return Err(Unclear::NotANumber) };
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mark_before = before.chars().find(|character| !character.is_ascii_digit());
    if !plain(after) || !mark_before.map_or_else(|| plain(before), |mark| grouped(before, mark)) {
        return Err(Unclear::NotANumber);
    }
    match (after.bytes().all(|byte| byte == b'0'), after.len()) {
        // `0.123` and `0.000` look like groups and cannot be.
        (_, 3) => Err(Unclear::Ambiguous),
        (true, _) => parse(&before.replace(['.', ',', ' ', '\''], "")),
        (false, _) => Err(Unclear::NotWhole),
    }
}

/// Whether digits stand in groups of three by a mark, the first group of one to three and not beginning with a zero.
fn grouped(digits: &str, mark: char) -> bool {
    let mut groups = digits.split(mark);
    let number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first =
        groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && number(group) && !group.starts_with('0'));
    first && groups.all(|group| group.len() == 3 && number(group))
}

/// `1,5 triệu`: a decimal number times a power of ten that comes out whole.
fn multiplied(digits: &str, zeros: u32) -> Result<Decimal, Unclear> {
    let marks = digits.matches(['.', ',']).count();
    let decimals = digits.rsplit_once(['.', ',']).map_or("", |(_, after)| after);
    let value = match marks {
        1 if decimals.len() == 3 => return Err(Unclear::Ambiguous),
        1 => decimal(digits)?,
        _ => whole(digits)?,
    };
    let scale = u32::from(value.scale());
    let Some(missing) = zeros.checked_sub(scale) else { return Err(Unclear::NotWhole) };
    let unit = 10_i64.checked_pow(missing).ok_or(Unclear::TooLarge)?;
    value.mantissa().checked_mul(unit).and_then(|whole| Decimal::new(whole, 0)).ok_or(Unclear::TooLarge)
}

impl Unclear {
    /// What is wrong with the text, and what to write instead.
    #[must_use]
    pub fn explain(self, text: &str, unit: Unit) -> Text {
        match self {
            Self::NotANumber => match unit {
                Unit::Percent => text!(
                    "“{text}” không phải là tỷ lệ: viết như 77,5 hoặc 77,5%.",
                    "“{text}” is not a percentage: write it like 77.5 or 77,5%."
                ),
                Unit::PerWeek => text!(
                    "“{text}” không phải là số lần mỗi tuần: viết như 1 hoặc 1,5.",
                    "“{text}” is not a number a week: write it like 1 or 1.5."
                ),
                Unit::Count | Unit::Vnd => text!(
                    "“{text}” không phải là số: viết như 1234 hoặc 1.234.",
                    "“{text}” is not a number: write it like 1234 or 1.234."
                ),
            },
            Self::Dash => text!(
                "“{text}” có thể là không có số hoặc là 0: để trống nếu không có số, ghi 0 nếu bằng không.",
                "“{text}” may mean no figure or zero: leave the cell empty for none, write 0 for zero."
            ),
            Self::Approximate => text!(
                "“{text}” là số ước chừng: ghi con số đúng, hoặc một giới hạn như “trên 90”.",
                "“{text}” is a guess: write the number itself, or a bound such as “over 90”."
            ),
            Self::Ambiguous => text!(
                "“{text}” có thể hiểu là hàng nghìn hoặc số lẻ: viết liền các chữ số, như 1234000.",
                "The marks in “{text}” may be thousands or decimals: write the digits without them, like 1234000."
            ),
            Self::PercentOfCount => text!(
                "“{text}” là tỷ lệ phần trăm; ở đây cần số đếm.",
                "“{text}” is a percentage; a count is wanted here."
            ),
            Self::ShareOfCount => text!(
                "“{text}” là tử số trên mẫu số; ở đây cần một số. Ghi hai số vào dòng của từng chỉ tiêu.",
                "“{text}” is a numerator over a denominator; one number is wanted here. Put each in its own indicator's row."
            ),
            Self::MultipliedPercent => {
                text!("“{text}” không phải là tỷ lệ phần trăm.", "“{text}” is not a percentage.")
            }
            Self::Negative => text!("“{text}” là số âm; số liệu không âm.", "“{text}” is negative; figures never are."),
            Self::NotWhole => text!("“{text}” phải là số nguyên.", "“{text}” must be a whole number."),
            Self::TooLarge => text!("“{text}” vượt quá 9007199254740991.", "“{text}” is above 9007199254740991."),
            Self::TooPrecise => text!(
                "“{text}” có quá bốn chữ số thập phân: làm tròn như trong báo cáo.",
                "“{text}” has more than four decimals: round it as the report prints it."
            ),
        }
    }
}
