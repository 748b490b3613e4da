//! Failure exits that SAM writes from a type alone: a queue or topic of their own where none is named.

use crate::template::Node;
use crate::template::sam::events::Target;
use crate::template::sam::expander::Expander;
use crate::template::sam::{policies, rights};
use crate::template::tree::{self, at, attribute, map, reference, scalar_at};
use crate::topology::InvokeConfig;

/// `EventInvokeConfig` of a function; it holds for the alias that SAM publishes, where it does.
pub(super) fn invoke_config(
    expander: &mut Expander,
    target: &mut Target<'_>,
    config: &Node,
    alias: Option<&Node>,
) {
    let id = format!("{}EventInvokeConfig", target.id);
    let mut properties = config.clone();
    tree::set(&mut properties, "FunctionName", reference(target.id, &config.place));
    let qualifier = alias.cloned().unwrap_or_else(|| tree::text(InvokeConfig::LATEST, &config.place));
    tree::set(&mut properties, "Qualifier", qualifier);
    for condition in ["OnSuccess", "OnFailure"] {
        let Some(destination) = tree::path(config, &["DestinationConfig", condition]) else { continue };
        let address = match at(destination, "Destination") {
            Some(address) => address.clone(),
            None => match scalar_at(destination, "Type") {
                Some("SQS") => generated(expander, format!("{id}{condition}Queue"), destination, Exit::Queue),
                Some("SNS") => generated(expander, format!("{id}{condition}Topic"), destination, Exit::Topic),
                Some(_) | None => continue,
            },
        };
        permit(target.role.as_mut(), scalar_at(destination, "Type"), &address);
        let inner = tree::entry_mut(&mut properties, "DestinationConfig");
        tree::set(inner, condition, map([("Destination", address)], &destination.place));
    }
    expander.generate(id, "AWS::Lambda::EventInvokeConfig", properties);
}

/// `DeadLetterConfig` of a rule's or schedule's event: its ARN, or that of a queue made for it.
pub(super) fn dead_letter_config(expander: &mut Expander, event_id: &str, config: &Node) -> Node {
    let arn = at(config, "Arn").cloned().unwrap_or_else(|| {
        let own = format!("{event_id}Queue");
        let id = scalar_at(config, "QueueLogicalId").map_or(own, str::to_owned);
        generated(expander, id, config, Exit::Queue)
    });
    map([("Arn", arn)], &config.place)
}

/// What may be generated as an exit.
#[derive(Clone, Copy)]
enum Exit {
    Queue,
    Topic,
}

fn generated(expander: &mut Expander, id: String, at: &Node, exit: Exit) -> Node {
    let (type_name, arn) = match exit {
        Exit::Queue => ("AWS::SQS::Queue", attribute(&id, "Arn", &at.place)),
        Exit::Topic => ("AWS::SNS::Topic", reference(&id, &at.place)),
    };
    expander.generate(id, type_name, map([], &at.place));
    arn
}

fn permit(role: Option<&mut Node>, kind: Option<&str>, address: &Node) {
    let Some(role) = role else { return };
    let actions: &[&str] = match kind {
        Some("SQS") => &["sqs:SendMessage"],
        Some("SNS") => &["sns:publish"],
        Some("Lambda") => &["lambda:InvokeFunction"],
        Some("EventBridge") => &["events:PutEvents"],
        Some("S3") => return rights::write_to_bucket(role, address),
        Some(_) | None => return,
    };
    policies::add_statement(role, actions, address);
}
