//! What templates say in ways of their own: rules of the default bus, calls of a scheduler, topics with readers that are no
//! service, sources of somebody's own, and what comes at times of its own.

use std::path::Path;

use redrive::explore::Standing;
use redrive::guarantee::GuaranteeName::NoLoss;
use redrive::models::Models;
use redrive::prelude::{Check, Duration, Faults, Workload};
use redrive::template::{ImportOptions, Imported, import_text};
use redrive::topology::{Topology, refusals};

use crate::checked::CheckedTemplate;

const FUNCTION: &str = "
  Work:
    Type: AWS::Lambda::Function
    Properties: {Handler: a.b, Runtime: python3.13, Role: 'arn:aws:iam::1:role/r', Code: {ZipFile: x}}
";

fn read(resources: &str) -> (Imported, Models) {
    let models = Models::embedded().expect("the embedded models load");
    let template = format!("Resources:\n{resources}");
    (import_text(Path::new("t.yaml"), &template, &ImportOptions::with_stand_ins(), &models), models)
}

fn deployed(resources: &str) -> Topology {
    let (imported, _) = read(resources);
    imported.topology.unwrap_or_else(|| panic!("{resources}\n{:?}", imported.diagnostics))
}

fn refused(resources: &str) -> Vec<String> {
    let (imported, models) = read(resources);
    let topology = imported.topology.unwrap_or_else(|| panic!("{resources}\n{:?}", imported.diagnostics));
    refusals(&topology, &models).into_iter().map(|refusal| refusal.rule).collect()
}

fn warned(resources: &str) -> Vec<&'static str> {
    read(resources).0.diagnostics.iter().map(|one| one.code).collect()
}

fn links(topology: &Topology) -> Vec<String> {
    let one = |link: &redrive::topology::Link| {
        let (from, to) = (topology.end_name(&link.from), topology.end_name(&link.to));
        format!("{from}->{to} {} ({})", link.model.id(), link.source)
    };
    topology.links.iter().map(one).collect()
}

fn rule(pattern: &str) -> String {
    format!(
        "{FUNCTION}  Rule: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {pattern}, Targets: [{{Id: a, Arn: !GetAtt Work.Arn}}]}}}}"
    )
}

//= test: eventbridge.pattern
#[test]
fn the_pattern_of_a_rule_is_read_whatever_its_bus() {
    assert_eq!(refused(&rule("{source: [shop]}")), [""; 0]);
    for wrong in ["{source: shop}", "{source: []}", "{source: [{prefixx: a}]}"] {
        assert_eq!(refused(&rule(wrong)), ["eventbridge.pattern"], "{wrong}");
    }
}

//= test: queue_poll.no_source
#[test]
fn a_mapping_on_what_is_no_source_is_refused() {
    let mapping = |source: &str| {
        format!(
            "{FUNCTION}  Shelf: {{Type: AWS::S3::Bucket}}
  Poll: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref Work, EventSourceArn: {source}}}}}"
        )
    };
    for source in ["!GetAtt Shelf.Arn", "'arn:aws:firehose:eu-west-1:1:deliverystream/x'"] {
        assert_eq!(refused(&mapping(source)), ["queue_poll.no_source"], "{source}");
    }
    assert_eq!(refused(&mapping("'arn:aws:sqs:eu-west-1:1:orders'")), [""; 0]);
}

//= test: sns.filter_scope
#[test]
fn an_empty_filter_policy_is_none_and_a_scope_is_one_of_two_words() {
    let subscription = |more: &str| {
        format!(
            "{FUNCTION}  Topic: {{Type: AWS::SNS::Topic}}
  Listen: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt Work.Arn, {more}}}}}"
        )
    };
    assert_eq!(refused(&subscription("FilterPolicy: {}")), [""; 0]);
    assert_eq!(refused(&subscription("FilterPolicy: {a: [1]}, FilterPolicyScope: MessageBody")), [""; 0]);
    assert_eq!(
        refused(&subscription("FilterPolicy: {a: [1]}, FilterPolicyScope: Body")),
        ["sns.filter_scope"]
    );
}

#[test]
fn a_rule_that_waits_for_a_silent_bucket_and_a_method_that_does_not_post_are_told() {
    let waits = |bucket: &str| {
        let pattern = "{source: [aws.s3], detail: {bucket: {name: [!Ref Shelf]}}}";
        format!("{}\n  Shelf: {{Type: AWS::S3::Bucket{bucket}}}", rule(pattern))
    };
    assert_eq!(warned(&waits("")), ["template-silent-bucket"]);
    let speaks =
        ", Properties: {NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}";
    assert_eq!(warned(&waits(speaks)), [""; 0]);
    let method = |method: &str| {
        format!(
            "{FUNCTION}  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      Integration: {{Type: AWS_PROXY, IntegrationHttpMethod: {method}, Uri: !Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${{Work.Arn}}/invocations'}}"
        )
    };
    assert_eq!(warned(&method("GET")), ["template-broken-integration"]);
    assert_eq!(warned(&method("POST")), [""; 0]);
    assert_eq!(links(&deployed(&method("POST"))), ["Api->Work sync (api_gateway)"]);
}

