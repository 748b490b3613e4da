//! What becomes of a stream that is deleted while records come, or whose function or mapping is.

use redrive::prelude::*;
use redrive::scenario::{Change, PlannedChange};
use redrive::trace::RecordKind;

use super::{Heard, TO_BUCKET, TO_QUEUE, Tape, clicks};
use crate::command_line::Place;

fn gone() -> Change {
    Change::Delete { name: "Track".to_owned() }
}

fn dried_up() -> Change {
    Change::Delete { name: "Clicks".to_owned() }
}

fn unmapped() -> Change {
    Change::DeleteMapping { source: "Clicks".to_owned(), function: "Track".to_owned() }
}

fn at(seconds: u64, change: Change) -> PlannedChange {
    PlannedChange { at: Duration::from_secs(seconds), change, place: None }
}

fn changed(tape: Tape, seconds: u64, change: Change) -> Tape {
    tape.scenario(|scenario| scenario.changes.push(at(seconds, change)))
}

//= test: stream_poll.function_deleted
#[test]
fn a_mapping_outlives_its_function_and_tries_until_its_records_are_too_old() {
    let aged = format!("MaximumRetryAttempts: 1, MaximumRecordAgeInSeconds: 60, {TO_BUCKET}");
    let heard = changed(clicks(&aged).records(3, 10_000, 1), 5, gone()).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 lane 0 reads 1
        10.000 no room, 1s: 1
        71.000 too old: 1
        71.000 lane 0 reads 2
        71.000 no room, 1s: 2
        81.000 too old: 2
        ",
    );
    assert_eq!(heard.count(RecordKind::InvocationStarted), 1);
    let told = heard.by_rule("stream_poll.function_deleted");
    let kinds: Vec<RecordKind> = told.iter().map(|(record, _)| record.kind).collect();
    let tried = [RecordKind::InvocationRefused, RecordKind::BatchHeldBack];
    assert_eq!(kinds, [&[RecordKind::SettingChanged][..], &tried, &tried].concat());
}

#[test]
fn a_deleted_mapping_reads_no_more() {
    let heard = changed(clicks("").records(3, 10_000, 1), 5, unmapped());
    heard.open("stream_poll.disable_delay", 6_000_000).run().check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 lane 0 reads 1
        10.050 passes 1
        86420.000 forgotten: 2
        ",
    );
}

#[test]
fn a_mapping_that_outlives_its_function_loses_what_it_cannot_hand_over() {
    let lost = |settings: &str, changes: Vec<PlannedChange>| {
        let system = clicks(settings).topology;
        let load = Workload::to("Clicks").events(20).keys(2).every(Duration::from_secs(60));
        let check = Check::new(&system).workload(load).faults(Faults::none()).guarantee(no_loss());
        changes.into_iter().fold(check, Check::change).seeds(0..4).run().violated().len()
    };
    assert_eq!(lost("BatchSize: 1", vec![at(300, gone())]), 1);
    let kept = format!("BatchSize: 1, MaximumRecordAgeInSeconds: 600, {TO_BUCKET}");
    assert_eq!(lost(&kept, vec![at(300, gone())]), 0, "the mapping's own way out is still there");
    assert_eq!(lost("BatchSize: 1", vec![at(3_600, gone())]), 0, "when everything has been processed");
}

#[test]
fn a_run_tells_what_is_deleted_and_what_comes_of_it() {
    let told = |change: Change| {
        let system = clicks("BatchSize: 1, MaximumRecordAgeInSeconds: 60").topology;
        let load = Workload::to("Clicks").events(3).every(Duration::from_secs(30));
        let check = Check::new(&system).workload(load).faults(Faults::none()).change(at(45, change));
        check.run_seed(0).timeline()
    };
    let text = told(gone());
    for line in
        ["Track is deleted, and Clicks->Track stays", "the call of Track fails, because it has been deleted"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    let text = told(unmapped());
    assert!(text.contains("Clicks->Track is deleted") && !text.contains("disabled"), "{text}");
}

/// What is told of writers, and of what is lost.
fn told(heard: &Heard) -> String {
    heard.of(&[RecordKind::DeliveryRefused, RecordKind::ObligationLost])
}

//= test: kinesis.deleted
#[test]
fn a_deleted_stream_takes_its_records_with_it_and_refuses_what_is_written_later() {
    let heard = changed(clicks("BatchSize: 1").records(5, 10_000, 1).poison(1), 25, dried_up()).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 lane 0 reads 1
        10.050 again in 500ms: 1
        10.550 lane 0 reads 1
        10.600 again in 1s: 1
        11.600 lane 0 reads 1
        11.650 again in 2s: 1
        13.650 lane 0 reads 1
        13.700 again in 4s: 1
        17.700 lane 0 reads 1
        17.750 again in 8s: 1
        25.000 forgotten: 1
        25.000 forgotten: 2
        ",
    );
    let expected = "25.000 lost 1\n25.000 lost 2\n30.000 DeliveryRefused 3\n40.000 DeliveryRefused 4\n";
    assert_eq!(told(&heard), expected);
    let kinds: Vec<RecordKind> =
        heard.by_rule("kinesis.deleted").iter().map(|(record, _)| record.kind).collect();
    assert_eq!(kinds[0], RecordKind::SettingChanged);
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}

