//! A figure: one indicator, one ward, one quarter, one nature.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decimal::Decimal;
use super::indicator::{Nature, Span};
use super::words::words;

words! {
    /// How a printed number relates to the value: "trên 90%" is `>` 90.
    Operator {
        /// The value itself.
        Equal = "=",
        /// More than.
        Greater = ">",
        /// At least.
        GreaterOrEqual = ">=",
        /// Less than.
        Less = "<",
        /// At most.
        LessOrEqual = "<=",
    }
}

impl Operator {
    /// Whether the number is only a bound, which never enters an aggregate.
    #[must_use]
    pub fn is_bound(self) -> bool {
        self != Self::Equal
    }
}

words! {
    /// Where a figure comes from.
    Origin {
        /// Written in the report.
        Stated = "stated",
        /// Counted from a list in the report.
        Counted = "counted",
        /// Computed from other figures.
        Derived = "derived",
        /// Sent by the agency that owns the indicator.
        Pushed = "pushed",
    }
}

words! {
    /// How the people behind a survey figure were asked. Methods never mix in an aggregate.
    SurveyMethod {
        /// Questionnaires filled by a declared sample.
        Questionnaire = "questionnaire",
        /// Ratings left at the one-stop counter or by scanning its code.
        CounterRating = "counterRating",
        /// Ratings on the national public-service portal.
        PortalRating = "portalRating",
        /// The index of Decision 766/QĐ-TTg (2022), computed from dossiers rather than asked.
        Decision766 = "decision766",
    }
}

impl SurveyMethod {
    /// Whether the counts come from people who were asked, so that an interval may be given.
    #[must_use]
    pub fn is_sample(self) -> bool {
        self != Self::Decision766
    }
}

/// Where a report states a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mention {
    /// The section of the outline.
    pub section: String,
    /// The sentence or clause.
    pub quote: String,
    /// The number as printed, such as `77,5%` or `06`; nothing where it was counted rather than printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
}

/// One figure as a report holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ReportedFigure)]
pub struct Observation {
    /// The indicator's code.
    pub indicator: String,
    /// What the figure claims to be.
    pub nature: Nature,
    /// How the number relates to the value.
    #[serde(default = "equal", skip_serializing_if = "is_equal")]
    pub operator: Operator,
    /// The number, with the decimals it was printed with.
    #[schema(value_type = String, pattern = r"^[0-9]{1,16}(\.[0-9]{1,4})?$")]
    pub value: Decimal,
    /// What stretch of time it is about.
    pub span: Span,
    /// Where it comes from.
    pub origin: Origin,
    /// The year or period of a figure that is not the quarter's own, such as `2024`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_period: Option<String>,
    /// The code of the project that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// For survey figures: how people were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<SurveyMethod>,
    /// Whether it was generated; it stays so beside figures that were not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
    /// Whether the report orders it rather than reports it ("đã chỉ đạo 100%").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instruction: bool,
    /// What a reader should mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the report states it; more than one where it repeats itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
}

impl Observation {
    /// Whether two are the same figure, whatever they say of it.
    #[must_use]
    pub fn is_same_figure(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// What the figure is, apart from its number, in one word or several: as the audit trail names it.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = format!("{} {} {}", self.indicator, self.nature.as_str(), self.span.as_str());
        for part in [&self.reference_period, &self.project].into_iter().flatten() {
            name.push(' ');
            name.push_str(part);
        }
        name
    }

    /// Whether two of the same figure say the same, each to the decimals that both have.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let decimals = self.value.scale().min(other.value.scale());
        let unit = 10_i128.pow(u32::from(4_u8.saturating_sub(decimals)));
        let apart = (self.value.ten_thousandths() - other.value.ten_thousandths()).abs();
        let alike = if self.value.scale() == other.value.scale() { apart == 0 } else { apart * 2 <= unit };
        alike && self.operator == other.operator
    }

    /// What makes two figures of a ward's quarter the same.
    #[must_use]
    pub fn identity(&self) -> (&str, Nature, Span, Option<&str>, Option<&str>) {
        (&self.indicator, self.nature, self.span, self.reference_period.as_deref(), self.project.as_deref())
    }

    /// Puts a figure into others, in place of the same one if it is there. A number that stays keeps the sentences that
    /// state it where none are given. Answers whether anything changed.
    pub fn put_into(self, figures: &mut Vec<Self>) -> bool {
        let Some(known) = figures.iter_mut().find(|known| known.is_same_figure(&self)) else {
            figures.push(self);
            return true;
        };
        let kept = self.mentions.is_empty() && known.value == self.value;
        let mentions = if kept { known.mentions.clone() } else { self.mentions.clone() };
        let next = Self { mentions, ..self };
        let changed = next != *known;
        *known = next;
        changed
    }
}

/// What makes two figures of a ward's quarter the same, apart from them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FigureKey(String, Nature, Span, Option<String>, Option<String>);

impl From<&Observation> for FigureKey {
    fn from(figure: &Observation) -> Self {
        let (indicator, nature, span, reference_period, project) = figure.identity();
        Self(indicator.to_owned(), nature, span, reference_period.map(str::to_owned), project.map(str::to_owned))
    }
}

const fn equal() -> Operator {
    Operator::Equal
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_equal(operator: &Operator) -> bool {
    !operator.is_bound()
}
