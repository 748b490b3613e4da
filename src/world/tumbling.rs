//! Tumbling windows: a lane's records are handed out window by window, with a state that goes from one invocation to
//! the next, and a last invocation that ends the window.
//!
//! The state itself is not simulated: what counts is that it is handed back, and how large it is. A window belongs to a
//! lane; what several lanes of one shard make of one state AWS does not say. A mapping that reads nothing keeps its
//! windows until it does again.

use crate::kernel::{Chooser, Family};
use crate::program::{LogTable, Slot, WindowState};
use crate::topology::ResponseType;
use crate::trace::{Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::checkpoint::LaneOf;
use crate::world::emit::emitted_name;
use crate::world::function::Refusal;
use crate::world::handler::{Handler, Outcome, Response};
use crate::world::log::LaneTurn;
use crate::world::run::{Due, Run, World};
use crate::world::state::CopyState;

/// How a window is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// Not yet.
    No,
    /// Its state is too large: it goes on with another one.
    Early,
    /// It is over.
    Final,
}

/// A window that a lane has begun to hand out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenWindow {
    end: Instant,
    /// When it is taken as over though nothing newer has come.
    until: Instant,
    closing: Closing,
    /// Failed tries to end it.
    failures: u32,
    /// Invocations that were to end it.
    tries: u32,
    name: u64,
}

/// By what choices about an invocation without records are named: that of the window, and which try it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) window: u64,
    pub(crate) tries: u32,
}

