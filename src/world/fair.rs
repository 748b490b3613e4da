//! Fair queues: on a standard queue whose senders name message groups, messages of quiet tenants come before those of
//! tenants that hold too much of what is in flight. Nothing is done where nobody names any.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Chooser, Family};
use crate::trace::Observer;
use crate::vocabulary::Instant;
use crate::world::handler::Handler;
use crate::world::run::Run;
use crate::world::state::CopyState;

/// The tenants of a queue of which anything was received, by the hash of their group's name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tenants(BTreeMap<u64, Tenant>);

#[derive(Clone, Copy, Debug, Default)]
struct Tenant {
    in_flight: u32,
    is_noisy: bool,
    /// Since when nothing is in flight, where nothing is.
    idle_since: Instant,
}

/// A message whose sender names no group is nobody's neighbour.
pub(crate) const NO_TENANT: u64 = 0;

/// In which order a receive goes through a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// As it stands.
    AsItStands,
    /// First what is of no noisy tenant.
    QuietFirst,
}

impl Tenants {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    fn is_noisy(&self, tenant: u64) -> bool {
        self.0.get(&tenant).is_some_and(|state| state.is_noisy)
    }
}

impl<C: Chooser, O: Observer, H: Handler> Run<'_, C, O, H> {
    fn tenant_of(&self, copy: u32) -> u64 {
        let event = self.world.copies[copy as usize].event;
        self.world.events[event.0 as usize].tenant
    }

    /// A message of a queue is in flight from now on.
    #[inline]
    pub(crate) fn takes_off(&mut self, copy: u32, queue: usize) {
        if self.world.is_fair {
            let tenant = self.tenant_of(copy);
            if tenant != NO_TENANT {
                self.world.tenants[queue].0.entry(tenant).or_default().in_flight += 1;
            }
        }
    }

    /// A message of a queue is not in flight any more.
    #[inline]
    pub(crate) fn touches_down(&mut self, copy: u32, queue: usize) {
        if self.world.is_fair {
            let (tenant, now) = (self.tenant_of(copy), self.now);
            if let Some(state) = self.world.tenants[queue].0.get_mut(&tenant) {
                state.in_flight -= 1;
                state.idle_since = now;
            }
        }
    }

    /// How the next receive of a standard queue goes through it.
    #[inline]
    pub(crate) fn line(&mut self, queue: usize) -> Line {
        if self.world.is_fair && !self.world.tenants[queue].0.is_empty() {
            self.fair_line(queue)
        } else {
            Line::AsItStands
        }
    }

    fn fair_line(&mut self, queue: usize) -> Line {
        let unsure = self.judge_tenants(queue);
        let (program, entity) = (self.program, self.world.queue_tables[queue].entity);
        let (item, ordinal) = self.head(queue);
        if !unsure.is_empty() {
            let rule = &program.open.fair_time_share;
            if self.open_value(rule, entity, item, ordinal) != rule.ordinary() {
                self.mark(queue, Family::Unspecified);
                for tenant in unsure {
                    self.world.tenants[queue].0.entry(tenant).or_default().is_noisy = true;
                }
            }
        }
        if self.world.tenants[queue].0.values().all(|tenant| !tenant.is_noisy) {
            return Line::AsItStands;
        }
        let rule = &program.open.fair_detection;
        if self.open_value(rule, entity, item, ordinal) == rule.ordinary() {
            return Line::QuietFirst;
        }
        self.mark(queue, Family::Unspecified);
        Line::AsItStands
    }

    /// Says which tenants are noisy; returns those that may be so by their share alone.
    fn judge_tenants(&mut self, queue: usize) -> Vec<u64> {
        let waiting = self.waiting_tenants(queue);
        let (fair, now) = (self.program.account.fair, self.now);
        let whole = self.world.queues[queue].in_flight;
        let mut unsure = Vec::new();
        for (name, tenant) in &mut self.world.tenants[queue].0 {
            //= queue.fair_quiet
            let is_idle = tenant.in_flight == 0 && now.since(tenant.idle_since) >= fair.quiet_after;
            if !waiting.contains(name) || is_idle {
                tenant.is_noisy = false;
            } else if !tenant.is_noisy && fair.is_over(tenant.in_flight, whole) {
                //= queue.fair_order
                tenant.is_noisy = tenant.in_flight >= fair.in_flight;
                if !tenant.is_noisy {
                    unsure.push(*name);
                }
            }
        }
        unsure
    }

    /// After a receive: who has nothing waiting any more is quiet.
    #[inline]
    pub(crate) fn backlogs_end(&mut self, queue: usize) {
        if self.world.is_fair && self.world.tenants[queue].0.values().any(|tenant| tenant.is_noisy) {
            let waiting = self.waiting_tenants(queue);
            for (name, tenant) in &mut self.world.tenants[queue].0 {
                tenant.is_noisy &= waiting.contains(name);
            }
        }
    }

    fn waiting_tenants(&self, queue: usize) -> BTreeSet<u64> {
        let line = self.world.queues[queue].available.iter();
        line.filter(|(_, copy)| self.is_waiting(*copy, queue))
            .map(|(_, copy)| self.tenant_of(*copy))
            .collect()
    }

    fn is_waiting(&self, copy: u32, queue: usize) -> bool {
        let state = &self.world.copies[copy as usize];
        state.state == CopyState::Available && usize::from(state.queue) == queue
    }

    /// Takes the next message out of the line of a standard queue; some that it returns may be gone since.
    #[inline]
    pub(crate) fn next_in_line(&mut self, queue: usize, line: Line) -> Option<u32> {
        let next = match line {
            Line::AsItStands => self.world.queues[queue].available.pop_front(),
            Line::QuietFirst => {
                let place = self.place_of_next(queue)?;
                self.world.queues[queue].available.remove(place)
            }
        };
        next.map(|(_, copy)| copy)
    }

    /// The first message of a tenant that is not noisy, else the first of the one with fewest in flight.
    fn place_of_next(&self, queue: usize) -> Option<usize> {
        let tenants = &self.world.tenants[queue];
        let mut best: Option<(u32, usize)> = None;
        for (place, (_, copy)) in self.world.queues[queue].available.iter().enumerate() {
            if !self.is_waiting(*copy, queue) {
                continue;
            }
            let tenant = self.tenant_of(*copy);
            if !tenants.is_noisy(tenant) {
                return Some(place);
            }
            let in_flight = tenants.0[&tenant].in_flight;
            if best.is_none_or(|(fewest, _)| in_flight < fewest) {
                best = Some((in_flight, place));
            }
        }
        best.map(|(_, place)| place)
    }
}
