//! The schemas: what the types say of themselves, made exact.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::operation::reference;
use crate::auth::Jwks;
use crate::domain::entry::FigureInput;
use crate::error::Code;
use crate::http::account::{AccountBody, AccountChangeBody, NewAccountBody};
use crate::http::aggregate::{Compact, Item};
use crate::http::audit::TrailBody;
use crate::http::catalogue::{AreaDetail, IndicatorBody};
use crate::http::change::PageBody;
use crate::http::client::{AddedBody, ClientChangeBody, NewClientBody, NewSecretBody};
use crate::http::deadline::{DeadlineChangeBody, DeadlinesBody, LockBody, LockChangeBody};
use crate::http::import::ReportBody as ImportReport;
use crate::http::oauth::{MetadataBody, RefusalBody, TokenBody};
use crate::http::observation::FigureBody;
use crate::http::problem::Problem;
use crate::http::push::{DoneBody, PushBody, SentBody};
use crate::http::quarter::{ProgressBody, QuarterBody};
use crate::http::report::{FindingsBody, ReportBody};
use crate::http::service::{Live, ProblemType, Ready, Version};
use crate::http::session::{Credentials, PairBody, PasswordChange, Renewal, SessionBody};
use crate::http::target::{TargetChangeBody, TargetsBody};
use crate::http::webhook::{DeliveriesBody, QueuedBody, ReplayInput, WebhookInput, WebhookPatch, WebhooksBody};
use crate::http::workflow::{AcceptInput, BulkBody, BulkInput, ExplanationInput, RepairInput, TransitionInput};

/// Bodies that clients send: closed, since an unknown member is refused. Answers stay open, so that they can grow.
const SENT: [&str; 25] = [
    "AcceptInput",
    "PushBody",
    "PushedInput",
    "PushedValue",
    "AccountChange",
    "ClientChange",
    "NewAccount",
    "NewClient",
    "NewSecret",
    "PasswordChange",
    "WebhookInput",
    "WebhookPatch",
    "ReplayInput",
    "DeadlineChange",
    "LockChange",
    "TargetChange",
    "Credentials",
    "Renewal",
    "BulkInput",
    "BulkReport",
    "ExplanationInput",
    "FigureInput",
    "RepairInput",
    "ReportInput",
    "TransitionInput",
];

const LISTS: [(&str, &str); 5] = [
    ("AreaList", "AreaDetail"),
    ("IndicatorList", "Indicator"),
    ("ObservationList", "Observation"),
    ("ReportList", "Report"),
    ("ReportingQuarterList", "ReportingQuarter"),
];

/// Lists that are as of now, whatever the revision.
const PRESENT: [(&str, &str); 4] = [
    ("AccountList", "Account"),
    ("ClientList", "Client"),
    ("ClientSecretList", "ClientSecret"),
    ("PushedObservationList", "PushedObservation"),
];

/// A type's own schema and those that it refers to.
fn gather<T: ToSchema>(found: &mut Vec<(String, RefOr<Schema>)>) {
    found.push((T::name().into_owned(), T::schema()));
    T::schemas(found);
}

