//! What a shard gives to those that ask it: so many bytes in a time, for all of them together.
//!
//! Absent: reading again what failed, which mappings keep.

use std::collections::BTreeMap;

use crate::kernel::Chooser;
use crate::program::{LogTable, ReadLimit};
use crate::trace::Observer;
use crate::vocabulary::{Duration, Instant};
use crate::world::checkpoint::LaneOf;
use crate::world::handler::Handler;
use crate::world::log::Part;
use crate::world::run::Run;

/// What readers have used up of a stream, by shard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readers(BTreeMap<u16, Used>);

impl Readers {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What is used up, in bytes times the limit's time, at a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    amount: u64,
    at: Instant,
}

impl Used {
    fn by(self, now: Instant, limit: ReadLimit) -> u64 {
        self.amount.saturating_sub(now.since(self.at).as_micros().saturating_mul(limit.size))
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Whether a shard gives these records later, since too much of it was read just now; then the lane looks again.
    pub(crate) fn is_put_off(&mut self, at: LaneOf, table: &LogTable, part: &Part) -> bool {
        let Some(limit) = table.read_limit else { return false };
        //= kinesis.readers
        let class = |copy: &u32| {
            let event = self.world.copies[*copy as usize].event;
            self.world.events[event.0 as usize].class
        };
        let classes = part.items.iter().map(class);
        let size = self.program.network.records_size(part.items.len() as u64, classes);
        let every = limit.every.as_micros();
        let (size, most) = (size.saturating_mul(every), limit.size.saturating_mul(every));
        let logs = &self.program.network.logs;
        let first = logs.iter().find(|log| log.stream == table.stream).map_or(table.queue, |log| log.queue);
        let shard = self.log_state(at.place).lanes[at.lane].shard;
        let now = self.now;
        let used = self.log_state(usize::from(first)).readers.0.entry(shard).or_default();
        let amount = used.by(now, limit);
        // What is larger than the limit is given where nothing is used up.
        let too_much = amount.min((amount + size).saturating_sub(most));
        if too_much == 0 {
            *used = Used { amount: amount + size, at: now };
            return false;
        }
        let wait = Duration::from_micros(too_much.div_ceil(limit.size.max(1)));
        self.look_after(at.place, at.lane, wait);
        true
    }
}
