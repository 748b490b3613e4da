//! One level of a definition: its states, where they lead, and whether all of them can be reached.

use crate::template::Node;
use crate::template::build::states::errors::suggestion;
use crate::template::build::states::reading::{Names, Reading, is_expression, joined};
use crate::template::tree::{at, entries, items_at, scalar_at};
use crate::topology::{MapRun, Onward, State, StateKind, Task, TaskAction, TokenUse};
use crate::vocabulary::{Duration, did_you_mean};

const TYPE: &str = "step_functions.state_type";
const TRANSITION: &str = "step_functions.transition";
const DEFINITION: &str = "step_functions.definition";
/// Levels of maps and branches within each other; more are a mistake, or hostile.
const DEEPEST: usize = 24;

impl Reading<'_, '_> {
    /// Reads one level; returns its first state, or nothing where it has none.
    pub(super) fn region(&mut self, of: &Node, path: &str) -> Option<usize> {
        //= step_functions.definition
        let property = joined(path, "States");
        let Some(states) = at(of, "States").filter(|states| !entries(states).is_empty()) else {
            self.missing(DEFINITION, &property, of, "an object with at least one state");
            return None;
        };
        if path.matches(".States").count() > DEEPEST {
            self.missing(DEFINITION, &property, states, "fewer levels");
            return None;
        }
        let (first, before) = (self.states.len(), self.problems.len());
        let mut names = Names::new();
        for entry in entries(states) {
            names.insert(entry.key.clone(), self.states.len());
            self.states.push(State {
                name: entry.key.clone(),
                kind: StateKind::Pass,
                next: Onward::End,
                retries: Vec::new(),
                catches: Vec::new(),
                place: entry.key_place.clone(),
            });
        }
        let own = first..self.states.len();
        for (index, entry) in own.clone().zip(entries(states)) {
            self.state(index, &entry.node, &format!("{property}.{}", entry.key), &names);
        }
        let start = self.start(of, path, &names);
        let begin = start.unwrap_or(first);
        // Where a name leads nowhere, that is the mistake, and not that a state cannot be reached.
        let is_whole =
            self.problems[before..].iter().all(|problem| ![TRANSITION, TYPE].contains(&problem.rule));
        if is_whole && start.is_some() {
            self.reach(begin, own, &property);
        }
        Some(begin)
    }

    fn start(&mut self, of: &Node, path: &str, names: &Names) -> Option<usize> {
        const ALLOWED: &str = "the name of one of its states";
        let (name, property) = (scalar_at(of, "StartAt").unwrap_or_default(), joined(path, "StartAt"));
        let found = names.get(name).copied();
        match at(of, "StartAt") {
            Some(written) if found.is_none() => {
                let allowed = format!("{ALLOWED}; {}", suggestion(name, names));
                self.refuse(DEFINITION, &property, written, allowed);
            }
            Some(_) => {}
            None => self.missing(DEFINITION, &property, of, ALLOWED),
        }
        found
    }

    /// Every state can be reached from the first one, and some state ends.
    fn reach(&mut self, start: usize, own: std::ops::Range<usize>, path: &str) {
        //= step_functions.reachable
        //= step_functions.terminal
        let mut seen = vec![start];
        let mut next = 0;
        while next < seen.len() {
            for target in targets(&self.states[seen[next]]) {
                if !seen.contains(&target) {
                    seen.push(target);
                }
            }
            next += 1;
        }
        let ends = seen.iter().any(|state| is_end(&self.states[*state]));
        let mut found = Vec::new();
        if !ends {
            found.push(("step_functions.terminal", start, "a state that ends it"));
        }
        let unreached = own.filter(|state| !seen.contains(state));
        found.extend(unreached.map(|state| {
            ("step_functions.reachable", state, "a state that another one leads to, or none of this name")
        }));
        for (rule, state, allowed) in found {
            let (name, place) = (self.states[state].name.clone(), self.states[state].place.clone());
            let node = crate::template::tree::text(&name, &place);
            self.refuse(rule, &format!("{path}.{name}"), &node, allowed);
        }
    }

