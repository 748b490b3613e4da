//! Floor 6: the search: sweep seeds or take all combinations, judge, find what is to blame, make it small, propose repairs.
//!
//! Absent: words for people (reports) and anything that happens inside a run (world).

mod blame;
mod capsule;
mod check;
mod edit;
mod enumerate;
mod findings;
mod proof;
mod repair;
mod replay;
mod result;
mod runner;
mod scope;
mod shrink;
mod story;
mod swarm;
mod sweep;
mod tolerate;

pub use capsule::{Capsule, CapsuleError, Codec};
pub use check::{CheckOptions, Halt, Progress, check, check_until};
pub use enumerate::{Broken, Enumeration, Limits, Stopped, enumerate};
pub use findings::verdict_id;
pub use replay::{Replay, Replayed, replay};
pub use result::{
    At, Change, Checked, Counterexample, Finding, Harm, Part, Repair, Standing, Step, Stop, Told, Verdict,
};
pub use runner::{Outcome, Runner};
pub use scope::Scope;
pub use shrink::shrink;
pub use swarm::{Swarm, swarm};
pub use tolerate::Tolerated;
