//! What the watch takes in of what is pushed: into channels, into Lambda's own queue, and before callers who wait.

use crate::guarantee::Watch;
use crate::guarantee::watch::{EventFlags, NO_QUEUE};
use crate::trace::{Covered, Record};
use crate::vocabulary::{Duration, Instant};

/// Where an event is when it is first heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::guarantee) enum Appears {
    /// In the place where its consumer meets it.
    InPlace,
    /// On its way there.
    OnItsWay,
}

impl Watch {
    /// The first that is heard of an event, unless a channel has told of it before.
    #[inline]
    pub(in crate::guarantee) fn appears(&mut self, record: &Record, item: Covered, home: u16, how: Appears) {
        let index = item.event.0 as usize;
        if self.events.get(index).is_none_or(|known| !known.published) {
            let published = how == Appears::OnItsWay;
            let known = EventFlags { sent: record.at, home, at: home, published, ..EventFlags::default() };
            self.events.put(index, known);
            self.queues[usize::from(home)].quantities.sent += 1;
        }
    }

    pub(in crate::guarantee) fn published(&mut self, record: &Record, item: Covered) {
        self.appears(record, item, record.subject as u16, Appears::OnItsWay);
    }

    pub(in crate::guarantee) fn accepted(&mut self, record: &Record, item: Covered) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        match record.value {
            Record::FROM_SOURCE => self.appears(record, item, queue, Appears::InPlace),
            Record::HANDED_ON => self.handed_on(record, item, Duration::MAX),
            _ => {}
        }
        self.events[item.event.0 as usize].at = queue;
        let state = &mut self.queues[usize::from(queue)];
        state.live += 1;
        state.wait_for(1, record.at);
    }

    pub(in crate::guarantee) fn requested(&mut self, record: &Record, item: Covered) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.of_batch(record.subject, queue);
        self.events[item.event.0 as usize].at = queue;
        let state = &mut self.queues[usize::from(queue)];
        if !state.has_work() {
            state.moved(record.at);
        }
        state.held += 1;
        if record.value == 1 {
            state.live += 1;
        }
    }

    /// The last answer ends the waiting.
    pub(in crate::guarantee) fn answered(&mut self, record: &Record) {
        let state = self.queue_at(record.entity);
        state.held -= record.subject & Record::NEVER_RAN;
        state.moved(record.at);
        if record.subject & Record::FOR_GOOD != 0 {
            state.live -= 1;
            self.drained(record);
        }
    }

    /// Notes which place a batch is from.
    #[inline]
    pub(in crate::guarantee) fn of_batch(&mut self, batch: u32, queue: u16) {
        let batch = batch as usize;
        if self.batches.len() <= batch {
            self.batches.resize(batch + 1, NO_QUEUE);
            self.starts.resize(batch + 1, Instant::START);
        }
        self.batches[batch] = queue;
    }

    pub(in crate::guarantee) fn dequeued(&mut self, record: &Record, item: Covered) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.of_batch(record.subject, queue);
        self.events[item.event.0 as usize].at = queue;
        let state = self.queue_at(record.entity);
        state.waiting -= record.value as u32;
        state.held += 1;
    }

    pub(in crate::guarantee) fn retried(&mut self, record: &Record) {
        let state = self.queue_at(record.entity);
        if record.subject == Record::AFTER_THROTTLE {
            state.held -= 1;
            state.waiting += 1;
        } else {
            state.delivered_again = true;
        }
    }

    pub(in crate::guarantee) fn completed(&mut self, record: &Record) {
        let state = self.queue_at(record.entity);
        state.live -= 1;
        state.moved(record.at);
        self.drained(record);
    }

    pub(in crate::guarantee) fn given_up(&mut self, record: &Record) {
        let at = record.at;
        let state = self.queue_at(record.entity);
        match record.value {
            Record::ZERO_RESERVED | Record::RECURSION => state.waiting -= record.subject,
            Record::EVENT_AGE_EXCEEDED => state.held -= record.subject,
            _ => {}
        }
        state.live -= 1;
        state.gave_up = true;
        state.quantities.dead_lettered += 1;
        state.moved(at);
        self.drained(record);
    }

    /// A failure exit hands an event to another consumer, for whom it is new.
    pub(in crate::guarantee) fn handed_on(&mut self, record: &Record, item: Covered, left: Duration) {
        let event = &mut self.events[item.event.0 as usize];
        let (sent, home) = (event.sent, event.home);
        event.processed = false;
        event.deliveries = 0;
        self.queues[usize::from(home)].quantities.dead_letter(record.at.since(sent), left);
    }
}
