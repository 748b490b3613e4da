//! State machines that call functions, in runs: which errors are tried again and when, which are caught, what begins
//! after what, and what is left of an execution that fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::kernel::Family;
use redrive::prelude::*;
use redrive::scenario::{FaultPlan, Handling, OutcomeRule, Per, PlannedFault, Then, Timing, When};
use tempfile::TempDir;

const CODE: &str = "Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}";

/// Functions F, G and H, and a state machine M of these states; `properties` are more of F's, `more` of M's.
pub(crate) fn system_of((properties, more): (&str, &str), states: &str) -> Topology {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("states.yaml");
    let function = |name: &str, properties: &str| {
        format!("  {name}: {{Type: AWS::Lambda::Function, Properties: {{{CODE}{properties}}}}}\n")
    };
    let text = format!(
        "Resources:\n{}{}{}  M:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      RoleArn: r\n{more}      Definition:\n        StartAt: A\n        States:\n{states}",
        function("F", properties),
        function("G", ", Timeout: 10"),
        function("H", ", Timeout: 10"),
    );
    fs::write(&path, text).unwrap();
    Topology::from_template(&path).unwrap()
}

pub(crate) fn system(states: &str) -> Topology {
    system_of((", Timeout: 10", ""), states)
}

/// A state that calls a function.
pub(crate) fn task(name: &str, function: &str, fields: &str) -> String {
    format!("          {name}: {{Type: Task, Resource: !GetAtt {function}.Arn, {fields}}}\n")
}

/// A handler that comes to this at its first attempts.
pub(crate) fn at_first(function: &str, attempts: u32, then: Then) -> Handling {
    let when = When { attempts: Some((1, attempts)), ..When::default() };
    let outcomes = vec![OutcomeRule { when, then, place: None }];
    Handling { function: function.to_owned(), outcomes, ..Handling::default() }
}

pub(crate) const ALWAYS: u32 = 1_000;

pub(crate) fn planned(planned: Vec<PlannedFault>) -> FaultPlan {
    FaultPlan { planned, ..Faults::none() }
}

/// One execution, with these handlers and faults.
pub(crate) fn timeline(system: &Topology, handlings: Vec<Handling>, faults: FaultPlan) -> String {
    let load = Workload::to("M").events(1).every(Duration::from_secs(1));
    let check = Check::new(system).workload(load).faults(faults);
    handlings.into_iter().fold(check, Check::handling).run_seed(0).timeline()
}

pub(crate) fn run(system: &Topology, handlings: Vec<Handling>) -> String {
    timeline(system, handlings, Faults::none())
}

/// The rules of a timeline, in order, of those that are asked for.
pub(crate) fn told<'r>(timeline: &str, rules: &[&'r str]) -> Vec<&'r str> {
    let rule = |line: &str| {
        let last = line.split_whitespace().next_back()?.trim_matches(['(', ')']).to_owned();
        rules.iter().copied().find(|rule| *rule == last)
    };
    timeline.lines().filter_map(rule).collect()
}

fn calls(timeline: &str) -> usize {
    told(timeline, &["sync.invoke"]).len()
}

