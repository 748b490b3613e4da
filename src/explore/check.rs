//! The whole search over a topology: every connected part swept, judged, blamed and made small.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::explore::blame::Blame;
use crate::explore::findings::findings;
use crate::explore::shrink::{is_arrival, shrink};
use crate::explore::sweep::{QueueOutcome, SeedOutcome, Swept, join, sweep};
use crate::explore::tell::{Found, Origin, Teller};
use crate::explore::tolerate::tolerated;
use crate::explore::{
    At, Checked, Code, Counterexample, Expectations, Footing, Part, Property, Quantifier, Question, Runner,
    Scope, Standing, StatedVerdict, Stop, Verdict, swarm,
};
use crate::guarantee::{Applicable, GuaranteeName, GuaranteeSet, Judge, Quantities};
use crate::kernel::{Choices, FAMILY_COUNT, Families, Family};
use crate::models::Models;
use crate::program::{Program, compile};
use crate::scenario::Scenario;
use crate::topology::{InvocationModel, Topology};
use crate::vocabulary::Diagnostic;

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
    check_with(topology, models, scenario, options, (Code::default(), &Halt::default()), progress)
}

/// Searches a topology with properties and handlers in Rust, and with the expectations of the scenario; a part ends at
/// the first block of seeds after which the halt is asked for. Who makes use of that gets results that depend on the
/// machine.
///
/// # Errors
/// What the models lack for compiling it.
pub fn check_with(
    topology: &Topology,
    models: &Models,
    scenario: &Scenario,
    options: &CheckOptions,
    (code, halt): (Code<'_>, &Halt),
    progress: &mut dyn FnMut(Progress),
) -> Result<Checked, Vec<Diagnostic>> {
    let programs = compile(topology, models, scenario)?;
    let expectations = Expectations::of(scenario);
    let mut properties = code.properties.to_vec();
    properties.extend(expectations.properties());
    let code = Code { properties: &properties, ..code };
    let count = programs.len();
    let mut parts = Vec::with_capacity(count);
    for (index, program) in programs.into_iter().enumerate() {
        let ceiling = Ceiling::of(models);
        let mut tell = |seeds, expected, found| {
            progress(Progress { part: index, parts: count, seeds, expected, found });
        };
        let origin = Origin::of(topology, models, scenario);
        let teller = Teller { program: &program, origin, code, input_options: &options.input_options };
        let search = Search { teller, models, ceiling, options, records: RECORDS, halt };
        let part = search.run(&mut tell);
        parts.push(Part { program, ..part });
    }
    settle_some_run(&mut parts);
    let handlers = Code { properties: &[], ..code };
    let findings = findings(&parts, topology, models, scenario, options, handlers);
    Ok(Checked { parts, findings })
}

/// Searches one program without telling stories: what trials of repairs need.
///
/// They rest on fewer seeds than asked for where runs are very long.
pub(crate) fn search_part(
    program: &Program,
    models: &Models,
    options: &CheckOptions,
    code: Code<'_>,
) -> TrialSearch {
    let teller = Teller { program, origin: Origin::default(), code, input_options: &[] };
    let (ceiling, halt) = (Ceiling::of(models), &Halt::default());
    let search = Search { teller, models, ceiling, options, records: TRIAL_RECORDS, halt };
    let mut runners = search.runners();
    let (cases, tally, _) = search.sweep(&mut runners, &mut |_, _, _| {});
    let verdicts = cases.iter().filter_map(|case| search.verdict(case, None)).collect();
    TrialSearch { verdicts, seeds: tally.seeds, records: tally.records }
}

/// What a search without stories came to.
pub(crate) struct TrialSearch {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) seeds: u64,
    pub(crate) records: u64,
}

/// The families from which no setting protects, by invocation model and guarantee.
#[derive(Clone, Debug)]
pub(crate) struct Ceiling(Vec<(InvocationModel, Vec<Families>)>);

impl Ceiling {
    pub(crate) fn of(models: &Models) -> Self {
        let of_model = |model: InvocationModel| {
            let declared = models.model(model.id()).map_or(&[][..], |model| &model.guarantees);
            let exempt = |name: GuaranteeName| {
                let declaration = declared.iter().find(|declaration| declaration.guarantee == name.word());
                let words = declaration.map_or(&[][..], |declaration| &declaration.exempt);
                words.iter().filter_map(|word| Family::parse(word)).collect()
            };
            (model, GuaranteeName::ALL.into_iter().map(exempt).collect())
        };
        Self(
            [InvocationModel::Sync, InvocationModel::Async, InvocationModel::QueuePoll]
                .map(of_model)
                .to_vec(),
        )
    }

