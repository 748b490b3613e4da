//! A SAM template and what SAM's transform makes of it are the same topology, names of generated resources apart.

use std::path::Path;

use redrive::models::Models;
use redrive::report::topology_json;
use redrive::template::{ImportOptions, import_text};
use redrive::vocabulary::Severity;
use serde_json::Value as Json;

/// One event, what else the template declares, and what SAM documents that it writes.
struct Twin {
    event: &'static str,
    properties: &'static str,
    shared: &'static str,
    role: &'static [&'static str],
    plain: &'static str,
}

const QUEUE: &str = "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 180}}";
const TABLE: &str = "  T:
    Type: AWS::DynamoDB::Table
    Properties: {BillingMode: PAY_PER_REQUEST, StreamSpecification: {StreamViewType: NEW_IMAGE}}";

const TWINS: &[Twin] = &[
    Twin {
        event: "SQS",
        properties: "{Queue: !GetAtt Q.Arn, BatchSize: 25, Enabled: false, MaximumBatchingWindowInSeconds: 7,
            FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 9},
            FilterCriteria: {Filters: [{Pattern: '{\"body\": {\"a\": [1]}}'}]}}",
        shared: QUEUE,
        role: &["AWSLambdaSQSQueueExecutionRole"],
        plain: "  FE:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Q.Arn
      FunctionName: !Ref F
      BatchSize: 25
      Enabled: false
      MaximumBatchingWindowInSeconds: 7
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: {MaximumConcurrency: 9}
      FilterCriteria: {Filters: [{Pattern: '{\"body\": {\"a\": [1]}}'}]}",
    },
    Twin {
        event: "Kinesis",
        properties: "{Stream: !GetAtt K.Arn, StartingPosition: TRIM_HORIZON, BatchSize: 50, ParallelizationFactor: 2,
            MaximumRetryAttempts: 3, BisectBatchOnFunctionError: true,
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Q.Arn}}}",
        shared: "  K: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}\n  Q: {Type: AWS::SQS::Queue}",
        role: &["AWSLambdaKinesisExecutionRole"],
        plain: "  FE:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt K.Arn
      FunctionName: !Ref F
      StartingPosition: TRIM_HORIZON
      BatchSize: 50
      ParallelizationFactor: 2
      MaximumRetryAttempts: 3
      BisectBatchOnFunctionError: true
      DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}",
    },
    Twin {
        event: "DynamoDB",
        properties: "{Stream: !GetAtt T.StreamArn, StartingPosition: LATEST, BatchSize: 10, TumblingWindowInSeconds: 60}",
        shared: TABLE,
        role: &["AWSLambdaDynamoDBExecutionRole"],
        plain: "  FE:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt T.StreamArn
      FunctionName: !Ref F
      StartingPosition: LATEST
      BatchSize: 10
      TumblingWindowInSeconds: 60",
    },
    Twin {
        event: "MSK",
        properties: "{Stream: !Ref C, Topics: [t], StartingPosition: LATEST}",
        shared: "  C: {Type: AWS::MSK::Cluster, Properties: {ClusterName: c}}",
        role: &["AWSLambdaMSKExecutionRole"],
        plain: "  FE:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !Ref C, FunctionName: !Ref F, Topics: [t], StartingPosition: LATEST}",
    },
    Twin {
        event: "S3",
        properties: "{Bucket: !Ref B, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'],
            Filter: {S3Key: {Rules: [{Name: suffix, Value: .csv}]}}}",
        shared: "  B: {Type: AWS::S3::Bucket@BUCKET@}",
        role: &[],
        plain: "  FEPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref F
      Principal: s3.amazonaws.com
      SourceAccount: !Ref AWS::AccountId",
    },
    Twin {
        event: "SNS",
        properties: "{Topic: !Ref N, FilterPolicy: {kind: [a]}, RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn}}",
        shared: "  N: {Type: AWS::SNS::Topic}\n  Q: {Type: AWS::SQS::Queue}",
        role: &[],
        plain: "  FE:
    Type: AWS::SNS::Subscription
    Properties:
      Endpoint: !GetAtt F.Arn
      Protocol: lambda
      TopicArn: !Ref N
      FilterPolicy: {kind: [a]}
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn}
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: sns.amazonaws.com, SourceArn: !Ref N}",
    },
    Twin {
        event: "SNS",
        properties: "{Topic: !Ref N, SqsSubscription: true}",
        shared: "  N: {Type: AWS::SNS::Topic}",
        role: &["AWSLambdaSQSQueueExecutionRole"],
        plain: "  FEQueue: {Type: AWS::SQS::Queue}
  FE:
    Type: AWS::SNS::Subscription
    Properties: {Endpoint: !GetAtt FEQueue.Arn, Protocol: sqs, TopicArn: !Ref N}
  FEEventSourceMapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt FEQueue.Arn, FunctionName: !Ref F, BatchSize: 10, Enabled: true}
  FEQueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref FEQueue]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: sqs:SendMessage
            Principal: '*'
            Resource: !GetAtt FEQueue.Arn
            Condition: {ArnEquals: {'aws:SourceArn': !Ref N}}",
    },
    Twin {
        event: "EventBridgeRule",
        properties: "{EventBusName: !Ref Bus, Pattern: {source: [shop]}, DeadLetterConfig: {Type: SQS, QueueLogicalId: D},
            RetryPolicy: {MaximumRetryAttempts: 2}}",
        shared: "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}",
        role: &[],
        plain: "  D: {Type: AWS::SQS::Queue}
  FE:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [shop]}
      Targets:
        - Arn: !GetAtt F.Arn
          Id: FELambdaTarget
          DeadLetterConfig: {Arn: !GetAtt D.Arn}
          RetryPolicy: {MaximumRetryAttempts: 2}
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref F
      Principal: events.amazonaws.com
      SourceArn: !GetAtt FE.Arn
  DQueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref D], PolicyDocument: {Statement: []}}",
    },
    Twin {
        event: "CloudWatchEvent",
        properties: "{Pattern: {source: [aws.ec2]}}",
        shared: "",
        role: &[],
        plain: "  FE:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [aws.ec2]}, Targets: [{Arn: !GetAtt F.Arn, Id: FELambdaTarget}]}
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref F
      Principal: events.amazonaws.com
      SourceArn: !GetAtt FE.Arn",
    },
    Twin {
        event: "Schedule",
        properties: "{Schedule: rate(5 minutes), Enabled: false, Input: '{}'}",
        shared: "",
        role: &[],
        plain: "  FE:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(5 minutes)
      State: DISABLED
      Targets: [{Arn: !GetAtt F.Arn, Id: FELambdaTarget, Input: '{}'}]
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref F
      Principal: events.amazonaws.com
      SourceArn: !GetAtt FE.Arn",
    },
    Twin {
        event: "ScheduleV2",
        properties: "{ScheduleExpression: rate(5 minutes), RetryPolicy: {MaximumRetryAttempts: 1}}",
        shared: "",
        role: &[],
        plain: "  FE:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(5 minutes)
      FlexibleTimeWindow: {Mode: 'OFF'}
      Target: {Arn: !GetAtt F.Arn, RoleArn: !GetAtt FERole.Arn, RetryPolicy: {MaximumRetryAttempts: 1}}
  FERole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: scheduler.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt F.Arn}]}}]",
    },
    Twin {
        event: "Api",
        properties: "{Path: /orders, Method: post}",
        shared: "",
        role: &[],
        plain: "  ServerlessRestApi:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        swagger: '2.0'
        paths:
          /orders:
            post:
              x-amazon-apigateway-integration:
                httpMethod: POST
                type: aws_proxy
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations
  ServerlessRestApiDeployment5e1ac3b2a8:
    Type: AWS::ApiGateway::Deployment
    Properties: {RestApiId: !Ref ServerlessRestApi, StageName: Stage}
  ServerlessRestApiProdStage:
    Type: AWS::ApiGateway::Stage
    Properties:
      DeploymentId: !Ref ServerlessRestApiDeployment5e1ac3b2a8
      RestApiId: !Ref ServerlessRestApi
      StageName: Prod
  FEPermissionProd:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref F
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ServerlessRestApi}/*/POST/orders",
    },
    Twin {
        event: "HttpApi",
        properties: "{Path: /orders, Method: post}",
        shared: "",
        role: &[],
        plain: "  ServerlessHttpApi:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      Body:
        openapi: 3.0.1
        paths:
          /orders:
            post:
              x-amazon-apigateway-integration:
                httpMethod: POST
                type: aws_proxy
                payloadFormatVersion: '2.0'
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations
  ServerlessHttpApiApiGatewayDefaultStage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref ServerlessHttpApi, StageName: $default, AutoDeploy: true}
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref F
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ServerlessHttpApi}/*/POST/orders",
    },
    Twin {
        event: "CloudWatchLogs",
        properties: "{LogGroupName: !Ref L, FilterPattern: ''}",
        shared: "  L: {Type: AWS::Logs::LogGroup}",
        role: &[],
        plain: "  FE:
    Type: AWS::Logs::SubscriptionFilter
    Properties: {DestinationArn: !GetAtt F.Arn, LogGroupName: !Ref L, FilterPattern: ''}
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: logs.amazonaws.com}",
    },
    Twin {
        event: "IoTRule",
        properties: "{Sql: \"SELECT * FROM 'a'\"}",
        shared: "",
        role: &[],
        plain: "  FE:
    Type: AWS::IoT::TopicRule
    Properties:
      TopicRulePayload:
        Actions: [{Lambda: {FunctionArn: !GetAtt F.Arn}}]
        RuleDisabled: false
        Sql: \"SELECT * FROM 'a'\"
  FEPermission:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: iot.amazonaws.com}",
    },
];

