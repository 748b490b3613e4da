//! The standard queue: receives, visibility, redrive, retention, duplicates and order.

use redrive::trace::RecordKind::{
    EnvironmentStarted, EventsProcessed, InvocationEnded, InvocationStarted, MessageArrived,
    MessageDuplicated, MessageExpired, MessageSent, MessagesAvailable, MessagesDeleted, MessagesReceived,
    ObligationKept, ObligationLost,
};
use redrive::vocabulary::Duration;

use crate::networks::{DeadLetters, FunctionSpec, MappingSpec, QueueSpec};
use crate::scripted::Script;

use super::{MESSAGES, plain, with_mapping, with_queue};

#[test]
//= test: queue.accepts
//= test: queue_poll.success_deletes
//= test: function.returns
fn a_message_is_received_processed_and_deleted() {
    let run = Script::new(&plain(), 1, 0).run();
    run.check(
        &[
            MessageSent,
            MessagesReceived,
            EnvironmentStarted,
            InvocationStarted,
            EventsProcessed,
            InvocationEnded,
            MessagesDeleted,
        ],
        "
        0.000s Orders sent 0@0
        0.020s Orders received 0@1
        0.020s HandleOrders environment starts in 400ms
        0.020s HandleOrders started 0@1
        0.470s HandleOrders processed 0@1
        0.470s HandleOrders returned 0@1
        0.470s Orders deleted 0@1
        ",
    );
}

#[test]
//= test: queue.redrive_on_receive
//= test: queue.returns
//= test: queue.receive_count
fn a_message_moves_to_the_dead_letter_queue_at_the_receive_after_the_last_allowed_one() {
    Script::new(&plain(), 1, 0).poison(0).run().check(
        MESSAGES,
        "
        0.020s Orders received 0@1
        30.020s Orders available again 0@1
        30.040s Orders received 0@2
        60.040s Orders available again 0@2
        60.060s Orders redriven 0@2
        60.060s OrdersDlq arrived for 13d23h 0@0
        60.060s OrdersDlq kept for 13d23h 0@0
        ",
    );
}

#[test]
//= test: queue.redrive_on_receive
fn a_message_that_may_not_be_received_at_all_moves_at_the_first_receive() {
    let network = with_queue(|queue| queue.dead_letters = DeadLetters::Queue(0, 1));
    Script::new(&network, 1, 0).run().check(
        MESSAGES,
        "
        0.020s Orders redriven 0@0
        0.020s OrdersDlq arrived for 13d23h 0@0
        0.020s OrdersDlq kept for 13d23h 0@0
        ",
    );
}

#[test]
//= test: queue.dead_letter_keeps_enqueue_time
//= test: queue.readable
fn a_dead_letter_queue_counts_the_age_from_the_first_send() {
    let mut network = plain();
    network.queues[1].retention = 43_300;
    Script::new(&network, 1, 0).poison(0).run().check(
        &[MessageArrived, ObligationKept, ObligationLost],
        "
        60.060s OrdersDlq arrived for 12h 0@0
        60.060s OrdersDlq kept for 12h 0@0
        ",
    );
    network.queues[1].retention = 43_200;
    Script::new(&network, 1, 0).poison(0).run().check(
        &[MessageArrived, ObligationKept, ObligationLost],
        "
        60.060s OrdersDlq arrived for 11h58m 0@0
        60.060s OrdersDlq lost by age 0@0
        ",
    );
    network.queues[1].retention = 60;
    Script::new(&network, 1, 0).poison(0).run().check(
        &[MessageArrived, ObligationKept, ObligationLost],
        "
        60.060s OrdersDlq arrived for 0s 0@0
        60.060s OrdersDlq lost by age 0@0
        ",
    );
}

#[test]
//= test: queue.visibility
//= test: queue.old_receipt
fn a_message_is_delivered_again_while_its_first_invocation_outlasts_the_visibility_timeout() {
    let network = with_queue(|queue| queue.visibility = 5);
    let kinds = [MessagesAvailable, MessagesReceived, InvocationStarted, InvocationEnded, MessagesDeleted];
    Script::new(&network, 1, 0).slow(0, 1, 8_000).run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        0.020s HandleOrders started 0@1
        5.020s Orders available again 0@1
        5.040s Orders received 0@2
        5.040s HandleOrders started 0@2
        5.490s HandleOrders returned 0@2
        5.490s Orders deleted 0@2
        ",
    );
}

