//! Every guarantee violated, held and not exercised.

use redrive::explore::{CheckOptions, Standing};
use redrive::guarantee::{GuaranteeName, GuaranteeSet, Judge};
use redrive::kernel::Families;
use redrive::models::RuleId;
use redrive::scenario::{Scenario, Workload};

use redrive::topology::ResponseType;
use redrive::trace::{Covered, EntityId, EventId, Observer, Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use crate::support::{System, options, search_with, verdict};

/// How a search is restricted.
#[derive(Clone, Copy, Debug)]
enum Under {
    /// All faults.
    Everything,
    /// No faults.
    Nothing,
    /// No faults and no load.
    Silence,
}

fn standing(system: &System, guarantee: GuaranteeName, under: Under) -> Standing {
    let families = match under {
        Under::Everything => Families::EVERY,
        Under::Nothing | Under::Silence => Families::NONE,
    };
    let load = match under {
        Under::Everything | Under::Nothing => None,
        Under::Silence => Some(Workload::steady("*", 0, Duration::ZERO)),
    };
    let options = CheckOptions { families, seeds: Some(1_024), ..options() };
    let scenario = Scenario { workloads: load.into_iter().collect(), ..Scenario::default() };
    verdict(&search_with(system, &scenario, &options), guarantee).standing
}

fn check(guarantee: GuaranteeName, violating: &System, idle: (&System, Under)) {
    assert_eq!(
        standing(violating, guarantee, Under::Everything),
        Standing::Violated,
        "{guarantee}: {violating:?}"
    );
    let sound = System::sound();
    assert_eq!(
        standing(&sound, guarantee, Under::Everything),
        Standing::Held,
        "{guarantee}: the sound system"
    );
    let (system, under) = idle;
    assert_eq!(
        standing(system, guarantee, under),
        Standing::NotExercised,
        "{guarantee} under {under:?}: {system:?}"
    );
}

#[test]
fn no_loss_is_told() {
    let violating = System { max_receive_count: None, ..System::sound() };
    check(GuaranteeName::NoLoss, &violating, (&System::sound(), Under::Silence));
}

#[test]
fn dead_letter_delivery_is_told() {
    let violating = System { dead_letter_retention: 3_600, ..System::sound() };
    check(GuaranteeName::DeadLetterDelivery, &violating, (&System::sound(), Under::Nothing));
}

#[test]
fn dead_letter_delivery_is_violated_where_retention_ends_before_the_last_receive() {
    let violating = System { visibility: 43_200, retention: 86_400, timeout: 30, ..System::sound() };
    let found = standing(&violating, GuaranteeName::DeadLetterDelivery, Under::Everything);
    assert_eq!(found, Standing::Violated);
}

#[test]
fn no_collateral_is_told() {
    let violating = System { batch_size: 10, ..System::sound() };
    check(GuaranteeName::NoCollateral, &violating, (&System::sound(), Under::Nothing));
}

#[test]
fn partial_batch_responses_keep_the_healthy_out_of_the_dead_letter_queue() {
    let system = System { batch_size: 10, response_type: ResponseType::BatchItemFailures, ..System::sound() };
    assert_eq!(standing(&system, GuaranteeName::NoCollateral, Under::Everything), Standing::Held);
}

#[test]
fn progress_is_told() {
    let violating = System { enabled: false, ..System::sound() };
    check(GuaranteeName::Progress, &violating, (&System::sound(), Under::Silence));
}

#[test]
fn a_function_without_concurrency_stands_still() {
    let system = System { reserved: Some(0), max_receive_count: None, ..System::sound() };
    assert_eq!(standing(&system, GuaranteeName::Progress, Under::Nothing), Standing::Violated);
}

#[test]
fn a_function_without_concurrency_stands_still_though_messages_go_to_the_dead_letter_queue() {
    let system = System { reserved: Some(0), ..System::sound() };
    assert_eq!(standing(&system, GuaranteeName::Progress, Under::Nothing), Standing::Violated);
}

#[test]
fn single_flight_is_told() {
    let violating = System { visibility: 20, ..System::sound() };
    let disabled = System { enabled: false, ..System::sound() };
    check(GuaranteeName::SingleFlight, &violating, (&disabled, Under::Nothing));
}

#[test]
fn no_needless_redelivery_is_told() {
    let violating = System { batch_size: 10, ..System::sound() };
    let disabled = System { enabled: false, ..System::sound() };
    check(GuaranteeName::NoNeedlessRedelivery, &violating, (&disabled, Under::Nothing));
}

#[test]
fn drains_is_told() {
    let violating = System { max_receive_count: None, ..System::sound() };
    check(GuaranteeName::Drains, &violating, (&System::sound(), Under::Silence));
}

#[test]
fn bounded_attempts_holds_and_is_not_exercised_without_returns() {
    let sound = System::sound();
    assert_eq!(standing(&sound, GuaranteeName::BoundedAttempts, Under::Everything), Standing::Held);
    assert_eq!(standing(&sound, GuaranteeName::BoundedAttempts, Under::Nothing), Standing::NotExercised);
    let unbounded = System { max_receive_count: None, ..System::sound() };
    let found = standing(&unbounded, GuaranteeName::BoundedAttempts, Under::Nothing);
    assert!(matches!(found, Standing::NotApplicable(_)), "{found:?}");
}

/// The world never delivers too often, so the monitor is shown records that no world would write.
#[test]
fn bounded_attempts_is_violated_by_one_delivery_too_many() {
    let program = System { max_receive_count: Some(2), ..System::sound() }.program();
    let queue = program.queues[0].entity;
    let function = program.functions[0].entity;
    let mut judge = Judge::new(&program, GuaranteeSet::EVERY);
    let item = |receives| Covered { event: EventId(0), copy: 0, receives };
    let mut see = |kind, entity: EntityId, receives| {
        let at = Instant::START + Duration::from_secs(u64::from(receives));
        let record = Record { at, kind, entity, rule: RuleId(0), subject: 0, value: 0, events: 0 };
        judge.observe(&record, &[item(receives)]);
    };
    see(RecordKind::MessageSent, queue, 0);
    for delivery in 1..=3 {
        see(RecordKind::MessagesReceived, queue, delivery);
        see(RecordKind::InvocationStarted, function, delivery);
        see(RecordKind::InvocationEnded, function, delivery);
        if delivery < 3 {
            see(RecordKind::MessagesAvailable, queue, delivery);
        }
    }
    let violated: Vec<(GuaranteeName, Duration)> = judge
        .violations()
        .iter()
        .map(|violation| (violation.guarantee, violation.at.since_start()))
        .collect();
    assert_eq!(violated, [(GuaranteeName::BoundedAttempts, Duration::from_secs(3))]);
}
