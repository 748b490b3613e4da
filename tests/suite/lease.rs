//! The documented facts of the queue path, each as a timeline in which nothing unusual happens but what the test names.
//!
//! Ordinarily a message is received 20 ms after it can be, a new environment takes 400 ms, and an event 50 ms.

use redrive::kernel::Family;
use redrive::program::HandlerPreset;
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::Duration;

use RecordKind::{
    AnswerIgnored, BatchReleased, ConcurrencyChanged, DeleteFailed, EnvironmentStarted, EventFailed,
    EventsProcessed, FailuresReported, InvocationEnded, InvocationRefused, InvocationStarted,
    InvocationThrottled, MessageArrived, MessageDuplicated, MessageExpired, MessageRedriven, MessageSent,
    MessagesAvailable, MessagesDeleted, MessagesReceived, ObligationKept, ObligationLost, SpanBegan,
    SpanEnded,
};

use crate::networks::{DeadLetters, FunctionSpec, MappingSpec, Network, QueueSpec};
use crate::scripted::Script;

/// Queue `Orders` (visibility 30 s, two receives, then `OrdersDlq`), function `HandleOrders` (time-out 10 s, five
/// places, throws), one message a batch.
fn plain() -> Network {
    let mut network = Network::plain("Orders");
    network.queues[0].dead_letters = DeadLetters::Queue(2, 1);
    network
}

fn with_queue(change: impl FnOnce(&mut QueueSpec)) -> Network {
    let mut network = plain();
    change(&mut network.queues[0]);
    network
}

fn with_mapping(change: impl FnOnce(&mut MappingSpec)) -> Network {
    let mut network = plain();
    change(&mut network.mappings[0]);
    network
}

fn with_function(change: impl FnOnce(&mut FunctionSpec)) -> Network {
    let mut network = plain();
    change(&mut network.functions[0]);
    network
}

const MESSAGES: &[RecordKind] = &[
    MessagesAvailable,
    MessagesReceived,
    MessageRedriven,
    MessageArrived,
    MessageExpired,
    MessagesDeleted,
    ObligationKept,
    ObligationLost,
];

const INVOCATIONS: &[RecordKind] = &[
    InvocationThrottled,
    InvocationRefused,
    BatchReleased,
    EnvironmentStarted,
    InvocationStarted,
    InvocationEnded,
    EventsProcessed,
    EventFailed,
];

// ---- the queue ----

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

// ---- the mapping ----

#[test]
//= test: queue_poll.function_error
//= test: function.error
fn a_failed_batch_comes_back_as_a_whole() {
    let network = with_mapping(|mapping| mapping.batch_size = 3);
    let kinds =
        [MessagesAvailable, MessagesReceived, EventsProcessed, EventFailed, InvocationEnded, MessagesDeleted];
    Script::new(&network, 3, 0).transient(1, 1).run().check(
        &kinds,
        "
        0.020s Orders received 0@1 1@1 2@1
        0.520s HandleOrders processed 0@1
        0.520s HandleOrders failed at 1@1
        0.520s HandleOrders threw 0@1 1@1 2@1
        30.020s Orders available again 0@1 1@1 2@1
        30.040s Orders received 0@2 1@2 2@2
        30.190s HandleOrders processed 0@2 1@2 2@2
        30.190s HandleOrders returned 0@2 1@2 2@2
        30.190s Orders deleted 0@2 1@2 2@2
        ",
    );
}

#[test]
//= test: queue_poll.partial_response
//= test: queue_poll.partial_all_succeeded
fn a_partial_response_deletes_all_but_what_it_lists() {
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.reports) = (3, true));
    network.functions[0].preset = HandlerPreset::Partial;
    let kinds = [MessagesAvailable, MessagesReceived, EventsProcessed, FailuresReported, MessagesDeleted];
    Script::new(&network, 3, 0).transient(1, 1).run().check(
        &kinds,
        "
        0.020s Orders received 0@1 1@1 2@1
        0.570s HandleOrders processed 0@1 2@1
        0.570s Orders->HandleOrders reported 1@1
        0.570s Orders deleted 0@1 2@1
        30.020s Orders available again 1@1
        30.040s Orders received 1@2
        30.090s HandleOrders processed 1@2
        30.090s Orders deleted 1@2
        ",
    );
}

