//! Channels that keep an order: which copies stand behind which on a hop, and what a channel has taken already.

use std::collections::{BTreeMap, VecDeque};

use crate::kernel::Chooser;
use crate::program::Merges;
use crate::topology::DeduplicationScope;
use crate::trace::{EventId, Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::{Due, Run};
use crate::world::state::Fate;

/// A record about an event that has no copy.
const NO_COPY: u32 = u32::MAX;

/// The lines of one run. Plain data.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// By hop and message group: the copies that are to go over it, the first of them under way.
    waiting: BTreeMap<(usize, u32), VecDeque<u32>>,
    /// By route, scope and id: when an event was taken, and its name.
    taken: BTreeMap<(u16, u32, u64), (Instant, u64)>,
}

impl Lines {
    /// Forgets a run.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.taken.clear();
    }

    /// Whether nothing was ever kept in order.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.taken.is_empty()
    }

    /// A copy comes to a hop, or tries it again; whether it is its turn.
    fn comes(&mut self, line: (usize, u32), copy: u32) -> bool {
        let line = self.waiting.entry(line).or_default();
        if !line.contains(&copy) {
            line.push_back(copy);
        }
        line.front() == Some(&copy)
    }

    /// The first copy of a line is over its hop, or never will be; who comes next.
    fn leaves(&mut self, line: (usize, u32)) -> Option<u32> {
        let line = self.waiting.get_mut(&line)?;
        line.pop_front();
        line.front().copied()
    }

    /// An event with this id comes; the name of one that had it before, less than so long ago.
    fn takes(&mut self, id: (u16, u32, u64), name: u64, now: Instant, window: Duration) -> Option<u64> {
        let earlier = self.taken.get(&id).filter(|(at, _)| now.since(*at) < window);
        if let Some((_, earlier)) = earlier {
            return Some(*earlier);
        }
        self.taken.insert(id, (now, name));
        None
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Whether a copy may try a hop: where the source keeps an order, not while one of its group is in front of it.
    pub(crate) fn is_its_turn(&mut self, index: usize, hop: usize) -> bool {
        match self.line_of(self.world.transits[index].event, hop) {
            Some(line) => self.world.lines.comes(line, index as u32),
            None => true,
        }
    }

    /// A copy has left a hop; the next one of its group sets off.
    pub(crate) fn next_of_group(&mut self, event: EventId, hop: usize) {
        let Some(line) = self.line_of(event, hop) else { return };
        if let Some(next) = self.world.lines.leaves(line) {
            self.world.transits[next as usize].since = self.now;
            self.after(Duration::ZERO, Due::Hop { transit: next });
        }
    }

    fn line_of(&self, event: EventId, hop: usize) -> Option<(usize, u32)> {
        let policy = usize::from(self.world.hop_tables[hop].policy);
        self.program.network.policies[policy].order?;
        Some((hop, self.world.events[event.0 as usize].key))
    }

    /// Whether a channel takes an event for one that it has delivered already; it says so to nobody.
    pub(crate) fn is_merged(&mut self, id: EventId) -> bool {
        let event = self.world.events[id.0 as usize];
        let route = &self.program.network.routes[usize::from(event.route)];
        let Some(Merges { rule, window, scope, .. }) = route.merges else { return false };
        //= sns_fifo.deduplication_scope
        let scope = match scope {
            DeduplicationScope::Queue => 0,
            DeduplicationScope::MessageGroup => event.key,
        };
        let same = (event.route, scope, event.deduplication);
        let Some(earlier) = self.world.lines.takes(same, event.name, self.now, window) else { return false };
        self.world.events[id.0 as usize].decide(Fate::Merged);
        let Some(channel) = self.program.channel(usize::from(event.source)) else { return true };
        let value = (NO_COPY, earlier);
        self.record(RecordKind::MessageDeduplicated, channel.entity, rule, value, event.name, &[on_way(id)]);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    //= test: sns_fifo.order
    fn the_copies_of_a_group_go_one_after_the_other_and_those_of_another_do_not_wait() {
        let mut lines = Lines::default();
        assert!(lines.comes((0, 7), 1) && lines.comes((0, 7), 1), "it may try again");
        assert!(!lines.comes((0, 7), 2) && !lines.comes((0, 7), 3));
        assert!(lines.comes((0, 8), 4) && lines.comes((1, 7), 5), "another group, another hop");
        assert_eq!(lines.leaves((0, 7)), Some(2));
        assert!(lines.comes((0, 7), 2) && !lines.comes((0, 7), 3));
        assert_eq!((lines.leaves((0, 7)), lines.leaves((0, 7))), (Some(3), None));
    }

    #[test]
    //= test: sns_fifo.deduplicate
    fn an_id_is_forgotten_after_its_window() {
        let mut lines = Lines::default();
        let at = |seconds| Instant::START + Duration::from_secs(seconds);
        let mut takes = |name, seconds| lines.takes((0, 0, 9), name, at(seconds), Duration::from_secs(60));
        assert_eq!((takes(1, 0), takes(2, 59), takes(3, 60)), (None, Some(1), None));
    }
}
