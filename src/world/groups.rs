//! The message groups of a FIFO queue: what waits in them, which of them block, and whose turn it is. Plain data.
//!
//! Every step touches one group only, so neither the number of groups nor a backlog makes it slower.

use std::collections::{BTreeMap, VecDeque};

use crate::vocabulary::{Duration, Instant};

/// One message group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// Copies that wait, in their order; some may be gone.
    pub(crate) line: VecDeque<u32>,
    /// How many of those are not gone.
    pub(crate) waiting: u32,
    /// How many are received and not deleted: the group hands out nothing else meanwhile.
    pub(crate) in_flight: u32,
    /// The group's latest turn, where it has one.
    turn: Option<u32>,
    turns: u32,
    /// Sends that count against its own limit.
    pub(crate) sends: Rate,
}

/// Where a group lines up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Behind all others.
    Last,
    /// In front of all others.
    First,
}

/// All groups of a queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    pub(crate) all: Vec<Group>,
    /// Groups that can be received, in line, each with the number of its turn; some turns may be over.
    turns: VecDeque<(u32, u32)>,
    /// Messages that wait or are in flight: those that the queue looks at.
    pub(crate) inside: u32,
    /// Messages behind those, in their order; some may be gone.
    pub(crate) beyond: VecDeque<u32>,
    pub(crate) sends: Rate,
    pub(crate) receives: Rate,
    taken: Taken,
}

impl Groups {
    pub(crate) fn clear(&mut self) {
        for group in &mut self.all {
            group.line.clear();
            *group = Group { line: std::mem::take(&mut group.line), ..Group::default() };
        }
        self.turns.clear();
        self.beyond.clear();
        self.taken.clear();
        self.inside = 0;
        self.sends = Rate::default();
        self.receives = Rate::default();
    }

    /// The group with this key.
    pub(crate) fn of(&mut self, key: u32) -> &mut Group {
        let index = key as usize;
        if self.all.len() <= index {
            self.all.resize_with(index + 1, Group::default);
        }
        &mut self.all[index]
    }

    /// Whether a group has something to hand out and is not in line for it.
    pub(crate) fn needs_turn(&self, key: u32) -> bool {
        let group = &self.all[key as usize];
        group.turn.is_none() && group.waiting > 0 && group.in_flight == 0
    }

    /// A group lines up.
    pub(crate) fn line_up(&mut self, key: u32, place: Place) {
        let group = &mut self.all[key as usize];
        group.turns += 1;
        group.turn = Some(group.turns);
        let turn = (key, group.turns);
        match place {
            Place::Last => self.turns.push_back(turn),
            Place::First => self.turns.push_front(turn),
        }
    }

    /// A group has nothing to hand out any more.
    pub(crate) fn stand_back(&mut self, key: u32) {
        self.all[key as usize].turn = None;
    }

    /// The group whose turn it is.
    pub(crate) fn first(&mut self) -> Option<u32> {
        while let Some((key, turn)) = self.turns.front().copied() {
            if self.all[key as usize].turn == Some(turn) {
                return Some(key);
            }
            self.turns.pop_front();
        }
        None
    }

    /// Remembers a deduplication id; the name of the event that brought it within `interval` before, if one did.
    pub(crate) fn remember(
        &mut self,
        id: (u32, u64),
        name: u64,
        now: Instant,
        interval: Duration,
    ) -> Option<u64> {
        self.taken.add(id, name, now, interval)
    }
}

/// The deduplication ids that a queue remembers, by scope and id.
#[derive(Clone, Debug, Default)]
struct Taken {
    by_id: BTreeMap<(u32, u64), u64>,
    in_order: VecDeque<(Instant, (u32, u64))>,
}

impl Taken {
    fn clear(&mut self) {
        self.by_id.clear();
        self.in_order.clear();
    }

    fn add(&mut self, id: (u32, u64), name: u64, now: Instant, interval: Duration) -> Option<u64> {
        while let Some((at, oldest)) = self.in_order.front().copied()
            && now >= at + interval
        {
            self.in_order.pop_front();
            self.by_id.remove(&oldest);
        }
        if let Some(earlier) = self.by_id.get(&id) {
            return Some(*earlier);
        }
        self.by_id.insert(id, name);
        self.in_order.push_back((now, id));
        None
    }
}

/// Calls against a limit that allows so many in a time, at once or spread out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rate {
    /// What the calls so far have used up, less what time has given back.
    spent: u64,
    at: Instant,
}

impl Rate {
    /// How long until the next call is possible, where it is not possible now.
    pub(crate) fn pause(&mut self, now: Instant, calls: u32, every: Duration) -> Option<Duration> {
        let (calls, price) = (u64::from(calls).max(1), every.as_micros());
        self.spent = self.spent.saturating_sub(now.since(self.at).as_micros().saturating_mul(calls));
        self.at = now;
        let beyond = (self.spent + price).saturating_sub(calls * price);
        (beyond > 0).then(|| Duration::from_micros(beyond.div_ceil(calls)))
    }

    /// Counts a call.
    pub(crate) const fn count(&mut self, every: Duration) {
        self.spent += every.as_micros();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_lets_its_calls_through_at_once_and_then_one_after_the_other() {
        let mut rate = Rate::default();
        let at = |millis: u64| Instant::START + Duration::from_millis(millis);
        let second = Duration::from_secs(1);
        for _ in 0..4 {
            assert_eq!(rate.pause(at(0), 4, second), None);
            rate.count(second);
        }
        assert_eq!(rate.pause(at(0), 4, second), Some(Duration::from_millis(250)));
        assert_eq!(rate.pause(at(250), 4, second), None);
        rate.count(second);
        assert_eq!(rate.pause(at(400), 4, second), Some(Duration::from_millis(100)));
    }

    #[test]
    fn an_id_is_remembered_for_the_interval_and_no_longer() {
        let mut groups = Groups::default();
        let minute = Duration::from_secs(60);
        let at = |seconds: u64| Instant::START + Duration::from_secs(seconds);
        assert_eq!(groups.remember((0, 7), 70, at(0), minute), None);
        assert_eq!(groups.remember((0, 7), 71, at(59), minute), Some(70));
        assert_eq!(groups.remember((1, 7), 72, at(59), minute), None);
        assert_eq!(groups.remember((0, 7), 73, at(60), minute), None);
    }

    #[test]
    fn a_group_that_stands_back_loses_its_turn() {
        let mut groups = Groups::default();
        groups.of(2);
        groups.line_up(2, Place::Last);
        groups.line_up(1, Place::First);
        assert_eq!(groups.first(), Some(1));
        groups.stand_back(1);
        assert_eq!(groups.first(), Some(2));
        groups.line_up(1, Place::Last);
        assert_eq!(groups.first(), Some(2));
    }
}
