//! The entry points, each one call of a use case.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::aggregate::AggregateNode;
use super::context::asked;
use super::error::refuse;
use super::types::{Area, IndicatorNode, Nature, Observation, Period, QuarterNode, SurveyMethod};
use crate::domain::aggregate::{Published as _, aggregate};
use crate::domain::policy::Action;
use crate::error::Error;
use crate::service::read::{self, AggregateRequest, AreaFilter, FigureFilter, aggregate_query, area_reference};
use crate::service::session;
use crate::snapshot::Snapshot;

/// Items in one list field.
const LONGEST: usize = 200;

/// Where the published state stands.
#[derive(SimpleObject)]
pub struct Head {
    /// The line of revisions.
    epoch: String,
    /// The revision.
    revision: i64,
}

/// A signed-in session.
#[derive(SimpleObject)]
pub struct TokenPair {
    /// The access token.
    access_token: String,
    /// Bearer.
    token_type: &'static str,
    /// Seconds that it lives.
    expires_in: i64,
    /// The refresh token, to be used once.
    refresh_token: String,
}

impl From<session::TokenPair> for TokenPair {
    fn from(pair: session::TokenPair) -> Self {
        Self {
            access_token: pair.access_token,
            token_type: "Bearer",
            expires_in: pair.expires_in,
            refresh_token: pair.refresh_token,
        }
    }
}

/// Runs a reading over the request's snapshot.
fn reading<T>(
    context: &Context<'_>,
    read: impl FnOnce(&Arc<Snapshot>, chrono::NaiveDate) -> Result<T, Error>,
) -> Result<T> {
    let asked = asked(context)?;
    let result = asked.snapshot(Action::FiguresRead).and_then(|snapshot| read(&snapshot, asked.app.clock.today()));
    result.map_err(|error| refuse(&error, asked.language))
}

fn date(snapshot: &Snapshot, today: chrono::NaiveDate, at: Option<&str>) -> Result<Option<chrono::NaiveDate>, Error> {
    let quarter = at.map(|text| read::quarter(snapshot, today, "at", text)).transpose()?;
    Ok(quarter.map(|quarter| snapshot.calendar().cut_off(quarter)))
}

/// Reading.
pub struct Query;

#[Object]
impl Query {
    /// Where the published state stands.
    async fn head(&self, context: &Context<'_>) -> Result<Head> {
        reading(context, |snapshot, _| Ok(Head { epoch: snapshot.epoch.clone(), revision: snapshot.revision }))
    }

    /// The holder of a code, at a quarter's cut-off or the latest.
    async fn area(&self, context: &Context<'_>, code: String, at: Option<String>) -> Result<Area> {
        reading(context, |snapshot, today| {
            let (reference, on) = (area_reference(&code)?, date(snapshot, today, at.as_deref())?);
            let key = snapshot.areas().resolve(&reference, on)?;
            Ok(Area { snapshot: Arc::clone(snapshot), key, on: reference.on.or(on) })
        })
    }

    /// Wards, by name without accents, by parent, at a quarter's cut-off; at most 200.
    async fn wards(
        &self,
        context: &Context<'_>,
        at: Option<String>,
        parent: Option<String>,
        q: Option<String>,
    ) -> Result<Vec<Area>> {
        reading(context, |snapshot, today| {
            let on = date(snapshot, today, at.as_deref())?;
            let parent = parent.map(|code| snapshot.areas().resolve(&area_reference(&code)?, on)).transpose()?;
            let filter = AreaFilter { on, parent, kind: None, reporting: true, search: q };
            let found = read::areas(snapshot, &filter);
            Ok(found
                .into_iter()
                .take(LONGEST)
                .map(|(key, _)| Area { snapshot: Arc::clone(snapshot), key, on })
                .collect())
        })
    }

    /// A quarter.
    async fn quarter(&self, context: &Context<'_>, quarter: String) -> Result<QuarterNode> {
        reading(context, |snapshot, today| {
            let quarter = read::quarter(snapshot, today, "quarter", &quarter)?;
            Ok(QuarterNode { snapshot: Arc::clone(snapshot), quarter })
        })
    }

