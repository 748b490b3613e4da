//! The whole search over a topology: every connected part swept, judged, blamed and made small.

use std::cmp::Reverse;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::explore::blame::{Blame, Depth, Runs};
use crate::explore::crew::Crew;
use crate::explore::findings::findings;
use crate::explore::reruns::Reruns;
use crate::explore::shrink::{is_arrival, shrink};
use crate::explore::sweep::{QueueOutcome, SeedOutcome, Swept, join, sweep};
use crate::explore::tell::{Found, Origin, Teller};
use crate::explore::tolerate::{measure, measures};
use crate::explore::upstream::upstream;
use crate::explore::{
    At, Checked, Code, Counterexample, Expectations, Footing, Part, Property, Quantifier, Question, Runner,
    Scope, Standing, StatedVerdict, Stop, Verdict, swarm,
};
use crate::guarantee::{Applicable, Gates, GuaranteeName, GuaranteeSet, Judge, Quantities};
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
    /// How many threads search; results do not depend on it.
    pub threads: usize,
    /// A scope of which all combinations are taken as well; stopping an enumeration is no error.
    pub exhaustive: Option<Scope>,
    /// Options that changed the input, as the command line takes them; capsules carry them.
    pub input_options: Vec<String>,
}

/// Lets whoever watches a search end the part whose progress is told after the present block of seeds.
#[derive(Debug, Default)]
pub struct Halt(AtomicBool);

impl Halt {
    /// Asks for the end of the part whose progress is being told.
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

/// How far the search of one part is; several parts are searched side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The part, from 0.
    pub part: usize,
    /// How many parts were begun before it.
    pub begun: usize,
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
    progress: &mut (dyn FnMut(Progress) + Send),
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
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Checked, Vec<Diagnostic>> {
    let programs = compile(topology, models, scenario)?;
    let expectations = Expectations::of(scenario);
    let mut properties = code.properties.to_vec();
    properties.extend(expectations.properties());
    let code = Code { properties: &properties, ..code };
    let crew = Crew::of(options.threads);
    let all = All { topology, models, scenario, options, code, halt, crew: &crew };
    let mut parts = all.search(&programs, progress);
    settle_some_run(&mut parts);
    let findings = findings(&parts, &all);
    Ok(Checked { parts, findings })
}

/// What the search of a whole topology is made with.
#[derive(Clone, Copy)]
pub(crate) struct All<'a> {
    pub(crate) topology: &'a Topology,
    pub(crate) models: &'a Models,
    pub(crate) scenario: &'a Scenario,
    pub(crate) options: &'a CheckOptions,
    pub(crate) code: Code<'a>,
    halt: &'a Halt,
    pub(crate) crew: &'a Crew,
}

impl All<'_> {
    /// Searches all parts, the largest first, so that no long search is the last to begin.
    fn search(&self, programs: &[Program], progress: &mut (dyn FnMut(Progress) + Send)) -> Vec<Part> {
        let mut order: Vec<usize> = (0..programs.len()).collect();
        order.sort_by_key(|index| Reverse(programs[*index].mappings.len()));
        let (begun, progress) = (AtomicUsize::new(0), Mutex::new(progress));
        let search = |(): &mut (), part: usize| {
            let begun = begun.fetch_add(1, Ordering::Relaxed);
            let tell = |seeds, expected, cases: &[Case]| {
                let found = cases.iter().map(|case| case.blame.sets.len()).sum();
                let told = Progress { part, begun, parts: programs.len(), seeds, expected, found };
                let mut progress = progress.lock().expect("who watches does not panic");
                progress(told);
                self.halt.is_asked()
            };
            (part, self.part(&programs[part], &tell))
        };
        let mut parts = self.crew.map(order, &mut Vec::new(), || (), search);
        parts.sort_unstable_by_key(|(index, _)| *index);
        parts.into_iter().map(|(_, part)| part).collect()
    }

    fn part(&self, program: &Program, tell: &Tell<'_>) -> Part {
        let Self { topology, models, scenario, options, code, .. } = *self;
        let origin = Origin::of(topology, models, scenario);
        let teller = Teller { program, origin, code, input_options: &options.input_options };
        let ceiling = Ceiling::of(models);
        Search { teller, models, ceiling, options, records: RECORDS, crew: self.crew }.run(tell)
    }
}

