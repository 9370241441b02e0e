//! Quarters, written `2024-Q1`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A quarter of a year. Ordered and counted by its serial number: `year × 4 + (index − 1)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quarter(i32);

/// The text is not of the form `YYYY-Qn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quarter is written like 2024-Q1")]
pub struct MalformedQuarter;

impl Quarter {
    /// The first quarter that the service keeps.
    pub const FIRST: Self = Self(2020 * 4);
    /// The last quarter that the service can write.
    pub const LAST: Self = Self(2099 * 4 + 3);

    /// The quarter of a year (2020 to 2099), `index` from 1 to 4.
    #[must_use]
    pub fn new(year: i32, index: i32) -> Option<Self> {
        if !(1..=4).contains(&index) {
            return None;
        }
        Self::from_serial(year.checked_mul(4)?.checked_add(index - 1)?)
    }

    /// The quarter with that serial number, if the service keeps it.
    #[must_use]
    pub fn from_serial(serial: i32) -> Option<Self> {
        (Self::FIRST.0..=Self::LAST.0).contains(&serial).then_some(Self(serial))
    }

    /// Quarters since the year 0; what the database stores.
    #[must_use]
    pub const fn serial(self) -> i32 {
        self.0
    }

    /// The calendar year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.0.div_euclid(4)
    }

    /// 1 to 4.
    #[must_use]
    pub const fn index(self) -> i32 {
        self.0.rem_euclid(4) + 1
    }

    /// The quarter `count` quarters earlier, if the service keeps it.
    #[must_use]
    pub fn earlier(self, count: i32) -> Option<Self> {
        Self::from_serial(self.0.checked_sub(count)?)
    }

    /// The quarter before.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.earlier(1)
    }

    /// The same quarter of the year before.
    #[must_use]
    pub fn previous_year(self) -> Option<Self> {
        self.earlier(4)
    }

    /// Every quarter from this one to `last`, both included; none if `last` is earlier.
    pub fn through(self, last: Self) -> impl DoubleEndedIterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }

    /// The first day of the calendar quarter's first month.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), (self.index() * 3 - 2).unsigned_abs(), 1).unwrap_or_default()
    }

    /// A day of a month counted from the quarter's first month: `day_of(2, 14)` is the 14th of the last month.
    #[must_use]
    pub fn day_of(self, month_offset: i32, day: u32) -> NaiveDate {
        let months = Months::new(month_offset.unsigned_abs());
        let first = self.first_day();
        let month = if month_offset < 0 { first.checked_sub_months(months) } else { first.checked_add_months(months) };
        month.and_then(|month| month.with_day(day)).unwrap_or(first)
    }
}

/// A quarter as it is written, without an allocation: answers write dozens.
struct Written([u8; 7]);

impl Written {
    fn of(quarter: Quarter) -> Self {
        let digit = |number: i32| u8::try_from(number.rem_euclid(10)).map_or(b'0', |digit| b'0' + digit);
        let (year, index) = (quarter.year(), quarter.index());
        let [thousands, hundreds, tens] = [1_000, 100, 10].map(|place| digit(year.div_euclid(place)));
        Self([thousands, hundreds, tens, digit(year), b'-', b'Q', digit(index)])
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Written::of(*self).as_str())
    }
}

impl FromStr for Quarter {
    type Err = MalformedQuarter;

    /// Reads the form; whether the service keeps the quarter is [`Quarter::new`]'s question, so years outside
    /// 2020–2099 are malformed here only if they do not have four digits.
    fn from_str(text: &str) -> Result<Self, MalformedQuarter> {
        let (year, index) = text.split_once("-Q").ok_or(MalformedQuarter)?;
        let digits = |part: &str, length: usize| {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<i32>().ok())
                .flatten()
                .ok_or(MalformedQuarter)
        };
        let (year, index) = (digits(year, 4)?, digits(index, 1)?);
        if !(1..=4).contains(&index) {
            return Err(MalformedQuarter);
        }
        Ok(Self(year * 4 + index - 1))
    }
}

impl Quarter {
    /// Whether the service keeps this quarter (2020 to 2099).
    #[must_use]
    pub fn is_kept(self) -> bool {
        (Self::FIRST..=Self::LAST).contains(&self)
    }
}

impl PartialSchema for Quarter {
    fn schema() -> RefOr<Schema> {
        let text = Object::builder().schema_type(Type::String).pattern(Some("^[0-9]{4}-Q[1-4]$"));
        text.description(Some("A quarter.")).examples(["2024-Q1"]).into()
    }
}

impl ToSchema for Quarter {}

impl Serialize for Quarter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Written::of(*self).as_str())
    }
}

impl<'de> Deserialize<'de> for Quarter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_reads_what_it_writes_and_nothing_else() {
        for text in ["2020-Q1", "2024-Q1", "2099-Q4"] {
            assert_eq!(text.parse::<Quarter>().unwrap().to_string(), text);
        }
        for text in
            ["", "2024", "2024-Q0", "2024-Q5", "2024-q1", "24-Q1", "2024-Q01", "2024-Q1 ", "+024-Q1", "２024-Q1"]
        {
            assert!(text.parse::<Quarter>().is_err(), "{text}");
        }
        assert!(!"1999-Q4".parse::<Quarter>().unwrap().is_kept());
    }

    #[test]
    fn quarters_step_over_the_turn_of_the_year() {
        let quarter: Quarter = "2024-Q1".parse().unwrap();
        assert_eq!(quarter.previous().unwrap().to_string(), "2023-Q4");
        assert_eq!(quarter.previous_year().unwrap().to_string(), "2023-Q1");
        assert_eq!(Quarter::FIRST.previous(), None);
        assert_eq!(quarter.day_of(-1, 15), NaiveDate::from_ymd_opt(2023, 12, 15).unwrap());
        assert_eq!(quarter.day_of(2, 14), NaiveDate::from_ymd_opt(2024, 3, 14).unwrap());
    }
}
