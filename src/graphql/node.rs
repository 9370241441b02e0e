//! Anything by its id.

use std::sync::Arc;

use async_graphql::{ID, Interface};

use super::area::Area;
use super::catalogue::{IndicatorNode, QuarterNode};
use super::context::Asked;
use super::error::refuse;
use super::report::ReportNode;
use super::scalar::Revision;
use crate::domain::aggregate::Published as _;
use crate::domain::identity::Identity;
use crate::domain::policy::Action;
use crate::error::Result;
use crate::service::read;

/// A thing with an id. Ids are the natural keys that REST shows, told apart by their form: an area `07792-1`, a quarter
/// `2024-Q1`, an indicator `poverty_rate`, a report `07792-1/2024-Q1`.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The natural key."))]
pub enum Node {
    /// An area, as it was last.
    Area(Area),
    /// A quarter.
    Quarter(QuarterNode),
    /// An indicator.
    Indicator(IndicatorNode),
    /// A published report.
    Report(ReportNode),
}

/// The thing that an id names, if there is one and the caller may read its kind.
pub(super) async fn find(asked: &Asked, id: &str, as_of: Option<Revision>) -> async_graphql::Result<Option<Node>> {
    look_up(asked, id, as_of).await.map_err(|error| refuse(&error, asked.language))
}

async fn look_up(asked: &Asked, id: &str, as_of: Option<Revision>) -> Result<Option<Node>> {
    let Some(identity) = Identity::parse(id) else {
        asked.snapshot_as_of(Action::FiguresRead, as_of).await?;
        return Ok(None);
    };
    let action = match identity {
        Identity::Report(..) => Action::PublishedReportRead,
        Identity::Area(_) | Identity::Quarter(_) | Identity::Indicator(_) => Action::FiguresRead,
    };
    let snapshot = asked.snapshot_as_of(action, as_of).await?;
    Ok(match identity {
        Identity::Area(id) => {
            snapshot.areas().find(id).map(|key| Node::Area(Area { snapshot: Arc::clone(&snapshot), key, on: None }))
        }
        Identity::Quarter(quarter) => {
            // One that has not begun, or that the service does not keep, is unknown.
            let begun = read::quarter(&snapshot, asked.app.clock.today(), "id", &quarter.to_string()).ok();
            begun.map(|quarter| Node::Quarter(QuarterNode { snapshot: Arc::clone(&snapshot), quarter }))
        }
        Identity::Indicator(code) => {
            let found = snapshot.catalogue().find(code);
            found.map(|key| Node::Indicator(IndicatorNode { snapshot: Arc::clone(&snapshot), key }))
        }
        Identity::Report(area, quarter) => snapshot.areas().find(area).and_then(|ward| {
            let mark = snapshot.report(ward, quarter)?;
            Some(Node::Report(ReportNode::of(&snapshot, (ward, quarter, mark))))
        }),
    })
}
