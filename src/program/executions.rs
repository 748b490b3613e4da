//! Compiles state machines: their states as tables, and how each of their tasks is tried again or caught.

use crate::models::{ModelError, Models, RuleId};
use crate::program::steps::{
    Errors, ExecutionTable, HandlerTable, Outlook, RetrierTable, StateShape, StateTable, StepTable,
    TaskError, TaskTable,
};
use crate::program::ways::Way;
use crate::program::{Failure, FailureAnswer, Network, OpenRule, RequestTable};
use crate::topology::{
    BRANCH_FAILED, ChannelKind, InputLog, InvocationModel, Jitter, LinkDetail, LinkEnd, MachineKind, Onward,
    ResourceDetail, ResourceId, Retrier, State, StateKind, StateMachine, TaskAction, Topology, is_meant,
};
use crate::vocabulary::{Duration, Instant, NameHash};

/// The source that state machines are.
const SOURCE: &str = "step_functions";
/// What names of AWS's own errors begin with.
const RESERVED: [&str; 2] = ["States.", "Lambda."];

/// What the models say of tasks.
#[derive(Clone, Debug)]
pub(super) struct StepRules {
    never: Vec<String>,
    class: OpenRule,
    jitter: OpenRule,
    retry: RuleId,
    caught: RuleId,
    failed: RuleId,
    gone: RuleId,
    next: RuleId,
    choice: RuleId,
    wait: RuleId,
    twice: RuleId,
}

impl StepRules {
    /// Reads them where a topology has state machines.
    ///
    /// # Errors
    /// The first rule or value that is missing.
    pub(super) fn read(topology: &Topology, models: &Models) -> Result<Option<Self>, ModelError> {
        if topology.machines.is_empty() {
            return Ok(None);
        }
        let find = |slot: &str| {
            let found = models.rules_in(SOURCE, slot);
            found.ok_or_else(|| ModelError::NoRule { rule: format!("{SOURCE} ({slot})") })
        };
        let open = |slot: &str| OpenRule::read(models, &models.rule(find(slot)?).id);
        let never = models.texts(&models.rule(find("task.wildcards")?).id, "never")?;
        Ok(Some(Self {
            never: never.into_iter().map(str::to_owned).collect(),
            class: open("task.class")?,
            jitter: open("task.jitter")?,
            retry: find("task.retry")?,
            caught: find("task.catch")?,
            failed: find("execution.failed")?,
            gone: find("execution.gone")?,
            next: find("execution.next")?,
            choice: find("execution.choice")?,
            wait: find("execution.wait")?,
            twice: find("execution.duplicate")?,
        }))
    }
}

/// The executions that one channel begins: the links up to a state machine, and which one it is.
pub(super) type Begun = Vec<(Vec<usize>, u16)>;

/// Where the last link of a way that a state machine takes stands in an execution of it.
pub(super) fn step(
    topology: &Topology,
    way: &Way,
    begun: &mut Begun,
    network: &mut Network,
) -> Option<StepTable> {
    let (hop, machine, state) = way.links.iter().enumerate().rev().find_map(|(hop, link)| {
        let machine = topology.machine(&topology.links[*link].from)?;
        let state = machine.states.iter().position(|state| state.link() == Some(*link))?;
        Some((hop, machine, state))
    })?;
    let before = &way.links[..hop];
    // What tells machines that one channel reaches apart is their first link.
    let key: Vec<usize> = before.iter().copied().chain([machine.resource.0 as usize]).collect();
    let known = begun.iter().find(|(other, _)| *other == key).map(|(_, execution)| *execution);
    let execution = known.unwrap_or_else(|| {
        let name = topology.resource(machine.resource).name.as_str();
        network.executions.push(execution(name, machine));
        let execution = (network.executions.len() - 1) as u16;
        begun.push((key, execution));
        execution
    });
    let table = &network.executions[usize::from(execution)];
    let first = table.reached(Instant::START, &[], Outlook::Now);
    let after = first[state].map(|at| at.since(Instant::START));
    Some(StepTable { execution, state: state as u16, hop: hop as u16, after })
}

/// The level of each state, and the state around each level but the outermost one.
struct Levels {
    of: Vec<u16>,
    around: Vec<Option<usize>>,
    starts: Vec<usize>,
}

