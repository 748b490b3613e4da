//! What a mapping on a stream tells its destination for failures, as `redrive run --format json` shows it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use redrive::models::Models;
use serde_json::{Value as Json, json};

use crate::command_line::{Place, json as read};

/// A function that reads something called `Clicks` and has this destination.
fn template(clicks: &str, event: (&str, &str), settings: &str, destination: &str) -> String {
    let (kind, of) = event;
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Clicks: {clicks}
  Failed: {{Type: AWS::SQS::Queue}}
  Told: {{Type: AWS::SNS::Topic}}
  Kept: {{Type: AWS::S3::Bucket}}
  Track:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.13
      CodeUri: .
      Timeout: 7
      Events:
        E:
          Type: {kind}
          Properties:
            {{{of}, StartingPosition: TRIM_HORIZON, {settings},
             DestinationConfig: {{OnFailure: {{{destination}}}}}}}
"
    )
}

const STREAM: &str = "{Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}";
const OF_STREAM: (&str, &str) = ("Kinesis", "Stream: !GetAtt Clicks.Arn");
const TABLE: &str = "{Type: AWS::DynamoDB::Table, Properties: {KeySchema: [{AttributeName: id, KeyType: HASH}], \
                     AttributeDefinitions: [{AttributeName: id, AttributeType: S}], BillingMode: PAY_PER_REQUEST, \
                     StreamSpecification: {StreamViewType: NEW_IMAGE}}}";
const OF_TABLE: (&str, &str) = ("DynamoDB", "Stream: !GetAtt Clicks.StreamArn");
const CLUSTER: &str = "{Type: AWS::MSK::Cluster, Properties: {}}";
const OF_CLUSTER: (&str, &str) = (
    "MSK",
    "Stream: !Ref Clicks, Topics: [clicks], ProvisionedPollerConfig: {MinimumPollers: 1, MaximumPollers: 1}",
);
const QUEUE: &str = "Type: SQS, Destination: !GetAtt Failed.Arn";

/// How a handler says that it failed.
#[derive(Clone, Copy)]
enum Preset {
    Throws,
    Partial,
}

/// A run with two records at which a handler always fails.
fn run(template: &str, preset: Preset) -> Json {
    let place = Place::new();
    let preset = match preset {
        Preset::Throws => "throws",
        Preset::Partial => "partial",
    };
    place.write("template.yaml", template);
    place.write(
        "scenario.toml",
        &format!(
            "template = 'template.yaml'\n\
             [[message]]\nto = 'Clicks'\nbody = '{{\"order\": 7}}'\ngroup = 'ann'\n\
             [[message]]\nto = 'Clicks'\nbody = 'plain'\ngroup = 'ann'\nat = '1500ms'\n\
             [handler.Track]\npreset = '{preset}'\noutcomes = [{{ then = 'fails' }}]\n"
        ),
    );
    let options = ["run", "scenario.toml", "--seed", "0", "--faults", "none", "--format", "json"];
    read(&place.command(&options).output().expect("it starts"))
}

fn models() -> Models {
    Models::embedded().unwrap()
}

