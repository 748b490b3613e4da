//! How event sources are spelled: in SAM's `Events`, in ARNs, as principals; and how each of them invokes.

use crate::topology::InvocationModel;

/// One event source of Lambda functions.
#[derive(Debug)]
pub(crate) struct Source {
    /// As the files of `models/sources/` are called.
    pub id: &'static str,
    /// How it invokes a function.
    pub model: InvocationModel,
    /// Its names in SAM's `Events`.
    pub sam_events: &'static [&'static str],
    /// For polled sources: the property of the SAM event that names the ARN to poll.
    pub polled_by: Option<&'static str>,
    /// For polled sources: the managed policy that SAM gives the function for it.
    pub polling_policy: Option<&'static str>,
    /// The service in its ARNs, and the beginning of the ARN's resource where the service is not enough.
    pub arns: &'static [(&'static str, &'static str)],
    /// The principals that call for it.
    pub principals: &'static [&'static str],
    /// The CloudFormation types of the resources that send.
    pub types: &'static [&'static str],
}

const PUSH: Source = Source {
    id: "",
    model: InvocationModel::Async,
    sam_events: &[],
    polled_by: None,
    polling_policy: None,
    arns: &[],
    principals: &[],
    types: &[],
};

const FRONT: Source = Source { model: InvocationModel::Sync, ..PUSH };

const STREAM: Source = Source { model: InvocationModel::StreamPoll, ..PUSH };

/// All of them.
pub(crate) const SOURCES: &[Source] = &[
    Source {
        id: "sqs",
        model: InvocationModel::QueuePoll,
        sam_events: &["SQS"],
        polled_by: Some("Queue"),
        polling_policy: Some("AWSLambdaSQSQueueExecutionRole"),
        arns: &[("sqs", "")],
        types: &["AWS::SQS::Queue"],
        ..PUSH
    },
    Source {
        id: "kinesis",
        sam_events: &["Kinesis"],
        polled_by: Some("Stream"),
        polling_policy: Some("AWSLambdaKinesisExecutionRole"),
        arns: &[("kinesis", "")],
        types: &["AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer"],
        ..STREAM
    },
    Source {
        id: "dynamodb_streams",
        sam_events: &["DynamoDB"],
        polled_by: Some("Stream"),
        polling_policy: Some("AWSLambdaDynamoDBExecutionRole"),
        arns: &[("dynamodb", "")],
        types: &["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
        ..STREAM
    },
    Source {
        id: "msk",
        sam_events: &["MSK"],
        polled_by: Some("Stream"),
        polling_policy: Some("AWSLambdaMSKExecutionRole"),
        arns: &[("kafka", "")],
        types: &["AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster"],
        ..STREAM
    },
    Source { id: "self_managed_kafka", sam_events: &["SelfManagedKafka"], ..STREAM },
    Source {
        id: "documentdb",
        sam_events: &["DocumentDB"],
        polled_by: Some("Cluster"),
        arns: &[("rds", "")],
        types: &["AWS::DocDB::DBCluster"],
        ..STREAM
    },
    Source {
        id: "mq",
        model: InvocationModel::QueuePoll,
        sam_events: &["MQ"],
        polled_by: Some("Broker"),
        arns: &[("mq", "")],
        types: &["AWS::AmazonMQ::Broker"],
        ..PUSH
    },
    Source {
        id: "s3",
        sam_events: &["S3"],
        arns: &[("s3", "")],
        principals: &["s3.amazonaws.com"],
        types: &["AWS::S3::Bucket"],
        ..PUSH
    },
    Source {
        id: "sns",
        sam_events: &["SNS"],
        arns: &[("sns", "")],
        principals: &["sns.amazonaws.com"],
        types: &["AWS::SNS::Topic"],
        ..PUSH
    },
    Source { id: "sns_http", ..FRONT },
    Source { id: "sns_fifo", principals: &["sns.amazonaws.com"], ..PUSH },
    Source {
        id: "eventbridge",
        sam_events: &["EventBridgeRule", "CloudWatchEvent"],
        principals: &["events.amazonaws.com"],
        arns: &[("events", "event-bus/")],
        types: &["AWS::Events::EventBus"],
        ..PUSH
    },
    Source {
        id: "event_bus_custom",
        arns: &[("events", "event-busv2/")],
        types: &["AWS::EventsV2::EventBus"],
        ..PUSH
    },
    Source {
        id: "schedule",
        sam_events: &["Schedule"],
        arns: &[("events", "rule/")],
        principals: &["events.amazonaws.com"],
        types: &["AWS::Events::Rule"],
        ..PUSH
    },
    Source {
        id: "scheduler",
        sam_events: &["ScheduleV2"],
        arns: &[("scheduler", "")],
        principals: &["scheduler.amazonaws.com"],
        types: &["AWS::Scheduler::Schedule"],
        ..PUSH
    },
    Source { id: "pipes", principals: &["pipes.amazonaws.com"], types: &["AWS::Pipes::Pipe"], ..PUSH },
    Source {
        id: "cloudwatch_logs",
        sam_events: &["CloudWatchLogs"],
        arns: &[("logs", "")],
        principals: &["logs.amazonaws.com"],
        types: &["AWS::Logs::LogGroup"],
        ..PUSH
    },
    Source {
        id: "cloudwatch_alarm",
        arns: &[("cloudwatch", "")],
        principals: &["lambda.alarms.cloudwatch.amazonaws.com"],
        types: &["AWS::CloudWatch::Alarm"],
        ..PUSH
    },
    Source {
        id: "iot",
        sam_events: &["IoTRule"],
        arns: &[("iot", "")],
        principals: &["iot.amazonaws.com"],
        types: &["AWS::IoT::TopicRule"],
        ..PUSH
    },
    Source { id: "ses", arns: &[("ses", "")], principals: &["ses.amazonaws.com"], ..PUSH },
    Source {
        id: "config",
        principals: &["config.amazonaws.com"],
        types: &["AWS::Config::ConfigRule"],
        ..PUSH
    },
    Source {
        id: "codecommit",
        arns: &[("codecommit", "")],
        principals: &["codecommit.amazonaws.com"],
        types: &["AWS::CodeCommit::Repository"],
        ..PUSH
    },
    Source {
        id: "codepipeline",
        principals: &["codepipeline.amazonaws.com"],
        types: &["AWS::CodePipeline::Pipeline"],
        ..PUSH
    },
    Source { id: "cloudformation", principals: &["cloudformation.amazonaws.com"], ..PUSH },
    Source {
        id: "api_gateway",
        sam_events: &["Api"],
        arns: &[("execute-api", "")],
        principals: &["apigateway.amazonaws.com"],
        types: &["AWS::ApiGateway::RestApi"],
        ..FRONT
    },
    Source {
        id: "http_api",
        sam_events: &["HttpApi"],
        principals: &["apigateway.amazonaws.com"],
        types: &["AWS::ApiGatewayV2::Api"],
        ..FRONT
    },
    Source { id: "websocket_api", principals: &["apigateway.amazonaws.com"], ..FRONT },
    Source { id: "function_url", types: &["AWS::Lambda::Url"], ..FRONT },
    Source {
        id: "alb",
        arns: &[("elasticloadbalancing", "")],
        principals: &["elasticloadbalancing.amazonaws.com"],
        types: &["AWS::ElasticLoadBalancingV2::TargetGroup"],
        ..FRONT
    },
    Source {
        id: "alexa",
        sam_events: &["AlexaSkill"],
        principals: &["alexa-appkit.amazon.com", "alexa-connectedhome.amazon.com"],
        ..FRONT
    },
    Source {
        id: "cognito",
        sam_events: &["Cognito"],
        arns: &[("cognito-idp", "")],
        principals: &["cognito-idp.amazonaws.com"],
        types: &["AWS::Cognito::UserPool"],
        ..FRONT
    },
    Source {
        id: "lex",
        arns: &[("lex", "")],
        principals: &["lex.amazonaws.com", "lexv2.amazonaws.com"],
        ..FRONT
    },
    Source {
        id: "firehose",
        arns: &[("firehose", "")],
        principals: &["firehose.amazonaws.com"],
        types: &["AWS::KinesisFirehose::DeliveryStream"],
        ..FRONT
    },
    Source {
        id: "step_functions",
        arns: &[("states", "")],
        principals: &["states.amazonaws.com"],
        types: &["AWS::StepFunctions::StateMachine"],
        ..FRONT
    },
    Source { id: "secrets_manager", principals: &["secretsmanager.amazonaws.com"], ..FRONT },
    Source {
        id: "lambda_edge",
        principals: &["edgelambda.amazonaws.com"],
        types: &["AWS::CloudFront::Distribution"],
        ..FRONT
    },
    Source { id: "s3_object_lambda", types: &["AWS::S3ObjectLambda::AccessPoint"], ..FRONT },
    Source {
        id: "appsync",
        principals: &["appsync.amazonaws.com"],
        types: &["AWS::AppSync::DataSource"],
        ..FRONT
    },
];

/// A source that no table knows: it is taken to invoke asynchronously.
pub(crate) static CUSTOM: Source = Source { id: "custom", ..PUSH };

/// The source with this id.
pub(crate) fn by_id(id: &str) -> &'static Source {
    SOURCES.iter().find(|source| source.id == id).unwrap_or(&CUSTOM)
}

