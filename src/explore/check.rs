//! The whole search over a topology: every connected part swept, judged, blamed and made small.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::explore::blame::Blame;
use crate::explore::capsule::{Capsule, Codec};
use crate::explore::findings::findings;
use crate::explore::shrink::{is_arrival, shrink};
use crate::explore::story::{event_label, story};
use crate::explore::sweep::{QueueOutcome, SeedOutcome, Swept, join, sweep};
use crate::explore::tolerate::tolerated;
use crate::explore::{At, Checked, Counterexample, Part, Runner, Scope, Standing, Stop, Verdict, swarm};
use crate::guarantee::{Applicable, GuaranteeName, GuaranteeSet, Judge, Quantities};
use crate::kernel::{Choices, FAMILY_COUNT, Families, Family, Scope as HitScope};
use crate::models::Models;
use crate::program::{Program, compile};
use crate::scenario::Scenario;
use crate::topology::Topology;
use crate::vocabulary::{Diagnostic, Duration};

/// How to search.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// How many seeds; `None` searches until nothing new is found.
    pub seeds: Option<u64>,
    /// The first seed.
    pub first_seed: u64,
    /// The families that may be on.
    pub families: Families,
    /// The guarantees that are asked for.
    pub guarantees: GuaranteeSet,
    /// How many threads sweep; results do not depend on it.
    pub threads: usize,
    /// A scope of which all combinations are taken as well; stopping an enumeration is no error.
    pub exhaustive: Option<Scope>,
    /// Options that changed the input, as the command line takes them; capsules carry them.
    pub input_options: Vec<String>,
}

/// Lets whoever watches a search end it after the present block of seeds.
#[derive(Debug, Default)]
pub struct Halt(AtomicBool);

impl Halt {
    /// Asks for the end of the part that is searched.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes that back.
    pub fn withdraw(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The part that is searched, from 0.
    pub part: usize,
    /// How many parts there are.
    pub parts: usize,
    /// Seeds done in this part.
    pub seeds: u64,
    /// Seeds that this part will take as far as known.
    pub expected: u64,
    /// Sets of families found to break something so far.
    pub found: usize,
}

/// Seeds between two looks at what was found.
const BLOCK: u64 = 64;
/// A search without a number of seeds takes at least so many.
const FEWEST: u64 = 1_024;
/// A search without a number of seeds ends with so many records of a part.
const RECORDS: u64 = 20_000_000;
/// A trial of a repair ends with so many.
const TRIAL_RECORDS: u64 = 4_000_000;

/// Searches a topology.
///
/// # Errors
/// What the models lack for compiling it.
pub fn check(
    topology: &Topology,
    models: &Models,
    scenario: &Scenario,
    options: &CheckOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Checked, Vec<Diagnostic>> {
    check_until(topology, models, scenario, options, &Halt::default(), progress)
}

/// Searches a topology; a part ends at the first block of seeds after which `halt` asks for it. Who makes use of that
/// gets results that depend on the machine.
///
/// # Errors
/// What the models lack for compiling it.
pub fn check_until(
    topology: &Topology,
    models: &Models,
    scenario: &Scenario,
    options: &CheckOptions,
    halt: &Halt,
    progress: &mut dyn FnMut(Progress),
) -> Result<Checked, Vec<Diagnostic>> {
    let programs = compile(topology, models, scenario)?;
    let count = programs.len();
    let mut parts = Vec::with_capacity(count);
    for (index, program) in programs.into_iter().enumerate() {
        let ceiling = Ceiling::of(models);
        let mut tell = |seeds, expected, found| {
            progress(Progress { part: index, parts: count, seeds, expected, found });
        };
        let search = Search {
            program: &program,
            models,
            ceiling,
            options,
            inputs: &topology.inputs,
            records: RECORDS,
            halt,
        };
        let part = search.run(&mut tell);
        parts.push(Part { program, ..part });
    }
    let findings = findings(&parts, topology, models, scenario, options);
    Ok(Checked { parts, findings })
}

/// Searches one program without telling stories: what trials of repairs need.
///
/// They rest on fewer seeds than asked for where runs are very long.
pub(crate) fn search_part(program: &Program, models: &Models, options: &CheckOptions) -> TrialSearch {
    let (ceiling, halt) = (Ceiling::of(models), &Halt::default());
    let search = Search { program, models, ceiling, options, inputs: &[], records: TRIAL_RECORDS, halt };
    let mut runners = search.runners();
    let (cases, tally, _) = search.sweep(&mut runners, &mut |_, _, _| {});
    let verdicts = cases.iter().map(|case| search.verdict(case, None)).collect();
    TrialSearch { verdicts, seeds: tally.seeds, records: tally.records }
}

/// What a search without stories came to.
pub(crate) struct TrialSearch {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) seeds: u64,
    pub(crate) records: u64,
}

/// The families from which no setting protects, by guarantee.
#[derive(Clone, Debug)]
pub(crate) struct Ceiling(Vec<Families>);

impl Ceiling {
    pub(crate) fn of(models: &Models) -> Self {
        let declared = models.model("queue_poll").map_or(&[][..], |model| &model.guarantees);
        let exempt = |name: GuaranteeName| {
            let declaration = declared.iter().find(|declaration| declaration.guarantee == name.word());
            let words = declaration.map_or(&[][..], |declaration| &declaration.exempt);
            words.iter().filter_map(|word| Family::parse(word)).collect()
        };
        Self(GuaranteeName::ALL.into_iter().map(exempt).collect())
    }

