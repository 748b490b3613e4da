//! Ways out that take nothing, take everything twice, or say what it is easy to misread.

use std::ops::Range;

use redrive::topology::{Origin, Permitted, RightOf};

use super::*;

/// What the queue for failures holds when one event has failed for good.
fn kept(resources: &str, source: &str) -> Vec<String> {
    one_event(&topology(resources), source, poison(source)).run_seed(0).contents("Failed")
}

//= test: queue_poll.invoke
#[test]
fn a_mapping_calls_its_function_and_waits_so_what_fails_there_leaves_by_no_exit_of_the_function() {
    for exit in [DEAD_LETTERS, ON_FAILURE] {
        let event = "{Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 1}}";
        let polled = function(&format!("Timeout: 20, {exit}"), event)
            + "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 120, MessageRetentionPeriod: 3600}}\n";
        let run = one_event(&topology(&polled), "Q", poison("Q")).run_seed(0);
        assert!(run.invocations("F") > 3, "only retention ends it: {}", run.timeline());
        assert_eq!(run.contents("Failed"), Vec::<String>::new(), "{exit}: {}", run.timeline());
    }
}

//= test: sync.no_exits
//= test: async.exits_for_async_only
#[test]
fn a_caller_who_waits_fills_neither_dead_letter_queue_nor_destination() {
    for exit in [DEAD_LETTERS, ON_FAILURE] {
        let waiting = behind_api(&format!("Timeout: 20, {exit}"));
        assert_eq!(kept(&waiting, "ServerlessRestApi"), Vec::<String>::new(), "{exit}");
        let nobody_waits = behind_topic(&format!("Timeout: 20, {exit}"), "");
        assert_eq!(kept(&nobody_waits, "T").len(), 1, "{exit}");
    }
}

#[test]
fn a_dead_letter_queue_and_a_destination_hand_an_operator_the_same_failure_twice() {
    let both = behind_topic(&format!("{DEAD_LETTERS}, {ON_FAILURE}"), "");
    assert_eq!(kept(&both, "T").len(), 2);
    assert_eq!(kept(&behind_topic(DEAD_LETTERS, ""), "T").len(), 1);
}

/// A function with dead letters and a role that allows this on their queue.
fn with_role(action: &str) -> String {
    let role = format!(
        "  Role: {{Type: AWS::IAM::Role, Properties: {{Policies: [{{PolicyName: own, PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{action}', Resource: !GetAtt Failed.Arn}}]}}}}]}}}}\n"
    );
    behind_topic(&format!("Role: !GetAtt Role.Arn, {DEAD_LETTERS}"), "") + &role
}

//= test: async.dead_letter_failed
#[test]
fn a_role_that_may_not_send_dead_letters_deletes_what_fails() {
    let (without, with) = (with_role("sqs:ReceiveMessage"), with_role("sqs:SendMessage"));
    let rights = |resources: &str| -> Vec<Permitted> {
        let topology = topology(resources);
        let exits = topology.rights.iter().filter(|right| right.of == RightOf::Exit);
        exits.map(|right| right.permitted).collect()
    };
    assert_eq!(rights(&without), [Permitted::Denied]);
    assert_eq!(rights(&with), [Permitted::Granted]);
    let lost = one_event(&topology(&without), "T", poison("T")).run_seed(0).timeline();
    assert_eq!(count(&lost, ["async.dead_letter_failed", "async.dead_letter"]), [2, 0], "{lost}");
    assert_eq!(kept(&with, "T").len(), 1);
}

/// Whether the topic for dead letters hands one on to the queue of an alarm that looks for these codes.
fn alarmed(codes: &str) -> usize {
    let alarm = format!(
        "  Letters: {{Type: AWS::SNS::Topic}}
  S: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref Letters, Protocol: sqs, Endpoint: !GetAtt Failed.Arn, FilterPolicy: {{ErrorCode: [{codes}]}}}}}}\n"
    );
    let letters = "DeadLetterQueue: {Type: SNS, TargetArn: !Ref Letters}";
    kept(&(behind_topic(letters, "") + &alarm + &lets_in("sns")), "T").len()
}

//= test: async.dead_letter_code
#[test]
fn an_alarm_on_the_codes_of_errors_misses_what_a_function_failed_at() {
    assert_eq!(alarmed("'400', '500', '502', '504'"), 0);
    assert_eq!(alarmed("'200', '429'"), 1);
}

/// What a custom resource's function does while the stack waits for its answer.
fn changed_stack(faults: FaultPlan) -> String {
    let resources = format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 20}}}}
  Thing: {{Type: 'Custom::Thing', Properties: {{ServiceToken: !GetAtt F.Arn}}}}\n"
    );
    one_event(&topology(&resources), "Thing", faults).run_seed(0).timeline()
}

#[test]
fn a_custom_resource_that_throws_runs_three_times_and_tells_nobody() {
    let rules = ["async.dequeue", "async.dropped", "async.success"];
    let throws = changed_stack(poison("Thing"));
    assert_eq!(count(&throws, rules)[0], 3, "{throws}");
    assert!(throws.contains("is lost"), "{throws}");
    assert_eq!(count(&changed_stack(Faults::none()), rules), [1, 0, 1]);
}

#[test]
fn an_invoke_configuration_with_a_destination_alone_has_the_default_retries() {
    let settings = |more: &str| {
        let config = format!(
            "EventInvokeConfig: {{{more}DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt Failed.Arn}}}}}}"
        );
        let topology = topology(&behind_topic(&config, ""));
        let function = topology.resources.iter().find_map(|one| match &one.detail {
            redrive::topology::ResourceDetail::Function(function) => Some(function.clone()),
            _ => None,
        });
        let attempts = function.unwrap().invoke_config(None).attempts.clone();
        (attempts.value, matches!(attempts.origin, Origin::Template(_)))
    };
    assert_eq!(settings(""), (2, false));
    assert_eq!(settings("MaximumRetryAttempts: 0, "), (0, true));
}

