//! Pipes: what they poll, whom they call, where they send, as whom, and what becomes of a record that their target
//! refuses.

use std::path::Path;

use redrive::explore::Standing;
use redrive::guarantee::GuaranteeName::{self, DeadLetterDelivery, NoCollateral, NoLoss, Progress};
use redrive::kernel::{Families, Family};
use redrive::models::Models;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::{LinkDetail, Origin, Permitted, ResponseType, Topology, refusals};

use crate::checked::CheckedTemplate;

/// A pipe on a queue or a stream, with a role that may do all of it.
fn pipe(more: &str) -> String {
    format!(
        "Resources:
  Orders: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: 60, RedrivePolicy: {{maxReceiveCount: 3, deadLetterTargetArn: !GetAtt Kept.Arn}}}}}}
  Kept: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}
  Bills: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}
  Clicks: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}
  Fulfil:
    Type: AWS::Lambda::Function
    Properties: {{Handler: a.b, Runtime: python3.13, Timeout: 20, Code: {{ZipFile: x}}, Role: !GetAtt Role.Arn}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: [pipes.amazonaws.com, lambda.amazonaws.com]}}}}]
      Policies: [{{PolicyName: all, PolicyDocument: {{Statement: [{{Effect: Allow, Action: '*', Resource: '*'}}]}}}}]
{more}"
    )
}

fn of_queue(target: &str) -> String {
    pipe(&format!(
        "  Hand: {{Type: AWS::Pipes::Pipe, Properties: {{RoleArn: !GetAtt Role.Arn, Source: !GetAtt Orders.Arn, {target}}}}}"
    ))
}

fn of_stream(parameters: &str, target: &str) -> String {
    pipe(&format!(
        "  Hand:
    Type: AWS::Pipes::Pipe
    Properties:
      RoleArn: !GetAtt Role.Arn
      Source: !GetAtt Clicks.Arn
      SourceParameters: {{KinesisStreamParameters: {{StartingPosition: TRIM_HORIZON{parameters}}}}}
      Target: {target}"
    ))
}

fn deployed(template: &str) -> Topology {
    let models = Models::embedded().expect("the embedded models load");
    let imported = import_text(Path::new("pipes.yaml"), template, &ImportOptions::with_stand_ins(), &models);
    imported.topology.unwrap_or_else(|| panic!("{template}\n{:?}", imported.diagnostics))
}

fn standing(template: &str, guarantee: GuaranteeName, place: &str, by: &str) -> Standing {
    CheckedTemplate::of_text(template).verdict(guarantee, place, by).standing
}

fn links(topology: &Topology) -> Vec<String> {
    let one = |link: &redrive::topology::Link| {
        format!("{}->{} {}", topology.end_name(&link.from), topology.end_name(&link.to), link.source)
    };
    topology.links.iter().map(one).collect()
}

//= test: pipes.polls
//= test: pipes.run
#[test]
fn what_its_target_refuses_a_pipe_leaves_to_the_dead_letters_of_its_queue() {
    let kept = of_queue("Target: !GetAtt Bills.Arn");
    assert_eq!(standing(&kept, NoLoss, "Orders", "Hand"), Standing::Held);
    assert_eq!(standing(&kept, DeadLetterDelivery, "Orders", "Hand"), Standing::Held);
    let redrive = ", RedrivePolicy: {maxReceiveCount: 3, deadLetterTargetArn: !GetAtt Kept.Arn}";
    assert!(kept.contains(redrive));
    assert_eq!(standing(&kept.replace(redrive, ""), NoLoss, "Orders", "Hand"), Standing::Violated);
}

