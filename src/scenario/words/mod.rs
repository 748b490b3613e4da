//! The small texts that scenario files and options share: times, rates, ranges, faults, presets with durations.
//!
//! Absent: tables and keys, which only files have.

mod amount;
mod families;
mod fault;
mod handling;
mod load;
mod sends;
mod time;
mod unreadable;

pub use families::{NamedFamilies, families};
pub use load::Rate;
pub use time::{length, moment};
pub use unreadable::Unreadable;

pub(super) use families::{family, fault_family};
pub(super) use fault::{event, ratio};
pub(super) use load::MOST_EVENTS;
pub(super) use time::some_length;
pub(super) use unreadable::whole;
