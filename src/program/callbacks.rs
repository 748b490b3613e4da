//! Whoever hands an event on and waits to be called back: state machines for their tokens, stacks for custom resources,
//! pipelines for their actions.

use crate::models::{Models, RuleId};
use crate::program::compile::Builder;
use crate::program::executions::{self, Begun};
use crate::program::ways::Way;
use crate::program::{Failure, FailureAnswer, Network, StepTable, TaskTable};
use crate::topology::{LinkDetail, LinkEnd, NO_HEARTBEAT, StateKind, Task, TaskAction, TokenUse, Topology};
use crate::vocabulary::Duration;

/// How somebody waits to be called back.
#[derive(Clone, Debug)]
pub struct CallbackTable {
    /// For how long, where that is not told by the call that it made: as long as whatever it is part of lasts where
    /// it is nothing.
    pub patience: Option<Duration>,
    /// By which rule it goes on.
    pub returned: RuleId,
    /// By which rule it stops waiting.
    pub missed: RuleId,
    /// How a task of a state machine that has sent something hands it on again or goes on; a task that calls and
    /// waits does as its call says.
    pub task: Option<TaskTable>,
}

/// What the models say of a source that waits to be called back.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallbackRules {
    returned: RuleId,
    missed: RuleId,
    limit: Option<Duration>,
}

impl CallbackRules {
    /// Reads them where a source waits.
    pub(super) fn read(models: &Models, id: &str) -> Option<Self> {
        let returned = models.rules_in(id, "callback.returned")?;
        let missed = models.rules_in(id, "callback.missed")?;
        let limit = models.duration(&models.rule(missed).id, "limit").ok();
        Some(Self { returned, missed, limit })
    }
}

/// The task of a state machine that takes a link, where it waits for its token.
pub(super) fn waiting_task(topology: &Topology, link: usize) -> Option<&Task> {
    let machine = topology.machine(&topology.links[link].from)?;
    machine.states.iter().find_map(|state| match &state.kind {
        StateKind::Task(task) if state.link() == Some(link) && task.token == TokenUse::Waits => Some(task),
        _ => None,
    })
}

/// How long a task waits for its token, and by which name it fails then where that is not the one of a time-out.
pub(super) fn patience(task: &Task) -> (Option<Duration>, Option<&'static str>) {
    match (task.timeout, task.heartbeat) {
        (timeout, Some(heartbeat)) if timeout.is_none_or(|timeout| heartbeat < timeout) => {
            (Some(heartbeat), Some(NO_HEARTBEAT))
        }
        (timeout, _) => (timeout, None),
    }
}

/// What a task sees when it waits no longer.
pub(super) fn name_patience(name: Option<&str>, answers: &mut [FailureAnswer]) {
    if let Some(name) = name {
        name.clone_into(&mut answers[Failure::GaveUp as usize].seen);
    }
}

impl Builder<'_> {
    /// How whoever is on a way waits to be called back for what goes over it.
    pub(super) fn callback(
        &self,
        way: &Way,
        (step, is_consumed): (Option<StepTable>, bool),
        (begun, network): (&mut Begun, &mut Network),
    ) -> Option<u16> {
        // Of what is handed on to somebody outside nothing is known but that it is dealt with.
        let first = *way.links.first().filter(|_| is_consumed)?;
        let (link, execution) = match step {
            Some(step) => (way.links[usize::from(step.hop)], Some(step.execution)),
            None => (first, None),
        };
        let table = self.callback_table(link, step.is_some())?;
        let key = (link, execution);
        if let Some((_, known)) = begun.callbacks.iter().find(|(other, _)| *other == key) {
            return Some(*known);
        }
        network.callbacks.push(table);
        let own = (network.callbacks.len() - 1) as u16;
        begun.callbacks.push((key, own));
        Some(own)
    }

    fn callback_table(&self, link: usize, is_step: bool) -> Option<CallbackTable> {
        let detail = &self.topology.links[link];
        let rules = self.push_rules.of(&detail.source);
        let CallbackRules { returned, missed, limit } = rules.callback?;
        if !is_step {
            let LinkDetail::Delivers(delivery) = &detail.detail else { return None };
            let stated = delivery.timeout.as_ref().map(|timeout| timeout.value);
            return Some(CallbackTable { patience: Some(stated.or(limit)?), returned, missed, task: None });
        }
        let task = waiting_task(self.topology, link)?;
        let (patience, name) = patience(task);
        let mut answers = rules.request.answers.clone();
        name_patience(name, &mut answers);
        let is_sent_to = |id| self.sends.iter().any(|send| send.target == id);
        let steps = self.push_rules.steps.as_ref()?;
        match task.action {
            TaskAction::Invoke(_) => Some(CallbackTable { patience: None, returned, missed, task: None }),
            TaskAction::Send(_) => {
                let task = executions::task(self.topology, link, steps, &answers, is_sent_to);
                Some(CallbackTable { patience, returned, missed, task })
            }
            TaskAction::Other(_) => None,
        }
    }
}

/// Whether any task of a state machine waits for its token and is simulated.
pub(super) fn has_tokens(topology: &Topology, machine: &LinkEnd) -> bool {
    let states = topology.machine(machine).into_iter().flat_map(|machine| &machine.states);
    states.filter_map(crate::topology::State::link).any(|link| waiting_task(topology, link).is_some())
}