/// The pauses before calls are made again, as the timeline tells them.
fn pauses(timeline: &str) -> Vec<String> {
    let all = timeline.lines().filter(|line| line.contains("step_functions.retry"));
    let pause = |line: &str| line.split(" in ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    all.map(pause).collect()
}

/// A machine of one task that calls F, with these retriers.
fn retrying(retry: &str) -> Topology {
    system(&task("A", "F", &format!("Retry: [{retry}], End: true")))
}

//= test: step_functions.retry
#[test]
fn a_retrier_tries_as_often_and_after_such_pauses_as_it_says() {
    let text = |retry: &str| run(&retrying(retry), vec![at_first("F", ALWAYS, Then::Fails)]);
    let usual = text("{ErrorEquals: [States.ALL]}");
    assert_eq!(
        (calls(&usual), pauses(&usual)),
        (4, ["1s", "2s", "4s"].map(str::to_owned).to_vec()),
        "{usual}"
    );
    let set = text(
        "{ErrorEquals: [States.ALL], IntervalSeconds: 3, MaxAttempts: 4, BackoffRate: 1.5, MaxDelaySeconds: 6}",
    );
    assert_eq!(pauses(&set), ["3s", "4.5s", "6s", "6s"], "{set}");
    let never = text("{ErrorEquals: [States.ALL], MaxAttempts: 0}");
    assert_eq!((calls(&never), pauses(&never).len()), (1, 0), "{never}");
    let mended = run(&retrying("{ErrorEquals: [States.ALL]}"), vec![at_first("F", 2, Then::Fails)]);
    assert_eq!(calls(&mended), 3, "{mended}");
    assert_eq!(told(&mended, &["step_functions.execution_failed"]).len(), 0, "{mended}");
}

//= test: step_functions.execution_failed
#[test]
fn without_a_retrier_one_failure_ends_the_execution_and_whoever_looks_knows() {
    let text = run(&system(&task("A", "F", "End: true")), vec![at_first("F", 1, Then::Fails)]);
    assert_eq!(calls(&text), 1, "{text}");
    assert_eq!(told(&text, &["step_functions.execution_failed"]).len(), 1, "{text}");
}

//= test: step_functions.retry
#[test]
fn a_retrier_that_is_used_up_gives_way_to_no_later_one() {
    let retriers =
        "{ErrorEquals: [States.TaskFailed], MaxAttempts: 1}, {ErrorEquals: [States.ALL], MaxAttempts: 9}";
    let text = run(&retrying(retriers), vec![at_first("F", ALWAYS, Then::Fails)]);
    assert_eq!(calls(&text), 2, "{text}");
    let apart =
        "{ErrorEquals: [Lambda.Unknown], MaxAttempts: 2}, {ErrorEquals: [States.ALL], MaxAttempts: 1}";
    let handling = Handling {
        outcomes: vec![
            at_first("F", 1, Then::Fails).outcomes[0].clone(),
            at_first("F", ALWAYS, Then::Crashes).outcomes[0].clone(),
        ],
        ..at_first("F", 1, Then::Fails)
    };
    let text = run(&retrying(apart), vec![handling]);
    assert_eq!(calls(&text), 4, "one for the exception, two for the crashes that follow: {text}");
}

/// How a call of F can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Throws,
    TimesOut,
    Crashes,
    TakesTooLong,
    Throttled,
    ServiceError,
}

/// Whether a retrier for this name tries again after such a failure.
fn tries(how: How, name: &str) -> bool {
    let (properties, fields) = match how {
        How::Throttled => (", Timeout: 10, ReservedConcurrentExecutions: 0", ""),
        How::TakesTooLong => (", Timeout: 60", "TimeoutSeconds: 5, "),
        How::Throws | How::TimesOut | How::Crashes | How::ServiceError => (", Timeout: 10", ""),
    };
    let fields = format!("{fields}Retry: [{{ErrorEquals: [{name}], MaxAttempts: 1}}], End: true");
    let system = system_of((properties, ""), &task("A", "F", &fields));
    let slow =
        Timing { shortest: Duration::from_secs(20), longest: Duration::from_secs(20), per: Per::Event };
    let handling = match how {
        How::Throws => at_first("F", ALWAYS, Then::Fails),
        How::TimesOut => at_first("F", ALWAYS, Then::TimesOut),
        How::Crashes => at_first("F", ALWAYS, Then::Crashes),
        How::TakesTooLong => {
            Handling { function: "F".to_owned(), duration: Some(slow), ..Handling::default() }
        }
        How::Throttled | How::ServiceError => Handling { function: "F".to_owned(), ..Handling::default() },
    };
    let faults = match how {
        How::ServiceError => vec![PlannedFault::Span {
            family: Family::ServiceError,
            target: "F".to_owned(),
            at: Duration::ZERO,
            length: Duration::from_secs(60),
            place: None,
        }],
        How::Throws | How::TimesOut | How::Crashes | How::TakesTooLong | How::Throttled => Vec::new(),
    };
    let load = Workload::to("M").events(2).every(Duration::from_secs(30));
    let text =
        Check::new(&system).workload(load).faults(planned(faults)).handling(handling).run_seed(0).timeline();
    !pauses(&text).is_empty()
}

