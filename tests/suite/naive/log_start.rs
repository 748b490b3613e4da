//! Where mappings begin, naively: each has the times at which it was made and at which it was switched on, and reads from
//! some time after the later one on. What came to the stream before that lies on a shelf, is missed, or is nobody's.

use redrive::kernel::Chooser;
use redrive::program::{Act, LogSetting, Slot, UnknownTarget};
use redrive::topology::StartingPosition;
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{Fate, Place, What};

/// What is known of the beginning of a mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    is_made: bool,
    is_on: bool,
    is_reading: bool,
}

/// A record on the shelf of a mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shelved {
    pub(super) message: usize,
    pub(super) place: usize,
    came: Instant,
}

impl<C: Chooser> Naive<'_, C> {
    pub(super) fn prepare_openings(&mut self) {
        let changes = &self.program.plan.changes;
        for (log, table) in self.logs.iter().enumerate() {
            let is_made_later = changes.iter().any(|change| change.act == Act::Make(log as u16));
            let switch = UnknownTarget::Log(log, LogSetting::Enabled);
            let is_switched_on = changes.iter().any(|change| change.act == Act::Set(switch, 1));
            let waits_for_that = !table.enabled
                && table.position == StartingPosition::Latest
                && (is_switched_on || is_made_later);
            self.openings.push(Opening {
                is_made: !is_made_later,
                is_on: !waits_for_that,
                is_reading: !is_made_later && !waits_for_that,
            });
        }
    }

    pub(super) fn is_shelved(&self, event: usize) -> bool {
        self.shelf.iter().any(|shelved| self.messages[shelved.message].event == event)
    }

    /// A stated change makes a mapping.
    pub(super) fn make_mapping(&mut self, log: usize, change: usize) {
        if self.openings[log].is_made {
            return;
        }
        let entity = self.queues[usize::from(self.logs[log].queue)].entity;
        self.note(RecordKind::SettingChanged, entity, Slot::LogPosition, 0, &[]);
        self.openings[log].is_made = true;
        self.openings[log].is_on |= self.logs[log].enabled;
        if self.openings[log].is_on {
            self.open_later(log, change);
        }
    }

    /// A stated change has switched a mapping on.
    pub(super) fn switched_on(&mut self, log: usize, change: usize) {
        let Opening { is_made, is_on, .. } = self.openings[log];
        if is_made && !is_on {
            self.openings[log].is_on = true;
            self.open_later(log, change);
        }
    }

    fn open_later(&mut self, log: usize, change: usize) {
        let program = self.program;
        let stream = &program.network.streams[usize::from(self.logs[log].stream)];
        let entity = self.queues[usize::from(self.logs[log].queue)].entity;
        let delay = Duration::from_micros(self.open(&stream.late_start, entity, 0, 0));
        if delay == Duration::ZERO {
            self.opens(log);
        } else {
            self.after(delay, What::Opens(change));
        }
    }

    pub(super) fn change_opens(&mut self, change: usize) {
        match self.program.plan.changes[change].act {
            Act::Make(log) => self.opens(usize::from(log)),
            Act::Set(UnknownTarget::Log(log, _), _) => self.opens(log),
            other => panic!("{other:?} opens nothing"),
        }
    }

    fn opens(&mut self, log: usize) {
        let program = self.program;
        let place = usize::from(self.logs[log].queue);
        let rule = program.network.streams[usize::from(self.logs[log].stream)].late_start.rule;
        let entity = self.queues[place].entity;
        self.enter(RecordKind::SettingChanged, entity, rule, Record::BEGINS_TO_READ, &[]);
        self.openings[log].is_reading = true;
        let (own, others): (Vec<Shelved>, Vec<Shelved>) =
            self.shelf.iter().partition(|shelved| shelved.place == place);
        self.shelf = others;
        for (index, shelved) in own.iter().enumerate() {
            if self.now < shelved.came + self.queues[place].retention {
                self.write(shelved.message, place, shelved.came);
            } else {
                let rest = own[index + 1..]
                    .iter()
                    .any(|other| self.messages[other.message].event == self.messages[shelved.message].event);
                self.not_its_own(shelved.message, place, rest);
            }
        }
    }

    /// A record comes to a stream, as one mapping on it will see it.
    pub(super) fn come_to_stream(&mut self, event: usize, place: usize, is_handed_on: bool) {
        let log = self.logs.iter().position(|log| usize::from(log.queue) == place).expect("it is a log");
        let opening = self.openings[log];
        let misses = self.logs[log].position == StartingPosition::Latest && !opening.is_reading;
        let is_there = opening.is_made && opening.is_on;
        if misses && (is_there || is_handed_on) {
            self.messages[event].place = Place::Gone;
            let stream = &self.program.network.streams[usize::from(self.logs[log].stream)];
            let (entity, rule) = (self.queues[place].entity, stream.late_start.rule);
            return self.lose_event(event, entity, rule, Record::LOST_BY_POSITION);
        }
        if misses {
            return self.not_its_own(event, place, false);
        }
        let message = if is_handed_on { self.another(event, place, Place::Gone) } else { event };
        if !is_handed_on {
            self.draw_poison(event);
        }
        if opening.is_reading {
            self.write(message, place, self.now);
        } else {
            self.messages[message].place = Place::Gone;
            self.shelf.push(Shelved { message, place, came: self.now });
        }
    }

    fn not_its_own(&mut self, message: usize, place: usize, is_elsewhere: bool) {
        self.messages[message].place = Place::Gone;
        let (entity, rule) = (self.queues[place].entity, self.program.rule(Slot::LogPosition));
        let why = (0, Record::BEFORE_ITS_TIME);
        self.tell(RecordKind::DeliveryFiltered, entity, rule, why, (message, 0));
        let event = self.messages[message].event;
        if self.is_nowhere(event) && !is_elsewhere {
            self.decide(event, Fate::Unwanted);
        }
    }
}
