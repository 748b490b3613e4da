//! Whoever waits to be called back: tasks for their tokens, stacks for custom resources, pipelines for their actions.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use redrive::kernel::Family;
use redrive::prelude::*;
use redrive::scenario::{Handling, PlannedFault, Then};

use crate::executions::{ALWAYS, at_first, planned, system, system_of, task, told};
use crate::time_outs::{line, slow, started};

const RETURNED: &str = "step_functions.token";
const MISSED: &str = "step_functions.no_token";
const FAILED: &str = "step_functions.execution_failed";

/// A queue whose messages are dead letters after two receives, and a function that polls it.
const QUEUE: &str = "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 2}}}
  D: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  E: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F, BatchSize: 1}}\n";

/// A state that sends its token to the queue.
fn sends(name: &str, fields: &str) -> String {
    format!(
        "          {name}: {{Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: {{QueueUrl: !Ref Q, MessageBody: {{'token.$': '$$.Task.Token'}}}}, {fields}}}\n"
    )
}

/// A state that calls a function with its token.
fn calls(name: &str, fields: &str) -> String {
    format!(
        "          {name}: {{Type: Task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: {{FunctionName: !Ref F}}, {fields}}}\n"
    )
}

/// A state that sends its token, then one that calls G; H is where errors lead.
fn waiting(fields: &str) -> Topology {
    let states = sends("A", &format!("{fields}Next: B")) + &task("B", "G", "End: true");
    let handler = if fields.contains("Next: C") { task("C", "H", "End: true") } else { String::new() };
    system(&format!("{states}{handler}{QUEUE}"))
}

fn always(then: Then) -> Vec<Handling> {
    vec![at_first("F", ALWAYS, then)]
}

/// The moment of the first line that has this in it.
fn at<'t>(text: &'t str, part: &str) -> &'t str {
    line(text, part).split_whitespace().next().unwrap()
}

//= test: step_functions.token
#[test]
fn a_task_goes_on_when_what_came_with_its_token_is_processed() {
    let text = started(&waiting(""), "M", vec![slow("F", 8)]);
    assert!(line(&text, RETURNED).contains("is called back after 8"), "{text}");
    assert!(at(&text, "G runs") >= "00:00:08.000", "{text}");
    let without = sends("A", "Next: B").replace(".waitForTaskToken", "");
    let without = system(&format!("{without}{}{QUEUE}", task("B", "G", "End: true")));
    let text = started(&without, "M", vec![slow("F", 8)]);
    assert!(at(&text, "G runs") < "00:00:01.000", "{text}");
    assert_eq!(told(&text, &[RETURNED]), Vec::<&str>::new(), "{text}");
}

//= test: step_functions.no_token
#[test]
fn a_token_that_is_lost_with_its_message_fails_the_task_at_its_time_out() {
    let ended = |fields: &str| {
        let text = started(&waiting(fields), "M", always(Then::Fails));
        let ran = ["G runs", "H runs", FAILED].map(|part| text.contains(part));
        (at(&text, MISSED).to_owned(), ran, text)
    };
    let (when, ran, text) = ended("TimeoutSeconds: 600, ");
    assert_eq!((when.as_str(), ran), ("00:10:00.000", [false, false, true]), "{text}");
    for (times, name, caught) in [
        ("TimeoutSeconds: 600, ", "States.Timeout", true),
        ("TimeoutSeconds: 600, ", "States.HeartbeatTimeout", false),
        ("HeartbeatSeconds: 300, ", "States.HeartbeatTimeout", true),
        ("TimeoutSeconds: 600, HeartbeatSeconds: 300, ", "States.Timeout", true),
        ("HeartbeatSeconds: 300, ", "Lambda.Unknown", false),
    ] {
        let (when, ran, text) = ended(&format!("{times}Catch: [{{ErrorEquals: [{name}], Next: C}}], "));
        let expected = if times.contains("Heartbeat") { "00:05:00.000" } else { "00:10:00.000" };
        assert_eq!((when.as_str(), ran), (expected, [false, caught, !caught]), "{times}{name}: {text}");
    }
}

//= test: step_functions.no_token
#[test]
fn without_a_time_out_an_execution_waits_for_its_lost_token_until_the_run_ends() {
    let text = started(&waiting(""), "M", always(Then::Fails));
    assert!(line(&text, MISSED).starts_with("15d"), "{text}");
    assert_eq!(told(&text, &[RETURNED, MISSED, FAILED]), [MISSED], "{text}");
    let fine = started(&waiting(""), "M", vec![]);
    assert_eq!(told(&fine, &[MISSED]), Vec::<&str>::new(), "{fine}");
    assert!(!fine.contains("15d"), "nobody waits: {fine}");
}

