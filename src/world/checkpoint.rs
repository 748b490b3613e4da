//! What becomes of a batch of records after its invocation: the checkpoint moves, it is tried again, split or discarded.

use crate::kernel::{Chooser, Family, Menu};
use crate::models::RuleId;
use crate::program::{Bisect, FailureRecord, LogTable, Slot};
use crate::topology::ResponseType;
use crate::trace::{Covered, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::batch::Batch;
use crate::world::handler::{Handler, Outcome, Response};
use crate::world::log::{LaneTurn, Part};
use crate::world::run::{Run, World};
use crate::world::state::{CopyState, Fate};

/// A lane of a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneOf {
    pub(crate) place: usize,
    pub(crate) lane: usize,
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// What the mapping makes of an invocation's end.
    pub(crate) fn read_ended(&mut self, batch: u32, outcome: Option<Outcome>) {
        let slot = &self.world.batches[batch as usize];
        let at = LaneOf { place: usize::from(slot.place), lane: slot.entry as usize };
        if slot.ends.is_some() {
            return self.window_ended(batch, at, outcome);
        }
        let table = self.log_table(at.place);
        self.log_state(at.place).lanes[at.lane].turn = LaneTurn::Idle;
        if let Some(Outcome::Returned(response)) = outcome
            && !self.takes_state(batch, at, response, &table)
        {
            self.read_failed(batch, at, &table);
            self.free(batch);
            return self.wake(at.place, at.lane);
        }
        match (outcome, table.response_type) {
            //= stream_poll.function_error
            (None | Some(Outcome::Threw | Outcome::Returned(Response::TooLarge(_))), _) => {
                self.read_failed(batch, at, &table);
            }
            // An answer that nobody reads and that lists nothing is as good as any other.
            (
                Some(Outcome::Returned(Response::Success | Response::Malformed | Response::Misspelt)),
                ResponseType::WholeBatch,
            ) => {
                self.read_succeeded(batch, at, Slot::LogCheckpoint);
            }
            (Some(Outcome::Returned(Response::Success)), ResponseType::BatchItemFailures) => {
                self.read_succeeded(batch, at, Slot::LogPartialSuccess);
            }
            (Some(Outcome::Returned(Response::ItemFailures)), ResponseType::WholeBatch) => {
                let rule = self.program.rule(Slot::LogResponseIgnored);
                let entity = self.world.queue_tables[at.place].entity;
                self.note_batch(RecordKind::AnswerIgnored, entity, rule, batch, 0);
                self.read_succeeded(batch, at, Slot::LogResponseIgnored);
            }
            (Some(Outcome::Returned(Response::ItemFailures)), ResponseType::BatchItemFailures) => {
                self.read_partly(batch, at, &table);
            }
            (Some(Outcome::Returned(Response::Malformed)), ResponseType::BatchItemFailures) => {
                self.answer_unread(batch, at, &table, Slot::LogPartialMalformed);
            }
            (Some(Outcome::Returned(Response::Misspelt)), ResponseType::BatchItemFailures) => {
                if self.is_unusual(at.place, |open| &open.log_misspelt) {
                    self.answer_unread(batch, at, &table, Slot::LogPartialMisspelt);
                } else {
                    self.read_succeeded(batch, at, Slot::LogPartialMisspelt);
                }
            }
        }
        self.free(batch);
        self.hand_over(at.place);
        self.wake(at.place, at.lane);
    }

    fn answer_unread(&mut self, batch: u32, at: LaneOf, table: &LogTable, slot: Slot) {
        let entity = self.world.queue_tables[at.place].entity;
        let rule = self.program.rule(slot);
        self.note_batch(RecordKind::AnswerMalformed, entity, rule, batch, 0);
        self.read_failed(batch, at, table);
    }

    /// The whole batch is done with, unless Lambda forgets that and delivers it again.
    fn read_succeeded(&mut self, batch: u32, at: LaneOf, slot: Slot) {
        if self.is_forgotten(batch, at) {
            return self.again(batch, at, 0, Duration::ZERO, Slot::LogDuplicate);
        }
        let count = self.world.batches[batch as usize].items.len();
        self.checkpoint(batch, at, count, slot);
    }

    //= stream_poll.duplicate
    fn is_forgotten(&mut self, batch: u32, at: LaneOf) -> bool {
        if !self.chooser.active(Family::Duplicate) || !self.is_faulty() {
            return false;
        }
        let first = self.world.batches[batch as usize].items[0];
        let odds = self.chooser.intensity(Family::Duplicate);
        let hit = self.copy_choice(Family::Duplicate, first.copy, at.place, Menu::Hit(odds)) == 1;
        if hit {
            self.mark(at.place, Family::Duplicate);
        }
        hit
    }

    /// The checkpoint moves behind the first `count` records of a batch.
    fn checkpoint(&mut self, batch: u32, at: LaneOf, count: usize, slot: Slot) {
        let done: Vec<Covered> = self.here(batch, 0..count);
        let log = self.log_index(at.place);
        if let Some(part) = self.world.logs[log].lanes[at.lane].parts.last_mut() {
            part.items.drain(..count);
            part.failures = 0;
            if part.items.is_empty() {
                self.world.logs[log].lanes[at.lane].parts.pop();
            }
        }
        if done.is_empty() {
            return;
        }
        let entity = self.world.queue_tables[at.place].entity;
        let Batch { items, fold, .. } = &self.world.batches[batch as usize];
        let left = items.len() - count;
        let fold = if done.len() == items.len() { *fold } else { self.fold(&done) };
        let subject = (at.lane as u32, left as u64);
        self.note(RecordKind::CheckpointMoved, entity, slot, subject, fold, &done);
        self.pass_all(&done, at);
        for item in &done {
            let event = &mut self.world.events[item.event.0 as usize];
            event.copies -= 1;
            if event.fate == Fate::Open {
                self.lose(item.event, entity, self.program.rule(slot), Record::LOST_BY_DELETE);
            }
        }
        self.settle(&done);
        self.shard_moved(at);
    }

    /// Records are done with, for this mapping.
    fn pass_all(&mut self, done: &[Covered], at: LaneOf) {
        let log = self.log_index(at.place);
        let World { copies, queues, live, logs, .. } = &mut *self.world;
        for item in done {
            copies[item.copy as usize].state = CopyState::Gone;
        }
        let count = done.len() as u32;
        queues[at.place].live -= count;
        *live -= count;
        let shard = usize::from(logs[log].lanes[at.lane].shard);
        logs[log].shards[shard].live -= count;
    }

    /// Nothing happens to these records any more, nor to their events where no other copy is left of them: a long run lets
    /// go of them.
    pub(crate) fn settle(&mut self, done: &[Covered]) {
        let World { events, copies, .. } = &mut *self.world;
        if !events.is_letting_go() {
            return;
        }
        copies.let_go_each(done.iter().map(|item| item.copy as usize));
        let is_over = |item: &&Covered| events[item.event.0 as usize].copies == 0;
        if done.iter().all(|item| is_over(&item)) {
            events.let_go_each(done.iter().map(|item| item.event.0 as usize));
            return self.observer.settled(done);
        }
        let over: Vec<Covered> = done.iter().filter(is_over).copied().collect();
        events.let_go_each(over.iter().map(|item| item.event.0 as usize));
        self.observer.settled(&over);
    }

    /// The items of a batch that the stream still has.
    fn here(&self, batch: u32, range: std::ops::Range<usize>) -> Vec<Covered> {
        let Batch { items, place, .. } = &self.world.batches[batch as usize];
        if !self.world.logs[self.log_index(usize::from(*place))].has_gaps {
            return items[range].to_vec();
        }
        let items = items[range].iter();
        items.filter(|item| self.world.copies[item.copy as usize].state != CopyState::Gone).copied().collect()
    }

    /// A record is done with, for this mapping.
    pub(crate) fn pass(&mut self, copy: u32, at: LaneOf) {
        self.leave(copy, at.place);
        let state = self.log_state(at.place);
        let shard = usize::from(state.lanes[at.lane].shard);
        state.shards[shard].live -= 1;
    }

    /// A record whose retention has ended.
    pub(crate) fn forget_record(&mut self, copy: u32, place: usize) {
        let at = LaneOf { place, lane: usize::from(self.world.copies[copy as usize].lane) };
        self.log_state(place).has_gaps = true;
        self.pass(copy, at);
        self.shard_moved(at);
    }

    /// Shards that waited for this one may be read when it is done with.
    pub(crate) fn shard_moved(&mut self, at: LaneOf) {
        let state = self.log_state(at.place);
        let own = state.lanes[at.lane].shard;
        if state.is_done(own) {
            self.wake_all(at.place);
        }
    }

    /// The function has listed failures: everything before the first of them is done with.
    fn read_partly(&mut self, batch: u32, at: LaneOf, table: &LogTable) {
        let entity = self.world.queue_tables[at.place].entity;
        let positions = std::mem::take(&mut self.world.effects.listed);
        let first = positions.iter().copied().min();
        let listed = self.pick(batch, &positions);
        let fold = self.fold(&listed);
        self.note(RecordKind::FailuresReported, entity, Slot::LogPartial, (batch, 0), fold, &listed);
        self.world.scratch = listed;
        self.world.effects.listed = positions;
        //= stream_poll.partial_bisect
        match first {
            None => self.read_succeeded(batch, at, Slot::LogPartialSuccess),
            Some(0) => {
                //= stream_poll.partial_first
                let splits = table.bisect == Bisect::OnError;
                if splits && !self.is_unusual(at.place, |open| &open.log_partial_first) {
                    self.read_failed(batch, at, table);
                } else {
                    self.count_failure(batch, at, table);
                }
            }
            Some(first) => {
                //= stream_poll.partial_count
                self.checkpoint(batch, at, first as usize, Slot::LogPartial);
                let log = self.log_index(at.place);
                if let Some(part) = self.world.logs[log].lanes[at.lane].parts.last_mut() {
                    part.is_rest = true;
                }
                let pause = self.retry_pause_of(at, 0);
                self.again(batch, at, first as usize, pause, Slot::LogPartial);
            }
        }
    }

    /// The function failed with the whole batch.
    fn read_failed(&mut self, batch: u32, at: LaneOf, table: &LogTable) {
        let here = self.here(batch, 0..self.world.batches[batch as usize].items.len());
        if table.bisect == Bisect::OnError && here.len() > 1 {
            self.split(batch, at, &here);
        } else {
            self.count_failure(batch, at, table);
        }
    }

    /// A batch that failed once more than it may is discarded, any other one is tried again.
    fn count_failure(&mut self, batch: u32, at: LaneOf, table: &LogTable) {
        let log = self.log_index(at.place);
        let Some(part) = self.world.logs[log].lanes[at.lane].parts.last_mut() else { return };
        part.failures += 1;
        let failures = part.failures;
        if failures > table.attempts {
            self.world.logs[log].lanes[at.lane].parts.pop();
            let here = self.here(batch, 0..self.world.batches[batch as usize].items.len());
            let copies: Vec<u32> = here.iter().map(|item| item.copy).collect();
            return self.discard(at, &copies, Slot::LogExhausted);
        }
        let pause = self.retry_pause_of(at, failures - 1);
        self.again(batch, at, 0, pause, Slot::LogRetry);
    }

    /// What is left of a batch behind its first `done` records is tried again after a pause.
    fn again(&mut self, batch: u32, at: LaneOf, done: usize, pause: Duration, slot: Slot) {
        let here = self.here(batch, done..self.world.batches[batch as usize].items.len());
        if here.is_empty() {
            return;
        }
        let entity = self.world.queue_tables[at.place].entity;
        let fold = self.fold(&here);
        let subject = (batch, pause.as_micros());
        self.note(RecordKind::BatchRetried, entity, slot, subject, fold, &here);
        self.rest(&here);
        self.look_after(at.place, at.lane, pause);
    }

    /// Records of a batch that ran wait again.
    fn rest(&mut self, items: &[Covered]) {
        for item in items {
            self.world.copies[item.copy as usize].state = CopyState::Available;
        }
    }

    /// A batch that failed is tried again in two halves, the first one first.
    fn split(&mut self, batch: u32, at: LaneOf, here: &[Covered]) {
        //= stream_poll.bisect_at
        let larger_first = self.is_unusual(at.place, |open| &open.log_bisect_at);
        //= stream_poll.bisect_count
        let inherits = self.is_unusual(at.place, |open| &open.log_bisect_count);
        let middle = (here.len() / 2) + usize::from(larger_first && !here.len().is_multiple_of(2));
        let log = self.log_index(at.place);
        let lane = &mut self.world.logs[log].lanes[at.lane];
        let failures = lane.parts.pop().map_or(0, |part| if inherits { part.failures } else { 0 });
        for half in [&here[middle..], &here[..middle]] {
            let items = half.iter().map(|item| item.copy).collect();
            lane.parts.push(Part { items, failures, is_rest: false });
        }
        let pause = self.retry_pause_of(at, 0);
        let entity = self.world.queue_tables[at.place].entity;
        let fold = self.fold(here);
        let subject = (batch, middle as u64);
        self.note(RecordKind::BatchSplit, entity, Slot::LogBisect, subject, fold, here);
        self.rest(here);
        self.look_after(at.place, at.lane, pause);
    }

    /// The pause before a batch is tried again that was tried again so often before.
    pub(crate) fn retry_pause_of(&mut self, at: LaneOf, retries: u32) -> Duration {
        let program = self.program;
        let entity = self.world.queue_tables[at.place].entity;
        let mut usual = true;
        let mut draw = |run: &mut Self, rule: &crate::program::OpenRule| {
            let value = run.open_value(rule, entity, 0, 0);
            usual &= value == rule.ordinary();
            value
        };
        let first = draw(self, &program.open.log_retry_first);
        let growth = draw(self, &program.open.log_retry_growth);
        let longest = draw(self, &program.open.log_retry_longest);
        if !usual {
            self.mark(at.place, Family::Unspecified);
        }
        Duration::from_micros(first.saturating_mul(growth.saturating_pow(retries)).min(longest.max(first)))
    }

    /// Records are given up, all at once: the destination is told of them, or nobody is.
    pub(crate) fn discard(&mut self, at: LaneOf, copies: &[u32], slot: Slot) {
        let (waited, why) = match slot {
            Slot::LogAge => (1, Record::EVENT_AGE_EXCEEDED),
            _ => (0, Record::RETRIES_EXHAUSTED),
        };
        self.discard_by(at, copies, self.program.rule(slot), (waited, why));
    }

    /// The same by any rule: whether they waited, and why.
    pub(crate) fn discard_by(&mut self, at: LaneOf, copies: &[u32], by: RuleId, subject: (u32, u64)) {
        if copies.is_empty() {
            return;
        }
        let covered: Vec<Covered> = copies.iter().map(|copy| self.covered(*copy)).collect();
        let (entity, fold) = (self.world.queue_tables[at.place].entity, self.fold(&covered));
        self.record(RecordKind::RecordsDiscarded, entity, by, subject, fold, &covered);
        let table = self.log_table(at.place);
        let readable_until = self.readable_until(table.stream);
        let rule = |slot| self.program.rule(slot);
        let rules = (rule(Slot::LogOnFailure), rule(Slot::LogOnFailureFailed));
        let dropped = rule(Slot::LogDropped);
        for item in &covered {
            let sent = self.world.copies[item.copy as usize].sent;
            self.pass(item.copy, at);
            self.world.events[item.event.0 as usize].copies -= 1;
            let Some(target) = table.on_failure else {
                self.lose(item.event, entity, dropped, Record::LOST_BY_GIVING_UP);
                continue;
            };
            //= stream_poll.positions
            self.world.events[item.event.0 as usize].readable_until = match table.failure_record {
                FailureRecord::Positions => (sent + table.retention).min(readable_until),
                FailureRecord::Contents => Instant::NEVER,
            };
            self.leave_by(item.event, at.place, entity, (target, None), rules);
            self.lose(item.event, entity, rules.1, Record::LOST_BY_EXIT);
        }
        self.settle(&covered);
        self.shard_moved(at);
    }

    fn covered(&self, copy: u32) -> Covered {
        let state = self.world.copies[copy as usize];
        Covered { event: state.event, copy, receives: state.receives }
    }
}
