//! Limits that a user states for the guarantees.

use crate::models::Money;
use crate::vocabulary::Duration;

/// Limits; the profile's hold where one is left out, and the guarantees that need a stated one are not asked.
///
/// ```
/// use redrive::prelude::*;
/// let system = Topology::from_template("examples/orders/template.yaml").unwrap();
/// let soon = Bounds { delay: Some(Duration::from_secs(3_600)), ..Bounds::default() };
/// let outcome = Check::new(&system).bounds(soon).guarantee(bounded_delay()).seeds(0..8).run();
/// assert!(!outcome.verdicts().is_empty());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// How long an operator needs to look at what is kept.
    pub operator_window: Option<Duration>,
    /// How long something may stand still.
    pub stall_limit: Option<Duration>,
    /// How long a backlog may take after the faults.
    pub drain: Option<Duration>,
    /// How long a run settles at most.
    pub settle_limit: Option<Duration>,
    /// Whether an event that is never processed breaks the order of those behind it.
    pub ordering: Strictness,
    /// `bounded-delay`: how long an event may take until it is processed or given up.
    pub delay: Option<Duration>,
    /// `bounded-cost`: the most invocations per event, over a whole run.
    pub invocations_per_event: Option<u32>,
    /// `bounded-cost`: the most requests to the source per event, over a whole run.
    pub requests_per_event: Option<u32>,
    /// `bounded-cost`: the most money per event, over a whole run.
    pub cost_per_event: Option<Money>,
}

/// How strictly order is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Only events that are processed count.
    #[default]
    Usual,
    /// An event may not be processed before an earlier one that never is.
    Strict,
}

impl Bounds {
    /// What a nearer statement makes of this one: limit by limit.
    pub(super) fn under(self, nearer: Self) -> Self {
        Self {
            operator_window: nearer.operator_window.or(self.operator_window),
            stall_limit: nearer.stall_limit.or(self.stall_limit),
            drain: nearer.drain.or(self.drain),
            settle_limit: nearer.settle_limit.or(self.settle_limit),
            ordering: match nearer.ordering {
                Strictness::Usual => self.ordering,
                Strictness::Strict => Strictness::Strict,
            },
            delay: nearer.delay.or(self.delay),
            invocations_per_event: nearer.invocations_per_event.or(self.invocations_per_event),
            requests_per_event: nearer.requests_per_event.or(self.requests_per_event),
            cost_per_event: nearer.cost_per_event.or(self.cost_per_event),
        }
    }
}
