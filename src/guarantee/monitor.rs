//! What every guarantee's file provides.

use crate::guarantee::{GuaranteeName, Watch};
use crate::program::Program;
use crate::trace::{Covered, EventId, KindMask, Record};

/// Whether a guarantee can be asked of a queue at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicable {
    /// It can.
    Yes,
    /// It cannot, and why.
    No(&'static str),
}

/// One record as a monitor sees it: with what the run has shown before it.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The record.
    pub record: &'a Record,
    /// What it covers.
    pub covered: &'a [Covered],
    /// What the run has shown before this record.
    pub watch: &'a Watch,
    /// The queue that it is about.
    pub queue: usize,
    /// The program that runs.
    pub program: &'a Program,
}

/// What a monitor found: the event that shows the violation, if there is one.
pub(crate) type Culprit = Option<EventId>;

/// A guarantee as a monitor of one queue and its consumers. Monitors keep no state of their own.
pub trait Monitor {
    /// Its name.
    const NAME: GuaranteeName;
    /// The records that can show a violation.
    const KINDS: KindMask;

    /// Whether it can be asked of this queue.
    fn applicable(program: &Program, queue: usize) -> Applicable;

    /// Whether the run so far has put it to the test.
    fn exercised(watch: &Watch, queue: usize) -> bool;

    /// Whether this record violates it.
    fn violated(sight: &Sight<'_>) -> Option<Culprit>;
}
