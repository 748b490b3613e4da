//! Mappings in provisioned mode.

use redrive::trace::RecordKind::{ConcurrencyChanged, EventsProcessed};

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
