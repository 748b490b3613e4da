//! One run, kept whole: what a snapshot shows and a test looks into.

use std::fmt::Write as _;

use crate::explore::{Code, Ledger, Runner, swarm};
use crate::face::names::Names;
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::Program;
use crate::report::{RunReport, timeline_text};
use crate::trace::{Covered, Digest, EventId, Record, StoredTrace};
use crate::world::{RunSummary, World};

/// The run of one seed, of every part of the system.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let run = Check::new(&system)
///     .workload(Workload::to("OrdersQueue").events(2).every(Duration::from_secs(60)))
///     .faults(Faults::none())
///     .run_seed(7);
/// assert!(run.timeline().contains("OrdersQueue.1 arrives in OrdersQueue"));
/// assert!(run.event("OrdersQueue.0").unwrap().contains("FulfilOrder has done the work"));
/// assert_eq!(run.contents("OrdersDeadLetters"), Vec::<String>::new());
/// ```
#[derive(Debug)]
pub struct Run {
    pub(crate) models: Models,
    pub(crate) names: Names,
    pub(crate) parts: Vec<RunPart>,
}

/// The run of one part.
#[derive(Debug)]
pub(crate) struct RunPart {
    program: Program,
    world: World,
    trace: StoredTrace,
    summary: RunSummary,
    families: Families,
}

impl RunPart {
    pub(crate) fn of_seed(program: &Program, code: Code<'_>, seed: u64, allowed: Families) -> Self {
        let mut runner = Runner::with_code(program, GuaranteeSet::NONE, code);
        let (summary, trace) = runner.trace_seed(seed, allowed);
        let families = swarm(program, seed, allowed).families;
        Self { world: runner.into_world(), program: program.clone(), trace, summary, families }
    }

    fn report<'a>(&'a self, models: &'a Models) -> RunReport<'a> {
        RunReport {
            program: &self.program,
            models,
            world: &self.world,
            trace: &self.trace,
            summary: self.summary,
            families: self.families,
        }
    }

    /// What the part is called: its sources.
    fn name(&self) -> String {
        let sources: Vec<&str> = self
            .program
            .sources()
            .map(|source| self.program.name(self.program.source(source)).as_str())
            .collect();
        sources.join(", ")
    }

    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::new(&self.program);
        self.trace.iter().for_each(|(record, covered)| ledger.update(record, covered));
        ledger
    }

    fn queue(&self, name: &str) -> Option<usize> {
        self.program.queues.iter().position(|table| self.program.name(table.entity).as_str() == name)
    }
}

impl Run {
    /// Every record on a line: when, what, by which rule. Made for snapshots: an edit elsewhere in the system changes no
    /// line, and one changed step changes one.
    pub fn timeline(&self) -> String {
        let mut parts: Vec<&RunPart> = self.parts.iter().collect();
        parts.sort_by_key(|part| part.name());
        let mut text = String::new();
        for part in parts {
            let _ = writeln!(text, "{}", part.name());
            text.push_str(&timeline_text(&part.report(&self.models), None));
        }
        text
    }

    /// What becomes of one event, such as `Orders.3`; nothing where the run has no such event.
    pub fn event(&self, name: &str) -> Option<String> {
        self.parts.iter().find_map(|part| {
            let report = part.report(&self.models);
            report.find_event(name).map(|event| timeline_text(&report, Some(event)))
        })
    }

    /// The names of all events.
    pub fn events(&self) -> Vec<String> {
        let of = |part: &RunPart| part.report(&self.models).event_names().collect::<Vec<_>>();
        self.parts.iter().flat_map(of).collect()
    }

    /// All records, part by part.
    pub fn records(&self) -> impl Iterator<Item = (&Record, &[Covered])> {
        self.parts.iter().flat_map(|part| part.trace.iter())
    }

    /// The names of the events that a queue holds at the end, each as often as there are messages of it; nothing for a
    /// queue that takes no part.
    ///
    /// # Panics
    /// If the system has no queue of this name.
    pub fn contents(&self, queue: &str) -> Vec<String> {
        self.names.must_have_queue(queue);
        let found = self.parts.iter().find_map(|part| part.queue(queue).map(|index| (part, index)));
        let Some((part, index)) = found else { return Vec::new() };
        let report = part.report(&self.models);
        let ledger = part.ledger();
        ledger.contents(index).map(|event: EventId| report.event_name(event)).collect()
    }

    /// How often a function was invoked.
    ///
    /// # Panics
    /// If the system has no function of this name.
    pub fn invocations(&self, function: &str) -> u32 {
        self.names.must_have_function(function);
        let of = |part: &RunPart| {
            let named = |entity| part.program.name(entity).as_str() == function;
            let index = part.program.functions.iter().position(|table| named(table.entity))?;
            Some(part.ledger().function(index).invocations)
        };
        self.parts.iter().find_map(of).unwrap_or(0)
    }

    /// The identity of each part's run: equal for equal version, models, system, scenario and seed.
    pub fn digests(&self) -> Vec<Digest> {
        self.parts.iter().map(|part| part.summary.digest).collect()
    }
}