    fn state(&mut self, index: usize, node: &Node, path: &str, names: &Names) {
        let kind = self.state_kind(node, path, names);
        let (retries, catches) = (self.retries(node, path), self.catches(node, path, names));
        if let (StateKind::Parallel(_) | StateKind::Map(_), Some(retry)) = (&kind, at(node, "Retry")) {
            let machine = self.machine.clone();
            let cost =
                "its retriers repeat only the task within that failed, and not what was done beside it";
            self.build.task_unmodelled(&machine, path, "Retry around tasks", cost, retry);
        }
        let next = self.onward(&kind, node, path, names);
        let state = &mut self.states[index];
        (state.kind, state.next, state.retries, state.catches) = (kind, next, retries, catches);
    }

    fn onward(&mut self, kind: &StateKind, node: &Node, path: &str, names: &Names) -> Onward {
        let ends = scalar_at(node, "End") == Some("true");
        let (has_next, has_end) = (at(node, "Next").is_some(), at(node, "End").is_some());
        match kind {
            StateKind::Choice(_) | StateKind::Succeed | StateKind::Fail(_) => {
                if let Some(extra) = ["Next", "End"].iter().find_map(|key| at(node, key)) {
                    self.refuse(TRANSITION, path, extra, "neither Next nor End in a state of this type");
                }
                Onward::End
            }
            StateKind::Task(_)
            | StateKind::Pass
            | StateKind::Wait(_)
            | StateKind::Parallel(_)
            | StateKind::Map(_) => {
                if has_next && has_end {
                    let written = at(node, "End").unwrap_or(node);
                    self.refuse(TRANSITION, &joined(path, "End"), written, "Next or End, not both");
                }
                if !has_next && !ends {
                    self.missing(TRANSITION, path, node, "Next, or End: true");
                    return Onward::End;
                }
                if !has_next {
                    return Onward::End;
                }
                self.target(node, "Next", path, names).map_or(Onward::End, Onward::To)
            }
        }
    }

    fn state_kind(&mut self, node: &Node, path: &str, names: &Names) -> StateKind {
        //= step_functions.state_type
        match scalar_at(node, "Type") {
            Some("Task") => self.task(node, path),
            Some("Pass") => StateKind::Pass,
            Some("Wait") => StateKind::Wait(self.wait(node, path)),
            Some("Choice") => StateKind::Choice(self.choice(node, path, names)),
            Some("Parallel") => self.parallel(node, path),
            Some("Map") => self.map(node, path),
            Some("Succeed") => StateKind::Succeed,
            Some("Fail") => StateKind::Fail(scalar_at(node, "Error").unwrap_or_default().to_owned()),
            Some(_) | None => {
                let known = self.models().texts(TYPE, "types").unwrap_or_default();
                let types = format!("one of {}", known.join(", "));
                let property = joined(path, "Type");
                match at(node, "Type") {
                    Some(written) => {
                        let name = scalar_at(node, "Type").unwrap_or_default();
                        let allowed = format!("{types}; {}", did_you_mean(name, &known));
                        self.refuse(TYPE, &property, written, allowed);
                    }
                    None => self.missing(TYPE, &property, node, types),
                }
                StateKind::Pass
            }
        }
    }

    fn wait(&mut self, node: &Node, path: &str) -> Duration {
        if let Some(length) = self.seconds(node, "Seconds", path, "step_functions.task_times") {
            return length;
        }
        let fields = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        match fields.iter().find_map(|key| at(node, key)) {
            None => self.missing(TYPE, path, node, "Seconds, SecondsPath, Timestamp or TimestampPath"),
            Some(written) => {
                let machine = self.machine.clone();
                let cost = "how long it waits is known at run time only: it does not wait at all";
                self.build.task_unmodelled(&machine, path, "a wait of unknown length", cost, written);
            }
        }
        Duration::ZERO
    }

