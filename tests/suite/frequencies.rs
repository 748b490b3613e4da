//! What at least one in a hundred real templates contains is understood: sources, properties, functions, sections and
//! types of resources, each in a template of its own.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{Link, Topology};
use redrive::vocabulary::Severity;

/// What is told of resources that are declared and left empty.
const EMPTY: [&str; 2] = ["template-rule-without-targets", "template-incomplete-subscription"];

/// The topology of a template about which nothing is told.
fn topology(template: &str) -> Topology {
    let models = Models::embedded().expect("the embedded models are sound");
    let options = ImportOptions::with_stand_ins();
    let imported = import_text(Path::new("template.yaml"), template, &options, &models);
    let loud: Vec<_> = imported
        .diagnostics
        .iter()
        .filter(|one| one.severity != Severity::Note && !EMPTY.contains(&one.code))
        .collect();
    assert!(loud.is_empty(), "{loud:?}\n{template}");
    imported.topology.expect("it is a template")
}

/// A template with some resources beside a function.
fn with(resources: &str) -> String {
    format!(
        "Resources:
  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Runtime: python3.13, Role: r, Code: {{ZipFile: x}}}}}}
{resources}
"
    )
}

fn links(topology: &Topology) -> Vec<String> {
    let described = |link: &Link| {
        let (from, to) = (topology.end_name(&link.from), topology.end_name(&link.to));
        format!("{from} -> {to} ({})", link.source)
    };
    topology.links.iter().map(described).collect()
}

/// Resources beside the function `F`, and the link that they make.
const SOURCES: &[(&str, &str)] = &[
        (
            "  Q: {Type: AWS::SQS::Queue}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}}",
            "Q -> F (sqs)",
        ),
        (
            "  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, Targets: [{Id: t, Arn: !GetAtt F.Arn}]}}",
            "R -> F (eventbridge)",
        ),
        (
            "  R: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Id: t, Arn: !GetAtt F.Arn}]}}",
            "R -> F (schedule)",
        ),
        (
            "  B: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {LambdaConfigurations: [{Event: 's3:*', Function: !GetAtt F.Arn}]}}}",
            "B -> F (s3)",
        ),
        (
            "  T: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: KEYS_ONLY}}}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt T.StreamArn, FunctionName: !Ref F}}",
            "T -> F (dynamodb_streams)",
        ),
        (
            "  N: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt F.Arn}]}}",
            "N -> F (sns)",
        ),
        (
            "  K: {Type: AWS::Kinesis::Stream}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt K.Arn, FunctionName: !Ref F}}",
            "K -> F (kinesis)",
        ),
        (
            "  H: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Target: !GetAtt F.Arn}}",
            "H -> F (http_api)",
        ),
        (
            "  U: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, TargetFunctionArn: !Ref F}}",
            "U -> F (function_url)",
        ),
        (
            "  Q: {Type: AWS::SQS::Queue}
  P: {Type: AWS::Pipes::Pipe, Properties: {RoleArn: r, Source: !GetAtt Q.Arn, Target: !GetAtt F.Arn}}",
            "Q -> F (sqs)",
        ),
        (
            "  S: {Type: AWS::Scheduler::Schedule, Properties: {ScheduleExpression: rate(1 day), FlexibleTimeWindow: {Mode: 'OFF'}, Target: {Arn: !GetAtt F.Arn, RoleArn: r}}}",
            "S -> F (scheduler)",
        ),
        (
            "  C: {Type: AWS::MSK::Cluster}
  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !Ref C, FunctionName: !Ref F, Topics: [t], StartingPosition: LATEST}}",
            "C -> F (msk)",
        ),
        (
            "  I: {Type: AWS::IoT::TopicRule, Properties: {TopicRulePayload: {Sql: s, Actions: [{Lambda: {FunctionArn: !GetAtt F.Arn}}]}}}",
            "I -> F (iot)",
        ),
    ];

#[test]
fn every_source_is_found_in_plain_resources() {
    let api = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations";
    let method = format!(
        "  A: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  M:
    Type: AWS::ApiGateway::Method
    Properties: {{RestApiId: !Ref A, Integration: {{Type: AWS_PROXY, Uri: !Sub '{api}'}}}}"
    );
    let method = (method.as_str(), "A -> F (api_gateway)");
    for (resources, link) in SOURCES.iter().chain([&method]) {
        let found = links(&topology(&with(resources)));
        assert!(found.iter().any(|one| one == link), "{link}: {found:?}");
    }
}

