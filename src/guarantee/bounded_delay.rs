//! `bounded-delay`: every event is processed or given up within the delay that a scenario states.
//!
//! The delay counts from sending. It is violated when an event is processed for the first time, goes to its dead-letter
//! queue or expires later than that, and when nobody has called back by then whoever waits for that. Not applicable without a stated bound; not exercised while nothing was sent.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::trace::{Covered, KindMask, RecordKind};

pub(crate) struct BoundedDelay;

impl Monitor for BoundedDelay {
    const NAME: GuaranteeName = GuaranteeName::BoundedDelay;
    const KINDS: KindMask = KindMask::of(&[
        RecordKind::EventsProcessed,
        RecordKind::MessageRedriven,
        RecordKind::MessageExpired,
        RecordKind::EventGivenUp,
        RecordKind::RecordsDiscarded,
        RecordKind::DeliveryGivenUp,
        RecordKind::CallbackMissed,
    ]);

    fn applicable(program: &Program, _queue: usize) -> Applicable {
        match program.profile.bounds.delay {
            Some(_) => Applicable::Yes,
            None => Applicable::No("no bound is stated"),
        }
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).quantities.sent > 0
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let bound = sight.program.profile.bounds.delay?;
        let is_late = |item: &&Covered| {
            let event = sight.watch.event(item.event);
            let is_missed = sight.record.kind == RecordKind::CallbackMissed;
            (is_missed || !event.processed) && sight.record.at.since(event.sent) > bound
        };
        sight.covered.iter().find(is_late).map(|item| Some(item.event))
    }
}
