//! Bodies that a topic, a bus or a front does not take.

use crate::models::Models;
use crate::scenario::check::problem;
use crate::scenario::clients::invocation;
use crate::scenario::{Scenario, Workload};
use crate::topology::{
    ChannelKind, InvocationModel, LinkDetail, LinkEnd, Resource, ResourceDetail, ResourceId, Topology,
};
use crate::vocabulary::{Bytes, Diagnostic, Place};

/// What no synchronous invocation takes more of, whatever its front does.
const SYNCHRONOUS: &str = "limit.synchronous_payload";
/// What no asynchronous invocation takes more of.
const ASYNCHRONOUS: &str = "limit.asynchronous_payload";
/// The slot by which a front says how much it takes.
const REQUEST_SIZE: &str = "request.size";
/// The type of buses whose entries have a limit.
const BUS: &str = "AWS::Events::EventBus";

/// The most that something takes, and what it answers above that.
struct Limit {
    size: Bytes,
    status: Option<u64>,
}

/// Checks what is stated to come to every channel.
pub(super) fn check(
    scenario: &Scenario,
    topology: &Topology,
    models: &Models,
    problems: &mut Vec<Diagnostic>,
) {
    of_clients(scenario, models, problems);
    for (position, resource) in topology.resources.iter().enumerate() {
        let name = resource.name.as_str();
        let Some(limit) = limit(ResourceId(position as u32), resource, topology, models) else { continue };
        for workload in scenario.load_of(name) {
            problems
                .extend(bodies(workload).filter_map(|(body, place)| too_large(name, body, place, &limit)));
        }
    }
}

/// Checks what clients hand to Lambda themselves.
//= limit.asynchronous_payload
fn of_clients(scenario: &Scenario, models: &Models, problems: &mut Vec<Diagnostic>) {
    for caller in &scenario.callers {
        let Some(call) = &caller.calls else { continue };
        let rule = match invocation(models, &call.source) {
            Some(InvocationModel::Async) => ASYNCHRONOUS,
            Some(_) => SYNCHRONOUS,
            None => continue,
        };
        let Ok(size) = models.bytes(rule, "limit") else { continue };
        let limit = Limit { size: Bytes(size.0), status: models.count(rule, "status").ok() };
        for workload in scenario.load_of(&caller.name) {
            let found = bodies(workload);
            problems.extend(found.filter_map(|(body, place)| too_large("Lambda", body, place, &limit)));
        }
    }
}

fn bodies(workload: &Workload) -> impl Iterator<Item = (&str, Option<&Place>)> {
    let single = workload.messages.iter().map(|one| (one.body.as_deref(), one.place.as_ref()));
    let many = workload.generated.iter().map(|one| (one.body.as_deref(), one.place.as_ref()));
    single.chain(many).filter_map(|(body, place)| Some((body?, place)))
}

fn too_large(name: &str, body: &str, place: Option<&Place>, limit: &Limit) -> Option<Diagnostic> {
    let size = body.len() as u64;
    if size <= limit.size.0 {
        return None;
    }
    let message = format!("the body is {size} bytes long, {name} takes {}", limit.size);
    let answer =
        limit.status.map_or_else(|| "refuses more".to_owned(), |status| format!("answers {status} to more"));
    let help = format!("write at most {} bytes: it {answer}, and no function runs", limit.size.0);
    Some(problem("scenario-message-too-large", place, message, help))
}

//= limit.synchronous_payload
fn limit(id: ResourceId, resource: &Resource, topology: &Topology, models: &Models) -> Option<Limit> {
    let ResourceDetail::Channel(kind) = &resource.detail else { return None };
    let of = |rule: &str| {
        let size = Bytes(models.bytes(rule, "limit").ok()?.0);
        Some(Limit { size, status: models.count(rule, "status").ok() })
    };
    match kind {
        ChannelKind::Topic | ChannelKind::FifoTopic => of("sns.message_size"),
        ChannelKind::Bus if resource.type_name == BUS => of("eventbridge.entry_size"),
        ChannelKind::Front => {
            let own = topology.links.iter().find(|link| {
                link.from == LinkEnd::Resource(id) && matches!(link.detail, LinkDetail::Delivers(_))
            })?;
            let front = models.rules_in(&own.source, REQUEST_SIZE).and_then(|rule| of(&models.rule(rule).id));
            let lambda = of(SYNCHRONOUS);
            [front, lambda].into_iter().flatten().min_by_key(|limit| limit.size)
        }
        ChannelKind::Bus
        | ChannelKind::Bucket
        | ChannelKind::Machine
        | ChannelKind::Service
        | ChannelKind::Stream => None,
    }
}
