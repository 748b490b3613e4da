//! Lambda's own queue and callers that wait, in runs: what is tried again and when, what is given up and where it goes,
//! what a caller sees. Each pair of systems is a known pitfall beside what mends it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;

use redrive::kernel::Family;
use redrive::prelude::*;
use redrive::scenario::{Change, FaultPlan, Handling, Per, PlannedChange, PlannedFault, Timing};
use tempfile::TempDir;

const CODE: &str = "Handler: a.b, Runtime: python3.13, CodeUri: .";

/// A topic, a queue for what fails, and a function behind the topic with these properties.
fn behind_topic(properties: &str) -> String {
    format!(
        "  T: {{Type: AWS::SNS::Topic}}
  Failed: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}
  F:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, Timeout: 60, {properties}, Events: {{E: {{Type: SNS, Properties: {{Topic: !Ref T}}}}}}}}
"
    )
}

fn topology(resources: &str) -> Topology {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("push.yaml");
    fs::write(&path, format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}")).unwrap();
    Topology::from_template(&path).unwrap()
}

fn poison() -> PlannedFault {
    PlannedFault::Poison { source: "T".to_owned(), ordinal: 0, place: None }
}

fn planned(planned: Vec<PlannedFault>) -> FaultPlan {
    FaultPlan { planned, ..Faults::none() }
}

/// One event at the start, and these faults.
fn timeline(resources: &str, faults: FaultPlan) -> String {
    let system = topology(resources);
    Check::new(&system)
        .workload(Workload::to("T").events(1).every(Duration::from_secs(1)))
        .faults(faults)
        .run_seed(0)
        .timeline()
}

/// The times and rules of a timeline, in order, of those rules that are asked for.
fn told(timeline: &str, rules: &[&str]) -> Vec<String> {
    let line = |line: &str| {
        let (time, rule) = (line.split_whitespace().next()?, line.split_whitespace().next_back()?);
        let rule = rule.trim_matches(['(', ')']);
        rules.contains(&rule).then(|| format!("{time} {rule}"))
    };
    timeline.lines().filter_map(line).collect()
}

//= test: async.accept
//= test: async.dequeue
//= test: async.retry_delays
//= test: async.exhausted
//= test: async.dropped
//= test: async.unordered
#[test]
fn an_event_that_always_fails_runs_three_times_in_three_minutes_and_is_gone() {
    let text = timeline(&behind_topic("MemorySize: 128"), planned(vec![poison()]));
    let rules = ["async.accept", "async.retry_delays", "async.exhausted", "async.dropped"];
    let seen = told(&text, &rules);
    assert_eq!(
        seen,
        [
            "00:00:00.000 async.accept",
            "00:00:00.450 async.retry_delays",
            "00:01:00.500 async.retry_delays",
            "00:03:00.550 async.exhausted",
            "00:03:00.550 async.dropped",
        ],
        "{text}"
    );
    assert_eq!(told(&text, &["async.dequeue"]).len(), 3, "{text}");
}

//= test: async.success
//= test: async.on_success
#[test]
fn what_succeeds_goes_to_the_destination_for_successes_where_another_function_gets_it() {
    let config =
        "EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: Lambda, Destination: !GetAtt G.Arn}}}";
    let other = format!("  G: {{Type: AWS::Serverless::Function, Properties: {{{CODE}}}}}\n");
    let text = timeline(&format!("{}{other}", behind_topic(config)), Faults::none());
    assert_eq!(told(&text, &["async.success", "async.on_success"]).len(), 3, "{text}");
    assert!(text.contains("G has done the work of T.0~F->G.record"), "{text}");
}

//= test: async.event_age
#[test]
fn an_age_limit_of_a_minute_makes_retries_idle() {
    let config = "EventInvokeConfig: {MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2}";
    let text = timeline(&behind_topic(config), planned(vec![poison()]));
    assert_eq!(
        told(&text, &["async.dequeue", "async.event_age"]),
        ["00:00:00.000 async.dequeue", "00:00:00.450 async.event_age",],
        "{text}"
    );
}

