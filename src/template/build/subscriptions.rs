//! What a topic, a log group or an `IoT` rule sends to.

use crate::pattern::Dialect;
use crate::template::Node;
use crate::template::Value;
use crate::template::build::channels::channel;
use crate::template::build::context::{Build, FUNCTION, QUEUE};
use crate::template::build::deliver::Hop;
use crate::template::build::json_map;
use crate::template::build::setting::{flag, origin};
use crate::template::build::sources::by_id;
use crate::template::build::web::{SUBSCRIPTION, is_web};
use crate::template::declared::Declared;
use crate::template::tree::{at, entries, items_at, known, render, scalar, scalar_at};
use crate::topology::{
    ChannelKind, Content, DeduplicationScope, ForeignProperty, InvocationModel, LinkEnd, Origin, ResourceId,
    Setting, TopicDeduplication,
};
use crate::vocabulary::Diagnostic;

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

/// The protocols of a subscription that reach a service, and the service of bare names.
const PROTOCOLS: [(&str, &str); 3] = [("lambda", "lambda"), ("sqs", "sqs"), ("firehose", "firehose")];

/// What filter policies are about.
const SCOPES: [&str; 2] = ["MessageAttributes", "MessageBody"];
/// What names of FIFO topics end with.
const FIFO: &str = ".fifo";
/// What names end with whose end only the deployment tells: `(parameter X …)`, `${X}`, `{{resolve:…}}`.
const UNTOLD: [char; 2] = [')', '}'];
const RAW: &str = "RawMessageDelivery";
/// The source that FIFO topics are.
const FIFO_SOURCE: &str = "sns_fifo";
/// The source that topics are to web addresses.
const WEB_SOURCE: &str = "sns_http";
const TOPIC: &str = "AWS::SNS::Topic";
const CONTENT_BASED: &str = "ContentBasedDeduplication";
const SCOPE: &str = "FifoThroughputScope";
/// The word for ids that are told apart in each message group.
const EACH_GROUP: &str = "MessageGroup";

