//! Errors in GraphQL: the same codes and words as REST's problems, in `extensions`.

use async_graphql::{ErrorExtensions as _, Value};

use crate::error::{Error, Language};

/// Writes an error as GraphQL does.
pub(super) fn refuse(error: &Error, language: Language) -> async_graphql::Error {
    if error.is_fault() {
        tracing::error!(
            code = error.code().as_str(),
            cause = std::error::Error::source(error).map(ToString::to_string),
            "field failed"
        );
    }
    async_graphql::Error::new(error.detail().get(language)).extend_with(|_, extensions| {
        extensions.set("code", error.code().as_str());
        extensions.set("status", i32::from(error.code().status()));
        if let Some(seconds) = error.retry_after() {
            extensions.set("retryAfter", i64::from(seconds));
        }
        if !error.fields().is_empty() {
            let fields = error.fields().iter().map(|field| {
                let pairs = [
                    ("pointer", field.pointer.as_str()),
                    ("code", field.code.as_str()),
                    ("detail", field.detail.get(language)),
                ];
                Value::Object(
                    pairs.into_iter().map(|(name, text)| (async_graphql::Name::new(name), Value::from(text))).collect(),
                )
            });
            extensions.set("errors", Value::List(fields.collect()));
        }
    })
}
