//! Replays: a capsule's run, on the system as it is now.

use crate::explore::Runner;
use crate::explore::capsule::{Capsule, CapsuleError, Codec};
use crate::guarantee::{GuaranteeSet, Violation};
use crate::kernel::Families;
use crate::program::Program;
use crate::trace::StoredTrace;
use crate::world::RunSummary;

/// What a replay came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The same run, byte for byte, and the same violation.
    Same,
    /// Another run, since the system or the models changed, and still the same violation.
    Otherwise,
    /// The guarantee holds in it.
    Holds,
    /// The guarantee holds, but some choices could not be made: the capsule is damaged, or is about another system.
    Unclear,
}

/// A replayed run.
#[derive(Debug)]
pub struct Replay<'p> {
    /// The runner after the run: its world names the events.
    pub runner: Runner<'p>,
    /// The run's size and digest.
    pub summary: RunSummary,
    /// The run.
    pub trace: StoredTrace,
    /// The families of the capsule's choices.
    pub families: Families,
    /// What it came to.
    pub replayed: Replayed,
    /// The violation that the capsule is about, if it still happens.
    pub violation: Option<Violation>,
    /// Choices that name nothing of the system any more.
    pub unknown: Vec<CapsuleError>,
}

/// Runs a capsule's choices over the ordinary; `None` where no program has the capsule's queue, or nobody polls it.
pub fn replay<'p>(capsule: &Capsule, programs: &'p [Program]) -> Option<Replay<'p>> {
    let place = |program: &'p Program| Some((program, queue_of(program, &capsule.queue)?));
    let (program, queue) = programs.iter().find_map(place)?;
    let (choices, unknown) = Codec::new(program).read(&capsule.choices);
    let mut runner = Runner::new(program, GuaranteeSet::EVERY);
    let (summary, trace) = runner.trace(&choices);
    let violations = runner.judge().violations();
    let is_meant = |one: &&Violation| one.guarantee == capsule.guarantee && one.queue == queue;
    let violation = violations.iter().find(is_meant).copied();
    let replayed = match violation {
        None if unknown.is_empty() => Replayed::Holds,
        None => Replayed::Unclear,
        Some(_) if summary.digest.0 == capsule.digest => Replayed::Same,
        Some(_) => Replayed::Otherwise,
    };
    let families = choices.iter().map(|choice| choice.point.family).collect();
    Some(Replay { runner, summary, trace, families, replayed, violation, unknown })
}

fn queue_of(program: &Program, name: &str) -> Option<usize> {
    let is_meant = |queue: &usize| {
        let table = &program.queues[*queue];
        table.is_polled() && program.name(table.entity).as_str() == name
    };
    (0..program.queues.len()).find(is_meant)
}
