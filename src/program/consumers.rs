//! Compiles consumers: how many partitions of a topic of Kafka a mapping reads at a time.
//!
//! Absent: consumers that are taken away again, and how many bytes a poller reads.

use crate::models::{ModelError, Models, RuleId};
use crate::program::OpenRule;
use crate::topology::StreamMapping;
use crate::vocabulary::Duration;

/// The consumers of a mapping.
#[derive(Clone, Debug)]
pub struct ConsumerTable {
    /// The rule by which there get to be more.
    pub rule: RuleId,
    /// How many there are at first.
    pub first: FirstConsumers,
    /// How many there can be, besides one for each partition.
    pub most: u32,
    /// How often it is looked whether they are enough; zero where that is seen at once.
    pub every: Duration,
    /// How long after that more of them read.
    pub delay: OpenRule,
    /// Whether one look adds as many as there can be.
    pub step: OpenRule,
    /// How many one more of what has them brings: a consumer itself, or a poller with several.
    pub each: u32,
}

/// How many consumers a mapping has before it lags behind.
#[derive(Clone, Debug)]
pub enum FirstConsumers {
    /// As many as its provisioned pollers have.
    Stated(u32),
    /// One for each partition, or one in all.
    Open(OpenRule),
}

/// What a source says of consumers.
#[derive(Clone, Debug)]
pub(super) struct ConsumerRules {
    scaling: RuleId,
    every: Duration,
    first: OpenRule,
    delay: OpenRule,
    step: OpenRule,
    provisioned: RuleId,
    of_poller: u32,
}

impl ConsumerRules {
    /// Reads them, where the source has consumers.
    pub(super) fn read(models: &Models, source: &str) -> Result<Option<Self>, ModelError> {
        //= msk.scaling
        //= self_managed_kafka.scaling
        let Some(scaling) = models.rules_in(source, "log.scaling") else { return Ok(None) };
        let find = |slot: &str| {
            let missing = || ModelError::NoRule { rule: format!("{source} ({slot})") };
            models.rules_in(source, slot).ok_or_else(missing)
        };
        let open = |slot: &str| OpenRule::read(models, &models.rule(find(slot)?).id);
        //= msk.provisioned
        //= self_managed_kafka.provisioned
        let provisioned = find("log.provisioned")?;
        Ok(Some(Self {
            scaling,
            every: models.duration(&models.rule(scaling).id, "every")?,
            first: open("log.consumers")?,
            delay: open("log.scaling_delay")?,
            step: open("log.scaling_step")?,
            provisioned,
            of_poller: models.count(&models.rule(provisioned).id, "concurrency")? as u32,
        }))
    }

    /// The consumers of a mapping.
    pub(super) fn table(&self, mapping: &StreamMapping) -> ConsumerTable {
        let (delay, step) = (self.delay.clone(), self.step.clone());
        let Some(pollers) = &mapping.provisioned else {
            return ConsumerTable {
                rule: self.scaling,
                first: FirstConsumers::Open(self.first.clone()),
                most: u32::MAX,
                every: self.every,
                delay,
                step,
                each: 1,
            };
        };
        let of =
            |pollers: u64| u32::try_from(pollers.max(1)).unwrap_or(u32::MAX).saturating_mul(self.of_poller);
        ConsumerTable {
            rule: self.provisioned,
            first: FirstConsumers::Stated(of(pollers.minimum.value)),
            most: of(pollers.maximum.value),
            every: Duration::ZERO,
            delay,
            step,
            each: self.of_poller,
        }
    }
}
