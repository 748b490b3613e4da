//! The hops that events take from resource to resource: what every question about circles is asked of.
//!
//! Absent: what functions send for what they processed, which is in `sends.rs`.

use crate::topology::{
    Delivery, Exit, InvocationModel, LinkDetail, LinkEnd, ObjectFilter, Permitted, RedriveTarget,
    ResourceDetail, ResourceId, Setting, Topology,
};
use crate::vocabulary::Place;

/// One hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// What events leave.
    pub from: LinkEnd,
    /// What they come to.
    pub to: LinkEnd,
    /// What makes them go.
    pub kind: HopKind,
    /// Whether they do.
    pub passage: Passage,
    /// What a report calls the source, where that is not what events leave: the subscription of a log group.
    pub declared_by: Option<String>,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// What makes events go from one resource to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HopKind {
    /// A mapping polls a queue or a stream.
    Polled,
    /// A source pushes.
    Pushed(InvocationModel),
    /// A function sends, by evidence or because somebody says so.
    Sent,
    /// A function writes its log.
    Logged,
    /// The destination of asynchronous invocations that succeed.
    Succeeded,
    /// The destination or dead-letter queue of asynchronous invocations that fail.
    Failed,
    /// The dead-letter queue of a link.
    Undelivered,
    /// The redrive policy of a queue.
    Redriven,
}

impl HopKind {
    /// Whether only what fails takes it.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Undelivered | Self::Redriven)
    }

    /// Whether only an asynchronous invocation makes an event take it.
    pub const fn leaves_asynchronous(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// Whether a function that is its target is invoked asynchronously.
    pub const fn invokes_asynchronously(self) -> bool {
        match self {
            Self::Polled => false,
            Self::Pushed(model) => matches!(model, InvocationModel::Async),
            Self::Sent
            | Self::Logged
            | Self::Succeeded
            | Self::Failed
            | Self::Undelivered
            | Self::Redriven => true,
        }
    }
}

/// Whether events take a hop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// They do.
    Open,
    /// It cannot be told, and why.
    Doubtful(String),
    /// They do not, and why.
    Shut(String),
}

/// All hops but what functions send, in the order of the template.
pub(super) fn hops(topology: &Topology) -> Vec<Hop> {
    let mut found = Vec::new();
    for link in &topology.links {
        let (kind, passage, declared_by) = match &link.detail {
            LinkDetail::QueuePolling(mapping) => {
                let narrow = !mapping.filters.is_empty();
                (HopKind::Polled, passage(mapping.name.as_str(), Some(&mapping.enabled), narrow), None)
            }
            LinkDetail::Delivers(delivery) => {
                let narrow = is_narrow(topology, &link.from, delivery);
                let passage = passage(delivery.name.as_str(), delivery.enabled.as_ref(), narrow);
                (HopKind::Pushed(link.model), passage, delivery.declared_by.clone())
            }
            LinkDetail::StreamPolling(mapping) => {
                let narrow = !mapping.filters.is_empty();
                (HopKind::Polled, passage(mapping.name.as_str(), Some(&mapping.enabled), narrow), None)
            }
            LinkDetail::Sends(_) | LinkDetail::Unmodelled => continue,
        };
        let passage = permitted(topology, (&link.from, &link.to), link.permitted).unwrap_or(passage);
        let passage = running(topology, &link.to).unwrap_or(passage);
        let (from, to) = (link.from.clone(), link.to.clone());
        found.push(Hop { from, to, kind, passage, declared_by, place: link.place.clone() });
        if let LinkDetail::Delivers(Delivery { dead_letter: Some(exit), .. }) = &link.detail {
            found.push(exit_hop(topology, &link.from, exit, HopKind::Undelivered));
        }
        if let LinkDetail::StreamPolling(mapping) = &link.detail
            && let Some(exit) = &mapping.on_failure
        {
            found.push(exit_hop(topology, &link.from, exit, HopKind::Undelivered));
        }
    }
    for index in 0..topology.resources.len() {
        found.extend(of_resource(topology, ResourceId(index as u32)));
    }
    found
}

/// A hop by which a function sends.
pub(super) fn sent(topology: &Topology, function: ResourceId, target: ResourceId) -> Hop {
    let (from, to) = (LinkEnd::Resource(function), LinkEnd::Resource(target));
    let link = topology
        .links
        .iter()
        .find(|link| matches!(link.detail, LinkDetail::Sends(_)) && link.from == from && link.to == to);
    let denied = link.and_then(|link| permitted(topology, (&from, &to), link.permitted));
    let passage = running(topology, &to).or(denied).unwrap_or(Passage::Open);
    let place = link.map_or(&topology.resource(function).place, |link| &link.place).clone();
    Hop { from, to, kind: HopKind::Sent, passage, declared_by: None, place }
}

