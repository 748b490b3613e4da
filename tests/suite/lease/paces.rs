//! How fast mappings grow, how few batches they begin with, and what errors do to that where AWS leaves it open.

use redrive::scenario::HandlerPreset;
use redrive::trace::RecordKind::{
    ConcurrencyChanged, FailuresReported, InvocationStarted, InvocationThrottled,
};

use crate::networks::Network;
use crate::scripted::Script;

use super::{with_function, with_mapping};

const MAPPING: &str = "Orders->HandleOrders";

/// Two hundred messages at once for a function without a limit of its own that takes a minute and a half.
fn crowd() -> Script {
    let mut network = with_function(|function| (function.reserved, function.timeout) = (None, 900));
    network.queues[0].visibility = 900;
    let script = Script::new(&network, 200, 0);
    (0..200).fold(script, |script, event| script.slow(event, 1, 90_000))
}

#[test]
//= test: queue_poll.scale_step
fn the_growth_of_a_minute_may_come_in_steps() {
    let limits = |script: Script| -> Vec<(u64, u64)> {
        let changes = script.run().records(ConcurrencyChanged);
        changes.iter().map(|(record, _)| (record.at.as_micros() / 1_000_000, record.value)).take(2).collect()
    };
    assert_eq!(limits(crowd()), [(60, 305)]);
    let steps = crowd().open_for("queue_poll.scale_step", MAPPING, 10_000_000);
    assert_eq!(limits(steps), [(10, 55), (20, 105)]);
}

#[test]
//= test: queue_poll.low_traffic
fn a_mapping_with_little_traffic_may_begin_with_two_batches() {
    let begun = |script: Script| {
        let started = script.run().records(InvocationStarted);
        started.iter().filter(|(record, _)| record.at.as_micros() < 30_000_000).count()
    };
    assert_eq!(begun(crowd()), 5);
    assert_eq!(begun(crowd().open_for("queue_poll.low_traffic", MAPPING, 1)), 2);
}

/// How often a mapping runs fewer batches at a time, which it does by half where errors lower that at all.
fn lowered(network: &Network) -> (usize, usize, usize) {
    let script = (0..6).fold(Script::new(network, 40, 0), |script, event| script.transient(event, 1));
    let run = script.open_for("queue_poll.step_down", MAPPING, 2).run();
    let count = |kind| run.records(kind).len();
    (count(FailuresReported), count(InvocationThrottled), count(ConcurrencyChanged))
}

#[test]
//= test: queue_poll.partial_keeps_pace
fn failures_that_an_answer_lists_lower_no_concurrency() {
    let mut listing = with_mapping(|mapping| mapping.reports = true);
    listing.functions[0].preset = HandlerPreset::Partial;
    let (reported, throttled, changed) = lowered(&listing);
    assert_eq!((reported, throttled, changed), (6, 0, 0));
    let (_, throttled, changed) = lowered(&with_function(|function| function.reserved = Some(1)));
    assert!(throttled > 0 && changed > 0, "a throttle lowers it: {throttled} {changed}");
}