//= test: pipes.polls
#[test]
fn a_pipe_on_a_stream_gives_records_up_by_its_own_settings() {
    let stands = of_stream("", "!GetAtt Bills.Arn");
    assert_eq!(standing(&stands, Progress, "Clicks->Hand", "Hand"), Standing::Violated);
    let limited = of_stream(
        ", MaximumRetryAttempts: 3, DeadLetterConfig: {Arn: !GetAtt Kept.Arn}",
        "!GetAtt Bills.Arn",
    );
    let checked = CheckedTemplate::of_text(&limited);
    assert_eq!(checked.verdict(Progress, "Clicks->Hand", "Hand").standing, Standing::Held);
    let lost = &checked.verdict(NoLoss, "Clicks->Hand", "Hand").broken_by;
    let unavailable = |set: &Families| set.has(Family::DestinationUnavailable);
    assert!(lost.iter().all(unavailable), "it is told of wherever the queue takes it: {lost:?}");
    let silent = of_stream(", MaximumRetryAttempts: 3", "!GetAtt Bills.Arn");
    assert_eq!(standing(&silent, NoLoss, "Clicks->Hand", "Hand"), Standing::Violated);
}

//= test: pipes.partial
//= test: pipes.batch_left_out
#[test]
fn a_pipe_reads_which_records_failed_and_takes_one_at_a_time_unless_told() {
    let topology = deployed(&of_stream("", "!GetAtt Fulfil.Arn"));
    let LinkDetail::StreamPolling(mapping) = &topology.links[0].detail else {
        panic!("{:?}", topology.links)
    };
    assert_eq!(mapping.response_type.value, ResponseType::BatchItemFailures);
    assert_eq!(mapping.batch_size.value, 1);
    assert_eq!(mapping.batch_size.origin, Origin::Default("pipes.batch_left_out".to_owned()));
    let topology = deployed(&of_stream(
        ", BatchSize: 50, OnPartialBatchItemFailure: AUTOMATIC_BISECT, MaximumRecordAgeInSeconds: 90",
        "!GetAtt Fulfil.Arn",
    ));
    let LinkDetail::StreamPolling(mapping) = &topology.links[0].detail else {
        panic!("{:?}", topology.links)
    };
    let age = mapping.age.as_ref().map(|age| age.value.as_secs());
    assert_eq!((mapping.batch_size.value, mapping.bisect.value, age), (50, true, Some(90)));
}

#[test]
fn a_pipe_calls_the_function_that_it_waits_for_and_sends_on_what_goes_well() {
    let table = [
        ("Target: !GetAtt Fulfil.Arn", vec!["Orders->Fulfil sqs"]),
        ("Target: !GetAtt Bills.Arn", vec!["Orders->Hand sqs", "Hand->Bills pipes"]),
        (
            "Enrichment: !GetAtt Fulfil.Arn, Target: !GetAtt Bills.Arn",
            vec!["Orders->Fulfil sqs", "Fulfil->Bills pipes"],
        ),
        (
            "Target: !GetAtt Fulfil.Arn, TargetParameters: {LambdaFunctionParameters: {InvocationType: FIRE_AND_FORGET}}",
            vec!["Orders->Hand sqs", "Hand->Fulfil pipes"],
        ),
    ];
    for (target, expected) in table {
        assert_eq!(links(&deployed(&of_queue(target))), expected, "{target}");
    }
}

#[test]
fn one_bad_message_takes_no_good_one_with_it_where_a_pipe_sends_on() {
    let template =
        of_queue("SourceParameters: {SqsQueueParameters: {BatchSize: 10}}, Target: !GetAtt Bills.Arn");
    assert_eq!(standing(&template, NoCollateral, "Orders", "Hand"), Standing::Held);
}

