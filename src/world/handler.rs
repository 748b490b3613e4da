//! The resumable interface behind which every handler stands, declared or real.
//!
//! A handler is started with an invocation and asks for sleep until it is done; what it does meanwhile it writes into
//! the effects. The world alone decides about time-outs and crashes, and tells a handler when it is cut off.

use crate::kernel::Family;
use crate::program::Answer;
use crate::scenario::HandlerPreset;
use crate::trace::{Covered, EntityId};
use crate::vocabulary::{Bytes, Duration};
use crate::world::state::EventsView;

/// What a handler is called with.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// A number that no other invocation has while this one runs.
    pub batch: u32,
    /// The function.
    pub function: EntityId,
    /// The events of the run, for their names and payloads.
    pub events: EventsView<'a>,
    /// The events of the batch, in order.
    pub items: &'a [Covered],
    /// For each event whether this attempt at it fails.
    pub failing: &'a [u8],
    /// What a declared handler does.
    pub preset: HandlerPreset,
    /// What a mapping makes of the answer that a declared handler gives whatever happened, where one is stated.
    pub answer: Option<&'a Answer>,
    /// How long a declared handler takes for one event.
    pub event_duration: Duration,
}

impl Invocation<'_> {
    /// The family that makes this attempt at an item fail, if it does.
    pub fn failure(&self, item: usize) -> Option<Family> {
        Family::ALL.get(usize::from(self.failing[item])).copied()
    }

    /// The first item at which this attempt fails.
    pub fn first_failure(&self) -> Option<usize> {
        self.failing.iter().position(|failing| usize::from(*failing) < Family::ALL.len())
    }
}

/// What a handler asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To be resumed after this time.
    Sleep(Duration),
    /// It is done.
    Done(Outcome),
}

/// How a handler ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned an answer.
    Returned(Response),
    /// It threw.
    Threw,
}

/// A handler's answer as far as the mapping can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// Nothing about failures.
    Success,
    /// `batchItemFailures` with the items of [`Effects::listed`].
    ItemFailures,
    /// `batchItemFailures` that cannot be read: a wrong key, an empty or unknown identifier.
    Malformed,
    /// No `batchItemFailures` but something else, such as a misspelt name.
    Misspelt,
    /// More than a synchronous answer may have.
    TooLarge(Bytes),
}

impl Response {
    /// What an answer comes to; the failures that it lists go into the effects.
    pub fn of(answer: Answer, effects: &mut Effects) -> Self {
        match answer {
            Answer::Success => Self::Success,
            Answer::Failures(positions) => {
                effects.listed.clear();
                effects.listed.extend(positions);
                Self::ItemFailures
            }
            Answer::Malformed => Self::Malformed,
            Answer::Misspelt => Self::Misspelt,
        }
    }
}

/// What a handler did, by positions in the batch; reused from invocation to invocation.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Events whose work is done.
    pub processed: Vec<u32>,
    /// Events at which it failed.
    pub failed: Vec<u32>,
    /// Events that it lists as failed in its answer.
    pub listed: Vec<u32>,
}

impl Effects {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.processed.clear();
        self.failed.clear();
        self.listed.clear();
    }
}

/// A function's code.
pub trait Handler {
    /// Called when an invocation begins.
    fn start(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step;

    /// Called when the sleep that was asked for is over.
    fn resume(&mut self, invocation: &Invocation<'_>, effects: &mut Effects) -> Step;

    /// Called when the invocation is stopped after `done` of its events; the effects made until then stay.
    fn cut(&mut self, invocation: &Invocation<'_>, done: u32, effects: &mut Effects);
}
