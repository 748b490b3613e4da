//! A function's room, naively: who runs, who waits, and who may start.

use redrive::kernel::{Chooser, Family};
use redrive::program::Slot;
use redrive::topology::Runs;
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{Batch, Stage, Victim};

/// One environment in the units of the scaling rate.
const WHOLE: u64 = 1_000_000;

/// How a call is refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Throttled,
    ServiceError,
    Gone,
}

impl Refusal {
    /// What is told of it where the next try is so much later.
    pub(super) fn told(self, pause: Duration, gone: Slot) -> (RecordKind, Slot, u64) {
        match self {
            Self::Throttled => (RecordKind::InvocationThrottled, Slot::FunctionThrottled, pause.as_micros()),
            Self::ServiceError => {
                (RecordKind::InvocationRefused, Slot::FunctionServiceError, pause.as_micros())
            }
            Self::Gone => (RecordKind::InvocationRefused, gone, Record::NO_FUNCTION),
        }
    }
}

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn function_of(&self, batch: usize) -> usize {
        self.batches[batch].function
    }

    /// The mapping whose batch it is.
    pub(super) fn polled_by(&self, batch: usize) -> usize {
        self.batches[batch].mapping.expect("only batches of mappings are asked")
    }

    pub(super) fn first_try(&mut self, batch: usize) {
        let function = self.function_of(batch);
        let is_late = |item: &super::state::Taken| self.is_round_too_often(item.message, function);
        if self.batches[batch].items.iter().any(is_late) {
            let entity = self.mappings[self.polled_by(batch)].entity;
            let items = self.batches[batch].covered();
            self.note(RecordKind::BatchReleased, entity, Slot::QueueRecursion, 0, &items);
            return self.over(batch);
        }
        let Some(refusal) = self.refusal(function, self.pool_of(batch)) else { return self.start(batch) };
        let mapping = self.polled_by(batch);
        let delay = self.pollers[mapping].retry_delay;
        let items = self.batches[batch].covered();
        let (kind, slot, value) = refusal.told(delay, Slot::FunctionDeleted);
        self.note(kind, self.functions[function].entity, slot, value, &items);
        let entity = self.mappings[mapping].entity;
        if matches!(refusal, Refusal::Gone) {
            self.note(RecordKind::BatchReleased, entity, Slot::FunctionDeleted, 0, &items);
            return self.over(batch);
        }
        self.step_down(mapping);
        let is_error = matches!(refusal, Refusal::ServiceError);
        let program = self.program;
        if is_error && self.open(&program.open.service_error, entity, 0, 0) == 1 {
            self.note(RecordKind::BatchReleased, entity, Slot::InvokeRefused, 0, &items);
            return self.over(batch);
        }
        let first = self.tick();
        self.batches[batch].stage = Stage::Waiting { first, next_try: self.now + delay };
        let has_ended = |receive: usize| self.receives[receive].is_over;
        if self.batches[batch].items.iter().any(|item| has_ended(item.receive)) {
            self.release(batch);
        }
    }

    pub(super) fn refusal(&self, function: usize, pool: Option<usize>) -> Option<Refusal> {
        let state = &self.states[function];
        if self.gone.contains(&function) {
            return Some(Refusal::Gone);
        }
        if self.is_in(Family::ServiceError, Victim::Function(function)) && self.is_faulty() {
            return Some(Refusal::ServiceError);
        }
        if pool.is_some_and(|pool| self.is_ready(pool)) {
            return None;
        }
        let table = &self.functions[function];
        let has_place = if table.is_reserved() {
            let own = self.program.pools.tables.iter().filter(|pool| usize::from(pool.function) == function);
            let held: u32 = own.map(|pool| pool.size).sum();
            self.running(|other| other.function == function) + held < table.reserved
        } else {
            let shared = self.running(|other| !self.functions[other.function].is_reserved());
            !self.is_in(Family::Throttle, Victim::Account) && shared < self.program.account.unreserved
        };
        let is_pipe = table.runs == Runs::Pipe;
        let has_environment = is_pipe || state.warm > 0 || self.gains(function) >= WHOLE;
        if has_place && has_environment { None } else { Some(Refusal::Throttled) }
    }

    /// Whether one of the environments that are provisioned for a version or alias is free.
    pub(super) fn is_ready(&self, pool: usize) -> bool {
        let table = &self.program.pools.tables[pool];
        let is_in_it = |batch: &&Batch| batch.stage == Stage::Running && batch.ready == Some(pool);
        let taken = self.batches.iter().filter(is_in_it).count() as u32;
        self.functions[usize::from(table.function)].reserved > 0 && taken < table.size
    }

    /// How many environments of a pool an ending has spoilt and no invocation has started anew.
    pub(super) fn is_fresh(&self, pool: usize) -> bool {
        let is_in_it = |batch: &&Batch| batch.stage == Stage::Running && batch.ready == Some(pool);
        let taken = self.batches.iter().filter(is_in_it).count() as u32;
        taken + self.spoilt[pool] < self.program.pools.tables[pool].size
    }

    /// What is provisioned for the version or alias that a batch is for.
    pub(super) fn pool_of(&self, batch: usize) -> Option<usize> {
        let (pools, batch) = (&self.program.pools, &self.batches[batch]);
        if let Some(mapping) = batch.mapping {
            return pools.of_mapping(mapping).map(usize::from);
        }
        let place = match (batch.strand, batch.entry, batch.caller) {
            (Some(strand), _, _) => usize::from(self.logs[self.strands[strand].log].queue),
            (None, Some(entry), _) => usize::from(self.settings(entry).queue),
            (None, None, Some((caller, _))) => self.callers[caller].place,
            (None, None, None) => return None,
        };
        self.pool_at(place)
    }

    /// What is provisioned for the version or alias that is called from a place.
    pub(super) fn pool_at(&self, place: usize) -> Option<usize> {
        let (pools, table) = (&self.program.pools, &self.queues[place]);
        let pool = match (table.push, table.log) {
            (Some(push), _) => pools.of_push(usize::from(push)),
            (None, Some(log)) => pools.of_log(usize::from(log)),
            (None, None) => None,
        };
        pool.map(usize::from)
    }

    /// Why records that a mapping reads would not be taken.
    pub(super) fn refusal_of_log(&self, log: usize) -> Option<Refusal> {
        let table = &self.logs[log];
        self.refusal(usize::from(table.function), self.pool_at(usize::from(table.queue)))
    }

    /// Running invocations on demand, certain ones.
    fn running(&self, counts: impl Fn(&Batch) -> bool) -> u32 {
        let is_running =
            |batch: &&Batch| batch.stage == Stage::Running && batch.ready.is_none() && counts(batch);
        self.batches.iter().filter(is_running).count() as u32
    }

    /// What a function may add to its environments by now: a steady gain, capped, less what it has added.
    fn gains(&self, function: usize) -> u64 {
        let account = &self.program.account;
        let cap = u64::from(account.scaling_count) * WHOLE;
        let rate = cap / account.scaling_every.as_micros();
        let gain =
            |credit: u64, from: Instant, to: Instant| cap.min(credit + rate * to.since(from).as_micros());
        let (mut credit, mut at) = (cap, Instant::START);
        for start in &self.states[function].starts {
            credit = gain(credit, at, *start) - WHOLE;
            at = *start;
        }
        gain(credit, at, self.now)
    }

    pub(super) fn next_tries(&self) -> Option<Instant> {
        let next = |batch: &Batch| match batch.stage {
            Stage::Waiting { next_try, .. } => Some(next_try),
            Stage::Gathering | Stage::Running | Stage::Over => None,
        };
        self.batches.iter().filter_map(next).min()
    }

    /// Every waiting batch whose regular try is due tries.
    pub(super) fn try_again(&mut self) {
        let mut due: Vec<(usize, u64, usize)> = Vec::new();
        for index in 0..self.batches.len() {
            if let Stage::Waiting { first, next_try } = self.batches[index].stage
                && next_try == self.now
            {
                due.push((self.function_of(index), first, index));
            }
        }
        due.sort_unstable();
        for (function, first, batch) in due {
            if self.refusal(function, self.pool_of(batch)).is_none() {
                self.start(batch);
            } else {
                let next_try = self.now + self.pollers[self.polled_by(batch)].retry_delay;
                self.batches[batch].stage = Stage::Waiting { first, next_try };
            }
        }
        self.try_lanes();
    }

    /// A batch that found no room is let go.
    pub(super) fn release(&mut self, batch: usize) {
        let entity = self.mappings[self.polled_by(batch)].entity;
        let items = self.batches[batch].covered();
        self.note(RecordKind::BatchReleased, entity, Slot::ThrottleRelease, 0, &items);
        self.over(batch);
    }
}
