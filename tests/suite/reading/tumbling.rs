//! Tumbling windows: which records go together, when a window ends, and what becomes of an answer without a state.

use redrive::kernel::Family;
use redrive::models::Models;
use redrive::scenario::{Change, Handling, PlannedChange};
use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;

use super::{Heard, Tape, clicks};
use crate::command_line::{Place, json};

/// A handler that returns this.
fn returning(tape: Tape, answer: &str) -> Heard {
    let (function, answer) = ("Track".to_owned(), Some(answer.to_owned()));
    tape.scenario(|scenario| scenario.handlers.push(Handling { function, answer, ..Handling::default() }))
        .run()
}

//= test: stream_poll.tumbling
//= test: stream_poll.tumbling_final
#[test]
fn a_window_ends_with_an_invocation_without_records() {
    let heard = clicks("TumblingWindowInSeconds: 10").records(3, 4_000, 1).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        4.000 lane 0 reads 1
        4.050 passes 1
        8.000 lane 0 reads 2
        8.050 passes 2
        10.000 lane 0 reads
        ",
    );
    assert_eq!(heard.by_rule("stream_poll.tumbling").len(), 3);
    assert_eq!(heard.by_rule("stream_poll.tumbling_final").len(), 1);
    assert_eq!(heard.count(RecordKind::InvocationEnded), 4);
}

#[test]
fn a_batch_holds_records_of_one_window_and_the_next_window_waits_for_its_end() {
    let settings = "TumblingWindowInSeconds: 10, MaximumBatchingWindowInSeconds: 30";
    clicks(settings).records(4, 4_000, 1).run().check(
        "
        30.000 lane 0 reads 0 1 2
        30.550 passes 0 1 2
        30.550 lane 0 reads
        60.600 lane 0 reads 3
        60.650 passes 3
        60.650 lane 0 reads
        ",
    );
}

//= test: stream_poll.tumbling_wait
#[test]
fn a_window_may_be_waited_for_unless_newer_records_come() {
    let wait = |count: u32| {
        let tape = clicks("TumblingWindowInSeconds: 10").records(count, 20_000, 1);
        tape.open_window("stream_poll.tumbling_wait", 120_000_000).run()
    };
    wait(1).check("0.000 lane 0 reads 0\n0.450 passes 0\n130.000 lane 0 reads");
    wait(2).check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        20.000 lane 0 reads
        20.050 lane 0 reads 1
        20.100 passes 1
        30.000 lane 0 reads
        ",
    );
}

