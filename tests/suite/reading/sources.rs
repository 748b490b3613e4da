//! What each kind of stream does with its records: how many shards it has, how long it keeps them, and how it is
//! resharded.

use redrive::trace::RecordKind;

use super::{Heard, Tape, clicks, clicks_of};
use crate::command_line::{Place, json};

const FUNCTION: &str = "Type: AWS::Serverless::Function";

/// A function that reads a stream of another kind, which is called `Clicks` too.
fn source(stream: &str, kind: &str, of: &str) -> Tape {
    Tape::of(&format!(
        "  Clicks: {{Type: {stream}}}
  Track:
    {FUNCTION}
    Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {{E: {{Type: {kind}, Properties:
      {{{of}, StartingPosition: TRIM_HORIZON}}}}}}}}
"
    ))
}

fn table() -> Tape {
    let table = "AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}], \
                 AttributeDefinitions: [{AttributeName: id, AttributeType: S}], BillingMode: PAY_PER_REQUEST, \
                 StreamSpecification: {StreamViewType: NEW_IMAGE}}";
    source(table, "DynamoDB", "Stream: !GetAtt Clicks.StreamArn")
}

//= test: kinesis.write
//= test: stream_poll.iterator_age
#[test]
fn every_mapping_on_a_stream_is_owed_every_record() {
    let heard = Tape::of(
        "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
  Count: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
",
    );
    let heard = heard.records(3, 1_000, 1).run();
    assert_eq!(heard.count(RecordKind::RecordWritten), 6);
    assert_eq!(heard.count(RecordKind::CheckpointMoved), 6);
    assert_eq!(heard.by_rule("kinesis.write").len(), 12, "published to the stream and in it, for each");
}

/// How many shards had records of many keys.
fn shards_used(heard: &Heard) -> usize {
    let written = heard.of(&[RecordKind::RecordsRead]);
    let lanes: std::collections::BTreeSet<&str> =
        written.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    lanes.len()
}

//= test: kinesis.shards
#[test]
fn a_stream_on_demand_begins_with_four_shards_unless_it_has_others_by_now() {
    let on_demand = "AWS::Kinesis::Stream, Properties: {StreamModeDetails: {StreamMode: ON_DEMAND}}";
    let run = |choice: u64| {
        let tape = clicks_of(on_demand, "", "").records(200, 1, 200);
        shards_used(&tape.open_stream("kinesis.shards", choice).run())
    };
    assert_eq!([run(0), run(1), run(2), run(3)], [4, 1, 2, 8]);
}

//= test: kinesis.retention
#[test]
fn a_stream_keeps_its_records_for_as_long_as_it_says() {
    let stream = "AWS::Kinesis::Stream, Properties: {ShardCount: 1, RetentionPeriodHours: 48}";
    let heard = clicks_of(stream, "", "Enabled: false").records(1, 1, 1).run();
    heard.check("172800.000 forgotten: 0");
}

//= test: kinesis.poll
#[test]
fn a_shard_is_asked_once_a_second() {
    let heard = clicks("").records(1, 1, 1).open_at("stream_poll.pickup", 0, 0, 100).run();
    assert!(heard.story().starts_with("1.000 lane 0 reads 0"), "{}", heard.story());
}

//= test: kinesis.reshard
#[test]
fn new_shards_wait_until_the_one_they_came_from_has_been_read() {
    let heard = clicks("BatchSize: 1, MaximumRetryAttempts: 2").records(4, 1_000, 4).poison(0);
    let heard = heard.reshard(500, 0, 0).run();
    let story = heard.story();
    let split = story.lines().position(|line| line == "0.500 resharded to 2").expect("it is split");
    let given_up = story.lines().position(|line| line.ends_with("gives up 0")).expect("it is given up");
    let first_new =
        story.lines().position(|line| line.contains("lane 1 reads") || line.contains("lane 2 reads"));
    assert!(split < given_up && given_up < first_new.expect("new shards are read"), "{story}");
    let merged = clicks_of("AWS::Kinesis::Stream, Properties: {ShardCount: 2}", "", "BatchSize: 1");
    let merged = merged.records(6, 1_000, 6).reshard(2_500, 0, 1).run().story();
    assert!(merged.contains("resharded to 1") && merged.contains("lane 2 reads"), "{merged}");
}

//= test: dynamodb_streams.write
//= test: dynamodb_streams.shards
//= test: dynamodb_streams.retention
//= test: dynamodb_streams.poll
//= test: dynamodb_streams.reshard
#[test]
fn the_stream_of_a_table_keeps_its_records_for_a_day_in_shards_that_come_and_go() {
    let heard = table().records(50, 1, 50).run();
    assert_eq!(heard.by_rule("dynamodb_streams.write").len(), 100);
    assert_eq!(shards_used(&heard), 1);
    let more = table().records(50, 1, 50).open_stream("dynamodb_streams.shards", 1).run();
    assert!(shards_used(&more) > 1, "{}", more.story());
    let quick = table().records(1, 1, 1).open_at("stream_poll.pickup", 0, 0, 100).run();
    assert!(quick.story().starts_with("0.250 lane 0 reads 0"), "four looks a second: {}", quick.story());
    let bad = table().records(1, 1, 1).poison(0).run();
    assert!(bad.story().ends_with("86400.000 forgotten: 0\n"), "{}", bad.story());
    let turned = table().records(4, 1_000, 4).reshard(1_500, 0, 0).run();
    assert!(turned.story().contains("resharded to 2"), "{}", turned.story());
}

//= test: kinesis.record_fields
//= test: dynamodb_streams.record_fields
#[test]
fn a_run_shows_the_events_of_its_invocations_and_how_old_their_records_were() {
    let place = Place::new();
    place.write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}
",
    );
    place.write(
        "scenario.toml",
        "template = 'template.yaml'\n[[message]]\nto = 'Clicks'\nbody = 'hello'\n[[message]]\nto = 'Clicks'\nbody = 'again'\nat = '100ms'\n",
    );
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none", "--format", "json"];
    let run = json(&place.command(&options).output().expect("it starts"));
    let record = &run["invocations"][0]["payload"]["Records"][0];
    assert_eq!(record["eventSource"], "aws:kinesis", "{run:#}");
    assert_eq!(record["kinesis"]["data"], "aGVsbG8=", "{run:#}");
    let ages = serde_json::json!({ "Clicks->Track": [[0, 0], [450_000, 350_000]] });
    assert_eq!(run["iterator_age"], ages, "{run:#}");
}

#[test]
fn a_stream_of_more_shards_than_are_simulated_runs_all_the_same() {
    let stream = "AWS::Kinesis::Stream, Properties: {ShardCount: 100000}";
    let heard = clicks_of(stream, "", "ParallelizationFactor: 11").records(300, 1, 300).run();
    assert_eq!(heard.count(RecordKind::ObligationLost), 0);
    assert!(shards_used(&heard) > 100, "{}", shards_used(&heard));
}
