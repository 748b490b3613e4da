//! Tumbling windows, naively.
//!
//! 1. **A window** is opened by the first invocation of a lane with a record of it, and belongs to the time at which that
//!    record came. A batch holds records of one window only.
//! 2. **It ends**, with an invocation without records, once nothing of it waits and something newer does, its shard has
//!    closed, or the time after its end is over at which nobody waits for it any more; and earlier, to go on, where the
//!    state that an answer holds is too large.
//! 3. **An end that fails** is tried again as a batch would be, until the stream would have forgotten the window.

use redrive::kernel::Chooser;
use redrive::program::{LogTable, Slot, WindowState};
use redrive::trace::RecordKind;
use redrive::vocabulary::{Duration, Instant};
use redrive::world::emitted_name;

use super::Naive;
use super::invocation::Answer;
use super::state::{Batch, End, Stage, What};

/// Why a window is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    TooLarge,
    Over,
}

/// A window that a lane hands out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    end: Instant,
    patience: Instant,
    why: Option<Why>,
    failures: u32,
    pub(super) tries: u32,
    pub(super) name: u64,
}

fn begin(came: Instant, length: Duration) -> Instant {
    Instant::from_micros(came.as_micros() / length.as_micros() * length.as_micros())
}

impl<C: Chooser> Naive<'_, C> {
    fn first_unread(&self, strand: usize) -> Option<Instant> {
        let first = self.strands[strand].unread.iter().find(|message| self.is_left(**message))?;
        Some(self.messages[*first].sent)
    }

    /// Whether a lane has a window that has to end.
    pub(super) fn has_to_end(&self, strand: usize) -> bool {
        let Some(frame) = self.strands[strand].frame else { return false };
        let closed = !self.pieces[self.strands[strand].shard].is_open;
        match self.first_unread(strand) {
            _ if frame.why.is_some() => true,
            Some(came) => came >= frame.end,
            None => closed || self.now >= frame.patience,
        }
    }

    /// How many of the unread records may be handed out with the first of them.
    pub(super) fn within_window(&self, strand: usize, table: &LogTable) -> usize {
        let end = match (self.strands[strand].frame, self.first_unread(strand)) {
            (Some(frame), _) => frame.end,
            (None, Some(came)) if table.tumbling > Duration::ZERO => {
                begin(came, table.tumbling) + table.tumbling
            }
            (None, _) => Instant::NEVER,
        };
        let unread = &self.strands[strand].unread;
        unread.iter().take_while(|message| self.messages[**message].sent < end).count()
    }

    pub(super) fn open_frame(&mut self, strand: usize, table: &LogTable, first: usize) {
        if table.tumbling == Duration::ZERO || self.strands[strand].frame.is_some() {
            return;
        }
        let start = begin(self.messages[first].sent, table.tumbling);
        let entity = self.queues[usize::from(table.queue)].entity;
        let shard = self.strands[strand].shard;
        let first_lane = self.strands.iter().position(|other| other.shard == shard).expect("it has lanes");
        let low = self.pieces[shard].hashes.0;
        let name =
            emitted_name(low ^ start.as_micros(), self.program.hash(entity), (strand - first_lane) as u32);
        let program = self.program;
        let wait = self.open(&program.open.log_tumbling_wait, entity, name, 0);
        let end = start + table.tumbling;
        let patience = end + Duration::from_micros(wait);
        self.strands[strand].frame = Some(Frame { end, patience, why: None, failures: 0, tries: 0, name });
        self.agenda.push((patience.max(self.now), What::PatienceEnds(strand)));
    }

    /// Ends the window of a lane that has nothing to try; whether there was one to end.
    pub(super) fn end_frame(&mut self, strand: usize, table: &LogTable) -> bool {
        if !self.has_to_end(strand) {
            return false;
        }
        let frame = self.strands[strand].frame.as_mut().expect("it has one");
        let why = *frame.why.get_or_insert(Why::Over);
        let slot = if why == Why::Over { Slot::LogTumblingFinal } else { Slot::LogTumblingEarly };
        let entity = self.queues[usize::from(table.queue)].entity;
        let function = usize::from(table.function);
        self.note(RecordKind::RecordsRead, entity, slot, self.strands[strand].number as u64, &[]);
        if let Some(refusal) = self.refusal(function, self.pool_at(usize::from(table.queue))) {
            self.hold_back(strand, table, refusal, &[]);
            return true;
        }
        self.strands[strand].frame.as_mut().expect("it has one").tries += 1;
        self.strands[strand].run();
        self.batches.push(Batch {
            ready: None,
            mapping: None,
            function,
            entry: None,
            strand: Some(strand),
            stage: Stage::Running,
            items: Vec::new(),
            failing: Vec::new(),
            end: End::Handler,
            caller: None,
        });
        self.start(self.batches.len() - 1);
        true
    }

    pub(super) fn frame_ended(&mut self, strand: usize, answer: &Answer) {
        let table = self.logs[self.strands[strand].log];
        let entity = self.queues[usize::from(table.queue)].entity;
        let Some(mut frame) = self.strands[strand].frame else { return self.rouse(strand) };
        let is_fine = !matches!(answer, Answer::Error) && !self.lacks_state(&table);
        frame.failures += u32::from(!is_fine);
        let is_forgotten = self.now >= frame.end + table.retention;
        if !is_fine && frame.failures <= table.attempts && !is_forgotten {
            let pause = self.pause_after(&table, frame.failures - 1);
            self.note(RecordKind::BatchRetried, entity, Slot::LogRetry, pause.as_micros(), &[]);
            self.strands[strand].frame = Some(frame);
            self.plan_strand(strand, pause);
            return self.rouse(strand);
        }
        if !is_fine {
            let slot = if is_forgotten { Slot::LogExpire } else { Slot::LogExhausted };
            self.note(RecordKind::RecordsDiscarded, entity, slot, 0, &[]);
        }
        let goes_on = frame.why == Some(Why::TooLarge);
        self.strands[strand].frame = goes_on.then_some(Frame { why: None, failures: 0, ..frame });
        self.rouse(strand);
    }

    fn lacks_state(&self, table: &LogTable) -> bool {
        let state = &self.program.behaviours[usize::from(table.function)].state;
        table.tumbling > Duration::ZERO && *state == WindowState::Missing
    }

    /// What an answer to a batch hands on; whether it does where it has to.
    pub(super) fn keep_state(&mut self, batch: usize, strand: usize, table: &LogTable) -> bool {
        let entity = self.queues[usize::from(table.queue)].entity;
        if self.lacks_state(table) {
            let covered = self.batches[batch].covered();
            self.note(RecordKind::AnswerMalformed, entity, Slot::LogTumblingStateMissing, 0, &covered);
            return false;
        }
        let state = &self.program.behaviours[usize::from(table.function)].state;
        if let (Some(frame), true) = (&mut self.strands[strand].frame, state.size() > table.state_limit) {
            frame.why = Some(Why::TooLarge);
        }
        true
    }
}
