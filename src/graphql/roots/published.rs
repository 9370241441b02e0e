//! What is published, at one revision: each entry point is one call of a use case.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::super::aggregate::AggregateNode;
use super::super::area::Area;
use super::super::catalogue::{IndicatorNode, QuarterNode};
use super::super::connection::{Arguments, Connection, connect};
use super::super::context::{Refusable, asked, reading};
use super::super::node::{self, Node};
use super::super::observation::Observation;
use super::super::report::ReportNode;
use super::super::rows::Rows;
use super::super::scalar::{Count, Revision, Word};
use crate::domain::aggregate::{PeerGroup, Period, aggregate};
use crate::domain::area::AreaKind;
use crate::domain::indicator::{IndicatorKind, Nature};
use crate::domain::observation::SurveyMethod;
use crate::domain::page::MAX_LIMIT;
use crate::domain::policy::Action;
use crate::error::{Code, Error};
use crate::service::read::{self, AggregateRequest, AreaFilter, FigureFilter, IndicatorFilter, aggregate_query};
use crate::service::report;
use crate::snapshot::Served;
use crate::text;

/// Where the published state stands.
#[derive(SimpleObject)]
pub struct Head {
    /// The line of revisions.
    epoch: String,
    /// The revision.
    revision: Count,
}

impl Head {
    pub(super) fn of(served: &Served) -> Self {
        Self { epoch: served.epoch.clone(), revision: Count(served.revision) }
    }
}

/// What a list of areas is narrowed by.
struct AreaArguments {
    at: Option<String>,
    parent: Option<String>,
    kind: Option<Word<AreaKind>>,
    q: Option<String>,
}

async fn area_list(
    context: &Context<'_>,
    given: AreaArguments,
    page: Arguments,
    (reporting, as_of): (bool, Option<Revision>),
) -> Refusable<Connection<Area>> {
    reading(context, Action::FiguresRead, as_of, |snapshot, today| {
        let on = given.at.map(|text| read::date(snapshot, today, &text)).transpose()?;
        let kind = given.kind.map(|Word(kind)| kind);
        let filter = format!("areas {reporting} {on:?} {:?} {kind:?} {:?}", given.parent, given.q);
        let parent =
            given.parent.map(|code| read::area(snapshot, "parent", &code, on).map(|(_, key)| key)).transpose()?;
        let found = read::areas(snapshot, &AreaFilter { on, parent, kind, reporting, search: given.q });
        connect(snapshot, &filter, page, found, |(key, _)| Area { snapshot: Arc::clone(snapshot), key, on })
    })
    .await
}

/// What is published.
#[derive(Default)]
pub struct Published;

#[expect(clippy::too_many_arguments, reason = "the arguments of a field, Relay's four among them")]
#[Object]
impl Published {
    /// Where the published state stands.
    async fn head(&self, context: &Context<'_>) -> Refusable<Head> {
        reading(context, Action::FiguresRead, None, |snapshot, _| {
            Ok(Head { epoch: snapshot.epoch.clone(), revision: Count(snapshot.revision) })
        })
        .await
    }

