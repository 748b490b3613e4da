//! The JSON that a function receives from a queue.

use redrive::models::Models;
use redrive::program::{FifoAttributes, SqsRecord, WindowSet, sqs_event};
use serde_json::Value;

fn record(window: WindowSet) -> Value {
    record_of(window, None)
}

fn record_of(window: WindowSet, fifo: Option<FifoAttributes>) -> Value {
    let record = SqsRecord {
        message_id: "m-1".to_owned(),
        receipt_handle: "r-1".to_owned(),
        body: "hello".to_owned(),
        receive_count: 1,
        sent_millis: 1_767_607_201_835,
        first_receive_millis: 1_767_607_201_840,
        queue_arn: "arn:aws:sqs:eu-west-1:111111111111:q".to_owned(),
        region: "eu-west-1".to_owned(),
        fifo,
        window,
    };
    sqs_event(&[record])["Records"][0].clone()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn declared(rule: &str, value: &str) -> Vec<String> {
    let models = Models::embedded().expect("the embedded models load");
    models.texts(rule, value).expect("the rule has it").into_iter().map(ToOwned::to_owned).collect()
}

//= test: sqs.record_fields
#[test]
fn a_record_has_the_fields_that_the_model_lists_in_its_order() {
    assert_eq!(keys(&record(WindowSet::Positive)), declared("sqs.record_fields", "fields"));
}

//= test: sqs.record_attributes
//= test: sqs.record_receive_count
#[test]
fn attributes_are_texts_and_count_from_one() {
    let record = record(WindowSet::Zero);
    let attributes = &record["attributes"];
    assert_eq!(keys(attributes), declared("sqs.record_attributes", "always"));
    assert!(attributes.as_object().expect("an object").values().all(Value::is_string));
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
    assert_eq!(attributes["SentTimestamp"], "1767607201835");
}

//= test: sqs.record_attributes_digest
#[test]
fn the_digest_of_no_attributes_is_left_out_without_a_window_and_null_with_one() {
    assert!(record(WindowSet::Zero).get("md5OfMessageAttributes").is_none());
    assert_eq!(record(WindowSet::Positive).get("md5OfMessageAttributes"), Some(&Value::Null));
}

//= test: sqs.record_fifo_attributes
#[test]
fn a_record_of_a_fifo_queue_tells_its_group_and_its_place() {
    let fifo = FifoAttributes {
        sequence_number: 42,
        message_group_id: "group-1".to_owned(),
        message_deduplication_id: "d-1".to_owned(),
    };
    let record = record_of(WindowSet::Zero, Some(fifo));
    let attributes = &record["attributes"];
    let mut expected = declared("sqs.record_attributes", "always");
    expected.extend(declared("sqs.record_fifo_attributes", "more"));
    assert_eq!(keys(attributes), expected);
    assert_eq!(attributes["SequenceNumber"], "00000000000000000042");
    assert_eq!(attributes["MessageGroupId"], "group-1");
}
