//! What a topic, a log group or an `IoT` rule sends to.

use crate::template::Node;
use crate::template::build::context::Build;
use crate::template::build::exits::DEAD_LETTER;
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items_at, path};
use crate::topology::{LinkEnd, ResourceId};

/// The actions of an `IoT` rule that name where they send to: the action, its property, the service of bare names.
const IOT_ACTIONS: [(&str, &str, &str); 8] = [
    ("Lambda", "FunctionArn", "lambda"),
    ("Sqs", "QueueUrl", "sqs"),
    ("Sns", "TargetArn", "sns"),
    ("Kinesis", "StreamName", "kinesis"),
    ("S3", "BucketName", "s3"),
    ("Firehose", "DeliveryStreamName", "firehose"),
    ("StepFunctions", "StateMachineName", "states"),
    ("DynamoDB", "TableName", "dynamodb"),
];

impl Build<'_> {
    /// `AWS::SNS::Subscription`.
    pub(crate) fn subscription(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let Some(topic) = at(own, "TopicArn") else { return };
        let from = self.resolve(topic, "sns");
        self.subscribed(&from, own);
    }

    /// The subscriptions that stand in `AWS::SNS::Topic` itself.
    pub(crate) fn topic(&mut self, id: ResourceId, declared: &Declared) {
        for subscription in items_at(&declared.properties, "Subscription") {
            self.subscribed(&LinkEnd::Resource(id), subscription);
        }
    }

    fn subscribed(&mut self, topic: &LinkEnd, subscription: &Node) {
        let Some(endpoint) = at(subscription, "Endpoint") else { return };
        self.hop(by_id("sns"), topic, endpoint);
        if let Some(target) = path(subscription, &["RedrivePolicy", "deadLetterTargetArn"]) {
            self.exit_link(DEAD_LETTER, topic.clone(), target);
        }
    }

    /// `AWS::Logs::SubscriptionFilter`.
    pub(crate) fn log_subscription(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(group), Some(target)) = (at(own, "LogGroupName"), at(own, "DestinationArn")) else {
            return;
        };
        let from = self.resolve(group, "logs");
        self.hop(by_id("cloudwatch_logs"), &from, target);
    }

    /// `AWS::IoT::TopicRule`.
    pub(crate) fn topic_rule(&mut self, id: ResourceId, declared: &Declared) {
        let Some(payload) = at(&declared.properties, "TopicRulePayload") else { return };
        let error = at(payload, "ErrorAction").into_iter();
        for action in items_at(payload, "Actions").iter().chain(error) {
            for entry in entries(action) {
                let known = IOT_ACTIONS.iter().find(|(name, _, _)| *name == entry.key);
                let Some((_, property, service)) = known else { continue };
                let Some(target) = at(&entry.node, property) else { continue };
                if *service == "lambda" {
                    self.hop(by_id("iot"), &LinkEnd::Resource(id), target);
                } else {
                    let to = self.resolve(target, service);
                    self.forward("iot", LinkEnd::Resource(id), to, &target.place);
                }
            }
        }
    }
}
