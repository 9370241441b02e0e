//! A guard in front of the library: fragments that spread one another are walked by its own checks without memory, so
//! that one kilobyte can keep a worker busy for minutes. Here each fragment is counted once.

use std::collections::HashMap;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

use crate::domain::text::escapes_nul;
use crate::error::{Code, Error, Text};
use crate::text;

/// Bytes of a document.
pub const MAX_TEXT: usize = 20_000;
/// Selections once every fragment is written out.
const MAX_WRITTEN_OUT: usize = 1_000;
/// Levels of selections; the standard introspection query has fourteen.
pub const MAX_DEPTH: usize = 16;
/// Fields under another name.
const MAX_ALIASES: usize = 50;
/// Directives on one element.
pub const MAX_DIRECTIVES: usize = 10;
/// Operations in a document.
const MAX_OPERATIONS: usize = 5;
/// Brackets within brackets, before the parser sees the text.
pub const MAX_NESTING: usize = 64;

/// A document that may be executed.
#[derive(Debug)]
pub struct Guarded {
    /// The parsed document.
    pub document: ExecutableDocument,
    /// Whether the operation to execute is a mutation.
    pub is_mutation: bool,
}

/// Why a document is not executed.
#[derive(Debug)]
pub enum Refusal {
    /// It is no GraphQL.
    Syntax(Box<async_graphql::parser::Error>),
    /// It costs too much.
    Cost(Box<Error>),
}

/// What a selection set costs, fragments written out.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    size: usize,
    depth: usize,
    aliases: usize,
}

impl Cost {
    const fn beside(self, other: Self) -> Self {
        Self {
            size: self.size.saturating_add(other.size),
            depth: if self.depth > other.depth { self.depth } else { other.depth },
            aliases: self.aliases.saturating_add(other.aliases),
        }
    }
}

fn too_much(what: Text) -> Refusal {
    Refusal::Cost(Box::new(Error::new(Code::QueryTooExpensive, what)))
}

/// Parses a document and refuses one that is too large in any of the ways that the limits name.
///
/// # Errors
/// [`Refusal`].
pub fn guard(text: &str, operation: Option<&str>) -> Result<Guarded, Refusal> {
    let bytes = text.len();
    if bytes > MAX_TEXT {
        return Err(too_much(text!(
            "Truy vấn dài {bytes} byte; tối đa {MAX_TEXT}.",
            "The query has {bytes} bytes; at most {MAX_TEXT}."
        )));
    }
    if escapes_nul(text) {
        let detail = text!("Truy vấn có ký tự NUL.", "The query contains the character NUL.");
        return Err(Refusal::Cost(Box::new(Error::new(Code::MalformedRequest, detail))));
    }
    if nesting(text) > MAX_NESTING {
        return Err(too_much(text!(
            "Truy vấn lồng quá {MAX_NESTING} cấp ngoặc.",
            "The query nests more than {MAX_NESTING} brackets."
        )));
    }
    let document = parse_query(text).map_err(|error| Refusal::Syntax(Box::new(error)))?;
    let count = document.operations.iter().count();
    if count > MAX_OPERATIONS {
        return Err(too_much(text!(
            "Có {count} thao tác; tối đa {MAX_OPERATIONS}.",
            "There are {count} operations; at most {MAX_OPERATIONS}."
        )));
    }
    let mut walk = Walk { document: &document, known: HashMap::new() };
    let mut total = Cost::default();
    for (_, definition) in document.operations.iter() {
        total = total.beside(walk.set(&definition.node.selection_set)?);
    }
    // A fragment that nothing spreads is still parsed and validated, so it counts as well.
    let names: Vec<Name> = document.fragments.keys().cloned().collect();
    for name in names {
        total = total.beside(walk.fragment(&name)?);
    }
    let Cost { size, depth, aliases } = total;
    if size > MAX_WRITTEN_OUT {
        return Err(too_much(text!(
            "Viết đầy đủ, truy vấn có {size} trường; tối đa {MAX_WRITTEN_OUT}.",
            "Written out, the query has {size} fields; at most {MAX_WRITTEN_OUT}."
        )));
    }
    if depth > MAX_DEPTH {
        return Err(too_much(text!(
            "Truy vấn sâu {depth} cấp; tối đa {MAX_DEPTH}.",
            "The query is {depth} levels deep; at most {MAX_DEPTH}."
        )));
    }
    if aliases > MAX_ALIASES {
        return Err(too_much(text!(
            "Truy vấn có {aliases} bí danh; tối đa {MAX_ALIASES}.",
            "The query has {aliases} aliases; at most {MAX_ALIASES}."
        )));
    }
    let is_mutation = document
        .operations
        .iter()
        .filter(|(name, _)| operation.is_none_or(|wanted| name.is_some_and(|name| name.as_str() == wanted)))
        .any(|(_, definition)| definition.node.ty == OperationType::Mutation);
    Ok(Guarded { document, is_mutation })
}

