//! Who sends where: what a template shows for certain, what a user assumes, and what handlers are stated to emit.

use crate::program::hops::{Hop, HopKind, hops, sent};
use crate::scenario::{Emission, Per, Scenario, Sends, matches};
use crate::topology::{LinkDetail, LinkEnd, ResourceDetail, ResourceId, Topology};

/// A function that sends for what it processed: to a queue, into a channel, or to another function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Send {
    pub(super) function: ResourceId,
    pub(super) target: ResourceId,
    pub(super) per: Per,
    pub(super) count: u32,
    pub(super) body: Option<String>,
    /// Whether events come round by it to the function that sends.
    pub(super) closes: bool,
}

/// All of them, each function and queue as often as it is stated, or once by evidence. Those that close a circle come
/// last, and only where somebody states them: that a function may send to where its events come from says nothing about
/// whether it always does, and what is simulated is sent for every event.
pub(super) fn sends(topology: &Topology, scenario: &Scenario) -> Vec<Send> {
    let (mut kept, circles) = sort_out(topology, scenario);
    let is_meant = |send: &Send| is_stated(topology, scenario, send);
    kept.extend(circles.into_iter().filter(is_meant).map(|send| Send { closes: true, ..send }));
    kept
}

/// Whether a handler is stated to emit it, or somebody assumes it.
fn is_stated(topology: &Topology, scenario: &Scenario, send: &Send) -> bool {
    let function = topology.resource(send.function).name.as_str();
    let is_target = |to: &str| topology.find(to) == Some(send.target);
    let handlers = scenario.handlers.iter().filter(|handling| matches(&handling.function, function));
    let is_emitted = handlers.flat_map(|handling| &handling.emits).any(|emission| is_target(&emission.to));
    let is_assumed = |one: &Sends| matches(&one.function, function) && is_target(&one.to);
    is_emitted || scenario.sends.iter().any(is_assumed)
}

/// All hops that events take, those by which functions send included, whether they close a circle or not.
pub fn every_hop(topology: &Topology, scenario: &Scenario) -> Vec<Hop> {
    let sends = all(topology, scenario).into_iter().map(|send| sent(topology, send.function, send.target));
    hops(topology).into_iter().chain(sends).collect()
}

fn sort_out(topology: &Topology, scenario: &Scenario) -> (Vec<Send>, Vec<Send>) {
    let mut edges = fixed_edges(topology);
    let (mut kept, mut circles) = (Vec::new(), Vec::new());
    for send in all(topology, scenario) {
        if reaches(&edges, send.target, send.function) {
            circles.push(send);
        } else {
            edges.push((send.function, send.target));
            kept.push(send);
        }
    }
    (kept, circles)
}

/// What is stated for a pair of function and queue takes the place of evidence.
fn all(topology: &Topology, scenario: &Scenario) -> Vec<Send> {
    let mut sends: Vec<Send> = Vec::new();
    for (index, resource) in topology.resources.iter().enumerate() {
        if let ResourceDetail::Function(_) = resource.detail {
            let emissions = scenario
                .handlers
                .iter()
                .filter(|handling| matches(&handling.function, resource.name.as_str()))
                .map(|handling| &handling.emits)
                .rfind(|emits| !emits.is_empty());
            for emission in emissions.into_iter().flatten() {
                sends.extend(stated(topology, ResourceId(index as u32), emission));
            }
        }
    }
    let shown = topology.links.iter().filter_map(|link| match (&link.detail, &link.from, &link.to) {
        (LinkDetail::Sends(_), LinkEnd::Resource(from), LinkEnd::Resource(to)) => Some((*from, *to)),
        _ => None,
    });
    for (function, target) in shown.chain(assumed(topology, scenario)) {
        if !sends.iter().any(|send| send.function == function && send.target == target) {
            sends.push(Send { function, target, per: Per::Event, count: 1, body: None, closes: false });
        }
    }
    sends.retain(|send| match topology.resource(send.target).detail {
        ResourceDetail::Queue(_)
        | ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_) => true,
        ResourceDetail::Other => false,
    });
    sends
}

fn stated(topology: &Topology, function: ResourceId, emission: &Emission) -> Option<Send> {
    let target = topology.find(&emission.to)?;
    let body = emission.body.clone();
    Some(Send { function, target, per: emission.per, count: emission.count, body, closes: false })
}

fn assumed<'a>(
    topology: &'a Topology,
    scenario: &'a Scenario,
) -> impl Iterator<Item = (ResourceId, ResourceId)> + 'a {
    scenario.sends.iter().flat_map(move |assumption| {
        let target = topology.find(&assumption.to);
        topology.resources.iter().enumerate().filter_map(move |(index, resource)| match resource.detail {
            ResourceDetail::Function(_) if matches(&assumption.function, resource.name.as_str()) => {
                Some((ResourceId(index as u32), target?))
            }
            ResourceDetail::Function(_)
            | ResourceDetail::Queue(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => None,
        })
    })
}

/// Ways that events take whatever handlers do; logs are not simulated.
fn fixed_edges(topology: &Topology) -> Vec<(ResourceId, ResourceId)> {
    let simulated = hops(topology).into_iter().filter(|hop| hop.kind != HopKind::Logged);
    simulated
        .filter_map(|hop| match (hop.from, hop.to) {
            (LinkEnd::Resource(from), LinkEnd::Resource(to)) => Some((from, to)),
            _ => None,
        })
        .collect()
}

/// Whether events that come to `from` can come to `to` whatever handlers do. Such ways out are not run.
pub(super) fn leads_back(topology: &Topology, from: ResourceId, to: ResourceId) -> bool {
    reaches(&fixed_edges(topology), from, to)
}

fn reaches(edges: &[(ResourceId, ResourceId)], from: ResourceId, to: ResourceId) -> bool {
    let mut seen = vec![from];
    let mut next = 0;
    while next < seen.len() {
        let at = seen[next];
        next += 1;
        for (_, target) in edges.iter().filter(|(start, _)| *start == at) {
            if !seen.contains(target) {
                seen.push(*target);
            }
        }
    }
    seen.contains(&to)
}
