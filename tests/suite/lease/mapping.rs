//! The event source mapping: batches, answers, throttles and concurrency.

use redrive::kernel::Family;
use redrive::scenario::HandlerPreset;
use redrive::trace::RecordKind::{
    AnswerIgnored, BatchReleased, ConcurrencyChanged, DeleteFailed, EventFailed, EventsProcessed,
    FailuresReported, InvocationEnded, InvocationRefused, InvocationStarted, InvocationThrottled,
    MessageRedriven, MessagesAvailable, MessagesDeleted, MessagesReceived, ObligationLost, SpanBegan,
    SpanEnded,
};

use crate::networks::{FunctionSpec, MappingSpec, Network, QueueSpec};
use crate::scripted::Script;

use super::{MESSAGES, plain, with_function, with_mapping};

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
    network.mappings[0].maximum_concurrency = Some(1);
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
//= test: function.account_concurrency
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
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (3, 5));
    network.mappings[0].maximum_concurrency = Some(1);
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
fn a_message_may_join_the_batch_that_gathers_though_another_poller_is_idle() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (3, 5));
    let kinds = [MessagesReceived, InvocationStarted];
    Script::new(&network, 2, 1_000).run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        1.020s Orders received 1@1
        5.020s HandleOrders started 0@1
        6.020s HandleOrders started 1@1
        ",
    );
    let script = Script::new(&network, 2, 1_000).open("queue_poll.spread", "Orders->HandleOrders", 1, 0, 1);
    script.run().check(
        &kinds,
        "
        0.020s Orders received 0@1
        1.020s Orders received 1@1
        5.020s HandleOrders started 0@1 1@1
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
    let mut network = with_mapping(|mapping| (mapping.batch_size, mapping.window) = (10_000, 300));
    network.mappings[0].maximum_concurrency = Some(1);
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
//= test: queue_poll.service_error
fn a_batch_that_lambda_refuses_may_be_given_up_like_one_that_failed() {
    let script = Script::new(&plain(), 1, 0).span(Family::ServiceError, "HandleOrders", 0, 2);
    script.open_for("queue_poll.service_error", "Orders->HandleOrders", 1).run().check(
        &[InvocationRefused, BatchReleased, MessagesAvailable, InvocationStarted],
        "
        0.020s HandleOrders refused 0@1
        0.020s Orders->HandleOrders released 0@1
        30.020s Orders available again 0@1
        30.040s HandleOrders started 0@2
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
