//! A moment of a run, as properties in Rust see it.

use crate::explore::Seen;
use crate::face::names::{Moment, Names};
use crate::face::{Event, What};
use crate::vocabulary::Instant;

/// One moment of a run: what has just happened, and how things stand after it.
///
/// ```
/// use redrive::prelude::*;
/// let small = always("the backlog stays small", |view| view.queue("Orders").waiting() <= 1_000);
/// let seen = sometimes("a retry succeeds", |view| match view.what() {
///     What::Processed { events, .. } => events.iter().any(|event| event.attempt() > 1),
///     _ => false,
/// });
/// let empty = eventually("nothing is left", |end| end.queue("Orders").holds() == 0);
/// assert_eq!([small.name(), seen.name(), empty.name()].len(), 3);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    seen: Moment<'a>,
    /// Other parts at the same moment, where somebody looks at all of them.
    others: &'a [Seen<'a>],
}

/// A queue at a moment of a run.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let small = always("no backlog of a thousand", |view| view.queue("OrdersQueue").waiting() < 1_000);
/// let outcome = Check::new(&system).guarantee(small).seeds(0..8).run();
/// assert!(!outcome.violated().contains(&"no backlog of a thousand"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct QueueView<'a> {
    queue: Option<(Moment<'a>, usize)>,
}

/// A function at a moment of a run.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let few = always("few at a time", |view| view.function("FulfilOrder").running() <= 1_000);
/// let outcome = Check::new(&system).guarantee(few).seeds(0..8).run();
/// assert!(!outcome.violated().contains(&"few at a time"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FunctionView<'a> {
    function: Option<(Moment<'a>, usize)>,
}

impl<'a> View<'a> {
    pub(crate) const fn new(seen: Seen<'a>, names: &'a Names) -> Self {
        Self { seen: Moment { seen, names }, others: &[] }
    }

    /// The same with other parts at the same moment.
    pub(crate) const fn beside(self, others: &'a [Seen<'a>]) -> Self {
        Self { others, ..self }
    }

    fn parts(&self) -> impl Iterator<Item = Moment<'a>> + use<'a> {
        let names = self.seen.names;
        std::iter::once(self.seen).chain(self.others.iter().map(move |seen| Moment { seen: *seen, names }))
    }

    /// When.
    pub const fn at(&self) -> Instant {
        self.seen.seen.record.at
    }

    /// What has just happened.
    pub fn what(&self) -> What<'a> {
        What::of(self.seen)
    }

    /// A queue. One of another part of the system, which runs on its own, holds nothing here.
    ///
    /// # Panics
    /// If the system has no queue of this name: a property about nothing would hold for nothing.
    pub fn queue(&self, name: &str) -> QueueView<'a> {
        self.seen.names.must_have_queue(name);
        let in_part = |seen: Moment<'a>| {
            let mut tables = seen.program.queues.iter();
            Some((seen, tables.position(|table| seen.program.name(table.entity).as_str() == name)?))
        };
        QueueView { queue: self.parts().find_map(in_part) }
    }

    /// A function. One of another part of the system does nothing here.
    ///
    /// # Panics
    /// If the system has no function of this name.
    pub fn function(&self, name: &str) -> FunctionView<'a> {
        self.seen.names.must_have_function(name);
        let in_part = |seen: Moment<'a>| {
            let mut tables = seen.program.functions.iter();
            Some((seen, tables.position(|table| seen.program.name(table.entity).as_str() == name)?))
        };
        FunctionView { function: self.parts().find_map(in_part) }
    }

    /// All events that were sent so far.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        self.parts().flat_map(|seen| seen.ledger.events().map(move |(id, _)| Event::new(seen, id, 0)))
    }
}

impl<'a> QueueView<'a> {
    /// Messages that can be received.
    pub fn waiting(&self) -> u32 {
        self.count(|queue| queue.waiting)
    }

    /// Messages that were received and are hidden.
    pub fn in_flight(&self) -> u32 {
        self.count(|queue| queue.in_flight)
    }

    /// All messages that are in the queue.
    pub fn holds(&self) -> u32 {
        self.count(crate::explore::QueueLedger::holds)
    }

    /// The events that are in the queue, each as often as there are messages of it.
    pub fn contents(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let found = self.queue.into_iter();
        found.flat_map(|(seen, queue)| seen.ledger.contents(queue).map(move |id| Event::new(seen, id, 0)))
    }

    fn count(&self, what: impl FnOnce(&crate::explore::QueueLedger) -> u32) -> u32 {
        self.queue.map_or(0, |(seen, queue)| what(seen.ledger.queue(queue)))
    }
}

impl FunctionView<'_> {
    /// Invocations that run now.
    pub fn running(&self) -> u32 {
        self.function.map_or(0, |(seen, function)| seen.ledger.function(function).running)
    }

    /// Invocations that have begun so far.
    pub fn invocations(&self) -> u32 {
        self.function.map_or(0, |(seen, function)| seen.ledger.function(function).invocations)
    }
}
