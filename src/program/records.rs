//! The JSON events that a function receives from a stream or a table's stream, rendered only when somebody looks.
//!
//! Field names and the types of their values follow what AWS sends.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::scenario::Item;

/// One record of Kinesis as a function sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KinesisRecord {
    /// What its shard was chosen by.
    pub partition_key: String,
    /// Larger for every later record of its shard.
    pub sequence_number: u128,
    /// What its producer wrote.
    pub data: String,
    /// When it arrived, in milliseconds since the epoch.
    pub arrived_millis: u64,
    /// The shard's number.
    pub shard: u32,
    /// The stream's ARN.
    pub stream_arn: String,
    /// The ARN of the role that reads it.
    pub role_arn: String,
    /// The stream's Region.
    pub region: String,
}

/// What was done to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemChange {
    /// There was none before.
    Insert,
    /// It is another one now.
    Modify,
    /// There is none any more.
    Remove,
}

impl ItemChange {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Insert, Self::Modify, Self::Remove];

    /// The word in events.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Modify => "MODIFY",
            Self::Remove => "REMOVE",
        }
    }

    /// What it is to an item that was there or not, and is there or not.
    pub(super) const fn between(before: Option<&Item>, after: Option<&Item>) -> Self {
        match (before, after) {
            (None, _) => Self::Insert,
            (Some(_), Some(_)) => Self::Modify,
            (Some(_), None) => Self::Remove,
        }
    }
}

/// One record of a table's stream as a function sees it. Items are as `DynamoDB` writes them: `{"id": {"S": "7"}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRecord {
    /// 32 hexadecimal digits, the same over retries.
    pub event_id: String,
    /// What was done.
    pub change: ItemChange,
    /// The key of the item.
    pub keys: Map<String, Value>,
    /// The item before, where there was one and the view has it.
    pub old_image: Option<Map<String, Value>>,
    /// The item after, where there is one and the view has it.
    pub new_image: Option<Map<String, Value>>,
    /// Larger for every later record of its shard.
    pub sequence_number: u128,
    /// Who changed it, where the service itself did.
    pub user_identity: Option<Item>,
    /// When the item was changed, in seconds since the epoch.
    pub changed_seconds: u64,
    /// `StreamViewType`.
    pub view: String,
    /// The ARN of the table's stream.
    pub stream_arn: String,
    /// The table's Region.
    pub region: String,
}

/// The event for one batch of a stream of Kinesis.
///
/// ```
/// use redrive::program::{KinesisRecord, kinesis_event};
/// let record = KinesisRecord {
///     partition_key: "customer-7".into(),
///     sequence_number: 42,
///     data: "hello".into(),
///     arrived_millis: 1_767_607_201_835,
///     shard: 0,
///     stream_arn: "arn:aws:kinesis:eu-west-1:111111111111:stream/orders".into(),
///     role_arn: "arn:aws:iam::111111111111:role/fulfil".into(),
///     region: "eu-west-1".into(),
/// };
/// let event = kinesis_event(&[record]);
/// assert_eq!(event["Records"][0]["kinesis"]["data"], "aGVsbG8=");
/// assert_eq!(event["Records"][0]["kinesis"]["approximateArrivalTimestamp"].to_string(), "1767607201.835");
/// ```
pub fn kinesis_event(records: &[KinesisRecord]) -> Value {
    json!({ "Records": records.iter().map(of_stream).collect::<Vec<Value>>() })
}

fn of_stream(record: &KinesisRecord) -> Value {
    //= kinesis.record_fields
    //= kinesis.record_sequence
    let sequence = format!("{:0width$}", record.sequence_number, width = SEQUENCE_DIGITS);
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": sequence,
            "data": STANDARD.encode(record.data.as_bytes()),
            "approximateArrivalTimestamp": seconds(record.arrived_millis),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("shardId-{:0width$}:{sequence}", record.shard, width = SHARD_DIGITS),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": record.role_arn,
        "awsRegion": record.region,
        "eventSourceARN": record.stream_arn,
    })
}

/// Seconds with three decimals, as AWS writes times of arrival.
fn seconds(millis: u64) -> Value {
    let text = format!("{}.{:03}", millis / MILLIS_PER_SECOND, millis % MILLIS_PER_SECOND);
    serde_json::from_str(&text).unwrap_or_else(|_| (millis / MILLIS_PER_SECOND).into())
}

/// The event for one batch of a table's stream.
pub fn table_event(records: &[TableRecord]) -> Value {
    json!({ "Records": records.iter().map(of_table).collect::<Vec<Value>>() })
}

fn of_table(record: &TableRecord) -> Value {
    //= dynamodb_streams.record_fields
    //= dynamodb_streams.record_sequence
    let items = [
        ("Keys", Some(&record.keys)),
        ("NewImage", record.new_image.as_ref()),
        ("OldImage", record.old_image.as_ref()),
    ];
    let mut change = Map::new();
    change.insert("ApproximateCreationDateTime".to_owned(), record.changed_seconds.into());
    for (name, item) in items {
        change.extend(item.map(|item| (name.to_owned(), Value::Object(item.clone()))));
    }
    let sequence = format!("{:0width$}", record.sequence_number, width = CHANGE_DIGITS);
    change.insert("SequenceNumber".to_owned(), sequence.into());
    let size: usize = items.into_iter().filter_map(|(_, item)| item).map(size).sum();
    change.insert("SizeBytes".to_owned(), size.into());
    change.insert("StreamViewType".to_owned(), record.view.as_str().into());
    //= dynamodb_streams.record_time_to_live
    let mut fields = json!({
        "eventID": record.event_id,
        "eventName": record.change.word(),
        "eventVersion": TABLE_RECORD_VERSION,
        "eventSource": "aws:dynamodb",
        "awsRegion": record.region,
        "dynamodb": change,
        "eventSourceARN": record.stream_arn,
    });
    if let Some(identity) = &record.user_identity {
        fields["userIdentity"] = Value::Object(identity.clone());
    }
    fields
}

/// The bytes of an item: its names and texts, as far as they are texts.
fn size(item: &Map<String, Value>) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Object(typed) => typed.values().map(value_size).sum(),
        Value::Array(items) => items.iter().map(value_size).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// Digits of a sequence number of Kinesis.
const SEQUENCE_DIGITS: usize = 56;
/// Digits of a shard's number.
const SHARD_DIGITS: usize = 12;
/// The version of records of tables.
pub(super) const TABLE_RECORD_VERSION: &str = "1.1";
/// Digits of a sequence number of a table's stream.
const CHANGE_DIGITS: usize = 21;
const MILLIS_PER_SECOND: u64 = 1_000;
