//! `no-needless-redelivery`: an event that a consumer has processed is not delivered to it again.
//!
//! It is violated when an invocation starts with an event that the same consumer has processed before. Going to a
//! dead-letter queue ends the consumer's part: what reads that queue is another one. Not exercised while nothing was
//! processed.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::trace::{KindMask, RecordKind};

pub(crate) struct NoNeedlessRedelivery;

impl Monitor for NoNeedlessRedelivery {
    const NAME: GuaranteeName = GuaranteeName::NoNeedlessRedelivery;
    const KINDS: KindMask = KindMask::of(&[RecordKind::InvocationStarted]);

    fn applicable(_program: &Program, _queue: usize) -> Applicable {
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).processed
    }

    #[inline]
    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let processed = |item: &&crate::trace::Covered| sight.watch.event(item.event).processed;
        sight.covered.iter().find(processed).map(|item| Some(item.event))
    }
}
