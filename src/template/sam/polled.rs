//! Events that an event source mapping polls.

use crate::template::Node;
use crate::template::build::sources::Source;
use crate::template::sam::events::{Event, Target};
use crate::template::sam::expander::Expander;
use crate::template::sam::{policies, rights};
use crate::template::tree::{self, at, list, map, path, scalar_at, text};
use crate::topology::InvocationModel;

/// Properties that the mapping takes over from the event.
const COPIED: [&str; 20] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "DocumentDBEventSourceConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Topics",
    "TumblingWindowInSeconds",
];

/// Whether Lambda polls the source, which is what makes SAM write a mapping.
pub(super) const fn is_polled(source: &Source) -> bool {
    match source.model {
        InvocationModel::StreamPoll | InvocationModel::QueuePoll => true,
        InvocationModel::Sync | InvocationModel::Async | InvocationModel::Forward => false,
    }
}

/// Writes the mapping of an event.
pub(super) fn expand(expander: &mut Expander, target: &mut Target<'_>, event: &Event<'_>) {
    let mut mapping = map([("FunctionName", target.name.clone())], event.place);
    match event.source.polled_by {
        Some(property) => {
            tree::copy(event.properties, property, &mut mapping, "EventSourceArn");
            if at(event.properties, property).is_none() {
                let message = format!("event {} has no {property}", event.id);
                expander.warn("sam-event-source", message, event.properties);
            }
        }
        None => self_managed(&mut mapping, event.properties),
    }
    for property in COPIED {
        tree::copy(event.properties, property, &mut mapping, property);
    }
    documents(&mut mapping, event);
    if let Some(role) = &mut target.role {
        permit(role, event);
    }
    expander.generate(event.id.clone(), "AWS::Lambda::EventSourceMapping", mapping);
}

/// Writes the mapping of a queue that stands between a topic and the function.
pub(super) fn expand_inner(
    expander: &mut Expander,
    target: &mut Target<'_>,
    event: &Event<'_>,
    queue: &Node,
    settings: &Node,
) {
    let mut mapping =
        map([("FunctionName", target.name.clone()), ("EventSourceArn", queue.clone())], event.place);
    for property in ["BatchSize", "Enabled"] {
        tree::copy(settings, property, &mut mapping, property);
    }
    if let Some(role) = &mut target.role {
        let policy = crate::template::build::sources::by_id("sqs").polling_policy;
        policies::add_managed(role, policy.unwrap_or_default(), event.place);
    }
    expander.generate(format!("{}EventSourceMapping", event.id), "AWS::Lambda::EventSourceMapping", mapping);
}

/// What of a cluster of documents is read, which the mapping has in a map of its own.
fn documents(mapping: &mut Node, event: &Event<'_>) {
    let mut config = map([], event.place);
    for property in ["DatabaseName", "CollectionName", "FullDocument"] {
        tree::copy(event.properties, property, &mut config, property);
    }
    if !tree::entries(&config).is_empty() {
        tree::set(mapping, "DocumentDBEventSourceConfig", config);
    }
}

fn self_managed(mapping: &mut Node, properties: &Node) {
    let place = &properties.place;
    let servers = at(properties, "KafkaBootstrapServers").cloned().unwrap_or_else(|| list(Vec::new(), place));
    let endpoints = map([("KafkaBootstrapServers", servers)], place);
    tree::set(mapping, "SelfManagedEventSource", map([("Endpoints", endpoints)], place));
}

fn permit(role: &mut Node, event: &Event<'_>) {
    if let Some(policy) = event.source.polling_policy {
        policies::add_managed(role, policy, event.place);
    }
    let Some(exit) = path(event.properties, &["DestinationConfig", "OnFailure"]) else { return };
    let actions: &[&str] = match scalar_at(exit, "Type") {
        Some("SQS") => &["sqs:SendMessage"],
        Some("SNS") => &["sns:publish"],
        Some("S3") => {
            let nowhere = text("", &exit.place);
            let bucket = at(exit, "Destination").unwrap_or(&nowhere);
            return rights::write_to_bucket(role, bucket);
        }
        Some(_) | None => return,
    };
    let nowhere = text("", &exit.place);
    policies::add_statement(role, actions, at(exit, "Destination").unwrap_or(&nowhere));
}
