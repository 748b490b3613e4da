//! Push: what a source does until its target has accepted an event, and what Lambda does with events that nobody waits
//! for.

use std::collections::BTreeMap;

use crate::topology::{DeduplicationScope, ForeignProperty, LinkEnd, MappingFilter, Permitted, Setting};
use crate::vocabulary::{Duration, EntityName, Place};

/// What a source, a front or a service does with the events of one link until its target has accepted them.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Named by source and target: `Orders->Fulfil`.
    pub name: EntityName,
    /// The version or alias of the function that is called; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// `State` of a rule or schedule: whether it delivers at all; `None` where the source has no such switch, or leaves
    /// it on.
    pub enabled: Option<Setting<bool>>,
    /// `RetryPolicy.MaximumRetryAttempts` of the link; `None` where the source has no such setting.
    pub attempts: Option<Setting<u64>>,
    /// `RetryPolicy.MaximumEventAgeInSeconds` of the link; `None` where the source has no such setting.
    pub age: Option<Setting<Duration>>,
    /// How long a front waits for the answer; `None` where that is the source's own rule.
    pub timeout: Option<Setting<Duration>>,
    /// How a topic tries a web address again; `None` for any other link.
    pub web: Option<Box<WebRetries>>,
    /// Which failures of its function an API answers as it does success.
    pub unmapped: Unmapped,
    /// What lets the source in, where it may be made only after the source has asked for it.
    pub late: Option<LatePermission>,
    /// The link's own dead-letter queue.
    pub dead_letter: Option<Exit>,
    /// What is delivered: an event is if any of these wants it; all are where there is none.
    pub filters: Vec<MappingFilter>,
    /// What of an event is handed on.
    pub content: Content,
    /// `FilterPattern` of a log group's subscription, where it leaves lines out.
    pub log_pattern: Option<String>,
    /// The resource that declares the link, where that is one of its own.
    pub declared_by: Option<String>,
    /// `FlexibleTimeWindow.MaximumWindowInMinutes` of a schedule.
    pub window: Option<Setting<Duration>>,
    /// What the FIFO topic that delivers takes for the same message; `None` for any other source.
    pub deduplication: Option<Box<TopicDeduplication>>,
    /// Properties that are given although links of this source do not take them.
    pub foreign: Vec<ForeignProperty>,
}

/// What a FIFO topic takes for the same message.
#[derive(Clone, Debug)]
pub struct TopicDeduplication {
    /// `ContentBasedDeduplication`: whether a message without an id has one by its body.
    pub content_based: Setting<bool>,
    /// `FifoThroughputScope`: where ids are told apart.
    pub scope: Setting<DeduplicationScope>,
}

impl Delivery {
    /// A delivery about which nothing is set.
    pub const fn named(name: EntityName) -> Self {
        Self {
            name,
            qualifier: None,
            enabled: None,
            attempts: None,
            age: None,
            timeout: None,
            web: None,
            unmapped: Unmapped::Nothing,
            late: None,
            dead_letter: None,
            filters: Vec::new(),
            content: Content::Whole,
            log_pattern: None,
            declared_by: None,
            window: None,
            deduplication: None,
            foreign: Vec::new(),
        }
    }
}

/// Which failures of a function an integration without proxy answers as it does success: those that no pattern of its
/// responses maps, where its default response is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unmapped {
    /// None of them.
    Nothing,
    /// Those that its code has no word in: time-outs, crashes and answers that are too large.
    BrokenOff,
    /// All of them.
    Everything,
}

/// How a topic tries a web address again (`healthyRetryPolicy` of a `DeliveryPolicy`).
#[derive(Clone, Debug)]
pub struct WebRetries {
    /// `numRetries`: all of them.
    pub all: Setting<u64>,
    /// `numNoDelayRetries`: those that come first, at once.
    pub at_once: Setting<u64>,
    /// `numMinDelayRetries`: those after the shortest pause that come next.
    pub before: Setting<u64>,
    /// `numMaxDelayRetries`: those after the longest pause that come last.
    pub after: Setting<u64>,
    /// `minDelayTarget`.
    pub shortest: Setting<Duration>,
    /// `maxDelayTarget`.
    pub longest: Setting<Duration>,
    /// `backoffFunction`: how pauses grow between.
    pub growth: Growth,
}

/// How pauses grow from the shortest to the longest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Growth {
    /// By the same each time (`linear`, `arithmetic`).
    Even,
    /// They double (`exponential`, `geometric`).
    Doubling,
}

/// More retries are refused at deployment, and not counted here.
const MOST_RETRIES: u64 = 1_000;

