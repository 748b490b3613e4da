//! What mappings read from streams in a run: the events of their invocations as AWS sends them, and how old the records
//! were.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::program::{ItemChange, KinesisRecord, TableRecord, kinesis_event, table_event};
use crate::report::RunReport;
use crate::report::run_payload::{ACCOUNT, REGION, identity, millis};
use crate::topology::StreamKind;
use crate::trace::{Covered, Record, RecordKind};
use crate::vocabulary::Instant;

/// A record of a stream as one mapping sees it.
#[derive(Clone, Copy, Debug)]
struct Written {
    at: Instant,
    key: u64,
    lane: u32,
    number: u128,
}

/// Follows records through the mappings that read them.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    written: BTreeMap<u32, Written>,
    /// How many records a mapping's lane has had.
    counts: BTreeMap<(u16, u32), u128>,
    /// By batch that has not started yet: the mapping that read it.
    batches: BTreeMap<u32, u16>,
    /// By mapping: when it read, and how old the last record of the batch was, in microseconds.
    ages: BTreeMap<u16, Vec<(u64, u64)>>,
}

impl Reads {
    pub(super) fn see(&mut self, record: &Record, covered: &[Covered]) {
        match record.kind {
            RecordKind::RecordWritten => {
                for item in covered {
                    let count = self.counts.entry((record.entity.0, record.subject)).or_default();
                    *count += 1;
                    let written =
                        Written { at: record.at, key: record.value, lane: record.subject, number: *count };
                    self.written.insert(item.copy, written);
                }
            }
            RecordKind::RecordsRead => {
                self.batches.insert(record.subject, record.entity.0);
                let last = covered.last().and_then(|item| self.written.get(&item.copy));
                let age = last.map_or(0, |written| record.at.since(written.at).as_micros());
                self.ages.entry(record.entity.0).or_default().push((record.at.as_micros(), age));
            }
            RecordKind::BatchHeldBack => drop(self.batches.remove(&record.subject)),
            _ => {}
        }
    }

    /// The iterator ages by mapping: pairs of when, and how old.
    pub(super) fn ages(&self, report: &RunReport<'_>) -> Map<String, Json> {
        let name = |entity: u16| report.program.entities[usize::from(entity)].to_string();
        self.ages.iter().map(|(entity, ages)| (name(*entity), json!(ages))).collect()
    }

    /// The event of a batch that was read from a stream, where one is. Of Kafka and of change streams nothing is shown.
    pub(super) fn payload(
        &mut self,
        report: &RunReport<'_>,
        batch: u32,
        covered: &[Covered],
    ) -> Option<Json> {
        let program = report.program;
        let entity = self.batches.remove(&batch)?;
        let log = program
            .network
            .logs
            .iter()
            .find(|log| program.queues[usize::from(log.queue)].entity.0 == entity)?;
        let stream = &program.network.streams[usize::from(log.stream)];
        let rule = report.models.rule(stream.write);
        let source = rule.id.split('.').next().and_then(StreamKind::of_source)?;
        let (name, function) = (
            program.name(stream.entity).as_str(),
            program.name(program.functions[usize::from(log.function)].entity).as_str(),
        );
        let known = covered.iter().filter_map(|item| Some((item, self.written.get(&item.copy)?)));
        match source {
            StreamKind::Kinesis => {
                let records: Vec<KinesisRecord> = known
                    .map(|(item, written)| KinesisRecord {
                        partition_key: key(written),
                        sequence_number: FIRST_NUMBER + written.number * NUMBER_STEP,
                        data: text(report, item),
                        arrived_millis: millis(written.at),
                        shard: written.lane,
                        stream_arn: format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"),
                        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{function}"),
                        region: REGION.to_owned(),
                    })
                    .collect();
                Some(kinesis_event(&records))
            }
            StreamKind::DynamoDb => {
                let records: Vec<TableRecord> = known
                    .map(|(item, written)| TableRecord {
                        event_id: identity(&report.event_name(item.event), 0).replace('-', ""),
                        change: ItemChange::Insert,
                        keys: Map::from_iter([("id".to_owned(), json!({ "S": key(written) }))]),
                        old_image: None,
                        new_image: serde_json::from_str(&text(report, item)).ok(),
                        sequence_number: written.number * NUMBER_STEP,
                        changed_seconds: millis(written.at) / MILLIS_PER_SECOND,
                        view: "NEW_AND_OLD_IMAGES".to_owned(),
                        stream_arn: format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}/stream/1"),
                        region: REGION.to_owned(),
                    })
                    .collect();
                Some(table_event(&records))
            }
            StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => None,
        }
    }
}

fn key(written: &Written) -> String {
    format!("key-{}", written.key)
}

/// What a record carries: what is stated, or its event's name.
fn text(report: &RunReport<'_>, item: &Covered) -> String {
    let class = usize::from(report.world.event(item.event).class);
    let stated = report.program.classes.get(class).and_then(|class| class.body.clone());
    stated.unwrap_or_else(|| report.event_name(item.event))
}

/// Sequence numbers look like those of Kinesis: 56 digits, the next one some way further.
const FIRST_NUMBER: u128 = 49_590_338_271_490_256_608_559_692_538_361;
const NUMBER_STEP: u128 = 4_096;
const MILLIS_PER_SECOND: u64 = 1_000;
