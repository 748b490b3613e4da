//! The JSON events that a function receives from a topic of Kafka or the change stream of a `DocumentDB` collection,
//! rendered only when somebody looks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::program::answer::place_of;

/// The cluster that a topic is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaCluster {
    /// `aws:kafka`, or `SelfManagedKafka`.
    pub event_source: String,
    /// Its ARN; none where somebody runs it for themselves.
    pub arn: Option<String>,
    /// Where its brokers are, one after the other.
    pub bootstrap_servers: String,
}

/// One record of a topic as a function sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaRecord {
    /// The topic.
    pub topic: String,
    /// The number of its partition.
    pub partition: u32,
    /// Its place in the partition.
    pub offset: u64,
    /// When it was written, in milliseconds since the epoch.
    pub written_millis: u64,
    /// What its partition was chosen by, where its producer said so.
    pub key: Option<String>,
    /// What its producer wrote.
    pub value: String,
    /// Names and values beside it, in order.
    pub headers: Vec<(String, String)>,
}

impl KafkaRecord {
    /// The name under which an event, a partial batch response and the record of a failure speak of its partition.
    pub fn place(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }

    /// By what [`AnswerForm::answer`](crate::program::AnswerForm::answer) knows it.
    pub fn identifier(&self) -> String {
        place_of(&self.place(), self.offset)
    }
}

/// The event for one batch of a topic.
///
/// ```
/// use redrive::program::{KafkaCluster, KafkaRecord, kafka_event};
/// let cluster = KafkaCluster {
///     event_source: "SelfManagedKafka".into(),
///     arn: None,
///     bootstrap_servers: "broker.example:9092".into(),
/// };
/// let record = KafkaRecord {
///     topic: "orders".into(),
///     partition: 2,
///     offset: 15,
///     written_millis: 1_767_607_201_835,
///     key: None,
///     value: "hello".into(),
///     headers: vec![("kind".into(), "gift".into())],
/// };
/// let event = kafka_event(&cluster, &[record]);
/// assert_eq!(event["records"]["orders-2"][0]["value"], "aGVsbG8=");
/// assert_eq!(event["records"]["orders-2"][0]["headers"][0]["kind"][0], 103);
/// ```
pub fn kafka_event(cluster: &KafkaCluster, records: &[KafkaRecord]) -> Value {
    //= msk.record_fields
    //= self_managed_kafka.record_fields
    let mut event = Map::new();
    event.insert("eventSource".to_owned(), cluster.event_source.as_str().into());
    event.extend(cluster.arn.as_deref().map(|arn| ("eventSourceArn".to_owned(), arn.into())));
    event.insert("bootstrapServers".to_owned(), cluster.bootstrap_servers.as_str().into());
    let mut places: Map<String, Value> = Map::new();
    for record in records {
        let place = places.entry(record.place()).or_insert_with(|| json!([]));
        if let Value::Array(list) = place {
            list.push(of_topic(record));
        }
    }
    event.insert("records".to_owned(), Value::Object(places));
    Value::Object(event)
}

fn of_topic(record: &KafkaRecord) -> Value {
    let headers: Vec<Value> =
        record.headers.iter().map(|(name, value)| json!({ name.as_str(): value.as_bytes() })).collect();
    let mut fields = json!({
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.written_millis,
        "timestampType": "CREATE_TIME",
    });
    if let Some(key) = &record.key {
        fields["key"] = STANDARD.encode(key.as_bytes()).into();
    }
    fields["value"] = STANDARD.encode(record.value.as_bytes()).into();
    fields["headers"] = headers.into();
    fields
}

/// One change of a collection as a function sees it: a document that was inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    /// The id of the document: 24 hexadecimal digits.
    pub document_id: String,
    /// What the stream can be resumed by: hexadecimal digits.
    pub resume_token: String,
    /// When it was made, in seconds since the epoch.
    pub changed_seconds: u64,
    /// Which one of that second it was.
    pub number: u64,
    /// The database.
    pub database: String,
    /// The collection.
    pub collection: String,
    /// The fields of the document beside its id.
    pub document: Map<String, Value>,
}

/// The event for one batch of a change stream.
pub fn change_event(cluster_arn: &str, changes: &[DocumentChange]) -> Value {
    //= documentdb.record_fields
    json!({
        "eventSourceArn": cluster_arn,
        "events": changes.iter().map(of_collection).collect::<Vec<Value>>(),
        "eventSource": "aws:docdb",
    })
}

fn of_collection(change: &DocumentChange) -> Value {
    let id = json!({ "$oid": change.document_id });
    let mut document = Map::from_iter([("_id".to_owned(), id.clone())]);
    document.extend(change.document.clone());
    json!({
        "event": {
            "_id": { "_data": change.resume_token },
            "clusterTime": { "$timestamp": { "t": change.changed_seconds, "i": change.number } },
            "documentKey": { "_id": id },
            "fullDocument": document,
            "ns": { "db": change.database, "coll": change.collection },
            "operationType": "insert",
        }
    })
}
