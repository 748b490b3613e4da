//! A report as a value of its own: what `redrive.report/1` holds, written, read back, and turned into other formats.
//!
//! Absent: how one is made from a check (`check_json`), and any format besides JSON.

mod read;
mod shape;
mod tell;

pub use read::{DocumentError, read_documents};
pub use shape::Document;

pub(crate) use shape::{
    Assumption, Change, Cite, EXPECTED, Event, Excuse, Finding, Guarantee, Line, Need, Numbers, OWN, Part,
    Polling, Repair, Seeds, Span, Spot, Stated, Story, Survived, Unknown, Unmodelled, Where, link_label,
};
pub(crate) use tell::{
    DiagnosticParts, broken_by, clock, diagnostic_parts, facts, length, story, summary, tolerated,
};