#[test]
//= test: queue_poll.partial_response
fn a_message_that_nobody_worked_on_or_listed_is_deleted_and_lost() {
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.reports) = (3, true));
    network.functions[0].preset = HandlerPreset::StopsAndReportsOne;
    let kinds = [EventsProcessed, FailuresReported, MessagesDeleted, ObligationLost];
    Script::new(&network, 3, 0).transient(1, 1).run().check(
        &kinds,
        "
        0.520s HandleOrders processed 0@1
        0.520s Orders->HandleOrders reported 1@1
        0.520s Orders deleted 0@1 2@1
        0.520s Orders lost by delete 2@1
        30.090s HandleOrders processed 1@2
        30.090s Orders deleted 1@2
        ",
    );
}

#[test]
//= test: queue_poll.partial_response
//= test: queue_poll.delete_fails
fn where_everything_is_listed_nothing_is_deleted_and_no_delete_fails() {
    let mut network = with_mapping(|mapping| mapping.reports = true);
    network.functions[0].preset = HandlerPreset::Partial;
    let script = Script::new(&network, 1, 0).transient(0, 1).slow(0, 1, 2_000);
    let script = script.span(Family::ServiceError, "Orders", 1, 10);
    script.run().check(
        &[FailuresReported, DeleteFailed, MessagesDeleted],
        "
        2.420s Orders->HandleOrders reported 0@1
        30.090s Orders deleted 0@2
        ",
    );
}

#[test]
//= test: queue_poll.response_ignored
fn an_ignored_response_deletes_the_whole_batch() {
    let mut network = with_mapping(|mapping| mapping.batch_size = 3);
    network.functions[0].preset = HandlerPreset::Partial;
    let kinds = [EventsProcessed, FailuresReported, AnswerIgnored, MessagesDeleted, ObligationLost];
    Script::new(&network, 3, 0).transient(1, 1).run().check(
        &kinds,
        "
        0.570s HandleOrders processed 0@1 2@1
        0.570s Orders->HandleOrders answer ignored 0@1 1@1 2@1
        0.570s Orders deleted 0@1 1@1 2@1
        0.570s Orders lost by delete 1@1
        ",
    );
}

#[test]
//= test: queue_poll.delete_fails
fn a_message_whose_delete_fails_is_delivered_again() {
    let script = Script::new(&plain(), 1, 0).slow(0, 1, 2_000).span(Family::ServiceError, "Orders", 1, 10);
    script.run().check(
        &[MessagesAvailable, MessagesReceived, EventsProcessed, DeleteFailed, MessagesDeleted],
        "
        0.020s Orders received 0@1
        2.420s HandleOrders processed 0@1
        2.420s Orders not deleted 0@1
        30.020s Orders available again 0@1
        30.040s Orders received 0@2
        30.090s HandleOrders processed 0@2
        30.090s Orders deleted 0@2
        ",
    );
}

#[test]
//= test: queue_poll.throttled
//= test: queue_poll.throttle_release
//= test: function.reserved_zero
//= test: function.throttled
fn a_throttled_batch_is_let_go_when_its_visibility_timeout_ends_with_its_receive_used() {
    let network = with_function(|function| function.reserved = Some(0));
    let kinds = [MessagesAvailable, MessagesReceived, InvocationThrottled, BatchReleased, MessageRedriven];
    Script::new(&network, 1, 0).run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        0.020s HandleOrders throttled 0@1
        30.020s Orders available again 0@1
        30.020s Orders->HandleOrders released 0@1
        30.040s Orders received 0@2
        30.040s HandleOrders throttled 0@2
        60.040s Orders available again 0@2
        60.040s Orders->HandleOrders released 0@2
        60.060s Orders redriven 0@2
        ",
    );
}

