//! What a shard gives to all who ask it, naively: what was read of it is a debt that it pays off at its rate, and the next
//! read must leave no more of it than a second pays, unless there is no debt at all.

use redrive::kernel::Chooser;
use redrive::program::LogTable;
use redrive::vocabulary::{Duration, Instant};

use super::Naive;

/// What was read of a shard once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gave {
    stream: u16,
    /// Its number among the shards of its stream.
    shard: usize,
    at: Instant,
    size: u128,
}

impl<C: Chooser> Naive<'_, C> {
    /// Whether a lane's next records come later; else they are read now.
    pub(super) fn comes_later(&mut self, strand: usize, table: &LogTable, count: usize) -> bool {
        let Some(limit) = table.read_limit else { return false };
        let (log, piece) = (self.strands[strand].log, self.strands[strand].shard);
        let shard = (0..piece).filter(|other| self.pieces[*other].log == log).count();
        let read = self.strands[strand].unread[..count].iter();
        let sizes = read.map(|message| self.program.network.record_size(self.messages[*message].class));
        let size = u128::from(sizes.sum::<u64>());
        let second = u128::from(limit.every.as_micros());
        // What a microsecond pays is the limit, if a byte is counted as so many as there are microseconds in its time.
        let pays = u128::from(limit.size);
        let (mut debt, mut last) = (0_u128, Instant::START);
        for gave in self.gave.iter().filter(|gave| (gave.stream, gave.shard) == (table.stream, shard)) {
            debt =
                debt.saturating_sub(u128::from(gave.at.since(last).as_micros()) * pays) + gave.size * second;
            last = gave.at;
        }
        debt = debt.saturating_sub(u128::from(self.now.since(last).as_micros()) * pays);
        let above = (debt + size * second).saturating_sub(pays * second);
        if debt == 0 || above == 0 {
            self.gave.push(Gave { stream: table.stream, shard, at: self.now, size });
            return false;
        }
        let wait = above.min(debt).div_ceil(pays) as u64;
        self.plan_strand(strand, Duration::from_micros(wait));
        true
    }
}