impl WebRetries {
    /// The pauses before all retries, in order; of more retries than AWS takes, the first ones.
    pub fn pauses(&self) -> Vec<Duration> {
        //= sns_http.retry
        let (shortest, longest) = (self.shortest.value, self.longest.value.max(self.shortest.value));
        let count = |setting: &Setting<u64>| setting.value.min(MOST_RETRIES) as usize;
        let mut pauses = vec![Duration::ZERO; count(&self.at_once)];
        pauses.resize(pauses.len() + count(&self.before), shortest);
        let others = count(&self.all).saturating_sub(pauses.len() + count(&self.after)) as u64;
        let span = longest.as_micros() - shortest.as_micros();
        for number in 0..others {
            let more = match self.growth {
                Growth::Even => span * number / others.saturating_sub(1).max(1),
                Growth::Doubling => {
                    let factor = 1_u64.checked_shl(number as u32).unwrap_or(u64::MAX);
                    shortest.as_micros().saturating_mul(factor - 1).min(span)
                }
            };
            pauses.push(shortest + Duration::from_micros(more));
        }
        pauses.resize(pauses.len() + count(&self.after), longest);
        pauses.truncate(count(&self.all));
        pauses
    }
}

/// A permission that a source asks for when it is made, and that may not be there by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatePermission {
    /// The logical id of the permission or policy.
    pub name: String,
    /// Which of the two is made first.
    pub order: Order,
}

/// Which of a source and its permission is made first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Neither waits for the other.
    Open,
    /// The permission names the source, so the source is made first.
    AfterSource,
}

/// A way out: a dead-letter queue or a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Where to.
    pub target: LinkEnd,
    /// The version or alias of the function that is called, where it is one; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// Whether whoever sends there may.
    pub permitted: Permitted,
    /// Where it is declared.
    pub place: Option<Place>,
}

/// What of an event a link hands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The event as its source describes it, such as the envelope of a topic.
    Whole,
    /// What the publisher wrote, without the source's envelope (`RawMessageDelivery`).
    Raw,
    /// A text of the link's own, the same for all events (`Input`).
    Fixed(String),
    /// A part of the event, by its path (`InputPath`).
    Part(String),
    /// A text with parts of the event in it (`InputTransformer`).
    Filled(InputTemplate),
    /// Made from the event in some other way, as the template writes it.
    Transformed(String),
}

/// A text with gaps, and what of an event comes into them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputTemplate {
    /// `InputTemplate`, with gaps like `<name>`.
    pub text: String,
    /// `InputPathsMap`: a path into the event for each name.
    pub paths: BTreeMap<String, String>,
}

/// How Lambda treats asynchronous invocations of one version or alias.
#[derive(Clone, Debug)]
pub struct InvokeConfig {
    /// The version or alias; [`InvokeConfig::LATEST`] for the function itself.
    pub qualifier: String,
    /// `MaximumRetryAttempts`.
    pub attempts: Setting<u64>,
    /// `MaximumEventAgeInSeconds`.
    pub age: Setting<Duration>,
    /// `DestinationConfig.OnSuccess.Destination`.
    pub on_success: Option<Exit>,
    /// `DestinationConfig.OnFailure.Destination`.
    pub on_failure: Option<Exit>,
    /// Where it is declared; `None` for the defaults.
    pub place: Option<Place>,
}

impl InvokeConfig {
    /// The version that is not published.
    pub const LATEST: &'static str = "$LATEST";
}

/// What Lambda does about a function that is called by what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecursiveLoop {
    /// It stops the chain after a number of invocations.
    Terminate,
    /// It lets the chain go on.
    Allow,
}

impl RecursiveLoop {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Terminate, Self::Allow];

    /// The word in templates.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Terminate => "Terminate",
            Self::Allow => "Allow",
        }
    }
}

impl std::fmt::Display for RecursiveLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// What events come from outside into, without being a queue or a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// An SNS topic without order.
    Topic,
    /// An SNS topic with message groups.
    FifoTopic,
    /// An `EventBridge` bus, a rule of one, a schedule: anything that hands events on by rules.
    Bus,
    /// A bucket: it keeps what is put into it, and tells of it.
    Bucket,
    /// A front, a service or a client that waits for the function's answer.
    Front,
    /// A state machine whose definition is at hand.
    Machine,
    /// Anything else that pushes events.
    Service,
    /// A log that every reader reads for itself.
    Stream,
}

impl ChannelKind {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::FifoTopic => "FIFO topic",
            Self::Bus => "bus",
            Self::Bucket => "bucket",
            Self::Front => "front",
            Self::Machine => "state machine",
            Self::Service => "service",
            Self::Stream => "stream",
        }
    }
}
