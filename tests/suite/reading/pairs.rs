//! Known pitfalls of readers that share a shard, of windows with a state and of writes that leave no record: each system
//! beside its repaired twin.

use std::fmt::Write as _;

use redrive::prelude::*;
use redrive::scenario::{Arrivals, Bounds, Generated};

use super::{CODE, Tape, clicks};

/// A source and so many functions that read it, each by what stands for its number.
fn read_by(source: &str, event: &str, readers: u32, stream: fn(u32) -> String) -> Topology {
    let mut resources = source.to_owned();
    for reader in 0..readers {
        writeln!(
            resources,
            "  Reader{reader}: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 10, Events: {{E: {{Type: {event},
    Properties: {{Stream: {}, StartingPosition: TRIM_HORIZON, BatchSize: 4, MaximumRecordAgeInSeconds: 60}}}}}}}}}}",
            stream(reader)
        )
        .unwrap();
    }
    Tape::of(&resources).topology
}

fn violated(check: Check<'_>, faults: FaultPlan, seeds: u64) -> usize {
    check.faults(faults).seeds(0..seeds).run().violated().len()
}

#[test]
fn a_third_reader_of_a_table_makes_all_of_them_late() {
    let table =
        "  Orders: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}],
    AttributeDefinitions: [{AttributeName: id, AttributeType: S}], BillingMode: PAY_PER_REQUEST,
    StreamSpecification: {StreamViewType: NEW_IMAGE}}}
";
    let late = |readers: u32| {
        let system = read_by(table, "DynamoDB", readers, |_| "!GetAtt Orders.StreamArn".to_owned());
        let delay = Some(Duration::from_millis(750));
        let load = Workload::to("Orders").events(40).keys(40).every(Duration::from_secs(10));
        let bounds = Bounds { delay, ..Bounds::default() };
        let check = Check::new(&system).workload(load).bounds(bounds).guarantee(bounded_delay());
        // How long after a look a record comes is left open.
        violated(check, Faults::only([Family::Unspecified]), 64)
    };
    assert_eq!((late(3), late(6), late(2)), (3, 6, 0));
}

/// Records of a megabyte, almost one a second: nearly all that a shard takes, and half of what it gives.
#[test]
fn three_readers_of_a_full_shard_fall_behind_and_give_up_what_is_too_old() {
    let body = Some("x".repeat(1_000_000));
    let arrivals = Arrivals::Every(Duration::from_millis(1_200));
    let load = Generated { body, keys: 1, ..Generated::new(400, arrivals) };
    let lost = |readers: u32, consumers: u32, stream: fn(u32) -> String| {
        let mut source = "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}\n".to_owned();
        for consumer in 0..consumers {
            writeln!(
                source,
                "  Own{consumer}: {{Type: AWS::Kinesis::StreamConsumer, Properties: {{ConsumerName: own{consumer}, \
                 StreamARN: !GetAtt Clicks.Arn}}}}"
            )
            .unwrap();
        }
        let system = read_by(&source, "Kinesis", readers, stream);
        let load = Workload { generated: vec![load.clone()], ..Workload::to("Clicks") };
        violated(Check::new(&system).workload(load).guarantee(no_loss()), Faults::none(), 1)
    };
    let shared = |_| "!GetAtt Clicks.Arn".to_owned();
    assert_ne!(lost(3, 0, shared), 0, "together they read more than the shard gives");
    assert_eq!(lost(2, 0, shared), 0, "two read as much as it takes");
    assert_eq!(lost(3, 3, |reader| format!("!Ref Own{reader}")), 0, "each has a throughput of its own");
}

#[test]
fn a_handler_that_returns_no_state_holds_its_window_up() {
    let stands = |answer: &str| {
        let handling =
            Handling { function: "Track".to_owned(), answer: Some(answer.to_owned()), ..Handling::default() };
        let system = clicks("TumblingWindowInSeconds: 60").topology;
        let load = Workload::to("Clicks").events(12).keys(3).every(Duration::from_secs(7));
        let check = Check::new(&system).workload(load).handling(handling);
        violated(check.guarantee(progress()).guarantee(no_loss()), Faults::none(), 1)
    };
    assert_eq!(stands(r#"{"batchItemFailures": []}"#), 2, "nothing goes on until the stream forgets it");
    assert_eq!(stands(r#"{"state": {"total": 1}, "batchItemFailures": []}"#), 0);
}
