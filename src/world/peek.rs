//! An operator looks at a queue: receives that nobody follows up with a delete.

use crate::kernel::{Chooser, Family};
use crate::program::{Act, Look, Slot};
use crate::trace::{Covered, Observer, RecordKind};
use crate::world::handler::Handler;
use crate::world::returns::Returning;
use crate::world::run::{Due, Run};
use crate::world::state::CopyState;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// The operator receives until nothing is there or enough was shown; `left` is how much more that may be.
    pub(crate) fn peek(&mut self, change: u16, mut left: u32) {
        let Act::Peek(look) = self.program.plan.changes[usize::from(change)].act else { return };
        let queue = usize::from(look.queue);
        self.drop_expired(queue);
        while left > 0 && self.can_be_seen(queue) {
            if self.world.queue_tables[queue].is_fifo()
                && let Some(pause) = self.receive_pause(queue)
            {
                return self.after(pause, Due::Peek { change, left });
            }
            left -= self.show(change, look, left.min(self.program.account.receive_maximum));
        }
        self.world.unmade -= 1;
    }

    /// Whether a receive would return anything.
    fn can_be_seen(&mut self, queue: usize) -> bool {
        let state = &self.world.queues[queue];
        if state.visible == 0 || state.in_flight >= self.world.queue_tables[queue].in_flight_limit {
            return false;
        }
        let refuses = state.refuses && self.is_faulty();
        if refuses {
            self.mark(queue, Family::ServiceError);
        }
        !refuses
    }

    /// One receive; returns how many messages it showed.
    fn show(&mut self, change: u16, look: Look, wanted: u32) -> u32 {
        let queue = usize::from(look.queue);
        let mut seen = Vec::new();
        if self.world.queue_tables[queue].is_fifo() {
            self.take_from_groups(&mut seen, queue, wanted);
        } else {
            self.take_to_show(&mut seen, queue, wanted);
        }
        if seen.is_empty() {
            return 0;
        }
        let table = self.world.queue_tables[queue];
        let visibility = look.visibility.unwrap_or(table.visibility);
        let fold = self.fold(&seen);
        //= queue.peek
        let subject = (u32::from(change), visibility.as_micros());
        self.note(RecordKind::MessagePeeked, table.entity, Slot::Peek, subject, fold, &seen);
        self.draw_duplicates(&seen, queue, visibility);
        let count = seen.len() as u32;
        let number = self.world.looks.len() as u32;
        self.world.looks.push((look.queue, seen));
        self.returns_after(visibility, usize::from(look.queue), Returning::Look(number));
        count
    }

    /// As a poller takes messages of a standard queue, but whatever filters say.
    fn take_to_show(&mut self, seen: &mut Vec<Covered>, queue: usize, wanted: u32) {
        let limit = self.world.queue_tables[queue].max_receive_count;
        let line = self.line(queue);
        while (seen.len() as u32) < wanted {
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
            state.state = CopyState::InFlight;
            seen.push(Covered { event: state.event, copy, receives: state.receives });
            self.takes_off(copy, queue);
        }
        self.backlogs_end(queue);
        self.world.queues[queue].in_flight += seen.len() as u32;
    }

    /// In a queue that nobody polls nothing is told of messages whose retention has ended; nobody sees them either.
    fn drop_expired(&mut self, queue: usize) {
        let table = self.world.queue_tables[queue];
        if table.is_polled() {
            return;
        }
        while let Some(copy) = self.world.queues[queue].by_age.front().copied() {
            let state = self.world.copies[copy as usize];
            let is_here = state.state != CopyState::Gone && usize::from(state.queue) == queue;
            if is_here && self.now < state.sent + table.retention {
                break;
            }
            self.world.queues[queue].by_age.pop_front();
            if is_here {
                self.forget(copy, queue);
            }
        }
    }

    /// What the operator received can be received again, unless something else became of it.
    pub(crate) fn peek_ends(&mut self, look: u32) {
        let (queue, mut back) = std::mem::take(&mut self.world.looks[look as usize]);
        let queue = usize::from(queue);
        back.retain(|item| self.is_held(item, queue));
        self.come_back(&back, queue, NO_BATCH);
        if !back.is_empty() {
            self.poll(queue);
        }
    }
}

/// What comes back was in no batch.
const NO_BATCH: u32 = u32::MAX;
