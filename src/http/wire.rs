//! Shapes that several answers share.

use chrono::{Datelike as _, NaiveDate};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaKind, AreaVersion};
use crate::domain::decimal::Decimal;
use crate::domain::statistics::Fixed4;
use crate::snapshot::Snapshot;

/// A result as a JSON number: whole where it is whole.
#[derive(Clone, Copy)]
pub(super) struct Number(Fixed4);

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        Object::builder().schema_type(Type::Number).into()
    }
}

impl ToSchema for Number {}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_whole() {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.0.to_f64()),
        }
    }
}

impl From<Fixed4> for Number {
    fn from(value: Fixed4) -> Self {
        Self(value)
    }
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self(Fixed4::from_ten_thousandths(value.ten_thousandths()))
    }
}

/// An area as every answer names it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Area)]
pub(super) struct AreaBody<'a> {
    /// Stable, whatever becomes of the code.
    pub id: &'a str,
    /// May pass to another area.
    pub code: &'a str,
    pub name: &'a str,
    #[schema(value_type = AreaKind)]
    pub kind: &'static str,
    /// The first day on which this version holds.
    #[schema(required)]
    #[serde(serialize_with = "plain_date")]
    pub valid_from: Option<NaiveDate>,
}

/// A date as the library writes it, at a tenth of what it takes: there is one beside every value.
#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn plain_date<S: Serializer>(date: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(date) = date else { return serializer.serialize_none() };
    let Some(year) = u32::try_from(date.year()).ok().filter(|year| *year < 10_000) else {
        return date.serialize(serializer);
    };
    let digit = |number: u32| u8::try_from(number % 10).map_or(b'0', |digit| b'0' + digit);
    let [thousands, hundreds, tens] = [1_000, 100, 10].map(|place| digit(year.div_euclid(place)));
    let pair = |number: u32| [digit(number.div_euclid(10)), digit(number)];
    let ([m1, m2], [d1, d2]) = (pair(date.month()), pair(date.day()));
    let text = [thousands, hundreds, tens, digit(year), b'-', m1, m2, b'-', d1, d2];
    serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
}

impl<'a> AreaBody<'a> {
    pub fn of(id: &'a str, version: &'a AreaVersion) -> Self {
        Self {
            id,
            code: &version.code,
            name: &version.name,
            kind: version.kind.as_str(),
            valid_from: version.valid_from,
        }
    }

    /// The area as it was on a date, or as it was last.
    pub fn on(snapshot: &'a Snapshot, key: AreaKey, date: NaiveDate) -> Option<Self> {
        let area = snapshot.areas().get(key)?;
        Some(Self::of(&area.id, area.on_or_latest(date)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_library_writes_them() {
        for text in ["0001-01-01", "2024-02-29", "2025-12-31", "9999-10-09"] {
            let date: NaiveDate = text.parse().unwrap();
            let mut written = Vec::new();
            plain_date(&Some(date), &mut serde_json::Serializer::new(&mut written)).unwrap();
            assert_eq!(written, serde_json::to_vec(&date).unwrap());
        }
    }
}
