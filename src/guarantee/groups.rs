//! What is known of the message groups of a FIFO queue as far as the records so far tell it.

use crate::trace::EventId;
use crate::vocabulary::{Duration, Instant};

/// A moment, and how much time before it does not count as standing still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The moment.
    pub now: Instant,
    /// The time within excusing spans since the run began.
    pub excused: Duration,
}

/// One message group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupWatch {
    /// Messages that could be received if nothing blocked them.
    pub waiting: u32,
    /// Messages in batches that have not started.
    pub held: u32,
    /// Messages that are not gone.
    pub live: u32,
    /// Messages that ever came to the group.
    pub came: u32,
    /// Events of the group that were processed.
    pub processed: u32,
    /// Behind how many others the last of them came.
    pub latest: u32,
    /// The message that was handed out first, of those that were handed out last: the one that blocks the others.
    pub front: Option<EventId>,
    since: Clock,
}

impl GroupWatch {
    /// Whether a message waits behind another one, or for being received at all.
    pub const fn has_work(&self) -> bool {
        self.live > 1 || self.waiting + self.held > 0
    }

    /// How long it has stood still with work, excused time left out.
    pub fn standing(&self, clock: Clock) -> Duration {
        if !self.has_work() {
            return Duration::ZERO;
        }
        clock.now.since(self.since.now) - (clock.excused - self.since.excused)
    }

    /// It does not stand still now.
    pub(super) const fn moved(&mut self, clock: Clock) {
        self.since = clock;
    }

    /// A message comes; its place among all that ever came.
    pub(super) fn came(&mut self, clock: Clock, waits: u32) -> u32 {
        let had_work = self.has_work();
        self.live += 1;
        self.waiting += waits;
        self.came += 1;
        if !had_work {
            self.moved(clock);
        }
        self.came - 1
    }

    /// A record is written for the first time, taken or refused; its place among all that ever came.
    pub(super) const fn takes_place(&mut self) -> u32 {
        self.came += 1;
        self.came - 1
    }

    /// A message can be received again.
    pub(super) fn returned(&mut self, clock: Clock) {
        if !self.has_work() {
            self.moved(clock);
        }
        self.waiting += 1;
    }

    /// A message is gone.
    pub(super) const fn left(&mut self, was_waiting: u32) {
        self.live -= 1;
        self.waiting -= was_waiting;
    }

    /// An event that came behind `position` others is processed for the first time.
    pub(super) fn first_processed(&mut self, clock: Clock, position: u32) {
        self.processed += 1;
        self.latest = self.latest.max(position);
        self.moved(clock);
    }
}
