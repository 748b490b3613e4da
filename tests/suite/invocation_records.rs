//! What leaves a function that nobody waits for, as `redrive run --format json` shows it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use serde_json::{Value as Json, json};

use crate::command_line::{Place, json as read};

const TEMPLATE: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  T: {Type: AWS::SNS::Topic}
  Failed: {Type: AWS::SQS::Queue}
  Done: {Type: AWS::SQS::Queue}
  Dead: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      {Handler: a.b, Runtime: python3.13, CodeUri: ., Timeout: 7, DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn},
       EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Done.Arn}, OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}},
       Events: {E: {Type: SNS, Properties: {Topic: !Ref T}}}}
";

/// A run with one event whose runs end so.
fn run(template: &str, then: &str) -> Json {
    let place = Place::new();
    place.write("template.yaml", template);
    let scenario = format!(
        "template = 'template.yaml'\n[[message]]\nto = 'T'\nbody = '{{\"order\": 7}}'\n[[handler.F.outcomes]]\nthen = '{then}'\n"
    );
    place.write("scenario.toml", &scenario);
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none", "--format", "json"];
    read(&place.command(&options).output().expect("it starts"))
}

fn bodies(run: &Json, queue: &str) -> Vec<Json> {
    let messages = run["contents"][queue].as_array().unwrap();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

#[test]
fn the_record_of_an_event_that_failed_names_the_condition_the_runs_and_the_last_error() {
    let run = run(TEMPLATE, "times-out");
    let records = bodies(&run, "Failed");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    let request = &record["requestContext"]["requestId"];
    assert_eq!(
        *record,
        json!({
            "version": "1.0",
            "timestamp": "2026-01-05T10:03:22.200Z",
            "requestContext": {
                "requestId": request,
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": record["requestPayload"],
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "responsePayload": {
                "errorType": "Sandbox.Timedout",
                "errorMessage": format!("RequestId: {} Error: Task timed out after 7.00 seconds", request.as_str().unwrap()),
            },
        })
    );
    assert_eq!(bodies(&run, "Done"), Vec::<Json>::new());
    let event = &run["invocations"][0]["payload"];
    assert_eq!(event["Records"][0]["Sns"]["Message"], "{\"order\": 7}");
    assert_eq!(record["requestPayload"], *event);
    assert_eq!(
        bodies(&run, "Dead"),
        std::slice::from_ref(event),
        "a dead letter is the event that the function got"
    );
    let attributes = &run["contents"]["Dead"][0]["MessageAttributes"];
    assert_eq!(attributes["ErrorCode"], json!({ "StringValue": "200", "DataType": "Number" }));
    assert_eq!(attributes["RequestID"]["StringValue"], *request);
    let sent = &run["contents"]["Dead"][0]["Attributes"]["SentTimestamp"];
    assert_eq!(*sent, "1767607402200", "it is a message of its own");
}

#[test]
fn the_record_of_a_success_has_no_error() {
    let run = run(TEMPLATE, "succeeds");
    let records = bodies(&run, "Done");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(record["responseContext"], json!({ "statusCode": 200, "executedVersion": "$LATEST" }));
    assert_eq!(record["requestPayload"], run["invocations"][0]["payload"]);
    assert_eq!(bodies(&run, "Failed"), Vec::<Json>::new());
}

//= test: async.record_unanswered
#[test]
fn an_event_that_never_ran_has_no_answer_in_its_record() {
    let stands_still = TEMPLATE.replace("Timeout: 7,", "Timeout: 7, ReservedConcurrentExecutions: 0,");
    let run = run(&stands_still, "succeeds");
    let records = bodies(&run, "Failed");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    assert_eq!(record["requestContext"]["condition"], "ZeroReservedConcurrency");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
    assert!(record.get("responseContext").is_none() && record.get("responsePayload").is_none(), "{record:#}");
    let attributes = &run["contents"]["Dead"][0]["MessageAttributes"];
    assert_eq!(attributes["ErrorCode"]["StringValue"], "429");
}
