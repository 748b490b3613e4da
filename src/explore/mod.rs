//! Floor 6: the search: sweep seeds or take all combinations, judge, find what is to blame, make it small, propose repairs.
//!
//! Absent: words for people (reports) and anything that happens inside a run (world).

mod blame;
mod capsule;
mod check;
mod code;
mod codec;
mod crew;
mod edit;
mod edit_generated;
mod edit_machine;
mod edit_pushed;
mod edit_right;
mod edit_stream;
mod enumerate;
mod expectation;
mod findings;
mod identity;
mod ledger;
mod nearby;
mod proof;
mod property;
mod question;
mod repair;
mod repair_pushed;
mod repair_read;
mod replay;
mod reruns;
mod result;
mod runner;
mod scope;
mod shrink;
mod stated;
mod story;
mod swarm;
mod sweep;
mod tell;
mod tolerate;
mod upstream;

pub use capsule::{Capsule, CapsuleError};
pub use check::{CheckOptions, Halt, Progress, check, check_with};
pub use code::{Code, CodeHandler, Handlers};
pub use codec::Codec;
pub use enumerate::{Broken, Enumeration, Limits, Stopped, enumerate};
pub use expectation::{Expectations, expectation_name};
pub use findings::verdict_id;
pub use identity::topology_digest;
pub use ledger::{EventLedger, FunctionLedger, Ledger, QueueLedger};
pub use nearby::{Ground, nearby};
pub use property::{Breach, Footing, Property, PropertyMonitor, Quantifier, Seen, StatedIn};
pub use question::{Asked, Question, Shown};
pub use replay::{Changed, Replay, Replayed, replay, replay_with};
pub use result::{
    At, Change, Checked, Counterexample, Finding, Harm, Opened, Part, Repair, Standing, StatedVerdict, Step,
    Stop, Told, Verdict,
};
pub use runner::{Outcome, Runner};
pub use scope::Scope;
pub use shrink::shrink;
pub use story::event_label;
pub use swarm::{Swarm, swarm};
pub use tolerate::Tolerated;
