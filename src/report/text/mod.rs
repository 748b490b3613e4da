//! What all text for people shares: styles, lines of a bounded width, tables, numbers and the words for records.
//!
//! Absent: what a report says (one file beside this folder each).

mod layout;
mod number;
mod patch;
mod pushed;
mod read;
mod style;
mod table;
mod words;

pub(crate) use layout::{COLUMNS, Page, plain, visible, wrap};
pub(crate) use number::{counted, grouped, listed};
pub(crate) use patch::{Piece, Sign, patch_lines};
pub(crate) use pushed::pushed_kinds;
pub(crate) use style::{ADVICE, BAD, FAINT, GOOD, NAME, TITLE, paint, paint_words};
pub(crate) use table::{Align, Table};
pub(crate) use words::{Fact, sentence};
