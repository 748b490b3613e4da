//! `Metadata: redrive:` of a resource, as it was written: what it means is for `scenario` to say.

use crate::template::tree::{known, render};
use crate::template::{Node, Value};
use crate::vocabulary::{Written, WrittenEntry, WrittenValue};

/// The key under `Metadata`.
const KEY: &str = "redrive";

/// What a resource's metadata says to redrive.
pub(crate) fn stated(metadata: &Node) -> Option<Written> {
    metadata.get(KEY).map(as_written)
}

/// A tree without functions; references stay as text.
fn as_written(node: &Node) -> Written {
    let value = match &known(node).value {
        Value::Null | Value::Unknown(_) => WrittenValue::Nothing,
        Value::Flag(flag) => WrittenValue::Flag(*flag),
        Value::Number(number) => WrittenValue::Number(number.clone()),
        Value::Text(text) => WrittenValue::Text(text.clone()),
        Value::Mixed(_) | Value::Reference(_) => WrittenValue::Text(render(node)),
        Value::List(items) => WrittenValue::List(items.iter().map(as_written).collect()),
        Value::Map(entries) => WrittenValue::Map(
            entries
                .iter()
                .map(|entry| WrittenEntry {
                    key: entry.key.clone(),
                    key_place: entry.key_place.clone(),
                    item: as_written(&entry.node),
                })
                .collect(),
        ),
    };
    Written { value, place: node.place.clone() }
}
