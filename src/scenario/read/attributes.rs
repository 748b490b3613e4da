//! `attributes` of messages and of load by rule.

use crate::scenario::read::fields::{Fields, unreadable};
use crate::scenario::read::json::json_text;
use crate::scenario::words::Unreadable;
use crate::scenario::{MessageAttribute, MessageAttributes};
use crate::vocabulary::{Diagnostic, Written, WrittenValue};

const HELP: &str = "write a text, a number, or `{ type = \"Binary\", value = \"aGVsbG8=\" }` with `String`, `Number` or \
                    `Binary` and a label behind a dot where there is one";

/// Message attributes by their names: texts, numbers, and those that say what they are.
pub(super) fn attributes(fields: &mut Fields<'_>, problems: &mut Vec<Diagnostic>) -> MessageAttributes {
    let Some(table) = fields.table("attributes", problems) else { return MessageAttributes::new() };
    let mut attributes = MessageAttributes::new();
    for entry in table.entries() {
        let Some(attribute) = attribute(&entry.key, &entry.item, problems) else { continue };
        match attribute.fault() {
            None => drop(attributes.insert(entry.key.clone(), attribute)),
            Some(fault) => {
                unreadable(problems, &entry.key, &entry.item.place, Unreadable::new(fault, HELP));
            }
        }
    }
    attributes
}

fn attribute(name: &str, item: &Written, problems: &mut Vec<Diagnostic>) -> Option<MessageAttribute> {
    match &item.value {
        WrittenValue::Number(number) => Some(MessageAttribute::number(number)),
        WrittenValue::Map(_) => typed(name, item, problems),
        WrittenValue::Nothing | WrittenValue::Text(_) | WrittenValue::Flag(_) | WrittenValue::List(_) => {
            match json_text(item) {
                Ok(text) => Some(MessageAttribute::text(&text)),
                Err(problem) => {
                    unreadable(problems, name, &item.place, problem);
                    None
                }
            }
        }
    }
}

/// `{ type = "Number.float", value = "1.5" }`.
fn typed(name: &str, item: &Written, problems: &mut Vec<Diagnostic>) -> Option<MessageAttribute> {
    let mut fields = Fields::of(name, item, problems)?;
    let data_type = fields.text("type", problems);
    let value = fields.scalar("value", problems).map(|value| value.text.to_owned());
    fields.needs(&["type"], problems);
    fields.needs(&["value"], problems);
    fields.finish(problems);
    Some(MessageAttribute { data_type: data_type?, value: value? })
}