//= test: step_functions.no_token
#[test]
fn a_retrier_hands_another_token_on() {
    let retry =
        "TimeoutSeconds: 600, Retry: [{ErrorEquals: [States.Timeout], IntervalSeconds: 5, MaxAttempts: 1}], ";
    let outage = PlannedFault::Span {
        family: Family::Outage,
        target: "F".to_owned(),
        at: Duration::ZERO,
        length: Duration::from_secs(400),
        place: None,
    };
    let load = Workload::to("M").events(2).every(Duration::from_secs(1_800));
    let system = waiting(retry);
    let check = Check::new(&system).workload(load).faults(planned(vec![outage]));
    let text = check.run_seed(0).timeline();
    let rules = [MISSED, "step_functions.retry", RETURNED, FAILED];
    assert_eq!(told(&text, &rules), [MISSED, "step_functions.retry", RETURNED, RETURNED], "{text}");
    assert!(line(&text, "step_functions.retry").starts_with("00:10:05.000"), "{text}");
    assert!(text.contains("G runs"), "{text}");
    let text = started(&waiting(retry), "M", always(Then::Fails));
    assert_eq!(told(&text, &[MISSED, FAILED]), [MISSED, MISSED, FAILED], "one retry and no more: {text}");
}

//= test: step_functions.token
#[test]
fn the_token_of_an_earlier_try_is_worth_nothing() {
    let retry =
        "TimeoutSeconds: 5, Retry: [{ErrorEquals: [States.Timeout], IntervalSeconds: 1, MaxAttempts: 1}], ";
    let text = started(&waiting(retry), "M", vec![slow("F", 7)]);
    assert_eq!(told(&text, &[MISSED, RETURNED, FAILED]), [MISSED, MISSED, FAILED], "{text}");
    assert_eq!(told(&text, &["queue_poll.success_deletes"]).len(), 2, "both messages are processed: {text}");
}

//= test: step_functions.returns
#[test]
fn a_handler_that_forgets_its_token_has_processed_the_event_and_one_that_declines_fails_the_task() {
    let caught = "TimeoutSeconds: 600, Catch: [{ErrorEquals: [States.TaskFailed], Next: C}], ";
    let ended = |then| {
        let text = started(&waiting(caught), "M", always(then));
        let ran = ["F has done the work", "G runs", "H runs", FAILED].map(|part| text.contains(part));
        (told(&text, &[RETURNED, MISSED]), ran, text)
    };
    let (told, ran, text) = ended(Then::Forgets);
    assert_eq!((told.as_slice(), ran), ([MISSED].as_slice(), [true, false, false, true]), "{text}");
    let (told, ran, text) = ended(Then::Declines);
    assert_eq!((told.as_slice(), ran), ([RETURNED].as_slice(), [true, false, true, false]), "{text}");
    assert!(line(&text, RETURNED).contains("it failed"), "{text}");
}

//= test: step_functions.token
//= test: step_functions.no_token
#[test]
fn a_task_that_calls_a_function_waits_for_the_token_beyond_the_answer() {
    let ended = |fields: &str, then| {
        let states = calls("A", &format!("{fields}Next: B")) + &task("B", "G", "End: true");
        let text = started(&system(&states), "M", always(then));
        let ran = ["G runs", FAILED].map(|part| text.contains(part));
        (told(&text, &[RETURNED, MISSED]), ran, text)
    };
    let (told, ran, text) = ended("", Then::Succeeds);
    assert_eq!((told.as_slice(), ran), ([RETURNED].as_slice(), [true, false]), "{text}");
    let (told, ran, text) = ended("HeartbeatSeconds: 1000, ", Then::Forgets);
    assert_eq!((told.as_slice(), ran), ([MISSED].as_slice(), [false, true]), "{text}");
    assert!(line(&text, MISSED).starts_with("00:16:40"), "longer than any function runs: {text}");
    assert!(text.contains("state A of M sees States.HeartbeatTimeout"), "{text}");
    let (told, ran, text) = ended("", Then::Forgets);
    assert_eq!((told.as_slice(), ran), ([MISSED].as_slice(), [false, false]), "{text}");
    assert!(line(&text, MISSED).starts_with("15d"), "{text}");
    let (told, ran, text) = ended("", Then::Declines);
    assert_eq!((told.as_slice(), ran), ([RETURNED].as_slice(), [false, true]), "{text}");
    let (told, ran, text) = ended("", Then::Fails);
    assert_eq!(
        (told.as_slice(), ran),
        ([].as_slice(), [false, true]),
        "a function that fails fails the task: {text}"
    );
    let (told, ran, text) =
        ended("Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 1}], TimeoutSeconds: 30, ", Then::Forgets);
    assert_eq!((told.as_slice(), ran), ([MISSED, MISSED].as_slice(), [false, true]), "{text}");
}

