//! How clients name an area.

use chrono::NaiveDate;

/// A reference to an area as clients write it: `07798`, or `07798@2025-07-01` for the holder on that date.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AreaRef {
    /// The official code.
    pub code: String,
    /// The date that picks the holder.
    pub on: Option<NaiveDate>,
}

impl AreaRef {
    /// Reads the form; anything else cannot name an area.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (code, date) = text.split_once('@').map_or((text, None), |(code, date)| (code, Some(date)));
        let plausible = (1..=16).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let on = match date {
            None => None,
            Some(date) => Some(NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?),
        };
        plausible.then(|| Self { code: code.to_owned(), on })
    }
}
