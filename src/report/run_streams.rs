//! What mappings read from streams in a run: the events of their invocations as AWS sends them, and how old the records
//! were.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::program::{
    DocumentChange, ItemChange, KafkaRecord, KinesisRecord, TableChange, TableRecord, change_event,
    kafka_event, kinesis_event, table_event,
};
use crate::report::RunReport;
use crate::report::run_names::name_of;
use crate::report::run_payload::{ACCOUNT, REGION, identity, millis};
use crate::report::run_reader::Reader;
use crate::report::run_windows::Windows;
use crate::topology::StreamKind;
use crate::trace::{Covered, EventId, Record, RecordKind};
use crate::vocabulary::Instant;

/// A record of a stream as one mapping sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// When it came.
    pub(super) at: Instant,
    key: u64,
    /// The shard that took it.
    pub(super) shard: u32,
    /// Which record of its shard it is, counted from 1.
    pub(super) number: u128,
}

/// Follows records through the mappings that read them.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    written: BTreeMap<u32, Written>,
    /// How many records a mapping's shard has had.
    counts: BTreeMap<(u16, u32), u128>,
    /// By batch that has not started yet: the mapping that read it.
    batches: BTreeMap<u32, u16>,
    /// By mapping: when it read, and how old the last record of the batch was, in microseconds.
    ages: BTreeMap<u16, Vec<(u64, u64)>>,
    windows: Windows,
}

impl Reads {
    pub(super) fn see(&mut self, report: &RunReport<'_>, record: &Record, covered: &[Covered]) {
        match record.kind {
            RecordKind::RecordWritten => {
                let reader = Reader::of(report, record.entity.0);
                let shard = reader.map_or(0, |reader| report.world.shard_of(reader.log, record.subject));
                for item in covered {
                    let count = self.counts.entry((record.entity.0, shard)).or_default();
                    *count += 1;
                    let written = Written { at: record.at, key: record.value, shard, number: *count };
                    self.written.insert(item.copy, written);
                }
            }
            RecordKind::RecordsRead => {
                self.batches.insert(record.subject, record.entity.0);
                let came = |item: Option<&Covered>| Some(self.written.get(&item?.copy)?.at);
                self.windows.read(report, record, came(covered.first()));
                if let Some(last) = came(covered.last()) {
                    let age = record.at.since(last).as_micros();
                    self.ages.entry(record.entity.0).or_default().push((record.at.as_micros(), age));
                }
            }
            RecordKind::BatchHeldBack => drop(self.batches.remove(&record.subject)),
            _ => self.windows.see(record, covered.len()),
        }
    }

    /// The iterator ages by mapping: pairs of when, and how old.
    pub(super) fn ages(&self, report: &RunReport<'_>) -> Map<String, Json> {
        let name = |entity: u16| report.program.entities[usize::from(entity)].to_string();
        self.ages.iter().map(|(entity, ages)| (name(*entity), json!(ages))).collect()
    }

    /// The mapping that read a batch which has not started yet, where one did.
    pub(super) fn reader<'a>(&self, report: &RunReport<'a>, batch: u32) -> Option<Reader<'a>> {
        Reader::of(report, *self.batches.get(&batch)?)
    }

    /// The event of a batch that was read from a stream, where one is.
    pub(super) fn payload(
        &mut self,
        report: &RunReport<'_>,
        batch: u32,
        covered: &[Covered],
    ) -> Option<Json> {
        let entity = self.batches.remove(&batch)?;
        let reader = Reader::of(report, entity)?;
        let mut event = self.event(report, &reader, covered);
        if let Json::Object(fields) = &mut event {
            fields.extend(self.windows.fields(report, &reader, batch));
        }
        Some(event)
    }

    /// What is known of a record that was written.
    pub(super) fn written(&self, item: &Covered) -> Option<Written> {
        self.written.get(&item.copy).copied()
    }

    /// The event in which a function gets these records.
    pub(super) fn event(&self, report: &RunReport<'_>, reader: &Reader<'_>, covered: &[Covered]) -> Json {
        let known = covered.iter().filter_map(|item| Some((item.event, self.written(item)?)));
        let known: Vec<(EventId, Written)> = known.collect();
        let each = known.iter();
        match reader.kind {
            StreamKind::Kinesis => {
                let records = each.map(|(event, written)| of_kinesis(report, reader, *event, written));
                kinesis_event(&records.collect::<Vec<KinesisRecord>>())
            }
            StreamKind::DynamoDb => {
                let records = each.map(|(event, written)| of_table(report, reader, *event, written));
                table_event(&records.collect::<Vec<TableRecord>>())
            }
            StreamKind::Msk | StreamKind::SelfManagedKafka => {
                let records = each.map(|(event, written)| of_kafka(report, reader, *event, written));
                kafka_event(&reader.cluster(report), &records.collect::<Vec<KafkaRecord>>())
            }
            StreamKind::DocumentDb => {
                let records = each.map(|(event, written)| of_documents(report, reader, *event, written));
                change_event(
                    &reader.arn(report).unwrap_or_default(),
                    &records.collect::<Vec<DocumentChange>>(),
                )
            }
        }
    }
}

