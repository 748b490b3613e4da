//! What reports tell in numbers about a queue and its consumers, over one run or many.

use crate::vocabulary::Duration;

/// Extremes and totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantities {
    /// Events sent.
    pub sent: u64,
    /// Messages that went to a dead-letter queue.
    pub dead_lettered: u64,
    /// Messages that filters of mappings deleted.
    pub filtered: u64,
    /// Receives that returned messages.
    pub receives: u64,
    /// Calls that deleted messages.
    pub deletes: u64,
    /// Invocations that ran.
    pub invocations: u64,
    /// How long they ran, each in whole milliseconds, times the function's memory in MiB.
    pub memory_time: u64,
    /// The most deliveries of one event.
    pub worst_attempts: u32,
    /// The longest time from sending to the first processing.
    pub longest_to_process: Duration,
    /// The longest time from sending to arriving in the dead-letter queue.
    pub longest_to_dead_letter: Duration,
    /// The shortest time that a dead letter was readable; `None` where there was none.
    pub least_margin: Option<Duration>,
    /// The longest time from the end of faults to an empty queue.
    pub longest_drain: Duration,
    /// How old the last record of a batch was at most when it was read, on a stream.
    pub longest_iterator_age: Duration,
}

impl Quantities {
    /// Calls of the queue for messages that were there.
    pub const fn requests(&self) -> u64 {
        self.receives + self.deletes
    }

    /// Takes one dead letter in: how old it was, and how long it can be read.
    pub fn dead_letter(&mut self, age: Duration, left: Duration) {
        self.longest_to_dead_letter = self.longest_to_dead_letter.max(age);
        // A function or bucket keeps what it takes for good: there is no edge to come near to.
        if left == Duration::MAX {
            return;
        }
        self.least_margin = Some(self.least_margin.map_or(left, |least| least.min(left)));
    }

    /// Joins the numbers of another run.
    pub fn join(&mut self, other: &Self) {
        self.sent += other.sent;
        self.dead_lettered += other.dead_lettered;
        self.filtered += other.filtered;
        self.receives += other.receives;
        self.deletes += other.deletes;
        self.invocations += other.invocations;
        self.memory_time += other.memory_time;
        self.worst_attempts = self.worst_attempts.max(other.worst_attempts);
        self.longest_to_process = self.longest_to_process.max(other.longest_to_process);
        self.longest_to_dead_letter = self.longest_to_dead_letter.max(other.longest_to_dead_letter);
        self.least_margin = match (self.least_margin, other.least_margin) {
            (Some(own), Some(theirs)) => Some(own.min(theirs)),
            (own, theirs) => own.or(theirs),
        };
        self.longest_drain = self.longest_drain.max(other.longest_drain);
        self.longest_iterator_age = self.longest_iterator_age.max(other.longest_iterator_age);
    }
}
