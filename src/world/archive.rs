//! Archives of buses: what came to a bus comes to its rules once more when a scenario replays it.

use crate::kernel::{Chooser, Family};
use crate::program::{OpenRule, ReplayTable};
use crate::trace::{EventId, Observer};
use crate::vocabulary::{Duration, Instant};
use crate::world::emit::emitted_name;
use crate::world::handler::Handler;
use crate::world::run::Run;
use crate::world::state::{EventState, Fate, Step, event_name};

/// What came to a bus that is replayed in the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Archived {
    at: Instant,
    /// As it came, before any rule.
    event: EventState,
    /// What the rules of the bus made of it: the first of these events, and the first behind them.
    owed: (u32, u32),
    /// How often it has been replayed.
    replays: u32,
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Remembers what comes to a bus, if that is replayed some time; what its rules make of it begins at `first`.
    pub(crate) fn archive(&mut self, event: EventState, at: Instant, first: usize) {
        let program = self.program;
        let is_of = |replay: &ReplayTable| source_of(program, replay.bus) == event.source;
        if program.network.replays.iter().any(is_of) {
            let owed = (first as u32, self.world.events.len() as u32);
            self.world.archived.push(Archived { at, event, owed, replays: 0 });
        }
    }

    /// An operator replays an archive: minute by minute, and within a minute as it happens.
    pub(crate) fn replay(&mut self, replay: u16) {
        let program = self.program;
        let table = &program.network.replays[usize::from(replay)];
        let entity = program.network.channels[usize::from(table.channel)].entity;
        let from = Instant::START + table.stated.from;
        let (mut interval, mut begins, mut ends) = (None, self.now, self.now);
        for index in self.kept(table) {
            let Archived { at, event, .. } = self.world.archived[index];
            //= eventbridge.archive_delay
            let delay = self.open_value(&table.delay, entity, event.name, 0);
            self.mark_replay(table, &table.delay, delay);
            if at + Duration::from_micros(delay) > self.now {
                continue;
            }
            //= eventbridge.replay_order
            let own = at.since(from).as_micros() / table.interval.as_micros().max(1);
            if interval != Some(own) {
                (interval, begins) = (Some(own), ends);
            }
            //= eventbridge.replay_pace
            let pace = self.open_value(&table.pace, entity, event.name, 0);
            self.mark_replay(table, &table.pace, pace);
            let comes = begins + Duration::from_micros(pace);
            ends = ends.max(comes);
            self.come_again(index, table, comes);
        }
    }

    /// What a replay finds: what the archive wanted and still has of the stated time, the oldest first.
    fn kept(&self, table: &ReplayTable) -> Vec<usize> {
        let (from, to) = (table.stated.from, table.stated.to);
        let (from, to) = (Instant::START + from, to.map_or(self.now, |to| Instant::START + to));
        let source = source_of(self.program, table.bus);
        let is_kept = |one: &Archived| {
            let is_young = table.retention.is_none_or(|kept| self.now <= one.at + kept);
            one.event.source == source
                && from <= one.at
                && one.at < to
                && table.keeps(one.event.class)
                && is_young
        };
        let archived = &self.world.archived;
        let mut found: Vec<usize> = (0..archived.len()).filter(|index| is_kept(&archived[*index])).collect();
        found.sort_by_key(|index| archived[*index].at);
        found
    }

    /// A kept event comes to the rules of its bus once more, as an event of its own.
    fn come_again(&mut self, index: usize, table: &ReplayTable, at: Instant) {
        let program = self.program;
        let Archived { event, owed, replays, .. } = self.world.archived[index];
        self.world.archived[index].replays += 1;
        let channel = &program.network.channels[usize::from(table.channel)];
        let hash = program.hash(channel.entity);
        let parent = (owed.0 < owed.1).then_some(EventId(owed.0));
        // What no rule wanted when it came has no name that another one could follow.
        let (parent, ordinal) = match parent {
            Some(parent) => (Some(parent), replays),
            None => (event.parent, event.ordinal),
        };
        let name = match parent {
            Some(parent) => emitted_name(self.world.events[parent.0 as usize].name, hash, ordinal),
            None => event_name(hash, ordinal),
        };
        let again = EventState {
            name,
            ordinal,
            parent,
            source: source_of(program, table.channel),
            deduplication: name,
            fate: Fate::Open,
            step: Step::Free,
            ..event
        };
        let first = self.world.events.len();
        self.plan_routes(again, channel.routes(), at);
        for new in first..self.world.events.len() {
            let place = self.world.events[new].place;
            let olds = owed.0 as usize..owed.1 as usize;
            let is_poisoned = |old: usize| {
                let old = &self.world.events[old];
                old.place == place && old.poisoned
            };
            if olds.into_iter().any(is_poisoned) {
                self.world.events[new].poisoned = true;
                self.world.queues[usize::from(place)].poisoned += 1;
            }
        }
        if let Some(parent) = parent {
            self.continue_chain(parent, first);
        }
    }

    /// Notes that a replay did something unusual wherever its events go.
    fn mark_replay(&mut self, table: &ReplayTable, rule: &OpenRule, value: u64) {
        if value == rule.ordinary() {
            return;
        }
        let program = self.program;
        for route in program.network.channels[usize::from(table.channel)].routes() {
            self.mark(usize::from(program.network.routes[route].place), Family::Unspecified);
        }
    }
}

/// The number of a channel among the sources.
fn source_of(program: &crate::program::Program, channel: u16) -> u16 {
    program.queues.len() as u16 + channel
}