/// What SAM puts into a bucket that an event names.
const NOTIFICATIONS: &str = ", DependsOn: FEPermission, Properties: {NotificationConfiguration: {LambdaConfigurations: [
      {Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn, Filter: {S3Key: {Rules: [{Name: suffix, Value: .csv}]}}},
      {Event: 's3:ObjectRemoved:*', Function: !GetAtt F.Arn, Filter: {S3Key: {Rules: [{Name: suffix, Value: .csv}]}}}]}}";

impl Twin {
    fn sam(&self, more: &str) -> String {
        let Self { event, properties, shared, .. } = self;
        let shared = shared.replace("@BUCKET@", "");
        format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
{shared}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      CodeUri: s3://code/app.zip
      Timeout: 12{more}
      Events:
        E:
          Type: {event}
          Properties: {properties}
"
        )
    }

    fn plain(&self, more: &str) -> String {
        let Self { shared, plain, role, .. } = self;
        let shared = shared.replace("@BUCKET@", NOTIFICATIONS);
        let managed: Vec<String> = std::iter::once(&"AWSLambdaBasicExecutionRole")
            .chain(*role)
            .map(|name| format!("!Sub 'arn:${{AWS::Partition}}:iam::aws:policy/service-role/{name}'"))
            .collect();
        format!(
            "Resources:
{shared}
  F:
    Type: AWS::Lambda::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Code: {{S3Bucket: code, S3Key: app.zip}}
      Timeout: 12
      Role: !GetAtt FRole.Arn
  FRole:
    Type: AWS::IAM::Role
    Properties: {{ManagedPolicyArns: [{}]}}
{plain}
{more}",
            managed.join(", ")
        )
    }
}

