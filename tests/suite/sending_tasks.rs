//! State machines whose tasks hand something on, to a queue, a topic, a bus or a function that nobody waits for, in runs: what
//! comes after it, and what becomes of it where it is not taken.

use redrive::prelude::*;
use redrive::scenario::PlannedFault;

use crate::executions::{planned, told};
use crate::push_pitfalls::{count, topology};

const FUNCTION: &str = "Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, InlineCode: x, Timeout: 20";

/// A machine that puts what it gets into a queue, with more fields of that state, and then calls Pay.
fn puts(fields: &str, more: &str) -> Topology {
    shop(
        &format!(
            "          Put: {{Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: {{QueueUrl: !Ref Orders, MessageBody.$: $}}, {fields}Next: Pay}}\n{more}",
        ),
        "Put",
    )
}

/// A machine with these states before one that calls Pay.
fn shop(states: &str, start: &str) -> Topology {
    topology(&format!(
        "  Orders: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 180}}}}
  News: {{Type: AWS::SNS::Topic}}
  Work: {{{FUNCTION}, Events: {{Q: {{Type: SQS, Properties: {{Queue: !GetAtt Orders.Arn}}}}}}}}}}
  Tell: {{{FUNCTION}, Events: {{N: {{Type: SNS, Properties: {{Topic: !Ref News, FilterPolicyScope: MessageBody, FilterPolicy: {{kind: [big]}}}}}}}}}}}}
  Pay: {{{FUNCTION}}}}}
  Mend: {{{FUNCTION}}}}}
  Shop:
    Type: AWS::Serverless::StateMachine
    Properties:
      Policies:
        - SQSSendMessagePolicy: {{QueueName: !GetAtt Orders.QueueName}}
        - SNSPublishMessagePolicy: {{TopicName: !GetAtt News.TopicName}}
        - LambdaInvokePolicy: {{FunctionName: !Ref Pay}}
        - LambdaInvokePolicy: {{FunctionName: !Ref Mend}}
      Definition:
        StartAt: {start}
        States:
{states}          Pay: {{Type: Task, Resource: !GetAtt Pay.Arn, End: true}}
"
    ))
}

/// One execution with this input, while what is named refuses everything for so many seconds.
fn run(system: &Topology, body: &str, (refusing, seconds): (&str, u64)) -> String {
    let load = Workload::to("Shop").message(Duration::from_secs(1), body);
    let (family, target, length) = (Family::ServiceError, refusing.to_owned(), Duration::from_secs(seconds));
    let at = Duration::ZERO;
    let faults = planned(vec![PlannedFault::Span { family, target, at, length, place: None }]);
    let text = Check::new(system).workload(load).faults(faults).run_seed(0).timeline();
    text.lines()
        .filter(|line| line.contains("Shop") || line.contains("runs with"))
        .map(|line| line.to_owned() + "\n")
        .collect()
}

const RETRY: &str = "Retry: [{ErrorEquals: [States.TaskFailed], IntervalSeconds: 60, MaxAttempts: 3}], ";
const NEVER: (&str, u64) = ("Pay", 0);
const ALL: [&str; 4] =
    ["queue.accepts", "step_functions.retry", "sync.invoke", "step_functions.execution_failed"];

#[test]
fn what_a_task_hands_on_comes_before_the_next_state() {
    let text = run(&puts("", ""), "{}", NEVER);
    assert_eq!(told(&text, &ALL), ["queue.accepts", "sync.invoke"], "{text}");
}

//= test: step_functions.retry
#[test]
fn a_task_whose_queue_does_not_answer_is_tried_again_as_its_state_says() {
    let mended = run(&puts(RETRY, ""), "{}", ("Orders", 90));
    let again = "step_functions.retry";
    assert_eq!(told(&mended, &ALL), [again, again, "queue.accepts", "sync.invoke"], "{mended}");
    assert!(mended.contains("again in 1m") && mended.contains("again in 2m"), "{mended}");
    let never = run(&puts(RETRY, ""), "{}", ("Orders", 10_000));
    let failed = "step_functions.execution_failed";
    assert_eq!(told(&never, &ALL), [again, again, again, again, failed], "{never}");
    assert!(never.contains("state Put of Shop knows that Shop.0 failed"), "{never}");
}

//= test: step_functions.execution_failed
#[test]
fn without_a_retrier_the_execution_ends_where_it_could_not_hand_on() {
    let text = run(&puts("", ""), "{}", ("Orders", 5));
    assert_eq!(count(&text, ["queue.accepts", "sync.invoke", "step_functions.execution_failed"]), [0, 0, 1]);
}

