//! From a template to a topology: what is understood, in which spelling, and what is said about the rest.

use std::path::Path;
use std::sync::LazyLock;

use redrive::models::Models;
use redrive::report::topology_json;
use redrive::template::{GivenParameter, ImportOptions, Imported, import, import_text};
use redrive::topology::{
    DeduplicationScope, Link, LinkDetail, LinkEnd, Origin, Permitted, QueueKind, QueueMapping, RedriveTarget,
    ResourceDetail, ResponseType, Topology,
};
use redrive::vocabulary::{Duration, Severity};
use serde_json::Value as Json;

fn imported_with(template: &str, settings: &[(&str, &str)], parameters: &[(&str, &str)]) -> Imported {
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let mut options = ImportOptions::with_stand_ins();
    options.settings = owned(settings);
    options.read.parameters =
        parameters.iter().map(|(name, value)| GivenParameter::new(*name, *value)).collect();
    import_text(Path::new("template.yaml"), template, &options, models())
}

fn models() -> &'static Models {
    static MODELS: LazyLock<Models> =
        LazyLock::new(|| Models::embedded().expect("the embedded models are sound"));
    &MODELS
}

fn imported(template: &str) -> Imported {
    imported_with(template, &[], &[])
}

fn topology(template: &str) -> Topology {
    let imported = imported(template);
    let problems: Vec<_> = imported.diagnostics.iter().filter(|one| one.severity != Severity::Note).collect();
    assert!(problems.is_empty(), "{problems:?}");
    imported.topology.expect("it is a template")
}

/// `from->to model (source)` for each link, in order.
fn links(topology: &Topology) -> Vec<String> {
    let described = |link: &Link| {
        let (from, to) = (topology.end_name(&link.from), topology.end_name(&link.to));
        format!("{from}->{to} {} ({})", link.model.id(), link.source)
    };
    topology.links.iter().map(described).collect()
}

fn mapping(topology: &Topology) -> &QueueMapping {
    topology
        .links
        .iter()
        .find_map(|link| match &link.detail {
            LinkDetail::QueuePolling(mapping) => Some(mapping),
            LinkDetail::Delivers(_)
            | LinkDetail::Sends(_)
            | LinkDetail::StreamPolling(_)
            | LinkDetail::Unmodelled => None,
        })
        .expect("there is a mapping")
}

fn codes(imported: &Imported) -> Vec<(&'static str, Severity)> {
    imported.diagnostics.iter().map(|one| (one.code, one.severity)).collect()
}

/// A queue, a function and one mapping, with room for more of each.
fn plain(queue: &str, function: &str, mapping: &str, more: &str) -> String {
    format!(
        "Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {{{queue}}}
  Fulfil:
    Type: AWS::Lambda::Function
    Properties: {{{function}}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{{mapping}}}
{more}"
    )
}

const WIRED: &str = "EventSourceArn: !GetAtt Orders.Arn, FunctionName: !Ref Fulfil";

/// The topology without places, in an order of its own, so that two spellings can be compared.
fn said(topology: &Topology) -> Json {
    let mut json = topology_json(topology, &[]);
    forget_places(&mut json);
    for list in ["resources", "links", "unmodelled"] {
        if let Some(items) = json[list].as_array_mut() {
            items.sort_by_key(ToString::to_string);
        }
    }
    json
}

