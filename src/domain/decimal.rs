//! Decimal numbers as people print them: `77.5` keeps its one decimal, `0.43` its two.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest whole number that every JSON client can hold exactly: 2⁵³ − 1.
pub const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// The most decimals that a figure may have; rates are computed to as many.
pub const MAX_SCALE: u8 = 4;

/// `mantissa ÷ 10^scale`, exact, with the decimals it was printed with. Never negative in a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

/// Why a text is not a decimal that the service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with at most one decimal point.
    #[error("not a number")]
    NotANumber,
    /// Below zero.
    #[error("a figure is never negative")]
    Negative,
    /// Over 2⁵³ − 1, decimals included.
    #[error("the number is too large")]
    TooLarge,
    /// More than four decimals.
    #[error("at most four decimals")]
    TooPrecise,
}

impl Decimal {
    /// `mantissa ÷ 10^scale`, or nothing if it is out of the bounds that [`DecimalError`] lists.
    #[must_use]
    pub fn new(mantissa: i64, scale: u8) -> Option<Self> {
        (scale <= MAX_SCALE && (0..=MAX_SAFE_INTEGER).contains(&mantissa)).then_some(Self { mantissa, scale })
    }

    /// What [`Self::mantissa`] and [`Self::scale`] of a decimal give back together.
    #[must_use]
    pub(super) const fn from_parts(mantissa: i64, scale: u8) -> Self {
        Self { mantissa, scale }
    }

    /// The digits without the point.
    #[must_use]
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// How many of the digits are decimals.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The value as a count, if it is whole.
    #[must_use]
    pub fn as_integer(self) -> Option<i64> {
        // Nearly every figure is a count, and dividing by one costs as much as by anything.
        if self.scale == 0 {
            return Some(self.mantissa);
        }
        let unit = 10_i64.pow(u32::from(self.scale));
        (self.mantissa % unit == 0).then(|| self.mantissa.div_euclid(unit))
    }

    /// The sum, with the decimals of the more precise; nothing where it is larger than a figure may be.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let at_scale = |number: Self| number.mantissa.checked_mul(10_i64.pow(u32::from(scale - number.scale)));
        Self::new(at_scale(self)?.checked_add(at_scale(other)?)?, scale)
    }

    /// The value in ten-thousandths, exact: the unit that rates are summed in.
    #[must_use]
    pub fn ten_thousandths(self) -> i128 {
        let units = match self.scale {
            0 => 10_000,
            1 => 1_000,
            2 => 100,
            3 => 10,
            _ => 1,
        };
        // Below 2^53 times ten thousand, so it needs more than 64 bits.
        i128::from(self.mantissa) * units
    }

    /// The nearest double, for JSON; exact to the printed decimals when printed shortest.
    #[must_use]
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "the mantissa is at most 2^53 - 1")]
    pub fn to_f64(self) -> f64 {
        self.mantissa as f64 / 10_f64.powi(i32::from(self.scale))
    }
}

impl From<u32> for Decimal {
    fn from(value: u32) -> Self {
        Self { mantissa: i64::from(value), scale: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(formatter, "{}", self.mantissa);
        }
        let unit = 10_i64.pow(u32::from(self.scale));
        let width = usize::from(self.scale);
        write!(formatter, "{}.{:0width$}", self.mantissa.div_euclid(unit), self.mantissa.rem_euclid(unit))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let dangling = digits.contains('.') && fraction.is_empty();
        if whole.is_empty() || dangling || !all_digits(whole) || !all_digits(fraction) {
            return Err(DecimalError::NotANumber);
        }
        let scale = u8::try_from(fraction.len()).ok().filter(|scale| *scale <= MAX_SCALE);
        let scale = scale.ok_or(DecimalError::TooPrecise)?;
        let mut mantissa = 0_i64;
        for digit in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|value| value.checked_add(i64::from(digit - b'0')))
                .filter(|value| *value <= MAX_SAFE_INTEGER)
                .ok_or(DecimalError::TooLarge)?;
        }
        if negative && mantissa != 0 {
            return Err(DecimalError::Negative);
        }
        Ok(Self { mantissa, scale })
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_keeps_the_digits_it_was_printed_with() {
        for text in ["0", "77.5", "0.43", "99.00", "548147000", "9007199254740991", "0.0001"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_decimal_refuses_what_is_no_figure() {
        for (text, error) in [
            ("", DecimalError::NotANumber),
            ("1.", DecimalError::NotANumber),
            (".5", DecimalError::NotANumber),
            ("1e3", DecimalError::NotANumber),
            ("NaN", DecimalError::NotANumber),
            ("1,5", DecimalError::NotANumber),
            ("+1", DecimalError::NotANumber),
            ("-1", DecimalError::Negative),
            ("9007199254740992", DecimalError::TooLarge),
            ("99999999999999999999999", DecimalError::TooLarge),
            ("0.00001", DecimalError::TooPrecise),
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_sum_is_exact_or_none() {
        let sum = |left: &str, right: &str| {
            let (left, right): (Decimal, Decimal) = (left.parse().unwrap(), right.parse().unwrap());
            left.plus(right).map(|sum| sum.to_string())
        };
        assert_eq!(sum("2.5", "0.4999").as_deref(), Some("2.9999"));
        assert_eq!(sum("548147000", "1").as_deref(), Some("548147001"));
        assert_eq!(sum("9007199254740991", "1"), None);
        assert_eq!(sum("9007199254740991", "0.1"), None);
    }

    #[test]
    fn only_whole_numbers_are_counts() {
        assert_eq!("45.0".parse::<Decimal>().unwrap().as_integer(), Some(45));
        assert_eq!("45.5".parse::<Decimal>().unwrap().as_integer(), None);
        assert_eq!("77.5".parse::<Decimal>().unwrap().ten_thousandths(), 775_000);
    }
}