fn bodies(run: &Json, queue: &str) -> Vec<Json> {
    let messages = run["contents"][queue].as_array().unwrap();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

const SETTINGS: &str = "MaximumBatchingWindowInSeconds: 2, MaximumRetryAttempts: 1";

//= test: kinesis.record_failure
//= test: stream_poll.positions
//= test: stream_poll.record_answer
#[test]
fn a_queue_gets_one_message_for_a_batch_that_says_where_its_records_are() {
    let run = run(&template(STREAM, OF_STREAM, SETTINGS, QUEUE), Preset::Throws);
    let records = bodies(&run, "Failed");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    let second = &run["invocations"][1];
    let sequence = |index: usize| &second["payload"]["Records"][index]["kinesis"]["sequenceNumber"];
    assert_eq!(
        *record,
        json!({
            "requestContext": {
                "requestId": second["request_id"],
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:Track",
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": 2,
            },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "version": "1.0",
            "timestamp": "2026-01-05T10:00:03.000Z",
            "KinesisBatchInfo": {
                "shardId": "shardId-000000000000",
                "startSequenceNumber": sequence(0),
                "endSequenceNumber": sequence(1),
                "approximateArrivalOfFirstRecord": "2026-01-05T10:00:00.000Z",
                "approximateArrivalOfLastRecord": "2026-01-05T10:00:01.500Z",
                "batchSize": 2,
                "streamArn": "arn:aws:kinesis:us-east-1:123456789012:stream/Clicks",
            },
        })
    );
    assert_ne!(sequence(0), sequence(1));
    assert_eq!(second["payload"]["Records"][0]["kinesis"]["partitionKey"], "ann");
}

//= test: dynamodb_streams.record_failure
#[test]
fn of_a_tables_stream_times_are_whole_seconds() {
    let run = run(&template(TABLE, OF_TABLE, SETTINGS, QUEUE), Preset::Throws);
    let records = bodies(&run, "Failed");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    let info = &record[models().text("dynamodb_streams.record_failure", "name").unwrap()];
    let mut fields: Vec<&str> = info.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let models = models();
    let mut declared = models.texts("stream_poll.positions", "batch").unwrap();
    declared.sort_unstable();
    assert_eq!(fields, declared);
    assert_eq!(info["approximateArrivalOfLastRecord"], "2026-01-05T10:00:01Z");
    assert_eq!(info["streamArn"], "arn:aws:dynamodb:us-east-1:123456789012:table/Clicks/stream/1");
    let record = &run["invocations"][0]["payload"]["Records"][0];
    assert_eq!(info["startSequenceNumber"], record["dynamodb"]["SequenceNumber"]);
}

#[test]
fn a_topic_is_told_once_for_a_batch() {
    let run =
        run(&template(STREAM, OF_STREAM, SETTINGS, "Type: SNS, Destination: !Ref Told"), Preset::Throws);
    let told = run["contents"]["Told"].as_array().unwrap();
    assert_eq!(told.len(), 1, "{run:#}");
    assert_eq!(told[0]["KinesisBatchInfo"]["batchSize"], 2);
    assert!(told[0].get("payload").is_none());
}

#[test]
fn a_bucket_holds_the_whole_event_as_a_text_beside_it() {
    let run = run(
        &template(STREAM, OF_STREAM, SETTINGS, "Type: S3, Destination: !GetAtt Kept.Arn"),
        Preset::Throws,
    );
    let kept = run["contents"]["Kept"].as_array().unwrap();
    assert_eq!(kept.len(), 1, "{run:#}");
    let payload: Json = serde_json::from_str(kept[0]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload, run["invocations"][1]["payload"]);
}

//= test: msk.record_failure
//= test: self_managed_kafka.record_failure
#[test]
fn of_a_topic_of_kafka_a_queue_is_told_the_first_and_the_last_offset_by_partition() {
    let run = run(&template(CLUSTER, OF_CLUSTER, SETTINGS, QUEUE), Preset::Throws);
    let records = bodies(&run, "Failed");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
    let payload = &run["invocations"][1]["payload"];
    assert_eq!(
        record[models().text("msk.record_failure", "name").unwrap()],
        json!({
            "batchSize": 2,
            "eventSourceArn": payload["eventSourceArn"],
            "bootstrapServers": payload["bootstrapServers"],
            "payloadSize": payload.to_string().len(),
            "recordsInfo": {
                "clicks-0": {
                    "firstRecordOffset": "0",
                    "lastRecordOffset": "1",
                    "firstRecordTimestamp": "2026-01-05T10:00:00.000Z",
                    "lastRecordTimestamp": "2026-01-05T10:00:01.500Z",
                },
            },
        })
    );
    assert!(record.get("payload").is_none());
}

//= test: msk.record_failure
#[test]
fn a_topic_of_kafka_takes_every_record_by_itself_with_its_event() {
    let run = run(&template(CLUSTER, OF_CLUSTER, SETTINGS, "Destination: 'kafka://dead'"), Preset::Throws);
    let told = run["contents"]["kafka://dead"].as_array().unwrap();
    let [first, second] = told.as_slice() else { panic!("{run:#}") };
    let (models, info) = (models(), &first["KafkaBatchInfo"]["recordInfo"]);
    let fields: Vec<&str> = info.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, models.texts("msk.record_failure", "one").unwrap());
    assert_eq!(
        (first["requestContext"]["condition"].as_str(), info),
        (Some("RetriesExhausted"), &json!({ "offset": "0", "timestamp": "2026-01-05T10:00:00.000Z" }))
    );
    assert_eq!(second["KafkaBatchInfo"]["recordInfo"]["offset"], "1");
    let all = &run["invocations"][1]["payload"]["records"]["clicks-0"];
    assert_eq!(first["payload"]["records"]["clicks-0"], json!([all[0]]));
    assert_eq!(second["payload"]["records"]["clicks-0"], json!([all[1]]));
}

#[test]
fn what_was_too_old_has_no_answer_and_counts_one_more_than_its_invocations() {
    let settings = "BatchSize: 1, MaximumRecordAgeInSeconds: 60";
    let run = run(&template(STREAM, OF_STREAM, settings, QUEUE), Preset::Throws);
    let records = bodies(&run, "Failed");
    let [record] = records.as_slice() else { panic!("{run:#}") };
    assert_eq!(record["KinesisBatchInfo"]["batchSize"], 2, "both had grown too old by then");
    let tries = run["invocations"].as_array().unwrap();
    let first = &tries[0]["payload"]["Records"][0]["eventID"];
    let count = tries.iter().filter(|run| run["payload"]["Records"][0]["eventID"] == *first).count();
    assert_eq!(record["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], count + 1);
    assert!(record.get("responseContext").is_none());
}

#[test]
fn a_list_of_failures_is_an_answer_without_an_error() {
    let settings = "BatchSize: 1, MaximumRetryAttempts: 0, FunctionResponseTypes: [ReportBatchItemFailures]";
    let run = run(&template(STREAM, OF_STREAM, settings, QUEUE), Preset::Partial);
    let records = bodies(&run, "Failed");
    assert_eq!(records.len(), 2, "{run:#}");
    assert_eq!(records[0]["responseContext"], json!({ "statusCode": 200, "executedVersion": "$LATEST" }));
}