impl Build<'_> {
    /// `AWS::SNS::Subscription`.
    pub(crate) fn subscription(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let Some(topic) = at(own, "TopicArn") else {
            self.incomplete_subscription(&declared.name, "TopicArn", own);
            return;
        };
        let from = self.resolve(topic, "sns");
        self.exists(&from, topic, &declared.name);
        self.subscribed(&from, Some(id), &declared.name, own);
    }

    /// The subscriptions that stand in `AWS::SNS::Topic` itself.
    pub(crate) fn topic(&mut self, id: ResourceId, declared: &Declared) {
        for subscription in items_at(&declared.properties, "Subscription") {
            self.subscribed(&LinkEnd::Resource(id), None, &declared.name, subscription);
        }
    }

    fn incomplete_subscription(&mut self, owner: &str, missing: &str, own: &Node) {
        let message = format!("a subscription of {owner} has no {missing}: nothing is delivered by it");
        let diagnostic = Diagnostic::warning("template-incomplete-subscription", message);
        self.diagnostics.push(diagnostic.at(&own.place));
    }

    fn subscribed(&mut self, topic: &LinkEnd, id: Option<ResourceId>, owner: &str, own: &Node) {
        let Some(endpoint) = at(own, "Endpoint") else {
            self.incomplete_subscription(owner, "Endpoint", own);
            return;
        };
        let protocol = scalar_at(own, "Protocol");
        let service = PROTOCOLS.iter().find(|(name, _)| Some(*name) == protocol).map(|(_, service)| *service);
        let to = self.resolve(endpoint, service.unwrap_or_default());
        self.exists(&to, endpoint, owner);
        let source = by_id(self.topic_source(topic));
        let mut hop = Hop::usual(source, topic).labelled(owner);
        hop.delivery.deduplication =
            (source.id == FIFO_SOURCE).then(|| Box::new(self.topic_deduplication(topic)));
        let scope = at(own, "FilterPolicyScope");
        if let Some(scope) = scope.filter(|scope| scalar(scope).is_some_and(|word| !SCOPES.contains(&word))) {
            hop.delivery.foreign.push(foreign("FilterPolicyScope", scope));
        }
        // An empty policy is none.
        if let Some(policy) = at(own, "FilterPolicy").filter(|policy| !is_empty(policy)) {
            let dialect = match scalar_at(own, "FilterPolicyScope") {
                Some("MessageBody") => Dialect::TopicBody,
                Some(_) | None => Dialect::TopicAttributes,
            };
            hop.delivery.filters = self.pattern(owner, policy, dialect);
        }
        if let Some(policy) = at(own, "RedrivePolicy")
            && let Some(policy) = self.policy(policy, "RedrivePolicy")
            && let Some(target) = at(&policy, "deadLetterTargetArn")
        {
            hop.delivery.dead_letter = self.exit(target, "deadLetterTargetArn", owner);
        }
        let raw = self.reader().optional::<bool>(at(own, RAW), &format!("{SUBSCRIPTION}.{RAW}"));
        let raw = raw.filter(|raw| raw.value).and_then(|_| at(own, RAW));
        match (raw, protocol == Some("lambda")) {
            (Some(raw), true) => hop.delivery.foreign.push(foreign(RAW, raw)),
            (Some(_), false) => hop.delivery.content = Content::Raw,
            (None, _) => {}
        }
        if let Some(server) = id.filter(|_| is_web(own)) {
            hop.source = WEB_SOURCE;
            hop.model = InvocationModel::Sync;
            hop.delivery.web = Some(Box::new(self.web_retries(own)));
            hop.delivery.declared_by = Some(owner.to_owned());
            return self.delivers(hop, LinkEnd::Resource(server), &endpoint.place);
        }
        // Mail and telephones read for themselves; nothing is told of what becomes of it there.
        if service.is_none() && protocol.is_some() {
            hop.model = InvocationModel::Forward;
            self.delivers(hop, to, &endpoint.place);
        } else {
            self.deliver_to(hop, to, endpoint);
        }
    }

    /// What a FIFO topic takes for the same message; one that is declared elsewhere is as AWS makes it.
    fn topic_deduplication(&mut self, topic: &LinkEnd) -> TopicDeduplication {
        let own = match topic {
            LinkEnd::Resource(id) => Some(&self.declared(*id).properties),
            LinkEnd::Outside(_) | LinkEnd::Missing(_) => None,
        };
        let written = own.and_then(|own| at(own, CONTENT_BASED));
        let scope = own.and_then(|own| at(own, SCOPE)).filter(|node| scalar(node) == Some(EACH_GROUP));
        let scope = scope.map(|node| Setting::known(DeduplicationScope::MessageGroup, origin(&node.place)));
        let by_default = || Origin::Default("sns_fifo.deduplication_scope".to_owned());
        TopicDeduplication {
            content_based: self.reader().required(written, &format!("{TOPIC}.{CONTENT_BASED}")),
            scope: scope.unwrap_or_else(|| Setting::known(DeduplicationScope::Queue, by_default())),
        }
    }

    /// FIFO topics deliver by rules of their own.
    fn topic_source(&self, topic: &LinkEnd) -> &'static str {
        let is_fifo = match topic {
            LinkEnd::Resource(id) => {
                channel(self.declared(*id)).is_some_and(|(kind, _)| kind == ChannelKind::FifoTopic)
            }
            LinkEnd::Outside(arn) if arn.ends_with(UNTOLD) => self.feeds_in_order(topic),
            LinkEnd::Outside(arn) => arn.ends_with(FIFO),
            LinkEnd::Missing(_) => false,
        };
        if is_fifo { FIFO_SOURCE } else { "sns" }
    }

    /// A topic whose name is not told has to be a FIFO topic where a FIFO queue subscribes to it: no other would do.
    fn feeds_in_order(&self, topic: &LinkEnd) -> bool {
        self.declared.iter().filter(|one| one.type_name == SUBSCRIPTION).any(|one| {
            let means =
                |key: &str, service| at(&one.properties, key).map(|node| self.index.resolve(node, service));
            let is_of_it = means("TopicArn", "sns").as_ref() == Some(topic);
            let Some(LinkEnd::Resource(to)) = means("Endpoint", "sqs").filter(|_| is_of_it) else {
                return false;
            };
            let own = self.declared(to);
            own.type_name == QUEUE && scalar_at(&own.properties, "FifoQueue").and_then(flag) == Some(true)
        })
    }

    /// `AWS::Logs::SubscriptionFilter`.
    pub(crate) fn log_subscription(&mut self, declared: &Declared) {
        let own = &declared.properties;
        let (Some(group), Some(target)) = (at(own, "LogGroupName"), at(own, "DestinationArn")) else {
            return;
        };
        // A name made from that of a function names its log group, not the function.
        let from = match self.resolve(group, "logs") {
            LinkEnd::Resource(id) if self.declared(id).type_name == FUNCTION => {
                LinkEnd::Outside(render(group))
            }
            other => other,
        };
        let mut hop = Hop::usual(by_id("cloudwatch_logs"), &from).labelled(&declared.name);
        hop.delivery.declared_by = Some(declared.name.clone());
        let pattern = scalar_at(own, "FilterPattern").map(str::trim);
        hop.delivery.log_pattern = pattern.filter(|pattern| !pattern.is_empty()).map(str::to_owned);
        self.deliver(hop, target);
    }

    /// `AWS::IoT::TopicRule`: every action that cannot be taken leads to the error action.
    pub(crate) fn topic_rule(&mut self, id: ResourceId, declared: &Declared) {
        let Some(payload) = at(&declared.properties, "TopicRulePayload") else { return };
        let error = at(payload, "ErrorAction").and_then(iot_target);
        let error = error.map(|(target, _)| self.named_exit(target, &declared.name));
        for (target, service) in items_at(payload, "Actions").iter().filter_map(iot_target) {
            let to = self.resolve(target, service);
            let mut hop = Hop::usual(by_id("iot"), &LinkEnd::Resource(id));
            hop.delivery.dead_letter.clone_from(&error);
            self.deliver_to(hop, to, target);
        }
    }
}

/// Where an action sends to, and the service of bare names.
fn iot_target(action: &Node) -> Option<(&Node, &'static str)> {
    entries(action).iter().find_map(|entry| {
        let (_, property, service) = IOT_ACTIONS.iter().find(|(name, _, _)| *name == entry.key)?;
        at(&entry.node, property).map(|target| (target, *service))
    })
}

/// Whether a policy says nothing at all.
fn is_empty(policy: &Node) -> bool {
    let map = json_map(policy);
    let read = map.as_ref().unwrap_or(policy);
    matches!(&known(read).value, Value::Map(entries) if entries.is_empty())
}

/// A property that is given where AWS does not take it.
pub(crate) fn foreign(property: &str, node: &Node) -> ForeignProperty {
    ForeignProperty { property: property.to_owned(), value: render(node), place: node.place.clone() }
}
