//! Names that two stacks of a system give to two things: which one is meant where the name is used cannot be told.

use std::collections::BTreeMap;

use crate::template::build::physical_name;
use crate::template::declared::{Declared, Environment};
use crate::template::system::outcome::Outcome;
use crate::template::tree::{path, scalar};
use crate::template::{Presence, Value};
use crate::vocabulary::{Diagnostic, Place, quote};

/// What finds a name used twice.
#[derive(Debug, Default)]
pub(super) struct Doubles<'a> {
    physical: BTreeMap<(&'a Environment, &'static str, String), (usize, &'a Declared)>,
    exports: BTreeMap<(&'a Environment, String), (usize, &'a Place)>,
    problems: Vec<Diagnostic>,
}

const HELP: &str =
    "AWS deploys only the first of them: rename one, or check them apart if they are deployed apart";

const HELP_IN_ONE: &str = "AWS refuses the second of them: rename one; names elsewhere mean the first";

impl<'a> Doubles<'a> {
    /// Notes the names of one stack's resources and exports.
    pub(super) fn stack(&mut self, stack: usize, outcome: &'a Outcome, environment: &'a Environment) {
        for declared in outcome.declared.iter().filter(|one| one.presence == Presence::Present) {
            self.resource(stack, declared);
        }
        for output in &outcome.template.outputs {
            let Some(name) = path(&output.node, &["Export", "Name"]) else { continue };
            if let (Value::Text(_), Some(text)) = (&name.value, scalar(name)) {
                self.export(stack, (environment, text.to_owned()), &name.place);
            }
        }
    }

    /// What was found.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.problems
    }

    fn resource(&mut self, stack: usize, declared: &'a Declared) {
        let Some((service, name)) = physical_name(declared) else { return };
        let Value::Text(text) = &name.value else { return };
        let key = (&declared.environment, service, text.clone());
        let Some((other, first)) = self.physical.get(&key) else {
            self.physical.insert(key, (stack, declared));
            return;
        };
        let (one, two) = (&declared.logical_id, &first.logical_id);
        let message = format!("{one} is called {}, as is {two} at {}", quote(text), first.place);
        let problem = if *other == stack {
            Diagnostic::warning("system-double-name", message).help(HELP_IN_ONE)
        } else {
            Diagnostic::error("system-double-name", message).help(HELP)
        };
        self.problems.push(problem.at(&name.place));
    }

    fn export(&mut self, stack: usize, key: (&'a Environment, String), place: &'a Place) {
        let Some((other, first)) = self.exports.get(&key) else {
            self.exports.insert(key, (stack, place));
            return;
        };
        if *other != stack {
            let message = format!("{} is exported twice: here, and at {first}", quote(&key.1));
            self.problems.push(Diagnostic::error("system-double-export", message).at(place).help(HELP));
        }
    }
}
