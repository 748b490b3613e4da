//! Names that a topology does not have, or has for something else.

use crate::scenario::check::problem;
use crate::scenario::check::visit::{Naming, each_name};
use crate::scenario::{Scenario, matches};
use crate::topology::{ChannelKind, InvocationModel, LinkDetail, LinkEnd, ResourceDetail, Topology};
use crate::vocabulary::{Diagnostic, Place, did_you_mean};

/// The names of a topology by kind.
#[derive(Debug)]
pub(super) struct Names<'t> {
    /// The functions.
    pub(super) functions: Vec<&'t str>,
    /// The queues.
    pub(super) queues: Vec<&'t str>,
    /// Topics, buses, buckets and whatever else events come into.
    pub(super) channels: Vec<(&'t str, &'static str)>,
    /// The archives of buses that are declared here.
    pub(super) archives: Vec<&'t str>,
    /// Everything else.
    pub(super) others: Vec<(&'t str, &'t str)>,
    /// The event source mappings on queues.
    pub(super) mappings: Vec<&'t str>,
    /// Those on streams.
    pub(super) readers: Vec<&'t str>,
    /// What is pushed, as `SOURCE->TARGET`.
    pub(super) deliveries: Vec<String>,
}

impl<'t> Names<'t> {
    /// All names.
    pub(super) fn of(topology: &'t Topology) -> Self {
        let mut names = Self {
            functions: Vec::new(),
            queues: Vec::new(),
            channels: Vec::new(),
            archives: topology.archives.iter().map(|archive| archive.name.as_str()).collect(),
            others: Vec::new(),
            mappings: Vec::new(),
            readers: Vec::new(),
            deliveries: Vec::new(),
        };
        for resource in &topology.resources {
            let name = resource.name.as_str();
            match &resource.detail {
                ResourceDetail::Function(_) => names.functions.push(name),
                ResourceDetail::Queue(_) => names.queues.push(name),
                ResourceDetail::Channel(kind) => names.channels.push((name, kind.word())),
                ResourceDetail::Stream(_) => names.channels.push((name, ChannelKind::Stream.word())),
                ResourceDetail::Other => names.others.push((name, &resource.type_name)),
            }
        }
        for link in &topology.links {
            if let LinkDetail::QueuePolling(mapping) = &link.detail {
                names.mappings.push(mapping.name.as_str());
            }
            if let LinkDetail::StreamPolling(mapping) = &link.detail {
                names.readers.push(mapping.name.as_str());
                // A stream that is declared elsewhere is called by its ARN or address.
                let stream = topology.end_name(&link.from);
                if !names.channels.iter().any(|(name, _)| *name == stream) {
                    names.channels.push((stream, ChannelKind::Stream.word()));
                }
            }
            if let LinkDetail::Delivers(_) = link.detail {
                let (from, to) = (topology.end_name(&link.from), topology.end_name(&link.to));
                names.deliveries.push(format!("{from}->{to}"));
                // So is a channel that is declared elsewhere, and a front that is no resource at all.
                if let LinkEnd::Outside(_) = link.from
                    && !names.is_source(from)
                {
                    let kind = match link.model {
                        InvocationModel::Sync => ChannelKind::Front,
                        InvocationModel::Async
                        | InvocationModel::QueuePoll
                        | InvocationModel::StreamPoll
                        | InvocationModel::Forward => ChannelKind::Service,
                    };
                    names.channels.push((from, kind.word()));
                }
            }
        }
        names
    }

    /// Whether load can be sent to what has this name.
    pub(super) fn is_source(&self, name: &str) -> bool {
        self.queues.contains(&name) || self.channels.iter().any(|(channel, _)| *channel == name)
    }

