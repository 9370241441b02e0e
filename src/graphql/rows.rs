//! Long lists of rows, resolved one field after the other.
//!
//! The library boxes a future for every field of every row and polls them in a set, which is what most of a large answer
//! costs; nothing in these rows waits for anything, so there is nothing to run side by side.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::resolve_list;
use async_graphql::{ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value};

/// A list of objects whose fields are at hand; in the schema it is a plain list.
pub struct Rows<T>(pub Vec<T>);

impl<T: ContainerType> OutputType for Rows<T> {
    fn type_name() -> Cow<'static, str> {
        Vec::<T>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<T>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<T>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let Some(columns) = columns::<T>(context) else {
            return resolve_list(context, field, &self.0, Some(self.0.len())).await;
        };
        let keys = columns.iter().map(|column| (column.node.response_key().node.clone(), Value::Null));
        // Cloning a map hashes nothing.
        let empty: IndexMap<Name, Value> = keys.collect();
        if empty.len() < columns.len() {
            // The same field twice is merged, which the library knows how to do.
            return resolve_list(context, field, &self.0, Some(self.0.len())).await;
        }
        let mut rows = Vec::with_capacity(self.0.len());
        for (at, row) in self.0.iter().enumerate() {
            let context = context.with_index(at);
            let mut object = empty.clone();
            for (column, value) in columns.iter().zip(object.values_mut()) {
                *value = if column.node.name.node == "__typename" {
                    Value::String(T::type_name().into_owned())
                } else {
                    row.resolve_field(&context.with_field(column)).await?.unwrap_or_default()
                };
            }
            rows.push(Value::Object(object));
        }
        Ok(Value::List(rows))
    }
}

/// The fields that are asked of each row, fragments written out; nothing where a fragment is for another type, or a
/// directive stands at a field, which is the library's business.
fn columns<'a, T: OutputType>(context: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
    let mut found = Vec::new();
    write_out(context, &context.item.node, &T::type_name(), &mut found)?;
    Some(found)
}

fn write_out<'a>(
    context: &ContextSelectionSet<'a>,
    set: &'a SelectionSet,
    row: &str,
    into: &mut Vec<&'a Positioned<Field>>,
) -> Option<()> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) if field.node.directives.is_empty() => into.push(field),
            Selection::Field(_) => return None,
            Selection::InlineFragment(fragment) => {
                let fragment = &fragment.node;
                let of_row = fragment.type_condition.as_ref().is_none_or(|condition| condition.node.on.node == row);
                of_row.then_some(())?;
                write_out(context, &fragment.selection_set.node, row, into)?;
            }
            Selection::FragmentSpread(spread) => {
                let fragment = &context.query_env.fragments.get(&spread.node.fragment_name.node)?.node;
                (fragment.type_condition.node.on.node == row).then_some(())?;
                write_out(context, &fragment.selection_set.node, row, into)?;
            }
        }
    }
    Some(())
}
