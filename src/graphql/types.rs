//! Areas, quarters, indicators and figures, as GraphQL shows them. The names are REST's.

use std::sync::Arc;

use async_graphql::{Enum, InputValueError, InputValueResult, Object, Scalar, ScalarType, SimpleObject, Value};
use chrono::NaiveDate;

use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::calendar::Level;
use crate::domain::indicator::{Indicator, IndicatorKey};
use crate::domain::quarter::Quarter;
use crate::snapshot::{PublishedFigure, Snapshot};

/// A whole number up to 2^53 - 1, which GraphQL's Int cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub i64);

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

/// Đơn vị hành chính / an administrative unit as it was at a date.
#[derive(Clone)]
pub struct Area {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) key: AreaKey,
    pub(super) on: Option<NaiveDate>,
}

impl Area {
    fn version(&self) -> Option<&AreaVersion> {
        let area = self.snapshot.areas().get(self.key)?;
        self.on.and_then(|date| area.on(date)).or_else(|| area.latest())
    }
}

#[Object]
impl Area {
    /// Stable over every change of code, name and kind.
    async fn id(&self) -> &str {
        self.snapshot.areas().get(self.key).map_or("", |area| &area.id)
    }

    /// The official code at that date.
    async fn code(&self) -> &str {
        self.version().map_or("", |version| &version.code)
    }

    /// The full name at that date.
    async fn name(&self) -> &str {
        self.version().map_or("", |version| &version.name)
    }

    /// province, district, town, ward, commune or township.
    async fn kind(&self) -> &'static str {
        self.version().map_or("", |version| version.kind.as_str())
    }

    /// The first day of this code, name and kind; null where it is not on record.
    async fn valid_from(&self) -> Option<NaiveDate> {
        self.version()?.valid_from
    }

    /// The first day on which they no longer held.
    async fn valid_to(&self) -> Option<NaiveDate> {
        self.version()?.valid_to
    }

    /// What it belonged to.
    async fn parent(&self) -> Option<Area> {
        let key = self.snapshot.areas().find(self.version()?.parent.as_deref()?)?;
        Some(Self { snapshot: Arc::clone(&self.snapshot), key, on: self.on })
    }

    /// What continues it.
    async fn successors(&self) -> Vec<Area> {
        self.related(|book, key| {
            book.successors(key).iter().map(|next| (next.successor.clone(), next.effective_on)).collect()
        })
    }

    /// What it continues.
    async fn predecessors(&self) -> Vec<Area> {
        let before = |next: &crate::domain::area::Succession| {
            (next.predecessor.clone(), next.effective_on.pred_opt().unwrap_or(next.effective_on))
        };
        self.related(|book, key| book.predecessors(key).iter().map(before).collect())
    }
}

impl Area {
    fn related(&self, find: impl Fn(&crate::domain::area::AreaBook, AreaKey) -> Vec<(String, NaiveDate)>) -> Vec<Self> {
        let book = self.snapshot.areas();
        let of = |(id, date): (String, NaiveDate)| {
            Some(Self { snapshot: Arc::clone(&self.snapshot), key: book.find(&id)?, on: Some(date) })
        };
        find(book, self.key).into_iter().filter_map(of).collect()
    }
}

/// Quý báo cáo / a quarter with its reporting window and deadlines.
pub struct QuarterNode {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) quarter: Quarter,
}

#[Object(name = "Quarter")]
impl QuarterNode {
    /// Such as 2024-Q1.
    async fn quarter(&self) -> String {
        self.quarter.to_string()
    }

    /// The first day of the reporting window.
    async fn window_start(&self) -> NaiveDate {
        self.snapshot.calendar().window(self.quarter).start
    }

    /// The last day of the reporting window, which decides which areas the quarter is about.
    async fn cut_off(&self) -> NaiveDate {
        self.snapshot.calendar().cut_off(self.quarter)
    }

    /// The last day on which a ward's report is in time.
    async fn ward_deadline(&self) -> Option<NaiveDate> {
        self.snapshot.calendar().deadline(self.quarter, Level::Ward)
    }

    /// Whether edits are refused.
    async fn locked(&self) -> bool {
        self.snapshot.calendar().is_locked(self.quarter)
    }

    /// How many reports are published.
    async fn published_reports(&self) -> usize {
        self.snapshot.reports(self.quarter).count()
    }
}

/// Chỉ tiêu / an indicator of the catalogue.
pub struct IndicatorNode {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) key: IndicatorKey,
}

impl IndicatorNode {
    fn get(&self) -> Option<&Indicator> {
        self.snapshot.catalogue().get(self.key)
    }

    fn text(&self, read: impl Fn(&Indicator) -> &str) -> &str {
        self.get().map_or("", read)
    }
}

#[Object(name = "Indicator")]
impl IndicatorNode {
    /// Stable code.
    async fn code(&self) -> &str {
        self.text(|indicator| &indicator.code)
    }

    /// measure, derived or rate.
    async fn kind(&self) -> &str {
        self.text(|indicator| indicator.kind.as_str())
    }