    pub(crate) fn exempt(&self, name: GuaranteeName) -> Families {
        self.0[name as usize]
    }
}

/// How many sets of families are made into stories before the smallest story is told.
const STORIES: usize = 4;
/// A story of so many events is short.
const FEW: usize = 3;

/// How many events a run of these choices has.
fn arrivals(choices: &Choices) -> usize {
    choices.iter().filter(|choice| is_arrival(choice)).count()
}

pub(crate) struct Search<'a> {
    program: &'a Program,
    pub(crate) models: &'a Models,
    pub(crate) ceiling: Ceiling,
    pub(crate) options: &'a CheckOptions,
    inputs: &'a [String],
    /// How many records end the sweep.
    records: u64,
    /// Ends the sweep where it is asked for.
    halt: &'a Halt,
}

/// What is counted for one guarantee at one queue.
struct Case {
    blame: Blame,
    applicable: Applicable,
    exercised: u64,
    survived: [u64; FAMILY_COUNT],
}

impl Search<'_> {
    fn run(&self, tell: &mut dyn FnMut(u64, u64, usize)) -> Part {
        let mut runners = self.runners();
        let (cases, tally, stop) = self.sweep(&mut runners, tell);
        let mut verdicts: Vec<Verdict> =
            cases.iter().map(|case| self.verdict(case, Some(&mut runners[0]))).collect();
        let scope = self.options.exhaustive.as_ref();
        let enumeration = scope.map(|scope| self.prove(scope, &mut runners[0], &mut verdicts));
        let tolerated = tolerated(&mut runners[0], &verdicts, self.options.families);
        Part {
            program: self.program.clone(),
            first_seed: self.options.first_seed,
            seeds: tally.seeds,
            stop,
            records: tally.records,
            items: tally.items,
            undecided: tally.undecided,
            verdicts,
            quantities: tally.quantities,
            tolerated,
            enumeration,
        }
    }

    fn runners(&self) -> Vec<Runner<'_>> {
        (0..self.options.threads.max(1)).map(|_| Runner::new(self.program, self.options.guarantees)).collect()
    }

    /// Sweeps and blames until the stop rule holds.
    fn sweep(
        &self,
        runners: &mut [Runner<'_>],
        tell: &mut dyn FnMut(u64, u64, usize),
    ) -> (Vec<Case>, Tally, Stop) {
        let mut cases = self.cases();
        let mut tally = Tally::default();
        loop {
            let expected =
                self.options.seeds.unwrap_or_else(|| FEWEST.max((tally.seeds + 1).next_power_of_two()));
            let block = BLOCK.min(expected - tally.seeds.min(expected));
            let first = self.options.first_seed.wrapping_add(tally.seeds);
            let swept = sweep(runners, first, block, self.options.families);
            tally.add(&swept);
            for outcome in &swept.seeds {
                if take_in(&mut cases, outcome, &mut runners[0], self.options.families) {
                    tally.newest = outcome.seed.wrapping_sub(self.options.first_seed);
                }
            }
            let found = cases.iter().map(|case| case.blame.sets.len()).sum();
            tell(tally.seeds, expected, found);
            if let Some(stop) = self.stop(&tally) {
                return (cases, tally, stop);
            }
        }
    }

    fn stop(&self, tally: &Tally) -> Option<Stop> {
        if self.halt.is_asked() {
            return Some(Stop::Halted);
        }
        let is_trial = self.records != RECORDS;
        if tally.records >= self.records && (is_trial || self.options.seeds.is_none()) {
            return Some(Stop::Records);
        }
        if let Some(seeds) = self.options.seeds {
            return (tally.seeds >= seeds).then_some(Stop::Asked);
        }
        let settled =
            tally.seeds >= FEWEST && tally.seeds.is_power_of_two() && tally.newest < tally.seeds / 2;
        settled.then_some(Stop::NothingNew)
    }

    fn cases(&self) -> Vec<Case> {
        let polled = (0..self.program.queues.len()).filter(|queue| self.program.queues[*queue].is_polled());
        polled
            .flat_map(|queue| GuaranteeName::ALL.into_iter().map(move |name| (queue, name)))
            .filter(|(_, name)| *name != GuaranteeName::Deployable && self.options.guarantees.has(*name))
            .map(|(queue, name)| Case {
                blame: Blame::new(name, queue, self.ceiling.exempt(name)),
                applicable: Judge::applicable(self.program, name, queue),
                exercised: 0,
                survived: [0; FAMILY_COUNT],
            })
            .collect()
    }

    /// The verdict of a case, with its story where there is a runner to find it with.
    fn verdict(&self, case: &Case, runner: Option<&mut Runner<'_>>) -> Verdict {
        let blame = &case.blame;
        let standing = match (case.applicable, blame.sets.is_empty(), case.exercised) {
            (Applicable::No(why), _, _) => Standing::NotApplicable(why),
            (Applicable::Yes, false, _) => Standing::Violated,
            (Applicable::Yes, true, 0) => Standing::NotExercised,
            (Applicable::Yes, true, _) => Standing::Held,
        };
        let survived = Family::faults().chain([Family::UnknownSetting]);
        Verdict {
            guarantee: blame.guarantee,
            at: self.at(blame.queue),
            standing,
            survived: survived
                .map(|family| (family, case.survived[family as usize]))
                .filter(|(_, seeds)| *seeds > 0)
                .collect(),
            broken_by: blame.sets.iter().map(|(set, _)| *set).collect(),
            beyond_platform: blame.beyond,
            counterexample: runner.and_then(|runner| self.counterexample(blame, runner)),
        }
    }

    fn at(&self, queue: usize) -> At {
        let consumers = self.program.queues[queue].consumers();
        let functions: Vec<usize> =
            consumers.map(|mapping| usize::from(self.program.mappings[mapping].function)).collect();
        let function =
            functions.first().copied().filter(|first| functions.iter().all(|other| other == first));
        At { queue, function }
    }

    /// The story of the most everyday of the smallest sets, unless it is long and another one is short.
    fn smallest(blame: &Blame, runner: &mut Runner<'_>) -> Option<(usize, u64, Choices)> {
        let fewest = blame.sets.first()?.0.len();
        let candidates =
            blame.sets.iter().enumerate().filter(|(_, (set, _))| set.len() == fewest).take(STORIES);
        candidates
            .filter_map(|(index, (set, seed))| {
                shrink(runner, blame.guarantee, blame.queue, *seed, *set)
                    .map(|choices| (index, *seed, choices))
            })
            .min_by_key(|(index, _, choices)| (arrivals(choices) > FEW, *index, choices.len()))
    }

    fn counterexample(&self, blame: &Blame, runner: &mut Runner<'_>) -> Option<Counterexample> {
        let (set, seed, choices) = Self::smallest(blame, runner)?;
        let families = blame.sets[set].0;
        self.tell((blame.guarantee, blame.queue), families, Some(seed), &choices, runner)
    }

    /// The story of small choices.
    pub(crate) fn tell(
        &self,
        (guarantee, queue): (GuaranteeName, usize),
        families: Families,
        seed: Option<u64>,
        choices: &Choices,
        runner: &mut Runner<'_>,
    ) -> Option<Counterexample> {
        let (summary, trace) = runner.trace(choices);
        let violation = runner
            .judge()
            .violations()
            .iter()
            .find(|violation| violation.guarantee == guarantee && violation.queue == queue)
            .copied()?;
        let steps = story(runner, &trace, &violation);
        let rule = trace
            .iter()
            .filter(|(record, _)| record.at == violation.at)
            .filter(|(record, _)| crate::guarantee::kinds(violation.guarantee).has(record.kind))
            .map(|(record, _)| record.rule)
            .next()?;
        let world = runner.world();
        let capsule = Capsule {
            models: self.models.digest(),
            digest: summary.digest.0,
            guarantee,
            queue: self.program.name(self.program.queues[queue].entity).to_string(),
            inputs: self.inputs.to_vec(),
            options: self.options.input_options.clone(),
            choices: self.spell(choices, runner),
        };
        Some(Counterexample {
            families,
            seed,
            capsule: capsule.to_string(),
            digest: summary.digest,
            events: world.events().count(),
            culprit: violation.event.map(|event| event_label(self.program, world, event)),
            at: violation.at,
            rule,
            needs: Self::needs(choices),
            steps,
        })
    }

    fn spell(&self, choices: &Choices, runner: &Runner<'_>) -> Vec<String> {
        let world = runner.world();
        let codec = Codec::new(self.program);
        let name = |item: u64| {
            let mut path = Vec::new();
            let mut at = world.events().find(|event| event.name == item);
            while let Some(event) = at {
                path.push((usize::from(event.source), event.ordinal));
                at = event.parent.map(|parent| world.event(parent));
            }
            path.reverse();
            path
        };
        let mut texts: Vec<String> = choices.iter().map(|choice| codec.write(choice, name)).collect();
        texts.sort();
        texts
    }

    /// The lengths of the spans that the small run needs.
    fn needs(choices: &Choices) -> Vec<(Family, Duration)> {
        let is_length = |family: Family, ordinal: u32| {
            family.scope() == HitScope::Span
                && family != Family::Burst
                && ordinal.is_multiple_of(2)
                && ordinal < FACTORS
        };
        let mut needs: Vec<(Family, Duration)> = choices
            .iter()
            .filter(|choice| is_length(choice.point.family, choice.point.ordinal))
            .map(|choice| (choice.point.family, Duration::from_micros(choice.value)))
            .collect();
        needs.sort();
        needs
    }
}

