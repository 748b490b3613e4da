//! The FIFO queue where it differs from the standard one: groups, deduplication, late deletes and limits.

use crate::kernel::{Chooser, Family};
use crate::program::{FifoTable, Slot};
use crate::topology::{DeduplicationScope, ThroughputLimit};
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::Duration;
use crate::world::groups::Place;
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};
use crate::world::state::{CopyState, Fate};

/// Whether a queue takes what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// It becomes a message.
    Accepted,
    /// It does not: it has to be sent again, or is the same as an event before it.
    Over,
}

/// What becomes of the first message of a group at a receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    /// It joins the batch.
    Received,
    /// It goes to the dead-letter queue.
    Moved,
}

/// A record about an event that has no copy.
const NO_COPY: u32 = u32::MAX;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The FIFO settings of a queue that has them.
    fn fifo(&self, queue: usize) -> FifoTable {
        self.world.queue_tables[queue].fifo.expect("only FIFO queues get here")
    }

    fn key_of(&self, copy: u32) -> u32 {
        let event = self.world.copies[copy as usize].event;
        self.world.events[event.0 as usize].key
    }

    /// What a FIFO queue does with an event before it becomes a message.
    pub(crate) fn sending(&mut self, id: EventId, queue: usize) -> Sending {
        let (table, event) = (self.fifo(queue), self.world.events[id.0 as usize]);
        let groups = &mut self.world.groups[queue];
        //= fifo.send_rate
        //= fifo.group_send_rate
        let rate = match table.limit {
            ThroughputLimit::PerQueue => &mut groups.sends,
            ThroughputLimit::PerMessageGroup => &mut groups.of(event.key).sends,
        };
        if rate.pause(self.now, table.calls, table.calls_every).is_some() {
            let pause = self.program.profile.send_retry;
            self.note_unsent(RecordKind::SendThrottled, Slot::SendRate, id, queue, pause.as_micros());
            self.after(pause, Due::Send { event: id.0 });
            return Sending::Over;
        }
        rate.count(table.calls_every);
        //= fifo.deduplication_scope
        let scope = match table.scope {
            DeduplicationScope::Queue => 0,
            DeduplicationScope::MessageGroup => event.key,
        };
        let deduplication = (scope, event.deduplication);
        match groups.remember(deduplication, event.name, self.now, table.deduplication) {
            None => Sending::Accepted,
            Some(earlier) => {
                self.world.unsent -= 1;
                self.world.events[id.0 as usize].decide(Fate::Merged);
                self.note_unsent(RecordKind::MessageDeduplicated, Slot::Deduplicate, id, queue, earlier);
                Sending::Over
            }
        }
    }

    fn note_unsent(&mut self, kind: RecordKind, slot: Slot, event: EventId, queue: usize, value: u64) {
        let (entity, name) =
            (self.world.queue_tables[queue].entity, self.world.events[event.0 as usize].name);
        let covered = Covered { event, copy: NO_COPY, receives: 0 };
        self.note(kind, entity, slot, (NO_COPY, value), name, &[covered]);
    }

    /// A message can be received for the first time, if the queue looks that far.
    pub(crate) fn join_group(&mut self, copy: u32, queue: usize) {
        //= fifo.look_ahead
        if self.world.groups[queue].inside < self.fifo(queue).look_ahead {
            self.enter_line(copy, queue);
        } else {
            self.world.copies[copy as usize].state = CopyState::Unseen;
            self.world.groups[queue].beyond.push_back(copy);
        }
    }

    /// A message waits at the end of its group.
    fn enter_line(&mut self, copy: u32, queue: usize) {
        //= fifo.order
        let key = self.key_of(copy);
        self.world.copies[copy as usize].state = CopyState::Available;
        let groups = &mut self.world.groups[queue];
        groups.inside += 1;
        let group = groups.of(key);
        group.line.push_back(copy);
        group.waiting += 1;
        if group.in_flight == 0 {
            self.world.queues[queue].visible += 1;
            self.take_turn(key, queue);
        }
    }

    /// A group that can be received and is not in line yet lines up.
    fn take_turn(&mut self, key: u32, queue: usize) {
        if !self.world.groups[queue].needs_turn(key) {
            return;
        }
        let place = if self.chooser.active(Family::Unspecified) {
            let program = self.program;
            let entity = self.world.queue_tables[queue].entity;
            let (item, ordinal) = self.head_of_group(key, queue);
            let turn = self.open_value(&program.open.group_turn, entity, item, ordinal);
            if turn == program.open.group_turn.ordinary() {
                Place::Last
            } else {
                self.mark(queue, Family::Unspecified);
                Place::First
            }
        } else {
            Place::Last
        };
        self.world.groups[queue].line_up(key, place);
    }

    /// The name and receive count of the first message of a group that waits.
    fn head_of_group(&mut self, key: u32, queue: usize) -> (u64, u32) {
        while let Some(copy) = self.world.groups[queue].of(key).line.front() {
            let copy = self.world.copies[*copy as usize];
            if copy.state == CopyState::Available && usize::from(copy.queue) == queue {
                return (self.world.events[copy.event.0 as usize].name, copy.receives);
            }
            self.world.groups[queue].of(key).line.pop_front();
        }
        (0, 0)
    }

    /// The name and receive count of the message that the next receive returns first.
    pub(crate) fn head_of_groups(&mut self, queue: usize) -> (u64, u32) {
        self.world.groups[queue].first().map_or((0, 0), |key| self.head_of_group(key, queue))
    }

    /// Takes up to `wanted` messages, group by group.
    pub(crate) fn take_from_groups(&mut self, items: &mut Vec<Covered>, queue: usize, wanted: u32) -> u32 {
        let every = self.fifo(queue).calls_every;
        self.world.groups[queue].receives.count(every);
        let (mut taken, mut current) = (0, None);
        while taken < wanted {
            //= fifo.same_group_first
            let same = current.filter(|key| self.world.groups[queue].of(*key).waiting > 0);
            let Some(key) = same.or_else(|| self.world.groups[queue].first()) else { break };
            //= queue_poll.fifo_batch
            if same.is_none() && taken > 0 && !self.goes_on(key, queue) {
                break;
            }
            if self.take_one(items, key, queue) == Taking::Received {
                taken += 1;
                current = Some(key);
            }
        }
        self.world.queues[queue].in_flight += taken;
        taken
    }

    /// Whether a receive that has messages takes those of another group too.
    fn goes_on(&mut self, key: u32, queue: usize) -> bool {
        let program = self.program;
        let (item, ordinal) = self.head_of_group(key, queue);
        let entity = self.world.queue_tables[queue].entity;
        let choice = self.open_value(&program.open.mixed_receive, entity, item, ordinal);
        let goes_on = choice == program.open.mixed_receive.ordinary();
        if !goes_on {
            self.mark(queue, Family::Unspecified);
        }
        goes_on
    }

    /// Takes the first message that waits in a group, or moves it to the dead-letter queue.
    fn take_one(&mut self, items: &mut Vec<Covered>, key: u32, queue: usize) -> Taking {
        self.head_of_group(key, queue);
        let group = self.world.groups[queue].of(key);
        let Some(copy) = group.line.pop_front() else { return Taking::Moved };
        group.waiting -= 1;
        let (is_free, left) = (group.in_flight == 0, group.waiting);
        self.world.queues[queue].visible -= u32::from(is_free);
        let state = &mut self.world.copies[copy as usize];
        if state.receives >= self.world.queue_tables[queue].max_receive_count {
            if left == 0 {
                self.world.groups[queue].stand_back(key);
            }
            //= fifo.dead_letter_order
            self.redrive(copy, queue);
            return Taking::Moved;
        }
        state.receives += 1;
        state.state = CopyState::InFlight;
        let item = Covered { event: state.event, copy, receives: state.receives };
        items.push(item);
        //= fifo.blocked
        //= queue_poll.fifo_groups
        if is_free {
            self.world.queues[queue].visible -= left;
            self.world.groups[queue].stand_back(key);
        }
        self.world.groups[queue].of(key).in_flight += 1;
        Taking::Received
    }

    /// Messages of one receive come back to the front of their groups, in their order.
    pub(crate) fn return_to_groups(&mut self, back: &[Covered], queue: usize) {
        //= queue_poll.fifo_retries_first
        for item in back.iter().rev() {
            let key = self.key_of(item.copy);
            self.world.copies[item.copy as usize].state = CopyState::Available;
            let group = self.world.groups[queue].of(key);
            group.line.push_front(item.copy);
            group.waiting += 1;
        }
        for item in back {
            self.land(self.key_of(item.copy), queue);
        }
    }

    /// One message of a group is not in flight any more; with the last of them the group can be received.
    fn land(&mut self, key: u32, queue: usize) {
        let group = self.world.groups[queue].of(key);
        group.in_flight -= 1;
        if group.in_flight == 0 {
            self.world.queues[queue].visible += group.waiting;
            self.take_turn(key, queue);
        }
    }

    /// Takes a message that leaves a FIFO queue out of its group's counts.
    pub(crate) fn forget_in_group(&mut self, copy: u32, queue: usize) {
        let key = self.key_of(copy);
        match self.world.copies[copy as usize].state {
            CopyState::Available => {
                let group = self.world.groups[queue].of(key);
                group.waiting -= 1;
                let is_last = group.waiting == 0;
                self.world.queues[queue].visible -= u32::from(group.in_flight == 0);
                if is_last {
                    self.world.groups[queue].stand_back(key);
                }
            }
            CopyState::InFlight => {
                self.world.queues[queue].in_flight -= 1;
                self.land(key, queue);
            }
            CopyState::Delayed | CopyState::Unseen | CopyState::Gone => {}
        }
    }

    /// A message has left a FIFO queue, which now looks at one more of those behind.
    pub(crate) fn look_further(&mut self, was: CopyState, queue: usize) {
        match was {
            CopyState::Available | CopyState::InFlight => self.world.groups[queue].inside -= 1,
            CopyState::Delayed | CopyState::Unseen | CopyState::Gone => return,
        }
        while self.world.groups[queue].inside < self.fifo(queue).look_ahead {
            let Some(copy) = self.world.groups[queue].beyond.pop_front() else { return };
            let state = &self.world.copies[copy as usize];
            if state.state == CopyState::Unseen && usize::from(state.queue) == queue {
                self.enter_line(copy, queue);
            }
        }
    }

    /// The first message of a FIFO queue that an operator's redrive can move, in the order in which they came.
    pub(crate) fn take_to_move_from_group(&mut self, queue: usize) -> Option<u32> {
        let retention = self.world.queue_tables[queue].retention;
        let (copies, now) = (&self.world.copies, self.now);
        let is_movable = |copy: &u32| {
            let state = copies[*copy as usize];
            state.state == CopyState::Available
                && usize::from(state.queue) == queue
                && state.origin != state.queue
                && now < state.sent + retention
        };
        let copy = self.world.queues[queue].by_age.iter().copied().find(is_movable)?;
        let key = self.key_of(copy);
        self.world.groups[queue].of(key).line.retain(|other| *other != copy);
        self.forget_in_group(copy, queue);
        Some(copy)
    }

    /// A changed delay of a FIFO queue holds for the messages too that wait for the end of the old one.
    pub(crate) fn delay_changed(&mut self, queue: usize) {
        let table = self.world.queue_tables[queue];
        if !table.is_fifo() {
            return;
        }
        //= fifo.delay_change
        for index in 0..self.world.queues[queue].by_age.len() {
            let copy = self.world.queues[queue].by_age[index];
            let state = self.world.copies[copy as usize];
            if state.state == CopyState::Delayed && usize::from(state.queue) == queue {
                let due = (state.sent + table.delay).max(self.now);
                self.world.pending.schedule(due, Due::DelayEnds { copy });
            }
        }
    }

    /// Whether a message of a FIFO queue still has to wait, since the delay has been lengthened meanwhile.
    pub(crate) fn waits_longer(&self, copy: u32, queue: usize) -> bool {
        let table = &self.world.queue_tables[queue];
        table.is_fifo() && self.now < self.world.copies[copy as usize].sent + table.delay
    }

    /// How long until a FIFO queue takes another receive, where it does not take one now.
    pub(crate) fn receive_pause(&mut self, queue: usize) -> Option<Duration> {
        let table = self.fifo(queue);
        //= fifo.receive_rate
        match table.limit {
            ThroughputLimit::PerQueue => {
                self.world.groups[queue].receives.pause(self.now, table.calls, table.calls_every)
            }
            ThroughputLimit::PerMessageGroup => None,
        }
    }

    /// Deletes of messages that have come back meanwhile fail; leaves the others in the list.
    pub(crate) fn fail_late_deletes(&mut self, batch: u32, queue: usize, items: &mut Vec<Covered>) {
        let is_late = |item: &Covered| {
            let copy = &self.world.copies[item.copy as usize];
            let is_here = copy.state != CopyState::Gone && usize::from(copy.queue) == queue;
            is_here && !self.is_held(item, queue)
        };
        let late: Vec<Covered> = items.iter().copied().filter(is_late).collect();
        if late.is_empty() {
            return;
        }
        items.retain(|item| !late.contains(item));
        let entity = self.world.queue_tables[queue].entity;
        let fold = self.fold(&late);
        let value = (batch, Record::TOO_LATE);
        self.note(RecordKind::DeleteFailed, entity, Slot::LateDelete, value, fold, &late);
    }
}
