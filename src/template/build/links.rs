//! Which type of resource makes which links.

use crate::template::build::context::Build;
use crate::template::build::sources::by_id;
use crate::template::declared::Declared;
use crate::template::tree::at;
use crate::topology::{LinkEnd, Resource, ResourceId, Unmodelled};

impl Build<'_> {
    /// All links that one resource makes.
    pub(crate) fn links_of(&mut self, id: ResourceId, declared: &Declared, resources: &[Resource]) {
        match declared.type_name.as_str() {
            "AWS::Lambda::EventSourceMapping" => self.mapping(declared, resources),
            "AWS::Lambda::Function" => self.function_exits(id, declared),
            "AWS::Lambda::EventInvokeConfig" => self.invoke_config(declared),
            "AWS::Lambda::Url" => self.function_url(declared),
            "AWS::SNS::Subscription" => self.subscription(declared),
            "AWS::SNS::Topic" => self.topic(id, declared),
            "AWS::S3::Bucket" => self.bucket(id, declared),
            "AWS::Events::Rule" => self.rule(id, declared),
            "AWS::Scheduler::Schedule" => self.schedule(id, declared),
            "AWS::Pipes::Pipe" => self.pipe(id, declared),
            "AWS::Logs::SubscriptionFilter" => self.log_subscription(declared),
            "AWS::IoT::TopicRule" => self.topic_rule(id, declared),
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => self.api_body(id, declared),
            "AWS::ApiGateway::Method" => self.api_method(declared),
            "AWS::ApiGatewayV2::Integration" => self.api_integration(declared),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => self.target_group(id, declared),
            "AWS::Cognito::UserPool" => self.user_pool(id, declared),
            "AWS::StepFunctions::StateMachine" => self.mentions(by_id("step_functions"), id, declared),
            "AWS::KinesisFirehose::DeliveryStream" => self.mentions(by_id("firehose"), id, declared),
            "AWS::SES::ReceiptRule" => self.mentions(by_id("ses"), id, declared),
            "AWS::Config::ConfigRule" => self.mentions(by_id("config"), id, declared),
            "AWS::CodeCommit::Repository" => self.mentions(by_id("codecommit"), id, declared),
            "AWS::AppSync::DataSource" => self.mentions(by_id("appsync"), id, declared),
            "AWS::CloudWatch::Alarm" => self.mentions(by_id("cloudwatch_alarm"), id, declared),
            "AWS::SecretsManager::RotationSchedule" => self.mentions(by_id("secrets_manager"), id, declared),
            "AWS::CloudFormation::Stack" => self.nested(declared),
            custom if custom.starts_with("Custom::") || custom == "AWS::CloudFormation::CustomResource" => {
                self.custom_resource(declared);
            }
            _ => {}
        }
    }

    fn nested(&mut self, declared: &Declared) {
        self.unmodelled.push(Unmodelled {
            name: declared.name.clone(),
            type_name: declared.type_name.clone(),
            cost: "not followed yet: what its template deploys is not judged".to_owned(),
            place: Some(declared.place.clone()),
        });
    }

    fn custom_resource(&mut self, declared: &Declared) {
        if let Some(token) = at(&declared.properties, "ServiceToken") {
            let from = LinkEnd::Outside("CloudFormation".to_owned());
            self.hop(by_id("cloudformation"), &from, token);
        }
    }
}
