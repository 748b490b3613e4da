//! The connected parts of a topology: what cannot influence each other is searched apart.

use crate::program::sends::Send;
use crate::topology::{LinkDetail, LinkEnd, RedriveTarget, ResourceDetail, ResourceId, Topology};

/// One connected part, by positions in the topology.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Component {
    /// Its queues.
    pub(crate) queues: Vec<ResourceId>,
    /// Its functions.
    pub(crate) functions: Vec<ResourceId>,
    /// Its mappings: positions in the topology's links.
    pub(crate) links: Vec<usize>,
}

/// All parts that have at least one mapping on a queue, in the order of their first resource.
///
/// Parts still share the account's unreserved concurrency; what neighbours take of it is the family `throttle`.
pub(crate) fn components(topology: &Topology, sends: &[Send]) -> Vec<Component> {
    let mut parents: Vec<usize> = (0..topology.resources.len()).collect();
    for (from, to) in edges(topology, sends) {
        let (left, right) = (root(&parents, from), root(&parents, to));
        parents[left.max(right)] = left.min(right);
    }
    let roots: Vec<usize> = (0..parents.len()).map(|index| root(&parents, index)).collect();
    let mut firsts: Vec<usize> = polled_links(topology).map(|(_, from, _)| roots[from]).collect();
    firsts.sort_unstable();
    firsts.dedup();
    firsts.into_iter().map(|first| gather(topology, sends, &roots, first)).collect()
}

fn gather(topology: &Topology, sends: &[Send], roots: &[usize], first: usize) -> Component {
    let mut component = Component::default();
    for (index, resource) in topology.resources.iter().enumerate().filter(|(index, _)| roots[*index] == first)
    {
        let id = ResourceId(index as u32);
        match &resource.detail {
            ResourceDetail::Queue(_) => component.queues.push(id),
            ResourceDetail::Function(_) => component.functions.push(id),
            ResourceDetail::Channel(_) | ResourceDetail::Other => {}
        }
    }
    add_targets(topology, sends, &mut component);
    component.links = polled_links(topology)
        .filter(|(_, from, _)| roots[*from] == first)
        .map(|(link, _, _)| link)
        .collect();
    component
}

/// A queue that nobody polls belongs to every part that sends to it or dead-letters into it: it couples nothing.
fn add_targets(topology: &Topology, sends: &[Send], component: &mut Component) {
    let own = sends.iter().filter(|send| component.functions.contains(&send.function));
    let sent: Vec<ResourceId> = own.map(|send| send.queue).collect();
    let sources = component.queues.iter().chain(&sent);
    let mut targets: Vec<ResourceId> = sources.filter_map(|id| target_of(topology, *id)).collect();
    targets.extend(sent);
    for target in targets {
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

/// Mappings between a queue and a function of the topology: link, queue, function.
fn polled_links(topology: &Topology) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
    topology.links.iter().enumerate().filter_map(|(index, link)| match (&link.detail, &link.from, &link.to) {
        (LinkDetail::QueuePolling(_), LinkEnd::Resource(from), LinkEnd::Resource(to)) => {
            Some((index, from.0 as usize, to.0 as usize))
        }
        _ => None,
    })
}

fn edges(topology: &Topology, sends: &[Send]) -> Vec<(usize, usize)> {
    let mut edges: Vec<(usize, usize)> = polled_links(topology).map(|(_, from, to)| (from, to)).collect();
    let polled: Vec<usize> = polled_links(topology).map(|(_, from, _)| from).collect();
    let is_coupling = |send: &&Send| polled.contains(&(send.queue.0 as usize));
    edges.extend(
        sends.iter().filter(is_coupling).map(|send| (send.function.0 as usize, send.queue.0 as usize)),
    );
    for index in 0..topology.resources.len() {
        let target = target_of(topology, ResourceId(index as u32)).map(|target| target.0 as usize);
        edges.extend(target.filter(|target| polled.contains(target)).map(|target| (index, target)));
    }
    edges
}

fn root(parents: &[usize], mut index: usize) -> usize {
    while parents[index] != index {
        index = parents[index];
    }
    index
}
