//! Deliveries of topics, rules and schedules in runs: what is filtered, refused, dead-lettered, lost and delivered twice,
//! each by the rule of its source.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::prelude::*;
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
