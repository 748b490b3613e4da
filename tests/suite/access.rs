//! Permissions: what policies allow is granted, what they do not is denied, and what the template leaves open is unknown.

use std::path::Path;
use std::sync::OnceLock;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{Permitted, Right, RightOf, Topology};

/// Read once: the tables below import many templates.
fn models() -> &'static Models {
    static MODELS: OnceLock<Models> = OnceLock::new();
    MODELS.get_or_init(|| Models::embedded().expect("the embedded models load"))
}

fn topology(template: &str) -> Topology {
    let options = ImportOptions::with_stand_ins();
    let imported = import_text(Path::new("t.yaml"), template, &options, models());
    imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics))
}

/// The right of one kind for a link or exit of this name.
fn right<'a>(topology: &'a Topology, name: &str, of: RightOf) -> &'a Right {
    let found = topology.rights.iter().find(|right| right.name.as_str() == name && right.of == of);
    found.unwrap_or_else(|| panic!("there is no right {name} among {:#?}", topology.rights))
}

fn word(topology: &Topology, name: &str, of: RightOf) -> Permitted {
    right(topology, name, of).permitted
}

use Permitted::{Denied, Granted, Unknown};

/// A function with a role, and a queue to send to.
const USUAL: &str = "  Fulfil: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Role: {Type: AWS::IAM::Role, Properties: {Policies: []}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Fulfil, FunctionVersion: '7', Name: live}}
  Seven: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fulfil}}
  Topic: {Type: AWS::SNS::Topic}
  Other: {Type: AWS::SNS::Topic}
";

/// A topic that calls what `endpoint` says, and one permission.
fn topic_calls(endpoint: &str, permission: &str) -> String {
    format!(
        "Parameters: {{Name: {{Type: String}}, Account: {{Type: String}}, Choice: {{Type: String}}}}
Conditions: {{Wanted: !Equals [!Ref Choice, 'yes']}}
Resources:
{USUAL}  Subscription: {{Type: AWS::SNS::Subscription, Properties: {{Protocol: lambda, TopicArn: !Ref Topic, Endpoint: {endpoint}}}}}
  Allow: {{Type: AWS::Lambda::Permission, {permission}}}
"
    )
}

fn properties(action: &str, function: &str, principal: &str, more: &str) -> String {
    format!("Properties: {{Action: '{action}', FunctionName: {function}, Principal: {principal}{more}}}")
}

