//! Telling: small choices as a story with its capsule.

use std::collections::BTreeSet;

use crate::explore::capsule::Capsule;
use crate::explore::codec::Codec;
use crate::explore::story::{EventNames, event_label, story};
use crate::explore::{Code, Counterexample, Footing, Question, Runner, topology_digest};
use crate::kernel::{Choices, Families, Family, Scope};
use crate::models::Models;
use crate::program::Program;
use crate::scenario::Scenario;
use crate::topology::Topology;
use crate::vocabulary::Duration;
use crate::world::World;

/// Where a search comes from, as far as capsules tell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin<'a> {
    inputs: &'a [String],
    models: u64,
    scenario: u64,
}

impl<'a> Origin<'a> {
    pub(crate) fn of(topology: &'a Topology, models: &Models, scenario: &Scenario) -> Self {
        Self { inputs: &topology.inputs, models: models.digest(), scenario: scenario.digest() }
    }
}

/// What was found, apart from the choices that show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) question: Question,
    pub(crate) footing: Footing,
    pub(crate) families: Families,
    /// None where an enumeration found it.
    pub(crate) seed: Option<u64>,
}

/// Tells stories of runs of one program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teller<'a> {
    pub(crate) program: &'a Program,
    pub(crate) origin: Origin<'a>,
    pub(crate) code: Code<'a>,
    /// Options that changed the input.
    pub(crate) input_options: &'a [String],
}

/// How many events a run has; one that several consumers are owed counts once.
fn events_of(world: &World) -> usize {
    let names = world.events().map(|event| match event.route {
        None => (event.name, None),
        Some(_) => (u64::from(event.source), Some((event.ordinal, event.parent))),
    });
    names.collect::<BTreeSet<_>>().len()
}

impl Teller<'_> {
    /// The story of small choices.
    pub(crate) fn tell(
        &self,
        found: &Found,
        choices: &Choices,
        runner: &mut Runner<'_>,
    ) -> Option<Counterexample> {
        let Found { question, footing, families, seed } = *found;
        let (summary, trace) = runner.trace(choices, &footing.background());
        let violation = question.shown(runner)?;
        let steps = story(runner, &trace, &violation);
        let mut records = trace.iter().enumerate();
        let (_, (shown, _)) =
            records.find(|(position, (record, covered))| violation.may_be(*position, record, covered))?;
        let says = match question {
            Question::Catalogue { .. } => None,
            Question::Stated(index) => runner.stated_breach(index).and_then(|breach| breach.says.clone()),
        };
        let world = runner.world();
        let capsule = Capsule {
            models: self.origin.models,
            digest: summary.digest.0,
            topology: topology_digest(self.program),
            scenario: self.origin.scenario,
            about: question.asked(self.program, self.code.properties),
            footing,
            test: self.code.test.map(str::to_owned),
            inputs: self.origin.inputs.to_vec(),
            options: self.input_options.to_vec(),
            choices: self.spell(choices, runner),
        };
        Some(Counterexample {
            families,
            seed,
            capsule: capsule.to_string(),
            digest: summary.digest,
            events: events_of(world),
            culprit: violation.event.map(|event| event_label(self.program, world, event)),
            says,
            at: violation.at,
            rule: shown.rule,
            needs: Self::needs(choices),
            steps,
        })
    }

    fn spell(&self, choices: &Choices, runner: &Runner<'_>) -> Vec<String> {
        let world = runner.world();
        let names = EventNames::of(self.program, world);
        Codec::new(self.program).write(choices.iter(), |item| names.path(item))
    }

    /// The lengths of the spans that the small run needs.
    fn needs(choices: &Choices) -> Vec<(Family, Duration)> {
        let is_length = |family: Family, ordinal: u32| {
            family.scope() == Scope::Span
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
