//! What a document costs: how large it is once every fragment is written out, and how many values its answer may have,
//! where a list counts with the length that is asked for.

use std::collections::HashMap;
use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value};

use super::guard::{Refusal, too_much};
use crate::domain::page::{DEFAULT_LIMIT, MAX_LIMIT, outside};
use crate::domain::quarter::Quarter;
use crate::service::read::{MAX_INDICATORS, MAX_QUARTERS};
use crate::text;

/// How many items a list is counted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    /// What `first` or `last` say.
    Page,
    /// As many as the argument has.
    Argument(&'static str),
    /// Indicators times quarters, times wards in a breakdown.
    Aggregates,
    /// About so many.
    About(usize),
}

/// Every list of the schema by its field, lists of words apart; a test holds them together. A connection is counted at the field that takes
/// its page, so that `nodes` and `edges` within count once.
const LISTS: &[(&str, Length)] = &[
    ("areas", Length::Page),
    ("wards", Length::Page),
    ("quarters", Length::Page),
    ("indicators", Length::Page),
    ("observations", Length::Page),
    ("reports", Length::Page),
    ("history", Length::Page),
    ("auditTrail", Length::Page),
    ("nodes", Length::Argument("ids")),
    ("edges", Length::About(1)),
    ("aggregates", Length::Aggregates),
    ("missing", Length::About(3)),
    ("contested", Length::About(1)),
    ("reasons", Length::About(1)),
    ("successors", Length::About(4)),
    ("predecessors", Length::About(4)),
    ("mentions", Length::About(2)),
    ("citedActs", Length::About(25)),
    ("claims", Length::About(5)),
    ("issuedDocuments", Length::About(15)),
    ("projects", Length::About(10)),
    ("roles", Length::About(1)),
    ("narrative", Length::About(20)),
    ("limitations", Length::About(5)),
    ("tasks", Length::About(10)),
    ("findings", Length::About(30)),
    ("figures", Length::About(3)),
    ("repairs", Length::About(2)),
    ("changes", Length::About(2)),
    ("restate", Length::About(2)),
    ("actions", Length::About(4)),
    ("blockedBy", Length::About(10)),
    ("offers", Length::About(20)),
    ("deadlines", Length::About(3)),
    ("extensions", Length::About(5)),
    ("items", Length::About(50)),
    // Introspection nests without end as well: a type has fields, which have types.
    ("types", Length::About(70)),
    ("fields", Length::About(8)),
    ("args", Length::About(1)),
    ("enumValues", Length::About(3)),
    ("inputFields", Length::About(1)),
    ("possibleTypes", Length::About(1)),
    ("interfaces", Length::About(1)),
    ("directives", Length::About(4)),
];

/// Wards in a breakdown: what a town has.
const WARDS: usize = 20;

/// What a selection set costs, fragments written out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// Selections.
    pub size: usize,
    /// Levels.
    pub depth: usize,
    /// Fields under another name.
    pub aliases: usize,
    /// Values in the answer, about.
    pub values: usize,
    /// Whether the schema is asked about itself.
    pub introspects: bool,
}

impl Cost {
    const fn beside(self, other: Self) -> Self {
        Self {
            size: self.size.saturating_add(other.size),
            depth: if self.depth > other.depth { self.depth } else { other.depth },
            aliases: self.aliases.saturating_add(other.aliases),
            values: self.values.saturating_add(other.values),
            introspects: self.introspects || other.introspects,
        }
    }
}

/// Counts a document; of its operations, only the values of the one to be executed.
pub(super) fn count(
    document: &ExecutableDocument,
    executed: Option<&OperationDefinition>,
    variables: &serde_json::Map<String, serde_json::Value>,
) -> Result<Cost, Refusal> {
    let mut walk = Walk { document, executed, variables, known: HashMap::new() };
    let mut total = Cost::default();
    for (_, definition) in document.operations.iter() {
        let cost = walk.set(&definition.node.selection_set)?;
        let is_executed = executed.is_some_and(|executed| std::ptr::eq(executed, &raw const definition.node));
        total = total.beside(Cost { values: if is_executed { cost.values } else { 0 }, ..cost });
    }
    // A fragment that nothing spreads is still parsed and validated, so it counts as well.
    let names: Vec<Name> = document.fragments.keys().cloned().collect();
    for name in names {
        total = total.beside(Cost { values: 0, ..walk.fragment(&name)? });
    }
    Ok(total)
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    executed: Option<&'d OperationDefinition>,
    variables: &'d serde_json::Map<String, serde_json::Value>,
    /// The cost of each fragment; nothing while it is being counted, which is how a cycle shows.
    known: HashMap<Name, Option<Cost>>,
}

