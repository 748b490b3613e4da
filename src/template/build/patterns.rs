//! Event patterns and filter policies, written as maps or as texts, in the dialect of who reads them.

use serde_json::{Map, Number, Value as Json};

use crate::pattern::{Dialect, Pattern, PatternError};
use crate::template::build::context::Build;
use crate::template::build::index::physical_name;
use crate::template::build::json;
use crate::template::tree::{known, render, scalar};
use crate::template::{Node, Value};
use crate::topology::{LinkEnd, MappingFilter, grammar};
use crate::vocabulary::Diagnostic;

impl Build<'_> {
    /// What a pattern wants. What is wrong with one is said, and the rest is judged all the same; one that the
    /// template leaves open is taken to want all.
    pub(crate) fn pattern(&mut self, owner: &str, node: &Node, dialect: Dialect) -> Vec<MappingFilter> {
        let mut open = false;
        let text = match &known(node).value {
            Value::Map(_) => self.json(node, &mut open).to_string(),
            Value::Null
            | Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::List(_)
            | Value::Reference(_)
            | Value::Unknown(_) => match (scalar(node), json::map(node)) {
                (Some(text), _) => text.to_owned(),
                (None, Some(map)) => self.json(&map, &mut open).to_string(),
                (None, None) => {
                    self.open_pattern(owner, node);
                    return Vec::new();
                }
            },
        };
        let Ok(grammar) = grammar(self.models, dialect) else { return Vec::new() };
        let pattern = Pattern::parse(&text, &grammar);
        if let Err(errors) = &pattern {
            // What stands for something unknown may be the very thing that is refused.
            if open {
                self.open_pattern(owner, node);
                return Vec::new();
            }
            self.refused_pattern(owner, node, errors);
        }
        vec![MappingFilter { text, pattern, place: Some(node.place.clone()) }]
    }

    fn open_pattern(&mut self, owner: &str, node: &Node) {
        let message = format!("what {owner} wants is not known: {}", render(node));
        let help = "every event is taken to be wanted; write the pattern without what only deployment tells";
        let diagnostic = Diagnostic::warning("template-open-filter", message);
        self.diagnostics.push(diagnostic.at(&node.place).help(help));
    }

    fn refused_pattern(&mut self, owner: &str, node: &Node, errors: &[PatternError]) {
        let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let message = format!("AWS refuses the pattern of {owner}: {}", reasons.join("; "));
        let help = "every event is taken to be wanted; see `redrive explain pattern.operators`";
        let diagnostic = Diagnostic::warning("template-refused-filter", message);
        self.diagnostics.push(diagnostic.at(&node.place).help(help));
    }

    /// A tree as JSON. What only deployment tells stands for itself, so equal ones are equal; a resource's own name
    /// is put in where the template tells it.
    fn json(&self, node: &Node, open: &mut bool) -> Json {
        let node = known(node);
        match &node.value {
            Value::Null => Json::Null,
            Value::Flag(flag) => Json::Bool(*flag),
            Value::Number(number) => {
                let number: Result<Number, _> = number.parse();
                number.map_or_else(|_| Json::String(render(node)), Json::Number)
            }
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => items.iter().map(|item| self.json(item, open)).collect(),
            Value::Map(entries) => {
                let each = entries.iter().map(|entry| (entry.key.clone(), self.json(&entry.node, open)));
                Json::Object(each.collect::<Map<_, _>>())
            }
            Value::Reference(reference) if reference.attribute.is_none() => {
                *open = true;
                Json::String(self.own_name(node).unwrap_or_else(|| render(node)))
            }
            Value::Mixed(_) | Value::Reference(_) | Value::Unknown(_) => {
                *open = true;
                Json::String(render(node))
            }
        }
    }

    fn own_name(&self, node: &Node) -> Option<String> {
        let LinkEnd::Resource(id) = self.index.resolve(node, "") else { return None };
        let (_, name) = physical_name(self.declared(id))?;
        scalar(name).map(str::to_owned)
    }
}
