//! The standard queue, naively.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::models::RuleId;
use redrive::program::{DeadLetter, Slot};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{Fate, Message, Place, Stage, Taken, Victim, What};

/// Choices about deletes are numbered from here.
const FIRST_DELETE: u32 = 1 << 24;

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn send(&mut self, message: usize) {
        if self.messages[message].route.is_some() && !self.messages[message].reached {
            return self.publish(message);
        }
        let queue = self.messages[message].queue;
        if self.queues[queue].push.is_some() {
            return self.invoke(message);
        }
        if self.queues[queue].fifo.is_some_and(|table| !self.becomes_a_message(message, table)) {
            return;
        }
        self.draw_poison(message);
        self.lie_in(message, queue, self.program.rule(Slot::Accept));
    }

    /// A message is in its queue from now on.
    pub(super) fn lie_in(&mut self, message: usize, queue: usize, rule: RuleId) {
        let (entity, delay) = (self.queues[queue].entity, self.queues[queue].delay);
        let came = self.tick();
        self.messages[message].sent = self.now;
        self.messages[message].came = came;
        self.messages[message].place = Place::Delayed;
        self.enter(RecordKind::MessageSent, entity, rule, delay.as_micros(), &[(message, 0)]);
        if !self.queues[queue].is_polled() {
            self.show(message);
            self.keep(message, queue, self.queues[queue].retention, Slot::DeadLetterAge);
        } else if delay == Duration::ZERO {
            self.show(message);
            self.wake(queue);
        } else {
            self.after(delay, What::DelayEnds(message));
        }
    }

    pub(super) fn draw_poison(&mut self, message: usize) {
        let source = self.messages[message].source;
        if self.messages[message].poisoned {
            return;
        }
        if self.program.plan.poisons.contains(&(source as u16, self.messages[message].ordinal)) {
            self.messages[message].poisoned = true;
            return;
        }
        let owed = self.messages[message].owed;
        let counts = |other: &Message| other.owed == owed && other.poisoned;
        let already = self.first_messages().filter(|other| counts(other)).count();
        if (already as u32) < self.program.profile.poison_at_most {
            let entity = self.queues[owed].entity;
            let odds = self.chooser.intensity(Family::Poison);
            let name = self.messages[message].name;
            self.messages[message].poisoned =
                self.fault(Family::Poison, entity, name, 0, Menu::Hit(odds)) == 1;
        }
    }

    pub(super) fn delay_ends(&mut self, message: usize) {
        let table = self.queues[self.messages[message].queue];
        let is_over = table.fifo.is_none() || self.now >= self.messages[message].sent + table.delay;
        if self.messages[message].place == Place::Delayed && is_over {
            let queue = self.messages[message].queue;
            let entity = self.queues[queue].entity;
            self.note_message(
                RecordKind::MessagesAvailable,
                entity,
                Slot::Delay,
                Record::AFTER_DELAY,
                message,
            );
            self.show(message);
            self.wake(queue);
        }
    }

    /// Lines a message up; a queue that reorders lets later ones in front of it.
    pub(super) fn show(&mut self, message: usize) {
        let queue = self.messages[message].queue;
        if self.is_fifo(queue) {
            return self.show_in_group(message);
        }
        let mut rank = self.now;
        if self.is_faulty() {
            let odds = self.chooser.intensity(Family::Reorder);
            let longest = self.program.profile.stall_limit.as_micros();
            let back = self.about_receive(Family::Reorder, message, queue, Menu::Span { odds, longest });
            rank += Duration::from_micros(back);
        }
        let number = self.tick();
        self.messages[message].place = Place::Visible { rank, number };
    }

    /// A choice about a message as often as it has been received.
    pub(super) fn about_receive(&mut self, family: Family, message: usize, queue: usize, menu: Menu) -> u64 {
        let (name, receives) = (self.messages[message].name, self.messages[message].receives);
        self.fault(family, self.queues[queue].entity, name, receives, menu)
    }

    /// The message that the next receive of a queue returns first.
    pub(super) fn first_in_line(&self, queue: usize) -> Option<usize> {
        if self.is_fifo(queue) {
            return self.first_in_groups(queue);
        }
        let key = |index: &usize| match self.messages[*index].place {
            Place::Visible { rank, number } => (rank, number),
            _ => (Instant::NEVER, u64::MAX),
        };
        (0..self.messages.len()).filter(|index| self.messages[*index].is_visible_in(queue)).min_by_key(key)
    }

    pub(super) fn visible(&self, queue: usize) -> u32 {
        let blocked = self.blocked(queue);
        let is_here = |message: &&Message| message.is_visible_in(queue) && !blocked.contains(&message.key);
        self.messages.iter().filter(is_here).count() as u32
    }

    pub(super) fn in_flight(&self, queue: usize) -> u32 {
        let is_hidden = |place| matches!(place, Place::Hidden { .. });
        self.messages.iter().filter(|message| message.queue == queue && is_hidden(message.place)).count()
            as u32
    }

    pub(super) fn visibility_ends(&mut self, receive: usize) {
        self.receives[receive].is_over = true;
        let (queue, batch) = (self.receives[receive].queue, self.receives[receive].batch);
        let mut back = self.receives[receive].messages.clone();
        back.retain(|message| self.messages[*message].place == Place::Hidden { receive });
        if !back.is_empty() {
            let items: Vec<_> =
                back.iter().map(|message| (*message, self.messages[*message].receives)).collect();
            let entity = self.queues[queue].entity;
            let why = Record::AFTER_VISIBILITY;
            self.note(RecordKind::MessagesAvailable, entity, Slot::Return, why, &items);
            if self.is_fifo(queue) {
                self.come_back(&back);
            } else {
                for message in &back {
                    self.show(*message);
                }
            }
        }
        if let Some(batch) = batch
            && matches!(self.batches[batch].stage, Stage::Waiting { .. })
        {
            self.release(batch);
        }
        if !back.is_empty() {
            self.wake(queue);
        }
    }

    pub(super) fn hand_out_again(&mut self, message: usize, receive: usize) {
        if self.messages[message].place != (Place::Hidden { receive }) {
            return;
        }
        let queue = self.messages[message].queue;
        let entity = self.queues[queue].entity;
        let why = Record::AFTER_DUPLICATE;
        self.note_message(RecordKind::MessagesAvailable, entity, Slot::Duplicate, why, message);
        self.show(message);
        self.wake(queue);
    }

    pub(super) fn redrive(&mut self, message: usize) {
        let queue = self.messages[message].queue;
        let entity = self.queues[queue].entity;
        let target = match self.queues[queue].dead_letter {
            DeadLetter::None => return,
            DeadLetter::Outside => entity,
            DeadLetter::Queue(target) => self.queues[usize::from(target)].entity,
        };
        let value = self.program.hash(target).0;
        self.note_message(RecordKind::MessageRedriven, entity, Slot::Redrive, value, message);
        self.messages[message].place = Place::Gone;
        self.left(queue);
        match self.queues[queue].dead_letter {
            DeadLetter::Queue(target) => self.arrive(message, usize::from(target)),
            DeadLetter::None | DeadLetter::Outside => {
                if self.decide(message, Fate::Kept) {
                    let forever = Duration::MAX.as_micros();
                    self.note_message(RecordKind::ObligationKept, entity, Slot::Readable, forever, message);
                }
            }
        }
    }

    /// The age of a message still counts from its first send, unless it comes to a FIFO queue.
    pub(super) fn arrive(&mut self, message: usize, queue: usize) {
        let table = self.queues[queue];
        if self.is_fifo(queue) {
            self.messages[message].sent = self.now;
        }
        let left = (self.messages[message].sent + table.retention).since(self.now);
        self.messages[message].receives = 0;
        let slot = if self.is_fifo(queue) { Slot::FifoDeadLetterAge } else { Slot::DeadLetterAge };
        let (left, slot) = match self.messages[self.messages[message].event].readable_until {
            Some(until) if until.since(self.now) < left => (until.since(self.now), Slot::LogPositions),
            Some(_) | None => (left, slot),
        };
        let kind = RecordKind::MessageArrived;
        self.note_message(kind, table.entity, slot, left.as_micros(), message);
        if left == Duration::ZERO {
            return self.lose(message, queue, slot, Record::LOST_BY_AGE);
        }
        let came = self.tick();
        self.messages[message].origin = self.messages[message].queue;
        self.messages[message].queue = queue;
        self.messages[message].came = came;
        self.messages[message].last_receive = None;
        self.show(message);
        if table.is_polled() {
            self.wake(queue);
        } else {
            self.keep(message, queue, left, slot);
        }
    }

    /// Nobody polls: an operator can read it, if it stays long enough.
    fn keep(&mut self, message: usize, queue: usize, left: Duration, slot: Slot) {
        if left < self.program.profile.operator_window {
            self.messages[message].is_doomed = true;
            self.lose(message, queue, slot, Record::LOST_BY_AGE);
        } else if self.decide(message, Fate::Kept) {
            let (entity, value) = (self.queues[queue].entity, left.as_micros());
            self.note_message(RecordKind::ObligationKept, entity, Slot::Readable, value, message);
        }
    }

    pub(super) fn decide(&mut self, message: usize, fate: Fate) -> bool {
        let event = self.messages[message].event;
        let is_open = self.messages[event].fate == Fate::Open;
        if is_open {
            self.messages[event].fate = fate;
        }
        is_open
    }

    pub(super) fn lose(&mut self, message: usize, queue: usize, slot: Slot, why: u64) {
        if self.is_nowhere(self.messages[message].event) && self.decide(message, Fate::Lost) {
            self.note_message(RecordKind::ObligationLost, self.queues[queue].entity, slot, why, message);
        }
    }

    fn expires(&self, message: usize) -> Option<Instant> {
        let state = &self.messages[message];
        let is_here = !matches!(state.place, Place::Unsent | Place::Gone | Place::Buffered);
        let table = &self.queues[state.queue];
        (is_here && table.is_read()).then(|| state.sent + table.retention)
    }

    pub(super) fn next_expiry(&self) -> Option<Instant> {
        (0..self.messages.len()).filter_map(|message| self.expires(message)).min()
    }

    /// Every message whose retention has ended vanishes, wherever it is.
    pub(super) fn expire(&mut self) {
        let mut due: Vec<usize> = (0..self.messages.len())
            .filter(|message| self.expires(*message).is_some_and(|due| due <= self.now))
            .collect();
        let age = |message: &usize| {
            let state = &self.messages[*message];
            (state.queue, state.sent, state.came)
        };
        due.sort_by_key(age);
        for message in due {
            let queue = self.messages[message].queue;
            let place = self.messages[message].place;
            let waited = matches!(place, Place::Visible { .. } | Place::Unseen { .. } | Place::Unread);
            let entity = self.queues[queue].entity;
            let slot = if self.queues[queue].log.is_some() { Slot::LogExpire } else { Slot::Expire };
            self.note_message(RecordKind::MessageExpired, entity, slot, u64::from(waited), message);
            self.messages[message].place = Place::Gone;
            if let (Some(lane), Some(_)) = (self.messages[message].lane, self.queues[queue].log) {
                self.record_expired(lane);
            } else {
                self.left(queue);
            }
            self.lose(message, queue, slot, Record::LOST_BY_EXPIRY);
            if matches!(place, Place::Hidden { .. }) || self.is_fifo(queue) {
                self.wake(queue);
            }
        }
    }

    /// Deletes messages of a batch with the receipts it has.
    pub(super) fn delete(&mut self, queue: usize, items: &[Taken], slot: Slot) {
        if items.is_empty() {
            return;
        }
        let covered = |items: &[Taken]| -> Vec<(usize, u32)> {
            items.iter().map(|item| (item.message, item.receives)).collect()
        };
        let entity = self.queues[queue].entity;
        let batch = self.receives[items[0].receive].batch.expect("only batches are deleted");
        let mapping = self.polled_by(batch);
        if self.pollers[mapping].denied {
            return self.note(RecordKind::DeleteFailed, entity, Slot::PermissionRemoved, 0, &covered(items));
        }
        if self.is_in(Family::ServiceError, Victim::Queue(queue)) && self.is_faulty() {
            return self.note(RecordKind::DeleteFailed, entity, Slot::DeleteFailed, 0, &covered(items));
        }
        let (mut deleted, mut were_visible) = (Vec::new(), 0);
        let in_time = if self.is_fifo(queue) { self.in_time(queue, items) } else { items.to_vec() };
        for item in &in_time {
            if self.receipt_counts(*item, queue) && !self.survives(*item, queue) {
                were_visible += u64::from(self.messages[item.message].is_visible_in(queue));
                self.messages[item.message].place = Place::Gone;
                self.left(queue);
                deleted.push(*item);
            }
        }
        if !deleted.is_empty() {
            self.note(RecordKind::MessagesDeleted, entity, slot, were_visible, &covered(&deleted));
            for (index, item) in deleted.iter().enumerate() {
                // Of two messages of one event the last one decides.
                let event = |taken: &Taken| self.messages[taken.message].event;
                if deleted[index + 1..].iter().any(|later| event(later) == event(item)) {
                    continue;
                }
                self.lose(item.message, queue, slot, Record::LOST_BY_DELETE);
            }
        }
    }

    /// The receipt of the latest receive counts; an older one may.
    fn receipt_counts(&mut self, item: Taken, queue: usize) -> bool {
        let message = &self.messages[item.message];
        if message.place == Place::Gone || message.queue != queue {
            return false;
        }
        if message.last_receive == Some(item.receive) {
            return true;
        }
        let (program, name) = (self.program, message.name);
        self.open(&program.open.old_receipt, self.queues[queue].entity, name, item.receives) == 1
    }

    /// A deleted message may come back.
    fn survives(&mut self, item: Taken, queue: usize) -> bool {
        if !self.is_faulty() || self.is_fifo(queue) {
            return false;
        }
        let entity = self.queues[queue].entity;
        let odds = self.chooser.intensity(Family::Duplicate);
        let name = self.messages[item.message].name;
        let ordinal = FIRST_DELETE + item.receives;
        let survives = self.fault(Family::Duplicate, entity, name, ordinal, Menu::Hit(odds)) == 1;
        if survives {
            self.note_message(RecordKind::MessageDuplicated, entity, Slot::Duplicate, 0, item.message);
        }
        survives
    }
}
