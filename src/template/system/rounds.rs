//! Evaluates the stacks of a system again and again, until none learns anything new from the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::template::Value;
use crate::template::declared::{Declared, Inner};
use crate::template::evaluate::{Company, Surroundings, Values};
use crate::template::system::nested::{self, Location};
use crate::template::system::outcome::{Outcome, outcome};
use crate::template::system::qualify::absolute;
use crate::template::system::settings::Setting;
use crate::template::system::stack::Stack;
use crate::template::tree::{self, at, path};
use crate::vocabulary::Diagnostic;

/// Rounds that a system may take. Each hands every value one stack further, and real chains have a few links.
const MOST_ROUNDS: usize = 50;

/// The stacks of a system at work.
#[derive(Debug)]
pub(super) struct Rounds<'a> {
    /// The stacks; nested ones behind those that were there first.
    pub(super) stacks: Vec<Stack>,
    /// What each came to, as far as it has a template.
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// What became of the templates that resources nest, by stack and logical id.
    pub(super) nested: BTreeMap<(usize, String), Nested>,
    /// Whether exports lead in a circle.
    pub(super) end: End,
    company: Company,
    settings: &'a [Setting],
}

/// What became of one nested template.
#[derive(Debug)]
pub(super) struct Nested {
    location: Location,
    /// The stack that it is, or why it is none.
    pub(super) stack: Result<usize, Inner>,
    /// What is wrong with it.
    pub(super) problem: Option<Diagnostic>,
}

/// How the rounds ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nobody learned anything new.
    Settled,
    /// There was no end to it.
    Circle,
}

/// Evaluates everything.
pub(super) fn settle(stacks: Vec<Stack>, company: Company, settings: &[Setting]) -> Rounds<'_> {
    let outcomes = stacks.iter().map(|_| None).collect();
    let end = End::Circle;
    let mut rounds = Rounds { stacks, outcomes, nested: BTreeMap::new(), end, company, settings };
    let mut stale: Vec<usize> = (0..rounds.stacks.len()).collect();
    for stack in &mut rounds.stacks {
        stack.around.company = company;
    }
    for _ in 0..MOST_ROUNDS {
        for position in stale {
            rounds.outcomes[position] = outcome(&rounds.stacks[position], settings);
        }
        rounds.open_nested();
        stale = rounds.learn();
        if stale.is_empty() {
            rounds.end = End::Settled;
            break;
        }
    }
    rounds
}

