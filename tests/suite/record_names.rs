//! How records and stories name things: physical names, aliases, attempts, events that have no number.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::Value as Json;

use crate::command_line::{Place, json as read};

fn output(template: &str, scenario: &str, format: &[&str]) -> std::process::Output {
    let place = Place::new();
    place.write("template.yaml", template);
    place.write("scenario.toml", &format!("template = 'template.yaml'\n{scenario}"));
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none"];
    place.command(&[&options, format].concat()).output().expect("it starts")
}

fn run(template: &str, scenario: &str) -> Json {
    read(&output(template, scenario, &["--format", "json"]))
}

fn told(template: &str, scenario: &str) -> String {
    let output = output(template, scenario, &[]);
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// The records in a queue.
fn records(run: &Json, queue: &str) -> Vec<Json> {
    let messages = run["contents"][queue].as_array().unwrap();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn records_name_what_is_called_as_aws_does() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fulfil
      AutoPublishAlias: live
      Events:
        K: {Type: Kinesis, Properties: {Stream: !GetAtt S.Arn, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Q.Arn}}}}
        B: {Type: SNS, Properties: {Topic: !Ref T}}
      EventInvokeConfig: {MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Q.Arn}}}
  S: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1, Name: clicks}}
  T: {Type: AWS::SNS::Topic}
  Q: {Type: AWS::SQS::Queue}
";
    let run =
        run(template, "[[message]]\nto = 'S'\n[[message]]\nto = 'T'\n[[handler.F.outcomes]]\nthen = 'fails'");
    let records = records(&run, "Q");
    assert_eq!(records.len(), 2, "{run:#}");
    for record in &records {
        let function = &record["requestContext"]["functionArn"];
        assert_eq!(function, "arn:aws:lambda:us-east-1:123456789012:function:fulfil:live");
        assert!(record["responseContext"].get("executedVersion").is_none(), "{record:#}");
    }
    let of_stream = records.iter().find_map(|record| record.get("KinesisBatchInfo")).unwrap();
    assert_eq!(of_stream["streamArn"], "arn:aws:kinesis:us-east-1:123456789012:stream/clicks");
}

fn stream(settings: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events: {{K: {{Type: Kinesis, Properties: {{Stream: !GetAtt S.Arn, StartingPosition: TRIM_HORIZON, BatchSize: 3, MaximumBatchingWindowInSeconds: 1, MaximumRetryAttempts: 3, DestinationConfig: {{OnFailure: {{Type: SQS, Destination: !GetAtt Q.Arn}}}}, {settings}}}}}}}
  S: {{Type: AWS::Kinesis::Stream, Properties: {{ShardCount: 1}}}}
  Q: {{Type: AWS::SQS::Queue}}
"
    )
}

#[test]
//= test: stream_poll.partial_count
fn a_record_of_a_failure_counts_the_runs_since_the_checkpoint_moved() {
    let scenario = "[[load]]\nto = 'S'\nevents = 6\n[faults]\nplanned = ['poison:S.5']";
    let settings = ["FunctionResponseTypes: [ReportBatchItemFailures]", "BisectBatchOnFunctionError: true"];
    for settings in settings {
        let run = run(&stream(settings), scenario);
        let records = records(&run, "Q");
        let [record] = records.as_slice() else { panic!("{run:#}") };
        assert_eq!(record["requestContext"]["approximateInvokeCount"], 4, "{settings}");
        assert_eq!(record["KinesisBatchInfo"]["batchSize"], 1, "{settings}");
    }
}

const ASYNC: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  Done: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      ReservedConcurrentExecutions: 1
      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Done.Arn}}}
      Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}
  G: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}}}
";

