//! Mappings in provisioned mode and FIFO queues: what the models say of them, and what a template may leave open.

use crate::models::{ModelError, Models};
use crate::program::compile::Opener;
use crate::program::{Provisioned, UnknownTarget};
use crate::topology::{FifoSettings, ProvisionedPollers};

impl Provisioned {
    /// What the models say of any such mapping.
    pub(super) fn read(models: &Models) -> Result<Self, ModelError> {
        Ok(Self {
            minimum: 0,
            maximum: 0,
            each: models.count("queue_poll.provisioned", "concurrency")? as u32,
            growth: models.count("queue_poll.provisioned_growth", "count")? as u32,
            polls: models.count("queue_poll.provisioned_throughput", "polls")? as u32,
            bytes: models.bytes("queue_poll.provisioned_throughput", "size")?.0,
            every: models.duration("queue_poll.provisioned_throughput", "every")?,
        })
    }
}

impl Opener<'_> {
    /// How many pollers there are.
    pub(super) fn pollers(&mut self, pollers: &ProvisionedPollers, mapping: usize) {
        let name = |which: &str| format!("ProvisionedPollerConfig.{which}");
        let (minimum, maximum) = (name("MinimumPollers"), name("MaximumPollers"));
        self.value(&minimum, &pollers.minimum, UnknownTarget::MinimumPollers(mapping), |count| *count);
        self.value(&maximum, &pollers.maximum, UnknownTarget::MaximumPollers(mapping), |count| *count);
    }

    /// What only FIFO queues have; the scope before the limit, which depends on it.
    pub(super) fn fifo(&mut self, fifo: &FifoSettings, queue: usize) {
        self.value("DeduplicationScope", &fifo.scope, UnknownTarget::Scope(queue), |scope| *scope as u64);
        self.value("FifoThroughputLimit", &fifo.limit, UnknownTarget::Throughput(queue), |limit| {
            *limit as u64
        });
        let target = UnknownTarget::ContentBased(queue);
        self.value("ContentBasedDeduplication", &fifo.content_based, target, |flag| u64::from(*flag));
    }
}
