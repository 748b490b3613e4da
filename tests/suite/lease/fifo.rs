//! FIFO queues: groups, deduplication, late deletes, dead letters and limits.

use redrive::models::Models;
use redrive::program::{FifoTable, Program};
use redrive::scenario::{HandlerPreset, Message, Workload};
use redrive::topology::{DeduplicationScope, QueueKind, ThroughputLimit};
use redrive::trace::RecordKind::{
    DeleteFailed, EventsProcessed, FailuresReported, InvocationEnded, MessageArrived, MessageDeduplicated,
    MessageRedriven, MessageSent, MessagesAvailable, MessagesDeleted, MessagesReceived, ObligationLost,
    SendThrottled,
};
use redrive::vocabulary::Duration;

use crate::networks::{DeadLetters, Network};
use crate::scripted::Script;

use super::{MESSAGES, plain};

/// The plain system with FIFO queues.
fn fifo() -> Network {
    let mut network = plain();
    network.queues.iter_mut().for_each(|queue| queue.kind = QueueKind::Fifo);
    network
}

fn with(change: impl FnOnce(&mut Network)) -> Network {
    let mut network = fifo();
    change(&mut network);
    network
}

/// Changes what the source has as a FIFO queue.
fn source(program: &mut Program) -> &mut FifoTable {
    program.queues[0].fifo.as_mut().expect("the source is a FIFO queue")
}

#[test]
//= test: fifo.order
//= test: fifo.blocked
fn a_group_hands_out_nothing_more_until_its_message_is_deleted() {
    Script::new(&fifo(), 3, 0).run().check(
        &[MessagesReceived, MessagesDeleted],
        "
        0.020s Orders received 0@1
        0.470s Orders deleted 0@1
        0.490s Orders received 1@1
        0.540s Orders deleted 1@1
        0.560s Orders received 2@1
        0.610s Orders deleted 2@1
        ",
    );
}

#[test]
//= test: queue_poll.fifo_groups
//= test: fifo.blocked
fn as_many_invocations_run_at_a_time_as_there_are_groups() {
    let run = Script::new(&fifo(), 3, 0).key(1, 1).run();
    run.check(
        &[MessagesReceived, MessagesDeleted],
        "
        0.020s Orders received 0@1
        0.020s Orders received 1@1
        0.470s Orders deleted 0@1
        0.470s Orders deleted 1@1
        0.490s Orders received 2@1
        0.540s Orders deleted 2@1
        ",
    );
    assert_eq!(run.most_at_once(), 2);
}

#[test]
//= test: fifo.same_group_first
//= test: fifo.mixed_receive
//= test: queue_poll.fifo_batch
fn a_receive_takes_what_there_is_of_a_group_and_may_go_on_with_another() {
    let network = with(|network| network.mappings[0].batch_size = 3);
    let script = || Script::new(&network, 4, 0).key(1, 1).key(3, 1);
    script().run().check(
        &[MessagesReceived, MessagesDeleted],
        "
        0.020s Orders received 0@1 2@1 1@1
        0.570s Orders deleted 0@1 2@1 1@1
        0.590s Orders received 3@1
        0.640s Orders deleted 3@1
        ",
    );
    script().open("fifo.mixed_receive", "Orders", 1, 0, 1).run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1 2@1
        0.020s Orders received 1@1 3@1
        ",
    );
}

#[test]
//= test: fifo.group_turn
fn a_group_lines_up_behind_the_others_or_in_front() {
    let network = with(|network| network.mappings[0].maximum_concurrency = Some(1));
    let script = || Script::new(&network, 3, 0).key(1, 1).key(2, 2);
    script().run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1
        0.490s Orders received 1@1
        0.560s Orders received 2@1
        ",
    );
    script().open("fifo.group_turn", "Orders", 2, 0, 1).run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 2@1
        0.490s Orders received 0@1
        0.560s Orders received 1@1
        ",
    );
}

