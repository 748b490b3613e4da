//! Known pitfalls of streams, each as a system beside its repaired twin: what is violated before the repair holds after
//! it, under the same faults.
//!
//! Rows of this kind that a run cannot show are with the refusals of templates, or in the documentation of what is not
//! simulated.

use redrive::face::Asking;
use redrive::prelude::*;
use redrive::scenario::{Change, Per, PlannedChange, Timing};

use super::{TO_BUCKET, TO_QUEUE, clicks_of};

const ONE_SHARD: &str = "AWS::Kinesis::Stream, Properties: {ShardCount: 1}";

fn mapping(settings: &str) -> Topology {
    clicks_of(ONE_SHARD, "", settings).topology
}

fn of(function: &str, settings: &str) -> Topology {
    clicks_of(ONE_SHARD, function, settings).topology
}

/// What of these guarantees is violated by a few records under these faults.
fn violated(system: &Topology, faults: FaultPlan, asked: Vec<Asking>) -> Vec<String> {
    let load = Workload::to("Clicks").events(12).keys(3).every(Duration::from_secs(1));
    let check = Check::new(system).workload(load).faults(faults).seeds(0..48);
    let outcome = asked.into_iter().fold(check, Check::guarantee).run();
    outcome.violated().iter().map(|one| (*one).to_owned()).collect()
}

/// The guarantee fails before the repair and not after it.
fn pair(before: &Topology, after: &Topology, faults: &FaultPlan, asked: fn() -> Vec<Asking>) {
    let wrong = violated(before, faults.clone(), asked());
    assert_eq!(wrong.len(), asked().len(), "before the repair all are violated: {wrong:?}");
    let right = violated(after, faults.clone(), asked());
    assert_eq!(right, Vec::<String>::new(), "after the repair");
}

fn poison() -> FaultPlan {
    Faults::only([Family::Poison])
}

#[test]
fn endless_retries_hold_a_shard_up_and_lose_what_is_behind() {
    let bounded = format!("MaximumRetryAttempts: 3, BisectBatchOnFunctionError: true, {TO_QUEUE}");
    pair(&mapping("BatchSize: 10"), &mapping(&bounded), &poison(), || {
        vec![progress().into(), no_loss().into()]
    });
}

#[test]
fn a_limit_of_retries_is_none_against_throttles_but_an_age_is() {
    let starved = "ReservedConcurrentExecutions: 0,";
    let retries = format!("MaximumRetryAttempts: 2, {TO_BUCKET}");
    let age = format!("MaximumRetryAttempts: 2, MaximumRecordAgeInSeconds: 600, {TO_BUCKET}");
    let none = || Faults::none();
    pair(&of(starved, &retries), &of(starved, &age), &none(), || vec![no_loss().into()]);
}

#[test]
fn what_is_given_up_without_a_destination_vanishes() {
    let silent = "MaximumRetryAttempts: 2";
    pair(&mapping(silent), &mapping(&format!("{silent}, {TO_QUEUE}")), &poison(), || vec![no_loss().into()]);
}

#[test]
fn without_bisecting_good_records_are_given_up_with_the_bad_one() {
    let whole =
        format!("BatchSize: 10, MaximumBatchingWindowInSeconds: 5, MaximumRetryAttempts: 2, {TO_QUEUE}");
    let split = format!("{whole}, BisectBatchOnFunctionError: true");
    pair(&mapping(&whole), &mapping(&split), &poison(), || vec![no_collateral().into()]);
}

#[test]
fn bisecting_delivers_records_more_often_than_the_limit_of_retries_says() {
    let settings = |size: u32| {
        format!(
            "BatchSize: {size}, MaximumBatchingWindowInSeconds: 5, MaximumRetryAttempts: 1, \
             BisectBatchOnFunctionError: true, {TO_QUEUE}"
        )
    };
    pair(&mapping(&settings(10)), &mapping(&settings(1)), &poison(), || vec![bounded_attempts().into()]);
}

#[test]
fn a_checkpoint_that_moves_counts_retries_anew() {
    let settings = |size: u32| {
        format!(
            "BatchSize: {size}, MaximumBatchingWindowInSeconds: 5, MaximumRetryAttempts: 1, \
             FunctionResponseTypes: [ReportBatchItemFailures], {TO_QUEUE}"
        )
    };
    let faults = Faults::only([Family::Poison, Family::TransientError]);
    pair(&mapping(&settings(10)), &mapping(&settings(1)), &faults, || vec![bounded_attempts().into()]);
}

