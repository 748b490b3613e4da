//! Invocations: what befalls them, what their handler does, and how they end.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::models::RuleId;
use crate::program::{FunctionTable, PushKind, Slot};
use crate::scenario::HandlerPreset;
use crate::trace::{Covered, Observer, Record, RecordKind};
use crate::vocabulary::Duration;
use crate::world::batch::{Batch, Ending, Phase};
use crate::world::declared::events_within;
use crate::world::function::Environment;
use crate::world::handler::{Effects, Handler, Invocation, Outcome, Step};
use crate::world::run::{Due, Run, World, write};
use crate::world::state::{EventsView, Fate};

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// An invocation gets an environment and begins.
    pub(crate) fn start(&mut self, batch: u32, function: usize) {
        let environment = self.take_environment(batch, function);
        let start_up = self.start_up(batch, function, environment);
        let table = &self.world.function_tables[function];
        let (timeout, entity, starts) = (table.timeout, table.entity, table.rule(Slot::Start));
        let slot = &mut self.world.batches[batch as usize];
        slot.phase = Phase::Running;
        slot.running_since = self.now;
        self.prepare(batch, function);
        let rule = self.program.rule(starts);
        self.note_batch(RecordKind::InvocationStarted, entity, rule, batch, timeout.as_micros());
        let length = match start_up {
            StartUp::Takes(time) => time + self.running_time(batch, function, timeout, Family::Timeout),
            StartUp::Again { lost, time } if time < timeout => {
                lost + time + self.running_time(batch, function, timeout - time, Family::ColdStart)
            }
            StartUp::Again { lost, .. } => {
                self.world.batches[batch as usize].ending = Ending::InitFailed;
                lost + timeout
            }
        };
        let generation = self.world.batches[batch as usize].generation;
        self.after(length, Due::Resume { batch, generation });
    }

    /// How long the handler runs within the time that is left, or how long until the world stops it.
    ///
    /// Whatever was to stop it, it does not outlast its time, nor get through more events than that allows.
    fn running_time(&mut self, batch: u32, function: usize, time: Duration, otherwise: Family) -> Duration {
        let slot = &self.world.batches[batch as usize];
        let each = slot.event_duration;
        let length = match slot.ending {
            Ending::Outage => Duration::ZERO,
            Ending::Crashed { done, .. } => each * u64::from(done),
            Ending::TimedOut { done, family } => {
                let done = done.min(events_within(time, each, slot.items.len() as u32));
                self.world.batches[batch as usize].ending = Ending::TimedOut { done, family };
                return time;
            }
            Ending::InitFailed => time,
            Ending::Handler => {
                let step = self.with_handler(batch, function, |handler, invocation, effects| {
                    handler.start(invocation, effects)
                });
                match step {
                    Step::Sleep(length) => length,
                    Step::Done(_) => Duration::ZERO,
                }
            }
        };
        if length >= time && self.world.batches[batch as usize].ending != Ending::Outage {
            self.overrun(batch, function, time, otherwise);
        }
        length.min(time)
    }

    /// A handler that is slower than its time allows gets through only some of its events.
    fn overrun(&mut self, batch: u32, function: usize, time: Duration, otherwise: Family) {
        let slowed = self.is_faulty() && self.world.functions[function].slowdown > 1;
        let slot = &mut self.world.batches[batch as usize];
        let done = events_within(time, slot.event_duration, slot.items.len() as u32);
        let stated = self.program.behaviours[function].timing.is_some() && otherwise == Family::Timeout;
        let family = match (slowed, stated) {
            (true, _) => Family::Brownout,
            (false, true) => Family::Stated,
            (false, false) => otherwise,
        };
        slot.ending = Ending::TimedOut { done, family };
    }

    fn with_handler<T>(
        &mut self,
        batch: u32,
        function: usize,
        call: impl FnOnce(&mut H, &Invocation<'_>, &mut Effects) -> T,
    ) -> T {
        let slot = &self.world.batches[batch as usize];
        let invocation = Invocation {
            batch,
            function: self.world.function_tables[function].entity,
            events: EventsView(&self.world.events),
            items: &slot.items,
            failing: &slot.failing,
            preset: preset(self.world.function_tables[function].handler, slot),
            answer: self.program.behaviours[function].answer.as_ref(),
            event_duration: slot.event_duration,
        };
        call(self.handler, &invocation, &mut self.world.effects)
    }

    /// The time until a handler can begin.
    fn start_up(&mut self, batch: u32, function: usize, environment: Environment) -> StartUp {
        let usual = self.program.profile.cold_start;
        let limit = self.program.account.init_limit;
        let timeout = self.world.function_tables[function].timeout;
        let drawn = if self.may_befall(function, Family::ColdStart) {
            let (odds, longest) = (self.chooser.intensity(Family::ColdStart), (limit + timeout).as_micros());
            self.invocation_choice(Family::ColdStart, batch, function, 0, Menu::Span { odds, longest })
        } else {
            0
        };
        let time = match (drawn, environment) {
            (0, Environment::Warm) => return StartUp::Takes(Duration::ZERO),
            (0, Environment::New) => usual,
            (_, _) => usual.max(Duration::from_micros(drawn)),
        };
        let entity = self.world.function_tables[function].entity;
        let (slot, start_up) = if time <= limit {
            (Slot::ColdStart, StartUp::Takes(time))
        } else {
            (Slot::InitLimit, StartUp::Again { lost: limit, time: time - limit })
        };
        self.note(RecordKind::EnvironmentStarted, entity, slot, (batch, time.as_micros()), 0, &[]);
        start_up
    }

    /// Draws what befalls an invocation and its events.
    fn prepare(&mut self, batch: u32, function: usize) {
        let usual = self.usual_duration(batch, function);
        let slot = &mut self.world.batches[batch as usize];
        let count = slot.items.len() as u32;
        slot.event_duration = usual;
        self.mark_failing(batch, function);
        self.apply_stated(batch, function);
        if !self.is_faulty() {
            return;
        }
        self.slow_down(batch, function, usual, count);
        if self.world.functions[function].in_outage {
            self.mark_batch(batch, Family::Outage);
            self.world.batches[batch as usize].ending = Ending::Outage;
            return;
        }
        for family in [Family::Timeout, Family::Crash] {
            if !self.may_befall(function, family) {
                continue;
            }
            let odds = self.chooser.intensity(family);
            if self.invocation_choice(family, batch, function, 0, Menu::Hit(odds)) == 1 {
                let menu = Menu::Range { ordinary: 0, low: 0, high: u64::from(count) };
                let done = self.invocation_choice(family, batch, function, 1, menu) as u32;
                self.world.batches[batch as usize].ending = match family {
                    Family::Timeout => Ending::TimedOut { done, family },
                    _ => Ending::Crashed { done, family },
                };
            }
        }
    }

    fn slow_down(&mut self, batch: u32, function: usize, usual: Duration, count: u32) {
        let slowdown = self.world.functions[function].slowdown;
        if slowdown == 1 && !self.chooser.active(Family::Slow) {
            return;
        }
        if slowdown > 1 {
            self.mark_batch(batch, Family::Brownout);
        }
        let mut each = usual;
        if self.may_befall(function, Family::Slow) {
            let odds = self.chooser.intensity(Family::Slow);
            let most = self.world.function_tables[function].timeout.as_micros().saturating_sub(MARGIN);
            let menu = Menu::Span { odds, longest: most.max(1) };
            let slow = self.invocation_choice(Family::Slow, batch, function, 0, menu);
            each = each.max(Duration::from_micros(slow / u64::from(count.max(1))));
        }
        self.world.batches[batch as usize].event_duration = each * u64::from(slowdown);
    }

    /// Marks the items at which this attempt fails: poison always, transient errors as drawn.
    fn mark_failing(&mut self, batch: u32, function: usize) {
        let World { batches, events, .. } = &mut *self.world;
        let slot = &mut batches[batch as usize];
        slot.failing.clear();
        slot.failing.resize(slot.items.len(), Batch::FINE);
        if slot.may_be_poisoned {
            for (failing, item) in slot.failing.iter_mut().zip(&slot.items) {
                if events[item.event.0 as usize].poisoned {
                    *failing = Family::Poison as u8;
                }
            }
        }
        if self.may_befall(function, Family::TransientError) {
            self.draw_transient(batch, function);
        }
        if self.world.functions[function].may_not_send {
            //= access.denied_send
            for failing in &mut self.world.batches[batch as usize].failing {
                if *failing == Batch::FINE {
                    *failing = Family::Stated as u8;
                }
            }
        }
    }

    fn draw_transient(&mut self, batch: u32, function: usize) {
        for index in 0..self.world.batches[batch as usize].items.len() {
            let slot = &self.world.batches[batch as usize];
            let item = slot.items[index];
            if slot.failing[index] == Batch::FINE && self.fails_once(&item, function) {
                self.mark_batch(batch, Family::TransientError);
                self.world.batches[batch as usize].failing[index] = Family::TransientError as u8;
            }
        }
    }

    fn fails_once(&mut self, item: &Covered, function: usize) -> bool {
        let point = ChoicePoint {
            family: Family::TransientError,
            domain: self.program.profile.fault(Family::TransientError).domain,
            entity: self.program.hash(self.world.function_tables[function].entity),
            item: self.world.events[item.event.0 as usize].name,
            ordinal: item.receives,
        };
        let odds = self.chooser.intensity(Family::TransientError);
        self.chooser.choose(&point, Menu::Hit(odds)) == 1
    }

    /// Whether faults of a family happen now.
    #[inline]
    pub(crate) fn may_hit(&self, family: Family) -> bool {
        self.chooser.active(family) && self.is_faulty()
    }

    /// The same of faults that befall what runs.
    fn may_befall(&self, function: usize, family: Family) -> bool {
        self.may_hit(family) && self.world.function_tables[function].suffers(family)
    }

    /// A choice about a whole invocation, named by the oldest event of its batch and that event's delivery.
    fn invocation_choice(
        &mut self,
        family: Family,
        batch: u32,
        function: usize,
        part: u32,
        menu: Menu,
    ) -> u64 {
        let (item, tries) = self.invocation_name(batch);
        let point = ChoicePoint {
            family,
            domain: self.program.profile.fault(family).domain,
            entity: self.program.hash(self.world.function_tables[function].entity),
            item,
            ordinal: tries * 2 + part,
        };
        let value = self.chooser.choose(&point, menu);
        if value != menu.ordinary() {
            self.mark_batch(batch, family);
        }
        value
    }

    /// An invocation is named by the oldest event of its batch and that event's delivery, or by the window that it ends.
    pub(crate) fn invocation_name(&self, batch: u32) -> (u64, u32) {
        let slot = &self.world.batches[batch as usize];
        match (slot.items.first(), slot.ends) {
            (Some(first), _) => (self.world.events[first.event.0 as usize].name, first.receives),
            (None, Some(ends)) => (ends.window, ends.tries),
            (None, None) => (0, 0),
        }
    }

    pub(crate) fn mark_batch(&mut self, batch: u32, family: Family) {
        self.mark(usize::from(self.world.batches[batch as usize].place), family);
    }

    /// The handler's sleep is over, or the world stops the invocation.
    pub(crate) fn resume(&mut self, batch: u32) {
        let slot = &self.world.batches[batch as usize];
        let (function, ending) = (usize::from(slot.function), slot.ending);
        self.world.effects.clear();
        let outcome = match ending {
            Ending::Handler => {
                let step = self.with_handler(batch, function, |handler, invocation, effects| {
                    handler.resume(invocation, effects)
                });
                match step {
                    Step::Done(outcome) => Some(outcome),
                    Step::Sleep(more) => return self.sleep_on(batch, more),
                }
            }
            Ending::TimedOut { done, .. } | Ending::Crashed { done, .. } => {
                self.with_handler(batch, function, |handler, invocation, effects| {
                    handler.cut(invocation, done, effects);
                });
                None
            }
            Ending::Outage | Ending::InitFailed => None,
        };
        self.record_work(batch, function);
        if !self.program.network.callbacks.is_empty() {
            self.call_back(batch);
        }
        if !self.program.behaviours[function].emits.is_empty() {
            self.emit(batch, function);
        }
        self.finish(batch, function, ending, outcome);
    }

    /// A handler may sleep several times; its time-out goes on.
    fn sleep_on(&mut self, batch: u32, more: Duration) {
        let slot = &self.world.batches[batch as usize];
        let (since, generation) = (slot.running_since, slot.generation);
        let function = usize::from(slot.function);
        let timeout = self.world.function_tables[function].timeout;
        let left = timeout - self.now.since(since);
        if more >= left {
            self.overrun(batch, function, timeout, Family::Timeout);
        }
        self.after(more.min(left), Due::Resume { batch, generation });
    }

    /// Records what the handler did to which events.
    fn record_work(&mut self, batch: u32, function: usize) {
        let table = &self.world.function_tables[function];
        let (entity, rule) = (table.entity, self.program.rule(table.rule(Slot::Start)));
        let World { digest, batches, effects, scratch, events, open, .. } = &mut *self.world;
        let slot = &batches[batch as usize];
        let is_whole = effects.processed.iter().copied().eq(0..slot.items.len() as u32);
        if !effects.processed.is_empty() {
            let (items, fold) = if is_whole {
                (&slot.items, slot.fold)
            } else {
                scratch.clear();
                scratch.extend(effects.processed.iter().map(|position| slot.items[*position as usize]));
                let fold = scratch.iter().fold(0, |fold, item| fold ^ events[item.event.0 as usize].name);
                (&*scratch, fold)
            };
            let kind = RecordKind::EventsProcessed;
            let record = Record { at: self.now, kind, entity, rule, subject: batch, value: 0, events: fold };
            write(self.program, digest, self.observer, &record, items);
            for item in items {
                *open -= u32::from(events[item.event.0 as usize].decide(Fate::Processed));
            }
        }
        for index in 0..self.world.effects.failed.len() {
            let item = self.world.effects.failed[index] as usize;
            let slot = &self.world.batches[batch as usize];
            let (covered, family) = (slot.items[item], slot.failing[item]);
            self.record_failure(entity, batch, family, &[covered]);
        }
    }

    /// The items at these positions, in the world's scratch list.
    pub(crate) fn pick(&mut self, batch: u32, positions: &[u32]) -> Vec<Covered> {
        let mut items = std::mem::take(&mut self.world.scratch);
        items.clear();
        let all = &self.world.batches[batch as usize].items;
        items.extend(positions.iter().map(|position| all[*position as usize]));
        items
    }

    fn record_failure(&mut self, entity: crate::trace::EntityId, batch: u32, family: u8, items: &[Covered]) {
        let rule = Family::ALL
            .get(usize::from(family))
            .map_or(self.program.rule(Slot::Error), |family| self.program.profile.fault(*family).rule);
        let fold = self.fold(items);
        self.record(RecordKind::EventFailed, entity, rule, (batch, u64::from(family)), fold, items);
    }

    /// Ends an invocation: its environment, its record, and what the mapping or Lambda's own queue makes of it.
    fn finish(&mut self, batch: u32, function: usize, ending: Ending, outcome: Option<Outcome>) {
        let table = &self.world.function_tables[function];
        let (value, rule, family, environment) = self.ending_of(table, ending, outcome);
        let entity = table.entity;
        if let Some(family) = family {
            let rule = self.program.profile.fault(family).rule;
            self.note_batch(RecordKind::EventFailed, entity, rule, batch, family as u64);
        }
        self.note_batch(RecordKind::InvocationEnded, entity, rule, batch, value);
        let slot = &mut self.world.batches[batch as usize];
        let pool = slot.pool;
        slot.phase = Phase::Over;
        if slot.is_pushed() {
            let (entry, call, place) = (slot.entry, slot.items[0].receives, usize::from(slot.place));
            self.free(batch);
            match self.push_table(place).kind {
                PushKind::Buffer => self.buffered_ended(entry, outcome),
                PushKind::Request => self.requested_ended(entry, call, ending, outcome),
            }
        } else if slot.is_read() {
            self.read_ended(batch, outcome);
        } else {
            let mapping = usize::from(slot.mapping);
            self.answer(batch, mapping, outcome);
            self.over(batch, mapping);
        }
        match pool {
            Some(pool) => self.return_ready(pool, environment),
            None => self.return_environment(function, environment),
        }
    }

    /// How an ending is recorded: value, rule, the family that hit the whole invocation, and the environment's fate.
    fn ending_of(
        &self,
        table: &FunctionTable,
        ending: Ending,
        outcome: Option<Outcome>,
    ) -> (u64, RuleId, Option<Family>, Environment) {
        let program = self.program;
        match (ending, outcome) {
            (Ending::Handler, Some(Outcome::Returned(crate::world::Response::TooLarge(_)))) => {
                (Record::RESPONSE_TOO_LARGE, program.rule(Slot::ResponseSize), None, Environment::Warm)
            }
            (Ending::Handler, Some(Outcome::Returned(_))) => {
                (Record::RETURNED, program.rule(table.rule(Slot::Returned)), None, Environment::Warm)
            }
            (Ending::Handler, Some(Outcome::Threw) | None) => {
                (Record::THREW, program.rule(table.rule(Slot::Error)), None, Environment::Warm)
            }
            (Ending::Outage, _) => (
                Record::THREW,
                program.rule(table.rule(Slot::Error)),
                Some(Family::Outage),
                Environment::Warm,
            ),
            (Ending::TimedOut { family, .. }, _) => {
                (Record::TIMED_OUT, program.rule(Slot::FunctionTimeout), Some(family), Environment::New)
            }
            //= function.out_of_memory
            (Ending::Crashed { family, .. }, _) => {
                (Record::CRASHED, program.rule(Slot::Crash), Some(family), Environment::New)
            }
            (Ending::InitFailed, _) => (
                Record::INIT_FAILED,
                program.rule(Slot::InitFailure),
                Some(Family::ColdStart),
                Environment::New,
            ),
        }
    }
}

/// A handler that lists failures to a mapping throws where nobody reads a list.
const fn preset(preset: HandlerPreset, batch: &Batch) -> HandlerPreset {
    match preset {
        HandlerPreset::Partial | HandlerPreset::StopsAndReportsOne | HandlerPreset::StopsAndListsRest
            if batch.is_pushed() =>
        {
            HandlerPreset::Throws
        }
        HandlerPreset::Throws
        | HandlerPreset::Partial
        | HandlerPreset::Swallows
        | HandlerPreset::StopsAndReportsOne
        | HandlerPreset::StopsAndListsRest
        | HandlerPreset::Parallel => preset,
    }
}

/// An environment's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StartUp {
    /// It takes this long before the time-out begins to count.
    Takes(Duration),
    /// The first start is given up; the second counts against the time-out.
    Again {
        /// How long the first one took.
        lost: Duration,
        /// How long the second one takes.
        time: Duration,
    },
}

/// `slow` stays below the time-out by at least this many microseconds.
const MARGIN: u64 = 1_000;