#[test]
//= test: queue_poll.fifo_retries_first
//= test: fifo.dead_letter_order
//= test: fifo.dead_letter_resets_age
fn a_group_waits_for_a_failing_message_and_goes_on_without_it() {
    Script::new(&fifo(), 2, 0).poison(0).run().check(
        MESSAGES,
        "
        0.020s Orders received 0@1
        30.020s Orders available again 0@1
        30.040s Orders received 0@2
        60.040s Orders available again 0@2
        60.060s Orders redriven 0@2
        60.060s OrdersDlq arrived for 14d 0@0
        60.060s OrdersDlq kept for 14d 0@0
        60.060s Orders received 1@1
        60.110s Orders deleted 1@1
        ",
    );
}

#[test]
//= test: fifo.dead_letter_resets_age
fn only_a_fifo_dead_letter_queue_counts_the_age_anew() {
    let network = with(|network| network.queues[1].kind = QueueKind::Standard);
    Script::new(&network, 1, 0).poison(0).run().check(
        &[MessageArrived],
        "
        60.060s OrdersDlq arrived for 13d23h 0@0
        ",
    );
}

#[test]
//= test: fifo.late_delete
fn a_delete_fails_once_the_visibility_timeout_has_ended() {
    let network = with(|network| network.queues[0].visibility = 5);
    Script::new(&network, 1, 0).slow(0, 1, 8_000).slow(0, 2, 9_000).run().check(
        &[MessagesReceived, InvocationEnded, MessagesDeleted, DeleteFailed, MessageRedriven],
        "
        0.020s Orders received 0@1
        5.040s Orders received 0@2
        8.420s HandleOrders returned 0@1
        8.420s Orders not deleted any more 0@1
        10.060s Orders redriven 0@2
        ",
    );
}

#[test]
//= test: fifo.late_delete
fn a_delete_fails_too_while_the_message_waits_to_be_received_again() {
    let network = with(|network| {
        network.queues[0].visibility = 5;
        network.mappings[0].maximum_concurrency = Some(1);
    });
    Script::new(&network, 1, 0).slow(0, 1, 8_000).run().check(
        &[MessagesAvailable, MessagesReceived, MessagesDeleted, DeleteFailed],
        "
        0.020s Orders received 0@1
        5.020s Orders available again 0@1
        8.420s Orders not deleted any more 0@1
        8.440s Orders received 0@2
        8.490s Orders deleted 0@2
        ",
    );
}

#[test]
//= test: fifo.exactly_once
fn nothing_comes_twice_and_nothing_in_another_order() {
    let script = Script::new(&fifo(), 2, 0).duplicate(0, 1, 100).survives_delete(0, 1);
    script.reorder(0, 0, 5_000).run().check(
        MESSAGES,
        "
        0.020s Orders received 0@1
        0.470s Orders deleted 0@1
        0.490s Orders received 1@1
        0.540s Orders deleted 1@1
        ",
    );
}

/// Messages by when they are sent, in milliseconds, their groups, ids and bodies.
fn messages(messages: &[(u64, &str, Option<&str>, &str)]) -> Workload {
    let message = |(at, group, id, body): &(u64, &str, Option<&str>, &str)| Message {
        at: Duration::from_millis(*at),
        group: Some((*group).to_owned()),
        deduplication: id.map(str::to_owned),
        body: Some((*body).to_owned()),
        ..Message::default()
    };
    let messages = messages.iter().map(message).collect();
    Workload { to: "Orders".to_owned(), messages, ..Workload::default() }
}

#[test]
//= test: fifo.deduplication
fn a_message_that_is_sent_again_within_five_minutes_is_taken_and_never_delivered() {
    let sent =
        |again| messages(&[(0, "a", Some("1"), ""), (again, "a", Some("1"), ""), (400_000, "a", None, "")]);
    Script::stated(&fifo(), sent(1_000)).run().check(
        &[MessageSent, MessageDeduplicated, MessagesReceived, MessagesDeleted],
        "
        0.000s Orders sent 0@0
        0.020s Orders received 0@1
        0.470s Orders deleted 0@1
        1.000s Orders known already 1@0
        400.000s Orders sent 2@0
        400.020s Orders received 2@1
        400.070s Orders deleted 2@1
        ",
    );
    let sends = [MessageSent, MessageDeduplicated];
    Script::stated(&fifo(), sent(299_999)).run().check(
        &sends,
        "
        0.000s Orders sent 0@0
        299.999s Orders known already 1@0
        400.000s Orders sent 2@0
        ",
    );
    Script::stated(&fifo(), sent(300_000)).run().check(
        &sends,
        "
        0.000s Orders sent 0@0
        300.000s Orders sent 1@0
        400.000s Orders sent 2@0
        ",
    );
}

