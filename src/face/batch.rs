//! What code in Rust gets and answers: a batch of messages, and what became of them.

use crate::kernel::Family;
use crate::program::Program;
use crate::scenario::MessageAttributes;
use crate::vocabulary::Duration;
use crate::world::Invocation;

/// The batch of one invocation.
///
/// ```
/// use redrive::prelude::*;
/// // Goes through all messages and reports those that fail.
/// let fulfil = |batch: &Batch<'_>| batch.each(|order| if order.body().is_empty() { Err("empty") } else { Ok(()) });
/// # let _: &dyn Fn(&Batch<'_>) -> Answer = &fulfil;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    invocation: &'a Invocation<'a>,
    program: &'a Program,
}

/// One message of a batch.
///
/// ```
/// use redrive::prelude::*;
/// let refunds_fail = |batch: &Batch<'_>| {
///     batch.each(|message| if message.body().contains("refund") { Err(()) } else { Ok(()) })
/// };
/// # let _: &dyn Fn(&Batch<'_>) -> Answer = &refunds_fail;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    batch: Batch<'a>,
    position: usize,
}

/// What an invocation did, and how it ends.
///
/// ```
/// use redrive::prelude::*;
/// let slow = |batch: &Batch<'_>| Answer::success(batch).taking(Duration::from_secs(20));
/// let broken = |_: &Batch<'_>| Answer::throws();
/// # let _: [&dyn Fn(&Batch<'_>) -> Answer; 2] = [&slow, &broken];
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub(crate) processed: Vec<u32>,
    pub(crate) failed: Vec<u32>,
    pub(crate) listed: Vec<u32>,
    pub(crate) ends: Ends,
    pub(crate) takes: Option<Duration>,
}

/// How an invocation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Returns,
    Throws,
    ReturnsNonsense,
}

impl<'a> Batch<'a> {
    pub(crate) const fn new(invocation: &'a Invocation<'a>, program: &'a Program) -> Self {
        Self { invocation, program }
    }

    /// The function's name.
    pub fn function(&self) -> &'a str {
        self.program.name(self.invocation.function).as_str()
    }

    /// How many messages there are.
    pub const fn len(&self) -> usize {
        self.invocation.items.len()
    }

    /// Whether there are none, which does not happen.
    pub const fn is_empty(&self) -> bool {
        self.invocation.items.is_empty()
    }

    /// The messages in order.
    pub fn messages(&self) -> impl Iterator<Item = Message<'a>> + use<'a> {
        let batch = *self;
        (0..batch.len()).map(move |position| Message { batch, position })
    }

    /// Works on every message and lists those that failed in the answer, as a partial batch response.
    ///
    /// A message at which the run lets this attempt fail counts as failed, and `work` is not asked.
    pub fn each<E>(&self, mut work: impl FnMut(&Message<'a>) -> Result<(), E>) -> Answer {
        let mut answer = Answer::empty(Ends::Returns);
        for message in self.messages() {
            match message.fault() {
                None if work(&message).is_ok() => answer.processed.push(message.position as u32),
                Some(_) | None => answer.failed.push(message.position as u32),
            }
        }
        answer.listed.clone_from(&answer.failed);
        answer
    }

    /// Works on one message after the other and throws at the first that fails.
    ///
    /// A message at which the run lets this attempt fail counts as failed, and `work` is not asked.
    pub fn each_or_throw<E>(&self, mut work: impl FnMut(&Message<'a>) -> Result<(), E>) -> Answer {
        let mut answer = Answer::empty(Ends::Returns);
        for message in self.messages() {
            let is_done = message.fault().is_none() && work(&message).is_ok();
            if !is_done {
                answer.failed.push(message.position as u32);
                answer.ends = Ends::Throws;
                return answer;
            }
            answer.processed.push(message.position as u32);
        }
        answer
    }
}

impl<'a> Message<'a> {
    /// `Orders.3`: the fourth event that is sent to `Orders`.
    pub fn name(&self) -> String {
        let view = self.batch.invocation.events.get(self.item().event);
        let source = self.batch.program.source(usize::from(view.source));
        format!("{}.{}", self.batch.program.name(source), view.ordinal)
    }

    /// Its body, where the workload states one; else nothing.
    pub fn body(&self) -> &'a str {
        self.class().and_then(|class| class.body.as_deref()).unwrap_or_default()
    }

    /// The value of a message attribute; a binary one in base64.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes()?.get(name).map(|attribute| attribute.value.as_str())
    }

    /// All message attributes with their data types, where the workload states any.
    pub fn attributes(&self) -> Option<&'a MessageAttributes> {
        Some(&self.class()?.attributes).filter(|attributes| !attributes.is_empty())
    }

    /// `AWSTraceHeader`, where the workload states one.
    pub fn trace_header(&self) -> Option<&'a str> {
        self.class()?.trace_header.as_deref()
    }

    /// `ApproximateReceiveCount`: 1 at the first delivery.
    pub fn attempt(&self) -> u32 {
        self.item().receives
    }

    /// The family of faults by which this attempt is to fail, if it is.
    pub fn fault(&self) -> Option<Family> {
        self.batch.invocation.failure(self.position)
    }

    /// Its position in the batch.
    pub const fn position(&self) -> usize {
        self.position
    }

    fn item(&self) -> &'a crate::trace::Covered {
        &self.batch.invocation.items[self.position]
    }

    fn class(&self) -> Option<&'a crate::program::PayloadClass> {
        let class = self.batch.invocation.events.get(self.item().event).class;
        self.batch.program.classes.get(usize::from(class))
    }
}

impl Answer {
    const fn empty(ends: Ends) -> Self {
        Self { processed: Vec::new(), failed: Vec::new(), listed: Vec::new(), ends, takes: None }
    }

    /// All messages are processed, whatever the run lets fail.
    pub fn success(batch: &Batch<'_>) -> Self {
        Self { processed: (0..batch.len() as u32).collect(), ..Self::empty(Ends::Returns) }
    }

    /// Nothing is processed, and the invocation throws.
    pub fn throws() -> Self {
        Self::empty(Ends::Throws)
    }

    /// Throws instead of what it was going to do; what is processed stays so.
    #[must_use]
    pub fn and_throws(mut self) -> Self {
        self.ends = Ends::Throws;
        self
    }

    /// Answers with a list of failures that cannot be read: an unknown identifier, a wrong key.
    #[must_use]
    pub fn malformed(mut self) -> Self {
        self.ends = Ends::ReturnsNonsense;
        self
    }

    /// Lists no failures, although there may be some.
    #[must_use]
    pub fn swallowing(mut self) -> Self {
        self.listed.clear();
        self
    }

    /// The invocation takes at least so long; slowness that the run lets happen is not shortened by it.
    #[must_use]
    pub const fn taking(mut self, length: Duration) -> Self {
        self.takes = Some(length);
        self
    }
}
