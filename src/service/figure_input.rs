//! Figures as people give them, in a file, a sheet or a body, and the observations that they become.
//!
//! One reading for all of them: a rate's counts are written to its two measures of the same nature, a figure that is given
//! twice must be given alike, and every fault is told with its place.

mod excess;
mod figures;
#[cfg(test)]
mod tests;

pub use excess::excesses;
pub use figures::{Figures, into_observations, known, shape};

use crate::domain::decimal::{Decimal, DecimalError};
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{Mention, Operator, Origin, SurveyMethod};
use crate::error::{Code, Text};
use crate::text;

/// One figure as it is given: a measure's value, or a rate with its counts, its percentage, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFigure {
    /// The indicator's code.
    pub indicator: String,
    /// What the figure claims to be; the indicator's own nature where nothing is said.
    pub nature: Option<Nature>,
    /// How the number relates to the value.
    pub operator: Operator,
    /// A measure's number in its unit, a rate's percentage.
    pub value: Option<Decimal>,
    /// Of a rate: the count above the line.
    pub numerator: Option<Decimal>,
    /// Of a rate: the count below the line.
    pub denominator: Option<Decimal>,
    /// What stretch of time it is about; the indicator's own span where nothing is said.
    pub span: Option<Span>,
    /// Where it comes from; `stated` where nothing is said.
    pub origin: Option<Origin>,
    /// The year or period of a figure that is not the quarter's own.
    pub reference_period: Option<String>,
    /// The code of the project that it is about.
    pub project: Option<String>,
    /// For survey figures: how people were asked.
    pub method: Option<SurveyMethod>,
    /// Whether it was generated.
    pub synthetic: bool,
    /// Whether the report orders it rather than reports it.
    pub instruction: bool,
    /// What a reader should mind.
    pub note: Option<String>,
    /// Where the report states it.
    pub mentions: Vec<Mention>,
}

impl GivenFigure {
    /// A figure of an indicator about which nothing is said yet.
    #[must_use]
    pub fn of(indicator: impl Into<String>) -> Self {
        Self {
            indicator: indicator.into(),
            nature: None,
            operator: Operator::Equal,
            value: None,
            numerator: None,
            denominator: None,
            span: None,
            origin: None,
            reference_period: None,
            project: None,
            method: None,
            synthetic: false,
            instruction: false,
            note: None,
            mentions: Vec::new(),
        }
    }
}

/// A part of a figure, by the name that it has in files and bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// `indicator`.
    Indicator,
    /// `value`.
    Value,
    /// `numerator`.
    Numerator,
    /// `denominator`.
    Denominator,
    /// `referencePeriod`.
    ReferencePeriod,
    /// `project`.
    Project,
    /// `note`.
    Note,
    /// `quote`, or `mentions` where there may be several.
    Quote,
}

impl Field {
    /// The name as CSV files and bodies write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Indicator => "indicator",
            Self::Value => "value",
            Self::Numerator => "numerator",
            Self::Denominator => "denominator",
            Self::ReferencePeriod => "referencePeriod",
            Self::Project => "project",
            Self::Note => "note",
            Self::Quote => "quote",
        }
    }
}

/// Where a figure was given.
pub trait Place: Clone {
    /// Where a part of it stands, as [`FieldError::pointer`] says it.
    fn pointer(&self, field: Field) -> String;
    /// What the row is called in a sentence, such as `dòng 3` / `line 3`.
    fn name(&self) -> Text;
    /// What a figure that contradicts another, or repeats it, is refused with.
    fn contradiction(&self) -> Code {
        Code::InvalidFile
    }
}

/// A figure of a JSON body, by its position in the list at `pointer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'p> {
    /// RFC 6901 pointer to the list.
    pub list: &'p str,
    /// The position in the list.
    pub position: usize,
}

impl Place for Element<'_> {
    fn pointer(&self, field: Field) -> String {
        let name = if field == Field::Quote { "mentions" } else { field.as_str() };
        format!("{}/{}/{name}", self.list, self.position)
    }

    fn name(&self) -> Text {
        let Self { list, position } = self;
        text!("{list}/{position}", "{list}/{position}")
    }

    fn contradiction(&self) -> Code {
        Code::NotMeaningful
    }
}

/// Reads a number as files and bodies write it.
///
/// # Errors
/// What is wrong with it, in words.
pub fn number(text: &str) -> Result<Decimal, Text> {
    text.parse().map_err(|error| match error {
        DecimalError::NotANumber => text!(
            "“{text}” không phải là số (viết như 1234 hoặc 77.5).",
            "“{text}” is not a number (write 1234 or 77.5)."
        ),
        DecimalError::Negative => {
            text!("“{text}” là số âm; số liệu không âm.", "“{text}” is negative; figures never are.")
        }
        DecimalError::TooLarge => {
            text!("“{text}” vượt quá 9007199254740991.", "“{text}” is above 9007199254740991.")
        }
        DecimalError::TooPrecise => {
            text!("“{text}” có quá bốn chữ số thập phân.", "“{text}” has more than four decimals.")
        }
    })
}
