//! Bodies and answers: a text as it is, or a table or list as JSON.

use serde_json::{Map, Value as Json};

use crate::scenario::words::Unreadable;
use crate::vocabulary::{Written, WrittenValue};

/// The text of a value, tables and lists as JSON on one line.
pub(super) fn json_text(item: &Written) -> Result<String, Unreadable> {
    match item.value.scalar() {
        Some(text) => Ok(text.to_owned()),
        None => json(item).map(|json| json.to_string()),
    }
}

/// Whether a text is JSON.
pub(super) fn is_json(text: &str) -> Result<(), Unreadable> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ()).map_err(|error| {
        let shown: String = text.chars().take(SHOWN).collect();
        let help = "write JSON in single quotes, such as '{\"batchItemFailures\": []}', or a table";
        Unreadable::new(format!("`{shown}` is no JSON: {error}"), help)
    })
}

/// A message repeats so much of a text.
const SHOWN: usize = 60;

fn json(item: &Written) -> Result<Json, Unreadable> {
    Ok(match &item.value {
        WrittenValue::Nothing => Json::Null,
        WrittenValue::Text(text) => Json::String(text.clone()),
        WrittenValue::Flag(flag) => Json::Bool(*flag),
        WrittenValue::Number(number) => serde_json::from_str(number).map_err(|_| {
            Unreadable::new(
                format!("`{number}` is no number of JSON"),
                "write it as JSON would, or in quotes",
            )
        })?,
        WrittenValue::List(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        WrittenValue::Map(entries) => {
            let pairs = entries.iter().map(|entry| Ok((entry.key.clone(), json(&entry.item)?)));
            Json::Object(pairs.collect::<Result<Map<String, Json>, Unreadable>>()?)
        }
    })
}
