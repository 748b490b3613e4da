//! Repairs of rights, put into the template as they are printed: what was denied is granted then, and AWS takes it.

use redrive::template::{ImportOptions, import_text};
use redrive::topology::{LinkDetail, Permitted, RightOf, RightRepair, Topology, refusals};
use std::path::Path;

use crate::networks::MODELS;

fn topology(template: &str) -> Topology {
    let imported = import_text(Path::new("t.yaml"), template, &ImportOptions::with_stand_ins(), &MODELS);
    imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics))
}

/// What a right comes to, and what would mend it.
fn right(topology: &Topology, name: &str, of: RightOf) -> (Permitted, Option<RightRepair>) {
    let found = topology.rights.iter().find(|right| right.name.as_str() == name && right.of == of);
    let found = found.unwrap_or_else(|| panic!("no right {name} among {:#?}", topology.rights));
    (found.permitted, found.denials.first().map(|denial| denial.repair.clone()))
}

fn word(template: &str, name: &str, of: RightOf) -> Permitted {
    right(&topology(template), name, of).0
}

/// The rules by which AWS refuses a template.
fn refused(template: &str) -> Vec<String> {
    refusals(&topology(template), &MODELS).into_iter().map(|one| one.rule).collect()
}

fn warned(template: &str) -> Vec<&'static str> {
    let imported = import_text(Path::new("t.yaml"), template, &ImportOptions::with_stand_ins(), &MODELS);
    imported.diagnostics.iter().map(|one| one.code).collect()
}

/// The template with the lines of a repair: where it says, else below the resources that they name.
fn patched(template: &str, repair: &RightRepair) -> String {
    let mut lines: Vec<String> = template.lines().map(str::to_owned).collect();
    if let Some(place) = &repair.place {
        let at = place.line as usize - 1;
        let margin: String = lines[at].chars().take_while(|one| *one == ' ').collect();
        lines.splice(at..at, repair.lines.iter().map(|line| format!("{margin}{line}")));
        return lines.join("\n") + "\n";
    }
    let mut at = lines.len();
    for line in &repair.lines {
        let line = format!("  {line}");
        if !line.starts_with("   ") {
            let known = lines.iter().position(|one| *one == line);
            at = known.map_or(lines.len(), |known| known + 1);
            if known.is_some() {
                continue;
            }
        }
        lines.insert(at, line);
        at += 1;
    }
    lines.join("\n") + "\n"
}

/// A bucket that tells a function; `named` is its name, `more` other resources.
fn bucket(named: &str, attributes: &str, more: &str) -> String {
    format!(
        "Resources:
  Work: {{Type: AWS::Lambda::Function, Properties: {{Role: 'arn:aws:iam::123456789012:role/own'}}}}
  Bk:
    Type: AWS::S3::Bucket
{attributes}    Properties:
{named}      NotificationConfiguration: {{LambdaConfigurations: [{{Event: 's3:ObjectCreated:*', Function: !GetAtt Work.Arn}}]}}
  Other: {{Type: AWS::SQS::Queue}}
{more}"
    )
}

/// The permission of a bucket, with this about its source.
fn permission(source: &str) -> String {
    format!(
        "  Let: {{Type: AWS::Lambda::Permission, Properties: {{Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: s3.amazonaws.com{source}}}}}\n"
    )
}

const NAMED: &str = "      BucketName: my-bkt\n";
const BY_NAME: &str = "SourceArn: arn:aws:s3:::my-bkt";
const LATE: &str = "s3.target_checked";