/// Tells how far a part is, by seeds, seeds to expect and what was found; answers whether its search is to end.
type Tell<'a> = dyn Fn(u64, u64, &[Case]) -> bool + Sync + 'a;

/// Searches one program for whether something is broken there, and what else of some guarantees is, without asking by
/// which families and without stories: what trials of repairs need.
///
/// It ends where `mended` is broken after all, and rests on fewer seeds than asked for where runs are very long.
pub(crate) fn search_part(
    program: &Program,
    all: &All<'_>,
    options: &CheckOptions,
    (mended, matters): ((GuaranteeName, usize), &dyn Fn(GuaranteeName, usize) -> bool),
) -> TrialSearch {
    let All { models, crew, .. } = *all;
    let code = Code { properties: &[], ..all.code };
    let teller = Teller { program, origin: Origin::default(), code, input_options: &[] };
    let ceiling = Ceiling::of(models);
    let gating = GuaranteeName::ALL.into_iter().filter(|name| name.gates() == Gates::Yes);
    let asked = gating.fold(GuaranteeSet::NONE, GuaranteeSet::with).with(mended.0);
    let guarantees = options.guarantees.intersection(asked);
    let options = &CheckOptions { guarantees, ..options.clone() };
    let search = Search { teller, models, ceiling, options, records: TRIAL_RECORDS, crew };
    let mended = Question::Catalogue { guarantee: mended.0, queue: mended.1 };
    let mut cases = search.cases(Depth::Conviction);
    cases.retain(|case| match case.blame.question {
        Question::Catalogue { guarantee, queue } => {
            case.blame.question == mended || matters(guarantee, queue)
        }
        Question::Stated(_) => false,
    });
    let is_broken =
        |cases: &[Case]| cases.iter().any(|case| case.is_broken() && case.blame.question == mended);
    let (tally, _) = search.sweep(&mut cases, &mut Vec::new(), &|_, _, cases| is_broken(cases));
    let place = |case: &Case| match case.blame.question {
        Question::Catalogue { guarantee, queue } => Some((guarantee, queue)),
        Question::Stated(_) => None,
    };
    let broken = cases.iter().filter(|case| case.is_broken()).filter_map(place).collect();
    TrialSearch { broken, seeds: tally.seeds, records: tally.records }
}

/// What a search without stories came to.
pub(crate) struct TrialSearch {
    /// Which guarantees are broken at which queues.
    pub(crate) broken: Vec<(GuaranteeName, usize)>,
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
            [
                InvocationModel::Sync,
                InvocationModel::Async,
                InvocationModel::QueuePoll,
                InvocationModel::StreamPoll,
            ]
            .map(of_model)
            .to_vec(),
        )
    }

    /// For a guarantee at a place of a program.
    pub(crate) fn exempt(&self, program: &Program, name: GuaranteeName, queue: usize) -> Families {
        let model = program.model(queue);
        let of_model = self.0.iter().find(|(other, _)| *other == model);
        let exempt = of_model.map_or(Families::NONE, |(_, exempt)| exempt[name as usize]);
        exempt.union(unkept(program, name, queue))
    }

    /// For some guarantee of some model.
    pub(crate) fn any(&self) -> Families {
        self.0.iter().flat_map(|(_, exempt)| exempt).fold(Families::NONE, |all, one| all.union(*one))
    }
}