#[test]
//= test: fifo.content_based
fn the_body_gives_an_id_only_where_the_queue_says_so_and_the_sender_gives_none() {
    let sent = messages(&[(0, "a", None, "x"), (0, "a", None, "x"), (0, "a", Some("1"), "x")]);
    let sends = [MessageSent, MessageDeduplicated];
    Script::stated(&fifo(), sent.clone()).run().check(
        &sends,
        "
        0.000s Orders sent 0@0
        0.000s Orders sent 1@0
        0.000s Orders sent 2@0
        ",
    );
    let network = with(|network| network.queues[0].content_based = true);
    Script::stated(&network, sent).run().check(
        &sends,
        "
        0.000s Orders sent 0@0
        0.000s Orders known already 1@0
        0.000s Orders sent 2@0
        ",
    );
}

#[test]
//= test: fifo.deduplication_scope
fn ids_are_told_apart_in_the_queue_or_in_each_group() {
    let sends = [MessageSent, MessageDeduplicated];
    let run = |scope| {
        let network = with(|network| network.queues[0].scope = scope);
        Script::stated(&network, messages(&[(0, "a", Some("1"), ""), (0, "b", Some("1"), "")])).run()
    };
    run(DeduplicationScope::Queue).check(
        &sends,
        "
        0.000s Orders sent 0@0
        0.000s Orders known already 1@0
        ",
    );
    run(DeduplicationScope::MessageGroup).check(
        &sends,
        "
        0.000s Orders sent 0@0
        0.000s Orders sent 1@0
        ",
    );
}

#[test]
//= test: fifo.dead_letter_deduplication
fn a_message_that_comes_back_by_dead_letter_queues_is_no_duplicate() {
    let network = with(|network| {
        for queue in &mut network.queues {
            queue.visibility = 5;
        }
        network.queues[0].dead_letters = DeadLetters::Queue(1, 1);
        network.queues[1].dead_letters = DeadLetters::Queue(1, 0);
        let again = crate::networks::MappingSpec { queue: 1, ..network.mappings[0].clone() };
        network.mappings.push(again);
    });
    let script = Script::new(&network, 1, 0).poison(0);
    let run = script.adjust(|program| program.profile.settle_limit = Duration::from_secs(1)).run();
    let arrivals = run.records(MessageArrived);
    assert!(arrivals.len() > 10, "{} arrivals in turn", arrivals.len());
    assert_eq!(run.records(MessageDeduplicated), []);
}

#[test]
//= test: fifo.look_ahead
fn a_backlog_of_one_group_hides_the_others_behind_it() {
    let script = || Script::new(&fifo(), 4, 0).key(3, 1);
    script().run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1
        0.020s Orders received 3@1
        0.490s Orders received 1@1
        0.560s Orders received 2@1
        ",
    );
    script().adjust(|program| source(program).look_ahead = 2).run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1
        0.490s Orders received 1@1
        0.560s Orders received 2@1
        0.560s Orders received 3@1
        ",
    );
}

#[test]
//= test: fifo.in_flight_limit
fn nothing_more_is_received_while_too_many_messages_are_in_flight() {
    let limit = Models::embedded().expect("the models load").count("fifo.in_flight_limit", "limit");
    let script = Script::new(&fifo(), 2, 0).key(1, 1).adjust(|program| {
        assert_eq!(Ok(u64::from(program.queues[0].in_flight_limit)), limit);
        program.queues[0].in_flight_limit = 1;
    });
    script.run().check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1
        0.490s Orders received 1@1
        ",
    );
}

