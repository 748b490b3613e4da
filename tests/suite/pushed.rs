//! What templates say about push: ways out of functions, topics, rules and schedules, with every setting's origin.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, Imported, import_text};
use redrive::topology::{
    ChannelKind, Content, Delivery, Exit, Function, InvocationModel, InvokeConfig, Link, LinkDetail, LinkEnd,
    Origin, ResourceDetail, Topology,
};
use redrive::vocabulary::{Duration, Severity};

fn imported(resources: &str) -> Imported {
    let template = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{FUNCTION}\n{resources}\n");
    let models = Models::embedded().expect("the embedded models are sound");
    import_text(Path::new("push.yaml"), &template, &ImportOptions::with_stand_ins(), &models)
}

/// The topology of resources beside a function about which there is nothing to say.
fn topology(resources: &str) -> Topology {
    let imported = imported(resources);
    assert_eq!(told(&imported), Vec::<&str>::new(), "{:?}", imported.diagnostics);
    imported.topology.expect("it is a template")
}

/// The codes of everything above a note.
fn told(imported: &Imported) -> Vec<&'static str> {
    let loud = imported.diagnostics.iter().filter(|one| one.severity != Severity::Note);
    loud.map(|one| one.code).collect()
}

const FUNCTION: &str = "  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  Q: {Type: AWS::SQS::Queue}
  D: {Type: AWS::SQS::Queue}";

fn function<'t>(topology: &'t Topology, name: &str) -> &'t Function {
    match &topology.resource(topology.find(name).expect("it is there")).detail {
        ResourceDetail::Function(function) => function,
        other => panic!("{name} is {other:?}"),
    }
}

fn kind(topology: &Topology, name: &str) -> Option<ChannelKind> {
    match &topology.resource(topology.find(name).expect("it is there")).detail {
        ResourceDetail::Channel(kind) => Some(*kind),
        ResourceDetail::Stream(_) => Some(ChannelKind::Stream),
        ResourceDetail::Queue(_) | ResourceDetail::Function(_) | ResourceDetail::Other => None,
    }
}

fn target<'t>(topology: &'t Topology, exit: Option<&'t Exit>) -> Option<&'t str> {
    exit.map(|exit| topology.end_name(&exit.target))
}

/// Each link as `name model (source)`; those that deliver only.
fn deliveries(topology: &Topology) -> Vec<String> {
    let described = |link: &Link| match &link.detail {
        LinkDetail::Delivers(one) => Some(format!("{} {} ({})", one.name, link.model.id(), link.source)),
        LinkDetail::QueuePolling(_)
        | LinkDetail::Sends(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Unmodelled => None,
    };
    topology.links.iter().filter_map(described).collect()
}

fn delivery<'t>(topology: &'t Topology, name: &str) -> &'t Delivery {
    let found = topology.links.iter().find_map(|link| match &link.detail {
        LinkDetail::Delivers(one) => (one.name.as_str() == name).then_some(one),
        LinkDetail::QueuePolling(_)
        | LinkDetail::Sends(_)
        | LinkDetail::StreamPolling(_)
        | LinkDetail::Unmodelled => None,
    });
    found.unwrap_or_else(|| panic!("there is no {name}: {:?}", deliveries(topology)))
}

fn filters(delivery: &Delivery) -> Vec<&str> {
    assert!(delivery.filters.iter().all(|filter| filter.pattern.is_ok()), "{:?}", delivery.filters);
    delivery.filters.iter().map(|filter| filter.text.as_str()).collect()
}

#[test]
fn a_functions_ways_out_are_settings_of_it_and_no_links() {
    let topology = topology(
        "  G:
    Type: AWS::Lambda::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      Role: r
      Code: {ZipFile: x}
      DeadLetterConfig: {TargetArn: !GetAtt D.Arn}
      RecursiveLoop: Allow
  C:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref G
      Qualifier: $LATEST
      MaximumRetryAttempts: 0
      DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}, OnSuccess: {Destination: !GetAtt F.Arn}}",
    );
    assert_eq!(topology.links.len(), 0);
    let function = function(&topology, "G");
    assert_eq!(target(&topology, function.dead_letter.as_ref()), Some("D"));
    assert_eq!(function.recursive_loop.value.word(), "Allow");
    let config = function.invoke_config(None);
    assert_eq!(config.attempts.value, 0);
    assert!(matches!(config.attempts.origin, Origin::Template(_)));
    assert_eq!(config.age.value, Duration::from_secs(21_600));
    assert!(matches!(config.age.origin, Origin::Default(_)));
    assert_eq!(target(&topology, config.on_failure.as_ref()), Some("Q"));
    assert_eq!(target(&topology, config.on_success.as_ref()), Some("F"));
}

