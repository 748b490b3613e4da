//! JSON inside a text of a template, as a tree.

use serde_json::Value as Json;

use crate::template::tree::set;
use crate::template::{Node, Value};
use crate::vocabulary::Place;

/// The map that a text is as JSON; `None` where it is none. Everything stands where the text does.
pub(crate) fn map(text: &str, place: &Place) -> Option<Node> {
    let json: Json = serde_json::from_str(text).ok()?;
    json.is_object().then(|| node(&json, place))
}

fn node(json: &Json, place: &Place) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(|item| node(item, place)).collect()),
        Json::Object(entries) => {
            let mut map = Node { value: Value::Map(Vec::new()), place: place.clone() };
            for (key, value) in entries {
                set(&mut map, key, node(value, place));
            }
            return map;
        }
    };
    Node { value, place: place.clone() }
}
