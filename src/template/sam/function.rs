//! `AWS::Serverless::Function`: the function with its role, alias, address, failure exits and events.

use crate::template::Node;
use crate::template::declared::Declared;
use crate::template::sam::destinations;
use crate::template::sam::events::{self, Target};
use crate::template::sam::expander::Expander;
use crate::template::sam::{policies, rights};
use crate::template::tree::{self, at, attribute, map, reference, scalar};
use crate::topology::Words;

/// What is provisioned for the alias that SAM publishes.
const PROVISIONED: &str = "ProvisionedConcurrencyConfig";

/// Writes the plain resources of a function.
pub(super) fn expand(expander: &mut Expander, mut declared: Declared) {
    let own = declared.properties.clone();
    let id = declared.logical_id.clone();
    let place = own.place.clone();
    "AWS::Lambda::Function".clone_into(&mut declared.type_name);
    declared.words = Words::Sam;
    if let Some(queue) = at(&own, "DeadLetterQueue") {
        let mut config = map([], &queue.place);
        tree::copy(queue, "TargetArn", &mut config, "TargetArn");
        tree::set(&mut declared.properties, "DeadLetterConfig", config);
    }
    let role_id = format!("{id}Role");
    let role = at(&own, "Role").is_none().then(|| role(&own));
    if role.is_some() {
        tree::set(&mut declared.properties, "Role", attribute(&role_id, "Arn", &place));
    }
    expander.resources.push(declared);
    let mut target = Target::function(&id, &place);
    target.role = role;
    if let Some(alias) = at(&own, "AutoPublishAlias") {
        publish(expander, &id, alias, &own, &mut target);
    }
    if let Some(url) = at(&own, "FunctionUrlConfig") {
        let mut properties = map([("TargetFunctionArn", target.name.clone())], &url.place);
        tree::copy(url, "AuthType", &mut properties, "AuthType");
        expander.generate(format!("{id}Url"), "AWS::Lambda::Url", properties);
        if at(url, "AuthType").and_then(scalar) == Some("NONE") {
            rights::address(expander, &id, &target.name, &url.place);
        }
    }
    if let Some(config) = at(&own, "EventInvokeConfig") {
        destinations::invoke_config(expander, &mut target, config, at(&own, "AutoPublishAlias"));
    }
    if let Some(list) = at(&own, "Events") {
        target = events::expand(expander, &target, list);
    }
    if let Some(role) = target.role {
        expander.generate(role_id, "AWS::IAM::Role", role);
    }
}

fn role(own: &Node) -> Node {
    let mut role = policies::role(own);
    if let Some(queue) = at(own, "DeadLetterQueue") {
        let actions: &[&str] = match at(queue, "Type").and_then(scalar) {
            Some("SNS") => &["sns:publish"],
            Some(_) | None => &["sqs:SendMessage"],
        };
        if let Some(target) = at(queue, "TargetArn") {
            policies::add_statement(&mut role, actions, target);
        }
    }
    role
}

/// The alias, and the version that it points to; SAM puts a hash behind the version's name.
fn publish(expander: &mut Expander, id: &str, alias: &Node, own: &Node, target: &mut Target<'_>) {
    let place = &alias.place;
    let alias_id = format!("{id}Alias{}", scalar(alias).unwrap_or_default());
    let version_id = format!("{id}Version");
    let version = map([("FunctionName", reference(id, place))], place);
    expander.generate(version_id.clone(), "AWS::Lambda::Version", version);
    let mut properties = map(
        [
            ("FunctionName", reference(id, place)),
            ("FunctionVersion", attribute(&version_id, "Version", place)),
            ("Name", alias.clone()),
        ],
        place,
    );
    tree::copy(own, PROVISIONED, &mut properties, PROVISIONED);
    expander.generate(alias_id.clone(), "AWS::Lambda::Alias", properties);
    target.name = reference(&alias_id, place);
    target.arn = reference(&alias_id, place);
}