    /// The thing that an id names; null where there is none.
    async fn node(&self, context: &Context<'_>, id: ID, as_of: Option<Revision>) -> Option<Result<Node>> {
        match asked(context) {
            Ok(asked) => node::find(asked, &id, as_of).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The things that ids name, in their order; null where there is none. At most 200.
    async fn nodes(
        &self,
        context: &Context<'_>,
        ids: Vec<ID>,
        as_of: Option<Revision>,
    ) -> Refusable<Vec<Option<Result<Node>>>> {
        let checked = reading(context, Action::FiguresRead, as_of.clone(), |_, _| {
            if ids.len() > MAX_LIMIT {
                let detail = text!("Tối đa {MAX_LIMIT} ids mỗi lần.", "At most {MAX_LIMIT} ids at a time.");
                return Err(Error::parameter(Code::InvalidLimit, "ids", detail));
            }
            Ok(())
        });
        let asked = match (checked.await, asked(context)) {
            (Some(Err(error)), _) | (_, Err(error)) => return Some(Err(error)),
            (_, Ok(asked)) => asked,
        };
        let mut found = Vec::new();
        for id in &ids {
            found.push(node::find(asked, id, as_of.clone()).await.transpose());
        }
        Some(Ok(found))
    }

    /// The holder of a code, at a date or a quarter's cut-off, else the latest.
    async fn area(
        &self,
        context: &Context<'_>,
        code: String,
        at: Option<String>,
        as_of: Option<Revision>,
    ) -> Refusable<Area> {
        reading(context, Action::FiguresRead, as_of, |snapshot, today| {
            let on = at.map(|text| read::date(snapshot, today, &text)).transpose()?;
            let (reference, key) = read::area(snapshot, "code", &code, on)?;
            Ok(Area { snapshot: Arc::clone(snapshot), key, on: reference.on.or(on) })
        })
        .await
    }

    /// Areas of every kind that exist at a date or a quarter's cut-off, else all that ever were; within `parent`, of a
    /// kind, by name without accents or by code.
    async fn areas(
        &self,
        context: &Context<'_>,
        at: Option<String>,
        parent: Option<String>,
        kind: Option<Word<AreaKind>>,
        q: Option<String>,
        as_of: Option<Revision>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<Area>> {
        let page = Arguments { first, after, last, before };
        area_list(context, AreaArguments { at, parent, kind, q }, page, (false, as_of)).await
    }

    /// As `areas`, only those that report.
    async fn wards(
        &self,
        context: &Context<'_>,
        at: Option<String>,
        parent: Option<String>,
        kind: Option<Word<AreaKind>>,
        q: Option<String>,
        as_of: Option<Revision>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<Area>> {
        let page = Arguments { first, after, last, before };
        area_list(context, AreaArguments { at, parent, kind, q }, page, (true, as_of)).await
    }

    /// A quarter.
    async fn quarter(&self, context: &Context<'_>, quarter: String, as_of: Option<Revision>) -> Refusable<QuarterNode> {
        reading(context, Action::FiguresRead, as_of, |snapshot, today| {
            let quarter = read::quarter(snapshot, today, "quarter", &quarter)?;
            Ok(QuarterNode { snapshot: Arc::clone(snapshot), quarter })
        })
        .await
    }

    /// The quarters for which anything is published, the latest first; with `from` and `to`, every quarter of the range.
    async fn quarters(
        &self,
        context: &Context<'_>,
        from: Option<String>,
        to: Option<String>,
        as_of: Option<Revision>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<QuarterNode>> {
        let page = Arguments { first, after, last, before };
        reading(context, Action::FiguresRead, as_of, |snapshot, today| {
            let filter = format!("quarters {from:?} {to:?}");
            let (found, _) = read::quarters(snapshot, today, None, from.as_deref(), to.as_deref())?;
            let node = |quarter| QuarterNode { snapshot: Arc::clone(snapshot), quarter };
            connect(snapshot, &filter, page, found, node)
        })
        .await
    }

    /// An indicator.
    async fn indicator(
        &self,
        context: &Context<'_>,
        code: String,
        as_of: Option<Revision>,
    ) -> Refusable<IndicatorNode> {
        reading(context, Action::FiguresRead, as_of, |snapshot, _| {
            Ok(IndicatorNode { snapshot: Arc::clone(snapshot), key: read::indicator(snapshot, "code", &code)? })
        })
        .await
    }

    /// The catalogue, by family, by kind, by code or name without accents.
    async fn indicators(
        &self,
        context: &Context<'_>,
        family: Option<String>,
        kind: Option<Word<IndicatorKind>>,
        q: Option<String>,
        as_of: Option<Revision>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<IndicatorNode>> {
        let page = Arguments { first, after, last, before };
        reading(context, Action::FiguresRead, as_of, |snapshot, _| {
            let kind = kind.map(|Word(kind)| kind);
            let filter = format!("indicators {family:?} {kind:?} {q:?}");
            let found = read::indicators(snapshot, &IndicatorFilter { family, kind, search: q });
            connect(snapshot, &filter, page, found, |(key, _)| IndicatorNode { snapshot: Arc::clone(snapshot), key })
        })
        .await
    }

    /// Published figures one by one, as printed; by ward, quarter, indicator and nature.
    async fn observations(
        &self,
        context: &Context<'_>,
        ward: Option<String>,
        quarter: Option<String>,
        indicator: Option<String>,
        nature: Option<Word<Nature>>,
        as_of: Option<Revision>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<Observation>> {
        let page = Arguments { first, after, last, before };
        reading(context, Action::FiguresRead, as_of, |snapshot, today| {
            let nature = nature.map(|Word(nature)| nature);
            let text = format!("observations {ward:?} {quarter:?} {indicator:?} {nature:?}");
            let filter = FigureFilter {
                ward,
                quarter: quarter.map(|text| read::quarter(snapshot, today, "quarter", &text)).transpose()?,
                indicator: indicator.map(|code| read::indicator(snapshot, "indicator", &code)).transpose()?,
                nature,
            };
            connect(snapshot, &text, page, read::figures(snapshot, &filter)?, |figure| Observation {
                snapshot: Arc::clone(snapshot),
                figure: figure.clone(),
            })
        })
        .await
    }

    /// Aggregates: the dashboard's call. Of one `quarter`, of `from` and `to`, or of the `last` so many quarters up to
    /// `quarter`, else up to the latest that is published of the area; a plain list, at most 80 quarters of 50 indicators.
    /// `boundaries` is `asReported` or the day of a reform, such as `2025-07-01`: every quarter is then added up within the
    /// boundaries of that day.
    async fn aggregates(
        &self,
        context: &Context<'_>,
        area: String,
        indicators: Vec<String>,
        quarter: Option<String>,
        from: Option<String>,
        to: Option<String>,
        last: Option<i32>,
        period: Option<Word<Period>>,
        #[graphql(default)] by_ward: bool,
        nature: Option<Word<Nature>>,
        method: Option<Word<SurveyMethod>>,
        peers: Option<Word<PeerGroup>>,
        boundaries: Option<String>,
        as_of: Option<Revision>,
    ) -> Refusable<Rows<AggregateNode>> {
        reading(context, Action::FiguresRead, as_of, |snapshot, today| {
            let request = AggregateRequest {
                area,
                indicators,
                quarter,
                from,
                to,
                last: last.map(i64::from),
                period: period.map(|Word(period)| period),
                by_ward,
                nature: nature.map(|Word(nature)| nature),
                method: method.map(|Word(method)| method),
                peers: peers.map(|Word(peers)| peers),
                boundaries,
            };
            let query = aggregate_query(snapshot, today, &request)?;
            let node = |aggregate| AggregateNode { snapshot: Arc::clone(snapshot), aggregate };
            Ok(Rows(aggregate(&**snapshot, &query).into_iter().map(node).collect()))
        })
        .await
    }

    /// The published report of a ward's quarter.
    async fn report(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        as_of: Option<Revision>,
    ) -> Refusable<ReportNode> {
        reading(context, Action::PublishedReportRead, as_of, |snapshot, today| {
            Ok(ReportNode::of(snapshot, report::report(snapshot, today, ("ward", &ward), ("quarter", &quarter))?))
        })
        .await
    }

    /// The published reports of a quarter, or of all, by quarter and ward.
    async fn reports(
        &self,
        context: &Context<'_>,
        quarter: Option<String>,
        as_of: Option<Revision>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Refusable<Connection<ReportNode>> {
        let page = Arguments { first, after, last, before };
        reading(context, Action::PublishedReportRead, as_of, |snapshot, today| {
            let quarter = quarter.map(|text| read::quarter(snapshot, today, "quarter", &text)).transpose()?;
            let filter = format!("reports {quarter:?}");
            let found = report::reports(snapshot, quarter);
            connect(snapshot, &filter, page, found, |key| ReportNode::of(snapshot, key))
        })
        .await
    }
}
