//! A mapping and the stream that it reads, in the words of AWS: its ARN, its shards, its sequence numbers.
//!
//! What a template does not say is made up and always the same.

use crate::program::KafkaCluster;
use crate::report::RunReport;
use crate::report::run_names::{function_arn, name_of};
use crate::report::run_payload::{ACCOUNT, REGION, identity};
use crate::topology::StreamKind;

/// A mapping on a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    /// What it reads.
    pub(super) kind: StreamKind,
    /// The stream, table, cluster or topic.
    pub(super) stream: &'a str,
    /// The topic of a cluster, or database and collection; empty where there is none.
    pub(super) topic: &'a str,
    /// The function.
    pub(super) function: &'a str,
    /// The version or alias of it that is called.
    pub(super) qualifier: Option<&'a str>,
    /// The mapping.
    pub(super) mapping: &'a str,
    /// Its position among those of the part.
    pub(super) log: usize,
    /// The position of its stream among those of the part.
    pub(super) stream_index: usize,
}

impl<'a> Reader<'a> {
    /// The mapping with this entity, where it reads a stream.
    pub(super) fn of(report: &RunReport<'a>, entity: u16) -> Option<Self> {
        let program = report.program;
        let network = &program.network;
        let is_it = |log: &crate::program::LogTable| {
            program.queues.get(usize::from(log.queue)).is_some_and(|place| place.entity.0 == entity)
        };
        let log = network.logs.iter().position(is_it)?;
        let table = &network.logs[log];
        let stream = &network.streams[usize::from(table.stream)];
        let rule = report.models.rule(stream.write);
        Some(Self {
            kind: rule.id.split('.').next().and_then(StreamKind::of_source)?,
            stream: program.name(stream.entity).as_str(),
            topic: network.topics.get(log).map_or("", String::as_str),
            function: program.name(program.functions[usize::from(table.function)].entity).as_str(),
            qualifier: network.qualifier(usize::from(table.queue)),
            mapping: program.entities[usize::from(entity)].as_str(),
            log,
            stream_index: usize::from(table.stream),
        })
    }

    /// The function as a mapping names it.
    pub(super) fn function_arn(&self, report: &RunReport<'_>) -> String {
        function_arn(report, self.function, self.qualifier)
    }

    /// The id of an invocation, by its first record and how often that was read.
    pub(super) fn request_id(&self, oldest: &str, reads: u32) -> String {
        identity(&format!("{} {oldest}", self.mapping), reads)
    }

    /// The ARN of what is read; a Kafka that somebody runs for themselves has none.
    pub(super) fn arn(&self, report: &RunReport<'_>) -> Option<String> {
        let name = name_of(report, self.stream);
        if name.starts_with("arn:") {
            return Some(name.to_owned());
        }
        let rest = match self.kind {
            StreamKind::Kinesis => format!("kinesis:{REGION}:{ACCOUNT}:stream/{name}"),
            StreamKind::DynamoDb => format!("dynamodb:{REGION}:{ACCOUNT}:table/{name}/stream/1"),
            StreamKind::Msk => format!("kafka:{REGION}:{ACCOUNT}:cluster/{name}/{}", identity(name, 0)),
            StreamKind::DocumentDb => format!("rds:{REGION}:{ACCOUNT}:cluster:{name}"),
            StreamKind::SelfManagedKafka => return None,
        };
        Some(format!("arn:aws:{rest}"))
    }

    /// The cluster of a topic.
    pub(super) fn cluster(&self, report: &RunReport<'_>) -> KafkaCluster {
        let (event_source, bootstrap_servers) = match self.kind {
            StreamKind::SelfManagedKafka => ("SelfManagedKafka", self.stream.to_owned()),
            StreamKind::Msk | StreamKind::Kinesis | StreamKind::DynamoDb | StreamKind::DocumentDb => {
                let name = self.stream.rsplit('/').next().unwrap_or_default().to_lowercase();
                ("aws:kafka", format!("b-1.{name}.kafka.{REGION}.amazonaws.com:9098"))
            }
        };
        KafkaCluster { event_source: event_source.to_owned(), arn: self.arn(report), bootstrap_servers }
    }

    /// The name of a topic; that of the stream where it is not known.
    pub(super) fn topic_name(&self) -> &'a str {
        if self.topic.is_empty() { self.stream } else { self.topic }
    }

    /// Database and collection.
    pub(super) fn collection(&self) -> (&'a str, &'a str) {
        self.topic.split_once('.').unwrap_or((self.topic, "documents"))
    }

    /// The name of a shard.
    pub(super) fn shard_id(&self, shard: u32) -> String {
        match self.kind {
            StreamKind::DynamoDb => {
                let lineage = identity(&format!("{} shard {shard}", self.stream), 0);
                format!("shardId-{:020}-{}", FIRST_SHARD + u64::from(shard), &lineage[..LINEAGE])
            }
            StreamKind::Msk | StreamKind::SelfManagedKafka => format!("{}-{shard}", self.topic_name()),
            StreamKind::Kinesis | StreamKind::DocumentDb => format!("shardId-{shard:012}"),
        }
    }

    /// What record it is of its shard, counted from 1.
    pub(super) fn sequence_number(&self, number: u128) -> u128 {
        match self.kind {
            StreamKind::Kinesis => FIRST_NUMBER + number * NUMBER_STEP,
            StreamKind::DynamoDb => number * NUMBER_STEP,
            StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => {
                number.saturating_sub(1)
            }
        }
    }

    /// The sequence number as texts have it.
    pub(super) fn sequence_text(&self, number: u128) -> String {
        let value = self.sequence_number(number);
        let width = match self.kind {
            StreamKind::Kinesis => KINESIS_DIGITS,
            StreamKind::DynamoDb => TABLE_DIGITS,
            StreamKind::Msk | StreamKind::SelfManagedKafka | StreamKind::DocumentDb => 0,
        };
        format!("{value:0width$}")
    }
}

/// Sequence numbers look like those of Kinesis: 56 digits, the next one some way further.
const FIRST_NUMBER: u128 = 49_590_338_271_490_256_608_559_692_538_361;
const NUMBER_STEP: u128 = 4_096;
const KINESIS_DIGITS: usize = 56;
const TABLE_DIGITS: usize = 21;
/// Shards of tables are numbered by when they were opened, and have some letters of a lineage.
const FIRST_SHARD: u64 = 1_767_607_200_000;
const LINEAGE: usize = 8;