    /// The quarters for which anything is published, the latest first.
    async fn quarters(&self, context: &Context<'_>) -> Result<Vec<QuarterNode>> {
        reading(context, |snapshot, _| {
            let node = |quarter| QuarterNode { snapshot: Arc::clone(snapshot), quarter };
            Ok(snapshot.quarters().rev().take(LONGEST).map(node).collect())
        })
    }

    /// An indicator.
    async fn indicator(&self, context: &Context<'_>, code: String) -> Result<IndicatorNode> {
        reading(context, |snapshot, _| {
            Ok(IndicatorNode { snapshot: Arc::clone(snapshot), key: read::indicator(snapshot, &code)? })
        })
    }

    /// The catalogue.
    async fn indicators(&self, context: &Context<'_>) -> Result<Vec<IndicatorNode>> {
        reading(context, |snapshot, _| {
            let node = |key| IndicatorNode { snapshot: Arc::clone(snapshot), key };
            Ok(snapshot.catalogue().iter().map(|(key, _)| node(key)).collect())
        })
    }

    /// Published figures of a ward's quarter.
    async fn observations(
        &self,
        context: &Context<'_>,
        ward: String,
        quarter: String,
        indicator: Option<String>,
        nature: Option<Nature>,
    ) -> Result<Vec<Observation>> {
        reading(context, |snapshot, today| {
            let filter = FigureFilter {
                ward: Some(area_reference(&ward)?),
                quarter: Some(read::quarter(snapshot, today, "quarter", &quarter)?),
                indicator: indicator.map(|code| read::indicator(snapshot, &code)).transpose()?,
                nature: nature.map(Into::into),
            };
            let node = |figure: &crate::snapshot::PublishedFigure| Observation {
                snapshot: Arc::clone(snapshot),
                figure: figure.clone(),
            };
            Ok(read::figures(snapshot, &filter)?.into_iter().map(node).collect())
        })
    }

    /// Aggregates: the dashboard's call.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn aggregates(
        &self,
        context: &Context<'_>,
        area: String,
        indicators: Vec<String>,
        quarter: Option<String>,
        from: Option<String>,
        to: Option<String>,
        period: Option<Period>,
        #[graphql(default)] by_ward: bool,
        nature: Option<Nature>,
        method: Option<SurveyMethod>,
    ) -> Result<Vec<AggregateNode>> {
        reading(context, |snapshot, today| {
            let request = AggregateRequest {
                area,
                indicators,
                quarter,
                from,
                to,
                period: period.map(Into::into),
                by_ward,
                nature: nature.map(Into::into),
                method: method.map(Into::into),
            };
            let query = aggregate_query(snapshot, today, &request)?;
            let node = |aggregate| AggregateNode { snapshot: Arc::clone(snapshot), aggregate };
            Ok(aggregate(&**snapshot, &query).into_iter().map(node).collect())
        })
    }
}

/// Writing.
pub struct Mutation;

#[Object]
impl Mutation {
    /// Signs in.
    async fn create_session(&self, context: &Context<'_>, username: String, password: String) -> Result<TokenPair> {
        let asked = asked(context)?;
        let opened = session::open(&asked.app, &username, &password, asked.address).await;
        opened.map(Into::into).map_err(|error| refuse(&error, asked.language))
    }

    /// Renews a session; the old refresh token is spent.
    async fn refresh_session(&self, context: &Context<'_>, refresh_token: String) -> Result<TokenPair> {
        let asked = asked(context)?;
        let renewed = session::refresh(&asked.app, &refresh_token).await;
        renewed.map(Into::into).map_err(|error| refuse(&error, asked.language))
    }

    /// Ends the caller's session.
    async fn delete_session(&self, context: &Context<'_>) -> Result<bool> {
        let asked = asked(context)?;
        let closed = session::close(&asked.app, &asked.caller).await;
        closed.map(|()| true).map_err(|error| refuse(&error, asked.language))
    }
}
