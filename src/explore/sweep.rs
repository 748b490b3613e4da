//! The sweep: many seeds on all cores, their outcomes in the order of the seeds whatever the threads do.

use crate::explore::Runner;
use crate::explore::crew::Crew;
use crate::explore::stated::StatedOutcome;
use crate::guarantee::{GuaranteeSet, Quantities};
use crate::kernel::Families;
use crate::program::Program;

/// What one seed came to at one queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueOutcome {
    pub(crate) hits: Families,
    pub(crate) violated: GuaranteeSet,
    pub(crate) exercised: GuaranteeSet,
}

/// What one seed came to.
#[derive(Clone, Debug)]
pub(crate) struct SeedOutcome {
    pub(crate) seed: u64,
    pub(crate) records: u64,
    pub(crate) items: u64,
    pub(crate) undecided: u32,
    pub(crate) queues: Vec<QueueOutcome>,
    /// Empty where nothing is stated.
    pub(crate) stated: Vec<StatedOutcome>,
}

/// The outcomes of a range of seeds.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    pub(crate) seeds: Vec<SeedOutcome>,
    pub(crate) quantities: Vec<Quantities>,
}

/// Seeds that a thread takes at once.
const CHUNK: u64 = 16;

/// Runs `count` seeds from `first` on all threads that the crew has free; runners that are missing are hired.
pub(crate) fn sweep<'p>(
    (crew, hire): (&Crew, &dyn Fn() -> Runner<'p>),
    runners: &mut Vec<Runner<'p>>,
    first: u64,
    count: u64,
    allowed: Families,
) -> Swept {
    let chunks = 0..count.div_ceil(CHUNK) as usize;
    let parts = crew.map(chunks, runners, hire, |runner, chunk| {
        let start = chunk as u64 * CHUNK;
        let seeds = (start..(start + CHUNK).min(count)).map(|offset| first.wrapping_add(offset));
        work(runner, seeds, allowed)
    });
    let mut all = Swept::default();
    for part in parts {
        all.seeds.extend(part.seeds);
        join(&mut all.quantities, &part.quantities);
    }
    all
}

/// Joins the numbers of queues.
pub(crate) fn join(all: &mut Vec<Quantities>, more: &[Quantities]) {
    all.resize(all.len().max(more.len()), Quantities::default());
    for (sum, one) in all.iter_mut().zip(more) {
        sum.join(one);
    }
}

fn work(runner: &mut Runner<'_>, seeds: impl Iterator<Item = u64>, allowed: Families) -> Swept {
    let mut part = Swept { quantities: Vec::new(), seeds: Vec::with_capacity(CHUNK as usize) };
    for seed in seeds {
        part.seeds.push(one(runner, seed, allowed));
        let judge = runner.judge();
        let queues = runner.program().queues.len();
        let numbers: Vec<Quantities> = (0..queues).map(|queue| *judge.quantities(queue)).collect();
        join(&mut part.quantities, &numbers);
    }
    part
}

/// Runs one seed.
pub(crate) fn one(runner: &mut Runner<'_>, seed: u64, allowed: Families) -> SeedOutcome {
    let summary = runner.seed(seed, allowed);
    let program: &Program = runner.program();
    let queues = (0..program.queues.len())
        .map(|queue| QueueOutcome {
            hits: runner.world().hits(queue),
            violated: violated_at(runner, queue),
            exercised: runner.judge().exercised(queue),
        })
        .collect();
    let stated = runner.stated_outcomes();
    let (records, items, undecided) = (summary.records, summary.items, summary.undecided);
    SeedOutcome { seed, records, items, undecided, queues, stated }
}

/// What the last run of a runner violated at a queue.
pub(crate) fn violated_at(runner: &Runner<'_>, queue: usize) -> GuaranteeSet {
    let here = runner.judge().violations().iter().filter(|violation| violation.queue == queue);
    here.fold(GuaranteeSet::NONE, |set, violation| set.with(violation.guarantee))
}
