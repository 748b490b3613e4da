//! Loads that a queue would refuse, or that are larger than a run can hold.

use crate::models::Models;
use crate::scenario::check::problem;
use crate::scenario::words::MOST_EVENTS;
use crate::scenario::{Emission, MessageAttribute, MessageAttributes, Scenario, Workload, matches};
use crate::topology::{Queue, QueueKind, ResourceDetail, Topology};
use crate::vocabulary::{Bytes, Diagnostic, Place, quote};

/// Checks the load of every queue.
pub(super) fn check(
    scenario: &Scenario,
    topology: &Topology,
    models: &Models,
    problems: &mut Vec<Diagnostic>,
) {
    let most = models.count("limit.message_attributes", "count").unwrap_or(u64::MAX);
    let mut told: Vec<Diagnostic> = Vec::new();
    for resource in &topology.resources {
        let ResourceDetail::Queue(queue) = &resource.detail else { continue };
        let name = resource.name.as_str();
        for workload in scenario.load_of(name) {
            of_queue(name, queue, workload, &mut told);
            for (place, body, attributes) in payloads(workload) {
                told.extend(refused(name, place, body, attributes, most));
            }
        }
        let events: u64 = scenario.load_of(name).iter().map(|load| u64::from(load.count())).sum();
        if events > u64::from(MOST_EVENTS) {
            let place = scenario.load_of(name).first().and_then(|load| load.place.clone());
            let message = format!("{name} gets {events} events in a run");
            let help = format!("state at most {MOST_EVENTS} for one queue");
            told.push(problem("scenario-too-much-load", place.as_ref(), message, help));
        }
        for (place, to, body) in emitted(scenario) {
            if matches(to, name) {
                too_large(name, queue, place, &[(Some(body), &MessageAttributes::new())], &mut told);
            }
        }
    }
    for emission in scenario.handlers.iter().flat_map(|handling| &handling.emits) {
        told.extend(misplaced_group(emission, topology));
    }
    // A pattern's load may be wrong for several queues in the same words.
    told.dedup();
    problems.append(&mut told);
}

/// What is stated of each message: body and attributes.
fn payloads(workload: &Workload) -> impl Iterator<Item = (Option<&Place>, Option<&str>, &MessageAttributes)> {
    let single =
        workload.messages.iter().map(|one| (one.place.as_ref(), one.body.as_deref(), &one.attributes));
    let many =
        workload.generated.iter().map(|one| (one.place.as_ref(), one.body.as_deref(), &one.attributes));
    single.chain(many)
}

/// A message that no queue takes, whatever its size: without a body, or with too many attributes.
fn refused(
    name: &str,
    place: Option<&Place>,
    body: Option<&str>,
    attributes: &MessageAttributes,
    most: u64,
) -> Option<Diagnostic> {
    //= limit.message_attributes
    if attributes.len() as u64 > most {
        let message = format!("a message to {name} has {} attributes", attributes.len());
        let help = format!("AWS takes at most {most} on a message");
        return Some(problem("scenario-message-attributes", place, message, help));
    }
    let message = format!("a message to {name} has an empty body");
    let help = "AWS takes no message without a body; leave `body` out where it does not matter";
    body.is_some_and(str::is_empty).then(|| problem("scenario-message-empty", place, message, help))
}

/// Only a standard queue takes a group of its own for what a handler sends.
fn misplaced_group(emission: &Emission, topology: &Topology) -> Option<Diagnostic> {
    let group = emission.group.as_ref()?;
    let target = topology.resource(topology.find(&emission.to)?);
    if matches!(&target.detail, ResourceDetail::Queue(queue) if queue.kind == QueueKind::Standard) {
        return None;
    }
    let message = format!("what is sent to {} has the `group` {}", emission.to, quote(group));
    let help = "leave it out: it is the tenant of messages to a standard queue; what is sent to anything else belongs \
                to the group of the event that it is sent for";
    Some(problem("scenario-no-tenant", emission.place.as_ref(), message, help))
}

fn emitted(scenario: &Scenario) -> impl Iterator<Item = (Option<&Place>, &str, &str)> {
    let emissions = scenario.handlers.iter().flat_map(|handling| &handling.emits);
    emissions.filter_map(|one| Some((one.place.as_ref(), one.to.as_str(), one.body.as_deref()?)))
}

fn of_queue(name: &str, queue: &Queue, workload: &Workload, problems: &mut Vec<Diagnostic>) {
    for message in &workload.messages {
        let place = message.place.as_ref();
        too_large(name, queue, place, &[(message.body.as_deref(), &message.attributes)], problems);
        match queue.kind {
            QueueKind::Fifo if message.group.is_none() => {
                let says = format!("a message to the FIFO queue {name} has no `group`");
                let help = "add `group = \"…\"`: AWS refuses a message without MessageGroupId there";
                problems.push(problem("scenario-no-group", place, says, help));
            }
            QueueKind::Standard if message.deduplication.is_some() => {
                let says = format!("a message to the standard queue {name} has a `deduplication` id");
                let help = "leave it out: only FIFO queues take MessageDeduplicationId";
                problems.push(problem("scenario-no-deduplication", place, says, help));
            }
            QueueKind::Fifo | QueueKind::Standard => {}
        }
    }
    for generated in &workload.generated {
        let place = generated.place.as_ref();
        too_large(name, queue, place, &[(generated.body.as_deref(), &generated.attributes)], problems);
    }
}

fn too_large(
    name: &str,
    queue: &Queue,
    place: Option<&Place>,
    payloads: &[(Option<&str>, &MessageAttributes)],
    problems: &mut Vec<Diagnostic>,
) {
    let limit = queue.maximum_message_size.value;
    for (body, attributes) in payloads {
        let size = Bytes(size(body.unwrap_or_default(), attributes));
        if size > limit {
            let message = format!("the message is {} bytes long, {name} takes {limit}", size.0);
            let help = format!("write at most {} bytes of body and attributes", limit.0);
            problems.push(problem("scenario-message-too-large", place, message, help));
        }
    }
}

/// What a message counts: its body, and of each attribute the name, the type and the value.
fn size(body: &str, attributes: &MessageAttributes) -> u64 {
    let of = |(name, attribute): (&String, &MessageAttribute)| {
        name.len() + attribute.data_type.len() + attribute.bytes().len()
    };
    let attributes: usize = attributes.iter().map(of).sum();
    (body.len() + attributes) as u64
}
