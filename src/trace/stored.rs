//! The stored trace: one more observer, for stories, timelines and comparisons.

use std::ops::Range;

use crate::trace::{Covered, Observer, Record};

/// All records of one run with what they cover.
#[derive(Clone, Debug, Default)]
pub struct StoredTrace {
    records: Vec<(Record, Range<usize>)>,
    covered: Vec<Covered>,
}

impl StoredTrace {
    /// The records in order, each with the items that it covers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Record, &[Covered])> {
        self.records.iter().map(|(record, range)| (record, &self.covered[range.clone()]))
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.records.clear();
        self.covered.clear();
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Observer for StoredTrace {
    fn observe(&mut self, record: &Record, covered: &[Covered]) {
        let start = self.covered.len();
        self.covered.extend_from_slice(covered);
        self.records.push((*record, start..self.covered.len()));
    }
}
