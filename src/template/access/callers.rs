//! As whom sources call, what they do to their targets, and which rule says what becomes of it where they may not.

use crate::models::{Models, RuleValue};
use crate::topology::InvocationModel;

/// What is done to the address of a function.
pub(crate) const THROUGH_ADDRESS: &str = "lambda:InvokeFunctionUrl";

/// As whom a source calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// As the service: a policy of the target has to allow that.
    Service(String),
    /// As a role that it was given.
    Role,
    /// As anybody who knows the address of the function.
    Address,
    /// As something that the template does not tell.
    Open,
}

const FUNCTION: &str = "AWS::Lambda::Function";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";

/// Types of targets with a policy that a service is named in; any other is reached by a role.
const WITH_POLICY: [&str; 3] = [FUNCTION, QUEUE, TOPIC];
/// Sources that reach functions alone as a service.
const FUNCTIONS_ALONE: [&str; 2] = ["iot", "cloudwatch_logs"];
/// Sources that call with the rights of whoever deploys, or of nobody who is known.
const UNTOLD: [&str; 4] = ["cloudformation", "custom", "sdk", "sdk_event"];
/// The source whose targets are servers of somebody's own, which no policy is about.
const WEB: &str = "sns_http";

/// The attribute of a source that tells which policies apply.
const PERMISSION: &str = "permission";
/// The attribute of a source that tells the service's name in policies.
const PRINCIPAL: &str = "principal";
/// The attribute of a source that goes by another name in policies of topics.
const TOPIC_PRINCIPAL: &str = "topic_principal";
/// The attribute of a source that a topic without a policy of its own lets in.
const DEFAULT_TOPIC_POLICY: &str = "topic_default_policy";

/// As whom a source calls a target of a type.
pub(crate) fn authority(models: &Models, source: &str, target: &str) -> Authority {
    if UNTOLD.contains(&source) || source == WEB && !WITH_POLICY.contains(&target) {
        return Authority::Open;
    }
    if source == "function_url" {
        return Authority::Address;
    }
    let by_role = word(models, source, PERMISSION).is_some_and(|word| word == "role");
    let reaches = if FUNCTIONS_ALONE.contains(&source) { &WITH_POLICY[..1] } else { &WITH_POLICY[..] };
    if by_role || !reaches.contains(&target) {
        return Authority::Role;
    }
    let own = (target == TOPIC).then(|| word(models, source, TOPIC_PRINCIPAL)).flatten();
    let named = own.map(str::to_owned).or_else(|| principal(models, source));
    named.map_or(Authority::Open, Authority::Service)
}

/// Whether a topic lets a source of its account in by the policy that AWS gives a topic without one.
pub(crate) fn is_let_in_by_default(models: &Models, source: &str, target: &str) -> bool {
    let value = models.model(source).and_then(|model| model.attributes.get(DEFAULT_TOPIC_POLICY));
    //= access.topic_default_policy
    target == TOPIC && value == Some(&RuleValue::Flag(true))
}

/// The name of a source's service in policies.
pub(crate) fn principal(models: &Models, source: &str) -> Option<String> {
    word(models, source, PRINCIPAL).map(str::to_owned)
}

fn word<'m>(models: &'m Models, source: &str, attribute: &str) -> Option<&'m str> {
    let value = models.model(source)?.attributes.get(attribute)?;
    let first = if let RuleValue::List(items) = value { items.first()? } else { value };
    if let RuleValue::Text(text) = first { Some(text) } else { None }
}

/// What is done to a target of a type: any one of these actions lets an event in.
pub(crate) fn actions(target: &str) -> &'static [&'static str] {
    TARGETS.iter().find(|(type_name, _)| *type_name == target).map_or(&[], |(_, actions)| actions)
}

/// Types of targets, and what lets an event into them.
const TARGETS: [(&str, &[&str]); 9] = [
    (FUNCTION, &["lambda:InvokeFunction"]),
    (QUEUE, &["sqs:SendMessage"]),
    (TOPIC, &["sns:Publish"]),
    ("AWS::Events::EventBus", &["events:PutEvents"]),
    ("AWS::EventsV2::EventBus", &["events:PutEvents", "events:PutRawEvents"]),
    ("AWS::S3::Bucket", &["s3:PutObject"]),
    ("AWS::StepFunctions::StateMachine", &["states:StartExecution", "states:StartSyncExecution"]),
    ("AWS::Kinesis::Stream", &["kinesis:PutRecord", "kinesis:PutRecords"]),
    ("AWS::KinesisFirehose::DeliveryStream", &["firehose:PutRecord", "firehose:PutRecordBatch"]),
];

/// What a sender to something encrypted does with the key.
pub(crate) const SENDER_KEY_ACTIONS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// The source of what has no file of its own.
const USUAL: &str = "custom";

/// The rule that says what becomes of an event that a source may not deliver.
pub(crate) fn failure(models: &Models, source: &str, model: InvocationModel) -> String {
    let slots: [&str; 2] = match model {
        InvocationModel::Sync => ["request.denied", "delivery.refused"],
        InvocationModel::Async
        | InvocationModel::Forward
        | InvocationModel::StreamPoll
        | InvocationModel::QueuePoll => ["delivery.refused", "request.denied"],
    };
    let own = slots.iter().find_map(|slot| models.rules_in(source, slot));
    rule(models, own, "delivery.refused")
}

/// The rule that says what becomes of an event that the dead-letter queue of a link does not take.
pub(crate) fn exit_failure(models: &Models, source: &str) -> String {
    rule(models, models.rules_in(source, "delivery.dead_letter_failed"), "delivery.dead_letter_failed")
}

fn rule(models: &Models, own: Option<crate::models::RuleId>, slot: &str) -> String {
    let found = own.or_else(|| models.rules_in(USUAL, slot));
    found.map_or_else(String::new, |id| models.rule(id).id.clone())
}

/// The rule that says what becomes of a call for which the caller has no right.
pub(crate) const SENDING: &str = "sdk.denied";
/// What becomes of a pipe that may not call its function.
pub(crate) const CALLING: &str = "pipes.denied";
/// What a pipe needs to read its source.
pub(crate) const PIPE_ROLE: &str = "pipes.role";
/// The rule that says what polling needs.
pub(crate) const POLLING: &str = "queue_poll.role_permissions";
/// The rule that says what reading a stream needs.
pub(crate) const STREAMING: &str = "stream_poll.role_permissions";
/// The rule that says what becomes of what a mapping's destination for failures does not take.
pub(crate) const STREAM_FAILURE: &str = "stream_poll.on_failure_failed";
/// The rule that says what becomes of what a function's dead-letter queue does not take.
pub(crate) const DEAD_LETTER: &str = "async.dead_letter_failed";
/// The rule that says what becomes of what a destination does not take.
pub(crate) const DESTINATION: &str = "async.destination_failed";