#[test]
fn a_schedule_may_call_any_action_of_an_sdk() {
    let schedule = |call: &str, input: &str| {
        deployed(&format!(
            "{FUNCTION}  Queue: {{Type: AWS::SQS::Queue}}
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {{Mode: 'OFF'}}
      Target: {{Arn: 'arn:aws:scheduler:::aws-sdk:{call}', RoleArn: r, Input: !Sub '{input}'}}"
        ))
    };
    let table = [
        (
            "lambda:invoke",
            r#"{"FunctionName": "${Work}", "InvocationType": "Event"}"#,
            "Nightly->Work async (scheduler)",
        ),
        ("lambda:invoke", r#"{"FunctionName": "${Work}"}"#, "Nightly->Work sync (scheduler)"),
        (
            "sqs:sendMessage",
            r#"{"QueueUrl": "${Queue}", "MessageBody": "x"}"#,
            "Nightly->Queue forward (scheduler)",
        ),
    ];
    for (call, input, expected) in table {
        assert_eq!(links(&schedule(call, input)), [expected], "{call}");
    }
    let untold = schedule("sqs:sendMessage", r#"{"MessageBody": "x"}"#);
    assert_eq!(untold.unmodelled.len(), 1, "{:?}", untold.unmodelled);
}

//= test: profile.schedules
//= test: profile.seldom
#[test]
fn a_schedule_comes_at_its_times() {
    let events = |expression: &str| {
        let topology = deployed(&format!(
            "{FUNCTION}  Job: {{Type: AWS::Events::Rule, Properties: {{ScheduleExpression: {expression}, Targets: [{{Id: a, Arn: !GetAtt Work.Arn}}]}}}}
  May: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: events.amazonaws.com}}}}"
        ));
        let text = Check::new(&topology).faults(Faults::none()).run_seed(0).timeline();
        let times = text.lines().filter(|line| line.contains("Work runs with"));
        times.map(|line| line.split_whitespace().next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(events("rate(1 day)").len(), 1);
    assert_eq!(events("at(2026-11-23T10:00:00)").len(), 1);
    let hourly = events("rate(1 hour)");
    let hours: Vec<&str> = hourly.iter().map(|time| time.split(':').next().unwrap_or_default()).collect();
    assert_eq!(hours, ["00", "01", "02", "03", "04", "05", "06"], "{hourly:?}");
}

#[test]
fn a_topic_whose_readers_are_people_keeps_what_it_is_given() {
    let mail = "
  Pager: {Type: AWS::SNS::Topic}
  Mail: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Pager, Protocol: email, Endpoint: a@b.example}}
  Topic: {Type: AWS::SNS::Topic}
  Listen: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt Work.Arn}}
  May: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: sns.amazonaws.com}}
";
    let work = FUNCTION.replace("Code:", "DeadLetterConfig: {TargetArn: !Ref Pager}, Code:");
    let standing = |resources: String| {
        let template = format!("Resources:\n{work}{resources}");
        CheckedTemplate::of_text(&template).verdict(NoLoss, "Topic->Work", "Work").standing
    };
    assert_eq!(standing(mail.to_owned()), Standing::Held);
    let deaf: Vec<&str> = mail.lines().filter(|line| !line.contains("Mail:")).collect();
    assert_eq!(standing(deaf.join("\n") + "\n"), Standing::Violated);
}

#[test]
fn a_source_of_ones_own_calls_the_function_that_it_is_permitted_to_call() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/webhook-gateway");
    let models =
        Models::with_overlay(&folder.join("models")).unwrap_or_else(|problems| panic!("{problems:?}"));
    let imported =
        redrive::template::import(&folder.join("template.yaml"), &ImportOptions::with_stand_ins(), &models);
    let topology = imported.topology.expect("the template can be read");
    assert!(
        links(&topology).contains(&"hooks.payments.example->BookPayment sync (webhook_gateway)".to_owned()),
        "{:?}",
        links(&topology)
    );
    let plain = Models::embedded().expect("the embedded models load");
    let without =
        redrive::template::import(&folder.join("template.yaml"), &ImportOptions::with_stand_ins(), &plain);
    let without = without.topology.expect("the template can be read");
    assert!(
        !links(&without).iter().any(|link| link.contains("hooks.payments")),
        "nobody knows the principal"
    );
}

//= test: api_gateway.no_retry
//= test: http_api.no_retry
#[test]
fn an_api_hands_a_request_on_once() {
    let models = Models::embedded().expect("the embedded models load");
    for rule in ["api_gateway.no_retry", "http_api.no_retry"] {
        assert_eq!(models.counts(rule, "counts").expect("it says so"), [0], "{rule}");
    }
}