/// Every schema by its name.
pub(super) fn all() -> Value {
    let mut found = Vec::new();
    gather::<AccountBody<'_>>(&mut found);
    gather::<AccountChangeBody>(&mut found);
    gather::<NewAccountBody>(&mut found);
    gather::<PasswordChange>(&mut found);
    gather::<AddedBody<'_>>(&mut found);
    gather::<ClientChangeBody>(&mut found);
    gather::<NewClientBody>(&mut found);
    gather::<NewSecretBody>(&mut found);
    gather::<MetadataBody<'_>>(&mut found);
    gather::<RefusalBody>(&mut found);
    gather::<TokenBody<'_>>(&mut found);
    gather::<AcceptInput>(&mut found);
    gather::<DoneBody>(&mut found);
    gather::<PushBody>(&mut found);
    gather::<SentBody<'_>>(&mut found);
    gather::<AreaDetail<'_>>(&mut found);
    gather::<PageBody<'_>>(&mut found);
    gather::<Compact<'_, '_>>(&mut found);
    gather::<Credentials>(&mut found);
    gather::<DeadlineChangeBody>(&mut found);
    gather::<DeadlinesBody<'_>>(&mut found);
    gather::<FigureBody<'_>>(&mut found);
    gather::<IndicatorBody<'_>>(&mut found);
    gather::<ImportReport<'_>>(&mut found);
    gather::<Item<'_>>(&mut found);
    gather::<Jwks>(&mut found);
    gather::<Live>(&mut found);
    gather::<LockBody<'_>>(&mut found);
    gather::<LockChangeBody>(&mut found);
    gather::<PairBody<'_>>(&mut found);
    gather::<SessionBody<'_>>(&mut found);
    gather::<Problem<'_>>(&mut found);
    gather::<ProblemType<'_>>(&mut found);
    gather::<ProgressBody<'_>>(&mut found);
    gather::<QuarterBody<'_>>(&mut found);
    gather::<Ready>(&mut found);
    gather::<Renewal>(&mut found);
    gather::<ReportBody<'_>>(&mut found);
    gather::<FindingsBody<'_>>(&mut found);
    gather::<BulkBody<'_>>(&mut found);
    gather::<BulkInput>(&mut found);
    gather::<ExplanationInput>(&mut found);
    gather::<FigureInput>(&mut found);
    gather::<RepairInput>(&mut found);
    gather::<TransitionInput>(&mut found);
    gather::<TargetChangeBody>(&mut found);
    gather::<TargetsBody<'_>>(&mut found);
    gather::<TrailBody<'_>>(&mut found);
    gather::<Version>(&mut found);
    gather::<WebhooksBody<'_>>(&mut found);
    gather::<DeliveriesBody<'_>>(&mut found);
    gather::<QueuedBody>(&mut found);
    gather::<WebhookInput>(&mut found);
    gather::<WebhookPatch>(&mut found);
    gather::<ReplayInput>(&mut found);
    // The types serialise without fail; a document without schemas would fail every test of it.
    let written = found.into_iter().map(|(name, schema)| (name, serde_json::to_value(&schema).unwrap_or_default()));
    let mut schemas: Map<_, _> = written.collect();
    let plain = schemas.clone();
    for (name, schema) in &mut schemas {
        merge(schema, &plain);
        refine(schema, SENT.contains(&name.as_str()));
    }
    schemas.extend(LISTS.map(|(name, item)| (name.to_owned(), list(item))));
    schemas.extend(PRESENT.map(|(name, item)| (name.to_owned(), present(item))));
    if let Some(area) = schemas.get_mut("AccountChange").and_then(|schema| schema.pointer_mut("/properties/area/type"))
    {
        *area = json!(["string", "null"]);
    }
    schemas.extend(graphql());
    schemas.insert("AggregateAnswer".to_owned(), aggregates());
    schemas.insert("ProblemCode".to_owned(), problem_code());
    for name in ["Problem", "Fault", "ProblemType", "ImportRejection"] {
        if let Some(property) = schemas.get_mut(name).and_then(|schema| schema.pointer_mut("/properties/code")) {
            *property = reference("schemas", "ProblemCode");
        }
    }
    let problem = import_problem(schemas.get("Problem"));
    schemas.insert("ImportProblem".to_owned(), problem);
    let value = pushed_value(schemas.get("PushedInput"));
    schemas.insert("PushedValue".to_owned(), value);
    let input = report_input(schemas.get("ReportDocument"));
    schemas.insert("ReportInput".to_owned(), input);
    Value::Object(schemas)
}

/// A body with another flattened into it becomes one object, which is what is sent.
fn merge(schema: &mut Value, all: &Map<String, Value>) {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array).cloned() else { return };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts {
        let name = part.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let part = name.and_then(|name| all.get(name)).unwrap_or(&part);
        properties.extend(part.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
        required.extend(part.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
    }
    *schema = json!({"type": "object", "properties": properties, "required": required});
}

/// What may be absent is never null, what is null is always there; and only bodies that are sent are closed.
fn refine(schema: &mut Value, sent: bool) {
    let Some(object) = schema.as_object_mut() else { return };
    if !sent {
        object.remove("additionalProperties");
    }
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else { return };
    properties.values_mut().for_each(lift);
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.iter().any(|known| known == name.as_str()))
    {
        never_null(property);
    }
}