impl Levels {
    fn of(machine: &StateMachine) -> Self {
        let mut levels =
            Self { of: vec![0; machine.states.len()], around: vec![None], starts: vec![machine.start] };
        let mut level = 0;
        while let Some(start) = levels.starts.get(level).copied() {
            levels.fill(machine, level, start);
            level += 1;
        }
        levels
    }

    fn fill(&mut self, machine: &StateMachine, level: usize, start: usize) {
        let mut seen = vec![start];
        let mut next = 0;
        while let Some(state) = seen.get(next).copied() {
            next += 1;
            self.of[state] = level as u16;
            for inner in inner(&machine.states[state]) {
                self.starts.push(inner);
                self.around.push(Some(state));
            }
            for target in machine.targets(state) {
                if !seen.contains(&target) {
                    seen.push(target);
                }
            }
        }
    }

    /// A state and those around it, the innermost first.
    fn outwards(&self, state: usize) -> Vec<usize> {
        let mut found = vec![state];
        let mut level = usize::from(self.of[state]);
        while let Some(around) = self.around[level] {
            found.push(around);
            level = usize::from(self.of[around]);
        }
        found
    }

    /// The levels within a state, each with its first state.
    fn within(&self, state: usize) -> Vec<(u16, u16)> {
        let levels = self.around.iter().zip(&self.starts).enumerate();
        let own = levels.filter(|(_, (around, _))| **around == Some(state));
        own.map(|(level, (_, start))| (level as u16, *start as u16)).collect()
    }
}

/// The first states of what is within a state.
fn inner(state: &State) -> Vec<usize> {
    match &state.kind {
        StateKind::Parallel(starts) => starts.clone(),
        StateKind::Map(run) => vec![run.start],
        StateKind::Task(_)
        | StateKind::Pass
        | StateKind::Wait(_)
        | StateKind::Choice(_)
        | StateKind::Succeed
        | StateKind::Fail(_) => Vec::new(),
    }
}

fn execution(name: &str, machine: &StateMachine) -> ExecutionTable {
    let levels = Levels::of(machine);
    let states = machine.states.iter().enumerate().map(|(index, state)| {
        let shape = match &state.kind {
            StateKind::Task(task) => match task.action {
                TaskAction::Invoke(_) => StateShape::Called,
                TaskAction::Send(_) | TaskAction::Other(_) => StateShape::Passed(Duration::ZERO),
            },
            StateKind::Wait(length) => StateShape::Passed(*length),
            StateKind::Pass | StateKind::Succeed => StateShape::Passed(Duration::ZERO),
            StateKind::Choice(branches) => {
                StateShape::Chosen(branches.iter().map(|branch| *branch as u16).collect())
            }
            StateKind::Parallel(_) | StateKind::Map(_) => StateShape::Joined(levels.within(index)),
            StateKind::Fail(_) => StateShape::Stopped,
        };
        let next = match state.next {
            Onward::To(next) => Some(next as u16),
            Onward::End => None,
        };
        let handlers = match shape {
            StateShape::Called => {
                let around = levels.outwards(index).into_iter().map(|state| &machine.states[state]);
                around.flat_map(|state| &state.catches).map(|catcher| catcher.next as u16).collect()
            }
            StateShape::Passed(_) | StateShape::Chosen(_) | StateShape::Joined(_) | StateShape::Stopped => {
                Vec::new()
            }
        };
        let word = NameHash::of(&format!("{name}.{}", state.name)).0 as u32;
        StateTable { word, shape, next, level: levels.of[index], handlers }
    });
    let chooses = machine.states.iter().any(|state| matches!(state.kind, StateKind::Choice(_)));
    let waits = machine.states.iter().any(|state| matches!(state.kind, StateKind::Wait(_)));
    ExecutionTable { start: machine.start as u16, states: states.collect(), chooses, waits }
}

/// What a task that takes a link makes of the table of its calls: its own time-out, and how it is tried again.
pub(super) fn call(
    topology: &Topology,
    link: usize,
    rules: &StepRules,
    table: &mut RequestTable,
    is_sent_to: impl Fn(ResourceId) -> bool,
) {
    let machine = topology.machine(&topology.links[link].from);
    let mut states = machine.into_iter().flat_map(|machine| &machine.states);
    if let Some(StateKind::Task(task)) =
        states.find(|state| state.link() == Some(link)).map(|state| &state.kind)
    {
        table.timeout = task.timeout.or(table.timeout);
    }
    table.task = task(topology, link, rules, &table.answers, is_sent_to);
}

