//! Deliveries of topics, rules and schedules in runs: what is filtered, refused, dead-lettered, lost and delivered twice,
//! each by the rule of its source.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::prelude::*;
use redrive::scenario::{Change, PlannedChange};
use tempfile::TempDir;

const FUNCTION: &str = "  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  D: {Type: AWS::SQS::Queue}
  T: {Type: AWS::SNS::Topic}
";
const ALLOWED: &str = "  A: {Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: PRINCIPAL}}
";
const LETTERS_ALLOWED: &str = "  L: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref D], PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: PRINCIPAL}, Action: 'sqs:SendMessage', Resource: !GetAtt D.Arn}]}}}
";

/// The timelines of the first seeds of a system, one after the other, with these families and load into `to`.
fn timelines(resources: &str, principal: &str, to: &str, families: &[Family]) -> String {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("push.yaml");
    let resources = resources.replace("PRINCIPAL", principal);
    fs::write(&path, format!("Resources:\n{FUNCTION}{resources}")).unwrap();
    let system = Topology::from_template(&path).unwrap();
    let faults = Faults::only(families.iter().copied());
    let run = |seed| {
        let check = Check::new(&system).workload(Workload::to(to).events(4).every(Duration::from_secs(30)));
        check.faults(faults.clone()).run_seed(seed).timeline()
    };
    (0..8).map(run).collect()
}

fn subscription(rest: &str) -> String {
    format!(
        "  U: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref T, Protocol: lambda, Endpoint: !GetAtt F.Arn{rest}}}}}\n"
    )
}

const LETTERS: &str = ", RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn}";
const SNS: &str = "sns.amazonaws.com";

/// Which of these rules applied.
fn applied<'r>(text: &str, rules: &[&'r str]) -> Vec<&'r str> {
    let applies = |rule: &&&str| text.lines().any(|line| line.trim_end().ends_with(&format!("({})", **rule)));
    rules.iter().filter(applies).copied().collect()
}

const EXITS: [&str; 4] = ["sns.filtered", "sns.dead_letter_failed", "sns.dead_letter", "sns.dropped"];

//= test: sns.publish
//= test: sns.dropped
//= test: sns.dead_letter
//= test: sns.dead_letter_failed
#[test]
fn what_a_topic_may_not_deliver_goes_to_the_subscriptions_dead_letter_queue_if_that_takes_it() {
    let denied = timelines(&subscription(""), SNS, "T", &[]);
    assert_eq!(applied(&denied, &EXITS), ["sns.dropped"], "{denied}");
    let kept = timelines(&format!("{}{LETTERS_ALLOWED}", subscription(LETTERS)), SNS, "T", &[]);
    assert_eq!(applied(&kept, &EXITS), ["sns.dead_letter"], "{kept}");
    let twice = timelines(&subscription(LETTERS), SNS, "T", &[]);
    assert_eq!(applied(&twice, &EXITS), ["sns.dead_letter_failed", "sns.dead_letter"], "{twice}");
    let fine = timelines(&format!("{}{ALLOWED}", subscription(LETTERS)), SNS, "T", &[]);
    assert_eq!(applied(&fine, &EXITS), Vec::<&str>::new(), "{fine}");
    assert!(fine.contains("sns.publish") && fine.contains("async.accept"), "{fine}");
}

const EVENTS: &str = "events.amazonaws.com";

/// A rule with a bus of its own, with this beside its pattern, and a second target.
fn rule(rest: &str) -> String {
    format!(
        "{ALLOWED}  B: {{Type: AWS::Events::EventBus, Properties: {{Name: b}}}}
  Q: {{Type: AWS::SQS::Queue}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref B, EventPattern: {{source: [x]}}, {rest}Targets: [{{Id: f, Arn: !GetAtt F.Arn}}, {{Id: q, Arn: !GetAtt Q.Arn}}]}}}}
"
    )
}

/// Events every 30 s, and these changes.
fn changed(resources: &str, changes: Vec<(u64, Change)>) -> String {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("push.yaml");
    let resources = resources.replace("PRINCIPAL", EVENTS);
    fs::write(&path, format!("Resources:\n{FUNCTION}{resources}")).unwrap();
    let system = Topology::from_template(&path).unwrap();
    let load = Workload::to("B").events(4).every(Duration::from_secs(30));
    let mut check = Check::new(&system).workload(load).faults(Faults::none());
    for (second, change) in changes {
        check = check.change(PlannedChange { at: Duration::from_secs(second), change, place: None });
    }
    check.run_seed(0).timeline()
}

/// When what was accepted for the function.
fn accepted(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| line.contains("Lambda accepts"));
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

fn ends() -> (String, String) {
    ("B".to_owned(), "R".to_owned())
}

fn off() -> Change {
    let (source, function) = ends();
    Change::Disable { source, function }
}

fn on() -> Change {
    let (source, function) = ends();
    Change::Enable { source, function }
}

//= test: eventbridge.rule_delay
//= test: custom.switch
#[test]
fn a_rule_that_is_switched_off_delivers_nothing_to_any_of_its_targets() {
    let on = changed(&rule(""), Vec::new());
    assert_eq!(accepted(&on).len(), 4, "{on}");
    assert!(!on.contains("switched off"), "{on}");
    let off = changed(&rule("State: DISABLED, "), Vec::new());
    assert_eq!(accepted(&off), Vec::<&str>::new(), "{off}");
    assert!(!off.contains("Q takes") && off.contains("is switched off: B.0"), "{off}");
}

#[test]
fn a_rule_can_be_switched_off_and_on_again_in_flight_and_keeps_nothing_for_later() {
    let text = changed(&rule("State: ENABLED, "), vec![(20, off()), (80, on())]);
    assert_eq!(accepted(&text), ["00:00:00.500", "00:01:30.500"], "{text}");
    assert!(text.contains("is disabled") && text.contains("is enabled"), "{text}");
    let late = changed(&rule("State: DISABLED, "), vec![(45, on())]);
    assert_eq!(accepted(&late), ["00:01:00.500", "00:01:30.500"], "{late}");
}

//= test: access.change_delay
#[test]
fn a_source_whose_permission_is_taken_away_is_refused_as_if_it_had_never_had_it() {
    let revoke = Change::RevokePushing { source: "R".to_owned(), target: "F".to_owned() };
    let text = changed(&rule(""), vec![(45, revoke)]);
    assert_eq!(accepted(&text), ["00:00:00.500", "00:00:30.500"], "{text}");
    assert_eq!(applied(&text, &["eventbridge.refused", "eventbridge.dropped"]).len(), 2, "{text}");
}
