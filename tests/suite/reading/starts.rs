//! Where mappings begin: what one that is made in the run finds in its stream, reads, and misses.

use redrive::prelude::*;
use redrive::scenario::{Change, PlannedChange};
use redrive::trace::RecordKind;

use super::{Heard, Tape, clicks, clicks_of};
use crate::command_line::{Place, json, text};

const ONE_SHARD: &str = "AWS::Kinesis::Stream, Properties: {ShardCount: 1}";

fn ends() -> (String, String) {
    ("Clicks".to_owned(), "Track".to_owned())
}

fn made() -> Change {
    let (source, function) = ends();
    Change::Create { source, function }
}

fn enabled() -> Change {
    let (source, function) = ends();
    Change::Enable { source, function }
}

/// Records at 0, 1, … 9 seconds, of a mapping that begins by a change 2.5 seconds into the run and reads `late` later.
fn begun(tape: Tape, change: Change, late: u64) -> Heard {
    let at = Duration::from_millis(2_500);
    tape.records(10, 1_000, 1)
        .scenario(|scenario| scenario.changes.push(PlannedChange { at, change, place: None }))
        .open("kinesis.late_start", Duration::from_millis(late).as_micros())
        .run()
}

/// Which records were passed by, lost and processed.
fn fates(heard: &Heard) -> [Vec<u32>; 3] {
    let of = |kind: RecordKind| -> Vec<u32> {
        let words = heard.of(&[kind]);
        let lines = words.lines().map(|line| line.split(' ').skip(2).map(|word| word.parse().unwrap()));
        lines.flatten().collect()
    };
    [of(RecordKind::DeliveryFiltered), of(RecordKind::ObligationLost), of(RecordKind::EventsProcessed)]
}

fn latest(settings: &str) -> Tape {
    let comma = if settings.is_empty() { "" } else { ", " };
    // What is written last wins.
    let resources = format!(
        "  Clicks: {{Type: {ONE_SHARD}}}
  Track:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {{E: {{Type: Kinesis, Properties:
      {{Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST{comma}{settings}}}}}}}}}
"
    );
    Tape::of(&resources)
}

//= test: stream_poll.position
//= test: kinesis.late_start
#[test]
fn a_mapping_that_begins_with_the_newest_record_misses_what_comes_while_it_is_made() {
    let heard = begun(latest(""), made(), 4_000);
    assert_eq!(fates(&heard), [vec![0, 1, 2], vec![3, 4, 5, 6], vec![7, 8, 9]]);
    let lost: Vec<Vec<u32>> =
        heard.by_rule("kinesis.late_start").into_iter().map(|(_, items)| items).collect();
    assert_eq!(lost, [vec![3], vec![4], vec![5], vec![6], vec![]], "the losses, and that it reads");
    assert_eq!(heard.by_rule("stream_poll.position").len(), 4, "three are not its own, and it is made");
}

#[test]
fn a_mapping_that_reads_as_soon_as_it_is_made_misses_nothing() {
    let heard = begun(latest(""), made(), 0);
    assert_eq!(fates(&heard), [vec![0, 1, 2], vec![], vec![3, 4, 5, 6, 7, 8, 9]]);
}

#[test]
fn a_mapping_that_begins_with_the_oldest_record_finds_all_that_the_stream_still_has() {
    let heard = begun(clicks("BatchSize: 100"), made(), 4_000);
    assert_eq!(fates(&heard), [vec![], vec![], (0..10).collect()]);
    let read = heard.of(&[RecordKind::RecordsRead]);
    assert!(read.starts_with("6.500 lane 0 reads 0 1 2 3 4 5 6\n"), "{read}");
}

#[test]
fn what_the_stream_has_forgotten_is_not_found() {
    let short = clicks("BatchSize: 100").adjust(|program| {
        program.queues[usize::from(program.network.logs[0].queue)].retention = Duration::from_millis(5_400);
    });
    let heard = begun(short, made(), 4_000);
    assert_eq!(fates(&heard), [vec![0, 1], vec![], (2..10).collect()]);
}

