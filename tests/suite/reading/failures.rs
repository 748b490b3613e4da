//! What becomes of a batch that fails: retries, limits, halves, lists of failures, and ways out.

use redrive::scenario::{HandlerPreset, Message, Workload};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::Duration;
use redrive::world::{Effects, Handler, Invocation, Outcome, Response, Step};

use super::{TO_BUCKET, TO_QUEUE, clicks, clicks_of};

//= test: stream_poll.function_error
//= test: stream_poll.retry
//= test: stream_poll.exhausted
//= test: stream_poll.dropped
#[test]
fn a_failed_batch_holds_its_shard_up_until_its_retries_are_used_up() {
    let heard = clicks("BatchSize: 2, MaximumRetryAttempts: 2").records(3, 100, 1).poison(0).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 again in 500ms: 0
        0.950 lane 0 reads 0
        1.000 again in 1s: 0
        2.000 lane 0 reads 0
        2.050 gives up 0
        2.050 lane 0 reads 1 2
        2.150 passes 1 2
        ",
    );
    assert_eq!(heard.by_rule("stream_poll.dropped").len(), 1, "nobody is told of the lost record");
}

//= test: stream_poll.retry_first
//= test: stream_poll.retry_growth
//= test: stream_poll.retry_longest
#[test]
fn the_pauses_between_retries_are_drawn() {
    let run = |growth: u64, longest: u64| {
        clicks("BatchSize: 1, MaximumRetryAttempts: 4")
            .records(1, 1, 1)
            .poison(0)
            .open("stream_poll.retry_first", 2_000_000)
            .open("stream_poll.retry_growth", growth)
            .open("stream_poll.retry_longest", longest)
            .run()
    };
    let pauses = |growth, longest| -> Vec<u64> {
        let heard = run(growth, longest);
        heard.by_rule("stream_poll.retry").iter().map(|(record, _)| record.value / 1_000_000).collect()
    };
    assert_eq!(pauses(0, 10_000_000), [2, 4, 8, 10]);
    assert_eq!(pauses(1, 10_000_000), [2, 2, 2, 2]);
    assert_eq!(pauses(0, 1_000_000), [2, 2, 2, 2], "the longest pause is at least the first");
}

//= test: stream_poll.age
#[test]
fn what_is_too_old_in_front_is_given_up_and_the_younger_behind_it_is_tried() {
    let settings = "BatchSize: 10, MaximumRecordAgeInSeconds: 60";
    let heard = clicks(settings).records(2, 50_000, 1).poison(0).run();
    let story = heard.story();
    let (record, given_up) = &heard.by_rule("stream_poll.age")[0];
    assert_eq!((given_up.as_slice(), record.value), ([0].as_slice(), Record::EVENT_AGE_EXCEEDED), "{story}");
    assert!(record.at.as_micros() > 60_000_000, "{story}");
    assert!(story.ends_with("passes 1\n"), "{story}");
}

//= test: stream_poll.expire
#[test]
fn without_limits_a_bad_record_is_tried_until_the_stream_forgets_it() {
    let heard = clicks("BatchSize: 1").records(2, 3_600_000, 1).poison(0).run();
    let (record, forgotten) = &heard.by_rule("stream_poll.expire")[0];
    assert_eq!((record.at.as_micros(), forgotten.as_slice()), (86_400_000_000, [0].as_slice()));
    assert!(heard.count(RecordKind::BatchRetried) > 2_000, "every half a minute for a day");
    assert_eq!(heard.by_rule("stream_poll.checkpoint").len(), 1, "the one behind it ran a day late");
}

//= test: stream_poll.bisect
//= test: stream_poll.bisect_at
//= test: stream_poll.bisect_count
#[test]
fn bisecting_finds_the_bad_record_and_gives_up_no_other() {
    let settings = "BatchSize: 5, MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true, \
                    MaximumBatchingWindowInSeconds: 1";
    let tape = || clicks(settings).records(5, 1, 1).poison(3);
    tape().run().check(
        "
        0.004 lane 0 reads 0 1 2 3 4
        0.604 split behind 2: 0 1 2 3 4
        1.104 lane 0 reads 0 1
        1.204 passes 0 1
        1.204 lane 0 reads 2 3 4
        1.304 split behind 1: 2 3 4
        1.804 lane 0 reads 2
        1.854 passes 2
        1.854 lane 0 reads 3 4
        1.904 split behind 1: 3 4
        2.404 lane 0 reads 3
        2.454 again in 500ms: 3
        2.954 lane 0 reads 3
        3.004 gives up 3
        3.004 lane 0 reads 4
        3.054 passes 4
        ",
    );
    let first_larger = tape().open("stream_poll.bisect_at", 1).run().story();
    assert!(first_larger.contains("split behind 3: 0 1 2 3 4"), "{first_larger}");
    // With one failed try behind it a half that inherits it has one retry less.
    let inherits = |count: u64| {
        let tape = clicks("BatchSize: 2, MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true")
            .records(2, 0, 1)
            .poison(0)
            .poison(1);
        tape.open("stream_poll.bisect_count", count).run().count(RecordKind::BatchRetried)
    };
    assert_eq!((inherits(0), inherits(1)), (2, 2), "a split counts for nothing by itself");
}

