//! Streams: logs of records in shards, and the event source mappings that read them.

use std::fmt;

use crate::pattern::Pattern;
use crate::topology::{
    Exit, ForeignProperty, MappingFilter, ProvisionedPollers, ResourceId, ResponseType, Setting, TableStream,
    Words,
};
use crate::vocabulary::{Duration, EntityName};

/// What keeps the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamKind {
    /// A stream of Kinesis.
    Kinesis,
    /// The stream of a `DynamoDB` table.
    DynamoDb,
    /// A topic of Amazon MSK.
    Msk,
    /// A topic of a Kafka that somebody runs for themselves.
    SelfManagedKafka,
    /// The change stream of a `DocumentDB` collection.
    DocumentDb,
}

impl StreamKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Kinesis, Self::DynamoDb, Self::Msk, Self::SelfManagedKafka, Self::DocumentDb];

    /// The model of the source, as the files of `models/sources/` are called.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Kinesis => "kinesis",
            Self::DynamoDb => "dynamodb_streams",
            Self::Msk => "msk",
            Self::SelfManagedKafka => "self_managed_kafka",
            Self::DocumentDb => "documentdb",
        }
    }

    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kinesis => "Kinesis",
            Self::DynamoDb => "DynamoDB",
            Self::Msk => "MSK",
            Self::SelfManagedKafka => "Kafka",
            Self::DocumentDb => "DocumentDB",
        }
    }

    /// The rules that list properties which mappings of such streams do not take.
    pub const fn refusing(self) -> &'static [&'static str] {
        match self {
            Self::Kinesis | Self::DynamoDb => &["stream_poll.no_queue_settings", "stream_poll.no_pollers"],
            Self::Msk => &["stream_poll.no_queue_settings", "msk.no_shard_settings"],
            Self::SelfManagedKafka => {
                &["stream_poll.no_queue_settings", "self_managed_kafka.no_shard_settings"]
            }
            Self::DocumentDb => &["stream_poll.no_queue_settings", "documentdb.no_other_settings"],
        }
    }

    /// The rule that lists properties which only mappings with provisioned pollers take.
    pub const fn provisioned_only(self) -> Option<&'static str> {
        match self {
            Self::Msk => Some("msk.provisioned_only"),
            Self::SelfManagedKafka => Some("self_managed_kafka.provisioned_only"),
            Self::Kinesis | Self::DynamoDb | Self::DocumentDb => None,
        }
    }

    /// The kind whose model has this id.
    pub fn of_source(source: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.source() == source)
    }
}

/// A stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// What keeps it.
    pub kind: StreamKind,
    /// `ShardCount`, or partitions; `None` where AWS decides: on demand, and for tables.
    pub shards: Option<Setting<u64>>,
    /// How long a record can be read, from its arrival on.
    pub retention: Setting<Duration>,
    /// The table behind it, where it is a table's.
    pub table: Option<TableStream>,
    /// Properties that are given with words of no meaning, or beside others that exclude them.
    pub foreign: Vec<ForeignProperty>,
    /// Properties that it needs and does not have.
    pub missing: Vec<String>,
}

/// Where a mapping begins to read when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartingPosition {
    /// With the oldest record that can be read.
    TrimHorizon,
    /// With what is written after the reading has begun.
    Latest,
    /// With what was written at a time, or after it.
    AtTimestamp,
}

impl StartingPosition {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TrimHorizon, Self::Latest, Self::AtTimestamp];

    /// The word in templates.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest => "LATEST",
            Self::AtTimestamp => "AT_TIMESTAMP",
        }
    }
}

impl fmt::Display for StartingPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a mapping is given the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// It asks, and shares the limits of its shards with all others that ask.
    Shared,
    /// As a registered consumer with enhanced fan-out: it has a throughput of its own.
    Dedicated,
}

/// An event source mapping on a stream.
#[derive(Clone, Debug)]
pub struct StreamMapping {
    /// Named by source and function: `Orders->Fulfil`.
    pub name: EntityName,
    /// The version or alias of the function that it calls; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// In whose words it is declared, for whoever proposes a change.
    pub words: Words,
    /// The pipe that polls, where it is not a mapping of Lambda's.
    pub pipe: Option<ResourceId>,
    /// `Enabled`.
    pub enabled: Setting<bool>,
    /// `BatchSize`.
    pub batch_size: Setting<u64>,
    /// `MaximumBatchingWindowInSeconds`.
    pub batching_window: Setting<Duration>,
    /// `StartingPosition`; `None` where it is not given, or is no such word.
    pub starting_position: Option<Setting<StartingPosition>>,
    /// `ParallelizationFactor`.
    pub parallelization: Setting<u64>,
    /// `MaximumRetryAttempts`; `None` without end.
    pub attempts: Option<Setting<u64>>,
    /// `MaximumRecordAgeInSeconds`; `None` without end.
    pub age: Option<Setting<Duration>>,
    /// `BisectBatchOnFunctionError`.
    pub bisect: Setting<bool>,
    /// `TumblingWindowInSeconds`; zero where there are none.
    pub tumbling_window: Setting<Duration>,
    /// `FunctionResponseTypes`.
    pub response_type: Setting<ResponseType>,
    /// `DestinationConfig.OnFailure`.
    pub on_failure: Option<Exit>,
    /// `FilterCriteria.Filters`: a record is wanted if any of them wants it; all are where there is none.
    pub filters: Vec<MappingFilter>,
    /// How it is given the records.
    pub reading: Reading,
    /// `Topics`, of which there is one; the collection or database of a change stream.
    pub topic: Option<String>,
    /// `ProvisionedPollerConfig`; on demand where there is none.
    pub provisioned: Option<ProvisionedPollers>,
    /// Properties that are given although mappings of such a stream do not take them, or with words of no meaning.
    pub foreign: Vec<ForeignProperty>,
    /// Properties that mappings of such a stream need and which are not given.
    pub missing: Vec<String>,
}

impl StreamMapping {
    /// What it wants, one of these; nothing where it wants all: without a filter, and where AWS refuses one.
    pub fn wanted(&self) -> Vec<&Pattern> {
        let read: Result<Vec<_>, _> = self.filters.iter().map(|filter| filter.pattern.as_ref()).collect();
        read.unwrap_or_default()
    }
}