/// A topic to which two functions are subscribed.
const TOPIC: &str = "  T: {Type: AWS::SNS::Topic}
  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: lambda, Endpoint: !GetAtt F.Arn}}
  U: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: lambda, Endpoint: !GetAtt H.Arn}}
  LetsF: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: sns.amazonaws.com, SourceArn: !Ref T}}\n";
const LETS_H: &str = "  LetsH: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref H, Principal: sns.amazonaws.com, SourceArn: !Ref T}}\n";

/// A state that publishes its token, then one that calls G.
fn publishes(more: &str) -> Topology {
    let publishes = "          A: {Type: Task, Resource: 'arn:aws:states:::sns:publish.waitForTaskToken', Parameters: {TopicArn: !Ref T, Message: {'token.$': '$$.Task.Token'}}, TimeoutSeconds: 600, Next: B}\n";
    system(&format!("{publishes}{}{TOPIC}{more}", task("B", "G", "End: true")))
}

//= test: step_functions.token
#[test]
fn of_two_subscribers_the_first_one_returns_the_token() {
    let text = started(&publishes(LETS_H), "M", vec![slow("F", 5), slow("H", 2)]);
    assert_eq!(told(&text, &[RETURNED, MISSED]), [RETURNED], "{text}");
    assert!(line(&text, RETURNED).contains("after 2."), "{text}");
    let text = started(&publishes(LETS_H), "M", always(Then::Forgets));
    assert_eq!(told(&text, &[RETURNED, MISSED]), [RETURNED], "the other one does: {text}");
}

#[test]
fn what_a_topic_cannot_hand_on_fails_no_execution() {
    let text = started(&publishes(""), "M", vec![slow("F", 5)]);
    assert!(text.contains("refuses"), "{text}");
    assert_eq!(told(&text, &[RETURNED, FAILED]), [RETURNED], "{text}");
    assert!(text.contains("G runs"), "{text}");
}

#[test]
fn whoever_gets_a_token_outside_the_system_returns_it_at_once() {
    let unpolled = QUEUE.lines().take(2).fold(String::new(), |all, line| all + line + "\n");
    let states = sends("A", "Next: B") + &task("B", "G", "End: true");
    let text = started(&system(&format!("{states}{unpolled}")), "M", vec![]);
    assert!(at(&text, "G runs") < "00:00:01.000", "{text}");
    assert_eq!(told(&text, &[RETURNED, MISSED]), Vec::<&str>::new(), "{text}");
}

//= test: step_functions.no_token
#[test]
fn a_token_that_a_bus_hands_on_to_nobody_is_waited_for() {
    let puts = "          A: {Type: Task, Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken', Parameters: {Entries: [{EventBusName: !Ref Bus, Source: shop, DetailType: job, Detail: {'token.$': '$$.Task.Token'}}]}, TimeoutSeconds: 600, Next: B}\n";
    let rule = |state: &str| {
        format!("  R: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref Bus, State: {state}, EventPattern: {{source: [shop]}}, Targets: [{{Id: f, Arn: !GetAtt F.Arn}}]}}}}
  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: jobs}}}}
  Lets: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref F, Principal: events.amazonaws.com, SourceArn: !GetAtt R.Arn}}}}\n")
    };
    let run = |state: &str| {
        let states = format!("{puts}{}{}", task("B", "G", "End: true"), rule(state));
        started(&system(&states), "M", vec![])
    };
    let on = run("ENABLED");
    assert_eq!(told(&on, &[RETURNED, MISSED]), [RETURNED], "{on}");
    assert!(on.contains("G runs"), "{on}");
    let off = run("DISABLED");
    assert_eq!(told(&off, &[RETURNED, MISSED, FAILED]), [MISSED, FAILED], "{off}");
}

