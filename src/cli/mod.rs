//! Floor 8: arguments, files, the terminal, exit codes.
//!
//! Absent: anything that judges or words a verdict. One command, one file; only here errors become text and numbers.

mod accept;
mod arguments;
mod check;
mod clock;
mod diff;
mod exit;
mod explain;
mod init;
mod input;
mod judged;
mod merge;
mod models;
mod output;
mod problems;
mod progress;
mod render;
mod replay;
mod run;
mod saved;
mod scope;
mod shard;
mod start;
mod stated;
mod topology;
mod values;

pub use exit::Exit;
pub use start::start;
