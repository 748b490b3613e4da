//! The function: its environments, how invocations end, and faults over spans of time.

use redrive::kernel::Family;
use redrive::trace::Record;
use redrive::trace::RecordKind::{
    EnvironmentStarted, InvocationEnded, InvocationStarted, InvocationThrottled, SpanBegan, SpanEnded,
};
use redrive::vocabulary::Duration;

use crate::networks::DeadLetters;
use crate::scripted::Script;

use super::{INVOCATIONS, plain, with_function, with_mapping};

#[test]
//= test: function.starts
//= test: function.cold_start
//= test: function.environment_reuse
fn an_environment_starts_once_and_serves_again() {
    Script::new(&plain(), 2, 1_000).run().check(
        &[EnvironmentStarted, InvocationStarted, InvocationEnded],
        "
        0.020s HandleOrders environment starts in 400ms
        0.020s HandleOrders started 0@1
        0.470s HandleOrders returned 0@1
        1.020s HandleOrders started 1@1
        1.070s HandleOrders returned 1@1
        ",
    );
}

#[test]
//= test: function.init_limit
//= test: function.init_failure
fn a_start_that_takes_too_long_counts_against_the_time_out_or_fails() {
    let script = || Script::new(&plain(), 1, 0);
    script().cold_start(0, 1, 12_000).run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 12s
        0.020s HandleOrders started 0@1
        12.070s HandleOrders processed 0@1
        12.070s HandleOrders returned 0@1
        ",
    );
    script().cold_start(0, 1, 20_000).run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 20s
        0.020s HandleOrders started 0@1
        20.020s HandleOrders failed at 0@1
        20.020s HandleOrders did not start 0@1
        30.040s HandleOrders environment starts in 400ms
        30.040s HandleOrders started 0@2
        30.490s HandleOrders processed 0@2
        30.490s HandleOrders returned 0@2
        ",
    );
}

#[test]
//= test: function.init_limit
//= test: function.timeout
fn a_start_that_leaves_too_little_time_ends_in_the_time_out() {
    let script = Script::new(&plain(), 1, 0).cold_start(0, 1, 19_980);
    script.run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 19.98s
        0.020s HandleOrders started 0@1
        20.020s HandleOrders failed at 0@1
        20.020s HandleOrders timed out 0@1
        30.040s HandleOrders environment starts in 400ms
        30.040s HandleOrders started 0@2
        30.490s HandleOrders processed 0@2
        30.490s HandleOrders returned 0@2
        ",
    );
}

#[test]
//= test: function.timeout
//= test: function.environment_reset
fn a_time_out_stops_an_invocation_and_its_environment() {
    let network = with_mapping(|mapping| mapping.batch_size = 3);
    Script::new(&network, 3, 0).timeout(0, 1, 2).run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 400ms
        0.020s HandleOrders started 0@1 1@1 2@1
        10.420s HandleOrders processed 0@1 1@1
        10.420s HandleOrders failed at 0@1 1@1 2@1
        10.420s HandleOrders timed out 0@1 1@1 2@1
        30.040s HandleOrders environment starts in 400ms
        30.040s HandleOrders started 0@2 1@2 2@2
        30.590s HandleOrders processed 0@2 1@2 2@2
        30.590s HandleOrders returned 0@2 1@2 2@2
        ",
    );
}

#[test]
//= test: function.crash
//= test: function.out_of_memory
//= test: function.environment_reset
fn a_crash_ends_an_invocation_and_its_environment() {
    let network = with_mapping(|mapping| mapping.batch_size = 3);
    Script::new(&network, 3, 0).crash(0, 1, 2).run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 400ms
        0.020s HandleOrders started 0@1 1@1 2@1
        0.520s HandleOrders processed 0@1 1@1
        0.520s HandleOrders failed at 0@1 1@1 2@1
        0.520s HandleOrders crashed 0@1 1@1 2@1
        30.040s HandleOrders environment starts in 400ms
        30.040s HandleOrders started 0@2 1@2 2@2
        30.590s HandleOrders processed 0@2 1@2 2@2
        30.590s HandleOrders returned 0@2 1@2 2@2
        ",
    );
}

