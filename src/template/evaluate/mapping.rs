//! `Fn::FindInMap`.

use crate::template::document::Tree;
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::{Evaluator, unknown};
use crate::template::evaluate::text::known;
use crate::template::{Node, Unknown, Value};
use crate::vocabulary::quote;

/// Values among which equal ones are looked for.
const FEW: usize = 64;

/// One of the two keys.
enum Key {
    Known(String),
    /// One of these.
    OneOf(Vec<String>),
    /// Any that the map has.
    Any,
}

impl Evaluator<'_> {
    /// `Fn::FindInMap`: a mapping, two keys, and with the language extensions a default.
    pub(super) fn find_in_map(&mut self, call: &Call<'_>) -> Value {
        let expected = "the name of a mapping and two keys";
        let Some([name, first, second, rest @ ..]) = call.argument.items() else {
            return self.malformed(call, expected);
        };
        let default = rest.first().and_then(|tree| tree.get("DefaultValue"));
        let name = self.present(name).value;
        let (first, second) = (self.key(first), self.key(second));
        let Some(name) = known(&name) else {
            return unknown("which mapping is meant is not known");
        };
        let scope = self.scope;
        let Some(mapping) = scope.mappings.get(&*name) else {
            if let Some(default) = default {
                return self.present(default).value;
            }
            let help = self.suggest(&name, scope.mappings.keys().copied());
            let message = format!("there is no mapping {}", quote(&name));
            self.warn("template-undefined", message.clone(), call.place, help);
            return unknown(message);
        };
        self.look_up(call, mapping, &name, (&first, &second), default)
    }

    fn look_up(
        &mut self,
        call: &Call<'_>,
        mapping: &Tree,
        name: &str,
        (first, second): (&Key, &Key),
        default: Option<&Tree>,
    ) -> Value {
        let found: Vec<&Tree> =
            matching(mapping, first).into_iter().flat_map(|inner| matching(inner, second)).collect();
        match (first, second, found.as_slice(), default) {
            (Key::Known(_), Key::Known(_), [tree], _) => self.present(tree).value,
            (_, _, [], Some(default)) => self.present(default).value,
            (Key::Known(first), Key::Known(second), _, None) => {
                self.missing(call, mapping, name, first, second)
            }
            (_, _, _, default) => {
                let possible = self.distinct(found.into_iter().chain(default));
                let is_open = matches!(first, Key::Any) || matches!(second, Key::Any);
                match possible.as_slice() {
                    [only] if !is_open => only.value.clone(),
                    [] | [_, ..] => {
                        let why = format!("which entry of mapping {} is meant is not known", quote(name));
                        Value::Unknown(Unknown { why, possible })
                    }
                }
            }
        }
    }

    /// The values of these trees, equal ones once as long as there are few.
    fn distinct<'m>(&mut self, trees: impl Iterator<Item = &'m Tree>) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        for tree in trees {
            let node = self.present(tree);
            if nodes.len() > FEW || !nodes.iter().any(|other| other.value == node.value) {
                nodes.push(node);
            }
        }
        nodes
    }

    /// A key that the mapping does not have: an error of the template, or only of the stand-in region or account.
    fn missing(&mut self, call: &Call<'_>, mapping: &Tree, name: &str, first: &str, second: &str) -> Value {
        let options = self.scope.options;
        if [&options.region, &options.account].iter().any(|value| *value == first || *value == second) {
            let keys = match mapping.get(first) {
                Some(_) => (Key::Known(first.to_owned()), Key::Any),
                None => (Key::Any, Key::Known(second.to_owned())),
            };
            return self.look_up_any(mapping, name, &keys);
        }
        let (key, place_of) = match mapping.get(first) {
            Some(inner) => (second, inner),
            None => (first, mapping),
        };
        let message = format!("mapping {} has no key {}", quote(name), quote(key));
        let help = self.suggest(key, place_of.branches().iter().map(|branch| branch.key.as_str()));
        self.warn("template-undefined", message.clone(), call.place, help);
        unknown(message)
    }

    fn look_up_any(&mut self, mapping: &Tree, name: &str, (first, second): &(Key, Key)) -> Value {
        let found = matching(mapping, first).into_iter().flat_map(|inner| matching(inner, second));
        let possible = self.distinct(found);
        let why = format!("mapping {} has no entry for the region or account assumed here", quote(name));
        Value::Unknown(Unknown { why, possible })
    }

    fn key(&mut self, tree: &Tree) -> Key {
        let value = self.present(tree).value;
        if let Some(text) = known(&value) {
            return Key::Known(text.into_owned());
        }
        let Value::Unknown(unknown) = value else { return Key::Any };
        let texts = unknown.possible.iter().map(|node| Some(known(&node.value)?.into_owned()));
        match texts.collect::<Option<Vec<String>>>() {
            Some(texts) if !texts.is_empty() => Key::OneOf(texts),
            Some(_) | None => Key::Any,
        }
    }
}

fn matching<'t>(tree: &'t Tree, key: &Key) -> Vec<&'t Tree> {
    let fits = |name: &str| match key {
        Key::Known(key) => key == name,
        Key::OneOf(keys) => keys.iter().any(|key| key == name),
        Key::Any => true,
    };
    tree.branches().iter().filter(|branch| fits(&branch.key)).map(|branch| &branch.tree).collect()
}
