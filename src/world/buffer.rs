//! Lambda's own queue of events that nobody waits for: accepted, tried, tried again, given up.

use crate::kernel::{Chooser, Family, Menu};
use crate::program::{Leaving, PushKind, PushTable, Slot};
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::function::Refusal;
use crate::world::handler::{Handler, Outcome, Response};
use crate::world::run::{Due, Run};
use crate::world::state::{Copy, CopyState};

/// One entry of Lambda's queue, or one request that a caller waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) copy: u32,
    pub(crate) accepted: Instant,
    /// Tries in a row that found no room.
    pub(crate) throttles: u32,
    /// Whether it waits for room, and not for the pause after a function error.
    pub(crate) waits: bool,
    /// Calls so far, where a caller waits.
    pub(crate) calls: u32,
    /// How many of them belong to the try that is under way.
    pub(crate) calls_of_try: u32,
    /// How often whoever is behind the front has tried before that.
    pub(crate) tries: u32,
    /// What its last retry took from the store of its client.
    pub(crate) cost: u32,
    /// The last call that the caller knows the end of.
    pub(crate) answered: u32,
}

/// Why Lambda gives an event up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GivingUp {
    Exhausted,
    TooOld,
    NothingReserved,
    Recursion,
}

impl GivingUp {
    const fn slot(self) -> Slot {
        match self {
            Self::Exhausted => Slot::BufferExhausted,
            Self::TooOld => Slot::BufferAge,
            Self::NothingReserved => Slot::BufferZeroReserved,
            Self::Recursion => Slot::BufferRecursion,
        }
    }

    const fn leaving(self) -> Leaving {
        match self {
            // What the record of a chain that was stopped says as its condition is not known.
            Self::Exhausted | Self::Recursion => Leaving::Exhausted,
            Self::TooOld => Leaving::TooOld,
            Self::NothingReserved => Leaving::NothingReserved,
        }
    }

