//! Events that functions send to where their own events come from: what Lambda stops, and where a run ends the rest.

use redrive::guarantee::{Cut, no_loop};
use redrive::prelude::*;
use redrive::scenario::{Emission, Handling, Per, Scenario};

use crate::networks::MODELS;
use crate::push_pitfalls::{count, one_event, topology};

const CODE: &str = "Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10";
const DEAD: &str = "  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}\n";

fn function(name: &str, more: &str, event: &str) -> String {
    format!(
        "  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{{CODE}, {more}Events: {{E: {event}}}}}\n"
    )
}

/// A function behind a topic, which keeps what it cannot deliver.
fn behind_topic(more: &str) -> String {
    let dead = "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}, ";
    let event = "{Type: SNS, Properties: {Topic: !Ref T}}";
    format!("{DEAD}  T: {{Type: AWS::SNS::Topic}}\n{}", function("F", &format!("{dead}{more}"), event))
}

fn behind_bus() -> String {
    let event =
        "{Type: EventBridgeRule, Properties: {EventBusName: !Ref B, Pattern: {account: [{exists: true}]}}}";
    format!("  B: {{Type: AWS::Events::EventBus, Properties: {{Name: b}}}}\n{}", function("F", "", event))
}

fn behind_queue() -> String {
    let redrive = "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}";
    let event = "{Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 1}}";
    format!(
        "{DEAD}  Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60, {redrive}}}}}\n{}",
        function("F", "", event)
    )
}

fn sends(function: &str, to: &str, count: u32) -> Handling {
    let emission = Emission { to: to.to_owned(), count, per: Per::Event, body: None, place: None };
    Handling { function: function.to_owned(), emits: vec![emission], ..Handling::default() }
}

/// What one event sets going that each function hands on as stated.
fn run(resources: &str, to: &str, sending: &[(&str, &str, u32)]) -> String {
    let topology = topology(resources);
    let check = one_event(&topology, to, Faults::none());
    let sending = sending.iter().map(|(function, to, count)| sends(function, to, *count));
    sending.fold(check, Check::handling).run_seed(0).timeline()
}

const ENDS: [&str; 4] = ["async.success", "async.recursion", "queue_poll.recursion", "profile.rounds"];

//= test: function.recursion
//= test: async.recursion
#[test]
fn a_chain_through_a_topic_is_stopped_after_16_runs_and_left_to_the_dead_letter_queue() {
    let text = run(&behind_topic(""), "T", &[("F", "T", 1)]);
    assert_eq!(count(&text, ENDS), [16, 1, 0, 0], "{text}");
    assert_eq!(text.matches("goes to Dead").count(), 1, "{text}");
    let once = run(&behind_topic(""), "T", &[]);
    assert_eq!(count(&once, ENDS), [1, 0, 0, 0], "{once}");
}

//= test: async.recursion
#[test]
fn a_stopped_event_without_a_way_out_is_gone() {
    let without = behind_topic("").replace("DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}, ", "");
    let text = run(&without, "T", &[("F", "T", 1)]);
    assert_eq!(count(&text, ["async.recursion", "async.dropped"]), [1, 1], "{text}");
}

#[test]
fn a_loop_that_is_allowed_ends_only_because_the_run_ends_it() {
    let text = run(&behind_topic("RecursiveLoop: Allow, "), "T", &[("F", "T", 1)]);
    assert_eq!(count(&text, ENDS), [25, 0, 0, 1], "24 rounds: {text}");
    assert!(text.contains("what F sends for it is left out"), "{text}");
}

//= test: function.recursion_scope
#[test]
fn lambda_does_not_see_a_chain_that_leads_through_a_bus() {
    let text = run(&behind_bus(), "B", &[("F", "B", 1)]);
    assert_eq!(count(&text, ENDS), [25, 0, 0, 1], "{text}");
}

//= test: queue_poll.recursion
#[test]
fn a_message_of_a_chain_that_is_stopped_is_refused_at_each_receive_until_it_is_redriven() {
    let text = run(&behind_queue(), "Q", &[("F", "Q", 1)]);
    let seen =
        count(&text, ["queue_poll.success_deletes", "queue_poll.recursion", "queue.redrive_on_receive"]);
    assert_eq!(seen, [16, 3, 1], "{text}");
}

#[test]
fn what_is_sent_twice_for_each_event_ends_with_the_events_of_a_run() {
    let text = run(&behind_topic("RecursiveLoop: Allow, "), "T", &[("F", "T", 2)]);
    let [done, bound] = count(&text, ["async.success", "profile.rounds"]);
    assert_eq!((done, bound > 1), (1_001, true), "a thousand and the first one");
}

#[test]
fn each_function_on_a_circle_runs_16_times() {
    let second = function("G", "", "{Type: SNS, Properties: {Topic: !Ref U}}");
    let both = format!("{}  U: {{Type: AWS::SNS::Topic}}\n{second}", behind_topic(""));
    let text = run(&both, "T", &[("F", "U", 1), ("G", "T", 1)]);
    assert_eq!(count(&text, ENDS), [32, 1, 0, 0], "{text}");
}

#[test]
fn other_events_of_the_function_are_not_stopped() {
    let topology = topology(&behind_topic(""));
    let load = Workload::to("T").events(2).every(Duration::from_secs(3_600));
    let check = Check::new(&topology).workload(load).faults(Faults::none()).handling(sends("F", "T", 1));
    let text = check.run_seed(0).timeline();
    assert_eq!(count(&text, ENDS), [32, 2, 0, 0], "{text}");
}

#[test]
fn what_a_template_only_shows_is_judged_and_not_sent_round() {
    let role = "Environment: {Variables: {T: !Ref T}}, Policies: [{Statement: [{Effect: Allow, Action: 'sns:Publish', Resource: !Ref T}]}], ";
    let shown = behind_topic(role);
    let topology = topology(&shown);
    let loops = no_loop(&topology, &Scenario::default(), &MODELS);
    assert_eq!(loops.circles.iter().map(|circle| circle.cut.clone()).collect::<Vec<_>>(), [Cut::After(16)]);
    let text = run(&shown, "T", &[]);
    assert_eq!(count(&text, ENDS), [1, 0, 0, 0], "{text}");
    let text = run(&shown, "T", &[("F", "T", 1)]);
    assert_eq!(count(&text, ENDS), [16, 1, 0, 0], "{text}");
}

#[test]
fn who_loses_what_a_stopped_chain_carries_is_told_by_the_rule_that_stopped_it() {
    let without = behind_topic("").replace("DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}, ", "");
    let topology = topology(&without);
    let outcome = one_event(&topology, "T", Faults::none())
        .handling(sends("F", "T", 1))
        .guarantee(no_loss())
        .seeds(0..4)
        .run();
    let told: Vec<&str> = outcome.failures().iter().map(|failure| failure.story()).collect();
    assert!(told.iter().any(|story| story.contains("async.recursion")), "{told:?}");
}