fn of_kinesis(
    report: &RunReport<'_>,
    reader: &Reader<'_>,
    event: EventId,
    written: &Written,
) -> KinesisRecord {
    KinesisRecord {
        partition_key: key(report, event, written),
        sequence_number: reader.sequence_number(written.number),
        data: text(report, event),
        arrived_millis: millis(written.at),
        shard: written.shard,
        stream_arn: reader.arn(report).unwrap_or_default(),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{}", name_of(report, reader.function)),
        region: REGION.to_owned(),
    }
}

fn of_table(report: &RunReport<'_>, reader: &Reader<'_>, event: EventId, written: &Written) -> TableRecord {
    let table = &report.program.network.streams[reader.stream_index].table;
    let stated = stated(report, event);
    let change = stated.as_deref().map(TableChange::of).unwrap_or_default();
    // An item of which nothing is stated is named as its key and holds its event's name.
    let key = json!({ "S": key(report, event, written) });
    let keys = || table.keys.iter().map(|name| (name.clone(), key.clone()));
    let with_key = |image: Map<String, Json>| keys().chain(image).collect::<Map<_, _>>();
    let silent = || Map::from_iter([("event".to_owned(), json!({ "S": report.event_name(event) }))]);
    let new_image = if stated.is_none() { table.view.shows_new().then(silent) } else { change.new_image };
    TableRecord {
        event_id: identity(&report.event_name(event), 0).replace('-', ""),
        change: change.change.unwrap_or(ItemChange::Insert),
        keys: change.keys.unwrap_or_else(|| keys().collect()),
        old_image: change.old_image.map(with_key),
        new_image: new_image.map(with_key),
        user_identity: change.user_identity,
        sequence_number: reader.sequence_number(written.number),
        changed_seconds: millis(written.at) / MILLIS_PER_SECOND,
        view: table.view.word().to_owned(),
        stream_arn: reader.arn(report).unwrap_or_default(),
        region: REGION.to_owned(),
    }
}

fn of_kafka(report: &RunReport<'_>, reader: &Reader<'_>, event: EventId, written: &Written) -> KafkaRecord {
    let class = usize::from(report.world.event(event).class);
    let attributes = report.program.classes.get(class).map(|class| class.attributes.clone());
    let headers = attributes.unwrap_or_default().into_iter().map(|(name, value)| (name, value.value));
    KafkaRecord {
        topic: reader.topic_name().to_owned(),
        partition: written.shard,
        offset: reader.sequence_number(written.number) as u64,
        written_millis: millis(written.at),
        key: Some(key(report, event, written)),
        value: text(report, event),
        headers: headers.collect(),
    }
}

fn of_documents(
    report: &RunReport<'_>,
    reader: &Reader<'_>,
    event: EventId,
    written: &Written,
) -> DocumentChange {
    let digits = identity(&report.event_name(event), 0).replace('-', "");
    let (database, collection) = reader.collection();
    let stated = serde_json::from_str(&text(report, event)).ok();
    DocumentChange {
        document_id: digits[..DOCUMENT_ID].to_owned(),
        resume_token: format!("01{digits}"),
        changed_seconds: millis(written.at) / MILLIS_PER_SECOND,
        number: written.number as u64,
        database: database.to_owned(),
        collection: collection.to_owned(),
        document: stated
            .unwrap_or_else(|| Map::from_iter([("event".to_owned(), text(report, event).into())])),
    }
}

/// The key of a record, by the name that a scenario gives it.
fn key(report: &RunReport<'_>, event: EventId, written: &Written) -> String {
    let load = report.program.loads.get(usize::from(report.world.event(event).source));
    let named = load.and_then(|load| load.as_ref()?.keys.get(written.key as usize).cloned());
    named.unwrap_or_else(|| format!("key-{}", written.key))
}

/// What a record carries: what is stated, or its event's name.
fn text(report: &RunReport<'_>, event: EventId) -> String {
    stated(report, event).unwrap_or_else(|| report.event_name(event))
}

fn stated(report: &RunReport<'_>, event: EventId) -> Option<String> {
    let class = usize::from(report.world.event(event).class);
    report.program.classes.get(class).and_then(|class| class.body.clone())
}

/// The hexadecimal digits of a document's id.
const DOCUMENT_ID: usize = 24;
const MILLIS_PER_SECOND: u64 = 1_000;
