//! A check as a test states it: a system, what is stated beside it, what is asked, and how far to search.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use crate::explore::{CheckOptions, Code, Ground, Halt, Property, check_with};
use crate::face::code::Functions;
use crate::face::names::Names;
use crate::face::problems::embedded;
use crate::face::regressions::Regressions;
use crate::face::replaying::{replaying, retried};
use crate::face::run::RunPart;
use crate::face::{Answer, Asking, Batch, CatalogueAsking, Outcome, Problems, Run, Stated};
use crate::guarantee::{GuaranteeName, GuaranteeSet, Loops, no_loop};
use crate::kernel::Families;
use crate::models::Models;
use crate::program::{Program, compile};
use crate::scenario::{
    Bounds, Caller, FaultPlan, HandlerPreset, Handling, PlannedChange, Scenario, Workload, matches, problems,
};
use crate::topology::{Resource, ResourceDetail, Topology, refusals};
use crate::vocabulary::{Diagnostic, Severity, did_you_mean};

/// A check. It searches as `redrive check` does, on all cores.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::build()
///     .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)).dead_letters("OrdersDead", 5))
///     .queue("OrdersDead", |queue| queue.retention(Duration::from_secs(14 * 24 * 3_600)))
///     .function("Fulfil", |function| function.timeout(Duration::from_secs(30)).reserved(10))
///     .polls("Fulfil", "Orders", |mapping| mapping.batch_size(1).maximum_concurrency(10))
///     .finish()
///     .unwrap();
/// Check::new(&system)
///     .workload(Workload::to("Orders").events(20))
///     .faults(Faults::swarm())
///     .guarantee(no_loss())
///     .guarantee(sometimes("a retry succeeds", |view| match view.what() {
///         What::Processed { events, .. } => events.iter().any(|event| event.attempt() > 1),
///         _ => false,
///     }))
///     .seeds(0..64)
///     .run()
///     .assert_held();
/// ```
#[derive(Debug)]
pub struct Check<'t> {
    topology: Cow<'t, Topology>,
    models: Models,
    pub(crate) scenario: Scenario,
    functions: Functions,
    wanted: Vec<CatalogueAsking>,
    stated: Vec<Stated>,
    seeds: Option<Range<u64>>,
    name: Option<String>,
    folder: Option<PathBuf>,
    replay: Option<String>,
}

/// What a check searches on, once it is known to make sense.
#[derive(Debug)]
pub(crate) struct Prepared<'c> {
    pub(crate) check: &'c Check<'c>,
    pub(crate) programs: Vec<Program>,
    pub(crate) test: String,
}

impl<'t> Check<'t> {
    /// A check of a system with everything as the default profile has it.
    pub fn new(topology: &'t Topology) -> Self {
        Self {
            topology: Cow::Borrowed(topology),
            models: embedded(),
            scenario: Scenario::default(),
            functions: Functions::default(),
            wanted: Vec::new(),
            stated: Vec::new(),
            seeds: None,
            name: None,
            folder: None,
            replay: None,
        }
    }

