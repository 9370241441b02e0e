//! A guard in front of the library: fragments that spread one another are walked by its own checks without memory, so
//! that one kilobyte can keep a worker busy for minutes. Here each fragment is counted once, and a document that asks
//! for too much is refused before anything of it is validated or executed.

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::cost::{Cost, count};
use super::passed::{Judged, Known};
use crate::domain::text::escapes_nul;
use crate::error::{Code, Error, Text};
use crate::text;

/// Bytes of a document.
pub const MAX_TEXT: usize = 20_000;
/// Selections once every fragment is written out.
const MAX_WRITTEN_OUT: usize = 1_000;
/// Values in an answer, about, where lists count with the length asked for: 17 wards of 3 indicators in 12 quarters
/// with everything about them, or a page of 200; not pages of 200 within a page of 200.
const MAX_VALUES: usize = 100_000;
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
pub(super) struct Guarded {
    /// The parsed document.
    pub document: ExecutableDocument,
    /// What the operation to execute does.
    pub kind: OperationType,
    /// Whether the document asks the schema about itself.
    pub introspects: bool,
    /// What the library thought of it before, where the document is remembered.
    pub judged: Option<Judged>,
}

/// Why a document is not executed.
#[derive(Debug)]
pub enum Refusal {
    /// It is no GraphQL.
    Syntax(Box<async_graphql::parser::Error>),
    /// It costs too much, or lacks what it needs.
    Cost(Box<Error>),
}

pub(super) fn too_much(what: Text) -> Refusal {
    Refusal::Cost(Box::new(Error::new(Code::QueryTooExpensive, what)))
}

/// Bytes of text of the documents that are remembered, parsed.
const REMEMBERED_TEXT: u64 = 256 * 1024;

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Arc<Known>> for ByLength {
    fn weight(&self, text: &String, _: &Arc<Known>) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX)
    }
}

/// Documents that were parsed before: clients send the same few with other variables.
pub(super) struct Documents(Cache<String, Arc<Known>, ByLength>);

impl Documents {
    pub fn new() -> Self {
        Self(Cache::with_weighter(256, REMEMBERED_TEXT, ByLength))
    }

    /// Whether somebody may have written a password into a text: one that is not among the queries, and has a string.
    pub fn holds_secrets(&self, text: &str) -> bool {
        text.contains('"') && self.0.get(text).is_none()
    }

