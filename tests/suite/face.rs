//! The Rust face: what a test states, what comes of it, and how it fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use redrive::explore::{Capsule, Code, Halt, Property, Standing, check_with};
use redrive::prelude::*;
use redrive::scenario::Scenario;

use crate::support::{System, options};

const HOUR: Duration = Duration::from_secs(3_600);

/// One queue, its function and its dead-letter queue, as they should be; `queue` and `mapping` change them.
fn orders(
    queue: impl FnOnce(redrive::face::QueueSettings) -> redrive::face::QueueSettings,
    mapping: impl FnOnce(redrive::face::MappingSettings) -> redrive::face::MappingSettings,
) -> Topology {
    Topology::build()
        .queue("Orders", |settings| {
            queue(settings.visibility(Duration::from_secs(180)).dead_letters("OrdersDead", 5))
        })
        .queue("OrdersDead", |settings| settings.retention(HOUR * 336))
        .function("Fulfil", |function| function.timeout(Duration::from_secs(30)).reserved(10))
        .polls("Fulfil", "Orders", |settings| mapping(settings.batch_size(1).maximum_concurrency(10)))
        .finish()
        .expect("the system makes sense")
}

fn sound() -> Topology {
    orders(|queue| queue, |mapping| mapping)
}

/// Nothing takes what fails: it is received until its retention ends.
fn leaky() -> Topology {
    Topology::build()
        .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)))
        .function("Fulfil", |function| function.timeout(Duration::from_secs(30)).reserved(10))
        .polls("Fulfil", "Orders", |mapping| mapping.batch_size(1).maximum_concurrency(10))
        .finish()
        .expect("the system makes sense")
}

fn panic_text(run: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| (*panic.downcast_ref::<&str>().expect("a panic has a text")).to_owned())
}

fn saved(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("there is a folder").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::path);
    let text = std::fs::read_to_string(files[0].path()).expect("it can be read");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[test]
fn a_sound_system_holds_and_says_so() {
    let system = sound();
    let outcome = Check::new(&system).seeds(0..256).run();
    outcome.assert_held();
    assert!(outcome.verdicts().contains("no-loss at Orders: held\n"), "{}", outcome.verdicts());
    assert_eq!(outcome.checked().expect("it searched").parts[0].seeds, 256);
}

#[test]
fn a_failure_tells_the_story_and_the_command_and_saves_a_capsule_that_is_tried_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let system = leaky();
    let check = |system| {
        Check::new(system)
            .guarantee(no_loss())
            .seeds(0..128)
            .named("orders::kept")
            .regressions_in(folder.path())
    };
    let text = panic_text(|| check(&system).run().assert_held());
    assert!(text.contains("redrive: orders::kept does not hold"), "{text}");
    assert!(text.contains("Orders.0 arrives in Orders"), "{text}");
    assert!(text.contains("found with seed "), "{text}");
    assert!(text.contains("REDRIVE_REPLAY='redrive/1 "), "{text}");
    assert!(text.contains("' cargo test orders::kept\n"), "{text}");
    assert_eq!(saved(folder.path()).len(), 1);

    let again = check(&system).run();
    assert!(again.checked().is_none(), "a saved capsule fails before anything is searched");
    assert_eq!(again.violated(), ["no-loss at Orders"]);
    assert!(again.notes().is_empty(), "{:?}", again.notes());

    let mended = sound();
    let outcome = check(&mended).run();
    outcome.assert_held();
    assert!(outcome.notes()[0].contains("mended, it seems"), "{:?}", outcome.notes());
    assert!(outcome.notes()[0].contains("resources or settings are not those"), "{:?}", outcome.notes());
    assert_eq!(saved(folder.path()).len(), 1, "what is mended stays to be tried");
}

#[test]
fn the_printed_capsule_replays_in_the_test_that_printed_it_and_nothing_else_runs() {
    let system = leaky();
    let outcome = Check::new(&system).guarantee(no_loss()).seeds(0..128).run();
    let printed = outcome.failures()[0].capsule().expect("a violated guarantee has one").to_owned();
    let replayed = Check::new(&system).guarantee(no_loss()).replay(&printed).run();
    assert_eq!(replayed.violated(), ["no-loss at Orders"]);
    assert_eq!(replayed.failures()[0].capsule(), Some(printed.as_str()));
    assert!(replayed.checked().is_none());
    let holds = Check::new(&sound()).replay(&printed).run();
    assert_eq!(holds.violated(), Vec::<&str>::new());
}

