//! Shapes that several answers share.

use chrono::NaiveDate;
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
        let value = self.0.ten_thousandths();
        match i64::try_from(value.div_euclid(10_000)) {
            Ok(whole) if value.rem_euclid(10_000) == 0 => serializer.serialize_i64(whole),
            _ => serializer.serialize_f64(self.0.to_f64()),
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
    pub valid_from: Option<NaiveDate>,
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
        Some(Self::of(&area.id, area.on(date).or_else(|| area.latest())?))
    }
}
