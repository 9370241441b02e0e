//! What the document shows: answers of the demonstration, shortened, and one problem a code.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::error::{Code, Language};

/// The example of an operation's answer, or of its body (`operation.body`). Tests hold them to their schemas.
pub(super) fn of(name: &str) -> Option<Value> {
    static ALL: OnceLock<Value> = OnceLock::new();
    let all = ALL.get_or_init(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());
    all.get(name).cloned()
}

/// A problem of each of these codes.
pub(super) fn problems(codes: &[Code]) -> Value {
    let problems = codes.iter().map(|code| {
        let title = code.title(Language::En);
        let value = json!({
            "type": format!("/problems/{}", code.as_str()),
            "title": title,
            "status": code.status(),
            "detail": format!("{title}."),
            "instance": "urn:uuid:0193f2a4-7c1e-7b43-9c5b-3f8a2d6e1b90",
            "code": code.as_str(),
        });
        (code.as_str().to_owned(), json!({"summary": title, "value": value}))
    });
    Value::Object(problems.collect::<Map<_, _>>())
}
