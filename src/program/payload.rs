//! The JSON event that a function receives from a queue, rendered only when somebody looks.
//!
//! Field names, their order and the types of their values follow what AWS sends.

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::program::attributes::{attributes_digest, attributes_json};
use crate::scenario::MessageAttributes;

/// One message as a function sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqsRecord {
    /// Stays the same over retries and in the dead-letter queue.
    pub message_id: String,
    /// Changes with each receive.
    pub receipt_handle: String,
    /// The body.
    pub body: String,
    /// 1 at the first delivery.
    pub receive_count: u32,
    /// When it was sent, in milliseconds since the epoch.
    pub sent_millis: u64,
    /// When it was received first, in milliseconds since the epoch.
    pub first_receive_millis: u64,
    /// The queue's ARN.
    pub queue_arn: String,
    /// The queue's Region.
    pub region: String,
    /// Its message attributes.
    pub attributes: MessageAttributes,
    /// What only some messages have.
    pub more: SystemAttributes,
    /// What only a record of a FIFO queue has.
    pub fifo: Option<FifoAttributes>,
    /// The mapping's window is set: then AWS sends `md5OfMessageAttributes: null`, else it leaves the key out.
    pub window: WindowSet,
}

/// The attributes that AWS adds to some messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemAttributes {
    /// `AWSTraceHeader`: what its sender was traced by.
    pub trace_header: Option<String>,
    /// `DeadLetterQueueSourceArn`: the queue that a dead letter comes from.
    pub dead_letter_source: Option<String>,
    /// `MessageGroupId` of a message in a standard queue: its tenant.
    pub tenant: Option<String>,
}

impl SystemAttributes {
    /// Their names and values, as far as there are any.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &str)> {
        //= sqs.record_trace_header
        //= sqs.record_dead_letter_source
        //= sqs.record_tenant
        let all = [
            ("AWSTraceHeader", &self.trace_header),
            ("MessageGroupId", &self.tenant),
            ("DeadLetterQueueSourceArn", &self.dead_letter_source),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

/// What a record of a FIFO queue says besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FifoAttributes {
    /// Larger for every later message of the queue.
    pub sequence_number: u128,
    /// The message group.
    pub message_group_id: String,
    /// What duplicates are told by.
    pub message_deduplication_id: String,
}

/// Whether the mapping has a batching window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowSet {
    /// `MaximumBatchingWindowInSeconds` is 0.
    Zero,
    /// It is at least 1.
    Positive,
}

/// The event for one batch.
///
/// ```
/// use redrive::program::{SqsRecord, SystemAttributes, WindowSet, sqs_event};
/// let record = SqsRecord {
///     message_id: "m-1".into(),
///     receipt_handle: "r-1".into(),
///     body: "hello".into(),
///     receive_count: 1,
///     sent_millis: 1_767_607_201_835,
///     first_receive_millis: 1_767_607_201_840,
///     queue_arn: "arn:aws:sqs:eu-west-1:111111111111:q".into(),
///     region: "eu-west-1".into(),
///     attributes: [("tenant".to_owned(), "acme".into())].into(),
///     more: SystemAttributes::default(),
///     fifo: None,
///     window: WindowSet::Zero,
/// };
/// let event = sqs_event(&[record]);
/// assert_eq!(event["Records"][0]["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
/// assert_eq!(event["Records"][0]["messageAttributes"]["tenant"]["stringValue"], "acme");
/// ```
pub fn sqs_event(records: &[SqsRecord]) -> Value {
    json!({ "Records": records.iter().map(record_json).collect::<Vec<Value>>() })
}

fn record_json(record: &SqsRecord) -> Value {
    //= sqs.record_fields
    //= sqs.record_attributes
    //= sqs.record_receive_count
    let mut fields = json!({
        "messageId": record.message_id,
        "receiptHandle": record.receipt_handle,
        "body": record.body,
        "attributes": {
            "ApproximateReceiveCount": record.receive_count.to_string(),
            "SentTimestamp": record.sent_millis.to_string(),
            "SenderId": "AROAEXAMPLEEXAMPLEXX:sender",
            "ApproximateFirstReceiveTimestamp": record.first_receive_millis.to_string(),
        },
        "messageAttributes": attributes_json(&record.attributes),
        "md5OfBody": hex(&Md5::digest(record.body.as_bytes())),
        "eventSource": "aws:sqs",
        "eventSourceARN": record.queue_arn,
        "awsRegion": record.region,
    });
    for (name, value) in record.more.entries() {
        fields["attributes"][name] = value.into();
    }
    //= sqs.record_fifo_attributes
    if let Some(fifo) = &record.fifo {
        let attributes = &mut fields["attributes"];
        attributes["SequenceNumber"] = format!("{:0width$}", fifo.sequence_number, width = DIGITS).into();
        attributes["MessageGroupId"] = fifo.message_group_id.as_str().into();
        attributes["MessageDeduplicationId"] = fifo.message_deduplication_id.as_str().into();
    }
    if let (Some(digest), Value::Object(map)) = (digest_of(record), &mut fields) {
        let position = map.keys().position(|key| key == "md5OfBody").unwrap_or(map.len());
        map.shift_insert(position, "md5OfMessageAttributes".to_owned(), digest);
    }
    fields
}

/// `md5OfMessageAttributes`, where AWS sends it.
fn digest_of(record: &SqsRecord) -> Option<Value> {
    //= sqs.record_attributes_digest
    match (record.attributes.is_empty(), record.window) {
        (false, WindowSet::Zero | WindowSet::Positive) => Some(attributes_digest(&record.attributes).into()),
        (true, WindowSet::Positive) => Some(Value::Null),
        (true, WindowSet::Zero) => None,
    }
}

/// Bytes as AWS writes digests.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), HEXADECIMAL).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> NIBBLE), digit(byte & ((1 << NIBBLE) - 1))]).collect()
}

/// Digits of a sequence number.
const DIGITS: usize = 20;
const HEXADECIMAL: u32 = 16;
const NIBBLE: u32 = 4;

/// The size in bytes of one record without its body: what each message adds to the payload besides its body.
pub(crate) fn envelope_size() -> u64 {
    sample_record().to_string().len() as u64
}

/// A record with usual values and an empty body.
pub(crate) fn sample_record() -> Value {
    let sample = SqsRecord {
        message_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        receipt_handle: "R".repeat(RECEIPT_HANDLE_LENGTH),
        body: String::new(),
        receive_count: 1,
        sent_millis: SAMPLE_MILLIS,
        first_receive_millis: SAMPLE_MILLIS,
        queue_arn: "arn:aws:sqs:us-east-1:123456789012:a-queue-with-a-usual-name".to_owned(),
        region: "us-east-1".to_owned(),
        attributes: MessageAttributes::new(),
        more: SystemAttributes::default(),
        fifo: None,
        window: WindowSet::Zero,
    };
    record_json(&sample)
}

/// Receipt handles have no documented length; this is the length in AWS's own examples, rounded up.
const RECEIPT_HANDLE_LENGTH: usize = 412;
/// Any time of this century has 13 digits.
const SAMPLE_MILLIS: u64 = 1_767_607_201_835;
