//! How large the records of a stream are in the event that a function receives: as base64 or as they are, with what
//! stands around each of them.

use serde_json::{Map, Value};

use crate::program::{
    DocumentChange, ItemChange, KafkaCluster, KafkaRecord, KinesisRecord, PayloadClass, TableRecord,
    change_event, kafka_event, kinesis_event, table_event,
};
use crate::topology::StreamKind;

/// How large records are in an event, in bytes, and how many bytes of them an event takes.
#[derive(Clone, Debug)]
pub struct EventSizes {
    /// What an event has room for, beside what stands around all of its records.
    pub room: u64,
    kind: StreamKind,
    /// What stands around one record.
    around: u64,
    /// By class; those behind the last are as the first.
    of_class: Vec<u64>,
    smallest: u64,
    largest: u64,
}

/// By what the records of a batch are told to be enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// By their number alone.
    Count(u32),
    /// By their number and by what they are together.
    Sizes(u32),
}

impl EventSizes {
    /// For a source and the largest event that there is.
    pub(super) fn new(kind: Option<StreamKind>, payload: u64) -> Self {
        let kind = kind.unwrap_or(StreamKind::Kinesis);
        let (one, two) = (event_of(kind, 1), event_of(kind, 2));
        let around = two - one;
        let room = payload.saturating_sub(one - around);
        Self { room, kind, around, of_class: Vec::new(), smallest: 0, largest: 0 }
    }

    /// Learns all payloads; one that is not stated is as large as the profile's.
    pub(super) fn measure(&mut self, classes: &[PayloadClass], ordinary: u64) {
        let size = |class: &PayloadClass| {
            let body = class.body.as_ref().map_or(ordinary, |body| body.len() as u64);
            //= stream_poll.payload_limit
            self.around + if is_encoded(self.kind) { base64(body) } else { body }
        };
        let of_class: Vec<u64> = classes.iter().map(size).collect();
        self.smallest = of_class.iter().copied().min().unwrap_or_default();
        self.largest = of_class.iter().copied().max().unwrap_or_default();
        self.of_class = of_class;
    }

    /// How large a record of a class is.
    pub fn of(&self, class: u16) -> u64 {
        self.of_class.get(usize::from(class)).or(self.of_class.first()).copied().unwrap_or_default()
    }

    /// Whether any record fits into no event at all.
    pub const fn has_too_large(&self) -> bool {
        self.largest > self.room
    }

    /// How many records fill an event of so many at most, where that does not depend on which ones they are.
    pub fn most(&self, batch_size: u32) -> Most {
        if self.smallest == self.largest {
            let fit = self.room / self.largest.max(1);
            return Most::Count(batch_size.min(u32::try_from(fit).unwrap_or(u32::MAX)));
        }
        if self.largest.saturating_mul(u64::from(batch_size)) <= self.room {
            return Most::Count(batch_size);
        }
        Most::Sizes(batch_size)
    }
}

const fn is_encoded(kind: StreamKind) -> bool {
    match kind {
        StreamKind::Kinesis | StreamKind::Msk | StreamKind::SelfManagedKafka => true,
        StreamKind::DynamoDb | StreamKind::DocumentDb => false,
    }
}

/// How many letters base64 needs for so many bytes.
const fn base64(bytes: u64) -> u64 {
    bytes.div_ceil(BASE64_BYTES) * BASE64_LETTERS
}

/// Base64 writes so many bytes …
const BASE64_BYTES: u64 = 3;
/// … as so many letters.
const BASE64_LETTERS: u64 = 4;

/// How large an event with so many usual records is that carry nothing.
fn event_of(kind: StreamKind, records: usize) -> u64 {
    let event = match kind {
        StreamKind::Kinesis => kinesis_event(&vec![of_kinesis(); records]),
        StreamKind::DynamoDb => table_event(&vec![of_table(); records]),
        StreamKind::Msk | StreamKind::SelfManagedKafka => kafka_event(&cluster(), &vec![of_topic(); records]),
        StreamKind::DocumentDb => change_event(CLUSTER, &vec![of_collection(); records]),
    };
    event.to_string().len() as u64
}

const NAME: &str = "a-usual-name";
const KEY: &str = "a-usual-key";
const REGION: &str = "us-east-1";
const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/a-usual-name";
const TABLE: &str =
    "arn:aws:dynamodb:us-east-1:123456789012:table/a-usual-name/stream/2026-01-01T00:00:00.000";
