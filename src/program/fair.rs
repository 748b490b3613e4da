//! When a standard queue takes a message group for a noisy neighbour.

use crate::models::{ModelError, Models};
use crate::vocabulary::{Duration, Ratio};

/// The thresholds of fair queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FairTable {
    /// A group with more than this share of the messages in flight may be noisy.
    pub share: Ratio,
    /// It is noisy for certain if so many of its own are in flight.
    pub in_flight: u32,
    /// With none in flight for so long it is quiet again.
    pub quiet_after: Duration,
}

impl FairTable {
    /// What the models say.
    ///
    /// # Errors
    /// A rule or value is missing.
    pub fn read(models: &Models) -> Result<Self, ModelError> {
        Ok(Self {
            share: models.ratio("queue.fair_order", "share")?,
            in_flight: models.count("queue.fair_order", "in_flight")? as u32,
            quiet_after: models.duration("queue.fair_quiet", "after")?,
        })
    }

    /// Whether so many are more than the share of a whole.
    pub const fn is_over(&self, part: u32, whole: u32) -> bool {
        self.share.is_exceeded_by(part, whole)
    }
}
