//! `Globals`: maps are merged, lists are put before those of the resource, anything else gives way to it.

use crate::template::declared::Declared;
use crate::template::tree;
use crate::template::{Node, Value};

/// Gives a serverless resource the properties that `Globals` has for its type, but for those that it ignores.
pub(super) fn merge_into(declared: &mut Declared, globals: Option<&Node>, serverless: &str) {
    let Some(shared) = globals.and_then(|globals| tree::at(globals, serverless)) else { return };
    let ignored: Vec<_> = declared
        .ignore_globals
        .as_ref()
        .map_or(&[][..], tree::items)
        .iter()
        .filter_map(tree::scalar)
        .collect();
    if ignored.contains(&"*") {
        return;
    }
    let mut shared = shared.clone();
    if let Value::Map(entries) = &mut shared.value {
        entries.retain(|entry| !ignored.contains(&entry.key.as_str()));
    }
    declared.properties = merge(&shared, &declared.properties);
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

    fn merged(ignored: Option<&str>) -> String {
        let place = Place::start_of(&Arc::new(PathBuf::from("t.yaml")));
        let word = |word: &str| tree::text(word, &place);
        let words = |words: &[&str]| tree::list(words.iter().map(|one| word(one)).collect(), &place);
        let shared =
            tree::map([("Timeout", word("5")), ("Runtime", word("r")), ("Layers", words(&["a"]))], &place);
        let globals = tree::map([("Function", shared)], &place);
        let own = tree::map([("Timeout", word("9")), ("Layers", words(&["b"]))], &place);
        let mut declared = Declared::generated("F".to_owned(), "AWS::Serverless::Function", own);
        declared.ignore_globals = ignored.map(word);
        merge_into(&mut declared, Some(&globals), "Function");
        tree::render(&declared.properties)
    }

    #[test]
    fn maps_merge_lists_concatenate_and_the_resource_wins() {
        assert_eq!(merged(None), "{Timeout: 9, Runtime: r, Layers: [a, b]}");
    }

    #[test]
    fn what_is_ignored_is_left_out() {
        assert_eq!(merged(Some("Layers")), "{Timeout: 9, Runtime: r, Layers: [b]}");
        assert_eq!(merged(Some("*")), "{Timeout: 9, Layers: [b]}");
    }
}
