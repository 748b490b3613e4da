//! `no-collateral`: only an event that itself failed at least once is dead-lettered or discarded.
//!
//! An event failed itself when its own draw failed (poison, a transient error) or when a fault of a whole invocation
//! (time-out, crash, outage) hit one that it was in. It is violated when an event for which neither is true is moved
//! to the dead-letter queue or lost: it never ran, was only throttled, or only shared batches with a bad one. Records of a stream
//! that are discarded with a bad one after they were processed are no harm. Not exercised while nothing was given up.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::trace::{KindMask, RecordKind};

pub(crate) struct NoCollateral;

impl Monitor for NoCollateral {
    const NAME: GuaranteeName = GuaranteeName::NoCollateral;
    const KINDS: KindMask = KindMask::of(&[
        RecordKind::MessageRedriven,
        RecordKind::EventGivenUp,
        RecordKind::RecordsDiscarded,
        RecordKind::DeliveryGivenUp,
        RecordKind::ObligationLost,
    ]);

    fn applicable(_program: &Program, _queue: usize) -> Applicable {
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).gave_up
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        if sight.record.kind == RecordKind::RecordsDiscarded {
            let is_good = |item: &&crate::trace::Covered| {
                let event = sight.watch.event(item.event);
                !event.failed && !event.processed
            };
            return sight.covered.iter().find(is_good).map(|item| Some(item.event));
        }
        let item = sight.covered.first()?;
        (!sight.watch.event(item.event).failed).then_some(Some(item.event))
    }
}
