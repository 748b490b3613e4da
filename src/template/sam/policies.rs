//! The execution role that SAM writes for a function without one.

use crate::template::access::SAM_TEMPLATES;
use crate::template::tree::{self, at, items_at, map, text};
use crate::template::{Node, Value};
use crate::vocabulary::Place;

/// The properties of the role.
pub(super) fn role(function: &Node) -> Node {
    let mut role = with_policies(function);
    add_managed(&mut role, "AWSLambdaBasicExecutionRole", &function.place);
    role
}

/// The properties of a role with the `Policies` of a serverless resource.
pub(super) fn with_policies(own: &Node) -> Node {
    let mut role = map([], &own.place);
    for policy in items_at(own, "Policies") {
        let policy = tree::known(policy);
        if at(policy, "Statement").is_some() {
            add_inline(&mut role, policy.clone());
        } else if let Value::Map(_) = &policy.value {
            tree::push(&mut role, SAM_TEMPLATES, policy.clone());
        } else {
            tree::push(&mut role, "ManagedPolicyArns", policy.clone());
        }
    }
    role
}

/// Adds one of AWS's managed policies, once.
pub(super) fn add_managed(role: &mut Node, name: &str, place: &Place) {
    let arn = text(&format!("arn:aws:iam::aws:policy/service-role/{name}"), place);
    if !items_at(role, "ManagedPolicyArns").iter().any(|old| tree::same(old, &arn)) {
        tree::push(role, "ManagedPolicyArns", arn);
    }
}

/// Adds a statement that allows actions on one resource.
pub(super) fn add_statement(role: &mut Node, actions: &[&str], resource: &Node) {
    let place = &resource.place;
    let actions = actions.iter().map(|action| text(action, place)).collect();
    let statement = map(
        [
            ("Effect", text("Allow", place)),
            ("Action", tree::list(actions, place)),
            ("Resource", resource.clone()),
        ],
        place,
    );
    add_inline(role, map([("Statement", tree::list(vec![statement], place))], place));
}

fn add_inline(role: &mut Node, document: Node) {
    let place = document.place.clone();
    tree::push(role, "Policies", map([("PolicyDocument", document)], &place));
}
