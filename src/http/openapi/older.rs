//! From OpenAPI 3.1 to 3.0.3: what JSON Schema 2020-12 says in words that the older version lacks.

use serde_json::{Map, Value, json};

/// Rewrites a document of ours; it knows the keywords that we use, not all there are.
pub(super) fn from_3_1(mut document: Value) -> Value {
    if let Value::Object(root) = &mut document {
        root.insert("openapi".to_owned(), json!("3.0.3"));
    }
    if let Some(Value::Object(info)) = document.get_mut("info") {
        info.remove("summary");
        if let Some(Value::Object(license)) = info.get_mut("license") {
            license.remove("identifier");
            license.insert("url".to_owned(), json!("https://www.apache.org/licenses/LICENSE-2.0"));
        }
    }
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    walk(&mut document, false, &schemas);
    document
}

/// Where members are named by us and are no keywords.
const NAMED: [&str; 6] = ["examples", "headers", "parameters", "paths", "properties", "schemas"];
/// What is shown or compared, whatever its members are called.
const DATA: [&str; 4] = ["default", "enum", "example", "value"];

fn walk(value: &mut Value, named: bool, schemas: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, false, schemas)),
        Value::Object(object) => {
            for (name, inner) in object.iter_mut().filter(|(name, _)| named || !DATA.contains(&name.as_str())) {
                walk(inner, !named && NAMED.contains(&name.as_str()), schemas);
            }
            if !named {
                rewrite(object, schemas);
            }
        }
        _ => {}
    }
}

fn rewrite(object: &mut Map<String, Value>, schemas: &Value) {
    if object.contains_key("$ref") && object.len() > 1 {
        wrap_reference(object);
    }
    nullable(object, schemas);
    one_example(object);
    if object.remove("contentMediaType").is_some() {
        object.insert("format".to_owned(), json!("binary"));
    }
    if let Some(only) = object.remove("const") {
        object.insert("enum".to_owned(), json!([only]));
    }
}

/// Beside `$ref` the older version reads nothing.
fn wrap_reference(object: &mut Map<String, Value>) {
    if let Some(target) = object.remove("$ref") {
        object.insert("allOf".to_owned(), json!([{"$ref": target}]));
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

fn nullable(object: &mut Map<String, Value>, schemas: &Value) {
    if let Some(Value::Array(kinds)) = object.get("type").cloned() {
        let (null, mut others): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|kind| kind == "null");
        if !null.is_empty() {
            object.insert("nullable".to_owned(), json!(true));
        }
        object.remove("type");
        if others.len() > 1 {
            let choices: Vec<_> = others.iter().map(|kind| json!({"type": kind})).collect();
            object.insert("anyOf".to_owned(), json!(choices));
        } else if let Some(only) = others.pop() {
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get("oneOf").cloned()
        && choices.iter().any(is_null)
    {
        let others: Vec<_> = choices.into_iter().filter(|choice| !is_null(choice)).collect();
        object.remove("oneOf");
        object.insert("nullable".to_owned(), json!(true));
        // Beside no type, `nullable` means nothing. Strictly `allOf` would still refuse null; this is what generators read.
        let named = others.first().and_then(|choice| choice.get("$ref")?.as_str()?.rsplit('/').next());
        if let (Some(name), 1) = (named, others.len())
            && let Some(kind) = schemas.get(name).and_then(|schema| schema.get("type"))
        {
            object.insert("type".to_owned(), kind.clone());
        }
        object.insert(if others.len() == 1 { "allOf" } else { "oneOf" }.to_owned(), json!(others));
    }
}

/// A schema's list of examples; the named examples of a parameter or an answer are an object and stay.
fn one_example(object: &mut Map<String, Value>) {
    if let Some(Value::Array(examples)) = object.get("examples").cloned() {
        object.remove("examples");
        if let Some(first) = examples.into_iter().next() {
            object.insert("example".to_owned(), first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_const_and_examples_are_said_the_older_way() {
        let mut schema = json!({
            "properties": {
                "count": {"type": ["integer", "null"], "examples": [1, 2]},
                "place": {"type": ["string", "integer"]},
                "kind": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Kind"}]},
                "unit": {"$ref": "#/components/schemas/Unit", "description": "What it is counted in."},
                "only": {"const": "ward"},
                "value": {"type": ["number", "null"]},
            },
        });
        walk(&mut schema, false, &json!({"Kind": {"type": "string", "enum": ["a", "b"]}}));
        assert_eq!(
            schema["properties"],
            json!({
                "count": {"type": "integer", "nullable": true, "example": 1},
                "place": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "kind": {"type": "string", "nullable": true, "allOf": [{"$ref": "#/components/schemas/Kind"}]},
                "unit": {"allOf": [{"$ref": "#/components/schemas/Unit"}], "description": "What it is counted in."},
                "only": {"enum": ["ward"]},
                "value": {"type": "number", "nullable": true},
            })
        );
    }
}
