//! Replays: a capsule's run, on the system as it is now.

use crate::explore::capsule::{Capsule, CapsuleError, Codec};
use crate::explore::story::story;
use crate::explore::{Runner, Told};
use crate::guarantee::GuaranteeSet;
use crate::models::Models;
use crate::program::{Program, ProgramOptions, compile};
use crate::topology::Topology;
use crate::trace::{Digest, StoredTrace};
use crate::vocabulary::{Diagnostic, Instant};

/// What a replay came to.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What ran.
    pub program: Program,
    /// The run's digest.
    pub digest: Digest,
    /// Whether that is the digest that the capsule carries: the same run, byte for byte.
    pub identity: Identity,
    /// When the guarantee was violated, if it still is.
    pub violated: Option<Instant>,
    /// Choices that name nothing of the system any more.
    pub unknown: Vec<CapsuleError>,
    /// The story of the violation; empty where there is none.
    pub steps: Vec<Told>,
}

/// How a replayed run compares with the one that was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The same run.
    Same,
    /// Another run, and the models are others too.
    OtherModels,
    /// Another run: the system, or redrive itself, has changed.
    Changed,
}

/// Why a capsule could not be replayed at all.
#[derive(Clone, Debug)]
pub enum ReplayError {
    /// The system has no such queue, or nobody polls it.
    NoSuchPlace(String),
    /// The models lack something.
    Models(Vec<Diagnostic>),
}

/// Runs a capsule's choices over the ordinary.
///
/// # Errors
/// Where the system has no part with the capsule's queue, or the models are incomplete.
pub fn replay(
    capsule: &Capsule,
    topology: &Topology,
    models: &Models,
    program_options: &ProgramOptions,
) -> Result<Replayed, ReplayError> {
    let programs = compile(topology, models, program_options).map_err(ReplayError::Models)?;
    let place = programs
        .iter()
        .enumerate()
        .find_map(|(part, program)| Some((part, queue_of(program, &capsule.queue)?)));
    let (part, queue) = place.ok_or_else(|| ReplayError::NoSuchPlace(capsule.queue.clone()))?;
    let program = &programs[part];
    let (choices, unknown) = Codec::new(program).read(&capsule.choices);
    let mut runner = Runner::new(program, GuaranteeSet::NONE.with(capsule.guarantee));
    let (summary, trace) = runner.trace(&choices);
    let violation = runner.judge().violations().iter().find(|violation| violation.queue == queue).copied();
    Ok(Replayed {
        digest: summary.digest,
        identity: identity(capsule, summary.digest, models),
        violated: violation.map(|violation| violation.at),
        unknown,
        steps: violation.map_or_else(Vec::new, |violation| story(&runner, &trace, &violation)),
        program: program.clone(),
    })
}

fn queue_of(program: &Program, name: &str) -> Option<usize> {
    (0..program.queues.len()).find(|queue| {
        let table = &program.queues[*queue];
        table.is_polled() && program.name(table.entity).as_str() == name
    })
}

fn identity(capsule: &Capsule, digest: Digest, models: &Models) -> Identity {
    match (capsule.digest == digest.0, capsule.models == models.digest()) {
        (true, _) => Identity::Same,
        (false, false) => Identity::OtherModels,
        (false, true) => Identity::Changed,
    }
}

/// One seed of one part: its trace, for timelines. The runner keeps the world that names its events.
pub fn timeline(
    program: &Program,
    seed: u64,
    families: crate::kernel::Families,
) -> (Runner<'_>, StoredTrace) {
    let mut runner = Runner::new(program, GuaranteeSet::EVERY);
    let (_, trace) = runner.trace_seed(seed, families);
    (runner, trace)
}
