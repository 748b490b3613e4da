//! What things that are declared elsewhere are called: the name in their ARN, or of the parameter that tells it, where
//! nothing else has it. A whole ARN, or the reason why it is not known, makes every sentence of a report unreadable.

use std::collections::BTreeMap;

use crate::template::build::index::{address, label};
use crate::template::declared::Declared;
use crate::template::evaluate::unset_parameter;
use crate::template::tree::{self, known};
use crate::template::{Node, Value};

/// Types of resource that stand before the name in an ARN, besides those by which resources are found.
const TYPES: [&str; 3] = ["cluster/", "cluster:", "broker:"];

/// The short names of all ARNs that the template writes.
pub(crate) fn nicknames(declared: &[Declared]) -> BTreeMap<String, String> {
    let mut arns = Vec::new();
    for one in declared {
        collect(&one.properties, &mut arns);
    }
    arns.sort();
    arns.dedup();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for name in declared.iter().map(|one| one.name.clone()).chain(arns.iter().flat_map(|arn| names(arn))) {
        *taken.entry(name).or_default() += 1;
    }
    let short = |arn: &String| names(arn).into_iter().find(|name| taken.get(name) == Some(&1));
    arns.iter().filter_map(|arn| Some((arn.clone(), short(arn)?))).collect()
}

/// What an ARN may be called, the shortest first; nothing where parts of it are unknown.
fn names(arn: &str) -> Vec<String> {
    if let Some(parameter) = arn.strip_prefix('(').and_then(unset_parameter) {
        return vec![parameter.to_owned(), format!("parameter {parameter}")];
    }
    let address = address(arn, "");
    let after_type = TYPES.iter().find_map(|before| address.resource.strip_prefix(before));
    let name = after_type.map_or(address.name.as_str(), |rest| rest.split(['/', ':']).next().unwrap_or(rest));
    let is_whole = !name.is_empty() && !name.contains(['$', '*', '(', ' ']);
    if is_whole { vec![name.to_owned(), format!("{}:{name}", address.service)] } else { Vec::new() }
}

fn collect(node: &Node, arns: &mut Vec<String>) {
    match &known(node).value {
        Value::Text(_) | Value::Mixed(_) => {
            let text = label(node);
            if text.starts_with("arn:") {
                arns.push(text);
            }
        }
        Value::List(_) => tree::items(node).iter().for_each(|item| collect(item, arns)),
        Value::Map(_) => {
            // What a policy is about is no end of anything: it may be a table whose stream has the same name.
            let others = tree::entries(node).iter().filter(|entry| entry.key != "Statement");
            others.for_each(|entry| collect(&entry.node, arns));
        }
        Value::Unknown(_) => arns.push(label(node)),
        Value::Null | Value::Flag(_) | Value::Number(_) | Value::Reference(_) => {}
    }
}
