//! Replays: a capsule's run, on the system as it is now.

use crate::explore::capsule::{Capsule, CapsuleError};
use crate::explore::codec::Codec;
use crate::explore::{Code, Question, Runner, Shown, topology_digest};
use crate::guarantee::GuaranteeSet;
use crate::kernel::Families;
use crate::models::Models;
use crate::program::Program;
use crate::scenario::Scenario;
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

/// What is not as it was when a capsule was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The models.
    Models,
    /// The part of the topology that runs.
    Topology,
    /// The scenario.
    Scenario,
}

impl Changed {
    /// What has changed, in a sentence without its full stop.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Models => "the models are not those that the capsule was found with",
            Self::Topology => "resources or settings are not those that the capsule was found with",
            Self::Scenario => "the scenario is not the one that the capsule was found with",
        }
    }

    /// What differs from what the capsule says of a program, the models and the scenario.
    pub fn since(capsule: &Capsule, program: &Program, models: &Models, scenario: &Scenario) -> Vec<Self> {
        let mut changed = Vec::new();
        let mut compare = |before: u64, now: u64, what: Self| {
            if before != now {
                changed.push(what);
            }
        };
        compare(capsule.models, models.digest(), Self::Models);
        compare(capsule.topology, topology_digest(program), Self::Topology);
        compare(capsule.scenario, scenario.digest(), Self::Scenario);
        changed
    }
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
    /// What the capsule asks of this system.
    pub question: Question,
    /// The violation that the capsule is about, if it still happens.
    pub violation: Option<Shown>,
    /// Choices that name nothing of the system any more.
    pub unknown: Vec<CapsuleError>,
}

/// Runs a capsule's choices over its background; `None` where no program can be asked what the capsule is about.
pub fn replay<'p>(capsule: &Capsule, programs: &'p [Program]) -> Option<Replay<'p>> {
    replay_with(capsule, programs, Code::default())
}

/// The same with the properties and handlers that the capsule was found with.
pub fn replay_with<'p>(capsule: &Capsule, programs: &'p [Program], code: Code<'p>) -> Option<Replay<'p>> {
    let (program, question) = place(capsule, programs, code)?;
    let (choices, unknown) = Codec::new(program).read(&capsule.choices);
    let mut runner = Runner::with_code(program, GuaranteeSet::EVERY, code);
    let (summary, trace) = runner.trace(&choices, &capsule.footing.background());
    let violation = question.shown(&runner);
    let replayed = match violation {
        None if unknown.is_empty() => Replayed::Holds,
        None => Replayed::Unclear,
        Some(_) if summary.digest.0 == capsule.digest => Replayed::Same,
        Some(_) => Replayed::Otherwise,
    };
    let families = choices.iter().map(|choice| choice.point.family).collect();
    Some(Replay { runner, summary, trace, families, replayed, question, violation, unknown })
}

/// The program that can be asked, of several the one that knows most of the choices.
pub(crate) fn place<'p>(
    capsule: &Capsule,
    programs: &'p [Program],
    code: Code<'p>,
) -> Option<(&'p Program, Question)> {
    let able = programs.iter().filter_map(|program| {
        let question = capsule.about.question(program, code.properties)?;
        Some((Codec::new(program).read(&capsule.choices).1.len(), program, question))
    });
    able.min_by_key(|(unknown, _, _)| *unknown).map(|(_, program, question)| (program, question))
}
