//! What can be stated and no run reads yet: told, so that nobody takes it for tested.

use crate::scenario::Scenario;
use crate::scenario::check::doubt;
use crate::topology::{ResourceDetail, Topology};
use crate::vocabulary::{Diagnostic, Place};

const CODE: &str = "scenario-not-simulated";
const HELP: &str = "verdicts do not rest on it";

/// Tells every statement that no run reads.
pub(super) fn check(scenario: &Scenario, topology: &Topology, problems: &mut Vec<Diagnostic>) {
    let mut tell = |what: String, place: Option<&Place>| {
        problems.push(doubt(CODE, place, format!("{what} not simulated yet"), HELP));
    };
    for handling in &scenario.handlers {
        for emission in handling.emits.iter().filter(|one| is_unread(topology, &one.to)) {
            tell(format!("what is sent to {} is", emission.to), emission.place.as_ref());
        }
    }
    for sends in scenario.sends.iter().filter(|one| is_unread(topology, &one.to)) {
        tell(format!("what is sent to {} is", sends.to), sends.place.as_ref());
    }
}

fn is_unread(topology: &Topology, name: &str) -> bool {
    let resource = topology.resources.iter().find(|resource| resource.name.as_str() == name);
    resource.is_some_and(|resource| match resource.detail {
        ResourceDetail::Queue(_)
        | ResourceDetail::Function(_)
        | ResourceDetail::Channel(_)
        | ResourceDetail::Stream(_) => false,
        ResourceDetail::Other => true,
    })
}
