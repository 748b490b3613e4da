//! Floor 3: CloudFormation and SAM templates in, a topology out.
//!
//! Absent: what any of it does at run time, and any default of AWS's: those come from the models.

mod build;
mod declared;
mod sam;
mod tree;
mod value;

/// stub
pub const COMMAND_LINE: &str = "<command line>";

pub use value::{Entry, Node, Piece, Reference, Unknown, Value};
