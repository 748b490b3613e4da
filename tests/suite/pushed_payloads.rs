//! Events that are pushed, as `redrive run --format json` shows them: in functions, in queues behind hops, and in the
//! dead-letter queues of links.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use redrive::models::Models;
use serde_json::{Value as Json, json};

use crate::command_line::{Place, json as read};

/// A run of a template with a scenario and without faults.
fn run(template: &str, scenario: &str) -> Json {
    let place = Place::new();
    place.write("template.yaml", template);
    place.write("scenario.toml", &format!("template = 'template.yaml'\n{scenario}"));
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none", "--format", "json"];
    read(&place.command(&options).output().expect("it starts"))
}

fn declared(rule: &str, value: &str) -> Vec<String> {
    let models = Models::embedded().expect("the embedded models load");
    sorted(models.texts(rule, value).expect("the rule has it"))
}

fn sorted(words: Vec<&str>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.sort();
    words
}

fn keys(value: &Json) -> Vec<String> {
    sorted(value.as_object().expect("an object").keys().map(String::as_str).collect())
}

/// The body of the only message of a batch or queue.
fn body(message: &Json) -> Json {
    let text = message["body"].as_str().or(message["Body"].as_str()).expect("it has a body");
    serde_json::from_str(text).expect("it is JSON")
}

const TOPIC: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  Dead: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}
";

#[test]
//= test: sns.record_fields
fn a_function_gets_a_message_of_a_topic_as_one_record() {
    let run =
        run(TOPIC, "[[message]]\nto = 'T'\nat = '5s'\nbody = {order = 7}\nattributes = {kind = 'gift'}");
    let payload = &run["invocations"][0]["payload"];
    assert_eq!(payload["Records"].as_array().unwrap().len(), 1);
    let message = &payload["Records"][0]["Sns"];
    assert_eq!(keys(message), declared("sns.record_fields", "fields"));
    assert_eq!(message["Message"], r#"{"order":7}"#);
    assert_eq!(message["MessageAttributes"], json!({ "kind": { "Type": "String", "Value": "gift" } }));
    assert_eq!(message["Timestamp"], "2026-01-05T10:00:05.000Z");
    assert_eq!(message["TopicArn"], "arn:aws:sns:us-east-1:123456789012:T");
}

#[test]
//= test: async.same_request_id
fn all_attempts_at_an_event_and_its_dead_letter_have_one_request_id() {
    let run =
        run(TOPIC, "[[message]]\nto = 'T'\n[[message]]\nto = 'T'\n[[handler.F.outcomes]]\nthen = 'fails'");
    let ids: Vec<&Json> =
        run["invocations"].as_array().unwrap().iter().map(|one| &one["request_id"]).collect();
    assert_eq!(ids.len(), 6);
    let mut two = ids.clone();
    two.sort_by_key(|id| id.as_str());
    two.dedup();
    assert_eq!(two.len(), 2, "{ids:?}");
    let letters = run["contents"]["Dead"].as_array().unwrap();
    for letter in letters {
        let id = &letter["MessageAttributes"]["RequestID"]["StringValue"];
        assert_eq!(ids.iter().filter(|other| **other == id).count(), 3, "{letter:#}");
    }
    assert_ne!(letters[0]["MessageId"], letters[1]["MessageId"]);
}

#[test]
//= test: eventbridge.envelope
fn a_function_gets_what_is_put_on_a_bus_as_an_event() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  B: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  F:
    Type: AWS::Serverless::Function
    Properties: {Events: {E: {Type: EventBridgeRule, Properties: {EventBusName: !Ref B, Pattern: {source: [till]}}}}}
";
    let scenario =
        "[[message]]\nto = 'B'\nat = '2s'\nbody = {source = 'till', detail-type = 'sale', detail = {n = 4}}";
    let run = run(template, scenario);
    let payload = &run["invocations"][0]["payload"];
    assert_eq!(keys(payload), declared("eventbridge.envelope", "fields"));
    assert_eq!(payload["detail"], json!({ "n": 4 }));
    assert_eq!(
        (&payload["source"], &payload["detail-type"], &payload["time"]),
        (&json!("till"), &json!("sale"), &json!("2026-01-05T10:00:02Z"))
    );
}

