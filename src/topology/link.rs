//! Links: one hop that an event can take.

use crate::pattern::{Pattern, PatternError};
use crate::topology::{Delivery, ResourceId, Setting, StreamMapping};
use crate::vocabulary::{Duration, EntityName, Place};

/// The invocation model of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvocationModel {
    /// Synchronous push.
    Sync,
    /// Asynchronous push.
    Async,
    /// Stream polling.
    StreamPoll,
    /// Queue polling.
    QueuePoll,
    /// No invocation: a service hands events to a service, or a function sends to a resource.
    Forward,
}

impl InvocationModel {
    /// The model's id, as the files of `models/invocation/` are called.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
            Self::StreamPoll => "stream_poll",
            Self::QueuePoll => "queue_poll",
            Self::Forward => "forward",
        }
    }
}

/// The source of a mapping on something that AWS makes no mappings for.
pub const UNRECOGNISED: &str = "unrecognised";

/// Whether the policies that apply allow a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permitted {
    /// Some policy allows it and none denies it.
    Granted,
    /// Every relevant policy is known and none allows it.
    Denied,
    /// Not all relevant policies are known.
    Unknown,
}

/// One hop.
#[derive(Clone, Debug)]
pub struct Link {
    /// The source's name: a resource of the topology, or something outside it.
    pub from: LinkEnd,
    /// The target.
    pub to: LinkEnd,
    /// The invocation model.
    pub model: InvocationModel,
    /// The event source, as the files of `models/sources/` are called, such as `sqs`.
    pub source: String,
    /// Where it is declared.
    pub place: Option<Place>,
    /// Whether it is permitted.
    pub permitted: Permitted,
    /// What belongs to it alone.
    pub detail: LinkDetail,
}

impl Link {
    /// The pipe that polls, where it is not a mapping of Lambda's.
    pub const fn pipe(&self) -> Option<ResourceId> {
        match &self.detail {
            LinkDetail::QueuePolling(mapping) => mapping.pipe,
            LinkDetail::StreamPolling(mapping) => mapping.pipe,
            LinkDetail::Sends(SendEvidence::Pipe(pipe)) => Some(*pipe),
            LinkDetail::Delivers(_) | LinkDetail::Sends(_) | LinkDetail::Unmodelled => None,
        }
    }
}

/// One end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEnd {
    /// A resource of the topology.
    Resource(ResourceId),
    /// Something declared elsewhere, by what is known of its name.
    Outside(String),
    /// Something that the template names as its own and declares nowhere.
    Missing(String),
}

/// The settings of a link.
#[derive(Clone, Debug)]
pub enum LinkDetail {
    /// An event source mapping on a queue.
    QueuePolling(QueueMapping),
    /// An event source mapping on a stream.
    StreamPolling(Box<StreamMapping>),
    /// Push: into a function, or from a service into the next one.
    Delivers(Delivery),
    /// A function that sends to a queue or channel, as its environment and its permissions show.
    Sends(SendEvidence),
    /// A kind of link that is understood but not simulated yet.
    Unmodelled,
}

/// Why something is taken to send to a queue or channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendEvidence {
    /// It is the target of this pipe, which sends there what it took, or what this function made of it.
    Pipe(ResourceId),
    /// This environment variable names the queue, and a policy scoped to the queue allows sending.
    EnvironmentAndPolicy(String),
    /// A SAM connector from the function to the queue lets it write.
    Connector,
}

/// What a mapping expects of a function's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResponseType {
    /// A normal return is success for the whole batch.
    WholeBatch,
    /// `ReportBatchItemFailures`.
    BatchItemFailures,
}

/// An event source mapping on a queue.
#[derive(Clone, Debug)]
pub struct QueueMapping {
    /// Named by source and function: `Orders->Fulfil`.
    pub name: EntityName,
    /// The version or alias of the function that it calls; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// `Enabled`.
    pub enabled: Setting<bool>,
    /// `BatchSize`.
    pub batch_size: Setting<u64>,
    /// `MaximumBatchingWindowInSeconds`.
    pub batching_window: Setting<Duration>,
    /// The pipe that polls, where it is not a mapping of Lambda's.
    pub pipe: Option<ResourceId>,
    /// `ScalingConfig.MaximumConcurrency`.
    pub maximum_concurrency: Option<Setting<u64>>,
    /// `ProvisionedPollerConfig`; on demand where there is none.
    pub provisioned: Option<ProvisionedPollers>,
    /// `FunctionResponseTypes`.
    pub response_type: Setting<ResponseType>,
    /// `FilterCriteria.Filters`: a message is wanted if any of them wants it; all are where there is none.
    pub filters: Vec<MappingFilter>,
    /// Properties that are given although mappings of queues do not take them.
    pub foreign: Vec<ForeignProperty>,
}

impl QueueMapping {
    /// What it wants, one of these; nothing where it wants all: without a filter, and where AWS refuses one, since then
    /// there is no such mapping, and what it would want cannot be told.
    pub fn wanted(&self) -> Vec<&Pattern> {
        let read: Result<Vec<_>, _> = self.filters.iter().map(|filter| filter.pattern.as_ref()).collect();
        read.unwrap_or_default()
    }
}

/// The pollers of a mapping in provisioned mode.
#[derive(Clone, Debug)]
pub struct ProvisionedPollers {
    /// `MinimumPollers`.
    pub minimum: Setting<u64>,
    /// `MaximumPollers`.
    pub maximum: Setting<u64>,
}

/// One filter of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingFilter {
    /// `Pattern`, as it is written.
    pub text: String,
    /// What it wants, or why AWS refuses it.
    pub pattern: Result<Pattern, Vec<PatternError>>,
    /// Where it stands.
    pub place: Option<Place>,
}

/// A property that is given where AWS does not take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignProperty {
    /// Its name.
    pub property: String,
    /// What it is set to.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}
