//! What AWS refuses of links that push, of their dead-letter queues and of a function's destinations.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{Refusal, refusals};

const COMMON: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.13, Role: r, Code: {ZipFile: x}}}
  D: {Type: AWS::SQS::Queue}
  O: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true, QueueName: o.fifo}}
  T: {Type: AWS::SNS::Topic}
  TF: {Type: AWS::SNS::Topic, Properties: {FifoTopic: true, TopicName: t.fifo}}
  B: {Type: AWS::S3::Bucket}
";

fn refused(resources: &str) -> Vec<Refusal> {
    let models = Models::embedded().expect("the embedded models load");
    let template = format!("{COMMON}{resources}\n");
    let imported = import_text(Path::new("push.yaml"), &template, &ImportOptions::with_stand_ins(), &models);
    let topology = imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics));
    // What lets a source in is another matter.
    let mut found = refusals(&topology, &models);
    found.retain(|refusal| refusal.rule != "s3.target_checked");
    found
}

/// Exactly this rule refuses, with this in what it would accept.
fn check(resources: &str, rule: &str, allowed: &str) {
    let found = refused(resources);
    let rules: Vec<&str> = found.iter().map(|refusal| refusal.rule.as_str()).collect();
    assert_eq!(rules, [rule], "{resources}\n{found:?}");
    assert!(found[0].allowed.contains(allowed), "{:?}", found[0]);
    assert!(found[0].place.is_some() && !found[0].message.is_empty(), "{:?}", found[0]);
}

fn rule_with(target: &str) -> String {
    format!(
        "  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [a]}}, Targets: [{{Id: t, Arn: !GetAtt F.Arn, {target}}}]}}}}"
    )
}

fn schedule_with(target: &str) -> String {
    format!(
        "  S: {{Type: AWS::Scheduler::Schedule, Properties: {{ScheduleExpression: rate(1 hour), FlexibleTimeWindow: {{Mode: 'OFF'}}, Target: {{Arn: !GetAtt F.Arn, RoleArn: r, {target}}}}}}}"
    )
}

fn config_with(properties: &str) -> String {
    format!(
        "  C: {{Type: AWS::Lambda::EventInvokeConfig, Properties: {{FunctionName: !Ref F, Qualifier: $LATEST, {properties}}}}}"
    )
}

fn subscription(topic: &str, rest: &str) -> String {
    format!("  U: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref {topic}, {rest}}}}}")
}

const TO_FUNCTION: &str = "Protocol: lambda, Endpoint: !GetAtt F.Arn";

//= test: eventbridge.attempts_range
//= test: eventbridge.age_range
//= test: scheduler.attempts_range
//= test: scheduler.age_range
#[test]
fn a_retry_policy_outside_its_range_is_refused() {
    check(&rule_with("RetryPolicy: {MaximumRetryAttempts: 186}"), "eventbridge.attempts_range", "0 to 185");
    check(&rule_with("RetryPolicy: {MaximumEventAgeInSeconds: 59}"), "eventbridge.age_range", "1m to");
    check(&schedule_with("RetryPolicy: {MaximumRetryAttempts: 500}"), "scheduler.attempts_range", "0 to 185");
    check(&schedule_with("RetryPolicy: {MaximumEventAgeInSeconds: 86401}"), "scheduler.age_range", "1m to");
    let fine = "RetryPolicy: {MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 60}";
    assert_eq!(refused(&rule_with(fine)), []);
    assert_eq!(refused(&schedule_with(fine)), []);
}

//= test: eventbridge.dead_letter_standard
//= test: scheduler.dead_letter_standard
//= test: sns.dead_letter_same_place
//= test: sns_fifo.dead_letter_fifo
#[test]
fn a_dead_letter_queue_has_an_order_where_its_source_has_one_and_none_elsewhere() {
    let rule = "eventbridge.dead_letter_standard";
    check(&rule_with("DeadLetterConfig: {Arn: !GetAtt O.Arn}"), rule, "standard");
    let rule = "scheduler.dead_letter_standard";
    check(&schedule_with("DeadLetterConfig: {Arn: !GetAtt O.Arn}"), rule, "standard");
    let letters = |queue: &str| format!("RedrivePolicy: {{deadLetterTargetArn: !GetAtt {queue}.Arn}}");
    let rest = format!("{TO_FUNCTION}, {}", letters("O"));
    check(&subscription("T", &rest), "sns.dead_letter_same_place", "standard");
    let rest = format!("Protocol: sqs, Endpoint: !GetAtt O.Arn, {}", letters("D"));
    check(&subscription("TF", &rest), "sns_fifo.dead_letter_fifo", "FIFO");
    assert_eq!(refused(&rule_with("DeadLetterConfig: {Arn: !GetAtt D.Arn}")), []);
    assert_eq!(refused(&subscription("T", &format!("{TO_FUNCTION}, {}", letters("D")))), []);
}

