//! What is known of the lanes of a stream as far as the records so far tell it.

use crate::guarantee::groups::{Clock, GroupWatch};
use crate::guarantee::watch_pushed::Appears;
use crate::guarantee::{QueueWatch, Watch};
use crate::trace::{Covered, EventId, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};

/// A shard of a stream as one mapping reads it, or one of its lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneWatch {
    /// Records that are not done with.
    pub live: u32,
    /// The record that failed last of those in front: it blocks the others.
    pub front: Option<EventId>,
    since: Clock,
}

impl LaneWatch {
    /// How long it has stood still though records wait behind others, excused time left out.
    pub fn standing(&self, clock: Clock) -> Duration {
        if self.live <= 1 {
            return Duration::ZERO;
        }
        clock.now.since(self.since.now) - (clock.excused - self.since.excused)
    }
}

impl Watch {
    /// The lanes of a stream's mapping.
    pub fn lanes(&self, queue: usize) -> &[LaneWatch] {
        self.lanes[queue].as_deref().unwrap_or_default()
    }

    /// The lane of a record of a stream.
    pub fn lane(&self, queue: usize, event: EventId) -> Option<&LaneWatch> {
        self.lanes[queue].as_ref()?.get(usize::from(self.event(event).lane))
    }

    pub(super) fn written(&mut self, record: &Record, item: Covered) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.appears(record, item, queue, Appears::InPlace);
        let is_elsewhere = self.events[item.event.0 as usize].home != queue;
        if is_elsewhere {
            self.handed_on(record, item, Duration::MAX);
        }
        let index = usize::from(queue);
        let position = self.joins_key(index, record.value as usize, item);
        let event = &mut self.events[item.event.0 as usize];
        event.at = queue;
        event.lane = record.subject as u16;
        event.group = record.value as u32;
        event.position = position;
        let clock = self.clock(index, record.at);
        if let Some(lanes) = &mut self.lanes[index] {
            let lane = record.subject as usize;
            if lanes.len() <= lane {
                lanes.resize(lane + 1, LaneWatch::default());
            }
            lanes[lane].live += 1;
            if lanes[lane].live <= 2 {
                lanes[lane].since = clock;
            }
        }
        let state = &mut self.queues[index];
        state.live += 1;
        state.wait_for(1, record.at);
    }

    /// A record joins those of its key; behind how many of them it came.
    fn joins_key(&mut self, queue: usize, key: usize, item: Covered) -> u32 {
        let Some(groups) = &mut self.groups[queue] else { return 0 };
        if groups.len() <= key {
            groups.resize(key + 1, GroupWatch::default());
        }
        let refused = if self.refused.is_empty() { None } else { self.refused.remove(&item.event.0) };
        refused.unwrap_or_else(|| groups[key].takes_place())
    }

    /// A stream refuses a record: its writer has written it all the same, before what is written from now on.
    pub(super) fn write_refused(&mut self, record: &Record, covered: &[Covered]) {
        let queue = self.queue_of_entity.get(usize::from(record.entity.0)).map(|queue| usize::from(*queue));
        let ([item], Some(queue)) = (covered, queue) else { return };
        let (Some(Some(_)), Some(Some(groups))) = (self.lanes.get(queue), self.groups.get_mut(queue)) else {
            return;
        };
        let group = record.subject as usize;
        if groups.len() <= group {
            groups.resize(group + 1, GroupWatch::default());
        }
        self.refused.entry(item.event.0).or_insert_with(|| groups[group].takes_place());
    }

    /// A read costs nothing; the age of its last record is what the iterator age tells.
    pub(super) fn read(&mut self, record: &Record, covered: &[Covered]) {
        let queue = self.queue_of_entity[usize::from(record.entity.0)];
        self.of_batch(record.subject, queue);
        self.received_from_groups(usize::from(queue), record.at, covered);
        let sent = covered.last().map_or(record.at, |item| self.events[item.event.0 as usize].sent);
        let state = self.queue_at(record.entity);
        state.waiting -= covered.len() as u32;
        state.held += covered.len() as u32;
        //= stream_poll.iterator_age
        let age = &mut state.quantities.longest_iterator_age;
        *age = (*age).max(record.at.since(sent));
    }

    pub(super) fn held_back(&mut self, record: &Record, covered: &[Covered]) {
        let queue = usize::from(self.queue_of_entity[usize::from(record.entity.0)]);
        self.each_group(queue, record.at, covered, |group, clock, _| {
            group.held -= 1;
            group.returned(clock);
        });
        let state = self.queue_at(record.entity);
        state.held -= covered.len() as u32;
        state.waiting += covered.len() as u32;
    }

    pub(super) fn tried_again(&mut self, record: &Record, covered: &[Covered]) {
        let queue = usize::from(self.queue_of_entity[usize::from(record.entity.0)]);
        self.each_group(queue, record.at, covered, |group, clock, _| group.returned(clock));
        let state = self.queue_at(record.entity);
        state.delivered_again = true;
        state.wait_for(covered.len() as u32, record.at);
    }

    pub(super) fn checkpointed(&mut self, record: &Record, covered: &[Covered]) {
        self.passed(record, covered, 0);
    }

    pub(super) fn discarded(&mut self, record: &Record, covered: &[Covered]) {
        let waited = record.subject;
        self.passed(record, covered, waited);
        let sent: Vec<Instant> = covered.iter().map(|item| self.events[item.event.0 as usize].sent).collect();
        let state = self.queue_at(record.entity);
        state.waiting -= waited * covered.len() as u32;
        state.gave_up = true;
        state.quantities.dead_lettered += covered.len() as u64;
        for sent in sent {
            let longest = &mut state.quantities.longest_to_dead_letter;
            *longest = (*longest).max(record.at.since(sent));
        }
    }

    /// A lane goes on behind these records.
    fn passed(&mut self, record: &Record, covered: &[Covered], waited: u32) {
        let queue = usize::from(self.queue_of_entity[usize::from(record.entity.0)]);
        self.each_group(queue, record.at, covered, |group, clock, _| {
            group.left(waited);
            group.moved(clock);
        });
        let clock = self.clock(queue, record.at);
        self.each_lane(queue, covered, |lane, count| {
            lane.live -= count;
            lane.since = clock;
            lane.front = None;
        });
        let state = self.queue_at(record.entity);
        state.live -= covered.len() as u32;
        state.moved(record.at);
        self.drained(record);
    }

    pub(super) fn gone_from_lanes(&mut self, record: &Record, covered: &[Covered]) {
        let queue = usize::from(self.queue_of_entity[usize::from(record.entity.0)]);
        self.each_lane(queue, covered, |lane, count| lane.live -= count);
    }

    /// A record alone in its lane holds up nobody.
    pub(super) fn started_in_lane(&mut self, queue: usize, at: Instant, covered: &[Covered]) {
        if !self.any_order || self.lanes[queue].is_none() {
            return;
        }
        let clock = self.clock(queue, at);
        self.each_lane(queue, covered, |lane, _| {
            if lane.live == 1 {
                lane.since = clock;
            }
        });
    }

    /// The record that fails is the one that everything behind it waits for.
    pub(super) fn blocks(&mut self, record: &Record, covered: &[Covered]) {
        let Some(queue) = self.batches.get(record.subject as usize).map(|queue| usize::from(*queue)) else {
            return;
        };
        let [item] = covered else { return };
        self.each_lane(queue, covered, |lane, _| lane.front = Some(item.event));
    }

    /// Does something to the lane of items, with how many of them it has; those of a batch share one.
    fn each_lane(&mut self, queue: usize, covered: &[Covered], change: impl Fn(&mut LaneWatch, u32)) {
        let Self { lanes, events, .. } = self;
        let Some(lanes) = lanes[queue].as_mut() else { return };
        let mut run = (0, 0);
        for item in covered {
            let lane = usize::from(events[item.event.0 as usize].lane);
            if lane != run.0 && run.1 > 0 {
                change(&mut lanes[run.0], run.1);
                run.1 = 0;
            }
            run = (lane, run.1 + 1);
        }
        if run.1 > 0 {
            change(&mut lanes[run.0], run.1);
        }
    }
}

impl QueueWatch {
    /// Whether a record tells that something was given up for good.
    pub(super) const fn is_given_up(kind: RecordKind) -> bool {
        matches!(
            kind,
            RecordKind::MessageRedriven
                | RecordKind::MessageExpired
                | RecordKind::EventGivenUp
                | RecordKind::RecordsDiscarded
        )
    }
}