#[test]
fn an_invoke_configuration_holds_for_its_version_or_alias_alone() {
    let config = |id: &str, qualifier: &str, attempts: u32| {
        format!(
            "  {id}: {{Type: AWS::Lambda::EventInvokeConfig, Properties: {{FunctionName: !Ref F, Qualifier: {qualifier}, MaximumRetryAttempts: {attempts}}}}}\n"
        )
    };
    let topology = topology(&format!(
        "  V: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref F}}}}
  A: {{Type: AWS::Lambda::Alias, Properties: {{FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: live}}}}
  T: {{Type: AWS::SNS::Topic, Properties: {{Subscription: [{{Protocol: lambda, Endpoint: !Ref A}}, {{Protocol: lambda, Endpoint: !Ref V}}]}}}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [x]}}, Targets: [{{Id: t, Arn: !Sub '${{F.Arn}}:live'}}]}}}}
{}{}",
        config("C", "live", 0),
        config("W", "!GetAtt V.Version", 1)
    ));
    let function = function(&topology, "F");
    let attempts = |name: &str| {
        let delivery = delivery(&topology, name);
        function.invoke_config(delivery.qualifier.as_deref()).attempts.value
    };
    assert_eq!((attempts("T->F:live"), attempts("R->F:live"), attempts("T->F:V")), (0, 0, 1));
    assert_eq!(function.invoke_config(None).attempts.value, 2);
    assert_eq!(function.invoke_config(Some(InvokeConfig::LATEST)).attempts.value, 2);
}

#[test]
fn sam_configures_the_alias_that_it_publishes() {
    let topology = topology(
        "  G:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: s3://a/b
      AutoPublishAlias: live
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt D.Arn}
      EventInvokeConfig: {MaximumEventAgeInSeconds: 60, DestinationConfig: {OnFailure: {Type: SNS}}}
      Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), Enabled: false}}}",
    );
    let function = function(&topology, "G");
    let schedule = delivery(&topology, "GE->G:live");
    assert_eq!(schedule.enabled.as_ref().map(|enabled| enabled.value), Some(false));
    let config = function.invoke_config(schedule.qualifier.as_deref());
    assert_eq!(config.age.value, Duration::from_secs(60));
    assert_eq!(target(&topology, config.on_failure.as_ref()), Some("GEventInvokeConfigOnFailureTopic"));
    assert_eq!(target(&topology, function.dead_letter.as_ref()), Some("D"));
}

