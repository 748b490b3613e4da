//! The JSON that a function receives from a topic of Kafka and from a change stream.

use redrive::models::Models;
use redrive::program::{
    Answer, AnswerForm, DocumentChange, KafkaCluster, KafkaRecord, change_event, kafka_event,
};
use serde_json::{Value, json};

fn models() -> Models {
    Models::embedded().expect("the embedded models load")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn record(partition: u32, offset: u64) -> KafkaRecord {
    KafkaRecord {
        topic: "clicks".to_owned(),
        partition,
        offset,
        written_millis: 1_767_607_201_005,
        key: Some("ann".to_owned()),
        value: "hello".to_owned(),
        headers: vec![("kind".to_owned(), "gift".to_owned())],
    }
}

fn cluster(event_source: &str, arn: Option<&str>) -> KafkaCluster {
    KafkaCluster {
        event_source: event_source.to_owned(),
        arn: arn.map(str::to_owned),
        bootstrap_servers: "b-1.example:9098".to_owned(),
    }
}

//= test: msk.record_fields
//= test: self_managed_kafka.record_fields
#[test]
fn records_of_a_topic_stand_under_their_partition_with_key_and_value_as_base64() {
    let models = models();
    let records = [record(0, 15), record(1, 3), record(0, 16)];
    let managed = kafka_event(&cluster("aws:kafka", Some("arn:aws:kafka:eu-west-1:1:cluster/c/1")), &records);
    assert_eq!(keys(&managed), models.texts("msk.record_fields", "fields").expect("it has them"));
    assert_eq!(keys(&managed["records"]), ["clicks-0", "clicks-1"]);
    let first = &managed["records"]["clicks-0"][0];
    assert_eq!(keys(first), models.texts("msk.record_fields", "record").expect("it has them"));
    assert_eq!(
        *first,
        json!({
            "topic": "clicks", "partition": 0, "offset": 15, "timestamp": 1_767_607_201_005_u64,
            "timestampType": "CREATE_TIME", "key": "YW5u", "value": "aGVsbG8=",
            "headers": [{ "kind": [103, 105, 102, 116] }],
        })
    );
    assert_eq!(managed["records"]["clicks-0"][1]["offset"], 16);
    let own = kafka_event(&cluster("SelfManagedKafka", None), &[record(0, 15)]);
    assert_eq!(keys(&own), models.texts("self_managed_kafka.record_fields", "fields").expect("it has them"));
    assert_eq!(own["records"]["clicks-0"][0], *first);
    let without_key = kafka_event(&cluster("aws:kafka", None), &[KafkaRecord { key: None, ..record(0, 15) }]);
    assert!(without_key["records"]["clicks-0"][0].get("key").is_none());
}

//= test: msk.record_partial
//= test: self_managed_kafka.record_partial
#[test]
fn an_answer_names_a_record_of_a_topic_by_its_partition_and_offset() {
    let form = AnswerForm::read(&models()).expect("the models say how");
    let identifiers = [record(0, 15).identifier(), record(0, 16).identifier(), record(1, 16).identifier()];
    let answer = |partition: &str, offset: Value| {
        let failures = json!([{ "itemIdentifier": { "partition": partition, "offset": offset } }]);
        form.answer(&json!({ "batchItemFailures": failures }).to_string(), &identifiers)
    };
    assert_eq!(answer("clicks-0", json!(16)), Answer::Failures(vec![1]));
    assert_eq!(answer("clicks-1", json!(16)), Answer::Failures(vec![2]));
    assert_eq!(answer("clicks-1", json!(15)), Answer::Malformed, "there is no such record in the batch");
    assert_eq!(answer("clicks-0", json!("16")), Answer::Malformed, "an offset is a number");
}

//= test: documentdb.record_fields
#[test]
fn an_event_of_a_change_stream_names_its_cluster_and_holds_the_changes() {
    let change = DocumentChange {
        document_id: "63eeb6e7d418cd98afb1c1d7".to_owned(),
        resume_token: "0163eeb6e7".to_owned(),
        changed_seconds: 1_767_607_201,
        number: 9,
        database: "shop".to_owned(),
        collection: "orders".to_owned(),
        document: json!({ "kind": "gift" }).as_object().cloned().expect("an object"),
    };
    let event = change_event("arn:aws:rds:eu-west-1:1:cluster:shop", &[change]);
    assert_eq!(keys(&event), models().texts("documentdb.record_fields", "fields").expect("it has them"));
    assert_eq!(
        event["events"],
        json!([{
            "event": {
                "_id": { "_data": "0163eeb6e7" },
                "clusterTime": { "$timestamp": { "t": 1_767_607_201, "i": 9 } },
                "documentKey": { "_id": { "$oid": "63eeb6e7d418cd98afb1c1d7" } },
                "fullDocument": { "_id": { "$oid": "63eeb6e7d418cd98afb1c1d7" }, "kind": "gift" },
                "ns": { "db": "shop", "coll": "orders" },
                "operationType": "insert",
            },
        }])
    );
}
