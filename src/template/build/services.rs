//! Services that call functions for what happened in them: alarms, repositories, pipelines, mail, stacks, networks.

use crate::template::Node;
use crate::template::build::context::{Build, FUNCTION};
use crate::template::build::deliver::Hop;
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::{at, items_at, path, scalar_at};
use crate::topology::{InvocationModel, LinkEnd, ResourceId};

const TOPIC: &str = "AWS::SNS::Topic";
const TIMEOUT: &str = "AWS::CloudFormation::CustomResource.ServiceTimeout";
/// The actions of an alarm, by the state that it comes into.
const ALARM_ACTIONS: [&str; 3] = ["AlarmActions", "OKActions", "InsufficientDataActions"];
/// What a rule for mail does: the action, the property that names its target, the service of bare names.
const MAIL_ACTIONS: [(&str, &str, &str); 4] = [
    ("LambdaAction", "FunctionArn", "lambda"),
    ("SNSAction", "TopicArn", "sns"),
    ("S3Action", "BucketName", "s3"),
    ("BounceAction", "TopicArn", "sns"),
];

impl Build<'_> {
    /// `AWS::CloudWatch::Alarm`: functions and topics; what else it does is none of ours.
    pub(crate) fn alarm(&mut self, id: ResourceId, declared: &Declared) {
        for property in ALARM_ACTIONS {
            for target in items_at(&declared.properties, property) {
                self.told("cloudwatch_alarm", id, target);
            }
        }
    }

    /// `AWS::CodeCommit::Repository`.
    pub(crate) fn repository(&mut self, id: ResourceId, declared: &Declared) {
        for trigger in items_at(&declared.properties, "Triggers") {
            if let Some(target) = at(trigger, "DestinationArn") {
                self.told("codecommit", id, target);
            }
        }
    }

    /// A function or topic of the template that a service tells what happened.
    fn told(&mut self, source: &str, id: ResourceId, target: &Node) {
        let to = self.index.resolve(target, "sns");
        let LinkEnd::Resource(found) = to else { return };
        if [FUNCTION, TOPIC].contains(&self.declared(found).type_name.as_str()) {
            self.deliver_to(Hop::usual(by_id(source), &LinkEnd::Resource(id)), to, target);
        }
    }

    /// `AWS::CodePipeline::Pipeline`: its actions that invoke a function.
    pub(crate) fn pipeline(&mut self, id: ResourceId, declared: &Declared) {
        for action in
            items_at(&declared.properties, "Stages").iter().flat_map(|stage| items_at(stage, "Actions"))
        {
            let kind = at(action, "ActionTypeId");
            let is = |name: &str, wanted: &str| kind.and_then(|kind| scalar_at(kind, name)) == Some(wanted);
            let function = path(action, &["Configuration", "FunctionName"]);
            if let (true, true, Some(function)) =
                (is("Category", "Invoke"), is("Provider", "Lambda"), function)
            {
                self.hop(by_id("codepipeline"), &LinkEnd::Resource(id), function);
            }
        }
    }

    /// `AWS::SES::ReceiptRule`.
    pub(crate) fn receipt_rule(&mut self, id: ResourceId, declared: &Declared) {
        let actions = at(&declared.properties, "Rule").map_or(&[][..], |rule| items_at(rule, "Actions"));
        for action in actions {
            for (name, property, service) in MAIL_ACTIONS {
                let Some(own) = at(action, name) else { continue };
                let Some(target) = at(own, property) else { continue };
                let to = self.resolve(target, service);
                let mut hop = Hop::usual(by_id("ses"), &LinkEnd::Resource(id));
                if scalar_at(own, "InvocationType") == Some("RequestResponse") {
                    hop.model = InvocationModel::Sync;
                }
                self.deliver_to(hop, to, target);
            }
        }
    }

    /// `AWS::CloudFront::Distribution`: functions at the edge, each for its kind of event.
    pub(crate) fn distribution(&mut self, id: ResourceId, declared: &Declared) {
        let Some(config) = at(&declared.properties, "DistributionConfig") else { return };
        let behaviours =
            at(config, "DefaultCacheBehavior").into_iter().chain(items_at(config, "CacheBehaviors"));
        for association in behaviours.flat_map(|one| items_at(one, "LambdaFunctionAssociations")) {
            if let Some(function) = at(association, "LambdaFunctionARN") {
                let label = scalar_at(association, "EventType").unwrap_or_default();
                let hop = Hop::usual(by_id("lambda_edge"), &LinkEnd::Resource(id)).labelled(label);
                self.deliver(hop, function);
            }
        }
    }

    /// A custom resource: the stack waits for its answer as long as the time-out of the resource says.
    pub(crate) fn custom_resource(&mut self, id: ResourceId, declared: &Declared) {
        let own = &declared.properties;
        let Some(token) = at(own, "ServiceToken") else { return };
        let mut hop = Hop::usual(by_id("cloudformation"), &LinkEnd::Resource(id));
        hop.delivery.timeout = self.reader().optional(at(own, "ServiceTimeout"), TIMEOUT);
        self.deliver(hop, token);
    }
}