#[test]
//= test: function.timeout
//= test: fault.brownout
fn a_crash_that_would_come_after_the_time_out_is_a_time_out() {
    let mut network = with_mapping(|mapping| mapping.batch_size = 3);
    network.functions[0].timeout = 1;
    // Each event takes 33 ms, times twenty.
    let script = Script::new(&network, 3, 0).crash(0, 1, 3).span(Family::Brownout, "HandleOrders", 0, 10);
    let slowest = script.adjust(|program| program.profile.brownout_factors = vec![20]);
    slowest.run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 400ms
        0.020s HandleOrders started 0@1 1@1 2@1
        1.420s HandleOrders processed 0@1
        1.420s HandleOrders failed at 0@1 1@1 2@1
        1.420s HandleOrders timed out 0@1 1@1 2@1
        30.040s HandleOrders environment starts in 400ms
        30.040s HandleOrders started 0@2 1@2 2@2
        30.539s HandleOrders processed 0@2 1@2 2@2
        30.539s HandleOrders returned 0@2 1@2 2@2
        ",
    );
}

#[test]
//= test: fault.outage
fn an_outage_fails_every_invocation() {
    let script = Script::new(&plain(), 1, 0).span(Family::Outage, "HandleOrders", 0, 20);
    script.run().check(
        INVOCATIONS,
        "
        0.020s HandleOrders environment starts in 400ms
        0.020s HandleOrders started 0@1
        0.420s HandleOrders failed at 0@1
        0.420s HandleOrders threw 0@1
        30.040s HandleOrders started 0@2
        30.090s HandleOrders processed 0@2
        30.090s HandleOrders returned 0@2
        ",
    );
}

#[test]
//= test: function.unreserved
//= test: fault.throttle
fn neighbours_take_the_unreserved_places_and_leave_the_reserved_ones() {
    let kinds = [InvocationThrottled, InvocationStarted];
    let unreserved = with_function(|function| function.reserved = None);
    Script::new(&unreserved, 1, 0).span(Family::Throttle, "account", 0, 5).run().check(
        &kinds,
        "
        0.020s HandleOrders throttled 0@1
        5.020s HandleOrders started 0@1
        ",
    );
    Script::new(&plain(), 1, 0)
        .span(Family::Throttle, "account", 0, 5)
        .run()
        .check(&kinds, "0.020s HandleOrders started 0@1");
}

#[test]
//= test: function.scaling_rate
fn a_function_gains_environments_at_a_steady_rate() {
    let mut network = with_function(|function| function.reserved = None);
    network.narrow.scaling = Some(10);
    network.mappings[0].maximum_concurrency = Some(14);
    let mut script = Script::new(&network, 14, 0);
    for event in 0..14 {
        script = script.slow(event, 1, 9_000);
    }
    let run = script.adjust(|program| program.account.initial_concurrency = 14).run();
    let started = run.records(InvocationStarted);
    let millis: Vec<u64> = started.iter().map(|(record, _)| record.at.since_start().as_millis()).collect();
    assert_eq!(millis[..10], [20; 10], "ten at once");
    assert_eq!(millis[10..], [1_020, 2_020, 3_020, 4_020], "and one each second");
}

#[test]
//= test: fault.throttle
fn spans_end_with_the_faulty_phase() {
    let mut network = with_function(|function| function.reserved = None);
    network.queues[0].dead_letters = DeadLetters::Nowhere;
    let run = Script::new(&network, 1, 0).span(Family::Throttle, "account", 0, 1_800).phase(0).run();
    let [(began, _)] = run.records(SpanBegan)[..] else { panic!("one span begins") };
    assert_eq!(began.value, Duration::from_secs(300).as_micros());
    let [(ended, _)] = run.records(SpanEnded)[..] else { panic!("one span ends") };
    assert_eq!(ended.at.since_start(), Duration::from_secs(300));
}

#[test]
//= test: fault.outage
fn spans_keep_their_gap() {
    let mut script = Script::new(&plain(), 2, 21_600_000).phase(2);
    for (ordinal, value) in [(0, u64::MAX), (1, u64::MAX), (2, u64::MAX), (3, 0)] {
        script = script.choose(Family::Outage, "HandleOrders", ordinal, value);
    }
    let run = script.run();
    let at = |kind| -> Vec<u64> {
        run.records(kind).iter().map(|(record, _)| record.at.since_start().as_secs()).collect()
    };
    let (began, ended) = (at(SpanBegan), at(SpanEnded));
    assert_eq!(began.len(), 2);
    assert!(began[1] >= ended[0] + 1_800, "{began:?} {ended:?}");
}

#[test]
fn records_name_how_an_invocation_ended() {
    let run = Script::new(&plain(), 1, 0).crash(0, 1, 0).run();
    let ends: Vec<u64> = run.records(InvocationEnded).iter().map(|(record, _)| record.value).collect();
    assert_eq!(ends, [Record::CRASHED, Record::RETURNED]);
}
