//! Archives of buses that an operator replays: what comes again, to whom, in which order, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use redrive::kernel::Families;
use redrive::kernel::Family;
use redrive::prelude::*;
use redrive::scenario::{
    Change, Expectation, Expected, Message, PlannedChange, PlannedFault, Replay, problems, read_scenario_text,
};

use redrive::vocabulary::Diagnostic;

use crate::networks::MODELS;
use crate::push_pitfalls::{count, topology};

/// A bus with an archive, and three rules: one that wants all, one that wants no replays, and one that wants only them.
fn shop(archive: &str) -> Topology {
    let rule = |name: &str, pattern: &str, function: &str| {
        format!(
            "  {name}: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref Shop, EventPattern: {{{pattern}}}, \
             Targets: [{{Id: f, Arn: !GetAtt {function}.Arn}}]}}}}
  {name}May: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: !Ref {function}, Action: \
             'lambda:InvokeFunction', Principal: events.amazonaws.com, SourceArn: !GetAtt {name}.Arn}}}}
  {function}: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., \
             Timeout: 10}}}}
"
        )
    };
    topology(&format!(
        "  Shop: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}
  Kept: {{Type: AWS::Events::Archive, Properties: {{SourceArn: !GetAtt Shop.Arn{archive}}}}}
{}{}{}",
        rule("All", "source: [{exists: true}]", "Bill"),
        rule("Fresh", "replay-name: [{exists: false}]", "Mail"),
        rule("Mend", "replay-name: [mend]", "Fix"),
    ))
}

const MINUTE: u64 = 60;

