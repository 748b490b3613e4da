//! FIFO queues, naively: groups by looking at all messages, limits by looking at all calls.

use redrive::kernel::{ChoicePoint, Chooser, Domain, Family, Menu};
use redrive::program::{DeduplicationIds, FifoTable, Slot, StatedEvent};
use redrive::topology::{DeduplicationScope, ThroughputLimit};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant, NameHash};
use redrive::world::event_name;

use super::Naive;
use super::state::{Fate, Message, Place, Taken, What};

/// What FIFO queues remember.
#[derive(Debug, Default)]
pub(super) struct FifoRecords {
    /// Queue, group and place of every group in line.
    turns: Vec<(usize, u32, i64)>,
    /// Queue, scope, deduplication id, time and event of everything that was taken.
    accepted: Vec<(usize, u32, u64, Instant, u64)>,
    /// Queue, group and time of every send, accepted or not.
    sends: Vec<(usize, u32, Instant)>,
    /// Queue and time of every receive.
    receives: Vec<(usize, Instant)>,
}

impl<C: Chooser> Naive<'_, C> {
    /// The group of an event that no scenario states; 0 where it goes to a standard queue.
    pub(super) fn group_of(&mut self, source: usize, ordinal: u32) -> u32 {
        let program = self.program;
        let places: Vec<usize> = match program.channel(source) {
            None => vec![source],
            Some(channel) => {
                channel.routes().map(|route| usize::from(program.network.routes[route].place)).collect()
            }
        };
        if places.iter().all(|place| self.queues[*place].fifo.is_none() && self.queues[*place].log.is_none())
        {
            return 0;
        }
        let entity = program.hash(program.source(source));
        let (domain, item) = (Domain::of("key"), event_name(entity, ordinal));
        let point = ChoicePoint { family: Family::Load, domain, entity, item, ordinal: 0 };
        self.chooser.choose(&point, Menu::OneOf(self.program.profile.keys)) as u32
    }

    /// What duplicates of an event that a scenario states are told by.
    pub(super) fn deduplication(&self, source: usize, name: u64, event: &StatedEvent) -> u64 {
        let by_body = self
            .queues
            .get(source)
            .and_then(|queue| queue.fifo)
            .is_some_and(|table| table.deduplication_ids == DeduplicationIds::BodyElseSender);
        match (event.deduplication, &self.program.classes[usize::from(event.class)].body) {
            (Some(id), _) => id,
            (None, Some(body)) if by_body => NameHash::of(body).0,
            (None, _) => name,
        }
    }

    /// Whether an event that is sent to a FIFO queue becomes a message.
    pub(super) fn becomes_a_message(&mut self, event: usize, table: FifoTable) -> bool {
        let (queue, key) = (self.messages[event].queue, self.messages[event].key);
        let counts = |call: &&(usize, u32, Instant)| {
            call.0 == queue && (table.limit == ThroughputLimit::PerQueue || call.1 == key)
        };
        let calls: Vec<Instant> = self.fifo.sends.iter().filter(counts).map(|call| call.2).collect();
        let entity = self.queues[queue].entity;
        if self.pause(&calls, table) > Duration::ZERO {
            let again = self.program.profile.send_retry;
            self.note_message(RecordKind::SendThrottled, entity, Slot::SendRate, again.as_micros(), event);
            self.after(again, What::Send(event));
            return false;
        }
        self.fifo.sends.push((queue, key, self.now));
        let scope = if table.scope == DeduplicationScope::Queue { 0 } else { key };
        let (id, name) = (self.messages[event].deduplication, self.messages[event].name);
        let is_same = |taken: &&(usize, u32, u64, Instant, u64)| {
            (taken.0, taken.1, taken.2) == (queue, scope, id) && self.now < taken.3 + table.deduplication
        };
        if let Some(earlier) = self.fifo.accepted.iter().find(is_same).map(|taken| taken.4) {
            self.messages[event].place = Place::Gone;
            self.messages[event].fate = Fate::Merged;
            self.note_message(RecordKind::MessageDeduplicated, entity, Slot::Deduplicate, earlier, event);
            return false;
        }
        self.fifo.accepted.push((queue, scope, id, self.now, name));
        true
    }

    /// How long until one call more is possible after these.
    fn pause(&self, calls: &[Instant], table: FifoTable) -> Duration {
        let (rate, price) = (u64::from(table.calls), table.calls_every.as_micros());
        let (mut left, mut at) = (rate * price, Instant::START);
        let filled = |left: u64, from: Instant, to: Instant| {
            (rate * price).min(left + rate * to.since(from).as_micros())
        };
        for call in calls {
            left = filled(left, at, *call) - price;
            at = *call;
        }
        let missing = price.saturating_sub(filled(left, at, self.now));
        Duration::from_micros(missing.div_ceil(rate))
    }

    /// How long a poller has to wait before its receive.
    pub(super) fn receive_pause(&self, queue: usize) -> Duration {
        let Some(table) = self.queues[queue].fifo else { return Duration::ZERO };
        if table.limit == ThroughputLimit::PerMessageGroup {
            return Duration::ZERO;
        }
        let receives = self.fifo.receives.iter().filter(|call| call.0 == queue);
        let calls: Vec<Instant> = receives.map(|call| call.1).collect();
        self.pause(&calls, table)
    }

    pub(super) fn is_fifo(&self, queue: usize) -> bool {
        self.queues[queue].fifo.is_some()
    }

    /// A message of a FIFO queue can be received for the first time, or stays behind what the queue looks at.
    pub(super) fn show_in_group(&mut self, message: usize) {
        let queue = self.messages[message].queue;
        let number = self.tick();
        self.messages[message].place = if self.has_sight(queue) {
            Place::Visible { rank: self.now, number }
        } else {
            Place::Unseen { number }
        };
        self.settle(queue);
    }

    /// Whether a FIFO queue looks at fewer messages than it can.
    fn has_sight(&self, queue: usize) -> bool {
        let is_seen = |place| matches!(place, Place::Visible { .. } | Place::Hidden { .. });
        let seen = self.messages.iter().filter(|message| message.queue == queue && is_seen(message.place));
        self.queues[queue].fifo.is_some_and(|table| (seen.count() as u32) < table.look_ahead)
    }

    /// Messages come back into line.
    pub(super) fn come_back(&mut self, messages: &[usize]) {
        for message in messages {
            let number = self.tick();
            self.messages[*message].place = Place::Visible { rank: self.now, number };
            self.settle(self.messages[*message].queue);
        }
    }

    /// A message has left a FIFO queue.
    pub(super) fn left(&mut self, queue: usize) {
        if !self.is_fifo(queue) {
            return;
        }
        self.settle(queue);
        while self.has_sight(queue) {
            let number = |index: &usize| match self.messages[*index].place {
                Place::Unseen { number } if self.messages[*index].queue == queue => Some(number),
                _ => None,
            };
            let unseen = (0..self.messages.len()).filter(|index| number(index).is_some());
            let Some(next) = unseen.min_by_key(number) else { break };
            self.come_back(&[next]);
        }
    }

    /// The groups of a queue that have a message held; none of a standard queue.
    pub(super) fn blocked(&self, queue: usize) -> Vec<u32> {
        if !self.is_fifo(queue) {
            return Vec::new();
        }
        let is_held =
            |message: &&Message| message.queue == queue && matches!(message.place, Place::Hidden { .. });
        self.messages.iter().filter(is_held).map(|message| message.key).collect()
    }

    /// The first message in line of a group, whether it can be received or not.
    fn first_of(&self, queue: usize, key: u32) -> Option<usize> {
        let is_in_line =
            |index: &usize| self.messages[*index].is_visible_in(queue) && self.messages[*index].key == key;
        (0..self.messages.len()).filter(is_in_line).min_by_key(|index| self.messages[*index].came)
    }

    /// Groups that can be received now line up, those that cannot any more lose their place.
    fn settle(&mut self, queue: usize) {
        let mut keys: Vec<u32> = self
            .messages
            .iter()
            .filter(|message| message.queue == queue)
            .map(|message| message.key)
            .collect();
        keys.extend(self.fifo.turns.iter().filter(|turn| turn.0 == queue).map(|turn| turn.1));
        keys.sort_unstable();
        keys.dedup();
        let blocked = self.blocked(queue);
        for key in keys {
            let first = self.first_of(queue, key).filter(|_| !blocked.contains(&key));
            let turn = self.fifo.turns.iter().position(|turn| (turn.0, turn.1) == (queue, key));
            match (first, turn) {
                (Some(first), None) => self.line_up(queue, key, first),
                (None, Some(turn)) => {
                    self.fifo.turns.remove(turn);
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
    }

    fn line_up(&mut self, queue: usize, key: u32, first: usize) {
        let (program, entity) = (self.program, self.queues[queue].entity);
        let (name, receives) = (self.messages[first].name, self.messages[first].receives);
        let number = self.tick().cast_signed();
        let in_front = self.open(&program.open.group_turn, entity, name, receives) == 1;
        self.fifo.turns.push((queue, key, if in_front { -number } else { number }));
    }

    /// The message that the next receive of a FIFO queue returns first.
    pub(super) fn first_in_groups(&self, queue: usize) -> Option<usize> {
        let turns = self.fifo.turns.iter().filter(|turn| turn.0 == queue);
        turns.min_by_key(|turn| turn.2).and_then(|turn| self.first_of(queue, turn.1))
    }

    /// One receive of a FIFO queue.
    pub(super) fn take_from_groups(&mut self, queue: usize, wanted: u32, receive: usize) -> Vec<usize> {
        self.fifo.receives.push((queue, self.now));
        let mut taken: Vec<usize> = Vec::new();
        while (taken.len() as u32) < wanted {
            let same = taken.last().and_then(|last| self.first_of(queue, self.messages[*last].key));
            let Some(next) = same.or_else(|| self.first_in_groups(queue)) else { break };
            if same.is_none() && !taken.is_empty() && !self.goes_on(queue, next) {
                break;
            }
            if self.messages[next].receives >= self.queues[queue].max_receive_count {
                self.redrive(next);
                continue;
            }
            self.messages[next].receives += 1;
            self.messages[next].last_receive = Some(receive);
            self.messages[next].place = Place::Hidden { receive };
            self.settle(queue);
            taken.push(next);
        }
        taken
    }

    fn goes_on(&mut self, queue: usize, next: usize) -> bool {
        let (program, entity) = (self.program, self.queues[queue].entity);
        let (name, receives) = (self.messages[next].name, self.messages[next].receives);
        self.open(&program.open.mixed_receive, entity, name, receives) == 1
    }

    /// Messages of a FIFO queue that still wait do so as long as the changed delay says.
    pub(super) fn delay_changed(&mut self, queue: usize) {
        if !self.is_fifo(queue) {
            return;
        }
        let is_delayed = |index: &usize| {
            self.messages[*index].queue == queue && self.messages[*index].place == Place::Delayed
        };
        let mut delayed: Vec<usize> = (0..self.messages.len()).filter(is_delayed).collect();
        delayed.sort_by_key(|index| (self.messages[*index].sent, self.messages[*index].came));
        for message in delayed {
            let due = self.messages[message].sent + self.queues[queue].delay;
            self.agenda.push((due.max(self.now), What::DelayEnds(message)));
        }
    }

    /// Deletes that come after the visibility timeout fail; the others are returned.
    pub(super) fn in_time(&mut self, queue: usize, items: &[Taken]) -> Vec<Taken> {
        let is_late = |item: &&Taken| {
            let message = &self.messages[item.message];
            let is_held = message.place == Place::Hidden { receive: item.receive };
            message.place != Place::Gone && message.queue == queue && !is_held
        };
        let (late, in_time): (Vec<&Taken>, Vec<&Taken>) = items.iter().partition(is_late);
        if !late.is_empty() {
            let covered: Vec<_> = late.iter().map(|item| (item.message, item.receives)).collect();
            let (kind, entity) = (RecordKind::DeleteFailed, self.queues[queue].entity);
            self.note(kind, entity, Slot::LateDelete, Record::TOO_LATE, &covered);
        }
        in_time.into_iter().copied().collect()
    }
}
