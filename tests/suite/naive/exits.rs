//! Ways out, naively: dead-letter queues and destinations of functions, and dead-letter queues of links.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::models::RuleId;
use redrive::program::{ExitRefusal, ExitTarget, HopTable, Leaving, SendTarget, Slot, Takes};
use redrive::trace::{EntityId, Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};
use redrive::world::emitted_name;

use super::Naive;
use super::state::{Fate, Message, Place, Ran};

/// The number of a record of success among what an event causes.
const RECORD_OF_SUCCESS: u32 = 1 << 24;
/// That of the news of a record of a failure in a bucket.
const RECORD_IN_BUCKET: u32 = RECORD_OF_SUCCESS + 1;

impl<C: Chooser> Naive<'_, C> {
    /// An event leaves by an exit for failures; the rules are for an exit that takes it and one that does not.
    pub(super) fn take_out(
        &mut self,
        event: usize,
        place: usize,
        entity: EntityId,
        (exit, leaving): (ExitTarget, Option<Leaving>),
        rules: (RuleId, RuleId),
    ) {
        if !self.takes(event, place, entity, (Record::AFTER_FAILURE, exit, leaving), rules) {
            return;
        }
        match exit {
            ExitTarget::Queue(queue) => self.put_into(event, usize::from(queue)),
            ExitTarget::Push(place) => self.accept(event, usize::from(place), true),
            ExitTarget::Channel(channel) => {
                let routes = self.program.network.channels[usize::from(channel)].routes();
                let last = routes.end;
                for route in routes {
                    let is_last = route + 1 == last;
                    if !is_last {
                        self.leaving.push(event);
                    }
                    match self.not_handed_on(place, leaving, route) {
                        Some((hop, rule, why)) => {
                            self.tell(RecordKind::DeliveryFiltered, hop, rule, (0, why), (event, 0));
                            self.lose_event(event, entity, rule, Record::LOST_BY_EXIT);
                        }
                        None => self.depart(event, route, true),
                    }
                    if !is_last {
                        self.leaving.pop();
                    }
                }
            }
            ExitTarget::Kept(_) | ExitTarget::Stored(_) => {
                if self.is_readable_too_shortly(event) {
                    let rule = self.program.rule(Slot::LogPositions);
                    self.lose_event(event, entity, rule, Record::LOST_BY_AGE);
                } else if self.decide(event, Fate::Kept) {
                    let (rule, forever) = (self.program.rule(Slot::Readable), Duration::MAX.as_micros());
                    self.tell(RecordKind::ObligationKept, entity, rule, (0, forever), (event, 0));
                }
                if let (ExitTarget::Stored(bucket), Some(what)) = (exit, leaving) {
                    let of = (event, self.ran_at(place));
                    let put = self.caused_by(of, SendTarget::Channel(bucket), RECORD_IN_BUCKET, 0);
                    self.owe_record(&put, (event, place, what), bucket);
                }
            }
            ExitTarget::Refused(_) => {}
        }
    }

    /// The link that does not hand on what leaves a place over a route, by which rule, and why.
    fn not_handed_on(
        &self,
        place: usize,
        leaving: Option<Leaving>,
        route: usize,
    ) -> Option<(EntityId, RuleId, u64)> {
        let network = &self.program.network;
        let policy = |hop: &HopTable| &network.policies[usize::from(hop.policy)];
        if let Some(off) = self.hops_of(route).into_iter().find(|hop| !hop.enabled) {
            return Some((off.entity, policy(&off).switch.rule, Record::SWITCHED_OFF));
        }
        let (hop, rule) = self.refused_by(place, leaving?, route)?;
        Some((hop, rule, Record::UNWANTED))
    }

    /// The link whose filter does not want what leaves a place over a route.
    fn refused_by(&self, place: usize, what: Leaving, route: usize) -> Option<(EntityId, RuleId)> {
        let network = &self.program.network;
        let refused = network.exit_filters.iter().find(|filter| {
            let (of, by) = (usize::from(filter.place), usize::from(filter.route));
            of == place && by == route && filter.leaving == what
        })?;
        let hop = self.hops[usize::from(refused.hop)];
        Some((hop.entity, network.policies[usize::from(hop.policy)].filtered))
    }

    fn is_readable_too_shortly(&self, event: usize) -> bool {
        let window = self.program.profile.operator_window;
        self.messages[event].readable_until.is_some_and(|until| until.since(self.now) < window)
    }

    /// Whether an exit takes what is sent there.
    fn takes(
        &mut self,
        event: usize,
        place: usize,
        entity: EntityId,
        (why, exit, leaving): (u32, ExitTarget, Option<Leaving>),
        (taken, failed): (RuleId, RuleId),
    ) -> bool {
        let program = self.program;
        let target = match exit {
            ExitTarget::Queue(queue) | ExitTarget::Push(queue) => self.queues[usize::from(queue)].entity,
            ExitTarget::Channel(channel) | ExitTarget::Stored(channel) => {
                program.network.channels[usize::from(channel)].entity
            }
            ExitTarget::Kept(entity) => entity,
            ExitTarget::Refused(refusal) => {
                let is_log = self.queues[place].log.is_some();
                let rule = match refusal {
                    ExitRefusal::Fifo if is_log => program.rule(Slot::LogExitFifo),
                    ExitRefusal::Fifo => program.rule(Slot::BufferExitFifo),
                    _ => failed,
                };
                self.tell(RecordKind::ExitFailed, entity, rule, (why, refusal as u64), (event, 0));
                return false;
            }
        };
        if let Some((refusal, rule)) = leaving.and_then(|what| self.too_large(event, place, exit, what)) {
            self.tell(RecordKind::ExitFailed, entity, rule, (why, refusal as u64), (event, 0));
            return false;
        }
        if self.is_unavailable(event, place, target) {
            let value = (why, ExitRefusal::Unavailable as u64);
            self.tell(RecordKind::ExitFailed, entity, failed, value, (event, 0));
            return false;
        }
        self.tell(RecordKind::ExitTaken, entity, taken, (why, program.hash(target).0), (event, 0));
        true
    }

    /// Why and by which rule something is too large for where it would go.
    fn too_large(
        &mut self,
        event: usize,
        place: usize,
        exit: ExitTarget,
        what: Leaving,
    ) -> Option<(ExitRefusal, RuleId)> {
        let program = self.program;
        let network = &program.network;
        let (limit, may_be_stripped) = match exit {
            ExitTarget::Queue(_) => (network.sizes.queue, false),
            ExitTarget::Push(_) => (network.sizes.function, false),
            ExitTarget::Channel(channel) => match network.channels[usize::from(channel)].takes {
                Takes::Everything => return None,
                Takes::UpTo(limit) => (limit, false),
                Takes::Stripped(limit) => (limit, what != Leaving::DeadLetter),
            },
            ExitTarget::Stored(_) | ExitTarget::Kept(_) | ExitTarget::Refused(_) => return None,
        };
        let (entity, name) = (self.queues[place].entity, self.messages[event].name);
        let added = self.open(&program.open.exit_overhead, entity, name, what as u32);
        if program.body_size(self.messages[event].class) + added <= limit {
            return None;
        }
        if may_be_stripped && self.open(&program.open.exit_stripped, entity, 0, 0) == 0 {
            return Some((ExitRefusal::Stripped, program.open.exit_stripped.rule));
        }
        Some((ExitRefusal::TooLarge, program.rule(Slot::BufferExitSize)))
    }

    fn is_unavailable(&mut self, event: usize, place: usize, target: EntityId) -> bool {
        if !self.is_faulty() {
            return false;
        }
        let family = Family::DestinationUnavailable;
        let from = self.program.hash(self.queues[place].entity).0 as u32;
        let odds = self.chooser.intensity(family);
        let name = self.messages[event].name;
        self.fault(family, target, name, from, Menu::Hit(odds)) == 1
    }

    /// A new message of an event in a queue.
    pub(super) fn put_into(&mut self, event: usize, queue: usize) {
        let message = self.another(event, queue, Place::Gone);
        self.arrive(message, queue);
    }

    /// One more message of an event.
    pub(super) fn another(&mut self, event: usize, queue: usize, place: Place) -> usize {
        let of = self.messages[event].clone();
        let (sent, last_receive) = (self.now, None);
        self.messages.push(Message { queue, origin: queue, place, receives: 0, last_receive, sent, ..of });
        self.messages.len() - 1
    }

    /// With nothing left of it an event is lost, unless something came of it.
    pub(super) fn lose_event(&mut self, event: usize, entity: EntityId, rule: RuleId, why: u64) {
        if self.is_nowhere(event) && self.decide(event, Fate::Lost) {
            self.enter(RecordKind::ObligationLost, entity, rule, why, &[(event, 0)]);
        }
    }

    /// The record of a success is an event of its own where somebody takes it further.
    pub(super) fn report_success(&mut self, event: usize, place: usize, exit: ExitTarget) {
        let rules =
            (self.program.rule(Slot::BufferOnSuccess), self.program.rule(Slot::BufferDestinationFailed));
        let entity = self.queues[place].entity;
        if !self.takes(event, place, entity, (Record::AFTER_SUCCESS, exit, Some(Leaving::Success)), rules) {
            return;
        }
        let target = match exit {
            ExitTarget::Queue(queue) => SendTarget::Queue(queue),
            ExitTarget::Channel(channel) => {
                let of = (event, self.ran_at(place));
                let record = self.caused_by(of, SendTarget::Channel(channel), RECORD_OF_SUCCESS, 0);
                return self.owe_record(&record, (event, place, Leaving::Success), channel);
            }
            ExitTarget::Push(place) => SendTarget::Push(place),
            ExitTarget::Stored(_) | ExitTarget::Kept(_) | ExitTarget::Refused(_) => return,
        };
        self.send_on((event, self.ran_at(place)), target, RECORD_OF_SUCCESS, 0);
    }

    /// The function at a place has run, and something leaves it by a way out.
    fn ran_at(&self, place: usize) -> Ran {
        let pushed = self.program.push(place).map(|push| push.function);
        let function = pushed.or_else(|| self.program.log(place).map(|log| log.function));
        let function = usize::from(function.expect("only pushes and reads have ways out"));
        Ran { function, is_round: false, loses_mark: false }
    }

    /// What a channel makes of the record of an event: it is owed by every route that does not leave it out.
    fn owe_record(&mut self, record: &Message, (event, place, what): (usize, usize, Leaving), channel: u16) {
        let first = self.messages.len();
        for route in self.program.network.channels[usize::from(channel)].routes() {
            match self.refused_by(place, what, route) {
                Some((hop, rule)) => {
                    let why = (0, Record::UNWANTED);
                    self.tell(RecordKind::DeliveryFiltered, hop, rule, why, (event, 0));
                }
                None => self.owe_by(record, route, self.now),
            }
        }
        self.came_to_channel(record, self.now, first);
    }

    /// An event that is sent because of another one.
    pub(super) fn send_on(&mut self, parent: (usize, Ran), target: SendTarget, ordinal: u32, class: u16) {
        let message = self.caused_by(parent, target, ordinal, class);
        self.plan_message(message, self.now);
    }

    pub(super) fn caused_by(
        &self,
        (parent, ran): (usize, Ran),
        target: SendTarget,
        ordinal: u32,
        class: u16,
    ) -> Message {
        let past = self.messages[parent].past.iter().copied().chain([ran]).collect();
        let source = match target {
            SendTarget::Queue(queue) | SendTarget::Push(queue) => usize::from(queue),
            SendTarget::Channel(channel) => self.queues.len() + usize::from(channel),
        };
        let hash = self.program.hash(self.program.source(source));
        let name = emitted_name(self.messages[parent].name, hash, ordinal);
        Message {
            source,
            ordinal,
            name,
            fate: Fate::Open,
            poisoned: false,
            class,
            payload: 0,
            queue: source,
            origin: source,
            place: Place::Unsent,
            receives: 0,
            last_receive: None,
            sent: Instant::START,
            came: 0,
            key: self.messages[parent].key,
            deduplication: name,
            event: 0,
            owed: source,
            route: None,
            is_doomed: false,
            tenant: None,
            reached: false,
            lane: None,
            readable_until: None,
            past,
        }
    }
}
