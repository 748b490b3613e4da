//! Fair queues: tenants of a standard queue.

use redrive::scenario::{Message, Workload};
use redrive::trace::RecordKind::MessagesReceived;
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

fn script(messages: Vec<Message>) -> Script {
    let count = messages.len() as u32;
    let load = Workload { to: "Orders".to_owned(), messages, ..Workload::default() };
    let script = Script::stated(&slow(), load);
    (0..count).fold(script, |script, event| script.slow(event, 1, 100_000))
}

fn run(messages: Vec<Message>) -> Timeline {
    script(messages).run()
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

/// Twenty messages in flight and five more that wait of each of two tenants, then one of somebody else.
fn two_and_quiet() -> Vec<Message> {
    let tenant = |number: usize| ["one", "two"][number % 2];
    let mut messages: Vec<Message> = (0..50).map(|number| message(0, Some(tenant(number)))).collect();
    messages.push(message(1_000, Some("quiet")));
    messages
}

#[test]
//= test: queue.fair_time_share
fn by_its_share_of_time_a_tenant_may_be_noisy_with_fewer() {
    let run = script(two_and_quiet()).open("queue.fair_time_share", "Orders", 39, 0, 1).run();
    assert_eq!(received_from(&run, 50)[0], 50);
}

#[test]
//= test: queue.fair_detection
fn a_queue_may_be_late_to_know_of_a_noisy_tenant() {
    let run = script(loud_and_quiet(Some("quiet"))).open("queue.fair_detection", "Orders", 40, 0, 1).run();
    assert_eq!(received_from(&run, 50)[..3], [40, 50, 51]);
}

#[test]
//= test: queue.fair_order
fn without_thirty_of_its_messages_in_flight_a_tenant_is_not_noisy() {
    let run = run(two_and_quiet());
    assert_eq!(received_from(&run, 50)[..3], [40, 41, 42]);
}

#[test]
//= test: queue.fair_quiet
fn a_tenant_whose_backlog_is_gone_is_quiet_again() {
    let mut messages: Vec<Message> = (0..40).map(|_| message(0, Some("loud"))).collect();
    messages.extend([message(150_000, Some("loud")), message(150_000, Some("quiet"))]);
    assert_eq!(received_from(&run(messages), 140), [40, 41]);
}
