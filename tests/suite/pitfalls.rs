//! Mistakes that real systems contain, each beside the smallest change that mends it.

use redrive::explore::Standing;
use redrive::guarantee::GuaranteeName;
use redrive::kernel::{Families, Family};

use crate::checked::CheckedTemplate;

/// One pair of templates and what the first of them breaks.
struct Pitfall {
    id: &'static str,
    guarantee: GuaranteeName,
    queue: &'static str,
    function: &'static str,
    /// Families that suffice to break it.
    suffices: Families,
}

fn check(pitfall: &Pitfall) {
    let Pitfall { id, guarantee, queue, function, suffices } = *pitfall;
    let buggy = CheckedTemplate::of(&format!("tests/templates/pitfalls/{id}/buggy.yaml"));
    let verdict = buggy.verdict(guarantee, queue, function);
    assert_eq!(verdict.standing, Standing::Violated, "{id}");
    assert!(verdict.broken_by.contains(&suffices), "{id}: {suffices} not among {:?}", verdict.broken_by);
    assert!(verdict.counterexample.is_some(), "{id}");
    let fixed = CheckedTemplate::of(&format!("tests/templates/pitfalls/{id}/fixed.yaml"));
    let verdict = fixed.verdict(guarantee, queue, function);
    assert_eq!(verdict.standing, Standing::Held, "{id}: {:?}", verdict.broken_by);
    assert_eq!(buggy.refused.len() + fixed.refused.len(), 0, "AWS takes both templates of {id}");
}

//= test: queue_poll.function_error
//= test: queue.receive_count
#[test]
fn one_bad_posting_takes_its_batch_into_the_dead_letter_queue() {
    check(&Pitfall {
        id: "ledger-postings-shared-fate",
        guarantee: GuaranteeName::NoCollateral,
        queue: "PostingsQueue",
        function: "PostLedgerEntry",
        suffices: Families::NONE.with(Family::Poison),
    });
}

//= test: queue.expires
//= test: queue.redrive_on_receive
//= test: queue.readable
#[test]
fn without_a_redrive_policy_a_bad_message_vanishes() {
    check(&Pitfall {
        id: "parcel-labels-no-redrive",
        guarantee: GuaranteeName::NoLoss,
        queue: "LabelRequests",
        function: "PrintLabel",
        suffices: Families::NONE.with(Family::Poison),
    });
}

//= test: queue.dead_letter_keeps_enqueue_time
#[test]
fn a_dead_letter_queue_forgets_a_message_before_it_arrives() {
    check(&Pitfall {
        id: "partner-sync-dlq-retention",
        guarantee: GuaranteeName::DeadLetterDelivery,
        queue: "PartnerSyncQueue",
        function: "SyncPartner",
        suffices: Families::NONE.with(Family::Poison),
    });
}

//= test: queue_poll.window
//= test: queue_poll.window_uses_visibility
//= test: queue.visibility
//= test: queue.returns
//= test: function.timeout
#[test]
fn a_visibility_timeout_that_leaves_the_window_out_runs_a_message_twice_at_once() {
    check(&Pitfall {
        id: "telemetry-window-visibility",
        guarantee: GuaranteeName::SingleFlight,
        queue: "ScooterTelemetry",
        function: "StoreTelemetry",
        suffices: Families::NONE.with(Family::Timeout),
    });
}

//= test: step_functions.gone
//= test: step_functions.history
#[test]
fn an_order_whose_express_workflow_fails_is_gone() {
    check(&Pitfall {
        id: "shop-orders-express",
        guarantee: GuaranteeName::NoLoss,
        queue: "Order->Reserve",
        function: "Reserve",
        suffices: Families::NONE.with(Family::Throttle),
    });
}
