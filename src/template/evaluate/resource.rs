//! One entry of `Resources`.

use crate::template::document::{Branch, Shape, Style, Tree};
use crate::template::evaluate::condition::Truth;
use crate::template::evaluate::evaluator::Evaluator;
use crate::template::{Node, Presence, TemplateResource, Value};
use crate::vocabulary::{quote, suggestion};

/// What may stand in a resource beside its properties.
const ATTRIBUTES: [&str; 13] = [
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "IgnoreGlobals",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

impl Evaluator<'_> {
    /// The resource that an entry declares; `None` with a warning where it declares none.
    pub(super) fn resource(&mut self, branch: &Branch) -> Option<TemplateResource> {
        let (type_name, type_tree) = self.resource_type(branch)?;
        self.attributes(branch);
        let mut part = |key: &str| branch.tree.get(key).and_then(|tree| self.evaluate(tree));
        let (metadata, connectors) = (part("Metadata"), part("Connectors"));
        let (deletion_policy, update_replace_policy) = (part("DeletionPolicy"), part("UpdateReplacePolicy"));
        let ignore_globals = part("IgnoreGlobals");
        Some(TemplateResource {
            logical_id: branch.key.clone(),
            place: branch.key_place.clone(),
            type_name: type_name.to_owned(),
            type_place: type_tree.place.clone(),
            properties: self.properties(branch),
            metadata,
            presence: self.presence(&branch.tree),
            depends_on: self.depends_on(branch),
            connectors,
            deletion_policy,
            update_replace_policy,
            ignore_globals,
        })
    }

    fn resource_type<'b>(&mut self, branch: &'b Branch) -> Option<(&'b str, &'b Tree)> {
        let name = quote(&branch.key);
        let (message, place) = match (&branch.tree.shape, branch.tree.get("Type")) {
            (Shape::Map(_), Some(tree)) => match tree.text() {
                Some(text) if !text.is_empty() => return Some((text, tree)),
                Some(_) | None => {
                    (format!("the `Type` of {name} must be text, not {}", tree.kind()), &tree.place)
                }
            },
            (Shape::Map(_), None) => (format!("the resource {name} has no `Type`"), &branch.key_place),
            (Shape::Scalar(_) | Shape::List(_), _) => {
                (format!("the resource {name} must be a map, not {}", branch.tree.kind()), &branch.tree.place)
            }
        };
        let help = "write `Type: AWS::SQS::Queue` or the like, indented below the resource's name";
        self.warn("template-resource", format!("{message}; it is left out"), place, Some(help.to_owned()));
        None
    }

    fn attributes(&mut self, branch: &Branch) {
        for entry in branch.tree.branches() {
            if ATTRIBUTES.contains(&entry.key.as_str()) || entry.key.starts_with("Fn::") {
                continue;
            }
            let message = format!("{} is no attribute of a resource", quote(&entry.key));
            let help = suggestion(&entry.key, ATTRIBUTES);
            let help = help.unwrap_or_else(|| "a property belongs below `Properties`".to_owned());
            self.warn("template-attribute", message, &entry.key_place, Some(help));
        }
    }

    fn properties(&mut self, branch: &Branch) -> Node {
        let empty = |place| Node { value: Value::Map(Vec::new()), place };
        let Some(tree) = branch.tree.get("Properties") else { return empty(branch.key_place.clone()) };
        let node = self.present(tree);
        match &node.value {
            Value::Map(_) | Value::Unknown(_) => node,
            Value::Null => empty(node.place),
            Value::Flag(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Mixed(_)
            | Value::List(_)
            | Value::Reference(_) => {
                let message =
                    format!("the `Properties` of {} must be a map, not {}", quote(&branch.key), tree.kind());
                self.warn("template-resource", message, &tree.place, None);
                empty(node.place)
            }
        }
    }

    fn presence(&mut self, tree: &Tree) -> Presence {
        let Some(condition) = tree.get("Condition") else { return Presence::Present };
        match self.truth(condition) {
            Truth::True => Presence::Present,
            Truth::False => Presence::Absent,
            Truth::Unknown(why) => Presence::Unknown(why),
        }
    }

    fn depends_on(&mut self, branch: &Branch) -> Vec<String> {
        let Some(tree) = branch.tree.get("DependsOn") else { return Vec::new() };
        let items = match &tree.shape {
            Shape::List(items) => items.as_slice(),
            Shape::Scalar(scalar) if scalar.style == Style::Plain && scalar.text.is_empty() => &[],
            Shape::Scalar(_) | Shape::Map(_) => std::slice::from_ref(tree),
        };
        let mut names = Vec::new();
        for item in items {
            let Some(name) = item.text() else {
                let message = format!("`DependsOn` takes names of resources, not {}", item.kind());
                self.warn("template-attribute", message, &item.place, None);
                continue;
            };
            if !self.scope.is_resource(name) {
                let help = self.suggest(name, self.scope.resources.iter().copied());
                self.warn(
                    "template-undefined",
                    format!("there is no resource {}", quote(name)),
                    &item.place,
                    help,
                );
            }
            names.push(name.to_owned());
        }
        names
    }
}
