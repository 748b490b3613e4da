//! What a user states about runs beside the catalogue: properties written in code, and a scenario's expectations.

use crate::explore::Ledger;
use crate::guarantee::Gates;
use crate::program::Program;
use crate::trace::{Covered, EventId, Record};
use crate::vocabulary::Instant;
use crate::world::World;

/// Where a property is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatedIn {
    /// In Rust.
    Code,
    /// Among a scenario's expectations.
    Scenario,
}

/// Of how many runs a property must be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Of every run: one breach violates it.
    EveryRun,
    /// Of some run: it is violated where no run at all exercises it.
    SomeRun,
}

/// What a small counterexample may leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Footing {
    /// Everything, the load included: it is about what may happen to any events.
    #[default]
    Ordinary,
    /// Everything but the load that is stated: it is about that load.
    Stated,
}

/// Something that every run of a part must show. It makes the monitors that watch for it, one for each thread.
pub trait Property: Sync {
    /// What it is called; unique among the properties of a check.
    fn name(&self) -> &str;

    /// Where it is stated.
    fn stated_in(&self) -> StatedIn {
        StatedIn::Code
    }

    /// Whether a violation fails the check.
    fn gates(&self) -> Gates {
        Gates::Yes
    }

    /// Of how many runs it must be true.
    fn quantifier(&self) -> Quantifier {
        Quantifier::EveryRun
    }

    /// What a small counterexample may leave out.
    fn footing(&self) -> Footing {
        Footing::Ordinary
    }

    /// A monitor of runs of `program`; `None` where it says nothing about this part.
    fn monitor<'a>(&'a self, program: &'a Program) -> Option<Box<dyn PropertyMonitor + 'a>>;
}

/// Watches one run after the other for one property. It is shown the records of a whole run, the end included, once
/// that is over.
pub trait PropertyMonitor: Send {
    /// Ready for another run.
    fn clear(&mut self);

    /// One record; the last one of a run is `RunEnded`.
    fn observe(&mut self, seen: &Seen<'_>) -> Option<Breach>;

    /// Whether the run has put the property to the test.
    fn exercised(&self) -> bool;
}

/// One record as a property sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The record.
    pub record: &'a Record,
    /// What it covers.
    pub covered: &'a [Covered],
    /// Its position in the run.
    pub position: usize,
    /// How things stand after it.
    pub ledger: &'a Ledger,
    /// What runs.
    pub program: &'a Program,
    /// The world after the run, for the names of events.
    pub world: &'a World,
}

/// A violation of a property in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The event that shows it, where there is one: its story is told.
    pub event: Option<EventId>,
    /// When.
    pub at: Instant,
    /// At which record of the run.
    pub position: usize,
    /// What is wrong, in a sentence without its full stop, where there is more to say than the property's name.
    pub says: Option<String>,
}

impl Seen<'_> {
    /// A breach at this record. The event that shows it is the only one that the record covers, if it is one.
    pub fn breach(&self, says: Option<String>) -> Breach {
        let event = match self.covered {
            [only] => Some(only.event),
            [] | [_, ..] => None,
        };
        Breach { event, at: self.record.at, position: self.position, says }
    }
}
