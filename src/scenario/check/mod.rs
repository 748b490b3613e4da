//! What is wrong with a scenario for the topology at hand: names that are not there, loads that a queue refuses, faults
//! on the wrong kind of thing, expectations that contradict each other.
//!
//! Absent: the syntax of files and options, which has been read by then, and what anything does in a run.

mod caller;
mod change;
mod deletion;
mod expectation;
mod fault;
mod handler;
mod item;
mod load;
mod names;
mod problems;
mod replay;
mod size;
mod unread;
mod visit;

pub use problems::problems;

use problems::{doubt, problem};
