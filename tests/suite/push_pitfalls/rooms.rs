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
