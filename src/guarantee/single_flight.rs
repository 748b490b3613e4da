//! `single-flight`: no event is being processed by two invocations of one consumer at the same moment.
//!
//! It is violated when an invocation starts with an event that another invocation, started and not ended, has in its
//! batch. Not exercised while nothing was delivered.

use crate::guarantee::monitor::Culprit;
use crate::guarantee::{Applicable, GuaranteeName, Monitor, Sight, Watch};
use crate::program::Program;
use crate::trace::{KindMask, RecordKind};

pub(crate) struct SingleFlight;

impl Monitor for SingleFlight {
    const NAME: GuaranteeName = GuaranteeName::SingleFlight;
    const KINDS: KindMask = KindMask::of(&[RecordKind::InvocationStarted]);

    fn applicable(_program: &Program, _queue: usize) -> Applicable {
        Applicable::Yes
    }

    fn exercised(watch: &Watch, queue: usize) -> bool {
        watch.queue(queue).delivered
    }

    #[inline]
    fn violated(sight: &Sight<'_>) -> Option<Culprit> {
        let running = |item: &&crate::trace::Covered| sight.watch.event(item.event).running > 0;
        sight.covered.iter().find(running).map(|item| Some(item.event))
    }
}
