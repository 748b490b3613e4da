//! What a check has to tell, put into sentences once for all formats.
//!
//! Absent: any format; each is one file beside this folder.

mod conclusion;
mod cost;
mod cycle;
mod footing;
mod headline;
mod headline_pushed;
mod headline_read;
mod input;
mod patch;
mod proof;
mod scene;
mod section_denied;
mod section_ends;
mod section_excused;
mod section_finding;
mod section_held;
mod section_loop;
mod section_properties;
mod signals;
mod site;
mod story;

pub use conclusion::{Conclusion, conclusion};
pub use input::{CheckReport, Detail};

pub(crate) use cost::polling_cost;
pub(crate) use footing::{assumed_rules, unknown_values};
pub(crate) use headline::headline;
pub(crate) use input::finding_gates;
pub(crate) use patch::patch;
pub(crate) use proof::{Enumerated, enumerated, proof};
pub(crate) use section_denied::denied_finding;
pub(crate) use section_ends::{assumptions, ceiling, not_modelled, quantities, unknowns};
pub(crate) use section_excused::excused;
pub(crate) use section_finding::{brief, finding, harm, refusals_finding};
pub(crate) use section_held::{edge, held};
pub(crate) use section_loop::loop_finding;
pub(crate) use section_properties::{all as all_properties, properties};
pub(crate) use site::{Site, place_of};
pub(crate) use story::{sources as story_sources, steps as story_steps, told as story_sentence};