    const fn value(self) -> u64 {
        match self {
            Self::Exhausted => Record::RETRIES_EXHAUSTED,
            Self::TooOld => Record::EVENT_AGE_EXCEEDED,
            Self::NothingReserved => Record::ZERO_RESERVED,
            Self::Recursion => Record::RECURSION,
        }
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Lambda takes an event, whether or not the function has room.
    pub(crate) fn accept(&mut self, event: EventId, place: usize, handed_on: bool) {
        //= async.accepts_throttled
        let entry = self.enter_place(event, place);
        let copy = self.world.entries[entry as usize].copy;
        let entity = self.world.queue_tables[place].entity;
        let value = u64::from(handed_on);
        self.note_copy(RecordKind::EventAccepted, entity, Slot::BufferAccept, copy, value);
        self.draw_twin(entry, place);
        let name = self.world.events[event.0 as usize].name;
        let program = self.program;
        let latency = self.open_value(&program.open.push_latency, entity, name, 0);
        if latency == 0 {
            return self.push_due(entry);
        }
        self.mark(place, Family::Unspecified);
        self.after(Duration::from_micros(latency), Due::Push { entry });
    }

    /// A copy of an event waits at a place from now on; it was counted when it set out.
    pub(crate) fn enter_place(&mut self, event: EventId, place: usize) -> u32 {
        let (queue, sent) = (place as u16, self.now);
        let state = CopyState::Available;
        let copy = self.world.copies.push(Copy {
            event,
            queue,
            origin: queue,
            state,
            receives: 0,
            sent,
            vanishes: false,
            lane: 0,
        }) as u32;
        self.world.queues[place].live += 1;
        self.world.live += 1;
        self.world.entries.push(Entry {
            copy,
            accepted: self.now,
            throttles: 0,
            waits: true,
            calls: 0,
            calls_of_try: 0,
            tries: 0,
            cost: 0,
            answered: 0,
        });
        (self.world.entries.len() - 1) as u32
    }

    /// The queue is eventually consistent: an event may run twice.
    pub(crate) fn draw_twin(&mut self, entry: u32, place: usize) {
        if !self.chooser.active(Family::Duplicate) || !self.is_faulty() {
            return;
        }
        let odds = self.chooser.intensity(Family::Duplicate);
        let longest = self.program.network.buffer.retries.first().map_or(1, |pause| pause.as_micros());
        let copy = self.world.entries[entry as usize].copy;
        let after = self.copy_choice(Family::Duplicate, copy, place, Menu::Span { odds, longest });
        if after > 0 {
            self.world.twins += 1;
            self.after(Duration::from_micros(after), Due::Twin { entry });
        }
    }

    /// A second entry for the same event, whatever became of the first one.
    pub(crate) fn twin(&mut self, entry: u32) {
        self.world.twins -= 1;
        let state = self.world.copies[self.world.entries[entry as usize].copy as usize];
        let place = usize::from(state.queue);
        self.mark(place, Family::Duplicate);
        self.world.events[state.event.0 as usize].copies += 1;
        let twin = self.enter_place(state.event, place);
        if self.push_table(place).kind == PushKind::Request {
            return self.call_twin(twin, place);
        }
        let copy = self.world.entries[twin as usize].copy;
        let entity = self.world.queue_tables[place].entity;
        self.note_copy(RecordKind::EventAccepted, entity, Slot::BufferDuplicate, copy, Record::TWIN);
        self.push_due(twin);
    }

    /// An entry's turn comes: Lambda tries to run it.
    pub(crate) fn push_due(&mut self, entry: u32) {
        let place = self.world.copies[self.world.entries[entry as usize].copy as usize].queue;
        if self.push_table(usize::from(place)).kind == PushKind::Request {
            return self.call(entry);
        }
        let Entry { copy, waits, .. } = self.world.entries[entry as usize];
        let place = usize::from(self.world.copies[copy as usize].queue);
        let push = self.push_table(place);
        let function = usize::from(push.function);
        //= async.latest_code
        if self.world.function_tables[function].reserved == 0 {
            return self.give_up(entry, GivingUp::NothingReserved);
        }
        if self.is_stopped(self.world.copies[copy as usize].event, function) {
            return self.give_up(entry, GivingUp::Recursion);
        }
        let batch = self.open_push(entry, place, function);
        let entity = self.world.queue_tables[place].entity;
        let rule = self.program.rule(Slot::BufferDequeue);
        self.note_batch(RecordKind::EventDequeued, entity, rule, batch, u64::from(waits));
        match self.refusal(function, self.pool_at(place)) {
            None => {
                self.world.entries[entry as usize].throttles = 0;
                self.world.copies[copy as usize].receives += 1;
                self.world.copies[copy as usize].state = CopyState::InFlight;
                self.start(batch, function);
            }
            Some(refusal) => self.back_off(batch, entry, refusal),
        }
    }

    /// A batch of one for an entry.
    pub(crate) fn open_push(&mut self, entry: u32, place: usize, function: usize) -> u32 {
        let copy = self.world.entries[entry as usize].copy;
        let state = self.world.copies[copy as usize];
        let name = self.world.events[state.event.0 as usize].name;
        let batch = self.free_batch();
        let slot = &mut self.world.batches[batch as usize];
        slot.open_push(entry, place as u16, function as u16);
        slot.items.push(Covered { event: state.event, copy, receives: state.receives + 1 });
        slot.fold = name;
        batch
    }

    pub(crate) fn push_table(&self, place: usize) -> PushTable {
        let push = self.world.queue_tables[place].push.expect("only places of pushes have entries");
        self.world.push_tables[usize::from(push)]
    }

    /// There is no room, or Lambda fails: the entry goes back and waits longer each time.
    fn back_off(&mut self, batch: u32, entry: u32, refusal: Refusal) {
        let Entry { copy, accepted, throttles, .. } = self.world.entries[entry as usize];
        let place = usize::from(self.world.copies[copy as usize].queue);
        let push = self.push_table(place);
        let delay = self.throttle_pause(place, throttles);
        self.note_refusal(batch, place, usize::from(push.function), refusal, delay);
        self.free(batch);
        //= async.throttles_uncounted
        self.world.entries[entry as usize].throttles = throttles + 1;
        if (self.now + delay).since(accepted) > push.age {
            self.world.entries[entry as usize].waits = false;
            return self.give_up(entry, GivingUp::TooOld);
        }
        self.world.entries[entry as usize].waits = true;
        let entity = self.world.queue_tables[place].entity;
        let rule = self.program.rule(Slot::BufferThrottleRetry);
        self.note_retry(copy, entity, rule, delay, Record::AFTER_THROTTLE);
        self.after(delay, Due::Push { entry });
    }

    fn throttle_pause(&mut self, place: usize, throttles: u32) -> Duration {
        let program = self.program;
        let rules = &program.network.buffer;
        let entity = self.world.queue_tables[place].entity;
        let growth = self.open_value(&program.open.throttle_growth, entity, 0, 0);
        let factor = growth.saturating_pow(throttles);
        Duration::from_micros(rules.throttle_first.as_micros().saturating_mul(factor))
            .min(rules.throttle_longest)
    }

    fn note_retry(
        &mut self,
        copy: u32,
        entity: crate::trace::EntityId,
        rule: crate::models::RuleId,
        delay: Duration,
        why: u32,
    ) {
        let state = self.world.copies[copy as usize];
        let covered = Covered { event: state.event, copy, receives: state.receives };
        let name = self.world.events[state.event.0 as usize].name;
        self.record(RecordKind::RetryScheduled, entity, rule, (why, delay.as_micros()), name, &[covered]);
    }

    /// What Lambda makes of an invocation's end.
    pub(crate) fn buffered_ended(&mut self, entry: u32, outcome: Option<Outcome>) {
        let copy = self.world.entries[entry as usize].copy;
        let place = usize::from(self.world.copies[copy as usize].queue);
        let push = self.push_table(place);
        match outcome {
            Some(Outcome::Returned(
                Response::Success | Response::ItemFailures | Response::Malformed | Response::Misspelt,
            )) => self.complete(copy, place, &push),
            None | Some(Outcome::Threw | Outcome::Returned(Response::TooLarge(_))) => {
                self.retry(entry, copy, place, &push);
            }
        }
    }

    fn complete(&mut self, copy: u32, place: usize, push: &PushTable) {
        let entity = self.world.queue_tables[place].entity;
        self.note_copy(RecordKind::EventCompleted, entity, Slot::BufferSuccess, copy, 0);
        self.leave_place(copy, place);
        let event = self.world.copies[copy as usize].event;
        self.lose(event, entity, self.program.rule(Slot::BufferSuccess), Record::LOST_BY_DELETE);
        if let Some(target) = push.on_success {
            self.send_on_success(event, place, target);
        }
    }

    /// A copy is in no place any more.
    pub(crate) fn leave_place(&mut self, copy: u32, place: usize) {
        let state = &mut self.world.copies[copy as usize];
        state.state = CopyState::Gone;
        let event = state.event;
        self.world.queues[place].live -= 1;
        self.world.live -= 1;
        self.world.events[event.0 as usize].copies -= 1;
    }

    fn retry(&mut self, entry: u32, copy: u32, place: usize, push: &PushTable) {
        let errors = self.world.copies[copy as usize].receives;
        self.world.copies[copy as usize].state = CopyState::Available;
        self.world.entries[entry as usize].waits = false;
        let retries = &self.program.network.buffer.retries;
        let pause = retries.get(errors as usize - 1).or(retries.last());
        let Some(pause) = pause.copied().filter(|_| errors <= push.attempts) else {
            return self.give_up(entry, GivingUp::Exhausted);
        };
        let accepted = self.world.entries[entry as usize].accepted;
        if (self.now + pause).since(accepted) > push.age {
            return self.give_up(entry, GivingUp::TooOld);
        }
        let entity = self.world.queue_tables[place].entity;
        let rule = self.program.rule(Slot::BufferRetry);
        self.note_retry(copy, entity, rule, pause, Record::AFTER_ERROR);
        self.after(pause, Due::Push { entry });
    }

    /// An event leaves Lambda's queue without having succeeded: by both of its ways out, or not at all.
    fn give_up(&mut self, entry: u32, why: GivingUp) {
        let Entry { copy, waits, .. } = self.world.entries[entry as usize];
        let state = self.world.copies[copy as usize];
        let (event, place) = (state.event, usize::from(state.queue));
        let (entity, push) = (self.world.queue_tables[place].entity, self.push_table(place));
        let covered = [Covered { event, copy, receives: state.receives }];
        let name = self.world.events[event.0 as usize].name;
        let (rule, leaving) = (self.program.rule(why.slot()), why.leaving());
        let value = (u32::from(waits), why.value());
        self.record(RecordKind::EventGivenUp, entity, rule, value, name, &covered);
        self.leave_place(copy, place);
        let rule = |slot| self.program.rule(slot);
        let destination = (rule(Slot::BufferOnFailure), rule(Slot::BufferDestinationFailed));
        let dead_letter = (rule(Slot::BufferDeadLetter), rule(Slot::BufferDeadLetterFailed));
        let dropped = rule(Slot::BufferDropped);
        //= async.both_exits
        // Until the second one is done nothing is lost.
        let second = u16::from(push.on_failure.is_some() && push.dead_letter.is_some());
        self.world.events[event.0 as usize].copies += second;
        if let Some(target) = push.on_failure {
            self.leave_by(event, place, entity, (target, Some(leaving)), destination);
        }
        self.world.events[event.0 as usize].copies -= second;
        if let Some(target) = push.dead_letter {
            self.leave_by(event, place, entity, (target, Some(Leaving::DeadLetter)), dead_letter);
        }
        let (rule, why) = match (push.on_failure, push.dead_letter) {
            (None, None) => (dropped, Record::LOST_BY_GIVING_UP),
            (_, Some(_)) => (dead_letter.1, Record::LOST_BY_EXIT),
            (Some(_), None) => (destination.1, Record::LOST_BY_EXIT),
        };
        self.lose(event, entity, rule, why);
    }
}
