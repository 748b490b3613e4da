//! Streams: shards take records, and each mapping reads them shard by shard and lane by lane, in order.
//!
//! What becomes of a batch after its invocation is in `checkpoint.rs`, shards that split and merge in `shards.rs`.

use std::collections::VecDeque;

use crate::kernel::{Chooser, Family};
use crate::program::{LogTable, Slot};
use crate::trace::{Covered, EventId, Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::checkpoint::LaneOf;
use crate::world::consumers::{Consuming, Line};
use crate::world::function::{Refusal, Rhythm};
use crate::world::handler::Handler;
use crate::world::log_start::{Beginning, Kept};
use crate::world::read_limit::Readers;
use crate::world::run::{Due, Run, World};
use crate::world::shards::Shard;
use crate::world::state::{Copy, CopyState};
use crate::world::stream_deleted::Remains;
use crate::world::tumbling::OpenWindow;
use crate::world::writers::Writers;

/// A mapping's view of its stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogState {
    pub(crate) shards: Vec<Shard>,
    /// The lanes of all shards, shard by shard.
    pub(crate) lanes: Vec<Lane>,
    /// How many of its lanes may run at a time.
    pub(crate) consumers: Consuming,
    /// What is left of the stream.
    pub(crate) remains: Remains,
    /// Whether the stream has forgotten a record that the mapping was not done with.
    pub(crate) has_gaps: bool,
    pub(crate) beginning: Beginning,
    /// What the stream holds for when it begins.
    pub(crate) kept: Kept,
    /// What readers have used up of the stream, where this is the first mapping on it.
    pub(crate) readers: Readers,
    /// What writers have used up of the stream, where this is the first mapping on it.
    pub(crate) writers: Writers,
}

impl LogState {
    /// Whether a shard takes nothing more, and it and all that it came from have been read to their end.
    pub(crate) fn is_done(&self, shard: u16) -> bool {
        let Shard { is_open, live, parents: (first, second), .. } = self.shards[usize::from(shard)];
        !is_open
            && live == 0
            && [first, second].iter().all(|parent| *parent == shard || self.is_done(*parent))
    }

    pub(crate) fn clear(&mut self) {
        self.shards.clear();
        self.lanes.clear();
        self.has_gaps = false;
        self.remains = Remains::All;
        self.consumers = Consuming::default();
        self.beginning = Beginning::Begun;
        self.kept.clear();
        self.writers.clear();
        self.readers.clear();
    }
}

/// What a lane does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LaneTurn {
    /// Nothing, until somebody wakes it.
    #[default]
    Idle,
    /// It is looked at soon.
    Due,
    /// An invocation runs.
    Running,
}

/// The records of one shard whose keys go together: never more than one of their batches runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    pub(crate) shard: u16,
    /// Records that were not read yet, oldest first; some may be gone since.
    pub(crate) waiting: VecDeque<u32>,
    /// What is being tried; the part whose turn it is comes last.
    pub(crate) parts: Vec<Part>,
    pub(crate) turn: LaneTurn,
    /// Whether it found all consumers busy.
    pub(crate) line: Line,
    /// Which look is the next one; earlier ones mean nothing any more.
    pub(crate) look: u32,
    /// When the batch that is being put together goes as it is.
    pub(crate) window_ends: Option<Instant>,
    /// Since when it finds no room, and how often it tries.
    pub(crate) starves: Option<Rhythm>,
    /// The tumbling window that is handed out.
    pub(crate) window: Option<OpenWindow>,
}

/// Records that are tried together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// Their copies, in order.
    pub(crate) items: Vec<u32>,
    /// Failed tries that count.
    pub(crate) failures: u32,
    /// Whether it is what is left of a batch, which may be filled up.
    pub(crate) is_rest: bool,
}

