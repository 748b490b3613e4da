//! Intrinsic functions applied: from the tree of a document to a template whose values are known, symbolic
//! references, or unknown with a reason.
//!
//! Absent: defaults, SAM's own expansion, and what any resource means. What the template alone does not tell is
//! never guessed; what it says wrongly is a warning and an unknown value, since AWS may still have accepted it.

mod budget;
mod call;
mod condition;
mod dynamic;
mod evaluator;
mod function;
mod json_text;
mod list;
mod loops;
mod mapping;
mod network;
mod outside;
mod parameter;
mod pseudo;
mod read;
mod reference;
mod resource;
mod scope;
mod substitution;
mod surroundings;
mod text;

pub use read::read;

pub(in crate::template) use parameter::{unknown_parameters, unset_parameter};
pub(in crate::template) use pseudo::partition;
pub(in crate::template) use read::{evaluate, parsed};
pub(in crate::template) use reference::undefined_name;
pub(in crate::template) use surroundings::{Company, Surroundings, Values};
