//! The tables that the world reads: settings as plain numbers.

use crate::kernel::Family;
use crate::program::{FairTable, Slot};
use crate::scenario::HandlerPreset;
use crate::topology::{DeduplicationScope, ResponseType, Runs, ThroughputLimit};
use crate::trace::EntityId;
use crate::vocabulary::Duration;

/// Where a queue's dead letters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetter {
    /// There is no redrive policy.
    None,
    /// To the queue with this index.
    Queue(u16),
    /// To a queue outside the topology, of which nothing is known; it is taken to keep what it gets.
    Outside,
}

/// Where the deduplication id of a message for a FIFO queue comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeduplicationIds {
    /// From its sender.
    Sender,
    /// From its body, where its sender gives none.
    BodyElseSender,
}

/// What only a FIFO queue has.
#[derive(Clone, Copy, Debug)]
pub struct FifoTable {
    /// How long a deduplication id is remembered.
    pub deduplication: Duration,
    /// Where deduplication ids come from.
    pub deduplication_ids: DeduplicationIds,
    /// Where deduplication ids are told apart.
    pub scope: DeduplicationScope,
    /// How many messages the queue looks through for groups.
    pub look_ahead: u32,
    /// How many sends, and how many receives, it takes in `calls_every`.
    pub calls: u32,
    /// The period of that limit.
    pub calls_every: Duration,
    /// What that limit holds for.
    pub limit: ThroughputLimit,
}

/// A queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueTable {
    /// Its entity.
    pub entity: EntityId,
    /// Nothing for a standard queue.
    pub fifo: Option<FifoTable>,
    /// How long a received message is invisible.
    pub visibility: Duration,
    /// How long a message is kept from its first send.
    pub retention: Duration,
    /// How long a message waits before it can be received.
    pub delay: Duration,
    /// How often a message is handed out before it goes to the dead-letter queue.
    pub max_receive_count: u32,
    /// Where it goes then.
    pub dead_letter: DeadLetter,
    /// How many messages can be in flight.
    pub in_flight_limit: u32,
    /// The index of its first mapping and how many follow.
    pub mappings: (u16, u16),
    /// Whether load is sent to it.
    pub is_source: bool,
    /// The classes of payloads that are drawn for its messages: the first one, and how many there are.
    pub classes: (u16, u16),
    /// The push that it is the place of; a queue of SQS is none.
    pub push: Option<u16>,
    /// The mapping on a stream that it is the place of.
    pub log: Option<u16>,
}

impl QueueTable {
    /// The indices of its mappings.
    pub fn consumers(&self) -> std::ops::Range<usize> {
        let first = usize::from(self.mappings.0);
        first..first + usize::from(self.mappings.1)
    }

    /// Whether it keeps the order of its groups.
    #[inline]
    pub const fn is_fifo(&self) -> bool {
        self.fifo.is_some()
    }

    /// Whether a mapping reads it.
    pub const fn is_polled(&self) -> bool {
        self.mappings.1 > 0
    }

    /// Whether somebody reads what it holds, be it messages or the records of a stream.
    #[inline]
    pub const fn is_read(&self) -> bool {
        self.is_polled() || self.log.is_some()
    }

    /// Whether a function is given what is in it; else an operator reads it.
    pub const fn is_consumed(&self) -> bool {
        self.is_read() || self.push.is_some()
    }
}

/// An event source mapping on a queue.
#[derive(Clone, Copy, Debug)]
pub struct MappingTable {
    /// Its entity.
    pub entity: EntityId,
    /// The index of its queue.
    pub queue: u16,
    /// The index of its function.
    pub function: u16,
    /// Whether it polls at all.
    pub enabled: bool,
    /// Whether its function may not read the queue.
    pub denied: bool,
    /// The largest number of messages in a batch.
    pub batch_size: u32,
    /// The largest number of messages of the profile's size that fit into one invocation's payload.
    pub payload_items: u32,
    /// How long a batch waits for more messages.
    pub window: Duration,
    /// The mapping's own limit of concurrent invocations; `u32::MAX` where there is none.
    pub maximum_concurrency: u32,
    /// How it scales in provisioned mode; `None` on demand.
    pub provisioned: Option<Provisioned>,
    /// What it expects of the function's answer.
    pub response_type: ResponseType,
}