fn forget_places(json: &mut Json) {
    match json {
        Json::Object(object) => {
            for key in ["file", "line", "column"] {
                object.remove(key);
            }
            object.values_mut().for_each(forget_places);
        }
        Json::Array(items) => items.iter_mut().for_each(forget_places),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[test]
fn sam_and_its_expansion_by_hand_are_one_topology() {
    let sam = topology(include_str!("fixtures/orders.sam.yaml"));
    let plain = topology(include_str!("fixtures/orders.cfn.yaml"));
    assert_eq!(said(&sam), said(&plain));
    let mut found = links(&sam);
    found.sort();
    assert_eq!(
        found,
        [
            "FulfilNightly->Fulfil async (schedule)",
            "News->Fulfil async (sns)",
            "Orders->Fulfil queue_poll (sqs)",
            "Scans->Fulfil async (s3)",
        ]
    );
}

#[test]
fn what_is_declared_elsewhere_is_called_by_the_name_in_its_arn_where_nothing_else_has_it() {
    let reading = |kind: &str, arn: &str, more: &str| {
        let stream = format!("Type: {kind}, Properties: {{Stream: '{arn}', StartingPosition: LATEST}}");
        topology(&format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  F: {{Type: AWS::Serverless::Function, Properties: {{Events: {{E: {{{stream}}}}}}}}}
{more}"
        ))
    };
    let clicks = "arn:aws:kinesis:r:1:stream/clicks";
    let called = |more: &str| links(&reading("Kinesis", clicks, more)).remove(0);
    assert_eq!(called(""), "clicks->F stream_poll (kinesis)");
    let queue = "  clicks: {Type: AWS::SQS::Queue}";
    assert_eq!(called(queue), "kinesis:clicks->F stream_poll (kinesis)");
    let another = "arn:aws:kinesis:r:2:stream/clicks";
    let bucket =
        format!("  B: {{Type: AWS::S3::Bucket, Properties: {{Tags: [{{Key: a, Value: '{another}'}}]}}}}");
    assert_eq!(called(&bucket), format!("{clicks}->F stream_poll (kinesis)"));
    let table = "arn:aws:dynamodb:r:1:table/Orders/stream/2021-06-09T13:05:29.668";
    let policy = "  P: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: \
                  'dynamodb:GetItem', Resource: 'arn:aws:dynamodb:r:1:table/Orders'}]}}}";
    let orders = reading("DynamoDB", table, policy);
    assert_eq!(links(&orders), ["Orders->F stream_poll (dynamodb_streams)"]);
    let json = topology_json(&orders, &[]);
    assert_eq!(json["links"][0]["settings"]["From"]["value"], table, "the address is told too");
}

#[test]
fn every_sam_event_makes_a_link_of_its_model() {
    let table = [
        ("SQS", "Queue: !GetAtt Q.Arn", "Q->F queue_poll (sqs)"),
        ("Kinesis", "Stream: !GetAtt K.Arn, StartingPosition: LATEST", "K->F stream_poll (kinesis)"),
        (
            "DynamoDB",
            "Stream: !GetAtt T.StreamArn, StartingPosition: LATEST",
            "T->F stream_poll (dynamodb_streams)",
        ),
        ("MSK", "Stream: arn:aws:kafka:r:1:cluster/c, Topics: [t]", "c->F stream_poll (msk)"),
        ("MQ", "Broker: arn:aws:mq:r:1:broker:b, Queues: [q]", "b->F queue_poll (mq)"),
        ("DocumentDB", "Cluster: arn:aws:rds:r:1:cluster:c", "c->F stream_poll (documentdb)"),
        (
            "SelfManagedKafka",
            "KafkaBootstrapServers: [a.example], Topics: [t]",
            "Kafka at a.example->F stream_poll (self_managed_kafka)",
        ),
        ("S3", "Bucket: !Ref B, Events: s3:ObjectCreated:*", "B->F async (s3)"),
        ("SNS", "Topic: !Ref N", "N->F async (sns)"),
        ("EventBridgeRule", "Pattern: {source: [a]}", "FE->F async (eventbridge)"),
        ("CloudWatchEvent", "Pattern: {source: [a]}", "FE->F async (eventbridge)"),
        ("Schedule", "Schedule: rate(1 hour)", "FE->F async (schedule)"),
        ("ScheduleV2", "ScheduleExpression: rate(1 hour)", "FE->F async (scheduler)"),
        ("Api", "Path: /a, Method: get", "ServerlessRestApi->F sync (api_gateway)"),
        ("HttpApi", "Path: /a, Method: get", "ServerlessHttpApi->F sync (http_api)"),
        ("IoTRule", "Sql: select", "FE->F async (iot)"),
        ("AlexaSkill", "SkillId: s", "alexa-appkit.amazon.com->F sync (alexa)"),
        ("CloudWatchLogs", "LogGroupName: !Ref L, FilterPattern: ''", "L->F async (cloudwatch_logs)"),
        ("Cognito", "UserPool: !Ref U, Trigger: PreSignUp", "U->F sync (cognito)"),
    ];
    for (event, properties, expected) in table {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  Q: {{Type: AWS::SQS::Queue}}
  K: {{Type: AWS::Kinesis::Stream}}
  T: {{Type: AWS::DynamoDB::Table, Properties: {{StreamSpecification: {{StreamViewType: KEYS_ONLY}}}}}}
  B: {{Type: AWS::S3::Bucket}}
  N: {{Type: AWS::SNS::Topic}}
  L: {{Type: AWS::Logs::LogGroup}}
  U: {{Type: AWS::Cognito::UserPool}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        E: {{Type: {event}, Properties: {{{properties}}}}}"
        );
        assert_eq!(links(&topology(&template)), [expected], "{event}");
    }
}

#[test]
fn a_topic_can_reach_a_function_through_a_queue_of_its_own() {
    let topology = topology(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  News: {Type: AWS::SNS::Topic}
  Read:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        News: {Type: SNS, Properties: {Topic: !Ref News, SqsSubscription: {BatchSize: 5}}}",
    );
    assert_eq!(
        links(&topology),
        [
            "ReadUrl->Read sync (function_url)",
            "ReadNewsQueue->Read queue_poll (sqs)",
            "News->ReadNewsQueue forward (sns)"
        ]
    );
    assert_eq!(mapping(&topology).batch_size.value, 5);
}

#[test]
fn a_function_and_a_queue_are_found_by_every_spelling() {
    let functions = [
        "!Ref Fulfil",
        "!GetAtt Fulfil.Arn",
        "fulfil-orders",
        "fulfil-orders:live",
        "arn:aws:lambda:us-east-1:123456789012:function:fulfil-orders:live",
        "!Ref Live",
        "!Ref First",
        "!Sub 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Fulfil}'",
    ];
    let queues = [
        "!GetAtt Orders.Arn",
        "arn:aws:sqs:us-east-1:123456789012:orders",
        "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders'",
        "!Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Orders.QueueName}'",
    ];
    let more = "  Live:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Fulfil, FunctionVersion: !GetAtt First.Version, Name: live}
  First:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Fulfil}";
    for (function, queue) in
        functions.iter().flat_map(|function| queues.iter().map(move |queue| (function, queue)))
    {
        let wires = format!("EventSourceArn: {queue}, FunctionName: {function}");
        let topology = topology(&plain("QueueName: orders", "FunctionName: fulfil-orders", &wires, more));
        assert_eq!(links(&topology), ["Orders->Fulfil queue_poll (sqs)"], "{queue} {function}");
        assert_eq!(mapping(&topology).name.as_str(), "Orders->Fulfil");
    }
}

