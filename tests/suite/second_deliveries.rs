//! Sources that deliver at least once bring an event into a queue twice, and load comes in where nothing else brings it.

use redrive::program::compile;
use redrive::scenario::Scenario;

use crate::networks::MODELS;
use crate::push_pitfalls::{count, one_event, topology};
use redrive::prelude::*;

const READER: &str = "  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 1}}}}
";

/// A queue that takes what a service sends, read by a function.
fn read_queue(service: &str, more: &str) -> String {
    format!(
        "{READER}  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60{more}}}}}\n  L: {{Type: AWS::SQS::QueuePolicy, \
         Properties: {{Queues: [!Ref Q], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: \
         {service}.amazonaws.com}}, Action: 'sqs:SendMessage', Resource: !GetAtt Q.Arn}}]}}}}}}\n"
    )
}

fn behind_topic() -> String {
    let subscription = "  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn}}\n";
    read_queue("sns", "") + "  T: {Type: AWS::SNS::Topic}\n" + subscription
}

fn behind_bucket() -> String {
    let notification = "{QueueConfigurations: [{Event: 's3:ObjectCreated:*', Queue: !GetAtt Q.Arn}]}";
    read_queue("s3", "")
        + &format!(
            "  B: {{Type: AWS::S3::Bucket, Properties: {{NotificationConfiguration: {notification}}}}}\n"
        )
}

fn behind_rule(target: &str) -> String {
    format!(
        "  Shop: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}\n  R: {{Type: AWS::Events::Rule, Properties: \
         {{EventBusName: !Ref Shop, EventPattern: {{account: [{{exists: true}}]}}, Targets: [{{Id: q, Arn: !GetAtt \
         Q.Arn{target}}}]}}}}\n"
    )
}

/// How often one event is brought in and worked on in each of many runs with duplicates.
fn seen(resources: &str, to: &str, rule: &str) -> Vec<[usize; 3]> {
    let topology = topology(resources);
    let text = |seed| one_event(&topology, to, Faults::only([Family::Duplicate])).run_seed(seed).timeline();
    (0..200).map(|seed| count(&text(seed), ["queue.accepts", rule, "queue_poll.success_deletes"])).collect()
}

//= test: sns.duplicate
//= test: s3.duplicate
//= test: eventbridge.duplicate
#[test]
fn a_source_may_bring_an_event_into_a_queue_twice() {
    let bus = read_queue("events", "") + &behind_rule("");
    for (resources, to, rule) in [
        (behind_topic(), "T", "sns.duplicate"),
        (behind_bucket(), "B", "s3.duplicate"),
        (bus, "Shop", "eventbridge.duplicate"),
    ] {
        let runs = seen(&resources, to, rule);
        assert!(runs.iter().all(|[once, ..]| *once == 1), "{to}");
        let twice = runs.iter().filter(|[_, again, _]| *again == 1).count();
        assert!(twice > 0 && twice < runs.len(), "{to}: {twice}");
        assert!(runs.iter().all(|[_, again, done]| *done > *again), "each message is worked on: {to}");
    }
}

#[test]
fn a_fifo_queue_takes_once_what_is_brought_twice() {
    let fifo = read_queue("events", ", FifoQueue: true, ContentBasedDeduplication: true")
        + &behind_rule(", SqsParameters: {MessageGroupId: a}");
    assert!(seen(&fifo, "Shop", "eventbridge.duplicate").iter().all(|[_, again, _]| *again == 0));
}

/// What load is sent to.
fn sources(resources: &str) -> Vec<String> {
    let programs =
        compile(&topology(resources), &MODELS, &Scenario::default()).expect("the models are complete");
    let names = programs.iter().flat_map(|program| {
        program.sources().map(|source| program.name(program.source(source)).as_str().to_owned())
    });
    names.collect()
}

#[test]
fn a_queue_behind_a_topic_gets_the_load_of_the_topic_and_none_of_its_own() {
    assert_eq!(sources(&behind_topic()), ["T"]);
    let alone = read_queue("sns", "");
    assert_eq!(sources(&alone), ["Q"]);
    assert_eq!(
        sources(
            &(behind_topic()
                + &READER.replace("  F:", "  G:").replace("Q.Arn", "P.Arn")
                + "  P: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}\n")
        )
        .len(),
        2
    );
}
