//! Names in the Rust face that the system does not have are told, all at once and with the nearest; and a failing test
//! shows the repair that was found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use redrive::prelude::*;
use tempfile::TempDir;

/// A queue that gives nothing up: what always fails is lost when its retention ends.
fn leaky() -> Topology {
    Topology::build()
        .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)))
        .queue("Bills", |queue| queue)
        .function("Fulfil", |function| function.timeout(Duration::from_secs(30)))
        .polls("Fulfil", "Orders", |mapping| mapping)
        .finish()
        .expect("it is sound")
}

/// What a test that panics says.
fn panic_of(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it panics");
    panic.downcast_ref::<String>().expect("it says something").clone()
}

#[test]
fn every_misspelt_name_of_a_check_is_told_with_the_nearest() {
    let system = leaky();
    let problems = Check::new(&system)
        .workload(Workload::to("Order").events(1))
        .handler("Fulfill", |batch| batch.each(|_| Ok::<(), &str>(())))
        .handler("Orders", |batch| batch.each(|_| Ok::<(), &str>(())))
        .guarantee(no_loss().at("Oders"))
        .guarantee(no_loss().at("Bils"))
        .try_run()
        .expect_err("nothing of it is there")
        .to_string();
    for line in [
        "there is no queue `Order`",
        "the system has no function `Fulfill`",
        "did you mean `Fulfil`?",
        "the system has no function `Orders`",
        "there is only Fulfil",
        "the system has no resource `Oders`",
        "did you mean `Orders`?",
        "the system has no resource `Bils`",
        "did you mean `Bills`?",
    ] {
        assert!(problems.contains(line), "{line}\n{problems}");
    }
}

#[test]
fn a_property_about_what_is_not_there_panics_with_the_nearest_name() {
    let system = leaky();
    let said = |property: fn(&View<'_>) -> bool| {
        let name = "about something else";
        let check = Check::new(&system).guarantee(always(name, property)).seeds(0..1);
        panic_of(|| drop(check.faults(Faults::none()).run()))
    };
    let queue = said(|view| view.queue("Oders").waiting() == 0);
    assert_eq!(queue, "the system has no queue `Oders`; did you mean `Orders`?");
    let function = said(|view| view.function("Orders").running() == 0);
    assert_eq!(function, "the system has no function `Orders`; there is only Fulfil");
    let times = said(|view| view.events().all(|event| event.times_processed("Fulfill") == 0));
    assert_eq!(times, "the system has no function `Fulfill`; did you mean `Fulfil`?");
}

#[test]
fn a_run_and_a_session_know_their_names_too() {
    let system = leaky();
    let run = Check::new(&system).faults(Faults::none()).run_seed(0);
    let contents = panic_of(|| drop(run.contents("Bils")));
    assert_eq!(contents, "the system has no queue `Bils`; did you mean `Bills`?");
    assert_eq!(run.contents("Bills"), Vec::<String>::new());
    let invocations = panic_of(|| assert_eq!(run.invocations("Bills"), 0));
    assert_eq!(invocations, "the system has no function `Bills`; there is only Fulfil");
    let mut session = Session::new(&system).expect("it is sound");
    let sent = panic_of(|| drop(session.send("Oders", "{}")));
    assert_eq!(sent, "the system has no queue `Oders`; did you mean `Orders`?");
}

#[test]
fn a_failing_check_shows_the_repair_that_was_found() {
    let folder = TempDir::new().expect("a folder can be made");
    let system = leaky();
    let outcome = Check::new(&system)
        .named("leaky")
        .regressions_in(folder.path())
        .guarantee(no_loss().at("Orders"))
        .seeds(0..16)
        .run();
    let [failure] = outcome.failures() else { panic!("{:?}", outcome.violated()) };
    let repair = failure.repair().expect("a dead-letter queue mends it");
    assert!(repair.starts_with("  repair  ") && repair.contains("RedrivePolicy"), "{repair}");
    assert!(repair.contains("simulated with the change: holds over "), "{repair}");
    let said = panic_of(|| outcome.assert_held());
    let (story, rest) = said.split_once(repair).expect("the panic shows it");
    assert!(story.contains("  story  ") && rest.contains("  replay\n"), "{said}");
    // What a saved capsule shows is told without a new search, so without a repair.
    let again = Check::new(&system).named("leaky").regressions_in(folder.path()).guarantee(no_loss()).run();
    assert_eq!(again.failures().iter().map(Failure::repair).collect::<Vec<_>>(), [None]);
}
