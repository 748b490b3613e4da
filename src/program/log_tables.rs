//! Streams as tables: what keeps records in shards, and the places where the mappings of one stream read them.

use md5::{Digest as _, Md5};

use crate::models::RuleId;
use crate::program::{ClientTable, EventSizes, ExitTarget, OpenRule};
use crate::topology::{ResponseType, StartingPosition, TableStream};
use crate::trace::EntityId;
use crate::vocabulary::Duration;

/// How many shards a stream begins with.
#[derive(Clone, Debug)]
pub enum ShardCount {
    /// As many as its template says.
    Stated(u32),
    /// As many as AWS finds right.
    Open(OpenRule),
}

/// How the shards of a stream change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resharding {
    /// They are split and merged, and new ones are read only when those that they came from have been.
    ParentsFirst,
    /// There are ever more of them, and none waits for another.
    Grows,
}

/// So many records and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Records.
    pub count: u64,
    /// Bytes.
    pub size: u64,
}

impl Capacity {
    /// The more of both.
    #[must_use]
    pub fn or_more(self, other: Self) -> Self {
        Self { count: self.count.max(other.count), size: self.size.max(other.size) }
    }

    /// A record more, of so many bytes.
    pub const fn add(&mut self, size: u64) {
        self.count += 1;
        self.size += size;
    }
}

/// What a shard gives to all who ask it, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// So many bytes.
    pub size: u64,
    /// In this time.
    pub every: Duration,
}

/// What a stream takes from whoever writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteLimit {
    /// The rule that says so.
    pub rule: RuleId,
    /// What a shard takes.
    pub shard: Capacity,
    /// In this time.
    pub every: Duration,
    /// What the stream takes as a whole, where it is on demand; its shards follow the load.
    pub on_demand: Option<OnDemand>,
}

/// How a stream on demand grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDemand {
    /// The rule that says so.
    pub rule: RuleId,
    /// What it takes in any case.
    pub least: Capacity,
    /// It takes so many times of what came before at most.
    pub factor: u64,
    /// And grows to that within so long.
    pub within: Duration,
}

/// What the deletion of a stream does, or that of the table whose stream it is.
#[derive(Clone, Debug)]
pub struct Deletion {
    /// The rule that says so.
    pub rule: RuleId,
    /// How long it takes.
    pub delay: OpenRule,
    /// What becomes of the records that it holds.
    pub records: HeldRecords,
}

/// What becomes of the records of a stream that takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldRecords {
    /// They can be read for as long as they live.
    Readable,
    /// They are gone with it.
    Gone,
}

/// A stream.
#[derive(Clone, Debug)]
pub struct StreamTable {
    /// Its entity.
    pub entity: EntityId,
    /// How many shards it begins with.
    pub shards: ShardCount,
    /// How long after it was made a mapping begins to read.
    pub late_start: OpenRule,
    /// The rule by which a mapping is switched off when records that it had not done with are gone, if it is.
    pub gap: Option<RuleId>,
    /// The rule by which a shard takes a record.
    pub write: RuleId,
    /// The rule by which its shards change, and how; a stream without one keeps its shards.
    pub reshard: Option<(RuleId, Resharding)>,
    /// The hashes of the partition keys that a scenario names, by their numbers.
    pub hashes: Vec<u64>,
    /// What it takes from whoever writes; anything where nothing limits it.
    pub write_limit: Option<WriteLimit>,
    /// How whoever writes from outside tries again what it refuses; every so often without end where nobody says.
    pub writer: Option<ClientTable>,
    /// How large its records are in an event.
    pub events: EventSizes,
    /// The rule by which a record that fits into no event is given up.
    pub too_large: RuleId,
    /// What becomes of it when it is deleted; nothing where its model does not say.
    pub deletion: Option<Deletion>,
    /// What its records show of items, where it is a table's; nobody asks for others.
    pub table: TableStream,
}

impl StreamTable {
    /// The upper half of the MD5 digest of a partition key: which shard takes its records.
    pub fn hash(&self, key: u32) -> u64 {
        self.hashes.get(key as usize).copied().unwrap_or_else(|| hash_of(&format!("key-{key}")))
    }
}

/// The upper 64 of the 128 bits by which a stream spreads partition keys over its shards.
pub(super) fn hash_of(key: &str) -> u64 {
    //= kinesis.shard_of
    (u128::from_be_bytes(Md5::digest(key.as_bytes()).into()) >> u64::BITS) as u64
}

/// Whether a batch that failed is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bisect {
    /// It is tried again as it is.
    Never,
    /// Its halves are tried one after the other.
    OnError,
}

/// What the record of a failure holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureRecord {
    /// Where the records are in the stream, for as long as they are there.
    Positions,
    /// The records themselves too.
    Contents,
}