//= test: access.qualified
#[test]
fn a_push_is_allowed_by_the_statement_that_names_action_function_caller_and_source() {
    let (invoke, sns, bare) = ("lambda:InvokeFunction", "sns.amazonaws.com", "!GetAtt Fulfil.Arn");
    let usual = |more: &str| properties(invoke, "!Ref Fulfil", sns, more);
    let of = |function: &str| properties(invoke, function, sns, "");
    let from = |arn: &str| usual(&format!(", SourceArn: {arn}"));
    let alias = "!Ref Live";
    let table = [
        // The caller and the action.
        (bare, usual(""), Granted),
        (bare, properties(invoke, "!Ref Fulfil", "'*'", ""), Granted),
        (bare, properties("lambda:*", "!Ref Fulfil", sns, ""), Granted),
        (bare, properties("lambda:invokefunction", "!Ref Fulfil", sns, ""), Granted),
        (bare, properties("lambda:Invoke*", "!Ref Fulfil", sns, ""), Granted),
        (bare, properties("lambda:GetFunction", "!Ref Fulfil", sns, ""), Denied),
        (bare, properties("lambda:InvokeFunctionUrl", "!Ref Fulfil", sns, ""), Denied),
        (bare, properties(invoke, "!Ref Fulfil", "s3.amazonaws.com", ""), Denied),
        (bare, properties(invoke, "!Ref Fulfil", "sns.us-east-1.amazonaws.com", ""), Granted),
        (bare, properties(invoke, "!Ref Fulfil", "!Sub 'sns.${AWS::URLSuffix}'", ""), Granted),
        (bare, properties(invoke, "!Ref Fulfil", "!Ref Name", ""), Unknown),
        (bare, properties(invoke, "!Ref Fulfil", "'111122223333'", ""), Denied),
        // The source.
        (bare, from("!Ref Topic"), Granted),
        (bare, from("!Ref Other"), Denied),
        (bare, from("!Sub 'arn:aws:sns:${AWS::Region}:${AWS::AccountId}:${Topic.TopicName}'"), Granted),
        (bare, from("!Sub 'arn:aws:sns:*:*:${Topic.TopicName}'"), Granted),
        (bare, from("'arn:aws:sns:*'"), Granted),
        (bare, from("'arn:aws:s3:::*'"), Denied),
        (bare, from("!Ref Name"), Unknown),
        (bare, from("'arn:aws:sns:us-east-1:123456789012:orders'"), Unknown),
        (bare, from("!Sub 'arn:aws:sns:us-east-1:123456789012:${Name}'"), Unknown),
        (bare, from("!Sub 'arn:aws:events:us-east-1:123456789012:${Name}'"), Denied),
        (bare, from("!If [Wanted, !Ref Topic, !Ref Other]"), Unknown),
        // Its account.
        (bare, usual(", SourceAccount: !Ref AWS::AccountId"), Granted),
        (bare, usual(", SourceAccount: !Ref Account"), Unknown),
        (bare, usual(", SourceAccount: '999988887777'"), Unknown),
        (bare, usual(", PrincipalOrgID: o-1234567890"), Unknown),
        (bare, usual(", EventSourceToken: token"), Unknown),
        // The form of the function's ARN.
        (bare, of("!GetAtt Fulfil.Arn"), Granted),
        (bare, of("!Sub '${AWS::AccountId}:function:${Fulfil}'"), Granted),
        (bare, of(alias), Denied),
        (bare, of("!Sub '${Fulfil}:live'"), Denied),
        (bare, of("!Ref Seven"), Denied),
        (bare, of("!Ref Name"), Unknown),
        (alias, of(alias), Granted),
        (alias, of("!Sub '${Fulfil}:live'"), Granted),
        (alias, of("!Sub '${Fulfil.Arn}:live'"), Granted),
        (alias, of("!Ref Fulfil"), Denied),
        (alias, of("!GetAtt Fulfil.Arn"), Denied),
        (alias, of("!Sub '${Fulfil}:next'"), Denied),
        (alias, of("!Ref Seven"), Unknown),
        (alias, of("!Sub '${Fulfil}:${Name}'"), Unknown),
        ("!Ref Seven", of("!Ref Seven"), Granted),
        ("!Ref Seven", of("!Ref Fulfil"), Denied),
        // Whether it is there at all.
        (bare, format!("Condition: Wanted, {}", usual("")), Unknown),
    ];
    for (endpoint, permission, expected) in table {
        let topology = topology(&topic_calls(endpoint, &permission));
        let found = word(&topology, "Topic->Fulfil", RightOf::Link);
        assert_eq!(found, expected, "{endpoint} with {permission}\n{:#?}", topology.rights);
        let link = topology.links.iter().find(|link| link.source == "sns").expect("there is a link");
        assert_eq!(link.permitted, expected, "the link says the same");
    }
}

/// An API with one method, and one permission with this `SourceArn` behind the API's id.
fn api(method: &str, path: &str, behind: &str) -> Topology {
    topology(&format!(
        "Resources:
{USUAL}  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: a}}}}
  Bookings: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: bookings}}}}
  One: {{Type: AWS::ApiGateway::Resource, Properties: {{RestApiId: !Ref Api, ParentId: !Ref Bookings, PathPart: '{{id}}'}}}}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: {path}
      HttpMethod: {method}
      Integration: {{Type: AWS_PROXY, Uri: !Sub 'arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{Fulfil.Arn}}/invocations'}}
  Deployment: {{Type: AWS::ApiGateway::Deployment, Properties: {{RestApiId: !Ref Api}}}}
  Stage: {{Type: AWS::ApiGateway::Stage, Properties: {{RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: prod}}}}
  Allow: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Fulfil, Principal: apigateway.amazonaws.com, SourceArn: !Sub 'arn:aws:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}{behind}'}}}}
"
    ))
}

