//! The names of the catalogue's guarantees.

use std::fmt;

use crate::scenario::Scenario;

/// Whether a violation fails a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gates {
    /// It does.
    Yes,
    /// It is told as advice.
    Advice,
}

/// A guarantee of the catalogue. Names are stable.
///
/// ```
/// use redrive::guarantee::GuaranteeName;
/// assert_eq!(GuaranteeName::parse("no-loss"), Some(GuaranteeName::NoLoss));
/// assert_eq!(GuaranteeName::NoLoss.to_string(), "no-loss");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum GuaranteeName {
    /// Every event is processed or kept.
    NoLoss,
    /// Every event given up can be read in its dead-letter queue.
    DeadLetterDelivery,
    /// Only what failed itself is given up.
    NoCollateral,
    /// Within a message group events are processed in their order.
    Ordering,
    /// Nothing stands still while it has work.
    Progress,
    /// Every link, exit and key is allowed by the policies that apply.
    Permitted,
    /// AWS accepts every setting.
    Deployable,
    /// No event is processed twice at the same time.
    SingleFlight,
    /// What was processed is not delivered again.
    NoNeedlessRedelivery,
    /// No event is delivered more often than the settings say.
    BoundedAttempts,
    /// The backlog goes away once load and faults stop.
    Drains,
    /// No event takes longer than stated.
    BoundedDelay,
    /// No event costs more than stated.
    BoundedCost,
    /// No chain of invocations feeds itself.
    NoLoop,
}

impl GuaranteeName {
    /// All names; new ones come last, so that what is ordered by them stays as it is.
    pub const ALL: [Self; 14] = [
        Self::NoLoss,
        Self::DeadLetterDelivery,
        Self::NoCollateral,
        Self::Ordering,
        Self::Progress,
        Self::Permitted,
        Self::Deployable,
        Self::SingleFlight,
        Self::NoNeedlessRedelivery,
        Self::BoundedAttempts,
        Self::Drains,
        Self::BoundedDelay,
        Self::BoundedCost,
        Self::NoLoop,
    ];

    /// The name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoLoss => "no-loss",
            Self::DeadLetterDelivery => "dead-letter-delivery",
            Self::NoCollateral => "no-collateral",
            Self::Ordering => "ordering",
            Self::Progress => "progress",
            Self::Permitted => "permitted",
            Self::Deployable => "deployable",
            Self::SingleFlight => "single-flight",
            Self::NoNeedlessRedelivery => "no-needless-redelivery",
            Self::BoundedAttempts => "bounded-attempts",
            Self::Drains => "drains",
            Self::BoundedDelay => "bounded-delay",
            Self::BoundedCost => "bounded-cost",
            Self::NoLoop => "no-loop",
        }
    }

    /// The guarantee with this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word() == word)
    }

    /// Whether it is judged on the topology, without a run.
    pub const fn is_of_the_topology(self) -> bool {
        match self {
            Self::Permitted | Self::Deployable | Self::NoLoop => true,
            Self::NoLoss
            | Self::DeadLetterDelivery
            | Self::NoCollateral
            | Self::Ordering
            | Self::Progress
            | Self::SingleFlight
            | Self::NoNeedlessRedelivery
            | Self::BoundedAttempts
            | Self::Drains
            | Self::BoundedDelay
            | Self::BoundedCost => false,
        }
    }

    /// Whether a violation fails a check of what a scenario states: a backlog that stays counts where the load is no
    /// assumption.
    pub fn gates_in(self, scenario: &Scenario) -> Gates {
        match self {
            Self::Drains if !scenario.workloads.is_empty() => Gates::Yes,
            one => one.gates(),
        }
    }

    /// Whether a violation fails a check.
    pub const fn gates(self) -> Gates {
        match self {
            Self::NoLoss
            | Self::DeadLetterDelivery
            | Self::NoCollateral
            | Self::Ordering
            | Self::Progress
            | Self::Permitted
            | Self::Deployable
            | Self::BoundedDelay
            | Self::BoundedCost
            | Self::NoLoop => Gates::Yes,
            Self::SingleFlight | Self::NoNeedlessRedelivery | Self::BoundedAttempts | Self::Drains => {
                Gates::Advice
            }
        }
    }
}

impl fmt::Display for GuaranteeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A set of guarantees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuaranteeSet(u16);

impl GuaranteeSet {
    /// All of them.
    pub const EVERY: Self = Self((1 << GuaranteeName::ALL.len()) - 1);
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Whether the set contains `name`.
    pub const fn has(self, name: GuaranteeName) -> bool {
        self.0 & (1 << name as u8) != 0
    }

    /// The set with `name`.
    #[must_use]
    pub const fn with(self, name: GuaranteeName) -> Self {
        Self(self.0 | 1 << name as u8)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set without what is in another one.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}
