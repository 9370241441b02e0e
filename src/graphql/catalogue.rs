//! Quarters and indicators. The names are REST's.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::NaiveDate;

use super::connection::{Arguments, Connection, connect};
use super::context::{Refusable, asked, reading};
use super::progress::Reporting;
use super::report::ReportNode;
use super::scalar::Word;
use crate::domain::aggregate::Published as _;
use crate::domain::area::AreaKey;
use crate::domain::calendar::Level;
use crate::domain::indicator::{
    Direction, Frequency, Indicator, IndicatorKey, IndicatorKind, Nature, OverAreas, OverTime, Span, Unit,
};
use crate::domain::policy::Action;
use crate::domain::quarter::Quarter;
use crate::error::Language;
use crate::service::progress::published_reporting;
use crate::service::read::area;
use crate::service::report::reports;
use crate::snapshot::Snapshot;

/// A quarter.
pub struct QuarterNode {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) quarter: Quarter,
}

/// The last days on which reports are in time, by who reports.
#[derive(SimpleObject)]
pub struct Deadlines {
    /// For wards.
    ward: Option<NaiveDate>,
    /// For the town.
    town: Option<NaiveDate>,
    /// For the province.
    province: Option<NaiveDate>,
}

/// Quý báo cáo / a quarter with its reporting window and deadlines.
#[Object(name = "Quarter")]
impl QuarterNode {
    /// The same as `quarter`.
    pub(super) async fn id(&self) -> ID {
        ID(self.quarter.to_string())
    }

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

    /// Until when reports are in time: for an area, else where no area set another date.
    async fn deadlines(&self, context: &Context<'_>, area: Option<String>) -> Refusable<Deadlines> {
        reading(context, Action::FiguresRead, None, |_, _| {
            let area = area.map(|code| self.area(&code)).transpose()?;
            let due = |level| match area {
                Some(area) => self.snapshot.deadline(area, self.quarter, level).map(|deadline| deadline.due_on),
                None => self.snapshot.calendar().deadline(self.quarter, level),
            };
            Ok(Deadlines { ward: due(Level::Ward), town: due(Level::Town), province: due(Level::Province) })
        })
        .await
    }

    /// Whether reports may no longer change: an area's, else all.
    async fn locked(&self, context: &Context<'_>, area: Option<String>) -> Refusable<bool> {
        reading(context, Action::FiguresRead, None, |_, _| {
            let area = area.map(|code| self.area(&code)).transpose()?;
            let everywhere = || self.snapshot.calendar().is_locked(self.quarter);
            Ok(area.map_or_else(everywhere, |area| self.snapshot.locked(area, self.quarter)))
        })
        .await
    }

    /// How complete and how timely an area's reporting is.
    async fn reporting(&self, context: &Context<'_>, area: String) -> Refusable<Reporting> {
        reading(context, Action::FiguresRead, None, |_, _| {
            Ok(published_reporting(&self.snapshot, self.area(&area)?, self.quarter).into())
        })
        .await
    }

    /// How many reports are published.
    async fn published_reports(&self) -> usize {
        self.snapshot.reports(self.quarter).count()
    }

    /// The published reports, by ward.
    async fn reports(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<ReportNode>> {
        let page = Arguments { first, after, last, before };
        reading(context, Action::PublishedReportRead, None, |_, _| {
            let filter = format!("reports {:?}", Some(self.quarter));
            let found = reports(&self.snapshot, Some(self.quarter));
            connect(&self.snapshot, &filter, page, found, |key| ReportNode::of(&self.snapshot, key))
        })
        .await
    }
}

impl QuarterNode {
    fn area(&self, code: &str) -> crate::error::Result<AreaKey> {
        area(&self.snapshot, "area", code, Some(self.snapshot.calendar().cut_off(self.quarter))).map(|(_, key)| key)
    }
}

/// An indicator.
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

    fn is(&self, read: impl Fn(&Indicator) -> bool) -> bool {
        self.get().is_some_and(read)
    }
}

/// Chỉ tiêu / an indicator of the catalogue: what is measured, and how it adds up.
#[expect(clippy::unused_async, reason = "the library takes asynchronous resolvers only")]
#[Object(name = "Indicator")]
impl IndicatorNode {
    /// The same as `code`.
    pub(super) async fn id(&self) -> ID {
        ID(self.text(|indicator| &indicator.code).to_owned())
    }

