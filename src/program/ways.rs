//! The ways that events take from a channel over other channels to queues and functions.

use crate::topology::{InvocationModel, LinkDetail, LinkEnd, ResourceDetail, ResourceId, Topology};

/// One way: links of the topology in order, and where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) links: Vec<usize>,
    pub(super) end: WayEnd,
}

/// Where a way ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WayEnd {
    /// In a queue of the topology.
    Queue(ResourceId),
    /// In a function of the topology.
    Function(ResourceId),
}

/// All ways from a channel; a way that comes back to a channel that it has passed ends nowhere.
pub(super) fn ways(topology: &Topology, from: &LinkEnd) -> Vec<Way> {
    let mut found = Vec::new();
    follow(topology, &mut vec![from.clone()], &mut Vec::new(), &mut found);
    found
}

fn follow(topology: &Topology, passed: &mut Vec<LinkEnd>, links: &mut Vec<usize>, found: &mut Vec<Way>) {
    for (index, to) in deliveries(topology, passed.last()) {
        links.push(index);
        match end(topology, index, to) {
            Some(end) => found.push(Way { links: links.clone(), end }),
            None if !passed.contains(to) => {
                passed.push(to.clone());
                follow(topology, passed, links, found);
                passed.pop();
            }
            None => {}
        }
        links.pop();
    }
}

fn deliveries<'t>(topology: &'t Topology, from: Option<&LinkEnd>) -> Vec<(usize, &'t LinkEnd)> {
    let links = topology.links.iter().enumerate();
    links
        .filter(|(_, link)| is_way(&link.detail) && Some(&link.from) == from)
        .map(|(index, link)| (index, &link.to))
        .collect()
}

/// Whether events go over a link by themselves, and every reader or target gets its own.
const fn is_way(detail: &LinkDetail) -> bool {
    match detail {
        LinkDetail::Delivers(_) | LinkDetail::StreamPolling(_) => true,
        LinkDetail::QueuePolling(_) | LinkDetail::Sends(_) | LinkDetail::Unmodelled => false,
    }
}

fn end(topology: &Topology, link: usize, to: &LinkEnd) -> Option<WayEnd> {
    let LinkEnd::Resource(id) = to else { return None };
    let invokes = match topology.links[link].model {
        InvocationModel::Sync | InvocationModel::Async | InvocationModel::StreamPoll => true,
        InvocationModel::QueuePoll | InvocationModel::Forward => false,
    };
    match &topology.resource(*id).detail {
        ResourceDetail::Queue(_) => Some(WayEnd::Queue(*id)),
        ResourceDetail::Function(_) if invokes => Some(WayEnd::Function(*id)),
        ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_)
        | ResourceDetail::Other => None,
    }
}

/// The channels of a topology: all that something is delivered from, in the order of its links.
pub(super) fn channels(topology: &Topology) -> Vec<LinkEnd> {
    let mut found: Vec<LinkEnd> = Vec::new();
    for link in &topology.links {
        if is_way(&link.detail) && !found.contains(&link.from) {
            found.push(link.from.clone());
        }
    }
    for (index, resource) in topology.resources.iter().enumerate() {
        let end = LinkEnd::Resource(ResourceId(index as u32));
        if let ResourceDetail::Channel(_) | ResourceDetail::Stream(_) = resource.detail
            && !found.contains(&end)
        {
            found.push(end);
        }
    }
    found
}

/// Whether another channel delivers into this one, so that nobody outside does as a rule.
pub(super) fn is_fed(topology: &Topology, channel: &LinkEnd) -> bool {
    topology.links.iter().any(|link| matches!(link.detail, LinkDetail::Delivers(_)) && link.to == *channel)
}
