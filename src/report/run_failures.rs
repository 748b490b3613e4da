//! What a mapping on a stream tells its destination for failures, as AWS writes it: one record for each batch that it
//! has given up, or one for each record where a topic of Kafka takes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::program::{FailureRecord, KAFKA, Slot};
use crate::report::RunReport;
use crate::report::run_exits::{Arriving, Said};
use crate::report::run_payload::{iso, iso_seconds};
use crate::report::run_reader::Reader;
use crate::report::run_streams::{Reads, Written};
use crate::topology::StreamKind;
use crate::trace::{Covered, EventId, Record, RecordKind};
use crate::vocabulary::Instant;

/// A batch that was given up.
#[derive(Clone, Debug)]
struct Discarded {
    /// The mapping.
    entity: u16,
    number: u32,
    at: Instant,
    /// Why, as the record of it says.
    why: u64,
    items: Vec<Covered>,
    /// How the last invocation with its first record ended.
    ended: Option<u64>,
    /// How often it ran.
    runs: u32,
}

/// Follows batches until they are given up.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures {
    /// By batch whose invocation runs: the copies of its records.
    running: BTreeMap<u32, Vec<u32>>,
    /// By copy: how its last invocation ended.
    ended: BTreeMap<u32, u64>,
    discarded: Vec<Discarded>,
    /// By batch: the mapping and the lane that it was read from.
    lanes: BTreeMap<u32, (u16, u32)>,
    /// By copy: the lane that it was read from last.
    lane_of: BTreeMap<u32, (u16, u32)>,
    /// By lane: how often what is at its head has run, in the same composition.
    runs: BTreeMap<(u16, u32), u32>,
    /// By event: the batch that was given up with it.
    of_event: BTreeMap<EventId, usize>,
}

impl Failures {
    /// Looks at a record; tells what leaves where one says that something does.
    pub(super) fn see(
        &mut self,
        report: &RunReport<'_>,
        reads: &Reads,
        record: &Record,
        covered: &[Covered],
    ) -> Option<Arriving> {
        match record.kind {
            RecordKind::RecordsRead => {
                let lane = (record.entity.0, record.value as u32);
                self.lanes.insert(record.subject, lane);
                self.lane_of.extend(covered.iter().map(|item| (item.copy, lane)));
            }
            //= stream_poll.partial_count
            RecordKind::CheckpointMoved => {
                self.runs.insert((record.entity.0, record.subject), 0);
            }
            RecordKind::BatchSplit => {
                self.runs.extend(self.lanes.get(&record.subject).map(|lane| (*lane, 0)));
            }
            RecordKind::InvocationStarted => {
                if let Some(lane) = self.lanes.get(&record.subject) {
                    *self.runs.entry(*lane).or_default() += 1;
                }
                let read = covered.iter().filter(|item| reads.written(item).is_some());
                self.running.insert(record.subject, read.map(|item| item.copy).collect());
            }
            RecordKind::InvocationEnded => {
                let items = self.running.remove(&record.subject).unwrap_or_default();
                self.ended.extend(items.into_iter().map(|copy| (copy, record.value)));
            }
            RecordKind::RecordsDiscarded => self.give_up(record, covered),
            RecordKind::ExitTaken => return self.arriving(report, reads, record, *covered.first()?),
            _ => {}
        }
        None
    }

    fn give_up(&mut self, record: &Record, covered: &[Covered]) {
        let index = self.discarded.len();
        let copy = covered.first().map(|item| item.copy);
        let lane = copy.and_then(|copy| self.lane_of.get(&copy));
        let runs = lane.and_then(|lane| self.runs.get(lane)).copied().unwrap_or_default();
        self.of_event.extend(covered.iter().map(|item| (item.event, index)));
        self.discarded.push(Discarded {
            entity: record.entity.0,
            number: index as u32,
            at: record.at,
            why: record.value,
            items: covered.to_vec(),
            ended: copy.and_then(|copy| self.ended.get(&copy).copied()),
            runs,
        });
    }

    fn arriving(
        &self,
        report: &RunReport<'_>,
        reads: &Reads,
        record: &Record,
        item: Covered,
    ) -> Option<Arriving> {
        let batch = &self.discarded[*self.of_event.get(&item.event)?];
        if batch.entity != record.entity.0 || report.program.rule(Slot::LogOnFailure) != record.rule {
            return None;
        }
        let reader = Reader::of(report, batch.entity)?;
        let destination = Destination::of(report, &reader, record.value);
        let (items, group) = match destination {
            // Each record goes on with a record of its failure around it.
            Destination::Kafka => {
                (batch.items.iter().filter(|other| other.event == item.event).copied().collect(), None)
            }
            Destination::Bucket | Destination::Other => (batch.items.clone(), Some(batch.number)),
        };
        let sheet = Sheet { report, reads, reader, batch, items, destination };
        Some(Arriving {
            target: record.value,
            at: record.at,
            body: Said::Json(sheet.body()),
            attributes: BTreeMap::new(),
            group,
        })
    }
}

/// What takes the record of a failure, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    /// It takes the event too, as a text.
    Bucket,
    /// It takes every record by itself, and the event around it.
    Kafka,
    /// It is told where the records are.
    Other,
}

impl Destination {
    fn of(report: &RunReport<'_>, reader: &Reader<'_>, target: u64) -> Self {
        let program = report.program;
        let position = program.names.iter().position(|hash| hash.0 == target);
        let name = position.map_or("", |position| program.entities[position].as_str());
        match program.network.logs[reader.log].failure_record {
            FailureRecord::Contents if name.starts_with(KAFKA) => Self::Kafka,
            FailureRecord::Contents => Self::Bucket,
            FailureRecord::Positions => Self::Other,
        }
    }
}

