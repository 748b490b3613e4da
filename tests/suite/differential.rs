//! The world against the naive one, record by record, on random systems.

use redrive::trace::RecordKind;

use crate::agreement::agree;
use crate::networks::{Draw, Weather};

#[test]
fn both_worlds_agree_on_random_systems_in_swarm_weather() {
    check(0..3_000, 3, Weather::Swarm);
}

#[test]
fn both_worlds_agree_on_random_systems_with_every_fault_at_once() {
    check(10_000..10_800, 3, Weather::Everything);
}

/// Every kind of record that declared handlers can cause occurs.
fn check(systems: std::ops::Range<u64>, seeds: u64, weather: Weather) {
    let kinds = agree(systems, seeds, weather, |number| {
        let mut draw = Draw::new(number);
        let network = if number.is_multiple_of(2) { draw.network() } else { draw.mixed_network() };
        let programs = network.programs();
        (network, programs)
    });
    // What is sent round without end is left out at some time, if it is sent at all.
    let certain = kinds.keys().filter(|kind| **kind != RecordKind::DeliveryFiltered).count();
    assert_eq!(certain, KINDS, "kinds of records that were compared: {kinds:#?}");
}

/// All but `AnswerMalformed`, which takes a real handler.
const KINDS: usize = RecordKind::MessagesFiltered as usize + CHANGES;
/// Kinds of records that only the changes of a scenario cause.
const CHANGES: usize = 4;
