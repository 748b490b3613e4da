//! The connected parts of a topology: what cannot influence each other is searched apart.

use crate::program::sends::Send;
use crate::program::ways::{Way, WayEnd, channels, ways};
use crate::topology::{Exit, LinkDetail, LinkEnd, RedriveTarget, ResourceDetail, ResourceId, Topology};

/// One connected part, by positions in the topology.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Component {
    /// Its queues.
    pub(crate) queues: Vec<ResourceId>,
    /// Its functions.
    pub(crate) functions: Vec<ResourceId>,
    /// Its mappings: positions in the topology's links.
    pub(crate) links: Vec<usize>,
    /// What events come into, each with the ways from it.
    pub(crate) channels: Vec<(LinkEnd, Vec<Way>)>,
}

/// All parts in which a function is invoked by a mapping or by a push, in the order of their first resource.
///
/// Parts still share the account's unreserved concurrency; what neighbours take of it is the family `throttle`.
pub(crate) fn components(topology: &Topology, sends: &[Send]) -> Vec<Component> {
    let graph = Graph::of(topology, sends);
    let mut firsts: Vec<usize> = graph.invoked.iter().map(|function| graph.roots[*function]).collect();
    firsts.sort_unstable();
    firsts.dedup();
    firsts.into_iter().map(|first| graph.gather(topology, sends, first)).collect()
}

/// The nodes are the resources, and after them the channels that are declared elsewhere.
struct Graph {
    /// All channels with the ways from them, and their nodes.
    channels: Vec<(LinkEnd, Vec<Way>, usize)>,
    /// The functions that something here invokes.
    invoked: Vec<usize>,
    /// For each node the first node of its part.
    roots: Vec<usize>,
}

impl Graph {
    fn of(topology: &Topology, sends: &[Send]) -> Self {
        let mut outside = topology.resources.len();
        let channels: Vec<(LinkEnd, Vec<Way>, usize)> = channels(topology)
            .into_iter()
            .map(|channel| {
                let node = match &channel {
                    LinkEnd::Resource(id) => id.0 as usize,
                    LinkEnd::Outside(_) | LinkEnd::Missing(_) => {
                        outside += 1;
                        outside - 1
                    }
                };
                let ways = ways(topology, &channel);
                (channel, ways, node)
            })
            .collect();
        let mut graph = Self { channels, invoked: Vec::new(), roots: Vec::new() };
        let mut parents: Vec<usize> = (0..outside).collect();
        for (from, to) in graph.edges(topology, sends) {
            let (left, right) = (root(&parents, from), root(&parents, to));
            parents[left.max(right)] = left.min(right);
        }
        graph.roots = (0..outside).map(|index| root(&parents, index)).collect();
        graph.invoked = polled_links(topology).map(|(_, _, to)| to).chain(graph.pushed(topology)).collect();
        graph
    }

    /// The functions that ways lead into, and those that other functions call.
    fn pushed(&self, topology: &Topology) -> Vec<usize> {
        let ways = self.channels.iter().flat_map(|(_, ways, _)| ways);
        let of_ways = ways.filter_map(|way| match way.end {
            WayEnd::Function(id) => Some(id.0 as usize),
            WayEnd::Queue(_) => None,
        });
        of_ways.filter(|node| topology.resources.get(*node).is_some()).collect()
    }

    /// What couples two nodes: a queue that nobody polls couples nothing.
    fn edges(&self, topology: &Topology, sends: &[Send]) -> Vec<(usize, usize)> {
        let mut edges: Vec<(usize, usize)> = polled_links(topology).map(|(_, from, to)| (from, to)).collect();
        let polled: Vec<usize> = edges.iter().map(|(from, _)| *from).collect();
        let couples = |to: &ResourceId| {
            let is_queue = topology.queue(&LinkEnd::Resource(*to)).is_some();
            !is_queue || polled.contains(&(to.0 as usize))
        };
        for send in sends.iter().filter(|send| couples(&send.target)) {
            edges.push((send.function.0 as usize, send.target.0 as usize));
        }
        for (index, resource) in topology.resources.iter().enumerate() {
            let targets = match &resource.detail {
                ResourceDetail::Queue(_) => {
                    target_of(topology, ResourceId(index as u32)).into_iter().collect()
                }
                ResourceDetail::Function(_) => exits_of(topology, ResourceId(index as u32)),
                ResourceDetail::Channel(_) | ResourceDetail::Stream(_) | ResourceDetail::Other => Vec::new(),
            };
            edges.extend(targets.iter().filter(|to| couples(to)).map(|to| (index, to.0 as usize)));
        }
        for (_, ways, node) in &self.channels {
            for way in ways {
                let mut ends: Vec<ResourceId> = exits_on(topology, way);
                ends.push(match way.end {
                    WayEnd::Queue(id) | WayEnd::Function(id) => id,
                });
                edges.extend(ends.iter().filter(|to| couples(to)).map(|to| (*node, to.0 as usize)));
            }
        }
        edges
    }