//= test: sns.no_fifo_queue
//= test: sns.no_raw_to_lambda
//= test: sns_fifo.no_lambda
//= test: s3.no_fifo
#[test]
fn a_source_delivers_only_to_what_aws_lets_it() {
    let to_ordered = "Protocol: sqs, Endpoint: !GetAtt O.Arn";
    check(&subscription("T", to_ordered), "sns.no_fifo_queue", "without order");
    assert_eq!(refused(&subscription("TF", to_ordered)), []);
    let raw = format!("{TO_FUNCTION}, RawMessageDelivery: true");
    check(&subscription("T", &raw), "sns.no_raw_to_lambda", "false");
    check(&subscription("TF", TO_FUNCTION), "sns_fifo.no_lambda", "a queue");
    assert_eq!(refused(&subscription("T", TO_FUNCTION)), []);
    let bucket = |queue: &str| {
        format!(
            "  P: {{Type: AWS::S3::Bucket, Properties: {{NotificationConfiguration: {{QueueConfigurations: [{{Event: 's3:ObjectCreated:*', Queue: !GetAtt {queue}.Arn}}]}}}}}}"
        )
    };
    check(&bucket("O"), "s3.no_fifo", "without order");
    assert_eq!(refused(&bucket("D")), []);
}

//= test: eventbridge.five_targets
#[test]
fn a_rule_has_at_most_five_targets() {
    let rule = |count: u32| {
        let target = |index| format!("{{Id: t{index}, Arn: !GetAtt F.Arn}}");
        let targets: Vec<String> = (0..count).map(target).collect();
        let targets = targets.join(", ");
        format!(
            "  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [a]}}, Targets: [{targets}]}}}}"
        )
    };
    check(&rule(6), "eventbridge.five_targets", "at most 5");
    assert_eq!(refused(&rule(5)), []);
}

//= test: async.attempts_range
//= test: async.age_range
//= test: async.own_destination
//= test: async.bucket_for_failures
#[test]
fn an_invoke_configuration_outside_what_aws_takes_is_refused() {
    check(&config_with("MaximumRetryAttempts: 3"), "async.attempts_range", "0 to 2");
    check(&config_with("MaximumEventAgeInSeconds: 59"), "async.age_range", "1m to 6h");
    let exit = |when: &str, to: &str| {
        config_with(&format!("DestinationConfig: {{{when}: {{Destination: !GetAtt {to}.Arn}}}}"))
    };
    check(&exit("OnFailure", "F"), "async.own_destination", "another function");
    check(&exit("OnSuccess", "F"), "async.own_destination", "another function");
    check(&exit("OnSuccess", "B"), "async.bucket_for_failures", "queue");
    assert_eq!(refused(&exit("OnFailure", "B")), []);
    assert_eq!(refused(&exit("OnSuccess", "D")), []);
}