/// The deepest nesting of brackets outside strings and comments.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut in_comment, mut escaped) = (false, false, false);
    for byte in text.bytes() {
        match byte {
            b'\n' => {
                in_comment = false;
                escaped = false;
            }
            _ if in_comment => {}
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'#' => in_comment = true,
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    /// The cost of each fragment; nothing while it is being counted, which is how a cycle shows.
    known: HashMap<Name, Option<Cost>>,
}

impl Walk<'_> {
    fn set(&mut self, set: &Positioned<SelectionSet>) -> Result<Cost, Refusal> {
        let mut total = Cost::default();
        for selection in &set.node.items {
            let cost = match &selection.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set)?;
                    let own =
                        Cost { size: 1, depth: inner.depth + 1, aliases: usize::from(field.node.alias.is_some()) };
                    Cost {
                        size: own.size.saturating_add(inner.size),
                        aliases: own.aliases.saturating_add(inner.aliases),
                        ..own
                    }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            total = total.beside(cost);
        }
        Ok(total)
    }

    fn fragment(&mut self, name: &Name) -> Result<Cost, Refusal> {
        match self.known.get(name) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => {
                return Err(too_much(text!("Mảnh {name} tự gọi lại chính nó.", "The fragment {name} spreads itself.")));
            }
            None => {}
        }
        // An unknown fragment is the validator's to report.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Cost::default()) };
        self.known.insert(name.clone(), None);
        let cost = self.set(&fragment.node.selection_set)?;
        self.known.insert(name.clone(), Some(cost));
        Ok(cost)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Instant;

    use super::*;

    fn refused(text: &str) -> bool {
        matches!(guard(text, None), Err(Refusal::Cost(_)))
    }

    #[test]
    fn chains_of_fragments_are_refused_in_no_time() {
        for (steps, spreads) in [(30, 2), (12, 5), (100, 3)] {
            let mut text = String::from("{ ...f0 }");
            for step in 0..steps {
                let next = format!("...f{} ", step + 1).repeat(spreads);
                write!(text, " fragment f{step} on Query {{ {next} }}").unwrap();
            }
            write!(text, " fragment f{steps} on Query {{ head {{ revision }} }}").unwrap();
            let started = Instant::now();
            assert!(refused(&text), "{steps} × {spreads}");
            assert!(started.elapsed().as_secs() < 1);
        }
    }

    #[test]
    fn cycles_floods_and_depths_are_refused() {
        assert!(refused("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"));
        let aliases: String = (0..51).fold(String::new(), |text, at| format!("{text} a{at}: head {{ epoch }}"));
        assert!(refused(&format!("{{{aliases}}}")));
        let deep = format!("{}x{}", "{ parent ".repeat(20), " }".repeat(20));
        assert!(refused(&deep));
        assert!(refused(&format!("{{ a(b: {}1{}) }}", "[".repeat(5_000), "]".repeat(5_000))));
        assert!(refused(&" ".repeat(MAX_TEXT + 1)));
        assert!(matches!(guard("{", None), Err(Refusal::Syntax(_))));
    }

    #[test]
    fn an_honest_query_passes() {
        let guarded = guard("query A { head { revision } } mutation B { deleteSession }", Some("A")).unwrap();
        assert!(!guarded.is_mutation);
        assert!(guard("mutation { deleteSession }", None).unwrap().is_mutation);
    }
}
