//! The whole of what is stated, as one value.

use crate::scenario::{Bounds, Expectation, FaultPlan, Handling, PlannedChange, Workload};
use crate::vocabulary::Place;

/// What a user states beside a template. Where it is silent, the default profile of the models holds.
///
/// ```
/// use redrive::scenario::{Scenario, Workload};
/// use redrive::vocabulary::Duration;
/// let ten = Workload::steady("Orders", 10, Duration::from_secs(1));
/// let scenario = Scenario { workloads: vec![ten], ..Scenario::default() };
/// assert!(!scenario.is_silent());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// Load by source; a source that none names keeps the profile's load.
    pub workloads: Vec<Workload>,
    /// What handlers do; of two that match a function the later one counts, field by field.
    pub handlers: Vec<Handling>,
    /// Answers to what a template leaves open: who sends where.
    pub sends: Vec<Sends>,
    /// What changes while events are in flight.
    pub changes: Vec<PlannedChange>,
    /// Which faults happen.
    pub faults: FaultPlan,
    /// Limits for the guarantees.
    pub bounds: Bounds,
    /// What must have come of it at the end of every run.
    pub expectations: Vec<Expectation>,
}

/// A function sends to a resource although the template does not show it for certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sends {
    /// The function's name; a trailing `*` matches any rest.
    pub function: String,
    /// The resource's name.
    pub to: String,
    /// Where it is stated.
    pub place: Option<Place>,
}

impl Scenario {
    /// Whether nothing at all is stated.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a name matches a pattern: the name itself, or its beginning before a trailing `*`.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}
