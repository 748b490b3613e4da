//! Repairs: a small catalogue of changes, each tried in simulation before it is proposed.

use crate::explore::check::CheckOptions;
use crate::explore::{Part, Repair, Verdict};
use crate::models::Models;
use crate::program::ProgramOptions;
use crate::topology::Topology;

/// The first change of the catalogue after which the guarantee holds at the place.
pub(crate) fn repair(
    _part: &Part,
    _verdict: &Verdict,
    _topology: &Topology,
    _models: &Models,
    _program_options: &ProgramOptions,
    _options: &CheckOptions,
) -> Option<Repair> {
    None
}
