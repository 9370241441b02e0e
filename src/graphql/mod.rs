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
mod passed;
mod persisted;
mod progress;
mod report;
mod roots;
mod rows;
mod scalar;
mod setting;
mod trail;
mod working;

use std::sync::Arc;

use async_graphql::{Schema as AsyncSchema, ValidationMode};

pub use context::Asked;
pub use execute::{Begun, Outcome, Question, Told, begin, refusal, unknown_document};
pub use persisted::Named;
pub use roots::{Listening, Mutation, Query};

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
    executor: AsyncSchema<Query, Mutation, Listening>,
    /// The same, for documents of which nothing was found wrong before.
    trusting: AsyncSchema<Query, Mutation, Listening>,
    introspection: Introspection,
    documents: Arc<guard::Documents>,
    persisted: Arc<persisted::Persisted>,
}

impl Schema {
    /// The document that a client names, where this replica knows it.
    #[must_use]
    pub fn persisted(&self, named: &Named) -> Option<Arc<str>> {
        self.persisted.get(named)
    }

    /// Remembers a document by its name. It must have been executed: what the guard refuses is for nobody to name. A
    /// mutation that has a text written into it may hold a password, and is sent whole each time.
    pub fn persist(&self, named: &Named, question: &Question) {
        if !self.documents.holds_secrets(&question.query) {
            self.persisted.keep(named, &question.query);
        }
    }
}

/// Builds the schema. What a document may cost is the guard's business, before the library sees it; the limits here
/// are a second line.
#[must_use]
pub fn schema(introspection: Introspection) -> Schema {
    let build = |mode| {
        let builder = AsyncSchema::build(Query::default(), Mutation::default(), Listening)
            .limit_depth(guard::MAX_DEPTH)
            .limit_directives(guard::MAX_DIRECTIVES)
            .limit_recursive_depth(guard::MAX_NESTING)
            .validation_mode(mode);
        match introspection {
            Introspection::On => builder.finish(),
            Introspection::Off => builder.disable_introspection().disable_suggestions().finish(),
        }
    };
    let (executor, trusting) = (build(ValidationMode::Strict), build(ValidationMode::Fast));
    let (documents, persisted) = (Arc::new(guard::Documents::new()), Arc::new(persisted::Persisted::new()));
    Schema { executor, trusting, introspection, documents, persisted }
}

/// The schema as text, as it is committed.
#[must_use]
pub fn sdl() -> String {
    schema(Introspection::On).executor.sdl()
}