#[test]
fn a_capsule_whose_setting_moved_is_found_nearby() {
    let system = |count| {
        Topology::build()
            .queue("Orders", |queue| queue.visibility(Duration::from_secs(180)).dead_letters("Dead", count))
            .queue("Dead", |queue| queue.retention(HOUR * 336))
            .function("Fulfil", |function| function.timeout(Duration::from_secs(30)))
            .polls("Fulfil", "Orders", |mapping| mapping.batch_size(1))
            .finish()
            .expect("the system makes sense")
    };
    let before = system(3);
    let outcome = Check::new(&before).guarantee(no_collateral()).seeds(0..1_024).run();
    let printed = outcome.failures()[0].capsule().expect("it has one").to_owned();
    let capsule = Capsule::parse(&printed).expect("it reads");
    assert!(capsule.choices.iter().any(|choice| choice.starts_with("throttle@")), "{printed}");
    let after = system(4);
    let again = Check::new(&after).guarantee(no_collateral()).replay(&printed).run();
    assert_eq!(again.violated(), ["no-collateral at Orders"], "{:?}", again.notes());
    assert!(again.notes()[0].contains("the saved run is another one now"), "{:?}", again.notes());
}

#[test]
fn a_saved_capsule_of_another_version_is_refused_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "# saved\nredrive/1 at=no-loss@Orders in=x |\nredrive/2 at=no-loss@Orders in=x |\n";
    std::fs::write(folder.path().join("old.capsules"), text).expect("it can be written");
    let system = sound();
    let problems = Check::new(&system).named("old").regressions_in(folder.path()).try_run().unwrap_err();
    let told = problems.to_string();
    assert!(told.contains("old.capsules:3: the capsule is of version 2"), "{told}");
}

#[test]
fn always_is_violated_by_the_smallest_run_that_breaks_it() {
    let system = sound();
    let once = always("no order is fulfilled twice", |view| {
        view.events().all(|event| event.times_processed("Fulfil") <= 1)
    });
    let outcome = Check::new(&system).guarantee(once).seeds(0..512).run();
    assert_eq!(outcome.violated(), ["no order is fulfilled twice"]);
    let story = outcome.failures()[0].counterexample().expect("a run breaks it");
    assert_eq!(story.events, 1, "{}", story.capsule);
    assert!(story.capsule.contains("at=own/no%20order%20is%20fulfilled%20twice"), "{}", story.capsule);
    assert_eq!(story.culprit.as_deref(), Some("Orders.0"));
    let stated = &outcome.checked().expect("it searched").parts[0].stated[0];
    assert_eq!(stated.standing, Standing::Violated);
    assert!(stated.broken_by.iter().all(|set| set.len() == 1), "{:?}", stated.broken_by);
}

#[test]
fn sometimes_is_violated_where_no_run_gets_there() {
    let system = sound();
    let retried = |name| {
        sometimes(name, |view| match view.what() {
            What::Processed { events, .. } => events.iter().any(|event| event.attempt() > 1),
            _ => false,
        })
    };
    let swarm = Check::new(&system).guarantee(retried("a retry succeeds")).seeds(0..128).run();
    assert_eq!(swarm.violated(), Vec::<&str>::new());
    let calm =
        Check::new(&system).guarantee(retried("a retry succeeds")).faults(Faults::none()).seeds(0..128);
    let calm = calm.run();
    assert_eq!(calm.violated(), ["a retry succeeds"]);
    assert!(calm.failures()[0].story().contains("never happened in 128 runs"), "{:?}", calm.failures());
}

#[test]
fn eventually_looks_at_the_end_of_every_run() {
    let system = sound();
    let load = || Workload::to("Orders").events(3).every(Duration::from_secs(60));
    let check = |faults| {
        let all =
            eventually("every order is fulfilled", |end| end.events().all(|event| event.is_processed()));
        let empty = eventually("nothing is left", |end| end.queue("Orders").holds() == 0);
        Check::new(&system)
            .workload(load())
            .faults(faults)
            .guarantee(all)
            .guarantee(empty)
            .seeds(0..128)
            .run()
    };
    let calm = check(Faults::none());
    assert_eq!(calm.violated(), Vec::<&str>::new());
    let poisoned = check(Faults::only([Family::Poison]));
    assert_eq!(poisoned.violated(), ["every order is fulfilled"]);
    assert_eq!(poisoned.failures()[0].counterexample().expect("a run").events, 1);
}

