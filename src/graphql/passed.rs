//! Which documents the library has found nothing wrong with. Its rules cost as much as executing a small document, and judge
//! nothing but the document, the operation and what is sent for the variables.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::{BaseType, ExecutableDocument, VariableDefinition};
use serde_json::{Map, Value};

use super::guard::executed;

/// Shapes that are remembered of one document.
const REMEMBERED: usize = 8;
/// Bytes of a shape; a document that comes with more is judged each time.
const LONGEST: usize = 256;

/// What a document comes with, as far as the rules look at it: the operation, and each variable by its value, but a text
/// that stands for a text by its being one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape(String);

impl Shape {
    /// The shape; nothing where it would be too long, or where it is not said which operation is meant.
    pub fn of(document: &ExecutableDocument, operation: Option<&str>, variables: &Map<String, Value>) -> Option<Self> {
        let definition = executed(document, operation)?;
        let mut shape = operation.unwrap_or_default().to_owned();
        for VariableDefinition { name, var_type, .. } in definition.variable_definitions.iter().map(|each| &each.node) {
            let is_text =
                matches!(&var_type.node.base, BaseType::Named(name) if matches!(name.as_str(), "String" | "ID"));
            match variables.get(name.node.as_str()) {
                None => shape.push_str("\n-"),
                Some(Value::String(_)) if is_text => shape.push_str("\n\""),
                Some(value) => write!(shape, "\n={value}").ok()?,
            }
        }
        (shape.len() <= LONGEST).then_some(Self(shape))
    }
}

/// A document that was parsed before.
#[derive(Debug)]
pub(super) struct Known {
    /// The document.
    pub document: ExecutableDocument,
    passed: Passed,
}

impl Known {
    /// A document that nobody has judged yet.
    pub fn new(document: ExecutableDocument) -> Self {
        Self { document, passed: Passed::default() }
    }
}

/// A document, and the shape of what it comes with.
#[derive(Debug)]
pub(super) struct Judged {
    known: Arc<Known>,
    shape: Shape,
}

impl Judged {
    /// What a document comes with this time; nothing where it must be judged each time.
    pub fn of(known: Arc<Known>, operation: Option<&str>, variables: &Map<String, Value>) -> Option<Self> {
        Shape::of(&known.document, operation, variables).map(|shape| Self { known, shape })
    }

    /// Whether the library found nothing wrong with the like before.
    pub fn passed(&self) -> bool {
        self.known.passed.holds(&self.shape)
    }

    /// Remembers that it finds nothing wrong.
    pub fn pass(self) {
        self.known.passed.add(self.shape);
    }
}

/// The shapes with which a document passed.
#[derive(Debug, Default)]
struct Passed(Mutex<Vec<Shape>>);

impl Passed {
    pub fn holds(&self, shape: &Shape) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(shape)
    }

    pub fn add(&self, shape: Shape) {
        let mut shapes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shapes.contains(&shape) {
            return;
        }
        if shapes.len() == REMEMBERED {
            shapes.remove(0);
        }
        shapes.push(shape);
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn shape(text: &str, operation: Option<&str>, variables: &Value) -> Option<Shape> {
        Shape::of(&parse_query(text).unwrap(), operation, variables.as_object().unwrap())
    }

    #[test]
    fn only_texts_stand_for_one_another() {
        let text = "query A($s: String!, $n: Int, $k: AreaKind, $l: [String!]) { a } query B { b }";
        let of = |variables: Value| shape(text, Some("A"), &variables);
        assert_eq!(of(json!({"s": "x"})), of(json!({"s": "y", "unknown": 1})));
        for other in [
            json!({}),
            json!({"s": null}),
            json!({"s": 1}),
            json!({"s": "x", "n": 1}),
            json!({"s": "x", "n": 2}),
            json!({"s": "x", "k": "ward"}),
            json!({"s": "x", "l": ["x"]}),
            json!({"s": "x", "l": "x"}),
        ] {
            assert_ne!(of(json!({"s": "x"})), of(other.clone()), "{other}");
        }
        assert_ne!(of(json!({"s": "x", "k": "ward"})), of(json!({"s": "x", "k": "no kind"})));
        assert_ne!(of(json!({})), shape(text, Some("B"), &json!({})));
        assert_eq!(shape(text, None, &json!({})), None, "which of them is not said");
        assert_eq!(of(json!({"s": "x", "l": vec!["long"; 100]})), None);
    }

    #[test]
    fn so_many_shapes_are_remembered() {
        let (passed, of) = (Passed::default(), |at: usize| Shape(at.to_string()));
        (0..=REMEMBERED).chain([REMEMBERED]).for_each(|at| passed.add(of(at)));
        assert!(!passed.holds(&of(0)) && (1..=REMEMBERED).all(|at| passed.holds(&of(at))));
    }
}