//= test: step_functions.failed
//= test: step_functions.timed_out
//= test: step_functions.crashed
//= test: step_functions.gave_up
//= test: step_functions.throttled
//= test: step_functions.service_error
//= test: step_functions.wildcards
#[test]
fn each_failure_has_its_name_and_the_wildcards_mean_what_they_say() {
    const NAMES: [&str; 7] = [
        "States.ALL",
        "States.TaskFailed",
        "States.Timeout",
        "Lambda.Unknown",
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "Lambda.SdkClientException",
    ];
    let meant = [
        (How::Throws, vec!["States.ALL", "States.TaskFailed"]),
        (How::TimesOut, vec!["States.ALL", "States.TaskFailed", "Lambda.Unknown"]),
        (How::Crashes, vec!["States.ALL", "States.TaskFailed", "Lambda.Unknown"]),
        (How::TakesTooLong, vec!["States.ALL", "States.Timeout"]),
        (How::Throttled, vec!["States.ALL", "States.TaskFailed", "Lambda.TooManyRequestsException"]),
        (How::ServiceError, vec!["States.ALL", "States.TaskFailed", "Lambda.ServiceException"]),
    ];
    for (how, expected) in meant {
        let found: Vec<&str> = NAMES.into_iter().filter(|name| tries(how, name)).collect();
        assert_eq!(found, expected, "{how:?}");
    }
}

//= test: step_functions.timeout
#[test]
fn a_task_that_stops_waiting_leaves_its_function_running() {
    let system = system_of((", Timeout: 60", ""), &task("A", "F", "TimeoutSeconds: 5, End: true"));
    let slow =
        Timing { shortest: Duration::from_secs(20), longest: Duration::from_secs(20), per: Per::Event };
    let handling = Handling { function: "F".to_owned(), duration: Some(slow), ..Handling::default() };
    let text = run(&system, vec![handling]);
    assert!(text.contains("00:00:05.000") && text.contains("state A of M sees States.Timeout"), "{text}");
    assert!(text.contains("the function goes on"), "{text}");
    assert_eq!(told(&text, &["function.timed_out", "function.error"]).len(), 0, "{text}");
}

//= test: step_functions.next
#[test]
fn a_task_begins_after_the_one_before_it_and_not_where_that_fails() {
    let system = system(&(task("A", "F", "Next: B") + &task("B", "G", "End: true")));
    let fine = run(&system, vec![]);
    let order: Vec<&str> = fine
        .lines()
        .filter_map(|line| {
            ["F runs", "G runs", "step_functions.next"].into_iter().find(|part| line.contains(part))
        })
        .collect();
    assert_eq!(order, ["F runs", "step_functions.next", "G runs"], "{fine}");
    let failed = run(&system, vec![at_first("F", ALWAYS, Then::Fails)]);
    assert!(!failed.contains("G runs"), "{failed}");
    assert!(!failed.contains("undecided"), "{failed}");
}

//= test: step_functions.catch
#[test]
fn a_catcher_leads_on_where_it_means_the_error() {
    let system = system(
        &(task("A", "F", "Catch: [{ErrorEquals: [Lambda.Unknown], Next: C}], Next: B")
            + &task("B", "G", "End: true")
            + &task("C", "H", "End: true")),
    );
    let ran = |handlings: Vec<Handling>| {
        let text = run(&system, handlings);
        ["G runs", "H runs", "step_functions.catch", "step_functions.execution_failed"]
            .map(|part| text.contains(part))
    };
    assert_eq!(ran(vec![]), [true, false, false, false]);
    assert_eq!(ran(vec![at_first("F", 1, Then::Crashes)]), [false, true, true, false]);
    assert_eq!(ran(vec![at_first("F", 1, Then::Fails)]), [false, false, false, true]);
}

