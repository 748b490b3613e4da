//! Who watches a run: monitors, the stored trace, counters.

use crate::trace::{Covered, EventId, Record};
use crate::vocabulary::Description;

/// Sees every record of a run in order. What observers do never changes the run or its digest.
pub trait Observer {
    /// One record with the items that it covers.
    fn observe(&mut self, record: &Record, covered: &[Covered]);

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

    fn describe(&self, live: &[EventId], description: &mut Description) {
        self.0.describe(live, description);
        self.1.describe(live, description);
    }
}
