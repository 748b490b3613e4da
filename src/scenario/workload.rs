//! Load: messages one by one, or many by rule.

use crate::scenario::{ItemWrite, MessageAttributes, StatedWrite};
use crate::vocabulary::{Duration, Place};

/// The load of one source, or of several by a trailing `*`.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let load = Workload::to("OrdersQueue").events(10).every(Duration::from_secs(1));
/// assert_eq!(load.count(), 10);
/// assert!(Check::new(&system).workload(load).run_seed(0).timeline().contains("OrdersQueue.9 arrives"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// The resource that it is sent to.
    pub to: String,
    /// Messages one by one; they are numbered first, in this order.
    pub messages: Vec<Message>,
    /// Messages by rule, numbered after those.
    pub generated: Vec<Generated>,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// When it is sent, from the start of the run.
    pub at: Duration,
    /// Its body; the profile's where it is left out.
    pub body: Option<String>,
    /// Its message attributes.
    pub attributes: MessageAttributes,
    /// `AWSTraceHeader`.
    pub trace_header: Option<String>,
    /// `MessageGroupId`; on a standard queue it names a tenant.
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    pub deduplication: Option<String>,
    /// What it does to an item, where it goes to a table.
    pub change: Option<StatedWrite>,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// Messages by rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// How many; ignored where the arrivals say so themselves.
    pub events: u32,
    /// When the first one may come, from the start of the run.
    pub start: Duration,
    /// How they come.
    pub arrivals: Arrivals,
    /// Over how many keys (message groups) they are spread, one after the other; at least 1.
    pub keys: u32,
    /// Their body; the profile's where it is left out.
    pub body: Option<String>,
    /// Their message attributes.
    pub attributes: MessageAttributes,
    /// `MessageGroupId` of all of them, in the place of keys.
    pub group: Option<String>,
    /// What each key's item goes through in turn, where they go to a table; each inserts an item where this is empty.
    pub changes: Vec<ItemWrite>,
    /// Where it is stated.
    pub place: Option<Place>,
}

/// How generated messages come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// All at once.
    AtOnce,
    /// One after the other at this distance.
    Every(Duration),
    /// At times drawn for each run within so long.
    Over(Duration),
    /// So many in each minute, evenly spread within it.
    PerMinute(Vec<u32>),
}

impl Workload {
    /// Load by one rule.
    pub fn generated(to: &str, generated: Generated) -> Self {
        Self { to: to.to_owned(), generated: vec![generated], ..Self::default() }
    }

    /// So many messages, one every `gap` from the start of the run on.
    pub fn steady(to: &str, events: u32, gap: Duration) -> Self {
        Self::generated(to, Generated::new(events, Arrivals::Every(gap)))
    }

    /// How many messages it has.
    pub fn count(&self) -> u32 {
        let generated: u32 = self.generated.iter().map(Generated::count).fold(0, u32::saturating_add);
        generated.saturating_add(u32::try_from(self.messages.len()).unwrap_or(u32::MAX))
    }
}

impl Generated {
    /// So many ordinary messages of one key from the start of the run on.
    pub const fn new(events: u32, arrivals: Arrivals) -> Self {
        Self {
            events,
            start: Duration::ZERO,
            arrivals,
            keys: 1,
            body: None,
            attributes: MessageAttributes::new(),
            group: None,
            changes: Vec::new(),
            place: None,
        }
    }

    /// How many messages it has.
    pub fn count(&self) -> u32 {
        match &self.arrivals {
            Arrivals::PerMinute(counts) => counts.iter().fold(0, |sum, count| sum.saturating_add(*count)),
            Arrivals::AtOnce | Arrivals::Every(_) | Arrivals::Over(_) => self.events,
        }
    }
}
