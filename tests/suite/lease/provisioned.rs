//! Mappings in provisioned mode.

use redrive::trace::RecordKind::{ConcurrencyChanged, EventsProcessed, MessagesReceived};

use crate::scripted::Script;

use super::with_function;

#[test]
//= test: queue_poll.provisioned
//= test: queue_poll.provisioned_growth
fn provisioned_pollers_begin_with_their_fewest_and_end_with_their_most() {
    let mut network = with_function(|function| (function.reserved, function.timeout) = (None, 900));
    network.queues[0].visibility = 900;
    network.mappings[0].pollers = Some((2, 3));
    let mut script = Script::new(&network, 40, 0);
    for event in 0..40 {
        script = script.slow(event, 1, 890_000);
    }
    let run = script.run();
    run.check(&[ConcurrencyChanged], "60.020s Orders->HandleOrders may run 30");
    assert_eq!(run.most_at_once(), 30);
    assert_eq!(run.records(EventsProcessed).len(), 40);
}

#[test]
//= test: queue_poll.provisioned_growth
fn a_mapping_in_provisioned_mode_gains_a_thousand_a_minute() {
    let mut network = with_function(|function| (function.reserved, function.timeout) = (None, 900));
    network.queues[0].visibility = 900;
    network.mappings[0].pollers = Some((2, 200));
    let mut script = Script::new(&network, 1_100, 0);
    for event in 0..1_100 {
        script = script.slow(event, 1, 890_000);
    }
    let run = script.adjust(|program| program.account.unreserved = 5_000).run();
    run.check(
        &[ConcurrencyChanged],
        "
        60.020s Orders->HandleOrders may run 1020
        120.040s Orders->HandleOrders may run 2000
        ",
    );
}

/// When each receive happened, in milliseconds.
fn receives(pollers: u64, messages: u32, bytes: Option<u64>) -> Vec<u64> {
    let mut network = with_function(|function| (function.reserved, function.timeout) = (None, 900));
    network.queues[0].visibility = 900;
    network.mappings[0].pollers = Some((pollers, pollers));
    let script = Script::new(&network, messages, 0).adjust(|program| {
        for mode in program.mappings.iter_mut().filter_map(|mapping| mapping.provisioned.as_mut()) {
            mode.bytes = bytes.unwrap_or(mode.bytes);
        }
    });
    let records = script.run().records(MessagesReceived);
    records.iter().map(|(record, _)| record.at.as_micros() / 1_000).collect()
}

#[test]
//= test: queue_poll.provisioned_throughput
fn a_provisioned_poller_asks_ten_times_a_second_though_its_function_is_faster() {
    let times = receives(2, 50, None);
    let within = |from: u64, to: u64| times.iter().filter(|at| (from..to).contains(*at)).count();
    assert_eq!((within(0, 1_020), within(1_020, 2_020), within(2_020, 3_020)), (20, 20, 10), "{times:?}");
}

#[test]
//= test: queue_poll.provisioned_throughput
fn a_provisioned_poller_takes_so_many_bytes_a_second() {
    let body = redrive::models::Models::embedded().expect("the models load").bytes("profile.body", "size");
    let body = body.expect("the profile has it").0;
    let times = receives(2, 12, Some(2 * body));
    let within = |from: u64, to: u64| times.iter().filter(|at| (from..to).contains(*at)).count();
    assert_eq!((within(0, 1_020), within(1_020, 2_020), within(2_020, 3_020)), (4, 4, 4), "{times:?}");
}
