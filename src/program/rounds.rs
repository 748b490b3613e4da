//! Circles that events go round in a run: whom Lambda stops, what hands the mark of a chain on, and where a run ends
//! what nobody stops.

use crate::models::{ModelError, Models, RuleId};
use crate::program::compile::Builder;
use crate::program::ways::Way;
use crate::topology::{ChannelKind, LinkEnd, RecursiveLoop, ResourceDetail, Runs, StreamKind, Topology};

/// The rule by which Lambda stops loops.
const RECURSION: &str = "function.recursion";
/// The rule that says which loops it sees.
const SCOPE: &str = "function.recursion_scope";
/// Our own bound.
const BOUND: &str = "profile.rounds";

/// How circles end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundsTable {
    /// So often Lambda runs one function in one chain.
    pub most: u32,
    /// By function: whether Lambda stops it.
    pub stops: Vec<bool>,
    /// The numbers that the models have for all parts.
    pub bound: RoundsBound,
}

/// Where a run ends what nobody stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundsBound {
    /// The rule that says so.
    pub rule: RuleId,
    /// So often an event of one chain goes round.
    pub rounds: u32,
    /// So many events go round in one run.
    pub events: u32,
}

/// What the models say of circles.
#[derive(Clone, Debug)]
pub(super) struct RoundRules {
    most: u32,
    services: Vec<String>,
    bound: RoundsBound,
}

impl RoundRules {
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        let missing = || ModelError::NoRule { rule: BOUND.to_owned() };
        Ok(Self {
            most: models.count(RECURSION, "rounds")? as u32,
            services: models.texts(SCOPE, "services")?.into_iter().map(str::to_owned).collect(),
            bound: RoundsBound {
                rule: models.rule_id(BOUND).ok_or_else(missing)?,
                rounds: models.count(BOUND, "rounds")? as u32,
                events: models.count(BOUND, "events")? as u32,
            },
        })
    }
}

impl Builder<'_> {
    /// How circles end, where events of this part go round one.
    pub(super) fn rounds(&self) -> Option<RoundsTable> {
        let (rules, functions) = (&self.limits.rounds, &self.component.functions);
        let is_closed = self.sends.iter().any(|send| send.closes && functions.contains(&send.function));
        let is_stopped = |id: &crate::topology::ResourceId| {
            let function = self.topology.function(&LinkEnd::Resource(*id));
            function.is_some_and(|function| {
                function.runs == Runs::Code && function.recursive_loop.value == RecursiveLoop::Terminate
            })
        };
        is_closed.then(|| RoundsTable {
            most: rules.most,
            stops: functions.iter().map(is_stopped).collect(),
            bound: rules.bound,
        })
    }

    /// Whether all that a way leads through hands on the mark of a chain.
    pub(super) fn hands_mark_on(&self, way: &Way) -> bool {
        let services = &self.limits.rounds.services;
        let is_seen = |end: &LinkEnd| {
            service(self.topology, end).is_some_and(|service| services.iter().any(|one| one == service))
        };
        way.links.iter().all(|link| is_seen(&self.topology.links[*link].from))
    }
}

/// The service that a place belongs to, as ARNs call it.
pub fn service<'t>(topology: &'t Topology, end: &'t LinkEnd) -> Option<&'t str> {
    let id = match end {
        LinkEnd::Resource(id) => *id,
        LinkEnd::Outside(text) => return text.strip_prefix("arn:")?.split(':').nth(1),
        LinkEnd::Missing(_) => return None,
    };
    match &topology.resource(id).detail {
        ResourceDetail::Function(_) => Some("lambda"),
        ResourceDetail::Queue(_) => Some("sqs"),
        ResourceDetail::Channel(ChannelKind::Topic | ChannelKind::FifoTopic) => Some("sns"),
        ResourceDetail::Channel(ChannelKind::Bucket) => Some("s3"),
        ResourceDetail::Stream(stream) => match stream.kind {
            StreamKind::Kinesis => Some("kinesis"),
            StreamKind::DynamoDb => Some("dynamodb"),
            StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => None,
        },
        ResourceDetail::Channel(
            ChannelKind::Bus
            | ChannelKind::Front
            | ChannelKind::Machine
            | ChannelKind::Service
            | ChannelKind::Stream,
        )
        | ResourceDetail::Other => None,
    }
}
