//! Floor 3: `CloudFormation` and SAM templates in, a topology out.
//!
//! Absent: what any of it does at run time, and any default of AWS's: those come from the models.

mod access;
mod build;
mod declared;
mod document;
mod evaluate;
mod import;
mod metadata;
mod parameters_file;
mod properties;
mod sam;
mod system;
mod tree;
mod types;
mod value;

pub use document::{
    COMMAND_LINE, GivenParameter, Import, Limits, Parameter, ParameterOrigin, Presence, ReadOptions,
    Template, TemplateResource, apply_setting, decode,
};
pub use evaluate::read;
pub use import::{ImportOptions, Imported, import, import_system, import_text};
pub use parameters_file::{parameters_in, parameters_of};
pub use value::{Entry, Node, Piece, Reference, Unknown, Value};
