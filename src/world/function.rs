//! A function's room: concurrency, scaling rate, environments, and the batches that wait for them.

use crate::kernel::{Chooser, Family};
use crate::program::Slot;
use crate::trace::{Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::batch::Phase;
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 429.
    Throttled,
    /// 5xx.
    ServiceError,
}

/// One environment in the units of the scaling rate's credit.
const WHOLE: u64 = 1_000_000;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The first try to invoke the function with a closed batch.
    pub(crate) fn first_try(&mut self, batch: u32) {
        let mapping = usize::from(self.world.batches[batch as usize].mapping);
        let function = usize::from(self.world.mapping_tables[mapping].function);
        match self.refusal(function) {
            None => self.start(batch, function),
            Some(refusal) => {
                self.refuse(batch, mapping, function, refusal);
                self.world.functions[function].waiting.push(batch);
                self.schedule_retry(function);
            }
        }
    }

    fn refusal(&mut self, function: usize) -> Option<Refusal> {
        let state = &self.world.functions[function];
        if state.refuses && self.is_faulty() {
            return Some(Refusal::ServiceError);
        }
        let table = &self.world.function_tables[function];
        let has_room = if table.is_reserved() {
            state.active < table.reserved
        } else {
            self.world.throttles == 0 && self.world.unreserved_active < self.program.account.unreserved
        };
        if has_room && (state.warm > 0 || self.start_credit(function) >= WHOLE) {
            None
        } else {
            Some(Refusal::Throttled)
        }
    }

    /// Environments may be added at a steady rate, and at most one period's worth at once.
    fn start_credit(&mut self, function: usize) -> u64 {
        let account = &self.program.account;
        let full = u64::from(account.scaling_count) * WHOLE;
        let state = &mut self.world.functions[function];
        if state.credit_at == Instant::START && state.start_credit == 0 {
            state.start_credit = full;
        }
        let elapsed = self.now.since(state.credit_at).min(account.scaling_every).as_micros();
        let earned = full / account.scaling_every.as_micros().max(1) * elapsed;
        state.start_credit = state.start_credit.saturating_add(earned).min(full);
        state.credit_at = self.now;
        state.start_credit
    }

    /// Takes an idle environment or pays for a new one; tells whether it is new.
    pub(crate) fn take_environment(&mut self, function: usize) -> Environment {
        let reserved = self.world.function_tables[function].is_reserved();
        self.world.unreserved_active += u32::from(!reserved);
        let state = &mut self.world.functions[function];
        state.active += 1;
        if state.warm > 0 {
            state.warm -= 1;
            Environment::Warm
        } else {
            state.start_credit = state.start_credit.saturating_sub(WHOLE);
            Environment::New
        }
    }

    /// Gives an environment back; after a crash it has to start anew.
    pub(crate) fn return_environment(&mut self, function: usize, after: Environment) {
        let reserved = self.world.function_tables[function].is_reserved();
        self.world.unreserved_active -= u32::from(!reserved);
        let state = &mut self.world.functions[function];
        state.active -= 1;
        state.warm += u32::from(after == Environment::Warm);
        if !state.waiting.is_empty() {
            self.schedule_retry(function);
        }
        if !reserved {
            self.wake_neighbours(function);
        }
    }

    /// Functions without reservation share a pool: room that one leaves another may take.
    fn wake_neighbours(&mut self, function: usize) {
        for other in 0..self.world.functions.len() {
            if other != function && !self.world.functions[other].waiting.is_empty() {
                self.schedule_retry(other);
            }
        }
    }

    fn refuse(&mut self, batch: u32, mapping: usize, function: usize, refusal: Refusal) {
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        let entity = self.world.function_tables[function].entity;
        let delay = self.world.mappings[mapping].retry_delay.as_micros();
        let (kind, slot) = match refusal {
            Refusal::Throttled => (RecordKind::InvocationThrottled, Slot::FunctionThrottled),
            Refusal::ServiceError => (RecordKind::InvocationRefused, Slot::FunctionServiceError),
        };
        match refusal {
            Refusal::ServiceError => self.mark(queue, Family::ServiceError),
            Refusal::Throttled if self.world.throttles > 0 => self.mark(queue, Family::Throttle),
            Refusal::Throttled => {}
        }
        let rule = self.program.rule(slot);
        self.note_batch(kind, entity, rule, batch, delay);
        self.step_down(mapping);
    }

    /// Schedules the next try of whichever waiting batch tries first, if there is room at all.
    ///
    /// Every waiting batch tries again at fixed intervals from its first try. While there is no room such tries change
    /// nothing, so they are skipped; as soon as there is room the first one that is due gets its turn.
    pub(crate) fn schedule_retry(&mut self, function: usize) {
        if self.world.functions[function].next_try.is_some()
            || self.world.functions[function].waiting.is_empty()
            || !self.may_have_room(function)
        {
            return;
        }
        let next = self.world.functions[function]
            .waiting
            .iter()
            .map(|batch| (self.next_try(*batch), *batch))
            .min_by_key(|(due, _)| *due);
        if let Some((due, batch)) = next {
            self.world.functions[function].next_try = Some(batch);
            let generation = self.world.batches[batch as usize].generation;
            self.world.pending.schedule(due, Due::Retry { function: function as u16, batch, generation });
        }
    }

    /// Whether a try could succeed, the scaling rate left aside: that one recovers by itself.
    fn may_have_room(&self, function: usize) -> bool {
        let state = &self.world.functions[function];
        let table = &self.world.function_tables[function];
        if state.refuses && self.is_faulty() {
            return false;
        }
        if table.is_reserved() {
            state.active < table.reserved
        } else {
            self.world.throttles == 0 && self.world.unreserved_active < self.program.account.unreserved
        }
    }

    /// The first of a batch's regular tries that is not over.
    fn next_try(&self, batch: u32) -> Instant {
        let slot = &self.world.batches[batch as usize];
        let delay = self.world.mappings[usize::from(slot.mapping)].retry_delay.as_micros();
        let waited = self.now.since(slot.waiting_since).as_micros();
        let tries = waited / delay + 1;
        slot.waiting_since + Duration::from_micros(tries * delay)
    }

    pub(crate) fn retry(&mut self, function: usize, batch: u32, generation: u32) {
        self.world.functions[function].next_try = None;
        let slot = &self.world.batches[batch as usize];
        if slot.generation == generation && slot.phase == Phase::Waiting && self.refusal(function).is_none() {
            self.world.functions[function].waiting.retain(|other| *other != batch);
            self.start(batch, function);
        }
        self.schedule_retry(function);
    }

    /// A batch that found no room until its messages became visible again is let go.
    pub(crate) fn release(&mut self, batch: u32) {
        let mapping = usize::from(self.world.batches[batch as usize].mapping);
        let table = self.world.mapping_tables[mapping];
        let function = usize::from(table.function);
        let rule = self.program.rule(Slot::ThrottleRelease);
        self.note_batch(RecordKind::BatchReleased, table.entity, rule, batch, 0);
        self.world.functions[function].waiting.retain(|other| *other != batch);
        self.over(batch, mapping);
    }
}

/// Whether an execution environment can be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Environment {
    /// It has been initialised.
    Warm,
    /// It has to start.
    New,
}