    /// The branches of a choice: those of its rules in order, then the default.
    fn choice(&mut self, node: &Node, path: &str, names: &Names) -> Vec<usize> {
        let rules = items_at(node, "Choices");
        if rules.is_empty() {
            self.missing(TYPE, &joined(path, "Choices"), node, "at least one rule");
        }
        let mut branches = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let next = self.target(rule, "Next", &format!("{path}.Choices[{index}]"), names);
            branches.extend(next.filter(|next| !branches.contains(next)));
        }
        if at(node, "Default").is_some() {
            let next = self.target(node, "Default", path, names);
            branches.extend(next.filter(|next| !branches.contains(next)));
        }
        branches
    }

    fn parallel(&mut self, node: &Node, path: &str) -> StateKind {
        let branches = items_at(node, "Branches");
        if branches.is_empty() {
            self.missing(TYPE, &joined(path, "Branches"), node, "at least one branch");
        }
        let each = branches.iter().enumerate();
        let starts =
            each.filter_map(|(index, branch)| self.region(branch, &format!("{path}.Branches[{index}]")));
        StateKind::Parallel(starts.collect())
    }

    fn map(&mut self, node: &Node, path: &str) -> StateKind {
        let inner = ["ItemProcessor", "Iterator"].iter().find_map(|key| Some((*key, at(node, key)?)));
        let Some((key, inner)) = inner else {
            self.missing(TYPE, &joined(path, "ItemProcessor"), node, "the states that run for each item");
            return StateKind::Pass;
        };
        let mode = at(inner, "ProcessorConfig").and_then(|config| scalar_at(config, "Mode"));
        let what = if mode == Some("DISTRIBUTED") { "a distributed map" } else { "a map" };
        let machine = self.machine.clone();
        let cost = "it runs for one item, since how many there are is not simulated";
        self.build.task_unmodelled(&machine, path, what, cost, inner);
        let limit = scalar_at(node, "MaxConcurrency").and_then(|text| text.parse::<u32>().ok());
        let tolerated =
            scalar_at(node, "ToleratedFailurePercentage").and_then(|text| text.parse::<u32>().ok());
        let Some(start) = self.region(inner, &joined(path, key)) else { return StateKind::Pass };
        let at_once = limit.filter(|limit| *limit > 0);
        StateKind::Map(MapRun { start, at_once, tolerated: tolerated.unwrap_or(0) })
    }

    fn task(&mut self, node: &Node, path: &str) -> StateKind {
        //= step_functions.task_times
        let rule = "step_functions.task_times";
        let timeout = self.seconds(node, "TimeoutSeconds", path, rule);
        let heartbeat = self.seconds(node, "HeartbeatSeconds", path, rule);
        if let (Some(timeout), Some(heartbeat), Some(written)) =
            (timeout, heartbeat, at(node, "HeartbeatSeconds"))
            && heartbeat >= timeout
        {
            let allowed = format!("less than TimeoutSeconds, which is {timeout}");
            self.refuse(rule, &joined(path, "HeartbeatSeconds"), written, allowed);
        }
        let Some(resource) = at(node, "Resource") else {
            self.missing(TYPE, &joined(path, "Resource"), node, "what the task calls");
            return StateKind::Task(Task {
                action: TaskAction::Other("nothing".to_owned()),
                token: TokenUse::None,
                timeout,
                heartbeat,
            });
        };
        for key in ["TimeoutSecondsPath", "HeartbeatSecondsPath"] {
            if let Some(written) = at(node, key).filter(|_| !scalar_at(node, key).is_some_and(is_expression))
            {
                let machine = self.machine.clone();
                let cost = format!("{path}.{key} is known at run time only: the time counts as left out");
                self.build.task_unmodelled(&machine, path, "a time of unknown length", &cost, written);
            }
        }
        let (action, token) = self.action(node, resource, path);
        StateKind::Task(Task { action, token, timeout, heartbeat })
    }
}

/// What a state leads to.
fn targets(state: &State) -> Vec<usize> {
    let mut targets = match (&state.kind, state.next) {
        (StateKind::Choice(branches), _) => branches.clone(),
        (_, Onward::To(next)) => vec![next],
        (_, Onward::End) => Vec::new(),
    };
    targets.extend(state.catches.iter().map(|catcher| catcher.next));
    targets
}

fn is_end(state: &State) -> bool {
    match &state.kind {
        StateKind::Choice(_) => false,
        StateKind::Task(_)
        | StateKind::Pass
        | StateKind::Wait(_)
        | StateKind::Parallel(_)
        | StateKind::Map(_)
        | StateKind::Succeed
        | StateKind::Fail(_) => state.next == Onward::End,
    }
}