#[test]
fn a_mapping_that_is_enabled_for_the_first_time_begins_then_and_one_that_was_on_goes_on() {
    let heard = begun(latest("Enabled: false"), enabled(), 4_000);
    assert_eq!(fates(&heard), [vec![0, 1, 2], vec![3, 4, 5, 6], vec![7, 8, 9]]);
    let paused = latest("").scenario(|scenario| {
        let (source, function) = ends();
        let change = Change::Disable { source, function };
        scenario.changes.push(PlannedChange { at: Duration::from_millis(500), change, place: None });
    });
    let heard = begun(paused, enabled(), 4_000);
    assert_eq!(fates(&heard), [vec![], vec![], (0..10).collect()], "it keeps its position");
}

#[test]
fn a_mapping_that_was_there_before_the_run_misses_nothing() {
    let heard = latest("").records(5, 1_000, 1).open("kinesis.late_start", 300_000_000).run();
    assert_eq!(fates(&heard), [vec![], vec![], (0..5).collect()]);
}

#[test]
fn records_that_wait_for_a_mapping_to_begin_are_owed_no_earlier_than_it_reads() {
    let system = clicks_of(ONE_SHARD, "", "BatchSize: 10").topology;
    let outcome = Check::new(&system)
        .workload(Workload::to("Clicks").events(20).every(Duration::from_secs(1)))
        .faults(Faults::only([Family::Unspecified]))
        .change(PlannedChange { at: Duration::from_secs(36_000), change: made(), place: None })
        .guarantee(progress())
        .guarantee(no_loss())
        .guarantee(drains())
        .seeds(0..32)
        .run();
    assert_eq!(outcome.violated(), Vec::<&str>::new(), "ten hours without the mapping are not its fault");
}

const LATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Failed: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Track:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Timeout: 10
      Events:
        E:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Clicks.Arn
            StartingPosition: LATEST
            MaximumRetryAttempts: 3
            BisectBatchOnFunctionError: true
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
";

const SCENARIO: &str = r#"
[[load]]
to = "Clicks"
events = 60
every = "2s"

[[change]]
at = "20s"
create = "Clicks->Track"
"#;

/// The report on the template, with a scenario beside it, as text and as a document.
fn reports(scenario: &str) -> (String, serde_json::Value) {
    let place = Place::new();
    place.write("clicks.yaml", LATE);
    place.write("late.toml", scenario);
    let options =
        ["check", "clicks.yaml", "--scenario", "late.toml", "--seeds", "64", "--guarantees", "no-loss"];
    let is_found = i32::from(scenario.contains("create"));
    let shown = place.check(&options, is_found, &[]);
    let document = place.check(&[&options[..], &["--format", "json"]].concat(), is_found, &[]);
    (text(&shown.stdout), json(&document))
}

#[test]
fn the_report_tells_what_was_missed_by_which_rule_and_proposes_the_oldest_record() {
    let (shown, document) = reports(SCENARIO);
    let headline = "record that Clicks takes while Clicks->Track does not read yet is never read";
    assert!(shown.contains(headline), "{shown}");
    assert!(shown.contains("kinesis.late_start"), "{shown}");
    let repair = document["findings"][0]["repair"].to_string();
    assert!(repair.contains("begin with the oldest record"), "{repair}");
    assert!(repair.contains("TRIM_HORIZON"), "{repair}");
}

#[test]
fn nobody_is_convicted_of_a_position_while_no_mapping_is_made() {
    let without = SCENARIO.split("[[change]]").next().unwrap();
    let (shown, _) = reports(without);
    assert!(!shown.contains("late_start"), "{shown}");
}

#[test]
fn only_a_mapping_on_a_stream_can_be_made_in_a_run() {
    let queue = "Resources: {Jobs: {Type: AWS::SQS::Queue}, Work: {Type: AWS::Lambda::Function}, \
                 M: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Work, \
                 EventSourceArn: !GetAtt Jobs.Arn}}}";
    let change = "[[change]]\nat = \"1m\"\ncreate = \"Jobs->Work\"\n";
    let place = Place::new();
    place.write("jobs.yaml", queue);
    place.write("late.toml", change);
    let told = "no event source mapping `Jobs->Work` on a stream";
    place.check(&["check", "jobs.yaml", "--scenario", "late.toml"], 2, &[told]);
}
