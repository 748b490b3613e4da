//! One run as both of its formats see it: records with the names of what they cover.

use crate::explore::event_label;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::Program;
use crate::trace::{Covered, EventId, Record, StoredTrace};
use crate::world::{RunSummary, World};

/// One run of one part, kept whole.
#[derive(Clone, Copy, Debug)]
pub struct RunReport<'a> {
    /// What ran.
    pub program: &'a Program,
    /// The models that it ran by.
    pub models: &'a Models,
    /// The world after the run.
    pub world: &'a World,
    /// What happened.
    pub trace: &'a StoredTrace,
    /// What it came to.
    pub summary: RunSummary,
    /// The families that its seed drew; all for a replay.
    pub families: Families,
}

impl RunReport<'_> {
    /// What an event is called: `Orders.0` is the first one sent to `Orders`.
    pub fn event_name(&self, event: EventId) -> String {
        event_label(self.program, self.world, event)
    }

    /// The event with this name.
    pub fn find_event(&self, name: &str) -> Option<EventId> {
        let count = self.world.events().count() as u32;
        (0..count).map(EventId).find(|event| self.event_name(*event) == name)
    }

    /// The names of all events.
    pub fn event_names(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.world.events().count() as u32).map(|event| self.event_name(EventId(event)))
    }

    /// The records, those of one event where one is named.
    pub(crate) fn records(&self, event: Option<EventId>) -> impl Iterator<Item = (&Record, &[Covered])> {
        let is_about = move |covered: &[Covered]| {
            event.is_none_or(|event| covered.iter().any(|item| item.event == event))
        };
        self.trace.iter().filter(move |(_, covered)| is_about(covered))
    }

    /// The names and receive counts of what a record covers, the event that is asked for first.
    pub(crate) fn names(&self, covered: &[Covered], first: Option<EventId>) -> Vec<(String, u32)> {
        let (asked, others): (Vec<&Covered>, Vec<&Covered>) =
            covered.iter().partition(|item| Some(item.event) == first);
        asked.into_iter().chain(others).map(|item| (self.event_name(item.event), item.receives)).collect()
    }
}
