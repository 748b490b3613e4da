//! What a user changes of the default profile without a scenario.

use crate::vocabulary::Duration;

/// What a declared handler does with the events of its batch. It takes them in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HandlerPreset {
    /// Throws at the first event that fails; those before it were processed.
    Throws,
    /// Goes through all events and answers with the list of those that failed.
    Partial,
    /// Goes through all events, swallows failures and answers success.
    Swallows,
    /// Stops at the first failure and lists that event only.
    StopsAndReportsOne,
    /// Works on all events at once and throws at the end if one failed.
    Parallel,
    /// Stops at the first failure and lists that event and all that it did not get to.
    StopsAndListsRest,
}

impl HandlerPreset {
    /// All presets.
    pub const ALL: [Self; 6] = [
        Self::Throws,
        Self::Partial,
        Self::Swallows,
        Self::StopsAndReportsOne,
        Self::Parallel,
        Self::StopsAndListsRest,
    ];

    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Throws => "throws",
            Self::Partial => "partial",
            Self::Swallows => "swallows",
            Self::StopsAndReportsOne => "stops-and-reports-one",
            Self::Parallel => "parallel",
            Self::StopsAndListsRest => "stops-and-lists-rest",
        }
    }

    /// The preset with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.word() == word)
    }
}

/// A fixed load in place of the profile's: `events` messages to every source, one every `gap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadOverride {
    /// Messages to each source.
    pub events: u32,
    /// The time between two of them.
    pub gap: Duration,
}

/// Changes to the default profile.
#[derive(Clone, Debug, Default)]
pub struct ProgramOptions {
    /// Handlers by function name; a trailing `*` matches any rest. The last match counts.
    pub handlers: Vec<(String, HandlerPreset)>,
    /// A fixed load.
    pub load: Option<LoadOverride>,
}
