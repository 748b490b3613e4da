//! State machines: what a definition in the Amazon States Language comes to.
//!
//! Absent: what its expressions make of data. A choice is free among its branches, and a map has one item.

use crate::topology::{LinkEnd, ResourceId, Setting, Words};
use crate::vocabulary::{Duration, Place};

/// A state machine whose definition is at hand.
#[derive(Clone, Debug)]
pub struct StateMachine {
    /// The resource.
    pub resource: ResourceId,
    /// `Type`: how its executions are kept and how often they run.
    pub kind: Setting<MachineKind>,
    /// In whose words its type is written, where it is.
    pub words: Words,
    /// Whether a log keeps the input of each execution.
    pub log: InputLog,
    /// `TimeoutSeconds` of the definition.
    pub timeout: Option<Duration>,
    /// Its states, those within maps and parallel branches included; outer ones come first.
    pub states: Vec<State>,
    /// The state that an execution begins with: a position among the states.
    pub start: usize,
    /// What AWS refuses about the definition.
    pub problems: Vec<MachineProblem>,
}

/// Standard or Express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MachineKind {
    /// Each execution is kept, and runs once.
    Standard,
    /// Executions are short, are not kept, and may run twice.
    Express,
}

impl MachineKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Express];

    /// The word in templates.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }
}

impl std::fmt::Display for MachineKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// Whether a log keeps the input of each execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputLog {
    /// It holds everything, data included.
    Everything,
    /// There is none, or it holds less.
    Not,
}

/// One state.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: StateKind,
    /// Where it leads.
    pub next: Onward,
    /// `Retry`, in order.
    pub retries: Vec<Retrier>,
    /// `Catch`, in order.
    pub catches: Vec<Catcher>,
    /// Where it stands.
    pub place: Place,
}

/// What comes after a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// Another state.
    To(usize),
    /// The end of the execution, of the branch or of the item.
    End,
}

/// What a state does.
#[derive(Clone, Debug)]
pub enum StateKind {
    /// It has something done.
    Task(Task),
    /// It changes data.
    Pass,
    /// It waits.
    Wait(Duration),
    /// It goes on with one of these: those of its rules in order, then the default.
    Choice(Vec<usize>),
    /// It runs branches, each from its first state.
    Parallel(Vec<usize>),
    /// It runs the same for each item.
    Map(MapRun),
    /// It ends well.
    Succeed,
    /// It ends with an error of this name.
    Fail(String),
}

/// How a map runs its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapRun {
    /// The first state of each item.
    pub start: usize,
    /// How many items run at once; no limit where it is none.
    pub at_once: Option<u32>,
    /// How many of a hundred items may fail.
    pub tolerated: u32,
}

/// What a task does, and how long it may take.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it calls.
    pub action: TaskAction,
    /// Whether it waits until somebody returns its token.
    pub token: TokenUse,
    /// `TimeoutSeconds`.
    pub timeout: Option<Duration>,
    /// `HeartbeatSeconds`.
    pub heartbeat: Option<Duration>,
}

/// What a task calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskAction {
    /// A function, by this link of the topology.
    Invoke(usize),
    /// A function that it does not wait for, a queue, a topic, a bus or another state machine, by this link.
    Send(usize),
    /// Something that is not simulated: it is done at once.
    Other(String),
}

/// Whether a task waits for its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenUse {
    /// It does not have one.
    None,
    /// `.waitForTaskToken`.
    Waits,
}

/// When and how a state is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrier {
    /// `ErrorEquals`.
    pub errors: Vec<String>,
    /// `IntervalSeconds`.
    pub interval: Duration,
    /// `MaxAttempts`.
    pub attempts: u32,
    /// `BackoffRate`, in thousandths.
    pub rate: u64,
    /// `MaxDelaySeconds`.
    pub longest: Option<Duration>,
    /// `JitterStrategy`.
    pub jitter: Jitter,
}

/// Whether the pauses before retries are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Jitter {
    /// They are as they are computed.
    None,
    /// Anything from nothing to what is computed.
    Full,
}

/// Where an error leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catcher {
    /// `ErrorEquals`.
    pub errors: Vec<String>,
    /// `Next`.
    pub next: usize,
}

/// Something about a definition that AWS refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineProblem {
    /// The validation rule.
    pub rule: &'static str,
    /// The path within the definition, such as `States.Fulfil.Next`.
    pub property: String,
    /// What is written.
    pub value: String,
    /// What would be accepted.
    pub allowed: String,
    /// Where it stands.
    pub place: Place,
}

/// The wildcard for errors of all names.
pub const ANY_ERROR: &str = "States.ALL";
/// The wildcard for errors of tasks.
pub const TASK_FAILED: &str = "States.TaskFailed";
/// A task that takes too long.
pub const TIMED_OUT: &str = "States.Timeout";
/// A task whose worker is not heard of.
pub const NO_HEARTBEAT: &str = "States.HeartbeatTimeout";
/// A branch that fails.
pub const BRANCH_FAILED: &str = "States.BranchFailed";

/// Whether a list of names means an error; `kept` are names of errors that no wildcard means.
pub fn is_meant(errors: &[String], name: &str, kept: &[&str]) -> bool {
    //= step_functions.wildcards
    errors.iter().any(|listed| match listed.as_str() {
        ANY_ERROR => !kept.contains(&name),
        TASK_FAILED => name != TIMED_OUT && !kept.contains(&name),
        // A task whose heartbeat is missed has taken too long, too.
        TIMED_OUT => name == TIMED_OUT || name == NO_HEARTBEAT,
        listed => listed == name,
    })
}

impl StateMachine {
    /// The positions of the links over which its tasks reach something.
    pub fn links(&self) -> impl Iterator<Item = usize> + '_ {
        self.states.iter().filter_map(State::link)
    }

    /// What a state leads to, its own inside left out: errors lead further too.
    pub fn targets(&self, state: usize) -> Vec<usize> {
        let state = &self.states[state];
        let mut targets: Vec<usize> = match &state.kind {
            StateKind::Choice(branches) => branches.clone(),
            StateKind::Task(_)
            | StateKind::Pass
            | StateKind::Wait(_)
            | StateKind::Parallel(_)
            | StateKind::Map(_)
            | StateKind::Succeed
            | StateKind::Fail(_) => match state.next {
                Onward::To(next) => vec![next],
                Onward::End => Vec::new(),
            },
        };
        targets.extend(state.catches.iter().map(|catcher| catcher.next));
        targets
    }
}

impl State {
    /// The link over which it reaches something.
    pub fn link(&self) -> Option<usize> {
        match &self.kind {
            StateKind::Task(Task { action: TaskAction::Invoke(link) | TaskAction::Send(link), .. }) => {
                Some(*link)
            }
            StateKind::Task(_)
            | StateKind::Pass
            | StateKind::Wait(_)
            | StateKind::Choice(_)
            | StateKind::Parallel(_)
            | StateKind::Map(_)
            | StateKind::Succeed
            | StateKind::Fail(_) => None,
        }
    }
}

impl crate::topology::Topology {
    /// The state machine at an end of a link, where its definition is at hand.
    pub fn machine(&self, end: &LinkEnd) -> Option<&StateMachine> {
        let LinkEnd::Resource(id) = end else { return None };
        self.machines.iter().find(|machine| machine.resource == *id)
    }
}
