//! Where a mapping begins: one that is made in the run, or enabled for the first time, reads some time later, and what
//! its stream takes until then it misses or not, as its starting position says.

use crate::kernel::{Chooser, Family};
use crate::program::{Act, LogSetting, Slot, UnknownTarget};
use crate::topology::StartingPosition;
use crate::trace::{EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::{Due, Run};
use crate::world::state::Fate;

/// How far a mapping has come with reading its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Nobody has made it.
    Absent,
    /// It is made, and was never enabled.
    Resting,
    /// It is made and enabled, and does not read yet.
    Starting,
    /// It reads, or has read and goes on where it was.
    #[default]
    Begun,
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// Mappings that a scenario makes, or enables for the first time, have not begun.
    pub(crate) fn prepare_beginnings(&mut self) {
        for change in &self.program.plan.changes {
            if let Act::Set(UnknownTarget::Log(log, LogSetting::Enabled), 1) = change.act {
                let table = &self.world.log_tables[log];
                //= stream_poll.disabled
                if !table.enabled && table.position == StartingPosition::Latest {
                    self.world.logs[log].beginning = Beginning::Resting;
                }
            }
        }
        for change in &self.program.plan.changes {
            if let Act::Make(log) = change.act {
                self.world.logs[usize::from(log)].beginning = Beginning::Absent;
            }
        }
    }

    /// A mapping is made.
    pub(crate) fn make(&mut self, log: usize, change: u16) {
        if self.world.logs[log].beginning != Beginning::Absent {
            return;
        }
        let table = self.world.log_tables[log];
        let entity = self.world.queue_tables[usize::from(table.queue)].entity;
        let subject = (u32::from(change), 0);
        self.note(RecordKind::SettingChanged, entity, Slot::LogPosition, subject, 0, &[]);
        self.world.logs[log].beginning = Beginning::Resting;
        if table.enabled || table.position != StartingPosition::Latest {
            self.start_reading(log, change);
        }
    }

    /// A mapping that is enabled for the first time, or made, begins to read some time later.
    pub(crate) fn start_reading(&mut self, log: usize, change: u16) {
        if self.world.logs[log].beginning != Beginning::Resting {
            return;
        }
        let place = usize::from(self.world.log_tables[log].queue);
        let rule = &self.stream_table(place).late_start;
        let entity = self.world.queue_tables[place].entity;
        let delay = Duration::from_micros(self.open_value(rule, entity, 0, 0));
        self.world.logs[log].beginning = Beginning::Starting;
        if delay != Duration::from_micros(rule.ordinary()) {
            self.mark(place, Family::Unspecified);
        }
        self.world.unmade += 1;
        match delay {
            Duration::ZERO => self.begin_reading(log, change),
            delay => self.after(delay, Due::Begins { change }),
        }
    }

    /// The mapping that a change makes or enables reads from now on.
    pub(crate) fn begins(&mut self, change: u16) {
        match self.program.plan.changes[usize::from(change)].act {
            Act::Make(log) => self.begin_reading(usize::from(log), change),
            Act::Set(UnknownTarget::Log(log, _), _) => self.begin_reading(log, change),
            Act::Set(_, _)
            | Act::Redeploy(_)
            | Act::Delete(_)
            | Act::DeleteStream(_)
            | Act::Revoke(_)
            | Act::RevokeLog(_)
            | Act::MoveBack(_, _)
            | Act::Replay(_)
            | Act::Peek(_) => {}
        }
    }

    fn begin_reading(&mut self, log: usize, change: u16) {
        self.world.unmade -= 1;
        let place = usize::from(self.world.log_tables[log].queue);
        let (entity, rule) =
            (self.world.queue_tables[place].entity, self.stream_table(place).late_start.rule);
        let subject = (u32::from(change), Record::BEGINS_TO_READ);
        self.record(RecordKind::SettingChanged, entity, rule, subject, 0, &[]);
        self.world.logs[log].beginning = Beginning::Begun;
        for (event, at) in std::mem::take(&mut self.world.logs[log].kept) {
            //= stream_poll.expire
            if self.now < at + self.world.queue_tables[place].retention {
                self.write_record(event, place, at);
            } else {
                self.passed_by(event, place);
            }
        }
    }

    /// A stream takes a record, which a mapping that has not begun finds there later, misses, or was never to read.
    pub(crate) fn reach_stream(&mut self, event: EventId, place: usize, handed_on: bool) {
        self.world.events[event.0 as usize].reached = true;
        let log = self.log_index(place);
        let beginning = self.world.logs[log].beginning;
        //= stream_poll.position
        let begins_with_newest = self.world.log_tables[log].position == StartingPosition::Latest;
        match (beginning, begins_with_newest) {
            (Beginning::Absent | Beginning::Resting, true) if !handed_on => self.passed_by(event, place),
            (Beginning::Absent | Beginning::Resting | Beginning::Starting, true) => self.missed(event, place),
            (Beginning::Absent | Beginning::Resting | Beginning::Starting, false) => {
                self.owe(event, place, handed_on);
                let now = self.now;
                self.world.logs[log].kept.push((event, now));
            }
            (Beginning::Begun, _) => {
                self.owe(event, place, handed_on);
                let now = self.now;
                self.write_record(event, place, now);
            }
        }
    }

    fn owe(&mut self, event: EventId, place: usize, handed_on: bool) {
        if !handed_on {
            self.draw_poison(event, place);
        }
    }

    /// A record is none of the mapping's business: it came before the mapping, or was forgotten before that read.
    fn passed_by(&mut self, event: EventId, place: usize) {
        self.world.events[event.0 as usize].copies -= 1;
        let entity = self.world.queue_tables[place].entity;
        let (name, subject) = (self.world.events[event.0 as usize].name, (0, Record::BEFORE_ITS_TIME));
        let (kind, covered) = (RecordKind::DeliveryFiltered, [on_way(event)]);
        self.note(kind, entity, Slot::LogPosition, subject, name, &covered);
        if self.world.events[event.0 as usize].copies == 0 {
            self.world.decide(event, Fate::Unwanted);
        }
    }

    /// The mapping is there and does not read yet, and will begin with what comes later.
    fn missed(&mut self, event: EventId, place: usize) {
        self.world.events[event.0 as usize].copies -= 1;
        let entity = self.world.queue_tables[place].entity;
        let rule = self.stream_table(place).late_start.rule;
        self.lose(event, entity, rule, Record::LOST_BY_POSITION);
    }
}

/// Records that a mapping finds in its stream when it begins, each with the time at which the stream took it.
pub(crate) type Kept = Vec<(EventId, Instant)>;