#[test]
//= test: fifo.send_rate
//= test: fifo.group_send_rate
fn sends_beyond_the_limit_of_the_queue_or_of_the_group_come_a_second_later() {
    let network = |limit| with(|network: &mut Network| network.queues[0].limit = limit);
    let script = |limit| {
        let script = Script::new(&network(limit), 3, 0).key(2, 1);
        script.adjust(|program| source(program).calls = 2).run()
    };
    script(ThroughputLimit::PerQueue).check(
        &[MessageSent, SendThrottled],
        "
        0.000s Orders sent 0@0
        0.000s Orders sent 1@0
        0.000s Orders takes no more 2@0
        1.000s Orders sent 2@0
        ",
    );
    script(ThroughputLimit::PerMessageGroup).check(
        &[MessageSent, SendThrottled],
        "
        0.000s Orders sent 0@0
        0.000s Orders sent 1@0
        0.000s Orders sent 2@0
        ",
    );
}

#[test]
//= test: fifo.receive_rate
fn receives_beyond_the_limit_of_the_queue_wait() {
    let script = |limit, calls| {
        let network = with(|network| {
            network.queues[0].visibility = 1;
            network.queues[0].limit = limit;
        });
        let script = Script::new(&network, 2, 1_000).key(1, 1).transient(0, 1);
        script.adjust(|program| source(program).calls = calls).run()
    };
    script(ThroughputLimit::PerQueue, 1).check(
        &[MessagesReceived],
        "
        0.020s Orders received 0@1
        1.020s Orders received 1@1
        2.020s Orders received 0@2
        ",
    );
    let unlimited = "
        0.020s Orders received 0@1
        1.020s Orders received 1@1
        1.020s Orders received 0@2
        ";
    script(ThroughputLimit::PerQueue, 2).check(&[MessagesReceived], unlimited);
    script(ThroughputLimit::PerMessageGroup, 1).check(&[MessagesReceived], unlimited);
}

fn reporting(preset: HandlerPreset) -> Network {
    with(|network| {
        (network.mappings[0].batch_size, network.mappings[0].reports) = (4, true);
        network.functions[0].preset = preset;
    })
}

const ANSWERS: [redrive::trace::RecordKind; 5] =
    [MessagesReceived, EventsProcessed, FailuresReported, MessagesDeleted, ObligationLost];

#[test]
//= test: queue_poll.fifo_partial
fn a_handler_that_lists_the_failed_message_and_the_rest_keeps_the_order() {
    let network = reporting(HandlerPreset::StopsAndListsRest);
    Script::new(&network, 4, 0).transient(1, 1).run().check(
        &ANSWERS,
        "
        0.020s Orders received 0@1 1@1 2@1 3@1
        0.520s HandleOrders processed 0@1
        0.520s Orders->HandleOrders reported 1@1 2@1 3@1
        0.520s Orders deleted 0@1
        30.040s Orders received 1@2 2@2 3@2
        30.190s HandleOrders processed 1@2 2@2 3@2
        30.190s Orders deleted 1@2 2@2 3@2
        ",
    );
}

#[test]
//= test: queue_poll.fifo_partial
fn what_a_handler_did_not_get_to_and_did_not_list_is_lost() {
    let network = reporting(HandlerPreset::StopsAndReportsOne);
    Script::new(&network, 4, 0).transient(1, 1).run().check(
        &[FailuresReported, MessagesDeleted, ObligationLost],
        "
        0.520s Orders->HandleOrders reported 1@1
        0.520s Orders deleted 0@1 2@1 3@1
        0.520s Orders lost by delete 2@1
        0.520s Orders lost by delete 3@1
        30.090s Orders deleted 1@2
        ",
    );
}

#[test]
//= test: queue_poll.fifo_partial
fn a_handler_that_goes_on_after_a_failure_breaks_the_order() {
    let network = reporting(HandlerPreset::Partial);
    Script::new(&network, 4, 0).transient(1, 1).run().check(
        &[EventsProcessed],
        "
        0.620s HandleOrders processed 0@1 2@1 3@1
        30.090s HandleOrders processed 1@2
        ",
    );
}