#[test]
fn what_only_a_service_can_write_is_left_out() {
    let template = TOPIC.replace("{Type: AWS::SNS::Topic}", "{Type: AWS::S3::Bucket}").replace(
        "{Type: SNS, Properties: {Topic: !Ref T}}",
        "{Type: S3, Properties: {Bucket: !Ref T, Events: 's3:ObjectCreated:*'}}",
    );
    let run = run(&template, "[[message]]\nto = 'T'");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["function"], "F");
    assert!(invocation.get("payload").is_none(), "{invocation:#}");
}

const HOPS: &str = "
Resources:
  T: {Type: AWS::SNS::Topic}
  B: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  QWhole: {Type: AWS::SQS::Queue}
  QRaw: {Type: AWS::SQS::Queue}
  QEvent: {Type: AWS::SQS::Queue}
  QFixed: {Type: AWS::SQS::Queue}
  QPart: {Type: AWS::SQS::Queue}
  QFilled: {Type: AWS::SQS::Queue}
  QOpen: {Type: AWS::SQS::Queue}
  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt QWhole.Arn}}
  SRaw: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt QRaw.Arn, RawMessageDelivery: true}}
  R:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref B
      EventPattern: {source: [till]}
      Targets:
        - {Id: a, Arn: !GetAtt QEvent.Arn}
        - {Id: b, Arn: !GetAtt QFixed.Arn, Input: '{\"x\":1}'}
        - {Id: c, Arn: !GetAtt QPart.Arn, InputPath: $.detail}
        - {Id: d, Arn: !GetAtt QFilled.Arn, InputTransformer: {InputPathsMap: {n: $.detail.n}, InputTemplate: '{\"num\": <n>}'}}
        - {Id: e, Arn: !GetAtt QOpen.Arn, InputTransformer: {InputTemplate: '{\"it\": <aws.events.event>}'}}
  P:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref QWhole, !Ref QRaw, !Ref QEvent, !Ref QFixed, !Ref QPart, !Ref QFilled, !Ref QOpen]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: [sns.amazonaws.com, events.amazonaws.com]}, Action: sqs:SendMessage, Resource: '*'}]}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole]
  F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
";

fn behind_hops() -> Json {
    let queues = ["QWhole", "QRaw", "QEvent", "QFixed", "QPart", "QFilled", "QOpen"];
    let mappings = queues.map(|queue| {
        format!("  M{queue}: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{FunctionName: !Ref F, EventSourceArn: !GetAtt {queue}.Arn}}}}\n")
    });
    let scenario = "[[message]]\nto = 'T'\nbody = {order = 1}\nattributes = {kind = 'gift'}
[[message]]\nto = 'B'\nbody = {source = 'till', detail-type = 'sale', detail = {n = 4}}";
    run(&format!("{HOPS}{}", mappings.concat()), scenario)
}

/// The record of the queue with this name.
fn record_of<'r>(run: &'r Json, queue: &str) -> &'r Json {
    let records = run["invocations"].as_array().unwrap().iter().map(|one| &one["payload"]["Records"][0]);
    let is_own = |record: &&Json| record["eventSourceARN"].as_str().unwrap().ends_with(queue);
    records.into_iter().find(is_own).unwrap_or_else(|| panic!("nothing of {queue}"))
}

