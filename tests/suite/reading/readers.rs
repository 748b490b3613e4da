//! What becomes of mappings that share a stream with others, or are too late for what it holds.

use std::fmt::Write as _;

use redrive::scenario::{Arrivals, Generated, Workload};

use super::{Tape, clicks};

const CODE: &str = "Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10";

/// When the first of several mappings on a stream reads a record that it just missed at its look before.
fn first_look(stream: &str, event: &str, arn: &str, others: u32) -> String {
    let mut resources = format!("  Clicks: {{Type: {stream}}}\n");
    let names = (0..others).map(|number| format!("Other{number}"));
    for name in std::iter::once("Track".to_owned()).chain(names) {
        writeln!(
            resources,
            "  {name}: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{E: {{Type: {event}, Properties:
    {{Stream: !GetAtt Clicks.{arn}, StartingPosition: TRIM_HORIZON}}}}}}}}}}"
        )
        .unwrap();
    }
    let heard = Tape::of(&resources).records(1, 1, 1).open_at("stream_poll.pickup", 0, 0, 100).run();
    heard.story().lines().rfind(|line| line.contains("reads")).unwrap_or_default().to_owned()
}

//= test: kinesis.readers
#[test]
fn more_mappings_than_a_shard_has_reads_look_at_it_more_rarely() {
    let look =
        |others| first_look("AWS::Kinesis::Stream, Properties: {ShardCount: 1}", "Kinesis", "Arn", others);
    assert_eq!([look(0), look(4)], ["1.000 lane 0 reads 0"; 2], "five reads a second are enough for five");
    assert_eq!(look(5), "1.200 lane 0 reads 0");
    assert_eq!(look(9), "2.000 lane 0 reads 0");
}

/// Writes so many records of a megabyte at once, which the shard is made to take.
fn backlog(tape: Tape, records: u32) -> super::Heard {
    let generated =
        Generated { body: Some("x".repeat(MEBIBYTE)), ..Generated::new(records, Arrivals::AtOnce) };
    let load = Workload { to: "Clicks".to_owned(), generated: vec![generated], ..Workload::default() };
    let takes_all = |program: &mut redrive::program::Program| {
        program.network.streams.iter_mut().for_each(|stream| stream.write_limit = None);
    };
    tape.scenario(|scenario| scenario.workloads.push(load)).adjust(takes_all).run()
}

const MEBIBYTE: usize = 1_048_576;

//= test: kinesis.readers
#[test]
fn a_backlog_of_large_records_is_read_at_what_a_shard_gives_in_a_second() {
    backlog(clicks("BatchSize: 2"), 5).check(
        "
        0.000 lane 0 reads 0 1
        0.500 passes 0 1
        1.000 lane 0 reads 2 3
        1.100 passes 2 3
        1.500 lane 0 reads 4
        1.550 passes 4
        ",
    );
    backlog(clicks("BatchSize: 4, MaximumBatchingWindowInSeconds: 5"), 9).check(
        "
        0.000 lane 0 reads 0 1 2 3
        0.600 passes 0 1 2 3
        2.000 lane 0 reads 4 5 6 7
        2.200 passes 4 5 6 7
        7.200 lane 0 reads 8
        7.250 passes 8
        ",
    );
}

//= test: kinesis.readers
#[test]
fn a_registered_consumer_has_a_throughput_of_its_own() {
    let readers = |others: &str| {
        let resources = format!(
            "  Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}
  Own: {{Type: AWS::Kinesis::StreamConsumer, Properties: {{ConsumerName: own, StreamARN: !GetAtt Clicks.Arn}}}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{E: {{Type: Kinesis, Properties:
    {{Stream: !GetAtt Clicks.Arn, StartingPosition: TRIM_HORIZON, BatchSize: 2}}}}}}}}}}
  Other: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{E: {{Type: Kinesis, Properties:
    {{Stream: {others}, StartingPosition: TRIM_HORIZON, BatchSize: 2}}}}}}}}}}
"
        );
        let heard = backlog(Tape::of(&resources), 4);
        heard.story().lines().rfind(|line| line.contains("reads")).unwrap_or_default().to_owned()
    };
    assert_eq!(readers("!GetAtt Clicks.Arn"), "3.000 lane 0 reads 2 3", "both read what the shard gives");
    assert_eq!(readers("!Ref Own"), "1.000 lane 0 reads 2 3");
}

//= test: dynamodb_streams.readers
#[test]
fn more_than_two_readers_of_a_table_look_at_it_more_rarely() {
    let table = "AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}], \
                 AttributeDefinitions: [{AttributeName: id, AttributeType: S}], BillingMode: PAY_PER_REQUEST, \
                 StreamSpecification: {StreamViewType: NEW_IMAGE}}";
    let look = |others| first_look(table, "DynamoDB", "StreamArn", others);
    assert_eq!([look(0), look(1)], ["0.250 lane 0 reads 0"; 2]);
    assert_eq!(look(3), "0.500 lane 0 reads 0");
}

/// A record that always fails, and one that comes when the first is forgotten.
fn too_late(tape: Tape) -> super::Heard {
    tape.records(2, 14_400_000, 1).poison(0).run()
}

//= test: documentdb.expire
#[test]
fn a_mapping_on_a_change_stream_is_switched_off_when_changes_that_it_had_not_read_are_gone() {
    let heard = too_late(Tape::of(&format!(
        "  Clicks: {{Type: AWS::DocDB::DBCluster}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{{CODE}}}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Track
      EventSourceArn: !Sub 'arn:aws:rds:eu-west-1:111111111111:cluster:${{Clicks}}'
      StartingPosition: TRIM_HORIZON
      DocumentDBEventSourceConfig: {{DatabaseName: shop}}
"
    )));
    assert_eq!(heard.by_rule("documentdb.expire").len(), 1);
    let story = heard.story();
    assert!(story.contains("10800.000 forgotten: 0\n"), "{story}");
    assert!(!story.contains("reads 1") && story.ends_with("25200.000 forgotten: 1\n"), "{story}");
    // A stream goes on with what it still has.
    let goes_on = clicks("BatchSize: 1").adjust(|program| {
        program.queues[usize::from(program.network.logs[0].queue)].retention =
            redrive::vocabulary::Duration::from_secs(10_800);
    });
    assert!(too_late(goes_on).story().contains("reads 1"));
}