#[test]
fn a_property_about_all_load_keeps_it_in_its_counterexample() {
    let system = sound();
    let three = eventually("three orders are fulfilled", |end| {
        end.events().filter(redrive::face::Event::is_processed).count() == 3
    });
    let outcome = Check::new(&system)
        .workload(Workload::to("Orders").events(3).every(Duration::from_secs(60)))
        .guarantee(three.with_all_load())
        .seeds(0..256)
        .run();
    let failure = outcome.failures().first().expect("poison prevents it");
    let story = failure.counterexample().expect("a run");
    assert_eq!(story.events, 3, "{}", story.capsule);
    assert!(story.capsule.contains(" over=stated "), "{}", story.capsule);
    let printed = failure.capsule().expect("it has one");
    let three = eventually("three orders are fulfilled", |end| {
        end.events().filter(redrive::face::Event::is_processed).count() == 3
    });
    let again = Check::new(&system)
        .workload(Workload::to("Orders").events(3).every(Duration::from_secs(60)))
        .guarantee(three.with_all_load())
        .replay(printed)
        .run();
    assert_eq!(again.violated(), ["three orders are fulfilled"]);
    assert!(again.notes().is_empty(), "{:?}", again.notes());
}

#[test]
fn what_is_never_put_to_the_test_fails_where_it_was_asked_for() {
    let system = sound();
    let idle = always("it rains", |_| false).when(|view| view.queue("Orders").holds() > 1_000_000);
    let outcome = Check::new(&system).guarantee(idle).seeds(0..32).run();
    assert_eq!(outcome.not_exercised(), ["it rains"]);
    let text = panic_text(|| outcome.assert_held());
    assert!(text.contains("never put to the test: it rains"), "{text}");
}

#[test]
fn advice_is_told_and_fails_nothing() {
    let system = sound();
    let calm = always("nothing ever fails", |view| !matches!(view.what(), What::Failed { .. })).as_advice();
    let outcome = Check::new(&system).guarantee(calm).guarantee(no_loss()).seeds(0..128).run();
    outcome.assert_held();
    assert!(outcome.verdicts().contains("nothing ever fails: violated by "), "{}", outcome.verdicts());
}

#[test]
fn code_in_rust_decides_what_becomes_of_a_batch() {
    let system = orders(|queue| queue, |mapping| mapping.batch_size(10).partial_responses());
    let check = || Check::new(&system).guarantee(no_loss()).guarantee(no_collateral()).seeds(0..256);
    let sound = check().handler("Fulfil", |batch| batch.each(|_| Ok::<(), ()>(()))).run();
    assert_eq!(sound.violated(), Vec::<&str>::new());
    let swallowing = check().handler("Fulf*", |batch| batch.each(|_| Ok::<(), ()>(())).swallowing()).run();
    assert_eq!(swallowing.violated(), ["no-loss at Orders"]);
    let throwing = check().handler("Fulfil", |batch| batch.each_or_throw(|_| Ok::<(), ()>(()))).run();
    assert_eq!(throwing.violated(), ["no-collateral at Orders"]);
}

#[test]
fn code_sees_bodies_attempts_and_names() {
    let system = sound();
    let run = Check::new(&system)
        .workload(
            Workload::to("Orders").events(2).body("bad").every(Duration::from_secs(60)).events(1).at_once(),
        )
        .faults(Faults::none())
        .handler("Fulfil", |batch| {
            batch.each_or_throw(|order| {
                let is_hopeless = order.body() == "bad" && order.name() == "Orders.0";
                if is_hopeless || (order.body() == "bad" && order.attempt() < 3) { Err(()) } else { Ok(()) }
            })
        })
        .run_seed(0);
    assert_eq!(run.contents("OrdersDead"), ["Orders.0"]);
    assert_eq!(run.invocations("Fulfil"), 5 + 3 + 1);
}

#[test]
fn code_that_remembers_forgets_between_runs() {
    let system = sound();
    let fulfil = || {
        let mut seen = std::collections::BTreeSet::new();
        move |batch: &Batch<'_>| {
            for message in batch.messages() {
                assert!(seen.insert((message.name(), message.attempt())), "the memory of another run");
            }
            batch.each_or_throw(|_| Ok::<(), ()>(()))
        }
    };
    let without = [Family::Duplicate, Family::Throttle];
    let outcome = Check::new(&system)
        .handler_from("Fulfil", fulfil)
        .faults(Faults::without(without))
        .seeds(0..64)
        .run();
    assert_eq!(outcome.violated(), Vec::<&str>::new());
}

