//! Scenario files: from TOML to what is stated, with every problem and its place; `docs/scenario.md` is the format.
//!
//! Absent: whether the names in it are those of a template, which `scenario::problems` asks of a topology.

mod attributes;
mod behaviour;
mod bounds;
mod caller;
mod change;
mod change_of_item;
mod counts;
mod document;
mod expectation;
mod faults;
mod fields;
mod file;
mod handler;
mod json;
mod load;
mod metadata;
mod settings;

pub use file::{ReadScenario, ScenarioFile, StatedSetting, read_scenario, read_scenario_text};
pub use metadata::stated_in_metadata;