#[test]
fn what_is_worked_on_when_its_stream_is_deleted_is_lost_only_if_it_fails() {
    let at = PlannedChange { at: Duration::from_millis(10_020), change: dried_up(), place: None };
    let with = |tape: Tape| tape.scenario(|scenario| scenario.changes.push(at.clone())).run();
    let heard = with(clicks("").records(2, 10_000, 1));
    assert_eq!(told(&heard), "");
    heard.check("0.000 lane 0 reads 0\n 0.450 passes 0\n 10.000 lane 0 reads 1\n 10.050 passes 1");
    let heard = with(clicks("").records(2, 10_000, 1).poison(1));
    assert_eq!(told(&heard), "10.550 lost 1\n", "it is not found any more when it is tried again");
}

#[test]
fn a_stream_takes_records_until_its_deletion_is_done() {
    let late = |seconds: u64| {
        let tape = changed(clicks("").records(4, 10_000, 1), 15, dried_up());
        told(&tape.open_stream("kinesis.delete_delay", Duration::from_secs(seconds).as_micros()).run())
    };
    assert_eq!(late(0), "20.000 DeliveryRefused 2\n30.000 DeliveryRefused 3\n");
    assert_eq!(late(10), "30.000 DeliveryRefused 3\n");
}

#[test]
fn a_note_of_where_a_record_was_is_nothing_when_the_stream_is_deleted() {
    let settings = format!("MaximumRetryAttempts: 0, {TO_QUEUE}");
    let tape = || clicks(&settings).records(1, 10_000, 1).poison(0);
    let kept = |tape: Tape| tape.run().count(RecordKind::ObligationKept);
    assert_eq!(
        kept(tape().adjust(|program| program.profile.operator_window = Duration::from_secs(3_600))),
        1
    );
    let gone = changed(tape(), 1_800, dried_up());
    assert_eq!(kept(gone.adjust(|program| program.profile.operator_window = Duration::from_secs(3_600))), 0);
    let later = changed(tape(), 7_200, dried_up());
    assert_eq!(kept(later.adjust(|program| program.profile.operator_window = Duration::from_secs(3_600))), 1);
}

const TABLE: &str = "AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}], \
                     BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], \
                     StreamSpecification: {StreamViewType: NEW_IMAGE}}";

//= test: dynamodb_streams.table_deleted
#[test]
fn the_stream_of_a_deleted_table_is_read_on_and_takes_no_more() {
    let resources = format!(
        "  Clicks: {{Type: {TABLE}}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {{E: {{Type: DynamoDB, Properties: {{Stream: !GetAtt Clicks.StreamArn, StartingPosition: LATEST}}}}}}}}}}
"
    );
    let tape = Tape::of(&resources).records(4, 10_000, 1).transient(1, 1).transient(1, 2);
    let heard = changed(tape, 11, dried_up()).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 lane 0 reads 1
        10.050 again in 500ms: 1
        10.550 lane 0 reads 1
        10.600 again in 1s: 1
        11.600 lane 0 reads 1
        11.650 passes 1
        ",
    );
    assert_eq!(told(&heard), "20.000 DeliveryRefused 2\n30.000 DeliveryRefused 3\n");
}

#[test]
fn a_stream_that_is_deleted_loses_what_nobody_had_read() {
    let lost = |change: Vec<PlannedChange>| {
        let system = clicks("BatchSize: 1").topology;
        let load = Workload::to("Clicks").events(20).every(Duration::from_secs(60));
        let check = Check::new(&system).workload(load).faults(Faults::none()).guarantee(no_loss());
        change.into_iter().fold(check, Check::change).seeds(0..4).run().violated().len()
    };
    let ends = || ("Clicks".to_owned(), "Track".to_owned());
    let (source, function) = ends();
    let off = at(300, Change::Disable { source, function });
    let (source, function) = ends();
    let on = at(700, Change::Enable { source, function });
    assert_eq!(lost(vec![off.clone(), on.clone()]), 0, "it goes on where it was");
    assert_eq!(lost(vec![off, at(600, dried_up()), on]), 1, "what nobody had read");
    assert_eq!(lost(vec![at(615, dried_up())]), 0, "what was read is done, and the rest was never taken");
}

#[test]
fn a_function_that_writes_to_a_deleted_stream_fails() {
    let place = Place::new();
    let code = "Runtime: python3.13, Handler: a.b, CodeUri: .";
    place.write(
        "template.yaml",
        &format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 90}}}}
  Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}
  Write: {{Type: AWS::Serverless::Function, Properties: {{{code}, Policies: [{{KinesisCrudPolicy: {{StreamName:
    !Ref Clicks}}}}], Events: {{E: {{Type: SQS, Properties: {{Queue: !GetAtt Orders.Arn}}}}}}}}}}
  Track: {{Type: AWS::Serverless::Function, Properties: {{{code}, Events: {{E: {{Type: Kinesis, Properties:
    {{Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}}}}}}}}}
"
        ),
    );
    let scenario = "template = 'template.yaml'\nassume = ['Write sends Clicks']\n[[load]]\nto = 'Orders'\nevents = 2\n\
                    every = '1m'\n[[load]]\nto = 'Clicks'\nevents = 2\nevery = '1m'\n\
                    [[change]]\nat = '30s'\ndelete = 'Clicks'\n";
    place.write("scenario.toml", scenario);
    let run = place
        .command(&["run", "scenario.toml", "--seed", "0", "--faults", "none"])
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    for line in [
        "Clicks is deleted with all that it holds",
        "Clicks is deleted: writing Clicks.1 fails",
        "Write fails at Orders.1",
    ] {
        assert!(text.contains(line), "{line}: {text} {}", String::from_utf8_lossy(&run.stderr));
    }
}
