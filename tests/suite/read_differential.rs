//! The world against the naive one where mappings read streams, record by record.

use redrive::program::{Most, Program, Slot, StreamTable};
use redrive::trace::{Record, RecordKind, StoredTrace};
use redrive::vocabulary::Instant;
use redrive::world::{Declared, World};

use crate::agreement::agree;
use crate::networks::{Draw, Weather, chooser};

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
const KINDS: [RecordKind; 9] = [
    RecordKind::RecordWritten,
    RecordKind::RecordsRead,
    RecordKind::BatchHeldBack,
    RecordKind::BatchRetried,
    RecordKind::BatchSplit,
    RecordKind::CheckpointMoved,
    RecordKind::RecordsDiscarded,
    RecordKind::StreamResharded,
    RecordKind::SendThrottled,
];

//= test: stream_poll.tumbling
#[test]
fn random_streams_have_windows_that_end_late_early_and_without_a_state() {
    let slots =
        [Slot::LogTumbling, Slot::LogTumblingFinal, Slot::LogTumblingEarly, Slot::LogTumblingStateMissing];
    let mut counts = [0; 4];
    let (mut world, mut trace) = (World::new(), StoredTrace::default());
    for number in 0..60 {
        for program in Draw::new(number).read_network().programs() {
            trace.clear();
            world.run(&program, &mut chooser(&program, number, Weather::Swarm), &mut trace, &mut Declared);
            for (record, _) in trace.iter() {
                for (count, slot) in counts.iter_mut().zip(slots) {
                    *count += usize::from(record.rule == program.rule(slot));
                }
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

//= test: stream_poll.payload_limit
#[test]
fn random_streams_have_records_that_fit_into_no_event_and_batches_that_sizes_end() {
    let (mut too_large, mut by_size) = (0, 0);
    let (mut world, mut trace) = (World::new(), StoredTrace::default());
    for number in 0..60 {
        for program in Draw::new(number).read_network().programs() {
            let of = |record: &Record| program.network.streams.iter().any(|s| s.too_large == record.rule);
            trace.clear();
            world.run(&program, &mut chooser(&program, number, Weather::Swarm), &mut trace, &mut Declared);
            too_large += trace.iter().filter(|(record, _)| of(record)).count();
            let decide = |stream: &StreamTable| matches!(stream.events.most(100), Most::Sizes(_));
            by_size += usize::from(program.network.streams.iter().any(decide));
        }
    }
    assert!(too_large > 20 && by_size > 5, "{too_large} {by_size}");
}

//= test: kinesis.delete_delay
//= test: dynamodb_streams.delete_delay
#[test]
fn random_streams_are_deleted_while_records_come_and_are_in_them() {
    let (mut refused, mut forgotten, mut lost, mut late) = (0, 0, 0, 0);
    let (mut world, mut trace) = (World::new(), StoredTrace::default());
    for number in 0..200 {
        for program in Draw::new(number).read_network().programs() {
            let deletions: Vec<_> =
                program.network.streams.iter().filter_map(|stream| stream.deletion.as_ref()).collect();
            let Some(deletion) = deletions.first() else { continue };
            trace.clear();
            world.run(&program, &mut chooser(&program, number, Weather::Swarm), &mut trace, &mut Declared);
            for (record, _) in trace.iter().filter(|(record, _)| record.rule == deletion.rule) {
                refused += usize::from(record.kind == RecordKind::DeliveryRefused);
                forgotten += usize::from(record.kind == RecordKind::MessageExpired);
                lost += usize::from(record.kind == RecordKind::ObligationLost);
                let stated = program.plan.changes.iter().map(|change| Instant::START + change.at);
                late += usize::from(
                    record.kind == RecordKind::SettingChanged
                        && !stated.into_iter().any(|at| at == record.at),
                );
            }
        }
    }
    assert!(refused > 20 && forgotten > 20 && lost > 10 && late > 2, "{refused} {forgotten} {lost} {late}");
}

#[test]
fn random_topics_have_lanes_that_wait_for_a_consumer_and_get_more_of_them() {
    let (mut world, mut waited, mut grown) = (World::new(), 0, 0);
    for number in 0..300 {
        for mut program in Draw::new(number).read_network().programs() {
            let rules: Vec<_> = program.network.consumers.iter().flatten().map(|table| table.rule).collect();
            if rules.is_empty() {
                continue;
            }
            let mut run = |program: &Program| {
                let mut trace = StoredTrace::default();
                world.run(program, &mut chooser(program, number, Weather::Swarm), &mut trace, &mut Declared);
                trace
            };
            let few = run(&program);
            let is_more = |record: &Record| {
                record.kind == RecordKind::ConcurrencyChanged && rules.contains(&record.rule)
            };
            grown += few.iter().filter(|(record, _)| is_more(record)).count();
            program.network.consumers.iter_mut().for_each(|consumers| *consumers = None);
            waited += usize::from(!few.iter().eq(run(&program).iter()));
        }
    }
    assert!(waited > 5 && grown > 1, "{waited} {grown}");
}

#[test]
fn random_writers_give_up_what_a_shard_refuses_too_often() {
    let (mut again, mut given_up) = (0, 0);
    let (mut world, mut trace) = (World::new(), StoredTrace::default());
    for number in 0..200 {
        for program in Draw::new(number).read_network().programs() {
            if program.network.streams.iter().all(|stream| stream.writer.is_none()) {
                continue;
            }
            trace.clear();
            world.run(&program, &mut chooser(&program, number, Weather::Swarm), &mut trace, &mut Declared);
            for (record, _) in trace.iter() {
                again += usize::from(record.kind == RecordKind::SendThrottled);
                given_up += usize::from(record.kind == RecordKind::DeliveryRefused && record.subject > 0);
            }
        }
    }
    assert!(again > 50 && given_up > 50, "{again} {given_up}");
}

//= test: kinesis.readers
#[test]
fn random_streams_are_read_later_where_a_shard_gives_less() {
    let (mut world, mut later) = (World::new(), 0);
    for number in 0..300 {
        for mut program in Draw::new(number).read_network().programs() {
            let mut run = |program: &Program| {
                let mut trace = StoredTrace::default();
                world.run(program, &mut chooser(program, number, Weather::Swarm), &mut trace, &mut Declared);
                trace
            };
            let limited = run(&program);
            program.network.logs.iter_mut().for_each(|log| log.read_limit = None);
            later += usize::from(!limited.iter().eq(run(&program).iter()));
        }
    }
    assert!(later >= 5, "{later}");
}