//= test: s3.target_checked
#[test]
fn a_bucket_is_given_a_permission_that_is_there_before_it() {
    for (named, attributes) in [("", ""), (NAMED, ""), ("", "    DependsOn: Other\n")] {
        let template = bucket(named, attributes, "");
        assert_eq!(refused(&template), [LATE]);
        let (permitted, repair) = right(&topology(&template), "Bk->Work", RightOf::Link);
        let repair = repair.expect("it is denied");
        assert_eq!(permitted, Permitted::Denied);
        let text = repair.lines.join("\n");
        assert!(!text.contains("Ref Bk") && !text.contains("${Bk}"), "that would be a circle: {text}");
        assert_eq!(text.contains(BY_NAME), named == NAMED, "{text}");
        let after = patched(&template.replace("    DependsOn: Other\n", ""), &repair);
        assert_eq!(word(&after, "Bk->Work", RightOf::Link), Permitted::Granted, "{after}");
        assert_eq!(refused(&after), Vec::<String>::new(), "{after}");
        assert_eq!(text.contains("DependsOn: [Other, BkCallsWork]"), !attributes.is_empty(), "{text}");
    }
}

//= test: s3.target_checked
#[test]
fn a_bucket_that_does_not_wait_for_its_permission_is_told() {
    let waits = "    DependsOn: Let\n";
    let (account, by_name) = (", SourceAccount: !Ref AWS::AccountId", format!(", {BY_NAME}"));
    for source in [account, by_name.as_str()] {
        for (attributes, expected) in [("", vec!["template-late-permission"]), (waits, Vec::new())] {
            let template = bucket(NAMED, attributes, &permission(source));
            assert_eq!(refused(&template), Vec::<String>::new(), "{source}");
            assert_eq!(warned(&template), expected, "{source}");
        }
    }
    let behind = "    DependsOn: After\n";
    let after = "  After: {Type: AWS::SQS::Queue, DependsOn: [Let]}\n".to_owned() + &permission(account);
    assert_eq!(warned(&bucket("", behind, &after)), Vec::<&str>::new(), "it waits for what waits for it");
    let circle = topology(&bucket("", "", &permission(", SourceArn: !GetAtt Bk.Arn")));
    let told: Vec<String> = refusals(&circle, &MODELS).into_iter().map(|one| one.allowed).collect();
    assert!(matches!(told.as_slice(), [one] if one.contains("no reference to the bucket")), "{told:?}");
}

#[test]
fn sam_makes_the_permission_of_a_bucket_in_time() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  Bk: {Type: AWS::S3::Bucket}
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Events: {E: {Type: S3, Properties: {Bucket: !Ref Bk, Events: 's3:ObjectCreated:*'}}}}
";
    assert_eq!(word(template, "Bk->Work", RightOf::Link), Permitted::Granted);
    assert_eq!(refused(template), Vec::<String>::new());
}

/// A queue behind a bucket, with a policy that says this.
fn bucket_and_queue(attributes: &str, policy: &str) -> String {
    format!(
        "Resources:
  Orders: {{Type: AWS::SQS::Queue}}
  Bk:
    Type: AWS::S3::Bucket
{attributes}    Properties: {{NotificationConfiguration: {{QueueConfigurations: [{{Event: 's3:ObjectCreated:*', Queue: !GetAtt Orders.Arn}}]}}}}
{policy}"
    )
}

#[test]
fn a_queue_behind_a_bucket_is_given_a_policy_that_is_there_before_the_bucket() {
    let template = bucket_and_queue("", "");
    let (_, repair) = right(&topology(&template), "Bk->Orders", RightOf::Link);
    let after = patched(&template, &repair.expect("it is denied"));
    assert_eq!(word(&after, "Bk->Orders", RightOf::Link), Permitted::Granted, "{after}");
    assert_eq!(refused(&after), Vec::<String>::new(), "{after}");
    assert_eq!(warned(&after.replace("    DependsOn: OrdersPolicy\n", "")), ["template-late-permission"]);
}

/// A queue with a policy for one topic, and what else sends to it.
const SHARED: &str = "Resources:
  News: {Type: AWS::SNS::Topic}
  Kept: {Type: AWS::SQS::Queue}
  Subscription: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref News, Endpoint: !GetAtt Kept.Arn}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Kept]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: sns.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Kept.Arn
            Condition: {ArnEquals: {aws:SourceArn: !Ref News}}
";

