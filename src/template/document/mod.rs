//! A template's text, read: bytes to text, text to a tree with places, and the types of what `evaluate` makes of it.
//!
//! Absent: intrinsic functions (see `evaluate`), and what any resource means (see `sam` and `build`).
//! Nothing here recurses by the input's depth, and every input is bounded by [`Limits`].

mod builder;
mod decode;
mod json;
mod limits;
mod options;
mod parse;
mod report;
mod scalar;
mod setting;
mod source;
mod template;
mod toml;
mod tree;
mod yaml;

pub use decode::decode;
pub use limits::Limits;
pub use options::{GivenParameter, ReadOptions};
pub use setting::{COMMAND_LINE, apply_setting};
pub use template::{Import, Parameter, ParameterOrigin, Presence, Template, TemplateResource};

pub(in crate::template) use parse::parse;
pub(in crate::template) use report::Report;
pub(in crate::template) use scalar::{interpret, is_number, is_octal};
pub(in crate::template) use setting::command_line;
pub(in crate::template) use toml::parse_toml;
pub(in crate::template) use tree::{Branch, Scalar, Shape, Style, Tree};