/// An event source mapping on a stream: the place where its function meets the records.
#[derive(Clone, Copy, Debug)]
pub struct LogTable {
    /// Its place among the queues.
    pub queue: u16,
    /// The stream, by its position among those of the network.
    pub stream: u16,
    /// The entity of the stream.
    pub source: EntityId,
    /// The function.
    pub function: u16,
    /// How often it looks at a shard that gave it nothing: more rarely where too many share what a shard gives.
    pub poll: Duration,
    /// What a shard gives to it and to others that share it; none where it has a throughput of its own.
    pub read_limit: Option<ReadLimit>,
    /// Where it begins when it is made.
    pub position: StartingPosition,
    /// Whether it reads at all.
    pub enabled: bool,
    /// Whether its function may not read the stream, or there is none any more.
    pub denied: bool,
    /// The largest number of records in a batch.
    pub batch_size: u32,
    /// How long a batch waits for more records.
    pub window: Duration,
    /// How long a tumbling window is; zero where there are none.
    pub tumbling: Duration,
    /// How large a window's state may be, in bytes.
    pub state_limit: u64,
    /// How many batches of one shard may run at a time, each with keys of its own.
    pub lanes: u32,
    /// The most tries after function errors; `u32::MAX` without end.
    pub attempts: u32,
    /// How old a record may be when it is tried; [`Duration::MAX`] without end.
    pub age: Duration,
    /// Whether a batch that failed is split.
    pub bisect: Bisect,
    /// What it expects of the function's answer.
    pub response_type: ResponseType,
    /// Where records of failures go.
    pub on_failure: Option<ExitTarget>,
    /// What those hold.
    pub failure_record: FailureRecord,
    /// How long the stream itself keeps a record.
    pub retention: Duration,
}

/// A setting of a mapping on a stream that a run may draw or a scenario change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogSetting {
    /// `Enabled`.
    Enabled,
    /// `BatchSize`.
    BatchSize,
    /// `MaximumBatchingWindowInSeconds`.
    Window,
    /// `TumblingWindowInSeconds`.
    Tumbling,
    /// `ParallelizationFactor`.
    Lanes,
    /// `MaximumRetryAttempts`.
    Attempts,
    /// `MaximumRecordAgeInSeconds`.
    Age,
    /// `BisectBatchOnFunctionError`.
    Bisect,
    /// `FunctionResponseTypes`.
    ResponseType,
    /// `StartingPosition`: which one of the words, in their order.
    Position,
}

impl LogSetting {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Enabled,
        Self::BatchSize,
        Self::Window,
        Self::Tumbling,
        Self::Lanes,
        Self::Attempts,
        Self::Age,
        Self::Bisect,
        Self::ResponseType,
        Self::Position,
    ];

    /// The property in templates.
    pub const fn property(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::BatchSize => "BatchSize",
            Self::Window => "MaximumBatchingWindowInSeconds",
            Self::Tumbling => "TumblingWindowInSeconds",
            Self::Lanes => "ParallelizationFactor",
            Self::Attempts => "MaximumRetryAttempts",
            Self::Age => "MaximumRecordAgeInSeconds",
            Self::Bisect => "BisectBatchOnFunctionError",
            Self::ResponseType => "FunctionResponseTypes",
            Self::Position => "StartingPosition",
        }
    }

    /// A value as [`LogTable::set`] takes it, in the words of AWS.
    pub fn text(self, value: u64) -> String {
        match self {
            Self::Window | Self::Tumbling | Self::Age => Duration::from_micros(value).to_string(),
            Self::Enabled | Self::Bisect => if value == 0 { "false" } else { "true" }.to_owned(),
            Self::ResponseType => if value == 0 { "none" } else { "ReportBatchItemFailures" }.to_owned(),
            Self::Position => position(value).to_string(),
            Self::Attempts if value == u64::from(u32::MAX) => "without end".to_owned(),
            Self::BatchSize | Self::Lanes | Self::Attempts => value.to_string(),
        }
    }
}

/// The starting position with this number.
fn position(value: u64) -> StartingPosition {
    let meant = StartingPosition::ALL.into_iter().find(|position| *position as u64 == value);
    meant.unwrap_or(StartingPosition::TrimHorizon)
}

/// A shard is simulated with so many lanes at most, which is ten times of what AWS takes. Our own bound.
pub(super) const MOST_LANES: u64 = 100;

impl LogTable {
    /// Sets what a run has drawn or a scenario changes; lengths in microseconds, flags 0 or 1.
    pub fn set(&mut self, setting: LogSetting, value: u64) {
        let count = u32::try_from(value).unwrap_or(u32::MAX - 1);
        match setting {
            LogSetting::Enabled => self.enabled = value != 0,
            LogSetting::BatchSize => self.batch_size = count.max(1),
            LogSetting::Window => self.window = Duration::from_micros(value),
            LogSetting::Tumbling => self.tumbling = Duration::from_micros(value),
            LogSetting::Lanes => self.lanes = value.clamp(1, MOST_LANES) as u32,
            LogSetting::Attempts => self.attempts = u32::try_from(value).unwrap_or(u32::MAX),
            LogSetting::Age => self.age = Duration::from_micros(value),
            LogSetting::Bisect => self.bisect = if value == 0 { Bisect::Never } else { Bisect::OnError },
            LogSetting::Position => self.position = position(value),
            LogSetting::ResponseType => {
                self.response_type =
                    if value == 0 { ResponseType::WholeBatch } else { ResponseType::BatchItemFailures };
            }
        }
    }
}
