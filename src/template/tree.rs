//! Reading and making evaluated trees: short cuts that `value.rs`, which only says what a tree is, leaves out.

use crate::template::{Entry, Node, Piece, Reference, Value};
use crate::vocabulary::Place;

/// The value itself, or the first of those that an unknown one may have.
pub(crate) fn known(node: &Node) -> &Node {
    match &node.value {
        Value::Unknown(unknown) => unknown.possible.iter().find(|one| !is_null(one)).map_or(node, known),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_) => node,
    }
}

/// Whether there is nothing at all.
pub(crate) const fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}

/// The entry with this key; `None` where it is missing or null.
pub(crate) fn at<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    known(node).get(key).filter(|found| !is_null(found))
}

/// The entry at the end of a path of keys.
pub(crate) fn path<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().try_fold(node, |inner, key| at(inner, key))
}

/// The items of a list; a single value counts as a list of one, as AWS reads most of them.
pub(crate) fn items(node: &Node) -> &[Node] {
    let node = known(node);
    if let Value::List(items) = &node.value {
        return items;
    }
    if is_null(node) { &[] } else { std::slice::from_ref(node) }
}

/// The items of the list at `key`, none where it is missing.
pub(crate) fn items_at<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    at(node, key).map_or(&[], items)
}

/// The entries of a map, none for anything else.
pub(crate) fn entries(node: &Node) -> &[Entry] {
    if let Value::Map(entries) = &known(node).value { entries } else { &[] }
}

/// The text of a scalar that is fully known.
pub(crate) fn scalar(node: &Node) -> Option<&str> {
    match &known(node).value {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Flag(true) => Some("true"),
        Value::Flag(false) => Some("false"),
        Value::Null
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => None,
    }
}

/// The text at `key`.
pub(crate) fn scalar_at<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    at(node, key).and_then(scalar)
}

/// All references in a value that is a reference or text with references in it.
pub(crate) fn references(node: &Node) -> Vec<&Reference> {
    match &known(node).value {
        Value::Reference(reference) => vec![reference],
        Value::Mixed(pieces) => pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Reference(reference) => Some(reference),
                Piece::Text(_) | Piece::Unknown(_) => None,
            })
            .collect(),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Unknown(_) => Vec::new(),
    }
}

/// One line of text that stands for a scalar, its symbolic parts in `${…}`; equal for equal values.
pub(crate) fn render(node: &Node) -> String {
    match &known(node).value {
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Mixed(pieces) => pieces.iter().map(render_piece).collect(),
        Value::Reference(reference) => render_reference(reference),
        Value::Unknown(unknown) => format!("${{? {}}}", unknown.why),
        Value::Null => "null".to_owned(),
        Value::List(items) => format!("[{}]", items.iter().map(render).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let inner: Vec<_> =
                entries.iter().map(|entry| format!("{}: {}", entry.key, render(&entry.node))).collect();
            format!("{{{}}}", inner.join(", "))
        }
    }
}

fn render_piece(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Reference(reference) => render_reference(reference),
        Piece::Unknown(why) => format!("${{? {why}}}"),
    }
}

fn render_reference(reference: &Reference) -> String {
    match &reference.attribute {
        Some(attribute) => format!("${{{}.{attribute}}}", reference.resource),
        None => format!("${{{}}}", reference.resource),
    }
}

/// Whether two trees say the same, wherever they stand.
pub(crate) fn same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(l, r)| l.key == r.key && same(&l.node, &r.node))
        }
        (left, right) => left == right,
    }
}

/// Text at a place.
pub(crate) fn text(text: &str, place: &Place) -> Node {
    Node { value: Value::Text(text.to_owned()), place: place.clone() }
}

/// `Ref` at a place.
pub(crate) fn reference(resource: &str, place: &Place) -> Node {
    let reference = Reference { resource: resource.to_owned(), attribute: None };
    Node { value: Value::Reference(reference), place: place.clone() }
}

/// `Fn::GetAtt` at a place.
pub(crate) fn attribute(resource: &str, attribute: &str, place: &Place) -> Node {
    let reference = Reference { resource: resource.to_owned(), attribute: Some(attribute.to_owned()) };
    Node { value: Value::Reference(reference), place: place.clone() }
}

/// A list at a place.
pub(crate) fn list(items: Vec<Node>, place: &Place) -> Node {
    Node { value: Value::List(items), place: place.clone() }
}

/// A map at a place.
pub(crate) fn map<const N: usize>(entries: [(&str, Node); N], place: &Place) -> Node {
    let mut node = Node { value: Value::Map(Vec::new()), place: place.clone() };
    for (key, value) in entries {
        set(&mut node, key, value);
    }
    node
}

/// Gives a map the entry, in place of an equal key's; anything that is no map becomes one.
pub(crate) fn set(node: &mut Node, key: &str, value: Node) {
    make_known(node);
    let entry = Entry { key: key.to_owned(), key_place: value.place.clone(), node: value };
    if let Value::Map(entries) = &mut node.value {
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(old) => old.node = entry.node,
            None => entries.push(entry),
        }
    } else {
        node.value = Value::Map(vec![entry]);
    }
}

fn make_known(node: &mut Node) {
    if matches!(node.value, Value::Unknown(_)) {
        *node = known(node).clone();
    }
}

/// The entry of a map, made as an empty map where it is missing.
pub(crate) fn entry_mut<'a>(node: &'a mut Node, key: &str) -> &'a mut Node {
    make_known(node);
    if at(node, key).is_none() {
        let place = node.place.clone();
        set(node, key, map([], &place));
    }
    let Value::Map(entries) = &mut node.value else { unreachable!("`set` leaves a map") };
    let entry = entries.iter_mut().find(|entry| entry.key == key);
    &mut entry.expect("`set` left the entry").node
}

/// Adds to the list at `key`, made where it is missing.
pub(crate) fn push(node: &mut Node, key: &str, item: Node) {
    let list = entry_mut(node, key);
    make_known(list);
    match &mut list.value {
        Value::List(items) => items.push(item),
        Value::Map(entries) if entries.is_empty() => list.value = Value::List(vec![item]),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => {
            let single = list.clone();
            list.value = Value::List(vec![single, item]);
        }
    }
}

/// Copies an entry under the same or another key, where the source has it.
pub(crate) fn copy(from: &Node, key: &str, to: &mut Node, new_key: &str) {
    if let Some(value) = at(from, key) {
        set(to, new_key, value.clone());
    }
}
