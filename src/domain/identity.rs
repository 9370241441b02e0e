//! What an identifier names. Everything is known by its natural key, which both transports show and people can read;
//! the keys of different kinds have different forms, so that one field can look anything up.

use super::quarter::Quarter;

/// A thing that has a key of its own. Observations have none: a report may state an indicator several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity<'a> {
    /// An area's id, such as `07792-1`.
    Area(&'a str),
    /// A quarter, such as `2024-Q1`.
    Quarter(Quarter),
    /// An indicator's code, such as `poverty_rate`.
    Indicator(&'a str),
    /// A report: the id of its area and its quarter, such as `07792-1/2024-Q1`.
    Report(&'a str, Quarter),
}

impl<'a> Identity<'a> {
    /// Reads an identifier by its form; whether there is such a thing is another question.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some((area, quarter)) = text.split_once('/') {
            return is_area(area).then_some(Self::Report(area, quarter.parse().ok()?));
        }
        if let Ok(quarter) = text.parse() {
            return Some(Self::Quarter(quarter));
        }
        if is_area(text) {
            return Some(Self::Area(text));
        }
        is_indicator(text).then_some(Self::Indicator(text))
    }
}

/// A code, a hyphen, and the ordinal of the code's holder.
fn is_area(text: &str) -> bool {
    text.split_once('-').is_some_and(|(code, ordinal)| {
        let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_code && !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Lower-case words, joined by underscores, that begin with a letter.
fn is_indicator(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_form() {
        let quarter = Quarter::new(2024, 1).unwrap();
        assert_eq!(Identity::parse("07792-1"), Some(Identity::Area("07792-1")));
        assert_eq!(Identity::parse("2024-Q1"), Some(Identity::Quarter(quarter)));
        assert_eq!(Identity::parse("poverty_rate"), Some(Identity::Indicator("poverty_rate")));
        assert_eq!(Identity::parse("07792-1/2024-Q1"), Some(Identity::Report("07792-1", quarter)));
    }

    #[test]
    fn what_has_no_form_names_nothing() {
        for text in ["", "/", "-", "07792", "07792-", "07792-x", "2024-Q5", "07792-1/", "07792-1/2024", "Poverty", "é"]
        {
            assert_eq!(Identity::parse(text), None, "{text}");
        }
    }
}
