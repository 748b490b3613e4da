//! Messages as functions and operators see them in a run: attributes, tenants, trace headers, where a dead letter is from.

use serde_json::{Value as Json, json};

use crate::command_line::{Place, json};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt OrdersDlq.Arn, maxReceiveCount: 1}
  OrdersDlq:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 60, MessageRetentionPeriod: 1209600}
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}}
  Mend:
    Type: AWS::Serverless::Function
    Properties:
      Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt OrdersDlq.Arn, BatchSize: 1}}}
";

const SCENARIO: &str = "
[[message]]
to = 'Orders'
at = '1s'
group = 'acme'
trace-header = 'Root=1-5759e988-bd862e3fe1be46a994272793'
attributes = { someattr = 'someval' }

[[message]]
to = 'Orders'
at = '500s'

[[load]]
to = 'Orders'
events = 1
start = '800s'
group = 'zenith'

[[handler.Fulfil.outcomes]]
attempts = '1'
then = 'fails'
";

fn run(scenario: &str) -> Json {
    run_on(TEMPLATE, scenario)
}

fn run_on(template: &str, scenario: &str) -> Json {
    let place = Place::new();
    place.write("template.yaml", template);
    place.write("scenario.toml", scenario);
    let options =
        ["run", "template.yaml", "--scenario", "scenario.toml", "--faults", "none", "--format", "json"];
    json(&place.check(&options, 0, &[]))
}

/// The records that a function got, in their order.
fn records<'a>(run: &'a Json, function: &str) -> Vec<&'a Json> {
    let all = run["invocations"].as_array().expect("a list").iter();
    let own = all.filter(|one| one["function"] == function);
    own.map(|one| &one["payload"]["Records"][0]).collect()
}

#[test]
//= test: sqs.record_message_attributes
//= test: sqs.record_trace_header
//= test: sqs.record_tenant
fn a_function_sees_what_the_sender_says_beside_the_body() {
    let run = run(SCENARIO);
    let [first, second, third] = records(&run, "Fulfil")[..] else { panic!("{run:#}") };
    assert_eq!(first["messageAttributes"]["someattr"]["stringValue"], "someval");
    assert_eq!(first["md5OfMessageAttributes"], "1e4b169c724503f3886d943e5bbe88e5");
    assert_eq!(first["attributes"]["AWSTraceHeader"], "Root=1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!(first["attributes"]["MessageGroupId"], "acme");
    assert_eq!(first["attributes"]["DeadLetterQueueSourceArn"], Json::Null);
    assert_eq!(
        (&second["messageAttributes"], &second["attributes"]["MessageGroupId"]),
        (&json!({}), &Json::Null)
    );
    assert_eq!(third["attributes"]["MessageGroupId"], "zenith");
}

#[test]
//= test: sqs.record_dead_letter_source
//= test: queue.dead_letter_keeps_identity
fn a_dead_letter_says_which_queue_it_comes_from_and_keeps_the_rest() {
    let run = run(SCENARIO);
    let (before, after) = (records(&run, "Fulfil")[0], records(&run, "Mend")[0]);
    let source = "arn:aws:sqs:us-east-1:123456789012:Orders";
    assert_eq!(after["attributes"]["DeadLetterQueueSourceArn"], source);
    assert_eq!(after["attributes"]["ApproximateReceiveCount"], "1");
    for same in ["messageId", "body", "messageAttributes", "md5OfMessageAttributes"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    for same in ["SentTimestamp", "MessageGroupId", "AWSTraceHeader"] {
        assert_eq!(before["attributes"][same], after["attributes"][same], "{same}");
    }
}

#[test]
fn an_operator_reads_the_same_from_a_queue() {
    let nobody_mends = TEMPLATE.split("  Mend:").next().expect("the template has a beginning");
    let run = run_on(nobody_mends, SCENARIO);
    let first = &run["contents"]["OrdersDlq"][0];
    let attribute = json!({ "StringValue": "someval", "DataType": "String" });
    assert_eq!(first["MessageAttributes"]["someattr"], attribute, "{run:#}");
    assert_eq!(first["MD5OfMessageAttributes"], "1e4b169c724503f3886d943e5bbe88e5");
    assert_eq!(first["Attributes"]["MessageGroupId"], "acme");
    assert_eq!(first["Attributes"]["DeadLetterQueueSourceArn"], "arn:aws:sqs:us-east-1:123456789012:Orders");
}

//= test: queue_poll.long_poll
#[test]
fn the_fewest_pollers_of_provisioned_mode_are_paid_by_the_hour() {
    let place = Place::new();
    let mode = "BatchSize: 1, ProvisionedPollerConfig: {MinimumPollers: 2, MaximumPollers: 4}";
    place.write("template.yaml", &TEMPLATE.replacen("BatchSize: 1", mode, 1));
    let options = ["check", "template.yaml", "--seeds", "8", "--format", "json"];
    let output = place.command(&options).output().expect("it starts");
    let report = json(&output);
    let numbers = report["quantities"].as_array().expect("a list");
    let of = |queue: &str| numbers.iter().find(|one| one["queue"] == queue).expect("it is polled");
    // Two pollers ask every 20 s for a month of 30 days, and cost 0.00925 USD an hour each.
    let polling = &of("Orders")["idle_polling"];
    assert_eq!(polling["requests_per_month"], 2 * 30 * 24 * 180);
    assert_eq!(polling["cost_per_month"], "13.42368 USD");
    assert_eq!(of("OrdersDlq")["idle_polling"]["requests_per_month"], 5 * 30 * 24 * 180);
}
