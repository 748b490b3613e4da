//! Logical ids that mean one resource of the whole system: relative within a stack, absolute outside of it.

use crate::template::declared::{Connection, Declared};
use crate::template::{Node, Piece, Value};

/// Stands before and between the parts of an absolute id; no logical id contains it.
const SEPARATOR: char = '/';

/// What a stack hands out, its own resources named absolutely.
pub(super) fn absolute(value: &Value, stack: &str) -> Value {
    let mut value = value.clone();
    each_reference(&mut value, &|resource| {
        if !resource.starts_with(SEPARATOR) {
            *resource = format!("{SEPARATOR}{}", joined(stack, resource));
        }
    });
    value
}

/// The id of a stack's resource in the system; in the only root that is its logical id.
pub(super) fn joined(stack: &str, resource: &str) -> String {
    if stack.is_empty() { resource.to_owned() } else { format!("{stack}{SEPARATOR}{resource}") }
}

/// The ids of a stack's resources, connections and references as the whole system knows them.
pub(super) fn settle(stack: &str, declared: &mut [Declared], connections: &mut [Connection]) {
    for resource in declared {
        let id = joined(stack, &resource.logical_id);
        if resource.name == resource.logical_id {
            resource.name.clone_from(&id);
        }
        resource.logical_id = id;
        settle_node(&mut resource.properties, stack);
    }
    for connection in connections {
        connection.from = joined(stack, &connection.from);
        connection.to = joined(stack, &connection.to);
    }
}

fn settle_node(node: &mut Node, stack: &str) {
    each_reference(&mut node.value, &|resource| {
        *resource = match resource.strip_prefix(SEPARATOR) {
            Some(absolute) => absolute.to_owned(),
            None => joined(stack, resource),
        };
    });
}

/// Changes the resource of every reference in a value. The depth of values is bounded where they are made.
fn each_reference(value: &mut Value, change: &dyn Fn(&mut String)) {
    match value {
        Value::Reference(reference) => change(&mut reference.resource),
        Value::Mixed(pieces) => {
            for piece in pieces {
                match piece {
                    Piece::Reference(reference) => change(&mut reference.resource),
                    Piece::Text(_) | Piece::Unknown(_) => {}
                }
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| each_reference(&mut item.value, change)),
        Value::Map(entries) => {
            for entry in entries {
                each_reference(&mut entry.node.value, change);
            }
        }
        Value::Unknown(unknown) => {
            unknown.possible.iter_mut().for_each(|one| each_reference(&mut one.value, change));
        }
        Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Reference;

    fn reference(resource: &str) -> Value {
        Value::Reference(Reference { resource: resource.to_owned(), attribute: None })
    }

    #[test]
    fn what_leaves_a_stack_is_absolute_once() {
        assert_eq!(absolute(&reference("Queue"), "orders"), reference("/orders/Queue"));
        assert_eq!(absolute(&reference("Queue"), ""), reference("/Queue"));
        assert_eq!(absolute(&reference("/orders/Queue"), "billing"), reference("/orders/Queue"));
    }
}
