//! The reading of one definition: what it has found so far, and what AWS refuses about it.

use std::collections::BTreeMap;

use crate::models::Models;
use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::tree::{at, render, scalar};
use crate::topology::{
    InputLog, LinkEnd, MachineKind, MachineProblem, ResourceId, Setting, State, StateMachine, Words,
};
use crate::vocabulary::Duration;

/// The names of one level, and the positions of its states.
pub(super) type Names = BTreeMap<String, usize>;

/// A definition that is being read.
#[derive(Debug)]
pub(super) struct Reading<'b, 'a> {
    pub(super) build: &'b mut Build<'a>,
    pub(super) machine: LinkEnd,
    pub(super) kind: Setting<MachineKind>,
    words: Words,
    pub(super) states: Vec<State>,
    log: InputLog,
    id: ResourceId,
    pub(super) problems: Vec<MachineProblem>,
}

impl<'b, 'a> Reading<'b, 'a> {
    /// Nothing read yet.
    pub(super) fn of(
        build: &'b mut Build<'a>,
        id: ResourceId,
        (kind, words): (Setting<MachineKind>, Words),
        log: InputLog,
    ) -> Self {
        let machine = LinkEnd::Resource(id);
        Self { build, machine, kind, words, states: Vec::new(), log, id, problems: Vec::new() }
    }

    /// The whole machine; nothing where there are no states at all.
    pub(super) fn read(mut self, definition: &Node) -> Option<StateMachine> {
        let timeout = self.seconds(definition, "TimeoutSeconds", "", "step_functions.task_times");
        let start = self.region(definition, "")?;
        self.names();
        Some(StateMachine {
            resource: self.id,
            kind: self.kind,
            words: self.words,
            log: self.log,
            timeout,
            states: self.states,
            start,
            problems: self.problems,
        })
    }

    /// Names are unique in the whole definition.
    fn names(&mut self) {
        //= step_functions.names
        let longest = self.models().count("step_functions.names", "longest").unwrap_or(u64::MAX);
        let mut found = Vec::new();
        for (index, state) in self.states.iter().enumerate() {
            let twice = self.states[..index].iter().any(|other| other.name == state.name);
            if twice || state.name.chars().count() as u64 > longest {
                let allowed = format!("a name that no other state has, of at most {longest} characters");
                found.push((state.name.clone(), allowed, state.place.clone()));
            }
        }
        for (name, allowed, place) in found {
            let property = format!("States.{name}");
            self.problems.push(MachineProblem {
                rule: "step_functions.names",
                property,
                value: name,
                allowed,
                place,
            });
        }
    }

    pub(super) const fn models(&self) -> &'a Models {
        self.build.models
    }

    /// Something that AWS refuses.
    pub(super) fn refuse(
        &mut self,
        rule: &'static str,
        property: &str,
        node: &Node,
        allowed: impl Into<String>,
    ) {
        let value = short(&render(node));
        let (property, allowed, place) = (property.to_owned(), allowed.into(), node.place.clone());
        self.problems.push(MachineProblem { rule, property, value, allowed, place });
    }

    /// Something that is missing.
    pub(super) fn missing(
        &mut self,
        rule: &'static str,
        property: &str,
        of: &Node,
        allowed: impl Into<String>,
    ) {
        let (property, allowed, place) = (property.to_owned(), allowed.into(), of.place.clone());
        self.problems.push(MachineProblem { rule, property, value: "nothing".to_owned(), allowed, place });
    }

    /// A length in whole seconds, within the range that a rule has; nothing where an expression tells it.
    pub(super) fn seconds(
        &mut self,
        of: &Node,
        key: &str,
        path: &str,
        rule: &'static str,
    ) -> Option<Duration> {
        let models = self.models();
        let limit = |name: &str, otherwise: u64| models.count(rule, name).unwrap_or(otherwise);
        let range = (limit("least", 0), limit("most", u64::MAX));
        self.whole(of, key, path, rule, range).map(Duration::from_secs)
    }

    /// A whole number within a range.
    pub(super) fn whole(
        &mut self,
        of: &Node,
        key: &str,
        path: &str,
        rule: &'static str,
        (least, most): (u64, u64),
    ) -> Option<u64> {
        let written = at(of, key)?;
        let property = joined(path, key);
        let text = scalar(written)?;
        if is_expression(text) {
            let (machine, what) = (self.machine.clone(), "an expression");
            let cost = format!("{property} is known to an expression only: it counts as left out");
            self.build.task_unmodelled(&machine, path, what, &cost, written);
            return None;
        }
        let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(rule, &property, written, format!("a whole number from {least} to {most}"));
        }
        number.or_else(|| text.parse().ok())
    }
}

/// Whether a text is an expression of `JSONata`.
pub(super) fn is_expression(text: &str) -> bool {
    text.trim_start().starts_with("{%")
}

/// A path within the definition.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Long values are cut in messages.
const LONGEST: usize = 60;

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}