#[test]
//= test: queue_poll.throttled
//= test: queue_poll.throttle_retry
//= test: function.reserved
//= test: queue_poll.overpull
fn throttled_batches_try_again_together_once_a_second() {
    let network = with_function(|function| function.reserved = Some(2));
    let script = Script::new(&network, 4, 0).slow(0, 1, 2_500).slow(1, 1, 2_500);
    script.run().check(
        &[InvocationThrottled, InvocationStarted, InvocationEnded],
        "
        0.020s HandleOrders started 0@1
        0.020s HandleOrders started 1@1
        0.020s HandleOrders throttled 2@1
        0.020s HandleOrders throttled 3@1
        2.920s HandleOrders returned 0@1
        2.920s HandleOrders returned 1@1
        3.020s HandleOrders started 2@1
        3.020s HandleOrders started 3@1
        3.070s HandleOrders returned 2@1
        3.070s HandleOrders returned 3@1
        ",
    );
}

#[test]
//= test: queue_poll.throttle_release
//= test: queue_poll.window_uses_visibility
fn a_refused_batch_whose_messages_came_back_in_its_window_is_let_go_at_once() {
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (10, 60));
    network.functions[0].reserved = Some(0);
    let kinds = [MessagesAvailable, MessagesReceived, InvocationThrottled, BatchReleased, MessageRedriven];
    Script::new(&network, 1, 0).run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        30.020s Orders available again 0@1
        30.040s Orders received 0@2
        60.020s HandleOrders throttled 0@1 0@2
        60.020s Orders->HandleOrders released 0@1 0@2
        60.040s Orders available again 0@2
        60.060s Orders redriven 0@2
        ",
    );
}

#[test]
//= test: queue_poll.maximum_concurrency
//= test: queue_poll.initial_concurrency
fn a_mapping_never_runs_more_than_its_maximum_concurrency() {
    let mut network = with_mapping(|mapping| mapping.maximum_concurrency = Some(3));
    network.functions[0].reserved = None;
    let run = Script::new(&network, 60, 10).run();
    assert_eq!(run.most_at_once(), 3);
    assert_eq!(run.records(InvocationThrottled), [], "nothing more is received than may run");
    assert_eq!(run.records(ConcurrencyChanged), []);
    assert_eq!(run.records(EventsProcessed).len(), 60);
}

#[test]
//= test: queue_poll.initial_concurrency
//= test: queue_poll.scale_up
//= test: queue_poll.maximum
fn a_mapping_begins_with_five_and_gains_three_hundred_a_minute() {
    let mut network = with_function(|function| (function.reserved, function.timeout) = (None, 900));
    network.queues[0].visibility = 900;
    let mut script = Script::new(&network, 1_400, 0);
    for event in 0..1_400 {
        script = script.slow(event, 1, 890_000);
    }
    let run = script.run();
    run.check(
        &[ConcurrencyChanged],
        "
        60.020s Orders->HandleOrders may run 305
        120.040s Orders->HandleOrders may run 605
        180.060s Orders->HandleOrders may run 905
        240.080s Orders->HandleOrders may run 1205
        300.100s Orders->HandleOrders may run 1250
        ",
    );
    let started = run.records(InvocationStarted);
    let until = |seconds: u64| {
        started.iter().filter(|(record, _)| record.at.as_micros() < seconds * 1_000_000).count()
    };
    assert_eq!([until(60), until(120), until(180)], [5, 305, 605]);
    assert_eq!(run.most_at_once(), 1_000, "the account's places");
}

#[test]
//= test: queue_poll.step_down
fn a_mapping_may_run_fewer_after_each_throttle() {
    let network = with_function(|function| function.reserved = Some(1));
    let script = Script::new(&network, 40, 0).open_for("queue_poll.step_down", "Orders->HandleOrders", 2);
    let run = script.run();
    let limits: Vec<u64> = run.records(ConcurrencyChanged).iter().map(|(record, _)| record.value).collect();
    assert_eq!(limits, [3, 2], "halved by each throttle, and nothing more is received than may run");
}

#[test]
//= test: queue_poll.batch
//= test: queue_poll.window
fn a_batch_waits_for_its_window_or_until_it_is_full() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (3, 5));
    let kinds = [MessagesReceived, InvocationStarted];
    Script::new(&network, 4, 1_000).run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        1.020s Orders received 1@1
        2.020s Orders received 2@1
        2.020s HandleOrders started 0@1 1@1 2@1
        3.020s Orders received 3@1
        8.020s HandleOrders started 3@1
        ",
    );
}