    fn gather(&self, topology: &Topology, sends: &[Send], first: usize) -> Component {
        let mut component = Component::default();
        let members = (0..topology.resources.len()).filter(|index| self.roots[*index] == first);
        for index in members {
            let id = ResourceId(index as u32);
            match &topology.resource(id).detail {
                ResourceDetail::Queue(_) => component.queues.push(id),
                ResourceDetail::Function(_) => component.functions.push(id),
                ResourceDetail::Channel(_) | ResourceDetail::Stream(_) | ResourceDetail::Other => {}
            }
        }
        let own = self.channels.iter().filter(|(_, _, node)| self.roots[*node] == first);
        component.channels = own.map(|(channel, ways, _)| (channel.clone(), ways.clone())).collect();
        add_targets(topology, sends, &mut component);
        component.links = polled_links(topology)
            .filter(|(_, from, _)| self.roots[*from] == first)
            .map(|(link, _, _)| link)
            .collect();
        component
    }
}

/// A queue that nobody polls belongs to every part that sends to it or dead-letters into it: it couples nothing.
fn add_targets(topology: &Topology, sends: &[Send], component: &mut Component) {
    let own = sends.iter().filter(|send| component.functions.contains(&send.function));
    let mut targets: Vec<ResourceId> = own.map(|send| send.target).collect();
    targets.extend(component.functions.iter().flat_map(|function| exits_of(topology, *function)));
    for way in component.channels.iter().flat_map(|(_, ways)| ways) {
        targets.extend(exits_on(topology, way));
        if let WayEnd::Queue(queue) = way.end {
            targets.push(queue);
        }
    }
    let sources = component.queues.iter().chain(&targets);
    let redriven: Vec<ResourceId> = sources.filter_map(|id| target_of(topology, *id)).collect();
    for target in redriven.into_iter().chain(targets) {
        if topology.queue(&LinkEnd::Resource(target)).is_some() && !component.queues.contains(&target) {
            component.queues.push(target);
        }
    }
    component.queues.sort_unstable();
}

/// Where a queue's dead letters go, if that is a queue of the topology.
fn target_of(topology: &Topology, id: ResourceId) -> Option<ResourceId> {
    match &topology.queue(&LinkEnd::Resource(id))?.redrive.as_ref()?.target {
        RedriveTarget::Queue(target) => Some(*target),
        RedriveTarget::Outside(_) | RedriveTarget::Missing(_) => None,
    }
}

/// Where asynchronous invocations of a function leave to.
pub(super) fn exits_of(topology: &Topology, id: ResourceId) -> Vec<ResourceId> {
    let Some(function) = topology.function(&LinkEnd::Resource(id)) else { return Vec::new() };
    let configs = function.invoke_configs.iter().chain([&function.invoke_default]);
    let destinations = configs.flat_map(|config| config.on_success.iter().chain(&config.on_failure));
    destinations.chain(&function.dead_letter).filter_map(resource_of).collect()
}

/// The dead-letter queues of a way's links.
pub(super) fn exits_on(topology: &Topology, way: &Way) -> Vec<ResourceId> {
    let links = way.links.iter().map(|link| &topology.links[*link].detail);
    let exits = links.filter_map(|detail| match detail {
        LinkDetail::Delivers(delivery) => delivery.dead_letter.as_ref(),
        LinkDetail::StreamPolling(mapping) => mapping.on_failure.as_ref(),
        LinkDetail::QueuePolling(_) | LinkDetail::Sends(_) | LinkDetail::Unmodelled => None,
    });
    exits.filter_map(resource_of).collect()
}

const fn resource_of(exit: &Exit) -> Option<ResourceId> {
    match exit.target {
        LinkEnd::Resource(id) => Some(id),
        LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
    }
}

/// Mappings between a queue and a function of the topology: link, queue, function.
fn polled_links(topology: &Topology) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
    topology.links.iter().enumerate().filter_map(|(index, link)| match (&link.detail, &link.from, &link.to) {
        (LinkDetail::QueuePolling(_), LinkEnd::Resource(from), LinkEnd::Resource(to)) => {
            Some((index, from.0 as usize, to.0 as usize))
        }
        _ => None,
    })
}

fn root(parents: &[usize], mut index: usize) -> usize {
    while parents[index] != index {
        index = parents[index];
    }
    index
}
