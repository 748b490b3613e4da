//! Lambda's own queue of events that nobody waits for, naively.
//!
//! 1. What Lambda accepts waits for its first try (the latency); the queue may hold it a second time, a while later, as
//!    an entry of its own with its own tries and its own age.
//! 2. A turn asks first whether anything is reserved for the function, then whether there is room.
//! 3. Pauses after throttles grow from try to try until one finds room; those after errors are listed by the rules.
//! 4. Every pause is looked ahead: an entry that would be too old at its end is given up at once.
//! 5. What is given up leaves by the destination first, then by the dead-letter queue, and is lost when both are done
//!    and nothing is left of it.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::program::{Leaving, PushTable, Slot};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::function::Refusal;
use super::state::{Batch, End, Place, Stage, Taken, What};

/// One entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) message: usize,
    pub(super) accepted: Instant,
    /// Tries without room since the last one that had room.
    pub(super) refusals: u32,
    /// Whether the pause before its next turn is not one after an error.
    pub(super) is_for_room: bool,
}

impl<C: Chooser> Naive<'_, C> {
    /// Somebody invokes the function asynchronously without a channel between.
    pub(super) fn invoke(&mut self, event: usize) {
        self.messages[event].place = Place::Gone;
        self.draw_poison(event);
        let place = self.messages[event].queue;
        self.accept(event, place, false);
    }

    pub(super) fn accept(&mut self, event: usize, place: usize, is_handed_on: bool) {
        let entry = self.enter_buffer(event, place);
        let value = if is_handed_on { Record::HANDED_ON } else { Record::FROM_SOURCE };
        let (entity, message) = (self.queues[place].entity, self.waiting[entry].message);
        self.note_message(RecordKind::EventAccepted, entity, Slot::BufferAccept, value, message);
        let program = self.program;
        if self.is_faulty() {
            let odds = self.chooser.intensity(Family::Duplicate);
            let longest = program.network.buffer.retries[0].as_micros();
            let twin = self.about_receive(Family::Duplicate, message, place, Menu::Span { odds, longest });
            if twin > 0 {
                self.after(Duration::from_micros(twin), What::Twin(entry));
            }
        }
        let name = self.messages[event].name;
        let latency = self.open(&program.open.push_latency, entity, name, 0);
        if latency > 0 {
            self.after(Duration::from_micros(latency), What::Turn(entry));
        } else {
            self.turn(entry);
        }
    }

    pub(super) fn enter_buffer(&mut self, event: usize, place: usize) -> usize {
        let message = self.another(event, place, Place::Buffered);
        let accepted = self.now;
        self.waiting.push(Waiting { message, accepted, refusals: 0, is_for_room: true });
        self.waiting.len() - 1
    }

    pub(super) fn twin(&mut self, of: usize) {
        let message = self.waiting[of].message;
        let (event, place) = (self.messages[message].event, self.messages[message].queue);
        let entry = self.enter_buffer(event, place);
        let (entity, message) = (self.queues[place].entity, self.waiting[entry].message);
        self.note_message(RecordKind::EventAccepted, entity, Slot::BufferDuplicate, Record::TWIN, message);
        self.turn(entry);
    }

    /// The settings of the place where an entry waits.
    fn settings(&self, entry: usize) -> PushTable {
        let place = self.messages[self.waiting[entry].message].queue;
        *self.pushes.iter().find(|push| usize::from(push.queue) == place).expect("entries wait at pushes")
    }

    pub(super) fn turn(&mut self, entry: usize) {
        let Waiting { message, is_for_room, .. } = self.waiting[entry];
        let push = self.settings(entry);
        let (place, function) = (usize::from(push.queue), usize::from(push.function));
        if self.functions[function].reserved == 0 {
            return self.give_up(entry, Slot::BufferZeroReserved, Record::ZERO_RESERVED);
        }
        if self.is_round_too_often(message, function) {
            return self.give_up(entry, Slot::BufferRecursion, Record::RECURSION);
        }
        let entity = self.queues[place].entity;
        let attempt = self.messages[message].receives + 1;
        let value = u64::from(is_for_room);
        self.note(RecordKind::EventDequeued, entity, Slot::BufferDequeue, value, &[(message, attempt)]);
        if let Some(refusal) = self.refusal(function) {
            return self.wait_for_room(entry, refusal, attempt);
        }
        self.messages[message].receives = attempt;
        self.waiting[entry].refusals = 0;
        self.batches.push(Batch {
            mapping: None,
            function,
            entry: Some(entry),
            caller: None,
            strand: None,
            stage: Stage::Running,
            items: vec![Taken { message, receive: usize::MAX, receives: attempt }],
            failing: Vec::new(),
            end: End::Handler,
        });
        self.start(self.batches.len() - 1);
    }

    fn wait_for_room(&mut self, entry: usize, refusal: Refusal, attempt: u32) {
        let push = self.settings(entry);
        let Waiting { message, accepted, refusals, .. } = self.waiting[entry];
        let (program, entity) = (self.program, self.queues[usize::from(push.queue)].entity);
        let growth = self.open(&program.open.throttle_growth, entity, 0, 0);
        let rules = &program.network.buffer;
        let mut pause = rules.throttle_first;
        for _ in 0..refusals {
            pause = (pause * growth).min(rules.throttle_longest);
        }
        let function = self.functions[usize::from(push.function)].entity;
        let (kind, slot, value) = refusal.told(pause, Slot::FunctionDeleted);
        self.note(kind, function, slot, value, &[(message, attempt)]);
        self.waiting[entry].refusals += 1;
        if self.now + pause > accepted + push.age {
            self.waiting[entry].is_for_room = false;
            return self.give_up(entry, Slot::BufferAge, Record::EVENT_AGE_EXCEEDED);
        }
        self.waiting[entry].is_for_room = true;
        self.come_again(entry, pause, Slot::BufferThrottleRetry, Record::AFTER_THROTTLE);
    }

    fn come_again(&mut self, entry: usize, pause: Duration, slot: Slot, why: u32) {
        let message = self.waiting[entry].message;
        let place = self.messages[message].queue;
        let (entity, rule) = (self.queues[place].entity, self.program.rule(slot));
        let item = (message, self.messages[message].receives);
        self.tell(RecordKind::RetryScheduled, entity, rule, (why, pause.as_micros()), item);
        self.after(pause, What::Turn(entry));
    }

    /// The function has ended, well or not.
    pub(super) fn push_ended(&mut self, entry: usize, is_success: bool) {
        let push = self.settings(entry);
        let Waiting { message, accepted, .. } = self.waiting[entry];
        let place = usize::from(push.queue);
        let entity = self.queues[place].entity;
        if is_success {
            self.note_message(RecordKind::EventCompleted, entity, Slot::BufferSuccess, 0, message);
            self.messages[message].place = Place::Gone;
            let event = self.messages[message].event;
            let rule = self.program.rule(Slot::BufferSuccess);
            self.lose_event(event, entity, rule, Record::LOST_BY_DELETE);
            if let Some(exit) = push.on_success {
                self.report_success(event, place, exit);
            }
            return;
        }
        self.waiting[entry].is_for_room = false;
        let errors = self.messages[message].receives;
        if errors > push.attempts {
            return self.give_up(entry, Slot::BufferExhausted, Record::RETRIES_EXHAUSTED);
        }
        let pauses = &self.program.network.buffer.retries;
        let pause = pauses[(errors as usize - 1).min(pauses.len() - 1)];
        if self.now + pause > accepted + push.age {
            return self.give_up(entry, Slot::BufferAge, Record::EVENT_AGE_EXCEEDED);
        }
        self.come_again(entry, pause, Slot::BufferRetry, Record::AFTER_ERROR);
    }

    fn give_up(&mut self, entry: usize, slot: Slot, why: u64) {
        let push = self.settings(entry);
        let program = self.program;
        let Waiting { message, is_for_room, .. } = self.waiting[entry];
        let (event, place) = (self.messages[message].event, usize::from(push.queue));
        let entity = self.queues[place].entity;
        let item = (message, self.messages[message].receives);
        let value = (u32::from(is_for_room), why);
        self.tell(RecordKind::EventGivenUp, entity, program.rule(slot), value, item);
        self.messages[message].place = Place::Gone;
        let mut last = (program.rule(Slot::BufferDropped), Record::LOST_BY_GIVING_UP);
        if let Some(exit) = push.on_failure {
            let rules = (program.rule(Slot::BufferOnFailure), program.rule(Slot::BufferDestinationFailed));
            last = (rules.1, Record::LOST_BY_EXIT);
            let goes_on = push.dead_letter.is_some();
            if goes_on {
                self.leaving.push(event);
            }
            let leaving = match why {
                Record::RETRIES_EXHAUSTED | Record::RECURSION => Leaving::Exhausted,
                Record::EVENT_AGE_EXCEEDED => Leaving::TooOld,
                _ => Leaving::NothingReserved,
            };
            self.take_out(event, place, entity, (exit, Some(leaving)), rules);
            if goes_on {
                self.leaving.pop();
            }
        }
        if let Some(exit) = push.dead_letter {
            let rules = (program.rule(Slot::BufferDeadLetter), program.rule(Slot::BufferDeadLetterFailed));
            last = (rules.1, Record::LOST_BY_EXIT);
            self.take_out(event, place, entity, (exit, Some(Leaving::DeadLetter)), rules);
        }
        self.lose_event(event, entity, last.0, last.1);
    }
}
