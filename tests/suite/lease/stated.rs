//! What a scenario states: outcomes, durations, faults at a time, changes in flight and what handlers send on.

use redrive::explore::{Codec, Runner};
use redrive::guarantee::GuaranteeSet;
use redrive::kernel::{Background, Families, Family};
use redrive::scenario::{
    Change, Emission, Handling, Message, OutcomeRule, Per, PlannedChange, PlannedFault, Scenario, Then,
    Timing, When, Workload,
};
use redrive::trace::RecordKind::{
    DeleteFailed, EventsProcessed, InvocationEnded, MessageArrived, MessageExpired, MessageMovedBack,
    MessageReturned, MessageSent, MessagesAvailable, MessagesDeleted, MessagesReceived, ObligationKept,
    SettingChanged,
};
use redrive::vocabulary::{Duration, Ratio};
use redrive::world::EventView;

use crate::networks::Network;
use crate::scripted::Script;

use super::plain;

fn with(stated: Scenario) -> Network {
    Network { stated, ..plain() }
}

fn changed(at: u64, change: Change) -> Network {
    let changes = vec![PlannedChange { at: Duration::from_secs(at), change, place: None }];
    with(Scenario { changes, ..Scenario::default() })
}

fn set(property: &str, value: &str) -> Change {
    Change::Set { resource: "Orders".to_owned(), property: property.to_owned(), value: value.to_owned() }
}

fn handled(handling: Handling) -> Network {
    let handlers = vec![Handling { function: "HandleOrders".to_owned(), ..handling }];
    with(Scenario { handlers, ..Scenario::default() })
}

fn rule(attempts: (u32, u32), then: Then) -> OutcomeRule {
    OutcomeRule { when: When { attempts: Some(attempts), ..When::default() }, then, place: None }
}

#[test]
//= test: queue.attribute_propagation
fn a_changed_visibility_counts_from_the_next_receive_on_once_it_has_spread() {
    let network = changed(10, set("VisibilityTimeout", "100"));
    let run = Script::new(&network, 1, 0).poison(0).with_delay("queue.attribute_propagation", "Orders", 15);
    run.run().check(
        &[SettingChanged, MessagesAvailable, MessageArrived],
        "
        25.000s Orders changed
        30.020s Orders available again 0@1
        130.040s Orders available again 0@2
        130.060s OrdersDlq arrived for 13d23h 0@0
        ",
    );
}

#[test]
//= test: queue.retention_propagation
fn a_shorter_retention_takes_messages_that_are_there_already() {
    let network = changed(10, set("MessageRetentionPeriod", "60"));
    let run = Script::new(&network, 1, 0).poison(0).with_delay("queue.retention_propagation", "Orders", 40);
    run.run().check(
        &[SettingChanged, MessageExpired],
        "
        50.000s Orders changed
        60.000s Orders expired in flight 0@2
        ",
    );
}

#[test]
//= test: queue_poll.disable_delay
fn a_disabled_mapping_may_go_on_for_a_while() {
    let disable = Change::Disable { source: "Orders".to_owned(), function: "HandleOrders".to_owned() };
    let run = Script::new(&changed(0, disable), 3, 10_000).with_delay(
        "queue_poll.disable_delay",
        "Orders->HandleOrders",
        15,
    );
    run.run().check(
        &[MessagesReceived, SettingChanged],
        "
        0.020s Orders received 0@1
        10.020s Orders received 1@1
        15.000s Orders->HandleOrders changed
        ",
    );
}

#[test]
//= test: queue_poll.permission_removed
fn without_permission_nothing_is_received_and_nothing_deleted() {
    let revoke = Change::Revoke { function: "HandleOrders".to_owned(), from: "Orders".to_owned() };
    let slow =
        Timing { shortest: Duration::from_secs(5), longest: Duration::from_secs(5), per: Per::Invocation };
    let mut network = changed(2, revoke);
    network.stated.handlers.push(Handling {
        function: "HandleOrders".to_owned(),
        duration: Some(slow),
        ..Handling::default()
    });
    Script::new(&network, 2, 10_000).run().check(
        &[MessagesReceived, SettingChanged, DeleteFailed, MessagesDeleted],
        "
        0.020s Orders received 0@1
        2.000s Orders->HandleOrders changed
        5.420s Orders not deleted 0@1
        ",
    );
}

#[test]
//= test: queue.redrive_task
fn an_operator_sends_dead_letters_back_as_new_messages() {
    let mut network = changed(100, Change::Redrive { queue: "OrdersDlq".to_owned(), rate: Some(1) });
    network.stated.handlers.push(Handling {
        function: "HandleOrders".to_owned(),
        outcomes: vec![rule((1, 2), Then::Fails)],
        ..Handling::default()
    });
    Script::new(&network, 1, 0).run().check(
        &[MessageArrived, ObligationKept, MessageMovedBack, MessageReturned, MessagesReceived],
        "
        0.020s Orders received 0@1
        30.040s Orders received 0@2
        60.060s OrdersDlq arrived for 13d23h 0@0
        60.060s OrdersDlq kept for 13d23h 0@0
        100.000s OrdersDlq moved back 0@0
        100.000s Orders has again 0@0
        100.020s Orders received 0@1
        130.040s Orders received 0@2
        160.060s OrdersDlq arrived for 13d23h 0@0
        160.060s OrdersDlq kept for 13d23h 0@0
        ",
    );
}

