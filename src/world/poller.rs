//! The pollers of a mapping: how many batches it may have at once, and when they look at the queue.
//!
//! Idle pollers cost nothing: a look is scheduled only when there is a message and somebody free to take it.

use crate::kernel::{Chooser, Family};
use crate::program::Slot;
use crate::trace::{Observer, RecordKind};
use crate::vocabulary::Duration;
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Draws what holds for a mapping during the whole run.
    pub(crate) fn prepare_mappings(&mut self) {
        let program = self.program;
        for index in 0..program.mappings.len() {
            let table = self.world.mapping_tables[index];
            let entity = table.entity;
            let scale_step = self.open_value(&program.open.scale_step, entity, 0, 0);
            let retry_delay = self.open_value(&program.open.throttle_retry, entity, 0, 0);
            let step_down = self.open_value(&program.open.step_down, entity, 0, 0) as u32;
            let initial = self.initial_concurrency(index);
            let state = &mut self.world.mappings[index];
            state.scale_step = Duration::from_micros(scale_step.max(1));
            state.retry_delay = Duration::from_micros(retry_delay.max(1));
            state.step_down = step_down;
            state.limit = initial;
        }
    }

    /// With a limit of its own a mapping does not save polls when there is little traffic.
    fn initial_concurrency(&mut self, mapping: usize) -> u32 {
        let program = self.program;
        let table = self.world.mapping_tables[mapping];
        //= queue_poll.provisioned
        if let Some(provisioned) = table.provisioned {
            return provisioned.initial().min(table.maximum_concurrency);
        }
        if table.maximum_concurrency == u32::MAX {
            self.open_value(&program.open.low_traffic, table.entity, 0, 0) as u32
        } else {
            program.account.initial_concurrency.min(table.maximum_concurrency)
        }
    }

    /// The most concurrent batches that a mapping may ever have.
    fn ceiling(&self, mapping: usize) -> u32 {
        let table = &self.world.mapping_tables[mapping];
        let usual = self.program.account.maximum_concurrency;
        table.provisioned.map_or(usual, |provisioned| provisioned.most()).min(table.maximum_concurrency)
    }

    /// Lets the mappings of a queue look at it if there is something to see.
    pub(crate) fn poll(&mut self, queue: usize) {
        if self.world.queues[queue].visible == 0 {
            return;
        }
        //= queue_poll.competing
        for mapping in self.world.queue_tables[queue].consumers() {
            if !self.world.mappings[mapping].receive_scheduled {
                self.schedule_receive(mapping, queue);
            }
        }
    }

    pub(crate) fn schedule_receive(&mut self, mapping: usize, queue: usize) {
        let state = &self.world.mappings[mapping];
        //= queue_poll.disabled
        if state.receive_scheduled || state.denied || !self.world.mapping_tables[mapping].enabled {
            return;
        }
        if state.active >= state.limit && state.gathering.is_empty() {
            return self.schedule_scale_up(mapping);
        }
        let delay = self.pickup_delay(mapping, queue);
        self.receive_after(delay, mapping);
    }

    /// Pollers look at the queue after a while, unless they are about to anyway.
    pub(crate) fn receive_after(&mut self, delay: Duration, mapping: usize) {
        if !std::mem::replace(&mut self.world.mappings[mapping].receive_scheduled, true) {
            self.after(delay, Due::Receive { mapping: mapping as u16 });
        }
    }

    /// How long the first message in line waits for the answer of a receive.
    fn pickup_delay(&mut self, mapping: usize, queue: usize) -> Duration {
        let program = self.program;
        if !self.chooser.active(Family::Unspecified) {
            return Duration::from_micros(program.open.pickup.ordinary());
        }
        let (item, ordinal) = self.head(queue);
        let entity = self.world.mapping_tables[mapping].entity;
        let delay = self.open_value(&program.open.pickup, entity, item, ordinal);
        if delay != program.open.pickup.ordinary() {
            self.mark(queue, Family::Unspecified);
        }
        Duration::from_micros(delay)
    }

    /// Growth is looked at again and again while messages wait and all pollers are busy.
    pub(crate) fn schedule_scale_up(&mut self, mapping: usize) {
        if self.world.mappings[mapping].scale_scheduled {
            return;
        }
        let ceiling = self.ceiling(mapping);
        let state = &mut self.world.mappings[mapping];
        if state.limit >= ceiling {
            return;
        }
        state.scale_scheduled = true;
        let step = state.scale_step;
        self.after(step, Due::ScaleUp { mapping: mapping as u16 });
    }

    pub(crate) fn scale_up(&mut self, mapping: usize) {
        self.world.mappings[mapping].scale_scheduled = false;
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        if self.world.queues[queue].visible == 0 {
            return;
        }
        let account = &self.program.account;
        let ceiling = self.ceiling(mapping);
        //= queue_poll.provisioned_growth
        let provisioned = self.world.mapping_tables[mapping].provisioned;
        let growth = provisioned.map_or(account.scale_up_count, |provisioned| provisioned.growth);
        let state = &mut self.world.mappings[mapping];
        let grown =
            u64::from(growth) * state.scale_step.as_micros() / account.scale_up_every.as_micros().max(1);
        state.limit = state.limit.saturating_add((grown as u32).max(1)).min(ceiling);
        let limit = u64::from(state.limit);
        let entity = self.world.mapping_tables[mapping].entity;
        self.note(RecordKind::ConcurrencyChanged, entity, Slot::ScaleUp, (0, limit), 0, &[]);
        self.schedule_receive(mapping, queue);
    }

    /// Errors and throttles may lower the concurrency; by how much is open.
    pub(crate) fn step_down(&mut self, mapping: usize) {
        let state = &mut self.world.mappings[mapping];
        if state.step_down == 0 || state.limit <= 1 {
            return;
        }
        let lowered = u64::from(state.limit) * u64::from(state.step_down) / PER_CENT;
        state.limit = state.limit.saturating_sub((lowered as u32).max(1)).max(1);
        let limit = u64::from(state.limit);
        let table = self.world.mapping_tables[mapping];
        self.mark(usize::from(table.queue), Family::Unspecified);
        self.note(RecordKind::ConcurrencyChanged, table.entity, Slot::StepDown, (0, limit), 0, &[]);
    }
}

const PER_CENT: u64 = 100;
