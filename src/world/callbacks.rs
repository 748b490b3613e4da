//! Whoever hands an event on and waits to be called back for it: until a handler does, or for as long as patience lasts.

use std::collections::BTreeMap;

use crate::kernel::Chooser;
use crate::program::{Failure, PushKind, TaskTable};
use crate::trace::{Covered, EntityId, EventId, Observer, RecordKind};
use crate::vocabulary::{Description, Instant};
use crate::world::batch::Batch;
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::{Due, Run};
use crate::world::state::{EventState, Fate, Step};
use crate::world::steps::{StepOver, Tries};

/// What somebody who waits has heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Nothing,
    Success,
    Failure,
}

/// Somebody waits to be called back.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Instant,
    /// How often the event was handed on before.
    number: u32,
    heard: Heard,
    /// What is processed of older copies comes with a token that is worth nothing any more.
    first_copy: u32,
    /// Nobody waits any more.
    is_over: bool,
}

/// All who wait or have waited, by the first of the events that stand for what they handed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waits {
    all: BTreeMap<u32, Wait>,
    open: u32,
}

impl Waits {
    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.open = 0;
    }

    /// Whether anybody waits.
    pub(crate) const fn is_open(&self) -> bool {
        self.open > 0
    }

    fn get(&self, first: EventId) -> Option<Wait> {
        self.all.get(&first.0).copied().filter(|wait| !wait.is_over)
    }

    fn begin(&mut self, first: EventId, number: u32, since: Instant, first_copy: u32) {
        let wait = Wait { since, number, heard: Heard::Nothing, first_copy, is_over: false };
        let before = self.all.insert(first.0, wait);
        self.open += u32::from(before.is_none_or(|before| before.is_over));
    }

    fn close(&mut self, first: EventId) {
        if let Some(wait) = self.all.get_mut(&first.0).filter(|wait| !wait.is_over) {
            wait.is_over = true;
            self.open -= 1;
        }
    }

    /// Writes down what a run can still depend on.
    pub(crate) fn describe(&self, description: &mut Description, name: impl Fn(u32) -> u64) {
        for (first, wait) in &self.all {
            description.add(name(*first));
            description.add(wait.since.as_micros());
            description.pair(wait.number, wait.heard as u32);
        }
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    pub(crate) fn callback_of(&self, event: EventId) -> Option<u16> {
        let route = self.world.events[event.0 as usize].route;
        if route == EventState::NO_ROUTE {
            None
        } else {
            self.program.network.routes[usize::from(route)].callback
        }
    }

    /// The events that stand for what was handed on together with this one.
    fn fellows(&self, event: EventId, callback: u16) -> Vec<EventId> {
        let mut fellows = self.siblings(event);
        fellows.retain(|fellow| self.callback_of(*fellow) == Some(callback));
        fellows
    }

    /// The first of them, and which callback it is.
    fn waited_for(&self, event: EventId) -> Option<(EventId, u16)> {
        let callback = self.callback_of(event)?;
        Some((self.fellows(event, callback).first().copied().unwrap_or(event), callback))
    }

    fn is_called(&self, event: EventId) -> bool {
        let place = usize::from(self.world.events[event.0 as usize].place);
        self.program.push(place).is_some_and(|push| push.kind == PushKind::Request)
    }

    /// Whoever hands an event on begins to wait, where that is what they do.
    pub(crate) fn begin_to_wait(&mut self, event: EventId) {
        if self.callback_of(event).is_none() || self.is_called(event) {
            return;
        }
        let Some((first, callback)) = self.waited_for(event) else { return };
        if !self.world.waits.all.contains_key(&first.0) {
            self.wait_for(first, callback, 0);
        }
    }

    fn wait_for(&mut self, first: EventId, callback: u16, number: u32) {
        let copies = self.world.copies.len() as u32;
        self.world.waits.begin(first, number, self.now, copies);
        if let Some(patience) = self.program.network.callbacks[usize::from(callback)].patience {
            self.after(patience, Due::NoCallback { event: first.0, number });
        }
    }

    /// A caller waits for more than the answer of its call.
    pub(crate) fn call_waits(&mut self, event: EventId) {
        if self.callback_of(event).is_some() {
            let before = self.world.waits.all.get(&event.0).map_or(0, |wait| wait.number + 1);
            self.world.waits.begin(event, before, self.now, 0);
        }
    }

    /// What a caller has heard beside the answer of its call; one who does not wait for more takes that for success.
    pub(crate) fn call_heard(&self, event: EventId) -> Heard {
        if self.callback_of(event).is_none() {
            return Heard::Success;
        }
        self.world.waits.get(event).map_or(Heard::Success, |wait| wait.heard)
    }

    /// A caller stops waiting for its call and for more than that.
    pub(crate) fn call_missed(&mut self, event: EventId) {
        if let Some(callback) = self.callback_of(event) {
            self.note_missed(event, self.program.network.callbacks[usize::from(callback)].missed);
        }
    }

    /// Nobody waits to be called back for an event any more.
    pub(crate) fn end_waiting(&mut self, event: EventId) {
        if let Some((first, _)) = self.waited_for(event) {
            self.world.waits.close(first);
        }
    }

    /// Whether somebody waits to be called back for an event, and it is the first that stands for what was handed on.
    pub(crate) fn is_waited_for(&self, event: EventId) -> bool {
        self.world.waits.get(event).is_some()
    }

    /// A handler has processed events and calls those back who wait for it.
    pub(crate) fn call_back(&mut self, batch: u32) {
        for index in 0..self.world.effects.processed.len() {
            let position = self.world.effects.processed[index] as usize;
            let slot = &self.world.batches[batch as usize];
            let (item, mark) = (slot.items[position], slot.failing[position]);
            match mark {
                Batch::FORGOTTEN => {}
                Batch::DECLINED => self.called_back(item, Heard::Failure),
                _ => self.called_back(item, Heard::Success),
            }
        }
    }

    fn called_back(&mut self, item: Covered, heard: Heard) {
        //= step_functions.token
        //= step_functions.returns
        //= cloudformation.called_back
        //= codepipeline.called_back
        let Some((first, callback)) = self.waited_for(item.event) else { return };
        let is_awaited = |wait: &Wait| wait.heard == Heard::Nothing && wait.first_copy <= item.copy;
        let Some(wait) = self.world.waits.get(first).filter(is_awaited) else { return };
        let table = &self.program.network.callbacks[usize::from(callback)];
        let EventState { name, place, .. } = self.world.events[item.event.0 as usize];
        let entity = self.world.queue_tables[usize::from(place)].entity;
        let value = (heard as u32, self.now.since(wait.since).as_micros());
        self.record(RecordKind::CallbackReturned, entity, table.returned, value, name, &[item]);
        if self.is_called(item.event) {
            self.world.waits.all.insert(first.0, Wait { heard, ..wait });
            return;
        }
        match (heard, &table.task) {
            (Heard::Failure, Some(task)) => self.task_ends(first, callback, task, Failure::Failed),
            (Heard::Nothing | Heard::Success, _) | (Heard::Failure, None) => {
                self.world.waits.close(first);
                self.step_over(item.event, StepOver::Answered);
            }
        }
    }

    /// Patience is over.
    pub(crate) fn no_callback(&mut self, first: EventId, number: u32) {
        //= step_functions.no_token
        //= cloudformation.unanswered
        //= codepipeline.unreported
        let Some(callback) = self.callback_of(first) else { return };
        let waits = self.world.waits.get(first);
        if waits.is_none_or(|wait| wait.number != number) {
            return;
        }
        let table = &self.program.network.callbacks[usize::from(callback)];
        self.note_missed(first, table.missed);
        if let Some(task) = &table.task {
            return self.task_ends(first, callback, task, Failure::GaveUp);
        }
        self.world.waits.close(first);
        self.tell(first, callback, table.missed, Failure::GaveUp);
    }

    /// Nobody has called back so far.
    pub(crate) fn note_missed(&mut self, first: EventId, rule: crate::models::RuleId) {
        let Some(wait) = self.world.waits.get(first) else { return };
        let EventState { name, place, .. } = self.world.events[first.0 as usize];
        let entity = self.world.queue_tables[usize::from(place)].entity;
        let value = (0, self.now.since(wait.since).as_micros());
        self.record(RecordKind::CallbackMissed, entity, rule, value, name, &[on_way(first)]);
    }

    /// A task that has handed something on has failed: it does so again, goes on elsewhere, or ends its execution.
    fn task_ends(&mut self, first: EventId, callback: u16, task: &TaskTable, failure: Failure) {
        let place = usize::from(self.world.events[first.0 as usize].place);
        let Some(wait) = self.world.waits.get(first) else { return };
        let tries = self.tries_of_event(first, self.world.queue_tables[place].entity);
        let calls = wait.number + 1;
        if let Some(pause) = self.task_again(tries, task, failure, calls) {
            // Until it does, no token is worth anything.
            self.world.waits.begin(first, calls, self.now, u32::MAX);
            return self.after(pause, Due::HandOn { event: first.0, number: calls });
        }
        self.world.waits.close(first);
        let over = self.task_outcome(tries, task, failure);
        if over == StepOver::Failed {
            self.tell(first, callback, task.failed, failure);
        }
        self.step_over(first, over);
    }

    /// Whoever waited knows that it failed.
    fn tell(&mut self, first: EventId, callback: u16, rule: crate::models::RuleId, failure: Failure) {
        for event in self.fellows(first, callback) {
            let EventState { name, place, .. } = self.world.events[event.0 as usize];
            // What it was for may be processed or kept, and it has failed all the same.
            if self.world.decide(event, Fate::Told) || event == first {
                let entity = self.world.queue_tables[usize::from(place)].entity;
                let value = (0, failure as u64);
                self.record(RecordKind::ObligationReturned, entity, rule, value, name, &[on_way(event)]);
            }
        }
    }

    /// A task hands on once more, with another token.
    pub(crate) fn hand_on(&mut self, first: EventId, number: u32) {
        let Some((callback, table)) = self
            .callback_of(first)
            .map(|callback| (callback, &self.program.network.callbacks[usize::from(callback)]))
        else {
            return;
        };
        if self.world.waits.get(first).is_none_or(|wait| wait.number != number) {
            return;
        }
        let Some(task) = &table.task else { return };
        self.wait_for(first, callback, number);
        for event in self.fellows(first, callback) {
            let EventState { route, .. } = self.world.events[event.0 as usize];
            let step = self.program.network.routes[usize::from(route)].step;
            let state = &mut self.world.events[event.0 as usize];
            state.copies += 1;
            // Another token makes another message of it.
            state.deduplication = state.deduplication.wrapping_add(u64::from(number));
            let EventState { name, place, source, .. } = *state;
            if let Some(channel) = self.program.channel(usize::from(source)) {
                let (entity, value) = (channel.entity, (u32::from(place), 0));
                let names = name ^ self.class_mark(event);
                self.record(RecordKind::EventPublished, entity, task.retry, value, names, &[on_way(event)]);
            }
            self.set_out_from(event, route, step.map_or(0, |step| step.hop));
        }
    }

    /// The run ends, and some still wait.
    pub(crate) fn note_waiting(&mut self) {
        let firsts: Vec<u32> = self.world.waits.all.keys().copied().collect();
        for first in firsts.into_iter().map(EventId) {
            if let Some(callback) = self.callback_of(first) {
                let missed = self.program.network.callbacks[usize::from(callback)].missed;
                self.note_missed(first, missed);
            }
        }
    }

    /// Calls of an execution for whose tokens nobody waits any more, since it has ended or left the states around them.
    pub(crate) fn abandon(&mut self, event: EventId, over: StepOver) {
        if self.program.network.callbacks.is_empty() {
            return;
        }
        let Some(own) = self.step_of(event) else { return };
        let table = &self.program.network.executions[usize::from(own.execution)];
        let levels = match over {
            StepOver::Failed => None,
            StepOver::Caught(to) => Some(table.within(table.states[usize::from(to)].level)),
            StepOver::Answered | StepOver::LeftOut => return,
        };
        for sibling in self.siblings(event) {
            let Some(step) = self.step_of(sibling).filter(|step| step.execution == own.execution) else {
                continue;
            };
            let level = table.states[usize::from(step.state)].level;
            let is_left = levels.as_ref().is_none_or(|levels| levels.contains(&level));
            if is_left && self.world.events[sibling.0 as usize].step == Step::Sent {
                self.end_waiting(sibling);
            }
        }
    }

    /// What counts the tries of a task that hands something on.
    pub(crate) fn tries_of_event(&self, event: EventId, entity: EntityId) -> Tries {
        let EventState { name, place, .. } = self.world.events[event.0 as usize];
        Tries { key: HANDED_ON | event.0, place: usize::from(place), entity, name }
    }
}

/// Tries of calls are counted by their entries, those of what is handed on by its first event and this bit.
const HANDED_ON: u32 = 1 << 31;
