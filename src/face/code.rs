//! The code of functions in Rust, behind the interface that every handler stands behind.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::explore::{CodeHandler, Handlers};
use crate::face::batch::Ends;
use crate::face::{Answer, Batch};
use crate::program::Program;
use crate::scenario::matches;
use crate::trace::EntityId;
use crate::vocabulary::Duration;
use crate::world::{Declared, Effects, Handler, Invocation, Outcome, Response, Step};

type Body = Box<dyn FnMut(&Batch<'_>) -> Answer + Send>;
type MakeBody = Arc<dyn Fn() -> Body + Send + Sync>;

/// The code of functions by their names, or by the beginnings of them before a trailing `*`.
#[derive(Clone, Default)]
pub(crate) struct Functions {
    by_name: Vec<(String, MakeBody)>,
}

impl Functions {
    /// Code that is made anew for every run, so that nothing it remembers passes from one run to the next.
    pub(crate) fn add<F>(&mut self, function: &str, make: impl Fn() -> F + Send + Sync + 'static)
    where
        F: FnMut(&Batch<'_>) -> Answer + Send + 'static,
    {
        let make = move || Box::new(make()) as Body;
        self.by_name.push((function.to_owned(), Arc::new(make)));
    }

    /// The names that code is given for.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.iter().map(|(name, _)| name.as_str())
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Handlers for Functions {
    fn handler<'a>(&'a self, program: &'a Program) -> Option<Box<dyn CodeHandler + 'a>> {
        let of = |entity: EntityId| {
            let name = program.name(entity).as_str();
            self.by_name.iter().rev().find(|(pattern, _)| matches(pattern, name)).map(|(_, make)| make)
        };
        let makers: BTreeMap<EntityId, &MakeBody> = program
            .functions
            .iter()
            .filter_map(|table| of(table.entity).map(|make| (table.entity, make)))
            .collect();
        (!makers.is_empty()).then(|| {
            let running = Running { program, makers, bodies: BTreeMap::new(), answers: BTreeMap::new() };
            Box::new(running) as Box<dyn CodeHandler + 'a>
        })
    }
}

/// The code of one thread's runs.
struct Running<'a> {
    program: &'a Program,
    makers: BTreeMap<EntityId, &'a MakeBody>,
    bodies: BTreeMap<EntityId, Body>,
    /// Answers of invocations that are still running, by batch.
    answers: BTreeMap<u32, Answer>,
}

impl Running<'_> {
    fn answer(&mut self, invocation: &Invocation<'_>) -> Option<Answer> {
        let make = self.makers.get(&invocation.function)?;
        let body = self.bodies.entry(invocation.function).or_insert_with(|| make());
        Some(body(&Batch::new(invocation, self.program)))
    }
}

impl CodeHandler for Running<'_> {
    fn clear(&mut self) {
        self.bodies.clear();
        self.answers.clear();
    }
}

impl Handler for Running<'_> {
    fn start(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        let Some(answer) = self.answer(invocation) else { return Declared.start(invocation, effects) };
        let usual = invocation.event_duration * invocation.items.len() as u64;
        let length = answer.takes.unwrap_or(Duration::ZERO).max(usual);
        self.answers.insert(invocation.batch, answer);
        Step::Sleep(length)
    }

    fn resume(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        let Some(answer) = self.answers.remove(&invocation.batch) else {
            return Declared.resume(invocation, effects);
        };
        effects.processed.extend_from_slice(&answer.processed);
        effects.failed.extend_from_slice(&answer.failed);
        Step::Done(match answer.ends {
            Ends::Throws => Outcome::Threw,
            Ends::ReturnsNonsense => Outcome::Returned(Response::Malformed),
            Ends::Returns if answer.listed.is_empty() => Outcome::Returned(Response::Success),
            Ends::Returns => {
                effects.listed.extend_from_slice(&answer.listed);
                Outcome::Returned(Response::ItemFailures)
            }
        })
    }

    /// The work on the first messages was done before the end came; a handler that never began is asked what it would
    /// have done.
    fn cut(&mut self, invocation: &Invocation<'_>, done: u32, effects: &mut Effects) {
        let begun = self.answers.remove(&invocation.batch);
        let Some(answer) = begun.or_else(|| self.answer(invocation)) else {
            return Declared.cut(invocation, done, effects);
        };
        effects.processed.extend(answer.processed.iter().filter(|position| **position < done));
        effects.failed.extend(answer.failed.iter().filter(|position| **position < done));
    }
}