/// Events into the bus at these seconds; every other one is for a friend.
fn load(seconds: &[u64]) -> Workload {
    let message = |(number, second): (usize, &u64)| {
        let kind = if number % 2 == 0 { "friend" } else { "stranger" };
        let body = format!(r#"{{"source": "shop", "detail": {{"kind": "{kind}"}}}}"#);
        Message { at: Duration::from_secs(*second), body: Some(body), ..Message::default() }
    };
    let messages = seconds.iter().enumerate().map(message).collect();
    Workload { to: "Shop".to_owned(), messages, ..Workload::default() }
}

fn replay(from: u64, to: Option<u64>, name: &str, rules: &[&str]) -> Change {
    Change::Replay(Replay {
        archive: "Kept".to_owned(),
        name: name.to_owned(),
        from: Duration::from_secs(from),
        to: to.map(Duration::from_secs),
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
    })
}

fn at(second: u64, change: Change) -> PlannedChange {
    PlannedChange { at: Duration::from_secs(second), change, place: None }
}

/// How often each of the three functions runs.
fn runs(topology: &Topology, seconds: &[u64], changes: &[PlannedChange]) -> [u32; 3] {
    let check = Check::new(topology).models(MODELS.clone()).workload(load(seconds)).faults(Faults::none());
    let run = changes.iter().fold(check, |check, change| check.change(change.clone())).run_seed(0);
    ["Bill", "Mail", "Fix"].map(|function| run.invocations(function))
}

const SECONDS: [u64; 3] = [1, 2, 70];

//= test: eventbridge.replay
#[test]
fn what_an_archive_keeps_comes_again_to_every_rule_that_wants_a_replay() {
    let shop = shop("");
    assert_eq!(runs(&shop, &SECONDS, &[]), [3, 3, 0]);
    let again = at(20 * MINUTE, replay(0, None, "replay", &[]));
    assert_eq!(runs(&shop, &SECONDS, &[again]), [6, 3, 0], "a pattern can leave replays out");
    let mend = at(20 * MINUTE, replay(0, None, "mend", &[]));
    assert_eq!(runs(&shop, &SECONDS, &[mend]), [6, 3, 3], "or ask for one by its name");
    let named = at(20 * MINUTE, replay(0, None, "mend", &["Mend", "Fresh"]));
    assert_eq!(runs(&shop, &SECONDS, &[named]), [3, 3, 3], "only the rules that the replay names");
}

#[test]
fn only_what_came_within_the_window_is_replayed() {
    let shop = shop("");
    for (from, to, billed) in [(0, 2, 1), (1, 2, 1), (2, 70, 1), (2, 71, 2), (71, 1_200, 0)] {
        let again = at(20 * MINUTE, replay(from, Some(to), "replay", &[]));
        assert_eq!(runs(&shop, &SECONDS, &[again]), [3 + billed, 3, 0], "{from} to {to}");
    }
}

//= test: eventbridge.archive
#[test]
fn an_archive_keeps_what_its_pattern_wants_and_nothing_that_was_replayed() {
    let again = |minute: u64| at(minute * MINUTE, replay(0, None, "replay", &[]));
    let picky = shop(", EventPattern: {detail: {kind: [friend]}}");
    assert_eq!(runs(&picky, &SECONDS, &[again(20)]), [5, 3, 0]);
    let twice = [again(20), again(40)];
    assert_eq!(runs(&shop(""), &SECONDS, &twice), [9, 3, 0], "the second one finds what the first one found");
}

#[test]
fn a_rule_that_was_off_when_events_came_gets_them_from_a_replay() {
    let shop = shop("");
    let switch = |on: bool| {
        let (source, function) = ("Shop".to_owned(), "All".to_owned());
        if on { Change::Enable { source, function } } else { Change::Disable { source, function } }
    };
    let changes =
        [at(0, switch(false)), at(10 * MINUTE, switch(true)), at(20 * MINUTE, replay(0, None, "late", &[]))];
    assert_eq!(runs(&shop, &SECONDS, &changes[..2]), [0, 3, 0]);
    assert_eq!(runs(&shop, &SECONDS, &changes), [3, 3, 0]);
}

#[test]
fn what_fails_whenever_it_is_tried_fails_again() {
    let shop = shop("");
    let poison = PlannedFault::Poison { source: "Shop".to_owned(), ordinal: 1, place: None };
    let faults = FaultPlan { planned: vec![poison], ..Faults::none() };
    let again = at(20 * MINUTE, replay(0, None, "replay", &["All"]));
    let check = Check::new(&shop).workload(load(&SECONDS)).faults(faults).change(again);
    let run = check.run_seed(0);
    let text = run.timeline();
    assert_eq!(count(&text, ["eventbridge.replay"]), [3], "{text}");
    assert!(text.contains("Shop.1~Kept.0 is replayed from Kept"), "{text}");
    // Three tries each: of the event for both functions, and of the replayed one for one of them.
    assert_eq!(run.invocations("Bill"), 2 + 3 + 2 + 3, "{text}");
}

/// The order in which a replay gives events to the first function, by their numbers, for many seeds.
fn orders(seconds: &[u64], minute: u64) -> Vec<Vec<usize>> {
    let shop = shop("");
    let families: Families = [Family::Unspecified].into_iter().collect();
    let each = (0..40).map(|seed| {
        let faults = FaultPlan { families: Some(families), ..FaultPlan::default() };
        let again = at(minute * MINUTE, replay(0, None, "replay", &["All"]));
        let check =
            Check::new(&shop).models(MODELS.clone()).workload(load(seconds)).faults(faults).change(again);
        let text = check.run_seed(seed).timeline();
        let number = |line: &str| {
            let event = line.split("Shop.").nth(1)?.split('~').next()?;
            line.contains("is replayed from").then(|| event.parse().unwrap())
        };
        text.lines().filter_map(number).collect()
    });
    each.collect()
}

//= test: eventbridge.replay_order
//= test: eventbridge.replay_pace
#[test]
fn a_replay_keeps_the_order_of_minutes_and_none_within_a_minute() {
    let found = orders(&[1, 2, 70, 71], 20);
    assert!(found.iter().all(|order| order.len() == 4), "{found:?}");
    let is_by_minute = |order: &Vec<usize>| order[..2].iter().all(|first| *first < 2);
    assert!(found.iter().all(is_by_minute), "{found:?}");
    for (first, second) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
        let are_next = |order: &Vec<usize>| order.windows(2).any(|two| two == [first, second]);
        assert!(found.iter().any(are_next), "{first} before {second}, not in {found:?}");
    }
}