#[test]
fn nobody_waits_for_a_token_that_its_execution_has_left_behind() {
    let branches = |after: &str| {
        format!(
            "          A:
            Type: Parallel
            Branches:
              - StartAt: L
                States:
      {}
              - {{StartAt: R, States: {{R: {{Type: Task, Resource: !GetAtt G.Arn, End: true}}}}}}
            {after}
            Next: Z
          Z: {{Type: Task, Resource: !GetAtt H.Arn, End: true}}\n{QUEUE}",
            sends("L", "TimeoutSeconds: 600, End: true").replace("          L:", "            L:"),
        )
    };
    let fails = || vec![at_first("F", ALWAYS, Then::Fails), at_first("G", 1, Then::Fails)];
    let caught = system(&branches("Catch: [{ErrorEquals: [States.ALL], Next: Z}]"));
    let text = started(&caught, "M", fails());
    assert_eq!(told(&text, &[MISSED, "step_functions.catch", FAILED]), ["step_functions.catch"], "{text}");
    assert!(text.contains("H runs"), "{text}");
    let text = started(&system(&branches("")), "M", fails());
    assert_eq!(told(&text, &[MISSED, FAILED]), [FAILED], "{text}");
    let text = started(&caught, "M", vec![at_first("F", ALWAYS, Then::Fails)]);
    assert_eq!(told(&text, &[MISSED]).len(), 1, "it was waited for: {text}");
}

//= test: step_functions.longest
#[test]
fn an_execution_that_has_lasted_too_long_waits_for_no_token_any_more() {
    let states =
        sends("A", "Catch: [{ErrorEquals: [States.ALL], Next: B}], Next: B") + &task("B", "G", "End: true");
    let system = system_of((", Timeout: 10", ""), &format!("{states}        TimeoutSeconds: 900\n{QUEUE}"));
    let text = started(&system, "M", always(Then::Fails));
    assert!(line(&text, "step_functions.longest").starts_with("00:15:00.000"), "{text}");
    assert!(!text.contains("G runs"), "{text}");
    let ends = told(&text, &[MISSED, "step_functions.longest"]);
    assert_eq!(ends, ["step_functions.longest"], "{text}");
}

/// What becomes of one change of a custom resource.
fn changed(fields: &str, then: Then) -> String {
    let resource =
        format!("  Thing: {{Type: 'Custom::Thing', Properties: {{ServiceToken: !GetAtt F.Arn{fields}}}}}\n");
    started(&system(&(task("A", "G", "End: true") + &resource)), "Thing", always(then))
}

//= test: cloudformation.called_back
//= test: cloudformation.unanswered
#[test]
fn a_stack_waits_for_the_answer_of_a_custom_resource_until_its_service_time_out() {
    const RULES: [&str; 2] = ["cloudformation.called_back", "cloudformation.unanswered"];
    let answered = changed("", Then::Succeeds);
    assert_eq!(told(&answered, &RULES), ["cloudformation.called_back"], "{answered}");
    for (fields, until) in [("", "01:00:00.000"), (", ServiceTimeout: 300", "00:05:00.000")] {
        for then in [Then::Fails, Then::Forgets] {
            let text = changed(fields, then);
            assert_eq!(told(&text, &RULES)[0], "cloudformation.unanswered", "{text}");
            assert!(line(&text, RULES[1]).starts_with(until), "{text}");
        }
    }
    let declined = changed("", Then::Declines);
    assert!(line(&declined, RULES[0]).contains("it failed"), "{declined}");
    assert_eq!(told(&declined, &["async.dequeue"]).len(), 1, "it ran once: {declined}");
}

/// What becomes of one action of a pipeline.
fn action(then: Then) -> String {
    let pipeline = "  P: {Type: AWS::CodePipeline::Pipeline, Properties: {RoleArn: r, Stages: [{Name: V, Actions: [{Name: S, ActionTypeId: {Category: Invoke, Owner: AWS, Provider: Lambda, Version: '1'}, Configuration: {FunctionName: !Ref F}}]}]}}\n";
    started(&system(&(task("A", "G", "End: true") + pipeline)), "P", always(then))
}

//= test: codepipeline.called_back
//= test: codepipeline.unreported
#[test]
fn an_action_whose_function_reports_nothing_fails_after_twenty_minutes() {
    const RULES: [&str; 2] = ["codepipeline.called_back", "codepipeline.unreported"];
    assert_eq!(told(&action(Then::Succeeds), &RULES), [RULES[0]]);
    let forgotten = action(Then::Forgets);
    assert!(forgotten.contains("F returns"), "Lambda takes it for a success: {forgotten}");
    assert!(line(&forgotten, RULES[1]).starts_with("00:20:00.000"), "{forgotten}");
}
