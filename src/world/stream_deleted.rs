//! Streams that are deleted, or whose table is: who writes is told so, and what nobody has processed may be gone.
//!
//! Absent: what becomes of the mappings, which stay and find nothing.

use crate::kernel::{Chooser, Family};
use crate::models::RuleId;
use crate::program::{Act, Deletion, ExitTarget, HeldRecords};
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::run::{Due, Run};
use crate::world::state::{Copy, CopyState, Fate};

/// What is left of a stream, as one mapping sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Remains {
    /// It is there.
    #[default]
    All,
    /// It takes no more, and what it holds can be read.
    Records,
    /// It is gone.
    Nothing,
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// A stated change deletes a stream, which may take a while.
    pub(crate) fn begin_deletion(&mut self, stream: u16, change: u16) {
        let delay = self.deletion_takes(stream, change);
        self.after(delay, Due::Applied { change });
    }

    fn deletion_takes(&mut self, stream: u16, change: u16) -> Duration {
        let program = self.program;
        let table = &program.network.streams[usize::from(stream)];
        let Some(Deletion { delay: rule, .. }) = &table.deletion else { return Duration::ZERO };
        let delay = self.open_value(rule, table.entity, 0, u32::from(change));
        if delay != rule.ordinary() {
            self.mark_readers(table.entity, Family::Unspecified);
        }
        Duration::from_micros(delay)
    }

    /// Until when the records of a stream can be read, whatever their age.
    pub(crate) fn readable_until(&mut self, stream: u16) -> Instant {
        let program = self.program;
        let deletion = &program.network.streams[usize::from(stream)].deletion;
        if deletion.as_ref().is_none_or(|deletion| deletion.records == HeldRecords::Readable) {
            return Instant::NEVER;
        }
        let changes = &program.plan.changes;
        let Some(index) = changes.iter().position(|change| change.act == Act::DeleteStream(stream)) else {
            return Instant::NEVER;
        };
        Instant::START + changes[index].at + self.deletion_takes(stream, index as u16)
    }

    /// A stream is no more.
    pub(crate) fn delete_stream(&mut self, stream: u16, change: u16) {
        let program = self.program;
        let Some(deletion) = &program.network.streams[usize::from(stream)].deletion else { return };
        for (log, table) in program.network.logs.iter().enumerate() {
            if table.stream != stream {
                continue;
            }
            let place = usize::from(table.queue);
            let entity = self.world.queue_tables[place].entity;
            let (kind, subject) = (RecordKind::SettingChanged, (u32::from(change), 0));
            self.record(kind, entity, deletion.rule, subject, 0, &[]);
            self.refuse_deliveries(place);
            match deletion.records {
                HeldRecords::Readable => self.world.logs[log].remains = Remains::Records,
                HeldRecords::Gone => {
                    //= stream_poll.function_deleted
                    self.world.logs[log].remains = Remains::Nothing;
                    self.world.log_tables[log].denied = true;
                    self.forget_all(place);
                }
            }
        }
        self.fail_senders(stream);
    }

    /// What is handed over to the stream from elsewhere is refused.
    fn refuse_deliveries(&mut self, place: usize) {
        let routes = &self.program.network.routes;
        for route in routes.iter().filter(|route| usize::from(route.place) == place && route.hops.1 > 0) {
            self.world.hop_tables[usize::from(route.hops.0 + route.hops.1) - 1].denied = true;
        }
    }

    /// Functions fail where they write to it.
    fn fail_senders(&mut self, stream: u16) {
        let program = self.program;
        let name = program.hash(program.network.streams[usize::from(stream)].entity);
        let mut channels = program.network.channels.iter();
        let Some(channel) = channels.position(|channel| program.hash(channel.entity) == name) else { return };
        let written = ExitTarget::Channel(channel as u16);
        for (function, behaviour) in program.behaviours.iter().enumerate() {
            if behaviour.emits.iter().any(|emission| written.is_at(emission.target.into())) {
                self.world.functions[function].may_not_send = true;
            }
        }
    }

    /// Nothing of a stream can be read any more. What runs goes on with what it has, and finds nothing when it is tried
    /// again.
    pub(crate) fn forget_all(&mut self, place: usize) {
        let Some(deletion) = &self.stream_table(place).deletion else { return };
        let entity = self.world.queue_tables[place].entity;
        for (event, _) in std::mem::take(&mut self.log_state(place).kept) {
            self.world.events[event.0 as usize].copies -= 1;
            self.lose(event, entity, deletion.rule, Record::LOST_WITH_STREAM);
        }
        for copy in std::mem::take(&mut self.world.queues[place].by_age) {
            match self.world.copies[copy as usize].state {
                CopyState::Gone => {}
                CopyState::InFlight => self.world.queues[place].by_age.push_back(copy),
                CopyState::Available | CopyState::Delayed | CopyState::Unseen => {
                    self.forget_with_stream(copy, place, deletion.rule);
                }
            }
        }
    }

    fn forget_with_stream(&mut self, copy: u32, place: usize, rule: RuleId) {
        let entity = self.world.queue_tables[place].entity;
        let Copy { event, receives, .. } = self.world.copies[copy as usize];
        let item = Covered { event, copy, receives };
        let (kind, name) = (RecordKind::MessageExpired, self.world.events[event.0 as usize].name);
        self.record(kind, entity, rule, (copy, Record::WITH_ITS_STREAM), name, &[item]);
        self.forget_record(copy, place);
        self.world.events[event.0 as usize].copies -= 1;
        self.lose(event, entity, rule, Record::LOST_WITH_STREAM);
        self.settle(&[item]);
    }

    /// Whether a stream is no more that a record is to be written to; then its writer is told so.
    pub(crate) fn is_turned_away(&mut self, id: EventId, place: usize) -> bool {
        let log = self.log_index(place);
        if self.world.logs[log].remains == Remains::All {
            return false;
        }
        let Some(Deletion { rule, .. }) = &self.stream_table(place).deletion else { return false };
        self.world.unsent -= 1;
        let event = &mut self.world.events[id.0 as usize];
        event.decide(Fate::Told);
        let (name, entity) = (event.name, self.world.queue_tables[place].entity);
        self.record(RecordKind::DeliveryRefused, entity, *rule, (0, 0), name, &[on_way(id)]);
        true
    }
}
