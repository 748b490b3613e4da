//! What a scenario changes while events are in flight.

use crate::kernel::Chooser;
use crate::program::{Act, ExitRefusal, ExitTarget, HopTable, LogSetting, Right, Slot, UnknownTarget};
use crate::trace::{Covered, EntityId, Observer, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};
use crate::world::state::{CopyState, Fate};

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Schedules all stated changes.
    pub(crate) fn plan_changes(&mut self) {
        for (index, change) in self.program.plan.changes.iter().enumerate() {
            self.world.unmade += 1;
            let due = Due::Change { change: index as u16 };
            self.world.pending.schedule(Instant::START + change.at, due);
        }
    }

    /// A change is made; it may take a while until it works.
    pub(crate) fn change(&mut self, index: u16) {
        match self.program.plan.changes[usize::from(index)].act {
            Act::Set(target, _) => {
                let delay = self.propagation(target, index);
                self.after(delay, Due::Applied { change: index });
            }
            Act::Redeploy(function) => {
                self.world.unmade -= 1;
                self.redeploy(usize::from(function));
            }
            Act::Revoke(Right::Read(mapping)) => {
                self.world.unmade -= 1;
                self.world.mappings[usize::from(mapping)].denied = true;
                let entity = self.world.mapping_tables[usize::from(mapping)].entity;
                let subject = (u32::from(index), 0);
                self.note(RecordKind::SettingChanged, entity, Slot::PermissionRemoved, subject, 0, &[]);
            }
            //= stream_poll.permission_removed
            Act::RevokeLog(log) => {
                self.world.unmade -= 1;
                self.world.log_tables[usize::from(log)].denied = true;
                let place = usize::from(self.world.log_tables[usize::from(log)].queue);
                let (entity, subject) = (self.world.queue_tables[place].entity, (u32::from(index), 0));
                self.note(RecordKind::SettingChanged, entity, Slot::LogPermissionRemoved, subject, 0, &[]);
            }
            Act::Delete(function) => {
                self.world.unmade -= 1;
                self.delete_function(usize::from(function), u32::from(index));
            }
            Act::DeleteStream(stream) => self.begin_deletion(stream, index),
            Act::Make(log) => {
                self.world.unmade -= 1;
                self.make(usize::from(log), index);
            }
            Act::Revoke(right @ (Right::Push(_) | Right::Send(_, _))) => {
                //= access.change_delay
                let program = self.program;
                let (rule, entity) = (&program.open.permission_propagation, self.entity_of_right(right));
                let delay = self.open_value(rule, entity, 0, u32::from(index));
                self.after(Duration::from_micros(delay), Due::Applied { change: index });
            }
            Act::MoveBack(queue, _) => {
                let messages = self.world.queues[usize::from(queue)].visible;
                self.move_back(index, messages);
            }
            Act::Replay(replay) => {
                self.world.unmade -= 1;
                self.replay(replay);
            }
            Act::Peek(look) => self.peek(index, look.messages),
        }
    }

    /// A function is gone. What runs ends as it would have; the mappings that call it know nothing of it.
    fn delete_function(&mut self, function: usize, index: u32) {
        self.world.functions[function].deleted = true;
        for mapping in 0..self.world.mapping_tables.len() {
            let table = self.world.mapping_tables[mapping];
            if usize::from(table.function) == function {
                let slot = Slot::FunctionDeleted;
                self.note(RecordKind::SettingChanged, table.entity, slot, (index, 0), 0, &[]);
            }
        }
        for log in 0..self.world.log_tables.len() {
            let table = self.world.log_tables[log];
            if usize::from(table.function) == function {
                let (entity, slot) =
                    (self.world.queue_tables[usize::from(table.queue)].entity, Slot::LogFunctionDeleted);
                self.note(RecordKind::SettingChanged, entity, slot, (index, 0), 0, &[]);
            }
        }
    }

    /// How long AWS takes to apply a change of a setting.
    fn propagation(&mut self, target: UnknownTarget, index: u16) -> Duration {
        let open = &self.program.open;
        let (rule, entity) = match target {
            UnknownTarget::Delivers(link) => {
                let Some(hop) = self.hop_where(|hop| usize::from(hop.switch) == link) else {
                    return Duration::ZERO;
                };
                (&self.program.network.policies[usize::from(hop.policy)].switch, hop.entity)
            }
            UnknownTarget::Retention(queue) => {
                (&open.retention_propagation, self.world.queue_tables[queue].entity)
            }
            UnknownTarget::Visibility(queue)
            | UnknownTarget::Delay(queue)
            | UnknownTarget::MaxReceiveCount(queue)
            | UnknownTarget::Scope(queue)
            | UnknownTarget::Throughput(queue)
            | UnknownTarget::ContentBased(queue) => {
                (&open.attribute_propagation, self.world.queue_tables[queue].entity)
            }
            UnknownTarget::BatchSize(mapping)
            | UnknownTarget::Window(mapping)
            | UnknownTarget::MaximumConcurrency(mapping)
            | UnknownTarget::ResponseType(mapping)
            | UnknownTarget::MinimumPollers(mapping)
            | UnknownTarget::MaximumPollers(mapping)
            | UnknownTarget::Enabled(mapping) => {
                (&open.disable_delay, self.world.mapping_tables[mapping].entity)
            }
            UnknownTarget::Log(log, _) => {
                let place = usize::from(self.world.log_tables[log].queue);
                (&open.log_disable_delay, self.world.queue_tables[place].entity)
            }
            UnknownTarget::Timeout(_)
            | UnknownTarget::Reserved(_)
            | UnknownTarget::PushAttempts(_)
            | UnknownTarget::PushAge(_) => return Duration::ZERO,
        };
        Duration::from_micros(self.open_value(rule, entity, 0, u32::from(index)))
    }

    /// A changed setting works from now on.
    pub(crate) fn applied(&mut self, index: u16) {
        self.world.unmade -= 1;
        let (target, value) = match self.program.plan.changes[usize::from(index)].act {
            Act::Set(target, value) => (target, value),
            Act::Revoke(right) => return self.revoked(right, index),
            Act::DeleteStream(stream) => return self.delete_stream(stream, index),
            Act::Redeploy(_)
            | Act::Delete(_)
            | Act::RevokeLog(_)
            | Act::Make(_)
            | Act::MoveBack(_, _)
            | Act::Replay(_)
            | Act::Peek(_) => {
                return;
            }
        };
        self.world.resolve(target, value);
        let entity = self.entity_of(target);
        let rule = self.program.profile.stated_rule;
        self.record(RecordKind::SettingChanged, entity, rule, (u32::from(index), value), 0, &[]);
        match target {
            UnknownTarget::Retention(queue) => self.arm_expiry(queue),
            UnknownTarget::BatchSize(mapping)
            | UnknownTarget::Window(mapping)
            | UnknownTarget::MaximumConcurrency(mapping)
            | UnknownTarget::ResponseType(mapping)
            | UnknownTarget::MinimumPollers(mapping)
            | UnknownTarget::MaximumPollers(mapping)
            | UnknownTarget::Enabled(mapping) => {
                self.poll(usize::from(self.world.mapping_tables[mapping].queue));
            }
            UnknownTarget::Reserved(_) => self.schedule_tries(),
            UnknownTarget::Log(log, setting) => {
                if setting == LogSetting::Enabled && value == 1 {
                    self.start_reading(log, index);
                }
                self.wake_all(usize::from(self.world.log_tables[log].queue));
            }
            UnknownTarget::Delay(queue) => self.delay_changed(queue),
            UnknownTarget::Delivers(_)
            | UnknownTarget::Visibility(_)
            | UnknownTarget::MaxReceiveCount(_)
            | UnknownTarget::Scope(_)
            | UnknownTarget::Throughput(_)
            | UnknownTarget::ContentBased(_)
            | UnknownTarget::Timeout(_)
            | UnknownTarget::PushAttempts(_)
            | UnknownTarget::PushAge(_) => {}
        }
    }

    /// A permission is missed from now on.
    fn revoked(&mut self, right: Right, index: u16) {
        match right {
            Right::Read(_) => {}
            Right::Push(link) => {
                for hop in self.world.hop_tables.iter_mut().filter(|hop| hop.link == link) {
                    hop.denied = true;
                }
            }
            Right::Send(function, target) => self.may_not_send(function, target),
        }
        let (entity, rule) = (self.entity_of_right(right), self.program.open.permission_propagation.rule);
        self.record(RecordKind::SettingChanged, entity, rule, (u32::from(index), 0), 0, &[]);
    }

    /// A handler fails where it sends, and what Lambda sends in the function's name is refused.
    fn may_not_send(&mut self, function: u16, target: ExitTarget) {
        let emits = &self.program.behaviours[usize::from(function)].emits;
        if emits.iter().any(|emission| target.is_at(emission.target.into())) {
            self.world.functions[usize::from(function)].may_not_send = true;
        }
        for push in self.world.push_tables.iter_mut().filter(|push| push.function == function) {
            for exit in [&mut push.on_success, &mut push.on_failure, &mut push.dead_letter] {
                if exit.is_some_and(|exit| target.is_at(exit)) {
                    *exit = Some(ExitTarget::Refused(ExitRefusal::Denied));
                }
            }
        }
    }

    fn entity_of_right(&self, right: Right) -> EntityId {
        match right {
            Right::Read(mapping) => self.world.mapping_tables[usize::from(mapping)].entity,
            Right::Push(link) => {
                self.hop_where(|hop| hop.link == link).map_or(self.program.account.entity, |hop| hop.entity)
            }
            Right::Send(function, _) => self.world.function_tables[usize::from(function)].entity,
        }
    }

    fn hop_where(&self, is_meant: impl Fn(&HopTable) -> bool) -> Option<HopTable> {
        self.world.hop_tables.iter().copied().find(is_meant)
    }

    fn entity_of(&self, target: UnknownTarget) -> EntityId {
        match target {
            UnknownTarget::Delivers(link) => {
                let hop = self.hop_where(|hop| usize::from(hop.switch) == link);
                hop.map_or(self.program.account.entity, |hop| hop.entity)
            }
            UnknownTarget::Retention(queue)
            | UnknownTarget::Visibility(queue)
            | UnknownTarget::Delay(queue)
            | UnknownTarget::MaxReceiveCount(queue)
            | UnknownTarget::Scope(queue)
            | UnknownTarget::Throughput(queue)
            | UnknownTarget::ContentBased(queue) => self.world.queue_tables[queue].entity,
            UnknownTarget::BatchSize(mapping)
            | UnknownTarget::Window(mapping)
            | UnknownTarget::MaximumConcurrency(mapping)
            | UnknownTarget::ResponseType(mapping)
            | UnknownTarget::MinimumPollers(mapping)
            | UnknownTarget::MaximumPollers(mapping)
            | UnknownTarget::Enabled(mapping) => self.world.mapping_tables[mapping].entity,
            UnknownTarget::Timeout(function) | UnknownTarget::Reserved(function) => {
                self.world.function_tables[function].entity
            }
            UnknownTarget::Log(log, _) => {
                self.world.queue_tables[usize::from(self.world.log_tables[log].queue)].entity
            }
            UnknownTarget::PushAttempts(push) | UnknownTarget::PushAge(push) => {
                self.world.queue_tables[usize::from(self.world.push_tables[push].queue)].entity
            }
        }
    }

    /// One message of a dead-letter queue goes back to where it came from, and `left` more follow at the task's rate;
    /// messages that arrive while it runs stay.
    pub(crate) fn move_back(&mut self, index: u16, left: u32) {
        let Act::MoveBack(queue, gap) = self.program.plan.changes[usize::from(index)].act else { return };
        let copy = if left > 0 { self.take_to_move(usize::from(queue)) } else { None };
        let Some(copy) = copy else {
            self.world.unmade -= 1;
            return;
        };
        self.return_to_source(copy, usize::from(queue));
        self.after(gap, Due::MoveBack { change: index, left: left - 1 });
    }

    /// The first message that can be received, came from another queue and has not expired.
    fn take_to_move(&mut self, queue: usize) -> Option<u32> {
        if self.world.queue_tables[queue].is_fifo() {
            return self.take_to_move_from_group(queue);
        }
        let retention = self.world.queue_tables[queue].retention;
        let (copies, now) = (&self.world.copies, self.now);
        let is_movable = |(_, copy): &(Instant, u32)| {
            let state = copies[*copy as usize];
            state.state == CopyState::Available
                && usize::from(state.queue) == queue
                && state.origin != state.queue
                && now < state.sent + retention
        };
        let place = self.world.queues[queue].available.iter().position(is_movable)?;
        let (_, copy) = self.world.queues[queue].available.remove(place)?;
        self.world.queues[queue].visible -= 1;
        Some(copy)
    }

    /// A redriven message is as new in its source: its age and receives count anew, and its event is open again.
    fn return_to_source(&mut self, copy: u32, queue: usize) {
        let origin = self.world.copies[copy as usize].origin;
        let source = usize::from(origin);
        let entity = self.world.queue_tables[queue].entity;
        let target = self.world.queue_tables[source].entity;
        let value = self.program.hash(target).0;
        self.note_copy(RecordKind::MessageMovedBack, entity, Slot::OperatorRedrive, copy, value);
        self.leave(copy, queue);
        // It is as old as new where it was before, too: what came meanwhile is older.
        for stayed in [queue, source] {
            self.world.queues[stayed].by_age.retain(|other| *other != copy);
        }
        let state = &mut self.world.copies[copy as usize];
        //= queue.redrive_task
        state.queue = origin;
        state.receives = 0;
        state.sent = self.now;
        let event = state.event;
        let vanished = std::mem::take(&mut state.vanishes);
        self.world.events[event.0 as usize].copies += u16::from(vanished);
        self.world.reopen(event);
        self.enter(copy, source);
        let delay = self.world.queue_tables[source].delay;
        let item = Covered { event, copy, receives: 0 };
        let name = self.world.events[event.0 as usize].name;
        let subject = (copy, delay.as_micros());
        self.note(RecordKind::MessageReturned, target, Slot::OperatorRedrive, subject, name, &[item]);
        if delay == Duration::ZERO {
            self.make_available(copy, source);
            self.poll(source);
        } else {
            self.world.copies[copy as usize].state = CopyState::Delayed;
            self.after(delay, Due::DelayEnds { copy });
        }
    }
}

impl crate::world::run::World {
    /// An event that was kept for an operator is to be processed after all.
    fn reopen(&mut self, event: crate::trace::EventId) {
        let state = &mut self.events[event.0 as usize];
        if state.fate == Fate::Kept {
            state.fate = Fate::Open;
            self.open += 1;
        }
    }
}