    /// The document of a text, and what is to be known of it; refuses one that is too large in any of the ways that the
    /// limits name.
    pub fn guard(
        &self,
        text: &str,
        operation: Option<&str>,
        variables: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Guarded, Refusal> {
        let known = if let Some(known) = self.0.get(text) {
            known
        } else {
            let document = parse(text)?;
            // A mutation may hold a password that somebody wrote into its text.
            if document.operations.iter().any(|(_, definition)| definition.node.ty == OperationType::Mutation) {
                return measure(document, operation, variables);
            }
            let parsed = Arc::new(Known::new(document));
            self.0.insert(text.to_owned(), Arc::clone(&parsed));
            parsed
        };
        let mut guarded = measure(known.document.clone(), operation, variables)?;
        guarded.judged = Judged::of(known, operation, variables);
        Ok(guarded)
    }
}

/// Parses a text that is not too large to be parsed.
fn parse(text: &str) -> Result<ExecutableDocument, Refusal> {
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
    parse_query(text).map_err(|error| Refusal::Syntax(Box::new(error)))
}

/// Counts what a document asks for, with the variables that it comes with.
fn measure(
    document: ExecutableDocument,
    operation: Option<&str>,
    variables: &serde_json::Map<String, serde_json::Value>,
) -> Result<Guarded, Refusal> {
    let operations = document.operations.iter().count();
    if operations > MAX_OPERATIONS {
        return Err(too_much(text!(
            "Có {operations} thao tác; tối đa {MAX_OPERATIONS}.",
            "There are {operations} operations; at most {MAX_OPERATIONS}."
        )));
    }
    let executed = executed(&document, operation);
    let Cost { size, depth, aliases, values, introspects } = count(&document, executed, variables)?;
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
    if values > MAX_VALUES {
        return Err(too_much(text!(
            "Câu trả lời có thể có {values} giá trị; tối đa {MAX_VALUES}. Hãy xin trang nhỏ hơn hoặc ít trường hơn.",
            "The answer may have {values} values; at most {MAX_VALUES}. Ask for smaller pages or fewer fields."
        )));
    }
    if let Some(missing) = executed.and_then(|operation| missing_variable(operation, variables)) {
        // The library would execute the rest and answer null where the variable stands.
        let detail = text!("Thiếu biến ${missing}.", "The variable ${missing} is missing.");
        return Err(Refusal::Cost(Box::new(Error::new(Code::MissingParameter, detail))));
    }
    let kind = executed.map_or(OperationType::Query, |definition| definition.ty);
    if let Some(told) = executed.filter(|definition| definition.ty == OperationType::Subscription) {
        let fields = roots(&document, &told.selection_set.node);
        if fields != 1 {
            // GraphQL, section 5.2.3.1; the library would begin them all.
            let detail = text!(
                "Một subscription có đúng một trường gốc; ở đây có {fields}.",
                "A subscription has exactly one root field; here are {fields}."
            );
            return Err(Refusal::Cost(Box::new(Error::new(Code::MalformedRequest, detail))));
        }
    }
    Ok(Guarded { document, kind, introspects, judged: None })
}

/// How many root fields a selection set has, written out: it was counted before, so it spreads no fragment without end.
fn roots(document: &ExecutableDocument, set: &SelectionSet) -> usize {
    let of = |selection: &Selection| match selection {
        Selection::Field(_) => 1,
        Selection::InlineFragment(fragment) => roots(document, &fragment.node.selection_set.node),
        Selection::FragmentSpread(spread) => {
            let fragment = document.fragments.get(&spread.node.fragment_name.node);
            fragment.map_or(0, |fragment| roots(document, &fragment.node.selection_set.node))
        }
    };
    set.items.iter().map(|selection| of(&selection.node)).sum()
}

/// A variable that an operation needs and does not get.
fn missing_variable<'d>(
    operation: &'d OperationDefinition,
    variables: &serde_json::Map<String, serde_json::Value>,
) -> Option<&'d str> {
    let needed = operation.variable_definitions.iter().map(|definition| &definition.node);
    let needed = needed.filter(|variable| !variable.var_type.node.nullable && variable.default_value.is_none());
    let mut names = needed.map(|variable| variable.name.node.as_str());
    names.find(|name| variables.get(*name).is_none_or(serde_json::Value::is_null))
}

