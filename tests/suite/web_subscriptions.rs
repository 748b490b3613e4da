//! Topics that post to web addresses: how often and when, what becomes of a message that no server takes, and what AWS
//! refuses.

use std::path::Path;

use redrive::explore::Standing;
use redrive::guarantee::GuaranteeName::NoLoss;
use redrive::models::Models;
use redrive::prelude::*;
use redrive::scenario::{Handling, Per, PlannedFault, Timing};
use redrive::template::{ImportOptions, import_text};
use redrive::topology::refusals;

use crate::checked::CheckedTemplate;
use crate::push_pitfalls::count;

/// A topic that posts to a web address, with more properties of its subscription.
fn posts(more: &str) -> String {
    format!(
        "Resources:
  News: {{Type: AWS::SNS::Topic}}
  Hook:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref News
      Protocol: https
      Endpoint: https://example.com/hook
{more}"
    )
}

fn deployed(template: &str) -> Topology {
    let models = Models::embedded().expect("the embedded models load");
    let imported = import_text(Path::new("t.yaml"), template, &ImportOptions::with_stand_ins(), &models);
    imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics))
}

/// What comes of one message while the server fails for so many seconds.
fn run(template: &str, seconds: u64) -> String {
    let topology = deployed(template);
    let (family, target) = (Family::Outage, "Hook".to_owned());
    let (at, length) = (Duration::ZERO, Duration::from_secs(seconds));
    let fault = PlannedFault::Span { family, target, at, length, place: None };
    let faults = FaultPlan { planned: vec![fault], ..Faults::none() };
    let load = Workload::to("News").message(Duration::from_secs(1), "{}");
    Check::new(&topology).workload(load).faults(faults).run_seed(0).timeline()
}

/// The pauses before the topic posts again.
fn pauses(timeline: &str) -> Vec<String> {
    let again = timeline.lines().filter(|line| line.contains("sns_http.retry"));
    let pause = |line: &str| line.split(" in ").nth(1)?.split_whitespace().next().map(str::to_owned);
    again.filter_map(pause).collect()
}

const FOR_EVER: u64 = 100_000;

fn policy(retries: &str) -> String {
    format!("      DeliveryPolicy: {{healthyRetryPolicy: {{{retries}}}}}\n")
}

//= test: sns_http.publish
//= test: sns_http.failed
//= test: sns_http.server
//= test: sns_http.server_time
#[test]
fn a_topic_posts_to_a_server_and_waits_for_its_answer() {
    let text = run(&posts(""), 0);
    assert_eq!(count(&text, ["sns_http.publish", "sync.invoke", "sync.answer"]), [1, 1, 1], "{text}");
    assert_eq!(
        count(&text, ["function.cold_start", "sns_http.server"]),
        [0, 3],
        "no environment starts: {text}"
    );
    let failed = run(&posts(""), 10);
    assert!(failed.contains("News sees 500: the server failed"), "{failed}");
}

//= test: sns_http.retry
#[test]
fn a_server_is_tried_as_often_as_the_delivery_policy_says() {
    let usual = run(&posts(""), FOR_EVER);
    assert_eq!(pauses(&usual), ["20s", "20s", "20s"], "{usual}");
    let phases = "numRetries: 7, numNoDelayRetries: 1, numMinDelayRetries: 2, numMaxDelayRetries: 1, minDelayTarget: 10, maxDelayTarget: 40";
    let stated = run(&posts(&policy(phases)), FOR_EVER);
    assert_eq!(pauses(&stated), ["0s", "10s", "10s", "10s", "25s", "40s", "40s"], "{stated}");
    let doubled = format!("{phases}, backoffFunction: exponential");
    let stated = run(&posts(&policy(&doubled)), FOR_EVER);
    assert_eq!(pauses(&stated), ["0s", "10s", "10s", "10s", "20s", "40s", "40s"], "{stated}");
}

//= test: sns_http.timeout
//= test: sns_http.gave_up
#[test]
fn a_slow_server_is_posted_to_again_while_it_still_works() {
    let topology = deployed(&posts(""));
    let takes = |seconds: u64| {
        let length = Duration::from_secs(seconds);
        let duration = Some(Timing { shortest: length, longest: length, per: Per::Event });
        let handling = Handling { function: "Hook".to_owned(), duration, ..Handling::default() };
        let load = Workload::to("News").message(Duration::from_secs(1), "{}");
        Check::new(&topology).workload(load).faults(Faults::none()).handling(handling).run_seed(0).timeline()
    };
    let slow = takes(16);
    assert_eq!(count(&slow, ["sync.invoke", "sns_http.gave_up"]), [4, 4], "{slow}");
    let quick = takes(14);
    assert_eq!(count(&quick, ["sync.invoke", "sync.answer"]), [1, 1], "{quick}");
}

const DEAD: &str = "  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Lets: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Dead], PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: 'sqs:SendMessage', Resource: !GetAtt Dead.Arn}]}}}
";

//= test: sns_http.given_up
//= test: sns_http.dropped
//= test: sns_http.dead_letter
#[test]
fn what_no_server_takes_is_discarded_or_kept_in_the_dead_letter_queue() {
    let lost = run(&posts(""), FOR_EVER);
    assert_eq!(count(&lost, ["sns_http.dropped", "sns_http.dead_letter"]), [2, 0], "{lost}");
    let keeps = posts(&format!("      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn}}\n{DEAD}"));
    let kept = run(&keeps, FOR_EVER);
    assert_eq!(count(&kept, ["sns_http.dropped", "sns_http.dead_letter"]), [0, 2], "{kept}");
    let standing =
        |template: &str| CheckedTemplate::of_text(template).verdict(NoLoss, "News->Hook", "Hook").standing;
    assert_eq!(standing(&posts("")), Standing::Violated);
    assert_eq!(standing(&keeps), Standing::Held);
}

