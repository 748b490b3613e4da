//! The search: planted bugs come out as small as they are known to be, and the same on any number of threads.

use redrive::explore::{
    Capsule, CheckOptions, Checked, Code, Counterexample, Halt, Progress, Replayed, Standing, Stop, check,
    check_with, replay,
};
use redrive::guarantee::{Gates, GuaranteeName};
use redrive::kernel::{Families, Family};
use redrive::models::Models;
use redrive::scenario::Scenario;
use redrive::topology::{RedriveTarget, ResourceDetail, ResourceId, ResponseType, Topology};
use redrive::vocabulary::Duration;

use crate::support::{System, options, programs, search, topology, verdict};

fn counterexample(checked: &Checked, guarantee: GuaranteeName) -> &Counterexample {
    let verdict = verdict(checked, guarantee);
    assert_eq!(verdict.standing, Standing::Violated, "{guarantee}");
    verdict.counterexample.as_ref().expect("a violated verdict has a story")
}

fn choices(example: &Counterexample) -> Vec<String> {
    Capsule::parse(&example.capsule).expect("the printed capsule reads").choices
}

/// A harness that finds nothing anywhere would pass every other test of what holds.
#[test]
fn the_canary_dies() {
    let checked = search(&System { max_receive_count: None, dead_letter_retention: 60, ..System::sound() });
    assert!(!checked.findings.is_empty(), "a queue without a redrive policy loses poison");
}

#[test]
fn the_sound_system_has_no_finding() {
    let checked = search(&System::sound());
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    assert_eq!(checked.parts[0].stop, Stop::NothingNew);
    assert_eq!(checked.parts[0].undecided, 0);
}

#[test]
fn a_missing_redrive_policy_takes_one_poisoned_event() {
    let checked = search(&System { max_receive_count: None, ..System::sound() });
    let example = counterexample(&checked, GuaranteeName::NoLoss);
    assert_eq!(choices(example), ["load@Orders/Orders.0=1", "poison@Orders/Orders.0=1"]);
    assert_eq!(example.at.since_start(), Duration::from_secs(345_600));
    assert_eq!(verdict(&checked, GuaranteeName::NoLoss).broken_by, [Families::NONE.with(Family::Poison)]);
}

#[test]
fn collateral_takes_one_bad_and_one_good_event() {
    let checked = search(&System { batch_size: 10, ..System::sound() });
    let example = counterexample(&checked, GuaranteeName::NoCollateral);
    assert_eq!(example.events, 2, "{}", example.capsule);
    let sets = &verdict(&checked, GuaranteeName::NoCollateral).broken_by;
    assert!(sets.contains(&Families::NONE.with(Family::Poison)), "{sets:?}");
}

#[test]
fn throttling_takes_every_receive_of_one_event() {
    let system = System { reserved: None, maximum_concurrency: None, ..System::sound() };
    let checked = search(&system);
    let example = counterexample(&checked, GuaranteeName::NoCollateral);
    assert_eq!(example.needs, [(Family::Throttle, Duration::from_secs(5 * 180))], "{}", example.capsule);
    assert_eq!(example.events, 1);
}

#[test]
fn a_short_visibility_timeout_takes_one_slow_event() {
    let checked = search(&System { visibility: 20, ..System::sound() });
    let example = counterexample(&checked, GuaranteeName::SingleFlight);
    assert_eq!(example.events, 1, "{}", example.capsule);
    let sets = &verdict(&checked, GuaranteeName::SingleFlight).broken_by;
    assert!(sets.contains(&Families::NONE.with(Family::Slow)), "{sets:?}");
}

#[test]
fn a_disabled_mapping_takes_no_fault_at_all() {
    let checked = search(&System { enabled: false, ..System::sound() });
    let found = verdict(&checked, GuaranteeName::Progress);
    assert_eq!(found.broken_by, [Families::NONE]);
    assert_eq!(choices(counterexample(&checked, GuaranteeName::Progress)), ["load@Orders/Orders.0=1"]);
}

