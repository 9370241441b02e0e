//! Values without fields: whole numbers beyond GraphQL's Int, moments, and words of closed lists.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned, Scalar,
    ScalarType, ServerResult, Value,
};

use chrono::{DateTime, SecondsFormat, Utc};

use crate::domain::words::Words;

/// A whole number that may pass what an Int holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub i64);

/// A whole number up to 2^53 - 1, which GraphQL's Int cannot hold and a JSON number can. Written as a JSON number.
#[Scalar]
impl ScalarType for Count {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number.as_i64().map(Self).ok_or_else(|| InputValueError::expected_type(value)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

/// A revision that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(pub String);

/// A revision by its number, `12`, or as a string with the epoch that it counts in, `"k3v9a1b2.12"`.
#[Scalar]
impl ScalarType for Revision {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::String(text) => Ok(Self(text.clone())),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub DateTime<Utc>);

/// A moment in UTC, as RFC 3339 writes it: `2026-11-20T05:00:00Z`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Ok(Self(text.parse()?))
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A report as a ward sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportInput(pub serde_json::Value);

/// A report as a ward sends it, or some of it: an object of the form that REST calls `ReportInput` (`/openapi.json`), with
/// figures as people enter them: a measure's `value`; a rate's `numerator` and `denominator`, its stated `value`, or all three.
/// It has the members of `ReportDocument`, so that what was read may be sent back. It is no input type, because merging tells
/// null, which takes a member away, from what is left out, and because what is wrong in it is told with a code and a pointer
/// by the one reader that both transports have.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc7396")]
impl ScalarType for ReportInput {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// A word of a closed list: an enum in the schema, whose values are REST's words, so that both transports write and
/// read the same and a client of one need not translate for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<T>(pub T);

impl<T> From<T> for Word<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Words> Word<T> {
    fn named(self) -> Value {
        let word = T::WORDS.iter().find(|(value, _, _)| *value == self.0).map_or("", |(_, word, _)| word);
        Value::Enum(Name::new(word))
    }

    fn register(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| {
            let values = T::WORDS.iter().map(|(_, word, meaning)| {
                let value = MetaEnumValue {
                    name: (*word).to_owned(),
                    description: Some(meaning.trim().to_owned()),
                    deprecation: Deprecation::NoDeprecated,
                    visible: None,
                    inaccessible: false,
                    tags: Vec::new(),
                    directive_invocations: Vec::new(),
                };
                ((*word).to_owned(), value)
            });
            MetaType::Enum {
                name: T::NAME.to_owned(),
                description: Some(T::ABOUT.trim().to_owned()),
                enum_values: values.collect::<IndexMap<_, _>>(),
                visible: None,
                inaccessible: false,
                tags: Vec::new(),
                rust_typename: Some(std::any::type_name::<Self>()),
                directive_invocations: Vec::new(),
                requires_scopes: Vec::new(),
            }
        })
    }
}

impl<T: Words> InputType for Word<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::register(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let word = match &value {
            Value::Enum(name) => name.as_str(),
            Value::String(text) => text,
            _ => return Err(InputValueError::expected_type(value)),
        };
        let known = T::WORDS.iter().find(|(_, known, _)| *known == word).map(|(value, _, _)| Self(*value));
        known.ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        self.named()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: Words> OutputType for Word<T> {
    fn type_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::register(registry)
    }

    async fn resolve(&self, _context: &ContextSelectionSet<'_>, _field: &Positioned<Field>) -> ServerResult<Value> {
        Ok(self.named())
    }
}
