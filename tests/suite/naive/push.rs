//! Push up to where an event waits for its consumer, naively: publishing, and the hops of a route.

use redrive::kernel::{Chooser, Family, Menu};
use redrive::models::RuleId;
use redrive::program::{HopTable, HopTarget, Phase, PolicyAge};
use redrive::trace::{Record, RecordKind};
use redrive::vocabulary::{Duration, Instant};

use super::Naive;
use super::state::{Fate, Place, Victim, What};

/// Which choice of the duplicates of an event at its place is its source's.
const REPEATED: u32 = 1 << 24;

/// One message on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Journey {
    pub(super) event: usize,
    pub(super) route: usize,
    /// The hop that is next, by its position among all hops.
    pub(super) hop: usize,
    /// How often that hop failed, and since when it is tried.
    pub(super) failures: u32,
    pub(super) since: Instant,
    /// Whether an exit sent it.
    pub(super) is_handed_on: bool,
    pub(super) is_over: bool,
}

/// How one try ended.
enum Attempt {
    Accepted,
    Failed,
    Refused,
}

impl<C: Chooser> Naive<'_, C> {
    /// A channel takes an event that it owes to the consumer at the end of a route.
    pub(super) fn publish(&mut self, event: usize) {
        let program = self.program;
        if self.is_refused_by_stream(event) {
            return;
        }
        let message = &self.messages[event];
        let (owed, route) = (message.owed, message.route.expect("only events with routes are published"));
        let channel = program.channel(message.source).expect("only channels have routes");
        self.messages[event].place = Place::Gone;
        if let Some(off) = self.hops_of(route).into_iter().find(|hop| !hop.enabled) {
            self.messages[event].fate = Fate::Unwanted;
            let rule = program.network.policies[usize::from(off.policy)].switch.rule;
            let why = (0, Record::SWITCHED_OFF);
            return self.tell(RecordKind::DeliveryFiltered, off.entity, rule, why, (event, 0));
        }
        if self.queues[owed].push.is_some() {
            self.draw_poison(event);
        }
        let subject = (owed as u32, 0);
        self.tell(RecordKind::EventPublished, channel.entity, channel.publish, subject, (event, 0));
        self.depart(event, route, false);
    }

    /// The hops of a route as they are by now.
    pub(super) fn hops_of(&self, route: usize) -> Vec<HopTable> {
        let (first, count) = self.program.network.routes[route].hops;
        let (first, count) = (usize::from(first), usize::from(count));
        self.hops[first..first + count].to_vec()
    }

    pub(super) fn depart(&mut self, event: usize, route: usize, is_handed_on: bool) {
        let hop = usize::from(self.program.network.routes[route].hops.0);
        let since = self.now;
        self.journeys.push(Journey { event, route, hop, failures: 0, since, is_handed_on, is_over: false });
        self.wait_for_source(self.journeys.len() - 1);
    }

    /// Goes on when the source of the next hop has come to it.
    fn wait_for_source(&mut self, journey: usize) {
        let program = self.program;
        let Journey { event, route, hop, is_handed_on, .. } = self.journeys[journey];
        let (first, count) = program.network.routes[route].hops;
        let mut latency = 0;
        if hop < usize::from(first + count) {
            let table = &program.network.hops[hop];
            if let Some(rule) = &program.network.policies[usize::from(table.policy)].latency {
                let name = self.messages[event].name;
                latency = self.open(rule, table.entity, name, u32::from(is_handed_on));
            }
        }
        if latency == 0 {
            return self.travel(journey);
        }
        self.after(Duration::from_micros(latency), What::Hop(journey));
    }

    /// Goes on from the hop that is next.
    pub(super) fn travel(&mut self, journey: usize) {
        let program = self.program;
        let Journey { event, route, hop, is_handed_on, .. } = self.journeys[journey];
        let table = &program.network.routes[route];
        if hop == usize::from(table.hops.0) + usize::from(table.hops.1) {
            self.journeys[journey].is_over = true;
            return self.reach_place(event, usize::from(table.place), is_handed_on);
        }
        // Whoever calls a function meets what the call meets, and not the link before it.
        let is_call =
            self.is_called(usize::from(table.place)) && !matches!(self.hops[hop].target, HopTarget::Channel);
        let attempt = if is_call { Attempt::Accepted } else { self.attempt(&self.hops[hop]) };
        match attempt {
            Attempt::Accepted => {
                let since = self.now;
                self.journeys[journey] =
                    Journey { hop: hop + 1, failures: 0, since, ..self.journeys[journey] };
                self.wait_for_source(journey);
            }
            Attempt::Refused => self.refused(journey),
            Attempt::Failed => self.failed(journey),
        }
    }

    fn attempt(&self, hop: &HopTable) -> Attempt {
        let fails = |victim| self.is_faulty() && self.is_in(Family::ServiceError, victim);
        let fails = match hop.target {
            HopTarget::Function(function) => fails(Victim::Function(usize::from(function))),
            HopTarget::Queue(queue) => fails(Victim::Queue(usize::from(queue))),
            HopTarget::Channel => false,
        };
        match (hop.denied, fails) {
            (true, _) => Attempt::Refused,
            (false, true) => Attempt::Failed,
            (false, false) => Attempt::Accepted,
        }
    }

    /// The target says no: most sources take that for an answer.
    fn refused(&mut self, journey: usize) {
        let program = self.program;
        let Journey { event, hop, .. } = self.journeys[journey];
        let table = self.hops[hop];
        let policy = &program.network.policies[usize::from(table.policy)];
        if policy.retries_refused {
            return self.failed(journey);
        }
        self.tell(RecordKind::DeliveryRefused, table.entity, policy.refused, (0, 0), (event, 0));
        self.undeliverable(journey);
    }

    /// The target fails: the source tries again while its policy has tries and time left.
    fn failed(&mut self, journey: usize) {
        let program = self.program;
        self.journeys[journey].failures += 1;
        let Journey { event, hop, failures, since, .. } = self.journeys[journey];
        let table = self.hops[hop];
        let policy = &program.network.policies[usize::from(table.policy)];
        let longest = match (&table.age, &policy.age) {
            (Some(age), _) | (None, PolicyAge::Known(age)) => Some(*age),
            (None, PolicyAge::Open(rule)) => Some(Duration::from_micros(self.open(rule, table.entity, 0, 0))),
            (None, PolicyAge::Phases) => None,
        };
        let mut again = all_pauses(&policy.phases).nth(failures as usize - 1);
        if failures > table.attempts {
            again = None;
        }
        if let (Some(pause), Some(longest)) = (again, longest)
            && self.now + pause > since + longest
        {
            again = None;
        }
        let value = again.map_or(Record::NOT_AGAIN, Duration::as_micros);
        self.tell(RecordKind::DeliveryFailed, table.entity, policy.retry, (failures, value), (event, 0));
        match again {
            Some(pause) => self.after(pause, What::Hop(journey)),
            None => self.undeliverable(journey),
        }
    }

    /// The source gives up: the link's own dead-letter queue takes it, if there is one.
    fn undeliverable(&mut self, journey: usize) {
        let program = self.program;
        self.journeys[journey].is_over = true;
        let Journey { event, hop, .. } = self.journeys[journey];
        let table = self.hops[hop];
        let policy = &program.network.policies[usize::from(table.policy)];
        if let (None, Some(told)) = (table.dead_letter, policy.told) {
            if self.is_nowhere(event) && self.decide(event, Fate::Told) {
                self.tell(RecordKind::ObligationReturned, table.entity, told, (0, 0), (event, 0));
            }
            return;
        }
        let rule = if table.dead_letter.is_some() { policy.dead_letter } else { policy.dropped };
        self.tell(RecordKind::DeliveryGivenUp, table.entity, rule, (0, 0), (event, 0));
        let Some(exit) = table.dead_letter else {
            return self.lose_event(event, table.entity, policy.dropped, Record::LOST_BY_DELIVERY);
        };
        let owed = self.messages[event].owed;
        self.take_out(
            event,
            owed,
            table.entity,
            (exit, None),
            (policy.dead_letter, policy.dead_letter_failed),
        );
        self.lose_event(event, table.entity, policy.dead_letter_failed, Record::LOST_BY_EXIT);
    }

    fn reach_place(&mut self, event: usize, place: usize, is_handed_on: bool) {
        if self.queues[place].log.is_some() {
            self.messages[event].reached = true;
            self.come_to_stream(event, place, is_handed_on);
        } else if self.is_called(place) {
            self.request(event, place);
        } else if self.queues[place].push.is_some() {
            self.accept(event, place, is_handed_on);
            if !is_handed_on {
                self.may_come_again(event, place);
            }
        } else if is_handed_on {
            self.put_into(event, place);
        } else {
            self.messages[event].reached = true;
            self.messages[event].place = Place::Unsent;
            self.send(event);
            if self.queues[place].fifo.is_none() {
                self.may_come_again(event, place);
            }
        }
    }
}