/// A queue that is its own dead-letter queue keeps what it gives up until the retention ends.
#[test]
fn a_circle_of_dead_letter_queues_gets_load_and_loses_what_fails() {
    let mut circle = System::sound().topology();
    let ResourceDetail::Queue(queue) = &mut circle.resources[0].detail else {
        panic!("the first is a queue")
    };
    queue.redrive.as_mut().expect("it has a redrive policy").target = RedriveTarget::Queue(ResourceId(0));
    let checked = check_topology(&circle, &CheckOptions { seeds: Some(256), ..options() });
    assert_eq!(verdict(&checked, GuaranteeName::NoLoss).standing, Standing::Violated);
    assert_eq!(checked.parts[0].undecided, 0);
}

#[test]
fn the_last_seeds_there_are_can_be_run() {
    let options = CheckOptions { seeds: Some(4), first_seed: u64::MAX - 1, ..options() };
    let checked = check_topology(&System::sound().topology(), &options);
    assert_eq!(checked.parts[0].seeds, 4);
}

fn check_topology(topology: &Topology, options: &CheckOptions) -> Checked {
    let models = Models::embedded().expect("the embedded models load");
    check(topology, &models, &Scenario::default(), options, &mut |_| {}).expect("the models are complete")
}

#[test]
fn a_damaged_capsule_proves_nothing() {
    let system = System { max_receive_count: None, ..System::sound() };
    let checked = search(&system);
    let example = counterexample(&checked, GuaranteeName::NoLoss);
    let programs = programs(&system.topology());
    for (from, to) in [("Orders.0=1", "Orders.0=99999999999999999999"), ("load@Orders", "load@Nobody")] {
        let damaged = Capsule::parse(&example.capsule.replace(from, to)).expect("its frame is whole");
        let again = replay(&damaged, &programs).expect("the capsule's queue is there");
        assert_eq!(again.replayed, Replayed::Unclear, "{damaged}");
    }
}

/// Parts of several sizes, with findings of several kinds: all that a search does side by side.
fn several() -> Topology {
    let named = |name: &str| System { name: name.to_owned(), ..System::sound() };
    let systems = [
        System { batch_size: 10, reserved: None, ..named("Bills") },
        System { max_receive_count: None, ..named("Orders") },
        named("Parcels"),
        System { visibility: 20, ..named("Returns") },
        System { enabled: false, ..named("Stock") },
    ];
    let mut several = topology(&systems);
    let dead = |several: &Topology, name: &str| {
        let found = several.resources.iter().position(|resource| resource.name.as_str() == name);
        ResourceId(found.expect("it is there") as u32)
    };
    // What two systems give up goes into the queue of a third.
    let shared = dead(&several, "Stock");
    for name in ["Parcels", "Returns"] {
        let from = dead(&several, name);
        let ResourceDetail::Queue(queue) = &mut several.resources[from.0 as usize].detail else {
            panic!("{name} is a queue")
        };
        queue.redrive.as_mut().expect("it has one").target = RedriveTarget::Queue(shared);
    }
    several
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let system = System { batch_size: 10, reserved: None, ..System::sound() };
    for (topology, seeds, parts) in [(system.topology(), None, 1), (several(), Some(128), 3)] {
        let results = [1, 2, 5].map(|threads| {
            let checked = check_topology(&topology, &CheckOptions { threads, seeds, ..options() });
            assert_eq!(checked.parts.len(), parts);
            assert!(checked.findings.iter().any(|finding| finding.repair.is_some()), "repairs are tried");
            format!("{checked:?}")
        });
        assert!(results[0] == results[1], "one thread and two threads differ");
        assert!(results[0] == results[2], "one thread and five threads differ");
    }
}

