//! `Metadata: redrive:` of resources, as it was written: what it means is for `scenario` to say.

use crate::template::tree::{known, render, scalar_at};
use crate::template::{Node, Template, TemplateResource, Value};
use crate::vocabulary::{Written, WrittenEntry, WrittenValue};

/// The key under `Metadata`.
const KEY: &str = "redrive";

/// What resources say of themselves: each with its CDK path where it has one, else its logical id.
pub(crate) fn stated(template: &Template) -> Vec<(String, Written)> {
    let of = |resource: &TemplateResource| {
        let metadata = resource.metadata.as_ref()?;
        let path = scalar_at(metadata, "aws:cdk:path");
        let path = path.map(|path| path.strip_suffix("/Resource").unwrap_or(path));
        Some((path.unwrap_or(&resource.logical_id).to_owned(), as_written(metadata.get(KEY)?)))
    };
    template.resources.iter().filter_map(of).collect()
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