#[test]
fn a_redrive_policy_may_be_a_map_or_json_in_a_text() {
    let policies = [
        "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}",
        "RedrivePolicy: {deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead', maxReceiveCount: '3'}",
        r#"RedrivePolicy: !Sub '{"deadLetterTargetArn":"${Dead.Arn}","maxReceiveCount":3}'"#,
        r#"RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":3}'"#,
    ];
    for policy in policies {
        let more = "  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}";
        let topology = topology(&plain(policy, "", WIRED, more));
        let orders = topology.links[0].from.clone();
        let redrive = topology.queue(&orders).and_then(|queue| queue.redrive.as_ref()).expect("it has one");
        assert_eq!(redrive.max_receive_count.value, 3, "{policy}");
        assert_eq!(Some(redrive.target.clone()), topology.find("Dead").map(RedriveTarget::Queue), "{policy}");
    }
}

#[test]
fn numbers_and_flags_may_be_texts() {
    let mapping_text = format!("{WIRED}, BatchSize: '7', Enabled: 'false'");
    let topology = topology(&plain("VisibilityTimeout: '90'", "Timeout: '30'", &mapping_text, ""));
    let mapping = mapping(&topology);
    assert_eq!((mapping.batch_size.value, mapping.enabled.value), (7, false));
    let queue = topology.queue(&topology.links[0].from).expect("it is a queue");
    assert_eq!(queue.visibility_timeout.value, Duration::from_secs(90));
}