    /// Takes a whole scenario; what was stated before is gone.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = scenario;
        self
    }

    /// States the load of a source; sources of which nothing is stated keep the profile's.
    #[must_use]
    pub fn workload(mut self, workload: Workload) -> Self {
        self.scenario.workloads.push(workload);
        self
    }

    /// Gives the code of a function, or of several by a trailing `*`.
    #[must_use]
    pub fn handler<F>(self, function: &str, code: F) -> Self
    where
        F: Fn(&Batch<'_>) -> Answer + Send + Sync + 'static,
    {
        let code = Arc::new(code);
        self.handler_from(function, move || {
            let code = Arc::clone(&code);
            move |batch: &Batch<'_>| code(batch)
        })
    }

    /// Gives code that remembers: it is made anew for every run, and lives as long as the run does.
    #[must_use]
    pub fn handler_from<F>(mut self, function: &str, make: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: FnMut(&Batch<'_>) -> Answer + Send + 'static,
    {
        self.functions.add(function, make);
        self
    }

    /// Says what a function does by a preset.
    #[must_use]
    pub fn handles(self, function: &str, preset: HandlerPreset) -> Self {
        let preset = Some(preset);
        self.handling(Handling { function: function.to_owned(), preset, ..Handling::default() })
    }

    /// Says what a function does in detail.
    #[must_use]
    pub fn handling(mut self, handling: Handling) -> Self {
        self.scenario.handlers.push(handling);
        self
    }

    /// Says how whoever calls through a front does so, or what a client calls that no template shows.
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.scenario.callers.push(caller);
        self
    }

    /// Says which faults happen; without it, all.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.scenario.faults = plan;
        self
    }

    /// States limits for the guarantees.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.scenario.bounds = bounds;
        self
    }

    /// Changes something while events are in flight.
    #[must_use]
    pub fn change(mut self, change: PlannedChange) -> Self {
        self.scenario.changes.push(change);
        self
    }

    /// Asks for a guarantee of the catalogue or a property in Rust. Without any guarantee of the catalogue, all that
    /// fail a `redrive check` are asked for.
    #[must_use]
    pub fn guarantee(mut self, asking: impl Into<Asking>) -> Self {
        match asking.into() {
            Asking::Catalogue(asked) => self.wanted.push(asked),
            Asking::Stated(stated) => self.stated.push(stated),
        }
        self
    }

    /// Runs these seeds; without it, as many as it takes until nothing new is found.
    #[must_use]
    pub fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = Some(seeds);
        self
    }

    /// Uses other models than those of this version.
    #[must_use]
    pub fn models(mut self, models: Models) -> Self {
        self.models = models;
        self
    }

    /// Names the check; without it, it is named as the test that runs it.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Keeps capsules in another folder than `redrive-regressions` beside the manifest of the tested crate.
    #[must_use]
    pub fn regressions_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Runs one capsule only, as `REDRIVE_REPLAY` in the environment does.
    #[must_use]
    pub fn replay(mut self, capsule: &str) -> Self {
        self.replay = Some(capsule.to_owned());
        self
    }

    /// Searches.
    ///
    /// # Panics
    /// If what is stated makes no sense for the system; see [`Check::try_run`].
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.try_run().unwrap_or_else(|problems| panic!("this check cannot run\n{problems}"))
    }

    /// Searches: first the capsules that earlier failures saved, then seeds.
    ///
    /// # Errors
    /// Everything that makes no sense: names that the system does not have, capsules that cannot be read.
    pub fn try_run(mut self) -> Result<Outcome, Problems> {
        self.settle();
        let prepared = self.prepare()?;
        if let Some(capsule) = self.asked_capsule(&prepared.test) {
            return replaying(&prepared, &capsule);
        }
        let regressions = Regressions::of(&prepared.test, self.folder.as_ref());
        let outcome = Outcome::new(&prepared.test, regressions);
        let outcome = retried(&prepared, outcome)?;
        if outcome.is_held() { prepared.search(outcome) } else { Ok(outcome) }
    }

    /// Runs one seed and keeps it whole.
    ///
    /// # Panics
    /// If what is stated makes no sense for the system.
    #[track_caller]
    pub fn run_seed(mut self, seed: u64) -> Run {
        self.settle();
        let parts = {
            let prepared =
                self.prepare().unwrap_or_else(|problems| panic!("this run cannot be made\n{problems}"));
            let families = self.families();
            let code = Code { handlers: Some(&self.functions), ..Code::default() };
            prepared.programs.iter().map(|program| RunPart::of_seed(program, code, seed, families)).collect()
        };
        Run { models: self.models, names: Names::of(&self.topology), parts }
    }

    /// The capsule that the environment or the test itself asks for, if it is about this test.
    fn asked_capsule(&self, test: &str) -> Option<String> {
        if self.replay.is_some() {
            return self.replay.clone();
        }
        let capsule = std::env::var("REDRIVE_REPLAY").ok()?;
        let is_ours = crate::explore::Capsule::parse(&capsule)
            .map_or(true, |capsule| capsule.test.is_none_or(|named| named == test));
        is_ours.then_some(capsule)
    }

    /// What is stated is made one with the system: clients call, and properties know all names.
    fn settle(&mut self) {
        if self.scenario.callers.iter().any(|caller| caller.calls.is_some()) {
            self.scenario.let_clients_call(self.topology.to_mut(), &self.models);
        }
        let names = Arc::new(Names::of(&self.topology));
        for stated in &mut self.stated {
            stated.names = Arc::clone(&names);
        }
    }

    fn prepare(&self) -> Result<Prepared<'_>, Problems> {
        let programs = compile(&self.topology, &self.models, &self.scenario).map_err(Problems::new)?;
        let prepared = Prepared { check: self, programs, test: self.test_name() };
        prepared.names_make_sense()?;
        Ok(prepared)
    }

    /// Test threads are named as their tests.
    fn test_name(&self) -> String {
        let thread = std::thread::current();
        let named = self.name.clone().or_else(|| thread.name().map(str::to_owned));
        named.filter(|name| name != "main").unwrap_or_else(|| "check".to_owned())
    }

    fn families(&self) -> Families {
        self.scenario.faults.families.unwrap_or(Families::USUAL)
    }
}