//= test: pipes.role
#[test]
fn a_pipe_needs_its_own_role_for_all_that_it_does() {
    let all = "{Effect: Allow, Action: '*', Resource: '*'}";
    let template = of_queue("Target: !GetAtt Bills.Arn");
    let with = |statement: &str| {
        let topology = deployed(&template.replace(all, statement));
        topology.links.iter().map(|link| link.permitted).collect::<Vec<_>>()
    };
    let read = "[sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes]";
    let reads = format!("{{Effect: Allow, Action: {read}, Resource: !GetAtt Orders.Arn}}");
    assert_eq!(with(all), [Permitted::Granted, Permitted::Granted]);
    assert_eq!(with(&reads), [Permitted::Granted, Permitted::Denied]);
    let sends = "{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Bills.Arn}";
    assert_eq!(with(sends), [Permitted::Denied, Permitted::Granted]);
    let calls = deployed(&of_queue("Target: !GetAtt Fulfil.Arn").replace(all, &reads));
    assert_eq!(calls.links[0].permitted, Permitted::Denied, "it may not call the function");
    let denial = calls.rights.iter().flat_map(|right| &right.denials).next().expect("it is told");
    assert_eq!(denial.rule, "pipes.denied");
    let untrusted = template.replace("pipes.amazonaws.com, ", "");
    assert_eq!(deployed(&untrusted).links[0].permitted, Permitted::Denied, "pipes may not take the role");
}

//= test: pipes.batch_of_target
//= test: pipes.standard_machine
#[test]
fn a_batch_beyond_the_target_and_waiting_for_a_standard_machine_are_refused() {
    let models = Models::embedded().expect("the embedded models load");
    let refused = |template: &str| -> Vec<String> {
        refusals(&deployed(template), &models).into_iter().map(|refusal| refusal.rule).collect()
    };
    let sized = |size: u64| of_stream(&format!(", BatchSize: {size}"), "!GetAtt Bills.Arn");
    assert_eq!(refused(&sized(10)), [""; 0]);
    assert_eq!(refused(&sized(11)), ["pipes.batch_of_target"]);
    let machine = |kind: &str, parameters: &str| {
        let own = "{StartAt: A, States: {A: {Type: Task, Resource: !GetAtt Fulfil.Arn, End: true}}}";
        of_queue(&format!(
            "Target: !Ref Steps{parameters}}}}}
  Steps: {{Type: AWS::StepFunctions::StateMachine, Properties: {{RoleArn: !GetAtt Role.Arn, {kind}Definition: {own}"
        ))
    };
    let forgets =
        ", TargetParameters: {StepFunctionStateMachineParameters: {InvocationType: FIRE_AND_FORGET}}";
    assert_eq!(refused(&machine("", "")), ["pipes.standard_machine"]);
    assert_eq!(refused(&machine("", forgets)), [""; 0]);
    assert_eq!(refused(&machine("StateMachineType: EXPRESS, ", "")), [""; 0]);
    let waits = deployed(&machine("StateMachineType: EXPRESS, ", ""));
    assert!(
        waits.unmodelled.iter().any(|one| one.cost.contains("the pipe waits for Steps")),
        "{:?}",
        waits.unmodelled
    );
}

//= test: pipes.metrics
#[test]
fn what_a_pipe_counts_has_names_of_its_own() {
    let models = Models::embedded().expect("the embedded models load");
    let names = |value| models.text("pipes.metrics", value).expect("it is there").to_owned();
    assert_eq!(
        (names("started").as_str(), names("failed").contains("ExecutionFailed")),
        ("Invocations", true)
    );
}

//= test: pipes.at_once
#[test]
fn a_pipe_takes_no_part_in_the_concurrency_of_functions() {
    let topology = deployed(&of_queue("Target: !GetAtt Bills.Arn"));
    let models = Models::embedded().expect("the embedded models load");
    let programs = redrive::program::compile(&topology, &models, &redrive::scenario::Scenario::default());
    let programs = programs.expect("the models are complete");
    let table = programs[0].functions[0];
    assert!(table.is_reserved() && table.reserved == 1_250 && table.ready() == 1_250, "{table:?}");
}

#[test]
fn a_pipe_that_is_stopped_hands_nothing_on() {
    let template = of_queue("DesiredState: STOPPED, Target: !GetAtt Bills.Arn");
    assert_eq!(standing(&template, Progress, "Orders", "Hand"), Standing::Violated);
}
