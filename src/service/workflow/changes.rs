//! What an edit changed, as the audit trail keeps it: the figures and members that differ, before and after.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::auth::hexadecimal;
use crate::domain::observation::Observation;
use crate::domain::report::ReportDocument;
use crate::error::{Error, Result};

/// A member longer than this is kept as its digest: the trail shows that it changed, the versions show how.
const LONGEST: usize = 1_000;

/// The two sides of an edit, as JSON texts.
pub(super) fn changes(before: Option<&ReportDocument>, after: &ReportDocument) -> Result<(Option<String>, String)> {
    let (old, new) = (before.map(members).transpose()?.unwrap_or_default(), members(after)?);
    let (mut left, mut right) = (Map::new(), Map::new());
    for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
        let (was, is) = (old.get(name), new.get(name));
        if was == is {
            continue;
        }
        if let Some(was) = was {
            left.insert(name.clone(), shortened(was));
        }
        if let Some(is) = is {
            right.insert(name.clone(), shortened(is));
        }
    }
    Ok((before.map(|_| Value::Object(left).to_string()), Value::Object(right).to_string()))
}

/// The members of a document; every figure is a member of its own.
fn members(document: &ReportDocument) -> Result<Map<String, Value>> {
    let Value::Object(mut members) = serde_json::to_value(document).map_err(Error::internal)? else {
        return Err(Error::internal("a document that is no object"));
    };
    members.remove("observations");
    for figure in &document.observations {
        members.insert(figure.name(), json!(format!("{}{}", operator(figure), figure.value)));
    }
    Ok(members)
}

fn operator(figure: &Observation) -> &'static str {
    if figure.operator.is_bound() { figure.operator.as_str() } else { "" }
}

fn shortened(value: &Value) -> Value {
    let text = value.to_string();
    if text.len() <= LONGEST { value.clone() } else { json!({ "sha256": hexadecimal(&Sha256::digest(text)) }) }
}