#[test]
fn a_malformed_value_is_named_with_its_range_and_the_default_is_taken() {
    let imported = imported(&plain("", "Timeout: abc", WIRED, ""));
    let [problem] = imported.diagnostics.as_slice() else { panic!("{:?}", imported.diagnostics) };
    assert_eq!((problem.code, problem.severity), ("template-malformed-setting", Severity::Warning));
    assert!(problem.message.contains("abc") && problem.message.contains("from 1s to 15m"), "{problem}");
    assert_eq!(problem.place.as_ref().map(|place| (place.line, place.column)), Some((7, 27)));
    let topology = imported.topology.expect("the rest is judged");
    let function = topology.function(&topology.links[0].to).expect("it is a function");
    assert!(matches!(function.timeout.origin, Origin::Default(_)));
}

#[test]
fn a_number_that_may_not_be_negative_is_told_with_what_it_may_be() {
    for (functions, mapping, expected) in [
        ("ReservedConcurrentExecutions: -1", WIRED, "is -1, but must be a whole number, 0 or more"),
        ("MemorySize: -1", WIRED, "is -1, but must be a whole number, from 128 to 10240"),
        ("", &format!("{WIRED}, BatchSize: -1"), "is -1, but must be a whole number, from 1 to 10000"),
    ] {
        let imported = imported(&plain("", functions, mapping, ""));
        let [problem] = imported.diagnostics.as_slice() else { panic!("{:?}", imported.diagnostics) };
        assert!(problem.message.ends_with(expected), "{problem}");
        assert!(problem.place.is_some(), "{problem}");
    }
}

#[test]
fn a_value_out_of_range_stays_as_written() {
    let topology = topology(&plain("VisibilityTimeout: 50000", "", &format!("{WIRED}, BatchSize: 0"), ""));
    assert_eq!(mapping(&topology).batch_size.value, 0);
    let queue = topology.queue(&topology.links[0].from).expect("it is a queue");
    assert_eq!(queue.visibility_timeout.value, Duration::from_secs(50_000));
}

#[test]
fn an_open_parameter_leaves_a_setting_open() {
    let template = plain("", "Timeout: !Ref Limit", &format!("{WIRED}, BatchSize: !Ref Size"), "");
    let template = format!(
        "Parameters:\n  Limit: {{Type: Number}}\n  Size: {{Type: Number, AllowedValues: [5, 1]}}\n{template}"
    );
    let topology = topology(&template);
    let function = topology.function(&topology.links[0].to).expect("it is a function");
    let open = function.timeout.unknown.as_ref().expect("it is open");
    assert!(open.why.contains("Limit"), "{}", open.why);
    assert_eq!(open.alternatives, [3, 1, 900].map(Duration::from_secs));
    assert_eq!(function.timeout.value, Duration::from_secs(3));
    let size = mapping(&topology).batch_size.unknown.as_ref().expect("it is open");
    assert_eq!(size.alternatives, [5, 1]);

    let told =
        imported_with(&template, &[], &[("Limit", "20"), ("Size", "1")]).topology.expect("it is a template");
    assert_eq!(mapping(&told).batch_size.value, 1);
    assert_eq!(mapping(&told).batch_size.origin, Origin::CommandLine);
}

