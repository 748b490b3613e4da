//! Sources that wait for an answer: what fails there is seen by whoever started it.

use redrive::explore::Standing;
use redrive::guarantee::GuaranteeName;

use crate::checked::CheckedTemplate;

fn no_loss_of(resources: &str, link: &str, function: &str) -> Standing {
    let template = format!(
        "Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.13, Handler: a.b, Timeout: 10}}}}
Resources:\n{resources}"
    );
    CheckedTemplate::of_text(&template).verdict(GuaranteeName::NoLoss, link, function).standing.clone()
}

//= test: cloudformation.answered
#[test]
fn a_custom_resource_that_fails_fails_its_deployment_and_loses_nothing() {
    let resource = "  Seed: {Type: 'Custom::Seed', Properties: {ServiceToken: !GetAtt Sow.Arn}}\n";
    let sow = "  Sow: {Type: AWS::Serverless::Function, Properties: {CodeUri: .}}\n";
    let found = no_loss_of(&format!("{resource}{sow}"), "Seed->Sow", "Sow");
    assert!(matches!(found, Standing::NotApplicable(_)), "{found:?}");
}

//= test: codepipeline.answered
#[test]
fn an_action_of_a_pipeline_that_fails_stops_the_pipeline_and_loses_nothing() {
    let pipeline = "  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt Role.Arn
      Stages:
        - Name: Verify
          Actions:
            - Name: Smoke
              ActionTypeId: {Category: Invoke, Owner: AWS, Provider: Lambda, Version: '1'}
              Configuration: {FunctionName: !Ref Smoke}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Smoke: {Type: AWS::Serverless::Function, Properties: {CodeUri: .}}\n";
    let found = no_loss_of(pipeline, "Release->Smoke", "Smoke");
    assert!(matches!(found, Standing::NotApplicable(_)), "{found:?}");
}

/// The canary: what nobody waits for is lost as before.
#[test]
fn a_topic_waits_for_no_answer_and_loses_what_its_function_gives_up() {
    let news = "  News: {Type: AWS::SNS::Topic}
  Read: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Events: {News: {Type: SNS, Properties: {Topic: !Ref News}}}}}\n";
    assert_eq!(no_loss_of(news, "News->Read", "Read"), Standing::Violated);
}
