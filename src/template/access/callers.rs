//! As whom sources call, what they do to their targets, and which rule says what becomes of it where they may not.

use crate::template::build::sources::by_id;

/// As whom a source calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// As the service: a policy of the target has to allow that.
    Service(&'static str),
    /// As a role that it was given.
    Role,
    /// As anybody who knows the address of the function.
    Address,
    /// As something that the template does not tell.
    Open,
}

/// Sources that act as a role, whatever they call.
const BY_ROLE: [&str; 6] = ["scheduler", "pipes", "step_functions", "appsync", "firehose", "codepipeline"];
/// Sources that call as a service only these types of targets, and all others as a role.
const AS_SERVICE: [&str; 3] = [FUNCTION, QUEUE, TOPIC];

const FUNCTION: &str = "AWS::Lambda::Function";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";

/// As whom a source calls a target of a type.
pub(crate) fn authority(source: &str, target: &str) -> Authority {
    if BY_ROLE.contains(&source) {
        return Authority::Role;
    }
    match source {
        "function_url" => Authority::Address,
        "cloudformation" | "custom" => Authority::Open,
        "eventbridge" | "schedule" | "s3" | "sns" if !AS_SERVICE.contains(&target) => Authority::Role,
        "iot" | "cloudwatch_logs" if target != FUNCTION => Authority::Role,
        _ => by_id(source).principals.first().map_or(Authority::Open, |one| Authority::Service(one)),
    }
}

/// What is done to a target of a type: any one of these actions lets an event in.
pub(crate) fn actions(target: &str) -> &'static [&'static str] {
    TARGETS.iter().find(|(type_name, _)| *type_name == target).map_or(&[], |(_, actions)| actions)
}

/// Types of targets, and what lets an event into them.
const TARGETS: [(&str, &[&str]); 8] = [
    (FUNCTION, &["lambda:InvokeFunction"]),
    (QUEUE, &["sqs:SendMessage"]),
    (TOPIC, &["sns:Publish"]),
    ("AWS::Events::EventBus", &["events:PutEvents"]),
    ("AWS::S3::Bucket", &["s3:PutObject"]),
    ("AWS::StepFunctions::StateMachine", &["states:StartExecution", "states:StartSyncExecution"]),
    ("AWS::Kinesis::Stream", &["kinesis:PutRecord", "kinesis:PutRecords"]),
    ("AWS::KinesisFirehose::DeliveryStream", &["firehose:PutRecord", "firehose:PutRecordBatch"]),
];

/// What a sender to something encrypted does with the key.
pub(crate) const SENDER_KEY_ACTIONS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// The rule that says what becomes of events of a source that may not deliver them.
pub(crate) fn failure(source: &str) -> &'static str {
    FAILURES.iter().find(|(id, _)| *id == source).map_or("access.denied", |(_, rule)| rule)
}

const FAILURES: [(&str, &str); 22] = [
    ("s3", "access.denied_s3"),
    ("sns", "access.denied_sns"),
    ("eventbridge", "access.denied_rule"),
    ("schedule", "access.denied_rule"),
    ("scheduler", "access.denied_scheduler"),
    ("cloudwatch_logs", "access.denied_logs"),
    ("cloudwatch_alarm", "access.denied_alarm"),
    ("iot", "access.denied_iot"),
    ("api_gateway", "access.denied_api"),
    ("http_api", "access.denied_api"),
    ("websocket_api", "access.denied_api"),
    ("alb", "access.denied_load_balancer"),
    ("function_url", "access.denied_address"),
    ("lex", "access.denied_lex"),
    ("step_functions", "access.denied_state_machine"),
    ("sdk", "access.denied_caller"),
    ("sqs", "queue_poll.role_permissions"),
    ("dead_letter_queue", "access.denied_function_dead_letter"),
    ("on_failure", "access.denied_destination"),
    ("on_success", "access.denied_destination"),
    ("sns exit", "access.denied_sns_dead_letter"),
    ("rule exit", "access.denied_rule_dead_letter"),
];
