//! One invocation, naively: its environment, what befalls it, what its handler does, and what the mapping makes of it.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::models::RuleId;
use redrive::program::Slot;
use redrive::scenario::HandlerPreset;
use redrive::topology::{ResponseType, Runs};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::Duration;

use super::Naive;
use super::state::{End, Fate, Stage, Taken, Victim, What};

/// `slow` stays below the time-out by so many microseconds.
const MARGIN: u64 = 1_000;

/// What a handler came to.
pub(super) enum Answer {
    Success,
    Failures(Vec<usize>),
    Error,
}

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn start(&mut self, batch: usize) {
        let function = self.function_of(batch);
        let table = self.functions[function];
        let ready = self.pool_of(batch).filter(|pool| self.is_ready(*pool));
        let is_warm = ready.map_or(self.states[function].warm > 0, |pool| self.is_fresh(pool));
        match (ready, is_warm) {
            (None, _) if table.runs == Runs::Pipe => {}
            (None, true) => self.states[function].warm -= 1,
            (None, false) => self.states[function].starts.push(self.now),
            (Some(_), true) => {}
            (Some(pool), false) => self.spoilt[pool] -= 1,
        }
        self.batches[batch].ready = ready;
        self.batches[batch].stage = Stage::Running;
        let init = self.init(batch, is_warm);
        let each = self.befall(batch);
        let items = self.batches[batch].covered();
        let value = table.timeout.as_micros();
        let starts = if table.runs == Runs::Pipe { Slot::PipeRun } else { Slot::Start };
        self.note(RecordKind::InvocationStarted, table.entity, starts, value, &items);
        let limit = self.program.account.init_limit;
        let length = if init <= limit {
            init + self.run_for(batch, table.timeout, each, Family::Timeout)
        } else if init - limit < table.timeout {
            init + self.run_for(batch, table.timeout - (init - limit), each, Family::ColdStart)
        } else {
            self.batches[batch].end = End::NotStarted;
            limit + table.timeout
        };
        self.after(length, What::InvocationEnds(batch));
    }

    /// How long the environment takes to start: nothing where it is warm and stays so.
    fn init(&mut self, batch: usize, is_warm: bool) -> Duration {
        let function = self.function_of(batch);
        let table = self.functions[function];
        let limit = self.program.account.init_limit;
        if table.runs == Runs::Pipe {
            return Duration::ZERO;
        }
        let odds = self.chooser.intensity(Family::ColdStart);
        let menu = Menu::Span { odds, longest: (limit + table.timeout).as_micros() };
        let drawn = self.about_invocation(Family::ColdStart, batch, 0, menu);
        if drawn == 0 && is_warm {
            return Duration::ZERO;
        }
        let init = self.program.profile.cold_start.max(Duration::from_micros(drawn));
        let slot = if init <= limit { Slot::ColdStart } else { Slot::InitLimit };
        self.note(RecordKind::EnvironmentStarted, table.entity, slot, init.as_micros(), &[]);
        init
    }

    /// A choice about a whole invocation, named by its first message and how often that was received.
    fn about_invocation(&mut self, family: Family, batch: usize, part: u32, menu: Menu) -> u64 {
        if !self.is_faulty() {
            return menu.ordinary();
        }
        let entity = self.functions[self.function_of(batch)].entity;
        let (name, tries) = self.name_of(batch);
        self.fault(family, entity, name, tries * 2 + part, menu)
    }

    /// What an invocation is named by: its first message, or the window that it ends.
    pub(super) fn name_of(&self, batch: usize) -> (u64, u32) {
        let frame = || self.strands[self.batches[batch].strand?].frame;
        match self.batches[batch].items.first() {
            Some(first) => (self.messages[first.message].name, first.receives),
            None => frame().map_or((0, 0), |frame| (frame.name, frame.tries)),
        }
    }

    /// Draws what befalls the invocation and its events; returns how long each event takes.
    fn befall(&mut self, batch: usize) -> Duration {
        let function = self.function_of(batch);
        let table = self.functions[function];
        let count = self.batches[batch].items.len() as u64;
        let share = Duration::from_micros(
            table.timeout.as_micros() / (self.program.profile.invocation_share * count.max(1)),
        );
        let usual = self.stated_duration(batch).unwrap_or(table.event_duration.min(share));
        let items = self.batches[batch].items.clone();
        self.batches[batch].failing = items.iter().map(|item| self.failure(*item, function)).collect();
        if self.muted.contains(&function) {
            let failing = &mut self.batches[batch].failing;
            for failing in failing.iter_mut() {
                *failing = failing.or(Some(Family::Stated));
            }
        }
        self.apply_stated(batch);
        if !self.is_faulty() {
            return usual;
        }
        if table.runs == Runs::Pipe {
            // Nothing of it is slow by itself, nor crashes: its target refuses, or takes what it is given.
            if self.is_in(Family::Outage, Victim::Function(function)) {
                self.batches[batch].end = End::Outage;
            }
            return usual * self.slowdown(function);
        }
        let longest = (table.timeout.as_micros().saturating_sub(MARGIN)).max(1);
        let odds = self.chooser.intensity(Family::Slow);
        let slow = self.about_invocation(Family::Slow, batch, 0, Menu::Span { odds, longest });
        let each = usual.max(Duration::from_micros(slow / count.max(1))) * self.slowdown(function);
        if self.is_in(Family::Outage, Victim::Function(function)) {
            self.batches[batch].end = End::Outage;
            return each;
        }
        let done = Menu::Range { ordinary: 0, low: 0, high: count };
        let odds = self.chooser.intensity(Family::Timeout);
        if self.about_invocation(Family::Timeout, batch, 0, Menu::Hit(odds)) == 1 {
            let done = self.about_invocation(Family::Timeout, batch, 1, done) as usize;
            self.batches[batch].end = End::TimedOut { done, family: Family::Timeout };
        }
        let odds = self.chooser.intensity(Family::Crash);
        if self.about_invocation(Family::Crash, batch, 0, Menu::Hit(odds)) == 1 {
            let done = self.about_invocation(Family::Crash, batch, 1, done) as usize;
            self.batches[batch].end = End::Crashed { done, family: Family::Crash };
        }
        each
    }

    /// What makes this attempt at an event fail.
    fn failure(&mut self, item: Taken, function: usize) -> Option<Family> {
        if self.messages[item.message].poisoned {
            return Some(Family::Poison);
        }
        if !self.is_faulty() {
            return None;
        }
        let odds = self.chooser.intensity(Family::TransientError);
        let (entity, name) = (self.functions[function].entity, self.messages[item.message].name);
        let fails = self.fault(Family::TransientError, entity, name, item.receives, Menu::Hit(odds)) == 1;
        fails.then_some(Family::TransientError)
    }

    /// How long it runs with this much time; decides whether it is stopped, and after how many events.
    fn run_for(&mut self, batch: usize, time: Duration, each: Duration, too_late: Family) -> Duration {
        let function = self.function_of(batch);
        let count = self.batches[batch].items.len();
        let fit = (1..=count).take_while(|events| each * *events as u64 <= time).count();
        let is_slower = self.slowdown(function) > 1 && self.is_faulty();
        let is_stated = self.program.behaviours[function].timing.is_some() && too_late == Family::Timeout;
        let too_slow = match (is_slower, is_stated) {
            (true, _) => Family::Brownout,
            (false, true) => Family::Stated,
            (false, false) => too_late,
        };
        let (length, end) = match self.batches[batch].end {
            End::Outage => (Duration::ZERO, End::Outage),
            End::Crashed { done, family } if each * (done as u64) < time => {
                (each * done as u64, End::Crashed { done, family })
            }
            End::TimedOut { done, family } => (time, End::TimedOut { done: done.min(fit), family }),
            End::Handler if self.handler_time(batch, each) < time => {
                (self.handler_time(batch, each), End::Handler)
            }
            End::Crashed { .. } | End::Handler | End::NotStarted => {
                (time, End::TimedOut { done: fit, family: too_slow })
            }
        };
        self.batches[batch].end = end;
        length
    }

    fn preset(&self, batch: usize) -> HandlerPreset {
        let preset = self.functions[self.function_of(batch)].handler;
        let lists = matches!(
            preset,
            HandlerPreset::Partial | HandlerPreset::StopsAndReportsOne | HandlerPreset::StopsAndListsRest
        );
        // Nobody reads a list of failures here.
        let is_pushed = self.batches[batch].entry.is_some() || self.batches[batch].caller.is_some();
        if lists && is_pushed { HandlerPreset::Throws } else { preset }
    }

    /// How many events the handler takes up.
    fn reach(&self, batch: usize) -> usize {
        let failing = &self.batches[batch].failing;
        match self.preset(batch) {
            HandlerPreset::Throws | HandlerPreset::StopsAndReportsOne | HandlerPreset::StopsAndListsRest => {
                failing.iter().position(Option::is_some).map_or(failing.len(), |first| first + 1)
            }
            HandlerPreset::Partial | HandlerPreset::Swallows | HandlerPreset::Parallel => failing.len(),
        }
    }

    fn handler_time(&self, batch: usize, each: Duration) -> Duration {
        match self.preset(batch) {
            HandlerPreset::Parallel => each,
            HandlerPreset::Throws
            | HandlerPreset::Partial
            | HandlerPreset::Swallows
            | HandlerPreset::StopsAndReportsOne
            | HandlerPreset::StopsAndListsRest => each * self.reach(batch).max(1) as u64,
        }
    }

    pub(super) fn invocation_ends(&mut self, batch: usize) {
        let function = self.function_of(batch);
        let end = self.batches[batch].end;
        let preset = self.preset(batch);
        let until = match (end, preset) {
            (End::Handler, _) => self.reach(batch),
            (End::Outage | End::NotStarted, _) | (_, HandlerPreset::Parallel) => 0,
            (End::TimedOut { done, .. } | End::Crashed { done, .. }, _) => done.min(self.reach(batch)),
        };
        self.emitted.clear();
        let failed = self.work(batch, until);
        self.emit(batch);
        let answer = match (end, preset, failed.is_empty()) {
            (End::Handler, HandlerPreset::Swallows, _) | (End::Handler, _, true) => Answer::Success,
            (End::Handler, HandlerPreset::Partial | HandlerPreset::StopsAndReportsOne, false) => {
                Answer::Failures(failed)
            }
            (End::Handler, HandlerPreset::StopsAndListsRest, false) => {
                Answer::Failures((failed[0]..self.batches[batch].items.len()).collect())
            }
            _ => Answer::Error,
        };
        self.record_end(batch, &answer);
        if let Some(call) = self.batches[batch].caller {
            self.batches[batch].stage = Stage::Over;
            self.called_back(call, end, &answer);
        } else if let Some(entry) = self.batches[batch].entry {
            self.push_ended(entry, matches!(answer, Answer::Success));
            self.batches[batch].stage = Stage::Over;
        } else if self.batches[batch].strand.is_some() {
            self.batches[batch].stage = Stage::Over;
            self.read_ended(batch, &answer);
        } else {
            self.conclude(batch, answer);
            self.over(batch);
        }
        let reusable = matches!(end, End::Handler | End::Outage);
        match self.batches[batch].ready {
            None => self.states[function].warm += u32::from(reusable),
            Some(pool) => self.spoilt[pool] += u32::from(!reusable),
        }
    }

    /// Records what the handler did to its first events; returns the positions of those that failed.
    fn work(&mut self, batch: usize, until: usize) -> Vec<usize> {
        let entity = self.functions[self.function_of(batch)].entity;
        let covered = self.batches[batch].covered();
        let failing = self.batches[batch].failing.clone();
        let (failed, done): (Vec<usize>, Vec<usize>) = (0..until).partition(|item| failing[*item].is_some());
        if !done.is_empty() {
            let items: Vec<_> = done.iter().map(|item| covered[*item]).collect();
            let is_pipe = self.functions[self.function_of(batch)].runs == Runs::Pipe;
            let slot = if is_pipe { Slot::PipeRun } else { Slot::Start };
            self.note(RecordKind::EventsProcessed, entity, slot, 0, &items);
            for (message, _) in items {
                self.decide(message, Fate::Processed);
            }
            self.emitted.clone_from(&done);
        }
        for item in &failed {
            let family = failing[*item].expect("it failed");
            self.note_failure(batch, family, &[covered[*item]]);
        }
        failed
    }

    fn note_failure(&mut self, batch: usize, family: Family, items: &[(usize, u32)]) {
        let entity = self.functions[self.function_of(batch)].entity;
        let rule = self.program.profile.fault(family).rule;
        self.enter(RecordKind::EventFailed, entity, rule, family as u64, items);
    }

    fn record_end(&mut self, batch: usize, answer: &Answer) {
        let is_pipe = self.functions[self.function_of(batch)].runs == Runs::Pipe;
        let rule = |slot: Slot| -> RuleId { self.program.rule(slot) };
        let run = |slot: Slot| -> RuleId { rule(if is_pipe { Slot::PipeRun } else { slot }) };
        let (value, rule, family) = match (self.batches[batch].end, answer) {
            (End::Handler, Answer::Error) => (Record::THREW, run(Slot::Error), None),
            (End::Handler, _) => (Record::RETURNED, run(Slot::Returned), None),
            (End::Outage, _) => (Record::THREW, run(Slot::Error), Some(Family::Outage)),
            (End::TimedOut { family, .. }, _) => {
                (Record::TIMED_OUT, rule(Slot::FunctionTimeout), Some(family))
            }
            (End::Crashed { family, .. }, _) => (Record::CRASHED, rule(Slot::Crash), Some(family)),
            (End::NotStarted, _) => (Record::INIT_FAILED, rule(Slot::InitFailure), Some(Family::ColdStart)),
        };
        let items = self.batches[batch].covered();
        if let Some(family) = family {
            self.note_failure(batch, family, &items);
        }
        let entity = self.functions[self.function_of(batch)].entity;
        self.enter(RecordKind::InvocationEnded, entity, rule, value, &items);
    }

    /// What the mapping makes of the answer.
    fn conclude(&mut self, batch: usize, answer: Answer) {
        let mapping = self.polled_by(batch);
        let table = self.mappings[mapping];
        let queue = usize::from(table.queue);
        let items = self.batches[batch].items.clone();
        let reads = table.response_type == ResponseType::BatchItemFailures;
        match answer {
            Answer::Error => self.step_down(mapping),
            Answer::Success if reads => self.delete(queue, &items, Slot::PartialSuccess),
            Answer::Success => self.delete(queue, &items, Slot::Delete),
            Answer::Failures(listed) if reads => {
                let covered = self.batches[batch].covered();
                let kept: Vec<_> = listed.iter().map(|item| covered[*item]).collect();
                self.note(RecordKind::FailuresReported, table.entity, Slot::Partial, 0, &kept);
                let others: Vec<Taken> =
                    (0..items.len()).filter(|item| !listed.contains(item)).map(|item| items[item]).collect();
                self.delete(queue, &others, Slot::Partial);
            }
            Answer::Failures(_) => {
                let covered = self.batches[batch].covered();
                self.note(RecordKind::AnswerIgnored, table.entity, Slot::ResponseIgnored, 0, &covered);
                self.delete(queue, &items, Slot::ResponseIgnored);
            }
        }
    }
}