//= test: iot.ten_actions
//= test: codecommit.ten_triggers
//= test: cloudwatch_logs.two_filters
//= test: alb.one_function
#[test]
fn a_source_has_no_more_targets_than_aws_lets_it() {
    let functions = |count: u32| {
        let each = (0..count).map(|index| format!("  F{index}: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Runtime: python3.13, Role: r, Code: {{ZipFile: x}}}}}}\n"));
        each.collect::<String>()
    };
    let listed = |count: u32, one: &dyn Fn(u32) -> String| (0..count).map(one).collect::<Vec<_>>().join(", ");
    let actions = |count| {
        let all = listed(count, &|index| format!("{{Lambda: {{FunctionArn: !GetAtt F{index}.Arn}}}}"));
        let rule = format!(
            "  I: {{Type: AWS::IoT::TopicRule, Properties: {{TopicRulePayload: {{Sql: s, Actions: [{all}]}}}}}}"
        );
        functions(count) + &rule
    };
    check(&actions(11), "iot.ten_actions", "at most 10");
    assert_eq!(refused(&actions(10)), []);
    let triggers = |count| {
        let all = listed(count, &|index| {
            format!("{{DestinationArn: !GetAtt F{index}.Arn, Events: [all], Name: t}}")
        });
        let repository = format!(
            "  C: {{Type: AWS::CodeCommit::Repository, Properties: {{RepositoryName: c, Triggers: [{all}]}}}}"
        );
        functions(count) + &repository
    };
    check(&triggers(11), "codecommit.ten_triggers", "at most 10");
    assert_eq!(refused(&triggers(10)), []);
    let filters = |count: u32| {
        let each = (0..count).map(|index| format!("  S{index}: {{Type: AWS::Logs::SubscriptionFilter, Properties: {{LogGroupName: !Ref L, FilterPattern: '', DestinationArn: !GetAtt F{index}.Arn}}}}\n"));
        functions(count) + "  L: {Type: AWS::Logs::LogGroup}\n" + &each.collect::<String>()
    };
    check(&filters(3), "cloudwatch_logs.two_filters", "at most 2");
    assert_eq!(refused(&filters(2)), []);
    let group = |count| {
        let all = listed(count, &|index| format!("{{Id: !GetAtt F{index}.Arn}}"));
        let group = format!(
            "  G: {{Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {{TargetType: lambda, Targets: [{all}]}}}}"
        );
        functions(count) + &group
    };
    check(&group(2), "alb.one_function", "at most 1");
    assert_eq!(refused(&group(1)), []);
}

//= test: http_api.timeout_range
//= test: websocket_api.timeout_range
//= test: api_gateway.timeout_range
//= test: cloudformation.timeout_range
#[test]
fn a_front_waits_within_its_range() {
    let integration = |protocol: &str, timeout: u32| {
        format!(
            "  H: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: {protocol}, Name: h}}}}
  I: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref H, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt F.Arn, TimeoutInMillis: {timeout}}}}}"
        )
    };
    check(&integration("HTTP", 30_001), "http_api.timeout_range", "30s");
    assert_eq!(refused(&integration("HTTP", 30_000)), []);
    check(&integration("WEBSOCKET", 29_001), "websocket_api.timeout_range", "29s");
    assert_eq!(refused(&integration("WEBSOCKET", 29_000)), []);
    let method = |timeout: u32| {
        format!(
            "  A: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  M:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref A
      HttpMethod: GET
      Integration: {{Type: AWS_PROXY, TimeoutInMillis: {timeout}, Uri: !Sub 'arn:aws:apigateway:r:lambda:path/2015-03-31/functions/${{F.Arn}}/invocations'}}"
        )
    };
    check(&method(49), "api_gateway.timeout_range", "50ms");
    assert_eq!(refused(&method(50)), []);
    let custom = |timeout: u32| {
        format!(
            "  X: {{Type: 'Custom::X', Properties: {{ServiceToken: !GetAtt F.Arn, ServiceTimeout: {timeout}}}}}"
        )
    };
    check(&custom(3_601), "cloudformation.timeout_range", "1h");
    assert_eq!(refused(&custom(3_600)), []);
}

//= test: eventbridge.pattern
//= test: sns.filter_policy
//= test: pipes.source_arn
#[test]
fn a_pipe_names_its_source_by_an_arn() {
    let pipe = |source: &str, parameters: &str| {
        format!(
            "  S: {{Type: AWS::DynamoDB::Table, Properties: {{StreamSpecification: {{StreamViewType: NEW_IMAGE}}}}}}
  P: {{Type: AWS::Pipes::Pipe, Properties: {{RoleArn: r, Source: {source}, Target: !GetAtt F.Arn{parameters}}}}}"
        )
    };
    let begins = ", SourceParameters: {DynamoDBStreamParameters: {StartingPosition: LATEST}}";
    for (other, parameters) in
        [("!Ref D", ""), ("!GetAtt D.QueueName", ""), ("!GetAtt S.Arn", begins), ("!Ref S", begins)]
    {
        check(&pipe(other, parameters), "pipes.source_arn", "the ARN of a queue");
    }
    assert_eq!(refused(&pipe("!GetAtt D.Arn", "")), []);
    assert_eq!(refused(&pipe("!GetAtt S.StreamArn", begins)), []);
}