/// The operation that is named, or the only one; nothing where that is not clear, which the library refuses.
pub(super) fn executed<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    let mut operations = document.operations.iter();
    match name {
        Some(wanted) => {
            let named = |known: Option<&async_graphql::Name>| known.is_some_and(|known| known.as_str() == wanted);
            operations.find(|(known, _)| named(*known)).map(|(_, definition)| &definition.node)
        }
        None => operations.next().filter(|_| operations.next().is_none()).map(|(_, definition)| &definition.node),
    }
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Instant;

    use super::*;

    fn guard(
        text: &str,
        operation: Option<&str>,
        variables: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Guarded, Refusal> {
        let documents = Documents::new();
        let first = documents.guard(text, operation, variables);
        let again = documents.guard(text, operation, variables);
        assert_eq!(first.is_ok(), again.is_ok(), "a remembered document is judged like a new one");
        again
    }

    fn with(text: &str, variables: serde_json::Value) -> Result<Guarded, Refusal> {
        guard(text, None, variables.as_object().unwrap())
    }

    fn passes(text: &str) -> bool {
        with(text, serde_json::json!({})).is_ok()
    }

    fn refused(text: &str) -> bool {
        matches!(with(text, serde_json::json!({})), Err(Refusal::Cost(_)))
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
        assert!(matches!(with("{", serde_json::json!({})), Err(Refusal::Syntax(_))));
    }

    #[test]
    fn an_honest_query_passes() {
        let two = "query A { head { revision } } mutation B { deleteSession }";
        let none = serde_json::Map::new();
        let kind = |text: &str, operation| guard(text, operation, &none).unwrap().kind;
        assert_eq!(kind(two, Some("A")), OperationType::Query);
        assert_eq!(kind(two, Some("B")), OperationType::Mutation);
        assert_eq!(kind("mutation { deleteSession }", None), OperationType::Mutation);
    }

    #[test]
    fn a_subscription_has_one_root_field() {
        assert!(passes("subscription { published { revision } }"));
        assert!(passes("subscription { ...P } fragment P on Subscription { ... { published { revision } } }"));
        for many in [
            "subscription { a: published { revision } b: published { revision } }",
            "subscription { published { revision } ...P } fragment P on Subscription { published { epoch } }",
            "subscription { ...P ...P } fragment P on Subscription { published { epoch } }",
        ] {
            assert!(refused(many), "{many}");
        }
    }

    #[test]
    fn a_dashboard_and_a_page_pass_and_pages_within_pages_do_not() {
        assert!(passes(
            "{ aggregates(area: \"222\", indicators: [\"a\", \"b\", \"c\"], from: \"2022-Q3\", to: \"2025-Q2\", byWard: true) {
                area { id code name kind } indicator { code nameVi nameEn unit } quarter value stated numerator denominator
                basis status nature synthetic method interval { lower upper } target { value referencePeriod source }
                coverage { expected reported included missing { area { id code name } reason } }
                change { previousQuarter { quarter difference from wards reason } previousYear { quarter difference from wards } }
                rank { position of tied } } }"
        ));
        let page =
            "totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id code name kind validFrom } }";
        assert!(passes(&format!("{{ areas(first: 200) {{ {page} }} }}")));
        let nest = |outer: &str, inner: &str| {
            format!("{{ quarters(first: {outer}) {{ nodes {{ reports(first: {inner}) {{ nodes {{ id }} }} }} }} }}")
        };
        assert!(refused(&nest("200", "200")));
        assert!(passes(&nest("10", "20")));
        assert!(refused(
            "{ areas(first: 200) { nodes { successors { area { successors { area { successors { area {
            successors { area { id } } } } } } } } } } }"
        ));
        assert!(refused(
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
        ));
    }

    #[test]
    fn variables_and_their_defaults_count() {
        let text = "query ($n: Int = 200) { quarters(first: $n) { nodes { reports(first: $n) { nodes { id } } } } }";
        assert!(matches!(with(text, serde_json::json!({})), Err(Refusal::Cost(_))));
        assert!(with(text, serde_json::json!({"n": 5})).is_ok());
        assert!(matches!(with(text, serde_json::json!({"n": 9_999_999_999_i64})), Err(Refusal::Cost(_))));
        assert!(with("query ($n: Int) { areas(first: $n) { totalCount } }", serde_json::json!({"n": -1})).is_ok());
        let nodes =
            "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Report { document { observations { value } } } } }";
        assert!(with(nodes, serde_json::json!({"ids": ["07792-1/2024-Q1"]})).is_ok());
        // Each operation has defaults of its own: those of the one that is executed count.
        let two = "query A($n: Int = 1) { ...Q } query B($n: Int = 200) { ...Q }
            fragment Q on Query { quarters(first: $n) { nodes { reports(first: $n) { nodes { id } } } } }";
        assert!(guard(two, Some("A"), &serde_json::Map::new()).is_ok());
        assert!(guard(two, Some("B"), &serde_json::Map::new()).is_err());
    }
}