//= test: step_functions.catch
#[test]
fn an_error_of_a_queue_leads_where_its_catcher_says() {
    let mend = "          Mend: {Type: Task, Resource: !GetAtt Mend.Arn, End: true}\n";
    let catches = |error: &str| {
        let text = run(
            &puts(&format!("Catch: [{{ErrorEquals: [{error}], Next: Mend}}], "), mend),
            "{}",
            ("Orders", 5),
        );
        (text.contains("Mend runs with"), text.contains("Pay runs with"), text)
    };
    for (error, is_caught) in [
        ("States.ALL", true),
        ("States.TaskFailed", true),
        ("States.Timeout", false),
        ("Lambda.ServiceException", false),
    ] {
        let (mended, paid, text) = catches(error);
        assert_eq!((mended, paid), (is_caught, false), "{error}: {text}");
    }
}

//= test: step_functions.class
#[test]
fn whether_a_name_of_another_service_is_the_one_that_a_catcher_lists_is_open() {
    let mend = "          Mend: {Type: Task, Resource: !GetAtt Mend.Arn, End: true}\n";
    let system = puts("Catch: [{ErrorEquals: [SQS.AmazonSQSException], Next: Mend}], ", mend);
    let load = || Workload::to("Shop").message(Duration::from_secs(1), "{}");
    let fault = || PlannedFault::Span {
        family: Family::ServiceError,
        target: "Orders".to_owned(),
        at: Duration::ZERO,
        length: Duration::from_secs(5),
        place: None,
    };
    let faults = || FaultPlan { planned: vec![fault()], ..Faults::only([Family::Unspecified]) };
    let mended = |seed| {
        let text = Check::new(&system).workload(load()).faults(faults()).run_seed(seed).timeline();
        text.contains("Mend runs with")
    };
    let caught = (0..48).filter(|seed| mended(*seed)).count();
    assert!(caught > 0 && caught < 48, "{caught}");
}

#[test]
fn what_nobody_behind_a_topic_wants_holds_up_no_execution() {
    let says = "          Say: {Type: Task, Resource: 'arn:aws:states:::sns:publish', Parameters: {TopicArn: !Ref News, Message.$: $}, Next: Pay}\n";
    let system = shop(says, "Say");
    for (body, is_told) in [(r#"{"kind": "big"}"#, true), (r#"{"kind": "small"}"#, false)] {
        let text = run(&system, body, NEVER);
        assert_eq!(
            (text.contains("Tell runs with"), text.contains("Pay runs with")),
            (is_told, true),
            "{text}"
        );
    }
}

//= test: step_functions.next
#[test]
fn a_rule_that_is_switched_off_holds_up_no_execution() {
    let system = |state: &str| {
        topology(&format!(
            "  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}
  Rule: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref Bus, State: {state}, EventPattern: {{source: [shop]}}, Targets: [{{Id: t, Arn: !GetAtt Tell.Arn}}]}}}}
  Lets: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Tell, Principal: events.amazonaws.com}}}}
  Tell: {{{FUNCTION}}}}}
  Pay: {{{FUNCTION}}}}}
  Shop:
    Type: AWS::Serverless::StateMachine
    Properties:
      Policies: [EventBridgePutEventsPolicy: {{EventBusName: !Ref Bus}}, LambdaInvokePolicy: {{FunctionName: !Ref Pay}}]
      Definition:
        StartAt: Wait
        States:
          Wait: {{Type: Task, Resource: !GetAtt Pay.Arn, Next: Say}}
          Say: {{Type: Task, Resource: 'arn:aws:states:::events:putEvents', Parameters: {{Entries: [{{EventBusName: !Ref Bus, Source: shop, DetailType: a, Detail.$: $}}]}}, Next: Pay}}
          Pay: {{Type: Task, Resource: !GetAtt Pay.Arn, End: true}}
"
        ))
    };
    for (state, told) in [("ENABLED", true), ("DISABLED", false)] {
        let text = run(&system(state), "{}", NEVER);
        assert_eq!(
            (text.contains("Tell runs with"), text.matches("Pay runs with").count()),
            (told, 2),
            "{text}"
        );
        let begun = usize::from(told) + 1;
        assert_eq!(count(&text, ["step_functions.publish", "step_functions.next"]), [1, begun], "{text}");
    }
}

#[test]
fn a_function_that_nobody_waits_for_is_handed_its_event_before_the_next_state() {
    let sends = |retry: &str| {
        format!(
            "          Send: {{Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: {{FunctionName: !Ref Mend, InvocationType: Event, Payload.$: $}}, {retry}Next: Pay}}\n"
        )
    };
    let once = run(&shop(&sends(""), "Send"), "{}", ("Mend", 5));
    assert_eq!(
        count(&once, ["async.accept", "sync.invoke", "step_functions.execution_failed"]),
        [0, 0, 1],
        "{once}"
    );
    let names = "Retry: [{ErrorEquals: [Lambda.ServiceException], IntervalSeconds: 60}], ";
    let again = run(&shop(&sends(names), "Send"), "{}", ("Mend", 5));
    assert_eq!(
        count(&again, ["async.accept", "sync.invoke", "step_functions.execution_failed"]),
        [1, 1, 0],
        "{again}"
    );
}