//= test: stream_poll.tumbling_state_missing
#[test]
fn an_answer_without_a_state_fails_the_batch_and_the_end_of_its_window() {
    let tape = clicks("TumblingWindowInSeconds: 10, MaximumRetryAttempts: 1").records(1, 1, 1);
    let heard = returning(tape, r#"{"batchItemFailures": []}"#);
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 again in 500ms: 0
        0.950 lane 0 reads 0
        1.000 gives up 0
        10.000 lane 0 reads
        10.050 again in 500ms:
        10.550 lane 0 reads
        10.600 gives up
        ",
    );
    assert_eq!(heard.by_rule("stream_poll.tumbling_state_missing").len(), 2);
    let without = returning(clicks("").records(1, 1, 1), r#"{"batchItemFailures": []}"#);
    assert_eq!(
        without.count(RecordKind::AnswerMalformed),
        0,
        "where there are no windows nobody asks for it"
    );
    let with = clicks("TumblingWindowInSeconds: 10").records(1, 1, 1);
    assert_eq!(returning(with, r#"{"state": {"sum": 1}}"#).count(RecordKind::AnswerMalformed), 0);
}

//= test: stream_poll.tumbling_early
#[test]
fn a_state_that_is_too_large_ends_its_window_early_and_the_window_goes_on() {
    let limit = Models::embedded().unwrap().bytes("stream_poll.tumbling_early", "limit").unwrap().0;
    // Two quotation marks stand around it.
    let run = |size: u64| {
        let tape = clicks("TumblingWindowInSeconds: 10").records(2, 4_000, 1);
        returning(tape, &format!(r#"{{"state": "{}"}}"#, "x".repeat(size as usize - 2)))
    };
    let heard = run(limit + 1);
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        0.450 lane 0 reads
        4.000 lane 0 reads 1
        4.050 passes 1
        4.050 lane 0 reads
        10.000 lane 0 reads
        ",
    );
    assert_eq!(heard.by_rule("stream_poll.tumbling_early").len(), 2);
    assert_eq!(heard.by_rule("stream_poll.tumbling_final").len(), 1);
    assert_eq!(run(limit).by_rule("stream_poll.tumbling_early").len(), 0);
}

#[test]
fn a_window_whose_end_fails_holds_its_shard_up() {
    let tape = clicks("TumblingWindowInSeconds: 10").records(2, 10_200, 1);
    tape.span(Family::Outage, "Track", 9, 3).run().check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        10.000 lane 0 reads
        10.000 again in 500ms:
        10.500 lane 0 reads
        10.500 again in 1s:
        11.500 lane 0 reads
        11.500 again in 2s:
        13.500 lane 0 reads
        13.550 lane 0 reads 1
        13.600 passes 1
        20.000 lane 0 reads
        ",
    );
}

#[test]
fn a_shard_that_closes_ends_its_window() {
    let heard = clicks("TumblingWindowInSeconds: 10").records(1, 1, 1).reshard(2_000, 0, 0).run();
    assert!(heard.story().ends_with("2.000 resharded to 2\n2.000 lane 0 reads\n"), "{}", heard.story());
}

#[test]
fn a_window_waits_for_a_mapping_that_is_switched_off_when_it_ends() {
    let tape = clicks("TumblingWindowInSeconds: 10").records(1, 1, 1);
    let ends = || ("Clicks".to_owned(), "Track".to_owned());
    let change = |at: u64, change: Change| PlannedChange { at: Duration::from_secs(at), change, place: None };
    let off = Change::Disable { source: ends().0, function: ends().1 };
    let on = Change::Enable { source: ends().0, function: ends().1 };
    let heard = tape.scenario(|scenario| scenario.changes = vec![change(5, off), change(20, on)]).run();
    heard.check("0.000 lane 0 reads 0\n0.450 passes 0\n20.000 lane 0 reads");
}

#[test]
fn an_event_says_which_window_it_is_of_and_what_was_handed_on() {
    let place = Place::new();
    place.write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Track: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events:
    {E: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST, TumblingWindowInSeconds: 60}}}}}
",
    );
    place.write(
        "scenario.toml",
        "template = 'template.yaml'\n[[message]]\nto = 'Clicks'\n[[message]]\nto = 'Clicks'\nat = '10s'\n",
    );
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none", "--format", "json"];
    let run = json(&place.command(&options).output().expect("it starts"));
    let payloads: Vec<&serde_json::Value> =
        run["invocations"].as_array().unwrap().iter().map(|run| &run["payload"]).collect();
    let [first, second, last] = payloads[..] else { panic!("{run:#}") };
    let fields: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let models = Models::embedded().unwrap();
    assert_eq!(fields[1..], models.texts("stream_poll.tumbling_fields", "fields").unwrap());
    let window = serde_json::json!({ "start": "2026-01-05T10:00:00Z", "end": "2026-01-05T10:01:00Z" });
    assert!(payloads.iter().all(|payload| payload["window"] == window), "{run:#}");
    assert_eq!(first["state"], serde_json::json!({}));
    assert_eq!(second["state"], serde_json::json!({ "records": 1 }));
    assert_eq!(last["state"], serde_json::json!({ "records": 2 }));
    assert_eq!(last["Records"], serde_json::json!([]));
    assert_eq!(
        (first["isFinalInvokeForWindow"].as_bool(), last["isFinalInvokeForWindow"].as_bool()),
        (Some(false), Some(true))
    );
    assert_eq!(first["shardId"], "shardId-000000000000");
}