#[test]
fn a_setting_of_the_command_line_replaces_the_template() {
    let template = plain("VisibilityTimeout: 90", "", WIRED, "");
    let imported = imported_with(&template, &[("Orders.VisibilityTimeout", "120")], &[]);
    let topology = imported.topology.expect("it is a template");
    let queue = topology.queue(&topology.links[0].from).expect("it is a queue");
    assert_eq!(queue.visibility_timeout.value, Duration::from_secs(120));
    assert_eq!(queue.visibility_timeout.origin, Origin::CommandLine);
}

#[test]
fn a_setting_reaches_what_sam_writes_too() {
    let template = include_str!("fixtures/orders.sam.yaml");
    let batch = |path: &str| {
        let imported = imported_with(template, &[(path, "9")], &[]);
        assert_eq!(codes(&imported), []);
        mapping(&imported.topology.expect("it is a template")).batch_size.clone()
    };
    for path in ["FulfilOrders.BatchSize", "Fulfil.Events.Orders.Properties.BatchSize"] {
        assert_eq!((batch(path).value, batch(path).origin), (9, Origin::CommandLine), "{path}");
    }
    let unknown = imported_with(template, &[("Fulfill.Timeout", "9")], &[]);
    assert_eq!(codes(&unknown), [("setting-resource", Severity::Error)]);
    assert!(unknown.diagnostics[0].help.as_ref().is_some_and(|help| help.contains("Fulfil")));
}

#[test]
fn a_missing_queue_spoils_its_own_link_only() {
    let more = "  Stray:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Nowhere.Arn, FunctionName: !Ref Fulfil}";
    let imported = imported(&plain("", "", WIRED, more));
    assert!(
        codes(&imported).contains(&("template-missing-resource", Severity::Warning)),
        "{:?}",
        codes(&imported)
    );
    let topology = imported.topology.expect("the rest is judged");
    assert_eq!(links(&topology), ["Orders->Fulfil queue_poll (sqs)", "Nowhere->Fulfil queue_poll (sqs)"]);
    assert_eq!(topology.links[1].from, LinkEnd::Missing("Nowhere".to_owned()));
}

#[test]
fn what_its_condition_leaves_out_is_left_out() {
    let template = "Conditions: {Never: !Equals [a, b]}
Resources:
  Orders: {Type: AWS::SQS::Queue}
  Spare: {Type: AWS::SQS::Queue, Condition: Never}";
    let topology = topology(template);
    assert!(topology.find("Orders").is_some() && topology.find("Spare").is_none());
}

#[test]
fn an_open_condition_is_taken_to_hold_and_noted() {
    let template = "Parameters: {Stage: {Type: String}}
Conditions: {Live: !Equals [!Ref Stage, live]}
Resources:
  Orders: {Type: AWS::SQS::Queue, Condition: Live}";
    let imported = imported(template);
    assert_eq!(codes(&imported), [("template-open-condition", Severity::Note)]);
    assert!(imported.topology.expect("it is a template").find("Orders").is_some());
}

//= test: mq.retry
#[test]
fn what_is_not_simulated_says_what_is_lost() {
    let outside = "EventSourceArn: arn:aws:sqs:us-east-1:123456789012:theirs, FunctionName: !Ref Fulfil";
    let broker = "EventSourceArn: arn:aws:mq:us-east-1:123456789012:broker:theirs, Queues: [q], FunctionName: !Ref Fulfil";
    let table = [
        (plain("", "", outside, ""), vec!["declared elsewhere"]),
        (plain("", "", broker, ""), vec!["again as a whole until it succeeds or its messages expire"]),
    ];
    for (template, costs) in table {
        let topology = topology(&template);
        assert_eq!(topology.unmodelled.len(), costs.len());
        for (one, cost) in topology.unmodelled.iter().zip(costs) {
            assert!(one.cost.contains(cost), "{}", one.cost);
        }
    }
}