/// The source that a SAM event type names.
pub(crate) fn by_sam_event(event: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.sam_events.contains(&event))
}

/// All event types of SAM that name a source.
pub(crate) fn sam_events() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().flat_map(|source| source.sam_events.iter().copied())
}

/// The first source that a principal calls for; several share one.
pub(crate) fn by_principal(principal: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.principals.contains(&principal))
}

/// The source that an ARN's service and resource belong to.
pub(crate) fn by_arn(service: &str, resource: &str) -> Option<&'static Source> {
    let fits = |(name, start): &(&str, &str)| *name == service && resource.starts_with(start);
    SOURCES.iter().find(|source| source.arns.iter().any(fits))
}

/// The source that resources of a type are.
pub(crate) fn by_type(type_name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.types.contains(&type_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_names_one_source() {
        let mut spellings: Vec<_> = SOURCES
            .iter()
            .flat_map(|source| source.sam_events.iter().chain(source.types).chain([&source.id]))
            .collect();
        let all = spellings.len();
        spellings.sort_unstable();
        spellings.dedup();
        assert_eq!(spellings.len(), all);
    }

    #[test]
    fn both_spellings_of_a_rule_are_one_source() {
        for event in ["EventBridgeRule", "CloudWatchEvent"] {
            assert_eq!(by_sam_event(event).map(|source| source.id), Some("eventbridge"));
        }
        assert!(by_sam_event("CarrierPigeon").is_none());
    }

    #[test]
    fn a_rule_and_a_bus_differ_in_their_arns() {
        assert_eq!(by_arn("events", "event-bus/orders").map(|source| source.id), Some("eventbridge"));
        assert_eq!(by_arn("events", "rule/nightly").map(|source| source.id), Some("schedule"));
    }
}