const PER_CENT: u64 = 100;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// What holds for the mapping whose place this is.
    pub(crate) fn log_table(&self, place: usize) -> LogTable {
        self.world.log_tables[self.log_index(place)]
    }

    pub(crate) fn log_index(&self, place: usize) -> usize {
        usize::from(self.world.queue_tables[place].log.expect("only places of logs hold records"))
    }

    pub(crate) fn log_state(&mut self, place: usize) -> &mut LogState {
        let log = self.log_index(place);
        &mut self.world.logs[log]
    }

    /// A shard has taken a record at a time, as one mapping sees it.
    pub(crate) fn write_record(&mut self, event: EventId, place: usize, sent: Instant) {
        let queue = place as u16;
        let (key, name) = {
            let event = &self.world.events[event.0 as usize];
            (event.key, event.name)
        };
        let lane = self.lane_of(place, key);
        let copy = self.world.copies.push(Copy {
            event,
            queue,
            origin: queue,
            state: CopyState::Available,
            receives: 0,
            sent,
            vanishes: false,
            lane: lane as u16,
        }) as u32;
        let entity = self.world.queue_tables[place].entity;
        let rule = self.stream_table(place).write;
        let covered = [Covered { event, copy, receives: 0 }];
        let value = (lane as u32, u64::from(key));
        self.record(RecordKind::RecordWritten, entity, rule, value, name, &covered);
        self.drop_front(place);
        self.enter(copy, place);
        let state = self.log_state(place);
        let shard = usize::from(state.lanes[lane].shard);
        state.shards[shard].live += 1;
        state.lanes[lane].waiting.push_back(copy);
        self.wake(place, lane);
    }

    /// The records in front that are gone need not be looked at when one expires.
    pub(crate) fn drop_front(&mut self, place: usize) {
        let World { queues, copies, .. } = &mut *self.world;
        let by_age = &mut queues[place].by_age;
        let is_gone = |copy: &u32| copies[*copy as usize].state == CopyState::Gone;
        while by_age.front().is_some_and(is_gone) {
            by_age.pop_front();
        }
    }

    /// A lane with something to read is looked at before long, unless it is about to be anyway; one that gathers goes
    /// as soon as its batch is full.
    pub(crate) fn wake(&mut self, place: usize, lane: usize) {
        let log = self.log_index(place);
        let Lane { turn, window_ends, .. } = &self.world.logs[log].lanes[lane];
        match turn {
            LaneTurn::Idle => self.wake_idle(place, lane),
            LaneTurn::Due => {
                let is_gathering = window_ends.is_some();
                if is_gathering && self.fills_batch(LaneOf { place, lane }, &self.world.log_tables[log]) {
                    self.look_after(place, lane, Duration::ZERO);
                }
            }
            LaneTurn::Running => {}
        }
    }

    fn wake_idle(&mut self, place: usize, lane: usize) {
        let log = self.log_index(place);
        let table = &self.world.log_tables[log];
        let Lane { waiting, parts, line, .. } = &self.world.logs[log].lanes[lane];
        let has_nothing = (waiting.is_empty() && parts.is_empty()) || *line == Line::In;
        //= stream_poll.disabled
        //= stream_poll.permission_removed
        let is_off = !table.enabled || table.denied;
        let rests = is_off || (has_nothing && !self.has_window_to_end(LaneOf { place, lane }));
        if !rests && self.may_read(place, lane) {
            let delay = self.pickup(place, lane);
            self.look_after(place, lane, delay);
        }
    }

    /// Wakes all lanes of a place.
    pub(crate) fn wake_all(&mut self, place: usize) {
        for lane in 0..self.log_state(place).lanes.len() {
            self.wake(place, lane);
        }
    }

    /// How much of a poll interval is left when a record comes to a lane that rests.
    fn pickup(&mut self, place: usize, lane: usize) -> Duration {
        let program = self.program;
        let (name, ordinal) = self.head_of_lane(place, lane);
        let entity = self.world.queue_tables[place].entity;
        let percent = self.open_value(&program.open.log_pickup, entity, name, ordinal);
        if percent == program.open.log_pickup.ordinary() {
            return Duration::ZERO;
        }
        self.mark(place, Family::Unspecified);
        share(self.log_table(place).poll, percent)
    }

    /// The name and the number of tries of the record in front.
    fn head_of_lane(&mut self, place: usize, lane: usize) -> (u64, u32) {
        let lane = &self.world.logs[self.log_index(place)].lanes[lane];
        let tried = lane.parts.last().map_or(&[][..], |part| &part.items[..]);
        let mut all = tried.iter().chain(&lane.waiting);
        let is_here = |copy: &&u32| self.world.copies[**copy as usize].state != CopyState::Gone;
        let Some(copy) = all.find(is_here) else { return (0, 0) };
        let copy = self.world.copies[*copy as usize];
        (self.world.events[copy.event.0 as usize].name, copy.receives)
    }

    pub(crate) fn look_after(&mut self, place: usize, lane: usize, delay: Duration) {
        let state = &mut self.log_state(place).lanes[lane];
        state.turn = LaneTurn::Due;
        state.look += 1;
        let look = state.look;
        self.after(delay, Due::Look { place: place as u16, lane: lane as u16, look });
    }

    /// A lane's turn: what failed is tried again, else the next batch is read.
    pub(crate) fn look(&mut self, place: usize, lane: usize, look: u32) {
        let state = &mut self.log_state(place).lanes[lane];
        if state.look != look || state.turn != LaneTurn::Due {
            return;
        }
        state.turn = LaneTurn::Idle;
        // What was looked at is looked at no more.
        state.look += 1;
        let was_called = std::mem::take(&mut state.line) == Line::Called;
        if state.starves.take().is_some() {
            self.world.starving -= 1;
        }
        self.look_now(place, lane);
        if was_called {
            self.hand_over(place);
        }
    }

    fn look_now(&mut self, place: usize, lane: usize) {
        let table = self.log_table(place);
        if self.log_state(place).remains == Remains::Nothing {
            return self.forget_all(place);
        }
        if !table.enabled || table.denied || !self.may_read(place, lane) {
            self.log_state(place).lanes[lane].window_ends = None;
            return;
        }
        if self.world.queues[place].refuses && self.is_faulty() {
            return self.mark(place, Family::ServiceError);
        }
        self.drop_gone(place, lane);
        self.discard_aged(place, lane, &table);
        self.discard_too_large(LaneOf { place, lane });
        let is_done = self.log_state(place).lanes[lane].parts.is_empty();
        if is_done && (self.end_window(LaneOf { place, lane }, &table) || !self.gather(place, lane, &table)) {
            return;
        }
        self.try_part(place, lane, &table);
    }

    /// Leaves out records that are gone since they were read.
    fn drop_gone(&mut self, place: usize, lane: usize) {
        let log = self.log_index(place);
        if !self.world.logs[log].has_gaps {
            return;
        }
        let copies = &self.world.copies;
        let lane = &mut self.world.logs[log].lanes[lane];
        let is_here = |copy: &u32| copies[*copy as usize].state != CopyState::Gone;
        while lane.waiting.front().is_some_and(|copy| !is_here(copy)) {
            lane.waiting.pop_front();
        }
        for part in &mut lane.parts {
            part.items.retain(is_here);
        }
        lane.parts.retain(|part| !part.items.is_empty());
    }

    /// Records in front that are too old are discarded, the others are not.
    fn discard_aged(&mut self, place: usize, lane: usize, table: &LogTable) {
        //= stream_poll.age
        if table.age == Duration::MAX {
            return;
        }
        let log = self.log_index(place);
        let now = self.now;
        let copies = &self.world.copies;
        let is_aged = |copy: &u32| {
            let copy = &copies[*copy as usize];
            copy.state == CopyState::Gone || now.since(copy.sent) > table.age
        };
        let state = &mut self.world.logs[log].lanes[lane];
        let mut aged = Vec::new();
        while let Some(part) = state.parts.last_mut() {
            let count = part.items.iter().take_while(|copy| is_aged(copy)).count();
            aged.extend(part.items.drain(..count));
            if !part.items.is_empty() {
                break;
            }
            state.parts.pop();
        }
        if state.parts.is_empty() {
            while state.waiting.front().is_some_and(is_aged) {
                aged.extend(state.waiting.pop_front());
            }
        }
        aged.retain(|copy| self.world.copies[*copy as usize].state != CopyState::Gone);
        self.discard(LaneOf { place, lane }, &aged, Slot::LogAge);
    }

    /// Reads the next batch; whether there is one now.
    fn gather(&mut self, place: usize, lane: usize, table: &LogTable) -> bool {
        let log = self.log_index(place);
        if self.world.logs[log].lanes[lane].waiting.is_empty() {
            self.world.logs[log].lanes[lane].window_ends = None;
            return false;
        }
        let until = self.world.logs[log].lanes[lane].window_ends;
        //= stream_poll.window
        let is_short = table.window > Duration::ZERO && !self.fills_batch(LaneOf { place, lane }, table);
        if is_short && until.is_none_or(|until| self.now < until) {
            let wait = match until {
                Some(until) => until.since(self.now),
                None => self.log_window(place, lane, table),
            };
            self.world.logs[log].lanes[lane].window_ends = Some(self.now + wait);
            self.look_after(place, lane, wait);
            return false;
        }
        let mut part = Part::default();
        self.take_more(LaneOf { place, lane }, table, &mut part);
        let is_put_off = self.is_put_off(LaneOf { place, lane }, table, &part);
        let state = &mut self.world.logs[log].lanes[lane];
        if is_put_off {
            part.items.into_iter().rev().for_each(|copy| state.waiting.push_front(copy));
            return false;
        }
        state.window_ends = None;
        let any = !part.items.is_empty();
        if any {
            state.parts.push(part);
        }
        any
    }

    /// What is left of a batching window when the first record of a batch is there.
    fn log_window(&mut self, place: usize, lane: usize, table: &LogTable) -> Duration {
        let program = self.program;
        let (name, ordinal) = self.head_of_lane(place, lane);
        let entity = self.world.queue_tables[place].entity;
        let percent = self.open_value(&program.open.log_window_phase, entity, name, ordinal);
        if percent != program.open.log_window_phase.ordinary() {
            self.mark(place, Family::Unspecified);
        }
        share(table.window, percent)
    }

    /// The part whose turn it is goes to the function, if there is room.
    fn try_part(&mut self, place: usize, lane: usize, table: &LogTable) {
        if !self.has_consumer(place, table) {
            return self.wait_for_consumer(place, lane);
        }
        self.fill_up(place, lane, table);
        let batch = self.open_read(place, lane, table);
        let entity = self.world.queue_tables[place].entity;
        let has_windows = table.tumbling > Duration::ZERO;
        let rule = self.program.rule(if has_windows { Slot::LogTumbling } else { Slot::LogRead });
        self.note_batch(RecordKind::RecordsRead, entity, rule, batch, lane as u64);
        let function = usize::from(table.function);
        match self.refusal(function, self.pool_at(place)) {
            //= stream_poll.invoke
            None => {
                let World { batches, copies, .. } = &mut *self.world;
                for item in &batches[batch as usize].items {
                    let copy = &mut copies[item.copy as usize];
                    copy.receives = item.receives;
                    copy.state = CopyState::InFlight;
                }
                self.log_state(place).lanes[lane].turn = LaneTurn::Running;
                self.open_window(LaneOf { place, lane }, batch, table);
                self.start(batch, function);
            }
            Some(refusal) => self.hold_back(batch, place, lane, (function, refusal)),
        }
    }

    /// What is left of a batch may be filled up with newer records.
    fn fill_up(&mut self, place: usize, lane: usize, table: &LogTable) {
        let log = self.log_index(place);
        let state = &self.world.logs[log].lanes[lane];
        let [part] = &state.parts[..] else { return };
        let most = self.most_records(LaneOf { place, lane }, table);
        if !part.is_rest || state.waiting.is_empty() || part.items.len() as u32 >= most {
            return;
        }
        //= stream_poll.refill
        if !self.is_unusual(place, |open| &open.log_refill) {
            return;
        }
        let Some(mut part) = self.world.logs[log].lanes[lane].parts.pop() else { return };
        self.take_more(LaneOf { place, lane }, table, &mut part);
        self.world.logs[log].lanes[lane].parts.push(part);
    }

    /// Whether a run takes what AWS leaves open in another way than the ordinary one, for a whole mapping.
    pub(crate) fn is_unusual(
        &mut self,
        place: usize,
        rule: impl Fn(&crate::program::OpenRules) -> &crate::program::OpenRule,
    ) -> bool {
        let rule = rule(&self.program.open);
        let entity = self.world.queue_tables[place].entity;
        let is_unusual = self.open_value(rule, entity, 0, 0) != rule.ordinary();
        if is_unusual {
            self.mark(place, Family::Unspecified);
        }
        is_unusual
    }

    fn open_read(&mut self, place: usize, lane: usize, table: &LogTable) -> u32 {
        let batch = self.free_batch();
        let log = self.log_index(place);
        let World { batches, copies, events, logs, .. } = &mut *self.world;
        let slot = &mut batches[batch as usize];
        slot.open_read(lane as u32, place as u16, table.function);
        let part = logs[log].lanes[lane].parts.last().expect("a part's turn has come");
        let (mut fold, mut poisoned) = (0, false);
        slot.items.extend(part.items.iter().map(|copy| {
            let &Copy { event, receives, .. } = &copies[*copy as usize];
            let of = &events[event.0 as usize];
            fold ^= of.name;
            poisoned |= of.poisoned;
            Covered { event, copy: *copy, receives: receives + 1 }
        }));
        (slot.fold, slot.may_be_poisoned) = (fold, poisoned);
        batch
    }

    /// There is no room, or Lambda fails: the batch is tried again, which uses up no retry.
    pub(crate) fn hold_back(
        &mut self,
        batch: u32,
        place: usize,
        lane: usize,
        (function, refusal): (usize, Refusal),
    ) {
        let program = self.program;
        let entity = self.world.queue_tables[place].entity;
        let pause = self.open_value(&program.open.log_throttle_pause, entity, 0, 0);
        if pause != program.open.log_throttle_pause.ordinary() {
            self.mark(place, Family::Unspecified);
        }
        let (since, pause) = (self.now, Duration::from_micros(pause.max(1)));
        self.note_refusal(batch, place, function, refusal, pause);
        //= stream_poll.throttled
        //= stream_poll.function_deleted
        let rule = program.rule(match refusal {
            Refusal::Throttled | Refusal::ServiceError => Slot::LogThrottled,
            Refusal::Deleted => Slot::LogFunctionDeleted,
        });
        self.note_batch(RecordKind::BatchHeldBack, entity, rule, batch, pause.as_micros());
        self.free(batch);
        let state = &mut self.log_state(place).lanes[lane];
        state.starves = Some(Rhythm { since, pause });
        state.turn = LaneTurn::Due;
        state.look += 1;
        self.world.starving += 1;
        self.look_for_aged(place, lane);
        self.schedule_tries();
        self.hand_over(place);
    }

    /// While there is no room nothing is tried, but what becomes too old is given up at the try that finds it so.
    fn look_for_aged(&mut self, place: usize, lane: usize) {
        let table = self.log_table(place);
        let state = &self.world.logs[self.log_index(place)].lanes[lane];
        let (Some(rhythm), look) = (state.starves, state.look) else { return };
        let first = state.parts.last().and_then(|part| part.items.first());
        let (Some(first), false) = (first, table.age == Duration::MAX) else { return };
        let aged = self.world.copies[*first as usize].sent + table.age + Duration::from_micros(1);
        let due = rhythm.next(aged.max(self.now), self.world.tried_at.max(self.now));
        let due_in = due.since(self.now);
        self.after(due_in, Due::Look { place: place as u16, lane: lane as u16, look });
    }

    /// When the next lane that found no room tries again, if it may find some.
    pub(crate) fn next_try_of_lanes(&self) -> Instant {
        let mut next = Instant::NEVER;
        if self.world.starving == 0 {
            return next;
        }
        for (state, table) in self.world.logs.iter().zip(&self.world.log_tables) {
            if self.may_have_room(usize::from(table.function), self.pool_at(usize::from(table.queue))) {
                let tries = state.lanes.iter().filter_map(|lane| lane.starves);
                next =
                    tries.map(|rhythm| rhythm.next(self.now, self.world.tried_at)).fold(next, Instant::min);
            }
        }
        next
    }

    /// Lanes that found no room try again, those whose turn it is: mapping by mapping, lane by lane.
    pub(crate) fn try_lanes(&mut self) {
        for log in 0..self.world.logs.len() {
            if self.world.starving == 0 {
                return;
            }
            let table = self.world.log_tables[log];
            for lane in 0..self.world.logs[log].lanes.len() {
                let Some(rhythm) = self.world.logs[log].lanes[lane].starves else { continue };
                let is_due = rhythm.next(self.now, self.world.tried_at) == self.now;
                let pool = self.pool_at(usize::from(table.queue));
                if is_due && self.refusal(usize::from(table.function), pool).is_none() {
                    let look = self.world.logs[log].lanes[lane].look;
                    self.look(usize::from(table.queue), lane, look);
                }
            }
        }
    }
}

/// So many per cent of a time.
fn share(time: Duration, percent: u64) -> Duration {
    Duration::from_micros(time.as_micros() / PER_CENT * percent.min(PER_CENT))
}
