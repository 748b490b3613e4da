//! The world against the naive one where channels deliver and Lambda's own queues hold events, record by record.

use redrive::program::Slot;
use redrive::trace::{Record, RecordKind};

use crate::agreement::agree;
use crate::naive;
use crate::networks::{Draw, MODELS, Weather, chooser};

#[test]
fn both_worlds_agree_on_pushed_systems_in_swarm_weather() {
    check(0..200, 2, Weather::Swarm);
}

#[test]
fn both_worlds_agree_on_pushed_systems_with_every_fault_at_once() {
    check(10_000..10_048, 2, Weather::Everything);
}

#[test]
fn both_worlds_agree_on_systems_that_send_round() {
    let mut stops = std::collections::BTreeMap::new();
    agree(20_000..20_060, 2, Weather::Swarm, |number| {
        let round = Draw::new(number).round_network();
        let programs = round.programs();
        for program in &programs {
            for entry in naive::run(program, &mut chooser(program, number, Weather::Swarm)) {
                for slot in [Slot::BufferRecursion, Slot::QueueRecursion] {
                    *stops.entry(slot as usize).or_insert(0) += usize::from(entry.rule == program.rule(slot));
                }
                let is_bound = entry.kind == RecordKind::DeliveryFiltered && entry.value == Record::LEFT_OUT;
                *stops.entry(usize::MAX).or_insert(0) += usize::from(is_bound);
            }
        }
        (round, programs)
    });
    assert_eq!(stops.len(), 3);
    assert!(stops.values().all(|count| *count > 10), "each way in which circles end occurs: {stops:?}");
}

#[test]
fn both_worlds_agree_on_systems_whose_archives_are_replayed() {
    let mut replayed = 0;
    agree(30_000..30_060, 2, Weather::Swarm, |number| {
        let again = Draw::new(number).replayed_network();
        let programs = again.programs();
        for program in &programs {
            let replays = MODELS.rule_id("eventbridge.replay");
            let entries = naive::run(program, &mut chooser(program, number, Weather::Swarm));
            replayed += entries.iter().filter(|entry| Some(entry.rule) == replays).count();
        }
        (again, programs)
    });
    assert!(replayed > 200, "only {replayed} events come again");
}

/// Every kind of record that pushes can cause occurs.
fn check(systems: std::ops::Range<u64>, seeds: u64, weather: Weather) {
    let kinds = agree(systems, seeds, weather, |number| {
        let pushed = Draw::new(number).called_network();
        let programs = pushed.programs();
        (pushed, programs)
    });
    for kind in KINDS {
        assert!(kinds.contains_key(&kind), "{kind:?} occurs: {kinds:#?}");
    }
}

/// What pushes cause, with a caller who waits and without one.
const KINDS: [RecordKind; 15] = [
    RecordKind::EventPublished,
    RecordKind::EventAccepted,
    RecordKind::EventDequeued,
    RecordKind::RetryScheduled,
    RecordKind::EventGivenUp,
    RecordKind::EventCompleted,
    RecordKind::ExitTaken,
    RecordKind::ExitFailed,
    RecordKind::DeliveryFailed,
    RecordKind::DeliveryRefused,
    RecordKind::DeliveryFiltered,
    RecordKind::DeliveryGivenUp,
    RecordKind::RequestMade,
    RecordKind::RequestAnswered,
    RecordKind::ObligationReturned,
];