//= test: step_functions.next
#[test]
fn what_follows_branches_begins_after_all_of_them_and_their_errors_are_caught_around_them() {
    let states = "          A:
            Type: Parallel
            Branches:
              - {StartAt: L, States: {L: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}
              - {StartAt: R, States: {R: {Type: Task, Resource: !GetAtt G.Arn, End: true}}}
            Catch: [{ErrorEquals: [States.ALL], Next: Z}]
            Next: Z
          Z: {Type: Task, Resource: !GetAtt H.Arn, End: true}\n";
    let slow = Timing { shortest: Duration::from_secs(7), longest: Duration::from_secs(7), per: Per::Event };
    let slow = Handling { function: "G".to_owned(), duration: Some(slow), ..Handling::default() };
    let text = run(&system(states), vec![slow.clone()]);
    let begins = |text: &str| {
        text.lines().find(|line| line.contains("H runs")).map(|line| line.trim()[..12].to_owned())
    };
    assert_eq!(begins(&text).as_deref(), Some("00:00:07.400"), "{text}");
    let text = run(&system(states), vec![slow, at_first("F", 1, Then::Fails)]);
    assert_eq!(begins(&text).as_deref(), Some("00:00:00.450"), "{text}");
}

/// The timelines of some seeds in which only these families may hit.
fn seeds(system: &Topology, to: &str, families: &[Family], handlings: &[Handling]) -> String {
    let run = |seed| {
        let load = Workload::to(to).events(12).every(Duration::from_secs(60));
        let check = Check::new(system).workload(load).faults(Faults::only(families.iter().copied()));
        handlings.iter().cloned().fold(check, Check::handling).run_seed(seed).timeline()
    };
    (0..48).map(run).collect()
}

//= test: step_functions.class
//= test: step_functions.jitter
#[test]
fn the_class_of_an_exception_and_jitter_are_drawn() {
    let fails = [at_first("F", ALWAYS, Then::Fails)];
    let by_class = retrying("{ErrorEquals: [CardDeclined], MaxAttempts: 1}");
    assert_eq!(pauses(&seeds(&by_class, "M", &[], &fails)), Vec::<String>::new());
    let drawn = seeds(&by_class, "M", &[Family::Unspecified], &fails);
    let failed = told(&drawn, &["step_functions.execution_failed"]).len();
    assert!(!pauses(&drawn).is_empty() && pauses(&drawn).len() < failed, "some are of that class: {drawn}");
    let jittered =
        retrying("{ErrorEquals: [States.ALL], IntervalSeconds: 100, MaxAttempts: 1, JitterStrategy: FULL}");
    let whole = pauses(&seeds(&jittered, "M", &[], &fails));
    assert!(whole.iter().all(|pause| pause == "1m40s") && !whole.is_empty(), "{whole:?}");
    let drawn = pauses(&seeds(&jittered, "M", &[Family::Unspecified], &fails));
    assert!(drawn.iter().any(|pause| pause != "1m40s"), "{drawn:?}");
}

/// A machine of one task behind a rule, with these properties.
pub(crate) fn behind_rule(more: &str) -> Topology {
    states_behind_rule(more, &task("A", "F", "End: true"))
}

/// The same of a machine of these states.
fn states_behind_rule(more: &str, states: &str) -> Topology {
    let rule = "  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [shop]}, Targets: [{Id: m, Arn: !GetAtt M.Arn, RoleArn: r}]}}\n";
    system_of((", Timeout: 10", more), &format!("{states}{rule}"))
}

pub(crate) const EXPRESS: &str = "      StateMachineType: EXPRESS\n";
pub(crate) const LOGGED: &str = "      LoggingConfiguration: {Level: ALL, IncludeExecutionData: true, Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: a}}]}\n";

//= test: step_functions.gone
#[test]
fn nothing_is_left_of_an_express_execution_that_fails_and_was_started_by_a_rule() {
    let lost = |more: &str| {
        let text = seeds(&behind_rule(more), "R", &[], &[at_first("F", ALWAYS, Then::Fails)]);
        (
            !told(&text, &["step_functions.gone"]).is_empty(),
            !told(&text, &["step_functions.execution_failed"]).is_empty(),
        )
    };
    assert_eq!(lost(EXPRESS), (true, false));
    assert_eq!(lost(""), (false, true), "a Standard execution is kept");
    assert_eq!(lost(&format!("{EXPRESS}{LOGGED}")), (false, true), "its log has everything");
    let text = run(
        &system_of((", Timeout: 10", EXPRESS), &task("A", "F", "End: true")),
        vec![at_first("F", 1, Then::Fails)],
    );
    assert_eq!(told(&text, &["step_functions.gone"]).len(), 0, "whoever starts it may wait: {text}");
}

//= test: step_functions.gone
#[test]
fn who_catches_an_error_only_to_fail_has_kept_nothing() {
    let caught = |to: &str, after: &str| {
        let task = task("A", "F", &format!("Catch: [{{ErrorEquals: [States.ALL], Next: {to}}}], End: true"));
        let machine = states_behind_rule(EXPRESS, &format!("{task}{after}"));
        let text = seeds(&machine, "R", &[], &[at_first("F", ALWAYS, Then::Fails)]);
        told(&text, &["step_functions.gone"]).len()
    };
    let fails = "          E: {Type: Fail}\n";
    assert!(caught("E", fails) > 0);
    assert!(caught("P", &format!("          P: {{Type: Pass, Next: E}}\n{fails}")) > 0);
    assert_eq!(caught("G", "          G: {Type: Task, Resource: !GetAtt G.Arn, End: true}\n"), 0);
}

//= test: step_functions.twice
#[test]
fn an_express_execution_that_nobody_waits_for_may_run_twice() {
    let twice = |more: &str| {
        let text = seeds(&behind_rule(more), "R", &[Family::Duplicate], &[]);
        told(&text, &["step_functions.twice"]).len()
    };
    assert!(twice(EXPRESS) > 0);
    assert_eq!(twice(""), 0);
}

/// Which functions the seeds call, one execution each.
fn callees(system: &Topology, seeds: u64) -> Vec<String> {
    let load = || Workload::to("M").events(1).every(Duration::from_secs(1));
    let called = |seed: u64| {
        let text = Check::new(system).workload(load()).faults(Faults::none()).run_seed(seed).timeline();
        let runs =
            |line: &str| ["F", "G", "H"].into_iter().find(|name| line.contains(&format!("{name} runs")));
        text.lines().filter_map(runs).collect::<String>()
    };
    let mut all: Vec<String> = (0..seeds).map(called).collect();
    all.sort();
    all.dedup();
    all
}

const RULE: &str = "Variable: $.x, IsPresent: true";

//= test: step_functions.choice
#[test]
fn a_choice_takes_one_branch_and_which_one_is_open() {
    let choice = |next: &str| {
        format!("          A: {{Type: Choice, Choices: [{{{RULE}, Next: B}}], Default: {next}}}\n")
    };
    let at_the_start = system(
        &[choice("C"), task("B", "F", "End: true"), task("C", "G", "Next: D"), task("D", "H", "End: true")]
            .concat(),
    );
    assert_eq!(callees(&at_the_start, 32), ["F", "GH"]);
    let nothing_else = system(&[choice("B"), task("B", "F", "End: true")].concat());
    assert_eq!(callees(&nothing_else, 8), ["F"]);
    let after_a_call = system(
        &[
            task("A", "F", "Next: B"),
            format!("          B: {{Type: Choice, Choices: [{{{RULE}, Next: C}}, {{{RULE}, Next: E}}], Default: D}}\n"),
            task("C", "G", "Next: D"),
            task("D", "H", "End: true"),
            "          E: {Type: Succeed}\n".to_owned(),
        ]
        .concat(),
    );
    assert_eq!(callees(&after_a_call, 32), ["F", "FGH", "FH"]);
}

#[test]
fn a_choice_that_may_lead_back_leads_on() {
    let system = system(
        &[
            "          A: {Type: Wait, Seconds: 5, Next: B}\n".to_owned(),
            task("B", "F", "Next: C"),
            format!("          C: {{Type: Choice, Choices: [{{{RULE}, Next: D}}], Default: A}}\n"),
            task("D", "G", "End: true"),
        ]
        .concat(),
    );
    assert_eq!(callees(&system, 16), ["FG"]);
}

#[test]
fn a_handler_of_errors_that_is_not_needed_fails_nothing() {
    let caught = "Catch: [{ErrorEquals: [States.ALL], Next: X}]";
    let system = system(
        &[
            task("A", "F", &format!("{caught}, Next: B")),
            task("B", "G", "Next: C"),
            task("C", "F", "End: true"),
            task("X", "H", "End: true"),
        ]
        .concat(),
    );
    assert_eq!(callees(&system, 1), ["FGF"]);
}

//= test: step_functions.wait
#[test]
fn a_wait_puts_off_what_follows_it() {
    let wait =
        |name: &str, next: &str| format!("          {name}: {{Type: Wait, Seconds: 3600, Next: {next}}}\n");
    let times = |system: &Topology| {
        let text = run(system, vec![]);
        let at = |what: &str| {
            text.lines()
                .find(|line| line.contains(what))
                .unwrap()
                .split_whitespace()
                .next()
                .unwrap()
                .to_owned()
        };
        (at("F runs"), at("G runs"), text)
    };
    let between = system(&[task("A", "F", "Next: W"), wait("W", "B"), task("B", "G", "End: true")].concat());
    let (first, second, text) = times(&between);
    assert!(!first.starts_with("01:00") && second.starts_with("01:00"), "{text}");
    let before = system(
        &[wait("A", "W"), wait("W", "B"), task("B", "F", "Next: C"), task("C", "G", "End: true")].concat(),
    );
    let (first, second, text) = times(&before);
    assert!(first.starts_with("02:00") && second.starts_with("02:00"), "{text}");
}