/// Orders 0 fails and is dead-lettered, and comes back while order 1 waits in the queue, which keeps it for a quarter of
/// an hour.
#[test]
fn what_an_operator_sends_back_does_not_keep_what_is_older_from_being_forgotten() {
    let mut network = changed(100, Change::Redrive { queue: "OrdersDlq".to_owned(), rate: Some(1) });
    network.queues[0].retention = 900;
    let disable = Change::Disable { source: "Orders".to_owned(), function: "HandleOrders".to_owned() };
    network.stated.changes.push(PlannedChange { at: Duration::from_secs(70), change: disable, place: None });
    network.stated.workloads.push(Workload {
        to: "Orders".to_owned(),
        messages: [0, 90].map(|at| Message { at: Duration::from_secs(at), ..Message::default() }).to_vec(),
        ..Workload::default()
    });
    network.stated.handlers.push(Handling {
        function: "HandleOrders".to_owned(),
        outcomes: vec![rule((1, 2), Then::Fails)],
        ..Handling::default()
    });
    Script::new(&network, 2, 90).run().check(
        &[MessageArrived, MessageReturned, MessageExpired],
        "
        60.060s OrdersDlq arrived for 13d23h 0@0
        100.000s Orders has again 0@0
        990.000s Orders expired 1@0
        1000.000s Orders expired 0@0
        ",
    );
}

#[test]
fn an_attempt_ends_as_its_rule_says() {
    let outcomes = vec![rule((1, 1), Then::TimesOut)];
    Script::new(&handled(Handling { outcomes, ..Handling::default() }), 1, 0).run().check(
        &[InvocationEnded, EventsProcessed],
        "
        10.420s HandleOrders timed out 0@1
        30.490s HandleOrders processed 0@2
        30.490s HandleOrders returned 0@2
        ",
    );
}

#[test]
fn a_stated_outage_happens_at_its_time() {
    let outage = PlannedFault::Span {
        family: Family::Outage,
        target: "HandleOrders".to_owned(),
        at: Duration::from_secs(5),
        length: Duration::from_secs(10),
        place: None,
    };
    let mut network = plain();
    network.stated.faults.planned.push(outage);
    Script::new(&network, 2, 8_000).run().check(
        &[InvocationEnded, EventsProcessed],
        "
        0.470s HandleOrders processed 0@1
        0.470s HandleOrders returned 0@1
        8.020s HandleOrders threw 1@1
        38.090s HandleOrders processed 1@2
        38.090s HandleOrders returned 1@2
        ",
    );
}

#[test]
fn what_a_handler_sends_on_is_an_event_of_its_own() {
    let emits = vec![Emission {
        to: "OrdersDlq".to_owned(),
        per: Per::Event,
        count: 1,
        body: None,
        group: None,
        place: None,
    }];
    Script::new(&handled(Handling { emits, ..Handling::default() }), 1, 0).run().check(
        &[MessageSent, EventsProcessed, ObligationKept],
        "
        0.000s Orders sent 0@0
        0.470s HandleOrders processed 0@1
        0.470s OrdersDlq sent 0@0
        0.470s OrdersDlq kept for 14d 0@0
        ",
    );
}

#[test]
fn what_a_run_draws_of_a_scenario_is_written_by_name_and_read_back() {
    let half = OutcomeRule {
        when: When { ratio: Ratio::new(1, 2), ..When::default() },
        then: Then::Fails,
        place: None,
    };
    let range =
        Timing { shortest: Duration::from_millis(40), longest: Duration::from_secs(2), per: Per::Event };
    let handling = Handling { outcomes: vec![half], duration: Some(range), ..Handling::default() };
    let program = handled(handling).program();
    let mut runner = Runner::new(&program, GuaranteeSet::EVERY);
    let (_, choices) = runner.record(3, Families::NONE, &Background::Stated);
    let stated: Vec<_> = choices.iter().filter(|choice| choice.point.family == Family::Stated).collect();
    assert!(stated.len() > 1, "{choices:?}");
    let codec = Codec::new(&program);
    for choice in stated {
        let is_meant = |event: &EventView| event.name == choice.point.item;
        let event = runner.world().events().find(is_meant).expect("choices name events of the run");
        let texts =
            codec.write([choice], |_| vec![(program.source(usize::from(event.source)), event.ordinal)]);
        let is_named = |text: &String| {
            text.starts_with("outcome@HandleOrders/") || text.starts_with("duration@HandleOrders/")
        };
        assert!(texts.len() == 1 && texts.iter().all(is_named), "{texts:?}");
        let (read, unknown) = codec.read(&texts);
        assert_eq!((read.get(&choice.point), unknown.len()), (Some(choice.value), 0));
    }
}
