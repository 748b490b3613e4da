//! Who watches a run: monitors, the stored trace, counters.

use crate::trace::{Covered, EventId, Record};
use crate::vocabulary::Description;

/// Sees every record of a run in order. What observers do never changes the run or its digest.
pub trait Observer {
    /// One record with the items that it covers.
    fn observe(&mut self, record: &Record, covered: &[Covered]);

    /// Asked for before the first record: the run is so long that an observer had better let go of what is settled.
    #[inline]
    fn lets_go(&mut self) {}

    /// Nothing happens to the events of these items any more, in a run that lets go of what is settled.
    #[inline]
    fn settled(&mut self, _items: &[Covered]) {}

    /// Writes down what its later answers can depend on, of the events only those that can still be met. Observers
    /// that only keep what they saw have nothing to say here.
    #[inline]
    fn describe(&self, _live: &[EventId], _description: &mut Description) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {
    #[inline]
    fn observe(&mut self, _record: &Record, _covered: &[Covered]) {}
}

impl<O: Observer + ?Sized> Observer for &mut O {
    #[inline]
    fn observe(&mut self, record: &Record, covered: &[Covered]) {
        (**self).observe(record, covered);
    }

    fn lets_go(&mut self) {
        (**self).lets_go();
    }

    #[inline]
    fn settled(&mut self, items: &[Covered]) {
        (**self).settled(items);
    }

    fn describe(&self, live: &[EventId], description: &mut Description) {
        (**self).describe(live, description);
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    #[inline]
    fn observe(&mut self, record: &Record, covered: &[Covered]) {
        self.0.observe(record, covered);
        self.1.observe(record, covered);
    }

    fn lets_go(&mut self) {
        self.0.lets_go();
        self.1.lets_go();
    }

    #[inline]
    fn settled(&mut self, items: &[Covered]) {
        self.0.settled(items);
        self.1.settled(items);
    }

    fn describe(&self, live: &[EventId], description: &mut Description) {
        self.0.describe(live, description);
        self.1.describe(live, description);
    }
}