#[test]
fn a_timeline_has_no_number_that_nobody_gave_and_promises_no_tries_that_do_not_come() {
    let told = told(ASYNC, "[[message]]\nto = 'T'\n[[message]]\nto = 'T'\n[handler.F]\nduration = '2s'");
    assert!(told.contains("T.0~Done.record arrives in Done"), "{told}");
    assert!(!told.contains("16777216"), "{told}");
    assert!(told.contains("F is throttled: no free place for T.1; again in 1s"), "{told}");
    assert!(!told.contains("again every"), "{told}");
    assert!(told.contains("T.0 is published to T, which owes it to F"), "{told}");
    assert!(told.contains("T.0 is published to T, which owes it to G"), "{told}");
}

const SKILL: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Skill: {Type: AWS::Serverless::Function, Properties: {ReservedConcurrentExecutions: 1, Events: {A: {Type: AlexaSkill}}}}
";

#[test]
fn a_front_that_is_no_resource_takes_what_a_scenario_sends() {
    let message = "[[message]]\nto = 'alexa-appkit.amazon.com'\nat = '1m'\n";
    let told = told(SKILL, &format!("{message}{message}[handler.Skill]\nduration = '2s'"));
    assert!(told.contains("Skill runs with alexa-appkit.amazon.com.0"), "{told}");
    assert!(told.contains("Skill is throttled") && !told.contains("again"), "nobody tries again: {told}");
}

#[test]
fn a_story_names_the_state_that_calls() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  Pay: {Type: AWS::Serverless::Function}
  Checkout:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: Charge, States: {Charge: {Type: Task, Resource: !GetAtt Pay.Arn, End: true}}}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Pay}}]
      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}}
";
    let told = told(template, "[[message]]\nto = 'CheckoutE'\n");
    assert!(told.contains("state Charge of Checkout calls for CheckoutE.0 and waits"), "{told}");
    assert!(told.contains("state Charge of Checkout gets the answer for CheckoutE.0"), "{told}");
}

#[test]
fn a_value_out_of_its_range_is_told_as_it_is() {
    let place = Place::new();
    let template =
        ASYNC.replace("EventInvokeConfig: {", "EventInvokeConfig: {MaximumEventAgeInSeconds: 21601, ");
    place.write("template.yaml", &template);
    let output = place.command(&["check", "template.yaml", "--seeds", "1"]).output().expect("it starts");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("it is 6h1s, allowed is 1m to 6h"), "{told}");
}

#[test]
fn what_a_function_takes_as_a_dead_letter_has_no_edge_to_come_near_to() {
    let place = Place::new();
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  Mend: {Type: AWS::Serverless::Function, Properties: {EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: S3, Destination: 'arn:aws:s3:::kept'}}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Lambda, Destination: !GetAtt Mend.Arn}}}
      Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}
";
    place.write("template.yaml", template);
    let check = |format: &str| {
        let options = ["check", "template.yaml", "--seeds", "8", "--format", format];
        String::from_utf8(place.command(&options).output().expect("it starts").stdout).unwrap()
    };
    let report: Json = serde_json::from_str(&check("json")).unwrap();
    let numbers = report["quantities"].as_array().unwrap();
    let kept = numbers.iter().filter(|one| one["dead_lettered"].as_u64() > Some(0));
    assert!(kept.clone().count() > 0, "something fails: {report:#}");
    assert!(kept.clone().all(|one| one["least_margin"].is_null()), "{report:#}");
    assert!(!check("text").contains("213503982d"));
}

#[test]
fn a_report_tells_tasks_that_call_the_same_function_apart() {
    let place = Place::new();
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  Pay: {Type: AWS::Serverless::Function}
  Checkout:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Charge
        States:
          Charge: {Type: Task, Resource: !GetAtt Pay.Arn, Next: Thank}
          Thank: {Type: Task, Resource: !GetAtt Pay.Arn, End: true}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Pay}}]
      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}}
";
    place.write("template.yaml", template);
    for format in ["text", "markdown"] {
        let options = ["check", "template.yaml", "--seeds", "8", "--format", format];
        let output = place.command(&options).output().expect("it starts");
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("Checkout -> Pay (Thank)"), "{format}: {told}");
    }
}