#[test]
fn an_api_calls_by_stage_method_and_path() {
    let (bookings, one, root) = ("!Ref Bookings", "!Ref One", "!GetAtt Api.RootResourceId");
    let table = [
        ("POST", bookings, "/*/POST/bookings", Granted),
        ("POST", bookings, "/*/*/*", Granted),
        ("POST", bookings, "/*/*", Granted),
        ("POST", bookings, "/*", Granted),
        ("POST", bookings, "/prod/POST/bookings", Granted),
        ("POST", bookings, "/*/GET/bookings", Denied),
        ("POST", bookings, "/*/POST/bills", Denied),
        ("POST", bookings, "/*/POST/", Denied),
        ("POST", bookings, "/dev/POST/bookings", Denied),
        ("POST", bookings, "/*/post/bookings", Denied),
        ("ANY", bookings, "/*/*/bookings", Granted),
        ("ANY", bookings, "/*/GET/bookings", Unknown),
        ("GET", one, "/*/GET/bookings/*", Granted),
        ("GET", one, "/*/GET/bookings/{id}", Unknown),
        ("GET", one, "/*/GET/bookings", Denied),
        ("GET", root, "/*/GET/", Granted),
        ("GET", root, "/*/GET/bookings", Denied),
    ];
    for (method, path, behind, expected) in table {
        let topology = api(method, path, behind);
        let right = right(&topology, "Api->Fulfil", RightOf::Link);
        assert_eq!(right.permitted, expected, "{method} {path} by {behind}: {right:#?}");
    }
    let other = api("POST", bookings, "/*/GET/bookings");
    let denial = &right(&other, "Api->Fulfil", RightOf::Link).denials[0];
    assert_eq!(denial.way.as_deref(), Some("POST /bookings"));
    let says = denial.nearly.as_ref().map(|(says, _)| says.as_str());
    assert_eq!(says, Some("Allow allows GET /bookings, called is POST /bookings"));
    assert_eq!(denial.rule, "api_gateway.denied");
    assert_eq!(
        denial.repair.lines,
        [
            "SourceArn: !Sub 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/POST/bookings'"
        ]
    );
}

/// A queue that something sends to, with a policy of its own or none.
fn queue_policy(statement: &str) -> String {
    format!(
        "  Policy: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Orders], PolicyDocument: {{Statement: [{statement}]}}}}}}\n"
    )
}

/// What allows a topic everything and then denies everybody to send.
const DENIED_AGAIN: &str = "{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: 'sqs:*', Resource: '*'}, \
                            {Effect: Deny, Principal: '*', Action: 'sqs:SendMessage', Resource: '*'";

/// A policy of the queue that lets this principal send under this condition.
fn allow(principal: &str, condition: &str) -> String {
    queue_policy(&format!(
        "{{Effect: Allow, Principal: {principal}, Action: 'sqs:SendMessage', Resource: !GetAtt Orders.Arn{condition}}}"
    ))
}

#[test]
fn a_service_sends_to_a_queue_only_by_the_queues_policy() {
    let service = "{Service: sns.amazonaws.com}";
    let table = [
        (String::new(), Denied),
        (allow(service, ""), Granted),
        (allow("'*'", ""), Granted),
        (allow("{AWS: '*'}", ", Condition: {ArnEquals: {'aws:SourceArn': !Ref Topic}}"), Granted),
        (allow(service, ", Condition: {ArnLike: {'aws:SourceArn': !Ref Topic}}"), Granted),
        (allow(service, ", Condition: {ArnEquals: {'AWS:SourceArn': !Ref Other}}"), Denied),
        (
            allow(service, ", Condition: {StringEquals: {'aws:SourceAccount': !Ref 'AWS::AccountId'}}"),
            Granted,
        ),
        (allow(service, ", Condition: {StringEquals: {'aws:PrincipalTag/x': y}}"), Unknown),
        (allow(service, ", Condition: {Bool: {'aws:SecureTransport': 'true'}}"), Granted),
        (allow("{Service: [s3.amazonaws.com, sns.amazonaws.com]}", ""), Granted),
        (allow("{Service: s3.amazonaws.com}", ""), Denied),
        (queue_policy(&format!("{DENIED_AGAIN}}}")), Denied),
        (
            queue_policy(&format!(
                "{DENIED_AGAIN}, Condition: {{Bool: {{'aws:SecureTransport': 'false'}}}}}}"
            )),
            Granted,
        ),
        (
            queue_policy(&format!(
                "{DENIED_AGAIN}, Condition: {{StringEquals: {{'aws:PrincipalOrgID': o-1}}}}}}"
            )),
            Unknown,
        ),
        (
            queue_policy(&format!(
                "{DENIED_AGAIN}, Condition: {{ArnNotEquals: {{'aws:SourceArn': !Ref Topic}}}}}}"
            )),
            Granted,
        ),
    ];
    sends(table);
}