const CLUSTER: &str = "arn:aws:rds:us-east-1:123456789012:cluster:a-usual-name";
const ROLE: &str = "arn:aws:iam::123456789012:role/a-usual-name";
/// Any time of this century has so many digits in milliseconds, and three fewer in seconds.
const MILLIS: u64 = 1_767_607_201_835;
const SECONDS: u64 = 1_767_607_201;

fn of_kinesis() -> KinesisRecord {
    KinesisRecord {
        partition_key: KEY.to_owned(),
        sequence_number: 0,
        data: String::new(),
        arrived_millis: MILLIS,
        shard: 0,
        stream_arn: STREAM.to_owned(),
        role_arn: ROLE.to_owned(),
        region: REGION.to_owned(),
    }
}

fn of_table() -> TableRecord {
    TableRecord {
        event_id: "0".repeat(EVENT_ID_DIGITS),
        change: ItemChange::Modify,
        keys: Map::from_iter([("id".to_owned(), Value::from(KEY))]),
        old_image: None,
        new_image: None,
        sequence_number: 0,
        user_identity: None,
        changed_seconds: SECONDS,
        view: "NEW_AND_OLD_IMAGES".to_owned(),
        stream_arn: TABLE.to_owned(),
        region: REGION.to_owned(),
    }
}

/// The ids of records of a table's stream have so many digits.
const EVENT_ID_DIGITS: usize = 32;

fn cluster() -> KafkaCluster {
    KafkaCluster {
        event_source: "aws:kafka".to_owned(),
        arn: Some("arn:aws:kafka:us-east-1:123456789012:cluster/a-usual-name/a-usual-id".to_owned()),
        bootstrap_servers: "b-1.a-usual-name.kafka.us-east-1.amazonaws.com:9092".to_owned(),
    }
}

fn of_topic() -> KafkaRecord {
    KafkaRecord {
        topic: NAME.to_owned(),
        partition: 0,
        offset: MILLIS,
        written_millis: MILLIS,
        key: Some(KEY.to_owned()),
        value: String::new(),
        headers: Vec::new(),
    }
}

fn of_collection() -> DocumentChange {
    DocumentChange {
        document_id: "0".repeat(DOCUMENT_ID_DIGITS),
        resume_token: "0".repeat(TOKEN_DIGITS),
        changed_seconds: SECONDS,
        number: 1,
        database: NAME.to_owned(),
        collection: NAME.to_owned(),
        document: Map::new(),
    }
}

/// The ids of documents have so many digits, and what a stream is resumed by about so many.
const DOCUMENT_ID_DIGITS: usize = 24;
const TOKEN_DIGITS: usize = 74;

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream's sizes where payloads have these lengths.
    fn sizes(kind: StreamKind, lengths: &[usize]) -> EventSizes {
        let mut sizes = EventSizes::new(Some(kind), 1_000_000);
        let class = |length: &usize| PayloadClass { body: Some("x".repeat(*length)), ..Default::default() };
        sizes.measure(&lengths.iter().map(class).collect::<Vec<_>>(), 1);
        sizes
    }

    #[test]
    fn what_carries_bytes_is_a_third_larger_in_an_event() {
        for kind in StreamKind::ALL {
            let sizes = sizes(kind, &[0, 3_000]);
            let is_text = [StreamKind::DynamoDb, StreamKind::DocumentDb].contains(&kind);
            assert_eq!(sizes.of(1) - sizes.of(0), if is_text { 3_000 } else { 4_000 }, "{kind:?}");
            assert!((150..900).contains(&sizes.of(0)), "{kind:?}: {}", sizes.of(0));
        }
    }

    #[test]
    fn records_are_counted_where_sizes_decide_nothing() {
        assert_eq!(sizes(StreamKind::Kinesis, &[3_000, 3]).most(100), Most::Count(100));
        assert_eq!(sizes(StreamKind::Kinesis, &[3_000, 3]).most(1_000), Most::Sizes(1_000));
        let Most::Count(even) = sizes(StreamKind::Kinesis, &[3_000]).most(1_000) else {
            panic!("they are all the same")
        };
        assert!((200..250).contains(&even), "{even}");
    }

    #[test]
    fn a_record_that_is_larger_than_an_event_is_seen() {
        assert!(!sizes(StreamKind::Kinesis, &[749_000]).has_too_large());
        assert!(sizes(StreamKind::Kinesis, &[750_000, 3]).has_too_large());
        assert_eq!(sizes(StreamKind::Kinesis, &[750_000]).most(10), Most::Count(0));
    }
}
