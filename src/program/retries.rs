//! What the retry policy of a single link makes of the policy of its source.

use crate::models::{ModelError, Models};
use crate::program::{BufferRules, DeliveryPolicy, OpenRule, Phase, RequestTable};
use crate::topology::Delivery;
use crate::vocabulary::Duration;

/// The phases of a policy, as models list them.
pub(super) fn phases(counts: Vec<u64>, from: Vec<Duration>, to: Vec<Duration>) -> Vec<Phase> {
    let phase = |((count, from), to): ((u64, Duration), Duration)| Phase { count: count as u32, from, to };
    counts.into_iter().zip(from).zip(to).map(phase).collect()
}

/// How long a source takes until it first tries, if its model says that it takes any time.
pub(super) fn latency(models: &Models, source: &str) -> Result<Option<OpenRule>, ModelError> {
    let rule = models.rules_in(source, "delivery.latency");
    rule.map(|rule| OpenRule::read(models, &models.rule(rule).id)).transpose()
}

/// How Lambda's own queue tries again.
pub(super) fn buffer(models: &Models) -> Result<BufferRules, ModelError> {
    Ok(BufferRules {
        retries: models.durations("async.retry_delays", "delays")?,
        throttle_first: models.duration("async.throttle_delays", "first")?,
        throttle_longest: models.duration("async.throttle_delays", "longest")?,
    })
}

/// A link may be tried more often than its source usually does.
pub(super) fn of_hop(delivery: &Delivery, policy: &mut DeliveryPolicy) {
    if let Some(attempts) = &delivery.attempts
        && attempts.value > count(&policy.phases)
    {
        set(&mut policy.phases, attempts.value);
    }
}

/// A source that waits and gives up by itself calls as often and for as long as its link says.
pub(super) fn of_request(delivery: &Delivery, table: &mut RequestTable) {
    let Some(longest) = &mut table.gives_up else { return };
    if let Some(web) = &delivery.web {
        let each = |pause| Phase { count: 1, from: pause, to: pause };
        table.phases = web.pauses().into_iter().map(each).collect();
    }
    if let Some(age) = &delivery.age {
        *longest = age.value;
    }
    if let Some(attempts) = &delivery.attempts {
        set(&mut table.phases, attempts.value);
    }
}

fn count(phases: &[Phase]) -> u64 {
    phases.iter().map(|phase| u64::from(phase.count)).sum()
}

/// Cuts phases off where there are too many retries, and lets the last one last longer where there are too few.
fn set(phases: &mut Vec<Phase>, mut retries: u64) {
    let last = phases.len();
    for (position, phase) in phases.iter_mut().enumerate() {
        let takes = if position + 1 == last { retries } else { retries.min(u64::from(phase.count)) };
        phase.count = u32::try_from(takes).unwrap_or(u32::MAX);
        retries -= takes;
    }
    phases.retain(|phase| phase.count > 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_phase_takes_what_the_others_leave() {
        let counts = |retries| {
            let phase = |count| Phase { count, from: Duration::ZERO, to: Duration::ZERO };
            let mut phases = vec![phase(3), phase(2)];
            set(&mut phases, retries);
            phases.iter().map(|phase| phase.count).collect::<Vec<_>>()
        };
        assert_eq!(counts(0), [0; 0]);
        assert_eq!(counts(2), [2]);
        assert_eq!(counts(5), [3, 2]);
        assert_eq!(counts(9), [3, 6]);
    }
}
