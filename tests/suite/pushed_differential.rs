//! The world against the naive one where channels deliver and Lambda's own queues hold events, record by record.

use redrive::trace::RecordKind;

use crate::agreement::agree;
use crate::networks::{Draw, Weather};

#[test]
fn both_worlds_agree_on_pushed_systems_in_swarm_weather() {
    check(0..200, 2, Weather::Swarm);
}

#[test]
fn both_worlds_agree_on_pushed_systems_with_every_fault_at_once() {
    check(10_000..10_040, 2, Weather::Everything);
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
