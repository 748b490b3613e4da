//! Events by their names, with what has become of them so far.

use std::fmt;

use crate::explore::{EventLedger, event_label};
use crate::face::names::Moment;
use crate::trace::EventId;
use crate::vocabulary::Instant;

/// One event at a moment of a run. It displays as `Orders.3`, the fourth event that is sent to `Orders`, or as
/// `Orders.3~Bills.0`, the first one that a handler sends to `Bills` for it.
///
/// ```
/// use redrive::prelude::*;
/// let twice = always("no order is fulfilled twice", |view| {
///     view.events().all(|event| event.times_processed("Fulfil") <= 1)
/// });
/// assert_eq!(twice.name(), "no order is fulfilled twice");
/// ```
#[derive(Clone, Copy)]
pub struct Event<'a> {
    seen: Moment<'a>,
    id: EventId,
    attempt: u32,
}

/// The events that a record covers, in the order of the batch.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let once = always("nothing is processed by two invocations at once", |view| match view.what() {
///     What::Processed { events, .. } => events.iter().all(|event| event.running() <= 1),
///     _ => true,
/// });
/// let outcome = Check::new(&system).guarantee(once).seeds(0..8).run();
/// assert!(!outcome.verdicts().is_empty());
/// ```
#[derive(Clone, Copy)]
pub struct Events<'a> {
    seen: Moment<'a>,
}

impl<'a> Event<'a> {
    pub(crate) const fn new(seen: Moment<'a>, id: EventId, attempt: u32) -> Self {
        Self { seen, id, attempt }
    }

    /// What it was sent to: a queue, or a channel.
    pub fn source(&self) -> &'a str {
        let source = usize::from(self.seen.world.event(self.id).source);
        self.seen.program.name(self.seen.program.source(source)).as_str()
    }

    /// Which event of its source it is, from 0; of those sent for the same event where a handler sent it.
    pub fn ordinal(&self) -> u32 {
        self.seen.world.event(self.id).ordinal
    }

    /// How often it had been received from the queue at hand, where a record tells; else 0.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When it was sent.
    pub fn sent(&self) -> Option<Instant> {
        self.known(|event| event.sent)
    }

    /// Whether some function has done its work.
    pub fn is_processed(&self) -> bool {
        self.known(|event| event.processed_at).is_some()
    }

    /// When some function had first done its work.
    pub fn processed(&self) -> Option<Instant> {
        self.known(|event| event.processed_at)
    }

    /// How often this function has done its work.
    ///
    /// # Panics
    /// If the system has no function of this name: a property about nothing would hold for nothing.
    pub fn times_processed(&self, function: &str) -> u32 {
        self.seen.names.must_have_function(function);
        let program = self.seen.program;
        let times = self.seen.ledger.event(self.id).map_or(&[][..], |event| &event.processed);
        times
            .iter()
            .find(|(entity, _)| program.name(*entity).as_str() == function)
            .map_or(0, |(_, times)| *times)
    }

    /// How often it was given to a running invocation.
    pub fn deliveries(&self) -> u32 {
        self.seen.ledger.event(self.id).map_or(0, |event| event.deliveries)
    }

    /// In how many invocations it is at this moment.
    pub fn running(&self) -> u32 {
        self.seen.ledger.event(self.id).map_or(0, |event| event.running)
    }

    /// When it first arrived in a dead-letter queue.
    pub fn dead_lettered(&self) -> Option<Instant> {
        self.known(|event| event.dead_lettered)
    }

    /// When it was lost.
    pub fn lost(&self) -> Option<Instant> {
        self.known(|event| event.lost)
    }

    fn known(&self, what: impl FnOnce(&EventLedger) -> Option<Instant>) -> Option<Instant> {
        self.seen.ledger.event(self.id).and_then(what)
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&event_label(self.seen.program, self.seen.world, self.id))
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialEq for Event<'_> {
    /// Events of one run are equal if they are the same one.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<'a> Events<'a> {
    pub(crate) const fn new(seen: Moment<'a>) -> Self {
        Self { seen }
    }

    /// The events.
    pub fn iter(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let seen = self.seen;
        seen.covered.iter().map(move |item| Event::new(seen, item.event, item.receives))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.seen.seen.covered.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.seen.seen.covered.is_empty()
    }
}

impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
