//! Fair queues: tenants of a standard queue.

use redrive::scenario::{Message, Workload};
use redrive::trace::RecordKind::{MessagesFiltered, MessagesReceived};
use redrive::vocabulary::Duration;

use crate::networks::Network;
use crate::scripted::{Script, Timeline};

use super::with_function;

/// A message of a tenant, or of nobody.
fn message(at: u64, tenant: Option<&str>) -> Message {
    let group = tenant.map(str::to_owned);
    Message { at: Duration::from_millis(at), group, ..Message::default() }
}

/// A function with as many places as it likes that takes a hundred seconds for each message.
fn slow() -> Network {
    let mut network = with_function(|function| (function.reserved, function.timeout) = (None, 900));
    network.queues[0].visibility = 900;
    network.mappings[0].pollers = Some((4, 4));
    network
}

fn run(messages: Vec<Message>) -> Timeline {
    let count = messages.len() as u32;
    let load = Workload { to: "Orders".to_owned(), messages, ..Workload::default() };
    let mut script = Script::stated(&slow(), load);
    for event in 0..count {
        script = script.slow(event, 1, 100_000);
    }
    script.run()
}

/// The events that were received at or after this second, in their order.
fn received_from(run: &Timeline, second: u64) -> Vec<u32> {
    let records = run.records(MessagesReceived).into_iter();
    let late = records.filter(|(record, _)| record.at.since_start() >= Duration::from_secs(second));
    late.flat_map(|(_, events)| events).collect()
}

/// Forty messages of a loud tenant that occupy every place, ten more of it that wait, then two of somebody else.
fn loud_and_quiet(quiet: Option<&str>) -> Vec<Message> {
    let mut messages: Vec<Message> = (0..50).map(|_| message(0, Some("loud"))).collect();
    messages.extend([message(1_000, quiet), message(1_000, quiet)]);
    messages
}

#[test]
//= test: queue.fair_order
fn messages_of_quiet_tenants_overtake_those_of_one_that_holds_too_much() {
    for quiet in [Some("quiet"), None] {
        let run = run(loud_and_quiet(quiet));
        assert_eq!(received_from(&run, 50)[..3], [50, 51, 40], "{quiet:?}");
    }
}

#[test]
//= test: queue.fair_order
fn one_tenant_alone_is_served_as_it_came() {
    let run = run(loud_and_quiet(Some("loud")));
    assert_eq!(received_from(&run, 50)[..3], [40, 41, 42]);
}

#[test]
//= test: queue.fair_order
fn without_thirty_of_its_messages_in_flight_a_tenant_is_not_noisy() {
    let tenant = |number: u32| ["one", "two"][number as usize % 2];
    let mut messages: Vec<Message> = (0..50).map(|number| message(0, Some(tenant(number)))).collect();
    messages.push(message(1_000, Some("quiet")));
    let run = run(messages);
    assert_eq!(received_from(&run, 50)[..3], [40, 41, 42]);
    assert!(run.records(MessagesFiltered).is_empty());
}

#[test]
//= test: queue.fair_quiet
fn a_tenant_whose_backlog_is_gone_is_quiet_again() {
    let mut messages: Vec<Message> = (0..40).map(|_| message(0, Some("loud"))).collect();
    messages.extend([message(150_000, Some("loud")), message(150_000, Some("quiet"))]);
    assert_eq!(received_from(&run(messages), 140), [40, 41]);
}
