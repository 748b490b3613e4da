//! What holds at FIFO queues and what does not: the guarantees of whole searches.

use redrive::explore::{CheckOptions, Checked, Standing, Told};
use redrive::guarantee::{GuaranteeName, Judge};
use redrive::kernel::Families;
use redrive::models::Models;
use redrive::program::{Program, compile};
use redrive::scenario::{Bounds, HandlerPreset, Handling, Scenario, Strictness, Workload};
use redrive::topology::ResponseType;
use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;
use redrive::world::{Declared, World};

use crate::networks::{Weather, chooser};
use crate::support::{System, options, search_with, verdict};

/// A search with a handler of one's own.
fn searched(system: &System, preset: Option<HandlerPreset>) -> Checked {
    let handling = Handling { function: "*".to_owned(), preset, ..Handling::default() };
    let scenario = Scenario { handlers: vec![handling], ..Scenario::default() };
    search_with(system, &scenario, &CheckOptions { seeds: Some(1_024), ..options() })
}

fn standing(system: &System, preset: Option<HandlerPreset>, guarantee: GuaranteeName) -> Standing {
    verdict(&searched(system, preset), guarantee).standing
}

/// Batches of ten with partial responses.
fn reporting() -> System {
    System { batch_size: 10, response_type: ResponseType::BatchItemFailures, ..System::fifo() }
}

#[test]
fn ordering_is_violated_by_a_handler_that_goes_on_after_a_failure() {
    let checked = searched(&reporting(), Some(HandlerPreset::Partial));
    let verdict = verdict(&checked, GuaranteeName::Ordering);
    assert_eq!(verdict.standing, Standing::Violated);
    let example = verdict.counterexample.as_ref().expect("a violation has a story");
    assert_eq!(example.events, 2, "one event overtakes another");
    let last = example.steps.iter().rev().find_map(|told| match told {
        Told::Step(step) => Some(step.kind),
        Told::Omitted(_) => None,
    });
    assert_eq!(last, Some(RecordKind::EventsProcessed), "the story ends with the one that comes too late");
    let finding = checked.findings.iter().find(|finding| {
        let (part, index) = finding.verdicts[0];
        checked.parts[part].verdicts[index].guarantee == GuaranteeName::Ordering
    });
    let repair = finding.and_then(|finding| finding.repair.as_ref()).expect("something helps");
    assert_eq!(repair.says, "give the function one message at a time");
}

#[test]
fn ordering_is_held_by_a_handler_that_stops_and_lists_the_rest() {
    assert_eq!(standing(&reporting(), None, GuaranteeName::Ordering), Standing::Held);
}

#[test]
fn ordering_is_held_by_a_handler_that_throws() {
    let system = System { batch_size: 10, ..System::fifo() };
    assert_eq!(standing(&system, None, GuaranteeName::Ordering), Standing::Held);
}

#[test]
fn ordering_is_not_exercised_without_two_events_of_a_group() {
    let load = Workload::steady("*", 1, Duration::ZERO);
    let scenario = Scenario { workloads: vec![load], ..Scenario::default() };
    let options = CheckOptions { families: Families::NONE, seeds: Some(64), ..options() };
    let checked = search_with(&System::fifo(), &scenario, &options);
    assert_eq!(verdict(&checked, GuaranteeName::Ordering).standing, Standing::NotExercised);
}

#[test]
fn ordering_is_not_asked_of_a_standard_queue() {
    let found = standing(&System::sound(), None, GuaranteeName::Ordering);
    assert!(matches!(found, Standing::NotApplicable(_)), "{found:?}");
}

fn program(system: &System, ordering: Strictness) -> Program {
    let models = Models::embedded().expect("the embedded models load");
    let bounds = Bounds { ordering, ..Bounds::default() };
    let scenario = Scenario { bounds, ..Scenario::default() };
    compile(&system.topology(), &models, &scenario).expect("the models are complete").remove(0)
}

