//! Filters behind a topic or bus that is a way out of a function: what of its records and dead letters gets through.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::prelude::*;
use redrive::scenario::{Handling, OutcomeRule, Then, When};
use tempfile::TempDir;

/// A function behind a topic that fails whenever it runs, with this way out, and these resources behind it.
fn timeline(exit: &str, behind: &str, then: Then) -> String {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("exits.yaml");
    let text = format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {{Type: AWS::SNS::Topic}}
  Out: {{Type: AWS::SNS::Topic}}
  B: {{Type: AWS::Events::EventBus, Properties: {{Name: b}}}}
  Q: {{Type: AWS::SQS::Queue}}
  P:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Q]
      PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: [sns.amazonaws.com, events.amazonaws.com]}}, Action: sqs:SendMessage, Resource: '*'}}]}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {{Handler: a.b, Runtime: python3.13, CodeUri: ., {exit}, Events: {{E: {{Type: SNS, Properties: {{Topic: !Ref T}}}}}}}}
{behind}"
    );
    fs::write(&path, text).unwrap();
    let system = Topology::from_template(&path).unwrap();
    let rule = OutcomeRule { when: When::default(), then, place: None };
    let handling = Handling { function: "F".to_owned(), outcomes: vec![rule], ..Handling::default() };
    let load = Workload::to("T").events(1).every(Duration::from_secs(30));
    Check::new(&system).workload(load).faults(Faults::none()).handling(handling).run_seed(0).timeline()
}

const TO_TOPIC: &str = "EventInvokeConfig: {MaximumRetryAttempts: 0, DestinationConfig: {OnSuccess: {Type: SNS, Destination: !Ref Out}, OnFailure: {Type: SNS, Destination: !Ref Out}}}";
const TO_BUS: &str = "EventInvokeConfig: {MaximumRetryAttempts: 0, DestinationConfig: {OnSuccess: {Type: EventBridge, Destination: !GetAtt B.Arn}, OnFailure: {Type: EventBridge, Destination: !GetAtt B.Arn}}}";
const DEAD_LETTERS: &str =
    "EventInvokeConfig: {MaximumRetryAttempts: 0}, DeadLetterQueue: {Type: SNS, TargetArn: !Ref Out}";

/// A queue behind the topic with this filter.
fn subscribed(filter: &str) -> String {
    format!(
        "  S: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref Out, Protocol: sqs, Endpoint: !GetAtt Q.Arn, {filter}}}}}\n"
    )
}

/// A queue behind the bus with this pattern.
fn ruled(pattern: &str) -> String {
    format!(
        "  R: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref B, EventPattern: {{{pattern}}}, Targets: [{{Id: q, Arn: !GetAtt Q.Arn}}]}}}}\n"
    )
}

fn by_condition(condition: &str) -> String {
    subscribed(&format!(
        "FilterPolicyScope: MessageBody, FilterPolicy: {{requestContext: {{condition: [{condition}]}}}}"
    ))
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It is in the queue behind the channel.
    Kept,
    /// A filter left it out.
    LeftOut,
}

fn end(text: &str) -> End {
    match (text.contains("is kept in Q"), text.contains("does not want T.0")) {
        (true, false) => End::Kept,
        (false, true) => End::LeftOut,
        both => panic!("{both:?} {text}"),
    }
}

//= test: async.record_attributes
//= test: custom.filtered
//= test: sns.filtered
#[test]
fn subscriptions_behind_a_destination_filter_the_record_and_not_the_event() {
    let failed = |filter: &str| end(&timeline(TO_TOPIC, filter, Then::Fails));
    assert_eq!(failed(&by_condition("RetriesExhausted")), End::Kept);
    assert_eq!(failed(&by_condition("Success, EventAgeExceeded")), End::LeftOut);
    let succeeded = |filter: &str| end(&timeline(TO_TOPIC, filter, Then::Succeeds));
    assert_eq!(succeeded(&by_condition("Success")), End::Kept);
    assert_eq!(succeeded(&by_condition("RetriesExhausted")), End::LeftOut);
    let payload = "FilterPolicyScope: MessageBody, FilterPolicy: {requestPayload: {tenant: [acme]}}";
    assert_eq!(failed(&subscribed(payload)), End::Kept, "what only a run knows is taken to fit");
    assert_eq!(failed(&subscribed("FilterPolicy: {tenant: [acme]}")), End::LeftOut, "it has no attributes");
    let text = timeline(TO_TOPIC, &by_condition("Success"), Then::Fails);
    assert!(text.contains("T.0 is lost") && text.contains("(sns.filtered)"), "{text}");
}

//= test: eventbridge.filtered
#[test]
fn rules_behind_a_destination_see_the_record_in_the_detail_of_an_event_of_lambda() {
    let failed = |pattern: &str| end(&timeline(TO_BUS, &ruled(pattern), Then::Fails));
    let failure = "detail-type: [Lambda Function Invocation Result - Failure]";
    assert_eq!(failed(&format!("source: [lambda], {failure}")), End::Kept);
    assert_eq!(failed("detail: {requestContext: {condition: [RetriesExhausted]}}"), End::Kept);
    assert_eq!(failed("detail: {requestContext: {condition: [Success]}}"), End::LeftOut);
    assert_eq!(failed("source: [orders]"), End::LeftOut);
    assert_eq!(end(&timeline(TO_BUS, &ruled(failure), Then::Succeeds)), End::LeftOut);
}

#[test]
fn dead_letters_in_a_topic_have_the_attributes_of_the_error_and_the_event_as_their_body() {
    let failed = |filter: &str| end(&timeline(DEAD_LETTERS, &subscribed(filter), Then::Fails));
    assert_eq!(failed("FilterPolicy: {ErrorCode: ['200']}"), End::Kept);
    assert_eq!(failed("FilterPolicy: {tenant: [acme]}"), End::LeftOut);
    assert_eq!(
        failed("FilterPolicyScope: MessageBody, FilterPolicy: {Records: {EventSource: ['aws:sns']}}"),
        End::Kept
    );
}