//= test: stream_poll.partial
//= test: stream_poll.partial_count
//= test: stream_poll.partial_all_succeeded
#[test]
fn a_listed_failure_moves_the_checkpoint_and_counts_its_retries_afresh() {
    let settings = "BatchSize: 4, MaximumRetryAttempts: 1, MaximumBatchingWindowInSeconds: 1, \
                    FunctionResponseTypes: [ReportBatchItemFailures]";
    let heard = clicks(settings).records(4, 1, 1).transient(0, 1).poison(2).run();
    heard.check(
        "
        0.003 lane 0 reads 0 1 2 3
        0.453 again in 500ms: 0 1 2 3
        0.953 lane 0 reads 0 1 2 3
        1.103 passes 0 1
        1.103 again in 500ms: 2 3
        1.603 lane 0 reads 2 3
        1.653 again in 500ms: 2 3
        2.153 lane 0 reads 2 3
        2.203 gives up 2 3
        ",
    );
    let sound = clicks(settings).records(1, 1, 1).run();
    assert_eq!(sound.by_rule("stream_poll.partial_all_succeeded").len(), 1);
}

//= test: stream_poll.partial_bisect
#[test]
fn with_a_list_of_failures_a_batch_is_split_where_it_says_and_in_the_middle_only_after_an_error() {
    let settings = "BatchSize: 4, MaximumRetryAttempts: 0, MaximumBatchingWindowInSeconds: 1, \
                    BisectBatchOnFunctionError: true, FunctionResponseTypes: [ReportBatchItemFailures]";
    let listed = clicks(settings).records(4, 1, 1).poison(1).open("stream_poll.partial_first", 1).run();
    assert_eq!(listed.count(RecordKind::BatchSplit), 0, "{}", listed.story());
    let thrown = clicks(settings).records(4, 1, 1).poison(1).handler(HandlerPreset::Throws).run();
    assert_eq!(thrown.count(RecordKind::BatchSplit), 2, "{}", thrown.story());
    assert_eq!(thrown.by_rule("stream_poll.exhausted")[0].1, [1], "{}", thrown.story());
}

//= test: stream_poll.partial_first
#[test]
fn a_batch_whose_first_record_is_listed_may_be_split_or_stay_whole() {
    let settings = "BatchSize: 4, MaximumRetryAttempts: 1, MaximumBatchingWindowInSeconds: 1, \
                    BisectBatchOnFunctionError: true, FunctionResponseTypes: [ReportBatchItemFailures]";
    let run = |whole: u64| {
        let tape = clicks(settings).records(4, 1, 1).poison(0).handler(HandlerPreset::StopsAndReportsOne);
        tape.open("stream_poll.partial_first", whole).run()
    };
    let (split, whole) = (run(0), run(1));
    assert_eq!(split.by_rule("stream_poll.exhausted")[0].1, [0], "{}", split.story());
    assert_eq!(whole.by_rule("stream_poll.exhausted")[0].1, [0, 1, 2, 3], "{}", whole.story());
}

//= test: stream_poll.response_ignored
#[test]
fn a_list_of_failures_that_nobody_asked_for_passes_the_whole_batch() {
    let heard = clicks("BatchSize: 2").records(1, 1, 1).poison(0).handler(HandlerPreset::Partial).run();
    heard.check(
        "
        0.000 lane 0 reads 0
        0.450 passes 0
        ",
    );
    assert_eq!(heard.by_rule("stream_poll.response_ignored").len(), 3, "ignored, passed and lost");
}

//= test: stream_poll.refill
#[test]
fn what_is_left_of_a_batch_may_be_filled_up_with_newer_records() {
    let settings = "BatchSize: 3, MaximumBatchingWindowInSeconds: 1, \
                    FunctionResponseTypes: [ReportBatchItemFailures]";
    let run = |refill: u64| {
        let tape = clicks(settings).records(5, 1, 1).transient(1, 1);
        tape.open("stream_poll.refill", refill).run().story()
    };
    assert!(run(0).contains("reads 1 2\n"), "{}", run(0));
    assert!(run(1).contains("reads 1 2 3\n"), "{}", run(1));
}

