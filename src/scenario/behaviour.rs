//! What a declared handler does: how long it takes, at what it fails, what it answers and what it sends on.

use crate::vocabulary::{Duration, Place, Ratio};

/// What a declared handler does with the events of its batch. It takes them in order.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let outcome = Check::new(&system).handles("FulfilOrder", HandlerPreset::Swallows).seeds(0..64).run();
/// assert!(!outcome.is_held(), "what a handler swallows is lost");
/// ```
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

/// What the handlers of one function, or of several by a trailing `*`, do.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// use redrive::scenario::{Per, Timing};
/// let second = Duration::from_secs(1);
/// let slow = Handling {
///     function: "FulfilOrder".to_owned(),
///     duration: Some(Timing { shortest: second, longest: second, per: Per::Event }),
///     ..Handling::default()
/// };
/// assert!(Check::new(&system).handling(slow).run_seed(0).timeline().contains("FulfilOrder runs"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// The function's name.
    pub function: String,
    /// How it deals with failures; what suits its mapping where it is left out.
    pub preset: Option<HandlerPreset>,
    /// How long it takes; the profile's time where it is left out.
    pub duration: Option<Timing>,
    /// What becomes of events; the first rule that applies decides, and an event to which none applies succeeds.
    pub outcomes: Vec<OutcomeRule>,
    /// The literal JSON that it returns whatever happened; the preset's answer where it is left out.
    pub answer: Option<String>,
    /// What it sends on for what it processed.
    pub emits: Vec<Emission>,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// How long a handler takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// At least.
    pub shortest: Duration,
    /// At most; longer than the shortest means that every invocation draws its own.
    pub longest: Duration,
    /// For what.
    pub per: Per,
}

/// What something is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// For each event of a batch.
    Event,
    /// For a whole invocation.
    Invocation,
}

/// What becomes of some events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRule {
    /// To which attempts at which events it applies.
    pub when: When,
    /// What happens then.
    pub then: Then,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// A condition on an attempt at an event; what is left out holds always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// The first and last attempt, from 1: how often the event was received from the queue at hand.
    pub attempts: Option<(u32, u32)>,
    /// The message's body.
    pub body: Option<BodyTest>,
    /// In this share of the attempts, drawn for each.
    pub ratio: Option<Ratio>,
}

/// A condition on a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyTest {
    /// It contains this text.
    Contains(String),
    /// It is JSON that this event pattern matches.
    Matches(String),
}

/// What becomes of an event, or of the whole invocation that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is processed, and whoever waits to be called back for it is.
    Succeeds,
    /// It fails; the preset decides what that means for the others.
    Fails,
    /// The invocation runs into its time-out at this event.
    TimesOut,
    /// The process dies at this event.
    Crashes,
    /// It is processed, and whoever waits to be called back for it is not.
    Forgets,
    /// The handler catches what went wrong: whoever waits to be called back for it is told of a failure.
    Declines,
}

/// What a handler sends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emission {
    /// The resource that it sends to.
    pub to: String,
    /// Whether for every event that it processed, or once for an invocation that processed any.
    pub per: Per,
    /// How many messages each time.
    pub count: u32,
    /// Their body; the profile's where it is left out.
    pub body: Option<String>,
    /// `MessageGroupId`: their tenant on a standard queue.
    pub group: Option<String>,
    /// Where it is stated.
    pub place: Option<Place>,
}

impl Then {
    /// All outcomes.
    pub const ALL: [Self; 6] =
        [Self::Succeeds, Self::Fails, Self::TimesOut, Self::Crashes, Self::Forgets, Self::Declines];

    /// The word in scenario files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeds => "succeeds",
            Self::Fails => "fails",
            Self::TimesOut => "times-out",
            Self::Crashes => "crashes",
            Self::Forgets => "forgets",
            Self::Declines => "declines",
        }
    }
}
