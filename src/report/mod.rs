//! Floor 7: what people and programs read: one format, one file.
//!
//! Absent: files, terminals and colours, which are the command line's.

mod topology_json;
mod topology_rows;
mod topology_text;

pub use topology_json::{TOPOLOGY_FORMAT, topology_json};
pub use topology_text::topology_text;