/// What becomes of one failing event of so many bytes in a function with such a way out, seed by seed.
fn large(properties: &str, more: &str, bytes: usize, faults: impl Fn() -> FaultPlan) -> Vec<String> {
    let system = behind_topic(&format!("Timeout: 20, {properties}"), "") + more;
    large_from(("T", &system), bytes, 0..64, faults)
}

/// The same from any source.
fn large_from(
    (source, system): (&str, &str),
    bytes: usize,
    seeds: Range<u64>,
    faults: impl Fn() -> FaultPlan,
) -> Vec<String> {
    let topology = topology(system);
    let load = || Workload::to(source).events(1).every(Duration::from_secs(1)).body(&"x".repeat(bytes));
    seeds
        .map(|seed| Check::new(&topology).workload(load()).faults(faults()).run_seed(seed).timeline())
        .collect()
}

/// One event fails for good, and all that AWS leaves open is explored.
fn failing() -> FaultPlan {
    FaultPlan { planned: poison("T").planned, ..Faults::only([Family::Unspecified]) }
}

fn dead_letters_to(what: &str) -> String {
    format!("DeadLetterQueue: {{Type: SNS, TargetArn: !Ref {what}}}")
}

fn failures_to(kind: &str, what: &str) -> String {
    format!("EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: {kind}, Destination: {what}}}}}}}")
}

const FAILURES: &str = "  Failures: {Type: AWS::SNS::Topic}
  Reads: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Failures, Protocol: sqs, Endpoint: !GetAtt Failed.Arn}}
  Lets: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Failed], PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: 'sqs:SendMessage', Resource: !GetAtt Failed.Arn}]}}}
";
/// As much as a topic hands on, and a message of which nothing but its text is in it.
const TOPIC: usize = 262_144;

//= test: async.exit_size
#[test]
fn a_topic_loses_the_dead_letter_of_an_event_that_it_takes_alone() {
    let lost = large(&dead_letters_to("Failures"), FAILURES, TOPIC, failing);
    for text in &lost {
        assert_eq!(count(text, ["async.exit_size", "async.dead_letter"]), [1, 0], "{text}");
        assert!(text.contains("it takes nothing as large"), "{text}");
        assert!(text.contains("is lost"), "{text}");
    }
    for mended in [
        large(&dead_letters_to("Failures"), FAILURES, 1_000, failing),
        large(DEAD_LETTERS, "", TOPIC, failing),
    ] {
        for text in &mended {
            assert_eq!(count(text, ["async.exit_size", "async.dead_letter"]), [0, 1], "{text}");
            assert!(!text.contains("is lost"), "{text}");
        }
    }
}

//= test: async.exit_stripped
#[test]
fn a_topic_gets_a_record_that_is_too_large_without_its_event_or_not_at_all() {
    let lost = large(&failures_to("SNS", "!Ref Failures"), FAILURES, TOPIC, failing);
    let each = lost.iter().map(|text| count(text, ["async.exit_stripped", "async.exit_size"]));
    let (stripped, nothing): (Vec<_>, Vec<_>) = each.partition(|counts| *counts == [1, 0]);
    assert!(!stripped.is_empty() && !nothing.is_empty(), "both are explored: {lost:#?}");
    assert!(nothing.iter().all(|counts| *counts == [0, 1]), "{lost:#?}");
    assert!(lost.iter().all(|text| text.contains("is lost")), "no operator can read the event: {lost:#?}");
}

//= test: async.exit_overhead
#[test]
fn what_a_record_adds_decides_near_the_limit_of_its_target() {
    let topics = large(&failures_to("SNS", "!Ref Failures"), FAILURES, TOPIC - 2_000, failing);
    let lost = topics.iter().filter(|text| text.contains("is lost")).count();
    assert!(lost > 0 && lost < topics.len(), "{lost} of {}", topics.len());
    let ordinary = large(&failures_to("SNS", "!Ref Failures"), FAILURES, TOPIC - 2_000, || poison("T"));
    assert!(ordinary.iter().all(|text| !text.contains("is lost")), "{}", ordinary[0]);
}

//= test: eventbridge.entry_size
//= test: limit.message_size
//= test: limit.asynchronous_payload
#[test]
fn queues_buses_and_functions_take_records_of_a_megabyte_and_no_more() {
    let bus = "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: failures}}\n".to_owned();
    let other = format!("  G: {{Type: AWS::Serverless::Function, Properties: {{{CODE}}}}}\n");
    let targets = [
        (failures_to("SQS", "!GetAtt Failed.Arn"), String::new()),
        (failures_to("EventBridge", "!GetAtt Bus.Arn"), bus),
        (failures_to("Lambda", "!GetAtt G.Arn"), other),
    ];
    for (exit, more) in targets {
        for (bytes, taken) in [(TOPIC, [0, 1]), (TOPIC * 4, [1, 0])] {
            let event = "{Type: Schedule, Properties: {Schedule: rate(1 hour)}}";
            let system = function(&format!("Timeout: 20, {exit}"), event) + &more;
            let text = &large_from(("FE", &system), bytes, 0..1, || poison("FE"))[0];
            assert_eq!(count(text, ["async.exit_size", "async.on_failure"]), taken, "{exit} {bytes}: {text}");
        }
    }
}