#[test]
fn a_queues_policy_may_say_whom_and_what_it_leaves_out() {
    let table = [
        (
            queue_policy(
                "{Effect: Allow, NotPrincipal: {Service: sns.amazonaws.com}, Action: 'sqs:*', Resource: '*'}",
            ),
            Denied,
        ),
        (
            queue_policy("{Effect: Allow, Principal: '*', NotAction: 'sqs:SendMessage', Resource: '*'}"),
            Denied,
        ),
        (
            queue_policy("{Effect: Allow, Principal: '*', Action: 'sqs:*', NotResource: !GetAtt Orders.Arn}"),
            Denied,
        ),
        (
            queue_policy(
                "{Effect: Allow, Principal: '*', Action: 'SQS:Send*', Resource: !GetAtt Orders.Arn}",
            ),
            Granted,
        ),
        (
            queue_policy(
                "{Effect: Allow, Principal: '*', Action: 'sqs:*', Resource: !GetAtt Topic.TopicName}",
            ),
            Denied,
        ),
    ];
    sends(table);
}

/// Holds what a topic may do against each of these policies of the queue that it sends to.
fn sends(table: impl IntoIterator<Item = (String, Permitted)>) {
    for (policy, expected) in table {
        let template = format!(
            "Resources:
{USUAL}  Orders: {{Type: AWS::SQS::Queue}}
  Subscription: {{Type: AWS::SNS::Subscription, Properties: {{Protocol: sqs, TopicArn: !Ref Topic, Endpoint: !GetAtt Orders.Arn}}}}
{policy}"
        );
        let topology = topology(&template);
        let right = right(&topology, "Topic->Orders", RightOf::Link);
        assert_eq!(right.permitted, expected, "{policy}: {right:#?}");
    }
}

/// A function whose role has these policies, with these properties, and what else there is.
fn with_role(role: &str, function: &str, more: &str) -> Topology {
    topology(&format!(
        "Parameters: {{Policy: {{Type: String}}}}
Resources:
  Fulfil: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Role.Arn{function}}}}}
  Role: {{Type: AWS::IAM::Role, Properties: {{{role}}}}}
  Orders: {{Type: AWS::SQS::Queue}}
  Dead: {{Type: AWS::SQS::Queue}}
{more}"
    ))
}

fn inline(statement: &str) -> String {
    format!("Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{statement}]}}}}]")
}

const MAPPING: &str = "  Mapping: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Orders.Arn, FunctionName: !Ref Fulfil}}\n";

//= test: queue_poll.role_permissions
#[test]
fn a_function_polls_with_the_rights_of_its_role() {
    let managed = |name: &str| format!("ManagedPolicyArns: ['arn:aws:iam::aws:policy/{name}']");
    let all = "Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']";
    let on = |actions: &str, resource: &str| {
        inline(&format!("{{Effect: Allow, {actions}, Resource: {resource}}}"))
    };
    let table = [
        (managed("service-role/AWSLambdaSQSQueueExecutionRole"), Granted),
        (managed("AmazonSQSFullAccess"), Granted),
        (managed("AdministratorAccess"), Granted),
        (managed("service-role/AWSLambdaBasicExecutionRole"), Denied),
        (managed("AmazonSQSReadOnlyAccess"), Denied),
        (managed("SomethingOfOurOwn"), Unknown),
        ("ManagedPolicyArns: [!Ref Policy]".to_owned(), Unknown),
        (on(all, "!GetAtt Orders.Arn"), Granted),
        (on(all, "'*'"), Granted),
        (on(all, "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Orders.QueueName}'"), Granted),
        (on(all, "!GetAtt Dead.Arn"), Denied),
        (on("Action: 'sqs:*'", "'*'"), Granted),
        (on("Action: 'sqs:ReceiveMessage'", "'*'"), Denied),
        (on("NotAction: 'iam:*'", "'*'"), Granted),
        (on(all, "!Ref Policy"), Unknown),
        (String::new(), Denied),
        (
            inline(
                "{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Deny, Action: 'sqs:Delete*', Resource: '*'}",
            ),
            Denied,
        ),
        (format!("{}, PermissionsBoundary: !Ref Policy", on("Action: 'sqs:*'", "'*'")), Unknown),
    ];
    for (role, expected) in table {
        let topology = with_role(&role, "", MAPPING);
        let found = right(&topology, "Orders->Fulfil", RightOf::Link);
        assert_eq!(found.permitted, expected, "{role}: {found:#?}");
        assert_eq!(topology.links[0].permitted, expected);
    }
    let elsewhere = "Parameters: {Role: {Type: String}}
Resources:
  Fulfil: {Type: AWS::Lambda::Function, Properties: {Role: !Ref Role}}
  Orders: {Type: AWS::SQS::Queue}
"
    .to_owned()
        + MAPPING;
    assert_eq!(word(&topology(&elsewhere), "Orders->Fulfil", RightOf::Link), Unknown);
}

