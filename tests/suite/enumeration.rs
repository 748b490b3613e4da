//! The enumeration: what it takes all combinations of, what it leaves out, and what it proves.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use redrive::explore::{
    Capsule, CheckOptions, Enumeration, Limits, Replayed, Runner, Scope, Standing, enumerate, replay,
};
use redrive::guarantee::{GuaranteeName, GuaranteeSet};
use redrive::kernel::{Families, Family, Reduction};
use redrive::models::Models;
use redrive::program::{Program, compile};
use redrive::scenario::Scenario;
use redrive::template::{ImportOptions, import};
use redrive::topology::{RedriveTarget, ResourceDetail, ResourceId, ResponseType};

use crate::support::{System, options, programs, search_with, verdict};

const SINGLE: Scope = Scope { events: 2, faults: 1, concurrency: 2 };

fn take_all(program: &Program, scope: Scope, families: Families, reduction: Reduction) -> Enumeration {
    let models = Models::embedded().expect("the embedded models load");
    let mut runner = Runner::new(program, GuaranteeSet::EVERY);
    enumerate(&mut runner, &models, &scope, families, (reduction, Limits::USUAL))
}

fn broken(found: &Enumeration) -> BTreeSet<(GuaranteeName, usize)> {
    found.broken.iter().map(|one| (one.guarantee, one.queue)).collect()
}

/// Choices about load, which are no faults.
const LOAD: [&str; 5] = ["load", "few", "busy", "window", "phase"];

/// Different small systems, the same in every run.
fn systems() -> Vec<System> {
    let mut systems = Vec::new();
    for (number, visibility) in [20, 35, 180, 20, 60, 180, 7, 180].into_iter().enumerate() {
        let odd = number % 2 == 1;
        systems.push(System {
            visibility,
            max_receive_count: (number != 2).then_some(1 + number as u64 % 3),
            retention: if number == 2 { 400 } else { 345_600 },
            batch_size: [1, 10, 2][number % 3],
            window: if number == 4 { 1 } else { 0 },
            maximum_concurrency: if odd { Some(2) } else { None },
            response_type: if number > 4 {
                ResponseType::BatchItemFailures
            } else {
                ResponseType::WholeBatch
            },
            timeout: [30, 5][number % 2],
            reserved: [Some(1), None, Some(10)][number % 3],
            delay: if number == 6 { 5 } else { 0 },
            ..System::sound()
        });
    }
    systems
}

#[test]
fn the_numbers_of_runs_and_states_are_known() {
    let mut table = String::new();
    let shared = System { batch_size: 10, ..System::sound() };
    let short = System { visibility: 20, ..System::sound() };
    for (name, system) in
        [("sound", System::sound()), ("shared batches", shared), ("short visibility", short)]
    {
        for scope in [Scope { faults: 0, ..SINGLE }, Scope { events: 1, ..SINGLE }, SINGLE] {
            for reduction in [Reduction::None, Reduction::Symmetry, Reduction::States] {
                let found = take_all(&system.program(), scope, Families::EVERY, reduction);
                let words: Vec<String> =
                    found.broken.iter().map(|one| format!("{} by {}", one.guarantee, one.families)).collect();
                let (runs, states) = (found.runs, found.met.states);
                let how = format!("{reduction:?}");
                writeln!(
                    table,
                    "{name:16} {scope}  {how:8} {runs:>6} runs {states:>6} states  {}",
                    words.join(", ")
                )
                .expect("text can be written to");
            }
        }
    }
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("enumeration", table);
    });
}

