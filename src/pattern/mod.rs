//! Floor 1: the language of event patterns: which events a rule, a filter or a filter policy wants.
//!
//! Absent: who filters what, and what becomes of events that nobody wants. Which operators a consumer takes and where
//! its limits lie is data: a [`Grammar`] is made from the models.

mod address;
mod dialect;
mod error;
mod event;
mod matching;
mod number;
mod operand;
mod parse;
mod record;
mod sample;
mod test;
mod wildcard;

pub use dialect::{Dialect, Grammar, Limits, Operator};
pub use error::{Fault, PatternError};
pub use matching::{Pattern, TEXT};