#[test]
fn the_execution_role_pays_for_dead_letters_and_destinations() {
    let dead = ", DeadLetterConfig: {TargetArn: !GetAtt Dead.Arn}";
    let config = "  Config: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Fulfil, Qualifier: $LATEST, DestinationConfig: {OnFailure: {Destination: !GetAtt Dead.Arn}}}}\n";
    let send = inline("{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Dead.Arn}");
    let publish = inline("{Effect: Allow, Action: 'sns:Publish', Resource: '*'}");
    for (role, expected) in [(send, Granted), (publish, Denied), (String::new(), Denied)] {
        for (function, more, rule) in
            [(dead, "", "async.dead_letter_failed"), ("", config, "async.destination_failed")]
        {
            let topology = with_role(&role, function, more);
            let found = right(&topology, "Fulfil->Dead", RightOf::Exit);
            assert_eq!(found.permitted, expected, "{role} {more}: {found:#?}");
            assert!(found.denials.iter().all(|denial| denial.rule == rule), "{found:#?}");
        }
    }
}

#[test]
fn a_rules_dead_letter_queue_has_to_let_the_service_in_and_a_schedules_role_has_to_be_let_in() {
    let target = "Arn: !GetAtt Fulfil.Arn, DeadLetterConfig: {Arn: !GetAtt Dead.Arn}";
    let rule = format!("  Rule: {{Type: AWS::Events::Rule, Properties: {{ScheduleExpression: rate(1 day), Targets: [{{Id: a, {target}}}]}}}}
  Allow: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Fulfil, Principal: events.amazonaws.com, SourceArn: !GetAtt Rule.Arn}}}}\n");
    let policy = "  Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Dead], PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: 'sqs:SendMessage', Resource: !GetAtt Dead.Arn, Condition: {ArnEquals: {'aws:SourceArn': !GetAtt Rule.Arn}}}]}}}\n";
    for (more, expected) in [(rule.clone(), Denied), (format!("{rule}{policy}"), Granted)] {
        let topology = with_role("", "", &more);
        assert_eq!(word(&topology, "Rule->Fulfil", RightOf::Link), Granted);
        assert_eq!(word(&topology, "Rule->Fulfil", RightOf::Exit), expected, "{:#?}", topology.rights);
    }
    let trust = |service: &str| {
        format!(
            "AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: {service}}}, Action: 'sts:AssumeRole'}}]}}"
        )
    };
    let invoke = "{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt Fulfil.Arn}";
    let send = "{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Dead.Arn}";
    let table = [
        ("scheduler.amazonaws.com", format!("{invoke}, {send}"), Granted, Granted),
        ("scheduler.amazonaws.com", invoke.to_owned(), Granted, Denied),
        ("scheduler.amazonaws.com", send.to_owned(), Denied, Granted),
        ("events.amazonaws.com", format!("{invoke}, {send}"), Denied, Granted),
    ];
    for (service, statements, link, exit) in table {
        let more = format!("  Caller: {{Type: AWS::IAM::Role, Properties: {{{}, {}}}}}
  Schedule: {{Type: AWS::Scheduler::Schedule, Properties: {{ScheduleExpression: rate(1 day), FlexibleTimeWindow: {{Mode: 'OFF'}}, Target: {{{target}, RoleArn: !GetAtt Caller.Arn}}}}}}\n", trust(service), inline(&statements));
        let topology = with_role("", "", &more);
        let found = (
            word(&topology, "Schedule->Fulfil", RightOf::Link),
            word(&topology, "Schedule->Fulfil", RightOf::Exit),
        );
        assert_eq!(found, (link, exit), "{service} {statements}: {:#?}", topology.rights);
    }
}

