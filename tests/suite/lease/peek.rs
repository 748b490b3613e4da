//! Operators who look at messages without deleting them.

use redrive::scenario::{Change, PlannedChange};
use redrive::trace::RecordKind::{
    InvocationStarted, MessageArrived, MessageMovedBack, MessagePeeked, MessageRedriven, MessagesAvailable,
    MessagesReceived,
};
use redrive::vocabulary::Duration;

use crate::networks::Network;
use crate::scripted::Script;

use super::plain;

fn peek(queue: &str, messages: u32, visibility: Option<u64>) -> Change {
    Change::Peek { queue: queue.to_owned(), messages, visibility: visibility.map(Duration::from_secs) }
}

/// Changes of the usual network, each at a millisecond of its run.
fn changed(changes: &[(u64, Change)]) -> Network {
    let mut network = plain();
    let planned = |(at, change): &(u64, Change)| {
        let at = Duration::from_millis(*at);
        PlannedChange { at, change: change.clone(), place: None }
    };
    network.stated.changes = changes.iter().map(planned).collect();
    network
}

#[test]
//= test: queue.peek
//= test: queue.receive_count
fn a_look_counts_as_a_receive_and_hides_the_message_from_everybody() {
    let network = changed(&[(10_000, peek("Orders", 10, None))]);
    Script::new(&network, 2, 10_000).run().check(
        &[MessagePeeked, MessagesAvailable, MessagesReceived],
        "
        0.020s Orders received 0@1
        10.000s Orders shown 1@1
        40.000s Orders available again 1@1
        40.020s Orders received 1@2
        ",
    );
}

#[test]
//= test: queue.peek
fn looked_at_too_often_a_message_is_dead_lettered_though_no_function_has_seen_it() {
    let look = || peek("Orders", 1, Some(5));
    let network = changed(&[(10_000, look()), (15_010, look())]);
    Script::new(&network, 2, 10_000).run().check(
        &[MessagePeeked, InvocationStarted, MessageRedriven, MessageArrived],
        "
        0.020s HandleOrders started 0@1
        10.000s Orders shown 1@1
        15.010s Orders shown 1@2
        20.030s Orders redriven 1@2
        20.030s OrdersDlq arrived for 13d23h 1@0
        ",
    );
}

#[test]
//= test: queue.peek
fn the_operator_too_gets_no_message_that_was_received_too_often() {
    let look = || peek("Orders", 10, Some(0));
    let network = changed(&[(10_000, look()), (10_001, look()), (10_002, look())]);
    Script::new(&network, 2, 10_000).run().check(
        &[MessagePeeked, MessageRedriven],
        "
        10.000s Orders shown 1@1
        10.001s Orders shown 1@2
        10.002s Orders redriven 1@2
        ",
    );
}

#[test]
//= test: queue.peek
fn a_dead_letter_that_an_operator_looks_at_cannot_be_redriven_meanwhile() {
    let redrive = || Change::Redrive { queue: "OrdersDlq".to_owned(), rate: None };
    let network =
        changed(&[(70_000, peek("OrdersDlq", 10, None)), (80_000, redrive()), (110_000, redrive())]);
    Script::new(&network, 1, 0).poison(0).run().check(
        &[MessageArrived, MessagePeeked, MessagesAvailable, MessageMovedBack],
        "
        30.020s Orders available again 0@1
        60.040s Orders available again 0@2
        60.060s OrdersDlq arrived for 13d23h 0@0
        70.000s OrdersDlq shown 0@1
        100.000s OrdersDlq available again 0@1
        110.000s OrdersDlq moved back 0@1
        140.020s Orders available again 0@1
        170.040s Orders available again 0@2
        170.060s OrdersDlq arrived for 13d23h 0@0
        ",
    );
}
