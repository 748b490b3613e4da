//! Floor 0: the words that every other floor uses: names, ids, time, units, ratios, places and diagnostics.
//!
//! Absent: anything that knows about AWS, a template or a run.

mod description;
mod diagnostic;
mod id;
mod name;
mod ratio;
mod spelling;
mod time;
mod units;
mod written;

pub use description::Description;
pub use diagnostic::{Diagnostic, Place, Severity};
pub use id::RuleId;
pub use name::{EntityKind, EntityName, NameHash};
pub use ratio::{Ratio, RatioProblem};
pub use spelling::{did_you_mean, nearest, nearest_first, nearest_within, quote, suggestion};
pub use time::{Duration, Instant};
pub use units::Bytes;
pub use written::{Written, WrittenEntry, WrittenValue};