/// How a mapping in provisioned mode scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// Its fewest pollers.
    pub minimum: u32,
    /// Its most pollers.
    pub maximum: u32,
    /// Invocations of one poller at a time.
    pub each: u32,
    /// By how much its concurrency grows in the account's period.
    pub growth: u32,
    /// How often one poller asks the queue in `every`.
    pub polls: u32,
    /// How many bytes of messages one poller takes in `every`.
    pub bytes: u64,
    /// The period of those two limits.
    pub every: Duration,
}

impl Provisioned {
    /// The concurrency that it begins with.
    pub fn initial(&self) -> u32 {
        self.minimum.min(self.maximum).saturating_mul(self.each).max(1)
    }

    /// The concurrency of its most pollers.
    pub fn most(&self) -> u32 {
        self.maximum.saturating_mul(self.each).max(1)
    }

    /// The pollers that so many invocations at a time take.
    pub fn pollers(&self, concurrency: u32) -> u32 {
        concurrency.div_ceil(self.each.max(1)).max(1)
    }
}

/// A function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionTable {
    /// Its entity.
    pub entity: EntityId,
    /// Whether its code runs, or a pipe in its place.
    pub runs: Runs,
    /// How long an invocation may run.
    pub timeout: Duration,
    /// Its memory in MiB.
    pub memory: u64,
    /// Reserved concurrent executions; `u32::MAX` where there are none. What a pipe runs at once, which is never all.
    pub reserved: u32,
    /// What its declared handler does with its events.
    pub handler: HandlerPreset,
    /// The time one event takes.
    pub event_duration: Duration,
}

impl FunctionTable {
    /// Whether it has a reservation of its own.
    pub const fn is_reserved(&self) -> bool {
        self.reserved != u32::MAX
    }

    /// The environments that it has from the start.
    pub const fn ready(&self) -> u32 {
        //= pipes.run
        //= sns_http.server
        match self.runs {
            Runs::Code => 0,
            Runs::Pipe | Runs::Server => self.reserved,
        }
    }

    /// The rule of a run, where a function has a usual one.
    #[inline]
    pub const fn rule(&self, usual: Slot) -> Slot {
        match self.runs {
            Runs::Code => usual,
            Runs::Pipe => Slot::PipeRun,
            Runs::Server => Slot::ServerRun,
        }
    }

    /// Whether faults of a family can befall it: a pipe runs no code, but its target may refuse what it sends.
    #[inline]
    pub const fn suffers(&self, family: Family) -> bool {
        //= pipes.run
        match self.runs {
            Runs::Code => true,
            Runs::Pipe => matches!(family, Family::TransientError | Family::Outage),
            Runs::Server => matches!(family, Family::TransientError | Family::Outage | Family::Slow),
        }
    }
}

/// What calls cost, in picodollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// One request to a queue.
    pub queue_request: u64,
    /// One invocation.
    pub invocation: u64,
    /// A gibibyte for a second.
    pub gigabyte_second: u64,
}

/// What holds for the account and for all functions and mappings alike.
#[derive(Clone, Copy, Debug)]
pub struct AccountTable {
    /// The account's own entity.
    pub entity: EntityId,
    /// Concurrent executions that functions without reservation share.
    pub unreserved: u32,
    /// Environments that one function may add in `scaling_every`.
    pub scaling_count: u32,
    /// The period of the scaling rate.
    pub scaling_every: Duration,
    /// How long an environment's start may take before it is started again within the time-out.
    pub init_limit: Duration,
    /// Messages in one receive.
    pub receive_maximum: u32,
    /// The concurrency that a mapping starts with.
    pub initial_concurrency: u32,
    /// By how much a mapping's concurrency grows in `scale_up_every`.
    pub scale_up_count: u32,
    /// The period of that growth.
    pub scale_up_every: Duration,
    /// A mapping's largest concurrency.
    pub maximum_concurrency: u32,
    /// When a tenant of a standard queue is noisy.
    pub fair: FairTable,
}

/// One environment in the units of the scaling rate's credit.
pub const WHOLE_ENVIRONMENT: u64 = 1_000_000;

impl AccountTable {
    /// The most environments that a function may start at once, in millionths.
    pub fn full_credit(&self) -> u64 {
        u64::from(self.scaling_count) * WHOLE_ENVIRONMENT
    }

    /// How many more it may start after some time, in millionths.
    pub fn earned_credit(&self, elapsed: Duration) -> u64 {
        let elapsed = elapsed.min(self.scaling_every).as_micros();
        self.full_credit() / self.scaling_every.as_micros().max(1) * elapsed
    }
}
