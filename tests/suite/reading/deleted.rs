//! What becomes of a stream whose function, or whose mapping, is deleted while records come.

use redrive::prelude::*;
use redrive::scenario::{Change, PlannedChange};
use redrive::trace::RecordKind;

use super::{TO_BUCKET, Tape, clicks};

fn gone() -> Change {
    Change::Delete { function: "Track".to_owned() }
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
