//! Which faults a check may use.

use crate::kernel::{Families, Family};
use crate::scenario::FaultPlan;

/// Fault plans by their most frequent forms. A plan can state more: see [`FaultPlan`].
///
/// ```
/// use redrive::prelude::*;
/// let plan = Faults::only([Family::Poison, Family::Timeout]);
/// assert_eq!(plan.families.unwrap().to_string(), "poison + timeout");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {}

impl Faults {
    /// Every seed draws which families are on, and how strongly.
    pub fn swarm() -> FaultPlan {
        FaultPlan::default()
    }

    /// Nothing goes wrong.
    pub fn none() -> FaultPlan {
        FaultPlan { families: Some(Families::NONE), ..FaultPlan::default() }
    }

    /// Every seed draws which of these families are on.
    pub fn only(families: impl IntoIterator<Item = Family>) -> FaultPlan {
        FaultPlan { families: Some(families.into_iter().collect()), ..FaultPlan::default() }
    }

    /// Every seed draws which families are on, but these never are.
    pub fn without(families: impl IntoIterator<Item = Family>) -> FaultPlan {
        let families = Families::USUAL.difference(families.into_iter().collect());
        FaultPlan { families: Some(families), ..FaultPlan::default() }
    }
}
