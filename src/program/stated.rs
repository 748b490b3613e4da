//! Faults and changes that a scenario states for a time, as plain numbers.

use crate::kernel::Family;
use crate::program::{ExitTarget, UnknownTarget};
use crate::vocabulary::Duration;

/// Whom a span of faults hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// The function with this index.
    Function(u16),
    /// The queue with this index.
    Queue(u16),
    /// What functions without reservation share.
    Account,
}

/// A span of faults that happens in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedSpan {
    /// Its family.
    pub family: Family,
    /// Whom it hits.
    pub victim: Victim,
    /// When it begins, from the start of the run.
    pub at: Duration,
    /// How long it lasts.
    pub length: Duration,
}

/// A change that happens in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedChange {
    /// When it is made, from the start of the run; AWS may take a while to apply it.
    pub at: Duration,
    /// What.
    pub act: Act,
    /// Whether what it changes is there afterwards.
    pub leaves: Leaves,
}

/// What is left of what a change is made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// It is there, changed.
    Something,
    /// It is deleted.
    Nothing,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A setting gets this value: microseconds, a count, 0 or 1.
    Set(UnknownTarget, u64),
    /// The function with this index loses its idle environments.
    Redeploy(u16),
    /// The function with this index is deleted.
    Delete(u16),
    /// The stream with this index is deleted, or the table whose stream it is.
    DeleteStream(u16),
    /// A permission is taken away.
    Revoke(Right),
    /// The mapping on a stream with this index may not read it any more.
    RevokeLog(u16),
    /// The mapping on a stream with this index is made.
    Make(u16),
    /// The messages of the queue with this index go back to where they came from, one every so often.
    MoveBack(u16, Duration),
    /// What an archive keeps comes to its bus again: the replay with this index.
    Replay(u16),
    /// An operator receives messages of a queue without deleting them.
    Peek(Look),
}

/// A permission that a scenario takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// The mapping with this index may read its queue.
    Read(u16),
    /// The source of the links with this switch may reach their target.
    Push(u16),
    /// The function with this index, or Lambda in its name, may send to a target.
    Send(u16, ExitTarget),
}

/// A look of an operator at a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The index of the queue.
    pub queue: u16,
    /// How many messages at most.
    pub messages: u32,
    /// How long they stay hidden; as long as the queue says where nothing is stated.
    pub visibility: Option<Duration>,
}

/// What a scenario states to happen at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Spans of faults.
    pub spans: Vec<StatedSpan>,
    /// Events that fail at every attempt: queue and ordinal.
    pub poisons: Vec<(u16, u32)>,
    /// Changes.
    pub changes: Vec<StatedChange>,
    /// How long faults may happen, whatever the load; drawn, and lengthened by what is stated, where nothing is said.
    pub phase: Option<Duration>,
}

impl Plan {
    /// When the last fault is over and the last change made.
    pub fn end(&self) -> Duration {
        let faults = self.spans.iter().map(|span| span.at + span.length);
        faults.chain(self.changes.iter().map(|change| change.at)).max().unwrap_or(Duration::ZERO)
    }
}
