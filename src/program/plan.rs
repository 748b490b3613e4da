//! Looks up what a scenario states by name in the tables of one part; what names something else is left out here and
//! told to be wrong where the scenario is read.

use crate::kernel::Family;
use crate::program::switches::PushingLink;
use crate::program::{
    Act, Behaviour, DeadLetter, ExitTarget, FunctionTable, Leaves, LogSetting, Look, MappingTable, Network,
    Plan, QueueTable, Right, StatedChange, StatedSpan, StreamTable, UnknownTarget, Victim,
};
use crate::scenario::{Change, PlannedFault, Scenario};
use crate::topology::ResponseType;
use crate::trace::EntityId;
use crate::vocabulary::{Duration, EntityName};

/// The tables of a part with their names.
pub(super) struct Tables<'a> {
    pub(super) entities: &'a [EntityName],
    pub(super) queues: &'a [QueueTable],
    pub(super) mappings: &'a [MappingTable],
    pub(super) functions: &'a [FunctionTable],
    pub(super) network: &'a Network,
    pub(super) behaviours: &'a [Behaviour],
    /// The links that push.
    pub(super) links: Vec<PushingLink<'a>>,
    /// The time between two messages of a redrive that goes as fast as it may.
    pub(super) move_gap: Duration,
}

impl Tables<'_> {
    /// What the scenario plans for this part.
    pub(super) fn plan(&self, scenario: &Scenario) -> Plan {
        let mut plan = Plan::default();
        for fault in &scenario.faults.planned {
            match fault {
                PlannedFault::Span { family, target, at, length, .. } => {
                    let span = |victim| StatedSpan { family: *family, victim, at: *at, length: *length };
                    plan.spans.extend(self.victim(*family, target).map(span));
                }
                PlannedFault::Poison { source, ordinal, .. } => {
                    plan.poisons.extend(self.source(source).map(|source| (source, *ordinal)));
                }
            }
        }
        for change in &scenario.changes {
            let leaves = if change.change.deleted().is_some() { Leaves::Nothing } else { Leaves::Something };
            let stated = |act| StatedChange { at: change.at, act, leaves };
            plan.changes.extend(self.acts(&change.change).into_iter().map(stated));
        }
        plan
    }

    /// A queue, or a channel, which are numbered behind all queues.
    fn source(&self, name: &str) -> Option<u16> {
        let is_meant = |entity: EntityId| self.entities[usize::from(entity.0)].as_str() == name;
        let channel = self.network.channels.iter().position(|channel| is_meant(channel.entity));
        self.queue(name).or_else(|| channel.map(|channel| (self.queues.len() + channel) as u16))
    }

    fn victim(&self, family: Family, target: &str) -> Option<Victim> {
        if family == Family::Throttle {
            return Some(Victim::Account);
        }
        let queue = if family == Family::ServiceError { self.queue(target) } else { None };
        queue.map(Victim::Queue).or_else(|| self.function(target).map(Victim::Function))
    }

    /// What a change does: as a rule one thing, and one for each of several links with the same ends.
    fn acts(&self, change: &Change) -> Vec<Act> {
        let switched = |from: &str, to: &str, value: u64| {
            let mut switches: Vec<u16> = self.between(from, to).map(|link| link.switch).collect();
            switches.sort_unstable();
            switches.dedup();
            let set = |switch| Act::Set(UnknownTarget::Delivers(usize::from(switch)), value);
            switches.into_iter().map(set).collect()
        };
        match change {
            Change::Disable { source, function } if self.switch(source, function).is_none() => {
                switched(source, function, 0)
            }
            Change::Enable { source, function } if self.switch(source, function).is_none() => {
                switched(source, function, 1)
            }
            Change::RevokePushing { source, target } => {
                self.between(source, target).map(|link| Act::Revoke(Right::Push(link.link))).collect()
            }
            other => self.act(other).into_iter().collect(),
        }
    }

    fn between(&self, from: &str, to: &str) -> impl Iterator<Item = &PushingLink<'_>> {
        self.links.iter().filter(move |link| link.from == from && link.to == to)
    }

    fn act(&self, change: &Change) -> Option<Act> {
        match change {
            Change::RevokePushing { .. } => None,
            Change::RevokeSending { function, to } => {
                let function = self.function(function)?;
                let emits = self.behaviours[usize::from(function)].emits.iter();
                let sent = emits.map(|emission| ExitTarget::from(emission.target));
                let pushes = self.network.pushes.iter().filter(|push| push.function == function);
                let ways_out =
                    pushes.flat_map(|push| [push.on_success, push.on_failure, push.dead_letter]).flatten();
                let target = sent.chain(ways_out).find(|target| self.is_target(*target, to))?;
                Some(Act::Revoke(Right::Send(function, target)))
            }
            Change::Set { resource, property, value } => {
                let (target, value) = self.setting(resource, property, value)?;
                Some(Act::Set(target, value))
            }
            Change::Redeploy { function } => self.function(function).map(Act::Redeploy),
            Change::Delete { name } => {
                self.function(name).map(Act::Delete).or_else(|| self.stream(name).map(Act::DeleteStream))
            }
            // What is deleted receives as long as what is disabled does, and then no more.
            Change::Disable { source, function } | Change::DeleteMapping { source, function } => {
                self.switch(source, function).map(|target| Act::Set(target, 0))
            }
            Change::Enable { source, function } => {
                self.switch(source, function).map(|target| Act::Set(target, 1))
            }
            Change::Create { source, function } => {
                self.log(source, function).map(|log| Act::Make(log as u16))
            }
            Change::Revoke { function, from } => {
                let log = self.log(from, function).map(|log| Act::RevokeLog(log as u16));
                self.mapping(from, function).map(|mapping| Act::Revoke(Right::Read(mapping))).or(log)
            }
            Change::Redrive { queue, rate } => {
                let gap = rate.map_or(self.move_gap, |rate| {
                    Duration::from_micros(MICROS_PER_SECOND / u64::from(rate.max(1))).max(self.move_gap)
                });
                self.queue(queue).map(|index| Act::MoveBack(index, gap))
            }
            Change::Replay(replay) => {
                let replays = &self.network.replays;
                replays.iter().position(|one| one.stated == *replay).map(|index| Act::Replay(index as u16))
            }
            Change::Peek { queue, messages, visibility } => self
                .queue(queue)
                .map(|queue| Act::Peek(Look { queue, messages: *messages, visibility: *visibility })),
        }
    }

    /// The place of a setting in the tables, and its value as the tables have it.
    fn setting(&self, resource: &str, property: &str, value: &str) -> Option<(UnknownTarget, u64)> {
        let seconds = || value.parse::<u64>().ok().map(|seconds| Duration::from_secs(seconds).as_micros());
        let count = || value.parse::<u64>().ok();
        if let Some(queue) = self.queue(resource).map(usize::from) {
            return match property {
                "VisibilityTimeout" => Some((UnknownTarget::Visibility(queue), seconds()?)),
                "MessageRetentionPeriod" => Some((UnknownTarget::Retention(queue), seconds()?)),
                "DelaySeconds" => Some((UnknownTarget::Delay(queue), seconds()?)),
                "RedrivePolicy.maxReceiveCount" if self.queues[queue].dead_letter != DeadLetter::None => {
                    Some((UnknownTarget::MaxReceiveCount(queue), count()?))
                }
                _ => None,
            };
        }
        if let Some(mapping) = self.mapping_named(resource).map(usize::from) {
            return match property {
                "BatchSize" => Some((UnknownTarget::BatchSize(mapping), count()?)),
                "MaximumBatchingWindowInSeconds" => Some((UnknownTarget::Window(mapping), seconds()?)),
                "ScalingConfig.MaximumConcurrency" => {
                    Some((UnknownTarget::MaximumConcurrency(mapping), count()?))
                }
                "Enabled" => Some((UnknownTarget::Enabled(mapping), value.parse::<bool>().ok()?.into())),
                "FunctionResponseTypes" => {
                    let reports = value.contains("ReportBatchItemFailures");
                    let kind =
                        if reports { ResponseType::BatchItemFailures } else { ResponseType::WholeBatch };
                    Some((UnknownTarget::ResponseType(mapping), kind as u64))
                }
                _ => None,
            };
        }
        if let Some(log) = self.log_named(resource) {
            return log_setting(log, property, value);
        }
        let function = usize::from(self.function(resource)?);
        match property {
            "Timeout" => Some((UnknownTarget::Timeout(function), seconds()?)),
            "ReservedConcurrentExecutions" => Some((UnknownTarget::Reserved(function), count()?)),
            _ => None,
        }
    }

    /// Whether what a function sends to has this name; a call is named by its ends.
    fn is_target(&self, target: ExitTarget, name: &str) -> bool {
        let entity = match target {
            ExitTarget::Queue(queue) | ExitTarget::Push(queue) => self.queues[usize::from(queue)].entity,
            ExitTarget::Channel(channel) | ExitTarget::Stored(channel) => {
                self.network.channels[usize::from(channel)].entity
            }
            ExitTarget::Kept(entity) => entity,
            ExitTarget::Refused(_) => return false,
        };
        let own = self.entities[usize::from(entity.0)].as_str();
        own.rsplit_once("->").map_or(own, |(_, called)| called) == name
    }

    fn is(&self, entity: EntityId, name: &str) -> bool {
        self.entities[usize::from(entity.0)].as_str() == name
    }

    fn queue(&self, name: &str) -> Option<u16> {
        self.queues.iter().position(|queue| self.is(queue.entity, name)).map(|index| index as u16)
    }

    fn function(&self, name: &str) -> Option<u16> {
        self.functions.iter().position(|function| self.is(function.entity, name)).map(|index| index as u16)
    }

    fn stream(&self, name: &str) -> Option<u16> {
        let streams = &self.network.streams;
        let is_meant = |stream: &StreamTable| stream.deletion.is_some() && self.is(stream.entity, name);
        streams.iter().position(is_meant).map(|index| index as u16)
    }

    fn mapping_named(&self, name: &str) -> Option<u16> {
        self.mappings.iter().position(|mapping| self.is(mapping.entity, name)).map(|index| index as u16)
    }

    fn log_named(&self, name: &str) -> Option<usize> {
        self.network.logs.iter().position(|log| self.is(self.queues[usize::from(log.queue)].entity, name))
    }

    fn log(&self, source: &str, function: &str) -> Option<usize> {
        let function = self.function(function)?;
        self.network.logs.iter().position(|log| log.function == function && self.is(log.source, source))
    }

    /// What a mapping is switched off and on by.
    fn switch(&self, source: &str, function: &str) -> Option<UnknownTarget> {
        let log = || Some(UnknownTarget::Log(self.log(source, function)?, LogSetting::Enabled));
        let mapping = self.mapping(source, function);
        mapping.map(|mapping| UnknownTarget::Enabled(usize::from(mapping))).or_else(log)
    }

    fn mapping(&self, source: &str, function: &str) -> Option<u16> {
        let (source, function) = (self.queue(source)?, self.function(function)?);
        let is_meant = |mapping: &MappingTable| mapping.queue == source && mapping.function == function;
        self.mappings.iter().position(is_meant).map(|index| index as u16)
    }
}

