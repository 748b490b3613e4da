//! Whoever waits to be called back, and nobody calls: executions for their tokens, stacks for custom resources.

use redrive::scenario::{Bounds, Handling, OutcomeRule, Then, When};

use super::*;

/// A workflow that sends its token to a queue; the function behind that returns it.
const TOKENS: &str = "  Work: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 10, Events: {Reads: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 1}}}}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2}}}
  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/flow
      Definition:
        StartAt: Ask
        States:
          Ask: {Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: {QueueUrl: !Ref Jobs, MessageBody: {'token.$': '$$.Task.Token'}}, End: true}\n";

//= test: step_functions.no_token
#[test]
fn an_execution_waits_for_a_token_that_went_with_its_message_into_the_dead_letter_queue() {
    check_pair(Pair {
        broken: TOKENS,
        mended: &TOKENS.replace("End: true", "TimeoutSeconds: 1800, End: true"),
        guarantee: GuaranteeName::Progress,
        at: "Jobs",
        suffices: &[Family::Poison],
        faults: Faults::only([Family::Poison]),
    });
}

/// Whether a stack hears of a change within ten minutes, whatever comes of it.
fn hears(fields: &str, then: Then) -> bool {
    let resources = format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 20}}}}
  Thing: {{Type: 'Custom::Thing', Properties: {{ServiceToken: !GetAtt F.Arn{fields}}}}}\n"
    );
    let topology = topology(&resources);
    let outcomes = vec![OutcomeRule { when: When::default(), then, place: None }];
    let handling = Handling { function: "F".to_owned(), outcomes, ..Handling::default() };
    let bounds = Bounds { delay: Some(Duration::from_secs(600)), ..Bounds::default() };
    let check = Check::new(&topology).handling(handling).bounds(bounds).guarantee(bounded_delay());
    check.faults(Faults::none()).seeds(0..8).run().is_held()
}

//= test: cloudformation.unanswered
#[test]
fn a_stack_waits_an_hour_for_a_function_that_answers_nothing() {
    for then in [Then::Fails, Then::Forgets] {
        assert!(!hears("", then), "{then:?}");
        assert!(hears(", ServiceTimeout: 300", then), "{then:?}: it gives up in time");
    }
    assert!(hears("", Then::Declines), "a function that catches its errors and answers ends the waiting");
    assert!(hears("", Then::Succeeds));
}
