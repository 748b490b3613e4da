//! The JSON that a function receives from a stream and from a table's stream.

use redrive::models::Models;
use redrive::program::{ItemChange, KinesisRecord, TableRecord, kinesis_event, table_event};
use serde_json::{Map, Value, json};

fn models() -> Models {
    Models::embedded().expect("the embedded models load")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn declared(rule: &str, value: &str) -> Vec<String> {
    let mut words: Vec<String> =
        models().texts(rule, value).expect("the rule has it").into_iter().map(ToOwned::to_owned).collect();
    words.sort();
    words
}

fn sorted(value: &Value) -> Vec<&str> {
    let mut words = keys(value);
    words.sort_unstable();
    words
}

fn of_stream(sequence_number: u128) -> Value {
    let record = KinesisRecord {
        partition_key: "customer-7".to_owned(),
        sequence_number,
        data: r#"{"kind":"order"}"#.to_owned(),
        arrived_millis: 1_767_607_201_005,
        shard: 6,
        stream_arn: "arn:aws:kinesis:eu-west-1:111111111111:stream/orders".to_owned(),
        role_arn: "arn:aws:iam::111111111111:role/fulfil".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    kinesis_event(&[record])["Records"][0].clone()
}

//= test: kinesis.record_fields
//= test: kinesis.record_sequence
#[test]
fn a_record_of_a_stream_holds_its_data_as_base64_beside_key_number_and_time() {
    let record = of_stream(49_590_338_271_490_256_608);
    assert_eq!(sorted(&record), declared("kinesis.record_fields", "fields"));
    assert_eq!(sorted(&record["kinesis"]), declared("kinesis.record_fields", "data"));
    assert_eq!(record["eventName"].as_str(), models().text("kinesis.record_fields", "event_name").ok());
    assert_eq!(record["kinesis"]["data"], "eyJraW5kIjoib3JkZXIifQ==");
    assert_eq!(record["kinesis"]["approximateArrivalTimestamp"].to_string(), "1767607201.005");
    let sequence = record["kinesis"]["sequenceNumber"].as_str().expect("a text");
    assert_eq!(Some(sequence.len() as u64), models().count("kinesis.record_sequence", "digits").ok());
    assert_eq!(record["eventID"], format!("shardId-000000000006:{sequence}"));
    let next = of_stream(49_590_338_271_490_256_609);
    assert!(
        next["kinesis"]["sequenceNumber"].as_str() > Some(sequence),
        "texts of numbers sort as the numbers"
    );
}

fn item(kind: &str) -> Map<String, Value> {
    let item = json!({ "id": { "S": "7" }, "kind": { "S": kind } });
    item.as_object().cloned().expect("an object")
}

fn of_table(change: ItemChange, old: Option<&str>, new: Option<&str>) -> Value {
    let record = TableRecord {
        event_id: "c4ca4238a0b923820dcc509a6f75849b".to_owned(),
        change,
        keys: json!({ "id": { "S": "7" } }).as_object().cloned().expect("an object"),
        old_image: old.map(item),
        new_image: new.map(item),
        user_identity: None,
        sequence_number: 111,
        changed_seconds: 1_767_607_201,
        view: "NEW_AND_OLD_IMAGES".to_owned(),
        stream_arn: "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/stream/x".to_owned(),
        region: "eu-west-1".to_owned(),
    };
    table_event(&[record])["Records"][0].clone()
}

//= test: dynamodb_streams.record_fields
//= test: dynamodb_streams.record_sequence
#[test]
fn a_record_of_a_table_has_the_images_that_there_are() {
    let modified = of_table(ItemChange::Modify, Some("bill"), Some("order"));
    assert_eq!(sorted(&modified), declared("dynamodb_streams.record_fields", "fields"));
    assert_eq!(sorted(&modified["dynamodb"]), declared("dynamodb_streams.record_fields", "change"));
    assert_eq!(modified["dynamodb"]["NewImage"]["kind"]["S"], "order");
    assert_eq!(modified["dynamodb"]["OldImage"]["kind"]["S"], "bill");
    let sequence = modified["dynamodb"]["SequenceNumber"].as_str().map(|text| text.len() as u64);
    assert_eq!(sequence, models().count("dynamodb_streams.record_sequence", "digits").ok());
    let inserted = of_table(ItemChange::Insert, None, Some("order"));
    assert!(inserted["dynamodb"].get("OldImage").is_none() && inserted["eventName"] == "INSERT");
    let removed = of_table(ItemChange::Remove, Some("order"), None);
    assert!(removed["dynamodb"].get("NewImage").is_none() && removed["eventName"] == "REMOVE");
    // A name and a text of one byte each, and what stands for its kind does not count: id, 7, id, 7, kind, order.
    assert_eq!(inserted["dynamodb"]["SizeBytes"], 3 + 3 + 4 + 5);
    let names: Vec<String> = [ItemChange::Insert, ItemChange::Modify, ItemChange::Remove]
        .map(|change| change.word().to_owned())
        .to_vec();
    assert_eq!(names, declared("dynamodb_streams.record_fields", "names"));
}