#[test]
fn a_policy_gets_one_more_statement_and_keeps_those_that_it_has() {
    let rule = "  Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day), Targets: [{Id: a, Arn: !GetAtt Kept.Arn}]}}\n";
    let topic = "  Late: {Type: AWS::SNS::Topic}
  Second: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref Late, Endpoint: !GetAtt Kept.Arn}}\n";
    for (more, name) in [(rule, "Rule->Kept"), (topic, "Late->Kept")] {
        let template = format!("{SHARED}{more}");
        let (permitted, repair) = right(&topology(&template), name, RightOf::Link);
        let repair = repair.expect("it is denied");
        assert_eq!((permitted, repair.place.is_some()), (Permitted::Denied, true), "{repair:?}");
        assert!(!repair.lines.iter().any(|line| line.contains("Type:")), "no second policy: {repair:?}");
        let after = patched(&template, &repair);
        for link in [name, "News->Kept"] {
            assert_eq!(word(&after, link, RightOf::Link), Permitted::Granted, "{link}: {after}");
        }
    }
}

#[test]
fn a_new_resource_takes_no_name_that_is_there() {
    let template = bucket("", "", "  BkCallsWork: {Type: AWS::SQS::Queue}\n");
    let (_, repair) = right(&topology(&template), "Bk->Work", RightOf::Link);
    assert_eq!(repair.expect("it is denied").lines[0], "BkCallsWork2:");
}

#[test]
fn sam_lets_a_function_write_what_failed_into_a_bucket() {
    let template = |kind: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  Failed: {{Type: AWS::S3::Bucket}}
  Work:
    Type: AWS::Serverless::Function
    Properties: {{Handler: a.b, Runtime: python3.13, CodeUri: ., EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: {kind}, Destination: !GetAtt Failed.Arn}}}}}}}}
"
        )
    };
    assert_eq!(word(&template("S3"), "Work->Failed", RightOf::Exit), Permitted::Granted);
    assert_eq!(word(&template("SQS"), "Work->Failed", RightOf::Exit), Permitted::Denied);
}

