//! GraphQL: the same use cases, the same policy, the same words and codes as REST.

mod aggregate;
mod area;
mod catalogue;
mod connection;
mod context;
mod cost;
mod document;
mod error;
mod execute;
mod finding;
mod guard;
mod node;
mod observation;
mod progress;
mod report;
mod roots;
mod rows;
mod scalar;
mod setting;
mod trail;
mod working;

use std::sync::Arc;

use async_graphql::{EmptySubscription, Schema as AsyncSchema};

pub use context::Asked;
pub use execute::{Outcome, Question, execute, refusal};
pub use roots::{Mutation, Query};

/// Whether the schema describes itself to whoever asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Introspection {
    /// To tools and to people; a misspelt field is answered with a suggestion.
    #[default]
    On,
    /// To nobody: clients work from the committed schema.
    Off,
}

/// The schema.
#[derive(Clone)]
pub struct Schema {
    executor: AsyncSchema<Query, Mutation, EmptySubscription>,
    introspection: Introspection,
    documents: Arc<guard::Documents>,
}

/// Builds the schema. What a document may cost is the guard's business, before the library sees it; the limits here
/// are a second line.
#[must_use]
pub fn schema(introspection: Introspection) -> Schema {
    let builder = AsyncSchema::build(Query::default(), Mutation::default(), EmptySubscription)
        .limit_depth(guard::MAX_DEPTH)
        .limit_directives(guard::MAX_DIRECTIVES)
        .limit_recursive_depth(guard::MAX_NESTING);
    let schema = match introspection {
        Introspection::On => builder.finish(),
        Introspection::Off => builder.disable_introspection().disable_suggestions().finish(),
    };
    Schema { executor: schema, introspection, documents: Arc::new(guard::Documents::new()) }
}

/// The schema as text, as it is committed.
#[must_use]
pub fn sdl() -> String {
    schema(Introspection::On).executor.sdl()
}
