//! Buses: the custom event bus of 2026, whose subscribers try for minutes where rules of the classic bus try for a day.

use redrive::topology::{Permitted, RightOf};

use super::*;

/// A bus, and a subscriber of it that calls a function; more properties of both.
fn subscribed(function: &str, invoke: &str, more: &str) -> String {
    format!(
        "{FAILED}  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 20{function}}}}}
  Bus: {{Type: AWS::EventsV2::EventBus, Properties: {{Name: shop}}}}
  S:
    Type: AWS::EventsV2::Subscriber
    Properties:
      Name: fulfil
      EventBusArn: !GetAtt Bus.Arn
      InvokeConfiguration: {{TargetArn: !GetAtt F.Arn, RoleArn: !GetAtt R.Arn{invoke}}}
{more}"
    )
}

/// The role of the subscriber, with a right to this.
fn role(actions: &str) -> String {
    format!(
        "  R: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: events.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}, Policies: [{{PolicyName: own, PolicyDocument: {{Statement: [{{Effect: Allow, Action: [{actions}], Resource: '*'}}]}}}}]}}}}\n"
    )
}

const RIGHTS: &str = "'lambda:InvokeFunction', 'sqs:SendMessage'";
/// What makes a subscriber wait for its function.
pub(crate) const WAITING: &str = ", LambdaParameters: {InvocationType: REQUEST_RESPONSE}";
const LETTERS: &str = "      OnFailureConfiguration: {Arn: !GetAtt Failed.Arn}\n";

/// A bus and its subscriber with a role that may do all it needs.
pub(crate) fn with(function: &str, invoke: &str, more: &str) -> String {
    subscribed(function, invoke, more) + &role(RIGHTS)
}

//= test: event_bus_custom.retry
#[test]
fn a_subscriber_of_the_custom_bus_tries_for_five_minutes_where_a_rule_tries_for_a_day() {
    let day = "      RetryPolicy: {MaxRetryAttempts: 185, MaxEventAgeInSeconds: 86400}\n";
    check_pair(Pair {
        broken: &with(", ReservedConcurrentExecutions: 5", "", ""),
        mended: &with(", ReservedConcurrentExecutions: 5", "", day),
        guarantee: GuaranteeName::NoLoss,
        at: "S->F",
        suffices: &[],
        faults: span(Family::ServiceError, "F", Duration::from_secs(1_200)),
    });
}

//= test: event_bus_custom.request_retry
//= test: event_bus_custom.failed
//= test: event_bus_custom.given_up
#[test]
fn a_subscriber_that_waits_tries_a_function_that_fails_again_and_then_gives_up() {
    let rules = ["sync.invoke", "event_bus_custom.request_retry", "event_bus_custom.dropped"];
    let run = |invoke: &str, more: &str| {
        one_event(&topology(&with("", invoke, more)), "Bus", poison("Bus")).run_seed(0)
    };
    let lost = run(WAITING, "").timeline();
    assert_eq!(count(&lost, rules)[..2], [6, 5], "{lost}");
    assert!(lost.contains("is lost") && count(&lost, rules)[2] > 0, "{lost}");
    let kept = run(WAITING, LETTERS);
    assert_eq!(kept.contents("Failed").len(), 1, "{}", kept.timeline());
    let once = run(WAITING, "      RetryPolicy: {MaxRetryAttempts: 1}\n").timeline();
    assert_eq!(count(&once, rules)[..2], [2, 1], "{once}");
    let short =
        run(WAITING, "      RetryPolicy: {MaxRetryAttempts: 9, MaxEventAgeInSeconds: 60}\n").timeline();
    assert_eq!(count(&short, rules)[1], 2, "ten, twenty and forty seconds are more than a minute: {short}");
    let nobody_waits = run("", LETTERS);
    assert_eq!(
        nobody_waits.contents("Failed").len(),
        0,
        "the queue of a subscriber never sees what the function fails at"
    );
}

//= test: event_bus_custom.timeout
//= test: event_bus_custom.gave_up
#[test]
fn a_subscriber_that_stops_waiting_runs_a_slow_function_again_meanwhile() {
    let waits = |seconds: u32| {
        format!(
            ", LambdaParameters: {{InvocationType: REQUEST_RESPONSE, InvocationTimeoutSeconds: {seconds}}}"
        )
    };
    check_pair(Pair {
        broken: &with("", &waits(5), ""),
        mended: &with("", &waits(30), ""),
        guarantee: GuaranteeName::NoNeedlessRedelivery,
        at: "S->F",
        suffices: &[Family::Slow],
        faults: Faults::swarm(),
    });
}

//= test: event_bus_custom.refused
//= test: event_bus_custom.dead_letter
//= test: event_bus_custom.dead_letter_failed
#[test]
fn a_subscriber_acts_with_its_role_and_tries_again_even_where_that_may_not() {
    let rights = |actions: &str| {
        let topology = topology(&(subscribed("", "", LETTERS) + &role(actions)));
        let of = |of: RightOf| {
            let mut found = topology.rights.iter().filter(|right| right.of == of && right.to != "S");
            found.next().map(|right| right.permitted).unwrap()
        };
        (of(RightOf::Link), of(RightOf::Exit))
    };
    assert_eq!(rights(RIGHTS), (Permitted::Granted, Permitted::Granted));
    assert_eq!(rights("'sqs:SendMessage'"), (Permitted::Denied, Permitted::Granted));
    let run = |actions: &str| {
        let topology = topology(&(subscribed("", "", LETTERS) + &role(actions)));
        one_event(&topology, "Bus", Faults::none()).run_seed(0)
    };
    let rules = ["event_bus_custom.retry", "event_bus_custom.refused", "event_bus_custom.dead_letter"];
    let refused = run("'sqs:SendMessage'");
    let text = refused.timeline();
    assert_eq!(count(&text, rules)[..2], [6, 0], "{text}");
    assert_eq!(refused.contents("Failed").len(), 1, "{text}");
    let lost = run("'sns:Publish'").timeline();
    assert!(count(&lost, ["event_bus_custom.dead_letter_failed"])[0] > 0, "{lost}");
}
