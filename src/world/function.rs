//! A function's room: concurrency, scaling rate, environments, and the batches that wait for them.

use crate::kernel::{Chooser, Family, Turn};
use crate::program::{Slot, WHOLE_ENVIRONMENT};
use crate::trace::{Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 429.
    Throttled,
    /// 5xx.
    ServiceError,
    /// 404.
    Deleted,
}

/// Tries at fixed intervals from the first one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rhythm {
    pub(crate) since: Instant,
    pub(crate) pause: Duration,
}

impl Rhythm {
    /// The first try that is not over at `now`; one that is due then may still come, unless tries were made at it.
    pub(crate) fn next(self, now: Instant, tried_at: Instant) -> Instant {
        let (waited, pause) = (now.since(self.since).as_micros(), self.pause.as_micros());
        let is_to_come = waited.is_multiple_of(pause) && waited > 0 && tried_at < now;
        let tries = if is_to_come { waited / pause } else { waited / pause + 1 };
        self.since + Duration::from_micros(tries * pause)
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The first try to invoke the function with a closed batch.
    pub(crate) fn first_try(&mut self, batch: u32) {
        let function = usize::from(self.world.batches[batch as usize].function);
        if self.holds_stopped(batch, function) {
            let mapping = usize::from(self.world.batches[batch as usize].mapping);
            return self.refuse_round(batch, mapping);
        }
        match self.refusal(function) {
            //= queue_poll.invoke
            None => self.start(batch, function),
            Some(refusal) => {
                let mapping = usize::from(self.world.batches[batch as usize].mapping);
                //= queue_poll.function_deleted
                if refusal == Refusal::Deleted {
                    return self.give_back(batch, mapping, function);
                }
                self.refuse(batch, mapping, function, refusal);
                if refusal == Refusal::ServiceError && self.gives_up(mapping) {
                    return self.give_up_batch(batch, mapping);
                }
                if self.world.batches[batch as usize].returned > 0 {
                    return self.release(batch);
                }
                self.world.functions[function].waiting.push(batch);
                self.world.refused += 1;
                self.schedule_tries();
            }
        }
    }

    pub(crate) fn refusal(&mut self, function: usize) -> Option<Refusal> {
        let state = &self.world.functions[function];
        if state.deleted {
            return Some(Refusal::Deleted);
        }
        if state.refuses && self.is_faulty() {
            return Some(Refusal::ServiceError);
        }
        let table = &self.world.function_tables[function];
        let has_room = if table.is_reserved() {
            //= function.reserved
            //= function.reserved_zero
            state.active < table.reserved
        } else {
            //= function.unreserved
            self.world.throttles == 0 && self.world.unreserved_active < self.program.account.unreserved
        };
        if has_room && (state.warm > 0 || self.start_credit(function) >= WHOLE_ENVIRONMENT) {
            None
        } else {
            Some(Refusal::Throttled)
        }
    }

    /// Environments may be added at a steady rate, and at most one period's worth at once.
    fn start_credit(&mut self, function: usize) -> u64 {
        let account = &self.program.account;
        let full = account.full_credit();
        let state = &mut self.world.functions[function];
        let earned = account.earned_credit(self.now.since(state.credit_at));
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
            //= function.one_at_a_time
            state.warm -= 1;
            Environment::Warm
        } else {
            state.start_credit = state.start_credit.saturating_sub(WHOLE_ENVIRONMENT);
            Environment::New
        }
    }

    /// Gives an environment back; after a crash it has to start anew.
    pub(crate) fn return_environment(&mut self, function: usize, after: Environment) {
        let reserved = self.world.function_tables[function].is_reserved();
        self.world.unreserved_active -= u32::from(!reserved);
        let state = &mut self.world.functions[function];
        state.active -= 1;
        //= function.environment_reuse
        //= function.environment_reset
        state.warm += u32::from(after == Environment::Warm);
        self.schedule_tries();
    }

    /// Whether a 5xx ends a batch of a mapping, as a function's error does.
    fn gives_up(&mut self, mapping: usize) -> bool {
        if let Some(known) = self.world.mappings[mapping].gives_up {
            return known;
        }
        let program = self.program;
        let (rule, entity) = (&program.open.service_error, self.world.mapping_tables[mapping].entity);
        let gives_up = self.open_value(rule, entity, 0, 0) != rule.ordinary();
        self.world.mappings[mapping].gives_up = Some(gives_up);
        gives_up
    }

    /// A batch that a 5xx ends: its messages stay hidden until their visibility timeout is over.
    fn give_up_batch(&mut self, batch: u32, mapping: usize) {
        //= queue_poll.service_error
        let table = self.world.mapping_tables[mapping];
        self.mark(usize::from(table.queue), Family::Unspecified);
        let rule = self.program.rule(Slot::InvokeRefused);
        self.note_batch(RecordKind::BatchReleased, table.entity, rule, batch, 0);
        self.over(batch, mapping);
    }

