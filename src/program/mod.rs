//! Floor 4: a topology and the models compiled into small tables: dense ids, resolved settings, bound rules.
//!
//! Absent: anything that changes during a run, and any look-up by text: the world reads numbers only.

mod answer;
mod attributes;
mod behaviour;
mod callbacks;
mod callers;
mod classes;
mod compile;
mod components;
mod consumers;
mod envelopes;
mod event_sizes;
mod executions;
mod exit_filters;
mod exit_sizes;
mod fair;
mod handovers;
mod hops;
mod in_vain;
mod items;
mod limits;
mod load;
mod log_tables;
mod logs;
mod network;
mod open;
mod open_rules;
mod outside;
mod payload;
mod plan;
mod pools;
mod profile;
mod provisioned;
mod pushes;
mod records;
mod replays;
mod retries;
mod rounds;
mod same;
mod sends;
mod slots;
mod sources;
mod stated;
mod steps;
mod switches;
mod tables;
mod topic_records;
mod unknown;
mod unwanted;
mod wanted;
mod ways;

pub use answer::{Answer, AnswerForm};
pub use attributes::{attributes_digest, attributes_shown};
pub use behaviour::{Behaviour, SendTarget, StatedEmission, StatedRule, WindowState};
pub use callbacks::CallbackTable;
pub use callers::{ClientTable, QuotaTable};
pub use compile::compile;
pub use consumers::{ConsumerTable, FirstConsumers};
pub use event_sizes::{EventSizes, Most};
pub use exit_filters::{ExitFilter, Leaving};
pub use exit_sizes::ExitSizes;
pub use fair::FairTable;
pub use handovers::{Handover, HandoverTarget};
pub use hops::{Hop, HopKind, Passage};
pub use in_vain::filters_in_vain;
pub use items::TableChange;
pub use load::PayloadClass;
pub use load::{Series, SeriesTimes, StatedEvent, StatedLoad, StatedTime};
pub use log_tables::{
    Bisect, Capacity, Deletion, FailureRecord, HeldRecords, LogSetting, LogTable, OnDemand, ReadLimit,
    Resharding, ShardCount, StreamTable, WriteLimit,
};
pub(crate) use logs::KAFKA;
pub use network::{
    BufferRules, ChannelTable, DeliveryPolicy, ExitRefusal, ExitTarget, Failure, FailureAnswer, HopTable,
    HopTarget, Merges, Network, Phase, PolicyAge, PushKind, PushTable, RequestTable, RouteTable, Takes,
};
pub use open::{OpenRule, OpenRules};
pub use payload::{FifoAttributes, SqsRecord, SystemAttributes, WindowSet, sqs_event};
pub use pools::{PoolTable, Pools};
pub use profile::{DrawNames, FaultTable, Profile, SpanShape};
pub use records::{ItemChange, KinesisRecord, TableRecord, kinesis_event, table_event};
pub use replays::ReplayTable;
pub use rounds::{RoundsBound, RoundsTable, service};
pub use sends::every_hop;
pub use slots::{RuleTable, Slot};
pub use stated::{Act, Leaves, Look, Plan, Right, StatedChange, StatedSpan, Victim};
pub use steps::{
    Errors, ExecutionTable, Handled, HandlerTable, Longest, Outlook, RetrierTable, StateShape, StateTable,
    StepEnd, StepTable, TaskError, TaskTable,
};
pub use tables::{
    AccountTable, DeadLetter, DeduplicationIds, FifoTable, FunctionTable, MappingTable, Prices, Provisioned,
    QueueTable, WHOLE_ENVIRONMENT,
};
pub use topic_records::{DocumentChange, KafkaCluster, KafkaRecord, change_event, kafka_event};
pub use unknown::{UnknownTarget, UnknownValue};

use std::collections::BTreeMap;

use crate::models::RuleId;
use crate::topology::InvocationModel;
use crate::trace::EntityId;
use crate::vocabulary::{EntityName, NameHash};

/// One connected part of a topology, ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The names of all entities; an [`EntityId`] is a position here.
    pub entities: Vec<EntityName>,
    /// What entities are called outside of the template, by their names: the physical name, or a whole ARN.
    pub outside_names: BTreeMap<String, String>,
    /// The hashes of those names.
    pub names: Vec<NameHash>,
    /// The queues.
    pub queues: Vec<QueueTable>,
    /// The event source mappings.
    pub mappings: Vec<MappingTable>,
    /// The functions.
    pub functions: Vec<FunctionTable>,
    /// What is provisioned for versions and aliases of the functions.
    pub pools: Pools,
    /// What the handlers of the functions do beyond their presets; as many as functions.
    pub behaviours: Vec<Behaviour>,
    /// Faults and changes at a time.
    pub plan: Plan,
    /// Channels, routes and pushes.
    pub network: Network,
    /// The load that a scenario states, by source; drawn where there is none.
    pub loads: Vec<Option<StatedLoad>>,
    /// Whether any sender names message groups, which standard queues take for tenants.
    pub has_tenants: bool,
    /// The bodies and attributes that a scenario states; an event's class is a position here, after the ordinary one.
    pub classes: Vec<PayloadClass>,
    /// What holds for the account.
    pub account: AccountTable,
    /// Which rule is bound to each slot.
    pub rules: RuleTable,
    /// What AWS leaves open.
    pub open: OpenRules,
    /// Load, handlers and faults.
    pub profile: Profile,
    /// By mapping: the payload classes that its filter does not want; empty where it wants all.
    pub unwanted: Vec<Vec<bool>>,
    /// Settings that the template leaves open.
    pub unknowns: Vec<UnknownValue>,
}