impl World {
    /// Whether a window is open that its mapping is going to end.
    pub(crate) fn has_open_windows(&self) -> bool {
        let is_read = |log: usize| {
            let table = &self.log_tables[log];
            table.enabled && !table.denied && !self.functions[usize::from(table.function)].deleted
        };
        let has_open = |log: usize| self.logs[log].lanes.iter().any(|lane| lane.window.is_some());
        self.windows > 0 && (0..self.logs.len()).any(|log| is_read(log) && has_open(log))
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    fn window_of(&mut self, at: LaneOf) -> &mut Option<OpenWindow> {
        &mut self.log_state(at.place).lanes[at.lane].window
    }

    /// When the record in front of a lane came; nothing where there is none.
    fn front_came(&self, at: LaneOf) -> Option<Instant> {
        let lane = &self.world.logs[self.log_index(at.place)].lanes[at.lane];
        let mut waiting = lane.waiting.iter().map(|copy| self.world.copies[*copy as usize]);
        waiting.find(|copy| copy.state != CopyState::Gone).map(|copy| copy.sent)
    }

    /// Whether an open window has to end: by its state, since newer records came, since nothing more comes in time, or
    /// with its shard.
    fn is_over(&self, at: LaneOf, window: &OpenWindow) -> bool {
        let state = &self.world.logs[self.log_index(at.place)];
        let is_open = state.shards[usize::from(state.lanes[at.lane].shard)].is_open;
        window.closing != Closing::No
            || match self.front_came(at) {
                Some(came) => came >= window.end,
                None => self.now >= window.until || !is_open,
            }
    }

    /// Whether a lane that rests has a window to end.
    pub(crate) fn has_window_to_end(&self, at: LaneOf) -> bool {
        let window = self.world.logs[self.log_index(at.place)].lanes[at.lane].window;
        window.is_some_and(|window| self.is_over(at, &window))
    }

    /// Where the window of the records in front ends, if there are windows.
    pub(crate) fn window_end(&self, at: LaneOf, table: &LogTable) -> Instant {
        let open = self.world.logs[self.log_index(at.place)].lanes[at.lane].window;
        match (open, self.front_came(at)) {
            (Some(window), _) => window.end,
            (None, Some(came)) if table.tumbling > Duration::ZERO => start_of(came, table) + table.tumbling,
            (None, _) => Instant::NEVER,
        }
    }

    /// The first invocation with records of a window opens it, with an empty state.
    pub(crate) fn open_window(&mut self, at: LaneOf, batch: u32, table: &LogTable) {
        let Some(first) = self.world.batches[batch as usize].items.first().copied() else { return };
        if table.tumbling == Duration::ZERO || self.window_of(at).is_some() {
            return;
        }
        //= stream_poll.tumbling
        let start = start_of(self.world.copies[first.copy as usize].sent, table);
        let end = start + table.tumbling;
        let name = self.name_of_window(at, start);
        let (program, entity) = (self.program, self.world.queue_tables[at.place].entity);
        //= stream_poll.tumbling_wait
        let wait = self.open_value(&program.open.log_tumbling_wait, entity, name, 0);
        if wait != program.open.log_tumbling_wait.ordinary() {
            self.mark(at.place, Family::Unspecified);
        }
        let until = end + Duration::from_micros(wait);
        let (closing, failures, tries) = (Closing::No, 0, 0);
        *self.window_of(at) = Some(OpenWindow { end, until, closing, failures, tries, name });
        self.world.windows += 1;
        let (place, lane) = (at.place as u16, at.lane as u16);
        self.after(until.since(self.now), Due::WindowOver { place, lane });
    }

    /// Windows are named by the mapping, the range of the shard, the lane within it and the time.
    fn name_of_window(&self, at: LaneOf, start: Instant) -> u64 {
        let state = &self.world.logs[self.log_index(at.place)];
        let shard = state.shards[usize::from(state.lanes[at.lane].shard)];
        let lane = at.lane as u32 - u32::from(shard.first_lane);
        let entity = self.program.hash(self.world.queue_tables[at.place].entity);
        emitted_name(shard.low ^ start.as_micros(), entity, lane)
    }

    /// The time of a window is over; a lane that does something looks at it when it is done with that.
    pub(crate) fn window_over(&mut self, at: LaneOf) {
        if self.log_state(at.place).lanes[at.lane].turn == LaneTurn::Idle {
            self.wake(at.place, at.lane);
        }
    }

    /// What was handed on is dropped.
    fn drop_window(&mut self, at: LaneOf) {
        if self.window_of(at).take().is_some() {
            self.world.windows -= 1;
        }
    }

    /// Ends the window of a lane that has nothing to try, if it is over; whether it did.
    pub(crate) fn end_window(&mut self, at: LaneOf, table: &LogTable) -> bool {
        let Some(mut window) = *self.window_of(at) else { return false };
        if !self.is_over(at, &window) {
            return false;
        }
        if window.closing == Closing::No {
            window.closing = Closing::Final;
        }
        let slot = match window.closing {
            Closing::Early => Slot::LogTumblingEarly,
            Closing::No | Closing::Final => Slot::LogTumblingFinal,
        };
        let batch = self.free_batch();
        let ends = Ends { window: window.name, tries: window.tries + 1 };
        self.world.batches[batch as usize].open_end(at.lane as u32, at.place as u16, table.function, ends);
        let entity = self.world.queue_tables[at.place].entity;
        let rule = self.program.rule(slot);
        self.note_batch(RecordKind::RecordsRead, entity, rule, batch, at.lane as u64);
        let function = usize::from(table.function);
        let refusal: Option<Refusal> = self.refusal(function);
        window.tries += u32::from(refusal.is_none());
        *self.window_of(at) = Some(window);
        match refusal {
            None => {
                self.log_state(at.place).lanes[at.lane].turn = LaneTurn::Running;
                self.start(batch, function);
            }
            Some(refusal) => self.hold_back(batch, at.place, at.lane, (function, refusal)),
        }
        true
    }

    /// The invocation that was to end a window is over.
    pub(crate) fn window_ended(&mut self, batch: u32, at: LaneOf, outcome: Option<Outcome>) {
        let table = self.log_table(at.place);
        self.log_state(at.place).lanes[at.lane].turn = LaneTurn::Idle;
        if let Some(mut window) = *self.window_of(at) {
            if self.has_failed_to_end(at, outcome, &table) {
                window.failures += 1;
                self.count_end(batch, at, window, &table);
            } else {
                self.go_on(at, window);
            }
        }
        self.free(batch);
        self.wake(at.place, at.lane);
    }

    /// An end that failed is tried again, as often as a batch would be and as long as the stream keeps its records.
    fn count_end(&mut self, batch: u32, at: LaneOf, window: OpenWindow, table: &LogTable) {
        let entity = self.world.queue_tables[at.place].entity;
        let is_forgotten = self.now.since(window.end) >= table.retention;
        if window.failures > table.attempts || is_forgotten {
            let slot = if is_forgotten { Slot::LogExpire } else { Slot::LogExhausted };
            self.note(RecordKind::RecordsDiscarded, entity, slot, (0, 0), 0, &[]);
            return self.go_on(at, window);
        }
        let pause = self.retry_pause_of(at, window.failures - 1);
        self.note(RecordKind::BatchRetried, entity, Slot::LogRetry, (batch, pause.as_micros()), 0, &[]);
        *self.window_of(at) = Some(window);
        self.look_after(at.place, at.lane, pause);
    }

    /// A window that was over is gone; one that had grown too large goes on, with an empty state.
    fn go_on(&mut self, at: LaneOf, window: OpenWindow) {
        match window.closing {
            Closing::Early => {
                *self.window_of(at) = Some(OpenWindow { closing: Closing::No, failures: 0, ..window });
            }
            Closing::No | Closing::Final => self.drop_window(at),
        }
    }

    fn has_failed_to_end(&mut self, at: LaneOf, outcome: Option<Outcome>, table: &LogTable) -> bool {
        let reads = table.response_type == ResponseType::BatchItemFailures;
        let Some(Outcome::Returned(response)) = outcome else { return true };
        match response {
            Response::TooLarge(_) => true,
            _ if self.lacks_state(response, table) => true,
            Response::Success | Response::ItemFailures => false,
            Response::Malformed => reads,
            Response::Misspelt => reads && self.is_unusual(at.place, |open| &open.log_misspelt),
        }
    }

    /// Whether an answer says nothing of a state although there are windows.
    fn lacks_state(&self, response: Response, table: &LogTable) -> bool {
        let behaviour = &self.program.behaviours[usize::from(table.function)];
        table.tumbling > Duration::ZERO
            && !matches!(response, Response::TooLarge(_))
            && behaviour.state == WindowState::Missing
    }

    /// Looks for the state in the answer to a batch; whether it is there, or not needed.
    pub(crate) fn takes_state(
        &mut self,
        batch: u32,
        at: LaneOf,
        response: Response,
        table: &LogTable,
    ) -> bool {
        if self.lacks_state(response, table) {
            let entity = self.world.queue_tables[at.place].entity;
            //= stream_poll.tumbling_state_missing
            let rule = self.program.rule(Slot::LogTumblingStateMissing);
            self.note_batch(RecordKind::AnswerMalformed, entity, rule, batch, 0);
            return false;
        }
        let behaviour = &self.program.behaviours[usize::from(table.function)];
        let is_answer = !matches!(response, Response::TooLarge(_));
        //= stream_poll.tumbling_early
        if is_answer
            && behaviour.state.size() > table.state_limit
            && let Some(window) = self.window_of(at)
        {
            window.closing = Closing::Early;
        }
        true
    }
}

/// When the window of a record began that came then.
fn start_of(came: Instant, table: &LogTable) -> Instant {
    let micros = came.as_micros();
    Instant::from_micros(micros - micros % table.tumbling.as_micros().max(1))
}