//= test: eventbridge.archive_delay
#[test]
fn a_replay_that_is_started_too_early_may_miss_what_came_last() {
    let early = orders(&[1, 2, 70], 5);
    assert!(early.iter().any(|order| order.len() < 3), "{early:?}");
    let late = orders(&[1, 2, 70], 12);
    assert!(late.iter().all(|order| order.len() == 3), "{late:?}");
}

#[test]
fn what_a_function_does_again_shows_in_an_expectation() {
    let shop = shop("");
    let once = || Expectation {
        expected: Expected::Invocations {
            function: "Bill".to_owned(),
            amount: redrive::scenario::Amount { least: 3, most: 3 },
        },
        place: None,
    };
    let scenario = |changes| Scenario {
        workloads: vec![load(&SECONDS)],
        changes,
        faults: Faults::none(),
        expectations: vec![once()],
        ..Scenario::default()
    };
    Check::new(&shop).scenario(scenario(Vec::new())).run().assert_held();
    let again = at(20 * MINUTE, replay(0, None, "replay", &[]));
    let outcome = Check::new(&shop).scenario(scenario(vec![again])).run();
    assert!(outcome.failures().iter().any(|one| one.story().contains("Bill")), "{:?}", outcome.violated());
}

/// What is wrong with a change of the shop that is stated in a file.
fn wrong(change: &str) -> Vec<String> {
    let text = format!("[[change]]\n{change}");
    let read = read_scenario_text(Path::new("scenario.toml"), &text);
    let told =
        |one: &Diagnostic| format!("{}: {} ({})", one.code, one.message, one.help.as_deref().unwrap_or(""));
    let mut all: Vec<String> = read.diagnostics.iter().map(told).collect();
    let shop = shop(", RetentionDays: 1");
    all.extend(problems(&read.file.scenario, &shop, &MODELS).iter().map(told));
    all
}

#[test]
fn a_replay_that_cannot_be_is_told_with_what_can() {
    for (change, expected) in [
        ("at = '2h'\nreplay = 'Kept'\nfrom = '1h'\nto = '2h'\nrules = ['All']", ""),
        ("at = '2h'\nreplay = 'Kep'", "there is no replayable archive `Kep`"),
        ("at = '2h'\nreplay = 'Kep'", "did you mean `Kept`?"),
        ("at = '2h'\nreplay = 'Shop'", "`Shop` is a bus, not a replayable archive"),
        ("at = '2h'\nreplay = 'Kept'\nfrom = '1h'\nto = '30m'", "nothing comes from 1h to 30m"),
        ("at = '2h'\nreplay = 'Kept'\nto = '3h'", "cannot replay what comes until 3h"),
        (
            "at = '2d'\nreplay = 'Kept'\nfrom = '1h'",
            "`from` reaches back 1d23h, and Kept keeps events for 1d",
        ),
        ("at = '2h'\nreplay = 'Kept'\nrules = ['Bill']", "`Bill` is no rule of Shop"),
        ("at = '2h'\nredrive = 'Kept'\nfrom = '1h'", "`from`, which belongs to `replay`"),
        ("at = '2h'\nreplay = 'Kept'\nfrom = 'noon'", "`noon` is no"),
    ] {
        let found = wrong(change);
        if expected.is_empty() {
            assert_eq!(found, [""; 0], "{change}");
        } else {
            assert!(found.iter().any(|one| one.contains(expected)), "{change}: {found:?}");
        }
    }
}
