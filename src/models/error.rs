//! What goes wrong when a mechanism asks a model for a rule or value.

use std::fmt;

use crate::models::value::ValueKind;

/// A rule or value that is asked for and is not there as asked: a model file was replaced by one that lacks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelError {
    /// No rule has this id.
    NoRule {
        /// The id.
        rule: String,
    },
    /// The rule has no value of this name.
    NoValue {
        /// The rule's id.
        rule: String,
        /// The value's name.
        value: String,
    },
    /// The value is of another kind.
    WrongKind {
        /// The rule's id.
        rule: String,
        /// The value's name.
        value: String,
        /// What was asked for.
        expected: ValueKind,
        /// What is there.
        found: ValueKind,
    },
    /// The rule leaves nothing open.
    NotOpen {
        /// The rule's id.
        rule: String,
    },
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRule { rule } => write!(f, "no model has a rule `{rule}`"),
            Self::NoValue { rule, value } => write!(f, "rule `{rule}` has no value `{value}`"),
            Self::WrongKind { rule, value, expected, found } => {
                let (expected, found) = (expected.described(), found.described());
                write!(f, "value `{value}` of rule `{rule}` is {found}, expected {expected}")
            }
            Self::NotOpen { rule } => {
                write!(f, "rule `{rule}` leaves nothing open, expected certainty `unspecified`")
            }
        }
    }
}

impl std::error::Error for ModelError {}
