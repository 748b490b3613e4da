//! Settings that a template leaves open: drawn once in a run.

use crate::kernel::Domain;
use crate::program::LogSetting;
use crate::vocabulary::NameHash;

/// Which number of the tables an open setting fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownTarget {
    /// A queue's visibility timeout.
    Visibility(usize),
    /// A queue's retention.
    Retention(usize),
    /// A queue's delay.
    Delay(usize),
    /// A queue's maximum receive count.
    MaxReceiveCount(usize),
    /// Where a FIFO queue tells deduplication ids apart.
    Scope(usize),
    /// What a FIFO queue's throughput limit holds for.
    Throughput(usize),
    /// Whether a FIFO queue makes deduplication ids from bodies.
    ContentBased(usize),
    /// The fewest pollers of a mapping in provisioned mode.
    MinimumPollers(usize),
    /// The most pollers of a mapping in provisioned mode.
    MaximumPollers(usize),
    /// A mapping's batch size.
    BatchSize(usize),
    /// A mapping's window.
    Window(usize),
    /// A mapping's own limit.
    MaximumConcurrency(usize),
    /// Whether a mapping polls.
    Enabled(usize),
    /// What a mapping expects.
    ResponseType(usize),
    /// A function's time-out.
    Timeout(usize),
    /// A function's reservation.
    Reserved(usize),
    /// The retries of a push.
    PushAttempts(usize),
    /// The event age of a push.
    PushAge(usize),
    /// A setting of a mapping on a stream.
    Log(usize, LogSetting),
    /// Whether the links with this switch deliver.
    Delivers(usize),
}

/// One open setting.
#[derive(Clone, Debug)]
pub struct UnknownValue {
    /// `Resource.Property`, as `--set` takes it.
    pub name: String,
    /// `Property` alone: the name of its choice point's domain.
    pub property: String,
    /// Why it is open.
    pub why: String,
    /// The domain of its choice point.
    pub domain: Domain,
    /// The entity of its choice point.
    pub entity: NameHash,
    /// What it fills.
    pub target: UnknownTarget,
    /// Its plausible values, the ordinary one first; lengths in microseconds.
    pub values: Vec<u64>,
}
