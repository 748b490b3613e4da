//! `no-loss`: every obligation is discharged.
//!
//! An event sent to a queue must be processed by a consumer of that queue, or of the dead-letter queue it went to, or
//! be *kept*: readable in a queue that nobody polls for at least the operator's window from the moment it was given
//! up. It is violated when the last copy of an event that was not processed expires, is deleted without having been
//! processed, or arrives where it cannot be read long enough. An event that the filter of no consumer of its queue wants
//! is owed to nobody; one that some want and the filter of another one deletes is lost. Not exercised while nothing was
//! sent. Not applicable where the source waits for an answer to each event: what fails there fails its deployment or
//! pipeline, and whoever started that sees it. What an API cannot hand over is not lost either: its client is told.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::trace::{KindMask, RecordKind};

pub(crate) struct NoLoss;

impl Monitor for NoLoss {
    const NAME: GuaranteeName = GuaranteeName::NoLoss;
    const KINDS: KindMask = KindMask::of(&[RecordKind::ObligationLost]);

    fn applicable(program: &Program, queue: usize) -> Applicable {
        //= cloudformation.answered
        //= codepipeline.answered
        if program.network.is_answered(queue) {
            return Applicable::No(
                "whatever called waits for an answer, and fails for all to see without one",
            );
        }
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).quantities.sent > 0
    }

    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        sight.covered.first().map(|item| Some(item.event))
    }
}
