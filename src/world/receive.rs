//! Receives: messages from the queue into batches, and batches to their invocation.

use crate::kernel::{Chooser, Family, Menu};
use crate::program::{MappingTable, Slot};
use crate::trace::{Covered, Observer, RecordKind};
use crate::vocabulary::Duration;
use crate::world::batch::{Batch, Phase};
use crate::world::fair::Line;
use crate::world::handler::Handler;
use crate::world::returns::Returning;
use crate::world::run::{Due, Run};
use crate::world::state::CopyState;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The pollers of a mapping take what there is, each as much as one receive returns.
    pub(crate) fn receive(&mut self, mapping: usize) {
        self.world.mappings[mapping].receive_scheduled = false;
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        if self.world.mappings[mapping].denied || !self.world.mapping_tables[mapping].enabled {
            return;
        }
        if self.world.queues[queue].refuses && self.is_faulty() {
            return self.mark(queue, Family::ServiceError);
        }
        loop {
            let (state, table) = (&self.world.queues[queue], &self.world.queue_tables[queue]);
            if state.visible == 0 || state.in_flight >= table.in_flight_limit {
                return;
            }
            if table.is_fifo()
                && let Some(pause) = self.receive_pause(queue)
            {
                return self.receive_after(pause, mapping);
            }
            if let Some(pause) = self.poll_pause(mapping) {
                return self.receive_after(pause, mapping);
            }
            //= queue_poll.overpull
            let Some(batch) = self.batch_for(mapping, queue) else {
                return self.schedule_scale_up(mapping);
            };
            if !self.receive_into(batch, mapping, queue) {
                self.discard_empty(batch, mapping);
            }
        }
    }

    /// The batch that the next messages join: one that is being put together, or a new one if a poller is free.
    fn batch_for(&mut self, mapping: usize, queue: usize) -> Option<u32> {
        let state = &self.world.mappings[mapping];
        //= queue_poll.maximum_concurrency
        let is_free = state.active < state.limit;
        match (state.gathering.first().copied(), is_free) {
            (Some(oldest), false) => Some(oldest),
            (Some(oldest), true) => {
                Some(if self.joins_oldest(mapping, queue) { oldest } else { self.open_batch(mapping) })
            }
            (None, true) => Some(self.open_batch(mapping)),
            (None, false) => None,
        }
    }

    /// Which poller's receive gets the messages is open where one gathers and another is idle.
    fn joins_oldest(&mut self, mapping: usize, queue: usize) -> bool {
        let program = self.program;
        let entity = self.world.mapping_tables[mapping].entity;
        let (item, ordinal) = self.head(queue);
        let choice = self.open_value(&program.open.spread, entity, item, ordinal);
        if choice != program.open.spread.ordinary() {
            self.mark(queue, Family::Unspecified);
        }
        choice == 0
    }

    /// The name and receive count of the first message in line, after which what happens to the line is named.
    pub(crate) fn head(&mut self, queue: usize) -> (u64, u32) {
        if self.world.queue_tables[queue].is_fifo() {
            return self.head_of_groups(queue);
        }
        while let Some((_, copy)) = self.world.queues[queue].available.front() {
            let copy = self.world.copies[*copy as usize];
            if copy.state == CopyState::Available && usize::from(copy.queue) == queue {
                return (self.world.events[copy.event.0 as usize].name, copy.receives);
            }
            self.world.queues[queue].available.pop_front();
        }
        (0, 0)
    }

    fn open_batch(&mut self, mapping: usize) -> u32 {
        let index = self.free_batch();
        let &MappingTable { queue, function, window, .. } = &self.world.mapping_tables[mapping];
        self.world.batches[index as usize].open(mapping as u16, queue, function);
        let state = &mut self.world.mappings[mapping];
        state.active += 1;
        if window > Duration::ZERO {
            state.gathering.push(index);
        }
        index
    }

    /// A slot that is not in use.
    pub(crate) fn free_batch(&mut self) -> u32 {
        self.world.free_batches.pop().unwrap_or_else(|| {
            self.world.batches.push(Batch::new());
            (self.world.batches.len() - 1) as u32
        })
    }

    /// One receive; returns whether any message joined the batch.
    fn receive_into(&mut self, batch: u32, mapping: usize, queue: usize) -> bool {
        let table = &self.world.mapping_tables[mapping];
        let before = self.world.batches[batch as usize].items.len() as u32;
        let room = table.batch_size.min(table.payload_items).saturating_sub(before).max(1);
        let wanted = self.receive_size(queue, room.min(self.program.account.receive_maximum));
        let taken = self.take(batch, mapping, wanted);
        self.count_poll(mapping, batch, before);
        if taken == 0 {
            return false;
        }
        let table = &self.world.queue_tables[queue];
        let (visibility, entity) = (table.visibility, table.entity);
        let slot = &mut self.world.batches[batch as usize];
        let receive = slot.receives.len() as u32;
        let items = std::mem::take(&mut slot.items);
        let new = &items[before as usize..];
        let fold = self.fold(new);
        let value = visibility.as_micros();
        self.note(RecordKind::MessagesReceived, entity, Slot::Visibility, (batch, value), fold, new);
        self.draw_duplicates(new, queue, visibility);
        //= queue_poll.window_uses_visibility
        let slot = &mut self.world.batches[batch as usize];
        slot.receives.push(before + taken);
        slot.items = items;
        slot.fold ^= fold;
        let returning = Returning::Receive { batch, generation: slot.generation, receive };
        self.returns_after(visibility, queue, returning);
        self.received(batch, mapping, before == 0);
        true
    }

    fn receive_size(&mut self, queue: usize, room: u32) -> u32 {
        let most = room.min(self.world.queues[queue].visible);
        if most <= 1 || !self.chooser.active(Family::Unspecified) {
            return most;
        }
        let program = self.program;
        let (item, ordinal) = self.head(queue);
        let entity = self.world.queue_tables[queue].entity;
        let size = (self.open_value(&program.open.receive_size, entity, item, ordinal) as u32).clamp(1, most);
        if size < most {
            self.mark(queue, Family::Unspecified);
        }
        size
    }

    /// Takes up to `wanted` messages; those that were received too often go to the dead-letter queue instead, and those
    /// that the mapping's filter does not want go nowhere.
    fn take(&mut self, batch: u32, mapping: usize, wanted: u32) -> u32 {
        let queue = usize::from(self.world.mapping_tables[mapping].queue);
        if self.world.queue_tables[queue].is_fifo() {
            return self.take_wanted_from_groups(batch, mapping, wanted);
        }
        let limit = self.world.queue_tables[queue].max_receive_count;
        let wants_all = self.program.wants_all(mapping);
        let mut items = std::mem::take(&mut self.world.batches[batch as usize].items);
        let mut unwanted = std::mem::take(&mut self.world.scratch);
        unwanted.clear();
        let mut taken = 0;
        let is_fair = self.world.is_fair;
        let line = if is_fair { self.line(queue) } else { Line::AsItStands };
        while taken + (unwanted.len() as u32) < wanted {
            let Some(copy) = self.next_in_line(queue, line) else { break };
            let state = &mut self.world.copies[copy as usize];
            if state.state != CopyState::Available || usize::from(state.queue) != queue {
                continue;
            }
            self.world.queues[queue].visible -= 1;
            if state.receives >= limit {
                self.redrive(copy, queue);
                continue;
            }
            //= queue.receive_count
            state.receives += 1;
            let item = Covered { event: state.event, copy, receives: state.receives };
            if !wants_all && !self.program.wants(mapping, self.world.events[item.event.0 as usize].class) {
                unwanted.push(item);
                continue;
            }
            state.state = CopyState::InFlight;
            self.takes_off(copy, queue);
            items.push(item);
            taken += 1;
        }
        if is_fair {
            self.backlogs_end(queue);
        }
        if !unwanted.is_empty() {
            self.filter(batch, mapping, &unwanted);
        }
        self.world.scratch = unwanted;
        self.world.batches[batch as usize].items = items;
        self.world.queues[queue].in_flight += taken;
        taken
    }

    pub(crate) fn draw_duplicates(&mut self, items: &[Covered], queue: usize, visibility: Duration) {
        if !self.may_hit(Family::Duplicate) || self.world.queue_tables[queue].is_fifo() {
            return;
        }
        let odds = self.chooser.intensity(Family::Duplicate);
        for item in items {
            let menu = Menu::Span { odds, longest: visibility.as_micros().max(1) };
            let after = self.copy_choice(Family::Duplicate, item.copy, queue, menu);
            if after > 0 {
                let due = Due::Duplicate { queue: queue as u16, copy: item.copy, receives: item.receives };
                self.after(Duration::from_micros(after), due);
            }
        }
    }

    /// A batch goes to its invocation when it is full, when it may not wait, or when its window ends.
    fn received(&mut self, batch: u32, mapping: usize, is_first: bool) {
        let table = &self.world.mapping_tables[mapping];
        let count = self.world.batches[batch as usize].items.len() as u32;
        //= queue_poll.batch
        //= queue_poll.window
        if table.window == Duration::ZERO || count >= table.batch_size.min(table.payload_items) {
            return self.close(batch, mapping);
        }
        if is_first {
            let wait = self.window(batch, mapping);
            let generation = self.world.batches[batch as usize].generation;
            self.after(wait, Due::WindowEnds { batch, generation });
        }
    }

    /// How long a batch waits from its first message on: what is left of the window, or a whole long poll.
    fn window(&mut self, batch: u32, mapping: usize) -> Duration {
        let program = self.program;
        let table = self.world.mapping_tables[mapping];
        let first = self.world.batches[batch as usize].items[0];
        let name = self.world.events[first.event.0 as usize].name;
        let percent = self.open_value(&program.open.window_phase, table.entity, name, first.receives);
        let low_traffic =
            self.open_value(&program.open.window_low_traffic, table.entity, name, first.receives);
        if percent != program.open.window_phase.ordinary() || low_traffic != 0 {
            self.mark(usize::from(table.queue), Family::Unspecified);
        }
        let left = Duration::from_micros(table.window.as_micros() / PER_CENT * percent.min(PER_CENT));
        left.max(Duration::from_micros(low_traffic))
    }

    pub(crate) fn window_ends(&mut self, batch: u32) {
        let slot = &self.world.batches[batch as usize];
        if slot.phase == Phase::Gathering {
            let mapping = usize::from(slot.mapping);
            self.close(batch, mapping);
        }
    }

    fn close(&mut self, batch: u32, mapping: usize) {
        let gathering = &mut self.world.mappings[mapping].gathering;
        if !gathering.is_empty() {
            gathering.retain(|other| *other != batch);
        }
        let slot = &mut self.world.batches[batch as usize];
        slot.phase = Phase::Waiting;
        slot.waiting_since = self.now;
        self.first_try(batch);
    }

    /// All messages of a receive went to the dead-letter queue.
    fn discard_empty(&mut self, batch: u32, mapping: usize) {
        if self.world.batches[batch as usize].items.is_empty() {
            self.world.mappings[mapping].gathering.retain(|other| *other != batch);
            self.world.mappings[mapping].active -= 1;
            self.free(batch);
        }
    }

    /// What the end of a receive's visibility timeout means for its batch.
    pub(crate) fn visibility_ended(&mut self, batch: u32) {
        match self.world.batches[batch as usize].phase {
            Phase::Waiting => self.release(batch),
            Phase::Over => self.free_if_returned(batch),
            Phase::Free | Phase::Gathering | Phase::Running => {}
        }
    }

    pub(crate) fn free_if_returned(&mut self, batch: u32) {
        let slot = &self.world.batches[batch as usize];
        let queue = usize::from(self.world.mapping_tables[usize::from(slot.mapping)].queue);
        let items_held = slot.returned < slot.receives.len() as u32
            && slot.items.iter().any(|item| self.is_held(item, queue));
        if !items_held {
            self.free(batch);
        }
    }

    pub(crate) fn free(&mut self, batch: u32) {
        let slot = &mut self.world.batches[batch as usize];
        slot.phase = Phase::Free;
        slot.generation += 1;
        self.world.free_batches.push(batch);
    }
}

const PER_CENT: u64 = 100;
