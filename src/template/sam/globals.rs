//! `Globals`: maps are merged, lists are put before those of the resource, anything else gives way to it.

use crate::template::tree;
use crate::template::{Node, Value};

/// The properties of a serverless resource with those that `Globals` has for its type.
pub(super) fn merged(globals: Option<&Node>, serverless: &str, own: &Node) -> Node {
    match globals.and_then(|globals| tree::at(globals, serverless)) {
        Some(shared) => merge(shared, own),
        None => own.clone(),
    }
}

fn merge(shared: &Node, own: &Node) -> Node {
    match (&shared.value, &own.value) {
        (Value::Map(shared), Value::Map(own_entries)) => {
            let mut entries = shared.clone();
            for entry in own_entries {
                match entries.iter_mut().find(|old| old.key == entry.key) {
                    Some(old) => old.node = merge(&old.node, &entry.node),
                    None => entries.push(entry.clone()),
                }
            }
            Node { value: Value::Map(entries), place: own.place.clone() }
        }
        (Value::List(shared), Value::List(own_items)) => {
            let items = shared.iter().chain(own_items).cloned().collect();
            Node { value: Value::List(items), place: own.place.clone() }
        }
        (_, Value::Null) => shared.clone(),
        (_, _) => own.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::vocabulary::Place;

    #[test]
    fn maps_merge_lists_concatenate_and_the_resource_wins() {
        let place = Place::start_of(&Arc::new(PathBuf::from("t.yaml")));
        let word = |word: &str| tree::text(word, &place);
        let words = |words: &[&str]| tree::list(words.iter().map(|one| word(one)).collect(), &place);
        let shared = tree::map(
            [(
                "Function",
                tree::map(
                    [("Timeout", word("5")), ("Runtime", word("r")), ("Layers", words(&["a"]))],
                    &place,
                ),
            )],
            &place,
        );
        let own = tree::map([("Timeout", word("9")), ("Layers", words(&["b"]))], &place);
        let both = merged(Some(&shared), "Function", &own);
        assert_eq!(tree::render(&both), "{Timeout: 9, Runtime: r, Layers: [a, b]}");
        assert_eq!(merged(Some(&shared), "Api", &own), own);
    }
}
