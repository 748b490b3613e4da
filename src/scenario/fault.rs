//! Faults: which families may happen and how often, and single ones at a time.

use crate::kernel::{Families, Family};
use crate::vocabulary::{Duration, Place, Ratio};

/// Which faults happen.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let outages = FaultPlan { families: Some(redrive::kernel::Families::NONE.with(Family::Outage)), ..Faults::none() };
/// let outcome = Check::new(&system).faults(outages).seeds(0..8).run();
/// assert!(!outcome.verdicts().is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// The families that the search may use; all where it is left out.
    pub families: Option<Families>,
    /// The odds of one hit in place of the models' intensities; such a family is on in every run.
    pub ratios: Vec<(Family, Ratio)>,
    /// Single faults; they happen in every run.
    pub planned: Vec<PlannedFault>,
}

/// One fault that happens in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedFault {
    /// A fault over a span of time: `outage`, `brownout`, `throttle` or `service-error`.
    Span {
        /// The family.
        family: Family,
        /// The function, or for `service-error` also a queue; empty for the account, which `throttle` hits.
        target: String,
        /// When it begins, from the start of the run.
        at: Duration,
        /// How long it lasts.
        length: Duration,
        /// Where it is stated.
        place: Option<Place>,
    },
    /// One event fails at every attempt.
    Poison {
        /// The source.
        source: String,
        /// Which of its events, from 0.
        ordinal: u32,
        /// Where it is stated.
        place: Option<Place>,
    },
}

impl FaultPlan {
    /// What a nearer statement makes of this one: families take the place of families with their odds, single faults
    /// come on top.
    pub(super) fn under(mut self, nearer: Self) -> Self {
        if nearer.families.is_some() {
            self.families = nearer.families;
            self.ratios.clear();
        }
        self.ratios.retain(|(family, _)| nearer.ratios.iter().all(|(other, _)| other != family));
        self.ratios.extend(nearer.ratios);
        self.planned.extend(nearer.planned);
        self
    }
}