/// Types, and properties that they take.
const PROPERTIES: &[(&str, &str)] = &[
        (
            "AWS::SQS::Queue",
            "RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn, maxReceiveCount: 3}, VisibilityTimeout: 60,
            MessageRetentionPeriod: 1209600, DelaySeconds: 5, KmsMasterKeyId: alias/aws/sqs, SqsManagedSseEnabled: false,
            RedriveAllowPolicy: {redrivePermission: denyAll}, ReceiveMessageWaitTimeSeconds: 20, QueueName: q,
            Tags: [{Key: a, Value: b}]",
        ),
        ("AWS::SQS::Queue", "FifoQueue: true, ContentBasedDeduplication: true, QueueName: q.fifo"),
        ("AWS::SNS::Topic", "FifoTopic: true, ContentBasedDeduplication: true, TopicName: t.fifo, KmsMasterKeyId: k"),
        (
            "AWS::SNS::Subscription",
            "TopicArn: 'arn:aws:sns:r:1:t', Protocol: sqs, Endpoint: !GetAtt Q.Arn, RawMessageDelivery: true,
            FilterPolicy: {a: [b]}, FilterPolicyScope: MessageBody",
        ),
        (
            "AWS::DynamoDB::Table",
            "StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}, BillingMode: PAY_PER_REQUEST,
            TimeToLiveSpecification: {AttributeName: t, Enabled: true}, KeySchema: [], AttributeDefinitions: []",
        ),
        (
            "AWS::S3::Bucket",
            "NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}, BucketName: b,
            PublicAccessBlockConfiguration: {BlockPublicAcls: true}",
        ),
        (
            "AWS::Events::Rule",
            "EventPattern: {a: [b]}, State: ENABLED, Targets: [{Id: i, Arn: !GetAtt F.Arn, InputTransformer: {InputTemplate: x},
            RetryPolicy: {MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 3}, DeadLetterConfig: {Arn: !GetAtt Q.Arn}}]",
        ),
        (
            "AWS::Scheduler::Schedule",
            "FlexibleTimeWindow: {Mode: FLEXIBLE, MaximumWindowInMinutes: 5}, ScheduleExpression: rate(1 day),
            Target: {Arn: !GetAtt F.Arn, RoleArn: r, RetryPolicy: {MaximumRetryAttempts: 3}}",
        ),
        (
            "AWS::Lambda::Function",
            "ReservedConcurrentExecutions: 5, DeadLetterConfig: {TargetArn: !GetAtt Q.Arn}, RecursiveLoop: Terminate,
            DurableConfig: {ExecutionTimeout: 60}, Timeout: 3, Role: r, Code: {ZipFile: x}, Handler: a.b, Runtime: python3.13",
        ),
        (
            "AWS::Lambda::EventInvokeConfig",
            "FunctionName: !Ref F, Qualifier: $LATEST, MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0,
            DestinationConfig: {OnSuccess: {Destination: !GetAtt Q.Arn}, OnFailure: {Destination: !GetAtt Q.Arn}}",
        ),
        (
            "AWS::Lambda::Alias",
            "FunctionName: !Ref F, FunctionVersion: 1, Name: a, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}",
        ),
    ];

#[test]
fn every_property_is_taken_where_it_belongs() {
    let mapping = "EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F";
    for (kind, properties) in PROPERTIES {
        let resources = format!(
            "  Q: {{Type: AWS::SQS::Queue}}\n  X:\n    Type: {kind}\n    Properties: {{{properties}}}"
        );
        topology(&with(&resources));
    }
    for setting in [
        "BatchSize: 5",
        "MaximumBatchingWindowInSeconds: 5",
        "FunctionResponseTypes: [ReportBatchItemFailures]",
        "FilterCriteria: {Filters: [{Pattern: '{\"body\": {\"kind\": [\"gift\"]}}'}]}",
        "ScalingConfig: {MaximumConcurrency: 2}",
        "ProvisionedPollerConfig: {MinimumPollers: 2, MaximumPollers: 5}",
        "StartingPosition: LATEST",
        "BisectBatchOnFunctionError: true",
        "MaximumRetryAttempts: 3",
        "MaximumRecordAgeInSeconds: 60",
        "ParallelizationFactor: 2",
        "TumblingWindowInSeconds: 10",
        "DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}",
    ] {
        let mapping = format!(
            "  M:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties: {{{mapping}, {setting}}}"
        );
        topology(&with(&format!("  Q: {{Type: AWS::SQS::Queue}}\n{mapping}")));
    }
}

#[test]
fn every_property_of_serverless_functions_is_taken() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 10, Runtime: python3.13, Environment: {Variables: {A: b}}}
  Api: {Cors: '*'}