/// What is said of a member is said of the member, not of one of its choices.
fn lift(property: &mut Value) {
    let told =
        property.pointer_mut("/oneOf/0").and_then(Value::as_object_mut).and_then(|first| first.remove("description"));
    if let (Some(property), Some(told)) = (property.as_object_mut(), told) {
        property.insert("description".to_owned(), told);
    }
}

fn never_null(property: &mut Value) {
    let Some(object) = property.as_object_mut() else { return };
    if let Some(kinds) = object.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let choices = object.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut choices = choices.into_iter().filter(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
    if let (Some(Value::Object(only)), None) = (choices.next(), choices.next()) {
        object.remove("oneOf");
        object.extend(only);
    }
}

fn list(item: &str) -> Value {
    json!({
        "type": "object",
        "required": ["epoch", "revision", "items", "nextCursor"],
        "properties": {
            "epoch": {"type": "string", "description": "The line of revisions; a new one begins when a backup is restored."},
            "revision": {"type": "integer", "format": "int64", "minimum": 0, "description": "What the answer is as of."},
            "items": {"type": "array", "maxItems": crate::domain::page::MAX_LIMIT, "items": reference("schemas", item)},
            "nextCursor": {"type": ["string", "null"], "description": "For the next page; null on the last."},
        },
    })
}

/// A list whose cursor holds over revisions.
fn present(item: &str) -> Value {
    let mut whole = list(item);
    for name in ["epoch", "revision"] {
        if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove(name);
        }
        if let Some(required) = whole.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|known| known != name);
        }
    }
    whole
}

fn aggregates() -> Value {
    let mut whole = list("Aggregate");
    if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("nextCursor");
        let either = ["Aggregate", "CompactAggregate"].map(|name| reference("schemas", name));
        properties.insert("items".to_owned(), json!({"type": "array", "items": {"anyOf": either}}));
    }
    if let Some(required) = whole.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "nextCursor");
    }
    whole
}

/// A document as it is sent: ward and quarter stand in the address, and figures are as people enter them.
fn report_input(document: Option<&Value>) -> Value {
    let mut input = document.cloned().unwrap_or_default();
    if let Some(object) = input.as_object_mut() {
        object.remove("required");
        object.insert("additionalProperties".to_owned(), json!(false));
        object.insert("description".to_owned(), json!("A report as a ward sends it."));
    }
    if let Some(figures) = input.pointer_mut("/properties/observations/items") {
        *figures = reference("schemas", "FigureInput");
    }
    input
}

/// A file that cannot be published: the problem, with the report where the file could be told into rows.
fn import_problem(problem: Option<&Value>) -> Value {
    let mut whole = problem.cloned().unwrap_or_default();
    if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("report".to_owned(), reference("schemas", "ImportReport"));
    }
    whole
}

/// A figure whose ward, quarter and indicator stand in the address.
fn pushed_value(row: Option<&Value>) -> Value {
    let mut value = row.cloned().unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("required");
    }
    for name in ["ward", "quarter", "indicator"] {
        if let Some(properties) = value.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove(name);
        }
    }
    value
}

fn problem_code() -> Value {
    let codes = Code::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>();
    json!({"type": "string", "enum": codes, "description": "A machine-readable reason. Stable: branch on it."})
}

fn graphql() -> [(String, Value); 2] {
    let object = || json!({"type": ["object", "null"]});
    let request = json!({
        "type": "object",
        "properties": {
            "query": {"type": ["string", "null"], "description": "The document; needed unless `extensions` name one that is known."},
            "operationName": {"type": ["string", "null"], "description": "Which of its operations."},
            "variables": object(),
            "extensions": {
                "type": ["object", "null"],
                "description": "`persistedQuery: {version: 1, sha256Hash}` names the document by its SHA-256.",
            },
        },
    });
    let error = json!({
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": {"type": "string"},
            "locations": {"type": "array", "items": {"type": "object"}},
            "path": {"type": "array", "items": {"type": ["string", "integer"]}},
            "extensions": {"type": "object", "description": "With the `code` and the `status` of the problem over REST."},
        },
    });
    let answer = json!({
        "type": "object",
        "properties": {"data": object(), "errors": {"type": "array", "minItems": 1, "items": error}},
    });
    [("GraphqlRequest".to_owned(), request), ("GraphqlAnswer".to_owned(), answer)]
}
