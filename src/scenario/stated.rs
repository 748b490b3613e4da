//! The whole of what is stated, as one value.

use crate::scenario::{Bounds, Caller, Expectation, FaultPlan, Handling, PlannedChange, Workload};
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
    /// How whoever calls through a front does so.
    pub callers: Vec<Caller>,
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

    /// The load that is stated for a source: what names it, or else what the longest pattern says.
    ///
    /// ```
    /// use redrive::scenario::{Scenario, Workload};
    /// let workloads = ["20/1s", "Orders=5/1s"].map(|text| Workload::parse(text).unwrap()).to_vec();
    /// let scenario = Scenario { workloads, ..Scenario::default() };
    /// assert_eq!(scenario.load_of("Orders")[0].count(), 5);
    /// assert_eq!(scenario.load_of("Invoices")[0].count(), 20);
    /// ```
    pub fn load_of(&self, source: &str) -> Vec<&Workload> {
        let fitting = || self.workloads.iter().filter(|load| matches(&load.to, source));
        let exactness = |load: &&Workload| if load.to == source { usize::MAX } else { load.to.len() };
        let best = fitting().map(|load| exactness(&load)).max();
        fitting().filter(|load| Some(exactness(load)) == best).collect()
    }

    /// How many events a source gets, where its load is stated.
    pub fn stated_events(&self, source: &str) -> Option<u32> {
        let load = self.load_of(source);
        (!load.is_empty()).then(|| load.iter().fold(0, |sum: u32, one| sum.saturating_add(one.count())))
    }

    /// What a nearer statement (an option before a file, a file before a template's metadata) makes of this one: its
    /// handlers come later, its load takes the place of what it covers, its families and bounds count where it has any.
    #[must_use]
    pub fn under(mut self, nearer: Self) -> Self {
        self.workloads.retain(|load| !nearer.workloads.iter().any(|other| matches(&other.to, &load.to)));
        self.workloads.extend(nearer.workloads);
        self.handlers.extend(nearer.handlers);
        self.callers.extend(nearer.callers);
        self.sends.extend(nearer.sends);
        self.changes.extend(nearer.changes);
        self.faults = self.faults.under(nearer.faults);
        self.bounds = self.bounds.under(nearer.bounds);
        self.expectations.extend(nearer.expectations);
        self
    }
}

/// Whether a name matches a pattern: the name itself, or its beginning before a trailing `*`.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}
