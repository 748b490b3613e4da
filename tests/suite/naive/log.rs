//! Streams, naively.
//!
//! 1. **A shard** owns a range of hashes; a record goes to the lane of its key in the open shard that owns the hash. A
//!    shard is read only when all it came from are closed and nothing of theirs is left.
//! 2. **A lane** is looked at some time (the pickup) after it has something to read and does nothing; when its window
//!    ends, or at once when its batch is full before that; when its pause is over; and at its regular tries while there
//!    is no room, after those of waiting batches, mapping by mapping and lane by lane. A later plan replaces an earlier.
//! 3. **A look** gives up what is too old in front; then it tries what failed before, the last part of a split batch
//!    first, else it gathers a new batch. A lane without room also looks at the first of its regular tries at which what
//!    is in front is too old, room or not.
//! 4. **After an error** a batch of several records is split where the mapping says so, else it counts a failure. A
//!    listed failure moves the checkpoint, which counts failures afresh, or counts as one where it is the first record.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::models::RuleId;
use redrive::program::{Bisect, FailureRecord, LogTable, OpenRule, OpenRules, Resharding, ShardCount, Slot};
use redrive::topology::ResponseType;
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::function::Refusal;
use super::invocation::Answer;
use super::state::{Batch, End, Place, Stage, Taken, Victim, What};
use super::tumbling::Frame;

/// A shard as one mapping reads it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) log: usize,
    pub(super) hashes: (u64, u64),
    pub(super) is_open: bool,
    parents: Vec<usize>,
}

/// Records that are tried together.
#[derive(Clone, Debug)]
pub(super) struct Bit {
    messages: Vec<usize>,
    failures: u32,
    is_rest: bool,
}

/// What a lane is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Nothing,
    Look(u64),
    Running,
    /// It stands in line for a consumer.
    InLine,
}

/// A lane.
#[derive(Clone, Debug)]
pub(super) struct Strand {
    pub(super) log: usize,
    pub(super) shard: usize,
    /// Its number within its mapping.
    pub(super) number: usize,
    plan: Plan,
    pub(super) unread: Vec<usize>,
    bits: Vec<Bit>,
    window_ends: Option<Instant>,
    /// The next regular try without room, and the time between two of them.
    tries: Option<(Instant, Duration)>,
    /// Whether a consumer is kept for it.
    pub(super) is_called: bool,
    /// The window that is handed out.
    pub(super) frame: Option<Frame>,
}

impl Strand {
    pub(super) fn rests(&self) -> bool {
        self.plan == Plan::Nothing
    }

    pub(super) const fn has_bits(&self) -> bool {
        !self.bits.is_empty()
    }

    pub(super) const fn run(&mut self) {
        self.plan = Plan::Running;
    }

    pub(super) fn runs(&self) -> bool {
        self.plan == Plan::Running
    }

    pub(super) const fn queue(&mut self) {
        self.plan = Plan::InLine;
    }

