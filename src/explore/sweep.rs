//! The sweep: many seeds on all cores, their outcomes in the order of the seeds whatever the threads do.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::explore::Runner;
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

/// Runs `count` seeds from `first` on as many threads as there are runners.
pub(crate) fn sweep(runners: &mut [Runner<'_>], first: u64, count: u64, allowed: Families) -> Swept {
    let next = AtomicU64::new(0);
    let mut parts: Vec<(u64, Swept)> = std::thread::scope(|scope| {
        let threads: Vec<_> = runners
            .iter_mut()
            .map(|runner| scope.spawn(|| work(runner, &next, first, count, allowed)))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a run does not panic")).collect()
    });
    parts.sort_by_key(|(chunk, _)| *chunk);
    let mut all = Swept::default();
    for (_, part) in parts {
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

fn work(
    runner: &mut Runner<'_>,
    next: &AtomicU64,
    first: u64,
    count: u64,
    allowed: Families,
) -> Vec<(u64, Swept)> {
    let mut done = Vec::new();
    loop {
        let chunk = next.fetch_add(1, Ordering::Relaxed);
        let start = chunk * CHUNK;
        if start >= count {
            return done;
        }
        let mut part = Swept { quantities: Vec::new(), seeds: Vec::with_capacity(CHUNK as usize) };
        for offset in start..(start + CHUNK).min(count) {
            let seed = first.wrapping_add(offset);
            part.seeds.push(one(runner, seed, allowed));
            let judge = runner.judge();
            let queues = runner.program().queues.len();
            let numbers: Vec<Quantities> = (0..queues).map(|queue| *judge.quantities(queue)).collect();
            join(&mut part.quantities, &numbers);
        }
        done.push((chunk, part));
    }
}

fn one(runner: &mut Runner<'_>, seed: u64, allowed: Families) -> SeedOutcome {
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
