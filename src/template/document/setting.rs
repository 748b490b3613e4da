//! `--set Resource.Property=VALUE`: a property replaced or added after evaluation.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::template::document::{Limits, Report, Shape, Tree, interpret, parse};
use crate::template::{Entry, Node, Template, TemplateResource, Value};
use crate::vocabulary::{Diagnostic, Place, quote, suggestion};

/// The file that places of values from the command line name.
pub const COMMAND_LINE: &str = "<command line>";

/// The metadata that says where in a CDK application a resource comes from.
const CDK_PATH: &str = "aws:cdk:path";

/// The place of a value from the command line.
pub(in crate::template) fn command_line() -> Place {
    Place::start_of(&Arc::new(PathBuf::from(COMMAND_LINE)))
}

/// Sets a property, such as `Queue.RedrivePolicy.maxReceiveCount` or `Fulfil.Events.Orders.Properties.BatchSize`.
/// The resource is named by its logical id or its CDK path; a number steps into a list. The value is read as
/// a YAML scalar, list or map.
///
/// ```
/// use std::path::Path;
/// use redrive::template::{ReadOptions, Value, apply_setting, read};
///
/// let text = "Resources: {Orders: {Type: 'AWS::SQS::Queue'}}";
/// let (template, _) = read(Path::new("template.yaml"), text, &ReadOptions::with_stand_ins());
/// let mut template = template.ok_or("no template")?;
/// apply_setting(&mut template, "Orders.VisibilityTimeout", "180").map_err(|diagnostic| diagnostic.to_string())?;
/// let timeout = template.resources[0].properties.get("VisibilityTimeout").map(|node| &node.value);
/// assert_eq!(timeout, Some(&Value::Number("180".to_owned())));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// An unknown resource, a path through something that is no map or list, a value that is not YAML.
pub fn apply_setting(template: &mut Template, path: &str, value: &str) -> Result<(), Diagnostic> {
    let shown = quote(&format!("--set {path}={value}"));
    let place = command_line();
    let mut report = Report::new(1);
    let tree = parse(Path::new(COMMAND_LINE), value, Limits::STANDARD, &mut report);
    let node = match tree {
        Some(tree) => plain(&tree),
        None if value.trim().is_empty() => Node { value: Value::Null, place: place.clone() },
        None => {
            let why = report.finish().pop().map_or_else(String::new, |diagnostic| diagnostic.message);
            return Err(Diagnostic::error(
                "setting-value",
                format!("the value of {shown} is unreadable: {why}"),
            ));
        }
    };
    let (name, keys) = split(template, path);
    if keys.is_empty() || keys.iter().any(|key| key.is_empty()) {
        return Err(Diagnostic::error("setting-path", format!("{shown} names no property"))
            .help("write `--set Resource.Property=VALUE`"));
    }
    let Some(resource) = find(template, name) else {
        return Err(unknown_resource(template, name, &shown));
    };
    let keys = match keys.as_slice() {
        ["Properties", rest @ ..] if !rest.is_empty() && resource.properties.get("Properties").is_none() => {
            rest
        }
        keys => keys,
    };
    replace(&mut resource.properties, keys, node, &shown)
}

fn unknown_resource(template: &Template, name: &str, shown: &str) -> Diagnostic {
    let ids: Vec<&str> = template.resources.iter().map(|resource| resource.logical_id.as_str()).collect();
    let help = suggestion(name, ids.iter().copied()).unwrap_or_else(|| {
        format!("the template has {}", ids.iter().take(20).copied().collect::<Vec<_>>().join(", "))
    });
    Diagnostic::error("setting-resource", format!("{shown}: there is no resource {}", quote(name))).help(help)
}

/// The resource's name and the keys behind it; a CDK path may have dots in it.
fn split<'p>(template: &Template, path: &'p str) -> (&'p str, Vec<&'p str>) {
    let by_cdk_path = template
        .resources
        .iter()
        .filter_map(cdk_path)
        .filter(|known| path.strip_prefix(known).is_some_and(|rest| rest.starts_with('.')))
        .max_by_key(|known| known.len());
    let end = by_cdk_path.map_or_else(|| path.find('.').unwrap_or(path.len()), str::len);
    let keys = path.get(end + 1..).map_or_else(Vec::new, |rest| rest.split('.').collect());
    (&path[..end], keys)
}

fn find<'t>(template: &'t mut Template, name: &str) -> Option<&'t mut TemplateResource> {
    template
        .resources
        .iter_mut()
        .find(|resource| resource.logical_id == name || cdk_path(resource) == Some(name))
}

/// `Stack/Orders` for the resource that CDK calls `Stack/Orders/Resource`.
fn cdk_path(resource: &TemplateResource) -> Option<&str> {
    match &resource.metadata.as_ref()?.get(CDK_PATH)?.value {
        Value::Text(path) => Some(path.strip_suffix("/Resource").unwrap_or(path)),
        Value::Null
        | Value::Flag(_)
        | Value::Number(_)
        | Value::Mixed(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Reference(_)
        | Value::Unknown(_) => None,
    }
}

fn replace(target: &mut Node, keys: &[&str], node: Node, shown: &str) -> Result<(), Diagnostic> {
    let Some((key, rest)) = keys.split_first() else {
        *target = node;
        return Ok(());
    };
    if target.value == Value::Null {
        target.value = Value::Map(Vec::new());
    }
    let next = match &mut target.value {
        Value::Map(entries) => entry(entries, key),
        Value::List(items) => {
            let count = items.len();
            let item = key.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            item.ok_or_else(|| {
                let message = format!("{shown}: {} is no item of a list of {count}", quote(key));
                Diagnostic::error("setting-path", message).help("items count from 0")
            })?
        }
        Value::Flag(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Mixed(_)
        | Value::Reference(_)
        | Value::Unknown(_)
        | Value::Null => {
            let message = format!("{shown}: what stands before {} is no map", quote(key));
            return Err(Diagnostic::error("setting-path", message)
                .at(&target.place)
                .help("set the whole value instead, such as `Queue.RedrivePolicy={maxReceiveCount: 3}`"));
        }
    };
    replace(next, rest, node, shown)
}

fn entry<'e>(entries: &'e mut Vec<Entry>, key: &str) -> &'e mut Node {
    let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let place = command_line();
        let node = Node { value: Value::Null, place: place.clone() };
        entries.push(Entry { key: key.to_owned(), key_place: place, node });
        entries.len() - 1
    });
    &mut entries[index].node
}

/// A tree as a value, without functions.
fn plain(tree: &Tree) -> Node {
    let value = match &tree.shape {
        Shape::Scalar(scalar) => interpret(scalar),
        Shape::List(items) => Value::List(items.iter().map(plain).collect()),
        Shape::Map(branches) => Value::Map(
            branches
                .iter()
                .map(|branch| Entry {
                    key: branch.key.clone(),
                    key_place: branch.key_place.clone(),
                    node: plain(&branch.tree),
                })
                .collect(),
        ),
    };
    Node { value, place: tree.place.clone() }
}