fn of_resource(topology: &Topology, id: ResourceId) -> Vec<Hop> {
    let from = LinkEnd::Resource(id);
    let resource = topology.resource(id);
    match &resource.detail {
        ResourceDetail::Queue(queue) => {
            let target = queue.redrive.as_ref().and_then(|redrive| match &redrive.target {
                RedriveTarget::Queue(target) => Some((LinkEnd::Resource(*target), redrive.place.clone())),
                RedriveTarget::Outside(_) | RedriveTarget::Missing(_) => None,
            });
            let hop = target.map(|(to, place)| Hop {
                from,
                to,
                kind: HopKind::Redriven,
                passage: Passage::Open,
                declared_by: None,
                place,
            });
            hop.into_iter().collect()
        }
        ResourceDetail::Function(function) => {
            let exit = |kind| move |exit: &Exit| exit_hop(topology, &LinkEnd::Resource(id), exit, kind);
            let configs = || function.invoke_configs.iter().chain([&function.invoke_default]);
            let mut found: Vec<Hop> = configs()
                .filter_map(|config| config.on_success.as_ref())
                .map(exit(HopKind::Succeeded))
                .collect();
            let failing = configs().filter_map(|config| config.on_failure.as_ref());
            found.extend(failing.chain(&function.dead_letter).map(exit(HopKind::Failed)));
            found.extend(function.log_groups.iter().map(|group| Hop {
                from: from.clone(),
                to: group.clone(),
                kind: HopKind::Logged,
                passage: Passage::Open,
                declared_by: None,
                place: resource.place.clone(),
            }));
            found
        }
        ResourceDetail::Channel(_) | ResourceDetail::Stream(_) | ResourceDetail::Other => Vec::new(),
    }
}

fn exit_hop(topology: &Topology, from: &LinkEnd, exit: &Exit, kind: HopKind) -> Hop {
    let denied = permitted(topology, (from, &exit.target), exit.permitted);
    Hop {
        from: from.clone(),
        to: exit.target.clone(),
        kind,
        passage: running(topology, &exit.target).or(denied).unwrap_or(Passage::Open),
        declared_by: None,
        place: exit.place.clone(),
    }
}

fn passage(name: &str, enabled: Option<&Setting<bool>>, narrow: bool) -> Passage {
    match enabled {
        Some(Setting { value: false, unknown: None, .. }) => Passage::Shut(format!("{name} is switched off")),
        Some(_) | None if narrow => {
            Passage::Doubtful(format!("whether the filter of {name} wants what comes round is not known"))
        }
        Some(_) | None => Passage::Open,
    }
}

fn permitted(topology: &Topology, (from, to): (&LinkEnd, &LinkEnd), answer: Permitted) -> Option<Passage> {
    let (from, to) = (topology.end_name(from), topology.end_name(to));
    match answer {
        Permitted::Denied => {
            Some(Passage::Shut(format!("blocked by `permitted`: {from} may not reach {to}")))
        }
        Permitted::Granted | Permitted::Unknown => None,
    }
}

/// A function that nothing may run in is the end of every chain.
fn running(topology: &Topology, to: &LinkEnd) -> Option<Passage> {
    let reserved = topology.function(to)?.reserved_concurrency.as_ref()?;
    let never = reserved.value == 0 && reserved.unknown.is_none();
    never.then(|| Passage::Shut(format!("{} may never run: it has no concurrency", topology.end_name(to))))
}

/// Whether a link leaves out something of what could come round.
fn is_narrow(topology: &Topology, from: &LinkEnd, delivery: &Delivery) -> bool {
    let kind = topology.channel(from);
    let is_bucket = kind == Some(crate::topology::ChannelKind::Bucket);
    let is_wide = |text: &str| if is_bucket { wants_all_created(text) } else { wants_all(text) };
    let filters = &delivery.filters;
    delivery.log_pattern.is_some()
        || (!filters.is_empty() && !filters.iter().any(|filter| is_wide(&filter.text)))
}

/// Fields of a bus's events that are the same for all of an account and Region.
const EVERYWHERE: [&str; 2] = ["account", "region"];
/// The word in the events of a bucket for what a function puts there.
const CREATED: &str = "Created";
/// The names of events of all kinds.
const ANY: &str = "*";

/// Whether a bucket's link is told of every object that is put, whatever its key.
fn wants_all_created(text: &str) -> bool {
    if let Some(filter) = ObjectFilter::of_pattern(text) {
        let told = filter.event == ANY || filter.event.contains(CREATED);
        return told && filter.prefix.is_empty() && filter.suffix.is_empty();
    }
    let Ok(serde_json::Value::Object(pattern)) = serde_json::from_str(text) else { return false };
    pattern.iter().all(|(key, value)| match key.as_str() {
        "source" => true,
        "detail-type" => value.to_string().contains(CREATED),
        "detail" => value.as_object().is_some_and(|detail| detail.keys().all(|key| key == "bucket")),
        other => EVERYWHERE.contains(&other),
    })
}

fn wants_all(text: &str) -> bool {
    let Ok(serde_json::Value::Object(pattern)) = serde_json::from_str(text) else { return false };
    pattern.keys().all(|key| EVERYWHERE.contains(&key.as_str()))
}
