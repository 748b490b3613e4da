//! Too little room.

use super::*;

//= test: function.reserved_zero
//= test: async.zero_reserved
#[test]
fn a_function_that_is_switched_off_by_its_concurrency_loses_what_comes_meanwhile() {
    let places = |places: u32| behind_topic(&format!("ReservedConcurrentExecutions: {places}"), "");
    check_pair(Pair {
        broken: &places(0),
        mended: &places(5),
        guarantee: GuaranteeName::NoLoss,
        at: "T->F",
        suffices: &[],
        faults: Faults::none(),
    });
}

//= test: function.one_at_a_time
#[test]
fn two_events_at_once_need_two_environments_and_one_after_the_other_only_one() {
    let topology = topology(&behind_topic("Timeout: 20", ""));
    let started = |load: Workload| {
        let text = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0).timeline();
        count(&text, ["function.cold_start"])
    };
    assert_eq!(started(Workload::to("T").events(2).at_once()), [2]);
    assert_eq!(started(Workload::to("T").events(2).every(Duration::from_secs(10))), [1]);
}
