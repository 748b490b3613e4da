//! What hands an event on to what at each hop of a route, and as what: from this a report writes the event that arrives.
//!
//! Absent: what the run does with it. The world never looks here.

use std::collections::BTreeMap;

use crate::topology::{
    ChannelKind, Content, Link, LinkDetail, LinkEnd, ResourceDetail, ResourceId, State, StateKind,
    TaskAction, Topology,
};

/// One hop, in the words of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The model of what hands on, such as `sns`.
    pub source: String,
    /// What hands on.
    pub from: String,
    /// What kind of thing that is; nothing where it is declared elsewhere.
    pub kind: Option<ChannelKind>,
    /// What it hands on to.
    pub to: String,
    /// Whether that is a function, a queue, or something that hands on itself.
    pub target: HandoverTarget,
    /// The version or alias of the function that is called.
    pub qualifier: Option<String>,
    /// The resource that declares the link, where that is one of its own: the subscription of a topic.
    pub declared_by: Option<String>,
    /// The state of a state machine that calls, where one does.
    pub state: Option<String>,
    /// What of the event.
    pub content: Content,
}

/// What an event is handed on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverTarget {
    /// A function.
    Function,
    /// A queue.
    Queue,
    /// Anything else.
    Other,
}

impl Handover {
    /// The hop over a link, by its position.
    pub(super) fn of(topology: &Topology, position: usize) -> Self {
        let link = &topology.links[position];
        let detail = |end: &LinkEnd| match end {
            LinkEnd::Resource(id) => Some(&topology.resource(*id).detail),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
        };
        let kind = match detail(&link.from) {
            Some(ResourceDetail::Channel(kind)) => Some(*kind),
            Some(
                ResourceDetail::Queue(_)
                | ResourceDetail::Function(_)
                | ResourceDetail::Stream(_)
                | ResourceDetail::Other,
            )
            | None => None,
        };
        let target = match detail(&link.to) {
            Some(ResourceDetail::Function(_)) => HandoverTarget::Function,
            Some(ResourceDetail::Queue(_)) => HandoverTarget::Queue,
            Some(ResourceDetail::Channel(_) | ResourceDetail::Stream(_) | ResourceDetail::Other) | None => {
                HandoverTarget::Other
            }
        };
        let (qualifier, declared_by, content) = match &link.detail {
            LinkDetail::Delivers(delivery) => {
                (delivery.qualifier.clone(), delivery.declared_by.clone(), delivery.content.clone())
            }
            LinkDetail::QueuePolling(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Sends(_)
            | LinkDetail::Unmodelled => (None, None, Content::Whole),
        };
        Self {
            source: link.source.clone(),
            from: topology.end_name(&link.from).to_owned(),
            kind,
            to: topology.end_name(&link.to).to_owned(),
            target,
            qualifier,
            declared_by,
            state: state_of(topology, link, position),
            content,
        }
    }
}

/// The state that a link is called by, where a state machine calls over it.
fn state_of(topology: &Topology, link: &Link, position: usize) -> Option<String> {
    let calls = |state: &&State| match &state.kind {
        StateKind::Task(task) => {
            matches!(task.action, TaskAction::Invoke(own) | TaskAction::Send(own) if own == position)
        }
        StateKind::Pass
        | StateKind::Wait(_)
        | StateKind::Choice(_)
        | StateKind::Parallel(_)
        | StateKind::Map(_)
        | StateKind::Succeed
        | StateKind::Fail(_) => false,
    };
    Some(topology.machine(&link.from)?.states.iter().find(calls)?.name.clone())
}

/// What resources are called outside of the template, by what they are called in it: their names where it says them in
/// full, and whole ARNs of what is declared elsewhere.
pub(super) fn outside_names(topology: &Topology) -> BTreeMap<String, String> {
    let own = topology.physical_names.iter().map(|(id, name)| (named(topology, *id), name.clone()));
    let others = topology.nicknames.iter().filter(|(arn, _)| arn.starts_with("arn:"));
    own.chain(others.map(|(arn, name)| (name.clone(), arn.clone()))).collect()
}

fn named(topology: &Topology, id: ResourceId) -> String {
    topology.resource(id).name.as_str().to_owned()
}