#[test]
fn a_subscription_has_its_filter_its_form_and_its_dead_letter_queue() {
    let topology = topology(
        "  T: {Type: AWS::SNS::Topic}
  O: {Type: AWS::SNS::Topic, Properties: {FifoTopic: true, TopicName: o.fifo}}
  S:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref T
      Protocol: lambda
      Endpoint: !GetAtt F.Arn
      FilterPolicy: {kind: [a, {prefix: b}]}
      RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn}
  U:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref T
      Protocol: sqs
      Endpoint: !GetAtt Q.Arn
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy: '{\"order\": {\"total\": [{\"numeric\": [\">\", 5]}]}}'
  M: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: email, Endpoint: a@b.example}}",
    );
    assert_eq!(
        deliveries(&topology),
        ["T->F async (sns)", "T->Q forward (sns)", "T->a@b.example forward (sns)"]
    );
    assert_eq!(kind(&topology, "T"), Some(ChannelKind::Topic));
    assert_eq!(kind(&topology, "O"), Some(ChannelKind::FifoTopic));
    let function = delivery(&topology, "T->F");
    assert_eq!(filters(function), [r#"{"kind":["a",{"prefix":"b"}]}"#]);
    assert_eq!(target(&topology, function.dead_letter.as_ref()), Some("D"));
    assert_eq!(function.content, Content::Whole);
    assert!(function.attempts.is_none() && function.age.is_none());
    let queue = delivery(&topology, "T->Q");
    assert_eq!(filters(queue), [r#"{"order": {"total": [{"numeric": [">", 5]}]}}"#]);
    assert_eq!(queue.content, Content::Raw);
}

#[test]
fn a_rule_takes_what_its_pattern_wants_from_a_bus_of_the_template() {
    let topology = topology(
        "  B: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  R:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref B
      EventPattern: {source: [shop], detail: {queue: [!Ref Q]}}
      Targets:
        - {Id: one, Arn: !GetAtt F.Arn, RetryPolicy: {MaximumRetryAttempts: 3}, DeadLetterConfig: {Arn: !GetAtt D.Arn}}
        - {Id: two, Arn: !GetAtt Q.Arn, Input: '{\"a\": 1}'}
        - {Id: three, Arn: !GetAtt F.Arn, InputPath: $.detail}
  N: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}, State: DISABLED, Targets: [{Id: t, Arn: !GetAtt F.Arn}]}}",
    );
    assert_eq!(
        deliveries(&topology),
        [
            "B->R forward (eventbridge)",
            "R->F async (eventbridge)",
            "R->Q forward (eventbridge)",
            "R->F (three) async (eventbridge)",
            "N->F async (eventbridge)",
        ]
    );
    assert_eq!(kind(&topology, "B"), Some(ChannelKind::Bus));
    assert_eq!(kind(&topology, "N"), Some(ChannelKind::Bus));
    assert_eq!(filters(delivery(&topology, "B->R")), [r#"{"source":["shop"],"detail":{"queue":["${Q}"]}}"#]);
    let first = delivery(&topology, "R->F");
    let attempts = first.attempts.as_ref().expect("a target has retries");
    assert_eq!((attempts.value, matches!(attempts.origin, Origin::Template(_))), (3, true));
    assert_eq!(first.age.as_ref().map(|age| age.value), Some(Duration::from_secs(86_400)));
    assert_eq!(target(&topology, first.dead_letter.as_ref()), Some("D"));
    let second = delivery(&topology, "R->Q");
    assert_eq!(second.attempts.as_ref().map(|attempts| attempts.value), Some(185));
    assert_eq!(second.content, Content::Fixed(r#"{"a": 1}"#.to_owned()));
    assert_eq!(delivery(&topology, "R->F (three)").content, Content::Part("$.detail".to_owned()));
    let disabled = delivery(&topology, "N->F");
    assert_eq!(disabled.enabled.as_ref().map(|enabled| enabled.value), Some(false));
    assert_eq!(disabled.filters, []);
}

#[test]
fn what_leads_nowhere_is_told() {
    let table = [
        (
            "  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [x]}}}",
            "template-rule-without-targets",
        ),
        (
            "  C: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: !GetAtt Nowhere.Arn}}}}",
            "template-missing-resource",
        ),
        (
            "  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Nowhere, Protocol: lambda, Endpoint: !GetAtt F.Arn}}",
            "template-missing-resource",
        ),
        (
            "  C: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, MaximumRetryAttempts: 1}}",
            "template-incomplete-invoke-config",
        ),
        (
            "  S: {Type: AWS::SNS::Subscription, Properties: {Protocol: lambda, Endpoint: !GetAtt F.Arn}}",
            "template-incomplete-subscription",
        ),
    ];
    for (resources, code) in table {
        let imported = imported(resources);
        assert!(told(&imported).contains(&code), "{code}: {:?}", imported.diagnostics);
        assert!(imported.topology.is_some(), "{code}");
    }
}

#[test]
fn a_pattern_that_the_template_leaves_open_is_told_and_wants_all() {
    let open = "  R: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref B, EventPattern: {a: [{numeric: ['>', !Ref Q]}]}, Targets: [{Id: t, Arn: !GetAtt F.Arn}]}}
  B: {Type: AWS::Events::EventBus, Properties: {Name: b}}";
    let imported = imported(open);
    assert_eq!(told(&imported), ["template-open-filter"]);
    let topology = imported.topology.expect("it is a template");
    assert_eq!(delivery(&topology, "B->R").filters, []);
    let link =
        topology.links.iter().find(|link| link.model == InvocationModel::Forward).expect("the bus feeds it");
    assert!(matches!(link.from, LinkEnd::Resource(_)));
}

#[test]
fn notifications_of_a_bucket_to_one_target_are_one_link_with_all_their_filters() {
    let topology = topology(
        "  B:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations:
          - {Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn, Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .csv}]}}}
          - {Event: 's3:ObjectRemoved:Delete', Function: !GetAtt F.Arn}
        QueueConfigurations: [{Event: 's3:ObjectCreated:Put', Queue: !GetAtt Q.Arn, Filter: {S3Key: {Rules: [{Name: Prefix, Value: out/}]}}}]",
    );
    assert_eq!(deliveries(&topology), ["B->F async (s3)", "B->Q forward (s3)"]);
    assert_eq!(kind(&topology, "B"), Some(ChannelKind::Bucket));
    assert_eq!(
        filters(delivery(&topology, "B->F")),
        [
            r#"{"eventSource":["aws:s3"],"eventName":[{"prefix":"ObjectCreated:"}],"s3":{"object":{"key":[{"wildcard":"in/*.csv"}]}}}"#,
            r#"{"eventSource":["aws:s3"],"eventName":["ObjectRemoved:Delete"]}"#,
        ]
    );
    assert_eq!(
        filters(delivery(&topology, "B->Q")),
        [
            r#"{"eventSource":["aws:s3"],"eventName":["ObjectCreated:Put"],"s3":{"object":{"key":[{"prefix":"out/"}]}}}"#
        ]
    );
}

