//! State machines that stop where a call of a function would only have had to be made again.

use super::*;

/// An express workflow behind a rule, whose one task calls a function and is tried again after these errors.
fn workflow(errors: &str) -> String {
    format!(
        "  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Timeout: 10}}}}
  R: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [shop]}}, Targets: [{{Id: m, Arn: !Ref M, RoleArn: 'arn:aws:iam::123456789012:role/starts'}}]}}}}
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/calls
      StateMachineType: EXPRESS
      Definition:
        StartAt: Call
        States:
          Call: {{Type: Task, Resource: !GetAtt F.Arn, Retry: [{{ErrorEquals: [{errors}], IntervalSeconds: 2, MaxAttempts: 6}}], End: true}}
"
    )
}

//= test: step_functions.throttled
#[test]
fn a_throttle_fails_a_workflow_whose_retries_do_not_name_it() {
    const USUAL: &str = "Lambda.ServiceException, Lambda.AWSLambdaException, Lambda.SdkClientException";
    check_pair(Pair {
        broken: &workflow(USUAL),
        mended: &workflow(&format!("{USUAL}, Lambda.TooManyRequestsException")),
        guarantee: GuaranteeName::NoLoss,
        at: "M->F",
        suffices: &[],
        faults: span(Family::Throttle, "", Duration::from_secs(60)),
    });
}
