//! Floor 3: what a user states beside a template: load, handlers, changes in flight, faults, bounds and expectations.
//!
//! Absent: the models' default profile, which holds where a scenario is silent, and what any of it does in a run.
//! Names of resources are text here, as their user wrote them; `program` looks them up.

mod attribute;
mod behaviour;
mod bounds;
mod caller;
mod change;
mod check;
mod clients;
mod expectation;
mod fault;
mod identity;
mod item;
mod read;
mod stated;
mod words;
mod workload;

pub use attribute::{MessageAttribute, MessageAttributes};
pub use behaviour::{BodyTest, Emission, HandlerPreset, Handling, OutcomeRule, Per, Then, Timing, When};
pub use bounds::{Bounds, Strictness};
pub use caller::{Call, Caller, Retries};
pub use change::{Change, Deleted, PlannedChange, Replay};
pub use check::problems;
pub use expectation::{Amount, Expectation, Expected, ExpectedFate};
pub use fault::{FaultPlan, PlannedFault};
pub use item::{Item, ItemTrouble, ItemWrite, StatedWrite, WrittenItem, item, item_changes};
pub use read::{
    ReadScenario, ScenarioFile, StatedSetting, read_scenario, read_scenario_text, stated_in_metadata,
};
pub use stated::{Scenario, Sends, matches};
pub use words::{NamedFamilies, Rate, Unreadable, families, length, moment};
pub use workload::{Arrivals, Generated, Message, Workload};
