//! The OpenAPI document: the operations from one table, their bodies from the types that are written and read.

mod agencies;
mod changes;
mod examples;
mod exchange;
mod management;
mod older;
mod operation;
mod operations;
mod parameters;
mod pushing;
mod schemas;

use std::sync::OnceLock;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::context::Context;
use super::fixed::Fixed;
use super::service::plain;
use crate::error::Result;

const ABOUT: &str = "Quarterly reports of the wards of a Vietnamese town: what is published, revision by revision.

**Signing in.** `POST /api/v1/sessions` answers an access token for ten minutes and a refresh token to be used once; send \
the access token as `Authorization: Bearer …`. A token that is wrong is refused everywhere, also where none is needed.

**Other agencies' systems** get a token at `POST /oauth/token` (client credentials), with the scopes that they need.

**Answers are immutable at their revision.** Every answer has an ETag made of epoch, revision and request: send it back in \
`If-None-Match` for a `304`. `minRevision` asks for an answer no older than one that you have seen, `asOf` for one as \
of a revision.

**Writing.** What replaces something names the state that it replaces: the `ETag` of the `GET` goes into `If-Match`. Without \
it the answer is `428`, with one that no longer holds `412`, and nothing is written.

**Lists** are `{items, nextCursor}` with a `Link` header; a cursor belongs to one list, its filters and its revision.

**Refusals** are RFC 9457 problems with a stable `code`, in Vietnamese or English by `Accept-Language`. Unknown parameters \
are refused, never ignored. Every address answers any method that it does not have with `405` and `Allow`.

**What is missing is never zero.** A rate over several wards is the sum of numerators over the sum of denominators, with its \
coverage; a value that cannot be given is `null`, with its reason.";

const TAGS: [(&str, &str); 13] = [
    ("sessions", "Signing in, staying signed in, signing out; the public keys."),
    (
        "agencies",
        "Other agencies' systems: OAuth 2.0 client credentials, and the clients as administrators manage them.",
    ),
    ("accounts", "People's accounts, as administrators manage them."),
    ("areas", "Administrative units and their dated history. A ward is an area that reports."),
    ("quarters", "Reporting windows, deadlines, locks, and who has reported."),
    ("indicators", "The catalogue: what is measured and how it adds up."),
    ("figures", "Published figures, one by one and added up."),
    ("reports", "Published reports as documents."),
    ("changes", "Everything that was published, in the order in which it was."),
    ("exports", "Workbooks to fill in and to take away."),
    ("audit", "What was done, by whom, when and why."),
    ("graphql", "The same questions over GraphQL."),
    ("service", "What the service says of itself."),
];

/// The document, as OpenAPI 3.1.
#[must_use]
pub fn document() -> Value {
    let (mut paths, mut codes) = (Map::new(), Vec::new());
    for operation in operations::all() {
        codes.extend(operation.problems());
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(operation.method.to_owned(), operation.describe());
        }
    }
    let tags: Vec<_> = TAGS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "danbiet",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "description": ABOUT,
            "license": {"name": "Apache License 2.0", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/", "description": "The host that serves this document."}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "parameters": parameters::all(),
            "headers": operation::headers(),
            "examples": examples::problems(&codes),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The `accessToken` of `POST /api/v1/sessions`, or the `access_token` of `POST /oauth/token`.",
                },
                "agency": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": agencies::scopes()}},
                    "description": "Other agencies' systems; what their tokens are sent as is `bearer`.",
                },
            },
        },
    })
}

/// The same document as OpenAPI 3.0.3, for generators that know no later version.
#[must_use]
pub fn document_3_0() -> Value {
    older::from_3_1(document())
}

fn written(document: &Value) -> Fixed {
    Fixed::new("application/json; charset=utf-8", document.to_string())
}

pub(super) async fn newest(context: Context) -> Result<HttpResponse> {
    static KEPT: OnceLock<Fixed> = OnceLock::new();
    plain(&context)?;
    Ok(KEPT.get_or_init(|| written(&document())).answer(&context))
}

pub(super) async fn older(context: Context) -> Result<HttpResponse> {
    static KEPT: OnceLock<Fixed> = OnceLock::new();
    plain(&context)?;
    Ok(KEPT.get_or_init(|| written(&document_3_0())).answer(&context))
}