#[test]
fn a_dead_letter_queue_of_the_function_takes_nothing_of_a_stream() {
    let dead = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn},";
    let limit = "MaximumRetryAttempts: 2";
    let told = format!("{limit}, {TO_QUEUE}");
    pair(&of(dead, limit), &of(dead, &told), &poison(), || vec![no_loss().into()]);
}

#[test]
fn a_note_of_where_a_record_was_outlives_it() {
    let late = |exit: &str| format!("MaximumRecordAgeInSeconds: 72000, {exit}");
    pair(&mapping(&late(TO_QUEUE)), &mapping(&late(TO_BUCKET)), &poison(), || {
        vec![dead_letter_delivery().into()]
    });
}

#[test]
fn more_lanes_do_not_help_a_single_key() {
    let longest_queue = |keys: u32| {
        let system = of("", "BatchSize: 1, ParallelizationFactor: 10");
        let load = Workload::to("Clicks").events(200).keys(keys).every(Duration::from_millis(10));
        let run = Check::new(&system).workload(load).faults(Faults::none()).run_seed(0);
        let last = run.records().last().map(|(record, _)| record.at);
        last.expect("the run has records").since(Instant::START)
    };
    assert!(longest_queue(1) > longest_queue(50) * 3, "one key is one lane");
}

#[test]
fn partitions_that_are_added_break_the_order_of_a_key_and_shards_that_are_split_do_not() {
    // A record that fails without end, and a reshard while others come behind it.
    let violated = |system: &Topology, source: &str| {
        let load = Workload::to(source).events(60).keys(2).every(Duration::from_secs(60));
        let faults = Faults::only([Family::Reshard, Family::Poison]);
        let check = Check::new(system).workload(load).faults(faults).guarantee(ordering()).seeds(0..60);
        check.run().violated().len()
    };
    let kafka = super::Tape::of(
        "  Track:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {E: {Type: SelfManagedKafka,
      Properties: {KafkaBootstrapServers: ['a.example:9092'], Topics: [clicks], StartingPosition: TRIM_HORIZON,
        BatchSize: 1, SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: 'arn:aws:secretsmanager:r:1:secret:s'}]}}}}
",
    );
    assert_eq!(violated(&mapping("BatchSize: 1"), "*"), 0);
    assert_eq!(violated(&kafka.topology, "*"), 1);
}

#[test]
fn a_disabled_mapping_loses_what_the_stream_forgets_meanwhile() {
    let day = |hours: u64| Duration::from_secs(hours * 3_600);
    let change = |hours: u64, change: Change| PlannedChange { at: day(hours), change, place: None };
    let ends = || ("Clicks".to_owned(), "Track".to_owned());
    let lost = |away: u64| {
        let system = mapping("BatchSize: 10");
        let off = Change::Disable { source: ends().0, function: ends().1 };
        let on = Change::Enable { source: ends().0, function: ends().1 };
        let outcome = Check::new(&system)
            .workload(Workload::to("Clicks").events(30).every(day(1)))
            .faults(Faults::none())
            .change(change(1, off))
            .change(change(1 + away, on))
            .guarantee(no_loss())
            .seeds(0..1)
            .run();
        outcome.violated().len()
    };
    assert_eq!((lost(30), lost(20)), (1, 0));
}

#[test]
fn a_shard_that_is_slow_and_goes_on_does_not_stand_still() {
    let nine = Duration::from_secs(9);
    let slow = Timing { shortest: nine, longest: nine, per: Per::Event };
    let handling = Handling { function: "Track".to_owned(), duration: Some(slow), ..Handling::default() };
    let system = mapping("BatchSize: 1");
    let outcome = Check::new(&system)
        .workload(Workload::to("Clicks").events(500).at_once())
        .handling(handling)
        .faults(Faults::none())
        .guarantee(progress())
        .seeds(0..1)
        .run();
    assert_eq!(
        outcome.violated(),
        Vec::<&str>::new(),
        "more than an hour of work, a record every nine seconds"
    );
}
