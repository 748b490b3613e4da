//! Why a pattern is refused, and where in it.

use std::fmt;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is no JSON.
    Json,
    /// It is JSON, but not built as patterns are.
    Shape,
    /// An operator that nobody knows, or that this consumer does not take.
    Operator,
    /// An operator with something that it cannot compare with.
    Operand,
    /// More than the consumer takes.
    Limit,
}

/// One thing that is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// Where: `detail.state[0].anything-but`; empty for the pattern as a whole.
    pub path: String,
    /// What kind of thing.
    pub fault: Fault,
    /// The reason, in the words of AWS's own engine where it has some.
    pub reason: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.path, self.reason)
        }
    }
}

impl std::error::Error for PatternError {}