/// What is left out changes no verdict, and something is left out.
#[test]
fn a_reduced_enumeration_breaks_what_a_whole_one_breaks() {
    let (mut all, mut fewer) = (0, 0);
    for system in systems() {
        let program = system.program();
        let whole = take_all(&program, SINGLE, Families::EVERY, Reduction::None);
        let reduced = take_all(&program, SINGLE, Families::EVERY, Reduction::States);
        assert_eq!((whole.complete, reduced.complete), (Some(1), Some(1)), "{system:?}");
        assert_eq!(broken(&whole), broken(&reduced), "{system:?}");
        assert_eq!(whole.exercised, reduced.exercised, "{system:?}");
        assert!(!reduced.met.asked_again, "{system:?}");
        let beyond = |found: &Enumeration| found.beyond.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(beyond(&whole), beyond(&reduced), "{system:?}");
        all += whole.met.states;
        fewer += reduced.met.states;
    }
    assert!(fewer * 3 < all * 2, "{fewer} of {all} states");
}

/// With two faults states meet again in many ways.
#[test]
fn a_reduced_enumeration_of_two_faults_breaks_what_a_whole_one_breaks() {
    let families =
        [Family::Poison, Family::TransientError, Family::Timeout, Family::Duplicate, Family::Outage];
    let families: Families = families.into_iter().chain([Family::Load]).collect();
    for system in systems().into_iter().take(4) {
        let program = system.program();
        let scope = Scope { faults: 2, ..SINGLE };
        let whole = take_all(&program, scope, families, Reduction::None);
        let reduced = take_all(&program, scope, families, Reduction::States);
        assert_eq!(broken(&whole), broken(&reduced), "{system:?}");
        assert_eq!(whole.exercised, reduced.exercised, "{system:?}");
        assert!(reduced.met.states < whole.met.states, "{system:?}");
    }
}

/// A circle of dead-letter queues asks for choices by names that it has used: there nothing is merged.
#[test]
fn states_are_not_merged_where_names_come_again() {
    let mut circle = System { visibility: 20, ..System::sound() }.topology();
    let ResourceDetail::Queue(queue) = &mut circle.resources[0].detail else {
        panic!("the first is a queue")
    };
    queue.redrive.as_mut().expect("it has a redrive policy").target = RedriveTarget::Queue(ResourceId(0));
    queue.message_retention = redrive::topology::Setting::known(
        redrive::vocabulary::Duration::from_secs(300),
        redrive::topology::Origin::CommandLine,
    );
    let program = programs(&circle).remove(0);
    let families = Families::NONE.with(Family::Poison).with(Family::TransientError).with(Family::Load);
    let scope = Scope { events: 1, ..SINGLE };
    let found = take_all(&program, scope, families, Reduction::States);
    let whole = take_all(&program, scope, families, Reduction::None);
    assert_eq!(broken(&found), broken(&whole));
    assert_eq!(found.met.merged, 0, "{:?}", found.met);
}

#[test]
fn nothing_that_a_sweep_finds_within_the_scope_is_missed() {
    let mut compared = 0;
    for system in systems() {
        let checked =
            search_with(&system, &Scenario::default(), &CheckOptions { seeds: Some(1_024), ..options() });
        let found = take_all(&system.program(), SINGLE, Families::EVERY, Reduction::States);
        for verdict in &checked.parts[0].verdicts {
            let Some(example) = &verdict.counterexample else { continue };
            let choices = Capsule::parse(&example.capsule).expect("a printed capsule reads").choices;
            let is_load = |choice: &&String| LOAD.iter().any(|word| choice.starts_with(&format!("{word}@")));
            let faults = choices.iter().filter(|choice| !is_load(choice)).count();
            if example.events <= 2 && faults <= 1 {
                compared += 1;
                let here = (verdict.guarantee, verdict.at.queue);
                assert!(broken(&found).contains(&here), "{here:?}: {choices:?} of {system:?}");
            }
        }
    }
    assert!(compared > 8, "only {compared} were compared");
}