/// What a template means without places, in an order of its own; a resource that is not in `written` is called by its
/// type, since SAM chooses its name. Policies on queues and topics are no part of what is compared: they judge links
/// that both have.
fn said(template: &str, written: &str) -> String {
    let models = Models::embedded().expect("the embedded models are sound");
    let imported =
        import_text(Path::new("template.yaml"), template, &ImportOptions::with_stand_ins(), &models);
    let loud: Vec<_> = imported.diagnostics.iter().filter(|one| one.severity != Severity::Note).collect();
    assert!(loud.is_empty(), "{loud:?}\n{template}");
    let json = topology_json(&imported.topology.expect("it is a template"), &[]);
    let named = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let renamed: Vec<(String, String)> = json["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (named(&one["logical_id"]), named(&one["type"])))
        .filter(|(id, _)| !written.contains(&format!("\n  {id}:")))
        .collect();
    let mut lines: Vec<String> = Vec::new();
    for list in ["resources", "links", "unmodelled"] {
        for item in json[list].as_array().into_iter().flatten() {
            if item["type"] != "AWS::SQS::QueuePolicy" {
                let mut item = item.clone();
                neutral(&mut item, &renamed);
                lines.push(format!("{list} {item}"));
            }
        }
    }
    lines.sort();
    lines.join("\n")
}

/// Places and origins are left out (SAM writes some defaults out), and names of generated resources replaced by types.
fn neutral(json: &mut Json, renamed: &[(String, String)]) {
    match json {
        Json::Object(object) => {
            for key in ["file", "line", "column", "origin", "rule"] {
                object.remove(key);
            }
            object.values_mut().for_each(|value| neutral(value, renamed));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| neutral(item, renamed)),
        Json::String(text) => {
            let words = text.split_inclusive(|character: char| !character.is_ascii_alphanumeric());
            let each = words.map(|word| {
                let name = word.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
                let found = renamed.iter().find(|(id, _)| id == name);
                found.map_or_else(|| word.to_owned(), |(_, kind)| word.replacen(name, kind, 1))
            });
            *text = each.collect();
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[test]
fn every_event_and_its_expansion_are_one_topology() {
    for twin in TWINS {
        let (sam, plain) = (twin.sam(""), twin.plain(""));
        assert_eq!(said(&sam, &sam), said(&plain, &sam), "{}: {}", twin.event, twin.properties);
    }
}

#[test]
fn failure_exits_and_aliases_are_the_same_in_both_spellings() {
    let twin = Twin {
        event: "SQS",
        properties: "{Queue: !GetAtt Q.Arn}",
        shared: QUEUE,
        role: &["AWSLambdaSQSQueueExecutionRole"],
        plain: "  FE:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref FAliaslive}",
    };
    let sam = twin.sam(
        "
      AutoPublishAlias: live
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: SQS}, OnSuccess: {Type: SNS}}",
    );
    let plain = twin.plain(
        "  FVersion640128d35d:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref F}
  FAliaslive:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref F, FunctionVersion: !GetAtt FVersion640128d35d.Version, Name: live}
  FEventInvokeConfigOnFailureQueue: {Type: AWS::SQS::Queue}
  FEventInvokeConfigOnSuccessTopic: {Type: AWS::SNS::Topic}
  FEventInvokeConfig:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref F
      Qualifier: live
      MaximumRetryAttempts: 1
      DestinationConfig:
        OnFailure: {Destination: !GetAtt FEventInvokeConfigOnFailureQueue.Arn}
        OnSuccess: {Destination: !Ref FEventInvokeConfigOnSuccessTopic}",
    );
    assert_eq!(said(&sam, &sam), said(&plain, &sam));
}

#[test]
fn a_changed_setting_shows_in_only_one_of_the_twins() {
    let twin = &TWINS[0];
    let sam = twin.sam("");
    let changed = twin.plain("").replace("BatchSize: 25", "BatchSize: 24");
    assert_ne!(said(&sam, &sam), said(&changed, &sam));
    let none = twin.plain("").replace("  FE:\n", "  FE:\n    Condition: No\n");
    let none = format!("Conditions: {{No: !Equals [a, b]}}\n{none}");
    assert_ne!(said(&sam, &sam), said(&none, &sam));
}
