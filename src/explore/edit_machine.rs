//! Edits of state machines: executions that are kept, and tasks that are tried again where there was no room.

use crate::explore::Change;
use crate::explore::edit::{change, replace};
use crate::models::Models;
use crate::topology::{Jitter, LinkDetail, MachineKind, Retrier, StateMachine, Topology, Words};
use crate::vocabulary::Duration;

/// The rule with the name of the error of a throttled call.
const THROTTLED: &str = "step_functions.throttled";
/// The rule with the retrier that is proposed.
const RETRIER: &str = "profile.repair_task_retry";
/// Backoff rates are kept in thousandths.
const THOUSAND: u64 = 1_000;

/// Executions that Step Functions keeps.
pub(super) fn keep_executions(topology: &mut Topology, link: &str) -> Option<Vec<Change>> {
    let (machine, name) = machine(topology, link)?;
    let property = match machine.words {
        Words::Sam => "Type",
        Words::CloudFormation => "StateMachineType",
    };
    let replaced = replace(&mut machine.kind, MachineKind::Standard, MachineKind::to_string);
    Some(vec![change(&name, property, None, replaced)])
}

/// Each task that calls over a link and is never tried again gets a retrier for throttled calls.
pub(super) fn retry_throttled(topology: &mut Topology, link: &str, models: &Models) -> Option<Vec<Change>> {
    let error = models.text(THROTTLED, "error").ok()?.to_owned();
    let seconds = |value: &str| models.duration(RETRIER, value).ok();
    let (interval, longest) = (seconds("interval")?, seconds("longest")?);
    let count = |value: &str| models.count(RETRIER, value).ok();
    let (attempts, rate) = (count("attempts")?, count("rate")?);
    let retrier = Retrier {
        errors: vec![error.clone()],
        interval,
        attempts: u32::try_from(attempts).ok()?,
        rate: rate * THOUSAND,
        longest: Some(longest),
        jitter: Jitter::None,
    };
    let whole = |length: Duration| length.as_secs();
    let written = format!(
        "\n  - ErrorEquals: [{error}]\n    IntervalSeconds: {}\n    MaxAttempts: {attempts}\n    BackoffRate: {rate}\n    \
         MaxDelaySeconds: {}",
        whole(interval),
        whole(longest)
    );
    let meant = position(topology, link)?;
    let (machine, name) = machine(topology, link)?;
    let tasks = machine.states.iter_mut().filter(|one| one.link() == Some(meant) && one.retries.is_empty());
    let changes: Vec<Change> = tasks
        .map(|task| {
            task.retries.push(retrier.clone());
            let property = format!("Definition.States.{}.Retry", task.name);
            change(&name, &property, Some(&task.place), (None, written.clone(), None))
        })
        .collect();
    (!changes.is_empty()).then_some(changes)
}

/// The link of this name.
fn position(topology: &Topology, name: &str) -> Option<usize> {
    topology
        .links
        .iter()
        .position(|link| matches!(&link.detail, LinkDetail::Delivers(one) if one.name.as_str() == name))
}

/// The state machine that calls over a link, and what it is called.
fn machine<'t>(topology: &'t mut Topology, link: &str) -> Option<(&'t mut StateMachine, String)> {
    let link = position(topology, link)?;
    let found = topology.machines.iter().position(|machine| machine.links().any(|one| one == link))?;
    let name = topology.resource(topology.machines[found].resource).name.to_string();
    topology.machines.get_mut(found).map(|machine| (machine, name))
}