#[test]
fn a_subscription_without_a_dead_letter_queue_is_given_one() {
    let topology = deployed(&posts(""));
    let check = Check::new(&topology).guarantee(no_loss()).seeds(0..32).regressions_in(std::env::temp_dir());
    let outcome = check.run();
    let repair = outcome.failures()[0].repair().expect("there is one");
    for line in [
        "RedrivePolicy:",
        "deadLetterTargetArn: !GetAtt HookUndelivered.Arn",
        "Service: sns.amazonaws.com",
        "aws:SourceArn: !Ref News",
    ] {
        assert!(repair.contains(line), "{line}: {repair}");
    }
}

//= test: sns_http.dead_letter_failed
#[test]
fn a_dead_letter_queue_that_does_not_let_the_topic_in_keeps_nothing() {
    let queue = "  Dead: {Type: AWS::SQS::Queue}\n";
    let text = run(
        &posts(&format!("      RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn}}\n{queue}")),
        FOR_EVER,
    );
    assert!(count(&text, ["sns_http.dead_letter_failed"])[0] > 0 && text.contains("is lost"), "{text}");
}

//= test: sns_http.filtered
#[test]
fn a_filter_policy_keeps_messages_from_a_server() {
    let filter = "      FilterPolicyScope: MessageBody\n      FilterPolicy: {kind: [big]}\n";
    let topology = deployed(&posts(filter));
    let posted = |body: &str| {
        let load = Workload::to("News").message(Duration::from_secs(1), body);
        let text = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0).timeline();
        count(&text, ["sync.invoke"])
    };
    assert_eq!((posted(r#"{"kind": "big"}"#), posted(r#"{"kind": "small"}"#)), ([1], [0]));
}

#[test]
fn a_subscription_within_its_topic_is_posted_to_as_any_other() {
    let inside = "Resources:
  News: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: email, Endpoint: a@b.example}, {Protocol: http, Endpoint: 'http://example.com/'}]}}
";
    let topology = deployed(inside);
    let names: Vec<&str> = topology.links.iter().map(|link| topology.end_name(&link.to)).collect();
    assert_eq!(names, ["a@b.example", "NewsSubscription1"]);
    let taken = deployed(&format!("{inside}  NewsSubscription1: {{Type: AWS::SQS::Queue}}\n"));
    assert_eq!(taken.end_name(&taken.links[1].to), "NewsSubscription2");
    let checked = CheckedTemplate::of_text(inside);
    let found = checked.verdict(NoLoss, "News->NewsSubscription1", "NewsSubscription1");
    assert_eq!(found.standing, Standing::Violated);
    let outcome =
        Check::new(&topology).guarantee(no_loss()).seeds(0..32).regressions_in(std::env::temp_dir()).run();
    assert_eq!(outcome.failures()[0].repair(), None, "it has no place for a dead-letter queue");
}

//= test: sns_http.no_fifo
#[test]
fn a_topic_with_order_posts_to_nobody() {
    let models = Models::embedded().expect("the embedded models load");
    let fifo =
        posts("").replace("Type: AWS::SNS::Topic}", "Type: AWS::SNS::Topic, Properties: {FifoTopic: true}}");
    let rules = |template: &str| -> Vec<String> {
        refusals(&deployed(template), &models).into_iter().map(|one| one.rule).collect()
    };
    assert_eq!((rules(&posts("")), rules(&fifo)), (Vec::new(), vec!["sns_http.no_fifo".to_owned()]));
}

#[test]
fn whoever_calls_through_a_topic_is_no_sdk() {
    let read = redrive::scenario::read_scenario_text(Path::new("s.toml"), "[caller.News]\nretries = 'none'");
    let models = Models::embedded().expect("the embedded models load");
    let found = redrive::scenario::problems(&read.file.scenario, &deployed(&posts("")), &models);
    assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), ["scenario-no-front"]);
}

//= test: sns_http.policy
//= test: sns_http.policy_range
#[test]
fn a_delivery_policy_that_aws_does_not_take_is_told() {
    let models = Models::embedded().expect("the embedded models load");
    let refused = |retries: &str| -> Vec<(String, String)> {
        let topology = deployed(&posts(&policy(retries)));
        refusals(&topology, &models).into_iter().map(|one| (one.rule, one.value)).collect()
    };
    let told = |rule: &str, value: &str| vec![(format!("sns_http.{rule}"), value.to_owned())];
    assert_eq!(refused("numRetries: 100, minDelayTarget: 1, maxDelayTarget: 36"), []);
    assert_eq!(refused("numRetries: 101, minDelayTarget: 1, maxDelayTarget: 1"), told("policy_range", "101"));
    assert_eq!(refused("minDelayTarget: 0"), told("policy_range", "0s"));
    assert_eq!(refused("numRetries: 1, maxDelayTarget: 3601"), told("policy_range", "1h1s"));
    assert_eq!(refused("minDelayTarget: 30"), told("policy", "30s"));
    assert_eq!(refused("numNoDelayRetries: 4"), told("policy", "3"));
    assert_eq!(
        refused("numRetries: 100, minDelayTarget: 60, maxDelayTarget: 60"),
        told("policy", "100, with pauses of 1h40m")
    );
    assert_eq!(
        refused("numNoDelayRetries: 99999999999"),
        [told("policy_range", "99999999999"), told("policy", "3")].concat()
    );
}
