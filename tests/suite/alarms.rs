//! Alarms and topics: as whom an alarm publishes, and what a topic lets in without a policy of its own.

use std::path::Path;

use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::Permitted::{self, Denied, Granted};
use redrive::topology::{Right, RightOf, Topology};

fn deployed(resources: &str) -> Topology {
    let models = Models::embedded().expect("the embedded models load");
    let template = format!("Resources:\n{resources}");
    let imported = import_text(Path::new("t.yaml"), &template, &ImportOptions::with_stand_ins(), &models);
    imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics))
}

fn right<'a>(topology: &'a Topology, name: &str, of: RightOf) -> &'a Right {
    let found = topology.rights.iter().find(|right| right.name.as_str() == name && right.of == of);
    found.unwrap_or_else(|| panic!("there is no right {name} among {:#?}", topology.rights))
}

/// A topic, an alarm that tells it of a backlog, and whatever else.
fn alarmed(topic: &str, more: &str) -> Topology {
    deployed(&format!(
        "  Pager: {{Type: AWS::SNS::Topic, Properties: {{{topic}}}}}
  Backlog: {{Type: AWS::CloudWatch::Alarm, Properties: {{AlarmActions: [!Ref Pager], OKActions: [!Ref Pager]}}}}
{more}"
    ))
}

fn policy(statement: &str) -> String {
    format!(
        "  Policy: {{Type: AWS::SNS::TopicPolicy, Properties: {{Topics: [!Ref Pager], PolicyDocument: {{Statement: [{statement}]}}}}}}\n"
    )
}

fn allow(service: &str) -> String {
    policy(&format!(
        "{{Effect: Allow, Principal: {{Service: {service}}}, Action: 'sns:Publish', Resource: !Ref Pager}}"
    ))
}

//= test: access.topic_default_policy
#[test]
fn an_alarm_publishes_by_the_policy_that_every_topic_is_born_with_until_another_takes_its_place() {
    let table: [(String, Permitted); 4] = [
        (String::new(), Granted),
        (allow("cloudwatch.amazonaws.com"), Granted),
        (allow("lambda.alarms.cloudwatch.amazonaws.com"), Denied),
        (allow("events.amazonaws.com"), Denied),
    ];
    for (more, expected) in table {
        let topology = alarmed("", &more);
        let right = right(&topology, "Backlog->Pager", RightOf::Link);
        assert_eq!(right.permitted, expected, "{more}: {right:#?}");
    }
}

//= test: access.topic_default_policy
#[test]
fn rules_and_buckets_are_not_let_in_by_default() {
    let topology = deployed(
        "  Pager: {Type: AWS::SNS::Topic}
  Rule: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}, Targets: [{Id: a, Arn: !Ref Pager}]}}
  Inbox:
    Type: AWS::S3::Bucket
    Properties: {NotificationConfiguration: {TopicConfigurations: [{Event: 's3:ObjectCreated:*', Topic: !Ref Pager}]}}
",
    );
    for name in ["Rule->Pager", "Inbox->Pager"] {
        assert_eq!(right(&topology, name, RightOf::Link).permitted, Denied, "{name}");
    }
}

#[test]
fn an_alarm_that_calls_a_function_needs_the_functions_permission() {
    let calls = |principal: &str| {
        deployed(&format!(
            "  Heal: {{Type: AWS::Lambda::Function, Properties: {{Handler: a.b, Runtime: nodejs22.x}}}}
  Backlog: {{Type: AWS::CloudWatch::Alarm, Properties: {{AlarmActions: [!GetAtt Heal.Arn]}}}}
  Allow: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Heal, Principal: {principal}}}}}
"
        ))
    };
    for (principal, expected) in
        [("lambda.alarms.cloudwatch.amazonaws.com", Granted), ("cloudwatch.amazonaws.com", Denied)]
    {
        let topology = calls(principal);
        let right = right(&topology, "Backlog->Heal", RightOf::Link);
        assert_eq!(right.permitted, expected, "{principal}");
    }
}

//= test: access.managed_key
#[test]
fn what_awss_own_key_locks_out_is_let_in_by_a_key_of_ones_own() {
    let managed = alarmed("KmsMasterKeyId: alias/aws/sns", "");
    let key = right(&managed, "Backlog->Pager", RightOf::Key);
    assert_eq!(key.permitted, Denied, "{key:#?}");
    let repair = &key.denials.first().expect("it is told").repair;
    assert_eq!(
        repair.says, "encrypt Pager with a key of your own that cloudwatch.amazonaws.com may use",
        "a policy of the topic says nothing about keys"
    );
    // What is proposed, deployed.
    let (own, other) = repair.lines.split_at(3);
    assert_eq!(own.last().map(|line| line.trim()), Some("KmsMasterKeyId: !Ref PagerKey"));
    let other = format!("  {}\n", other.join("\n  "));
    let mended = alarmed("KmsMasterKeyId: !Ref PagerKey", &other);
    assert_eq!(right(&mended, "Backlog->Pager", RightOf::Key).permitted, Granted, "{other}");
}

/// What the lines of a repair say of the source.
fn source_of(resources: &str) -> String {
    let topology = deployed(resources);
    let right = topology.rights.iter().find(|right| right.to == "Calls").expect("something calls");
    let lines = &right.denials.first().expect("it is denied").repair.lines;
    lines.iter().find_map(|line| line.split_once("SourceArn: ")).expect("the source is named").1.to_owned()
}

#[test]
fn what_ref_gives_as_an_arn_is_not_made_part_of_one() {
    let topic = "  Pager: {Type: AWS::SNS::Topic}
  Calls: {Type: AWS::SQS::Queue}
  ToCalls: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref Pager, Endpoint: !GetAtt Calls.Arn}}
";
    assert_eq!(source_of(topic), "!Ref Pager}");
    let bus = "  Domain: {Type: AWS::Events::EventBus, Properties: {Name: domain}}
  Paid: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Domain, EventPattern: {source: [a]}, Targets: [{Id: a, Arn: !GetAtt Calls.Arn}]}}
  Calls: {Type: AWS::SQS::Queue}
";
    assert_eq!(source_of(bus), "!GetAtt Paid.Arn}", "`Ref` gives `domain|paid`");
}