//= test: access.denied_key
//= test: access.managed_key
#[test]
fn a_key_has_to_let_the_sender_in_too() {
    let key = |statement: &str| {
        format!("  Key: {{Type: AWS::KMS::Key, Properties: {{KeyPolicy: {{Statement: [{statement}]}}}}}}\n")
    };
    let service = "{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: ['kms:GenerateDataKey*', 'kms:Decrypt'], Resource: '*'}";
    let root = "{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'kms:*', Resource: '*'}";
    let table = [
        ("alias/aws/sqs", String::new(), Denied),
        ("!Ref Key", key(service), Granted),
        ("!GetAtt Key.Arn", key(service), Granted),
        ("!Ref Key", key(root), Denied),
        ("arn:aws:kms:us-east-1:123456789012:key/1", String::new(), Unknown),
    ];
    for (id, more, expected) in table {
        let topology = topology(&format!("Resources:
  Topic: {{Type: AWS::SNS::Topic}}
  Orders: {{Type: AWS::SQS::Queue, Properties: {{KmsMasterKeyId: {id}}}}}
  Subscription: {{Type: AWS::SNS::Subscription, Properties: {{Protocol: sqs, TopicArn: !Ref Topic, Endpoint: !GetAtt Orders.Arn}}}}
  Policy: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Orders], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: '*', Action: 'sqs:*', Resource: '*'}}]}}}}}}
{more}"));
        assert_eq!(word(&topology, "Topic->Orders", RightOf::Link), Granted);
        assert_eq!(word(&topology, "Topic->Orders", RightOf::Key), expected, "{id}: {:#?}", topology.rights);
        assert_eq!(topology.links[0].permitted, expected, "the link needs both");
    }
}

//= test: access.address_statements
//= test: access.rule_account
#[test]
fn some_callers_are_not_as_certain_as_others() {
    let allow = |action: &str, more: &str| {
        format!("Properties: {{Action: '{action}', FunctionName: !Ref Fulfil, Principal: '*', {more}}}")
    };
    let url = allow("lambda:InvokeFunctionUrl", "FunctionUrlAuthType: NONE");
    let through = allow("lambda:InvokeFunction", "InvokedViaFunctionUrl: true");
    let none: Vec<&str> = Vec::new();
    for (permissions, expected) in
        [(none, Denied), (vec![url.as_str()], Unknown), (vec![url.as_str(), &through], Granted)]
    {
        let permissions: String = permissions
            .iter()
            .enumerate()
            .map(|(number, one)| format!("  Allow{number}: {{Type: AWS::Lambda::Permission, {one}}}\n"))
            .collect::<Vec<_>>()
            .concat();
        let url =
            "  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Fulfil, AuthType: NONE}}\n";
        let topology = with_role("", "", &format!("{url}{permissions}"));
        assert_eq!(word(&topology, "Url->Fulfil", RightOf::Link), expected, "{permissions}");
    }
    let rule = |more: &str| {
        format!("  Rule: {{Type: AWS::Events::Rule, Properties: {{ScheduleExpression: rate(1 day), Targets: [{{Id: a, Arn: !GetAtt Fulfil.Arn}}]}}}}
  Allow: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Fulfil, Principal: events.amazonaws.com{more}}}}}\n")
    };
    for (more, expected) in [("", Granted), (", SourceAccount: !Ref 'AWS::AccountId'", Unknown)] {
        assert_eq!(word(&with_role("", "", &rule(more)), "Rule->Fulfil", RightOf::Link), expected, "{more}");
    }
}

#[test]
fn what_sam_generates_is_allowed_what_it_generates_it_for() {
    let topology = topology(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Queue: {Type: AWS::SQS::Queue}
  Bucket: {Type: AWS::S3::Bucket}
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      AutoPublishAlias: live
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Queue.Arn}
      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}
      FunctionUrlConfig: {AuthType: NONE}
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Queue.QueueName}}]
      Events:
        Api: {Type: Api, Properties: {Path: '/orders/{id}', Method: get}}
        Http: {Type: HttpApi}
        Topic: {Type: SNS, Properties: {Topic: !Ref Topic}}
        Through: {Type: SNS, Properties: {Topic: !Ref Topic, SqsSubscription: true}}
        Bucket: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*'}}
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}
        Rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}, DeadLetterConfig: {Type: SQS}}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}
",
    );
    let wrong: Vec<&Right> = topology.rights.iter().filter(|right| right.permitted != Granted).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(topology.rights.len() > 10, "{:#?}", topology.rights);
}
