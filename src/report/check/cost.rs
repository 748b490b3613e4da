//! What the pollers of an idle mapping cost: long polls find nothing and are paid all the same.

use crate::models::{Models, Money};
use crate::program::Program;
use crate::vocabulary::Duration;

/// A month, as bills count it for an estimate.
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Requests and money of a queue's idle pollers in a month, the free tier left aside; `None` where nobody polls, or
/// where the models lack a price.
pub(crate) fn polling_cost(program: &Program, queue: usize, models: &Models) -> Option<(u64, Money)> {
    let wait = models.duration("queue_poll.long_poll", "wait").ok()?.as_micros().max(1);
    let price = models.money("price.sqs_request", "price").ok()?;
    let per = models.count("price.sqs_request", "per").ok()?.max(1);
    let mappings = program.queues[queue].consumers().filter(|mapping| program.mappings[*mapping].enabled);
    let pollers: u64 = mappings
        .map(|mapping| {
            let own = program.mappings[mapping].maximum_concurrency;
            u64::from(program.account.initial_concurrency.min(own))
        })
        .sum();
    if pollers == 0 {
        return None;
    }
    let requests = MONTH.as_micros() / wait * pollers;
    let cost = u128::from(price.0) * u128::from(requests) / u128::from(per);
    Some((requests, Money(u64::try_from(cost).unwrap_or(u64::MAX))))
}