/// Everything that the record of a failure is made from.
struct Sheet<'a> {
    report: &'a RunReport<'a>,
    reads: &'a Reads,
    reader: Reader<'a>,
    batch: &'a Discarded,
    items: Vec<Covered>,
    destination: Destination,
}

impl Sheet<'_> {
    fn text(&self, rule: &str, value: &str) -> &str {
        self.report.models.text(rule, value).unwrap_or_default()
    }

    fn body(&self) -> Json {
        let mut body = json!({ "requestContext": self.request() });
        //= stream_poll.record_answer
        if self.batch.why == Record::RETRIES_EXHAUSTED
            && let Some(ended) = self.batch.ended
        {
            body["responseContext"] = self.response(ended);
        }
        body["version"] = "1.0".into();
        body["timestamp"] = iso(self.batch.at).into();
        let event = self.reads.event(self.report, &self.reader, &self.items);
        let (name, info) = self.info(&event);
        body[name] = info;
        //= stream_poll.positions
        let kept = self.text("stream_poll.positions", "kept");
        match self.destination {
            Destination::Bucket => body[kept] = event.to_string().into(),
            Destination::Kafka => body[kept] = event,
            Destination::Other => {}
        }
        body
    }

    fn request(&self) -> Json {
        let first = self.items.first();
        let tries = first.map_or(0, |item| item.receives);
        let oldest = first.map_or_else(String::new, |item| self.report.event_name(item.event));
        let condition = match (self.batch.why, self.destination) {
            (Record::EVENT_AGE_EXCEEDED, _) => Some(("stream_poll.age", "condition")),
            // AWS gives no word for it.
            (Record::TOO_LARGE, _) => None,
            (_, Destination::Kafka) => Some(("stream_poll.exhausted", "kafka")),
            (_, Destination::Bucket | Destination::Other) => Some(("stream_poll.exhausted", "condition")),
        };
        let more = self.report.models.count("stream_poll.age", "count_more").unwrap_or_default();
        let count =
            u64::from(self.batch.runs) + if self.batch.why == Record::EVENT_AGE_EXCEEDED { more } else { 0 };
        let mut request = json!({
            "requestId": self.reader.request_id(&oldest, tries),
            "functionArn": self.reader.function_arn(self.report),
        });
        if let Some((rule, value)) = condition {
            request["condition"] = self.text(rule, value).into();
        }
        request["approximateInvokeCount"] = count.into();
        request
    }

    fn response(&self, ended: u64) -> Json {
        let status = self.report.models.count("stream_poll.record_answer", "status").unwrap_or_default();
        let mut context = json!({ "statusCode": status });
        // Which version an alias stood for is not told by a template.
        if self.reader.qualifier.is_none() {
            context["executedVersion"] = self.text("stream_poll.record_answer", "executed_version").into();
        }
        if ended != Record::RETURNED {
            context["functionError"] = self.text("stream_poll.record_answer", "thrown").into();
        }
        context
    }

    /// What the record says of the batch, and under which name.
    fn info(&self, event: &Json) -> (&str, Json) {
        //= kinesis.record_failure
        //= dynamodb_streams.record_failure
        //= msk.record_failure
        //= self_managed_kafka.record_failure
        let (name, info) = match self.reader.kind {
            StreamKind::Kinesis => ("kinesis.record_failure", self.shard(iso)),
            StreamKind::DynamoDb => ("dynamodb_streams.record_failure", self.shard(iso_seconds)),
            StreamKind::Msk => ("msk.record_failure", self.partition(event)),
            StreamKind::SelfManagedKafka | StreamKind::DocumentDb => {
                ("self_managed_kafka.record_failure", self.partition(event))
            }
        };
        (self.text(name, "name"), info)
    }

    /// The first and the last record.
    fn ends(&self) -> Option<(Written, Written)> {
        let of = |item: Option<&Covered>| item.and_then(|item| self.reads.written(item));
        Some((of(self.items.first())?, of(self.items.last())?))
    }

    fn shard(&self, time: fn(Instant) -> String) -> Json {
        let Some((first, last)) = self.ends() else { return Json::Null };
        json!({
            "shardId": self.reader.shard_id(first.shard),
            "startSequenceNumber": self.reader.sequence_text(first.number),
            "endSequenceNumber": self.reader.sequence_text(last.number),
            "approximateArrivalOfFirstRecord": time(first.at),
            "approximateArrivalOfLastRecord": time(last.at),
            "batchSize": self.items.len(),
            "streamArn": self.reader.arn(self.report),
        })
    }

    fn partition(&self, event: &Json) -> Json {
        let Some((first, last)) = self.ends() else { return Json::Null };
        let cluster = self.reader.cluster(self.report);
        let mut info = Map::new();
        info.insert("batchSize".to_owned(), self.items.len().into());
        info.extend(cluster.arn.map(|arn| ("eventSourceArn".to_owned(), arn.into())));
        info.insert("bootstrapServers".to_owned(), cluster.bootstrap_servers.into());
        info.insert("payloadSize".to_owned(), event.to_string().len().into());
        let offset = |written: &Written| self.reader.sequence_text(written.number);
        let (name, places) = match self.destination {
            Destination::Kafka => {
                ("recordInfo", json!({ "offset": offset(&first), "timestamp": iso(first.at) }))
            }
            Destination::Bucket | Destination::Other => {
                let ends = json!({
                    "firstRecordOffset": offset(&first),
                    "lastRecordOffset": offset(&last),
                    "firstRecordTimestamp": iso(first.at),
                    "lastRecordTimestamp": iso(last.at),
                });
                ("recordsInfo", json!({ self.reader.shard_id(first.shard): ends }))
            }
        };
        info.insert(name.to_owned(), places);
        Json::Object(info)
    }
}