/// An API that starts an Express machine by this action.
fn started_by(action: &str) -> String {
    let own = "{StartAt: A, States: {A: {Type: Task, Resource: !GetAtt Work.Arn, End: true}}}";
    format!(
        "{FUNCTION}  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: [states.amazonaws.com, apigateway.amazonaws.com]}}}}]}}
      Policies: [{{PolicyName: all, PolicyDocument: {{Statement: [{{Effect: Allow, Action: '*', Resource: '*'}}]}}}}]
  Steps: {{Type: AWS::StepFunctions::StateMachine, Properties: {{StateMachineType: EXPRESS, RoleArn: !GetAtt Role.Arn, Definition: {own}}}}}
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      Integration:
        Type: AWS
        IntegrationHttpMethod: POST
        Credentials: !GetAtt Role.Arn
        Uri: 'arn:aws:apigateway:eu-west-1:states:action/{action}'
        RequestTemplates: {{application/json: !Sub '{{\"stateMachineArn\": \"${{Steps}}\", \"input\": \"x\"}}'}}
"
    )
}

#[test]
fn an_api_that_starts_an_express_machine_and_goes_is_told_nothing_of_its_end() {
    let standing = |action: &str| {
        let template = format!("Resources:\n{}", started_by(action));
        CheckedTemplate::of_text(&template).verdict(NoLoss, "Steps->Work", "Work").standing
    };
    assert_eq!(standing("StartExecution"), Standing::Violated);
    assert_eq!(standing("StartSyncExecution"), Standing::Held);
}

#[test]
fn behind_a_denied_hop_nobody_else_is_accused() {
    let stored = |policy: &str| {
        format!(
            "Resources:{FUNCTION}  Topic: {{Type: AWS::SNS::Topic}}
  Shelf:
    Type: AWS::S3::Bucket
    Properties: {{NotificationConfiguration: {{TopicConfigurations: [{{Event: 's3:ObjectCreated:*', Topic: !Ref Topic}}]}}}}
  Listen: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt Work.Arn}}}}
  May: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: sns.amazonaws.com}}}}
{policy}"
        )
    };
    let blocked = Standing::NotApplicable("blocked by `permitted`");
    let checked = CheckedTemplate::of_text(&stored(""));
    assert_eq!(checked.verdict(NoLoss, "Topic->Work", "Work").standing, blocked);
    let lets_in = "  Policy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: 'sns:Publish', Resource: !Ref Topic}]}
";
    let waits = stored(lets_in).replace("  Shelf:\n", "  Shelf:\n    DependsOn: Policy\n");
    let checked = CheckedTemplate::of_text(&waits);
    assert_eq!(checked.verdict(NoLoss, "Topic->Work", "Work").standing, Standing::Violated);
}

//= test: api_gateway.route
//= test: http_api.route
//= test: websocket_api.route
#[test]
fn a_request_takes_one_route_of_an_api_and_runs_take_each() {
    let one = format!(
        "{FUNCTION}  Let: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: apigateway.amazonaws.com}}}}\n"
    );
    let functions = one.replace("Work", "Other").replace("Let:", "LetOther:") + &one;
    let http = |kind: &str| {
        format!(
            "{functions}  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: {kind}, Name: shop}}}}
  One: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Work.Arn}}}}
  Two: {{Type: AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Other.Arn}}}}
"
        )
    };
    let method = |name: &str, function: &str| {
        format!(
            "  {name}: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref Api, ResourceId: r, HttpMethod: POST, Integration: {{Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${{{function}.Arn}}/invocations'}}}}}}\n"
        )
    };
    let rest = format!(
        "{functions}  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: shop}}}}\n{}{}",
        method("One", "Work"),
        method("Two", "Other")
    );
    for resources in [http("HTTP"), http("WEBSOCKET"), rest] {
        let topology = deployed(&resources);
        let called = |seed| {
            let load = Workload::to("Api").events(1).every(Duration::from_secs(1));
            let text = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(seed).timeline();
            (text.contains("Work runs with"), text.contains("Other runs with"))
        };
        let all: Vec<(bool, bool)> = (0..32).map(called).collect();
        assert!(all.iter().all(|(one, other)| one != other), "{resources}: {all:?}");
        assert!(all.contains(&(true, false)) && all.contains(&(false, true)), "{resources}: {all:?}");
    }
}

#[test]
fn what_is_stated_of_an_upload_is_compared_with_what_a_notification_is_for() {
    let stored = "  Store: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {LambdaConfigurations: [{Event: 's3:ObjectCreated:*', Function: !GetAtt Work.Arn, Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}, {Name: suffix, Value: .csv}]}}}]}}}
  Let: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: s3.amazonaws.com}}
";
    let topology = deployed(&format!("{FUNCTION}{stored}"));
    let told = |event: &str, key: &str| {
        let body = format!(
            r#"{{"eventSource": "aws:s3", "eventName": "{event}", "s3": {{"object": {{"key": "{key}"}}}}}}"#
        );
        let load = Workload::to("Store").message(Duration::ZERO, &body);
        let text = Check::new(&topology).workload(load).faults(Faults::none()).run_seed(0).timeline();
        text.contains("Work runs with")
    };
    assert!(told("ObjectCreated:Put", "in/a.csv"));
    for (event, key) in [
        ("ObjectRemoved:Delete", "in/a.csv"),
        ("ObjectCreated:Put", "out/a.csv"),
        ("ObjectCreated:Put", "in/a.txt"),
    ] {
        assert!(!told(event, key), "{event} {key}");
    }
}
