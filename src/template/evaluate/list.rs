//! The functions over lists: `Fn::Join`, `Fn::Select`, `Fn::Split`, `Fn::Length`.

use crate::template::document::Tree;
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::{Evaluator, unknown};
use crate::template::evaluate::text::{TextBuilder, known, length};
use crate::template::{Node, Unknown, Value};
use crate::vocabulary::quote;

/// The items of a list value, or the value that stands for the whole call.
enum Items {
    Known(Vec<Node>),
    Instead(Value),
}

impl Evaluator<'_> {
    /// `Fn::Join`: the items with the delimiter between them.
    pub(super) fn join(&mut self, call: &Call<'_>) -> Value {
        let expected = "a delimiter and a list";
        let Some([delimiter, list]) = call.argument.items() else { return self.malformed(call, expected) };
        let delimiter = self.present(delimiter);
        let Some(delimiter) = known(&delimiter.value) else { return self.malformed(call, expected) };
        let items = match self.items(call, list, expected) {
            Items::Known(items) => items,
            Items::Instead(value) => return value,
        };
        let mut builder = TextBuilder::default();
        for (index, item) in items.iter().enumerate() {
            if self.spend(0, delimiter.len() + length(&item.value), call.place).is_some() {
                break;
            }
            if index > 0 {
                builder.text(&delimiter);
            }
            if builder.value(&item.value).is_err() {
                return self.malformed(call, "a list of texts, none of them a list or map");
            }
        }
        builder.finish(&self.scope.around.store)
    }

    /// `Fn::Select`: one item of a list.
    pub(super) fn select(&mut self, call: &Call<'_>) -> Value {
        let expected = "an index and a list";
        let Some([index, list]) = call.argument.items() else { return self.malformed(call, expected) };
        let index = self.present(index).value;
        let mut items = match self.items(call, list, expected) {
            Items::Known(items) => items,
            Items::Instead(value) => return value,
        };
        if let Value::Unknown(why) = &index {
            return Value::Unknown(Unknown { why: why.why.clone(), possible: items });
        }
        let Some(index) = known(&index).and_then(|text| text.trim().parse::<usize>().ok()) else {
            return self.malformed(call, "an index from 0 and a list");
        };
        if index < items.len() {
            return items.swap_remove(index).value;
        }
        let message = format!("`Fn::Select` asks for item {index} of a list of {}", items.len());
        self.warn("template-function", message.clone(), call.place, Some("items count from 0".to_owned()));
        unknown(message)
    }

    /// `Fn::Split`: the parts of a text.
    pub(super) fn split(&mut self, call: &Call<'_>) -> Value {
        let expected = "a delimiter and text";
        let Some([delimiter, source]) = call.argument.items() else { return self.malformed(call, expected) };
        let (delimiter, source) = (self.present(delimiter).value, self.present(source));
        let Some(delimiter) = known(&delimiter).filter(|text| !text.is_empty()) else {
            return self.malformed(call, expected);
        };
        match &source.value {
            Value::Unknown(why) => unknown(why.why.clone()),
            Value::Reference(reference) => {
                unknown(format!("a part of what {} is", quote(&reference.resource)))
            }
            // A reference may itself contain the delimiter, so that no part has a sure index.
            Value::Mixed(_) => unknown("a part of a text that is known after deployment"),
            value => match known(value) {
                Some(text) => {
                    let parts = text.matches(&*delimiter).count() + 1;
                    if self.spend(parts, text.len(), call.place).is_some() {
                        return unknown("the template's functions produce too much");
                    }
                    Value::List(text.split(&*delimiter).map(|part| part_of(&source, part)).collect())
                }
                None => self.malformed(call, expected),
            },
        }
    }

    /// `Fn::Length`: how many items a list has.
    pub(super) fn length(&mut self, call: &Call<'_>) -> Value {
        let value = match self.argument(call.argument) {
            Some(node) => node.value,
            None => Value::Null,
        };
        match value {
            Value::List(items) => Value::Number(items.len().to_string()),
            Value::Unknown(why) => unknown(why.why),
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Map(_)
            | Value::Reference(_) => self.malformed(call, "a list"),
        }
    }

    fn items(&mut self, call: &Call<'_>, list: &Tree, expected: &str) -> Items {
        let node = self.present(list);
        match node.value {
            Value::List(items) => Items::Known(items),
            Value::Unknown(why) => Items::Instead(unknown(why.why)),
            Value::Reference(reference) => {
                let attribute = reference.attribute.unwrap_or_default();
                let why = format!("the list {} of {}", quote(&attribute), quote(&reference.resource));
                Items::Instead(unknown(format!("{why} is known after deployment")))
            }
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::Map(_) => Items::Instead(self.malformed(call, expected)),
        }
    }
}

fn part_of(source: &Node, part: &str) -> Node {
    Node { value: Value::Text(part.to_owned()), place: source.place.clone() }
}