/// Choices of spans are numbered by twos, lengths first; choices of factors come after these.
const FACTORS: u32 = 1_000;

#[derive(Default)]
struct Tally {
    seeds: u64,
    records: u64,
    items: u64,
    undecided: u64,
    /// The last seed that told something new.
    newest: u64,
    quantities: Vec<Quantities>,
}

impl Tally {
    fn add(&mut self, swept: &Swept) {
        self.seeds += swept.seeds.len() as u64;
        for outcome in &swept.seeds {
            self.records += outcome.records;
            self.items += outcome.items;
            self.undecided += u64::from(outcome.undecided > 0);
        }
        join(&mut self.quantities, &swept.quantities);
    }
}

/// Takes one seed's outcome in; tells whether it showed something new.
fn take_in(cases: &mut [Case], outcome: &SeedOutcome, runner: &mut Runner<'_>, allowed: Families) -> bool {
    let hits = outcome.queues.iter().fold(Families::NONE, |all, queue| all.union(queue.hits));
    let mut is_new = false;
    for case in cases {
        let QueueOutcome { hits: own, violated, exercised } = outcome.queues[case.blame.queue];
        let name = case.blame.guarantee;
        case.exercised += u64::from(exercised.has(name));
        if violated.has(name) {
            let on = swarm(runner.program(), outcome.seed, allowed).families;
            is_new |= case.blame.look(runner, outcome.seed, hits, on);
        } else if exercised.has(name) {
            own.iter().for_each(|family| case.survived[family as usize] += 1);
        }
    }
    is_new
}