/// How the task that takes a link is tried again; nothing where no task of a state machine does.
fn task(
    topology: &Topology,
    link: usize,
    rules: &StepRules,
    answers: &[FailureAnswer],
    is_sent_to: impl Fn(ResourceId) -> bool,
) -> Option<TaskTable> {
    let machine = topology.machine(&topology.links[link].from)?;
    let state = machine.states.iter().position(|state| state.link() == Some(link))?;
    let outwards = Levels::of(machine).outwards(state);
    let states = || outwards.iter().map(|state| &machine.states[*state]);
    let names = states().flat_map(|state| {
        let retries = state.retries.iter().flat_map(|retrier| &retrier.errors);
        retries.chain(state.catches.iter().flat_map(|catcher| &catcher.errors))
    });
    let listed = names.clone().find(|name| !RESERVED.iter().any(|start| name.starts_with(start)));
    let meaning = Meaning { answers, never: &rules.never, listed: listed.map(String::as_str) };
    let levels = states().enumerate().map(|(position, state)| HandlerTable {
        retriers: state.retries.iter().map(|one| retrier(one, meaning.of(&one.errors, position))).collect(),
        catchers: (state.catches.iter())
            .map(|one| (meaning.of(&one.errors, position), one.next as u16))
            .collect(),
    });
    let is_gone = is_forgotten(topology, machine) || is_sent_to(machine.resource);
    let is_express = machine.kind.value == MachineKind::Express;
    let keeps = !is_express || machine.log == InputLog::Everything;
    Some(TaskTable {
        levels: levels.collect(),
        class: listed.map(|_| rules.class.clone()),
        jitter: rules.jitter.clone(),
        retry: rules.retry,
        caught: rules.caught,
        failed: rules.failed,
        gone: (is_gone && !keeps).then_some(rules.gone),
        next: led_by(machine, state, rules),
        twice: (is_gone && is_express).then_some(rules.twice),
    })
}

/// By which rule a state begins after others.
fn led_by(machine: &StateMachine, state: usize, rules: &StepRules) -> RuleId {
    let leads = machine.states.iter().find_map(|one| match (&one.kind, one.next) {
        (StateKind::Choice(branches), _) if branches.contains(&state) => Some(rules.choice),
        (StateKind::Wait(_), Onward::To(next)) if next == state => Some(rules.wait),
        _ => None,
    });
    leads.unwrap_or(rules.next)
}

/// Whether something starts a state machine and does not wait for the end.
fn is_forgotten(topology: &Topology, machine: &StateMachine) -> bool {
    let own = LinkEnd::Resource(machine.resource);
    topology.links.iter().any(|link| {
        let waits = match &link.from {
            LinkEnd::Resource(id) => {
                matches!(topology.resource(*id).detail, ResourceDetail::Channel(ChannelKind::Front))
            }
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => false,
        };
        let waits = waits && link.model == InvocationModel::Sync;
        matches!(link.detail, LinkDetail::Delivers(_)) && link.to == own && !waits
    })
}

fn retrier(one: &Retrier, errors: Errors) -> RetrierTable {
    RetrierTable {
        errors,
        attempts: one.attempts,
        interval: one.interval,
        rate: one.rate,
        longest: one.longest.unwrap_or(Duration::MAX),
        is_drawn: one.jitter == Jitter::Full,
    }
}

/// What lists of names mean.
struct Meaning<'a> {
    answers: &'a [FailureAnswer],
    never: &'a [String],
    listed: Option<&'a str>,
}

impl Meaning<'_> {
    /// The errors that a list means; further out than the task itself it may name what became of the branch.
    fn of(&self, names: &[String], position: usize) -> Errors {
        let never: Vec<&str> = self.never.iter().map(String::as_str).collect();
        let is_branch = position > 0 && names.iter().any(|name| name == BRANCH_FAILED);
        let known = Failure::ALL.map(|failure| (TaskError::Named(failure), self.name(failure)));
        let listed = self.listed.map(|name| (TaskError::Listed, name));
        let all = known.into_iter().chain(listed);
        let meant = all.filter(|(_, name)| is_branch || is_meant(names, name, &never));
        meant.fold(Errors::default(), |errors, (error, _)| errors.with(error))
    }

    fn name(&self, failure: Failure) -> &str {
        self.answers.get(failure as usize).map_or("", |answer| answer.seen.as_str())
    }
}
