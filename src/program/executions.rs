//! Compiles state machines: their states as tables, and how each of their tasks is tried again or caught.

use crate::models::{ModelError, Models, RuleId};
use crate::program::callbacks::{has_tokens, name_patience, patience};
use crate::program::compile::Builder;
use crate::program::steps::{
    Errors, ExecutionTable, HandlerTable, Longest, Outlook, RetrierTable, StateShape, StateTable, StepTable,
    TaskError, TaskTable,
};
use crate::program::ways::Way;
use crate::program::{Failure, FailureAnswer, Network, OpenRule, PushKind, RequestTable, RouteTable};
use crate::topology::{
    BRANCH_FAILED, ChannelKind, InputLog, InvocationModel, Jitter, LinkDetail, LinkEnd, MachineKind, Onward,
    ResourceDetail, ResourceId, Retrier, State, StateKind, StateMachine, Task, TaskAction, TokenUse,
    Topology, is_meant,
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
    longest: RuleId,
    longest_standard: Duration,
    longest_express: Duration,
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
        let longest = find("execution.longest")?;
        let at_most = |kind: &str| models.duration(&models.rule(longest).id, kind);
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
            longest,
            longest_standard: at_most("standard")?,
            longest_express: at_most("express")?,
        }))
    }
}

/// The executions that one channel begins, and who waits to be called back for what it hands on.
#[derive(Clone, Debug, Default)]
pub(super) struct Begun {
    /// The links up to a state machine, and which execution it is.
    executions: Vec<(Vec<usize>, u16)>,
    /// The link over which something is handed on, in which execution, and which callback it is.
    pub(super) callbacks: Vec<((usize, Option<u16>), u16)>,
}

impl Begun {
    /// What executions wait for is known once all routes are, from the given one on: a task that hands something to
    /// nobody of the system goes on at once.
    pub(super) fn settle(&self, network: &mut Network, first: usize) {
        for (_, execution) in &self.executions {
            let (routes, pushes, hops) = (&network.routes[first..], &network.pushes, &network.hops);
            let is_request = |place: u16| {
                let mut own = pushes.iter().filter(|push| push.queue == place);
                own.any(|push| push.kind == PushKind::Request)
            };
            let waited = routes.iter().filter_map(|route| {
                let step = route.step.filter(|step| step.execution == *execution)?;
                let sends = hops[usize::from(route.hops.0 + step.hop)].task.is_some();
                let waits = sends || route.callback.is_some() || is_request(route.place);
                waits.then_some(usize::from(step.state))
            });
            let waited: Vec<usize> = waited.collect();
            let table = &mut network.executions[usize::from(*execution)];
            for (index, state) in table.states.iter_mut().enumerate() {
                if state.shape == StateShape::Called && !waited.contains(&index) {
                    (state.shape, state.handlers) = (StateShape::Passed(Duration::ZERO), Vec::new());
                }
            }
            let own = |route: &&RouteTable| route.step.is_some_and(|step| step.execution == *execution);
            table.skips =
                network.routes[first..].iter().filter(own).any(|route| !route.unwanted_behind.is_empty());
            let reached = table.reached(Instant::START, &[], Outlook::Now);
            for route in &mut network.routes[first..] {
                if let Some(step) = route.step.as_mut().filter(|step| step.execution == *execution) {
                    step.after = reached[usize::from(step.state)].map(|at| at.since(Instant::START));
                }
            }
        }
    }
}

impl Builder<'_> {
    /// Where the last link of a way stands in an execution of a state machine.
    pub(super) fn step(&self, way: &Way, begun: &mut Begun, network: &mut Network) -> Option<StepTable> {
        let rules = self.push_rules.steps.as_ref()?;
        let is_sent_to = |id| self.sends.iter().any(|send| send.target == id);
        step(self.topology, way, rules, is_sent_to, (begun, network))
    }
}

impl Builder<'_> {
    /// The task of a state machine that hands something on over a link, and does not wait for a function.
    pub(super) fn sending_task(&self, link: usize, network: &mut Network) -> Option<u16> {
        let rules = self.push_rules.steps.as_ref()?;
        let detail = &self.topology.links[link];
        let machine = self.topology.machine(&detail.from)?;
        let state = machine.states.iter().find(|state| state.link() == Some(link))?;
        let StateKind::Task(Task { action: TaskAction::Send(_), .. }) = state.kind else { return None };
        let answers = &self.push_rules.of(&detail.source).request.answers;
        let is_sent_to = |id| self.sends.iter().any(|send| send.target == id);
        network.tasks.push(task(self.topology, link, rules, answers, is_sent_to)?);
        Some((network.tasks.len() - 1) as u16)
    }
}