//= test: stream_poll.on_failure
//= test: stream_poll.positions
#[test]
fn a_queue_is_told_where_the_records_are_which_helps_while_the_stream_has_them() {
    let soon = clicks(&format!("MaximumRetryAttempts: 0, {TO_QUEUE}")).records(1, 1, 1).poison(0).run();
    assert_eq!(soon.by_rule("stream_poll.on_failure").len(), 1);
    let kept = soon.of(&[RecordKind::ObligationKept, RecordKind::ObligationLost]);
    assert!(kept.contains("kept 0"), "{kept}");
    let late = |exit: &str| {
        let settings = format!("MaximumRecordAgeInSeconds: 80000, {exit}");
        clicks(&settings).records(1, 1, 1).poison(0).run()
    };
    let lost = late(TO_QUEUE);
    assert_eq!(
        lost.by_rule("stream_poll.positions").len(),
        2,
        "it comes with less than two hours, and is lost"
    );
    assert_eq!(lost.count(RecordKind::ObligationLost), 1);
    let whole = late(TO_BUCKET);
    assert_eq!(whole.count(RecordKind::ObligationKept), 1, "a bucket holds the record itself");
}

//= test: stream_poll.on_failure_failed
#[test]
fn what_the_destination_does_not_take_is_gone_and_the_shard_goes_on() {
    let exit = "DestinationConfig: {OnFailure: {Destination: !GetAtt Gone.Arn}}";
    let stream = "AWS::Kinesis::Stream, Properties: {ShardCount: 1}";
    let tape = clicks_of(stream, "", &format!("BatchSize: 1, MaximumRetryAttempts: 0, {exit}"));
    let heard = tape.records(2, 1, 1).poison(0).run();
    assert!(!heard.by_rule("stream_poll.on_failure_failed").is_empty(), "{}", heard.story());
    assert!(heard.story().ends_with("passes 1\n"), "{}", heard.story());
}

//= test: stream_poll.on_failure_fifo
#[test]
fn a_fifo_queue_takes_nothing_as_a_destination() {
    let heard = super::Tape::of(
        "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Failed: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}
  Track:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events: {E: {Type: Kinesis, Properties:
      {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST, MaximumRetryAttempts: 0,
       DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}}}}
",
    );
    let heard = heard.records(1, 1, 1).poison(0).run();
    let refused = heard.by_rule("stream_poll.on_failure_fifo");
    assert_eq!(refused.len(), 1);
    assert_eq!(heard.name_of(&refused[0].0), "Clicks->Track");
}

/// A handler that gives this answer at its first run and succeeds from then on.
struct Answers(Option<Response>);

impl Handler for Answers {
    fn start(&mut self, _: &Invocation<'_>, _: &mut Effects) -> Step {
        Step::Sleep(Duration::from_millis(10))
    }

    fn resume(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step {
        let response = self.0.take().unwrap_or(Response::Success);
        if response == Response::Success {
            effects.processed.extend(0..invocation.items.len() as u32);
        }
        Step::Done(Outcome::Returned(response))
    }

    fn cut(&mut self, _: &Invocation<'_>, _: u32, _: &mut Effects) {}
}

const REPORTS: &str = "FunctionResponseTypes: [ReportBatchItemFailures]";

//= test: stream_poll.partial_malformed
#[test]
fn an_answer_that_cannot_be_read_fails_the_whole_batch() {
    let heard = clicks(REPORTS).records(1, 1, 1).run_with(&mut Answers(Some(Response::Malformed)));
    assert_eq!(heard.by_rule("stream_poll.partial_malformed").len(), 1, "{}", heard.story());
    assert_eq!(heard.count(RecordKind::BatchRetried), 1, "{}", heard.story());
}

//= test: stream_poll.partial_misspelt
#[test]
fn an_answer_without_the_list_passes_the_batch_or_fails_it() {
    let run = |fails: u64| {
        let tape = clicks(REPORTS).records(1, 1, 1).open("stream_poll.partial_misspelt", fails);
        let heard = tape.run_with(&mut Answers(Some(Response::Misspelt)));
        (heard.count(RecordKind::BatchRetried), heard.count(RecordKind::ObligationLost))
    };
    assert_eq!((run(0), run(1)), ((0, 1), (1, 0)));
}

//= test: stream_poll.filter
//= test: stream_poll.filter_any
//= test: stream_poll.filter_data_format
#[test]
fn a_record_that_no_pattern_wants_is_owed_to_nobody() {
    let written = |patterns: &str, body: &str| {
        let settings = format!("FilterCriteria: {{Filters: [{patterns}]}}");
        let message = Message { body: Some(body.to_owned()), ..Message::default() };
        let load = Workload { to: "Clicks".to_owned(), messages: vec![message], ..Workload::default() };
        clicks(&settings)
            .scenario(|scenario| scenario.workloads.push(load))
            .run()
            .count(RecordKind::RecordWritten)
    };
    let (gift, card) =
        (r#"{Pattern: '{"data":{"kind":["gift"]}}'}"#, r#"{Pattern: '{"data":{"kind":["card"]}}'}"#);
    assert_eq!(written(gift, r#"{"kind": "gift"}"#), 1);
    assert_eq!(written(gift, r#"{"kind": "card"}"#), 0);
    assert_eq!(written(&format!("{gift}, {card}"), r#"{"kind": "card"}"#), 1);
    assert_eq!(written(gift, "no JSON at all"), 0);
    assert_eq!(written(r#"{Pattern: '{"data":["plain"]}'}"#, "plain"), 1);
}