Resources:
  Q: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Connectors: {ToQueue: {Properties: {Destination: {Id: Q}, Permissions: [Write]}}}
    Properties:
      Handler: a.b
      CodeUri: s3://b/k
      AutoPublishAlias: live
      DeploymentPreference: {Type: Canary10Percent5Minutes}
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Q.Arn}
      EventInvokeConfig: {MaximumRetryAttempts: 1, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Q.Arn}}}
      FunctionUrlConfig: {AuthType: NONE}
      DurableConfig: {ExecutionTimeout: 60}
      Policies:
        - AWSLambdaBasicExecutionRole
        - SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}
        - Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]
";
    assert!(links(&topology(template)).contains(&"F -> Q (sdk)".to_owned()));
}

#[test]
fn every_function_gives_a_name_that_is_found_again() {
    let names = [
        "orders",
        "!Ref Name",
        "!Sub '${Name}'",
        "!Sub ['${Part}s', {Part: order}]",
        "!Join ['', [ord, ers]]",
        "!If [Yes, orders, other]",
        "!FindInMap [Names, by, stage]",
        "!Select [1, [a, orders]]",
        "!Select [1, !Split [',', 'a,orders']]",
        "{'Fn::Join': ['', ['ord', {'Ref': 'End'}]]}",
        "!Select [0, !Ref Names]",
    ];
    for name in names {
        let template = format!(
            "
AWSTemplateFormatVersion: '2010-09-09'
Description: a template
Metadata: {{'AWS::CloudFormation::Interface': {{ParameterGroups: []}}}}
Parameters:
  Name: {{Type: String, Default: orders}}
  End: {{Type: String, Default: ers}}
  Names: {{Type: CommaDelimitedList, Default: 'orders,other'}}
  Open: {{Type: String}}
  Looked: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}}
Mappings: {{Names: {{by: {{stage: orders}}}}}}
Conditions:
  Yes: !Or [!Equals [a, b], !And [!Not [!Equals [a, b]], !Equals [!Ref Name, orders]]]
  No: !Not [{{Condition: Yes}}]
Rules: {{R: {{Assertions: [{{Assert: !Equals [a, a]}}]}}}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties: {{QueueName: {name}}}
  F:
    Type: AWS::Lambda::Function
    DependsOn: [Q]
    Condition: Yes
    Properties:
      Handler: a.b
      Role: !ImportValue role
      Code: {{ZipFile: !Base64 x}}
      Environment: {{Variables: {{A: '{{{{resolve:ssm:/a/b}}}}', B: !Ref Open, C: !Ref Looked, Z: !Select [0, !GetAZs '']}}}}
  Gone: {{Type: AWS::SQS::Queue, Condition: No}}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !Sub 'arn:aws:sqs:${{AWS::Region}}:${{AWS::AccountId}}:orders', FunctionName: !Ref F}}
Outputs:
  Url: {{Value: !Ref Q, Export: {{Name: !Sub '${{AWS::StackName}}-url'}}}}
"
        );
        let topology = topology(&template);
        assert_eq!(links(&topology), ["Q -> F (sqs)"], "{name}");
        assert!(topology.find("Gone").is_none());
    }
}

/// Every type that at least fifteen of 1,507 real templates declare.
const TYPES: [&str; 58] = [
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::BasePathMapping",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::CertificateManager::Certificate",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::DynamoDB::Table",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::SubscriptionFilter",
    "AWS::Route53::RecordSet",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
    "AWS::Serverless::Api",
    "AWS::Serverless::Function",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::StateMachine",
    "AWS::StepFunctions::StateMachine",
];

#[test]
fn every_type_is_a_resource_even_without_properties() {
    for kind in TYPES {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31\nResources: {{X: {{Type: {kind}, Properties: {{}}}}}}"
        );
        assert!(topology(&template).find("X").is_some(), "{kind}");
    }
    let nested = "Transform: AWS::Serverless-2016-10-31
Resources:
  X: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: 1.0.0}}}
  Y: {Type: 'Custom::Thing', Properties: {ServiceToken: t}}";
    let topology = topology(nested);
    assert_eq!(topology.unmodelled.len(), 1, "{:?}", topology.unmodelled);
}

#[test]
fn tricky_spellings_are_read_as_cloud_formation_reads_them() {
    let mapping =
        "EventSourceArn: !GetAtt [Q, Arn]\n      \"FunctionName\": {\"Ref\": \"F\"}\n      BatchSize: '5'";
    let template = format!(
        "Resources:
  Q: &queue {{Type: AWS::SQS::Queue}}
  R: *queue
  F:
    Type: AWS::Lambda::Function
    Properties:
      Role: r
      Handler: a.b
      Code:
        ZipFile: |
          def handler(event, context):
              return {{'a': 1}}
  'M':
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      {mapping}
"
    );
    for text in [template.clone(), template.replace('\n', "\r\n")] {
        let topology = topology(&text);
        assert_eq!(links(&topology), ["Q -> F (sqs)"]);
        assert!(topology.find("R").is_some());
    }
}