impl Program {
    /// An entity's name.
    pub fn name(&self, entity: EntityId) -> &EntityName {
        &self.entities[entity.0 as usize]
    }

    /// The hash of an entity's name.
    #[inline]
    pub fn hash(&self, entity: EntityId) -> NameHash {
        self.names[entity.0 as usize]
    }

    /// The rule that fills a slot.
    #[inline]
    pub const fn rule(&self, slot: Slot) -> RuleId {
        self.rules.bound(slot)
    }

    /// Whether a mapping wants whatever comes.
    #[inline]
    pub fn wants_all(&self, mapping: usize) -> bool {
        self.unwanted[mapping].is_empty()
    }

    /// Whether the filter of a mapping wants a payload class.
    #[inline]
    pub fn wants(&self, mapping: usize, class: u16) -> bool {
        !self.unwanted[mapping].get(usize::from(class)).copied().unwrap_or(false)
    }

    /// How long the body of a payload is.
    pub fn body_size(&self, class: u16) -> u64 {
        let body = self.classes.get(usize::from(class)).and_then(|class| class.body.as_ref());
        body.map_or(self.profile.body, |body| body.len() as u64)
    }

    /// Whether nothing can be said of a place's consumers, since no event may get to any of them.
    pub fn is_blocked(&self, queue: usize) -> bool {
        let table = &self.queues[queue];
        let denied = table.is_polled() && table.consumers().all(|mapping| self.mappings[mapping].denied);
        let unread = self.log(queue).is_some_and(|log| log.denied);
        let into_none = || self.network.is_blocked(queue, |channel| self.is_entered(channel));
        denied || unread || (!table.is_polled() && table.is_consumed() && into_none())
    }

    /// Whether anything comes into a channel by itself: load, what functions send, or what something gives up.
    fn is_entered(&self, channel: usize) -> bool {
        let is_it = |exit: &ExitTarget| matches!(exit, ExitTarget::Channel(to) | ExitTarget::Stored(to) if usize::from(*to) == channel);
        let network = &self.network;
        let emits = self.behaviours.iter().flat_map(|behaviour| &behaviour.emits);
        let pushes =
            network.pushes.iter().flat_map(|push| [&push.on_success, &push.on_failure, &push.dead_letter]);
        let hops = network.hops.iter().map(|hop| &hop.dead_letter);
        let logs = network.logs.iter().map(|log| &log.on_failure);
        network.channels[channel].is_source
            || emits.into_iter().any(|one| one.target == SendTarget::Channel(channel as u16))
            || pushes.chain(hops).chain(logs).flatten().any(is_it)
    }

    /// What load is sent to: queues with a consumer that are nobody's dead-letter queue, and channels that nothing else
    /// sends into. The number of a source is that of the queue; channels are numbered behind all queues.
    pub fn sources(&self) -> impl Iterator<Item = usize> {
        let queues = (0..self.queues.len()).filter(|index| self.queues[*index].is_source);
        let channels = self.network.channels.iter().enumerate().filter(|(_, channel)| channel.is_source);
        queues.chain(channels.map(|(index, _)| self.queues.len() + index))
    }

    /// The entity of a source.
    pub fn source(&self, source: usize) -> EntityId {
        match self.channel(source) {
            None => self.queues[source].entity,
            Some(channel) => channel.entity,
        }
    }

    /// The channel that a source is; a queue is none.
    pub fn channel(&self, source: usize) -> Option<&ChannelTable> {
        self.network.channels.get(source.checked_sub(self.queues.len())?)
    }

    /// The invocation model by which what is at a place comes to its function.
    pub fn model(&self, queue: usize) -> InvocationModel {
        match self.push(queue).map(|push| push.kind) {
            None if self.queues[queue].log.is_some() => InvocationModel::StreamPoll,
            None => InvocationModel::QueuePoll,
            Some(PushKind::Buffer) => InvocationModel::Async,
            Some(PushKind::Request) => InvocationModel::Sync,
        }
    }

    /// The mapping on a stream whose place is among the queues at this position.
    pub fn log(&self, queue: usize) -> Option<&LogTable> {
        self.queues[queue].log.map(|log| &self.network.logs[usize::from(log)])
    }

    /// The push whose place is among the queues at this position.
    pub fn push(&self, queue: usize) -> Option<&PushTable> {
        self.queues[queue].push.map(|push| &self.network.pushes[usize::from(push)])
    }
}
