//! Events are only so large: a record that would make one larger closes the batch, and one that fits into no event is
//! given up before it was ever delivered.

use crate::kernel::Chooser;
use crate::program::{LogTable, Most};
use crate::trace::{Observer, Record};
use crate::vocabulary::Instant;
use crate::world::checkpoint::LaneOf;
use crate::world::handler::Handler;
use crate::world::log::Part;
use crate::world::run::Run;
use crate::world::state::CopyState;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    fn most(&self, at: LaneOf, table: &LogTable) -> Most {
        self.stream_table(at.place).events.most(table.batch_size)
    }

    /// The most records of a batch, if they are small enough.
    pub(crate) fn most_records(&self, at: LaneOf, table: &LogTable) -> u32 {
        match self.most(at, table) {
            Most::Count(most) | Most::Sizes(most) => most,
        }
    }

    /// How large a record is in an event.
    fn event_size(&self, at: LaneOf, copy: u32) -> u64 {
        let event = self.world.copies[copy as usize].event;
        self.stream_table(at.place).events.of(self.world.events[event.0 as usize].class)
    }

    /// Whether what waits in a lane is all that a batch takes: as many as it may have, or one more than fit into it.
    pub(crate) fn fills_batch(&self, at: LaneOf, table: &LogTable) -> bool {
        let waiting = &self.world.logs[self.log_index(at.place)].lanes[at.lane].waiting;
        let count = waiting.len() as u32;
        match self.most(at, table) {
            Most::Count(_) | Most::Sizes(_) if count >= table.batch_size => true,
            Most::Count(most) => count > most,
            Most::Sizes(_) => {
                let mut room = Some(self.stream_table(at.place).events.room);
                for copy in waiting {
                    let Some(left) = room else { break };
                    room = left.checked_sub(self.event_size(at, *copy));
                }
                room.is_none()
            }
        }
    }

    /// Takes more of what waits in a lane, as far as an event holds it and its window goes.
    pub(crate) fn take_more(&mut self, at: LaneOf, table: &LogTable, part: &mut Part) {
        //= stream_poll.read
        //= stream_poll.payload_limit
        let end = self.window_end(at, table);
        let (most, sizes) = match self.most(at, table) {
            Most::Count(most) => (most, false),
            Most::Sizes(most) => (most, true),
        };
        let mut room = self.stream_table(at.place).events.room;
        if sizes {
            let taken: u64 = part.items.iter().map(|copy| self.event_size(at, *copy)).sum();
            room = room.saturating_sub(taken);
        }
        let log = self.log_index(at.place);
        if !sizes && end == Instant::NEVER && !self.world.logs[log].has_gaps {
            let waiting = &mut self.world.logs[log].lanes[at.lane].waiting;
            let count = waiting.len().min((most as usize).saturating_sub(part.items.len()));
            part.items.extend(waiting.drain(..count));
            return;
        }
        while (part.items.len() as u32) < most {
            let front = self.world.logs[log].lanes[at.lane].waiting.front().copied();
            let Some(copy) = front.filter(|copy| self.world.copies[*copy as usize].sent < end) else { break };
            let is_here = self.world.copies[copy as usize].state != CopyState::Gone;
            if sizes && is_here {
                let Some(left) = room.checked_sub(self.event_size(at, copy)) else { break };
                room = left;
            }
            self.world.logs[log].lanes[at.lane].waiting.pop_front();
            if is_here {
                part.items.push(copy);
            }
        }
    }

    /// Records in front that fit into no event are given up, once nothing before them is being tried.
    pub(crate) fn discard_too_large(&mut self, at: LaneOf) {
        let stream = self.stream_table(at.place);
        if !stream.events.has_too_large() {
            return;
        }
        //= stream_poll.too_large
        //= documentdb.too_large
        let log = self.log_index(at.place);
        let mut large = Vec::new();
        while let (true, Some(copy)) = {
            let lane = &self.world.logs[log].lanes[at.lane];
            (lane.parts.is_empty(), lane.waiting.front().copied())
        } {
            let is_gone = self.world.copies[copy as usize].state == CopyState::Gone;
            if !is_gone && self.event_size(at, copy) <= stream.events.room {
                break;
            }
            self.world.logs[log].lanes[at.lane].waiting.pop_front();
            if !is_gone {
                large.push(copy);
            }
        }
        self.discard_by(at, &large, stream.too_large, (0, Record::TOO_LARGE));
    }
}
