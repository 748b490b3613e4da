//! Push up to the place where an event waits for its consumer: publishing into a channel, and the hops from there, each
//! with the delivery policy of its source.

use crate::kernel::{ChoicePoint, Chooser, Family, Menu};
use crate::models::RuleId;
use crate::program::{DeliveryPolicy, Failure, HopTarget, Phase, PolicyAge, PushKind};
use crate::trace::{Covered, EventId, Observer, Record, RecordKind};
use crate::vocabulary::{Duration, Instant};
use crate::world::handler::Handler;
use crate::world::run::{Due, Run};
use crate::world::state::{EventState, Fate, Step};

/// A copy of an event on its way over the hops of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transit {
    pub(crate) event: EventId,
    pub(crate) route: u16,
    /// The hop that it is at, counted from the first one of its route.
    pub(crate) hop: u16,
    /// Failed tries of this hop.
    pub(crate) failures: u32,
    /// Since when this hop is tried.
    pub(crate) since: Instant,
    /// Whether it comes from a failure exit and not from a source.
    pub(crate) handed_on: bool,
}

/// What came of one try of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    Delivered,
    Failed,
    Refused,
}

/// The choice whether a source delivers an event a second time has this ordinal; that of Lambda's queue has 0.
const REPEATS: u32 = 1 << 24;
/// A transit holds no copy in any place.
const NO_COPY: u32 = u32::MAX;

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    /// A source takes an event that it owes to the consumer at the end of one of its routes.
    pub(crate) fn publish(&mut self, id: EventId) {
        if self.is_refused(id) {
            return;
        }
        let EventState { place, route, fate, step, .. } = self.world.events[id.0 as usize];
        self.world.unsent -= 1;
        if matches!(step, Step::Over(_)) {
            // Its execution ended before it came to this call.
            return;
        }
        self.begin_to_wait(id);
        if let Some(hop) = self.switched_off(route) {
            self.world.events[id.0 as usize].fate = Fate::Unwanted;
            self.filtered(id, hop, Record::SWITCHED_OFF);
            self.task_unheard(id, hop);
            return;
        }
        if self.is_merged(id) {
            return;
        }
        self.world.open += u32::from(fate == Fate::Open);
        self.world.events[id.0 as usize].copies += 1;
        if self.program.push(usize::from(place)).is_some() {
            self.draw_poison(id, usize::from(place));
        }
        self.note_published(id);
        self.set_out(id, route, false);
        self.step_sent(id, route);
    }

    /// A channel has taken an event.
    pub(crate) fn note_published(&mut self, id: EventId) {
        let EventState { name, source, place, .. } = self.world.events[id.0 as usize];
        if let Some(channel) = self.program.channel(usize::from(source)) {
            let (entity, rule) = (channel.entity, self.begun_by(id).unwrap_or(channel.publish));
            let events = name ^ self.class_mark(id);
            self.record(
                RecordKind::EventPublished,
                entity,
                rule,
                (u32::from(place), 0),
                events,
                &[on_way(id)],
            );
        }
    }

    /// The first hop of a route that is switched off; what is on its way by then arrives.
    pub(crate) fn switched_off(&self, route: u16) -> Option<usize> {
        let (first, count) = self.program.network.routes[usize::from(route)].hops;
        let mut hops = usize::from(first)..usize::from(first + count);
        hops.find(|hop| !self.world.hop_tables[*hop].enabled)
    }

    /// An event is not handed on over a hop, which is no failure; returns by which rule.
    pub(crate) fn filtered(&mut self, event: EventId, hop: usize, why: u64) -> RuleId {
        let table = self.world.hop_tables[hop];
        let policy = &self.program.network.policies[usize::from(table.policy)];
        let rule = if why == Record::SWITCHED_OFF { policy.switch.rule } else { policy.filtered };
        let name = self.world.events[event.0 as usize].name;
        self.record(RecordKind::DeliveryFiltered, table.entity, rule, (0, why), name, &[on_way(event)]);
        rule
    }

    /// A function is invoked asynchronously by whoever sends the event.
    pub(crate) fn invoke_asynchronously(&mut self, id: EventId) {
        let EventState { place, fate, .. } = self.world.events[id.0 as usize];
        self.world.unsent -= 1;
        self.world.open += u32::from(fate == Fate::Open);
        self.world.events[id.0 as usize].copies += 1;
        self.draw_poison(id, usize::from(place));
        self.accept(id, usize::from(place), false);
    }

    /// A copy sets out on a route.
    pub(crate) fn set_out(&mut self, event: EventId, route: u16, handed_on: bool) {
        let since = self.now;
        let hop = if handed_on { 0 } else { self.first_hop(event) };
        self.world.transits.push(Transit { event, route, hop, failures: 0, since, handed_on });
        self.sets_off(self.world.transits.len() - 1);
    }

    /// A copy sets out from a hop of a route.
    pub(crate) fn set_out_from(&mut self, event: EventId, route: u16, hop: u16) {
        let since = self.now;
        self.world.transits.push(Transit { event, route, hop, failures: 0, since, handed_on: false });
        self.sets_off(self.world.transits.len() - 1);
    }

    /// A copy goes over its next hop once the source of that has come to it.
    fn sets_off(&mut self, index: usize) {
        match self.latency(index) {
            Duration::ZERO => self.travel(index),
            latency => self.after(latency, Due::Hop { transit: index as u32 }),
        }
    }

    /// How long the source of a copy's next hop takes before it tries.
    fn latency(&mut self, index: usize) -> Duration {
        let program = self.program;
        let transit = self.world.transits[index];
        let route = &program.network.routes[usize::from(transit.route)];
        if transit.hop == route.hops.1 {
            return Duration::ZERO;
        }
        let table = &program.network.hops[usize::from(route.hops.0 + transit.hop)];
        let policy = &program.network.policies[usize::from(table.policy)];
        let Some(rule) = &policy.latency else { return Duration::ZERO };
        let name = self.world.events[transit.event.0 as usize].name;
        let latency = self.open_value(rule, table.entity, name, u32::from(transit.handed_on));
        if latency != rule.ordinary() {
            self.mark(usize::from(route.place), Family::Unspecified);
        }
        Duration::from_micros(latency)
    }

    /// A copy goes on until it has arrived, a hop takes time or has to be tried again, or it is given up.
    pub(crate) fn travel(&mut self, index: usize) {
        let program = self.program;
        let transit = self.world.transits[index];
        let route = &program.network.routes[usize::from(transit.route)];
        if transit.hop == route.hops.1 {
            if index + 1 == self.world.transits.len() {
                self.world.transits.pop();
            }
            return self.reach(transit, usize::from(route.place));
        }
        let hop = usize::from(route.hops.0 + transit.hop);
        if !self.is_its_turn(index, hop) {
            return;
        }
        match self.try_hop(hop, usize::from(route.place)) {
            Tried::Delivered => {
                self.task_handed_on(transit, hop);
                let (onward, since) = (transit.hop + 1, self.now);
                self.world.transits[index] = Transit { hop: onward, since, failures: 0, ..transit };
                self.sets_off(index);
                self.next_of_group(transit.event, hop);
            }
            Tried::Failed => self.delivery_failed(index, hop),
            Tried::Refused => self.delivery_refused(index, hop),
        }
    }

    fn try_hop(&mut self, hop: usize, place: usize) -> Tried {
        let table = self.world.hop_tables[hop];
        if self.program.push(place).is_some_and(|push| push.kind == PushKind::Request)
            && table.target != HopTarget::Channel
        {
            return Tried::Delivered;
        }
        if table.denied {
            return Tried::Refused;
        }
        let refuses = match table.target {
            HopTarget::Function(function) => self.world.functions[usize::from(function)].refuses,
            HopTarget::Queue(queue) => self.world.queues[usize::from(queue)].refuses,
            HopTarget::Channel => false,
        };
        if refuses && self.is_faulty() {
            self.mark(place, Family::ServiceError);
            return Tried::Failed;
        }
        Tried::Delivered
    }

    /// The source tries again later, unless it has tried often or long enough.
    fn delivery_failed(&mut self, index: usize, hop: usize) {
        let program = self.program;
        let table = self.world.hop_tables[hop];
        if table.task.is_some() {
            return self.task_not_taken(index, hop, Failure::ServiceError);
        }
        let policy = &program.network.policies[usize::from(table.policy)];
        let transit = self.world.transits[index];
        let tries = transit.failures + 1;
        self.world.transits[index].failures = tries;
        let age = self.delivery_age(hop, policy);
        let pause = pause(&policy.phases, tries).filter(|pause| {
            let is_in_time = (self.now + *pause).since(transit.since) <= age;
            tries <= table.attempts && is_in_time
        });
        let covered = [on_way(transit.event)];
        let name = self.world.events[transit.event.0 as usize].name;
        let value = pause.map_or(Record::NOT_AGAIN, Duration::as_micros);
        self.record(RecordKind::DeliveryFailed, table.entity, policy.retry, (tries, value), name, &covered);
        match pause {
            Some(pause) => self.after(pause, Due::Hop { transit: index as u32 }),
            None => self.give_up_delivery(transit, hop),
        }
    }

    fn delivery_age(&mut self, hop: usize, policy: &DeliveryPolicy) -> Duration {
        let table = self.world.hop_tables[hop];
        match (&table.age, &policy.age) {
            (Some(age), _) | (None, PolicyAge::Known(age)) => *age,
            (None, PolicyAge::Phases) => Duration::MAX,
            (None, PolicyAge::Open(rule)) => Duration::from_micros(self.open_value(rule, table.entity, 0, 0)),
        }
    }

    fn delivery_refused(&mut self, index: usize, hop: usize) {
        let program = self.program;
        let table = self.world.hop_tables[hop];
        if table.task.is_some() {
            return self.task_not_taken(index, hop, Failure::Denied);
        }
        let policy = &program.network.policies[usize::from(table.policy)];
        if policy.retries_refused {
            return self.delivery_failed(index, hop);
        }
        let transit = self.world.transits[index];
        let name = self.world.events[transit.event.0 as usize].name;
        let covered = [on_way(transit.event)];
        self.record(RecordKind::DeliveryRefused, table.entity, policy.refused, (0, 0), name, &covered);
        self.give_up_delivery(transit, hop);
    }

    /// What a source cannot deliver goes to the dead-letter queue of the link, or nowhere.
    fn give_up_delivery(&mut self, transit: Transit, hop: usize) {
        let event = transit.event;
        self.step_lost(event, transit.hop);
        self.world.events[event.0 as usize].copies -= 1;
        self.undelivered(event, hop);
        self.next_of_group(event, hop);
    }

    /// The same for a copy that is on no hop any more.
    pub(crate) fn undelivered(&mut self, event: EventId, hop: usize) {
        let program = self.program;
        let table = self.world.hop_tables[hop];
        let policy = &program.network.policies[usize::from(table.policy)];
        let name = self.world.events[event.0 as usize].name;
        let covered = [on_way(event)];
        if let (None, Some(told)) = (table.dead_letter, policy.told) {
            return self.tell_sender(event, table.entity, told);
        }
        let rule = if table.dead_letter.is_some() { policy.dead_letter } else { policy.dropped };
        self.record(RecordKind::DeliveryGivenUp, table.entity, rule, (0, 0), name, &covered);
        let Some(target) = table.dead_letter else {
            return self.lose(event, table.entity, policy.dropped, Record::LOST_BY_DELIVERY);
        };
        let place = usize::from(self.world.events[event.0 as usize].place);
        let rules = (policy.dead_letter, policy.dead_letter_failed);
        self.leave_by(event, place, table.entity, (target, None), rules);
        self.lose(event, table.entity, policy.dead_letter_failed, Record::LOST_BY_EXIT);
    }

    /// Whoever sent an event learns that it was not handed over: it is theirs again.
    fn tell_sender(&mut self, event: EventId, entity: crate::trace::EntityId, rule: crate::models::RuleId) {
        //= api_gateway.told
        //= http_api.told
        //= sdk_event.told
        if self.world.events[event.0 as usize].copies == 0 && self.world.decide(event, Fate::Told) {
            let name = self.world.events[event.0 as usize].name;
            self.record(RecordKind::ObligationReturned, entity, rule, (0, 0), name, &[on_way(event)]);
        }
    }

    /// A copy is where its consumer meets it.
    fn reach(&mut self, transit: Transit, place: usize) {
        let id = transit.event;
        match self.program.push(place).map(|push| push.kind) {
            Some(PushKind::Buffer) => {
                self.accept(id, place, transit.handed_on);
                self.draw_repeat(transit, place);
            }
            Some(PushKind::Request) => self.request(id, place),
            None if self.world.queue_tables[place].log.is_some() => {
                self.reach_stream(id, place, transit.handed_on);
            }
            None if transit.handed_on => {
                self.world.events[id.0 as usize].copies -= 1;
                self.dead_letter_into(id, place);
            }
            None => {
                let event = &mut self.world.events[id.0 as usize];
                event.copies -= 1;
                event.reached = true;
                self.world.open -= u32::from(event.fate == Fate::Open);
                self.world.unsent += 1;
                self.send(id);
                // What comes twice to a FIFO queue within its interval is taken once.
                if !self.world.queue_tables[place].is_fifo() {
                    self.draw_repeat(transit, place);
                }
            }
        }
    }

    /// The source that brought an event to Lambda or into a queue may do so again.
    fn draw_repeat(&mut self, transit: Transit, place: usize) {
        let family = Family::Duplicate;
        let may_repeat = self.repeats_by(transit.route).is_some() && !transit.handed_on;
        if !may_repeat || !self.chooser.active(family) || !self.is_faulty() {
            return;
        }
        let point = ChoicePoint {
            family,
            domain: self.program.profile.fault(family).domain,
            entity: self.program.hash(self.world.queue_tables[place].entity),
            item: self.world.events[transit.event.0 as usize].name,
            ordinal: REPEATS,
        };
        let odds = self.chooser.intensity(family);
        let longest = self.program.network.buffer.retries.first().map_or(1, |pause| pause.as_micros());
        let after = self.chooser.choose(&point, Menu::Span { odds, longest });
        if after > 0 {
            self.world.unsent += 1;
            self.after(Duration::from_micros(after), Due::Repeat { event: transit.event.0 });
        }
    }

    /// By which rule the source of a route's last hop may deliver twice.
    fn repeats_by(&self, route: u16) -> Option<RuleId> {
        let network = &self.program.network;
        let (first, count) = network.routes[usize::from(route)].hops;
        let last = &network.hops[usize::from(first + count) - 1];
        network.policies[usize::from(last.policy)].duplicate
    }

    /// A source delivers an event that Lambda or a queue has accepted before, whatever became of that.
    pub(crate) fn deliver_again(&mut self, event: EventId) {
        let EventState { route, place, name, .. } = self.world.events[event.0 as usize];
        self.world.unsent -= 1;
        let Some(rule) = self.repeats_by(route) else { return };
        let place = usize::from(place);
        self.mark(place, Family::Duplicate);
        if self.program.push(place).is_none() {
            return self.come_in(event, place, rule);
        }
        self.world.events[event.0 as usize].copies += 1;
        let entry = self.enter_place(event, place);
        let copy = self.world.entries[entry as usize].copy;
        let entity = self.world.queue_tables[place].entity;
        let covered = [Covered { event, copy, receives: 0 }];
        self.record(RecordKind::EventAccepted, entity, rule, (copy, Record::REPEATED), name, &covered);
        self.push_due(entry);
    }

    /// An event is lost with its last copy unless it was processed or kept.
    pub(crate) fn lose(
        &mut self,
        event: EventId,
        entity: crate::trace::EntityId,
        rule: crate::models::RuleId,
        why: u64,
    ) {
        if self.world.events[event.0 as usize].copies == 0 && self.world.decide(event, Fate::Lost) {
            let name = self.world.events[event.0 as usize].name;
            self.record(RecordKind::ObligationLost, entity, rule, (NO_COPY, why), name, &[on_way(event)]);
        }
    }
}

/// An event that is in no place.
pub(crate) const fn on_way(event: EventId) -> Covered {
    Covered { event, copy: NO_COPY, receives: 0 }
}

/// The pause before the given retry, counted from 1; `None` where the phases are over.
pub(crate) fn pause(phases: &[Phase], retry: u32) -> Option<Duration> {
    let mut number = retry.checked_sub(1)?;
    for phase in phases {
        if number < phase.count {
            let doubled =
                phase.from.as_micros().saturating_mul(1_u64.checked_shl(number).unwrap_or(u64::MAX));
            return Some(Duration::from_micros(doubled).min(phase.to));
        }
        number -= phase.count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    //= test: sns.retry
    fn pauses_grow_within_a_phase_and_end_with_the_last_one() {
        let phase =
            |count, from, to| Phase { count, from: Duration::from_secs(from), to: Duration::from_secs(to) };
        let phases = [phase(3, 0, 0), phase(2, 1, 1), phase(10, 1, 20), phase(2, 20, 20)];
        let seconds: Vec<u64> = (1..=17).map(|retry| pause(&phases, retry).unwrap().as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 1, 1, 1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20, 20]);
        assert_eq!(pause(&phases, 18), None);
        assert_eq!(pause(&[], 1), None);
    }
}