impl Prepared<'_> {
    /// What the check adds to a search in Rust.
    pub(crate) fn with_code<T>(&self, then: impl FnOnce(Code<'_>) -> T) -> T {
        let properties: Vec<&dyn Property> =
            self.check.stated.iter().map(|stated| stated as &dyn Property).collect();
        let handlers = Some(&self.check.functions as &dyn crate::explore::Handlers);
        then(Code { properties: &properties, handlers, test: Some(&self.test) })
    }

    /// What capsules are tried on.
    pub(crate) fn ground<'a>(&'a self, code: Code<'a>) -> Ground<'a> {
        let Check { topology, models, scenario, .. } = self.check;
        Ground { topology, models, scenario, programs: &self.programs, code }
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.check.topology
    }

    pub(crate) const fn models(&self) -> &Models {
        &self.check.models
    }

    fn search(&self, mut outcome: Outcome) -> Result<Outcome, Problems> {
        let check = self.check;
        let asked = |name: &GuaranteeName| check.wanted.iter().any(|wanted| wanted.name == *name);
        let guarantees = if check.wanted.is_empty() {
            GuaranteeSet::EVERY
        } else {
            GuaranteeName::ALL.into_iter().filter(asked).fold(GuaranteeSet::NONE, GuaranteeSet::with)
        };
        let options = CheckOptions {
            seeds: check.seeds.as_ref().map(|seeds| seeds.end.saturating_sub(seeds.start)),
            first_seed: check.seeds.as_ref().map_or(0, |seeds| seeds.start),
            families: check.families(),
            guarantees,
            threads: available_parallelism().map_or(1, std::num::NonZero::get),
            exhaustive: None,
            input_options: Vec::new(),
        };
        let checked = self.with_code(|code| {
            let Check { topology, models, scenario, .. } = check;
            check_with(topology, models, scenario, &options, (code, &Halt::default()), &mut |_| {})
                .map_err(Problems::new)
        })?;
        let refused = if guarantees.has(GuaranteeName::Deployable) {
            refusals(&check.topology, &check.models)
        } else {
            Vec::new()
        };
        let rights =
            if guarantees.has(GuaranteeName::Permitted) { check.topology.rights.as_slice() } else { &[] };
        let loops = if guarantees.has(GuaranteeName::NoLoop) {
            no_loop(&check.topology, &check.scenario, &check.models)
        } else {
            Loops::default()
        };
        outcome.take_in(self, checked, (&refused, rights, &loops), &check.wanted);
        Ok(outcome)
    }

    /// A misspelt name would quietly state nothing. All that is wrong is told together.
    fn names_make_sense(&self) -> Result<(), Problems> {
        let check = self.check;
        let mut wrong = problems(&check.scenario, &check.topology, &check.models);
        let resources = check.topology.resources.iter();
        let names: Vec<&str> = resources.clone().map(|one| one.name.as_str()).collect();
        let is_function = |one: &&Resource| matches!(one.detail, ResourceDetail::Function(_));
        let functions: Vec<&str> = resources.filter(is_function).map(|one| one.name.as_str()).collect();
        for pattern in check.functions.names().filter(|one| *one != "*") {
            if !functions.iter().any(|name| matches(pattern, name)) {
                wrong.push(unknown("function", pattern, &functions));
            }
        }
        for place in check.wanted.iter().filter_map(|one| one.queue.as_deref()) {
            if !names.contains(&place) {
                wrong.push(unknown("resource", place, &names));
            }
        }
        let mut seen = BTreeSet::new();
        for twice in check.stated.iter().filter(|one| !seen.insert(one.name())) {
            let message = format!("two properties are called `{}`", twice.name());
            let help = "give each a name of its own: capsules name them";
            wrong.push(Diagnostic::error("check-same-name", message).help(help));
        }
        let is_error = wrong.iter().any(|one| one.severity == Severity::Error);
        if is_error { Err(Problems::new(wrong)) } else { Ok(()) }
    }
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> Diagnostic {
    let help = did_you_mean(name.trim_end_matches('*'), known);
    Diagnostic::error("check-unknown-name", format!("the system has no {kind} `{name}`")).help(help)
}
