//! One operation of the document, and everything that operations have in common: added here, so that no row of the table
//! repeats it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::examples;
use crate::domain::policy::{Action, Grant, Role, grant};
use crate::error::{Code, Language};

/// What every request can be refused with: its token, its query string, its rate, and our own faults.
const EVERYWHERE: [Code; 9] = [
    Code::MalformedRequest,
    Code::NotUtf8,
    Code::UnknownParameter,
    Code::DuplicateParameter,
    Code::InvalidParameter,
    Code::InvalidToken,
    Code::TooManyRequests,
    Code::Internal,
    Code::Unavailable,
];
/// What every body can be refused with.
const BODY: [Code; 6] = [
    Code::MalformedRequest,
    Code::MalformedJson,
    Code::InvalidBody,
    Code::RequestTimeout,
    Code::PayloadTooLarge,
    Code::UnsupportedMediaType,
];

pub(super) struct Operation {
    pub path: &'static str,
    pub method: &'static str,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<&'static str>,
    body: Option<Value>,
    answers: Map<String, Value>,
    refusals: Vec<Code>,
    action: Action,
    cached: bool,
}

impl Operation {
    pub fn new(method: &'static str, path: &'static str, id: &'static str, tag: &'static str) -> Self {
        Self {
            path,
            method,
            id,
            tag,
            summary: "",
            description: "",
            parameters: Vec::new(),
            body: None,
            answers: Map::new(),
            refusals: EVERYWHERE.to_vec(),
            action: Action::ServiceDescribe,
            cached: false,
        }
    }

    pub const fn says(mut self, summary: &'static str, description: &'static str) -> Self {
        self.summary = summary;
        self.description = description;
        self
    }

    /// The action of the policy table that the handler asks for.
    pub fn needs(mut self, action: Action) -> Self {
        self.action = action;
        if grant(Role::Public, action) == Grant::No {
            self.refusals.push(Code::Unauthenticated);
            self.refusals.push(Code::Forbidden);
        }
        self
    }

    /// Parameters, by their name among the components.
    pub fn takes(mut self, parameters: &[&'static str]) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A JSON body, shown by its example.
    pub fn reads(mut self, schema: &str) -> Self {
        let media =
            json!({"schema": reference("schemas", schema), "example": examples::of(&format!("{}.body", self.id))});
        self.body = Some(json!({"required": true, "content": {"application/json": media}}));
        self.refusals.extend(BODY);
        self
    }

    /// Any other body, by media type.
    pub fn reads_as(mut self, content: Value) -> Self {
        self.body = Some(json!({"required": true, "content": content}));
        self.refusals.extend(BODY);
        self
    }

    /// What a successful answer of another status than 200 is shown by.
    pub fn example(&self, status: u16) -> Option<Value> {
        examples::of(&format!("{}.{status}", self.id))
    }

    /// An answer in JSON, shown by its example.
    pub fn answers(self, status: u16, about: &str, schema: Value) -> Self {
        let name = if status == 200 { self.id.to_owned() } else { format!("{}.{status}", self.id) };
        let mut media = json!({"schema": schema});
        if let (Value::Object(media), Some(example)) = (&mut media, examples::of(&name)) {
            media.insert("example".to_owned(), example);
        }
        self.answers_with(status, about, json!({"application/json": media}), &["X-Request-Id"])
    }

    /// Any other answer, with the headers that it always has.
    pub fn answers_with(mut self, status: u16, about: &str, content: Value, headers: &[&str]) -> Self {
        let headers: Map<_, _> = headers.iter().map(|name| ((*name).to_owned(), reference("headers", name))).collect();
        let mut answer = json!({"description": about, "headers": headers});
        if let (Value::Object(answer), false) = (&mut answer, content.is_null()) {
            answer.insert("content".to_owned(), content);
        }
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// Answers 200 in another form too, for whoever would rather have that.
    pub fn answers_also(mut self, media_type: &str) -> Self {
        let media = json!({"schema": {"type": "string", "contentMediaType": media_type}});
        if let Some(Value::Object(content)) = self.answers.get_mut("200").and_then(|answer| answer.get_mut("content")) {
            content.insert(media_type.to_owned(), media);
        }
        self
    }

    /// Answers 200 with one more header.
    pub fn with_header(mut self, name: &str) -> Self {
        let added = (name.to_owned(), reference("headers", name));
        if let Some(Value::Object(headers)) = self.answers.get_mut("200").and_then(|answer| answer.get_mut("headers")) {
            headers.extend([added]);
        }
        self
    }

    /// Answers 200 with the tag of the state that it answers.
    pub fn tagged(self) -> Self {
        self.with_header("ETag")
    }

    /// Answers with an ETag, and 304 to a client that has the answer.
    pub fn cached(mut self, headers: &[&str]) -> Self {
        self.cached = true;
        self.parameters.push("IfNoneMatch");
        let added = ["ETag"].iter().chain(headers);
        let added = added.map(|name| ((*name).to_owned(), reference("headers", name)));
        if let Some(Value::Object(headers)) = self.answers.get_mut("200").and_then(|answer| answer.get_mut("headers")) {
            headers.extend(added);
        }
        self.answers_with(304, "What the client has is still so.", Value::Null, &["X-Request-Id", "ETag"])
    }

    /// The same for an address that answers so only what is read whole from one revision.
    pub fn cached_where_published(mut self) -> Self {
        self.parameters.push("IfNoneMatch");
        let mut tag = headers().get("ETag").cloned().unwrap_or_default();
        if let Value::Object(members) = &mut tag {
            members.insert("required".to_owned(), json!(false));
        }
        if let Some(Value::Object(headers)) = self.answers.get_mut("200").and_then(|answer| answer.get_mut("headers")) {
            headers.insert("ETag".to_owned(), tag);
        }
        self.answers_with(304, "What the client has is still so.", Value::Null, &["X-Request-Id", "ETag"])
    }

    pub fn refuses(mut self, codes: &[Code]) -> Self {
        self.refusals.extend(codes);
        self
    }

    /// The codes of the problems that it declares.
    pub fn problems(&self) -> impl Iterator<Item = Code> {
        let declared = |code: &&Code| !self.answers.contains_key(&code.status().to_string());
        self.refusals.iter().filter(declared).copied()
    }

    /// The operation object.
    pub fn describe(self) -> Value {
        let secured = grant(Role::Public, self.action) == Grant::No;
        let shared = ["AcceptLanguage", "RequestId"];
        let parameters = self.parameters.iter().chain(&shared).map(|name| reference("parameters", name));
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "parameters": parameters.collect::<Vec<_>>(),
            "security": if secured { json!([{"bearer": []}]) } else { json!([]) },
        });
        let mut responses = self.answers;
        for (status, codes) in by_status(&self.refusals) {
            // A status that the handler also answers in a form of its own keeps that form.
            responses.entry(status.to_string()).or_insert_with(|| refusal(status, &codes));
        }
        if let Value::Object(operation) = &mut operation {
            if let Some(body) = self.body {
                operation.insert("requestBody".to_owned(), body);
            }
            operation.insert("responses".to_owned(), Value::Object(responses));
        }
        operation
    }
}

pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn by_status(codes: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut found: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in Code::ALL.iter().filter(|code| codes.contains(code)) {
        found.entry(code.status()).or_default().push(*code);
    }
    found
}

fn refusal(status: u16, codes: &[Code]) -> Value {
    let told = codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title(Language::En)));
    let mut headers = vec!["X-Request-Id", "Content-Language"];
    match status {
        401 => headers.push("WWW-Authenticate"),
        405 => headers.push("Allow"),
        429 => headers.extend(["Retry-After", "RateLimit-Policy", "RateLimit"]),
        503 => headers.push("Retry-After"),
        _ => {}
    }
    let headers: Map<_, _> = headers.into_iter().map(|name| (name.to_owned(), reference("headers", name))).collect();
    let shown = codes.iter().map(|code| (code.as_str().to_owned(), reference("examples", code.as_str())));
    json!({
        "description": told.collect::<Vec<_>>().join(" "),
        "headers": headers,
        "content": {
            "application/problem+json": {
                "schema": reference("schemas", "Problem"),
                "examples": shown.collect::<Map<_, _>>(),
            },
        },
    })
}

