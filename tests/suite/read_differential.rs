//! The world against the naive one where mappings read streams, record by record.

use redrive::trace::RecordKind;

use crate::agreement::agree;
use crate::networks::{Draw, Weather};

#[test]
fn both_worlds_agree_on_streams_in_swarm_weather() {
    check(0..200, 2, Weather::Swarm);
}

#[test]
fn both_worlds_agree_on_streams_with_every_fault_at_once() {
    check(10_000..10_040, 2, Weather::Everything);
}

/// Every kind of record that streams can cause occurs.
fn check(systems: std::ops::Range<u64>, seeds: u64, weather: Weather) {
    let kinds = agree(systems, seeds, weather, |number| {
        let read = Draw::new(number).read_network();
        let programs = read.programs();
        (read, programs)
    });
    for kind in KINDS {
        assert!(kinds.contains_key(&kind), "{kind:?} occurs: {kinds:#?}");
    }
}

/// What streams cause.
const KINDS: [RecordKind; 8] = [
    RecordKind::RecordWritten,
    RecordKind::RecordsRead,
    RecordKind::BatchHeldBack,
    RecordKind::BatchRetried,
    RecordKind::BatchSplit,
    RecordKind::CheckpointMoved,
    RecordKind::RecordsDiscarded,
    RecordKind::StreamResharded,
];
