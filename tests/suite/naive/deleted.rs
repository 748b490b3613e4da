//! Streams that are deleted, naively: a list of those that are no more, which everything that writes looks at.

use redrive::kernel::Chooser;
use redrive::program::{Act, HeldRecords, SendTarget};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{Fate, Place, What};

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn stream_is_to_go(&mut self, stream: u16, change: usize) {
        let delay = self.going_takes(stream, change);
        self.after(delay, What::Applied(change));
    }

    fn going_takes(&mut self, stream: u16, change: usize) -> Duration {
        let program = self.program;
        let table = &program.network.streams[usize::from(stream)];
        let delay = &table.deletion.as_ref().expect("it can be deleted").delay;
        Duration::from_micros(self.open(delay, table.entity, 0, change as u32))
    }

    /// When nothing of a stream can be read any more.
    pub(super) fn stream_ends(&mut self, stream: u16) -> Option<Instant> {
        let program = self.program;
        let goes = |act: Act| matches!(act, Act::DeleteStream(gone) if gone == stream);
        let change = program.plan.changes.iter().position(|change| goes(change.act))?;
        let deletion = program.network.streams[usize::from(stream)].deletion.as_ref()?;
        let ends = Instant::START + program.plan.changes[change].at + self.going_takes(stream, change);
        (deletion.records == HeldRecords::Gone).then_some(ends)
    }

    pub(super) fn stream_goes(&mut self, stream: u16) {
        let program = self.program;
        let table = &program.network.streams[usize::from(stream)];
        let deletion = table.deletion.as_ref().expect("it can be deleted");
        self.ended.push(stream);
        for log in (0..self.logs.len()).filter(|log| program.network.logs[*log].stream == stream) {
            let place = usize::from(self.logs[log].queue);
            let entity = self.queues[place].entity;
            self.enter(RecordKind::SettingChanged, entity, deletion.rule, 0, &[]);
            for route in program.network.routes.iter().filter(|route| usize::from(route.place) == place) {
                let (first, count) = (usize::from(route.hops.0), usize::from(route.hops.1));
                if let Some(last) = self.hops[first..first + count].last_mut() {
                    last.denied = true;
                }
            }
            if deletion.records == HeldRecords::Gone {
                self.logs[log].denied = true;
                self.clear_shelf(place, deletion.rule);
                self.clear_stream(place, deletion.rule);
            }
        }
        let writes = |target: SendTarget| match target {
            SendTarget::Channel(channel) => {
                program.name(program.network.channels[usize::from(channel)].entity)
                    == program.name(table.entity)
            }
            SendTarget::Queue(_) | SendTarget::Push(_) => false,
        };
        for (function, behaviour) in program.behaviours.iter().enumerate() {
            if behaviour.emits.iter().any(|emission| writes(emission.target)) {
                self.muted.push(function);
            }
        }
    }

    /// Whether a lane finds no stream any more when its turn comes; what it has left is gone then.
    pub(super) fn finds_no_stream(&mut self, log: usize) -> bool {
        let table = self.logs[log];
        let stream = &self.program.network.streams[usize::from(table.stream)];
        let Some(deletion) = stream.deletion.as_ref().filter(|one| one.records == HeldRecords::Gone) else {
            return false;
        };
        let is_gone = self.ended.contains(&table.stream);
        if is_gone {
            self.clear_stream(usize::from(table.queue), deletion.rule);
        }
        is_gone
    }

    fn clear_shelf(&mut self, place: usize, rule: redrive::models::RuleId) {
        let entity = self.queues[place].entity;
        while let Some(first) = self.shelf.iter().position(|shelved| shelved.place == place) {
            let message = self.shelf.remove(first).message;
            self.lose_event(self.messages[message].event, entity, rule, Record::LOST_WITH_STREAM);
        }
    }

    fn clear_stream(&mut self, place: usize, rule: redrive::models::RuleId) {
        let entity = self.queues[place].entity;
        let is_held = |message: &usize| {
            let message = &self.messages[*message];
            message.queue == place && message.place == Place::Unread
        };
        let mut held: Vec<usize> = (0..self.messages.len()).filter(is_held).collect();
        held.sort_by_key(|message| (self.messages[*message].sent, self.messages[*message].came));
        for message in held {
            let receives = self.messages[message].receives;
            let (kind, value) = (RecordKind::MessageExpired, Record::WITH_ITS_STREAM);
            self.enter(kind, entity, rule, value, &[(message, receives)]);
            self.messages[message].place = Place::Gone;
            if let Some(lane) = self.messages[message].lane {
                self.shard_may_be_done(lane);
            }
            self.lose_event(self.messages[message].event, entity, rule, Record::LOST_WITH_STREAM);
        }
    }

    /// Whether an event is written to a stream that is no more.
    pub(super) fn has_no_stream(&mut self, event: usize) -> bool {
        let program = self.program;
        let owed = self.messages[event].owed;
        let Some(log) = program.log(owed) else { return false };
        if !self.ended.contains(&log.stream) {
            return false;
        }
        self.messages[event].place = Place::Gone;
        if self.messages[event].fate == Fate::Open {
            self.messages[event].fate = Fate::Told;
        }
        let deletion = program.network.streams[usize::from(log.stream)].deletion.as_ref();
        let rule = deletion.expect("it has been deleted").rule;
        self.tell(RecordKind::DeliveryRefused, self.queues[owed].entity, rule, (0, 0), (event, 0));
        true
    }
}
