//! The execution role that SAM writes for a function without one.

use crate::template::tree::{self, at, entries, items_at, map, text};
use crate::template::{Node, Value};
use crate::vocabulary::Place;

/// SAM's policy templates that concern queues: name, parameter, actions.
const TEMPLATES: [(&str, &str, &[&str]); 2] = [
    ("SQSSendMessagePolicy", "QueueName", &["sqs:SendMessage*"]),
    (
        "SQSPollerPolicy",
        "QueueName",
        &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
    ),
];

/// The properties of the role.
pub(super) fn role(function: &Node) -> Node {
    let place = &function.place;
    let mut role = map([], place);
    add_managed(&mut role, "AWSLambdaBasicExecutionRole", place);
    for policy in items_at(function, "Policies") {
        let policy = tree::known(policy);
        if at(policy, "Statement").is_some() {
            add_inline(&mut role, policy.clone());
        } else if let Value::Map(templates) = &policy.value {
            for template in templates {
                add_template(&mut role, &template.key, &template.node);
            }
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

fn add_template(role: &mut Node, name: &str, parameters: &Node) {
    let Some((_, parameter, actions)) = TEMPLATES.iter().find(|(template, _, _)| *template == name) else {
        return;
    };
    for entry in entries(parameters) {
        if entry.key == *parameter {
            add_statement(role, actions, &entry.node);
        }
    }
}
