//! Filters that want nothing of what comes: what a topic or a bus wraps looks otherwise than what was published.

use crate::command_line::{Place, text};

const WARNING: &str = "warning[filter-in-vain]";

/// A queue behind a topic, read through a filter.
fn behind_topic(raw: &str, pattern: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  News: {{Type: AWS::SNS::Topic}}
  Sub: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref News, Protocol: sqs, Endpoint: !GetAtt Orders.Arn{raw}}}}}
{}",
        queue("sns", pattern)
    )
}

/// A queue behind a rule of a bus, which makes this of its events.
fn behind_bus(made: &str, pattern: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Shop: {{Type: AWS::Events::EventBus, Properties: {{Name: shop}}}}
  Rule: {{Type: AWS::Events::Rule, Properties: {{EventBusName: !Ref Shop, EventPattern: {{source: [shop]}}, Targets: [{{Id: q, Arn: !GetAtt Orders.Arn{made}}}]}}}}
{}",
        queue("events", pattern)
    )
}

fn queue(service: &str, pattern: &str) -> String {
    format!(
        "  Orders: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 180}}}}
  Lets: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Orders], PolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: {service}.amazonaws.com}}, Action: 'sqs:SendMessage', Resource: !GetAtt Orders.Arn}}]}}}}}}
  Work:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Runtime: python3.13, InlineCode: x, Timeout: 20, Events: {{Q: {{Type: SQS, Properties: {{Queue: !GetAtt Orders.Arn, FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}}}}}}}}}
"
    )
}

/// What the command says of a template on standard error.
fn told(template: &str, options: &[&str]) -> String {
    let place = Place::new();
    place.write("t.yaml", template);
    let arguments = [&["check", "t.yaml", "--seeds", "4"], options].concat();
    let output = place.command(&arguments).output().expect("the command starts");
    text(&output.stderr)
}

#[test]
fn a_filter_that_wants_what_was_published_and_not_its_envelope_is_told() {
    let (own, wrapped) = (r#"{"body": {"kind": ["big"]}}"#, r#"{"body": {"Message": [{"prefix": "big"}]}}"#);
    let vain = told(&behind_topic("", own), &[]);
    for part in [WARNING, "Orders->Work wants nothing of what News hands on", "RawMessageDelivery", "t.yaml:"]
    {
        assert!(vain.contains(part), "{part}: {vain}");
    }
    let inside = r#"{"body": {"Message": {"kind": ["big"]}}}"#;
    assert!(told(&behind_topic("", inside), &[]).contains(WARNING), "a message is a text");
    let off = behind_topic("", own)
        .replace("Queue: !GetAtt Orders.Arn, Filter", "Queue: !GetAtt Orders.Arn, Enabled: false, Filter");
    assert!(!told(&off, &[]).contains(WARNING), "{off}");
    for fine in [behind_topic(", RawMessageDelivery: true", own), behind_topic("", wrapped)] {
        assert!(!told(&fine, &[]).contains(WARNING), "{fine}");
    }
    assert!(told(&behind_bus("", own), &[]).contains(WARNING));
    assert!(!told(&behind_bus("", r#"{"body": {"detail": {"kind": ["big"]}}}"#), &[]).contains(WARNING));
}

#[test]
fn a_filter_is_not_in_vain_where_something_else_sends_into_its_queue() {
    let own = r#"{"body": {"kind": ["big"]}}"#;
    let more = "  Other: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, InlineCode: x, Events: {T: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}}}}\n";
    let template = behind_topic("", own) + more;
    assert!(told(&template, &[]).contains(WARNING));
    assert!(!told(&template, &["--assume", "Other sends Orders"]).contains(WARNING));
    assert!(!told(&template, &["--load", "Orders=5/1s"]).contains(WARNING));
    let redriven = format!(
        "{}  First: {{Type: AWS::SQS::Queue, Properties: {{RedrivePolicy: {{deadLetterTargetArn: !GetAtt Orders.Arn, maxReceiveCount: 3}}}}}}\n",
        behind_topic("", own)
    );
    assert!(!told(&redriven, &[]).contains(WARNING));
}

#[test]
fn a_filter_behind_an_input_transformer_sees_what_that_makes() {
    let made = r#", InputTransformer: {InputPathsMap: {kind: $.detail.kind}, InputTemplate: '{"size": <kind>, "by": "shop"}'}"#;
    let warned = |pattern: &str| told(&behind_bus(made, pattern), &[]).contains(WARNING);
    assert!(!warned(r#"{"body": {"size": ["big"]}}"#), "it may be that");
    assert!(!warned(r#"{"body": {"by": ["shop"]}}"#));
    for vain in [r#"{"body": {"by": ["mail"]}}"#, r#"{"body": {"detail": {"kind": ["big"]}}}"#] {
        assert!(warned(vain), "{vain}");
    }
    let told = told(&behind_bus(made, r#"{"body": {"by": ["mail"]}}"#), &[]);
    assert!(told.contains("InputTransformer makes of the event"), "{told}");
}

#[test]
fn what_a_stated_event_becomes_decides_whether_a_filter_wants_it() {
    let made =
        r#", InputTransformer: {InputPathsMap: {kind: $.detail.kind}, InputTemplate: '{"size": <kind>}'}"#;
    let place = Place::new();
    place.write("t.yaml", &behind_bus(made, r#"{"body": {"size": ["big"]}}"#));
    for (kind, runs) in [("big", true), ("small", false)] {
        let scenario = format!(
            "template = 't.yaml'\n[[message]]\nto = 'Shop'\nbody = {{ source = 'shop', detail-type = 'a', detail = {{ kind = '{kind}' }} }}\n[faults]\nfamilies = 'none'\n"
        );
        place.write("s.toml", &scenario);
        let run = text(&place.check(&["run", "s.toml", "--seed", "0"], 0, &[]).stdout);
        assert_eq!(run.contains("Work runs with"), runs, "{kind}: {run}");
    }
}
