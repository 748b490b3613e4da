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
    CheckedTemplate::of_text(&template).verdict(GuaranteeName::NoLoss, link, function).standing
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

/// A queue that loses nothing by itself, the function that polls it, and a role that may send to it.
const BEHIND: &str = "  Intake: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}}
  Dead: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  Sends:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: send, PolicyDocument: {Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Intake.Arn}]}}]
  Work: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Events: {Intake: {Type: SQS, Properties: {Queue: !GetAtt Intake.Arn}}}}}\n";

/// What becomes of an API that hands its requests to that queue: nothing is lost, but where the queue itself loses.
fn check_told(api: &str) {
    let system = format!("{api}{BEHIND}");
    assert_eq!(no_loss_of(&system, "Intake", "Work"), Standing::Held);
    // The canary: without a dead-letter queue the same messages are lost.
    let redrive = ", RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}";
    assert_eq!(no_loss_of(&system.replace(redrive, ""), "Intake", "Work"), Standing::Violated);
}

//= test: api_gateway.told
#[test]
fn an_api_that_cannot_reach_its_queue_tells_its_client_and_loses_nothing() {
    check_told(
        "  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: intake}}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      Integration: {Type: AWS, IntegrationHttpMethod: POST, Credentials: !GetAtt Sends.Arn, Uri: !Sub 'arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Intake.QueueName}'}\n",
    );
}

//= test: http_api.told
#[test]
fn an_http_api_that_cannot_reach_its_queue_tells_its_client_too() {
    check_told(
        "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: intake}}
  Post: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage, CredentialsArn: !GetAtt Sends.Arn, RequestParameters: {QueueUrl: !Ref Intake}}}\n",
    );
}
