//! The names that a test may use: a misspelt one would quietly be about nothing.

use std::collections::BTreeSet;
use std::ops::Deref;

use crate::explore::Seen;
use crate::topology::{ResourceDetail, Topology};
use crate::vocabulary::did_you_mean;

/// What a system has, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Queues, and whatever else holds or hands on events.
    queues: BTreeSet<String>,
    functions: BTreeSet<String>,
}

impl Names {
    /// The names of a system.
    pub(crate) fn of(topology: &Topology) -> Self {
        let mut names = Self::default();
        for resource in &topology.resources {
            let name = resource.name.to_string();
            match &resource.detail {
                ResourceDetail::Queue(_) | ResourceDetail::Channel(_) | ResourceDetail::Stream(_) => {
                    names.queues.insert(name);
                }
                ResourceDetail::Function(_) => {
                    names.functions.insert(name);
                }
                ResourceDetail::Other => {}
            }
        }
        names
    }

    /// # Panics
    /// If the system has no such queue, stream or channel.
    #[track_caller]
    pub(crate) fn must_have_queue(&self, name: &str) {
        assert!(self.queues.contains(name), "{}", unknown("queue", name, &self.queues));
    }

    /// # Panics
    /// If the system has no such function.
    #[track_caller]
    pub(crate) fn must_have_function(&self, name: &str) {
        assert!(self.functions.contains(name), "{}", unknown("function", name, &self.functions));
    }
}

fn unknown(kind: &str, name: &str, known: &BTreeSet<String>) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    format!("the system has no {kind} `{name}`; {}", did_you_mean(name, &known))
}

/// What is seen at a moment, with the names that may be asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) seen: Seen<'a>,
    pub(crate) names: &'a Names,
}

impl<'a> Deref for Moment<'a> {
    type Target = Seen<'a>;

    fn deref(&self) -> &Seen<'a> {
        &self.seen
    }
}
