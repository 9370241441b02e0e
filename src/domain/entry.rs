//! Figures as people enter them.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

use super::indicator::{Nature, Span};
use super::observation::{Mention, Operator, Origin, SurveyMethod};

/// A number as it is entered: a JSON number, or a text that keeps its decimals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered(String);

impl Entered {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Entered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::String(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("not a number")),
        }
    }
}

/// One figure as it is entered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FigureInput {
    /// The indicator's code.
    pub indicator: String,
    /// What the figure claims to be; by default what the catalogue says.
    pub nature: Option<Nature>,
    /// How the number relates to the value.
    pub operator: Option<Operator>,
    /// The number: of a measure, or the rate as stated, in percent. A text keeps the decimals that are printed.
    #[schema(value_type = Option<String>, pattern = r"^[0-9]{1,16}(\.[0-9]{1,4})?$")]
    pub value: Option<Entered>,
    /// Of a rate: its upper count, which is written to the measure above the line.
    #[schema(value_type = Option<i64>, minimum = 0)]
    pub numerator: Option<Entered>,
    /// Of a rate: its lower count.
    #[schema(value_type = Option<i64>, minimum = 0)]
    pub denominator: Option<Entered>,
    /// What stretch of time it is about; by default what the catalogue says.
    pub span: Option<Span>,
    /// Where it comes from; by default `stated`.
    pub origin: Option<Origin>,
    /// The year or period of a figure that is not the quarter's own. Targets and pledges need it.
    pub reference_period: Option<String>,
    /// The code of the project that it is about, one of `projects`.
    pub project: Option<String>,
    /// For survey figures: how people were asked.
    pub method: Option<SurveyMethod>,
    /// Whether it was generated, as a generated report says of its figures; a figure that people give is not.
    #[serde(default)]
    pub synthetic: bool,
    /// Whether the report orders it rather than reports it.
    #[serde(default)]
    pub instruction: bool,
    /// What a reader should mind.
    pub note: Option<String>,
    /// Where the report states it.
    #[serde(default)]
    pub mentions: Vec<Mention>,
    /// When merging: take the figure out.
    #[serde(default)]
    pub remove: bool,
}

/// One figure as the agency sends it that owns its indicator.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PushedInput)]
pub struct PushInput {
    /// The code of the ward, as it is on the quarter's cut-off.
    #[schema(pattern = "^[0-9A-Za-z]{1,16}(@[0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
    pub ward: String,
    /// The quarter.
    #[schema(pattern = "^[0-9]{4}-Q[1-4]$")]
    pub quarter: String,
    /// The indicator's code.
    pub indicator: String,
    /// What the figure claims to be; by default what the catalogue says.
    pub nature: Option<Nature>,
    /// How the number relates to the value.
    pub operator: Option<Operator>,
    /// The number: of a measure, or the rate, in percent. A text keeps its decimals.
    #[schema(value_type = Option<String>, pattern = r"^[0-9]{1,16}(\.[0-9]{1,4})?$")]
    pub value: Option<Entered>,
    /// Of a rate: its upper count, which is written to the measure above the line.
    #[schema(value_type = Option<i64>, minimum = 0)]
    pub numerator: Option<Entered>,
    /// Of a rate: its lower count.
    #[schema(value_type = Option<i64>, minimum = 0)]
    pub denominator: Option<Entered>,
    /// What stretch of time it is about; by default what the catalogue says.
    pub span: Option<Span>,
    /// The year or period of a figure that is not the quarter's own. Targets and pledges need it.
    pub reference_period: Option<String>,
    /// For survey figures: how people were asked.
    pub method: Option<SurveyMethod>,
    /// What a reader should mind.
    pub note: Option<String>,
}
