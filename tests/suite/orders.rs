//! The example of the README: what it breaks and keeps, and that its repaired twin breaks nothing.

use std::sync::LazyLock;

use redrive::explore::Standing;
use redrive::guarantee::Gates;
use redrive::guarantee::GuaranteeName::{
    self, BoundedAttempts, DeadLetterDelivery, Drains, NoCollateral, NoLoss, NoNeedlessRedelivery, Progress,
    SingleFlight,
};
use redrive::kernel::{Families, Family};

use crate::checked::CheckedTemplate;

static TEMPLATE: LazyLock<CheckedTemplate> =
    LazyLock::new(|| CheckedTemplate::of("examples/orders/template.yaml"));
static REPAIRED: LazyLock<CheckedTemplate> =
    LazyLock::new(|| CheckedTemplate::of("examples/orders/repaired.yaml"));

/// Everything that is judged at a queue.
const JUDGED: [GuaranteeName; 8] = [
    NoLoss,
    DeadLetterDelivery,
    NoCollateral,
    Progress,
    SingleFlight,
    NoNeedlessRedelivery,
    BoundedAttempts,
    Drains,
];

#[test]
fn orders_are_wired_as_they_should_be_and_invoices_are_not() {
    assert_eq!(TEMPLATE.held("OrdersQueue"), JUDGED);
    assert_eq!(
        TEMPLATE.violated("InvoicesQueue"),
        [NoLoss, DeadLetterDelivery, NoCollateral, SingleFlight, NoNeedlessRedelivery]
    );
    assert_eq!(TEMPLATE.held("InvoicesQueue"), [Progress, BoundedAttempts, Drains]);
}

//= test: queue_poll.partial_response
#[test]
fn the_repaired_orders_break_no_guarantee() {
    for queue in ["OrdersQueue", "InvoicesQueue"] {
        assert_eq!(REPAIRED.held(queue), JUDGED, "{queue}");
    }
}

//= test: queue_poll.throttle_release
//= test: function.unreserved
#[test]
fn neighbours_send_healthy_invoices_to_the_dead_letter_queue() {
    let verdict = TEMPLATE.verdict(NoCollateral, "InvoicesQueue", "SendInvoice");
    assert!(verdict.broken_by.contains(&Families::NONE.with(Family::Throttle)), "{:?}", verdict.broken_by);
}

//= test: function.reserved
#[test]
fn reserved_concurrency_keeps_neighbours_from_doing_so() {
    let verdict = REPAIRED.verdict(NoCollateral, "InvoicesQueue", "SendInvoice");
    assert!(!verdict.survived.is_empty());
    assert!(!verdict.beyond_platform.has(Family::Throttle), "{}", verdict.beyond_platform);
}

#[test]
fn every_violation_of_the_example_has_a_story_with_one_or_two_events() {
    let violated = TEMPLATE.verdicts().filter(|(_, _, verdict)| verdict.standing == Standing::Violated);
    let mut gating = 0;
    for (queue, function, verdict) in violated {
        assert_eq!((queue, function), ("InvoicesQueue", "SendInvoice"));
        let story = verdict.counterexample.as_ref().expect("a violated guarantee has a story");
        assert!((1..=2).contains(&story.events), "{}: {}", verdict.guarantee, story.events);
        gating += usize::from(verdict.guarantee.gates() == Gates::Yes);
    }
    assert_eq!(gating, 3);
}

#[test]
fn aws_takes_both_templates() {
    assert_eq!(TEMPLATE.refused, Vec::<String>::new());
    assert_eq!(REPAIRED.refused, Vec::<String>::new());
}