/// In how many of some runs `ordering` is violated.
fn disorders(program: &Program) -> usize {
    let mut judge = Judge::new(program, redrive::guarantee::GuaranteeSet::EVERY);
    let mut world = World::new();
    let mut count = 0;
    for seed in 0..400 {
        judge.clear();
        world.run(program, &mut chooser(program, seed, Weather::Swarm), &mut judge, &mut Declared);
        let names = judge.violations().iter().map(|violation| violation.guarantee);
        count += names.filter(|name| *name == GuaranteeName::Ordering).count();
    }
    count
}

#[test]
fn a_dead_letter_breaks_the_order_only_where_it_has_to_be_strict() {
    assert_eq!(disorders(&program(&System::fifo(), Strictness::Usual)), 0);
    let strict = disorders(&program(&System::fifo(), Strictness::Strict));
    assert!(strict > 0, "what follows a dead letter is processed without it");
}

#[test]
fn a_strict_order_is_kept_where_nothing_is_ever_given_up() {
    let system = System { max_receive_count: Some(1_000), ..System::fifo() };
    let mut program = program(&system, Strictness::Strict);
    program.profile.poison_at_most = 0;
    assert_eq!(disorders(&program), 0);
}

#[test]
fn a_group_behind_a_message_that_always_fails_stands_still_and_the_message_is_named() {
    let system = System { max_receive_count: None, ..System::fifo() };
    let checked = searched(&system, None);
    let verdict = verdict(&checked, GuaranteeName::Progress);
    assert_eq!(verdict.standing, Standing::Violated);
    let example = verdict.counterexample.as_ref().expect("a violation has a story");
    assert_eq!(example.events, 2, "one message, and one that waits behind it");
    let poisoned = example.steps.iter().find_map(|told| match told {
        Told::Step(step) if step.kind == RecordKind::EventFailed => Some(step.events[0].0.clone()),
        Told::Step(_) | Told::Omitted(_) => None,
    });
    assert_eq!(example.culprit, poisoned, "the one that fails is the one that is named");
}

#[test]
fn a_group_goes_on_where_a_dead_letter_queue_takes_what_fails() {
    assert_eq!(standing(&System::fifo(), None, GuaranteeName::Progress), Standing::Held);
    let alone = System { max_receive_count: None, ..System::sound() };
    assert_eq!(
        standing(&alone, None, GuaranteeName::Progress),
        Standing::Held,
        "nothing waits behind a message of a standard queue"
    );
}

#[test]
fn the_rest_of_a_batch_goes_to_the_dead_letter_queue_with_the_message_in_front() {
    assert_eq!(standing(&reporting(), None, GuaranteeName::NoCollateral), Standing::Violated);
    let single = System { batch_size: 1, ..reporting() };
    assert_eq!(standing(&single, None, GuaranteeName::NoCollateral), Standing::Held);
}

#[test]
fn what_a_fifo_queue_gives_up_can_be_read_for_the_whole_retention_of_its_dead_letter_queue() {
    let retention = 86_400;
    let old = System {
        visibility: 20_000,
        retention: 1_209_600,
        dead_letter_retention: retention,
        ..System::sound()
    };
    let delivery = GuaranteeName::DeadLetterDelivery;
    assert_eq!(standing(&old, None, delivery), Standing::Violated, "the age goes on in a standard queue");
    let anew = System { kind: redrive::topology::QueueKind::Fifo, ..old };
    assert_eq!(standing(&anew, None, delivery), Standing::Held, "and begins anew in a FIFO queue");
}

#[test]
fn the_default_handler_of_a_fifo_queue_with_partial_responses_lists_the_rest() {
    let program = |system: &System| program(system, Strictness::Usual);
    assert_eq!(program(&reporting()).functions[0].handler, HandlerPreset::StopsAndListsRest);
    let standard = System { response_type: ResponseType::BatchItemFailures, ..System::sound() };
    assert_eq!(program(&standard).functions[0].handler, HandlerPreset::Partial);
    assert_eq!(program(&System::fifo()).functions[0].handler, HandlerPreset::Throws);
}