#[test]
fn a_bucket_reaches_the_rules_that_listen_for_it() {
    let rule = |id: &str, pattern: &str, more: &str| {
        format!(
            "  {id}: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {pattern}, Targets: [{{Id: t, Arn: !GetAtt F.Arn}}]{more}}}}}\n"
        )
    };
    let own = "{source: [aws.s3], detail: {bucket: {name: [!Ref B]}}}";
    let topology = topology(&format!(
        "  B: {{Type: AWS::S3::Bucket, Properties: {{NotificationConfiguration: {{EventBridgeConfiguration: {{EventBridgeEnabled: true}}}}}}}}
  E: {{Type: AWS::Events::EventBus, Properties: {{Name: e}}}}
{}{}{}{}",
        rule("Own", own, ""),
        rule("Other", "{source: [aws.s3], detail: {bucket: {name: [theirs]}}}", ""),
        rule("Shop", "{source: [shop]}", ""),
        rule("Custom", own, ", EventBusName: !Ref E"),
    ));
    let found = deliveries(&topology);
    let from_bucket: Vec<_> = found.iter().filter(|one| one.starts_with("B->")).collect();
    assert_eq!(from_bucket, ["B->Own forward (s3)"]);
    assert_eq!(filters(delivery(&topology, "B->Own")).len(), 1);
}

#[test]
fn a_front_waits_as_long_as_its_integration_says_or_not_at_all() {
    let uri = "!Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${F.Arn}/invocations'";
    let topology = topology(&format!(
        "  A: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  M: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref A, HttpMethod: GET, Integration: {{Type: AWS_PROXY, Uri: {uri}, TimeoutInMillis: 2500}}}}}}
  N:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref A
      HttpMethod: POST
      Integration: {{Type: AWS, Uri: {uri}, RequestParameters: {{integration.request.header.X-Amz-Invocation-Type: \"'Event'\"}}}}
  H: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: HTTP, Name: h}}}}
  I: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref H, IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage, RequestParameters: {{QueueUrl: !Ref Q}}}}}}
  U: {{Type: AWS::Lambda::Url, Properties: {{AuthType: NONE, TargetFunctionArn: !GetAtt F.Arn, Qualifier: live}}}}
  X: {{Type: 'Custom::Thing', Properties: {{ServiceToken: !GetAtt F.Arn, ServiceTimeout: 60}}}}"
    ));
    assert_eq!(
        deliveries(&topology),
        [
            "A->F sync (api_gateway)",
            "A->F (N) async (api_gateway)",
            "H->Q forward (http_api)",
            "U->F:live sync (function_url)",
            "X->F async (cloudformation)",
        ]
    );
    let waits = |name: &str| delivery(&topology, name).timeout.as_ref().map(|timeout| timeout.value);
    assert_eq!(waits("A->F"), Some(Duration::from_millis(2_500)));
    assert_eq!(waits("A->F (N)"), None);
    assert_eq!(waits("X->F"), Some(Duration::from_secs(60)));
    for (name, front) in [("A", ChannelKind::Front), ("U", ChannelKind::Front), ("X", ChannelKind::Service)] {
        assert_eq!(kind(&topology, name), Some(front), "{name}");
    }
}

