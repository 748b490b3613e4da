//! What becomes of a queue whose function, or whose mapping, is deleted while messages come.

use redrive::scenario::{Change, PlannedChange, Scenario};
use redrive::trace::RecordKind::{
    BatchReleased, InvocationRefused, InvocationStarted, MessageArrived, MessagesReceived, SettingChanged,
};
use redrive::vocabulary::Duration;

use crate::networks::Network;
use crate::scripted::Script;

use super::plain;

fn changed(at: u64, change: Change) -> Network {
    let changes = vec![PlannedChange { at: Duration::from_secs(at), change, place: None }];
    Network { stated: Scenario { changes, ..Scenario::default() }, ..plain() }
}

//= test: queue_poll.function_deleted
#[test]
fn messages_for_a_deleted_function_are_received_in_vain_until_they_are_dead_letters() {
    let network = changed(5, Change::Delete { name: "HandleOrders".to_owned() });
    Script::new(&network, 2, 10_000).run().check(
        &[
            SettingChanged,
            MessagesReceived,
            InvocationStarted,
            InvocationRefused,
            BatchReleased,
            MessageArrived,
        ],
        "
        0.020s Orders received 0@1
        0.020s HandleOrders started 0@1
        5.000s Orders->HandleOrders changed
        10.020s Orders received 1@1
        10.020s HandleOrders refused 1@1
        10.020s Orders->HandleOrders released 1@1
        40.040s Orders received 1@2
        40.040s HandleOrders refused 1@2
        40.040s Orders->HandleOrders released 1@2
        70.060s OrdersDlq arrived for 13d23h 1@0
        ",
    );
}

#[test]
fn a_deleted_mapping_receives_no_more_and_its_messages_stay() {
    let (source, function) = ("Orders".to_owned(), "HandleOrders".to_owned());
    let network = changed(5, Change::DeleteMapping { source, function });
    let script =
        Script::new(&network, 2, 10_000).with_delay("queue_poll.disable_delay", "Orders->HandleOrders", 3);
    script.run().check(
        &[SettingChanged, MessagesReceived],
        "
        0.020s Orders received 0@1
        8.000s Orders->HandleOrders changed
        ",
    );
}
