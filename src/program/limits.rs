//! Numbers of AWS that hold for all parts of a topology alike.

use crate::models::{ModelError, Models};
use crate::pattern::Dialect;
use crate::program::behaviour::Language;
use crate::program::replays::ReplayRules;
use crate::program::rounds::RoundRules;
use crate::program::{AccountTable, AnswerForm, DeduplicationIds, FairTable, FifoTable, Provisioned};
use crate::topology::{DeduplicationScope, ThroughputLimit, grammar};
use crate::trace::EntityId;
use crate::vocabulary::Duration;

/// Numbers that hold for all parts alike.
pub(super) struct Limits {
    pub(super) language: Language,
    pub(super) in_flight: u32,
    pub(super) fifo_in_flight: u32,
    /// Of a FIFO queue whose settings are the defaults.
    pub(super) fifo: FifoTable,
    pub(super) move_gap: Duration,
    pub(super) payload: u64,
    pub(super) unreserved_minimum: u32,
    /// How many batches of a queue a pipe runs at once.
    pub(super) pipe_batches: u32,
    /// How many partitions of a topic a pipe reads at once.
    pub(super) pipe_partitions: u32,
    /// Of a mapping in provisioned mode without pollers.
    pub(super) provisioned: Provisioned,
    pub(super) account: AccountTable,
    pub(super) rounds: RoundRules,
    pub(super) replays: ReplayRules,
}

impl Limits {
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        Ok(Self {
            language: Language {
                patterns: grammar(models, Dialect::Mapping)?,
                answers: AnswerForm::read(models)?,
            },
            in_flight: models.count("queue.in_flight_limit", "limit")? as u32,
            fifo_in_flight: models.count("fifo.in_flight_limit", "limit")? as u32,
            fifo: FifoTable {
                deduplication: models.duration("fifo.deduplication", "interval")?,
                deduplication_ids: DeduplicationIds::Sender,
                scope: DeduplicationScope::Queue,
                look_ahead: models.count("fifo.look_ahead", "messages")? as u32,
                calls: models.count("fifo.send_rate", "calls")? as u32,
                calls_every: models.duration("fifo.send_rate", "every")?,
                limit: ThroughputLimit::PerQueue,
            },
            move_gap: Duration::from_micros(
                MICROS_PER_SECOND / models.count("queue.redrive_task", "maximum_rate")?.max(1),
            ),
            rounds: RoundRules::read(models)?,
            replays: ReplayRules::read(models)?,
            payload: models.bytes("queue_poll.payload_limit", "limit")?.0,
            unreserved_minimum: models.count("function.unreserved_minimum", "minimum")? as u32,
            //= pipes.at_once
            pipe_batches: models.count("pipes.at_once", "queue")? as u32,
            pipe_partitions: models.count("pipes.at_once", "topic")? as u32,
            provisioned: Provisioned::read(models)?,
            account: AccountTable {
                entity: EntityId(0),
                unreserved: 0,
                scaling_count: models.count("function.scaling_rate", "count")? as u32,
                scaling_every: models.duration("function.scaling_rate", "every")?,
                init_limit: models.duration("function.init_limit", "limit")?,
                receive_maximum: models.count("queue.receive", "maximum")? as u32,
                initial_concurrency: models.count("queue_poll.initial_concurrency", "count")? as u32,
                scale_up_count: models.count("queue_poll.scale_up", "count")? as u32,
                scale_up_every: models.duration("queue_poll.scale_up", "every")?,
                maximum_concurrency: models.count("queue_poll.maximum", "count")? as u32,
                fair: FairTable::read(models)?,
            },
        })
    }
}

const MICROS_PER_SECOND: u64 = 1_000_000;
