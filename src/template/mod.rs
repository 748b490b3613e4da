//! Floor 3: CloudFormation and SAM templates in, a topology out.
//!
//! Absent: what any of it does at run time, and any default of AWS's: those come from the models.

mod value;

pub use value::{Entry, Node, Piece, Reference, Unknown, Value};
