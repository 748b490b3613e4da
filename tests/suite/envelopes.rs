//! What arrives behind hops is not what was published: filters further on see the message of a topic, or the event of a
//! bus.

use redrive::prelude::*;
use redrive::scenario::{Message, MessageAttribute, Workload};

use crate::push_pitfalls::{count, topology};

/// A queue behind a topic; its mapping has a filter, and its subscription more properties.
fn queue(filter: &str, subscription: &str) -> String {
    format!(
        "  T: {{Type: AWS::SNS::Topic}}
  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60}}}}
  S: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn{subscription}}}}}
  L: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Q], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: sns.amazonaws.com}}, Action: 'sqs:SendMessage', Resource: !GetAtt Q.Arn}}]}}}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {{E: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn, BatchSize: 1, FilterCriteria: {{Filters: [{{Pattern: '{filter}'}}]}}}}}}}}}}
"
    )
}

/// A function behind a topic that gets what a rule of a bus matches; the subscription has a filter policy.
fn topic_behind_bus(policy: &str) -> String {
    format!(
        "  Shop: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref Shop, EventPattern: {{detail: {{kind: [{{exists: true}}]}}}}, Targets: [{{Id: t, Arn: !Ref T}}]}}}}
  T: {{Type: AWS::SNS::Topic}}
  P: {{Type: AWS::SNS::TopicPolicy, Properties: {{Topics: [!Ref T], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: events.amazonaws.com}}, Action: 'sns:Publish', Resource: !Ref T}}]}}}}}}
  F:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {{E: {{Type: SNS, Properties: {{Topic: !Ref T, {policy}}}}}}}}}
"
    )
}

const RAW: &str = ", RawMessageDelivery: true";

fn published(body: Option<&str>) -> Message {
    let kind = MessageAttribute::text("a");
    let attributes =
        if body.is_some() { [("kind".to_owned(), kind)].into() } else { std::collections::BTreeMap::new() };
    Message { at: Duration::from_secs(1), body: body.map(str::to_owned), attributes, ..Message::default() }
}

/// How many of one event are worked on, and how many a filter of the mapping deletes.
fn outcome(resources: &str, to: &str, body: Option<&str>) -> [usize; 2] {
    let topology = topology(resources);
    let load = Workload { to: to.to_owned(), messages: vec![published(body)], ..Workload::default() };
    let text = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0).timeline();
    let [polled, pushed, filtered] =
        count(&text, ["queue_poll.success_deletes", "async.success", "queue_poll.filter"]);
    [polled + pushed, filtered]
}

const BODY: Option<&str> = Some(r#"{"kind": "a"}"#);

//= test: sns.envelope
//= test: sns.raw
#[test]
fn a_filter_of_a_mapping_behind_a_topic_sees_the_message_of_the_topic() {
    let (inside, outside) = (r#"{"body": {"kind": ["a"]}}"#, r#"{"body": {"Message": [{"prefix": "{"}]}}"#);
    for (filter, subscription, seen) in
        [(inside, "", [0, 1]), (inside, RAW, [1, 0]), (outside, "", [1, 0]), (outside, RAW, [0, 1])]
    {
        assert_eq!(outcome(&queue(filter, subscription), "T", BODY), seen, "{filter}{subscription}");
    }
}

//= test: sns.raw
#[test]
fn attributes_of_a_message_are_inside_that_of_the_topic_unless_it_comes_raw() {
    let attributes = r#"{"messageAttributes": {"kind": {"stringValue": ["a"]}}}"#;
    assert_eq!(outcome(&queue(attributes, ""), "T", BODY), [0, 1]);
    assert_eq!(outcome(&queue(attributes, RAW), "T", BODY), [1, 0]);
    let inside = r#"{"body": {"MessageAttributes": {"kind": {"Value": ["a"]}}}}"#;
    assert_eq!(outcome(&queue(inside, ""), "T", BODY), [1, 0]);
}

//= test: sns.envelope
#[test]
fn a_filter_that_no_message_of_a_topic_fits_deletes_whatever_is_published() {
    let filter = r#"{"body": {"kind": ["a"]}}"#;
    assert_eq!(outcome(&queue(filter, ""), "T", None), [0, 1]);
    assert_eq!(outcome(&queue(filter, RAW), "T", None), [1, 0], "it may be of that kind");
    assert_eq!(outcome(&queue(r#"{"body": {"Message": ["x"]}}"#, ""), "T", None), [1, 0], "it may be that");
}

//= test: eventbridge.envelope
#[test]
fn a_filter_policy_behind_a_bus_sees_the_event_and_no_attributes() {
    let attributes = "FilterPolicy: {kind: [a]}";
    assert_eq!(outcome(&topic_behind_bus(attributes), "Shop", BODY), [0, 0]);
    assert_eq!(outcome(&topic_behind_bus(attributes), "Shop", None), [0, 0], "no event has attributes");
    let body = "FilterPolicyScope: MessageBody, FilterPolicy: {kind: [a]}";
    assert_eq!(outcome(&topic_behind_bus(body), "Shop", BODY), [0, 0]);
    let detail = "FilterPolicyScope: MessageBody, FilterPolicy: {detail: {kind: [a]}}";
    assert_eq!(outcome(&topic_behind_bus(detail), "Shop", BODY), [1, 0]);
    let other = "FilterPolicyScope: MessageBody, FilterPolicy: {detail: {kind: [b]}}";
    assert_eq!(outcome(&topic_behind_bus(other), "Shop", BODY), [0, 0]);
}
