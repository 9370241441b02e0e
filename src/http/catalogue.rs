//! Areas, wards, quarters and indicators.

use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Made, bytes, from_snapshot, page};
use super::context::Context;
use super::params::Params;
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaKind, AreaVersion, SuccessionKind};
use crate::domain::indicator::{
    Direction, Frequency, Indicator, IndicatorKind, Nature, OverAreas, OverTime, Span, Unit,
};
use crate::domain::policy::Action;
use crate::error::{Code, Error, Language, Result};
use crate::service::read::{
    AreaFilter, IndicatorFilter, area as read_area, areas as find_areas, date as read_date,
    indicator as find_indicator, indicators as find_indicators,
};
use crate::snapshot::Snapshot;
use crate::text;

pub(super) async fn areas(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| {
        area_list(context, snapshot, params, false)
    })
    .await
}

pub(super) async fn wards(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| area_list(context, snapshot, params, true))
        .await
}

pub(super) async fn area(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| one_area(context, snapshot, params, false))
        .await
}

pub(super) async fn ward(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| one_area(context, snapshot, params, true))
        .await
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AreaDetail<'a> {
    #[serde(flatten)]
    area: AreaBody<'a>,
    /// The first day on which this version no longer holds; null while it does.
    #[schema(required)]
    valid_to: Option<NaiveDate>,
    /// What it belonged to at the asked date, else when this version last held.
    #[schema(required)]
    parent: Option<AreaBody<'a>>,
    /// What went on from it.
    successors: Vec<SuccessionBody<'a>>,
    /// What it came from.
    predecessors: Vec<SuccessionBody<'a>>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Succession)]
struct SuccessionBody<'a> {
    area: AreaBody<'a>,
    #[schema(value_type = SuccessionKind)]
    kind: &'static str,
    effective_on: NaiveDate,
    /// The resolution that decided it.
    instrument: &'a str,
}

impl<'a> AreaDetail<'a> {
    fn of(snapshot: &'a Snapshot, key: AreaKey, version: &'a AreaVersion, on: Option<NaiveDate>) -> Option<Self> {
        let book = snapshot.areas();
        let area = book.get(key)?;
        let body = |id: &str, date| AreaBody::on(snapshot, book.find(id)?, date);
        let succession = |next: &'a crate::domain::area::Succession, id: &str| {
            Some(SuccessionBody {
                area: body(id, next.effective_on)?,
                kind: next.kind.as_str(),
                effective_on: next.effective_on,
                instrument: &next.instrument,
            })
        };
        Some(Self {
            area: AreaBody::of(&area.id, version),
            valid_to: version.valid_to,
            parent: book.parent_at(key, on).and_then(|(parent, date)| AreaBody::on(snapshot, parent, date)),
            successors: book.successors(key).iter().filter_map(|next| succession(next, &next.successor)).collect(),
            predecessors: book
                .predecessors(key)
                .iter()
                .filter_map(|next| succession(next, &next.predecessor))
                .collect(),
        })
    }
}

/// The date of `at`: the cut-off of a quarter, or a date.
fn at(context: &Context, snapshot: &Snapshot, params: &mut Params) -> Result<Option<NaiveDate>> {
    params.take("at")?.map(|text| read_date(snapshot, context.app.clock.today(), &text)).transpose()
}

fn area_list(context: &Context, snapshot: &Snapshot, mut params: Params, reporting: bool) -> Result<Made<Vec<u8>>> {
    let on = at(context, snapshot, &mut params)?;
    let parent = params.take("parent")?;
    let kinds: Vec<_> = AreaKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let kind = params.word("kind", AreaKind::parse, &kinds)?;
    let search = params.take("q")?;
    let filter_text = format!("{on:?} {parent:?} {kind:?} {search:?}");
    let parent = parent.map(|code| read_area(snapshot, "parent", &code, on).map(|(_, key)| key)).transpose()?;
    let found = find_areas(snapshot, &AreaFilter { on, parent, kind, reporting, search });
    page(context, snapshot, params, found, &filter_text, |(key, version)| AreaDetail::of(snapshot, key, version, on))
}

