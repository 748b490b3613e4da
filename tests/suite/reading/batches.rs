//! How records become batches: reads, windows, lanes, room, and what switches a mapping off.

use redrive::kernel::Family;
use redrive::scenario::{Change, PlannedChange};
use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;

use super::{clicks, clicks_of};

//= test: stream_poll.read
//= test: stream_poll.invoke
//= test: stream_poll.checkpoint
#[test]
fn a_batch_holds_what_came_while_the_one_before_it_ran_and_no_more_than_its_size() {
    clicks("BatchSize: 3").records(6, 100, 1).run().check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        0.450 lane 0 reads 1 2 3
        0.600 passes 1 2 3
        0.600 lane 0 reads 4 5
        0.700 passes 4 5
        ",
    );
}

//= test: stream_poll.window
#[test]
fn with_a_window_a_batch_gathers_until_it_is_full_or_the_window_has_passed() {
    let settings = "BatchSize: 3, MaximumBatchingWindowInSeconds: 2";
    clicks(settings).records(5, 500, 1).run().check(
        "
        1.000 lane 0 reads 0 1 2
        1.550 passes 0 1 2
        3.550 lane 0 reads 3 4
        3.650 passes 3 4
        ",
    );
}

//= test: stream_poll.window_phase
#[test]
fn a_window_may_have_begun_before_its_first_record() {
    let settings = "BatchSize: 10, MaximumBatchingWindowInSeconds: 10";
    let heard = clicks(settings).records(1, 1, 1).open_at("stream_poll.window_phase", 0, 0, 30).run();
    heard.check(
        "
        3.000 lane 0 reads 0
        3.450 passes 0
        ",
    );
}

//= test: stream_poll.pickup
#[test]
fn a_record_may_wait_for_the_next_look_at_its_shard() {
    let heard = clicks("BatchSize: 10").records(1, 1, 1).open_at("stream_poll.pickup", 0, 0, 80).run();
    heard.check(
        "
        0.800 lane 0 reads 0
        1.250 passes 0
        ",
    );
}

//= test: stream_poll.payload_limit
#[test]
fn a_batch_is_closed_by_its_size_in_bytes() {
    let heard = clicks("BatchSize: 10000, MaximumBatchingWindowInSeconds: 1")
        .records(9_000, 0, 1)
        .adjust(|program| program.functions[0].event_duration = Duration::from_micros(1))
        .run();
    let reads = heard.by_rule("stream_poll.read");
    let sizes: Vec<usize> = reads.iter().map(|(_, records)| records.len()).collect();
    assert!(
        sizes[0] < 4_500,
        "six megabytes hold fewer than 4,500 records of a kilobyte in base64: {sizes:?}"
    );
    assert_eq!(sizes.iter().sum::<usize>(), 9_000, "{sizes:?}");
}

//= test: stream_poll.lanes
//= test: kinesis.shard_of
#[test]
fn with_lanes_a_shard_runs_several_batches_and_a_key_stays_in_its_lane() {
    let heard = clicks("BatchSize: 10, ParallelizationFactor: 10").records(40, 10, 8).run();
    let reads = heard.by_rule("stream_poll.read");
    let mut lane_of_key = [None; 8];
    let mut lanes: Vec<u64> = Vec::new();
    for (record, ordinals) in &reads {
        lanes.push(record.value);
        for ordinal in ordinals {
            let key = (*ordinal % 8) as usize;
            assert_eq!(*lane_of_key[key].get_or_insert(record.value), record.value, "key {key}");
        }
    }
    lanes.sort_unstable();
    lanes.dedup();
    assert!(lanes.len() > 2, "eight keys share {lanes:?}");
}

