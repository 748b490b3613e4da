//! The JSON that a function receives from a queue.

use redrive::models::Models;
use redrive::program::{
    FifoAttributes, SqsRecord, SystemAttributes, WindowSet, attributes_digest, sqs_event,
};
use redrive::scenario::{MessageAttribute, MessageAttributes};
use serde_json::{Value, json};

fn record(window: WindowSet) -> Value {
    shown(SqsRecord { window, ..message() })
}

fn shown(record: SqsRecord) -> Value {
    sqs_event(&[record])["Records"][0].clone()
}

fn message() -> SqsRecord {
    SqsRecord {
        message_id: "m-1".to_owned(),
        receipt_handle: "r-1".to_owned(),
        body: "hello".to_owned(),
        receive_count: 1,
        sent_millis: 1_767_607_201_835,
        first_receive_millis: 1_767_607_201_840,
        queue_arn: "arn:aws:sqs:eu-west-1:111111111111:q".to_owned(),
        region: "eu-west-1".to_owned(),
        attributes: MessageAttributes::new(),
        more: SystemAttributes::default(),
        fifo: None,
        window: WindowSet::Zero,
    }
}

fn attributes(all: &[(&str, &str, &str)]) -> MessageAttributes {
    let one = |(name, data_type, value): &(&str, &str, &str)| {
        let attribute = MessageAttribute { data_type: (*data_type).to_owned(), value: (*value).to_owned() };
        ((*name).to_owned(), attribute)
    };
    all.iter().map(one).collect()
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
    let record = shown(SqsRecord { fifo: Some(fifo), ..message() });
    let attributes = &record["attributes"];
    let mut expected = declared("sqs.record_attributes", "always");
    expected.extend(declared("sqs.record_fifo_attributes", "more"));
    assert_eq!(keys(attributes), expected);
    assert_eq!(attributes["SequenceNumber"], "00000000000000000042");
    assert_eq!(attributes["MessageGroupId"], "group-1");
}

//= test: sqs.record_attributes_md5
/// Attributes as name, data type and value, and their digest.
type Known<'k> = (&'k [(&'k str, &'k str, &'k str)], &'k str);

#[test]
fn the_digest_of_attributes_is_the_one_that_aws_computes() {
    // Digests of events that AWS sent, and of the implementations that clients check them with.
    let float = "4563442423554324324264524243.32543234";
    let known: [Known<'_>; 7] = [
        (&[("someattr", "String", "someval")], "1e4b169c724503f3886d943e5bbe88e5"),
        (&[("simulationHash", "String", "1377404223")], "2cab3a725abdb6f4c776c6c4c611ac45"),
        (
            &[
                ("WeeksOn", "Number", "6"),
                ("Author", "String", "Dev Team"),
                ("Title", "String", "Sentiment Analysis"),
            ],
            "25fe00b4ee984a6fba20ee5356ce83fd",
        ),
        (&[("attribName1", "String", "attribValue 1")], "19e27d4e946b072f3f58da80d94fd778"),
        (&[("customNumberTypeAttrib", "Number.float", float)], "9fe1b90bbd9965bdf77bac517c7d2495"),
        (
            &[("binaryAttribute", "Binary", "SGVsbG8gYmluYXJ5IHdvcmxkIQ==")],
            "31a92b15d92f8db860eda32aceb656c3",
        ),
        (
            &[
                ("attribName1", "String", "attribValue 1"),
                ("customNumberTypeAttrib", "Number.float", float),
                ("binaryAttribute", "Binary", "SGVsbG8gYmluYXJ5IHdvcmxkIQ=="),
            ],
            "c932db14a896c663f83c260297d594ff",
        ),
    ];
    for (given, digest) in known {
        assert_eq!(attributes_digest(&attributes(given)), digest, "{given:?}");
    }
}

//= test: sqs.record_message_attributes
//= test: sqs.record_attributes_digest
#[test]
fn message_attributes_come_with_their_types_and_their_digest_whatever_the_window() {
    let given = attributes(&[("WeeksOn", "Number", "6"), ("Cover", "Binary.png", "aGVsbG8=")]);
    for window in [WindowSet::Zero, WindowSet::Positive] {
        let digest = attributes_digest(&given);
        let record = shown(SqsRecord { attributes: given.clone(), window, ..message() });
        let expected = json!({
            "Cover": {
                "binaryValue": "aGVsbG8=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary.png"
            },
            "WeeksOn": { "stringValue": "6", "stringListValues": [], "binaryListValues": [], "dataType": "Number" },
        });
        assert_eq!(record["messageAttributes"], expected);
        assert_eq!(record["md5OfMessageAttributes"], digest);
        assert_eq!(keys(&record), declared("sqs.record_fields", "fields"));
    }
}

//= test: sqs.record_trace_header
//= test: sqs.record_dead_letter_source
//= test: sqs.record_tenant
#[test]
fn attributes_that_only_some_messages_have_are_left_out_of_the_others() {
    let plain = shown(message());
    let rare = declared("sqs.record_attributes", "sometimes");
    assert!(rare.iter().all(|name| plain["attributes"].get(name).is_none()));
    let more = SystemAttributes {
        trace_header: Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned()),
        dead_letter_source: Some("arn:aws:sqs:eu-west-1:111111111111:q".to_owned()),
        tenant: Some("acme".to_owned()),
    };
    let full = shown(SqsRecord { more, ..message() });
    assert_eq!(full["attributes"]["MessageGroupId"], "acme");
    assert_eq!(full["attributes"]["DeadLetterQueueSourceArn"], "arn:aws:sqs:eu-west-1:111111111111:q");
    assert_eq!(full["attributes"]["AWSTraceHeader"], "Root=1-5759e988-bd862e3fe1be46a994272793");
    assert!(rare.iter().all(|name| full["attributes"][name].is_string()));
}
