//! Floor 3: what a user states beside a template: load, handlers, changes in flight, faults, bounds and expectations.
//!
//! Absent: the models' default profile, which holds where a scenario is silent, and what any of it does in a run.
//! Names of resources are text here, as their user wrote them; `program` looks them up.

mod behaviour;
mod bounds;
mod change;
mod expectation;
mod fault;
mod stated;
mod workload;

pub use behaviour::{BodyTest, Emission, HandlerPreset, Handling, OutcomeRule, Per, Then, Timing, When};
pub use bounds::{Bounds, Strictness};
pub use change::{Change, PlannedChange};
pub use expectation::{Amount, Expectation, Expected, ExpectedFate};
pub use fault::{FaultPlan, PlannedFault};
pub use stated::{Scenario, Sends, matches};
pub use workload::{Arrivals, Generated, Message, Workload};
