//! GraphQL: the same use cases, the same policy, the same words and codes as REST.

mod aggregate;
mod context;
mod error;
mod execute;
mod guard;
mod roots;
mod types;

use async_graphql::{EmptySubscription, Schema as AsyncSchema};

pub use context::Asked;
pub use execute::{Outcome, Question, execute, refusal};
pub use guard::{Guarded, Refusal, guard};
pub use roots::{Mutation, Query};

/// The schema.
pub type Schema = AsyncSchema<Query, Mutation, EmptySubscription>;

/// Builds the schema. What a document may cost is the guard's business, before the library sees it; the limits here
/// are a second line.
#[must_use]
pub fn schema() -> Schema {
    AsyncSchema::build(Query, Mutation, EmptySubscription)
        .limit_depth(guard::MAX_DEPTH)
        .limit_directives(guard::MAX_DIRECTIVES)
        .limit_recursive_depth(guard::MAX_NESTING)
        .finish()
}

/// The schema as text, as it is committed.
#[must_use]
pub fn sdl() -> String {
    schema().sdl()
}