#[test]
fn the_flag_and_not_the_name_makes_a_fifo_queue() {
    let read = |properties: &str| {
        let topology = topology(&plain(properties, "", WIRED, ""));
        let queue = LinkEnd::Resource(topology.find("Orders").expect("the queue is there"));
        topology.queue(&queue).expect("it is a queue").clone()
    };
    assert_eq!(read("QueueName: a.fifo").kind, QueueKind::Standard);
    assert_eq!(read("FifoQueue: false").kind, QueueKind::Standard);
    assert_eq!(read("FifoQueue: 'true'").kind, QueueKind::Fifo);
    let queue = read("FifoQueue: true, DeduplicationScope: messageGroup");
    assert_eq!(queue.fifo.scope.value, DeduplicationScope::MessageGroup);
    assert!(queue.fifo.scope.place().is_some(), "a setting says where it stands");
    assert_eq!(
        queue.fifo.limit.origin,
        Origin::Default("setting.AWS::SQS::Queue.FifoThroughputLimit".to_owned()),
        "and one that is left out, whose default it has"
    );
}

/// A function that knows a queue, with a role that allows what is given, and perhaps more properties.
fn sender(variables: &str, statement: &str, more: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {{Type: AWS::SQS::Queue}}
  Take:
    Type: AWS::Serverless::Function
{more}    Properties:
      Environment: {{Variables: {{{variables}}}}}
      Policies: [{statement}]"
    )
}

#[test]
fn environment_and_scoped_policy_together_show_that_a_function_sends() {
    let scoped = "Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Orders.Arn}]";
    let template = "SQSSendMessagePolicy: {QueueName: !GetAtt Orders.QueueName}";
    let wide = "Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: '*'}]";
    let every = "Statement: [{Effect: Allow, Action: 'sqs:*', Resource: !GetAtt Orders.Arn}]";
    let reading = "SQSPollerPolicy: {QueueName: !GetAtt Orders.QueueName}";
    let denied = "Statement: [{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Orders.Arn}, \
                  {Effect: Deny, Action: 'sqs:*', Resource: '*'}]";
    let knows = "QUEUE: !Ref Orders";
    let connector = "    Connectors: {C: {Properties: {Destination: {Id: Orders}, Permissions: [Write]}}}\n";
    let sends = vec!["Take->Orders forward (sdk)"];
    let table = [
        (sender(knows, &format!("{{{scoped}}}"), ""), sends.clone(), 0),
        (sender(knows, &format!("{{{template}}}"), ""), sends.clone(), 0),
        (sender("", &format!("{{{scoped}}}"), ""), vec![], 0),
        (sender(knows, &format!("{{{denied}}}"), ""), vec![], 0),
        (sender(knows, &format!("{{{reading}}}"), ""), vec![], 0),
        (sender(knows, &format!("{{{wide}}}"), ""), vec![], 1),
        (sender(knows, &format!("{{{every}}}"), ""), vec![], 1),
        (sender("", "AWSLambdaBasicExecutionRole", connector), sends, 0),
    ];
    for (template, expected, questions) in table {
        let imported = imported(&template);
        let asked = codes(&imported).iter().filter(|(code, _)| *code == "template-may-send").count();
        assert_eq!(asked, questions, "{template}");
        assert_eq!(links(&imported.topology.expect("it is a template")), expected, "{template}");
    }
}

#[test]
fn permission_to_poll_is_granted_where_a_policy_shows_it_and_else_denied() {
    let role = |policies: &str| format!("  Role: {{Type: AWS::IAM::Role, Properties: {{{policies}}}}}\n");
    let managed =
        "ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole']";
    let inline =
        "Policies: [{PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}}]";
    let partial = "Policies: [{PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:ReceiveMessage', Resource: '*'}]}}]";
    let table = [
        (managed, Permitted::Granted),
        (inline, Permitted::Granted),
        (partial, Permitted::Denied),
        ("", Permitted::Denied),
    ];
    for (policies, expected) in table {
        let topology = topology(&plain("", "Role: !GetAtt Role.Arn", WIRED, &role(policies)));
        assert_eq!(topology.links[0].permitted, expected, "{policies}");
    }
}