/// Where the last link of a way that a state machine takes stands in an execution of it.
fn step(
    topology: &Topology,
    way: &Way,
    rules: &StepRules,
    is_sent_to: impl Fn(ResourceId) -> bool,
    (begun, network): (&mut Begun, &mut Network),
) -> Option<StepTable> {
    let (hop, machine, state) = way.links.iter().enumerate().rev().find_map(|(hop, link)| {
        let machine = topology.machine(&topology.links[*link].from)?;
        let state = machine.states.iter().position(|state| state.link() == Some(*link))?;
        Some((hop, machine, state))
    })?;
    let before = &way.links[..hop];
    // What tells machines that one channel reaches apart is their first link.
    let key: Vec<usize> = before.iter().copied().chain([machine.resource.0 as usize]).collect();
    let known = begun.executions.iter().find(|(other, _)| *other == key).map(|(_, execution)| *execution);
    let execution = known.unwrap_or_else(|| {
        let name = topology.resource(machine.resource).name.as_str();
        let longest = longest(topology, machine, rules, &is_sent_to);
        network.executions.push(execution(name, machine, longest));
        let execution = (network.executions.len() - 1) as u16;
        begun.executions.push((key, execution));
        execution
    });
    Some(StepTable { execution, state: state as u16, hop: hop as u16, after: None })
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

/// How long an execution may last; nothing where it has a year, and nothing in it can take anything near that.
fn longest(
    topology: &Topology,
    machine: &StateMachine,
    rules: &StepRules,
    is_sent_to: impl Fn(ResourceId) -> bool,
) -> Option<Longest> {
    //= step_functions.longest
    let length = match machine.kind.value {
        MachineKind::Express => rules.longest_express,
        MachineKind::Standard => rules.longest_standard,
    };
    let is_short = machine.kind.value == MachineKind::Express || machine.timeout.is_some();
    let lingers = machine.states.iter().any(|state| matches!(state.kind, StateKind::Wait(_)))
        || has_tokens(topology, &LinkEnd::Resource(machine.resource));
    let gone = is_unkept(topology, machine, &is_sent_to).then_some(rules.gone);
    let length = machine.timeout.map_or(length, |timeout| timeout.min(length));
    (is_short || lingers).then_some(Longest { length, rule: rules.longest, gone })
}

fn execution(name: &str, machine: &StateMachine, longest: Option<Longest>) -> ExecutionTable {
    let levels = Levels::of(machine);
    let states = machine.states.iter().enumerate().map(|(index, state)| {
        let shape = match &state.kind {
            StateKind::Task(task) => match task.action {
                TaskAction::Invoke(_) | TaskAction::Send(_) => StateShape::Called,
                TaskAction::Other(_) => StateShape::Passed(Duration::ZERO),
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
        let is_handed_on = match &state.kind {
            StateKind::Task(task) => {
                matches!(task.action, TaskAction::Send(_)) && task.token == TokenUse::None
            }
            _ => false,
        };
        StateTable { word, shape, next, level: levels.of[index], handlers, is_handed_on }
    });
    let chooses = machine.states.iter().any(|state| matches!(state.kind, StateKind::Choice(_)));
    let waits = machine.states.iter().any(|state| matches!(state.kind, StateKind::Wait(_)));
    ExecutionTable {
        start: machine.start as u16,
        states: states.collect(),
        chooses,
        waits,
        skips: false,
        longest,
    }
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
        table.timeout = match task.token {
            TokenUse::None => task.timeout.or(table.timeout),
            //= step_functions.no_token
            TokenUse::Waits => {
                let (patience, name) = patience(task);
                name_patience(name, &mut table.answers);
                patience
            }
        };
    }
    table.task = task(topology, link, rules, &table.answers, is_sent_to);
}

/// How the task that takes a link is tried again; nothing where no task of a state machine does.
pub(super) fn task(
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
    Some(TaskTable {
        levels: levels.collect(),
        class: listed.map(|_| rules.class.clone()),
        jitter: rules.jitter.clone(),
        dead_ends: dead_ends(machine, &outwards),
        retry: rules.retry,
        caught: rules.caught,
        failed: rules.failed,
        gone: is_unkept(topology, machine, &is_sent_to).then_some(rules.gone),
        next: led_by(machine, state, rules),
        twice: (is_gone && is_express).then_some(rules.twice),
    })
}

/// The states that catchers lead to and that end an execution as failed, without another call.
fn dead_ends(machine: &StateMachine, outwards: &[usize]) -> Vec<u16> {
    let caught = outwards.iter().flat_map(|state| &machine.states[*state].catches);
    let fails = |start: usize| {
        let mut at = start;
        for _ in 0..machine.states.len() {
            let state = &machine.states[at];
            match (&state.kind, state.next) {
                (StateKind::Fail(_), _) => return true,
                (StateKind::Pass | StateKind::Wait(_), Onward::To(next)) => at = next,
                (_, _) => return false,
            }
        }
        false
    };
    caught.map(|one| one.next).filter(|next| fails(*next)).map(|next| next as u16).collect()
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

/// Whether nothing is left of an execution that ends badly, and nobody is told.
fn is_unkept(topology: &Topology, machine: &StateMachine, is_sent_to: impl Fn(ResourceId) -> bool) -> bool {
    let keeps = machine.kind.value == MachineKind::Standard || machine.log == InputLog::Everything;
    !keeps && (is_forgotten(topology, machine) || is_sent_to(machine.resource))
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
