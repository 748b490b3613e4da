//! Floor 7: what people and programs read: one format, one file.
//!
//! Absent: files, terminals and exit codes, which are the command line's. Texts carry styles; whoever prints them
//! strips these where they are not wanted.

mod accepted;
mod check;
mod check_json;
mod check_loops;
mod check_rights;
mod check_text;
mod compare;
mod compare_text;
mod diagnostics;
mod diff;
mod diff_trace;
mod document;
mod document_text;
mod draft;
mod excuse;
mod failure;
mod github;
mod junit;
mod markdown;
mod merge;
mod replay;
mod run;
mod run_exits;
mod run_json;
mod run_payload;
mod run_text;
mod sarif;
mod stated;
mod text;
mod timeline;
mod topology_graph;
mod topology_json;
mod topology_rows;
mod topology_streams;
mod topology_text;

pub use accepted::{Accepted, Date, LEDGER, Ledger, Staleness, apply, entry_for, read_ledger, with_entry};
pub use check::{CheckReport, Conclusion, Detail, conclusion};
pub use check_json::{REPORT_FORMAT, check_json, document, unusable};
pub use check_loops::{circle_facts, circle_id, circle_standing};
pub use check_rights::{denied_words, right_word};
pub use check_text::check_text;
pub use compare::{Comparison, Move};
pub use diagnostics::{Sources, diagnostics_count, diagnostics_plain, diagnostics_text};
pub use diff::{DIFF_FORMAT, Diff, Side};
pub use diff_trace::TraceDiff;
pub use document::{Document, DocumentError, read_documents};
pub use document_text::document_text;
pub use draft::{SCENARIO_SCHEMA, scenario_draft};
pub use excuse::{Excuses, refusal_id, right_id};
pub use failure::{Violated, failure_text, replay_command};
pub use github::github;
pub use junit::junit;
pub use markdown::markdown;
pub use merge::{MergeError, merge};
pub use replay::{ReplayReport, replay_json, replay_text};
pub use run::RunReport;
pub use run_json::{TRACE_FORMAT, run_json};
pub use run_text::run_text;
pub use sarif::sarif;
pub use timeline::timeline_text;
pub use topology_graph::{topology_dot, topology_mermaid};
pub use topology_json::{TOPOLOGY_FORMAT, topology_json};
pub use topology_text::{topology_plain, topology_text};