    /// Stable code.
    async fn code(&self) -> &str {
        self.text(|indicator| &indicator.code)
    }

    /// Whether it is counted, follows from counts, or divides two of them.
    async fn kind(&self) -> Option<Word<IndicatorKind>> {
        Some(self.get()?.kind.into())
    }

    /// The family that it is shown with.
    async fn family(&self) -> &str {
        self.text(|indicator| &indicator.family)
    }

    /// The section of the report's outline.
    async fn section(&self) -> &str {
        self.text(|indicator| &indicator.section)
    }

    /// The name in the language of the request.
    async fn name(&self, context: &Context<'_>) -> Result<&str> {
        Ok(match asked(context)?.language {
            Language::Vi => self.text(|indicator| &indicator.name_vi),
            Language::En => self.text(|indicator| &indicator.name_en),
        })
    }

    /// Vietnamese name.
    async fn name_vi(&self) -> &str {
        self.text(|indicator| &indicator.name_vi)
    }

    /// English name.
    async fn name_en(&self) -> &str {
        self.text(|indicator| &indicator.name_en)
    }

    /// What it means, in the language of the request.
    async fn definition(&self, context: &Context<'_>) -> Result<&str> {
        Ok(match asked(context)?.language {
            Language::Vi => self.text(|indicator| &indicator.definition_vi),
            Language::En => self.text(|indicator| &indicator.definition_en),
        })
    }

    /// What it is counted in.
    async fn unit(&self) -> Option<Word<Unit>> {
        Some(self.get()?.unit.into())
    }

    /// Which way is better.
    async fn direction(&self) -> Option<Word<Direction>> {
        Some(self.get()?.direction.into())
    }

    /// How values of several areas make one.
    async fn over_areas(&self) -> Option<Word<OverAreas>> {
        Some(self.get()?.over_areas.into())
    }

    /// How values of several quarters make one.
    async fn over_time(&self) -> Option<Word<OverTime>> {
        Some(self.get()?.over_time.into())
    }

    /// For a balance: the measure of what was there at the beginning.
    async fn opening(&self) -> Option<&str> {
        self.get()?.opening.as_deref()
    }

    /// For a balance: the measure of what came in.
    async fn inflow(&self) -> Option<&str> {
        self.get()?.inflow.as_deref()
    }

    /// How often it is expected.
    async fn frequency(&self) -> Option<Word<Frequency>> {
        Some(self.get()?.frequency.into())
    }

    /// What stretch of time a figure is about unless it says otherwise.
    async fn span(&self) -> Option<Word<Span>> {
        Some(self.get()?.span.into())
    }

    /// What a figure claims to be unless it says otherwise.
    async fn nature(&self) -> Option<Word<Nature>> {
        Some(self.get()?.nature.into())
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

    /// For a rate: whether the rate that wards state divides by `denominator`.
    async fn stated_rate_uses_denominator(&self) -> bool {
        self.is(|indicator| indicator.stated_rate_uses_denominator)
    }

    /// Whether its denominator is a sample of people asked.
    async fn survey(&self) -> bool {
        self.is(|indicator| indicator.survey)
    }

    /// Whether it is held per project.
    async fn per_project(&self) -> bool {
        self.is(|indicator| indicator.per_project)
    }

    /// For a derived measure: the measures added.
    async fn plus(&self) -> &[String] {
        self.get().map_or(&[], |indicator| &indicator.plus)
    }

    /// For a derived measure: the measures taken away.
    async fn minus(&self) -> &[String] {
        self.get().map_or(&[], |indicator| &indicator.minus)
    }

    /// The first day on which this definition holds.
    async fn valid_from(&self) -> Option<NaiveDate> {
        self.get()?.valid_from
    }

    /// The first day on which it no longer holds.
    async fn valid_to(&self) -> Option<NaiveDate> {
        self.get()?.valid_to
    }

    /// The law or form that defines it.
    async fn source(&self) -> Option<&str> {
        self.get()?.source.as_deref()
    }

    /// What a reader should mind.
    async fn note(&self) -> Option<&str> {
        self.get()?.note.as_deref()
    }
}