/// The headers that answers carry.
pub(super) fn headers() -> Value {
    let header = |about: &str, required: bool, schema: Value| json!({"description": about, "required": required, "schema": schema});
    json!({
        "X-Request-Id": header(
            "The id of the request, for whoever looks into the log.",
            true,
            json!({"type": "string", "pattern": "^[0-9A-Za-z-]{1,64}$"}),
        ),
        "ETag": header(
            "What this answer depends on: send it back in `If-None-Match`.",
            true,
            json!({"type": "string", "pattern": "^(W/)?\"[!#-~]+\"$"}),
        ),
        "Link": header(
            "The next page (RFC 8288), where there is one.",
            false,
            json!({"type": "string", "pattern": "^<[^>]+>; rel=\"next\"$"}),
        ),
        "Idempotent-Replayed": header(
            "There where an earlier request with the same key did the work.",
            false,
            json!({"type": "string", "enum": ["true"]}),
        ),
        "Location": header("Where what was made is.", true, json!({"type": "string", "format": "uri-reference"})),
        "Content-Disposition": header(
            "What the file is called (RFC 6266).",
            true,
            json!({"type": "string", "pattern": "^(attachment|inline); filename=\"[^\"]+\"; filename\\*=UTF-8''.+$"}),
        ),
        "Content-Language": header("The language of the answer.", true, json!({"type": "string", "enum": ["vi", "en"]})),
        "WWW-Authenticate": header("How to sign in (RFC 6750), or how a client proves itself.", true, json!({"type": "string", "pattern": "^(Bearer|Basic)"})),
        "Retry-After": header("Seconds after which to try again.", true, json!({"type": "integer", "minimum": 1})),
        "RateLimit-Policy": header(
            "How many requests in how many seconds a caller, or an address without one, may make.",
            false,
            json!({"type": "string", "pattern": "^\"(caller|address)\";q=[0-9]+;w=[0-9]+$"}),
        ),
        "RateLimit": header(
            "How many requests are left, and the seconds until all of them are.",
            false,
            json!({"type": "string", "pattern": "^\"(caller|address)\";r=[0-9]+;t=[0-9]+$"}),
        ),
        "Allow": header("The methods that the address has.", true, json!({"type": "string"})),
    })
}
