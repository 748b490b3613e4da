//! Several templates as one system: which there are, what they tell each other, and what each declares.
//!
//! Stacks are evaluated in rounds, until nobody learns anything new from the others' exports, outputs, parameters and
//! entries of the parameter store. Absent: what a template means (`evaluate`, `sam`) and what becomes of it (`build`).

mod cloud_assembly;
mod doubles;
mod inputs;
mod join;
mod names;
mod nested;
mod outcome;
mod qualify;
mod rounds;
mod settings;
mod stack;

pub(crate) use inputs::{Given, Root, roots};
pub(crate) use join::{System, join};
