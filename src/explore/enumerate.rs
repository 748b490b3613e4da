//! The enumeration: within a scope every combination of what can be chosen, so that a guarantee which survives is
//! proved there.
//!
//! Faults are allowed one by one: first none, then one, and so on. What is found first is therefore small, and an
//! enumeration that becomes too large has still proved what fewer faults cannot break. `docs/enumeration.md` says what
//! stands for what, which runs are left out, and why that is sound.

use crate::explore::Runner;
use crate::explore::check::Ceiling;
use crate::explore::scope::{Scope, bounds};
use crate::guarantee::{GuaranteeName, GuaranteeSet};
use crate::kernel::{Choice, Enumerating, Families, Met, Reduction};
use crate::models::Models;
use crate::program::{Behaviour, Program};

/// What one enumeration came to.
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// What was asked for.
    pub scope: Scope,
    /// All combinations with so many faults were run; `None` where not even those without any were.
    pub complete: Option<u8>,
    /// Where it was stopped before the whole scope was done.
    pub stopped: Option<Stopped>,
    /// Runs, the given up ones included.
    pub runs: u64,
    /// Records of all runs.
    pub records: u64,
    /// What was met with the last number of faults.
    pub met: Met,
    /// For each queue what any run has put to the test.
    pub exercised: Vec<GuaranteeSet>,
    /// What was violated, each guarantee at most once at each queue, with as few faults as possible.
    pub broken: Vec<Broken>,
    /// What was violated only with the help of families from which no setting protects: the smallest sets of families.
    pub beyond: Vec<(GuaranteeName, usize, Families)>,
}

/// How far an enumeration that was stopped had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// With so many faults.
    pub faults: u8,
    /// The share of the combinations with so many faults that was done, in millionths, as far as it can be told from
    /// the forks on the way.
    pub share: u64,
}

/// A violated guarantee.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The guarantee.
    pub guarantee: GuaranteeName,
    /// The queue.
    pub queue: usize,
    /// The families of which something happened.
    pub families: Families,
    /// The run.
    pub choices: Vec<Choice>,
}

impl Enumeration {
    /// With how many faults at most a guarantee is proved at a queue; `None` where it is violated, was not put to the
    /// test, or nothing was done.
    pub fn proves(&self, guarantee: GuaranteeName, queue: usize) -> Option<u8> {
        let is_broken = self.broken.iter().any(|one| one.guarantee == guarantee && one.queue == queue);
        let exercised = self.exercised.get(queue).is_some_and(|set| set.has(guarantee));
        self.complete.filter(|_| exercised && !is_broken)
    }
}

/// How much one enumeration may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many records of all runs.
    pub records: u64,
    /// So many different states.
    pub states: u64,
}

impl Limits {
    /// What a check grants to each connected part: some seconds, and at most half a gigabyte.
    pub const USUAL: Self = Self { records: 200_000_000, states: 10_000_000 };
}

/// Runs every combination within the scope that `families` leave, and judges it.
///
/// ```
/// use redrive::explore::{Limits, Runner, Scope, enumerate};
/// use redrive::guarantee::GuaranteeSet;
/// use redrive::kernel::{Families, Reduction};
/// use redrive::models::Models;
/// use redrive::program::compile;
/// use redrive::scenario::Scenario;
/// use redrive::template::{ImportOptions, import_text};
///
/// let template = "
/// Transform: AWS::Serverless-2016-10-31
/// Resources:
///   Orders: {Type: AWS::SQS::Queue}
///   Fulfil:
///     Type: AWS::Serverless::Function
///     Properties:
///       Timeout: 3
///       Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}
/// ";
/// let models = Models::embedded().unwrap();
/// let path = std::path::Path::new("template.yaml");
/// let imported = import_text(path, template, &ImportOptions::with_stand_ins(), &models);
/// let programs = compile(&imported.topology.unwrap(), &models, &Scenario::default()).unwrap();
/// let mut runner = Runner::new(&programs[0], GuaranteeSet::EVERY);
/// let scope = Scope { events: 1, faults: 1, concurrency: 1 };
/// let found = enumerate(&mut runner, &models, &scope, Families::EVERY, (Reduction::States, Limits::USUAL));
/// assert_eq!(found.complete, Some(1));
/// assert!(found.broken.iter().any(|one| one.guarantee.word() == "no-loss"), "one poisoned event is lost");
/// ```
pub fn enumerate(
    runner: &mut Runner<'_>,
    models: &Models,
    scope: &Scope,
    families: Families,
    (reduction, limits): (Reduction, Limits),
) -> Enumeration {
    let reduction = sound(runner.program(), reduction);
    let ceiling = Ceiling::of(models);
    let bounds = bounds(runner.program(), scope, families, &ceiling);
    let mut search = Search {
        ceiling: &ceiling,
        limits,
        chooser: Enumerating::new(bounds, reduction),
        found: Enumeration::new(scope, runner.program().queues.len()),
    };
    for faults in 0..=scope.faults {
        search.chooser.restart(faults);
        search.found.stopped = search.level(runner, faults);
        search.found.met = search.chooser.met();
        if search.found.stopped.is_some() {
            break;
        }
        search.found.complete = Some(faults);
    }
    if search.found.met.asked_again && reduction == Reduction::States {
        // A choice was asked for twice by one name, as circles of dead-letter queues do: then what is behind a state
        // can depend on how it was reached.
        let how = (Reduction::Symmetry, limits);
        return enumerate(runner, models, scope, families, how);
    }
    search.found
}