#[test]
fn what_an_enumeration_breaks_is_told_and_replayed() {
    let system = System { batch_size: 10, ..System::sound() };
    let at = |first_seed| CheckOptions { seeds: Some(1), first_seed, ..options() };
    let misses = |seed: &u64| {
        let swept = search_with(&system, &Scenario::default(), &at(*seed));
        verdict(&swept, GuaranteeName::NoCollateral).standing != Standing::Violated
    };
    let seed = (0..64).find(misses).expect("some seed alone does not find it");
    let options = CheckOptions { exhaustive: Some(SINGLE), ..at(seed) };
    let checked = search_with(&system, &Scenario::default(), &options);
    let verdict = verdict(&checked, GuaranteeName::NoCollateral);
    assert_eq!(verdict.standing, Standing::Violated);
    assert_eq!(verdict.broken_by, [Families::NONE.with(Family::Poison)]);
    let example = verdict.counterexample.as_ref().expect("a violated verdict has a story");
    assert_eq!((example.seed, example.events), (None, 2), "{}", example.capsule);
    let capsule = Capsule::parse(&example.capsule).expect("the printed capsule reads");
    let programs = programs(&system.topology());
    let again = replay(&capsule, &programs).expect("the capsule's queue is there");
    assert_eq!(again.replayed, Replayed::Same);
}

#[test]
fn what_survives_is_proved_and_what_is_too_large_is_not() {
    let program = System::sound().program();
    let found = take_all(&program, SINGLE, Families::EVERY, Reduction::States);
    assert_eq!(found.proves(GuaranteeName::NoLoss, 0), Some(1));
    let models = Models::embedded().expect("the embedded models load");
    let mut runner = Runner::new(&program, GuaranteeSet::EVERY);
    let limits = Limits { records: 2_000, ..Limits::USUAL };
    let how = (Reduction::States, limits);
    let cut = enumerate(&mut runner, &models, &SINGLE, Families::EVERY, how);
    let stopped = cut.stopped.expect("two thousand records are not enough");
    assert_eq!((stopped.faults, cut.complete), (1, Some(0)));
    assert!((1..1_000_000).contains(&stopped.share), "{stopped:?}");
    assert_eq!(cut.proves(GuaranteeName::NoLoss, 0), Some(0), "what no fault breaks is proved all the same");
}

/// The pairs of `pitfalls`, each with the guarantee that it is about.
const PITFALLS: [(&str, GuaranteeName, &str); 4] = [
    ("ledger-postings-shared-fate", GuaranteeName::NoCollateral, "PostingsQueue"),
    ("parcel-labels-no-redrive", GuaranteeName::NoLoss, "LabelRequests"),
    ("partner-sync-dlq-retention", GuaranteeName::DeadLetterDelivery, "PartnerSyncQueue"),
    ("telemetry-window-visibility", GuaranteeName::SingleFlight, "ScooterTelemetry"),
];

#[test]
fn planted_mistakes_are_broken_and_their_repairs_proved() {
    let models = Models::embedded().expect("the embedded models load");
    for (id, guarantee, name) in PITFALLS {
        for kind in ["buggy", "fixed"] {
            let path = format!("tests/templates/pitfalls/{id}/{kind}.yaml");
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            let imported = import(&path, &ImportOptions::with_stand_ins(), &models);
            let topology = imported.topology.expect("the template can be read");
            let programs =
                compile(&topology, &models, &Scenario::default()).expect("the models are complete");
            let place = programs.iter().find_map(|program| {
                let is_here = |queue: &usize| program.name(program.queues[*queue].entity).as_str() == name;
                (0..program.queues.len()).find(is_here).map(|queue| (program, queue))
            });
            let (program, queue) = place.expect("the queue is there");
            let found = take_all(program, SINGLE, Families::EVERY, Reduction::States);
            let is_broken = broken(&found).contains(&(guarantee, queue));
            assert_eq!(is_broken, kind == "buggy", "{id} {kind}: {:?}", found.stopped);
            assert_eq!(found.proves(guarantee, queue).is_some(), kind == "fixed", "{id} {kind}");
        }
    }
}