    /// For a guarantee at a place of a program.
    pub(crate) fn exempt(&self, program: &Program, name: GuaranteeName, queue: usize) -> Families {
        let model = program.model(queue);
        let of_model = self.0.iter().find(|(other, _)| *other == model);
        of_model.map_or(Families::NONE, |(_, exempt)| exempt[name as usize])
    }

    /// For some guarantee of some model.
    pub(crate) fn any(&self) -> Families {
        self.0.iter().flat_map(|(_, exempt)| exempt).fold(Families::NONE, |all, one| all.union(*one))
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
    pub(crate) teller: Teller<'a>,
    pub(crate) models: &'a Models,
    pub(crate) ceiling: Ceiling,
    pub(crate) options: &'a CheckOptions,
    /// How many records end the sweep.
    records: u64,
    /// Ends the sweep where it is asked for.
    halt: &'a Halt,
}

/// What is counted for one question.
struct Case {
    blame: Blame,
    applicable: Applicable,
    footing: Footing,
    exercised: u64,
    survived: [u64; FAMILY_COUNT],
}

impl Search<'_> {
    fn run(&self, tell: &mut dyn FnMut(u64, u64, usize)) -> Part {
        let mut runners = self.runners();
        let (cases, tally, stop) = self.sweep(&mut runners, tell);
        let runner = &mut runners[0];
        let mut verdicts: Vec<Verdict> =
            cases.iter().filter_map(|case| self.verdict(case, Some(runner))).collect();
        let stated = cases.iter().filter_map(|case| self.stated_verdict(case, runner)).collect();
        let scope = self.options.exhaustive.as_ref();
        let enumeration = scope.map(|scope| self.prove(scope, runner, &mut verdicts));
        let tolerated = tolerated(runner, &verdicts, self.options.families);
        Part {
            program: self.teller.program.clone(),
            first_seed: self.options.first_seed,
            seeds: tally.seeds,
            stop,
            records: tally.records,
            items: tally.items,
            undecided: tally.undecided,
            verdicts,
            stated,
            quantities: tally.quantities,
            tolerated,
            enumeration,
        }
    }