/// What a source cannot hand over to Lambda while Lambda itself answers with errors is gone, however the function is
/// configured, where the source can have no dead-letter queue.
fn unkept(program: &Program, name: GuaranteeName, queue: usize) -> Families {
    let asks_for_all = matches!(
        name,
        GuaranteeName::NoLoss | GuaranteeName::NoCollateral | GuaranteeName::DeadLetterDelivery
    );
    if asks_for_all && program.push(queue).is_some() && program.network.is_fed_without_exit(queue) {
        Families::NONE.with(Family::ServiceError)
    } else {
        Families::NONE
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
    crew: &'a Crew,
}

/// What is counted for one question.
pub(crate) struct Case {
    blame: Blame,
    /// The queues whose hits can matter.
    upstream: Vec<usize>,
    applicable: Applicable,
    footing: Footing,
    exercised: u64,
    survived: [u64; FAMILY_COUNT],
}

impl<'a> Search<'a> {
    fn run(&self, tell: &Tell<'_>) -> Part {
        let (mut cases, mut runners) = (self.cases(Depth::Sets), Vec::new());
        let (tally, stop) = self.sweep(&mut cases, &mut runners, tell);
        let mut verdicts = self.told(&cases, &mut runners, |case, runner| self.verdict(case, runner));
        let stated = self.told(&cases, &mut runners, |case, runner| self.stated_verdict(case, runner));
        let scope = self.options.exhaustive.as_ref();
        let enumeration = scope.map(|scope| self.prove(scope, &mut self.runner(), &mut verdicts));
        let pairs = measures(self.teller.program, self.options.families);
        let measured = self.crew.map(
            pairs,
            &mut runners,
            || self.runner(),
            |runner, (queue, family)| measure(runner, &verdicts, queue, family),
        );
        Part {
            program: self.teller.program.clone(),
            first_seed: self.options.first_seed,
            seeds: tally.seeds,
            stop,
            records: tally.records,
            items: tally.items,
            undecided: tally.undecided,
            stated,
            quantities: tally.quantities,
            tolerated: measured.into_iter().flatten().collect(),
            enumeration,
            verdicts,
        }
    }

    /// What the cases come to where each has something to tell.
    fn told<R: Send>(
        &self,
        cases: &[Case],
        runners: &mut Vec<Runner<'a>>,
        tell: impl Fn(&Case, &mut Runner<'a>) -> Option<R> + Sync,
    ) -> Vec<R> {
        let told = self.crew.map(cases, runners, || self.runner(), |runner, case| tell(case, runner));
        told.into_iter().flatten().collect()
    }

    fn runner(&self) -> Runner<'a> {
        Runner::with_code(self.teller.program, self.options.guarantees, self.teller.code)
    }

    /// Sweeps and blames until the stop rule holds.
    fn sweep(&self, cases: &mut [Case], runners: &mut Vec<Runner<'a>>, tell: &Tell<'_>) -> (Tally, Stop) {
        let mut tally = Tally::default();
        loop {
            let expected =
                self.options.seeds.unwrap_or_else(|| FEWEST.max((tally.seeds + 1).next_power_of_two()));
            let block = BLOCK.min(expected - tally.seeds.min(expected));
            let first = self.options.first_seed.wrapping_add(tally.seeds);
            let swept = sweep((self.crew, &|| self.runner()), runners, first, block, self.options.families);
            tally.add(&swept);
            if let Some(newest) = self.take_in(cases, &swept.seeds, runners) {
                tally.newest = newest.wrapping_sub(self.options.first_seed);
            }
            let is_over = tell(tally.seeds, expected, cases);
            if let Some(stop) = if is_over { Some(Stop::Halted) } else { self.stop(&tally) } {
                return (tally, stop);
            }
        }
    }

    /// Takes a block of outcomes in; returns the last seed that told any question something new.
    fn take_in(
        &self,
        cases: &mut [Case],
        outcomes: &[SeedOutcome],
        runners: &mut Vec<Runner<'a>>,
    ) -> Option<u64> {
        let allowed = self.options.families;
        let reruns = Reruns::default();
        let work =
            |runner: &mut Runner<'a>, case: &mut Case| case.take_in(outcomes, (runner, &reruns), allowed);
        let newest = self.crew.map(cases, runners, || self.runner(), work);
        let position = newest.into_iter().flatten().max()?;
        Some(outcomes[position].seed)
    }

    fn stop(&self, tally: &Tally) -> Option<Stop> {
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

    fn cases(&self, depth: Depth) -> Vec<Case> {
        let program = self.teller.program;
        let all: Vec<usize> = (0..program.queues.len()).collect();
        let polled: Vec<usize> =
            all.iter().copied().filter(|queue| program.queues[*queue].is_consumed()).collect();
        let (how, upstream) = ((depth, polled.len() as u64), upstream(program));
        let catalogue = polled
            .into_iter()
            .flat_map(|queue| GuaranteeName::ALL.into_iter().map(move |name| (queue, name)))
            .filter(|(_, name)| !name.is_of_the_topology() && self.options.guarantees.has(*name))
            .map(|(queue, guarantee)| {
                let question = Question::Catalogue { guarantee, queue };
                let blame = Blame::new(question, self.ceiling.exempt(program, guarantee, queue), how);
                let applicable = Judge::applicable(program, guarantee, queue);
                Case::new(blame, upstream[queue].clone(), applicable, Footing::Ordinary)
            });
        let stated = self.teller.code.properties.iter().enumerate().map(|(index, property)| {
            let blame = Blame::new(Question::Stated(index), Families::NONE, how);
            let applicable = match property.monitor(self.teller.program) {
                Some(_) => Applicable::Yes,
                None => Applicable::No("it says nothing about this part"),
            };
            Case::new(blame, all.clone(), applicable, property.footing())
        });
        catalogue.chain(stated).collect()
    }

    /// The verdict of a guarantee's case, with its story.
    fn verdict(&self, case: &Case, runner: &mut Runner<'_>) -> Option<Verdict> {
        let Question::Catalogue { guarantee, queue } = case.blame.question else { return None };
        Some(Verdict {
            guarantee,
            at: At::of(self.teller.program, queue),
            standing: case.standing(),
            survived: case.survived(),
            broken_by: case.blame.sets.iter().map(|(set, _)| *set).collect(),
            beyond_platform: case.blame.beyond,
            counterexample: self.counterexample(case, runner),
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
    const fn new(blame: Blame, upstream: Vec<usize>, applicable: Applicable, footing: Footing) -> Self {
        Self { blame, upstream, applicable, footing, exercised: 0, survived: [0; FAMILY_COUNT] }
    }

    /// Takes outcomes in; returns the position of the last one that showed something new.
    fn take_in(
        &mut self,
        outcomes: &[SeedOutcome],
        mut runs: Runs<'_, '_>,
        allowed: Families,
    ) -> Option<usize> {
        let mut newest = None;
        for (position, outcome) in outcomes.iter().enumerate() {
            if self.take_in_one(outcome, &mut runs, allowed) {
                newest = Some(position);
            }
        }
        newest
    }

    fn take_in_one(&mut self, outcome: &SeedOutcome, runs: &mut Runs<'_, '_>, allowed: Families) -> bool {
        let union = |all: Families, queue: &QueueOutcome| all.union(queue.hits);
        let hits = || outcome.queues.iter().fold(Families::NONE, union);
        let (own, violated, exercised, is_stated) = match self.blame.question {
            Question::Catalogue { guarantee, queue } => {
                let QueueOutcome { hits, violated, exercised } = outcome.queues[queue];
                (hits, violated.has(guarantee), exercised.has(guarantee), false)
            }
            Question::Stated(index) => match outcome.stated.get(index) {
                Some(stated) => (hits(), stated.violated, stated.exercised, true),
                None => return false,
            },
        };
        let is_first = self.exercised == 0 && exercised && is_stated;
        self.exercised += u64::from(exercised);
        if violated {
            let near = self.upstream.iter().map(|queue| &outcome.queues[*queue]).fold(Families::NONE, union);
            let on = swarm(runs.0.program(), outcome.seed, allowed).families;
            return self.blame.look(runs, outcome.seed, (near, hits()), on) || is_first;
        }
        if exercised {
            own.iter().for_each(|family| self.survived[family as usize] += 1);
        }
        is_first
    }

    const fn standing(&self) -> Standing {
        match (self.applicable, self.blame.sets.is_empty(), self.exercised) {
            (Applicable::No(why), _, _) => Standing::NotApplicable(why),
            (Applicable::Yes, false, _) => Standing::Violated,
            (Applicable::Yes, true, 0) => Standing::NotExercised,
            (Applicable::Yes, true, _) => Standing::Held,
        }
    }

    /// Whether families that convict break what is asked here.
    fn is_broken(&self) -> bool {
        self.standing() == Standing::Violated
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
