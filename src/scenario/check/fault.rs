//! Faults at events that the load does not have.

use crate::scenario::check::{doubt, names::Names, problem};
use crate::scenario::{PlannedFault, Scenario};
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Place};

/// Checks every planned fault; their names have been checked.
pub(super) fn check(
    scenario: &Scenario,
    _topology: &Topology,
    names: &Names<'_>,
    problems: &mut Vec<Diagnostic>,
) {
    for fault in &scenario.faults.planned {
        match fault {
            PlannedFault::Poison { source, ordinal, place } if names.is_source(source) => {
                problems.extend(no_such_event(scenario, source, *ordinal, place.as_ref()));
            }
            PlannedFault::Poison { .. } | PlannedFault::Span { .. } => {}
        }
    }
}

/// What is wrong with naming this event of a source.
pub(super) fn no_such_event(
    scenario: &Scenario,
    source: &str,
    ordinal: u32,
    place: Option<&Place>,
) -> Option<Diagnostic> {
    match scenario.stated_events(source) {
        Some(events) if ordinal < events => None,
        Some(events) => {
            let message = format!("there is no event `{source}.{ordinal}`: {source} gets {events}");
            let last = events.saturating_sub(1);
            let help = format!("events count from 0: the last one is `{source}.{last}`");
            Some(problem("scenario-no-event", place, message, help))
        }
        None => {
            let message = format!("not every run has an event `{source}.{ordinal}`: its load is not stated");
            let help = format!("state it with `[[load]]`, `[[message]]` or --load {source}=20/1s");
            Some(doubt("scenario-perhaps-no-event", place, message, help))
        }
    }
}