fn one_area(context: &Context, snapshot: &Snapshot, mut params: Params, reporting: bool) -> Result<Made<Vec<u8>>> {
    let on = at(context, snapshot, &mut params)?;
    params.finish()?;
    let code = context.path("code");
    let (reference, key) = read_area(snapshot, "{code}", code, on)?;
    let area = snapshot.areas().get(key);
    let date = reference.on.or(on);
    let version = area.and_then(|area| date.map_or_else(|| area.latest(), |date| area.on(date)));
    let detail = version
        .filter(|version| !reporting || version.kind.reports())
        .and_then(|version| AreaDetail::of(snapshot, key, version, date));
    let unknown = || {
        Error::new(Code::AreaNotFound, text!("{code} không phải phường, xã.", "{code} is not a ward.")).placed("{code}")
    };
    Ok(bytes(&detail.ok_or_else(unknown)?)?.into())
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Indicator)]
pub(super) struct IndicatorBody<'a> {
    code: &'a str,
    #[schema(value_type = IndicatorKind)]
    kind: &'static str,
    /// What it is shown with.
    family: &'a str,
    /// The section of the report's outline that it comes from.
    section: &'a str,
    /// In the language of the answer.
    name: &'a str,
    name_vi: &'a str,
    name_en: &'a str,
    /// In the language of the answer.
    definition: &'a str,
    #[schema(value_type = Unit)]
    unit: &'static str,
    #[schema(value_type = Direction)]
    direction: &'static str,
    #[schema(value_type = OverAreas)]
    over_areas: &'static str,
    #[schema(value_type = OverTime)]
    over_time: &'static str,
    /// For a balance: the measure of what was there at the beginning.
    #[schema(required)]
    opening: Option<&'a str>,
    /// For a balance: the measure of what came in.
    #[schema(required)]
    inflow: Option<&'a str>,
    #[schema(value_type = Frequency)]
    frequency: &'static str,
    #[schema(value_type = Span)]
    span: &'static str,
    #[schema(value_type = Nature)]
    nature: &'static str,
    /// Decimals to show.
    decimals: u8,
    /// For a rate: the measure above the line.
    #[schema(required)]
    numerator: Option<&'a str>,
    /// For a rate: the measure below the line.
    #[schema(required)]
    denominator: Option<&'a str>,
    /// Whether the rate that wards state divides by the denominator.
    stated_rate_uses_denominator: bool,
    /// Whether its denominator is a sample of people asked.
    survey: bool,
    /// Whether it is held per project.
    per_project: bool,
    /// For a derived measure: the measures added.
    plus: &'a [String],
    /// For a derived measure: the measures taken away.
    minus: &'a [String],
    #[schema(required)]
    valid_from: Option<NaiveDate>,
    #[schema(required)]
    valid_to: Option<NaiveDate>,
    /// The law or form that defines it.
    #[schema(required)]
    source: Option<&'a str>,
    /// What a reader should mind.
    #[schema(required)]
    note: Option<&'a str>,
}

impl<'a> IndicatorBody<'a> {
    fn of(indicator: &'a Indicator, language: Language) -> Self {
        let (name, definition) = match language {
            Language::Vi => (&indicator.name_vi, &indicator.definition_vi),
            Language::En => (&indicator.name_en, &indicator.definition_en),
        };
        Self {
            code: &indicator.code,
            kind: indicator.kind.as_str(),
            family: &indicator.family,
            section: &indicator.section,
            name,
            name_vi: &indicator.name_vi,
            name_en: &indicator.name_en,
            definition,
            unit: indicator.unit.as_str(),
            direction: indicator.direction.as_str(),
            over_areas: indicator.over_areas.as_str(),
            over_time: indicator.over_time.as_str(),
            opening: indicator.opening.as_deref(),
            inflow: indicator.inflow.as_deref(),
            frequency: indicator.frequency.as_str(),
            span: indicator.span.as_str(),
            nature: indicator.nature.as_str(),
            decimals: indicator.decimals,
            numerator: indicator.numerator.as_deref(),
            denominator: indicator.denominator.as_deref(),
            stated_rate_uses_denominator: indicator.stated_rate_uses_denominator,
            survey: indicator.survey,
            per_project: indicator.per_project,
            plus: &indicator.plus,
            minus: &indicator.minus,
            valid_from: indicator.valid_from,
            valid_to: indicator.valid_to,
            source: indicator.source.as_deref(),
            note: indicator.note.as_deref(),
        }
    }
}

pub(super) async fn indicators(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, mut params| {
        let family = params.take("family")?;
        let kind = params.choice::<IndicatorKind>("kind")?;
        let search = params.take("q")?;
        let text = format!("{family:?} {kind:?} {search:?}");
        let found = find_indicators(snapshot, &IndicatorFilter { family, kind, search });
        page(context, snapshot, params, found, &text, |(_, indicator)| IndicatorBody::of(indicator, context.language))
    })
    .await
}

pub(super) async fn indicator(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| {
        params.finish()?;
        let key = find_indicator(snapshot, "{code}", context.path("code"))?;
        let body = snapshot.catalogue().get(key).map(|indicator| IndicatorBody::of(indicator, context.language));
        Ok(bytes(&body)?.into())
    })
    .await
}
