//! What is known of a queue and its consumers as far as the records so far tell it.

use crate::guarantee::Quantities;
use crate::vocabulary::{Duration, Instant};

/// What is known of a queue and its consumers.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of a run, each asked for by one guarantee"
)]
pub struct QueueWatch {
    /// Messages that can be received.
    pub waiting: u32,
    /// Messages in batches that have not started.
    pub held: u32,
    /// Messages that are not gone.
    pub live: u32,
    /// Since when nothing has moved although there was work.
    pub standing_since: Instant,
    /// How much of that time is excused by spans.
    pub excused: Duration,
    /// How many excusing spans are on.
    pub spans: u32,
    /// Since when one has been on.
    pub span_since: Instant,
    /// How much time of the run such spans have taken.
    pub excused_ever: Duration,
    /// Whether two events of one message group were processed.
    pub ordered: bool,
    /// The backlog when the faults stopped.
    pub backlog: u32,
    /// Whether anything was given up.
    pub gave_up: bool,
    /// Whether any event was delivered.
    pub delivered: bool,
    /// Whether any event was delivered twice.
    pub delivered_again: bool,
    /// Whether any event was processed.
    pub processed: bool,
    /// What reports tell in numbers.
    pub quantities: Quantities,
}

impl QueueWatch {
    /// Whether anything could be done.
    pub const fn has_work(&self) -> bool {
        self.waiting + self.held > 0
    }

    /// How long it has stood still with work at `now`, excused time left out.
    #[inline]
    pub fn standing(&self, now: Instant) -> Duration {
        if !self.has_work() {
            return Duration::ZERO;
        }
        let running =
            if self.spans > 0 { now.since(self.span_since.max(self.standing_since)) } else { Duration::ZERO };
        now.since(self.standing_since) - self.excused - running
    }
}

impl QueueWatch {
    pub(in crate::guarantee) fn wait_for(&mut self, count: u32, now: Instant) {
        if !self.has_work() {
            self.moved(now);
        }
        self.waiting += count;
    }

    pub(in crate::guarantee) fn moved(&mut self, now: Instant) {
        self.standing_since = now;
        self.excused = Duration::ZERO;
    }

    pub(super) fn span_begins(&mut self, now: Instant) {
        if self.spans == 0 {
            self.span_since = now;
        }
        self.spans += 1;
    }

    pub(super) fn span_ends(&mut self, now: Instant) {
        self.spans = self.spans.saturating_sub(1);
        if self.spans == 0 {
            self.excused = self.excused + now.since(self.span_since.max(self.standing_since));
            self.excused_ever = self.excused_ever + now.since(self.span_since);
        }
    }
}
