//! What a user adds to a search in Rust: properties, and the code of functions.

use crate::explore::Property;
use crate::program::Program;
use crate::world::{Effects, Handler, Invocation, Step};

/// Properties and handlers in Rust. Nothing of either by default.
#[derive(Clone, Copy, Default)]
pub struct Code<'a> {
    /// What is stated beside the catalogue.
    pub properties: &'a [&'a dyn Property],
    /// The code of functions, where some have any.
    pub handlers: Option<&'a dyn Handlers>,
    /// The test that both belong to; capsules name it.
    pub test: Option<&'a str>,
}

impl std::fmt::Debug for Code<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.properties.iter().map(|property| property.name()).collect();
        f.debug_struct("Code").field("properties", &names).finish_non_exhaustive()
    }
}

/// Makes the handlers of runs, one for each thread.
pub trait Handlers: Sync {
    /// The handler of all functions of `program`; `None` where all of them are declared.
    fn handler<'a>(&'a self, program: &'a Program) -> Option<Box<dyn CodeHandler + 'a>>;
}

/// A handler that serves run after run.
pub trait CodeHandler: Handler + Send {
    /// Ready for another run: nothing that code remembers may pass from one run to the next.
    fn clear(&mut self);
}

impl Handler for Box<dyn CodeHandler + '_> {
    fn start(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        (**self).start(invocation, effects)
    }

    fn resume(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        (**self).resume(invocation, effects)
    }

    fn cut(&mut self, invocation: &Invocation<'_>, done: u32, effects: &mut Effects) {
        (**self).cut(invocation, done, effects);
    }
}