impl Walk<'_> {
    fn set(&mut self, set: &Positioned<SelectionSet>) -> Result<Cost, Refusal> {
        let mut total = Cost::default();
        for selection in &set.node.items {
            let cost = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            total = total.beside(cost);
        }
        Ok(total)
    }

    fn field(&mut self, field: &Field) -> Result<Cost, Refusal> {
        let inner = self.set(&field.selection_set)?;
        let values = match self.length(field)? {
            None => inner.values,
            Some(items) => items.saturating_mul(inner.values.saturating_add(1)),
        };
        Ok(Cost {
            size: inner.size.saturating_add(1),
            depth: inner.depth + 1,
            aliases: inner.aliases.saturating_add(usize::from(field.alias.is_some())),
            values: values.saturating_add(1),
            introspects: inner.introspects || matches!(field.name.node.as_str(), "__schema" | "__type"),
        })
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

    /// How many items a field is counted with; nothing where it is no list.
    fn length(&self, field: &Field) -> Result<Option<usize>, Refusal> {
        if field.selection_set.node.items.is_empty() {
            // A single value, such as the number of `wards` of a mean.
            return Ok(None);
        }
        let Some((_, length)) = LISTS.iter().find(|(name, _)| field.name.node == *name) else { return Ok(None) };
        let items = match length {
            Length::About(items) => *items,
            Length::Argument(name) => self.items(field, name).unwrap_or(1).clamp(1, MAX_LIMIT),
            Length::Page => {
                let largest = self.size(field, "first")?.max(self.size(field, "last")?);
                // Beyond the bounds the field is refused and answers nothing.
                largest.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
            }
            Length::Aggregates => {
                let indicators = self.items(field, "indicators").unwrap_or(1).clamp(1, MAX_INDICATORS);
                let end = |name| self.given(field, name)?.as_str()?.parse::<Quarter>().ok();
                let range = end("from").zip(end("to")).map(|(from, to)| from.through(to).count());
                let quarters = self.size(field, "last")?.or(range).unwrap_or(1);
                let by_ward = self.given(field, "byWard").and_then(|value| value.as_bool()).unwrap_or_default();
                let wards = if by_ward { WARDS } else { 1 };
                indicators * quarters.clamp(1, MAX_QUARTERS) * wards
            }
        };
        Ok(Some(items))
    }

    /// The size of a page. The library's validation lets a number pass that no Int can hold, and its execution then
    /// drops the whole answer; so such a number is refused here.
    fn size(&self, field: &Field, name: &str) -> Result<Option<usize>, Refusal> {
        let Some(serde_json::Value::Number(number)) = self.given(field, name) else { return Ok(None) };
        match number.as_i64().and_then(|number| i32::try_from(number).ok()) {
            Some(size) => Ok(Some(usize::try_from(size).unwrap_or_default())),
            None => Err(Refusal::Cost(Box::new(outside(name)))),
        }
    }

    /// How many items a list argument has.
    fn items(&self, field: &Field, name: &str) -> Option<usize> {
        self.given(field, name)?.as_array().map(Vec::len)
    }

    /// What an argument is given as, variables filled in.
    fn given(&self, field: &Field, name: &str) -> Option<serde_json::Value> {
        let written = field.get_argument(name)?.node.clone();
        let filled = written.into_const_with(|variable| Ok::<_, Infallible>(self.variable(&variable)));
        filled.ok()?.into_json().ok()
    }

    /// What a variable holds: what is sent, or its default in the operation, or null.
    fn variable(&self, name: &Name) -> Value {
        if let Some(sent) = self.variables.get(name.as_str()) {
            return Value::from_json(sent.clone()).unwrap_or_default();
        }
        let definitions = self.executed.map_or(&[][..], |executed| &executed.variable_definitions);
        let definition = definitions.iter().find(|definition| definition.node.name.node == *name);
        definition.and_then(|definition| definition.node.default_value().cloned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_the_schema_is_counted() {
        let sdl = crate::graphql::sdl();
        let fields = sdl.lines().filter_map(|line| line.strip_prefix('\t')?.split_once(": "));
        let is_list = |kind: &str| (kind.starts_with('[') && kind != "[String!]!") || kind.contains("Connection");
        let lists = fields.filter(|(_, kind)| is_list(kind.rsplit(": ").next().unwrap_or(kind)));
        let names: Vec<_> = lists.map(|(field, _)| field.split('(').next().unwrap_or(field)).collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(LISTS.iter().any(|(known, _)| *known == name), "{name} is a list without a length");
        }
    }
}
