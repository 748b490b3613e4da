//! Mappings in provisioned mode: how fast their pollers take messages; and open settings of theirs and of FIFO queues.

use std::collections::VecDeque;

use crate::kernel::Chooser;
use crate::program::{DeduplicationIds, Provisioned, UnknownTarget};
use crate::topology::{DeduplicationScope, ThroughputLimit};
use crate::trace::Observer;
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::run::{Run, World};

/// The receives of a mapping's pollers in the latest period, each with its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Polls(VecDeque<(Instant, u64)>);

impl Polls {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// How long until one of so many pollers may ask again, where none may now.
    fn pause(&mut self, now: Instant, table: &Provisioned, pollers: u32) -> Option<Duration> {
        while self.0.front().is_some_and(|(at, _)| *at + table.every <= now) {
            self.0.pop_front();
        }
        let polls = table.polls.saturating_mul(pollers) as usize;
        let bytes = table.bytes.saturating_mul(u64::from(pollers));
        let (mut count, mut sum) = (self.0.len(), self.0.iter().map(|(_, bytes)| *bytes).sum::<u64>());
        let mut until = None;
        for (at, size) in &self.0 {
            if count < polls && sum < bytes {
                break;
            }
            (count, sum) = (count - 1, sum - size);
            until = Some(*at + table.every);
        }
        until.map(|until| until.since(now))
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// How long until a poller in provisioned mode may ask again, where one is free and none may now.
    pub(crate) fn poll_pause(&mut self, mapping: usize) -> Option<Duration> {
        //= queue_poll.provisioned_throughput
        let table = self.world.mapping_tables[mapping].provisioned?;
        let state = &mut self.world.mappings[mapping];
        if state.active >= state.limit && state.gathering.is_empty() {
            return None;
        }
        let pollers = table.pollers(state.limit);
        state.polls.pause(self.now, &table, pollers)
    }

    /// Counts a receive of a mapping in provisioned mode, whose messages join a batch behind so many.
    pub(crate) fn count_poll(&mut self, mapping: usize, batch: u32, before: u32) {
        if self.world.mapping_tables[mapping].provisioned.is_none() {
            return;
        }
        let items = &self.world.batches[batch as usize].items[before as usize..];
        let size = |event: usize| self.program.body_size(self.world.events[event].class);
        let bytes = items.iter().map(|item| size(item.event.0 as usize)).sum();
        self.world.mappings[mapping].polls.0.push_back((self.now, bytes));
    }
}

impl World {
    /// A FIFO queue's open settings. AWS takes a limit per group only with a scope per group.
    pub(crate) fn resolve_fifo(&mut self, target: UnknownTarget, value: u64) {
        let (UnknownTarget::Scope(queue)
        | UnknownTarget::Throughput(queue)
        | UnknownTarget::ContentBased(queue)) = target
        else {
            return;
        };
        let Some(fifo) = &mut self.queue_tables[queue].fifo else { return };
        if let UnknownTarget::Scope(_) = target {
            fifo.scope = if value == DeduplicationScope::MessageGroup as u64 {
                DeduplicationScope::MessageGroup
            } else {
                DeduplicationScope::Queue
            };
        } else if let UnknownTarget::Throughput(_) = target {
            let is_grouped = value == ThroughputLimit::PerMessageGroup as u64
                && fifo.scope == DeduplicationScope::MessageGroup;
            fifo.limit =
                if is_grouped { ThroughputLimit::PerMessageGroup } else { ThroughputLimit::PerQueue };
        } else {
            fifo.deduplication_ids =
                if value == 0 { DeduplicationIds::Sender } else { DeduplicationIds::BodyElseSender };
        }
    }

    /// How many pollers a mapping in provisioned mode has.
    pub(crate) fn resolve_pollers(&mut self, target: UnknownTarget, count: u32) {
        if let UnknownTarget::MinimumPollers(mapping) | UnknownTarget::MaximumPollers(mapping) = target
            && let Some(table) = &mut self.mapping_tables[mapping].provisioned
        {
            if let UnknownTarget::MinimumPollers(_) = target {
                table.minimum = count;
            } else {
                table.maximum = count;
            }
        }
    }
}
