//! Permissions that a scenario takes away from what sends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::prelude::*;
use redrive::scenario::{Change, Emission, Handling, OutcomeRule, Per, PlannedChange, Then, When};
use tempfile::TempDir;

const SYSTEM: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}}
  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Bills: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {E: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}}
";

fn run(system: &str, to: &str, handling: Handling, changes: &[PlannedChange]) -> String {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("send.yaml");
    fs::write(&path, system).unwrap();
    let system = Topology::from_template(&path).unwrap();
    let load = Workload::to(to).events(3).every(Duration::from_secs(30));
    let check = Check::new(&system).workload(load).faults(Faults::none()).handling(handling);
    changes.iter().fold(check, |check, change| check.change(change.clone())).run_seed(0).timeline()
}

fn timeline(changes: &[PlannedChange]) -> String {
    let emission =
        Emission { to: "Bills".to_owned(), count: 1, per: Per::Event, body: None, group: None, place: None };
    let sends = Handling { function: "F".to_owned(), emits: vec![emission], ..Handling::default() };
    run(SYSTEM, "Orders", sends, changes)
}

//= test: access.denied_send
#[test]
fn a_function_that_may_not_send_any_more_fails_whenever_it_tries_to() {
    let fine = timeline(&[]);
    assert_eq!(fine.matches("arrives in Bills").count(), 3, "{fine}");
    let change = Change::RevokeSending { function: "F".to_owned(), to: "Bills".to_owned() };
    let text = timeline(&[PlannedChange { at: Duration::from_secs(15), change, place: None }]);
    assert!(text.contains("F may not send any more"), "{text}");
    assert_eq!(text.matches("arrives in Bills").count(), 1, "only the first one is sent: {text}");
    assert_eq!(text.matches("is kept in Dead").count(), 2, "{text}");
}

const PUSHED: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  Failed: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn},
       EventInvokeConfig: {MaximumRetryAttempts: 0}, Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}}
";

#[test]
fn lambda_is_refused_where_the_role_may_not_send_what_failed_to_its_dead_letter_queue() {
    let change = Change::RevokeSending { function: "F".to_owned(), to: "Failed".to_owned() };
    let change = PlannedChange { at: Duration::from_secs(15), change, place: None };
    let always = OutcomeRule { when: When::default(), then: Then::Fails, place: None };
    let fails = Handling { function: "F".to_owned(), outcomes: vec![always], ..Handling::default() };
    let text = run(PUSHED, "T", fails, &[change]);
    assert_eq!(text.matches("is kept in Failed").count(), 1, "{text}");
    assert_eq!(text.matches("async.dead_letter_failed").count(), 4, "two are refused and lost: {text}");
}
