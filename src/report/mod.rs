//! Floor 7: what people and programs read: one format, one file.
//!
//! Absent: files, terminals and exit codes, which are the command line's. Texts carry styles; whoever prints them
//! strips these where they are not wanted.

mod check;
mod check_json;
mod check_text;
mod diagnostics;
mod draft;
mod failure;
mod replay;
mod run;
mod run_json;
mod run_payload;
mod run_text;
mod stated;
mod text;
mod timeline;
mod topology_json;
mod topology_rows;
mod topology_text;

pub use check::{CheckReport, Conclusion, Detail, conclusion};
pub use check_json::{REPORT_FORMAT, check_json, unusable_json};
pub use check_text::check_text;
pub use diagnostics::{Sources, diagnostics_count, diagnostics_plain, diagnostics_text};
pub use draft::{SCENARIO_SCHEMA, scenario_draft};
pub use failure::{Violated, failure_text, replay_command};
pub use replay::{ReplayReport, replay_json, replay_text};
pub use run::RunReport;
pub use run_json::{TRACE_FORMAT, run_json};
pub use run_text::run_text;
pub use timeline::timeline_text;
pub use topology_json::{TOPOLOGY_FORMAT, topology_json};
pub use topology_text::{topology_plain, topology_text};