#[test]
//= test: sns.envelope
//= test: sns.raw
fn a_queue_behind_a_topic_gets_its_message_or_what_was_published() {
    let run = behind_hops();
    let whole = record_of(&run, "QWhole");
    let envelope = body(whole);
    assert_eq!((&envelope["Type"], &envelope["Message"]), (&json!("Notification"), &json!(r#"{"order":1}"#)));
    assert_eq!(envelope["MessageAttributes"]["kind"], json!({ "Type": "String", "Value": "gift" }));
    let mut known = declared("sns.envelope", "fields");
    known.retain(|field| field != "Subject");
    known.push("MessageAttributes".to_owned());
    known.sort();
    assert_eq!(keys(&envelope), known, "nobody states a subject");
    assert_eq!(whole["messageAttributes"], json!({}));
    let raw = record_of(&run, "QRaw");
    assert_eq!(
        (body(raw), &raw["messageAttributes"]["kind"]["stringValue"]),
        (json!({ "order": 1 }), &json!("gift"))
    );
}

#[test]
fn a_queue_behind_a_rule_gets_the_event_or_what_the_target_is_to_get() {
    let run = behind_hops();
    assert_eq!(keys(&body(record_of(&run, "QEvent"))), declared("eventbridge.envelope", "fields"));
    assert_eq!(body(record_of(&run, "QFixed")), json!({ "x": 1 }));
    assert_eq!(body(record_of(&run, "QPart")), json!({ "n": 4 }));
    assert_eq!(body(record_of(&run, "QFilled")), json!({ "num": 4 }));
    let open = record_of(&run, "QOpen");
    assert!(open.get("body").is_none() && open.get("md5OfBody").is_none(), "{open:#}");
}

#[test]
fn what_comes_to_several_queues_is_another_message_and_another_invocation_in_each() {
    let run = behind_hops();
    let invocations = run["invocations"].as_array().unwrap();
    let distinct = |of: &dyn Fn(&Json) -> Json| {
        let mut all: Vec<String> = invocations.iter().map(|one| of(one).to_string()).collect();
        all.sort();
        all.dedup();
        all.len()
    };
    assert_eq!(invocations.len(), 7);
    assert_eq!(distinct(&|one| one["request_id"].clone()), 7);
    assert_eq!(distinct(&|one| one["payload"]["Records"][0]["messageId"].clone()), 7);
}

const REFUSED: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  B: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  F: {Type: AWS::Serverless::Function, Properties: {FunctionName: fulfil}}
  ByTopic: {Type: AWS::SQS::Queue}
  ByRule: {Type: AWS::SQS::Queue}
  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: lambda, Endpoint: !GetAtt F.Arn, RedrivePolicy: {deadLetterTargetArn: !GetAtt ByTopic.Arn}}}
  R:
    Type: AWS::Events::Rule
    Properties: {EventBusName: !Ref B, EventPattern: {source: [till]}, Targets: [{Id: a, Arn: !GetAtt F.Arn, DeadLetterConfig: {Arn: !GetAtt ByRule.Arn}}]}
  P:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref ByTopic, !Ref ByRule]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: [sns.amazonaws.com, events.amazonaws.com]}, Action: sqs:SendMessage, Resource: '*'}]}
";

#[test]
//= test: sns.dead_letter
//= test: eventbridge.dead_letter
fn the_dead_letters_of_links_say_what_was_to_be_delivered_and_why_it_was_not() {
    // Nobody lets the topic or the rule call the function.
    let scenario = "[[message]]\nto = 'T'\nat = '10s'\nbody = {order = 7}\n[[message]]\nto = 'T'\nat = '20s'
[[message]]\nto = 'B'\nat = '30s'\nbody = {source = 'till', detail-type = 'sale', detail = {n = 4}}";
    let run = run(REFUSED, scenario);
    let of_topic = run["contents"]["ByTopic"].as_array().unwrap();
    let [first, second] = of_topic.as_slice() else { panic!("{run:#}") };
    assert_eq!(body(first)["Message"], r#"{"order":7}"#);
    assert_eq!(first["Attributes"]["SentTimestamp"], "1767607210000");
    assert_eq!(second["Attributes"]["SentTimestamp"], "1767607220000");
    assert_ne!(first["MessageId"], second["MessageId"]);
    let of_rule = &run["contents"]["ByRule"][0];
    assert_eq!(body(of_rule)["detail"], json!({ "n": 4 }));
    let attribute =
        |name: &str| of_rule["MessageAttributes"][name]["StringValue"].as_str().unwrap().to_owned();
    assert_eq!(attribute("RULE_ARN"), "arn:aws:events:us-east-1:123456789012:rule/shop/R");
    assert_eq!(attribute("TARGET_ARN"), "arn:aws:lambda:us-east-1:123456789012:function:fulfil");
    assert_eq!(attribute("ERROR_CODE"), "NO_PERMISSIONS");
}
