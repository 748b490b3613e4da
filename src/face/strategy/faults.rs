//! Fault plans.

use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::face::Faults;
use crate::kernel::Family;
use crate::scenario::FaultPlan;

/// Plans that use some of the fault families; shrinks to [`Faults::none`], one family after the other.
///
/// ```
/// use proptest::prelude::*;
/// use redrive::strategy::fault_plans;
/// proptest!(ProptestConfig::with_cases(8), |(plan in fault_plans())| {
///     prop_assert!(plan.families.is_some());
/// });
/// ```
pub fn fault_plans() -> impl Strategy<Value = FaultPlan> {
    let families: Vec<Family> = Family::faults().collect();
    let count = families.len();
    subsequence(families, 0..=count).prop_map(Faults::only)
}