impl<C: Chooser> Naive<'_, C> {
    /// The rule by which the source in front of Lambda delivers twice.
    fn repeated_by(&self, event: usize) -> Option<RuleId> {
        let route = &self.program.network.routes[self.messages[event].route?];
        let last = usize::from(route.hops.0) + usize::from(route.hops.1) - 1;
        let policy = self.program.network.hops[last].policy;
        self.program.network.policies[usize::from(policy)].duplicate
    }

    fn may_come_again(&mut self, event: usize, place: usize) {
        if self.repeated_by(event).is_none() || !self.is_faulty() {
            return;
        }
        let (entity, name) = (self.queues[place].entity, self.messages[event].name);
        let odds = self.chooser.intensity(Family::Duplicate);
        let longest = self.program.network.buffer.retries[0].as_micros();
        let after = self.fault(Family::Duplicate, entity, name, REPEATED, Menu::Span { odds, longest });
        if after > 0 {
            self.after(Duration::from_micros(after), What::Repeat(event));
        }
    }

    /// The event comes to Lambda or into its queue once more.
    pub(super) fn repeat(&mut self, event: usize) {
        let rule = self.repeated_by(event).expect("it was drawn by a rule");
        let place = self.messages[event].owed;
        if self.queues[place].push.is_none() {
            let message = self.another(event, place, Place::Delayed);
            self.messages[message].is_doomed = false;
            return self.lie_in(message, place, rule);
        }
        let entry = self.enter_buffer(event, place);
        let (entity, message) = (self.queues[place].entity, self.waiting[entry].message);
        self.enter(RecordKind::EventAccepted, entity, rule, Record::REPEATED, &[(message, 0)]);
        self.turn(entry);
    }
}

/// All pauses of a policy, one after the other: each twice as long as the one before it until the longest of its phase.
fn all_pauses(phases: &[Phase]) -> impl Iterator<Item = Duration> + '_ {
    phases.iter().flat_map(|phase| {
        let doubled = std::iter::successors(Some(phase.from), |pause| Some((*pause * 2).min(phase.to)));
        doubled.map(|pause| pause.min(phase.to)).take(phase.count as usize)
    })
}
