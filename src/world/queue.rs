//! The queue: it takes messages, hands them out again, moves them to its dead-letter queue and forgets them.
//!
//! What is different with a FIFO queue is in `fifo.rs`.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu, Turn};
use crate::models::RuleId;
use crate::program::{DeadLetter, QueueTable, Slot};
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::fifo::Sending;
use crate::world::handler::Handler;
use crate::world::run::{Due, Run, World};
use crate::world::state::{Copy, CopyState, EventState, Fate};

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// A source's event becomes a message.
    pub(crate) fn send(&mut self, id: EventId) {
        let &EventState { place: source, route, reached, .. } = &self.world.events[id.0 as usize];
        if route != EventState::NO_ROUTE && !reached {
            return self.publish(id);
        }
        if self.program.push(usize::from(source)).is_some() {
            return self.invoke_asynchronously(id);
        }
        let queue = usize::from(source);
        if self.world.queue_tables[queue].is_fifo() && self.sending(id, queue) == Sending::Over {
            return;
        }
        self.draw_poison(id, queue);
        self.world.unsent -= 1;
        self.world.open += u32::from(self.world.events[id.0 as usize].fate == Fate::Open);
        self.come_in(id, queue, self.program.rule(Slot::Accept));
    }

    /// A message of an event comes into a queue.
    pub(crate) fn come_in(&mut self, id: EventId, queue: usize, rule: RuleId) {
        let table = &self.world.queue_tables[queue];
        let QueueTable { delay, entity, retention, .. } = *table;
        let (is_fifo, is_polled) = (table.is_fifo(), table.is_polled());
        let event = &mut self.world.events[id.0 as usize];
        event.copies += 1;
        let (name, key, source) = (event.name, event.key, queue as u16);
        let state = if delay == Duration::ZERO { CopyState::Available } else { CopyState::Delayed };
        let copy = self.world.copies.push(Copy {
            event: id,
            queue: source,
            origin: source,
            state,
            receives: 0,
            sent: self.now,
            vanishes: false,
            lane: 0,
        }) as u32;
        let covered = Covered { event: id, copy, receives: 0 };
        let (value, events) = (delay.as_micros(), name ^ self.class_mark(id));
        let subject = if is_fifo { key } else { copy };
        self.record(RecordKind::MessageSent, entity, rule, (subject, value), events, &[covered]);
        self.enter(copy, queue);
        if !is_polled {
            self.make_available(copy, queue);
            self.keep(copy, queue, (retention, Slot::DeadLetterAge));
        } else if delay == Duration::ZERO {
            self.make_available(copy, queue);
            self.poll(queue);
        } else {
            self.after(delay, Due::DelayEnds { copy });
        }
    }

    /// At most so many events of a source are poisoned; later ones are not asked any more.
    pub(crate) fn draw_poison(&mut self, id: EventId, queue: usize) {
        let World { events, queues, queue_tables, .. } = &mut *self.world;
        let (event, state, program) = (&mut events[id.0 as usize], &mut queues[queue], self.program);
        if event.poisoned {
            return;
        }
        let poisons = &program.plan.poisons;
        if !poisons.is_empty() && poisons.contains(&(event.source, event.ordinal)) {
            event.poisoned = true;
            state.poisoned += 1;
            return;
        }
        if !self.chooser.active(Family::Poison) || state.poisoned >= program.profile.poison_at_most {
            return;
        }
        let point = ChoicePoint {
            family: Family::Poison,
            domain: program.profile.fault(Family::Poison).domain,
            entity: program.hash(queue_tables[queue].entity),
            item: event.name,
            ordinal: 0,
        };
        let odds = self.chooser.intensity(Family::Poison);
        if self.chooser.choose(&point, Menu::Hit(odds)) == 1 {
            event.poisoned = true;
            state.poisoned += 1;
            state.hits = state.hits.with(Family::Poison);
        }
    }

    /// Counts a message in and sees to its end.
    pub(crate) fn enter(&mut self, copy: u32, queue: usize) {
        let World { copies, queues, queue_tables, live, .. } = &mut *self.world;
        let state = &mut queues[queue];
        state.live += 1;
        let sent = copies[copy as usize].sent;
        if state.by_age.back().is_none_or(|last| copies[*last as usize].sent <= sent) {
            state.by_age.push_back(copy);
        } else {
            let mut place = state.by_age.len() - 1;
            while place > 0 && copies[state.by_age[place - 1] as usize].sent > sent {
                place -= 1;
            }
            state.by_age.insert(place, copy);
        }
        if queue_tables[queue].is_read() {
            *live += 1;
            if state.by_age.front() == Some(&copy) {
                self.arm_expiry(queue);
            }
        }
    }

    /// Counts a message out.
    pub(crate) fn leave(&mut self, copy: u32, queue: usize) {
        let was = std::mem::replace(&mut self.world.copies[copy as usize].state, CopyState::Gone);
        self.world.queues[queue].live -= 1;
        let table = &self.world.queue_tables[queue];
        let (is_read, is_fifo) = (table.is_read(), table.is_fifo());
        self.world.live -= u32::from(is_read);
        if is_fifo {
            self.look_further(was, queue);
        }
    }

    pub(crate) fn delay_ends(&mut self, copy: u32) {
        if self.world.copies[copy as usize].state != CopyState::Delayed {
            return;
        }
        let queue = usize::from(self.world.copies[copy as usize].queue);
        if self.waits_longer(copy, queue) {
            return;
        }
        let entity = self.world.queue_tables[queue].entity;
        self.note_copy(RecordKind::MessagesAvailable, entity, Slot::Delay, copy, Record::AFTER_DELAY);
        self.make_available(copy, queue);
        self.poll(queue);
    }

    /// Lines a message up to be received, in another place where the queue reorders.
    pub(crate) fn make_available(&mut self, copy: u32, queue: usize) {
        if self.world.queue_tables[queue].is_fifo() {
            return self.join_group(copy, queue);
        }
        //= queue.best_effort_order
        let rank = self.now + self.reordering(copy, queue);
        let World { copies, queues, .. } = &mut *self.world;
        copies[copy as usize].state = CopyState::Available;
        queues[queue].make_available(rank, copy);
    }

    fn reordering(&mut self, copy: u32, queue: usize) -> Duration {
        if !self.chooser.active(Family::Reorder) || !self.is_faulty() {
            return Duration::ZERO;
        }
        let odds = self.chooser.intensity(Family::Reorder);
        let longest = self.program.profile.stall_limit.as_micros();
        let back = self.copy_choice(Family::Reorder, copy, queue, Menu::Span { odds, longest });
        if back > 0 {
            self.mark(queue, Family::Reorder);
        }
        Duration::from_micros(back)
    }

    /// A choice of a fault family about one receive of a message.
    pub(crate) fn copy_choice(&mut self, family: Family, copy: u32, queue: usize, menu: Menu) -> u64 {
        let state = &self.world.copies[copy as usize];
        let point = ChoicePoint {
            family,
            domain: self.program.profile.fault(family).domain,
            entity: self.program.hash(self.world.queue_tables[queue].entity),
            item: self.world.events[state.event.0 as usize].name,
            ordinal: state.receives,
        };
        self.chooser.choose(&point, menu)
    }

    /// The messages of one receive come back, as far as they have not been deleted or received again.
    pub(crate) fn visibility_ends(&mut self, batch: u32, receive: u32) {
        let slot = &mut self.world.batches[batch as usize];
        slot.returned += 1;
        let queue = usize::from(self.world.mapping_tables[usize::from(slot.mapping)].queue);
        let mut back = std::mem::take(&mut self.world.scratch);
        back.clear();
        let slot = &self.world.batches[batch as usize];
        back.extend(slot.items[slot.receive(receive)].iter().filter(|item| self.is_held(item, queue)));
        self.come_back(&back, queue, batch);
        let any_came_back = !back.is_empty();
        self.world.scratch = back;
        self.visibility_ended(batch);
        if any_came_back {
            self.poll(queue);
        }
    }

    /// Messages that somebody received and did not delete can be received again.
    pub(crate) fn come_back(&mut self, back: &[Covered], queue: usize, subject: u32) {
        if back.is_empty() {
            return;
        }
        let entity = self.world.queue_tables[queue].entity;
        let fold = self.fold(back);
        let why = Record::AFTER_VISIBILITY;
        self.note(RecordKind::MessagesAvailable, entity, Slot::Return, (subject, why), fold, back);
        self.world.queues[queue].in_flight -= back.len() as u32;
        if self.world.queue_tables[queue].is_fifo() {
            self.return_to_groups(back, queue);
        } else {
            for item in back {
                self.touches_down(item.copy, queue);
                self.make_available(item.copy, queue);
            }
        }
    }

    /// Whether the receive of a queue that took an item is still the one that holds its message; after a move to
    /// another queue receives count anew.
    pub(crate) fn is_held(&self, item: &Covered, queue: usize) -> bool {
        let copy = &self.world.copies[item.copy as usize];
        copy.state == CopyState::InFlight
            && copy.receives == item.receives
            && usize::from(copy.queue) == queue
    }

    /// The names of items, folded.
    pub(crate) fn fold(&self, items: &[Covered]) -> u64 {
        items.iter().fold(0, |fold, item| fold ^ self.world.events[item.event.0 as usize].name)
    }

    /// A standard queue may hand a message out again while it is in flight.
    pub(crate) fn hand_out_again(&mut self, queue: usize, copy: u32, receives: u32) {
        let event = self.world.copies[copy as usize].event;
        if !self.is_held(&Covered { event, copy, receives }, queue) {
            return;
        }
        self.mark(queue, Family::Duplicate);
        let entity = self.world.queue_tables[queue].entity;
        let why = Record::AFTER_DUPLICATE;
        self.note_copy(RecordKind::MessagesAvailable, entity, Slot::Duplicate, copy, why);
        self.world.queues[queue].in_flight -= 1;
        self.touches_down(copy, queue);
        self.make_available(copy, queue);
        self.poll(queue);
    }

    /// A message that was received too often goes to the dead-letter queue instead of a consumer.
    pub(crate) fn redrive(&mut self, copy: u32, queue: usize) {
        let table = self.world.queue_tables[queue];
        let event = self.world.copies[copy as usize].event;
        match table.dead_letter {
            DeadLetter::None => {}
            DeadLetter::Outside => {
                let value = self.program.hash(table.entity).0;
                self.note_copy(RecordKind::MessageRedriven, table.entity, Slot::Redrive, copy, value);
                self.leave(copy, queue);
                self.world.events[event.0 as usize].copies -= 1;
                if self.world.decide(event, Fate::Kept) {
                    let length = Duration::MAX.as_micros();
                    self.note_copy(RecordKind::ObligationKept, table.entity, Slot::Readable, copy, length);
                }
            }
            DeadLetter::Queue(target) => {
                let target_entity = self.world.queue_tables[usize::from(target)].entity;
                let value = self.program.hash(target_entity).0;
                self.note_copy(RecordKind::MessageRedriven, table.entity, Slot::Redrive, copy, value);
                self.leave(copy, queue);
                self.arrive(copy, target);
            }
        }
    }

    /// A dead-letter queue takes a message; its age still counts from the first send, unless it is a FIFO queue.
    pub(crate) fn arrive(&mut self, copy: u32, target: u16) {
        let queue = usize::from(target);
        let table = self.world.queue_tables[queue];
        let state = &mut self.world.copies[copy as usize];
        // What has moved before may have been here, when it was younger than what is older than it now.
        if table.is_fifo() && state.origin != state.queue {
            self.world.queues[queue].by_age.retain(|other| *other != copy);
        }
        //= fifo.dead_letter_deduplication
        let slot = if table.is_fifo() {
            state.sent = self.now;
            Slot::FifoDeadLetterAge
        } else {
            Slot::DeadLetterAge
        };
        //= queue.dead_letter_keeps_identity
        state.origin = state.queue;
        state.queue = target;
        state.receives = 0;
        let event = state.event;
        let left = (state.sent + table.retention).since(self.now);
        // A note of where a record is says nothing when the record is gone.
        let readable = self.world.events[event.0 as usize].readable_until.since(self.now);
        let (left, slot) = if readable < left { (readable, Slot::LogPositions) } else { (left, slot) };
        self.note_copy(RecordKind::MessageArrived, table.entity, slot, copy, left.as_micros());
        if left == Duration::ZERO {
            self.world.events[event.0 as usize].copies -= 1;
            return self.lose_if_last(copy, queue, slot, Record::LOST_BY_AGE);
        }
        self.enter(copy, queue);
        self.make_available(copy, queue);
        if table.is_polled() { self.poll(queue) } else { self.keep(copy, queue, (left, slot)) }
    }

    /// A message in a queue that nobody polls is there for an operator, if it stays long enough.
    fn keep(&mut self, copy: u32, queue: usize, (left, slot): (Duration, Slot)) {
        let event = self.world.copies[copy as usize].event;
        let entity = self.world.queue_tables[queue].entity;
        if left >= self.program.profile.operator_window {
            if self.world.decide(event, Fate::Kept) {
                self.note_copy(RecordKind::ObligationKept, entity, Slot::Readable, copy, left.as_micros());
            }
        } else {
            self.world.copies[copy as usize].vanishes = true;
            self.world.events[event.0 as usize].copies -= 1;
            self.lose_if_last(copy, queue, slot, Record::LOST_BY_AGE);
        }
    }

    /// An event is lost with its last copy unless it was processed or kept.
    pub(crate) fn lose_if_last(&mut self, copy: u32, queue: usize, slot: Slot, why: u64) {
        let event = self.world.copies[copy as usize].event;
        if self.world.events[event.0 as usize].copies == 0 && self.world.decide(event, Fate::Lost) {
            let entity = self.world.queue_tables[queue].entity;
            self.note_copy(RecordKind::ObligationLost, entity, slot, copy, why);
        }
    }

    /// Sees to it that the oldest message of a queue expires in time.
    pub(crate) fn arm_expiry(&mut self, queue: usize) {
        let Some(oldest) = self.world.queues[queue].by_age.front() else { return };
        let expires = self.world.copies[*oldest as usize].sent + self.world.queue_tables[queue].retention;
        let expires = expires.max(self.now);
        if expires < self.world.expires_at {
            self.world.expires_at = expires;
            self.world.pending.schedule_turn(expires, Turn::Later, Due::Expire);
        }
    }

    /// Forgets every message whose retention has ended, wherever it is: queue by queue, the oldest first.
    pub(crate) fn expire(&mut self) {
        if self.world.expires_at != self.now {
            return;
        }
        self.world.expires_at = Instant::NEVER;
        for queue in 0..self.world.queues.len() {
            if self.world.queue_tables[queue].is_read() {
                self.expire_in(queue);
                self.arm_expiry(queue);
            }
        }
    }

    fn expire_in(&mut self, queue: usize) {
        let retention = self.world.queue_tables[queue].retention;
        while let Some(copy) = self.world.queues[queue].by_age.front().copied() {
            let state = self.world.copies[copy as usize];
            let is_here = state.state != CopyState::Gone && usize::from(state.queue) == queue;
            if is_here && self.now < state.sent + retention {
                break;
            }
            self.world.queues[queue].by_age.pop_front();
            if is_here {
                self.expire_one(copy, queue);
            }
        }
    }

    fn expire_one(&mut self, copy: u32, queue: usize) {
        let state = self.world.copies[copy as usize];
        let entity = self.world.queue_tables[queue].entity;
        let was_available = u64::from(matches!(state.state, CopyState::Available | CopyState::Unseen));
        let is_record = self.world.queue_tables[queue].log.is_some();
        //= stream_poll.expire
        let slot = if is_record { Slot::LogExpire } else { Slot::Expire };
        self.note_copy(RecordKind::MessageExpired, entity, slot, copy, was_available);
        if is_record {
            self.forget_record(copy, queue);
            self.stop_at_gap(queue);
        } else {
            self.forget(copy, queue);
        }
        self.world.events[state.event.0 as usize].copies -= 1;
        self.lose_if_last(copy, queue, slot, Record::LOST_BY_EXPIRY);
        // Whoever works on it still speaks of it.
        if is_record && state.state == CopyState::Available {
            self.settle(&[Covered { event: state.event, copy, receives: state.receives }]);
        }
        //= fifo.blocked
        if state.state == CopyState::InFlight || self.world.queue_tables[queue].is_fifo() {
            self.poll(queue);
        }
    }

    /// Takes a message out of its queue's counts.
    pub(crate) fn forget(&mut self, copy: u32, queue: usize) {
        let World { copies, queues, queue_tables, live, .. } = &mut *self.world;
        let table = &queue_tables[queue];
        if table.is_fifo() {
            self.forget_in_group(copy, queue);
            return self.leave(copy, queue);
        }
        let state = &mut queues[queue];
        state.live -= 1;
        *live -= u32::from(table.is_read());
        match std::mem::replace(&mut copies[copy as usize].state, CopyState::Gone) {
            CopyState::Available => state.visible -= 1,
            CopyState::InFlight => {
                state.in_flight -= 1;
                self.touches_down(copy, queue);
            }
            CopyState::Delayed | CopyState::Unseen | CopyState::Gone => {}
        }
    }

    /// Deletes the given items of a batch, as far as the queue lets it happen; where there are none, nobody asks it.
    pub(crate) fn delete(&mut self, batch: u32, queue: usize, items: &mut Vec<Covered>, slot: Slot) {
        if items.is_empty() {
            return;
        }
        let entity = self.world.queue_tables[queue].entity;
        let faulty = self.is_faulty();
        let mapping = usize::from(self.world.batches[batch as usize].mapping);
        //= queue_poll.permission_removed
        if self.world.mappings[mapping].denied {
            let fold = self.fold(items);
            return self.note(
                RecordKind::DeleteFailed,
                entity,
                Slot::PermissionRemoved,
                (batch, 0),
                fold,
                items,
            );
        }
        if self.world.queues[queue].refuses && faulty {
            self.mark(queue, Family::ServiceError);
            let fold = self.fold(items);
            let value = (batch, Record::REFUSED);
            return self.note(RecordKind::DeleteFailed, entity, Slot::DeleteFailed, value, fold, items);
        }
        let is_fifo = self.world.queue_tables[queue].is_fifo();
        if is_fifo {
            self.fail_late_deletes(batch, queue, items);
        }
        //= fifo.exactly_once
        let duplicates = faulty && !is_fifo && self.chooser.active(Family::Duplicate);
        let (mut available, mut fold) = (0, 0);
        items.retain(|item| {
            let deleted = self.is_deleted(item, queue) && !(duplicates && self.survives_delete(item, queue));
            if deleted {
                let state = self.world.copies[item.copy as usize].state;
                available += u64::from(state == CopyState::Available);
                fold ^= self.world.events[item.event.0 as usize].name;
                self.forget(item.copy, queue);
            }
            deleted
        });
        if items.is_empty() {
            return;
        }
        self.note(RecordKind::MessagesDeleted, entity, slot, (batch, available), fold, items);
        for item in items.iter() {
            let event = &mut self.world.events[item.event.0 as usize];
            event.copies -= 1;
            if event.fate == Fate::Open {
                self.lose_if_last(item.copy, queue, slot, Record::LOST_BY_DELETE);
            }
        }
    }

    /// Whether deleting with the receipt of this receive deletes: surely while no later receive has happened.
    fn is_deleted(&mut self, item: &Covered, queue: usize) -> bool {
        let copy = &self.world.copies[item.copy as usize];
        match copy.state {
            CopyState::Gone | CopyState::Delayed | CopyState::Unseen => false,
            CopyState::InFlight | CopyState::Available if usize::from(copy.queue) != queue => false,
            //= queue.receipt_handle
            CopyState::InFlight | CopyState::Available if copy.receives == item.receives => true,
            CopyState::InFlight | CopyState::Available => {
                let entity = self.world.queue_tables[queue].entity;
                let name = self.world.events[item.event.0 as usize].name;
                let program = self.program;
                let deletes = self.open_value(&program.open.old_receipt, entity, name, item.receives);
                deletes != program.open.old_receipt.ordinary() && {
                    self.mark(queue, Family::Unspecified);
                    true
                }
            }
        }
    }

    /// A standard queue may bring back a message that was deleted.
    fn survives_delete(&mut self, item: &Covered, queue: usize) -> bool {
        let odds = self.chooser.intensity(Family::Duplicate);
        let point = ChoicePoint {
            family: Family::Duplicate,
            domain: self.program.profile.fault(Family::Duplicate).domain,
            entity: self.program.hash(self.world.queue_tables[queue].entity),
            item: self.world.events[item.event.0 as usize].name,
            ordinal: DELETE_ORDINALS + item.receives,
        };
        let survives = self.chooser.choose(&point, Menu::Hit(odds)) == 1;
        if survives {
            self.mark(queue, Family::Duplicate);
            let entity = self.world.queue_tables[queue].entity;
            self.note_copy(RecordKind::MessageDuplicated, entity, Slot::Duplicate, item.copy, 0);
        }
        survives
    }
}

/// Choices about deletes are numbered from here, those about receives from 1.
const DELETE_ORDINALS: u32 = 1 << 24;
