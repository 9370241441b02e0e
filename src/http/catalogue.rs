//! Areas, wards, quarters and indicators.

use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::Serialize;

use super::answer::{Made, bytes, from_snapshot, page};
use super::context::Context;
use super::params::Params;
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaKind, AreaVersion};
use crate::domain::calendar::Level;
use crate::domain::indicator::{Indicator, IndicatorKind};
use crate::domain::policy::Action;
use crate::domain::quarter::Quarter;
use crate::error::{Code, Error, Language, Result};
use crate::service::read::{
    AreaFilter, IndicatorFilter, area_reference, areas as find_areas, date as read_date, indicator as find_indicator,
    indicators as find_indicators, quarter as read_quarter,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AreaDetail<'a> {
    #[serde(flatten)]
    area: AreaBody<'a>,
    valid_to: Option<NaiveDate>,
    parent: Option<AreaBody<'a>>,
    successors: Vec<SuccessionBody<'a>>,
    predecessors: Vec<SuccessionBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SuccessionBody<'a> {
    area: AreaBody<'a>,
    kind: &'static str,
    effective_on: NaiveDate,
    instrument: &'a str,
}

impl<'a> AreaDetail<'a> {
    fn of(snapshot: &'a Snapshot, key: AreaKey, version: &'a AreaVersion) -> Option<Self> {
        let book = snapshot.areas();
        let area = book.get(key)?;
        let body = |id: &str, date| AreaBody::on(snapshot, book.find(id)?, date);
        // The parent as it was while this version held: at its end, or now.
        let during = version.valid_to.and_then(|to| to.pred_opt()).or(version.valid_from).unwrap_or(NaiveDate::MAX);
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
            parent: version.parent.as_deref().and_then(|id| body(id, during)),
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
    let parent = parent.map(|code| snapshot.areas().resolve(&area_reference(&code)?, on)).transpose()?;
    let found = find_areas(snapshot, &AreaFilter { on, parent, kind, reporting, search });
    page(context, snapshot, params, found, &filter_text, |(key, version)| AreaDetail::of(snapshot, key, version))
}

fn one_area(context: &Context, snapshot: &Snapshot, mut params: Params, reporting: bool) -> Result<Made<Vec<u8>>> {
    let on = at(context, snapshot, &mut params)?;
    params.finish()?;
    let code = context.path("code");
    let reference = area_reference(code)?;
    let key = snapshot.areas().resolve(&reference, on)?;
    let area = snapshot.areas().get(key);
    let date = reference.on.or(on);
    let version = area.and_then(|area| date.map_or_else(|| area.latest(), |date| area.on(date)));
    let detail = version
        .filter(|version| !reporting || version.kind.reports())
        .and_then(|version| AreaDetail::of(snapshot, key, version));
    let unknown = || Error::new(Code::AreaNotFound, text!("{code} không phải phường, xã.", "{code} is not a ward."));
    Ok(bytes(&detail.ok_or_else(unknown)?)?.into())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuarterBody {
    quarter: String,
    window_start: NaiveDate,
    cut_off: NaiveDate,
    deadlines: Deadlines,
    locked: bool,
    published_reports: usize,
}

#[derive(Serialize)]
struct Deadlines {
    ward: Option<NaiveDate>,
    town: Option<NaiveDate>,
    province: Option<NaiveDate>,
}

impl QuarterBody {
    fn of(snapshot: &Snapshot, quarter: Quarter) -> Self {
        let calendar = snapshot.calendar();
        let window = calendar.window(quarter);
        Self {
            quarter: quarter.to_string(),
            window_start: window.start,
            cut_off: window.cut_off,
            deadlines: Deadlines {
                ward: calendar.deadline(quarter, Level::Ward),
                town: calendar.deadline(quarter, Level::Town),
                province: calendar.deadline(quarter, Level::Province),
            },
            locked: calendar.is_locked(quarter),
            published_reports: snapshot.reports(quarter).count(),
        }
    }
}

pub(super) async fn quarters(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| {
        let published: Vec<_> = snapshot.quarters().rev().collect();
        page(context, snapshot, params, published, "", |quarter| QuarterBody::of(snapshot, quarter))
    })
    .await
}

pub(super) async fn quarter(context: Context) -> Result<HttpResponse> {
    from_snapshot(&context, Action::FiguresRead, |context, snapshot, params| {
        params.finish()?;
        let quarter = read_quarter(snapshot, context.app.clock.today(), "quarter", context.path("quarter"))?;
        Ok(bytes(&QuarterBody::of(snapshot, quarter))?.into())
    })
    .await
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndicatorBody<'a> {
    code: &'a str,
    kind: &'static str,
    family: &'a str,
    section: &'a str,
    name: &'a str,
    name_vi: &'a str,
    name_en: &'a str,
    definition: &'a str,
    unit: &'static str,
    direction: &'static str,
    over_areas: &'static str,
    over_time: &'static str,
    opening: Option<&'a str>,
    inflow: Option<&'a str>,
    frequency: &'static str,
    span: &'static str,
    nature: &'static str,
    decimals: u8,
    numerator: Option<&'a str>,
    denominator: Option<&'a str>,
    stated_rate_uses_denominator: bool,
    survey: bool,
    per_project: bool,
    plus: &'a [String],
    minus: &'a [String],
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    source: Option<&'a str>,
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
        let kind = params.word("kind", IndicatorKind::parse, &["measure", "derived", "rate"])?;
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
        let key = find_indicator(snapshot, context.path("code"))?;
        let body = snapshot.catalogue().get(key).map(|indicator| IndicatorBody::of(indicator, context.language));
        Ok(bytes(&body)?.into())
    })
    .await
}
