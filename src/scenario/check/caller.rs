//! Callers of fronts that nobody calls and waits behind.

use crate::scenario::check::problem;
use crate::scenario::{Caller, Retries, Scenario, matches};
use crate::topology::{InvocationModel, Link, Topology};
use crate::vocabulary::{Diagnostic, did_you_mean};

/// Checks every caller.
pub(super) fn check(scenario: &Scenario, topology: &Topology, problems: &mut Vec<Diagnostic>) {
    // A state machine says itself how its tasks are tried again.
    let waits = |link: &&Link| link.model == InvocationModel::Sync && topology.machine(&link.from).is_none();
    let waiting = topology.links.iter().filter(waits);
    let mut fronts: Vec<&str> = waiting.map(|link| topology.end_name(&link.from)).collect();
    fronts.sort_unstable();
    fronts.dedup();
    for caller in &scenario.callers {
        let is_known = topology.resources.iter().any(|one| matches(&caller.name, one.name.as_str()));
        if is_known && !fronts.iter().any(|front| matches(&caller.name, front)) {
            let message = format!("nobody calls through `{}` and waits", caller.name);
            let help = match fronts.as_slice() {
                [] => "nothing in this template waits for a function's answer".to_owned(),
                fronts => did_you_mean(caller.name.trim_end_matches('*'), fronts),
            };
            problems.push(problem("scenario-no-front", caller.place.as_ref(), message, help));
        }
        attempts(caller, problems);
    }
}

fn attempts(caller: &Caller, problems: &mut Vec<Diagnostic>) {
    if let (Some(Retries::Nothing), Some(attempts)) = (caller.retries, caller.attempts)
        && attempts > 1
    {
        let message = format!("the caller of {} never calls again, and makes {attempts} calls", caller.name);
        let help = "leave `attempts` out, or name the mode of its SDK in `retries`";
        problems.push(problem("scenario-attempts", caller.place.as_ref(), message, help));
    }
}