//= test: stream_poll.lane_of
#[test]
fn which_lane_a_key_goes_to_is_drawn_once_in_a_run() {
    let lane_of_first = |seed: u64| {
        let tape = clicks("ParallelizationFactor: 10").records(1, 1, 1);
        let heard = tape.open("stream_poll.lane_of", seed).run();
        heard.by_rule("stream_poll.read")[0].0.value
    };
    let lanes: std::collections::BTreeSet<u64> = (0..4).map(lane_of_first).collect();
    assert!(lanes.len() > 1, "different hashes give different lanes: {lanes:?}");
}

//= test: stream_poll.throttled
#[test]
fn a_batch_without_room_is_tried_every_second_and_uses_up_no_retry() {
    let settings = "BatchSize: 10, MaximumRetryAttempts: 0";
    let heard = clicks(settings).records(1, 1, 1).span(Family::Throttle, "account", 0, 5).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.000 no room, 1s: 0
        5.000 lane 0 reads 0
        5.450 passes 0
        ",
    );
}

//= test: stream_poll.throttle_pause
#[test]
fn how_long_a_batch_waits_for_room_is_drawn() {
    let heard = clicks("BatchSize: 10")
        .records(1, 1, 1)
        .open("stream_poll.throttle_pause", 4_000_000)
        .span(Family::Throttle, "account", 0, 5)
        .run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.000 no room, 4s: 0
        8.000 lane 0 reads 0
        8.450 passes 0
        ",
    );
}

//= test: stream_poll.disabled
//= test: stream_poll.disable_delay
#[test]
fn a_disabled_mapping_keeps_its_position_and_goes_on_from_there() {
    let change = |millis: u64, change: Change| PlannedChange {
        at: Duration::from_millis(millis),
        change,
        place: None,
    };
    let ends = || ("Clicks".to_owned(), "Track".to_owned());
    let off = |()| Change::Disable { source: ends().0, function: ends().1 };
    let on = |()| Change::Enable { source: ends().0, function: ends().1 };
    let run = |delay: u64| {
        clicks("BatchSize: 10")
            .records(4, 1_000, 1)
            .scenario(|scenario| scenario.changes = vec![change(500, off(())), change(2_900, on(()))])
            .open("stream_poll.disable_delay", delay)
            .run()
    };
    run(0).check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        2.900 lane 0 reads 1 2
        3.000 passes 1 2
        3.000 lane 0 reads 3
        3.050 passes 3
        ",
    );
    let late = run(1_000_000);
    assert!(late.story().contains("1.000 lane 0 reads 1\n"), "{}", late.story());
}

//= test: stream_poll.permission_removed
#[test]
fn without_its_permission_a_mapping_reads_nothing_and_the_stream_forgets() {
    let revoked = PlannedChange {
        at: Duration::from_millis(500),
        change: Change::Revoke { function: "Track".to_owned(), from: "Clicks".to_owned() },
        place: None,
    };
    let tape = clicks("BatchSize: 10").records(2, 1_000, 1);
    let heard = tape.scenario(|scenario| scenario.changes = vec![revoked]).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        86401.000 forgotten: 1
        ",
    );
    assert_eq!(heard.by_rule("stream_poll.permission_removed").len(), 1);
}

//= test: stream_poll.duplicate
#[test]
fn what_succeeded_may_be_delivered_again() {
    clicks("BatchSize: 10").records(1, 1, 1).duplicate(0, 1).run().check(
        "
        0.000 lane 0 reads 0
        0.450 again in 0s: 0
        0.450 lane 0 reads 0
        0.500 passes 0
        ",
    );
}

#[test]
fn a_function_without_concurrency_never_runs_and_its_records_grow_too_old() {
    let heard = clicks_of(
        "AWS::Kinesis::Stream, Properties: {ShardCount: 1}",
        "ReservedConcurrentExecutions: 0,",
        "MaximumRecordAgeInSeconds: 60",
    );
    let heard = heard.records(2, 10_000, 1).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.000 no room, 1s: 0
        61.000 too old: 0
        61.000 lane 0 reads 1
        61.000 no room, 1s: 1
        71.000 too old: 1
        ",
    );
    assert_eq!(heard.count(RecordKind::InvocationStarted), 0);
}
