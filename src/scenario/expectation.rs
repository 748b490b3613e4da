//! What must have come of a run at its end.

use crate::vocabulary::{Duration, Place};

/// One expectation; a run in which it is not met violates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What is expected.
    pub expected: Expected,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// What is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A function is invoked so often.
    Invocations {
        /// The function's name.
        function: String,
        /// How often.
        amount: Amount,
    },
    /// A queue holds so many messages at the end.
    Holds {
        /// The queue's name.
        queue: String,
        /// How many.
        amount: Amount,
    },
    /// So many events sent to a source end in this way; or one of them does.
    Fate {
        /// The source's name.
        source: String,
        /// Which of its events, from 0; all where it is left out.
        ordinal: Option<u32>,
        /// How it ends.
        fate: ExpectedFate,
        /// How many do; every one where it is left out.
        amount: Option<Amount>,
        /// Within this time of its sending.
        within: Option<Duration>,
    },
}

/// A number, or a range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// At least.
    pub least: u64,
    /// At most.
    pub most: u64,
}

/// How an event ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpectedFate {
    /// A consumer processed it.
    Processed,
    /// It arrived in a dead-letter queue.
    DeadLettered,
    /// It was lost.
    Lost,
    /// Nobody wanted it.
    Filtered,
}

impl ExpectedFate {
    /// All fates.
    pub const ALL: [Self; 4] = [Self::Processed, Self::DeadLettered, Self::Lost, Self::Filtered];

    /// The word in scenario files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::DeadLettered => "dead-lettered",
            Self::Lost => "lost",
            Self::Filtered => "filtered",
        }
    }
}
