//! Numbers as people read them: half up at the indicator's decimals, with the marks of the language.

use super::measure;
use crate::domain::statistics::Fixed4;
use crate::error::Language;

/// The number with so many decimals, at most four, rounded half away from zero as a spreadsheet shows it.
pub(super) fn shown(value: Fixed4, decimals: u8, language: Language) -> String {
    let decimals = u32::from(decimals.min(4));
    let (unit, step) = (10_i128.pow(decimals), 10_i128.pow(4 - decimals));
    let rounded = (value.ten_thousandths().abs() + step.div_euclid(2)).div_euclid(step);
    let (group, mark) = if language == Language::Vi { ('.', ',') } else { (',', '.') };
    let whole = rounded.div_euclid(unit).to_string();
    let mut text = String::with_capacity(whole.len() + 8);
    if value.ten_thousandths() < 0 && rounded > 0 {
        text.push('−');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if decimals == 0 {
        return text;
    }
    let places = usize::try_from(decimals).unwrap_or_default();
    format!("{text}{mark}{:0places$}", rounded.rem_euclid(unit))
}

/// A round number of an axis, in few characters.
pub(super) fn brief(value: f64, step: f64, language: Language) -> String {
    let vietnamese = language == Language::Vi;
    let (by, word) = match value.abs().max(step) {
        large if large >= 1e9 => (1e9, if vietnamese { " tỷ" } else { " bn" }),
        large if large >= 1e6 => (1e6, if vietnamese { " triệu" } else { " m" }),
        _ => (1.0, ""),
    };
    let decimals = (0..4_u8).find(|decimals| {
        let scaled = step / by * 10_f64.powi(i32::from(*decimals));
        (scaled - scaled.round()).abs() < 1e-6
    });
    let number = Fixed4::from_f64(value / by).unwrap_or_default();
    format!("{}{word}", shown(number, decimals.unwrap_or(4), language))
}

/// The number, in few characters where it would take more room than there is.
pub(super) fn within(value: Fixed4, decimals: u8, language: Language, size: f64, room: f64) -> String {
    let exact = shown(value, decimals, language);
    if measure::width(&exact, size, false) <= room {
        return exact;
    }
    let value = value.to_f64();
    brief(value, if value.abs() >= 1e9 { 1e7 } else { 1e4 }, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let value = |ten_thousandths| Fixed4::from_ten_thousandths(ten_thousandths);
        assert_eq!(shown(value(775_862), 1, Language::Vi), "77,6");
        assert_eq!(shown(value(775_862), 2, Language::En), "77.59");
        assert_eq!(shown(value(12_345_670_000), 0, Language::Vi), "1.234.567");
        assert_eq!(shown(value(12_345_670_000), 0, Language::En), "1,234,567");
        assert_eq!(shown(value(500), 1, Language::En), "0.1", "half up");
        assert_eq!(shown(value(-15_000), 0, Language::En), "−2");
        assert_eq!(shown(value(-400), 1, Language::En), "0.0", "no negative zero");
        assert_eq!(shown(value(0), 0, Language::Vi), "0");
    }

    #[test]
    fn axes_are_brief() {
        assert_eq!(brief(2.5e9, 5e8, Language::Vi), "2,5 tỷ");
        assert_eq!(brief(2.5e9, 5e8, Language::En), "2.5 bn");
        assert_eq!(brief(40.0, 20.0, Language::Vi), "40");
        assert_eq!(brief(0.25, 0.05, Language::En), "0.25");
        let huge = Fixed4::from_ten_thousandths(90_071_992_547_409_910_000);
        assert_eq!(within(huge, 0, Language::En, 12.0, 200.0), "9,007,199,254,740,991");
        assert_eq!(within(huge, 0, Language::En, 12.0, 100.0), "9,007,199.25 bn");
    }
}