/// A setting of a mapping on a stream, and its value as the tables have it; -1 is without end.
fn log_setting(log: usize, property: &str, value: &str) -> Option<(UnknownTarget, u64)> {
    let setting = LogSetting::ALL.into_iter().find(|setting| setting.property() == property)?;
    let value = match setting {
        LogSetting::Position => return None,
        LogSetting::Enabled | LogSetting::Bisect => value.parse::<bool>().ok()?.into(),
        LogSetting::ResponseType => u64::from(value.contains("ReportBatchItemFailures")),
        LogSetting::Window | LogSetting::Tumbling | LogSetting::Age if value != WITHOUT_END => {
            Duration::from_secs(value.parse().ok()?).as_micros()
        }
        LogSetting::Age => Duration::MAX.as_micros(),
        LogSetting::Attempts if value == WITHOUT_END => u64::from(u32::MAX),
        LogSetting::Window
        | LogSetting::Tumbling
        | LogSetting::BatchSize
        | LogSetting::Lanes
        | LogSetting::Attempts => value.parse().ok()?,
    };
    Some((UnknownTarget::Log(log, setting), value))
}

/// How mappings on streams say that there is no limit.
const WITHOUT_END: &str = "-1";

const MICROS_PER_SECOND: u64 = 1_000_000;