/// What of a reduction is sound for a program.
///
/// States are compared by what is written down of them. That leaves out message groups, what is pushed, changes in flight, and what
/// stated rules and messages that a handler sends on depend on. Where a scenario names the events that are poisoned, not
/// even drawn events are interchangeable; nor are they where senders name tenants.
fn sound(program: &Program, reduction: Reduction) -> Reduction {
    let is_plain = |behaviour: &Behaviour| behaviour.rules.is_empty() && behaviour.emits.is_empty();
    let is_described = program.queues.iter().all(|queue| queue.fifo.is_none() && queue.push.is_none())
        && program.network.channels.is_empty()
        && program.plan.changes.is_empty()
        && program.behaviours.iter().all(is_plain);
    match reduction {
        Reduction::Symmetry | Reduction::States
            if !program.plan.poisons.is_empty() || program.has_tenants =>
        {
            Reduction::None
        }
        Reduction::States if !is_described => Reduction::Symmetry,
        Reduction::None | Reduction::Symmetry | Reduction::States => reduction,
    }
}

impl Enumeration {
    fn new(scope: &Scope, queues: usize) -> Self {
        Self {
            scope: *scope,
            complete: None,
            stopped: None,
            runs: 0,
            records: 0,
            met: Met::default(),
            exercised: vec![GuaranteeSet::NONE; queues],
            broken: Vec::new(),
            beyond: Vec::new(),
        }
    }

    /// Without the exempt families the run would have had fewer faults, and with so many none violated this.
    fn add_beyond(&mut self, guarantee: GuaranteeName, queue: usize, families: Families) {
        let mut known = self.beyond.iter().filter(|(name, at, _)| (*name, *at) == (guarantee, queue));
        if !known.any(|(_, _, fewer)| fewer.is_subset_of(families)) {
            self.beyond.push((guarantee, queue, families));
        }
    }
}

struct Search<'a> {
    ceiling: &'a Ceiling,
    limits: Limits,
    chooser: Enumerating,
    found: Enumeration,
}

impl Search<'_> {
    /// All combinations with so many faults.
    fn level(&mut self, runner: &mut Runner<'_>, faults: u8) -> Option<Stopped> {
        loop {
            let summary = runner.run(&mut self.chooser);
            self.found.runs += 1;
            self.found.records += summary.records;
            self.take_in(runner);
            if !self.chooser.advance() {
                return None;
            }
            let states = self.chooser.met().states;
            if self.found.records >= self.limits.records || states >= self.limits.states {
                return Some(Stopped { faults, share: self.chooser.share() });
            }
        }
    }

    fn take_in(&mut self, runner: &Runner<'_>) {
        for (queue, exercised) in self.found.exercised.iter_mut().enumerate() {
            *exercised = exercised.union(runner.judge().exercised(queue));
        }
        let families = self.chooser.used();
        for violation in runner.judge().violations() {
            let (guarantee, queue) = (violation.guarantee, violation.queue);
            let is_known = |one: &Broken| one.guarantee == guarantee && one.queue == queue;
            if self.found.broken.iter().any(is_known) {
                continue;
            }
            if self.ceiling.exempt(runner.program(), guarantee, queue).intersection(families).is_empty() {
                let choices = self.chooser.choices().collect();
                self.found.broken.push(Broken { guarantee, queue, families, choices });
            } else {
                self.found.add_beyond(guarantee, queue, families);
            }
        }
    }
}