//= test: async.zero_reserved
//= test: async.accepts_throttled
#[test]
fn reserved_concurrency_zero_is_no_pause_button() {
    let off = behind_topic("ReservedConcurrentExecutions: 0");
    let text = timeline(&off, Faults::none());
    assert_eq!(
        told(&text, &["async.accept", "async.zero_reserved", "async.dropped"]),
        ["00:00:00.000 async.accept", "00:00:00.000 async.zero_reserved", "00:00:00.000 async.dropped"],
        "{text}"
    );
    let kept = behind_topic(
        "ReservedConcurrentExecutions: 0, DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn}",
    );
    assert!(timeline(&kept, Faults::none()).contains("is kept in Failed"));
}

//= test: async.dead_letter
//= test: async.on_failure
//= test: async.both_exits
#[test]
fn a_dead_letter_queue_and_a_destination_both_get_what_fails() {
    let both = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn}, \
                EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}";
    let text = timeline(&behind_topic(both), planned(vec![poison()]));
    assert_eq!(
        told(&text, &["async.dead_letter", "async.on_failure"]),
        ["00:03:00.550 async.on_failure", "00:03:00.550 async.dead_letter"],
        "{text}"
    );
    assert_eq!(text.matches("Failed takes T.0").count(), 2, "an operator finds it twice: {text}");
}

//= test: async.exit_fifo
#[test]
fn a_fifo_queue_takes_no_records() {
    let fifo =
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Ordered.Arn}}}";
    let queue = "  Ordered: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}\n";
    let system = format!("{}{queue}", behind_topic(fifo));
    let text = timeline(&system, planned(vec![poison()]));
    assert_eq!(told(&text, &["async.exit_fifo"]), ["00:03:00.550 async.exit_fifo"], "{text}");
    let fixed = system.replace("Ordered.Arn", "Failed.Arn");
    assert!(timeline(&fixed, planned(vec![poison()])).contains("is kept in Failed"));
}

//= test: async.throttle_delays
//= test: async.throttles_uncounted
#[test]
fn throttles_are_tried_again_after_ever_longer_pauses_and_use_up_no_retries() {
    let (at, length) = (Duration::ZERO, Duration::from_secs(100));
    let span =
        PlannedFault::Span { family: Family::Throttle, target: String::new(), at, length, place: None };
    let text = timeline(&behind_topic("MemorySize: 128"), planned(vec![span, poison()]));
    let pauses = told(&text, &["async.throttle_delays"]);
    let times: Vec<&str> = pauses.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        times,
        ["00:01:00.450", "00:01:01.450", "00:01:03.450", "00:01:07.450", "00:01:15.450", "00:01:31.450"],
        "{text}"
    );
    assert_eq!(told(&text, &["async.retry_delays"]).len(), 2, "the retries are all there: {text}");
}

//= test: async.latest_code
#[test]
fn a_waiting_event_meets_the_settings_of_the_moment() {
    let system = topology(&behind_topic("ReservedConcurrentExecutions: 5"));
    let change = Change::Set {
        resource: "F".to_owned(),
        property: "ReservedConcurrentExecutions".to_owned(),
        value: "0".to_owned(),
    };
    let text = Check::new(&system)
        .workload(Workload::to("T").events(1).every(Duration::from_secs(1)))
        .faults(planned(vec![poison()]))
        .change(PlannedChange { at: Duration::from_secs(30), change, place: None })
        .run_seed(0)
        .timeline();
    assert_eq!(
        told(&text, &["async.retry_delays", "async.zero_reserved"]),
        ["00:00:00.450 async.retry_delays", "00:01:00.450 async.zero_reserved",],
        "{text}"
    );
}

/// The timelines of some seeds in which only these families may hit.
fn seeds(resources: &str, families: &[Family], planned: &[PlannedFault]) -> String {
    let system = topology(resources);
    let faults = FaultPlan { planned: planned.to_vec(), ..Faults::only(families.iter().copied()) };
    let run = |seed| {
        let check = Check::new(&system).workload(Workload::to("T").events(12).every(Duration::from_secs(20)));
        check.faults(faults.clone()).run_seed(seed).timeline()
    };
    (0..24).map(run).collect()
}

