//! The neighbourhood of a capsule that no longer violates what it is about: before it counts as mended, runs like it
//! are tried. A setting that moved by a little moves a counterexample by a little.

use crate::explore::replay::place;
use crate::explore::tell::{Found, Origin, Teller};
use crate::explore::{
    At, Capsule, Code, Codec, Counterexample, Part, Question, Runner, Standing, StatedVerdict, Stop, Verdict,
    shrink,
};
use crate::guarantee::GuaranteeSet;
use crate::kernel::{Background, Choice, Choices, Families, Family, Scope};
use crate::models::Models;
use crate::program::Program;
use crate::scenario::Scenario;
use crate::topology::Topology;

/// How many seeds with the capsule's families are tried.
const SEEDS: u64 = 512;

/// The system that a capsule is tried on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// What is deployed.
    pub topology: &'a Topology,
    /// The models.
    pub models: &'a Models,
    /// What is stated beside the template.
    pub scenario: &'a Scenario,
    /// The programs of these three.
    pub programs: &'a [Program],
    /// Properties and handlers in Rust.
    pub code: Code<'a>,
}

/// A violation of what a capsule is about by a run like the capsule's, as a part with one verdict; `None` where none was
/// found.
///
/// The capsule itself is tried first, as far as its choices still name something; then the same with longer and shorter
/// times; then seeds that draw the capsule's families only. What is found is made small again.
pub fn nearby(capsule: &Capsule, ground: &Ground<'_>) -> Option<Part> {
    let (program, question) = place(capsule, ground.programs, ground.code)?;
    let story = near(capsule, ground, program, question)?;
    Some(part(program, question, ground.code, story))
}

fn near(
    capsule: &Capsule,
    ground: &Ground<'_>,
    program: &Program,
    question: Question,
) -> Option<Counterexample> {
    let (choices, _) = Codec::new(program).read(&capsule.choices);
    let mut runner = Runner::with_code(program, GuaranteeSet::EVERY, ground.code);
    let background = capsule.footing.background();
    let families: Families = choices.iter().map(|choice| choice.point.family).collect();
    let origin = Origin::of(ground.topology, ground.models, ground.scenario);
    let teller = Teller { program, origin, code: ground.code, input_options: &capsule.options };
    let found =
        Found { question, footing: capsule.footing, families: families.without(Family::Load), seed: None };
    for variant in variants(&choices) {
        if violates(&mut runner, question, &variant, &background) {
            return teller.tell(&found, &variant, &mut runner);
        }
    }
    for seed in 0..SEEDS {
        runner.seed(seed, families);
        if question.shown(&runner).is_some() {
            let small = shrink(&mut runner, question, capsule.footing, seed, families)?;
            return teller.tell(&Found { seed: Some(seed), ..found }, &small, &mut runner);
        }
    }
    None
}

fn violates(runner: &mut Runner<'_>, question: Question, choices: &Choices, background: &Background) -> bool {
    runner.replay(choices, background);
    question.shown(runner).is_some()
}

/// The choices themselves, then with other values, the nearest ones first.
fn variants(choices: &Choices) -> Vec<Choices> {
    let all = |change: fn(u64) -> u64| -> Choices {
        choices.iter().map(|choice| Choice { value: changed(choice, change), ..*choice }).collect()
    };
    let mut variants = vec![choices.clone(), all(|value| value.saturating_mul(2)), all(|_| u64::MAX)];
    for position in 0..choices.len() {
        for change in [|value: u64| value.saturating_mul(2), |_| u64::MAX, |value: u64| (value / 2).max(1)] {
            let one = choices.iter().enumerate().map(|(index, choice)| {
                let value = if index == position { changed(choice, change) } else { choice.value };
                Choice { value, ..*choice }
            });
            variants.push(one.collect());
        }
    }
    variants.dedup();
    variants
}

/// A length is changed; other choices stay, and a menu brings what is too much back into its range.
fn changed(choice: &Choice, change: impl FnOnce(u64) -> u64) -> u64 {
    let point = &choice.point;
    let is_length = match point.family.scope() {
        Scope::Span => point.item == 0 && point.ordinal.is_multiple_of(2),
        Scope::Event | Scope::Invocation | Scope::Platform => true,
        Scope::Given => false,
    };
    if is_length { change(choice.value) } else { choice.value }
}

/// A part whose only verdict is that of a story.
fn part(program: &Program, question: Question, code: Code<'_>, story: Counterexample) -> Part {
    let mut part = Part {
        program: program.clone(),
        first_seed: story.seed.unwrap_or(0),
        seeds: 1,
        stop: Stop::Asked,
        records: 0,
        items: 0,
        undecided: 0,
        verdicts: Vec::new(),
        stated: Vec::new(),
        quantities: Vec::new(),
        tolerated: Vec::new(),
        enumeration: None,
    };
    let broken_by = vec![story.families];
    match question {
        Question::Catalogue { guarantee, queue } => part.verdicts.push(Verdict {
            guarantee,
            at: At::of(program, queue),
            standing: Standing::Violated,
            survived: Vec::new(),
            broken_by,
            beyond_platform: Families::NONE,
            counterexample: Some(story),
        }),
        Question::Stated(index) => {
            let property = code.properties[index];
            part.stated.push(StatedVerdict {
                name: property.name().to_owned(),
                stated_in: property.stated_in(),
                quantifier: property.quantifier(),
                gates: property.gates(),
                standing: Standing::Violated,
                exercised: 1,
                survived: Vec::new(),
                broken_by,
                counterexample: Some(story),
            });
        }
    }
    part
}