impl Rounds<'_> {
    /// Whether a stack belongs to the system: a root, or one that its parent still nests.
    pub(super) fn is_live(&self, position: usize) -> bool {
        match &self.stacks[position].parent {
            None => true,
            Some((parent, id)) => {
                let nested = self.nested.get(&(*parent, id.clone()));
                let is_it = nested.is_some_and(|one| one.stack.as_ref().ok() == Some(&position));
                is_it && self.usable(*parent).is_some() && self.is_live(*parent)
            }
        }
    }

    /// What a stack came to, unless it is broken.
    pub(super) fn usable(&self, position: usize) -> Option<&Outcome> {
        self.outcomes[position].as_ref().filter(|outcome| !outcome.is_broken())
    }

    /// The live stacks, each followed by those that it nests.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut open: Vec<usize> =
            (0..self.stacks.len()).rev().filter(|position| self.stacks[*position].parent.is_none()).collect();
        while let Some(position) = open.pop() {
            order.push(position);
            let inner = self.nested.range((position, String::new())..(position + 1, String::new()));
            let inner = inner.filter_map(|(_, nested)| nested.stack.as_ref().ok().copied());
            open.extend(inner.filter(|inner| self.is_live(*inner)).collect::<Vec<_>>().into_iter().rev());
        }
        order
    }

    /// Reads the templates that resources nest and nobody has read yet.
    fn open_nested(&mut self) {
        for position in 0..self.stacks.len() {
            let Some(outcome) = self.usable(position).filter(|_| self.is_live(position)) else { continue };
            let file = &self.stacks[position].file;
            let found: Vec<(Declared, Location)> = outcome
                .declared
                .iter()
                .filter_map(|declared| Some((declared.clone(), nested::location(declared, file)?)))
                .collect();
            let ids: Vec<&String> = found.iter().map(|(declared, _)| &declared.logical_id).collect();
            self.nested.retain(|(parent, id), _| *parent != position || ids.contains(&id));
            for (declared, location) in found {
                self.open(position, &declared, location);
            }
        }
    }

    fn open(&mut self, parent: usize, declared: &Declared, location: Location) {
        let key = (parent, declared.logical_id.clone());
        if self.nested.get(&key).is_some_and(|nested| nested.location == location) {
            return;
        }
        let opened = match &location {
            Location::Elsewhere(why) => Err((Inner::Unread(why.clone()), None)),
            Location::File(file) => nested::open(&self.stacks, parent, declared, file),
        };
        let (stack, problem) = match opened {
            Ok(mut stack) => {
                stack.around.company = self.company;
                self.outcomes.push(outcome(&stack, self.settings));
                self.stacks.push(stack);
                (Ok(self.stacks.len() - 1), None)
            }
            Err((inner, problem)) => (Err(inner), problem),
        };
        self.nested.insert(key, Nested { location, stack, problem });
    }

    /// Tells every stack what the others say now; gives those for which it is new.
    fn learn(&mut self) -> Vec<usize> {
        let live: Vec<usize> = (0..self.stacks.len()).filter(|position| self.is_live(*position)).collect();
        let (exports, store) = self.shared(&live);
        let (exports, store) = (Arc::new(exports), Arc::new(store));
        let mut stale = Vec::new();
        for position in live {
            let around = Surroundings {
                company: self.company,
                parameters: self.given(position),
                exports: Arc::clone(&exports),
                store: Arc::clone(&store),
                nested: self.returned(position),
            };
            if self.stacks[position].around != around {
                self.stacks[position].around = around;
                stale.push(position);
            }
        }
        stale
    }

    /// What all stacks export, and what they write into the parameter store.
    fn shared(&self, live: &[usize]) -> (Values, Values) {
        let (mut exports, mut store) = (Values::new(), Values::new());
        for position in live {
            let Some(outcome) = self.usable(*position) else { continue };
            let stack = &self.stacks[*position].path;
            for output in &outcome.template.outputs {
                if let (Some(name), Some(value)) =
                    (path(&output.node, &["Export", "Name"]), at(&output.node, "Value"))
                {
                    exports.entry(tree::render(name)).or_insert_with(|| absolute(&value.value, stack));
                }
            }
            for parameter in outcome.declared.iter().filter(|one| one.type_name == "AWS::SSM::Parameter") {
                if let (Some(name), Some(value)) =
                    (at(&parameter.properties, "Name"), at(&parameter.properties, "Value"))
                {
                    store.entry(tree::render(name)).or_insert_with(|| absolute(&value.value, stack));
                }
            }
        }
        (exports, store)
    }

    /// What the parent gives a stack.
    fn given(&self, position: usize) -> Values {
        let Some((parent, id)) = &self.stacks[position].parent else { return Values::new() };
        let Some(outcome) = self.usable(*parent) else { return Values::new() };
        let declared = outcome.declared.iter().find(|declared| declared.logical_id == *id);
        declared.map_or_else(Values::new, |one| nested::parameters(one, &self.stacks[*parent].path))
    }

    /// What the stacks that a stack nests give back.
    fn returned(&self, position: usize) -> BTreeMap<String, Values> {
        let inner = self.nested.range((position, String::new())..(position + 1, String::new()));
        let read = inner.filter_map(|((_, id), nested)| {
            let stack = *nested.stack.as_ref().ok()?;
            let outcome = self.usable(stack)?;
            let values = outcome.template.outputs.iter().map(|output| {
                let value = at(&output.node, "Value").map_or(Value::Null, |node| node.value.clone());
                (output.key.clone(), absolute(&value, &self.stacks[stack].path))
            });
            Some((id.clone(), values.collect()))
        });
        read.collect()
    }
}
