//! Who watches a run: monitors, the stored trace, counters.

use crate::trace::{Covered, Record};

/// Sees every record of a run in order. What observers do never changes the run or its digest.
pub trait Observer {
    /// One record with the items that it covers.
    fn observe(&mut self, record: &Record, covered: &[Covered]);
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
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    #[inline]
    fn observe(&mut self, record: &Record, covered: &[Covered]) {
        self.0.observe(record, covered);
        self.1.observe(record, covered);
    }
}