//= test: async.duplicate
#[test]
fn an_event_may_run_twice_without_any_error() {
    let text = seeds(&behind_topic("MemorySize: 128"), &[Family::Duplicate], &[]);
    assert!(!told(&text, &["async.duplicate"]).is_empty(), "{text}");
    assert!(told(&text, &["async.retry_delays"]).is_empty(), "{text}");
}

//= test: async.duplicate
#[test]
fn the_last_event_of_a_run_may_run_twice_as_well() {
    let system = topology(&behind_topic("MemorySize: 128"));
    let run = |seed| {
        let check = Check::new(&system).workload(Workload::to("T").events(1).every(Duration::from_secs(1)));
        check.faults(Faults::only([Family::Duplicate])).run_seed(seed).timeline()
    };
    let rules = ["async.success", "async.duplicate", "async.dequeue"];
    // What the topic itself delivers twice is another story.
    let timelines = (0..200).map(run).filter(|text| told(text, &["sns.duplicate"]).is_empty());
    let twice = timelines.map(|text| told(&text, &rules)).find(|told| told.len() > 2);
    let twice: Vec<String> = twice.expect("one of so many is held twice");
    let order: Vec<&str> = twice.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(
        order,
        ["async.dequeue", "async.success", "async.duplicate", "async.dequeue", "async.success"],
        "{twice:?}"
    );
}

//= test: async.latency
//= test: async.throttle_growth
#[test]
fn what_aws_leaves_open_of_its_queue_is_drawn() {
    let system = behind_topic("MemorySize: 128");
    let late = |text: &str| {
        let accepted = told(text, &["async.accept"]);
        told(text, &["async.dequeue"]).iter().any(|line| {
            let time = line.split(' ').next().unwrap();
            !accepted.iter().any(|other| other.starts_with(time))
        })
    };
    assert!(late(&seeds(&system, &[Family::Unspecified], &[])));
    assert!(!late(&seeds(&system, &[], &[])));
    let (at, length) = (Duration::ZERO, Duration::from_secs(100));
    let span =
        PlannedFault::Span { family: Family::Throttle, target: String::new(), at, length, place: None };
    let pauses = |families: &[Family]| {
        let text = seeds(&system, families, std::slice::from_ref(&span));
        text.lines().any(|line| line.contains("again in 3s") || line.contains("again in 9s"))
    };
    assert!(pauses(&[Family::Unspecified]) && !pauses(&[]));
}

//= test: async.dead_letter_failed
//= test: async.destination_failed
#[test]
fn what_a_way_out_does_not_take_is_lost() {
    let both = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Failed.Arn}, \
                EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}}";
    let family = Family::DestinationUnavailable;
    let text = seeds(&behind_topic(both), &[family], &[poison()]);
    for rule in ["async.dead_letter_failed", "async.destination_failed"] {
        assert!(!told(&text, &[rule]).is_empty(), "{rule}: {text}");
    }
}

/// A function behind a REST API, with a handler that takes so long.
fn behind_api(properties: &str, seconds: u64, faults: FaultPlan) -> String {
    let system = topology(&format!(
        "  F:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, {properties}, Events: {{E: {{Type: Api, Properties: {{Path: /f, Method: get}}}}}}}}
"
    ));
    let length = Duration::from_secs(seconds);
    let handling = Handling {
        function: "F".to_owned(),
        duration: Some(Timing { shortest: length, longest: length, per: Per::Event }),
        ..Handling::default()
    };
    Check::new(&system)
        .workload(Workload::to("ServerlessRestApi").events(1).every(Duration::from_secs(1)))
        .handling(handling)
        .faults(faults)
        .run_seed(0)
        .timeline()
}

//= test: sync.invoke
//= test: sync.answer
//= test: api_gateway.publish
#[test]
fn a_caller_waits_for_the_answer() {
    let text = behind_api("Timeout: 10", 1, Faults::none());
    assert_eq!(
        told(&text, &["sync.invoke", "sync.answer"]),
        ["00:00:00.000 sync.invoke", "00:00:01.400 sync.answer"],
        "{text}"
    );
}

//= test: sync.goes_on
//= test: api_gateway.gave_up
//= test: api_gateway.timeout
#[test]
fn an_api_stops_waiting_after_29_seconds_and_the_function_goes_on() {
    let text = behind_api("Timeout: 60", 40, Faults::none());
    assert_eq!(
        told(&text, &["api_gateway.gave_up", "function.returns"]),
        ["00:00:29.000 api_gateway.gave_up", "00:00:29.000 api_gateway.gave_up",],
        "it sees 504 and knows: {text}"
    );
    assert!(text.contains("504"), "{text}");
}

