//! Which types of resources events come into from outside.

use crate::template::build::context::Build;
use crate::template::build::setting::flag;
use crate::template::declared::Declared;
use crate::template::tree::scalar_at;
use crate::topology::{
    ChannelKind, LinkDetail, LinkEnd, Resource, ResourceDetail, ResourceId, StateKind, TaskAction,
};

/// When a type is where events come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Whatever else the template says: what nobody listens to keeps nothing, which matters too.
    Always,
    /// Only where it sends to something that the template knows.
    Sending,
}

/// The types, their kinds, and when they count.
const CHANNELS: [(&str, ChannelKind, When); 30] = [
    ("AWS::Events::EventBus", ChannelKind::Bus, When::Always),
    ("AWS::Events::Rule", ChannelKind::Bus, When::Always),
    ("AWS::EventsV2::EventBus", ChannelKind::Bus, When::Always),
    ("AWS::EventsV2::Subscriber", ChannelKind::Bus, When::Always),
    ("AWS::Scheduler::Schedule", ChannelKind::Bus, When::Always),
    ("AWS::S3::Bucket", ChannelKind::Bucket, When::Always),
    ("AWS::ApiGateway::RestApi", ChannelKind::Front, When::Sending),
    ("AWS::ApiGateway::Authorizer", ChannelKind::Front, When::Sending),
    ("AWS::ApiGatewayV2::Api", ChannelKind::Front, When::Sending),
    ("AWS::ApiGatewayV2::Authorizer", ChannelKind::Front, When::Sending),
    ("AWS::Lambda::Url", ChannelKind::Front, When::Sending),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", ChannelKind::Front, When::Sending),
    ("AWS::Cognito::UserPool", ChannelKind::Front, When::Sending),
    ("AWS::AppSync::DataSource", ChannelKind::Front, When::Sending),
    ("AWS::KinesisFirehose::DeliveryStream", ChannelKind::Front, When::Sending),
    ("AWS::StepFunctions::StateMachine", ChannelKind::Front, When::Sending),
    ("AWS::CloudFront::Distribution", ChannelKind::Front, When::Sending),
    ("AWS::SecretsManager::RotationSchedule", ChannelKind::Front, When::Sending),
    ("AWS::Lex::Bot", ChannelKind::Front, When::Sending),
    ("AWS::Lex::BotAlias", ChannelKind::Front, When::Sending),
    ("AWS::S3ObjectLambda::AccessPoint", ChannelKind::Front, When::Sending),
    ("AWS::Logs::LogGroup", ChannelKind::Service, When::Sending),
    ("AWS::CloudWatch::Alarm", ChannelKind::Service, When::Sending),
    ("AWS::CodeCommit::Repository", ChannelKind::Service, When::Sending),
    ("AWS::CodePipeline::Pipeline", ChannelKind::Service, When::Sending),
    ("AWS::CloudFormation::CustomResource", ChannelKind::Service, When::Sending),
    ("AWS::IoT::TopicRule", ChannelKind::Service, When::Sending),
    ("AWS::Config::ConfigRule", ChannelKind::Service, When::Sending),
    ("AWS::Pipes::Pipe", ChannelKind::Service, When::Sending),
    ("AWS::SES::ReceiptRule", ChannelKind::Service, When::Sending),
];

/// What kind of channel a resource is, and when.
pub(crate) fn channel(declared: &Declared) -> Option<(ChannelKind, When)> {
    let kind = declared.type_name.as_str();
    if kind == "AWS::SNS::Topic" {
        let is_fifo = scalar_at(&declared.properties, "FifoTopic").and_then(flag) == Some(true);
        return Some((if is_fifo { ChannelKind::FifoTopic } else { ChannelKind::Topic }, When::Always));
    }
    if kind.starts_with("Custom::") {
        return Some((ChannelKind::Service, When::Sending));
    }
    CHANNELS.iter().find(|(name, _, _)| *name == kind).map(|(_, kind, when)| (*kind, *when))
}

impl Build<'_> {
    /// State machines that call functions are run as such.
    pub(crate) fn mark_machines(&self, resources: &mut [Resource]) {
        for machine in &self.machines {
            let calls = machine.states.iter().any(|state| match &state.kind {
                StateKind::Task(task) => matches!(task.action, TaskAction::Invoke(_)),
                StateKind::Pass
                | StateKind::Wait(_)
                | StateKind::Choice(_)
                | StateKind::Parallel(_)
                | StateKind::Map(_)
                | StateKind::Succeed
                | StateKind::Fail(_) => false,
            });
            if calls {
                resources[machine.resource.0 as usize].detail = ResourceDetail::Channel(ChannelKind::Machine);
            }
        }
    }

    /// What could be a channel and sends nowhere is an ordinary resource.
    pub(crate) fn leave_idle_out(&self, resources: &mut [Resource]) {
        self.leave_unread_out(resources);
        for (position, resource) in resources.iter_mut().enumerate() {
            let ResourceDetail::Channel(_) = resource.detail else { continue };
            let id = ResourceId(position as u32);
            let end = LinkEnd::Resource(id);
            let sends = || {
                let from_here = self.links.iter().filter(|link| link.from == end);
                from_here.map(|link| &link.detail).any(|detail| matches!(detail, LinkDetail::Delivers(_)))
            };
            if channel(self.declared(id)).is_some_and(|(_, when)| when == When::Sending) && !sends() {
                resource.detail = ResourceDetail::Other;
            }
        }
    }
}
