//! The ids of asynchronous calls: all attempts of one have the same, and a source that calls again makes another.

use std::collections::BTreeMap;

use crate::report::run_payload::identity;
use crate::trace::{Covered, EventId, Record, RecordKind};

/// Follows how often sources hand the same event over.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    repeats: BTreeMap<EventId, u32>,
    /// By copy in Lambda's queue, where it came by a later call.
    numbers: BTreeMap<u32, u32>,
}

impl Calls {
    pub(super) const fn new() -> Self {
        Self { repeats: BTreeMap::new(), numbers: BTreeMap::new() }
    }

    pub(super) fn see(&mut self, record: &Record, item: &Covered) {
        if record.kind == RecordKind::EventAccepted && record.value == Record::REPEATED {
            let count = self.repeats.entry(item.event).or_default();
            *count += 1;
            self.numbers.insert(item.copy, *count);
        }
    }

    /// By which call of its source a copy came, counted from 0.
    pub(super) fn number(&self, copy: u32) -> u32 {
        self.numbers.get(&copy).copied().unwrap_or_default()
    }

    /// The id of a call, by the place where its event waits for the function.
    pub(super) fn id(place: &str, event: &str, call: u32) -> String {
        identity(&format!("{place} {event}"), call)
    }
}