    fn runners(&self) -> Vec<Runner<'_>> {
        let runner = |_| Runner::with_code(self.teller.program, self.options.guarantees, self.teller.code);
        (0..self.options.threads.max(1)).map(runner).collect()
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
        let polled = (0..self.teller.program.queues.len())
            .filter(|queue| self.teller.program.queues[*queue].is_consumed());
        let catalogue = polled
            .flat_map(|queue| GuaranteeName::ALL.into_iter().map(move |name| (queue, name)))
            .filter(|(_, name)| !name.is_of_the_topology() && self.options.guarantees.has(*name))
            .map(|(queue, guarantee)| {
                let question = Question::Catalogue { guarantee, queue };
                let blame = Blame::new(question, self.ceiling.exempt(self.teller.program, guarantee, queue));
                Case::new(blame, Judge::applicable(self.teller.program, guarantee, queue), Footing::Ordinary)
            });
        let stated = self.teller.code.properties.iter().enumerate().map(|(index, property)| {
            let blame = Blame::new(Question::Stated(index), Families::NONE);
            let applicable = match property.monitor(self.teller.program) {
                Some(_) => Applicable::Yes,
                None => Applicable::No("it says nothing about this part"),
            };
            Case::new(blame, applicable, property.footing())
        });
        catalogue.chain(stated).collect()
    }

    /// The verdict of a guarantee's case, with its story where there is a runner to find it with.
    fn verdict(&self, case: &Case, runner: Option<&mut Runner<'_>>) -> Option<Verdict> {
        let Question::Catalogue { guarantee, queue } = case.blame.question else { return None };
        Some(Verdict {
            guarantee,
            at: At::of(self.teller.program, queue),
            standing: case.standing(),
            survived: case.survived(),
            broken_by: case.blame.sets.iter().map(|(set, _)| *set).collect(),
            beyond_platform: case.blame.beyond,
            counterexample: runner.and_then(|runner| self.counterexample(case, runner)),
        })
    }

    /// The verdict of a stated property's case.
    fn stated_verdict(&self, case: &Case, runner: &mut Runner<'_>) -> Option<StatedVerdict> {
        let Question::Stated(index) = case.blame.question else { return None };
        let property: &dyn Property = self.teller.code.properties[index];
        Some(StatedVerdict {
            name: property.name().to_owned(),
            stated_in: property.stated_in(),
            quantifier: property.quantifier(),
            gates: property.gates(),
            standing: case.standing(),
            exercised: case.exercised,
            survived: case.survived(),
            broken_by: case.blame.sets.iter().map(|(set, _)| *set).collect(),
            counterexample: self.counterexample(case, runner),
        })
    }

    /// The story of the most everyday of the smallest sets, unless it is long and another one is short.
    fn smallest(case: &Case, runner: &mut Runner<'_>) -> Option<(usize, u64, Choices)> {
        let (blame, footing) = (&case.blame, case.footing);
        let fewest = blame.sets.first()?.0.len();
        let candidates =
            blame.sets.iter().enumerate().filter(|(_, (set, _))| set.len() == fewest).take(STORIES);
        candidates
            .filter_map(|(index, (set, seed))| {
                let choices = shrink(runner, blame.question, footing, *seed, *set)?;
                Some((index, *seed, choices))
            })
            .min_by_key(|(index, _, choices)| (arrivals(choices) > FEW, *index, choices.len()))
    }

    fn counterexample(&self, case: &Case, runner: &mut Runner<'_>) -> Option<Counterexample> {
        let (set, seed, choices) = Self::smallest(case, runner)?;
        let families = case.blame.sets[set].0;
        let found =
            Found { question: case.blame.question, footing: case.footing, families, seed: Some(seed) };
        self.teller.tell(&found, &choices, runner)
    }
}

impl Case {
    const fn new(blame: Blame, applicable: Applicable, footing: Footing) -> Self {
        Self { blame, applicable, footing, exercised: 0, survived: [0; FAMILY_COUNT] }
    }

    const fn standing(&self) -> Standing {
        match (self.applicable, self.blame.sets.is_empty(), self.exercised) {
            (Applicable::No(why), _, _) => Standing::NotApplicable(why),
            (Applicable::Yes, false, _) => Standing::Violated,
            (Applicable::Yes, true, 0) => Standing::NotExercised,
            (Applicable::Yes, true, _) => Standing::Held,
        }
    }

    fn survived(&self) -> Vec<(Family, u64)> {
        let families = Family::faults().chain([Family::UnknownSetting]);
        let counted = families.map(|family| (family, self.survived[family as usize]));
        counted.filter(|(_, seeds)| *seeds > 0).collect()
    }
}

/// What some run must do is violated where no run of any part did it, and held where one of any part did.
fn settle_some_run(parts: &mut [Part]) {
    let count = parts.first().map_or(0, |part| part.stated.len());
    for index in 0..count {
        if parts[0].stated[index].quantifier == Quantifier::EveryRun {
            continue;
        }
        let happened = parts.iter().any(|part| part.stated[index].standing == Standing::Held);
        for verdict in parts.iter_mut().map(|part| &mut part.stated[index]) {
            if verdict.standing == Standing::NotExercised {
                verdict.standing = if happened {
                    Standing::NotApplicable("it happens in another part")
                } else {
                    Standing::Violated
                };
            }
        }
    }
}

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
        let (own, violated, exercised) = match case.blame.question {
            Question::Catalogue { guarantee, queue } => {
                let QueueOutcome { hits, violated, exercised } = outcome.queues[queue];
                (hits, violated.has(guarantee), exercised.has(guarantee))
            }
            Question::Stated(index) => match outcome.stated.get(index) {
                Some(stated) => (hits, stated.violated, stated.exercised),
                None => continue,
            },
        };
        is_new |= case.exercised == 0 && exercised && case.blame.question.is_stated();
        case.exercised += u64::from(exercised);
        if violated {
            let on = swarm(runner.program(), outcome.seed, allowed).families;
            is_new |= case.blame.look(runner, outcome.seed, hits, on);
        } else if exercised {
            own.iter().for_each(|family| case.survived[family as usize] += 1);
        }
    }
    is_new
}