#[test]
fn a_part_is_ended_by_what_is_told_of_it_and_the_others_go_on() {
    let models = Models::embedded().expect("the embedded models load");
    let options = CheckOptions { threads: 2, seeds: Some(192), ..options() };
    let (halt, mut told) = (Halt::default(), Vec::new());
    let scenario = Scenario::default();
    let mut watch = |progress: Progress| {
        told.push(progress);
        if progress.part == 1 { halt.ask() } else { halt.withdraw() }
    };
    let code = (Code::default(), &halt);
    let checked = check_with(&several(), &models, &scenario, &options, code, &mut watch);
    let parts = checked.expect("the models are complete").parts;
    assert_eq!(parts.iter().map(|part| part.seeds).collect::<Vec<_>>(), [192, 64, 192]);
    assert_eq!(
        parts.iter().map(|part| part.stop).collect::<Vec<_>>(),
        [Stop::Asked, Stop::Halted, Stop::Asked]
    );
    for (part, expected) in [(0, vec![64, 128, 192]), (1, vec![64]), (2, vec![64, 128, 192])] {
        let of_part = told.iter().filter(|one| one.part == part);
        assert_eq!(of_part.map(|one| one.seeds).collect::<Vec<_>>(), expected, "part {part}");
    }
    let mut begun: Vec<usize> = told.iter().map(|one| one.begun).collect();
    begun.sort_unstable();
    begun.dedup();
    assert_eq!(begun, [0, 1, 2], "every part is begun once");
    assert_eq!(told[0].parts, 3);
}

#[test]
fn a_printed_capsule_replays_the_same_run() {
    let system = System { batch_size: 10, visibility: 20, reserved: None, ..System::sound() };
    let checked = search(&system);
    let mut replayed = 0;
    for verdict in checked.parts.iter().flat_map(|part| &part.verdicts) {
        let Some(example) = &verdict.counterexample else { continue };
        let capsule = Capsule::parse(&example.capsule).expect("the printed capsule reads");
        let programs = programs(&system.topology());
        let again = replay(&capsule, &programs).expect("the capsule's queue is there");
        assert_eq!(again.replayed, Replayed::Same, "{}", example.capsule);
        assert_eq!(again.violation.map(|violation| violation.at), Some(example.at));
        assert_eq!(again.unknown, []);
        replayed += 1;
    }
    assert!(replayed >= 3, "only {replayed} capsules were replayed");
}

#[test]
fn a_capsule_survives_an_unrelated_system() {
    let system = System { max_receive_count: None, ..System::sound() };
    let checked = search(&system);
    let example = counterexample(&checked, GuaranteeName::NoLoss);
    let capsule = Capsule::parse(&example.capsule).expect("the printed capsule reads");
    let other = System { name: "Invoices".to_owned(), ..System::sound() };
    let joined = topology(&[other, system]);
    let programs = programs(&joined);
    let again = replay(&capsule, &programs).expect("the queue is there");
    assert_eq!(again.replayed, Replayed::Same);
    assert_eq!(again.violation.map(|violation| violation.at), Some(example.at));
}

#[test]
fn every_finding_that_gates_has_a_repair_that_holds() {
    let systems = [
        System { max_receive_count: None, ..System::sound() },
        System { batch_size: 10, ..System::sound() },
        System { dead_letter_retention: 3_600, ..System::sound() },
        System { reserved: None, maximum_concurrency: None, ..System::sound() },
        System { enabled: false, ..System::sound() },
        System { max_receive_count: Some(1), batch_size: 10, reserved: None, ..System::sound() },
        System {
            batch_size: 10,
            response_type: ResponseType::BatchItemFailures,
            reserved: None,
            ..System::sound()
        },
    ];
    for system in &systems {
        let checked = search(system);
        let gating = checked.findings.iter().filter(|finding| {
            let (part, verdict) = finding.verdicts[0];
            checked.parts[part].verdicts[verdict].guarantee.gates() == Gates::Yes
        });
        let mut count = 0;
        for finding in gating {
            assert!(finding.repair.is_some(), "no repair for {finding:?} of {system:?}");
            count += 1;
        }
        assert!(count > 0, "nothing was found in {system:?}");
    }
}
