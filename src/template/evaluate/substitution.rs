//! `Fn::Sub`: text with `${…}` in it.

use std::collections::BTreeMap;

use crate::template::document::Tree;
use crate::template::evaluate::call::Call;
use crate::template::evaluate::evaluator::Evaluator;
use crate::template::evaluate::text::{TextBuilder, length};
use crate::template::{Node, Value};
use crate::vocabulary::quote;

/// One part of the text that `Fn::Sub` is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t str),
    /// `${!Name}`, which stays as `${Name}`.
    Escaped(&'t str),
    Name(&'t str),
    /// `${…}` around something that is no name.
    NoName(&'t str),
}

impl Evaluator<'_> {
    /// `Fn::Sub`, with or without a map of variables of its own.
    pub(super) fn substitution(&mut self, call: &Call<'_>) -> Value {
        let (text, variables) = match (call.argument.text(), call.argument.items()) {
            (Some(text), _) => (text, None),
            (None, Some([text, variables])) => match text.text() {
                Some(text) => (text, Some(variables)),
                None => return self.malformed(call, "literal text before its map of variables"),
            },
            (None, Some([text])) if text.text().is_some() => (text.text().unwrap_or_default(), None),
            (None, _) => return self.malformed(call, "text, or a list of text and a map of variables"),
        };
        let variables = variables.map_or_else(BTreeMap::new, |tree| self.variables(call, tree));
        let mut builder = TextBuilder::default();
        for part in (Parts { rest: text }) {
            if self.part(call, part, &variables, &mut builder).is_none() {
                return Value::Text(String::new());
            }
        }
        builder.finish(&self.scope.around.store)
    }

    fn variables<'v>(&mut self, call: &Call<'_>, tree: &'v Tree) -> BTreeMap<&'v str, Node> {
        if tree.branches().is_empty() {
            self.malformed(call, "a map of variables as its second item");
        }
        tree.branches().iter().map(|branch| (branch.key.as_str(), self.present(&branch.tree))).collect()
    }

    /// Adds one part; `None` where nothing more may be produced.
    fn part(
        &mut self,
        call: &Call<'_>,
        part: Part<'_>,
        variables: &BTreeMap<&str, Node>,
        builder: &mut TextBuilder,
    ) -> Option<()> {
        let name = match part {
            Part::Text(text) => {
                builder.text(text);
                return Some(());
            }
            Part::Escaped(name) => {
                builder.text(&format!("${{{name}}}"));
                return Some(());
            }
            Part::NoName(written) => {
                let message = format!("{} in `Fn::Sub` is no name; it stays as text", quote(written));
                let help = "write `${!…}` for a literal `${…}`".to_owned();
                self.warn("template-function", message, call.place, Some(help));
                builder.text(written);
                return Some(());
            }
            Part::Name(name) => name,
        };
        let resolved;
        let value = if let Some(node) = variables.get(name) {
            &node.value
        } else {
            resolved = self.variable(call, name);
            &resolved
        };
        if self.spend(0, length(value), call.place).is_some() {
            return None;
        }
        if builder.value(value).is_err() {
            let message = format!("{} is a list or map, which cannot stand in text", quote(name));
            self.warn("template-function", message, call.place, None);
            builder.unknown(format!("{} is no text", quote(name)));
        }
        Some(())
    }

    fn variable(&mut self, call: &Call<'_>, name: &str) -> Value {
        match name.split_once('.') {
            Some((resource, attribute)) if !self.scope.parameters.contains_key(name) => {
                self.attribute_of(resource, attribute, call.place)
            }
            Some(_) | None => self.named(name, call.place).map_or(Value::Null, |node| node.value),
        }
    }
}

/// Cuts a text into parts.
struct Parts<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        let rest = self.rest;
        if rest.is_empty() {
            return None;
        }
        let start = rest.find("${").unwrap_or(rest.len());
        if start > 0 {
            self.rest = &rest[start..];
            return Some(Part::Text(&rest[..start]));
        }
        let Some(end) = rest.find('}') else {
            self.rest = "";
            return Some(Part::NoName(rest));
        };
        self.rest = &rest[end + 1..];
        let inside = &rest[2..end];
        if let Some(literal) = inside.strip_prefix('!') {
            return Some(Part::Escaped(literal));
        }
        let name = inside.trim();
        Some(if is_name(name) { Part::Name(name) } else { Part::NoName(&rest[..=end]) })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_'))
}
