//! Which metrics an operator is told to see move, and which stay where they are.

use redrive::explore::{CheckOptions, check};
use redrive::guarantee::Loops;
use redrive::kernel::{Families, Family};
use redrive::report::{CheckReport, Detail, Excuses, check_text};
use redrive::scenario::HandlerPreset;

use crate::networks::{DeadLetters, MODELS, Network};
use crate::report::plain;
use crate::support::options;

/// What stands behind a word in the first finding of a queue without dead letters whose function deals with poison so.
fn told(preset: HandlerPreset, family: Family) -> String {
    let mut network = Network::plain("Orders");
    network.queues[0].dead_letters = DeadLetters::Nowhere;
    network.functions[0].preset = preset;
    told_of(&network, family)
}

/// The same for any system.
fn told_of(network: &Network, family: Family) -> String {
    let options = CheckOptions { seeds: Some(64), families: Families::NONE.with(family), ..options() };
    let (topology, scenario) = (network.topology(), network.scenario());
    let checked =
        check(&topology, &MODELS, &scenario, &options, &mut |_| {}).expect("the models are complete");
    let report = CheckReport {
        topology: &topology,
        scenario: &scenario,
        checked: &checked,
        models: &MODELS,
        refusals: &[],
        rights: &[],
        loops: &Loops::default(),
        excuses: &Excuses::default(),
        comparison: None,
        diagnostics: &[],
        fail_on: CheckReport::usually_failing(),
        detail: Detail::All,
    };
    plain(&check_text(&report)).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The metrics that move, those that move where they are counted, and those that stay, as the first finding has it.
fn metrics(text: &str) -> [String; 3] {
    let part = |from: &str, to: &[&str]| {
        let rest = text.split_once(from).map_or("", |(_, rest)| rest);
        let end = to.iter().filter_map(|to| rest.find(to)).min().unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    [
        part("moves ", &["moves if counted", "stays at zero", "mind"]),
        part("moves if counted ", &["stays at zero", "mind"]),
        part("stays at zero ", &["mind", "fix", "replay"]),
    ]
}

//= test: function.error_in_metrics
//= test: queue_poll.metric_polled
//= test: queue_poll.metric_failed
#[test]
fn a_function_that_throws_counts_as_invoked_and_failed_and_its_messages_as_polled_and_not_invoked() {
    let text = told(HandlerPreset::Throws, Family::Poison);
    let [moves, counted, stays] = metrics(&text);
    assert!(moves.contains("Invocations") && moves.contains("Errors"), "{text}");
    assert!(counted.contains("PolledEventCount") && counted.contains("FailedInvokeEventCount"), "{text}");
    assert!(stays.contains("Throttles") && !counted.contains("DeletedEventCount"), "{text}");
}

//= test: queue_poll.metric_deleted
#[test]
fn a_function_that_swallows_its_failures_deletes_messages_and_counts_no_error() {
    let text = told(HandlerPreset::Swallows, Family::Poison);
    let [moves, counted, stays] = metrics(&text);
    assert!(moves.contains("Invocations") && !moves.contains("Errors"), "{text}");
    assert!(counted.contains("DeletedEventCount"), "{text}");
    assert!(stays.contains("Errors"), "{text}");
}

//= test: queue.dead_letter_age_metric
#[test]
fn messages_that_nobody_reads_are_told_by_the_age_of_the_oldest() {
    let mut network = Network::plain("Orders");
    network.queues[0].dead_letters = DeadLetters::Nowhere;
    network.mappings[0].enabled = false;
    let text = told_of(&network, Family::Poison);
    let [moves, _, _] = metrics(&text);
    assert!(moves.contains("ApproximateAgeOfOldestMessage") && !moves.contains("Invocations"), "{text}");
}
