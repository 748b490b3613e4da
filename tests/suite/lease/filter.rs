//! Filters of event source mappings.

use redrive::trace::RecordKind::{
    InvocationStarted, MessageRedriven, MessagesAvailable, MessagesDeleted, MessagesFiltered,
    MessagesReceived, ObligationKept, ObligationLost,
};

use crate::networks::{FunctionSpec, MappingSpec, Network};
use crate::scripted::Script;

use super::with_mapping;

const GIFT: &str = r#"{"body": {"kind": ["gift"]}}"#;
const CARD: &str = r#"{"body": {"kind": ["card"]}}"#;

/// The payload that comes behind those that somebody wants.
fn unwanted(network: &Network) -> u64 {
    u64::from(network.program().queues[0].classes.1) - 1
}

#[test]
//= test: queue_poll.filter
fn what_the_filter_does_not_want_is_deleted_without_an_invocation() {
    let network = with_mapping(|mapping| (mapping.batch_size, mapping.filters) = (5, &[GIFT]));
    let kinds = [MessagesAvailable, MessagesFiltered, MessagesReceived, MessagesDeleted, ObligationLost];
    Script::new(&network, 3, 0).payload(1, unwanted(&network)).run().check(
        &kinds,
        "
        0.020s Orders filtered 1@1
        0.020s Orders received 0@1 2@1
        0.520s Orders deleted 0@1 2@1
        ",
    );
}

#[test]
//= test: queue_poll.filter
fn a_batch_of_nothing_that_is_wanted_is_no_batch() {
    let network = with_mapping(|mapping| mapping.filters = &[GIFT]);
    let stray = unwanted(&network);
    let kinds = [
        MessagesFiltered,
        MessagesReceived,
        InvocationStarted,
        MessageRedriven,
        ObligationKept,
        ObligationLost,
    ];
    Script::new(&network, 2, 60_000).payload(0, stray).payload(1, stray).run().check(
        &kinds,
        "
        0.020s Orders filtered 0@1
        60.020s Orders filtered 1@1
        ",
    );
}

#[test]
//= test: queue_poll.filter_any
fn a_filter_of_two_patterns_wants_what_either_wants() {
    let network = with_mapping(|mapping| mapping.filters = &[GIFT, CARD]);
    let program = network.program();
    let bodies: Vec<_> = program.classes.iter().filter_map(|class| class.body.as_deref()).collect();
    let wanted = |body: &str| {
        let class = program.classes.iter().position(|class| class.body.as_deref() == Some(body));
        program.wants(0, class.expect("there is such a class") as u16)
    };
    assert_eq!(bodies, [r#"{"kind":"gift"}"#, "nobody asks for this"]);
    assert!(wanted(r#"{"kind":"gift"}"#) && !wanted("nobody asks for this"));
}

/// A second function that reads the same queue.
fn competing(first: &'static [&'static str], second: &'static [&'static str]) -> Network {
    let mut network = with_mapping(|mapping| mapping.filters = first);
    let function = FunctionSpec { name: "Other".to_owned(), ..network.functions[0].clone() };
    network.functions.push(function);
    let mapping = MappingSpec { function: 1, filters: second, ..network.mappings[0].clone() };
    network.mappings.push(mapping);
    network
}

#[test]
//= test: queue_poll.filter
fn a_competing_consumer_deletes_what_another_one_wants() {
    let kinds = [MessagesFiltered, MessagesReceived, MessagesDeleted, ObligationLost];
    Script::new(&competing(&[GIFT], &[CARD]), 1, 0).payload(0, 1).run().check(
        &kinds,
        "
        0.020s Orders filtered 0@1
        0.020s Orders lost by filter 0@1
        ",
    );
}

#[test]
fn a_payload_that_all_consumers_want_is_the_ordinary_one() {
    let network = competing(&[GIFT], &[r#"{"body": {"sum": [{"numeric": [">", 5]}]}}"#]);
    let program = network.program();
    let (first, count) = program.queues[0].classes;
    assert_eq!((first, count), (1, 4));
    let wanting = |class: u16| (program.wants(0, class), program.wants(1, class));
    let all: Vec<_> = (first..first + count).map(wanting).collect();
    assert_eq!(all, [(true, true), (true, false), (false, true), (false, false)]);
}

#[test]
fn without_filters_there_is_one_payload_and_nothing_is_drawn() {
    let program = with_mapping(|_| {}).program();
    assert_eq!((program.queues[0].classes, program.classes.len()), ((0, 1), 1));
}