#[test]
fn names_are_those_of_cdk_where_there_are_some() {
    let template = "Resources:
  Orders8A1B:
    Type: AWS::SQS::Queue
    Metadata: {'aws:cdk:path': Shop/Orders/Resource}";
    let topology = topology(template);
    let id = topology.find("Shop/Orders").expect("it is found by path");
    assert_eq!(topology.find("Orders8A1B"), Some(id));
    assert_eq!(topology.resource(id).name.as_str(), "Shop/Orders");
}

#[test]
fn globals_reach_functions_unless_they_are_ignored() {
    let template = "Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 40, MemorySize: 512}}
Resources:
  One: {Type: AWS::Serverless::Function, Properties: {Timeout: 50}}
  Two: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout], Properties: {}}";
    let topology = topology(template);
    let seen: Vec<_> = topology
        .resources
        .iter()
        .filter_map(|resource| match &resource.detail {
            ResourceDetail::Function(function) => {
                Some((function.timeout.value.as_secs(), function.memory.value))
            }
            ResourceDetail::Queue(_)
            | ResourceDetail::Channel(_)
            | ResourceDetail::Stream(_)
            | ResourceDetail::Other => None,
        })
        .collect();
    assert_eq!(seen, [(50, 512), (3, 512)]);
}

#[test]
fn response_types_are_read() {
    let partial = format!("{WIRED}, FunctionResponseTypes: [ReportBatchItemFailures]");
    assert_eq!(
        mapping(&topology(&plain("", "", &partial, ""))).response_type.value,
        ResponseType::BatchItemFailures
    );
    let other = format!("{WIRED}, FunctionResponseTypes: [ReportNothing]");
    assert_eq!(mapping(&topology(&plain("", "", &other, ""))).response_type.value, ResponseType::WholeBatch);
}

#[test]
fn an_unreadable_file_is_a_diagnostic() {
    let imported = import(Path::new("nowhere/at/all.yaml"), &ImportOptions::with_stand_ins(), models());
    assert!(imported.is_unreadable());
    assert_eq!(codes(&imported), [("template-unreadable", Severity::Error)]);
}

#[test]
fn what_cloudformation_would_not_take_is_said_and_read_as_meant() {
    let url = imported(&plain(
        "RedrivePolicy: {deadLetterTargetArn: !Ref Dead, maxReceiveCount: 3}",
        "",
        WIRED,
        "  Dead: {Type: AWS::SQS::Queue}",
    ));
    assert_eq!(codes(&url), [("template-url-for-arn", Severity::Warning)]);
    assert_eq!(links(&url.topology.expect("it is a template")), ["Orders->Fulfil queue_poll (sqs)"]);
    let plain = imported("Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Timeout: 9}}");
    assert_eq!(codes(&plain), [("template-needs-transform", Severity::Warning)]);
}

#[test]
fn no_value_anywhere_makes_the_import_panic() {
    const STRANGE: [&str; 9] =
        ["abc", "-1", "''", "[]", "{}", "null", "[[a], {b: [c]}]", "!Ref Nowhere", "!Ref AWS::NoValue"];
    for template in [include_str!("fixtures/orders.sam.yaml"), include_str!("fixtures/orders.cfn.yaml")] {
        let lines: Vec<_> = template.lines().collect();
        for (position, line) in lines.iter().enumerate() {
            let Some((key, _)) = line.split_once(':') else { continue };
            for strange in STRANGE {
                let replaced = format!("{key}: {strange}");
                let mut changed = lines.clone();
                changed[position] = &replaced;
                imported(&changed.join("\n"));
                let deeper =
                    |line: &&str| line.len() - line.trim_start().len() > key.len() - key.trim_start().len();
                let below = changed[position + 1..].iter().take_while(|line| deeper(line)).count();
                changed.drain(position + 1..=position + below);
                imported(&changed.join("\n"));
            }
        }
    }
}
