//! `bounded-cost`: an event costs no more invocations, requests and money than a scenario states, over a whole run.
//!
//! Totals of a queue and its consumers at the end of the run are compared with the bounds times the events sent to it.
//! Requests are receives that returned messages and deletes, ten messages a call; money is those requests, the
//! invocations and their gigabyte-seconds at the prices of the models, free tiers left out; what idle pollers cost is
//! not an event's. Not applicable without a stated bound; not exercised while nothing was sent.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Quantities, Sight, Watch};
use crate::program::{Prices, Program};
use crate::trace::{KindMask, RecordKind};

pub(crate) struct BoundedCost;

impl Monitor for BoundedCost {
    const NAME: GuaranteeName = GuaranteeName::BoundedCost;
    const KINDS: KindMask = KindMask::of(&[RecordKind::RunEnded]);

    fn applicable(program: &Program, _queue: usize) -> Applicable {
        let bounds = &program.profile.bounds;
        let is_stated = bounds.invocations_per_event.is_some()
            || bounds.requests_per_event.is_some()
            || bounds.cost_per_event.is_some();
        if is_stated { Applicable::Yes } else { Applicable::No("no bound is stated") }
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).quantities.sent > 0
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let bounds = &sight.program.profile.bounds;
        let spent = &sight.watch.queue(sight.queue).quantities;
        let exceeds = |bound: Option<u64>, total: u64| {
            bound.is_some_and(|bound| total > bound.saturating_mul(spent.sent))
        };
        let is_exceeded = exceeds(bounds.invocations_per_event.map(u64::from), spent.invocations)
            || exceeds(bounds.requests_per_event.map(u64::from), spent.requests())
            || exceeds(
                bounds.cost_per_event.map(|money| money.0),
                cost(spent, &sight.program.profile.prices),
            );
        (spent.sent > 0 && is_exceeded).then_some(None)
    }
}

/// What a queue and its consumers cost, in picodollars.
fn cost(spent: &Quantities, prices: &Prices) -> u64 {
    let duration = u128::from(spent.memory_time) * u128::from(prices.gigabyte_second)
        / u128::from(MEBIBYTES_PER_GIBIBYTE * MILLIS_PER_SECOND);
    let calls = spent.requests() * prices.queue_request + spent.invocations * prices.invocation;
    calls.saturating_add(u64::try_from(duration).unwrap_or(u64::MAX))
}

const MEBIBYTES_PER_GIBIBYTE: u64 = 1_024;
const MILLIS_PER_SECOND: u64 = 1_000;
