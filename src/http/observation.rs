//! `GET /observations`: published figures, one by one, as printed.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::from_snapshot;
use super::context::Context;
use super::wire::{AreaBody, Number};
use crate::domain::aggregate::{Published as _, Status};
use crate::domain::indicator::{Nature, Span, Unit};
use crate::domain::observation::{Operator, Origin, SurveyMethod};
use crate::domain::policy::Action;
use crate::domain::quarter::Quarter;
use crate::error::Result;
use crate::service::publish::FigureDetail;
use crate::service::read::{FigureFilter, figures, indicator, quarter};
use crate::snapshot::{PublishedFigure, Snapshot};

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Observation)]
pub(super) struct FigureBody<'a> {
    /// The ward, as it was at the cut-off.
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    #[schema(value_type = Quarter)]
    quarter: String,
    indicator: &'a str,
    #[schema(value_type = Unit)]
    unit: &'static str,
    #[schema(value_type = Nature)]
    nature: &'static str,
    /// How the printed number relates to the value: a bound keeps its operator.
    #[schema(value_type = Operator)]
    operator: &'static str,
    value: Number,
    #[schema(value_type = Span)]
    span: &'static str,
    #[schema(value_type = Origin)]
    origin: &'static str,
    /// `U` under an open finding, else `A`.
    #[schema(value_type = Status)]
    status: &'static str,
    /// Whether it was generated.
    synthetic: bool,
    /// The year of a figure that is not the quarter's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_period: Option<&'a str>,
    /// The code of the project that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SurveyMethod>)]
    method: Option<&'static str>,
    /// Where the report states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<FigureDetail>)]
    detail: Option<&'a RawValue>,
}

impl<'a> FigureBody<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, figure: &'a PublishedFigure) -> Self {
        let indicator = snapshot.catalogue().get(figure.indicator);
        Self {
            area: AreaBody::on(snapshot, figure.ward, snapshot.calendar().cut_off(figure.quarter)),
            quarter: figure.quarter.to_string(),
            indicator: indicator.map_or("", |indicator| &indicator.code),
            unit: indicator.map_or("", |indicator| indicator.unit.as_str()),
            nature: figure.nature.as_str(),
            operator: figure.operator.as_str(),
            value: figure.value.into(),
            span: figure.span.as_str(),
            origin: figure.origin.as_str(),
            status: if figure.contested { "U" } else { "A" },
            synthetic: figure.synthetic,
            reference_period: figure.reference_period.as_deref(),
            project: figure.project.as_deref(),
            method: figure.method.map(|method| method.as_str()),
            detail: figure.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, mut params| {
        let (ward, when, code) = (params.take("ward")?, params.take("quarter")?, params.take("indicator")?);
        let nature = params.choice::<Nature>("nature")?;
        let filter_text = format!("{ward:?} {when:?} {code:?} {nature:?}");
        let filter = FigureFilter {
            ward,
            quarter: when.map(|text| quarter(snapshot, context.app.clock.today(), "quarter", &text)).transpose()?,
            indicator: code.map(|code| indicator(snapshot, "indicator", &code)).transpose()?,
            nature,
        };
        let found = figures(snapshot, &filter)?;
        super::answer::page(context, snapshot, params, found, &filter_text, |figure| FigureBody::of(snapshot, figure))
    })
    .await
}
