//! How much evaluation may produce, so that no combination of functions can exhaust memory or time.

use crate::template::document::Limits;

/// What is left to produce.
#[derive(Debug)]
pub(super) struct Budget {
    nodes: usize,
    bytes: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Left,
    Spent,
}

/// Whether something may still be produced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// It may.
    Given,
    /// It may not, and this is the first time.
    JustSpent,
    /// It may not, as was said before.
    Spent,
}

impl Budget {
    /// The whole budget.
    pub(super) const fn new(limits: Limits) -> Self {
        Self { nodes: limits.nodes, bytes: limits.text_bytes, state: State::Left }
    }

    /// Asks for so many values with so many bytes of text.
    pub(super) fn take(&mut self, nodes: usize, bytes: usize) -> Grant {
        match self.state {
            State::Spent => Grant::Spent,
            State::Left if nodes > self.nodes || bytes > self.bytes => {
                self.state = State::Spent;
                Grant::JustSpent
            }
            State::Left => {
                self.nodes -= nodes;
                self.bytes -= bytes;
                Grant::Given
            }
        }
    }
}
