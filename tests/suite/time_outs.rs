//! Executions of state machines that last longer than they may.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use redrive::explore::Standing;
use redrive::guarantee::GuaranteeName;
use redrive::prelude::*;
use redrive::scenario::{Handling, Per, Then, Timing};

use crate::checked::CheckedTemplate;
use crate::executions::{ALWAYS, EXPRESS, LOGGED, at_first, system_of, task, told};

const LONGEST: &str = "step_functions.longest";
/// What ends an execution in other ways.
const ENDS: [&str; 4] =
    [LONGEST, "step_functions.execution_failed", "step_functions.catch", "step_functions.gone"];

/// A function that takes this long.
pub(crate) fn slow(function: &str, seconds: u64) -> Handling {
    let length = Duration::from_secs(seconds);
    let duration = Some(Timing { shortest: length, longest: length, per: Per::Event });
    Handling { function: function.to_owned(), duration, ..Handling::default() }
}

fn wait(name: &str, seconds: u64, next: &str) -> String {
    format!("          {name}: {{Type: Wait, Seconds: {seconds}, {next}}}\n")
}

/// A machine with more properties, and a limit of its definition.
fn machine(properties: &str, limit: &str, states: &str) -> Topology {
    system_of((", Timeout: 900", properties), &format!("{states}{limit}"))
}

/// The same behind a rule, which starts it and does not wait.
fn behind_rule(properties: &str, states: &str) -> Topology {
    let rule = "  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [shop]}, Targets: [{Id: m, Arn: !GetAtt M.Arn, RoleArn: r}]}}\n";
    system_of((", Timeout: 900", properties), &format!("{states}{rule}"))
}

/// One execution that somebody starts.
pub(crate) fn started(system: &Topology, from: &str, handlings: Vec<Handling>) -> String {
    let load = Workload::to(from).events(1).every(Duration::from_secs(1));
    let check = Check::new(system).workload(load).faults(Faults::none());
    handlings.into_iter().fold(check, Check::handling).run_seed(0).timeline()
}

/// The line that tells of the time-out.
pub(crate) fn line<'t>(text: &'t str, rule: &str) -> &'t str {
    text.lines().find(|line| line.contains(rule)).unwrap_or_else(|| panic!("no {rule}: {text}")).trim()
}

const LIMIT: &str = "        TimeoutSeconds: 30\n";

//= test: step_functions.longest
#[test]
fn a_definitions_time_out_ends_the_execution_and_what_it_has_called_goes_on() {
    let caught =
        "Retry: [{ErrorEquals: [States.ALL]}], Catch: [{ErrorEquals: [States.ALL], Next: B}], Next: B";
    let states = task("A", "F", caught) + &task("B", "G", "End: true");
    let text = started(&machine("", LIMIT, &states), "M", vec![slow("F", 60)]);
    assert!(line(&text, LONGEST).starts_with("00:00:30.000"), "{text}");
    assert!(line(&text, LONGEST).contains("state A of M sees States.Timeout"), "{text}");
    assert_eq!(
        told(&text, &ENDS),
        [LONGEST, LONGEST],
        "told for good, neither tried again nor caught: {text}"
    );
    assert!(!text.contains("G runs"), "{text}");
    let in_time = started(&machine("", LIMIT, &states), "M", vec![slow("F", 20)]);
    assert_eq!(told(&in_time, &ENDS), Vec::<&str>::new(), "{in_time}");
    assert!(in_time.contains("G runs"), "{in_time}");
}

//= test: step_functions.longest
#[test]
fn what_an_execution_has_called_outlasts_it() {
    let system = machine("", LIMIT, &task("A", "F", "End: true"));
    let load = Workload::to("M").events(2).every(Duration::from_secs(300));
    let check = Check::new(&system).workload(load).faults(Faults::none()).handling(slow("F", 60));
    let text = check.run_seed(0).timeline();
    assert!(line(&text, LONGEST).starts_with("00:00:30.000"), "{text}");
    assert!(line(&text, "F returns").starts_with("00:01:00.4"), "{text}");
    assert!(!text.contains("gets the answer"), "nobody waits for it: {text}");
}

