//! Records that are large: batches that their sizes end, and records that no event can hold.

use redrive::scenario::{Arrivals, Generated, Workload};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::Duration;

use super::{Heard, TO_BUCKET, TO_QUEUE, Tape, clicks};
use crate::command_line::{Place, json};

/// Writes records of these sizes, one every so many seconds.
fn sized(tape: Tape, seconds: u64, sizes: &[usize]) -> Tape {
    let record = |(number, size): (usize, &usize)| Generated {
        start: Duration::from_secs(seconds * number as u64),
        body: Some("x".repeat(*size)),
        ..Generated::new(1, Arrivals::AtOnce)
    };
    let generated = sizes.iter().enumerate().map(record).collect();
    let load = Workload { to: "Clicks".to_owned(), generated, ..Workload::default() };
    tape.scenario(|scenario| scenario.workloads.push(load))
}

const MEGABYTE: usize = 1_000_000;
const WINDOW: &str = "BatchSize: 100, MaximumBatchingWindowInSeconds: 60";

//= test: stream_poll.payload_limit
#[test]
fn a_record_that_would_make_the_event_too_large_closes_the_batch_and_waits_for_the_next_one() {
    // Four of them are 5.3 MB as base64, and five are 6.7 MB.
    sized(clicks(WINDOW), 2, &[MEGABYTE; 6]).run().check(
        "
        8.000 lane 0 reads 0 1 2 3
        8.600 passes 0 1 2 3
        68.600 lane 0 reads 4 5
        68.700 passes 4 5
        ",
    );
    // The sizes of what is there decide, not the largest one.
    sized(clicks(WINDOW), 10, &[4_500_000, 1_000, 1_000, 300_000]).run().check(
        "
        30.000 lane 0 reads 0 1 2
        30.550 passes 0 1 2
        90.550 lane 0 reads 3
        90.600 passes 3
        ",
    );
}

/// What the mapping does with a record of five megabytes, which are more than six as base64, between small ones.
fn with_a_large_one(settings: &str) -> Heard {
    sized(clicks(settings), 10, &[10, 5 * MEGABYTE, 10]).run()
}

//= test: stream_poll.too_large
#[test]
fn a_record_that_fits_into_no_event_is_given_up_before_it_was_ever_delivered() {
    let heard = with_a_large_one("BatchSize: 10");
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 gives up 1
        20.000 lane 0 reads 2
        20.050 passes 2
        ",
    );
    let given_up = heard.by_rule("stream_poll.too_large");
    assert_eq!(given_up.len(), 1);
    assert_eq!(given_up[0].0.value, Record::TOO_LARGE);
    assert_eq!(heard.by_rule("stream_poll.dropped").len(), 1, "nobody is told of it");
    let heard = with_a_large_one(WINDOW);
    heard.check(
        "
        10.000 lane 0 reads 0
        10.450 passes 0
        10.450 gives up 1
        80.000 lane 0 reads 2
        80.050 passes 2
        ",
    );
}

//= test: stream_poll.too_large
#[test]
fn a_record_that_fits_into_no_event_goes_where_failures_go() {
    for to in [TO_QUEUE, TO_BUCKET] {
        let heard = with_a_large_one(&format!("BatchSize: 10, {to}"));
        assert_eq!(heard.by_rule("stream_poll.dropped").len(), 0);
        assert_eq!(heard.count(RecordKind::ExitTaken), 1);
        assert_eq!(heard.by_rule("stream_poll.on_failure")[0].1, [1]);
    }
}

//= test: documentdb.too_large
#[test]
fn a_change_of_a_document_is_sent_as_text_and_dropped_where_it_is_too_large() {
    let changes = "  Clicks: {Type: AWS::DocDB::DBCluster}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10}}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Track, StartingPosition: TRIM_HORIZON,
    EventSourceArn: !Sub 'arn:aws:rds:eu-west-1:1:cluster:${Clicks}', MaximumBatchingWindowInSeconds: 0,
    DocumentDBEventSourceConfig: {DatabaseName: shop}}}
";
    let heard = sized(Tape::of(changes), 10, &[5 * MEGABYTE, 7 * MEGABYTE]).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 gives up 1
        ",
    );
    assert_eq!(heard.by_rule("documentdb.too_large").len(), 1);
}

const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Kept: {Type: AWS::S3::Bucket}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST%}}}}}
";

#[test]
fn a_loss_of_what_is_too_large_is_a_finding_that_a_destination_mends() {
    let place = Place::new();
    let body = "x".repeat(5 * MEGABYTE);
    place.write(
        "scenario.toml",
        &format!("template = 't.yaml'\n[[message]]\nto = 'Clicks'\nbody = '{body}'\n"),
    );
    let loss = |to: &str| {
        place.write("t.yaml", &TEMPLATE.replace('%', to));
        let options = ["check", "scenario.toml", "--seeds", "8", "--faults", "none", "--format", "json"];
        let report = json(&place.command(&options).output().expect("it starts"));
        let verdicts = report["guarantees"].as_array().expect("there are some").clone();
        let verdict = verdicts.into_iter().find(|one| one["guarantee"] == "no-loss").expect("it is judged");
        verdict["verdict"].as_str().map(str::to_owned).expect("it has one")
    };
    assert_eq!(loss(""), "violated");
    assert_eq!(loss(&format!(", {TO_BUCKET}")), "held");
    place.write("t.yaml", &TEMPLATE.replace('%', ""));
    let told = place.command(&["run", "scenario.toml", "--seed", "0", "--faults", "none"]).output();
    let told = String::from_utf8_lossy(&told.expect("it starts").stdout).into_owned();
    assert!(told.contains("gives Clicks.0 up: too large for any event"), "{told}");
}