    /// A batch whose function is gone: calling again would help nobody, so its messages stay hidden until their
    /// visibility timeout is over.
    fn give_back(&mut self, batch: u32, mapping: usize, function: usize) {
        let table = self.world.mapping_tables[mapping];
        self.note_refusal(batch, usize::from(table.queue), function, Refusal::Deleted, Duration::ZERO);
        let rule = self.program.rule(Slot::FunctionDeleted);
        self.note_batch(RecordKind::BatchReleased, table.entity, rule, batch, 0);
        self.over(batch, mapping);
    }

    fn refuse(&mut self, batch: u32, mapping: usize, function: usize, refusal: Refusal) {
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        let delay = self.world.mappings[mapping].retry_delay;
        self.note_refusal(batch, queue, function, refusal, delay);
        self.step_down(mapping);
    }

    /// Records a try that found no room, with the time until the next one.
    pub(crate) fn note_refusal(
        &mut self,
        batch: u32,
        place: usize,
        function: usize,
        refusal: Refusal,
        delay: Duration,
    ) {
        let entity = self.world.function_tables[function].entity;
        let delay = delay.as_micros();
        let (kind, slot, value) = match refusal {
            Refusal::Throttled => (RecordKind::InvocationThrottled, Slot::FunctionThrottled, delay),
            Refusal::ServiceError => (RecordKind::InvocationRefused, Slot::FunctionServiceError, delay),
            Refusal::Deleted => {
                let is_log = self.world.queue_tables[place].log.is_some();
                let slot = if is_log { Slot::LogFunctionDeleted } else { Slot::FunctionDeleted };
                (RecordKind::InvocationRefused, slot, Record::NO_FUNCTION)
            }
        };
        match refusal {
            Refusal::ServiceError => self.mark(place, Family::ServiceError),
            Refusal::Throttled if self.world.throttles > 0 => self.mark(place, Family::Throttle),
            Refusal::Throttled | Refusal::Deleted => {}
        }
        let rule = self.program.rule(slot);
        self.note_batch(kind, entity, rule, batch, value);
    }

    /// Schedules the next tries of batches that may find room.
    ///
    /// Every waiting batch tries again at fixed intervals from its first try, after everything else that is due at the
    /// same instant. While there is no room such tries change nothing, so they are skipped.
    pub(crate) fn schedule_tries(&mut self) {
        if self.world.refused == 0 && self.world.starving == 0 {
            return;
        }
        let mut next = self.world.tries_at.min(self.next_try_of_lanes());
        for function in 0..self.world.functions.len() {
            if !self.world.functions[function].waiting.is_empty() && self.may_have_room(function) {
                for batch in &self.world.functions[function].waiting {
                    next = next.min(self.next_try(*batch));
                }
            }
        }
        if next < self.world.tries_at {
            self.world.tries_at = next;
            self.world.pending.schedule_turn(next, Turn::Last, Due::Tries);
        }
    }

    /// Whether a try could succeed, the scaling rate left aside: that one recovers by itself.
    pub(crate) fn may_have_room(&self, function: usize) -> bool {
        let state = &self.world.functions[function];
        let table = &self.world.function_tables[function];
        if state.deleted || (state.refuses && self.is_faulty()) {
            return false;
        }
        if table.is_reserved() {
            state.active < table.reserved
        } else {
            self.world.throttles == 0 && self.world.unreserved_active < self.program.account.unreserved
        }
    }

    /// The first of a batch's regular tries that is not over; one that is due now may still come.
    fn next_try(&self, batch: u32) -> Instant {
        //= queue_poll.throttled
        self.rhythm(batch).next(self.now, self.world.tried_at)
    }

    /// When a batch tries.
    fn rhythm(&self, batch: u32) -> Rhythm {
        let slot = &self.world.batches[batch as usize];
        let pause = self.world.mappings[usize::from(slot.mapping)].retry_delay;
        Rhythm { since: slot.waiting_since, pause }
    }

    /// All waiting batches whose try is due try again: function by function, in the order of their first tries.
    pub(crate) fn try_again(&mut self) {
        if self.world.tries_at != self.now {
            return;
        }
        for function in 0..self.world.functions.len() {
            self.try_function(function);
        }
        self.try_lanes();
        self.world.tries_at = Instant::NEVER;
        self.world.tried_at = self.now;
        self.schedule_tries();
    }

    fn try_function(&mut self, function: usize) {
        let mut waiting = std::mem::take(&mut self.world.functions[function].waiting);
        waiting.retain(|batch| {
            let is_due = self.next_try(*batch) == self.now;
            let starts = is_due && self.refusal(function).is_none();
            if starts {
                self.world.refused -= 1;
                self.start(*batch, function);
            }
            !starts
        });
        self.world.functions[function].waiting = waiting;
    }

    /// A batch that found no room until its messages became visible again is let go, at once where that was while it
    /// was still put together.
    pub(crate) fn release(&mut self, batch: u32) {
        let mapping = usize::from(self.world.batches[batch as usize].mapping);
        let table = self.world.mapping_tables[mapping];
        let function = usize::from(table.function);
        let rule = self.program.rule(Slot::ThrottleRelease);
        self.note_batch(RecordKind::BatchReleased, table.entity, rule, batch, 0);
        let waiting = &mut self.world.functions[function].waiting;
        let before = waiting.len();
        waiting.retain(|other| *other != batch);
        self.world.refused -= (before - waiting.len()) as u32;
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