#[test]
fn misspelt_names_are_refused() {
    let system = sound();
    let problems = Check::new(&system).workload(Workload::to("Order").events(1)).try_run().unwrap_err();
    assert!(problems.to_string().contains("there is no queue `Order`"), "{problems}");
    let problems = Check::new(&system).guarantee(no_loss().at("Dead")).try_run().unwrap_err();
    assert!(problems.to_string().contains("there are Orders, OrdersDead, Fulfil"), "{problems}");
    let twice = || always("the same", |_| true);
    let problems = Check::new(&system).guarantee(twice()).guarantee(twice()).try_run().unwrap_err();
    assert!(problems.to_string().contains("two properties are called `the same`"), "{problems}");
    let problems = Topology::build().queue("Q", |queue| queue.set("VisibilityTimeout", "soon")).finish();
    let problems = problems.unwrap_err().to_string();
    assert!(problems.contains("soon") && problems.contains("built-in-code.json:"), "{problems}");
}

#[test]
fn stated_properties_do_not_depend_on_the_number_of_threads_and_change_no_other_verdict() {
    let models = redrive::models::Models::embedded().expect("the embedded models load");
    let system = System { batch_size: 10, reserved: None, ..System::sound() };
    let topology = system.topology();
    let calm =
        eventually("nothing is dead-lettered", |end| end.events().all(|one| one.dead_lettered().is_none()));
    let results: Vec<_> = [1, 3]
        .into_iter()
        .map(|threads| {
            let options = redrive::explore::CheckOptions { threads, seeds: Some(256), ..options() };
            let properties: [&dyn Property; 1] = [&calm];
            let code = Code { properties: &properties, ..Code::default() };
            check_with(
                &topology,
                &models,
                &Scenario::default(),
                &options,
                (code, &Halt::default()),
                &mut |_| {},
            )
            .expect("it runs")
        })
        .collect();
    assert_eq!(format!("{:?}", results[0]), format!("{:?}", results[1]));
    assert_eq!(results[0].parts[0].stated[0].standing, Standing::Violated);
    let options = redrive::explore::CheckOptions { seeds: Some(256), ..options() };
    let plain = check_with(
        &topology,
        &models,
        &Scenario::default(),
        &options,
        (Code::default(), &Halt::default()),
        &mut |_| {},
    );
    let plain = plain.expect("it runs");
    assert_eq!(format!("{:?}", plain.parts[0].verdicts), format!("{:?}", results[0].parts[0].verdicts));
}

#[test]
fn the_ledger_agrees_with_what_is_sent_and_kept() {
    let seen = std::sync::Arc::new(Mutex::new(0));
    let counter = std::sync::Arc::clone(&seen);
    let system = sound();
    let balance = eventually("every order is somewhere", move |end| {
        let sent = end.events().count();
        let kept = end.queue("OrdersDead").contents().filter(|event| !event.is_processed()).count();
        let processed = end.events().filter(redrive::face::Event::is_processed).count();
        *counter.lock().expect("no thread panics") += 1;
        sent == kept + processed
    });
    let faults = Faults::without([Family::Duplicate]);
    Check::new(&system)
        .guarantee(balance)
        .guarantee(no_loss())
        .faults(faults)
        .seeds(0..256)
        .run()
        .assert_held();
    let seen = *seen.lock().expect("no thread panics");
    assert!(seen >= 256, "every seed is looked at, and what is measured after them: {seen}");
}

#[test]
fn a_timeline_is_keyed_by_names_and_an_unrelated_queue_changes_no_line() {
    let timeline = |system: &Topology| {
        let load = Workload::to("Orders").events(1).at_once();
        Check::new(system).workload(load).faults(Faults::only([Family::Poison])).run_seed(3).timeline()
    };
    let alone = timeline(&sound());
    let beside = Topology::build()
        .queue("AnotherQueueWithALongerName", |queue| queue)
        .queue("Orders", |settings| {
            settings.visibility(Duration::from_secs(180)).dead_letters("OrdersDead", 5)
        })
        .queue("OrdersDead", |settings| settings.retention(HOUR * 336))
        .function("Fulfil", |function| function.timeout(Duration::from_secs(30)).reserved(10))
        .polls("Fulfil", "Orders", |settings| settings.batch_size(1).maximum_concurrency(10))
        .finish()
        .expect("the system makes sense");
    assert_eq!(timeline(&beside), alone);
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false }, {
        redrive::assert_timeline_snapshot!("face_timeline", Check::new(&beside)
            .workload(Workload::to("Orders").events(1).at_once())
            .faults(Faults::none())
            .run_seed(0));
        redrive::assert_topology_snapshot!("face_topology", beside);
        redrive::assert_verdicts_snapshot!("face_verdicts", Check::new(&leaky()).seeds(0..256).run());
    });
}
