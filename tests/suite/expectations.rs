//! What a scenario expects of every run: met, not met, and told by the event that shows it.

use redrive::explore::{CheckOptions, Standing, check};
use redrive::kernel::Families;
use redrive::scenario::{Amount, Expectation, Expected, ExpectedFate, PlannedFault, Scenario, Workload};
use redrive::vocabulary::Duration;

use crate::networks::{MODELS, Network};
use crate::support::options;

/// Three orders, the second of which fails always and is dead-lettered after three receives.
fn standing(expected: Expected) -> (String, Standing) {
    let mut scenario = Scenario::default();
    scenario.workloads.push(Workload::steady("Orders", 3, Duration::from_secs(1)));
    let source = "Orders".to_owned();
    scenario.faults.planned.push(PlannedFault::Poison { source, ordinal: 1, place: None });
    scenario.expectations.push(Expectation { expected, place: None });
    let options = CheckOptions { seeds: Some(4), families: Families::NONE, ..options() };
    let checked = check(&Network::plain("Orders").topology(), &MODELS, &scenario, &options, &mut |_| {})
        .expect("the embedded models are complete");
    let one = &checked.parts[0].stated[0];
    (one.name.clone(), one.standing)
}

fn fate(ordinal: Option<u32>, fate: ExpectedFate, amount: Option<u64>, within: Option<u64>) -> Expected {
    Expected::Fate {
        source: "Orders".to_owned(),
        ordinal,
        fate,
        amount: amount.map(|count| Amount { least: count, most: count }),
        within: within.map(Duration::from_secs),
    }
}

#[test]
fn an_expectation_holds_where_it_is_met_and_is_violated_where_it_is_not() {
    use ExpectedFate::{DeadLettered, Lost, Processed};
    let invoked = |least, most| Expected::Invocations {
        function: "HandleOrders".to_owned(),
        amount: Amount { least, most },
    };
    let holds = |count| Expected::Holds {
        queue: "OrdersDlq".to_owned(),
        amount: Amount { least: count, most: count },
    };
    for (expected, is_met) in [
        (invoked(5, 5), true),
        (invoked(3, 4), false),
        (holds(1), true),
        (holds(0), false),
        (fate(Some(1), DeadLettered, None, None), true),
        (fate(Some(1), DeadLettered, None, Some(60)), false),
        (fate(Some(1), Processed, None, None), false),
        (fate(None, Processed, Some(2), Some(10)), true),
        (fate(None, Processed, None, None), false),
        (fate(None, Lost, Some(0), None), true),
        (fate(None, Lost, Some(1), None), false),
    ] {
        let wanted = if is_met { Standing::Held } else { Standing::Violated };
        let (name, found) = standing(expected);
        assert_eq!(found, wanted, "{name}");
    }
}
