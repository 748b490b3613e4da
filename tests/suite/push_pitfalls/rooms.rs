//! Too little room.

use redrive::scenario::{Handling, Per, Timing};

use super::*;

//= test: function.reserved_zero
//= test: async.zero_reserved
#[test]
fn a_function_that_is_switched_off_by_its_concurrency_loses_what_comes_meanwhile() {
    let places = |places: u32| behind_topic(&format!("ReservedConcurrentExecutions: {places}"), "");
    check_pair(Pair {
        broken: &places(0),
        mended: &places(5),
        guarantee: GuaranteeName::NoLoss,
        at: "T->F",
        suffices: &[],
        faults: Faults::none(),
    });
}

//= test: function.one_at_a_time
#[test]
fn two_events_at_once_need_two_environments_and_one_after_the_other_only_one() {
    let topology = topology(&behind_topic("Timeout: 20", ""));
    let started = |load: Workload| {
        let text = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0).timeline();
        count(&text, ["function.cold_start"])
    };
    assert_eq!(started(Workload::to("T").events(2).at_once()), [2]);
    assert_eq!(started(Workload::to("T").events(2).every(Duration::from_secs(10))), [1]);
}

/// How many of many messages end in the dead-letter queue, of a mapping that may run so many batches at once.
fn given_up(at_once: u32) -> usize {
    let event = format!(
        "{{Type: SQS, Properties: {{Queue: !GetAtt Q.Arn, BatchSize: 1, ScalingConfig: {{MaximumConcurrency: {at_once}}}}}}}"
    );
    let queue = "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 2}}}\n";
    let topology = topology(&(function("Timeout: 20, ReservedConcurrentExecutions: 2", &event) + queue));
    let length = Duration::from_secs(18);
    let duration = Some(Timing { shortest: length, longest: length, per: Per::Event });
    let handling = Handling { function: "F".to_owned(), duration, ..Handling::default() };
    let load = Workload::to("Q").events(40).at_once();
    let run = Check::new(&topology).workload(load).faults(Faults::none()).handling(handling).run_seed(0);
    run.contents("Failed").len()
}

//= test: queue_poll.maximum_concurrency
#[test]
fn a_mapping_that_may_run_more_than_its_function_has_room_for_sends_messages_away() {
    assert!(given_up(10) > 0, "they were received and found no room, time and again");
    assert_eq!(given_up(2), 0);
}
