//! The stated properties of one runner: their monitors, shown every run once it is over.
//!
//! A run is stored before it is shown, since only then all events have names. What nobody states costs nothing.

use crate::explore::{Breach, Ledger, Property, PropertyMonitor, Seen};
use crate::program::Program;
use crate::trace::StoredTrace;
use crate::world::World;

/// Monitors of stated properties, by position.
pub(crate) struct StatedJudge<'p> {
    monitors: Vec<Option<Box<dyn PropertyMonitor + 'p>>>,
    breaches: Vec<Option<Breach>>,
    ledger: Ledger,
    /// The memory of runs that nobody else stores.
    pub(crate) trace: StoredTrace,
}

impl std::fmt::Debug for StatedJudge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatedJudge").field("breaches", &self.breaches).finish_non_exhaustive()
    }
}

impl<'p> StatedJudge<'p> {
    /// The monitors of `program`; `None` where nothing is stated about it.
    pub(crate) fn new(program: &'p Program, properties: &[&'p dyn Property]) -> Option<Self> {
        let monitors: Vec<_> = properties.iter().map(|property| property.monitor(program)).collect();
        monitors.iter().any(Option::is_some).then(|| Self {
            breaches: vec![None; monitors.len()],
            monitors,
            ledger: Ledger::new(program),
            trace: StoredTrace::default(),
        })
    }

    /// Shows a run to all monitors.
    pub(crate) fn watch(&mut self, program: &Program, world: &World, trace: &StoredTrace) {
        self.breaches.fill(None);
        self.ledger.clear();
        self.monitors.iter_mut().flatten().for_each(|monitor| monitor.clear());
        for (position, (record, covered)) in trace.iter().enumerate() {
            self.ledger.update(record, covered);
            let seen = Seen { record, covered, position, ledger: &self.ledger, program, world };
            for (monitor, breach) in self.monitors.iter_mut().zip(&mut self.breaches) {
                if let (Some(monitor), None) = (monitor, &breach) {
                    *breach = monitor.observe(&seen);
                }
            }
        }
    }

    /// The first breach of a property in the last run.
    pub(crate) fn breach(&self, index: usize) -> Option<&Breach> {
        self.breaches.get(index)?.as_ref()
    }

    /// What the last run came to for each property.
    pub(crate) fn outcomes(&self) -> Vec<StatedOutcome> {
        let exercised = |monitor: &Option<Box<dyn PropertyMonitor + 'p>>| {
            monitor.as_ref().is_some_and(|monitor| monitor.exercised())
        };
        let both = self.monitors.iter().zip(&self.breaches);
        both.map(|(monitor, breach)| StatedOutcome {
            violated: breach.is_some(),
            exercised: exercised(monitor),
        })
        .collect()
    }

    /// How things stood at the end of the last run.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

/// What one run came to for one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatedOutcome {
    pub(crate) violated: bool,
    pub(crate) exercised: bool,
}
