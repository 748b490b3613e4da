//! The SAM transform on the evaluated tree: serverless resources become the plain ones that SAM would write.
//!
//! Absent: packaging, API documents beyond paths and their functions, and permissions that no event flow needs.

mod connectors;
mod definition;
mod destinations;
mod events;
mod expander;
mod function;
mod globals;
mod policies;
mod polled;
mod pushed;
mod rights;

pub(crate) use expander::expand;
