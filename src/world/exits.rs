//! Ways out: dead-letter queues and destinations, and what becomes of an event or its record there.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::models::RuleId;
use crate::program::{ExitRefusal, ExitTarget, Leaving, SendTarget, Slot, Takes};
use crate::trace::{Covered, EntityId, EventId, Observer, Record, RecordKind};
use crate::vocabulary::Duration;
use crate::world::handler::Handler;
use crate::world::push::on_way;
use crate::world::rounds::Closes;
use crate::world::run::Run;
use crate::world::state::{Copy, CopyState, EventState, Fate};

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// An event that was given up goes to a dead-letter queue or destination; `rules` are for whether that takes it.
    pub(crate) fn leave_by(
        &mut self,
        event: EventId,
        place: usize,
        entity: EntityId,
        (target, leaving): (ExitTarget, Option<Leaving>),
        rules: (RuleId, RuleId),
    ) {
        let way = (Record::AFTER_FAILURE, target, leaving);
        let Some(name) = self.take_exit(event, place, entity, way, rules) else { return };
        match target {
            ExitTarget::Queue(queue) => self.dead_letter_into(event, usize::from(queue)),
            ExitTarget::Channel(channel) => {
                let routes = self.program.network.channels[usize::from(channel)].routes();
                // All of them, before one of them can be given up.
                self.world.events[event.0 as usize].copies += routes.len() as u16;
                for route in routes {
                    match self.unwanted_at(place, leaving, route) {
                        None => self.set_out(event, route as u16, true),
                        Some((hop, why)) => {
                            self.world.events[event.0 as usize].copies -= 1;
                            let rule = self.filtered(event, hop, why);
                            self.lose(event, entity, rule, Record::LOST_BY_EXIT);
                        }
                    }
                }
            }
            ExitTarget::Push(place) => {
                self.world.events[event.0 as usize].copies += 1;
                self.accept(event, usize::from(place), true);
            }
            ExitTarget::Kept(_) => self.store(event, entity, name),
            ExitTarget::Stored(bucket) => {
                self.store(event, entity, name);
                if let Some(leaving) = leaving {
                    self.tell_of(event, place, leaving, bucket);
                }
            }
            ExitTarget::Refused(_) => {}
        }
    }

    /// Something keeps what was given up for as long as anybody wants.
    fn store(&mut self, event: EventId, entity: EntityId, name: u64) {
        if !self.is_readable(event) {
            let rule = self.program.rule(Slot::LogPositions);
            return self.lose(event, entity, rule, Record::LOST_BY_AGE);
        }
        if self.world.decide(event, Fate::Kept) {
            let (rule, length) = (self.program.rule(Slot::Readable), Duration::MAX.as_micros());
            let covered = [on_way(event)];
            self.record(RecordKind::ObligationKept, entity, rule, (0, length), name, &covered);
        }
    }

    /// A bucket tells those who asked for it of the object that holds a record: an event of its own.
    //= async.record_object
    fn tell_of(&mut self, event: EventId, place: usize, leaving: Leaving, bucket: u16) {
        let parent = Covered { event, copy: 0, receives: 1 };
        let object = self.event_for(&parent, SendTarget::Channel(bucket), Leaving::OBJECT, 0);
        let first = self.world.events.len();
        self.plan_records(event, object, (place, leaving), bucket);
        self.chain_exit(event, place, first);
    }

    /// What a channel owes for the record of an event, route by route.
    fn plan_records(
        &mut self,
        event: EventId,
        record: EventState,
        (place, leaving): (usize, Leaving),
        channel: u16,
    ) {
        let first = self.world.events.len();
        for route in self.program.network.channels[usize::from(channel)].routes() {
            match self.program.network.refusing_hop(place, leaving, route) {
                None => self.plan_routes(record, route..route + 1, self.now),
                Some(hop) => drop(self.filtered(event, hop, Record::UNWANTED)),
            }
        }
        self.archive(record, self.now, first);
    }

    /// Whether what an operator is left with tells enough for long enough.
    fn is_readable(&self, event: EventId) -> bool {
        let until = self.world.events[event.0 as usize].readable_until;
        until.since(self.now) >= self.program.profile.operator_window
    }

    /// Where and why something that leaves a function over a route is not handed on.
    fn unwanted_at(&self, place: usize, leaving: Option<Leaving>, route: usize) -> Option<(usize, u64)> {
        let off = self.switched_off(route as u16).map(|hop| (hop, Record::SWITCHED_OFF));
        let network = &self.program.network;
        let filtered = || leaving.and_then(|leaving| network.refusing_hop(place, leaving, route));
        off.or_else(|| filtered().map(|hop| (hop, Record::UNWANTED)))
    }

    /// Whether an exit takes something; returns the event's name where it does.
    fn take_exit(
        &mut self,
        event: EventId,
        place: usize,
        entity: EntityId,
        (after, target, leaving): (u32, ExitTarget, Option<Leaving>),
        (taken, failed): (RuleId, RuleId),
    ) -> Option<u64> {
        let name = self.world.events[event.0 as usize].name;
        let covered = [on_way(event)];
        let refusal = match target {
            ExitTarget::Refused(refusal) => Some(refusal),
            ExitTarget::Queue(_)
            | ExitTarget::Channel(_)
            | ExitTarget::Stored(_)
            | ExitTarget::Push(_)
            | ExitTarget::Kept(_) => {
                let outgrown = leaving.and_then(|leaving| self.outgrows(event, place, target, leaving));
                outgrown
                    .or_else(|| self.is_unavailable(event, place, target).then_some(ExitRefusal::Unavailable))
            }
        };
        if let Some(refusal) = refusal {
            let rule = match refusal {
                //= stream_poll.on_failure_fifo
                ExitRefusal::Fifo if self.world.queue_tables[place].log.is_some() => {
                    self.program.rule(Slot::LogExitFifo)
                }
                ExitRefusal::Fifo => self.program.rule(Slot::BufferExitFifo),
                //= async.exit_size
                ExitRefusal::TooLarge => self.program.rule(Slot::BufferExitSize),
                //= async.exit_stripped
                ExitRefusal::Stripped => self.program.open.exit_stripped.rule,
                ExitRefusal::Denied | ExitRefusal::Missing | ExitRefusal::Unavailable => failed,
            };
            self.record(RecordKind::ExitFailed, entity, rule, (after, refusal as u64), name, &covered);
            return None;
        }
        let hash = self.exit_entity(target).map_or(0, |entity| self.program.hash(entity).0);
        self.record(RecordKind::ExitTaken, entity, taken, (after, hash), name, &covered);
        Some(name)
    }

    /// Whether what leaves is larger than what its target takes: the event, and what a record or dead letter adds to it.
    fn outgrows(
        &mut self,
        event: EventId,
        place: usize,
        target: ExitTarget,
        leaving: Leaving,
    ) -> Option<ExitRefusal> {
        let program = self.program;
        let sizes = &program.network.sizes;
        let takes = match target {
            ExitTarget::Queue(_) => Takes::UpTo(sizes.queue),
            ExitTarget::Push(_) => Takes::UpTo(sizes.function),
            ExitTarget::Channel(channel) => program.network.channels[usize::from(channel)].takes,
            ExitTarget::Stored(_) | ExitTarget::Kept(_) | ExitTarget::Refused(_) => Takes::Everything,
        };
        let (Takes::UpTo(limit) | Takes::Stripped(limit)) = takes else { return None };
        let EventState { name, class, .. } = self.world.events[event.0 as usize];
        let (body, open) = (program.body_size(class), &program.open);
        // Most events are far from any limit, and nothing has to be chosen for them.
        if body + open.exit_overhead.highest() <= limit {
            return None;
        }
        let entity = self.world.queue_tables[place].entity;
        //= async.exit_overhead
        let added = self.open_value(&open.exit_overhead, entity, name, leaving as u32);
        if added != open.exit_overhead.ordinary() {
            self.mark(place, Family::Unspecified);
        }
        if body + added <= limit {
            return None;
        }
        if leaving == Leaving::DeadLetter || !matches!(takes, Takes::Stripped(_)) {
            return Some(ExitRefusal::TooLarge);
        }
        let choice = self.open_value(&open.exit_stripped, entity, 0, 0);
        if choice == open.exit_stripped.ordinary() {
            return Some(ExitRefusal::Stripped);
        }
        self.mark(place, Family::Unspecified);
        Some(ExitRefusal::TooLarge)
    }

    fn exit_entity(&self, target: ExitTarget) -> Option<EntityId> {
        match target {
            ExitTarget::Queue(queue) | ExitTarget::Push(queue) => {
                Some(self.world.queue_tables[usize::from(queue)].entity)
            }
            ExitTarget::Channel(channel) | ExitTarget::Stored(channel) => {
                Some(self.program.network.channels[usize::from(channel)].entity)
            }
            ExitTarget::Kept(entity) => Some(entity),
            ExitTarget::Refused(_) => None,
        }
    }

    fn is_unavailable(&mut self, event: EventId, place: usize, target: ExitTarget) -> bool {
        let family = Family::DestinationUnavailable;
        if !self.chooser.active(family) || !self.is_faulty() {
            return false;
        }
        let Some(entity) = self.exit_entity(target) else { return false };
        let point = ChoicePoint {
            family,
            domain: self.program.profile.fault(family).domain,
            entity: self.program.hash(entity),
            item: self.world.events[event.0 as usize].name,
            ordinal: self.program.hash(self.world.queue_tables[place].entity).0 as u32,
        };
        let odds = self.chooser.intensity(family);
        let hit = self.chooser.choose(&point, Menu::Hit(odds)) == 1;
        if hit {
            self.mark(place, family);
        }
        hit
    }

    /// A new message in a queue that takes what was given up elsewhere.
    pub(crate) fn dead_letter_into(&mut self, event: EventId, queue: usize) {
        let (target, sent) = (queue as u16, self.now);
        let state = CopyState::Available;
        let copy = self.world.copies.push(Copy {
            event,
            queue: target,
            origin: target,
            state,
            receives: 0,
            sent,
            vanishes: false,
            lane: 0,
        }) as u32;
        self.world.events[event.0 as usize].copies += 1;
        self.arrive(copy, target);
    }

    /// The record of a success is an event of its own where it goes to something that hands it to a function.
    pub(crate) fn send_on_success(&mut self, event: EventId, place: usize, target: ExitTarget) {
        let rules =
            (self.program.rule(Slot::BufferOnSuccess), self.program.rule(Slot::BufferDestinationFailed));
        let entity = self.world.queue_tables[place].entity;
        let way = (Record::AFTER_SUCCESS, target, Some(Leaving::Success));
        if self.take_exit(event, place, entity, way, rules).is_none() {
            return;
        }
        let parent = Covered { event, copy: 0, receives: 1 };
        let first = self.world.events.len();
        let target = match target {
            ExitTarget::Queue(queue) => SendTarget::Queue(queue),
            ExitTarget::Channel(channel) => {
                let record = self.event_for(&parent, SendTarget::Channel(channel), Leaving::RECORD, 0);
                self.plan_records(event, record, (place, Leaving::Success), channel);
                return self.chain_exit(event, place, first);
            }
            ExitTarget::Push(place) => SendTarget::Push(place),
            ExitTarget::Stored(_) | ExitTarget::Kept(_) | ExitTarget::Refused(_) => return,
        };
        self.send_for(&parent, target, Leaving::RECORD, 0);
        self.chain_exit(event, place, first);
    }

    /// What leaves a function belongs to the chain of what it ran for.
    fn chain_exit(&mut self, event: EventId, place: usize, first: usize) {
        let pushed = self.program.push(place).map(|push| push.function);
        if let Some(function) = pushed.or_else(|| self.program.log(place).map(|log| log.function)) {
            self.chain(event, usize::from(function), Closes::No, first);
        }
    }
}
