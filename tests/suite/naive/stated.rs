//! What a scenario states, naively: outcomes, times and changes.

use redrive::kernel::{ChoicePoint, Chooser, Domain, Family, Menu};
use redrive::program::{
    Act, ExitRefusal, ExitTarget, HopTable, LogSetting, Right, Slot, StatedRule, UnknownTarget,
};
use redrive::scenario::{HandlerPreset, Per, Then};
use redrive::trace::{EntityId, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{End, Fate, Place, Ran, Taken, What};

const MOST_RULES: u32 = 64;

impl<C: Chooser> Naive<'_, C> {
    /// How long the scenario says that an event of the batch takes.
    pub(super) fn stated_duration(&mut self, batch: usize) -> Option<Duration> {
        let function = self.function_of(batch);
        let timing = self.program.behaviours[function].timing?;
        let (low, high) = (timing.shortest.as_micros(), timing.longest.as_micros());
        let (name, tries) = self.name_of(batch);
        let drawn = if low < high {
            self.stated("duration", function, name, tries, Menu::Range { ordinary: low, low, high })
        } else {
            low
        };
        let share = match timing.per {
            Per::Event => 1,
            Per::Invocation => self.batches[batch].items.len().max(1) as u64,
        };
        Some(Duration::from_micros(drawn / share))
    }

    fn stated(&mut self, what: &str, function: usize, item: u64, ordinal: u32, menu: Menu) -> u64 {
        let entity = self.program.hash(self.functions[function].entity);
        let domain = Domain::of(what);
        self.chooser.choose(&ChoicePoint { family: Family::Stated, domain, entity, item, ordinal }, menu)
    }

    /// What the scenario says about the events of a batch that do not fail anyway, as far as the handler gets.
    pub(super) fn apply_stated(&mut self, batch: usize) {
        let function = self.function_of(batch);
        let program = self.program;
        let goes_on = matches!(
            self.functions[function].handler,
            HandlerPreset::Partial | HandlerPreset::Swallows | HandlerPreset::Parallel
        );
        for index in 0..self.batches[batch].items.len() {
            let item = self.batches[batch].items[index];
            if self.batches[batch].failing[index].is_none() {
                let family = Family::Stated;
                match self.first_rule(&program.behaviours[function].rules, function, item) {
                    // Nobody in it waits to be called back.
                    Then::Succeeds | Then::Forgets | Then::Declines => {}
                    Then::Fails => self.batches[batch].failing[index] = Some(family),
                    Then::TimesOut => {
                        self.batches[batch].end = End::TimedOut { done: index, family };
                        return;
                    }
                    Then::Crashes => {
                        self.batches[batch].end = End::Crashed { done: index, family };
                        return;
                    }
                }
            }
            if self.batches[batch].failing[index].is_some() && !goes_on {
                return;
            }
        }
    }

    fn first_rule(&mut self, rules: &[StatedRule], function: usize, item: Taken) -> Then {
        for (number, rule) in rules.iter().enumerate() {
            let attempt = item.receives;
            let is_meant = rule.first <= attempt && attempt <= rule.last;
            let class = usize::from(self.messages[item.message].class);
            if !is_meant || !(rule.classes.is_empty() || rule.classes.get(class) == Some(&true)) {
                continue;
            }
            let name = self.messages[item.message].name;
            let ordinal = attempt * MOST_RULES + number as u32;
            let applies = match rule.odds {
                Some(odds) => self.stated("outcome", function, name, ordinal, Menu::Hit(odds)) == 1,
                None => true,
            };
            if applies {
                return rule.then;
            }
        }
        Then::Succeeds
    }

    /// What the function sends on for the events that this invocation has processed.
    pub(super) fn emit(&mut self, batch: usize) {
        let program = self.program;
        let done = self.emitted.clone();
        for emission in &program.behaviours[self.function_of(batch)].emits {
            let parents = match emission.per {
                Per::Event => &done[..],
                Per::Invocation => &done[..done.len().min(1)],
            };
            for position in parents {
                let parent = self.batches[batch].items[*position];
                for number in 0..emission.count {
                    if emission.closes && !self.goes_on_round(parent.message, self.function_of(batch)) {
                        break;
                    }
                    let function = self.function_of(batch);
                    let ran = Ran { function, is_round: emission.closes, loses_mark: false };
                    let ordinal = (parent.receives - 1) * emission.of + emission.first + number;
                    let cause = (parent.message, ran);
                    let mut message = self.caused_by(cause, emission.target, ordinal, emission.class);
                    message.tenant = emission.tenant.map(|name| name.0);
                    self.plan_message(message, self.now);
                }
            }
        }
    }

    pub(super) fn plan_changes(&mut self) {
        for (index, change) in self.program.plan.changes.iter().enumerate() {
            self.agenda.push((Instant::START + change.at, What::Change(index)));
        }
    }

    pub(super) fn change(&mut self, index: usize) {
        let program = self.program;
        match program.plan.changes[index].act {
            Act::Set(target, _) => {
                let entity = self.setting_of(target);
                let rule = match target {
                    UnknownTarget::Retention(_) => Some(&program.open.retention_propagation),
                    UnknownTarget::Timeout(_) | UnknownTarget::Reserved(_) => None,
                    UnknownTarget::Delivers(link) => {
                        let policy =
                            self.hops_switched_by(link as u16).next().expect("it switches a link").policy;
                        Some(&program.network.policies[usize::from(policy)].switch)
                    }
                    UnknownTarget::Visibility(_)
                    | UnknownTarget::Delay(_)
                    | UnknownTarget::Scope(_)
                    | UnknownTarget::Throughput(_)
                    | UnknownTarget::ContentBased(_)
                    | UnknownTarget::MaxReceiveCount(_) => Some(&program.open.attribute_propagation),
                    UnknownTarget::Log(..) => Some(&program.open.log_disable_delay),
                    _ => Some(&program.open.disable_delay),
                };
                let delay = rule.map_or(0, |rule| self.open(rule, entity, 0, index as u32));
                self.after(Duration::from_micros(delay), What::Applied(index));
            }
            Act::Redeploy(function) => self.redeploy(usize::from(function)),
            Act::Revoke(right @ (Right::Push(_) | Right::Send(_, _))) => {
                let entity = self.missed_by(right);
                let delay = self.open(&program.open.permission_propagation, entity, 0, index as u32);
                self.after(Duration::from_micros(delay), What::Applied(index));
            }
            Act::Revoke(Right::Read(mapping)) => {
                let mapping = usize::from(mapping);
                self.pollers[mapping].denied = true;
                let entity = self.mappings[mapping].entity;
                self.note(RecordKind::SettingChanged, entity, Slot::PermissionRemoved, 0, &[]);
            }
            Act::RevokeLog(log) => {
                let log = usize::from(log);
                self.logs[log].denied = true;
                let entity = self.queues[usize::from(self.logs[log].queue)].entity;
                self.note(RecordKind::SettingChanged, entity, Slot::LogPermissionRemoved, 0, &[]);
            }
            Act::Delete(function) => {
                self.gone.push(usize::from(function));
                let polled = program.mappings.iter().filter(|mapping| mapping.function == function);
                for mapping in polled {
                    self.note(RecordKind::SettingChanged, mapping.entity, Slot::FunctionDeleted, 0, &[]);
                }
                for log in program.network.logs.iter().filter(|log| log.function == function) {
                    let entity = program.queues[usize::from(log.queue)].entity;
                    self.note(RecordKind::SettingChanged, entity, Slot::LogFunctionDeleted, 0, &[]);
                }
            }
            Act::DeleteStream(stream) => self.stream_is_to_go(stream, index),
            Act::Make(log) => self.make_mapping(usize::from(log), index),
            Act::Replay(replay) => self.replay(usize::from(replay)),
            Act::Peek(look) => self.peek(index, look.messages),
            Act::MoveBack(queue, _) => {
                let left = self.visible(usize::from(queue));
                self.move_back(index, left);
            }
        }
    }

    /// The hops over links with a switch.
    fn hops_switched_by(&self, switch: u16) -> impl Iterator<Item = &HopTable> {
        self.hops.iter().filter(move |hop| hop.switch == switch)
    }

    /// Who misses a permission.
    fn missed_by(&self, right: Right) -> EntityId {
        match right {
            Right::Push(link) => self.hops.iter().find(|hop| hop.link == link).expect("it is a link").entity,
            Right::Send(function, _) => self.functions[usize::from(function)].entity,
            Right::Read(mapping) => self.mappings[usize::from(mapping)].entity,
        }
    }

    fn setting_of(&self, target: UnknownTarget) -> EntityId {
        match target {
            UnknownTarget::Delivers(link) => {
                self.hops_switched_by(link as u16).next().expect("it switches a link").entity
            }
            UnknownTarget::Visibility(queue)
            | UnknownTarget::Retention(queue)
            | UnknownTarget::Delay(queue)
            | UnknownTarget::Scope(queue)
            | UnknownTarget::Throughput(queue)
            | UnknownTarget::ContentBased(queue)
            | UnknownTarget::MaxReceiveCount(queue) => self.queues[queue].entity,
            UnknownTarget::Timeout(function) | UnknownTarget::Reserved(function) => {
                self.functions[function].entity
            }
            UnknownTarget::BatchSize(mapping)
            | UnknownTarget::Window(mapping)
            | UnknownTarget::MaximumConcurrency(mapping)
            | UnknownTarget::Enabled(mapping)
            | UnknownTarget::MinimumPollers(mapping)
            | UnknownTarget::MaximumPollers(mapping)
            | UnknownTarget::ResponseType(mapping) => self.mappings[mapping].entity,
            UnknownTarget::Log(log, _) => self.queues[usize::from(self.logs[log].queue)].entity,
            UnknownTarget::PushAttempts(push) | UnknownTarget::PushAge(push) => {
                self.queues[usize::from(self.pushes[push].queue)].entity
            }
        }
    }

    fn may_not_send(&mut self, function: u16, target: ExitTarget) {
        for emission in &self.program.behaviours[usize::from(function)].emits {
            if target.is_at(emission.target.into()) {
                self.muted.push(usize::from(function));
            }
        }
        for push in self.pushes.iter_mut().filter(|push| push.function == function) {
            for exit in [&mut push.on_success, &mut push.on_failure, &mut push.dead_letter] {
                if exit.is_some_and(|exit| target.is_at(exit)) {
                    *exit = Some(ExitTarget::Refused(ExitRefusal::Denied));
                }
            }
        }
    }

    pub(super) fn applied(&mut self, index: usize) {
        if let Act::Revoke(right) = self.program.plan.changes[index].act {
            match right {
                Right::Push(link) => {
                    self.hops.iter_mut().filter(|hop| hop.link == link).for_each(|hop| hop.denied = true);
                }
                Right::Send(function, target) => self.may_not_send(function, target),
                Right::Read(_) => {}
            }
            let (entity, rule) = (self.missed_by(right), self.program.open.permission_propagation.rule);
            return self.enter(RecordKind::SettingChanged, entity, rule, 0, &[]);
        }
        if let Act::DeleteStream(stream) = self.program.plan.changes[index].act {
            return self.stream_goes(stream);
        }
        let Act::Set(target, value) = self.program.plan.changes[index].act else { return };
        self.set(target, value);
        let (entity, rule) = (self.setting_of(target), self.program.profile.stated_rule);
        self.enter(RecordKind::SettingChanged, entity, rule, value, &[]);
        if let UnknownTarget::Log(log, setting) = target {
            if (setting, value) == (LogSetting::Enabled, 1) {
                self.switched_on(log, index);
            }
            self.rouse_all(log);
        }
        if let UnknownTarget::Delay(queue) = target {
            self.delay_changed(queue);
        }
        if let UnknownTarget::BatchSize(mapping)
        | UnknownTarget::Window(mapping)
        | UnknownTarget::MaximumConcurrency(mapping)
        | UnknownTarget::Enabled(mapping)
        | UnknownTarget::ResponseType(mapping) = target
        {
            self.wake(usize::from(self.mappings[mapping].queue));
        }
    }

    pub(super) fn move_back(&mut self, index: usize, left: u32) {
        let Act::MoveBack(queue, gap) = self.program.plan.changes[index].act else { return };
        let queue = usize::from(queue);
        let retention = self.queues[queue].retention;
        let mut candidates: Vec<(Instant, u64, usize)> = Vec::new();
        for (index, message) in self.messages.iter().enumerate() {
            if let (Place::Visible { rank, number }, true) = (message.place, message.queue == queue)
                && message.origin != queue
                && self.now < message.sent + retention
            {
                let fifo = (Instant::START, message.came, index);
                candidates.push(if self.is_fifo(queue) { fifo } else { (rank, number, index) });
            }
        }
        candidates.sort_unstable();
        if let (Some((_, _, message)), true) = (candidates.first().copied(), left > 0) {
            self.send_back(message, queue);
            self.after(gap, What::MoveBack { change: index, left: left - 1 });
        }
    }

    fn send_back(&mut self, message: usize, queue: usize) {
        let source = self.messages[message].origin;
        let (from, to) = (self.queues[queue].entity, self.queues[source].entity);
        let value = self.program.hash(to).0;
        self.note_message(RecordKind::MessageMovedBack, from, Slot::OperatorRedrive, value, message);
        let came = self.tick();
        let state = &mut self.messages[message];
        state.queue = source;
        state.receives = 0;
        state.last_receive = None;
        state.queue = queue;
        state.place = Place::Gone;
        self.left(queue);
        let state = &mut self.messages[message];
        state.queue = source;
        state.sent = self.now;
        state.came = came;
        state.place = Place::Delayed;
        state.is_doomed = false;
        let event = state.event;
        if self.messages[event].fate == Fate::Kept {
            self.messages[event].fate = Fate::Open;
        }
        let delay = self.queues[source].delay;
        let value = delay.as_micros();
        self.note_message(RecordKind::MessageReturned, to, Slot::OperatorRedrive, value, message);
        if delay == Duration::ZERO {
            self.show(message);
            self.wake(source);
        } else {
            self.after(delay, What::DelayEnds(message));
        }
    }
}
