//! How many partitions of a topic a mapping reads at a time, and when they get to be more.

use redrive::trace::RecordKind;
use redrive::vocabulary::Duration;

use super::{Heard, Tape};

/// A function that reads a topic of six partitions one record at a time.
fn topic(settings: &str) -> Tape {
    let comma = if settings.is_empty() { "" } else { ", " };
    let tape = Tape::of(&format!(
        "  Clicks: {{Type: AWS::MSK::Cluster}}
  Track:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {{E: {{Type: MSK, Properties:
      {{Stream: !Ref Clicks, Topics: [clicks], StartingPosition: TRIM_HORIZON, BatchSize: 1,
      MaximumBatchingWindowInSeconds: 0{comma}{settings}}}}}}}}}
"
    ));
    tape.open_stream("msk.shards", 2)
}

/// How many invocations ran at a time at most.
fn at_once(heard: &Heard) -> usize {
    let (mut running, mut most) = (0_usize, 0);
    for line in heard.of(&[RecordKind::InvocationStarted, RecordKind::InvocationEnded]).lines() {
        running = if line.contains("runs") { running + 1 } else { running - 1 };
        most = most.max(running);
    }
    most
}

/// When there got to be more consumers, and how many there were then.
fn grew(heard: &Heard, rule: &str) -> Vec<(u64, u64)> {
    let told = heard.by_rule(rule);
    assert!(told.iter().all(|(record, _)| record.kind == RecordKind::ConcurrencyChanged));
    told.iter().map(|(record, _)| (record.at.as_micros() / 1_000_000, record.value)).collect()
}

//= test: msk.consumers
//= test: self_managed_kafka.consumers
#[test]
fn a_mapping_on_demand_reads_all_partitions_at_a_time_or_one() {
    let run = |one: u64| topic("").records(60, 1, 60).open("msk.consumers", one).run();
    assert_eq!(at_once(&run(0)), 6);
    let alone = run(1);
    assert_eq!(at_once(&alone), 1);
    assert_eq!(alone.count(RecordKind::CheckpointMoved), 60, "every partition has its turn");
    let turns: Vec<String> = alone.of(&[RecordKind::RecordsRead]).lines().map(str::to_owned).collect();
    let lane = |line: &String| line.split(' ').nth(2).map(str::to_owned);
    let first: std::collections::BTreeSet<_> = turns.iter().skip(1).take(6).map(lane).collect();
    assert_eq!(first.len(), 6, "they take turns: {turns:?}");
}

//= test: msk.scaling
//= test: msk.scaling_delay
//= test: msk.scaling_step
//= test: self_managed_kafka.scaling
//= test: self_managed_kafka.scaling_delay
//= test: self_managed_kafka.scaling_step
#[test]
fn a_mapping_that_lags_behind_gets_more_consumers_some_minutes_later() {
    let run = |records: u32, step: u64, seconds: u64| {
        let tape = topic("").records(records, 20, 60).open("msk.consumers", 1).open("msk.scaling_step", step);
        tape.open("msk.scaling_delay", Duration::from_secs(seconds).as_micros()).run()
    };
    assert_eq!(grew(&run(3_000, 0, 0), "msk.scaling"), [(60, 6)]);
    assert_eq!(grew(&run(3_000, 0, 30), "msk.scaling"), [(90, 6)]);
    let twice = grew(&run(15_000, 1, 0), "msk.scaling");
    assert_eq!(twice[..2], [(60, 2), (240, 3)], "the second time it takes as long as it may");
    assert_eq!(grew(&run(500, 0, 0), "msk.scaling"), [], "it has caught up by then");
    assert_eq!(grew(&topic("").records(3_000, 20, 60).run(), "msk.scaling"), []);
}

//= test: msk.provisioned
//= test: self_managed_kafka.provisioned
#[test]
fn a_provisioned_poller_runs_five_invocations_at_a_time() {
    let pollers = |least: u32, most: u32| {
        let settings =
            format!("ProvisionedPollerConfig: {{MinimumPollers: {least}, MaximumPollers: {most}}}");
        topic(&settings).records(300, 1, 60).open("msk.scaling_delay", 1_000_000).run()
    };
    let one = pollers(1, 1);
    assert_eq!((at_once(&one), grew(&one, "msk.provisioned")), (5, vec![]));
    let two = pollers(1, 2);
    assert_eq!((at_once(&two), grew(&two, "msk.provisioned")), (6, vec![(1, 6)]));
    let both = pollers(2, 2);
    assert_eq!((at_once(&both), grew(&both, "msk.provisioned")), (6, vec![]));
}
