//! JSON inside a text of a template, as a tree; references inside the text stay what they are.

use serde_json::Value as Json;

use crate::template::tree::{known, set};
use crate::template::{Node, Piece, Unknown, Value};
use crate::vocabulary::Place;

/// Characters of Unicode's private use, which no policy contains: they enclose the number of a symbolic piece.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// The map that a text is as JSON; `None` where it is none. Everything stands where the text does.
pub(crate) fn map(text: &Node) -> Option<Node> {
    read(text).ok()
}

/// The same, or why it is none: where in the text it ceases to be JSON.
pub(crate) fn read(text: &Node) -> Result<Node, String> {
    const EXPECTED: &str = "a JSON object";
    let text = known(text);
    let (written, pieces) = match &text.value {
        Value::Text(written) => (written.clone(), &[][..]),
        Value::Mixed(pieces) => (numbered(pieces), pieces.as_slice()),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => return Err(EXPECTED.to_owned()),
    };
    let json: Json = serde_json::from_str(&written).map_err(|why| format!("{EXPECTED}: {why}"))?;
    if json.is_object() { Ok(node(&json, pieces, &text.place)) } else { Err(EXPECTED.to_owned()) }
}

fn numbered(pieces: &[Piece]) -> String {
    let each = pieces.iter().enumerate().map(|(position, piece)| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Reference(_) | Piece::Unknown(_) => format!("{OPEN}{position}{CLOSE}"),
    });
    each.collect()
}

fn node(json: &Json, pieces: &[Piece], place: &Place) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => symbolic(text, pieces),
        Json::Array(items) => Value::List(items.iter().map(|item| node(item, pieces, place)).collect()),
        Json::Object(entries) => {
            let mut map = Node { value: Value::Map(Vec::new()), place: place.clone() };
            for (key, value) in entries {
                set(&mut map, key, node(value, pieces, place));
            }
            return map;
        }
    };
    Node { value, place: place.clone() }
}

/// The text with its symbolic pieces put back.
fn symbolic(text: &str, pieces: &[Piece]) -> Value {
    let mut found = Vec::new();
    for part in text.split_inclusive(CLOSE) {
        let (before, number) = part.split_once(OPEN).unwrap_or((part, ""));
        if !before.is_empty() {
            found.push(Piece::Text(before.to_owned()));
        }
        let number = number.trim_end_matches(CLOSE).parse::<usize>().ok();
        found.extend(number.and_then(|number| pieces.get(number)).cloned());
    }
    match found.as_slice() {
        [] => Value::Text(String::new()),
        [Piece::Text(text)] => Value::Text(text.clone()),
        [Piece::Reference(reference)] => Value::Reference(reference.clone()),
        [Piece::Unknown(why)] => Value::Unknown(Unknown { why: why.clone(), possible: Vec::new() }),
        _ => Value::Mixed(found),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::template::{Reference, tree};

    #[test]
    fn references_inside_json_survive() {
        let reference = Reference { resource: "Dead".to_owned(), attribute: Some("Arn".to_owned()) };
        let pieces = vec![
            Piece::Text(r#"{"target":""#.to_owned()),
            Piece::Reference(reference.clone()),
            Piece::Text(r#"","name":"x-"#.to_owned()),
            Piece::Unknown("why".to_owned()),
            Piece::Text(r#"","count":3}"#.to_owned()),
        ];
        let place = Place::start_of(&Arc::new(PathBuf::from("t.yaml")));
        let map = map(&Node { value: Value::Mixed(pieces), place }).expect("it is a map");
        assert_eq!(tree::at(&map, "target").map(|node| &node.value), Some(&Value::Reference(reference)));
        assert_eq!(tree::render(&map), "{target: ${Dead.Arn}, name: x-${? why}, count: 3}");
    }
}