/// A rule with a role of its own for a function: what the role may do, and whether the function lets rules in.
fn with_role(action: &str, lets_in: bool) -> Permitted {
    let mut template = format!(
        "Resources:
  Work: {{Type: AWS::Lambda::Function, Properties: {{Role: 'arn:aws:iam::123456789012:role/own'}}}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{Service: events.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}
      Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{action}', Resource: !GetAtt Work.Arn}}]}}}}]
  Rule: {{Type: AWS::Events::Rule, Properties: {{ScheduleExpression: rate(1 day), Targets: [{{Id: a, Arn: !GetAtt Work.Arn, RoleArn: !GetAtt Role.Arn}}]}}}}
"
    );
    if lets_in {
        template += "  Let: {Type: AWS::Lambda::Permission, Properties: {Action: 'lambda:InvokeFunction', FunctionName: !Ref Work, Principal: events.amazonaws.com}}\n";
    }
    word(&template, "Rule->Work", RightOf::Link)
}

//= test: eventbridge.target_role
#[test]
fn a_role_of_a_rules_target_may_call_in_place_of_the_functions_policy() {
    let (calls, reads) = ("lambda:InvokeFunction", "lambda:GetFunction");
    assert_eq!(with_role(calls, true), Permitted::Granted);
    assert_eq!(with_role(calls, false), Permitted::Granted, "the role is enough");
    assert_eq!(with_role(reads, false), Permitted::Denied, "neither of them allows it");
    assert_eq!(with_role(reads, true), Permitted::Unknown, "whether the policy still counts is not told");
}

#[test]
fn a_bus_needs_no_right_for_its_own_rules() {
    let template = "Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: b}}
  Kept: {Type: AWS::SQS::Queue}
  Rule: {Type: AWS::Events::Rule, Properties: {EventBusName: !Ref Bus, EventPattern: {source: [a]}, Targets: [{Id: a, Arn: !GetAtt Kept.Arn}]}}
";
    let topology = topology(template);
    let inner = topology.links.iter().filter(|link| matches!(link.detail, LinkDetail::Delivers(_)));
    let inner: Vec<(bool, Permitted)> = inner.map(|link| (topology.is_inner(link), link.permitted)).collect();
    assert_eq!(inner, [(true, Permitted::Granted), (false, Permitted::Denied)]);
}

/// A queue behind two topics, with these policies.
fn behind_two_topics(policies: &str) -> String {
    let topic = |name: &str| {
        format!(
            "  {name}: {{Type: AWS::SNS::Topic}}\n  {name}S: {{Type: AWS::SNS::Subscription, Properties: {{TopicArn: !Ref {name}, Protocol: sqs, Endpoint: !GetAtt Q.Arn}}}}\n"
        )
    };
    format!("Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n{}{}{policies}", topic("One"), topic("Two"))
}

/// A statement that lets a topic in.
fn lets(topic: &str) -> String {
    format!(
        "{{Effect: Allow, Principal: {{Service: sns.amazonaws.com}}, Action: 'sqs:SendMessage', Resource: !GetAtt Q.Arn, Condition: {{ArnEquals: {{'aws:SourceArn': !Ref {topic}}}}}}}"
    )
}

fn policy(name: &str, statements: &str) -> String {
    format!(
        "  {name}: {{Type: AWS::SQS::QueuePolicy, Properties: {{Queues: [!Ref Q], PolicyDocument: {{Statement: [{statements}]}}}}}}\n"
    )
}

//= test: access.one_policy
#[test]
fn of_two_policies_of_a_queue_one_takes_the_others_place() {
    let words = |policies: &str| {
        let template = behind_two_topics(policies);
        let links = ["One->Q", "Two->Q"].map(|link| word(&template, link, RightOf::Link));
        (links, warned(&template))
    };
    let (one, two) = (lets("One"), lets("Two"));
    let (granted, open) = ([Permitted::Granted; 2], [Permitted::Unknown; 2]);
    assert_eq!(words(&policy("P", &format!("{one}, {two}"))), (granted, Vec::new()));
    let apart = policy("P", &one) + &policy("R", &two);
    assert_eq!(words(&apart), (open, vec!["template-replaced-policy"]));
    let only_one = policy("P", &one) + &policy("R", &one.replace("SendMessage", "ReceiveMessage"));
    assert_eq!(words(&only_one).0, [Permitted::Unknown, Permitted::Denied]);
}

//= test: access.address_statements
#[test]
fn an_address_is_given_both_statements_that_it_takes() {
    let template = "Resources:
  Work: {Type: AWS::Lambda::Function, Properties: {Role: 'arn:aws:iam::123456789012:role/own'}}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Work, AuthType: NONE}}
";
    let found = topology(template);
    let right = found.rights.iter().find(|right| right.name.as_str() == "Url->Work").expect("it is asked");
    assert_eq!((right.permitted, right.action.as_str()), (Permitted::Denied, "lambda:InvokeFunctionUrl"));
    let after = patched(template, &right.denials[0].repair);
    assert_eq!(word(&after, "Url->Work", RightOf::Link), Permitted::Granted, "{after}");
}

#[test]
fn a_role_is_given_all_that_reading_takes() {
    let template = "Resources:
  Q: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies:
        - PolicyName: reads
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: sqs:ReceiveMessage
                Resource: !GetAtt Q.Arn
  Work: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Reads: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Work, EventSourceArn: !GetAtt Q.Arn}}
";
    let (permitted, repair) = right(&topology(template), "Q->Work", RightOf::Link);
    let repair = repair.expect("it is denied");
    assert_eq!(permitted, Permitted::Denied);
    let added: Vec<String> = repair.lines.iter().map(|line| format!("              {line}")).collect();
    let before = "              - Effect: Allow\n";
    let after = template.replace(before, &format!("{}\n{before}", added.join("\n")));
    assert_eq!(word(&after, "Q->Work", RightOf::Link), Permitted::Granted, "{after}");
    assert!(repair.says.contains("sqs:DeleteMessage, sqs:GetQueueAttributes"), "{}", repair.says);
}