//= test: sync.not_retried
//= test: sync.no_exits
//= test: api_gateway.failed
//= test: api_gateway.throttled
//= test: api_gateway.timed_out
#[test]
fn what_fails_in_front_of_a_caller_is_the_callers_and_nobodys_else() {
    let poison = PlannedFault::Poison { source: "ServerlessRestApi".to_owned(), ordinal: 0, place: None };
    let failed = behind_api("Timeout: 10", 1, planned(vec![poison]));
    assert!(failed.contains("the caller sees 502: the function failed"), "{failed}");
    assert_eq!(told(&failed, &["sync.invoke"]).len(), 1, "{failed}");
    assert!(!failed.contains("async."), "no dead-letter queue, no destination: {failed}");
    let throttled = behind_api("Timeout: 10, ReservedConcurrentExecutions: 0", 1, Faults::none());
    assert!(throttled.contains("the caller sees 500: there was no room"), "{throttled}");
    let slow = behind_api("Timeout: 5", 20, Faults::none());
    assert!(slow.contains("the caller sees 502: the function ran into its time-out"), "{slow}");
}

#[test]
fn a_dead_letter_queue_is_proposed_in_the_words_of_the_template() {
    let plain = "  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  T: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt F.Arn}]}}
  P: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: sns.amazonaws.com}}
";
    let repair = |resources: &str| {
        let system = topology(resources);
        let folder = TempDir::new().unwrap();
        let check = Check::new(&system).regressions_in(folder.path()).guarantee(no_loss());
        let outcome = check.faults(Faults::only([Family::Poison])).seeds(0..16).run();
        let repair = outcome.failures()[0].repair().unwrap();
        repair.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let in_sam = repair(&behind_topic("MemorySize: 128"));
    assert!(in_sam.contains("DeadLetterQueue: + Type: SQS + TargetArn:"), "{in_sam}");
    let in_cloudformation = repair(plain);
    assert!(in_cloudformation.contains("DeadLetterConfig: + TargetArn:"), "{in_cloudformation}");
}

#[test]
fn nothing_convicts_a_function_of_what_a_source_without_exits_drops() {
    let repository = format!(
        "  Failed: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}
  F:
    Type: AWS::Serverless::Function
    Properties: {{{CODE}, DeadLetterQueue: {{Type: SQS, TargetArn: !GetAtt Failed.Arn}}}}
  R:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: r
      Triggers: [{{Name: t, DestinationArn: !GetAtt F.Arn, Events: [all]}}]
  P:
    Type: AWS::Lambda::Permission
    Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: codecommit.amazonaws.com}}
"
    );
    let system = topology(&repository);
    let faults = Faults::only([Family::ServiceError, Family::Unspecified]);
    let outcome = Check::new(&system).faults(faults).guarantee(no_loss()).seeds(0..256).run();
    outcome.assert_held();
    let dropped = (0..256).any(|seed| {
        let faults = Faults::only([Family::ServiceError, Family::Unspecified]);
        Check::new(&system).faults(faults).run_seed(seed).timeline().contains("(custom.dropped)")
    });
    assert!(dropped, "no run drops anything, so nothing could have convicted");
}

#[test]
fn a_topic_for_failures_to_which_nothing_listens_is_told_as_such() {
    let system = topology(&format!(
        "  T: {{Type: AWS::SNS::Topic}}
  Failures: {{Type: AWS::SNS::Topic}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {{{CODE}, EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: SNS, Destination: !Ref Failures}}}}}},
      Events: {{E: {{Type: SNS, Properties: {{Topic: !Ref T}}}}}}}}
"
    ));
    let folder = TempDir::new().unwrap();
    let check = Check::new(&system).regressions_in(folder.path()).guarantee(no_loss());
    let outcome = check.faults(Faults::only([Family::Poison])).seeds(0..16).run();
    let told = outcome.failures()[0].story().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("is given up by F and told to Failures, to which nothing listens"), "{told}");
}
