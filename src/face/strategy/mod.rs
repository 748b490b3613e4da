//! proptest strategies for everything that a check is stated with: load, faults, handlers, settings, systems, scenarios.
//!
//! Each shrinks towards the plainest value of its kind, which a test pins. Needs the feature `proptest`.

mod faults;
mod handlers;
mod scenarios;
mod settings;
mod systems;
mod workloads;

pub use faults::fault_plans;
pub use handlers::{handlings, presets};
pub use scenarios::scenarios;
pub use settings::{setting, settings};
pub use systems::{SystemPlan, systems};
pub use workloads::workloads;