    pub(super) fn queues(&self) -> bool {
        self.plan == Plan::InLine
    }
}

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn prepare_logs(&mut self) {
        let program = self.program;
        for log in 0..self.logs.len() {
            let stream = &program.network.streams[usize::from(self.logs[log].stream)];
            let count = match &stream.shards {
                ShardCount::Stated(count) => u64::from(*count),
                ShardCount::Open(rule) => self.open(rule, stream.entity, 0, 0),
            };
            let width = u64::MAX / count;
            for index in 0..count {
                let last = if index == count - 1 { u64::MAX } else { width * (index + 1) - 1 };
                self.new_piece(log, (width * index, last), Vec::new());
            }
        }
    }

    fn new_piece(&mut self, log: usize, hashes: (u64, u64), parents: Vec<usize>) {
        let shard = self.pieces.len();
        self.pieces.push(Piece { log, hashes, is_open: true, parents });
        for _ in 0..self.logs[log].lanes {
            let number = self.strands.iter().filter(|strand| strand.log == log).count();
            self.strands.push(Strand {
                log,
                shard,
                number,
                plan: Plan::Nothing,
                unread: Vec::new(),
                bits: Vec::new(),
                window_ends: None,
                tries: None,
                is_called: false,
                frame: None,
            });
        }
    }

    fn place(&self, strand: usize) -> usize {
        usize::from(self.logs[self.strands[strand].log].queue)
    }

    pub(super) fn is_left(&self, message: usize) -> bool {
        self.messages[message].place != Place::Gone
    }

    /// A record comes.
    pub(super) fn write(&mut self, event: usize, place: usize, at: Instant) {
        let log = self.logs.iter().position(|log| usize::from(log.queue) == place).expect("it is a log");
        let key = self.messages[event].key;
        let program = self.program;
        let stream = &program.network.streams[usize::from(self.logs[log].stream)];
        let hash = stream.hash(key);
        let owns = |piece: &Piece| {
            piece.log == log && piece.is_open && piece.hashes.0 <= hash && hash <= piece.hashes.1
        };
        let shard = self.pieces.iter().position(owns).expect("every hash has an open shard");
        let lanes: Vec<usize> =
            (0..self.strands.len()).filter(|strand| self.strands[*strand].shard == shard).collect();
        let strand = if lanes.len() == 1 {
            lanes[0]
        } else {
            let seed = self.open(&program.open.log_lane_of, self.queues[place].entity, 0, 0);
            let spread = (hash ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            lanes[(spread % lanes.len() as u64) as usize]
        };
        let came = self.tick();
        let message = &mut self.messages[event];
        (message.place, message.queue, message.origin) = (Place::Unread, place, place);
        (message.sent, message.came, message.lane) = (at, came, Some(strand));
        let (entity, rule) = (self.queues[place].entity, stream.write);
        self.enter(RecordKind::RecordWritten, entity, rule, u64::from(key), &[(event, 0)]);
        self.strands[strand].unread.push(event);
        self.rouse(strand);
    }

    /// A shard may be read when nothing of what it came from is left.
    fn is_readable(&self, strand: usize) -> bool {
        let mut ancestors = self.pieces[self.strands[strand].shard].parents.clone();
        while let Some(shard) = ancestors.pop() {
            let of_shard = |message: &super::Message| {
                message.place != Place::Gone
                    && message.lane.is_some_and(|lane| self.strands[lane].shard == shard)
                    && matches!(message.place, Place::Unread | Place::Read)
            };
            if self.pieces[shard].is_open || self.messages.iter().any(of_shard) {
                return false;
            }
            ancestors.extend(&self.pieces[shard].parents);
        }
        true
    }

    pub(super) fn rouse_all(&mut self, log: usize) {
        for strand in 0..self.strands.len() {
            if self.strands[strand].log == log {
                self.rouse(strand);
            }
        }
    }

    /// A lane with something to do will do it.
    pub(super) fn rouse(&mut self, strand: usize) {
        let table = self.logs[self.strands[strand].log];
        let state = &self.strands[strand];
        let has_nothing = state.unread.is_empty() && state.bits.is_empty() && !self.has_to_end(strand);
        if !table.enabled || table.denied || has_nothing {
            return self.fill_window(strand, &table);
        }
        match state.plan {
            Plan::Nothing if self.is_readable(strand) => {
                let (name, receives) = self.front(strand);
                let program = self.program;
                let entity = self.queues[self.place(strand)].entity;
                let percent = self.open(&program.open.log_pickup, entity, name, receives);
                self.plan_strand(strand, percent_of(table.poll, percent));
            }
            _ => self.fill_window(strand, &table),
        }
    }

    fn fill_window(&mut self, strand: usize, table: &LogTable) {
        let state = &self.strands[strand];
        let is_full = self.is_batch(&state.unread, table);
        if matches!(state.plan, Plan::Look(_)) && state.window_ends.is_some() && is_full {
            self.plan_strand(strand, Duration::ZERO);
        }
    }

    fn front(&self, strand: usize) -> (u64, u32) {
        let state = &self.strands[strand];
        let tried = state.bits.last().map_or(&[][..], |bit| &bit.messages[..]);
        let first = tried.iter().chain(&state.unread).find(|message| self.is_left(**message));
        first.map_or((0, 0), |first| (self.messages[*first].name, self.messages[*first].receives))
    }

    pub(super) fn plan_strand(&mut self, strand: usize, delay: Duration) {
        let look = self.tick();
        self.strands[strand].plan = Plan::Look(look);
        self.after(delay, What::LookAtLane { strand, look });
    }

    pub(super) fn look_at_lane(&mut self, strand: usize, look: u64) {
        if self.strands[strand].plan == Plan::Look(look) {
            self.take_up(strand);
        }
    }

    pub(super) fn take_up(&mut self, strand: usize) {
        let was_called = std::mem::take(&mut self.strands[strand].is_called);
        self.work_on(strand);
        if was_called {
            self.serve(self.strands[strand].log);
        }
    }

    fn work_on(&mut self, strand: usize) {
        self.strands[strand].plan = Plan::Nothing;
        self.strands[strand].tries = None;
        let table = self.logs[self.strands[strand].log];
        let place = usize::from(table.queue);
        if self.finds_no_stream(self.strands[strand].log) {
            return;
        }
        if !table.enabled || table.denied || !self.is_readable(strand) {
            self.strands[strand].window_ends = None;
            return;
        }
        if self.is_in(Family::ServiceError, Victim::Queue(place)) && self.is_faulty() {
            return;
        }
        self.clean(strand);
        self.give_up_aged(strand, &table);
        self.give_up_large(strand, &table);
        let is_done = self.strands[strand].bits.is_empty();
        if is_done && (self.end_frame(strand, &table) || !self.next_batch(strand, &table)) {
            return;
        }
        if self.must_queue(strand, &table) {
            return;
        }
        self.fill_rest(strand, &table);
        self.try_bit(strand, &table);
    }

    /// Leaves out what is gone.
    pub(super) fn clean(&mut self, strand: usize) {
        let mut state = self.strands[strand].clone();
        state.unread.retain(|message| self.is_left(*message));
        for bit in &mut state.bits {
            bit.messages.retain(|message| self.is_left(*message));
        }
        state.bits.retain(|bit| !bit.messages.is_empty());
        self.strands[strand] = state;
    }

    /// What is in front of the lane, in the order in which it would be tried, as far as it is too old.
    fn give_up_aged(&mut self, strand: usize, table: &LogTable) {
        let state = &self.strands[strand];
        let line = state.bits.iter().rev().flat_map(|bit| &bit.messages).chain(&state.unread);
        let is_aged = |message: &&usize| {
            table.age != Duration::MAX && self.now > self.messages[**message].sent + table.age
        };
        let aged: Vec<usize> = line.take_while(is_aged).copied().collect();
        self.give_up_records(strand, &aged, Slot::LogAge);
        self.clean(strand);
    }

    fn next_batch(&mut self, strand: usize, table: &LogTable) -> bool {
        if self.strands[strand].unread.is_empty() {
            self.strands[strand].window_ends = None;
            return false;
        }
        let program = self.program;
        let is_short = table.window > Duration::ZERO && !self.is_batch(&self.strands[strand].unread, table);
        if is_short && self.strands[strand].window_ends.is_none_or(|ends| self.now < ends) {
            let ends = if let Some(ends) = self.strands[strand].window_ends {
                ends
            } else {
                let (name, receives) = self.front(strand);
                let entity = self.queues[usize::from(table.queue)].entity;
                let percent = self.open(&program.open.log_window_phase, entity, name, receives);
                self.now + percent_of(table.window, percent)
            };
            self.strands[strand].window_ends = Some(ends);
            self.plan_strand(strand, ends.since(self.now));
            return false;
        }
        let fitting = self.fitting(&[], &self.strands[strand].unread, table);
        let count = self.within_window(strand, table).min(fitting);
        if self.comes_later(strand, table, count) {
            return false;
        }
        let state = &mut self.strands[strand];
        state.window_ends = None;
        let messages = state.unread.drain(..count).collect();
        state.bits.push(Bit { messages, failures: 0, is_rest: false });
        true
    }

    fn fill_rest(&mut self, strand: usize, table: &LogTable) {
        let state = &self.strands[strand];
        let [Bit { is_rest: true, messages, .. }] = &state.bits[..] else { return };
        let room = self.fitting(messages, &state.unread, table);
        if room > 0 && self.is_otherwise(table, |open| &open.log_refill) {
            let room = room.min(self.within_window(strand, table));
            let more: Vec<usize> = self.strands[strand].unread.drain(..room).collect();
            self.strands[strand].bits[0].messages.extend(more);
        }
    }

    /// Whether an open rule comes to another value than the ordinary one for a mapping.
    fn is_otherwise(&mut self, table: &LogTable, rule: impl Fn(&OpenRules) -> &OpenRule) -> bool {
        let rule = rule(&self.program.open);
        let entity = self.queues[usize::from(table.queue)].entity;
        self.open(rule, entity, 0, 0) != rule.ordinary()
    }

    fn try_bit(&mut self, strand: usize, table: &LogTable) {
        let (place, function) = (usize::from(table.queue), usize::from(table.function));
        let messages = self.strands[strand].bits.last().expect("there is a part").messages.clone();
        let items: Vec<Taken> = messages
            .iter()
            .map(|message| Taken {
                message: *message,
                receive: usize::MAX,
                receives: self.messages[*message].receives + 1,
            })
            .collect();
        let covered: Vec<(usize, u32)> = items.iter().map(|item| (item.message, item.receives)).collect();
        let entity = self.queues[place].entity;
        let number = self.strands[strand].number as u64;
        let slot = if table.tumbling > Duration::ZERO { Slot::LogTumbling } else { Slot::LogRead };
        self.note(RecordKind::RecordsRead, entity, slot, number, &covered);
        if let Some(refusal) = self.refusal(function, self.pool_at(place)) {
            return self.hold_back(strand, table, refusal, &covered);
        }
        for item in &items {
            self.messages[item.message].receives = item.receives;
            self.messages[item.message].place = Place::Read;
        }
        self.strands[strand].plan = Plan::Running;
        self.open_frame(strand, table, items[0].message);
        self.batches.push(Batch {
            ready: None,
            mapping: None,
            function,
            entry: None,
            caller: None,
            strand: Some(strand),
            stage: Stage::Running,
            items,
            failing: Vec::new(),
            end: End::Handler,
        });
        self.start(self.batches.len() - 1);
    }

    pub(super) fn hold_back(
        &mut self,
        strand: usize,
        table: &LogTable,
        refusal: Refusal,
        covered: &[(usize, u32)],
    ) {
        let program = self.program;
        let entity = self.queues[usize::from(table.queue)].entity;
        let pause = Duration::from_micros(self.open(&program.open.log_throttle_pause, entity, 0, 0));
        let function = self.functions[usize::from(table.function)].entity;
        let (kind, slot, value) = refusal.told(pause, Slot::LogFunctionDeleted);
        self.note(kind, function, slot, value, covered);
        let is_gone = matches!(refusal, Refusal::Gone);
        let slot = if is_gone { Slot::LogFunctionDeleted } else { Slot::LogThrottled };
        self.note(RecordKind::BatchHeldBack, entity, slot, pause.as_micros(), covered);
        let look = self.tick();
        self.strands[strand].plan = Plan::Look(look);
        self.strands[strand].tries = Some((self.now + pause, pause));
        if let (Some(first), true) = (covered.first(), table.age != Duration::MAX) {
            let too_old = self.messages[first.0].sent + table.age + Duration::from_micros(1);
            let mut due = self.now + pause;
            while due < too_old {
                due += pause;
            }
            self.agenda.push((due, What::LookAtLane { strand, look }));
        }
        self.serve(self.strands[strand].log);
    }

    pub(super) fn next_tries_of_lanes(&self) -> Option<Instant> {
        self.strands.iter().filter_map(|strand| Some(strand.tries?.0)).min()
    }

    /// Lanes without room try when it is time to.
    pub(super) fn try_lanes(&mut self) {
        let mut due: Vec<(usize, usize, usize)> = Vec::new();
        for (index, strand) in self.strands.iter().enumerate() {
            if strand.tries.is_some_and(|(next, _)| next == self.now) {
                due.push((strand.log, strand.number, index));
            }
        }
        due.sort_unstable();
        for (log, _, strand) in due {
            if self.refusal_of_log(log).is_none() {
                self.take_up(strand);
            } else if let Some((next, pause)) = &mut self.strands[strand].tries {
                *next += *pause;
            }
        }
    }

    /// What the mapping makes of an answer.
    pub(super) fn read_ended(&mut self, batch: usize, answer: &Answer) {
        let strand = self.batches[batch].strand.expect("it was read");
        let table = self.logs[self.strands[strand].log];
        self.strands[strand].plan = Plan::Nothing;
        let count = self.batches[batch].items.len();
        if count == 0 {
            return self.frame_ended(strand, answer);
        }
        if !matches!(answer, Answer::Error) && !self.keep_state(batch, strand, &table) {
            self.error(batch, strand, &table);
            return self.rouse(strand);
        }
        let entity = self.queues[usize::from(table.queue)].entity;
        let covered = self.batches[batch].covered();
        let reads = table.response_type == ResponseType::BatchItemFailures;
        match answer {
            Answer::Error => self.error(batch, strand, &table),
            Answer::Success if reads => self.done(batch, strand, Slot::LogPartialSuccess),
            Answer::Success => self.done(batch, strand, Slot::LogCheckpoint),
            Answer::Failures(listed) if reads => {
                let kept: Vec<_> = listed.iter().map(|item| covered[*item]).collect();
                self.note(RecordKind::FailuresReported, entity, Slot::LogPartial, 0, &kept);
                let first = *listed.iter().min().expect("something is listed");
                let is_whole = table.bisect == Bisect::Never || first > 0;
                if first == 0 && (is_whole || self.is_otherwise(&table, |open| &open.log_partial_first)) {
                    self.failure_counts(batch, strand, &table);
                } else if first == 0 {
                    self.error(batch, strand, &table);
                } else {
                    self.move_checkpoint(batch, strand, first, Slot::LogPartial);
                    if let Some(bit) = self.strands[strand].bits.last_mut() {
                        bit.is_rest = true;
                    }
                    let pause = self.pause_after(&table, 0);
                    self.retry(batch, strand, first..count, pause, Slot::LogPartial);
                }
            }
            Answer::Failures(_) => {
                self.note(RecordKind::AnswerIgnored, entity, Slot::LogResponseIgnored, 0, &covered);
                self.done(batch, strand, Slot::LogResponseIgnored);
            }
        }
        self.serve(self.strands[strand].log);
        self.rouse(strand);
    }

    fn done(&mut self, batch: usize, strand: usize, slot: Slot) {
        let (first, place) = (self.batches[batch].items[0], self.place(strand));
        if self.is_faulty() {
            let odds = self.chooser.intensity(Family::Duplicate);
            if self.about_receive(Family::Duplicate, first.message, place, Menu::Hit(odds)) == 1 {
                let all = 0..self.batches[batch].items.len();
                return self.retry(batch, strand, all, Duration::ZERO, Slot::LogDuplicate);
            }
        }
        self.move_checkpoint(batch, strand, self.batches[batch].items.len(), slot);
    }

    /// The items of a batch in a range that are not gone.
    fn left_of(&self, batch: usize, range: std::ops::Range<usize>) -> Vec<(usize, u32)> {
        let mut covered = self.batches[batch].covered()[range].to_vec();
        covered.retain(|(message, _)| self.is_left(*message));
        covered
    }

    fn move_checkpoint(&mut self, batch: usize, strand: usize, count: usize, slot: Slot) {
        let done = self.left_of(batch, 0..count);
        let left = self.batches[batch].items.len() - count;
        let state = &mut self.strands[strand];
        let bit = state.bits.last_mut().expect("it was tried");
        bit.messages.drain(..count);
        bit.failures = 0;
        state.bits.retain(|bit| !bit.messages.is_empty());
        if done.is_empty() {
            return;
        }
        let (place, program) = (self.place(strand), self.program);
        let entity = self.queues[place].entity;
        self.note(RecordKind::CheckpointMoved, entity, slot, left as u64, &done);
        for (message, _) in done {
            self.messages[message].place = Place::Gone;
            self.lose_event(self.messages[message].event, entity, program.rule(slot), Record::LOST_BY_DELETE);
        }
        self.shard_may_be_done(strand);
    }

    /// Some sources switch a mapping off whose records are gone.
    pub(super) fn record_expired(&mut self, strand: usize) {
        self.shard_may_be_done(strand);
        let log = self.strands[strand].log;
        let stream = &self.program.network.streams[usize::from(self.logs[log].stream)];
        if let (Some(rule), true) = (stream.gap, self.logs[log].enabled) {
            self.logs[log].enabled = false;
            let entity = self.queues[usize::from(self.logs[log].queue)].entity;
            self.enter(RecordKind::SettingChanged, entity, rule, 0, &[]);
        }
    }

    pub(super) fn shard_may_be_done(&mut self, strand: usize) {
        let log = self.strands[strand].log;
        if !self.pieces[self.strands[strand].shard].is_open {
            self.rouse_all(log);
        }
    }

    fn error(&mut self, batch: usize, strand: usize, table: &LogTable) {
        let left = self.left_of(batch, 0..self.batches[batch].items.len());
        if table.bisect == Bisect::Never || left.len() < 2 {
            return self.failure_counts(batch, strand, table);
        }
        let middle = if self.is_otherwise(table, |open| &open.log_bisect_at) {
            left.len().div_ceil(2)
        } else {
            left.len() / 2
        };
        let inherits = self.is_otherwise(table, |open| &open.log_bisect_count);
        let failed = self.strands[strand].bits.pop().expect("it was tried");
        let failures = if inherits { failed.failures } else { 0 };
        let messages: Vec<usize> = left.iter().map(|(message, _)| *message).collect();
        let half = |messages: &[usize]| Bit { messages: messages.to_vec(), failures, is_rest: false };
        self.strands[strand].bits.push(half(&messages[middle..]));
        self.strands[strand].bits.push(half(&messages[..middle]));
        let entity = self.queues[usize::from(table.queue)].entity;
        self.note(RecordKind::BatchSplit, entity, Slot::LogBisect, middle as u64, &left);
        for message in messages {
            self.messages[message].place = Place::Unread;
        }
        let pause = self.pause_after(table, 0);
        self.plan_strand(strand, pause);
    }

    fn failure_counts(&mut self, batch: usize, strand: usize, table: &LogTable) {
        let bit = self.strands[strand].bits.last_mut().expect("it was tried");
        bit.failures += 1;
        let failures = bit.failures;
        let all = 0..self.batches[batch].items.len();
        if failures > table.attempts {
            self.strands[strand].bits.pop();
            let left: Vec<usize> = self.left_of(batch, all).iter().map(|(message, _)| *message).collect();
            return self.give_up_records(strand, &left, Slot::LogExhausted);
        }
        let pause = self.pause_after(table, failures - 1);
        self.retry(batch, strand, all, pause, Slot::LogRetry);
    }

    fn retry(
        &mut self,
        batch: usize,
        strand: usize,
        range: std::ops::Range<usize>,
        pause: Duration,
        slot: Slot,
    ) {
        let left = self.left_of(batch, range);
        if left.is_empty() {
            return;
        }
        let entity = self.queues[self.place(strand)].entity;
        self.note(RecordKind::BatchRetried, entity, slot, pause.as_micros(), &left);
        for (message, _) in left {
            self.messages[message].place = Place::Unread;
        }
        self.plan_strand(strand, pause);
    }

    /// The pause before the retry that comes after so many others.
    pub(super) fn pause_after(&mut self, table: &LogTable, retries: u32) -> Duration {
        let (program, entity) = (self.program, self.queues[usize::from(table.queue)].entity);
        let first = self.open(&program.open.log_retry_first, entity, 0, 0);
        let growth = self.open(&program.open.log_retry_growth, entity, 0, 0);
        let longest = self.open(&program.open.log_retry_longest, entity, 0, 0).max(first);
        let mut pause = first;
        for _ in 0..retries.min(64) {
            pause = pause.saturating_mul(growth).min(longest);
        }
        Duration::from_micros(pause)
    }

    fn give_up_records(&mut self, strand: usize, messages: &[usize], slot: Slot) {
        let (waited, why) = match slot {
            Slot::LogAge => (1, Record::EVENT_AGE_EXCEEDED),
            _ => (0, Record::RETRIES_EXHAUSTED),
        };
        self.give_up_by(strand, messages, self.program.rule(slot), (waited, why));
    }

    pub(super) fn give_up_by(
        &mut self,
        strand: usize,
        messages: &[usize],
        rule: RuleId,
        (waited, why): (u32, u64),
    ) {
        if messages.is_empty() {
            return;
        }
        let program = self.program;
        let place = self.place(strand);
        let table = self.logs[self.strands[strand].log];
        let entity = self.queues[place].entity;
        let covered: Vec<(usize, u32)> =
            messages.iter().map(|message| (*message, self.messages[*message].receives)).collect();
        let ends = self.stream_ends(table.stream).unwrap_or(Instant::NEVER);
        self.enter(RecordKind::RecordsDiscarded, entity, rule, why, &covered);
        self.entries.last_mut().expect("it was entered").subject = waited;
        for message in messages {
            let event = self.messages[*message].event;
            self.messages[*message].place = Place::Gone;
            let Some(exit) = table.on_failure else {
                let rule = program.rule(Slot::LogDropped);
                self.lose_event(event, entity, rule, Record::LOST_BY_GIVING_UP);
                continue;
            };
            self.messages[event].readable_until = match table.failure_record {
                FailureRecord::Positions => Some((self.messages[*message].sent + table.retention).min(ends)),
                FailureRecord::Contents => None,
            };
            let rules = (program.rule(Slot::LogOnFailure), program.rule(Slot::LogOnFailureFailed));
            self.take_out(event, place, entity, (exit, None), rules);
            self.lose_event(event, entity, rules.1, Record::LOST_BY_EXIT);
        }
        self.shard_may_be_done(strand);
    }

    /// When streams are resharded.
    pub(super) fn plan_resharding(&mut self) {
        let program = self.program;
        for (index, stream) in program.network.streams.iter().enumerate() {
            if stream.reshard.is_none() {
                continue;
            }
            for ordinal in 0..2 {
                let odds = self.chooser.intensity(Family::Reshard);
                let longest = self.faults_until.as_micros();
                let menu = Menu::Span { odds, longest };
                let at = self.fault(Family::Reshard, stream.entity, 0, ordinal * 2, menu);
                if at > 0 {
                    self.agenda.push((Instant::from_micros(at), What::Reshard { stream: index, ordinal }));
                }
            }
        }
    }

    pub(super) fn reshard(&mut self, stream: usize, ordinal: u32) {
        let program = self.program;
        let table = &program.network.streams[stream];
        let readers: Vec<usize> =
            (0..self.logs.len()).filter(|log| usize::from(self.logs[*log].stream) == stream).collect();
        let open_of = |naive: &Self, log: usize| {
            let mut open: Vec<usize> = (0..naive.pieces.len())
                .filter(|piece| naive.pieces[*piece].log == log && naive.pieces[*piece].is_open)
                .collect();
            open.sort_by_key(|piece| naive.pieces[*piece].hashes.0);
            open
        };
        let count = open_of(self, readers[0]).len();
        let menu = Menu::OneOf(count as u32);
        let one = self.fault(Family::Reshard, table.entity, 0, 100 + ordinal, menu) as usize;
        let (rule, how) = table.reshard.expect("it can be resharded");
        let waits = how == Resharding::ParentsFirst;
        let merges = count > 1
            && waits
            && self.fault(Family::Reshard, table.entity, 0, 200 + ordinal, Menu::OneOf(2)) == 1;
        let other = if merges { one + 1 } else { one };
        // The last shard and the first one are neighbours only where there are no others.
        let (low, high) = if other < count { (one, other) } else { (0, one) };
        if merges && high - low > 1 {
            return;
        }
        for log in readers {
            let open = open_of(self, log);
            let (low, high) = (open[low], open[high]);
            let (from, to) = (self.pieces[low].hashes.0, self.pieces[high].hashes.1);
            self.pieces[low].is_open = false;
            self.pieces[high].is_open = false;
            if merges {
                self.new_piece(log, (from, to), vec![low, high]);
            } else {
                let middle = from + (to - from) / 2;
                let parents = if waits { vec![low] } else { Vec::new() };
                self.new_piece(log, (from, middle), parents.clone());
                self.new_piece(log, (middle + 1, to), parents);
            }
            self.rouse_all(log);
        }
        let open = if merges { count - 1 } else { count + 1 };
        self.enter(RecordKind::StreamResharded, table.entity, rule, open as u64, &[]);
        self.entries.last_mut().expect("it was entered").subject = u32::from(merges);
    }
}

fn percent_of(time: Duration, percent: u64) -> Duration {
    Duration::from_micros(time.as_micros() / 100 * percent)
}
