//! What AWS refuses at deployment is told, and the system is judged all the same.

use std::path::Path;

use redrive::explore::{CheckOptions, Standing, check};
use redrive::guarantee::GuaranteeName;
use redrive::models::Models;
use redrive::scenario::Scenario;
use redrive::template::{ImportOptions, import_text};
use redrive::topology::refusals;

use crate::support::{options, verdict};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dlq:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: VISIBILITY
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dlq.Arn, maxReceiveCount: RECEIVES}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: work.handler
      CodeUri: src
      Timeout: 30
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: BATCH}}
";

/// The rules that refuse the template, and the verdict on `no-collateral`.
fn judged(visibility: u32, receives: u32, batch: u32) -> (Vec<String>, Standing) {
    let text = TEMPLATE
        .replace("VISIBILITY", &visibility.to_string())
        .replace("RECEIVES", &receives.to_string())
        .replace("BATCH", &batch.to_string());
    let models = Models::embedded().expect("the embedded models load");
    let imported = import_text(Path::new("template.yaml"), &text, &ImportOptions::with_stand_ins(), &models);
    assert_eq!(imported.diagnostics, [], "{text}");
    let topology = imported.topology.expect("the template can be read");
    let rules = refusals(&topology, &models).into_iter().map(|refusal| refusal.rule).collect();
    let options = CheckOptions { seeds: Some(256), ..options() };
    let checked = check(&topology, &models, &Scenario::default(), &options, &mut |_| {})
        .expect("the embedded models are complete");
    (rules, verdict(&checked, GuaranteeName::NoCollateral).standing)
}

#[test]
fn a_batch_of_eleven_without_a_window_is_refused_and_judged() {
    let refused = vec!["queue_poll.batch_needs_window".to_owned()];
    assert_eq!(judged(180, 3, 11), (refused, Standing::Violated));
}

#[test]
fn a_visibility_timeout_below_the_time_out_is_refused_and_judged() {
    let refused = vec!["queue_poll.visibility_below_timeout".to_owned()];
    assert_eq!(judged(10, 3, 1), (refused, Standing::Violated));
}

#[test]
fn a_receive_count_of_zero_is_refused_and_judged() {
    let refused = vec!["queue.max_receive_count_range".to_owned()];
    assert_eq!(judged(180, 0, 1), (refused, Standing::Violated));
}

#[test]
fn what_is_in_range_is_not_refused() {
    assert_eq!(judged(180, 3, 10).0, Vec::<String>::new());
}
