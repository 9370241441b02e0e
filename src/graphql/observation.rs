//! Published figures, one by one.

use std::sync::Arc;

use async_graphql::{Object, SimpleObject};

use super::area::Area;
use super::catalogue::IndicatorNode;
use super::scalar::Word;
use crate::domain::aggregate::{Published as _, Status};
use crate::domain::indicator::{Nature, Span, Unit};
use crate::domain::observation::{self, Origin, SurveyMethod};
use crate::service::publish::FigureDetail;
use crate::snapshot::{PublishedFigure, Snapshot};

/// Where a report states a figure.
#[derive(SimpleObject, Clone)]
pub struct Mention {
    /// The section of the outline.
    section: String,
    /// The sentence.
    quote: String,
    /// The number as printed; null where it was counted rather than printed.
    printed: Option<String>,
}

impl From<observation::Mention> for Mention {
    fn from(mention: observation::Mention) -> Self {
        Self { section: mention.section, quote: mention.quote, printed: mention.printed }
    }
}

/// A published figure.
pub struct Observation {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) figure: PublishedFigure,
}

impl Observation {
    fn detail(&self) -> FigureDetail {
        self.figure.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// Số liệu đã công bố / a published figure, as printed. It has no id: a report may state an indicator several times, of
/// several projects or periods.
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

    /// What it is counted in.
    async fn unit(&self) -> Option<Word<Unit>> {
        Some(self.snapshot.catalogue().get(self.figure.indicator)?.unit.into())
    }

    /// What it claims to be.
    async fn nature(&self) -> Word<Nature> {
        self.figure.nature.into()
    }

    /// `=`, or `>`, `>=`, `<`, `<=` for a bound, which never enters an aggregate.
    async fn operator(&self) -> &str {
        self.figure.operator.as_str()
    }

    /// The number.
    async fn value(&self) -> f64 {
        self.figure.value.to_f64()
    }

    /// What stretch of time it is about.
    async fn span(&self) -> Word<Span> {
        self.figure.span.into()
    }

    /// Where it comes from.
    async fn origin(&self) -> Word<Origin> {
        self.figure.origin.into()
    }

    /// Its SDMX status: `U` where it stands under an open finding.
    async fn status(&self) -> Word<Status> {
        if self.figure.contested { Status::LowReliability.into() } else { Status::Normal.into() }
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

    /// How people were asked.
    async fn method(&self) -> Option<Word<SurveyMethod>> {
        self.figure.method.map(Word)
    }

    /// Where the report states it.
    async fn mentions(&self) -> Vec<Mention> {
        self.detail().mentions.into_iter().map(Mention::from).collect()
    }

    /// Whether the report orders it rather than reports it.
    async fn instruction(&self) -> bool {
        self.detail().instruction
    }

    /// What a reader should mind.
    async fn note(&self) -> Option<String> {
        self.detail().note
    }
}