#[test]
//= test: queue.old_receipt
//= test: queue.receipt_handle
fn a_stale_receipt_deletes_only_where_the_queue_lets_it() {
    let network = with_queue(|queue| queue.visibility = 5);
    let script = || Script::new(&network, 1, 0).slow(0, 1, 8_000).slow(0, 2, 9_000);
    let kinds = [MessagesReceived, InvocationEnded, MessagesDeleted];
    script().run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        5.040s Orders received 0@2
        8.420s HandleOrders returned 0@1
        ",
    );
    script().open("queue.old_receipt", "Orders", 0, 1, 1).run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        5.040s Orders received 0@2
        8.420s HandleOrders returned 0@1
        8.420s Orders deleted 0@1
        ",
    );
}

#[test]
//= test: queue.expires
fn a_message_vanishes_when_its_retention_ends_visible_or_in_flight() {
    let mut network = with_queue(|queue| queue.retention = 60);
    network.functions[0].timeout = 60;
    network.queues[0].visibility = 70;
    Script::new(&network, 1, 0).timeout(0, 1, 0).run().check(
        MESSAGES,
        "
        0.020s Orders received 0@1
        60.000s Orders expired in flight 0@1
        60.000s Orders lost by expiry 0@1
        ",
    );
    network.mappings[0].enabled = false;
    Script::new(&network, 2, 1_000).run().check(
        MESSAGES,
        "
        60.000s Orders expired 0@0
        60.000s Orders lost by expiry 0@0
        61.000s Orders expired 1@0
        61.000s Orders lost by expiry 1@0
        ",
    );
}

#[test]
//= test: queue.expires
//= test: queue.dead_letter_keeps_enqueue_time
fn a_message_that_comes_with_a_greater_age_expires_by_its_own() {
    let mut network = with_queue(|queue| queue.dead_letters = DeadLetters::Queue(1, 1));
    network.queues[1].retention = 600;
    network.queues.push(QueueSpec { name: "Bills".to_owned(), visibility: 180, ..network.queues[0].clone() });
    network.functions.push(FunctionSpec {
        name: "Full".to_owned(),
        reserved: Some(0),
        ..network.functions[0].clone()
    });
    network.mappings.push(MappingSpec { queue: 2, function: 1, ..network.mappings[0].clone() });
    network.mappings.push(MappingSpec {
        queue: 1,
        function: 1,
        enabled: false,
        ..network.mappings[0].clone()
    });
    let script = Script::new(&network, 2, 100_000).poison(1);
    script.run().check(
        &[MessageSent, MessageArrived, MessageExpired],
        "
        0.000s Orders sent 0@0
        0.000s Bills sent 0@0
        100.000s Orders sent 1@0
        100.000s Bills sent 1@0
        130.040s OrdersDlq arrived for 9m29s 1@0
        180.040s OrdersDlq arrived for 6m59s 0@0
        280.040s OrdersDlq arrived for 6m59s 1@0
        600.000s OrdersDlq expired 0@0
        700.000s OrdersDlq expired 1@0
        700.000s OrdersDlq expired 1@0
        ",
    );
}

#[test]
//= test: queue.delay
fn a_delayed_message_is_received_after_its_delay() {
    let network = with_queue(|queue| queue.delay = 90);
    Script::new(&network, 1, 0).run().check(
        &[MessageSent, MessagesAvailable, MessagesReceived],
        "
        0.000s Orders sent 0@0
        90.000s Orders available after delay 0@0
        90.020s Orders received 0@1
        ",
    );
}

#[test]
//= test: queue.receive
//= test: queue.receive_size
fn one_receive_returns_at_most_ten_messages_and_may_return_fewer() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (20, 5));
    Script::new(&network, 15, 0).run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1 1@1 2@1 3@1 4@1 5@1 6@1 7@1 8@1 9@1
        0.020s Orders received 10@1 11@1 12@1 13@1 14@1
        ",
    );
    let fewer = Script::new(&network, 15, 0).open("queue.receive_size", "Orders", 0, 0, 3);
    fewer.run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1 1@1 2@1
        0.020s Orders received 3@1 4@1 5@1 6@1 7@1 8@1 9@1 10@1 11@1 12@1
        0.020s Orders received 13@1 14@1
        ",
    );
}