    /// All event source mappings.
    pub(super) fn all_mappings(&self) -> Vec<&'t str> {
        [self.mappings.as_slice(), &self.readers].concat()
    }

    /// The streams that mappings read.
    pub(super) fn streams(&self) -> Vec<&'t str> {
        let word = ChannelKind::Stream.word();
        self.channels.iter().filter(|(_, kind)| *kind == word).map(|(name, _)| *name).collect()
    }

    /// What a name names, in words.
    fn kind_of(&self, name: &str) -> Option<String> {
        let is_in = |names: &[&str]| names.contains(&name);
        let other = self.others.iter().find(|(other, _)| *other == name);
        match (is_in(&self.functions), is_in(&self.queues), is_in(&self.all_mappings())) {
            (true, _, _) => Some("a function".to_owned()),
            (_, true, _) => Some("a queue".to_owned()),
            (_, _, true) => Some("an event source mapping".to_owned()),
            (false, false, false) => {
                let channel = self.channels.iter().find(|(channel, _)| *channel == name);
                let kind = channel.map(|(_, word)| format!("a {word}"));
                kind.or_else(|| other.map(|(_, type_name)| format!("a resource of type {type_name}")))
            }
        }
    }

    /// The names that will do, and what they are called.
    fn candidates(&self, naming: Naming) -> (&'static str, Vec<&'t str>) {
        let both = || [self.functions.as_slice(), &self.queues].concat();
        let others =
            || self.channels.iter().map(|(name, _)| *name).chain(self.others.iter().map(|(name, _)| *name));
        let all = || [both(), others().collect()].concat();
        match naming {
            Naming::Functions | Naming::Function => ("function", self.functions.clone()),
            Naming::Queue => ("queue", self.queues.clone()),
            Naming::Archive => ("replayable archive", self.archives.clone()),
            Naming::Deletable if self.streams().is_empty() => ("function", self.functions.clone()),
            Naming::Deletable => ("function or stream", [self.functions.clone(), self.streams()].concat()),
            Naming::Polled if self.streams().is_empty() => ("queue", self.queues.clone()),
            Naming::Polled => ("queue or stream", [self.queues.clone(), self.streams()].concat()),
            Naming::Sources | Naming::Source => {
                let channels: Vec<&str> = self.channels.iter().map(|(name, _)| *name).collect();
                let kind = if channels.is_empty() { "queue" } else { "queue or channel" };
                (kind, [self.queues.clone(), channels].concat())
            }
            Naming::FunctionOrQueue => ("function or queue", both()),
            Naming::Target if self.channels.is_empty() => ("function", self.functions.clone()),
            Naming::Target => {
                let channels: Vec<&str> = self.channels.iter().map(|(name, _)| *name).collect();
                ("function, queue or channel", [both(), channels].concat())
            }
            Naming::Resource => ("resource", all()),
            Naming::Settable => ("resource or mapping", [both(), self.all_mappings()].concat()),
        }
    }
}

/// Tells every name that does not name what it has to.
pub(super) fn check(scenario: &Scenario, names: &Names<'_>, problems: &mut Vec<Diagnostic>) {
    let mut scenario = scenario.clone();
    each_name(&mut scenario, &mut |naming, name, place| {
        problems.extend(wrong_name(naming, name, place, names));
    });
}

fn wrong_name(naming: Naming, name: &str, place: Option<&Place>, names: &Names<'_>) -> Option<Diagnostic> {
    let (kind, known) = names.candidates(naming);
    let takes_patterns = matches!(naming, Naming::Functions | Naming::Sources);
    let is_found =
        known.iter().any(|other| if takes_patterns { matches(name, other) } else { *other == name });
    if is_found || (takes_patterns && name == "*") {
        return None;
    }
    if let Some(what) = names.kind_of(name) {
        let message = format!("`{name}` is {what}, not a {kind}");
        return Some(problem("scenario-wrong-kind", place, message, did_you_mean(name, &known)));
    }
    let help = did_you_mean(name.trim_end_matches('*'), &known);
    let message = match name.strip_suffix('*') {
        Some(_) if takes_patterns => format!("no {kind} matches `{name}`"),
        Some(_) | None => format!("there is no {kind} `{name}`"),
    };
    Some(problem("scenario-unknown-name", place, message, help))
}
