//! FIFO topics: the order of a group from the topic on, and what a topic takes for the same message.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use redrive::kernel::Family;
use redrive::prelude::*;
use redrive::scenario::{Message, Workload};

use crate::push_pitfalls::{count, span, topology};

/// A FIFO topic with these properties, and a queue of a kind behind it that a function reads.
fn system(topic: &str, queue: &str) -> Topology {
    topology(&format!(
        "  T: {{Type: AWS::SNS::Topic, Properties: {{FifoTopic: true{topic}}}}}
  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 120{queue}}}}}
  S: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn, RawMessageDelivery: true}}}}
  L: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Q], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: sns.amazonaws.com}}, Action: 'sqs:SendMessage', Resource: !GetAtt Q.Arn}}]}}}}}}
  F: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 20, Events: {{E: {{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn, BatchSize: 1}}}}}}}}}}
"
    ))
}

const FIFO: &str = ", FifoQueue: true";

fn message(at: u64, group: &str, id: Option<&str>, body: &str) -> Message {
    Message {
        at: Duration::from_secs(at),
        body: Some(body.to_owned()),
        group: Some(group.to_owned()),
        deduplication: id.map(str::to_owned),
        ..Message::default()
    }
}

/// The timeline of these messages into the topic.
fn timeline(system: &Topology, messages: Vec<Message>, faults: FaultPlan) -> String {
    let load = Workload { messages, ..Workload::to("T") };
    Check::new(system).workload(load).faults(faults).run_seed(0).timeline()
}

/// Which messages of the topic the queue takes, in order.
fn taken(text: &str) -> Vec<String> {
    let arrivals = text.lines().filter_map(|line| line.split_once(" arrives in Q"));
    let name = |before: &'_ str| before.rsplit(' ').next().unwrap_or_default().to_owned();
    arrivals.map(|(before, _)| name(before)).filter(|name| name.starts_with("T.")).collect()
}

//= test: sns_fifo.order
#[test]
fn a_message_that_cannot_be_delivered_holds_back_those_of_its_group_and_no_others() {
    let messages = vec![message(1, "a", None, "1"), message(9, "a", None, "2"), message(9, "b", None, "3")];
    // The queue answers again after eight seconds; the topic tries at 1, 2, 3, 4, 6 and 10.
    let outage = span(Family::ServiceError, "Q", Duration::from_secs(8));
    let text = timeline(&system("", FIFO), messages, outage);
    assert_eq!(taken(&text), ["T.2", "T.0", "T.1"], "{text}");
    assert!(count(&text, ["sns_fifo.retry"])[0] >= 5, "{text}");
}

//= test: sns_fifo.publish
#[test]
fn the_order_of_a_group_holds_behind_a_topic_whatever_the_weather() {
    let load = Workload::to("T").events(12).keys(2).every(Duration::from_secs(2));
    let system = system("", FIFO);
    let outcome = Check::new(&system).workload(load).guarantee(ordering()).seeds(0..16).run();
    assert_eq!(outcome.violated(), Vec::<&str>::new());
}

//= test: sns_fifo.deduplicate
//= test: sns_fifo.deduplication_scope
#[test]
fn an_id_that_comes_again_within_five_minutes_is_taken_and_not_delivered() {
    let messages = || {
        vec![
            message(1, "a", Some("x"), "1"),
            message(200, "a", Some("x"), "2"),
            message(210, "b", Some("x"), "3"),
            message(400, "a", Some("x"), "4"),
        ]
    };
    let run = |topic: &str, queue: &str| {
        let text = timeline(&system(topic, queue), messages(), Faults::none());
        let merged = count(&text, ["sns_fifo.deduplicate"])[0];
        (merged, taken(&text).len())
    };
    assert_eq!(run("", ""), (2, 2), "the first and the last");
    assert_eq!(run("", FIFO), (2, 2));
    assert_eq!(run(", FifoThroughputScope: MessageGroup", ""), (1, 3), "the other group's too");
}

//= test: sns_fifo.content_based
#[test]
fn without_an_id_the_body_is_one_where_the_topic_says_so() {
    let run = |topic: &str| {
        let messages = vec![message(1, "a", None, "same"), message(2, "a", None, "same")];
        count(&timeline(&system(topic, ""), messages, Faults::none()), ["sns_fifo.deduplicate"])
    };
    assert_eq!(run(""), [0]);
    assert_eq!(run(", ContentBasedDeduplication: true"), [1]);
}