#[test]
//= test: queue.in_flight_limit
fn nothing_more_is_received_while_too_many_messages_are_in_flight() {
    let mut network = with_mapping(|mapping| mapping.batch_size = 2);
    network.narrow.in_flight = Some(4);
    Script::new(&network, 7, 0).slow(2, 1, 3_000).run().check(
        &[MessagesReceived, MessagesDeleted],
        "
        0.020s Orders received 0@1 1@1
        0.020s Orders received 2@1 3@1
        0.520s Orders deleted 0@1 1@1
        0.540s Orders received 4@1 5@1
        0.640s Orders deleted 4@1 5@1
        0.660s Orders received 6@1
        0.710s Orders deleted 6@1
        3.420s Orders deleted 2@1 3@1
        ",
    );
}

#[test]
//= test: queue.in_flight_limit
//= test: queue.expires
fn a_message_that_expires_in_flight_makes_room_for_others() {
    let mut network = with_queue(|queue| (queue.visibility, queue.retention) = (3_600, 60));
    network.narrow.in_flight = Some(1);
    let script = Script::new(&network, 2, 30_000).timeout(0, 1, 0);
    script.run().check(
        &[MessagesReceived, MessageExpired, MessagesDeleted],
        "
        0.020s Orders received 0@1
        60.000s Orders expired in flight 0@1
        60.020s Orders received 1@1
        60.470s Orders deleted 1@1
        ",
    );
}

#[test]
//= test: queue.at_least_once
fn a_message_may_come_twice_while_hidden_and_come_back_after_its_delete() {
    let twice = Script::new(&plain(), 1, 0).slow(0, 1, 2_000).duplicate(0, 1, 1_000);
    twice.run().check(
        &[MessagesAvailable, MessagesReceived, InvocationEnded, MessagesDeleted],
        "
        0.020s Orders received 0@1
        1.020s Orders available twice 0@1
        1.040s Orders received 0@2
        1.490s HandleOrders returned 0@2
        1.490s Orders deleted 0@2
        ",
    );
    let back = Script::new(&plain(), 1, 0).survives_delete(0, 1);
    back.run().check(
        &[MessagesAvailable, MessagesReceived, MessageDuplicated, MessagesDeleted],
        "
        0.020s Orders received 0@1
        0.470s Orders came back 0@1
        30.020s Orders available again 0@1
        30.040s Orders received 0@2
        30.090s Orders deleted 0@2
        ",
    );
}

#[test]
//= test: queue.at_least_once
//= test: queue.redrive_on_receive
fn a_receive_of_the_source_does_not_hold_a_message_that_has_moved() {
    let mut network = with_queue(|queue| queue.dead_letters = DeadLetters::Queue(1, 1));
    network.functions.push(FunctionSpec {
        name: "Retry".to_owned(),
        timeout: 60,
        ..network.functions[0].clone()
    });
    network.mappings.push(MappingSpec { queue: 1, function: 1, ..network.mappings[0].clone() });
    network.queues[1].visibility = 60;
    // Handed out again after 20 s, the message has moved and is in flight elsewhere when its first receive ends.
    let script = Script::new(&network, 1, 0).poison(0).duplicate(0, 1, 20_000);
    script.adjust(|program| program.queues[1].retention = Duration::from_secs(200)).run().check(
        MESSAGES,
        "
        0.020s Orders received 0@1
        20.020s Orders available twice 0@1
        20.040s Orders redriven 0@1
        20.040s OrdersDlq arrived for 2m59s 0@0
        20.060s OrdersDlq received 0@1
        80.060s OrdersDlq available again 0@1
        80.080s OrdersDlq received 0@2
        140.080s OrdersDlq available again 0@2
        140.100s OrdersDlq received 0@3
        200.000s OrdersDlq expired in flight 0@3
        200.000s OrdersDlq lost by expiry 0@3
        ",
    );
}

#[test]
//= test: queue.best_effort_order
fn messages_may_come_in_another_order() {
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (10, 0));
    network.mappings[0].maximum_concurrency = Some(2);
    Script::new(&network, 3, 1)
        .reorder(0, 0, 1_000)
        .run()
        .check(&[MessagesReceived], "0.020s Orders received 1@1 2@1 0@1");
}