#[test]
fn services_that_call_are_where_events_come_in() {
    let topology = topology(
        "  T: {Type: AWS::SNS::Topic}
  L: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmActions: [!Ref T], OKActions: [!GetAtt F.Arn]}}
  P: {Type: AWS::CodePipeline::Pipeline, Properties: {Stages: [{Actions: [{ActionTypeId: {Category: Invoke, Provider: Lambda}, Configuration: {FunctionName: !Ref F}}]}]}}
  S: {Type: AWS::SES::ReceiptRule, Properties: {Rule: {Actions: [{LambdaAction: {FunctionArn: !GetAtt F.Arn, InvocationType: RequestResponse}}]}}}
  I:
    Type: AWS::IoT::TopicRule
    Properties:
      TopicRulePayload:
        Sql: select
        Actions: [{Lambda: {FunctionArn: !GetAtt F.Arn}}]
        ErrorAction: {Sqs: {QueueUrl: !Ref D, RoleArn: r}}
  C: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: !GetAtt F.Arn}}}
  E: {Type: AWS::CloudFront::Distribution, Properties: {DistributionConfig: {DefaultCacheBehavior: {LambdaFunctionAssociations: [{EventType: viewer-request, LambdaFunctionARN: !Ref F}]}}}}",
    );
    assert_eq!(
        deliveries(&topology),
        [
            "L->T forward (cloudwatch_alarm)",
            "L->F async (cloudwatch_alarm)",
            "P->F async (codepipeline)",
            "S->F sync (ses)",
            "I->F async (iot)",
            "C->F sync (cognito)",
            "E->F sync (lambda_edge)",
        ]
    );
    assert_eq!(target(&topology, delivery(&topology, "I->F").dead_letter.as_ref()), Some("D"));
    assert_eq!(kind(&topology, "L"), Some(ChannelKind::Service));
    assert_eq!(kind(&topology, "C"), Some(ChannelKind::Front));
}

#[test]
fn a_function_sends_where_its_environment_and_a_scoped_policy_show_it() {
    let policy =
        |action: &str, resource: &str| format!("{{Effect: Allow, Action: '{action}', Resource: {resource}}}");
    let statements = [
        policy("sns:Publish", "!Ref T"),
        policy("s3:PutObject", "!Sub '${B.Arn}/*'"),
        policy("lambda:InvokeFunction", "!GetAtt F.Arn"),
        policy("events:*", "'*'"),
    ];
    let imported = imported(&format!(
        "  T: {{Type: AWS::SNS::Topic}}
  B: {{Type: AWS::S3::Bucket}}
  E: {{Type: AWS::Events::EventBus, Properties: {{Name: e}}}}
  G:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: s3://a/b
      Environment: {{Variables: {{TOPIC: !Ref T, BUCKET: !Ref B, NEXT: !Ref F, BUS: !Ref E, QUEUE: !Ref Q}}}}
      Policies: [{{Statement: [{}]}}]",
        statements.join(", ")
    ));
    let topology = imported.topology.expect("it is a template");
    let sends = |link: &&Link| matches!(link.detail, LinkDetail::Sends(_));
    let sent: Vec<_> = topology.links.iter().filter(sends).map(|link| topology.end_name(&link.to)).collect();
    assert_eq!(sent, ["T", "B", "F"]);
    let asked: Vec<_> = imported.diagnostics.iter().filter(|one| one.code == "template-may-send").collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].message.contains('E'), "{asked:?}");
}
