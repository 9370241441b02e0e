//! Lists as Relay connections.

use std::sync::Arc;

use async_graphql::connection::{Connection as RelayConnection, Edge, EmptyFields};
use async_graphql::{OutputType, SimpleObject};

use crate::domain::page::{CursorContext, Window};
use crate::error::Result;
use crate::snapshot::Snapshot;

pub(super) use crate::domain::page::WindowRequest as Arguments;

/// What a connection has beside Relay's fields.
#[derive(SimpleObject)]
pub struct Total {
    /// How many items the whole list has.
    total_count: usize,
}

/// A stretch of a list.
pub type Connection<T> = RelayConnection<String, T, Total, EmptyFields>;

/// Shows the stretch of a list that is asked for. The list is whole and in memory already, so its length costs nothing;
/// nodes are made of what is shown only.
pub(super) fn connect<I, T: OutputType>(
    snapshot: &Arc<Snapshot>,
    filter: &str,
    page: Arguments,
    list: Vec<I>,
    node: impl Fn(I) -> T,
) -> Result<Connection<T>> {
    let cursors = CursorContext { epoch: &snapshot.epoch, revision: snapshot.revision, filter };
    let window = Window::of(list.len(), &page, &cursors)?;
    let total = Total { total_count: window.total };
    let mut connection = Connection::with_additional_fields(window.has_previous(), window.has_next(), total);
    let shown = list.into_iter().enumerate().skip(window.start).take(window.end - window.start);
    connection.edges.extend(shown.map(|(at, item)| Edge::new(cursors.encode(at + 1), node(item))));
    Ok(connection)
}
