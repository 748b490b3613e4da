//! Names of properties that their resource type does not have: a misspelt one quietly leaves the default.
//!
//! What types take is data (`models/properties.toml`). Absent: values, which the builders read.

use crate::models::{Models, PropertyList};
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items, scalar_at};
use crate::template::{COMMAND_LINE, Entry, Node, Presence, Template, Value};
use crate::vocabulary::{Diagnostic, Place, quote, suggestion};

/// How many names are listed where none is near.
const LISTED: usize = 12;

/// What is misspelt in a template, in its `Globals`, and in settings of resources that only the transform makes.
pub(crate) fn misspelt(template: &Template, expanded: &[Declared], models: &Models) -> Vec<Diagnostic> {
    let mut check = Check { models, found: Vec::new() };
    for resource in template.resources.iter().filter(|one| one.presence != Presence::Absent) {
        check.walk(&resource.type_name, &resource.properties);
        if resource.type_name.starts_with(SERVERLESS) {
            check.events(&resource.properties);
        }
    }
    for entry in template.globals.as_ref().map_or(&[][..], entries) {
        check.walk(&format!("{SERVERLESS}{}", entry.key), &entry.node);
    }
    let is_generated =
        |one: &&Declared| !template.resources.iter().any(|resource| resource.logical_id == one.logical_id);
    let before = check.found.len();
    for declared in expanded.iter().filter(is_generated) {
        check.walk(&declared.type_name, &declared.properties);
    }
    // What the transform itself writes is ours; only what the command line adds to it can be misspelt.
    let added = check.found.split_off(before);
    check.found.extend(added.into_iter().filter(|one| one.place.as_ref().is_some_and(is_given)));
    check.found
}

/// What the types of SAM begin with.
const SERVERLESS: &str = "AWS::Serverless::";

struct Check<'a> {
    models: &'a Models,
    found: Vec<Diagnostic>,
}

impl Check<'_> {
    /// Everything that stands in a value of a type, and in the parts of it that are listed too.
    fn walk(&mut self, of: &str, node: &Node) {
        let Some(list) = self.models.properties(of) else { return };
        for node in possible(node) {
            for item in items(node) {
                for entry in entries(item) {
                    if list.takes.contains(&entry.key) {
                        self.walk(&format!("{of}.{}", entry.key), &entry.node);
                    } else if !entry.key.contains("::") {
                        self.found.push(unknown(list, entry));
                    }
                }
            }
        }
    }

    fn events(&mut self, properties: &Node) {
        for event in at(properties, "Events").map_or(&[][..], entries) {
            if let (Some(kind), Some(own)) = (scalar_at(&event.node, "Type"), at(&event.node, "Properties")) {
                self.walk(&format!("event {kind}"), own);
            }
        }
    }
}

/// The value, or everything that an open one may be.
fn possible(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Unknown(unknown) => unknown.possible.iter().collect(),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_) => vec![node],
    }
}

/// A name that is near to a known one is taken for a mistake; one that is not may be newer than the list.
fn unknown(list: &PropertyList, entry: &Entry) -> Diagnostic {
    const CODE: &str = "template-unknown-property";
    let message = format!("{} is no property of {}", quote(&entry.key), list.of);
    let near = suggestion(&entry.key, list.takes.iter().map(String::as_str));
    let diagnostic = if near.is_some() || is_given(&entry.key_place) {
        Diagnostic::warning(CODE, message)
    } else {
        Diagnostic::note(CODE, message)
    };
    let help = near.unwrap_or_else(|| {
        let more = if list.takes.len() > LISTED { ", …" } else { "" };
        let names: Vec<&str> = list.takes.iter().take(LISTED).map(String::as_str).collect();
        format!("it takes {}{more}", names.join(", "))
    });
    diagnostic.at(&entry.key_place).help(help)
}

/// Whether a place is the command line.
fn is_given(place: &Place) -> bool {
    place.file.as_os_str() == COMMAND_LINE
}
