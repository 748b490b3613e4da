//! Which type of resource makes which links.

use crate::template::build::context::Build;
use crate::template::declared::{Declared, Inner};
use crate::topology::{Resource, ResourceId, Unmodelled};

/// Types that call the functions they name: the type, the source that it is, the properties that name them.
const MENTIONS: [(&str, &str, &[&str]); 6] = [
    (
        "AWS::KinesisFirehose::DeliveryStream",
        "firehose",
        &["ExtendedS3DestinationConfiguration", "HttpEndpointDestinationConfiguration"],
    ),
    ("AWS::Config::ConfigRule", "config", &["Source"]),
    ("AWS::AppSync::DataSource", "appsync", &["LambdaConfig"]),
    ("AWS::S3ObjectLambda::AccessPoint", "s3_object_lambda", &["ObjectLambdaConfiguration"]),
    ("AWS::SecretsManager::RotationSchedule", "secrets_manager", &["RotationLambdaARN"]),
    ("AWS::ApiGateway::Authorizer", "api_gateway", &["AuthorizerUri"]),
];

impl Build<'_> {
    /// All links that one resource makes.
    pub(crate) fn links_of(&mut self, id: ResourceId, declared: &Declared, resources: &[Resource]) {
        match declared.type_name.as_str() {
            "AWS::Lambda::EventSourceMapping" => self.mapping(declared, resources),
            "AWS::Lambda::Url" => self.function_url(id, declared),
            "AWS::SNS::Subscription" => self.subscription(id, declared),
            "AWS::SNS::Topic" => self.topic(id, declared),
            "AWS::S3::Bucket" => self.bucket(id, declared),
            "AWS::Events::Rule" => self.rule(id, declared),
            "AWS::EventsV2::Subscriber" => self.subscriber(id, declared),
            "AWS::Events::Archive" => self.archive(declared),
            "AWS::Scheduler::Schedule" => self.schedule(id, declared),
            "AWS::Pipes::Pipe" => self.pipe(id, declared, resources),
            "AWS::Logs::SubscriptionFilter" => self.log_subscription(declared),
            "AWS::IoT::TopicRule" => self.topic_rule(id, declared),
            "AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api" => self.api_body(id, declared),
            "AWS::ApiGateway::Method" => self.api_method(declared),
            "AWS::ApiGatewayV2::Integration" => self.api_integration(declared),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => self.target_group(id, declared),
            "AWS::Cognito::UserPool" => self.user_pool(id, declared),
            "AWS::CloudWatch::Alarm" => self.alarm(id, declared),
            "AWS::CodeCommit::Repository" => self.repository(id, declared),
            "AWS::CodePipeline::Pipeline" => self.pipeline(id, declared),
            "AWS::SES::ReceiptRule" => self.receipt_rule(id, declared),
            "AWS::CloudFront::Distribution" => self.distribution(id, declared),
            "AWS::StepFunctions::StateMachine" => self.state_machine(id, declared),
            "AWS::CloudFormation::Stack" => self.nested(declared),
            module if module.ends_with("::MODULE") => self.module(declared),
            custom if custom.starts_with("Custom::") || custom == "AWS::CloudFormation::CustomResource" => {
                self.custom_resource(id, declared);
            }
            _ => {
                for (_, source, properties) in MENTIONS.iter().filter(|row| row.0 == declared.type_name) {
                    self.mentions(source, id, properties);
                }
            }
        }
    }

    fn nested(&mut self, declared: &Declared) {
        let cost = match &declared.inner {
            Inner::Read => return,
            Inner::Unread(why) => why.clone(),
            Inner::None => "its template is not at hand: what it deploys is not judged".to_owned(),
        };
        self.unmodelled.push(Unmodelled {
            name: declared.name.clone(),
            type_name: declared.type_name.clone(),
            cost,
            place: Some(declared.place.clone()),
        });
    }

    fn module(&mut self, declared: &Declared) {
        self.unmodelled.push(Unmodelled {
            name: declared.name.clone(),
            type_name: declared.type_name.clone(),
            cost: "what this module deploys is known to the registry only: it is not judged".to_owned(),
            place: Some(declared.place.clone()),
        });
    }
}
