//! A scenario for a topology that states nothing yet: every line a comment, with the names and values of the system.
//!
//! Absent: where it is written, which is the command line's.

mod parts;
mod scenario;
mod toml_text;

pub use scenario::{SCENARIO_SCHEMA, scenario_draft};

pub(crate) use scenario::Draft;
pub(crate) use toml_text::{key, text};
