//! What AWS refuses of links that push, of their dead-letter queues and of a function's destinations.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{Refusal, refusals};

const COMMON: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  D: {Type: AWS::SQS::Queue}
  O: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, QueueName: o.fifo}}
  T: {Type: AWS::SNS::Topic}
  TF: {Type: AWS::SNS::Topic, Properties: {FifoTopic: true, TopicName: t.fifo}}
  B: {Type: AWS::S3::Bucket}
";

fn refused(resources: &str) -> Vec<Refusal> {
    let models = Models::embedded().expect("the embedded models load");
    let template = format!("{COMMON}{resources}\n");
    let imported = import_text(Path::new("push.yaml"), &template, &ImportOptions::with_stand_ins(), &models);
    let topology = imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics));
    refusals(&topology, &models)
}

/// Exactly this rule refuses, with this in what it would accept.
fn check(resources: &str, rule: &str, allowed: &str) {
    let found = refused(resources);
    let rules: Vec<&str> = found.iter().map(|refusal| refusal.rule.as_str()).collect();
    assert_eq!(rules, [rule], "{resources}\n{found:?}");
    assert!(found[0].allowed.contains(allowed), "{:?}", found[0]);
    assert!(found[0].place.is_some() && !found[0].message.is_empty(), "{:?}", found[0]);
}

fn rule_with(target: &str) -> String {
    format!(
        "  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [a]}}, Targets: [{{Id: t, Arn: !GetAtt F.Arn, {target}}}]}}}}"
    )
}

fn schedule_with(target: &str) -> String {
    format!(
        "  S: {{Type: AWS::Scheduler::Schedule, Properties: {{ScheduleExpression: rate(1 hour), FlexibleTimeWindow: {{Mode: 'OFF'}}, Target: {{Arn: !GetAtt F.Arn, RoleArn: r, {target}}}}}}}"
    )
}

fn config_with(properties: &str) -> String {
    format!(
        "  C: {{Type: AWS::Lambda::EventInvokeConfig, Properties: {{FunctionName: !Ref F, Qualifier: $LATEST, {properties}}}}}"
    )
}

fn subscription(topic: &str, rest: &str) -> String {
    format!("  U: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref {topic}, {rest}}}}}")
}

const TO_FUNCTION: &str = "Protocol: lambda, Endpoint: !GetAtt F.Arn";

//= test: eventbridge.attempts_range
//= test: eventbridge.age_range
//= test: scheduler.attempts_range
//= test: scheduler.age_range
#[test]
fn a_retry_policy_outside_its_range_is_refused() {
    check(&rule_with("RetryPolicy: {MaximumRetryAttempts: 186}"), "eventbridge.attempts_range", "0 to 185");
    check(&rule_with("RetryPolicy: {MaximumEventAgeInSeconds: 59}"), "eventbridge.age_range", "1m to");
    check(&schedule_with("RetryPolicy: {MaximumRetryAttempts: 500}"), "scheduler.attempts_range", "0 to 185");
    check(&schedule_with("RetryPolicy: {MaximumEventAgeInSeconds: 86401}"), "scheduler.age_range", "1m to");
    let fine = "RetryPolicy: {MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 60}";
    assert_eq!(refused(&rule_with(fine)), []);
    assert_eq!(refused(&schedule_with(fine)), []);
}

//= test: eventbridge.dead_letter_standard
//= test: scheduler.dead_letter_standard
//= test: sns.dead_letter_same_place
//= test: sns_fifo.dead_letter_fifo
#[test]
fn a_dead_letter_queue_has_an_order_where_its_source_has_one_and_none_elsewhere() {
    let rule = "eventbridge.dead_letter_standard";
    check(&rule_with("DeadLetterConfig: {Arn: !GetAtt O.Arn}"), rule, "standard");
    let rule = "scheduler.dead_letter_standard";
    check(&schedule_with("DeadLetterConfig: {Arn: !GetAtt O.Arn}"), rule, "standard");
    let letters = |queue: &str| format!("RedrivePolicy: {{deadLetterTargetArn: !GetAtt {queue}.Arn}}");
    let rest = format!("{TO_FUNCTION}, {}", letters("O"));
    check(&subscription("T", &rest), "sns.dead_letter_same_place", "standard");
    let rest = format!("Protocol: sqs, Endpoint: !GetAtt O.Arn, {}", letters("D"));
    check(&subscription("TF", &rest), "sns_fifo.dead_letter_fifo", "FIFO");
    assert_eq!(refused(&rule_with("DeadLetterConfig: {Arn: !GetAtt D.Arn}")), []);
    assert_eq!(refused(&subscription("T", &format!("{TO_FUNCTION}, {}", letters("D")))), []);
}

//= test: sns.no_fifo_queue
//= test: sns.no_raw_to_lambda
//= test: sns_fifo.no_lambda
//= test: s3.no_fifo
#[test]
fn a_source_delivers_only_to_what_aws_lets_it() {
    let to_ordered = "Protocol: sqs, Endpoint: !GetAtt O.Arn";
    check(&subscription("T", to_ordered), "sns.no_fifo_queue", "a standard queue");
    assert_eq!(refused(&subscription("TF", to_ordered)), []);
    let raw = format!("{TO_FUNCTION}, RawMessageDelivery: true");
    check(&subscription("T", &raw), "sns.no_raw_to_lambda", "false");
    check(&subscription("TF", TO_FUNCTION), "sns_fifo.no_lambda", "a queue");
    assert_eq!(refused(&subscription("T", TO_FUNCTION)), []);
    let bucket = |queue: &str| {
        format!(
            "  P: {{Type: AWS::S3::Bucket, Properties: {{NotificationConfiguration: {{QueueConfigurations: [{{Event: 's3:ObjectCreated:*', Queue: !GetAtt {queue}.Arn}}]}}}}}}"
        )
    };
    check(&bucket("O"), "s3.no_fifo", "without order");
    assert_eq!(refused(&bucket("D")), []);
}

//= test: eventbridge.five_targets
#[test]
fn a_rule_has_at_most_five_targets() {
    let rule = |count: u32| {
        let target = |index| format!("{{Id: t{index}, Arn: !GetAtt F.Arn, Input: '{index}'}}");
        let targets: Vec<String> = (0..count).map(target).collect();
        let targets = targets.join(", ");
        format!(
            "  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [a]}}, Targets: [{targets}]}}}}"
        )
    };
    check(&rule(6), "eventbridge.five_targets", "at most 5");
    assert_eq!(refused(&rule(5)), []);
}

//= test: async.attempts_range
//= test: async.age_range
//= test: async.own_destination
//= test: async.bucket_for_failures
#[test]
fn an_invoke_configuration_outside_what_aws_takes_is_refused() {
    check(&config_with("MaximumRetryAttempts: 3"), "async.attempts_range", "0 to 2");
    check(&config_with("MaximumEventAgeInSeconds: 59"), "async.age_range", "1m to 6h");
    let exit = |when: &str, to: &str| {
        config_with(&format!("DestinationConfig: {{{when}: {{Destination: !GetAtt {to}.Arn}}}}"))
    };
    check(&exit("OnFailure", "F"), "async.own_destination", "another function");
    check(&exit("OnSuccess", "F"), "async.own_destination", "another function");
    check(&exit("OnSuccess", "B"), "async.bucket_for_failures", "queue");
    assert_eq!(refused(&exit("OnFailure", "B")), []);
    assert_eq!(refused(&exit("OnSuccess", "D")), []);
}