#[test]
//= test: queue_poll.window_phase
//= test: queue_poll.window_low_traffic
fn a_window_may_be_half_over_or_last_for_a_long_poll() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (3, 4));
    let script = || Script::new(&network, 1, 0);
    let mapping = "Orders->HandleOrders";
    let half = script().open("queue_poll.window_phase", mapping, 0, 1, 50);
    half.run().check(&[InvocationStarted], "2.020s HandleOrders started 0@1");
    let long = script().open("queue_poll.window_low_traffic", mapping, 0, 1, 1);
    long.run().check(&[InvocationStarted], "20.020s HandleOrders started 0@1");
}

#[test]
//= test: queue_poll.spread
fn a_message_may_go_to_another_poller_than_the_one_that_gathers() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (3, 5));
    let script = Script::new(&network, 2, 1_000).open("queue_poll.spread", "Orders->HandleOrders", 1, 0, 1);
    script.run().check(
        &[MessagesReceived, InvocationStarted],
        "
        0.020s Orders received 0@1
        1.020s Orders received 1@1
        5.020s HandleOrders started 0@1
        6.020s HandleOrders started 1@1
        ",
    );
}

#[test]
//= test: queue_poll.pickup
fn a_message_may_wait_a_second_for_a_poller() {
    let script =
        Script::new(&plain(), 1, 0).open("queue_poll.pickup", "Orders->HandleOrders", 0, 0, 1_000_000);
    script.run().check(&[MessagesReceived], "1.000s Orders received 0@1");
}

#[test]
//= test: queue_poll.payload_limit
fn a_batch_holds_no_more_than_six_megabytes() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (10_000, 300));
    let network = Network {
        queues: vec![QueueSpec { visibility: 900, ..network.queues[0].clone() }, network.queues[1].clone()],
        ..network
    };
    let run = Script::new(&network, 4_000, 0).run();
    let sizes: Vec<usize> = run.records(InvocationStarted).iter().map(|(_, events)| events.len()).collect();
    assert_eq!(sizes.len(), 2, "{sizes:?}");
    let record = 6 * 1_024 * 1_024 / sizes[0];
    assert!((1_500..2_500).contains(&record), "{record} bytes for one kilobyte and its envelope");
}

#[test]
//= test: queue_poll.disabled
fn a_disabled_mapping_receives_nothing() {
    let network = with_mapping(|mapping| mapping.enabled = false);
    Script::new(&network, 2, 0).run().check(
        MESSAGES,
        "
        3600.000s Orders expired 0@0
        3600.000s Orders lost by expiry 0@0
        3600.000s Orders expired 1@0
        3600.000s Orders lost by expiry 1@0
        ",
    );
}

#[test]
//= test: queue_poll.competing
fn each_message_goes_to_one_of_two_functions() {
    let mut network = plain();
    network.functions.push(FunctionSpec { name: "Compete".to_owned(), ..network.functions[0].clone() });
    network.mappings.push(MappingSpec { function: 1, ..network.mappings[0].clone() });
    network.mappings.iter_mut().for_each(|mapping| mapping.maximum_concurrency = Some(2));
    Script::new(&network, 3, 0).run().check(
        &[EventsProcessed],
        "
        0.470s HandleOrders processed 0@1
        0.470s HandleOrders processed 1@1
        0.470s Compete processed 2@1
        ",
    );
}

#[test]
//= test: queue_poll.service_error
//= test: function.service_error
fn a_batch_that_lambda_refuses_waits_like_a_throttled_one() {
    let script = Script::new(&plain(), 1, 0).span(Family::ServiceError, "HandleOrders", 0, 2);
    script.run().check(
        &[InvocationRefused, InvocationStarted, SpanEnded],
        "
        0.020s HandleOrders refused 0@1
        2.000s HandleOrders recovers
        2.020s HandleOrders started 0@1
        ",
    );
}

#[test]
//= test: fault.service-error
fn nothing_is_received_while_the_queue_answers_with_errors() {
    let script = Script::new(&plain(), 1, 0).span(Family::ServiceError, "Orders", 0, 2);
    script.run().check(
        &[SpanBegan, MessagesReceived],
        "
        0.000s Orders suffers for 2s
        2.020s Orders received 0@1
        ",
    );
}

// ---- the function ----

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

// ---- spans ----

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