//= test: step_functions.longest
#[test]
fn an_execution_that_ends_between_two_tries_makes_no_further_one() {
    let states = task(
        "A",
        "F",
        "Retry: [{ErrorEquals: [States.ALL], IntervalSeconds: 20, MaxAttempts: 9}], End: true",
    );
    let system = machine("", LIMIT, &states);
    let load = Workload::to("M").events(2).every(Duration::from_secs(300));
    let fails = at_first("F", ALWAYS, Then::Fails);
    let text =
        Check::new(&system).workload(load).faults(Faults::none()).handling(fails).run_seed(0).timeline();
    assert_eq!(told(&text, &["sync.invoke"]).len(), 4, "two calls of each execution: {text}");
    assert!(line(&text, LONGEST).starts_with("00:00:30.000"), "{text}");
}

//= test: step_functions.longest
#[test]
fn an_express_execution_has_five_minutes_and_a_standard_one_as_long_as_its_tasks_take() {
    let states = task("A", "F", "Next: B") + &task("B", "G", "End: true");
    let ended = |properties: &str, seconds| {
        let text = started(&machine(properties, "", &states), "M", vec![slow("F", seconds)]);
        told(&text, &[LONGEST]).len()
    };
    assert_eq!(ended(EXPRESS, 299), 0);
    assert_eq!(ended(EXPRESS, 301), 2, "the caller's last look, and that it is told");
    assert_eq!(ended("", 600), 0);
    let longer = "        TimeoutSeconds: 600\n";
    let text = started(&machine(EXPRESS, longer, &states), "M", vec![slow("F", 301)]);
    assert_eq!(told(&text, &[LONGEST]).len(), 2, "a definition does not lengthen it: {text}");
}

//= test: step_functions.longest
#[test]
fn a_standard_execution_ends_after_a_year() {
    let year = 365 * 24 * 3_600;
    let states = |seconds| wait("A", seconds, "Next: B") + &task("B", "F", "End: true");
    let ended = |seconds| {
        let system = machine("", "", &states(seconds));
        let load = Workload::to("M").events(2).every(Duration::from_secs(2 * year));
        let text = Check::new(&system).workload(load).faults(Faults::none()).run_seed(0).timeline();
        (told(&text, &[LONGEST]).is_empty(), text.contains("F runs"))
    };
    assert_eq!(ended(year + 1), (false, false));
    assert_eq!(ended(year - 1), (true, true));
}

//= test: step_functions.longest
#[test]
fn an_order_whose_express_workflow_waits_too_long_is_gone_before_anything_is_called() {
    let standing = |seconds: u64, properties: &str| {
        let states = wait("A", seconds, "Next: B") + &task("B", "F", "End: true");
        let text = started(&behind_rule(properties, &states), "R", vec![]);
        (text.contains("its execution lasted too long"), text.contains("F runs"), text)
    };
    let (lost, ran, text) = standing(400, EXPRESS);
    assert!(lost && !ran, "{text}");
    assert!(line(&text, "step_functions.gone").starts_with("00:05"), "{text}");
    for (seconds, properties) in
        [(200, EXPRESS.to_owned()), (400, String::new()), (400, format!("{EXPRESS}{LOGGED}"))]
    {
        let (lost, _, text) = standing(seconds, &properties);
        assert!(!lost, "{text}");
    }
}

const SLOW_EXPRESS: &str = "Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}, Timeout: 10}}
  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [shop]}, Targets: [{Id: m, Arn: !GetAtt M.Arn, RoleArn: r}]}}
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: r
      StateMachineType: EXPRESS
      Definition: {StartAt: A, States: {A: {Type: Wait, Seconds: 400, Next: B}, B: {Type: Task, Resource: !GetAtt F.Arn, Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 9}], End: true}}}\n";

/// A workflow that is to last longer than Express workflows may loses its orders, a Standard one keeps them.
#[test]
fn no_loss_is_violated_by_an_express_workflow_that_lasts_too_long() {
    let standing = |template: &str| {
        CheckedTemplate::of_text(template).verdict(GuaranteeName::NoLoss, "M->F", "F").standing
    };
    assert_eq!(standing(SLOW_EXPRESS), Standing::Violated);
    assert_eq!(standing(&SLOW_EXPRESS.replace("EXPRESS", "STANDARD")), Standing::Held);
}
