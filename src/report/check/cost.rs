//! What the pollers of an idle mapping cost: long polls find nothing and are paid all the same, and so are the fewest
//! pollers of a mapping in provisioned mode, by the hour.

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
    let (mut pollers, mut provisioned) = (0, 0);
    for mapping in mappings {
        let table = program.mappings[mapping];
        match table.provisioned {
            Some(mode) => provisioned += u64::from(mode.minimum.min(mode.maximum)),
            None => pollers += u64::from(program.account.initial_concurrency.min(table.maximum_concurrency)),
        }
    }
    let rent = models.money("price.provisioned_poller", "price").ok()?;
    let hour = models.duration("price.provisioned_poller", "every").ok()?.as_micros().max(1);
    let rent = u128::from(rent.0) * u128::from(MONTH.as_micros() / hour * provisioned);
    let pollers = pollers + provisioned;
    if pollers == 0 {
        return None;
    }
    let requests = MONTH.as_micros() / wait * pollers;
    //= price.provisioned_poller
    let cost = u128::from(price.0) * u128::from(requests) / u128::from(per) + rent;
    Some((requests, Money(u64::try_from(cost).unwrap_or(u64::MAX))))
}
