//! Known gaps: what `redrive.accept.toml` says, whether a violation is one of them, and how one is written down.
//!
//! Absent: files and the date of today, which are the command line's.

mod date;
mod entry;
mod judge;
mod read;
mod write;

pub use date::Date;
pub use entry::{Accepted, LEDGER, Ledger};
pub use judge::{Staleness, apply, entry_for};
pub use read::read_ledger;
pub use write::with_entry;
