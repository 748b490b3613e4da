//! Replays of archives, naively: everything that ever came to a bus is remembered, and looked through.

use redrive::kernel::Chooser;
use redrive::vocabulary::{Duration, Instant};
use redrive::world::{emitted_name, event_name};

use super::Naive;
use super::state::{Fate, Message};

/// What came to a channel.
#[derive(Clone, Debug)]
pub(super) struct Came {
    at: Instant,
    message: Message,
    /// What was owed for it, and how often it came again.
    owed: Vec<usize>,
    again: u32,
}

impl<C: Chooser> Naive<'_, C> {
    /// Something came to a channel; all messages from `first` on are owed for it.
    pub(super) fn came_to_channel(&mut self, message: &Message, at: Instant, first: usize) {
        let owed = (first..self.messages.len()).collect();
        self.came.push(Came { at, message: message.clone(), owed, again: 0 });
    }

    pub(super) fn replay(&mut self, number: usize) {
        let program = self.program;
        let table = &program.network.replays[number];
        let channel = self.queues.len() + usize::from(table.channel);
        let entity = program.source(channel);
        let first = table.stated.from;
        let end = table.stated.to.map_or(self.now, |to| Instant::START + to);
        let mut begin = self.now;
        // Interval by interval; most of them are empty.
        let mut interval = 0;
        while Instant::START + first + table.interval * interval < end {
            let from = Instant::START + first + table.interval * interval;
            let to = (from + table.interval).min(end);
            let mut latest = begin;
            for index in self.found_in(number, from, to) {
                let name = self.came[index].message.name;
                let late = self.open(&table.delay, entity, name, 0);
                if self.came[index].at + Duration::from_micros(late) <= self.now {
                    let pace = self.open(&table.pace, entity, name, 0);
                    let at = begin + Duration::from_micros(pace);
                    self.comes_again(index, channel, at);
                    latest = latest.max(at);
                }
            }
            begin = latest;
            interval += 1;
        }
    }

    /// What the archive has of an interval, the oldest first.
    fn found_in(&self, number: usize, from: Instant, to: Instant) -> Vec<usize> {
        let table = &self.program.network.replays[number];
        let bus = self.queues.len() + usize::from(table.bus);
        let mut found: Vec<(Instant, usize)> = Vec::new();
        for (index, came) in self.came.iter().enumerate() {
            let is_forgotten = table.retention.is_some_and(|kept| came.at + kept < self.now);
            let is_unwanted = table.unkept.get(usize::from(came.message.class)) == Some(&true);
            let is_in_time = from <= came.at && came.at < to;
            if came.message.source == bus && is_in_time && !is_forgotten && !is_unwanted {
                found.push((came.at, index));
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(_, index)| index).collect()
    }

    fn comes_again(&mut self, index: usize, channel: usize, at: Instant) {
        let hash = self.program.hash(self.program.source(channel));
        let Came { message, owed, again, .. } = self.came[index].clone();
        self.came[index].again += 1;
        let (name, ordinal) = match owed.first() {
            Some(first) => (emitted_name(self.messages[*first].name, hash, again), again),
            None => (event_name(hash, message.ordinal), message.ordinal),
        };
        let mut past = message.past.clone();
        if let Some(last) = owed.first() {
            past.clone_from(&self.messages[*last].past);
        }
        let first = self.messages.len();
        let fresh = Message {
            source: channel,
            name,
            ordinal,
            deduplication: name,
            fate: Fate::Open,
            poisoned: false,
            past,
            ..message
        };
        let routes = self.program.channel(channel).expect("an archive is a channel").routes();
        for route in routes {
            if self.program.network.routes[route].wants(fresh.class) {
                self.owe_by(&fresh, route, at);
            }
        }
        for new in first..self.messages.len() {
            let place = self.messages[new].owed;
            let was_bad = |old: &&usize| self.messages[**old].owed == place && self.messages[**old].poisoned;
            self.messages[new].poisoned = owed.iter().any(|old| was_bad(&old));
        }
    }
}
