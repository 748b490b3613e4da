//! The families of faults and other choices; each can be on or off in a run.

use std::fmt;

/// How many families there are.
pub const FAMILY_COUNT: usize = Family::ALL.len();

/// What a family's hits are counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One event.
    Event,
    /// One invocation.
    Invocation,
    /// A span of time.
    Span,
    /// The platform's own liberties.
    Platform,
    /// No fault: what the world outside does, or what a template leaves open.
    Given,
}

/// A family of choices. The words are stable: they stand in capsules, reports and `models/profile.toml`.
///
/// ```
/// use redrive::kernel::Family;
/// assert_eq!(Family::parse("outage"), Some(Family::Outage));
/// assert!(Family::faults().all(|family| family != Family::Load));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// Which events arrive, and when.
    Load,
    /// Values that the template leaves open.
    UnknownSetting,
    /// An event that fails in its function at every attempt.
    Poison,
    /// One attempt at one event fails.
    TransientError,
    /// An invocation takes longer, but stays below its time-out.
    Slow,
    /// An invocation runs into its time-out.
    Timeout,
    /// An invocation dies: out of memory, or the process exits.
    Crash,
    /// An invocation needs a new execution environment that takes long to start.
    ColdStart,
    /// The function fails for a span of time.
    Outage,
    /// The function is slower by a factor for a span of time.
    Brownout,
    /// Neighbours take the unreserved concurrency for a span of time.
    Throttle,
    /// Lambda or the source answers 5xx for a span of time.
    ServiceError,
    /// Much load at once.
    Burst,
    /// The queue hands out a message again though it was received or deleted.
    Duplicate,
    /// The queue hands out messages in another order.
    Reorder,
    /// The function is deployed anew with the same behaviour and settings.
    Redeploy,
    /// What AWS leaves open.
    Unspecified,
    /// What a scenario states, as far as each run draws it.
    Stated,
    /// A dead-letter queue or destination does not take what is sent to it.
    DestinationUnavailable,
    /// A stream's shards are split or merged.
    Reshard,
}

impl Family {
    /// All families, in the order in which they are tried and printed.
    pub const ALL: [Self; 20] = [
        Self::Load,
        Self::UnknownSetting,
        Self::Poison,
        Self::TransientError,
        Self::Slow,
        Self::Timeout,
        Self::Crash,
        Self::ColdStart,
        Self::Outage,
        Self::Brownout,
        Self::Throttle,
        Self::ServiceError,
        Self::Burst,
        Self::Duplicate,
        Self::Reorder,
        Self::Redeploy,
        Self::Unspecified,
        Self::Stated,
        Self::DestinationUnavailable,
        Self::Reshard,
    ];

    /// The word in options, capsules and reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::UnknownSetting => "unknown-setting",
            Self::Poison => "poison",
            Self::TransientError => "transient-error",
            Self::Slow => "slow",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::ColdStart => "cold-start",
            Self::Outage => "outage",
            Self::Brownout => "brownout",
            Self::Throttle => "throttle",
            Self::ServiceError => "service-error",
            Self::Burst => "burst",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Redeploy => "redeploy",
            Self::Unspecified => "unspecified",
            Self::Stated => "stated",
            Self::DestinationUnavailable => "destination-unavailable",
            Self::Reshard => "reshard",
        }
    }

    /// The family with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.word() == word)
    }

    /// What its hits are counted over.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Load | Self::UnknownSetting | Self::Stated => Scope::Given,
            Self::Poison | Self::TransientError => Scope::Event,
            Self::Slow | Self::Timeout | Self::Crash | Self::ColdStart => Scope::Invocation,
            Self::Outage | Self::Brownout | Self::Throttle | Self::ServiceError | Self::Burst => Scope::Span,
            Self::Duplicate
            | Self::Reorder
            | Self::Redeploy
            | Self::Unspecified
            | Self::DestinationUnavailable
            | Self::Reshard => Scope::Platform,
        }
    }

    /// All families that are faults: everything but load and open settings.
    pub fn faults() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|family| family.scope() != Scope::Given)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A set of families.
///
/// ```
/// use redrive::kernel::{Families, Family};
/// let set = Families::NONE.with(Family::Poison).with(Family::Slow);
/// assert!(set.has(Family::Slow) && !set.has(Family::Outage));
/// assert_eq!(set.to_string(), "poison + slow");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Families(u32);

impl Families {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// What no search turns off: the world outside, and what a user states.
    pub const ALWAYS: Self = Self::NONE.with(Family::Load).with(Family::Stated);
    /// All families.
    pub const EVERY: Self = Self((1 << FAMILY_COUNT) - 1);
    /// The families that a check allows where nobody says otherwise.
    pub const USUAL: Self = Self::EVERY.without(Family::DestinationUnavailable);

    /// Whether the set contains `family`.
    pub const fn has(self, family: Family) -> bool {
        self.0 & (1 << family as u8) != 0
    }

    /// The set with `family`.
    #[must_use]
    pub const fn with(self, family: Family) -> Self {
        Self(self.0 | 1 << family as u8)
    }

    /// The set without `family`.
    #[must_use]
    pub const fn without(self, family: Family) -> Self {
        Self(self.0 & !(1 << family as u8))
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set only.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every family of this set is in `other`.
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// How many families are in the set.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The families in the order of [`Family::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Family> {
        Family::ALL.into_iter().filter(move |family| self.has(*family))
    }

    /// The set's bits, for digests.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl FromIterator<Family> for Families {
    fn from_iter<I: IntoIterator<Item = Family>>(families: I) -> Self {
        families.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Families {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Family::word).collect();
        f.pad(&words.join(" + "))
    }
}
