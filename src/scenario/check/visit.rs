//! Every name of a resource in a scenario, with what it has to name.

use crate::kernel::Family;
use crate::scenario::{Change, Expected, PlannedFault, Scenario};
use crate::topology::Topology;
use crate::vocabulary::Place;

/// What a name has to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// Functions, perhaps several by a pattern.
    Functions,
    /// Queues and channels, perhaps several by a pattern.
    Sources,
    /// A function.
    Function,
    /// A queue.
    Queue,
    /// An archive of a bus.
    Archive,
    /// What a mapping reads: a queue or a stream.
    Polled,
    /// What a run can do without: a function or a stream.
    Deletable,
    /// A queue or a channel.
    Source,
    /// A function or a queue.
    FunctionOrQueue,
    /// What something is delivered to: a function, or where anything is pushed a queue or channel too.
    Target,
    /// Any resource.
    Resource,
    /// A resource or an event source mapping.
    Settable,
}

impl Scenario {
    /// The same with every resource under its name in reports where its logical id was written.
    #[must_use]
    pub fn named_as_in(&self, topology: &Topology) -> Self {
        let mut named = self.clone();
        each_name(&mut named, &mut |_, name, _| {
            let is_known = topology.resources.iter().any(|resource| resource.name.as_str() == name);
            let identified = topology.resources.iter().find(|resource| resource.logical_id == *name);
            if let (false, Some(resource)) = (is_known, identified) {
                resource.name.as_str().clone_into(name);
            }
        });
        named
    }
}

/// Calls with every name, what it has to name, and where it is stated.
pub(super) fn each_name(scenario: &mut Scenario, visit: &mut dyn FnMut(Naming, &mut String, Option<&Place>)) {
    for workload in &mut scenario.workloads {
        visit(Naming::Sources, &mut workload.to, workload.place.as_ref());
    }
    for handling in &mut scenario.handlers {
        visit(Naming::Functions, &mut handling.function, handling.place.as_ref());
        for emission in &mut handling.emits {
            visit(Naming::Resource, &mut emission.to, emission.place.as_ref());
        }
    }
    for caller in &mut scenario.callers {
        match &mut caller.calls {
            Some(call) => visit(Naming::Function, &mut call.function, caller.place.as_ref()),
            None => visit(Naming::Sources, &mut caller.name, caller.place.as_ref()),
        }
    }
    for sends in &mut scenario.sends {
        visit(Naming::Functions, &mut sends.function, sends.place.as_ref());
        visit(Naming::Resource, &mut sends.to, sends.place.as_ref());
    }
    for planned in &mut scenario.changes {
        each_of_change(&mut planned.change, planned.place.as_ref(), visit);
    }
    for fault in &mut scenario.faults.planned {
        match fault {
            PlannedFault::Poison { source, place, .. } => visit(Naming::Source, source, place.as_ref()),
            PlannedFault::Span { target, .. } if target.is_empty() => {}
            PlannedFault::Span { family: Family::ServiceError, target, place, .. } => {
                visit(Naming::FunctionOrQueue, target, place.as_ref());
            }
            PlannedFault::Span { target, place, .. } => visit(Naming::Function, target, place.as_ref()),
        }
    }
    for expectation in &mut scenario.expectations {
        let place = expectation.place.as_ref();
        match &mut expectation.expected {
            Expected::Invocations { function, .. } => visit(Naming::Function, function, place),
            Expected::Holds { queue, .. } => visit(Naming::Queue, queue, place),
            Expected::Fate { source, .. } => visit(Naming::Source, source, place),
        }
    }
}

fn each_of_change(
    change: &mut Change,
    place: Option<&Place>,
    visit: &mut dyn FnMut(Naming, &mut String, Option<&Place>),
) {
    match change {
        Change::Set { resource, .. } => visit(Naming::Settable, resource, place),
        Change::Redeploy { function } => visit(Naming::Function, function, place),
        Change::Delete { name } => visit(Naming::Deletable, name, place),
        Change::Disable { source, function } | Change::Enable { source, function } => {
            visit(Naming::Source, source, place);
            visit(Naming::Target, function, place);
        }
        Change::RevokeSending { function, to } => {
            visit(Naming::Function, function, place);
            visit(Naming::Resource, to, place);
        }
        Change::RevokePushing { source, target } => {
            visit(Naming::Source, source, place);
            visit(Naming::Target, target, place);
        }
        Change::Create { source, function } => {
            visit(Naming::Source, source, place);
            visit(Naming::Function, function, place);
        }
        Change::DeleteMapping { source, function } => {
            visit(Naming::Polled, source, place);
            visit(Naming::Function, function, place);
        }
        Change::Revoke { function, from } => {
            visit(Naming::Function, function, place);
            visit(Naming::Polled, from, place);
        }
        Change::Replay(replay) => {
            visit(Naming::Archive, &mut replay.archive, place);
            for rule in &mut replay.rules {
                visit(Naming::Resource, rule, place);
            }
        }
        Change::Redrive { queue, .. } | Change::Peek { queue, .. } => visit(Naming::Queue, queue, place),
    }
}