    /// The family that it is shown with.
    async fn family(&self) -> &str {
        self.text(|indicator| &indicator.family)
    }

    /// The section of the report's outline.
    async fn section(&self) -> &str {
        self.text(|indicator| &indicator.section)
    }

    /// Vietnamese name.
    async fn name_vi(&self) -> &str {
        self.text(|indicator| &indicator.name_vi)
    }

    /// English name.
    async fn name_en(&self) -> &str {
        self.text(|indicator| &indicator.name_en)
    }

    /// What it is counted in.
    async fn unit(&self) -> &str {
        self.text(|indicator| indicator.unit.as_str())
    }

    /// Which way is better.
    async fn direction(&self) -> &str {
        self.text(|indicator| indicator.direction.as_str())
    }

    /// How values of several areas make one.
    async fn over_areas(&self) -> &str {
        self.text(|indicator| indicator.over_areas.as_str())
    }

    /// How values of several quarters make one.
    async fn over_time(&self) -> &str {
        self.text(|indicator| indicator.over_time.as_str())
    }

    /// quarterly or annual.
    async fn frequency(&self) -> &str {
        self.text(|indicator| indicator.frequency.as_str())
    }

    /// Decimals to show.
    async fn decimals(&self) -> u8 {
        self.get().map_or(0, |indicator| indicator.decimals)
    }

    /// For a rate: the measure above the line.
    async fn numerator(&self) -> Option<&str> {
        self.get()?.numerator.as_deref()
    }

    /// For a rate: the measure below the line.
    async fn denominator(&self) -> Option<&str> {
        self.get()?.denominator.as_deref()
    }

    /// The law or form that defines it.
    async fn source(&self) -> Option<&str> {
        self.get()?.source.as_deref()
    }
}

/// Where a report states a figure.
#[derive(SimpleObject)]
pub struct Mention {
    /// The section of the outline.
    section: String,
    /// The sentence.
    quote: String,
    /// The number as printed.
    printed: Option<String>,
}

/// Số liệu đã công bố / a published figure, as printed.
pub struct Observation {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) figure: PublishedFigure,
}

impl Observation {
    fn detail(&self) -> crate::service::publish::FigureDetail {
        self.figure.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

#[Object]
impl Observation {
    /// The ward, at the quarter's cut-off.
    async fn area(&self) -> Area {
        let on = Some(self.snapshot.calendar().cut_off(self.figure.quarter));
        Area { snapshot: Arc::clone(&self.snapshot), key: self.figure.ward, on }
    }

    /// The quarter.
    async fn quarter(&self) -> String {
        self.figure.quarter.to_string()
    }

    /// The indicator.
    async fn indicator(&self) -> IndicatorNode {
        IndicatorNode { snapshot: Arc::clone(&self.snapshot), key: self.figure.indicator }
    }

    /// actual, target, registered or reference.
    async fn nature(&self) -> &str {
        self.figure.nature.as_str()
    }

    /// = or a bound.
    async fn operator(&self) -> &str {
        self.figure.operator.as_str()
    }

    /// The number.
    async fn value(&self) -> f64 {
        self.figure.value.to_f64()
    }

    /// What stretch of time it is about.
    async fn span(&self) -> &str {
        self.figure.span.as_str()
    }

    /// stated, counted, derived or pushed.
    async fn origin(&self) -> &str {
        self.figure.origin.as_str()
    }

    /// Whether it was generated.
    async fn synthetic(&self) -> bool {
        self.figure.synthetic
    }

    /// The year of a figure that is not the quarter's own.
    async fn reference_period(&self) -> Option<&str> {
        self.figure.reference_period.as_deref()
    }

    /// The project that it is about.
    async fn project(&self) -> Option<&str> {
        self.figure.project.as_deref()
    }

    /// Where the report states it.
    async fn mentions(&self) -> Vec<Mention> {
        let mention = |found: crate::domain::observation::Mention| Mention {
            section: found.section,
            quote: found.quote,
            printed: found.printed,
        };
        self.detail().mentions.into_iter().map(mention).collect()
    }

    /// What a reader should mind.
    async fn note(&self) -> Option<String> {
        self.detail().note
    }
}

/// How the quarters of a range are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::aggregate::Period")]
pub enum Period {
    /// One value a quarter.
    Quarter,
    /// One value a year.
    Year,
    /// One value.
    Total,
}

/// What a figure claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::indicator::Nature")]
pub enum Nature {
    /// It happened.
    Actual,
    /// It is aimed at.
    Target,
    /// It was pledged.
    Registered,
    /// A constant quoted for reference.
    Reference,
}

/// How people were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::observation::SurveyMethod")]
pub enum SurveyMethod {
    /// Questionnaires filled by a declared sample.
    Questionnaire,
    /// Ratings left at the counter.
    CounterRating,
    /// Ratings on the national portal.
    PortalRating,
    /// The index of Decision 766/QĐ-TTg.
    Decision766,
}