//= test: sns.filter_combinations
//= test: pipes.filter_pattern
#[test]
fn a_pattern_that_is_not_legal_is_refused_with_what_reads_it() {
    let rule = |pattern: &str| {
        format!(
            "  E: {{Type: AWS::Events::EventBus, Properties: {{Name: e}}}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref E, EventPattern: {pattern}, Targets: [{{Id: t, Arn: !GetAtt F.Arn}}]}}}}"
        )
    };
    check(&rule("{source: a}"), "eventbridge.pattern", "a pattern without");
    assert_eq!(refused(&rule("{source: [a]}")), []);
    let policy = |policy: &str| subscription("T", &format!("{TO_FUNCTION}, FilterPolicy: {policy}"));
    check(&policy("{kind: [{unheard-of: a}]}"), "sns.filter_policy", "a pattern without");
    let many = |count: u32| (0..count).map(|one| format!("v{one}")).collect::<Vec<_>>().join(", ");
    let combined = |count| policy(&format!("{{a: [{0}], b: [{0}]}}", many(count)));
    check(&combined(13), "sns.filter_policy", "150");
    assert_eq!(refused(&combined(12)), []);
    let pipe = |pattern: &str| {
        format!(
            "  P: {{Type: AWS::Pipes::Pipe, Properties: {{RoleArn: r, Source: !GetAtt D.Arn, Target: !GetAtt F.Arn, SourceParameters: {{FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}}}}}}}"
        )
    };
    check(&pipe(r#"{"body": 1}"#), "pipes.filter_pattern", "a pattern without");
    assert_eq!(refused(&pipe(r#"{"body": {"a": [1]}}"#)), []);
}

//= test: s3.overlapping_filters
#[test]
fn notifications_that_one_key_could_match_are_refused() {
    let bucket = |first: &str, second: &str| {
        let rules =
            |prefix: &str| format!("Filter: {{S3Key: {{Rules: [{{Name: prefix, Value: {prefix}}}]}}}}");
        format!(
            "  P:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations: [{{Event: 's3:ObjectCreated:*', Function: !GetAtt F.Arn, {}}}]
        QueueConfigurations: [{{Event: 's3:ObjectCreated:Put', Queue: !GetAtt D.Arn, {}}}]",
            rules(first),
            rules(second)
        )
    };
    check(&bucket("in/", "in/new/"), "s3.overlapping_filters", "no key of this one");
    assert_eq!(refused(&bucket("in/", "out/")), []);
}

//= test: scheduler.window_range
#[test]
fn a_flexible_window_has_a_length_within_its_range() {
    let window = |minutes: u32| {
        schedule_with("")
            .replace("{Mode: 'OFF'}", &format!("{{Mode: FLEXIBLE, MaximumWindowInMinutes: {minutes}}}"))
    };
    check(&window(1_441), "scheduler.window_range", "");
    check(&window(0), "scheduler.window_range", "");
    assert!(refused(&window(1_440)).is_empty() && refused(&window(1)).is_empty());
}

//= test: async.something_configured
#[test]
fn an_invoke_configuration_that_sets_nothing_is_refused() {
    check(&config_with(""), "async.something_configured", "attempts");
    assert!(refused(&config_with("MaximumRetryAttempts: 2")).is_empty());
    assert!(refused(&config_with("DestinationConfig: {OnFailure: {Destination: !GetAtt D.Arn}}")).is_empty());
}

//= test: function_url.qualifier
#[test]
fn a_url_belongs_to_no_version() {
    let url = |qualifier: &str| {
        format!(
            "  U: {{Type: AWS::Lambda::Url, Properties: {{TargetFunctionArn: !Ref F, AuthType: NONE{qualifier}}}}}"
        )
    };
    check(&url(", Qualifier: '3'"), "function_url.qualifier", "an alias");
    assert!(refused(&url(", Qualifier: live")).is_empty() && refused(&url("")).is_empty());
}

//= test: lambda_edge.version
#[test]
fn a_distribution_names_a_version() {
    let distribution = |arn: &str| {
        format!(
            "  V: {{Type: AWS::Lambda::Version, Properties: {{FunctionName: !Ref F}}}}
  E: {{Type: AWS::CloudFront::Distribution, Properties: {{DistributionConfig: {{DefaultCacheBehavior: {{LambdaFunctionAssociations: [{{EventType: viewer-request, LambdaFunctionARN: {arn}}}]}}}}}}}}"
        )
    };
    check(&distribution("!GetAtt F.Arn"), "lambda_edge.version", "a published version");
    assert!(refused(&distribution("!Ref V")).is_empty());
}
