//! Events that come round to the functions that sent them: the chain that each belongs to, and where it ends.

use std::collections::BTreeMap;

use crate::kernel::Chooser;
use crate::program::Slot;
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::Run;
use crate::world::state::EventState;

/// The chains of a run; nothing where no event comes round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chains {
    /// By event that was sent for another one: the last link of its chain.
    last: BTreeMap<u32, u32>,
    links: Vec<Link>,
    /// How many events were sent to where events come round from.
    sent: u32,
}

/// A function ran for an event and sent another one.
#[derive(Clone, Copy, Debug)]
struct Link {
    function: u16,
    /// The link before it.
    before: Option<u32>,
    /// Whether it was sent to where events come round from.
    closes: bool,
    /// Whether what it was sent by hands on the mark that Lambda counts by.
    is_marked: bool,
}

impl Chains {
    pub(crate) fn clear(&mut self) {
        self.last.clear();
        self.links.clear();
        self.sent = 0;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// The links of an event's chain, the last one first.
    fn of(&self, event: EventId) -> impl Iterator<Item = &Link> {
        let last = self.last.get(&event.0).copied();
        let at = |index: u32| &self.links[index as usize];
        std::iter::successors(last.map(at), move |link| link.before.map(at))
    }

    /// How often a function has run in an event's chain, as far as Lambda can tell.
    fn runs(&self, event: EventId, function: u16) -> u32 {
        let marked = self.of(event).take_while(|link| link.is_marked);
        marked.filter(|link| link.function == function).count() as u32
    }

    fn rounds(&self, event: EventId) -> u32 {
        self.of(event).filter(|link| link.closes).count() as u32
    }
}

/// Whether what is sent closes a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closes {
    Yes,
    No,
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Whether a function may send an event round once more; if not, the run ends the circle here and says so.
    pub(crate) fn may_go_round(&mut self, parent: EventId, function: usize) -> bool {
        let Some(table) = &self.program.network.rounds else { return true };
        let (bound, chains) = (table.bound, &self.world.chains);
        if chains.sent < bound.events && chains.rounds(parent) < bound.rounds {
            return true;
        }
        let entity = self.world.function_tables[function].entity;
        let name = self.world.events[parent.0 as usize].name;
        let value = (0, Record::LEFT_OUT);
        self.record(RecordKind::DeliveryFiltered, entity, bound.rule, value, name, &[on_way(parent)]);
        false
    }

    /// The events from `first` on were sent for another one by a function that ran for it.
    pub(crate) fn chain(&mut self, parent: EventId, function: usize, closes: Closes, first: usize) {
        let program = self.program;
        if program.network.rounds.is_none() {
            return;
        }
        let closes = closes == Closes::Yes;
        let before = self.world.chains.last.get(&parent.0).copied();
        for event in first..self.world.events.len() {
            let route = self.world.events[event].route;
            let is_marked =
                route == EventState::NO_ROUTE || program.network.routes[usize::from(route)].hands_mark_on;
            let chains = &mut self.world.chains;
            chains.last.insert(event as u32, chains.links.len() as u32);
            chains.links.push(Link { function: function as u16, before, closes, is_marked });
        }
        self.world.chains.sent += u32::from(closes);
    }

    /// The events from `first` on are another one come again, and belong to its chain.
    pub(crate) fn continue_chain(&mut self, event: EventId, first: usize) {
        let chains = &mut self.world.chains;
        if let Some(last) = chains.last.get(&event.0).copied() {
            let again = first..self.world.events.len();
            chains.last.extend(again.map(|event| (event as u32, last)));
        }
    }

    /// Whether Lambda refuses to run a function for an event, because its chain has come round to it too often.
    //= function.recursion
    pub(crate) fn is_stopped(&self, event: EventId, function: usize) -> bool {
        let Some(table) = &self.program.network.rounds else { return false };
        table.stops[function] && self.world.chains.runs(event, function as u16) >= table.most
    }

    /// Whether it refuses a batch for one of its messages.
    #[inline]
    pub(crate) fn holds_stopped(&self, batch: u32, function: usize) -> bool {
        let is_stopped = |item: &Covered| self.is_stopped(item.event, function);
        self.program.network.rounds.is_some()
            && self.world.batches[batch as usize].items.iter().any(is_stopped)
    }

    /// A refused batch: its messages stay hidden until their visibility timeout is over.
    pub(crate) fn refuse_round(&mut self, batch: u32, mapping: usize) {
        let entity = self.world.mapping_tables[mapping].entity;
        let rule = self.program.rule(Slot::QueueRecursion);
        self.note_batch(RecordKind::BatchReleased, entity, rule, batch, 0);
        self.over(batch, mapping);
    }
}
