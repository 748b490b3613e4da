//! Strategies shrink to what they say, and everything that they draw can be run.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use redrive::kernel::Families;
use redrive::models::Models;
use redrive::prelude::*;
use redrive::scenario::Arrivals;
use redrive::strategy::{fault_plans, handlings, presets, scenarios, setting, settings, systems, workloads};

/// What a strategy shrinks to from each of many values where everything fails; all the same.
fn smallest<S: Strategy>(strategy: &S) -> S::Value
where
    S::Value: PartialEq,
{
    let mut runner = TestRunner::deterministic();
    let mut found = (0..32).map(|_| {
        let mut tree = strategy.new_tree(&mut runner).expect("it draws");
        while tree.simplify() {}
        tree.current()
    });
    let first = found.next().expect("there is one");
    assert!(found.all(|other| other == first), "different values are called smallest: {first:?} and another");
    first
}

#[test]
fn faults_shrink_to_none() {
    assert_eq!(smallest(&fault_plans()), Faults::none());
    assert_eq!(Faults::none().families, Some(Families::NONE));
}

#[test]
fn load_shrinks_to_one_message_at_once() {
    assert_eq!(smallest(&workloads("Orders")), Workload::to("Orders").events(1).at_once());
}

#[test]
fn handlers_shrink_to_one_that_throws_at_what_fails() {
    assert_eq!(smallest(&presets()), HandlerPreset::Throws);
    let plain = Handling {
        function: "Fulfil".to_owned(),
        preset: Some(HandlerPreset::Throws),
        ..Handling::default()
    };
    assert_eq!(smallest(&handlings("Fulfil")), plain);
}

#[test]
fn settings_shrink_to_the_smallest_value_and_stay_in_their_ranges() {
    let models = Models::embedded().expect("the embedded models load");
    let of = |property| setting(&models, property).expect("it has a range");
    assert_eq!(smallest(&of("AWS::SQS::Queue.VisibilityTimeout")), "0");
    assert_eq!(smallest(&of("AWS::SQS::Queue.MessageRetentionPeriod")), "60");
    assert!(setting(&models, "AWS::SQS::Queue.NoSuchThing").is_none());
    let every = settings(&models, "AWS::SQS::Queue").expect("it has settings");
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }, |((name, value) in every)| {
        // What only FIFO queues take depends on other settings, not on its own range.
        prop_assume!(!name.contains("Deduplication") && !name.starts_with("Fifo"));
        let system = Topology::build().queue("Orders", |queue| match name.as_str() {
            "RedrivePolicy.maxReceiveCount" => queue.dead_letters("Orders", value.parse().expect("a number")),
            plain => queue.set(plain, value.as_str()),
        });
        let system = system.finish();
        prop_assert!(system.is_ok(), "{}={}: {:?}", name, value, system);
        prop_assert_eq!(redrive::topology::refusals(&system.expect("it is"), &models), []);
    });
}

#[test]
fn systems_shrink_to_one_queue_and_one_function() {
    let plan = smallest(&systems());
    assert_eq!(plan.len(), 1);
    let system = plan.build().expect("it makes sense");
    let names: Vec<&str> = system.resources.iter().map(|resource| resource.name.as_str()).collect();
    assert_eq!(names, ["Queue0", "Function0", "Function0PollsQueue0"]);
    let text = system.render();
    for line in ["VisibilityTimeout               1s", "BatchSize                       1"] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn systems_of_every_kind_are_drawn_and_understood() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let plan = systems().new_tree(&mut runner).expect("a system is drawn").current();
        let system = plan.build().expect("it makes sense");
        assert!(
            system.unmodelled.is_empty() && !system.render().contains("not simulated"),
            "{}",
            system.render()
        );
        kinds.extend(
            system
                .resources
                .iter()
                .map(|resource| resource.name.as_str().trim_end_matches(char::is_numeric).to_owned()),
        );
    }
    for kind in ["Queue", "Stream", "Topic", "Dead", "Function"] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
}

#[test]
fn scenarios_shrink_to_one_message_for_each_queue_and_no_faults() {
    let system = Topology::from_template("examples/orders/template.yaml").expect("it is a template");
    let scenario = smallest(&scenarios(&system));
    let loads: Vec<(&str, u32)> =
        scenario.workloads.iter().map(|load| (load.to.as_str(), load.count())).collect();
    assert_eq!(loads, [("OrdersQueue", 1), ("InvoicesQueue", 1)]);
    assert_eq!(scenario.faults, Faults::none());
    assert!(
        scenario.handlers.iter().all(|handling| handling.outcomes.is_empty() && handling.duration.is_none())
    );
}

#[test]
fn a_failing_property_is_shrunk_to_the_least_load_that_fails_it() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let failed = runner.run(&workloads("Orders"), |load| {
        if load.count() < 5 { Ok(()) } else { Err(TestCaseError::fail("five are too many")) }
    });
    let Err(TestError::Fail(_, least)) = failed else { panic!("some load has five messages: {failed:?}") };
    assert_eq!(least.count(), 5);
    assert_eq!(least.generated[0].arrivals, Arrivals::AtOnce);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn every_drawn_system_runs_the_same_twice_and_accounts_for_every_event(
        plan in systems(),
        faults in fault_plans(),
        seed in 0..1_000_u64,
    ) {
        let system = plan.build().expect("a drawn system makes sense");
        let run = || Check::new(&system).faults(faults.clone()).run_seed(seed);
        let first = run();
        prop_assert_eq!(first.digests(), run().digests());
        prop_assert_eq!(first.timeline(), run().timeline());
        let balance = always("what is in flight was received", |view| {
            (0..3).map(|part| format!("Queue{part}")).all(|queue| {
                view.queue(&queue).in_flight() <= view.queue(&queue).holds()
            })
        });
        let queues = (0..3).filter(|part| system.find(&format!("Queue{part}")).is_some()).count();
        if queues == 3 {
            let outcome = Check::new(&system).faults(faults.clone()).guarantee(balance).seeds(seed..seed + 4).run();
            prop_assert!(!outcome.violated().contains(&"what is in flight was received"));
        }
    }

    #[test]
    fn every_drawn_scenario_runs(
        scenario in scenarios(&Topology::from_template("examples/orders/template.yaml").expect("a template")),
    ) {
        let system = Topology::from_template("examples/orders/template.yaml").expect("it is a template");
        let stated: u32 = scenario.workloads.iter().map(Workload::count).sum();
        let run = Check::new(&system).scenario(scenario).run_seed(1);
        prop_assert!(run.events().len() as u32 <= stated + 2 * 200, "{} events", run.events().len());
    }
}
