//! What AWS would refuse at deployment: every setting against its range, and the combinations that it checks.
//!
//! Absent: what the simulation does with such a topology; it runs all the same, since settings can also change later.

mod check;
mod fifo;
mod links;
mod places;
mod provisioned;
mod push;
mod ranges;
mod resources;
mod states;
mod stream_mappings;
mod streams;
mod web;

pub use check::{Refusal, refusals};
